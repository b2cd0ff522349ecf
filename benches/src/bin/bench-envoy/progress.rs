//! A line that says how far it is, on a terminal; elsewhere one line when something begins.

use std::io::IsTerminal;

pub(crate) struct Progress {
    title: String,
    steps: usize,
    done: usize,
    shown: bool,
}

impl Progress {
    pub(crate) fn new(title: &str, steps: usize) -> Self {
        let shown = std::io::stderr().is_terminal();
        if !shown {
            eprintln!("- {title}");
        }
        Self { title: title.to_owned(), steps, done: 0, shown }
    }

    /// One more step, which is this.
    pub(crate) fn step(&mut self, name: &str) {
        self.done += 1;
        if self.shown {
            let Self { title, steps, done, .. } = self;
            // To the start of the line, and what follows is erased.
            eprint!("\r\x1b[2K{title}: {done}/{steps} {name}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            eprint!("\r\x1b[2K");
        }
    }
}
