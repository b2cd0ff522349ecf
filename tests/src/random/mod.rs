//! Random policies and requests, and the comparison of two readings of the rules on them.
//!
//! ```text
//! seed ─► policy    a document, through the real compiler ─► policy, table
//!      └► recipe    a request in terms of a policy's own parts: its third endpoint, its second key with one
//!                   character changed, the address one below its fifth range
//!                   ─► kitchen ─► request ─► oracle ≡ subject (native table, simulator, Envoy)
//! ```
//!
//! Shapes are small, so that things collide and overlap. Recipes do not depend on a policy, so that both shrink alone.

mod address;
pub mod compare;
mod credential;
mod forwarded;
mod found;
mod key;
mod kitchen;
mod path;
mod policy;
mod recipe;
pub mod subject;

pub use policy::PolicySketch;
pub use recipe::Recipe;
