//! docs/performance.md shows what is recorded.

use std::path::Path;

use portcullis_benches::document::with_figures;

#[test]
fn the_page_about_performance_shows_what_is_recorded() {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = benches.join("../docs/performance.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let fresh = with_figures(&text, &benches.join("record")).unwrap();
    assert!(
        text == fresh,
        "the page is older than the records; bring it up to date:\n  cargo run --release -p \
         portcullis-benches --bin summary -- benches/record --document docs/performance.md"
    );
}

#[test]
fn figures_go_where_the_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "# command: x\n# machine: m\nwhat,by,amount,measure,value,unit,budget\n\
               load,keys,1000,p50,1.5,ms,\nload,keys,1000,size,80000,bytes,\n";
    std::fs::write(folder.path().join("some.csv"), csv).unwrap();
    let document = "before\n<!-- figures: some -->\nold\n<!-- end -->\nafter\n";
    let text = with_figures(document, folder.path()).unwrap();
    assert_eq!(
        text,
        "before\n<!-- figures: some -->\n| what | size | p50 | size |\n|---|--:|--:|--:|\n\
         | load | 1,000 keys | 1.50 ms | 80,000 bytes |\n\n(machine: m)\n<!-- end -->\nafter\n"
    );
    let chosen = with_figures(&document.replace("some -->", "some: size -->"), folder.path());
    assert_eq!(
        chosen.unwrap(),
        "before\n<!-- figures: some: size -->\n| what | size | size |\n|---|--:|--:|\n\
         | load | 1,000 keys | 80,000 bytes |\n\n(machine: m)\n<!-- end -->\nafter\n"
    );
    let error = with_figures("<!-- figures: some -->\n", folder.path()).unwrap_err().to_string();
    assert!(error.contains("`some` has no `<!-- end -->`"), "{error}");
}

#[test]
fn budgets_of_all_records_of_a_document_become_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, rows: &str| {
        let text = format!("# machine: m\nwhat,by,amount,measure,value,unit,budget\n{rows}");
        std::fs::write(folder.path().join(name), text).unwrap();
    };
    write("room.csv", "keys that fit,MiB,16,found,300000,keys,500000\nload,keys,1,p50,9,ns,\n");
    write(
        "lists.csv",
        "list IPv4,prefixes,9,p50,5,ns,7\nlist IPv6,prefixes,9,p50,6,ns,7\n\
         list IPv4 miss,prefixes,9,p50,4,ns,7\n",
    );
    write("other.csv", "not on the page,keys,1,p50,9,ns,7\n");
    let place = |name: &str| format!("<!-- figures: {name} -->\n<!-- end -->\n");
    let document = ["asked", "room", "lists: p50", "room"].map(place).concat();
    let text = with_figures(&document, folder.path()).unwrap();
    let begin = "<!-- figures: asked -->\n| record | what | size | asked | measured | met |\n\
                 |---|---|--:|--:|--:|---|\n\
                 | room | keys that fit: found | 16 MiB | at least 500,000 keys | 300,000 keys | **no** |\n\
                 | lists | list, worst of 3: p50 | 9 prefixes | at most 7 ns | 6 ns | yes |\n\
                 <!-- end -->\n";
    assert!(text.starts_with(begin), "{text}");
}
