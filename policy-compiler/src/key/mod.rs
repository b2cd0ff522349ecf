//! The life of a key: made, judged, rotated, and made out of a legacy access profile.
//!
//! What is to change is said as [`Change`](crate::edit::Change)s; nothing here touches a text.

mod form;
mod generate;
mod migrate;
mod rotate;
mod status;

pub use form::Form;
pub use generate::{NewKey, NoEntropy};
pub use migrate::{CannotMigrate, Migration, migrate};
pub use rotate::{CannotRotate, End, Rotation, fresh_name, rotate};
pub use status::Status;

use std::sync::Arc;

use crate::model::{AddressRule, CollectionIndex, Digest, Key, Name, Window};
use crate::text::{FileIndex, Origin, Place, Span};

/// A key that is to be added, switched on.
pub fn new_key(
    name: Name,
    digest: Digest,
    window: Window,
    rule: Arc<AddressRule>,
    grant: Option<Arc<[CollectionIndex]>>,
) -> Key {
    // It stands nowhere yet; where it stands is no part of what it is.
    let place = Origin(Place { file: FileIndex::default(), span: Span::default() });
    Key {
        name,
        digest,
        active: true,
        rule,
        grant,
        window,
        legacy: None,
        place,
        expires_place: window.expires().map(|_| place),
    }
}
