//! The kinds of servers, and starting one.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::leash::Leash;
use crate::program::{Missing, Program};
use crate::server::Server;
use crate::{azurite, rclone, seaweedfs, webdav};

/// How long a server may take until it answers: many times what the slowest takes on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// How long to wait before a server that starts is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// How often a server that ends at once is started again: another program may have been given one of its ports.
const ATTEMPTS: usize = 3;

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `SeaweedFS`, S3: it honours conditional writes.
    SeaweedFs,
    /// `rclone serve s3`: it takes conditional writes and ignores the condition.
    Rclone,
    /// Azurite, the emulator of Azure's blobs: it honours conditional writes.
    Azurite,
    /// `rclone serve webdav`: it has no conditional writes and asks for no password.
    WebDav,
}

/// How a server is started that has its directory prepared.
pub(crate) struct Launch {
    pub(crate) arguments: Vec<OsString>,
    /// Where it will serve objects.
    pub(crate) port: u16,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::SeaweedFs, Self::Rclone, Self::Azurite, Self::WebDav];

    /// Whether it has conditional writes and honours them.
    pub const fn is_conditional(self) -> bool {
        matches!(self, Self::SeaweedFs | Self::Azurite)
    }

    /// Whether it asks who asks.
    pub const fn is_guarded(self) -> bool {
        !matches!(self, Self::WebDav)
    }

    /// The name, of small letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SeaweedFs => "seaweedfs",
            Self::Rclone => "rclone",
            Self::Azurite => "azurite",
            Self::WebDav => "webdav",
        }
    }

    /// The program that serves.
    pub const fn program(self) -> Program {
        match self {
            Self::SeaweedFs => Program { name: "weed", variable: "LARDER_TEST_WEED" },
            Self::Rclone | Self::WebDav => Program { name: "rclone", variable: "LARDER_TEST_RCLONE" },
            Self::Azurite => Program { name: "azurite-blob", variable: "LARDER_TEST_AZURITE" },
        }
    }

    /// Starts a server, and waits until it answers and has its bucket.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] with [`Missing`] inside if its program is not there;
    /// [`io::ErrorKind::TimedOut`] if it does not answer within a minute; what the system says otherwise. Nothing is
    /// left running.
    pub fn start(self) -> io::Result<Server> {
        let program = self
            .program()
            .find()
            .map_err(|missing: Missing| io::Error::new(io::ErrorKind::NotFound, missing))?;
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            match self.attempt(&program) {
                Err(ended) if ended.kind() == io::ErrorKind::BrokenPipe => failure = Some(ended),
                done => return done,
            }
        }
        Err(failure.expect("there is at least one attempt"))
    }

    fn attempt(self, program: &Path) -> io::Result<Server> {
        let directory = TempDir::with_prefix(format!("larder-{self}-"))?;
        let launch = match self {
            Self::SeaweedFs => seaweedfs::launch(directory.path()),
            Self::Rclone => rclone::launch(directory.path()),
            Self::Azurite => azurite::launch(directory.path()),
            Self::WebDav => webdav::launch(directory.path()),
        }?;
        let log = directory.path().join("log");
        let leash = Leash::run(program, &launch.arguments, directory.path(), &File::create(&log)?)?;
        let mut server = Server { kind: self, port: launch.port, leash, directory };
        let begun = Instant::now();
        loop {
            let Err(cause) = self.ready(launch.port) else { return Ok(server) };
            let (kind, what) = if server.leash.has_ended() {
                (io::ErrorKind::BrokenPipe, "ended")
            } else if begun.elapsed() > DEADLINE {
                (io::ErrorKind::TimedOut, "did not become ready")
            } else {
                // A program of others tells nobody when it is ready, so it is asked now and then.
                std::thread::sleep(PAUSE);
                continue;
            };
            let log = std::fs::read(&log).unwrap_or_default();
            let last = String::from_utf8_lossy(&log[log.len().saturating_sub(2_000)..]).into_owned();
            let message =
                format!("{self}, {}, {what}: {cause}; the last that it said:\n{last}", program.display());
            return Err(io::Error::new(kind, message));
        }
    }

    fn ready(self, port: u16) -> io::Result<()> {
        match self {
            Self::SeaweedFs => seaweedfs::ready(port),
            Self::Rclone => rclone::ready(port),
            Self::Azurite => azurite::ready(port),
            Self::WebDav => webdav::ready(port),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
