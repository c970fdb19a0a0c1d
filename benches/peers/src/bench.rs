//! One run: what was asked for, where files go, chance, and what went wrong.

use std::path::PathBuf;

use clap::ValueEnum;
use tempfile::TempDir;

use crate::arguments::{Arguments, Filter};
use crate::engine::{Kind, Python};
use crate::scale::Scale;
use crate::work::Work;
use crate::{Failure, Fallible};

/// One run.
pub(crate) struct Bench {
    pub(crate) scale: Scale,
    pub(crate) python: Option<Python>,
    /// What is not in the rows, and why.
    pub(crate) failed: Vec<String>,
    seed: u64,
    filters: Vec<Filter>,
    directory: TempDir,
    directories: u64,
}

impl Bench {
    /// Prepares a run.
    ///
    /// # Errors
    ///
    /// No directory can be made.
    pub(crate) fn new(arguments: &Arguments) -> Fallible<Self> {
        let mut names = tempfile::Builder::new();
        let names = names.prefix("peers-");
        let directory = match &arguments.directory {
            Some(path) => names.tempdir_in(path).map_err(|error| format!("{}: {error}", path.display()))?,
            None => names.tempdir()?,
        };
        let mut this = Self {
            scale: Scale::of(arguments),
            python: None,
            failed: Vec::new(),
            seed: arguments.seed,
            filters: arguments.only.clone(),
            directory,
            directories: 0,
        };
        if Work::all().any(|work| this.is_meant(Kind::Diskcache, work)) {
            match Python::find(&arguments.python) {
                Ok(python) => this.python = Some(python),
                Err(failure) => say(&format!("diskcache is left out: {failure}")),
            }
        }
        Ok(this)
    }

    /// Whether this engine takes part in this work.
    pub(crate) fn chooses(&self, kind: Kind, work: Work) -> bool {
        (kind != Kind::Diskcache || self.python.is_some()) && self.is_meant(kind, work)
    }

    fn is_meant(&self, kind: Kind, work: Work) -> bool {
        let chosen = self.filters.is_empty() || self.filters.iter().any(|filter| filter.takes(kind, work));
        chosen && work.suits(kind)
    }

    /// The engines that take part in any of these works.
    pub(crate) fn choose(&self, works: &[Work]) -> Vec<Kind> {
        let takes_part = |kind: &Kind| works.iter().any(|work| self.chooses(*kind, *work));
        Kind::value_variants().iter().copied().filter(takes_part).collect()
    }

    /// A new, empty directory.
    pub(crate) fn directory(&mut self) -> Fallible<PathBuf> {
        self.directories += 1;
        let path = self.directory.path().join(self.directories.to_string());
        std::fs::create_dir(&path)?;
        Ok(path)
    }

    /// Chance that is the same in every run of a seed, for this `use`.
    pub(crate) fn chance(&self, used_for: [u64; 3]) -> fastrand::Rng {
        let mix = |seed: u64, part: &u64| fastrand::Rng::with_seed(seed ^ part).u64(..);
        fastrand::Rng::with_seed(used_for.iter().fold(self.seed, mix))
    }

    /// Remembers that an engine has no row for this work.
    pub(crate) fn fail(&mut self, kind: Kind, what: &str, failure: &Failure) {
        let text = format!("{} at {what}: {failure}", kind.name());
        say(&text);
        self.failed.push(text);
    }
}

/// Tells people how far it is.
#[expect(clippy::print_stderr, reason = "progress is for people")]
pub(crate) fn say(text: &str) {
    eprintln!("peers: {text}");
}
