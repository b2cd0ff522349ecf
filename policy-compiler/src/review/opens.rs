//! What one table opens, to whom: its difference from a table that opens nothing.

use policy_table::{ClientIndex, KeyIndex, PlainRequest};
use serde::Serialize;

use super::classes::{Example, destinations};
use super::described::View;
use super::difference::Difference;
use super::gains::{Direction, Owner};
use super::methods::{Method, MethodClasses, StandsFor};
use super::view::{ChangeView, PolicyView, SpanView};

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

impl<'t> Difference<'t> {
    /// Leaves what answers a question.
    pub fn answer(&mut self, question: Question<'_>) {
        let asked = match question {
            Question::Who(request) => self.narrow(request),
            Question::Client(_) | Question::Key(_) => Vec::new(),
        };
        self.gained.retain_mut(|change| match question {
            Question::Who(request) => {
                let classes = asked.iter().filter(|class| change.classes.contains(class));
                change.classes = classes.copied().collect();
                change.address = request.address.or(change.address);
                let from = request.address.is_none_or(|_| change.origins.contains(request.address));
                !change.classes.is_empty() && from
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

    /// Leaves nothing but a request in its class, and nothing but a preflight in the class of those
    /// where it may be one and they are let pass. Which classes these are.
    fn narrow(&mut self, request: &PlainRequest<'_>) -> Vec<usize> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut narrowed = Vec::new();
        for preflight in [false, true] {
            if preflight && request.method != b"OPTIONS" {
                break;
            }
            let routes = destinations(self.tables, request, preflight);
            let position = self.classes.iter().position(|class| Some(class.routes) == routes);
            let Some(position) = position.filter(|position| !narrowed.contains(position)) else {
                continue;
            };
            if let Some(class) = self.classes.get_mut(position) {
                let method = text(request.method);
                class.methods = MethodClasses::only(self.methods.len());
                let stands_for = StandsFor::Itself;
                self.methods.push(Method { name: method.clone(), stands_for, preflight });
                let (host, path) = (text(request.host), text(request.path));
                class.example = Example { host, path, method, preflight };
                narrowed.push(position);
            }
        }
        narrowed
    }
}

impl OpensView {
    /// The names behind what a table opens; `name` is how the policy was given.
    pub fn new(opens: &Difference<'_>, name: &str) -> Self {
        let [_, table] = opens.tables;
        let view = View { difference: opens, direction: Direction::Gained, names: [name, name] };
        Self {
            policy: PolicyView { name: name.to_owned(), table_id: table.id().to_string() },
            looked_at: SpanView::new(&opens.span),
            access: opens.gained.iter().map(|change| alone(view.change(change))).collect(),
        }
    }
}

/// Without what the table that opens nothing has to say.
fn alone(mut change: ChangeView) -> ChangeView {
    if let Some(witness) = &mut change.witness {
        witness.old = None;
    }
    for endpoint in change.access.iter_mut().flat_map(|access| &mut access.endpoints) {
        endpoint.other_policy = None;
    }
    change
}
