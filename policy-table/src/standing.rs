//! What a key may do: all that the table says of it and of its client, in one place.

use crate::attributes::Window;
use crate::format::NONE;
use crate::index::{ClientIndex, KeyIndex};
use crate::keys::KeyRecord;
use crate::table::Table;

/// A key with what checks 7 to 10 ask about it and its client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) key: KeyIndex,
    pub(crate) client: ClientIndex,
    pub(crate) key_active: bool,
    pub(crate) client_active: bool,
    pub(crate) window: Window,
    /// The key's address rule, or [`NONE`].
    pub(crate) key_rule: u32,
    /// The client's address rule, or [`NONE`].
    pub(crate) client_rule: u32,
    /// The collections granted.
    pub(crate) grant: u32,
}

impl Standing {
    /// That of a key of `table`; `None` never happens, as the reader has proved.
    pub(crate) fn of(table: &Table<'_>, record: KeyRecord) -> Option<Self> {
        let attributes = table.attributes.get(record.attributes)?;
        let class = table.clients.class(record.client)?;
        Some(Self {
            key: record.key,
            client: record.client,
            key_active: attributes.active,
            client_active: class.active,
            window: table.windows.get(record.window)?,
            key_rule: attributes.rule,
            client_rule: class.rule,
            grant: if attributes.grant == NONE { class.grant } else { attributes.grant },
        })
    }
}
