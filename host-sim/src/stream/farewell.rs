//! How a stream, a connection or a plugin goes, which the module may put off.

/// How far a context is on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Farewell {
    #[default]
    Live,
    /// `proxy_on_done` returned false: the module will call `proxy_done`.
    Awaited,
    /// `proxy_done` was called: what is left of the farewell comes next.
    Done,
}
