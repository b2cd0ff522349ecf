//! What one table opens, to whom: its difference from a table that opens nothing.

use policy_table::walk::route;
use policy_table::{ClientIndex, KeyIndex, PlainRequest, Table};
use serde::Serialize;

use super::classes::{Destination, Gate};
use super::difference::{Difference, compare};
use super::gains::{Direction, Owner};
use super::times::Span;
use super::view::{ChangeView, PolicyView, SpanView, View, span_view};

/// A question about what a table opens.
#[derive(Debug, Clone, Copy)]
pub enum Question<'q> {
    /// Who may send this request; the address is looked at where there is one, the time never.
    Who(&'q PlainRequest<'q>),
    /// What the keys of a client may do.
    Client(ClientIndex),
    /// What a key may do.
    Key(KeyIndex),
}

/// What a table opens.
#[derive(Debug, Serialize)]
pub struct OpensView {
    /// The policy.
    pub policy: PolicyView,
    /// The time that was looked at.
    pub looked_at: SpanView,
    /// Access, by whose it is.
    pub access: Vec<ChangeView>,
}

/// Everything that a table lets in; `nothing` is a table that lets nothing in.
pub fn opens<'t>(nothing: &'t Table<'t>, table: &'t Table<'t>, span: Span) -> Difference<'t> {
    compare(nothing, table, span)
}

impl<'t> Difference<'t> {
    /// Leaves what answers a question.
    pub fn answer(&mut self, question: Question<'_>) {
        let class = match question {
            Question::Who(request) => Some(self.class_of(request)),
            Question::Client(_) | Question::Key(_) => None,
        };
        self.gained.retain_mut(|change| match question {
            Question::Who(request) => {
                let class = class.flatten().filter(|class| change.classes.contains(class));
                change.classes = class.into_iter().collect();
                let from = request.address.is_none_or(|_| change.origins.contains(request.address));
                class.is_some() && from
            }
            Question::Client(client) => {
                matches!(change.owner, Owner::Keys(owner, _) if owner == client)
            }
            Question::Key(key) => match &mut change.owner {
                Owner::Keys(_, keys) => {
                    keys.retain(|other| *other == key);
                    !keys.is_empty()
                }
                Owner::Anyone => false,
            },
        });
    }

    /// The class of a request that is no preflight.
    fn class_of(&self, request: &PlainRequest<'_>) -> Option<usize> {
        let [old, new] = self.tables.map(|table| route(table, request));
        let routes = [old.ok()?, new.ok()?].map(|routed| Destination { routed, preflight: false });
        self.classes.iter().position(|class| class.routes == routes)
    }

    /// What a request needs to go on, whatever its address; nothing where no table takes its path.
    pub fn gate_of(&self, request: &PlainRequest<'_>) -> Option<Gate> {
        let class = self.classes.get(self.class_of(request)?)?;
        let ([_, route], [_, table]) = (class.routes, self.tables);
        Some(route.gate(table))
    }
}

impl OpensView {
    /// The names behind what a table opens; `name` is how the policy was given.
    pub fn new(opens: &Difference<'_>, name: &str) -> Self {
        let [_, table] = opens.tables;
        let view = View { difference: opens, direction: Direction::Gained, names: [name, name] };
        Self {
            policy: PolicyView { name: name.to_owned(), table_id: table.id().to_string() },
            looked_at: span_view(&opens.span),
            access: opens.gained.iter().map(|change| alone(view.change(change))).collect(),
        }
    }
}

/// Without what the table that opens nothing has to say.
fn alone(mut change: ChangeView) -> ChangeView {
    for endpoint in change.access.iter_mut().flat_map(|access| &mut access.endpoints) {
        endpoint.other_policy = None;
    }
    change
}
