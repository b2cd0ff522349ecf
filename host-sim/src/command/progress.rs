//! How far a verb has come: on a terminal only, and on standard error.

use indicatif::{ProgressBar, ProgressStyle};

/// Steps between two looks at the bar.
const STRIDE: u64 = 1024;

pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for so many steps. Where standard error is no terminal, nothing is shown.
    pub(super) fn new(steps: u64, what: &'static str) -> Self {
        let bar = ProgressBar::new(steps).with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {eta}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// So many steps are done; looked at now and then.
    pub(super) fn at(&self, step: u64) {
        if step.is_multiple_of(STRIDE) {
            self.bar.set_position(step);
        }
    }

    /// The bar stands at this step.
    pub(super) fn set(&self, step: u64) {
        self.bar.set_position(step);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
