//! How far a command is, on a terminal; elsewhere nothing.
//!
//! One line that overwrites itself: a crate for progress would bring threads, templates and colours for this.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How often work that does not tell how far it is gets asked.
const OFTEN: Duration = Duration::from_millis(200);

/// A line on the standard error that tells how far a command is. It is wiped when this is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: bool,
    done: usize,
    of: usize,
    /// When the line was last written, by work that tells more often than anybody reads.
    last: Option<Instant>,
}

impl Progress {
    /// Progress over `of` steps, shown if the standard error is a terminal.
    pub(crate) fn over(of: usize) -> Self {
        Self { shown: io::stderr().is_terminal(), done: 0, of, last: None }
    }

    /// Tells of the next step, which begins.
    pub(crate) fn step(&mut self, doing: &str) {
        self.done += 1;
        if self.shown {
            let percent = (self.done - 1) * 100 / self.of.max(1);
            write_line(&format!("{percent:3} %  {doing}"));
        }
    }

    /// Tells that `done` of about `of` are done, now and then.
    pub(crate) fn at(&mut self, done: u64, of: u64, doing: &str) {
        let due = self.last.is_none_or(|last| last.elapsed() >= OFTEN);
        if self.shown && due {
            self.last = Some(Instant::now());
            write_line(&format!("{:3} %  {doing}: {done} of {of}", done * 100 / of.max(1)));
        }
    }

    /// Does `work`, and meanwhile tells what `look` says of it.
    pub(crate) fn during<T>(look: impl Fn() -> String + Send, work: impl FnOnce() -> T) -> T {
        let progress = Self::over(1);
        if !progress.shown {
            return work();
        }
        thread::scope(|scope| {
            let (done, is_done) = channel::<()>();
            scope.spawn(move || {
                while let Err(RecvTimeoutError::Timeout) = is_done.recv_timeout(OFTEN) {
                    write_line(&look());
                }
                drop(progress);
            });
            let worked = work();
            drop(done);
            worked
        })
    }
}

fn write_line(line: &str) {
    // Where nobody listens there is nobody to tell.
    let _ = write!(io::stderr(), "\r\x1b[K{line}");
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            write_line("");
        }
    }
}
