//! diskcache, in a process of Python.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Fallible;
use crate::driver::Driver;
use crate::engine::Kind;

/// What answers for diskcache.
const SCRIPT: &str = include_str!("diskcache.py");

/// The series of diskcache that is compared.
const SERIES: &str = "5.6";

/// An interpreter that has diskcache.
#[derive(Clone, Debug)]
pub(crate) struct Python(PathBuf);

impl Python {
    /// The interpreter at `path`, if it runs and has diskcache.
    ///
    /// # Errors
    ///
    /// In one line, what is missing.
    pub(crate) fn find(path: &Path) -> Fallible<Self> {
        let asked = Command::new(path)
            .args(["-c", "import diskcache; print(diskcache.__version__)"])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{} does not run: {error}", path.display()))?;
        if !asked.status.success() {
            return Err(format!("{} has no diskcache {SERIES}", path.display()).into());
        }
        let version = String::from_utf8_lossy(&asked.stdout);
        let version = version.trim();
        if version.strip_prefix(SERIES).is_none_or(|rest| !rest.is_empty() && !rest.starts_with('.')) {
            return Err(format!("{} has diskcache {version}, not {SERIES}", path.display()).into());
        }
        Ok(Self(path.to_owned()))
    }

    /// Starts a process that waits to be told which cache to open.
    pub(crate) fn start(&self) -> Fallible<Driver> {
        let mut command = Command::new(&self.0);
        command.args(["-c", SCRIPT]);
        Driver::start(command, Kind::Diskcache.traits().forgets)
    }
}
