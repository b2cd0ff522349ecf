//! Why a table decides a request as it does: the one decision function, told check by check.

mod ambiguous_path;
mod answer;
mod checks;
mod line;
mod request;

pub use answer::Answer;
pub use checks::{Check, Outcome, Presented, explain, explain_as};
pub use request::{InvalidRequest, RequestData};
