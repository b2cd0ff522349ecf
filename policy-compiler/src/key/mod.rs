//! New keys: made, hashed, and added to a document of which nothing else changes.

mod edit;
mod generate;
mod style;

use std::path::Path;

pub use edit::CannotEdit;
pub use generate::{NewKey, NoEntropy};

use crate::compile::{Names, write_table};
use crate::diagnostic::Report;
use crate::load::{Loaded, load_text};
use crate::model::{Digest, Name, Policy, Window};

/// What is to be added to a document.
#[derive(Debug)]
pub struct Addition<'a> {
    /// The client, by name.
    pub client: &'a str,
    /// The name of the key.
    pub name: &'a Name,
    /// Its digest.
    pub digest: Digest,
    /// The first moment of validity, as it is to be written.
    pub not_before: Option<&'a str>,
    /// The moment after the last, as it is to be written.
    pub expires: Option<&'a str>,
    /// Both as they are meant.
    pub window: Window,
}

/// Why a key was not added.
#[derive(Debug)]
pub enum CannotAdd {
    /// There is no place for it in the text that could be found safely.
    Edit(CannotEdit),
    /// With the key the document would not hold: what it would say then.
    Invalid(Report),
    /// The document would mean something else than before with this key.
    OtherMeaning,
}

/// The text of a document with a key added and everything else left as it is: comments,
/// order, quotes and line ends. It has been read again: it means what it meant before, and
/// has the key.
///
/// # Errors
/// Where that cannot be done; see [`CannotAdd`].
pub fn add_key(
    name: &str,
    text: &str,
    base: &Path,
    before: &Policy,
    addition: &Addition<'_>,
) -> Result<String, CannotAdd> {
    let edited = edit::insert(text, addition).map_err(CannotAdd::Edit)?;
    let Loaded { policy: mut after, .. } =
        load_text(name, edited.clone(), base).map_err(CannotAdd::Invalid)?;
    let with_key = write_table(&after, Names::Include);
    let added = take_key(&mut after, addition);
    // Without the key the document is what it was, and the key is what it is to be.
    let same = added
        && after == *before
        && write_table(&after, Names::Include) == write_table(before, Names::Include);
    if same && with_key.is_ok() { Ok(edited) } else { Err(CannotAdd::OtherMeaning) }
}

/// Takes the added key out of a policy; whether there was exactly such a one.
fn take_key(policy: &mut Policy, addition: &Addition<'_>) -> bool {
    let client = policy.clients.iter_mut().find(|client| client.name.as_str() == addition.client);
    let Some(client) = client else {
        return false;
    };
    let added: Vec<_> = client.keys.extract_if(.., |key| key.name == *addition.name).collect();
    let [key] = added.as_slice() else {
        return false;
    };
    key.digest == addition.digest
        && key.window == addition.window
        && key.active
        && key.grant.is_none()
        && key.rule.is_any()
}
