//! What can be seen of a document without reading it. It serves to begin early with what reading it
//! will ask for: to see nothing is no mistake, and what was seen counts only once it was read as well.

use std::collections::BTreeMap;

/// The paths of the document's key files, where that field stands at the beginning of a line, as it
/// does in nearly all documents.
pub(crate) fn key_files(document: &str) -> Vec<String> {
    let Some(field) = field(document, "key_files:") else { return Vec::new() };
    let fields: Option<BTreeMap<String, Vec<String>>> = serde_saphyr::from_str(field).ok();
    fields.into_iter().flat_map(BTreeMap::into_values).flatten().collect()
}

/// The names of the document's clients, where each begins a line below `clients:`.
pub(crate) fn client_names(document: &str) -> impl Iterator<Item = &str> {
    let lines = field(document, "clients:").unwrap_or_default().lines().skip(1);
    let mut indentation = None;
    lines.filter_map(move |line| {
        let content = line.trim_start_matches(' ');
        if matches!(content.as_bytes(), [] | [b'#', ..]) {
            return None;
        }
        let blanks = line.len().saturating_sub(content.len());
        let (name, _) = content.split_once(':')?;
        let is_client = *indentation.get_or_insert(blanks) == blanks;
        is_client.then(|| name.trim_matches(['"', '\'', ' ']))
    })
}

/// The lines of a field of the document itself.
fn field<'t>(document: &'t str, name: &str) -> Option<&'t str> {
    let begins = |(before, _): &(&str, &str)| before.is_empty() || before.ends_with('\n');
    let (_, field) = memchr::memmem::find_iter(document.as_bytes(), name)
        .filter_map(|start| document.split_at_checked(start))
        .find(begins)?;
    let is_next = |at: &usize| {
        let next = field.as_bytes().get(at.saturating_add(1));
        next.is_some_and(u8::is_ascii_alphabetic)
    };
    let end = memchr::memchr_iter(b'\n', field.as_bytes()).find(is_next);
    field.get(..end.map_or(field.len(), |end| end.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_files_are_seen_wherever_the_field_begins_a_line() {
        for document in [
            "key_files: [ a.csv, b.csv ]\n",
            "version: 1\nkey_files:\n  - a.csv\n  - \"b.csv\" # of the shop\nclients: {}\n",
            "clients: { acme: { key_files: [ c.csv ] } }\nkey_files:\n- a.csv\n- b.csv",
            "clients:\n  acme:\n    key_files: [ c.csv ]\nkey_files: [\n  a.csv,\n  b.csv\n]\nversion: 1\n",
        ] {
            assert_eq!(key_files(document), ["a.csv", "b.csv"], "{document}");
        }
    }

    #[test]
    fn where_no_key_files_are_seen_there_are_none() {
        for document in [
            "",
            "clients: { acme: { key_files: [ c.csv ] } }\n",
            "{ key_files: [ a.csv ] }\n",
            "key_files: a.csv\n",
            "key_files: [ a.csv\n",
            "key_files: *others\n",
            "key_files: [ { a: b } ]\n",
        ] {
            assert_eq!(key_files(document), [""; 0], "{document}");
        }
    }

    #[test]
    fn clients_are_seen_where_each_begins_a_line() {
        let documents = [
            "clients:\n  acme: { collections: [ orders ] }\n  globex: {}\n",
            "version: 1\nclients: # all\n\n# first\n    acme:\n      active: true\n    globex:\nlimits:\n  keys: 1\n",
            "clients:\n \"acme\" : {}\n # the other\n 'globex': {\n   active: true }",
        ];
        for document in documents {
            assert_eq!(
                client_names(document).collect::<Vec<_>>(),
                ["acme", "globex"],
                "{document}"
            );
        }
        for document in ["", "clients: { acme: {} }\n", "{ clients: {} }", "limits: {}\n"] {
            assert_eq!(client_names(document).next(), None, "{document}");
        }
    }
}
