//! Whose a stream is, where a host runs several plugins in one module and does not tell: the
//! module has no entry for the beginning of a stream, since every request would pay for it.
//!
//! Envoy evaluates expressions for a module, and keeps them with the plugin that made them. So a
//! plugin that is not the first makes one that says its number; a stream that has it evaluated
//! gets the number of its own plugin, whatever names plugins were given.

use super::{NOT_FOUND, Refused, call_foreign_function};

/// The first expression of a plugin.
const FIRST: [u8; 4] = 0_u32.to_le_bytes();

/// Marks the plugin whose callback runs with its number, once, and makes sure that the host says
/// it: else a stream without a mark would be taken for one of the plugin that has none.
pub(super) fn set(root: u32) -> Result<(), Refused> {
    // A number is an expression of CEL, the Common Expression Language.
    let token = call_foreign_function("expr_create", root.to_string().as_bytes());
    let token = token.map_err(|_| Refused)?;
    let said = *token == FIRST && get() == Ok(Some(root));
    if said { Ok(()) } else { Err(Refused) }
}

/// The mark of the plugin whose callback runs, or whose stream's; `None` where it has none.
pub(super) fn get() -> Result<Option<u32>, Refused> {
    match call_foreign_function("expr_evaluate", &FIRST) {
        Ok(value) => {
            let value = value.as_chunks::<8>().0.first().ok_or(Refused)?;
            u32::try_from(i64::from_le_bytes(*value)).map(Some).map_err(|_| Refused)
        }
        Err(NOT_FOUND) => Ok(None),
        Err(_) => Err(Refused),
    }
}
