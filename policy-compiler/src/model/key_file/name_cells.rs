//! Where the names of keys stand in key files.
//!
//! A key keeps the place of its digest alone: with that of its name a million keys would take more
//! memory. So the names are looked for once more, for the few keys of which that is to be reported.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::rows::{Row, Rows};
use crate::text::{Place, Sources};

/// The places of names, by those of the digests in their rows.
pub(in crate::model) fn name_cells(
    sources: &Sources,
    digests: &HashSet<Place>,
) -> HashMap<Place, Place> {
    let mut names = HashMap::with_capacity(digests.len());
    let mut files: Vec<_> = digests.iter().map(|place| place.file).collect();
    files.sort_unstable();
    files.dedup();
    for index in files {
        let Some(file) = sources.file(index).filter(|file| file.is_key_file()) else { continue };
        let mut rows = Rows::new(index, file.text());
        let mut row = rows.row();
        rows.read(&mut row);
        let Some((name, digest)) = column(&row, "name").zip(column(&row, "sha256")) else {
            continue;
        };
        while rows.read(&mut row) {
            let place = row.place(digest);
            if digests.contains(&place) {
                names.insert(place, row.place(name));
            }
        }
    }
    names
}

fn column(header: &Row<'_>, name: &str) -> Option<usize> {
    (0..header.len()).find(|position| header.cell(*position) == Some(name))
}
