//! Numbers for the ABI.

/// The ABI counts in 32 bits; what is more is as much as they can say.
pub(crate) fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
