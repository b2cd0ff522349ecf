//! A header map with the rules of the reference proxy.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Headers in order, names in lower case, values any bytes; a name may stand more than once.
///
/// Pseudo headers (`:method`, `:path`, …) always stand first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    pseudo: Vec<Entry>,
    others: Vec<Entry>,
}

/// A name in lower case, and a value.
type Entry = (Vec<u8>, Vec<u8>);

impl Headers {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value and keeps those the name already has.
    pub fn add(&mut self, name: impl AsRef<[u8]>, value: impl Into<Vec<u8>>) {
        let name = lower_case(name.as_ref()).into_owned();
        let entries = if name.first() == Some(&b':') { &mut self.pseudo } else { &mut self.others };
        entries.push((name, value.into()));
    }

    /// Adds to the value that the name has, after a comma where there is something on both sides of it.
    pub(crate) fn append(&mut self, name: impl AsRef<[u8]>, value: &[u8]) {
        let lower = lower_case(name.as_ref());
        let mut entries = self.pseudo.iter_mut().chain(&mut self.others);
        match entries.find(|(known, _)| **known == *lower) {
            Some((_, known)) => {
                if !known.is_empty() && !value.is_empty() {
                    known.push(b',');
                }
                known.extend_from_slice(value);
            }
            None => self.add(lower, value),
        }
    }

    /// Sets the only value of a name; all others it had are gone.
    pub fn replace(&mut self, name: impl AsRef<[u8]>, value: impl Into<Vec<u8>>) {
        self.remove(name.as_ref());
        self.add(name, value);
    }

    /// Sets the first value of a name where it stands; adds it where there is none.
    pub(crate) fn set_in_place(&mut self, name: &str, value: &[u8]) {
        let mut entries = self.pseudo.iter_mut().chain(&mut self.others);
        match entries.find(|(known, _)| known == name.as_bytes()) {
            Some((_, known)) => *known = value.to_vec(),
            None => self.add(name, value),
        }
    }

    /// Removes every value of a name; nothing happens when it has none.
    pub fn remove(&mut self, name: impl AsRef<[u8]>) {
        let name = lower_case(name.as_ref());
        self.pseudo.retain(|(known, _)| *known != *name);
        self.others.retain(|(known, _)| *known != *name);
    }

    /// The first value of a name: all that `proxy_get_header_map_value` shows a module in Envoy.
    pub fn first(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        let name = lower_case(name.as_ref());
        self.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }

    /// Every value of a name, in order.
    pub fn all(&self, name: impl AsRef<[u8]>) -> Vec<&[u8]> {
        let name = lower_case(name.as_ref());
        self.iter().filter(|(known, _)| **known == *name).map(|(_, value)| value).collect()
    }

    /// Whether the name has a value.
    pub fn contains(&self, name: impl AsRef<[u8]>) -> bool {
        self.first(name).is_some()
    }

    /// Name and value of every entry, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
        let entries = self.pseudo.iter().chain(&self.others);
        entries.map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// The same with one value for each name, `, ` between its parts, in the order of the names.
    pub(crate) fn joined(&self) -> Self {
        let names = self.by_name();
        names.into_iter().map(|(name, values)| (name, values.join(&b", "[..]))).collect()
    }

    /// The values of every name, in order.
    pub(crate) fn by_name(&self) -> BTreeMap<&[u8], Vec<&[u8]>> {
        let mut names = BTreeMap::<_, Vec<_>>::new();
        for (name, value) in self.iter() {
            names.entry(name).or_default().push(value);
        }
        names
    }

    /// Every name once, in the order of the first entries.
    pub(crate) fn names(&self) -> impl Iterator<Item = &[u8]> {
        let mut seen = BTreeSet::new();
        self.iter().map(|(name, _)| name).filter(move |name| seen.insert(*name))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.pseudo.len() + self.others.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of all names and values, without separators.
    pub fn byte_size(&self) -> usize {
        self.iter().map(|(name, value)| name.len() + value.len()).sum()
    }
}

impl<Name: AsRef<[u8]>, Value: Into<Vec<u8>>> FromIterator<(Name, Value)> for Headers {
    fn from_iter<Entries: IntoIterator<Item = (Name, Value)>>(entries: Entries) -> Self {
        let mut headers = Self::new();
        for (name, value) in entries {
            headers.add(name, value);
        }
        headers
    }
}

fn lower_case(name: &[u8]) -> Cow<'_, [u8]> {
    if name.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Headers {
        [(":path", "/"), ("X-A", "1"), ("x-b", "2"), ("x-a", "3")].into_iter().collect()
    }

    #[test]
    fn names_are_lower_case_and_order_is_kept() {
        let names: Vec<_> = sample().iter().map(|(name, _)| name.to_vec()).collect();
        assert_eq!(names, [b":path".to_vec(), b"x-a".to_vec(), b"x-b".to_vec(), b"x-a".to_vec()]);
    }

    #[test]
    fn first_sees_one_value_and_all_sees_both() {
        assert_eq!(sample().first("X-a"), Some(&b"1"[..]));
        assert_eq!(sample().all("x-A"), [b"1", b"3"]);
    }

    #[test]
    fn replace_leaves_one_value() {
        let mut headers = sample();
        headers.replace("x-a", "9");
        assert_eq!(headers.all("x-a"), [b"9"]);
        headers.replace("x-new", "n");
        assert_eq!(headers.first("x-new"), Some(&b"n"[..]));
    }

    #[test]
    fn remove_takes_every_value_and_forgives_none() {
        let mut headers = sample();
        headers.remove("X-A");
        headers.remove("x-absent");
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn pseudo_headers_stay_in_front() {
        let mut headers = sample();
        headers.replace(":method", "GET");
        let first_two: Vec<_> = headers.iter().take(2).map(|(name, _)| name).collect();
        assert_eq!(first_two, [&b":path"[..], b":method"]);
    }
}
