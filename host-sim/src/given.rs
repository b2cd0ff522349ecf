//! Fields of documents that may be left out.

use serde::{Deserialize, Deserializer};

/// A field that is there has a value: one with nothing after its colon would not be looked at, which
/// nobody would notice.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
