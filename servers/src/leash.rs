//! A program that ends with its owner, however the owner ends.
//!
//! A shell in a process group of its own runs the program and reads from a socket whose other end the owner has. Where
//! that end is closed, by a drop or because the owner was killed, or where the program ends by itself, the shell
//! kills the whole group. No signal handler, no thread that must live, nothing unsafe; the price is a shell
//! for each program, and a system that has one.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};

/// The socket is passed on to the program, as 3, so that its end is seen only when all of the group are gone.
const HOLD: &str = r#"exec 3<&0; ("$@" < /dev/null; kill -KILL 0) & read -r _; kill -KILL 0"#;

/// A running program and those that it started. Dropping it kills them all, and waits until they are gone.
#[derive(Debug)]
pub struct Leash {
    shell: Child,
    held: UnixStream,
}

impl Leash {
    /// Runs `program` in `directory`; what it prints goes to `output`.
    ///
    /// # Errors
    ///
    /// What the system answers when it has no process to give. A program that does not run has [ended](Self::has_ended).
    pub fn run(
        program: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        directory: &Path,
        output: &File,
    ) -> io::Result<Self> {
        let (held, passed) = UnixStream::pair()?;
        let shell = Command::new("sh")
            .args(["-c", HOLD, "sh"])
            .arg(program)
            .args(arguments)
            .current_dir(directory)
            .stdin(OwnedFd::from(passed))
            .stdout(output.try_clone()?)
            .stderr(output.try_clone()?)
            .process_group(0)
            .spawn()?;
        Ok(Self { shell, held })
    }

    /// Whether the program is gone.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.shell.try_wait(), Ok(None))
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        // An error here or below means that the other end is closed: they are gone already.
        let _ = self.held.shutdown(Shutdown::Write);
        let _ = self.held.read_to_end(&mut Vec::new());
        let _ = self.shell.wait();
    }
}
