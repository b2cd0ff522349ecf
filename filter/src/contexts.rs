//! Contexts: the plugins of a module, and the streams of each.

/// What the host has told of its contexts. A host may run several plugins in one module, and two
/// of one plugin while its configuration is replaced.
#[derive(Debug, Default)]
pub struct Contexts<T> {
    roots: Vec<(u32, Option<T>)>,
    /// Streams whose headers have not come yet, each with its root, the oldest first; seldom more
    /// than one, since most hosts tell of a stream when they have its headers.
    waiting: Vec<(u32, u32)>,
}

/// A host that tells of streams that never get headers must not fill the memory. A stream that
/// had to be forgotten is denied.
const MOST_WAITING: usize = 10_000;

impl<T: Clone> Contexts<T> {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { roots: Vec::new(), waiting: Vec::new() }
    }

    /// A plugin begins, with nothing in force.
    pub fn add_root(&mut self, root: u32) {
        self.roots.push((root, None));
    }

    /// Puts something in force for a plugin; what was before.
    pub fn set(&mut self, root: u32, value: T) -> Option<T> {
        let (_, in_force) = self.roots.iter_mut().find(|(id, _)| *id == root)?;
        in_force.replace(value)
    }

    /// What is in force for a plugin.
    #[must_use]
    pub fn get(&self, root: u32) -> Option<T> {
        let (_, in_force) = self.roots.iter().find(|(id, _)| *id == root)?;
        in_force.clone()
    }

    /// A stream of a plugin begins.
    pub fn add_stream(&mut self, stream: u32, root: u32) {
        if self.waiting.len() >= MOST_WAITING {
            self.waiting.remove(0);
        }
        self.waiting.push((stream, root));
    }

    /// The headers of a stream have come: what is in force for it. The stream is forgotten.
    pub fn take_stream(&mut self, stream: u32) -> Option<T> {
        let place = self.waiting.iter().rposition(|(id, _)| *id == stream)?;
        let (_, root) = self.waiting.remove(place);
        self.get(root)
    }

    /// What is in force for any plugin.
    #[must_use]
    pub fn all(&self) -> Vec<T> {
        self.roots.iter().filter_map(|(_, in_force)| in_force.clone()).collect()
    }

    /// All plugins but one.
    #[must_use]
    pub fn other_roots(&self, root: u32) -> Vec<u32> {
        self.roots.iter().map(|(id, _)| *id).filter(|id| *id != root).collect()
    }

    /// A plugin is gone; what was in force for it.
    pub fn remove_root(&mut self, root: u32) -> Option<T> {
        let place = self.roots.iter().position(|(id, _)| *id == root)?;
        self.roots.swap_remove(place).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_has_what_is_in_force_for_its_own_plugin() {
        let mut contexts = Contexts::new();
        contexts.add_root(1);
        contexts.add_root(2);
        assert_eq!(contexts.set(1, "old"), None);
        assert_eq!(contexts.set(2, "other"), None);
        for (stream, root) in [(3, 1), (4, 2), (5, 1), (6, 9)] {
            contexts.add_stream(stream, root);
        }
        assert_eq!(contexts.take_stream(4), Some("other"));
        assert_eq!(contexts.set(1, "new"), Some("old"));
        assert_eq!(contexts.take_stream(3), Some("new"));
        assert_eq!(contexts.take_stream(3), None, "twice");
        assert_eq!(contexts.take_stream(6), None, "of no plugin");
        assert_eq!(contexts.other_roots(2), [1]);
        assert_eq!(contexts.remove_root(1), Some("new"));
        assert_eq!(contexts.remove_root(1), None);
        assert_eq!(contexts.take_stream(5), None, "its plugin is gone");
    }

    #[test]
    fn the_oldest_streams_without_headers_are_forgotten() {
        let mut contexts = Contexts::new();
        contexts.add_root(1);
        contexts.set(1, ());
        for stream in 2..20_002 {
            contexts.add_stream(stream, 1);
        }
        assert_eq!(contexts.waiting.len(), MOST_WAITING);
        assert_eq!(contexts.take_stream(10_001), None);
        assert_eq!(contexts.take_stream(10_002), Some(()));
        assert_eq!(contexts.take_stream(20_001), Some(()));
    }
}
