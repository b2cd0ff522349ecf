//! A progress bar for what takes over a second, on a terminal only.

use std::cell::Cell;
use std::io::{self, IsTerminal};
use std::rc::Rc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::progress::{Progress, Step, Watcher};

/// Who waits less needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// The bar of one run. It is gone when this is dropped, before anything is said.
pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar, and who has to be told for it; nobody where stderr is no terminal.
    pub(super) fn new() -> (Self, Watcher) {
        if !io::stderr().is_terminal() {
            return (Self(None), Watcher::default());
        }
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg:13} {bar:40} {elapsed}") {
            bar.set_style(style);
        }
        let (shown, begun) = (Rc::new(Cell::new(false)), Instant::now());
        let told = bar.clone();
        let watcher = Watcher::new(move |progress| {
            if !shown.get() && begun.elapsed() >= PATIENCE {
                shown.set(true);
                told.set_draw_target(ProgressDrawTarget::stderr());
            }
            show(&told, progress);
        });
        (Self(Some(bar)), watcher)
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn show(bar: &ProgressBar, Progress { step, done, total }: Progress) {
    bar.set_message(match step {
        Step::Read => "reading",
        Step::Check => "checking",
        Step::Write => "writing table",
    });
    // A step without measure is drawn as done: it takes a moment.
    let (done, total) = if total == 0 { (1, 1) } else { (done, total) };
    bar.set_length(u64::try_from(total).unwrap_or(u64::MAX));
    bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    bar.tick();
}
