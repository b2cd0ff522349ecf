//! Properties: paths, values, and Envoy's encoding of them.

use std::collections::BTreeMap;

use crate::pairs;

/// Where a property is found: names from the outermost to the innermost.
///
/// A string is split at its dots; where a name has dots of its own, give a list, or a string
/// with zero bytes between the names.
///
/// ```
/// use host_sim::PropertyPath;
/// assert_eq!(PropertyPath::from("source.address"), PropertyPath::from(["source", "address"]));
/// let dotted = PropertyPath::from(["metadata", "filter_metadata", "envoy.filters.http.x"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PropertyPath(
    /// As modules give it: names with a zero byte between them.
    Vec<u8>,
);

/// A property, before it is encoded for the module.
#[derive(Clone, Debug, PartialEq)]
pub enum PropertyValue {
    /// Text or bytes: as they are.
    Bytes(Vec<u8>),
    /// An integer, a duration or a time in nanoseconds: eight bytes, little-endian.
    Integer(i64),
    /// An unsigned integer: eight bytes, little-endian.
    Unsigned(u64),
    /// A floating-point number: eight bytes, little-endian.
    Double(f64),
    /// One byte, 0 or 1.
    Boolean(bool),
    /// A map, in the form of a header map.
    Pairs(Vec<(Vec<u8>, Vec<u8>)>),
    /// Not there: the module is told that it is not found.
    Absent,
}

/// Values that a module left, by their paths.
pub(crate) type FilterState = BTreeMap<Vec<u8>, Vec<u8>>;

impl PropertyValue {
    /// The bytes a module sees; none for [`Absent`](Self::Absent).
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(bytes.clone()),
            Self::Integer(number) => Some(number.to_le_bytes().to_vec()),
            Self::Unsigned(number) => Some(number.to_le_bytes().to_vec()),
            Self::Double(number) => Some(number.to_le_bytes().to_vec()),
            Self::Boolean(truth) => Some(vec![u8::from(*truth)]),
            // Envoy writes the count here also when it is zero, unlike in header maps.
            Self::Pairs(list) if list.is_empty() => Some(vec![0; 4]),
            Self::Pairs(list) => Some(pairs::encode(
                list.iter().map(|(name, value)| (name.as_slice(), value.as_slice())),
            )),
            Self::Absent => None,
        }
    }

    /// The same as text, for proxies that have no other form.
    pub(crate) fn as_text(&self) -> Option<Vec<u8>> {
        match self {
            Self::Integer(number) => Some(number.to_string().into_bytes()),
            Self::Unsigned(number) => Some(number.to_string().into_bytes()),
            Self::Double(number) => Some(number.to_string().into_bytes()),
            Self::Boolean(truth) => Some(truth.to_string().into_bytes()),
            Self::Bytes(_) | Self::Pairs(_) | Self::Absent => self.encode(),
        }
    }
}

/// The properties a caller has set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Properties(Vec<(PropertyPath, PropertyValue)>);

impl Properties {
    pub(crate) fn set(&mut self, path: PropertyPath, value: PropertyValue) {
        self.0.retain(|(known, _)| *known != path);
        self.0.push((path, value));
    }

    pub(crate) fn get(&self, path: &[u8]) -> Option<&PropertyValue> {
        let (_, value) = self.0.iter().find(|(known, _)| known.0 == path)?;
        Some(value)
    }
}

impl From<&str> for PropertyPath {
    fn from(path: &str) -> Self {
        let separated = path.contains('\0');
        Self(if separated { path.to_owned() } else { path.replace('.', "\0") }.into_bytes())
    }
}

impl<const N: usize> From<[&str; N]> for PropertyPath {
    fn from(names: [&str; N]) -> Self {
        Self::from(names.as_slice())
    }
}

impl From<&[&str]> for PropertyPath {
    fn from(names: &[&str]) -> Self {
        Self(names.join("\0").into_bytes())
    }
}

impl From<&str> for PropertyValue {
    fn from(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }
}

impl From<String> for PropertyValue {
    fn from(text: String) -> Self {
        Self::Bytes(text.into_bytes())
    }
}

impl From<&[u8]> for PropertyValue {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Vec<u8>> for PropertyValue {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<i64> for PropertyValue {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u64> for PropertyValue {
    fn from(number: u64) -> Self {
        Self::Unsigned(number)
    }
}

impl From<f64> for PropertyValue {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<bool> for PropertyValue {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_those_of_envoy() {
        let encoded = |value: PropertyValue| value.encode().unwrap();
        assert_eq!(encoded("text".into()), b"text");
        assert_eq!(encoded((-2_i64).into()), b"\xfe\xff\xff\xff\xff\xff\xff\xff");
        assert_eq!(encoded(258_u64.into()), b"\x02\x01\0\0\0\0\0\0");
        assert_eq!(encoded(true.into()), b"\x01");
        assert_eq!(encoded(1.5_f64.into()), 1.5_f64.to_le_bytes());
        let map = PropertyValue::Pairs(vec![(b"k".to_vec(), b"v".to_vec())]);
        assert_eq!(encoded(map), b"\x01\0\0\0\x01\0\0\0\x01\0\0\0k\0v\0");
        assert_eq!(PropertyValue::Absent.encode(), None);
    }

    #[test]
    fn the_last_value_set_counts() {
        let mut properties = Properties::default();
        properties.set("a.b".into(), "one".into());
        properties.set(["a", "b"].into(), "two".into());
        assert_eq!(properties.get(b"a\0b"), Some(&"two".into()));
        assert_eq!(properties.get(b"a"), None);
    }
}
