//! How far the compiler is, for whoever watches.

use std::fmt;
use std::sync::Arc;

/// What the compiler does with a policy, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Reads the document and the files that it names.
    Read,
    /// Looks for what is allowed, but hardly meant.
    Check,
    /// Writes the table and reads it back.
    Write,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The step.
    pub step: Step,
    /// Bytes of the file that were read; 0 for other steps.
    pub done: usize,
    /// Bytes of the file; 0 for other steps.
    pub total: usize,
}

/// Is told about progress now and then; by default nobody is.
#[derive(Clone, Default)]
pub struct Watcher(Option<Arc<dyn Fn(Progress)>>);

/// How many rows or nodes are read between two reports.
pub(crate) const OFTEN: usize = 1 << 14;

impl Watcher {
    /// Tells this function.
    pub fn new(tell: impl Fn(Progress) + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    /// Tells that a step begins.
    pub(crate) fn begin(&self, step: Step) {
        self.tell(Progress { step, done: 0, total: 0 });
    }

    /// Tells how much of a file was read.
    pub(crate) fn read(&self, done: usize, total: usize) {
        self.tell(Progress { step: Step::Read, done, total });
    }

    fn tell(&self, progress: Progress) {
        if let Some(tell) = &self.0 {
            tell(progress);
        }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Watcher")
    }
}
