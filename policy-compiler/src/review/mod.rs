//! What a change does: every difference in what two tables decide, and what a table opens to whom.
//!
//! The space of requests is finite once policies are compiled, so nothing is sampled:
//!
//! ```text
//! two tables ─► classes of requests (hosts × paths × methods)      ┐
//!            ─► standings of keys (addresses × times × places)     ┴─► gains, both ways ─► Difference
//! ```
//!
//! * `hosts`, `paths`, `methods`: what tells requests apart; `classes`: requests that none does;
//! * `side`: what a table grants to a key; `origins` and `times`: from where and when;
//! * `gains`: what one table allows and the other does not; `difference`: both ways, with witnesses.
//! * `described`: the names behind it, as a `view`, which `human` and `markdown` show.

mod answers;
pub mod calendar;
mod classes;
mod described;
mod difference;
mod events;
mod fresh;
mod gains;
mod gateway;
mod hosts;
mod human;
mod markdown;
mod methods;
mod opens;
mod origins;
mod paths;
mod side;
mod times;
mod trees;
mod view;
mod witness;
mod words;

pub use answers::{OtherAnswer, other_answers};
pub use classes::{Class, Destination, Example, Gate};
pub use difference::{Change, Difference, compare};
pub use events::{Event, EventKind, events};
pub use gains::{Direction, Owner};
pub use gateway::{SettingChange, setting_changes};
pub use human::Paint;
pub use methods::{Method, StandsFor};
pub use opens::{OpensView, Question};
pub use origins::{AddressCount, Origins};
pub use times::Span;
pub use view::{
    AccessView, AddressesView, ChangeView, DifferenceView, EndpointView, KeyView, PolicyView,
    SpanView, WitnessView,
};
pub use witness::Witness;
pub use words::{place, read_place};
