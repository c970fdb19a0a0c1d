//! Running the suite without a test harness, and what came of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::level::{Level, Standing};
use crate::{Bench, CHECKS, Check, Verdict};

/// What came of the suite on one disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The name of the disk.
    pub disk: String,
    /// All checks together.
    pub overall: Counts,
    /// The checks of each [level](crate::Level) together, and whether the disk reaches it.
    pub levels: Vec<Standing>,
    /// The checks of each area together.
    pub areas: BTreeMap<String, Counts>,
    /// Each check, in the order of the registry.
    pub checks: Vec<Checked>,
}

/// How many checks came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// The disk kept the promise.
    pub passed: usize,
    /// The disk broke it.
    pub failed: usize,
    /// The disk declares that it lacks what the check needs.
    pub skipped: usize,
}

/// One check of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Its [path](crate::Check::path).
    pub check: String,
    /// Its level.
    pub level: Level,
    /// The lines of the behaviour list that it tests.
    pub lines: Vec<String>,
    /// What came of it.
    #[serde(flatten)]
    pub result: Outcome,
}

/// What came of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "lowercase")]
pub enum Outcome {
    /// The disk kept the promise.
    Passed,
    /// The disk broke it.
    Failed {
        /// How.
        message: String,
    },
    /// The disk lacks what the check needs, and says so.
    Skipped {
        /// The capability that is lacking.
        needs: String,
    },
}

impl Report {
    /// Whether no check failed.
    pub const fn is_kept(&self) -> bool {
        self.overall.failed == 0
    }
}

impl Counts {
    pub(crate) const fn take(&mut self, result: &Outcome) {
        match result {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed { .. } => self.failed += 1,
            Outcome::Skipped { .. } => self.skipped += 1,
        }
    }
}

/// Runs the checks whose [path](crate::Check::path) contains `filter`, each on a bench of its own that `bench` makes.
///
/// A check that panics has failed; the program's panic hook is told of it as of any panic.
///
/// ```
/// use std::sync::Arc;
///
/// use larder_conformance::model::ModelDisk;
/// use larder_conformance::{Bench, Place, run};
/// use larder_core::disk::{Capabilities, Disk, Settings};
///
/// let bench = || {
///     Bench::new("model", Capabilities::of_process(), |_: Place, settings: Settings| async move {
///         Ok(Arc::new(ModelDisk::new(settings)) as Arc<dyn Disk>)
///     })
/// };
/// let report = run(bench, "keying::kinds");
/// assert!(report.is_kept() && report.overall.passed > 0);
/// ```
pub fn run(bench: impl Fn() -> Bench, filter: &str) -> Report {
    run_telling(bench, filter, |_, _, _| {})
}

/// As [`run`], and calls `tell` with each check that begins, how many were tried before it, and how many there are.
pub fn run_telling(
    bench: impl Fn() -> Bench,
    filter: &str,
    mut tell: impl FnMut(&Check, usize, usize),
) -> Report {
    let levels = Level::ALL.map(Standing::at).into();
    let mut report = Report { levels, ..Report::default() };
    let checks: Vec<&Check> = CHECKS.iter().filter(|check| check.path().contains(filter)).collect();
    for (tried, check) in checks.iter().enumerate() {
        tell(check, tried, checks.len());
        let bench = bench();
        bench.name().clone_into(&mut report.disk);
        let (result, lacking) = match check.verdict(&bench) {
            Verdict::Passed => (Outcome::Passed, None),
            Verdict::Failed(message) => (Outcome::Failed { message }, None),
            Verdict::Skipped(need) => (Outcome::Skipped { needs: need.to_string() }, Some(need)),
        };
        let level = Level::of(check);
        report.overall.take(&result);
        report.areas.entry(check.area.to_owned()).or_default().take(&result);
        report.levels.iter_mut().filter(|standing| standing.level == level).for_each(|standing| {
            standing.take(&result, lacking);
        });
        let lines = check.lines.split(' ').map(str::to_owned).collect();
        report.checks.push(Checked { check: check.path(), level, lines, result });
    }
    report
}
