//! Contexts: the plugins of a module, and whose each stream is.

/// What the host has told of its contexts. A host may run several plugins in one module, and two
/// of one plugin while its configuration is replaced.
#[derive(Debug, Default)]
pub struct Contexts<T> {
    roots: Vec<Root<T>>,
    /// Streams whose headers have not come yet, each with its root, the oldest first. Only a
    /// module that asks to be told of streams has any, and seldom more than one, since most hosts
    /// tell of a stream when they have its headers.
    waiting: Vec<(u32, u32)>,
    /// Whether the host tells of streams: then no plugin has to be marked.
    told: bool,
}

/// A plugin.
#[derive(Debug)]
struct Root<T> {
    id: u32,
    /// Whether the host says of its streams that they are its own.
    marked: bool,
    in_force: Option<T>,
}

/// What is in force for a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Owner<T> {
    /// This, or nothing.
    Known(Option<T>),
    /// There are several plugins: the host has to be asked for the mark of this one's.
    Unclear,
}

/// A host that tells of streams that never get headers must not fill the memory. A stream that
/// had to be forgotten is denied where there are several plugins.
const MOST_WAITING: usize = 10_000;

impl<T: Clone> Contexts<T> {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { roots: Vec::new(), waiting: Vec::new(), told: false }
    }

    /// A plugin begins, with nothing in force; `false` where it has begun before.
    pub fn add_root(&mut self, root: u32) -> bool {
        let is_new = self.root(root).is_none();
        if is_new {
            self.roots.push(Root { id: root, marked: false, in_force: None });
        }
        is_new
    }

    /// The host tells of contexts, streams among them.
    pub fn set_told(&mut self) {
        self.told = true;
    }

    /// Whether streams of this plugin could be taken for those of another: it is not alone, and
    /// has no mark.
    #[must_use]
    pub fn needs_mark(&self, root: u32) -> bool {
        let known = self.roots.iter().find(|other| other.id == root);
        !self.told && self.roots.len() > 1 && known.is_some_and(|known| !known.marked)
    }

    /// A plugin is marked: what the host says of its streams is its number.
    pub fn set_marked(&mut self, root: u32) {
        if let Some(root) = self.root(root) {
            root.marked = true;
        }
    }

    /// Puts something in force for a plugin; what was before.
    pub fn set(&mut self, root: u32, value: T) -> Option<T> {
        self.root(root)?.in_force.replace(value)
    }

    /// What is in force for a plugin.
    #[must_use]
    pub fn get(&self, root: u32) -> Option<T> {
        self.roots.iter().find(|other| other.id == root)?.in_force.clone()
    }

    /// A stream of a plugin begins.
    pub fn add_stream(&mut self, stream: u32, root: u32) {
        if self.waiting.len() >= MOST_WAITING {
            self.waiting.remove(0);
        }
        self.waiting.push((stream, root));
    }

    /// The headers of a stream have come: what is in force for it. The stream is forgotten.
    pub fn take_stream(&mut self, stream: u32) -> Owner<T> {
        if let Some(place) = self.waiting.iter().rposition(|(id, _)| *id == stream) {
            let (_, root) = self.waiting.remove(place);
            return Owner::Known(self.get(root));
        }
        match self.roots.as_slice() {
            [] => Owner::Known(None),
            [only] => Owner::Known(only.in_force.clone()),
            _ => Owner::Unclear,
        }
    }

    /// What is in force for streams with this mark. Those of the one plugin that was alone when it
    /// got its configuration have none; where several have none, nobody can say whose the stream is.
    #[must_use]
    pub fn by_mark(&self, mark: Option<u32>) -> Option<T> {
        let mut fitting = self.roots.iter().filter(|root| match mark {
            Some(mark) => root.marked && root.id == mark,
            None => !root.marked,
        });
        let found = fitting.next()?;
        fitting.next().is_none().then(|| found.in_force.clone())?
    }

    /// What is in force for any plugin.
    #[must_use]
    pub fn all(&self) -> Vec<T> {
        self.roots.iter().filter_map(|root| root.in_force.clone()).collect()
    }

    /// All plugins but one.
    #[must_use]
    pub fn other_roots(&self, root: u32) -> Vec<u32> {
        self.roots.iter().map(|other| other.id).filter(|id| *id != root).collect()
    }

    /// A plugin is gone; what was in force for it.
    pub fn remove_root(&mut self, root: u32) -> Option<T> {
        let place = self.roots.iter().position(|other| other.id == root)?;
        self.roots.swap_remove(place).in_force
    }

    fn root(&mut self, root: u32) -> Option<&mut Root<T>> {
        self.roots.iter_mut().find(|other| other.id == root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Contexts<&'static str> {
        let mut contexts = Contexts::new();
        assert!(contexts.add_root(1) && contexts.add_root(2) && !contexts.add_root(2));
        assert_eq!(contexts.set(1, "old"), None);
        assert_eq!(contexts.set(2, "other"), None);
        contexts
    }

    #[test]
    fn a_stream_that_was_told_of_has_what_is_in_force_for_its_own_plugin() {
        let mut contexts = two();
        for (stream, root) in [(3, 1), (4, 2), (5, 1), (6, 9)] {
            contexts.add_stream(stream, root);
        }
        assert_eq!(contexts.take_stream(4), Owner::Known(Some("other")));
        assert_eq!(contexts.set(1, "new"), Some("old"));
        assert_eq!(contexts.take_stream(3), Owner::Known(Some("new")));
        assert_eq!(contexts.take_stream(3), Owner::Unclear, "twice");
        assert_eq!(contexts.take_stream(6), Owner::Known(None), "of no plugin");
        assert_eq!(contexts.other_roots(2), [1]);
        assert_eq!(contexts.remove_root(1), Some("new"));
        assert_eq!(contexts.remove_root(1), None);
        assert_eq!(contexts.take_stream(5), Owner::Known(None), "its plugin is gone");
    }

    #[test]
    fn a_stream_that_was_not_told_of_is_the_only_plugin_s() {
        let mut contexts = two();
        assert_eq!(contexts.take_stream(3), Owner::Unclear);
        contexts.remove_root(1);
        assert!(!contexts.needs_mark(2));
        assert_eq!(contexts.take_stream(3), Owner::Known(Some("other")));
        contexts.remove_root(2);
        assert_eq!(contexts.take_stream(3), Owner::Known(None));
    }

    #[test]
    fn marks_tell_plugins_apart_and_one_may_have_none() {
        let mut contexts = two();
        assert_eq!(contexts.by_mark(None), None, "two without a mark");
        assert_eq!(contexts.by_mark(Some(2)), None, "a mark that was not set");
        assert!(contexts.needs_mark(2));
        contexts.set_marked(2);
        assert!(!contexts.needs_mark(2) && contexts.needs_mark(1));
        assert_eq!(contexts.by_mark(Some(2)), Some("other"));
        assert_eq!(contexts.by_mark(None), Some("old"));
        assert_eq!(contexts.by_mark(Some(1)), None);
        contexts.set_marked(1);
        assert_eq!(contexts.by_mark(None), None);
    }

    #[test]
    fn the_oldest_streams_without_headers_are_forgotten() {
        let mut contexts = two();
        for stream in 3..20_003 {
            contexts.add_stream(stream, 1);
        }
        assert_eq!(contexts.waiting.len(), MOST_WAITING);
        assert_eq!(contexts.take_stream(10_002), Owner::Unclear);
        assert_eq!(contexts.take_stream(10_003), Owner::Known(Some("old")));
        assert_eq!(contexts.take_stream(20_002), Owner::Known(Some("old")));
    }
}
