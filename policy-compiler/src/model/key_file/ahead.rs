//! Key files that are read, rows and all, while the document is that names them.
//!
//! What is needed for that is seen in the document's text without reading it. What was read counts only
//! where the document, once it is read, says the same.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

use super::columns::Columns;
use super::part::{Form, Part};
use super::rows::Rows;
use super::{ClientNames, Content, Owners};
use crate::model::client::ClientDraft;
use crate::model::name::Name;
use crate::source::{client_names, key_files};
use crate::text::{FileIndex, SourceFile, read_text};
use crate::threads::{self, Queue};

/// Key files that others read already, if there are any.
#[derive(Debug, Default)]
pub(crate) struct Ahead(Option<Helper>);

/// Who reads them, and from when on one can help.
#[derive(Debug)]
struct Helper {
    begun: Receiver<Arc<Work>>,
    thread: JoinHandle<()>,
}

/// Files whose texts are read, and whose rows are being read.
#[derive(Debug)]
struct Work {
    names: ClientNames,
    files: Vec<FileAhead>,
}

#[derive(Debug)]
struct FileAhead {
    path: PathBuf,
    text: io::Result<String>,
    /// None where the file is none whose rows can be read.
    rows: Option<RowsAhead>,
}

#[derive(Debug)]
struct RowsAhead {
    columns: Columns,
    parts: Queue<Range<usize>, Part>,
    read: AtomicUsize,
}

/// Key files that were read.
#[derive(Debug, Default)]
pub(in crate::model) struct ReadAhead {
    names: Option<ClientNames>,
    files: Vec<(PathBuf, io::Result<String>, Option<Content>)>,
}

impl Ahead {
    /// Begins to read the key files that a document seems to have, relative to `base`, where a processor
    /// is to spare for it. If they turn out not to be asked for, that ends by itself.
    pub(crate) fn begin(document: &Arc<SourceFile>, base: &Path) -> Self {
        let paths = key_files(document.text()).into_iter().map(|path| base.join(path));
        // Of anything else nobody knows what reading it does, and the document may yet have errors.
        let mut known = HashSet::new();
        let is_new = |path: &PathBuf| fs::canonicalize(path).is_ok_and(|file| known.insert(file));
        let paths: Vec<PathBuf> = paths.filter(|path| path.is_file()).filter(is_new).collect();
        if paths.is_empty() || threads::count() == 1 {
            return Self::default();
        }
        Self::begin_with(document, paths)
    }

    fn begin_with(document: &Arc<SourceFile>, paths: Vec<PathBuf>) -> Self {
        let document = Arc::clone(document);
        let (sender, begun) = mpsc::channel();
        let read = move || {
            let work = Arc::new(Work::begin(&document, paths));
            if sender.send(Arc::clone(&work)).is_ok() {
                let others = vec![(); threads::count().saturating_sub(1)];
                threads::each(others, &|_| (), |(), _| work.read(&|_, _| ()));
            }
        };
        let thread = thread::Builder::new().spawn(read).ok();
        Self(thread.map(|thread| Helper { begun, thread }))
    }

    /// Helps until all is read; `tell` hears how many bytes of how many were read.
    pub(in crate::model) fn finish(self, tell: &dyn Fn(usize, usize)) -> ReadAhead {
        let finish = |Helper { begun, thread }| {
            let work: Arc<Work> = begun.recv().ok()?;
            work.read(tell);
            thread.join().ok()?;
            Some(Arc::into_inner(work)?.finish())
        };
        self.0.and_then(finish).unwrap_or_default()
    }
}

impl Work {
    fn begin(document: &SourceFile, paths: Vec<PathBuf>) -> Self {
        let texts: Vec<io::Result<String>> = paths.iter().map(|path| read_text(path)).collect();
        let names = client_names(document.text()).map(Name::new).collect::<Option<Vec<Name>>>();
        let names = ClientNames::new(names.unwrap_or_default());
        let files = paths.into_iter().zip(texts).map(|(path, text)| {
            let rows = text.as_ref().ok().and_then(|text| RowsAhead::begin(text, &names));
            FileAhead { path, text, rows }
        });
        let files = files.collect();
        Self { names, files }
    }

    /// Reads rows as long as there are any that nobody reads.
    fn read(&self, tell: &dyn Fn(usize, usize)) {
        for FileAhead { text, rows, .. } in &self.files {
            if let (Ok(text), Some(rows)) = (text, rows) {
                let form = form(text, &rows.columns, &self.names);
                let tell = |read| tell(read, text.len());
                rows.parts.work(|bounds| form.read_part(bounds, &rows.read, &tell));
            }
        }
    }

    fn finish(self) -> ReadAhead {
        let Self { names, files } = self;
        let files = files.into_iter().map(|FileAhead { path, text, rows }| {
            let content = text.as_ref().ok().zip(rows).map(|(text, rows)| {
                let RowsAhead { columns, parts, .. } = rows;
                let parts = form(text, &columns, &names).joined(parts.into_results());
                Content { columns, parts }
            });
            (path, text, content)
        });
        let files = files.collect();
        ReadAhead { names: Some(names), files }
    }
}

impl RowsAhead {
    fn begin(text: &str, names: &ClientNames) -> Option<Self> {
        let mut rows = Rows::new(FileIndex::default(), text);
        let mut header = rows.row();
        // Where no clients were seen, whose rows they are is to be found out anyway.
        if names.len() == 0 || !rows.read(&mut header) || !header.faults().is_empty() {
            return None;
        }
        let columns = Columns::find(&header, true)?;
        let parts = Queue::new(form(text, &columns, names).bounds(rows.offset()));
        Some(Self { columns, parts, read: AtomicUsize::new(0) })
    }
}

/// Of which file a text is, is known only once the document is read.
fn form<'a, 't>(text: &'t str, columns: &'a Columns, names: &'a ClientNames) -> Form<'a, 't> {
    let (file, owners) = (FileIndex::default(), Owners::Named(names));
    Form { file, text, columns, owners, clients: names.len() }
}

impl ReadAhead {
    /// The names of the clients, if they are these.
    pub(in crate::model) fn names(&mut self, clients: &[ClientDraft]) -> Option<ClientNames> {
        let names = self.names.take()?;
        let are_these = names.are(clients.iter().map(|draft| &draft.client.name));
        if !are_these {
            // Then the rows are those of other clients.
            self.files.iter_mut().for_each(|(_, _, content)| *content = None);
        }
        are_these.then_some(names)
    }

    /// What was read of a file.
    pub(in crate::model) fn take(
        &mut self,
        path: &Path,
    ) -> Option<(io::Result<String>, Option<Content>)> {
        let position = self.files.iter().position(|(ahead, ..)| ahead == path)?;
        let (_, text, content) = self.files.remove(position);
        Some((text, content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{LoadOptions, load_text};
    use crate::model::Policy;
    use crate::text::{FileKind, Sources};

    const ROWS: &str = "client,name,sha256\n\
        acme,one,00000000000000000000000000000000000000000000000000000000000000aa\n\
        globex,two,bb000000000000000000000000000000000000000000000000000000000000bb\n";

    /// What is read ahead for a document, by a thread of its own even where there is one processor.
    fn ahead(document: &str, folder: &Path) -> Ahead {
        let (_, source) = Sources::default().add("p".into(), document.into(), FileKind::Document);
        let paths = key_files(document).into_iter().map(|path| folder.join(path)).collect();
        Ahead::begin_with(&source, paths)
    }

    fn load(document: &str, folder: &Path) -> Policy {
        load_text("p", document.into(), folder, &LoadOptions::default()).unwrap().policy
    }

    #[test]
    fn rows_are_read_with_the_clients_that_the_document_has() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("keys.csv"), ROWS).unwrap();
        let document = "version: 1\nclients:\n  acme: {}\n  globex: {}\nkey_files: [ keys.csv ]\n";
        let mut read = ahead(document, folder.path()).finish(&|_, _| ());
        let names = ["acme", "globex"].map(|name| Name::new(name).unwrap());
        assert!(read.names.as_ref().unwrap().are(names.iter()));
        let (text, content) = read.take(&folder.path().join("keys.csv")).unwrap();
        assert_eq!(text.unwrap(), ROWS);
        assert!(content.is_some());
        assert!(read.take(&folder.path().join("keys.csv")).is_none(), "it was taken");
    }

    #[test]
    fn rows_of_other_clients_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("keys.csv"), ROWS).unwrap();
        let document = |clients: &str| format!("version: 1\n{clients}key_files: [ keys.csv ]\n");
        let policy = load(&document("clients:\n  acme: {}\n  globex: {}\n"), folder.path());
        assert!(policy.clients.iter().all(|client| client.keys.len() == 1));
        let otherwise: [(&str, &[&str]); 3] = [
            ("clients: { acme: {}, globex: {} }\n", &[]),
            ("clients:\n  ? acme\n  : {}\n  globex: {}\n", &["", "globex"]),
            ("clients:\n  \"\\x61cme\": {}\n  globex: {}\n", &["\\x61cme", "globex"]),
        ];
        for (clients, seen) in otherwise {
            let document = document(clients);
            assert_eq!(client_names(&document).collect::<Vec<_>>(), seen);
            assert_eq!(load(&document, folder.path()), policy, "{document}");
        }
    }
}
