//! Edits of a policy: one change, and nothing else.
//!
//! An edit is a list of [`Change`]s. Each knows two things: what it does to the text (of the
//! document or of a key file), and what it does to the [`Policy`](crate::model::Policy). The
//! text is edited, read again, and must mean exactly what the policy meant before with the
//! changes made to it; else nothing is written. So no way of writing YAML can fool an edit.
//!
//! * [`Document`]: a policy that is held so that nobody else edits it, and what it says;
//! * [`Change`]: one change of the model;
//! * [`Proposal`]: the edited text, proved and not yet written: to be shown or put in place.

mod change;
mod csv;
mod document;
mod error;
mod fields;
mod hold;
mod patch;
mod words;
mod yaml;

pub use change::Change;
pub use document::{Document, Proposal};
pub use error::{CannotEdit, NoPlace};
pub use patch::Patch;
