//! However a file is cut, and whoever reads its rows: the same keys and reports.

use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Diagnostics;
use crate::model::client::{Client, ClientDraft};
use crate::model::context::Context;
use crate::model::grant::Grant;
use crate::model::key_file::ClientNames;
use crate::model::key_file::doubtful::DoubtfulReader;
use crate::model::key_file::hand_out;
use crate::model::legacy::Legacy;
use crate::model::lists::Lists;
use crate::model::name::Name;
use crate::progress::Watcher;
use crate::source::Reader;
use crate::text::{FileKind, Origin, Sources};

/// How a file is read.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// No row is taken for plain.
    RowByRow,
    InParts(usize),
}

/// What is read: the keys of each client, and all that is reported and hidden.
fn read(text: &str, way: Way) -> (Vec<String>, String) {
    let mut sources = Sources::default();
    let (document, _) = sources.add(PathBuf::new(), String::new(), FileKind::Document);
    let (file, source) = sources.add("keys.csv".into(), text.to_owned(), FileKind::KeyFile);
    let mut reader = Reader {
        sources,
        diagnostics: Diagnostics::default(),
        base: PathBuf::new(),
        replaced: None,
        file: document,
        source: Arc::clone(&source),
        guarded: true,
        watcher: Watcher::default(),
    };
    let context = Context::new(Default::default(), Legacy::default(), Lists::default());
    let mut drafts: Vec<ClientDraft> = ["a", "b", "c"].map(|name| draft(name, document)).into();
    let names = ClientNames::new(drafts.iter().map(|draft| draft.client.name.clone()).collect());
    let mut rows = Rows::new(file, source.text());
    let mut row = rows.row();
    assert!(rows.read(&mut row));
    let columns = Columns::read(&mut reader, &row, true).unwrap();
    let clients = drafts.len();
    let form = Form {
        file,
        text: source.text(),
        columns: &columns,
        owners: Owners::Named(&names),
        clients,
    };
    let from = rows.offset();
    let mut parts = match way {
        Way::RowByRow => {
            let mut part = form.read_part(from..from, &AtomicUsize::new(0), &|_| ());
            while rows.read(&mut row) {
                let start = row.start().span.start();
                part.doubtful.push(Doubtful { start, new_rule: false });
            }
            vec![part]
        }
        Way::InParts(count) => form.read_within(form.equal_parts(from, count), &|_| ()),
    };
    let mut doubtful = DoubtfulReader::new(form, &context, &drafts);
    parts.iter_mut().for_each(|part| doubtful.settle(&mut reader, part));
    hand_out(parts, &mut drafts);
    let keys =
        drafts.iter().map(|draft| format!("{:#?} {:?}", draft.client.keys, draft.faulty)).collect();
    (keys, format!("{:#?} {:?}", reader.diagnostics, context.digests))
}

fn draft(name: &str, document: FileIndex) -> ClientDraft {
    let client = Client {
        name: Name::new(name).unwrap(),
        description: None,
        active: true,
        grant: Vec::new(),
        usage_policy: None,
        rule: Arc::default(),
        keys: Vec::new(),
        place: Origin(Place { file: document, span: Span::default() }),
    };
    ClientDraft { client, grant: Grant::default(), faulty: Vec::new(), key_files: Vec::new() }
}

/// Rows that are plain, nearly plain, and not at all.
fn row() -> impl Strategy<Value = String> {
    let digest = prop_oneof![
        20 => any::<u8>().prop_map(|byte| format!("{byte:064x}")),
        1 => Just("\"0\"".to_owned()),
        1 => Just("tooshort".to_owned()),
    ];
    let client = prop_oneof![20 => "[abc]", 1 => "[d ]", 1 => "\"a\"\"\""];
    let name = prop_oneof![
        20 => "k[0-9]{0,2}",
        1 => "",
        1 => "\"k\n,\n\"",
        1 => " k\u{a0}",
        1 => "\"k\"k",
        1 => "\"k"
    ];
    let active =
        prop_oneof![20 => "(true|false|TRUE|False)?", 1 => "yes", 1 => "tRUE", 1 => "\"TR\"\"UE\""];
    let begin = prop_oneof![20 => "(2025-01-0[1-9](T00:00:00Z)?)?", 1 => "2025"];
    let end = prop_oneof![20 => "(2025-01-0[5-9]T00:00:00Z)?", 1 => "never"];
    let allowed = prop_oneof![
        20 => "(192\\.0\\.2\\.[0-9])?",
        5 => "\"192\\.0\\.2\\.[0-9]/24, 192\\.0\\.2\\.9\"",
        1 => "list:none"
    ];
    let collections = prop_oneof![20 => "", 1 => "none"];
    let line_end = prop_oneof![20 => "\n", 3 => "\r\n", 3 => "\n\n", 1 => ",\n", 1 => "\n\"\n"];
    (client, name, digest, active, begin, end, (allowed, collections, line_end)).prop_map(
        |(client, name, digest, active, begin, end, (allowed, collections, line_end))| {
            format!(
                "{client},{name},{digest},{active},{begin},{end},{allowed},{collections}{line_end}"
            )
        },
    )
}

proptest! {
    #[test]
    fn keys_and_reports_do_not_depend_on_parts(
        rows in proptest::collection::vec(row(), 0..60),
    ) {
        let header = "client,name,sha256,active,not_before,expires,allowed_ips,collections\n";
        let text = format!("{header}{}", rows.concat());
        let row_by_row = read(&text, Way::RowByRow);
        for parts in [1, 2, 3, 7, 50] {
            prop_assert_eq!(&read(&text, Way::InParts(parts)), &row_by_row, "{} parts", parts);
        }
    }
}

/// A cell that goes on over a line end is whole wherever the file is cut.
#[test]
fn a_part_that_begins_within_a_cell_is_read_again() {
    let digest = "0".repeat(63);
    let rows: String = (0..10)
        .map(|at| format!("a,k{at},{digest}{at},\"192.0.2.{at},\n{}\"\n", "192.0.2.9,\n".repeat(5)))
        .collect();
    let text = format!("client,name,sha256,allowed_ips\n{rows}");
    let row_by_row = read(&text, Way::RowByRow);
    assert!(row_by_row.0[0].contains("k9"));
    for parts in 1..100 {
        assert_eq!(read(&text, Way::InParts(parts)), row_by_row, "{parts} parts");
    }
}
