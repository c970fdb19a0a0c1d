//! How far a command is, on a terminal; elsewhere nothing.
//!
//! One line that overwrites itself: a crate for progress would bring threads, templates and colours for this.

use std::io::{self, IsTerminal, Write};

/// A line on the standard error that tells how far a command is. It is wiped when this is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: bool,
    done: usize,
    of: usize,
}

impl Progress {
    /// Progress over `of` steps, shown if the standard error is a terminal.
    pub(crate) fn over(of: usize) -> Self {
        Self { shown: io::stderr().is_terminal(), done: 0, of }
    }

    /// Tells of the next step, which begins.
    pub(crate) fn step(&mut self, doing: &str) {
        self.done += 1;
        if self.shown {
            let percent = (self.done - 1) * 100 / self.of.max(1);
            // Where nobody listens there is nobody to tell.
            let _ = write!(io::stderr(), "\r\x1b[K{percent:3} %  {doing}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            // As above.
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
