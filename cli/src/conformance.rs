//! `larder conformance`: the promises of a disk, checked on the kind of disk that a configuration names.
//!
//! Each check has a fresh disk: of the configured place nothing is read, written or created.

use std::io::Write;
use std::panic;
use std::sync::Arc;

use clap::Args;
use larder::DiskKind;
use larder::disk::Settings as Limits;
use larder_conformance::level::Standing;
use larder_conformance::report::{Checked, Outcome};
use larder_conformance::{Bench, Grade, Place, Report};
use pollster::block_on;

use crate::failure::Failure;
use crate::ground::Ground;
use crate::progress::Progress;
use crate::source;
use crate::table::{Align, Table};

const EXAMPLES: &str = "\
Each check has a disk of its own, of the configured kind: in memory, in a fresh directory below TMPDIR, or below a fresh \
prefix of the bucket, which is removed at the end. Of the configured place nothing is read, written or created. What a disk \
does not declare is skipped, and it must answer that it cannot do it.

Levels: L1 core, entries come back whole within the limits; L2 atomic, of many at once one wins; L3 durable, entries \
outlive the handle; L4 distributed, many hosts share a disk: this version has no checks of it, so nothing is known. A level \
is reached if all its checks were run and passed, but for skips by capabilities that it is not about.

Examples:
  larder conformance cache.toml
  larder conformance s3://bucket/prefix --json
  larder conformance 'memory:?size_limit=64MiB' --filter eviction

Exit codes: 0 all promises are kept; 1 a promise is broken; 2 a wrong call or configuration; 3 the disk failed.";

/// What `conformance` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Conformance {
    /// The configuration of the disk: a file in TOML or JSON, or the url of a directory or bucket
    #[arg(value_name = "FILE|URL", env = "LARDER_CONFIG", hide_env_values = true)]
    config: String,
    /// Run only the checks whose path contains this
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    filter: String,
    /// Write the report as one JSON object
    #[arg(long)]
    json: bool,
}

impl Conformance {
    /// Runs the checks, and writes the report.
    ///
    /// # Errors
    ///
    /// [`Failure::Found`] after the report, if a promise is broken. [`Failure::Call`] where no check has the filter.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let settings = source::settings(&self.config)?;
        let tier = settings.tiers.into_iter().next().expect("understood settings have one tier");
        let report = check(&tier.kind, &self.filter)?;
        if report.checks.is_empty() {
            let areas = check_areas().join(", ");
            let message = format!("no check has `{}` in its path; areas: {areas}", self.filter);
            return Err(Failure::Call(message));
        }
        self.tell(&report, out)
    }

    fn tell(&self, report: &Report, out: &mut dyn Write) -> Result<(), Failure> {
        if self.json {
            serde_json::to_writer_pretty(&mut *out, report)?;
            writeln!(out)?;
        } else {
            write(report, out)?;
        }
        match report.overall.failed {
            0 => Ok(()),
            failed => Err(Failure::Found(format!("{failed} of {} checks failed", report.checks.len()))),
        }
    }
}

fn check(kind: &DiskKind, filter: &str) -> Result<Report, Failure> {
    let ground = Arc::new(Ground::of(kind)?);
    let directory = tempfile::Builder::new().prefix("larder-").tempdir();
    let directory = directory.map_err(|cause| Failure::Disk(format!("making a directory: {cause}")))?;
    let first = block_on(ground.open(&directory.path().join("disk"), "first", Limits::unbounded()))?;
    let declared = first.disk.capabilities();
    drop(first);
    let bench = || {
        let ground = Arc::clone(&ground);
        Bench::new(ground.name(), declared, move |place: Place, limits| {
            let ground = Arc::clone(&ground);
            async move { Ok(ground.open(place.path(), place.name(), limits).await?.disk) }
        })
    };
    let report = quietly(bench, filter);
    // A check that did not end keeps its bench, and with it the ground.
    ground.erase();
    Ok(report)
}

/// Runs the checks. One that fails panics; the report has its message, so that it need not be told twice.
fn quietly(bench: impl Fn() -> Bench, filter: &str) -> Report {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let mut progress = Progress::over(0);
    let report = larder_conformance::run_telling(bench, filter, |check, tried, of| {
        progress.at(tried as u64, of as u64, &check.path());
    });
    panic::set_hook(hook);
    report
}

fn check_areas() -> Vec<&'static str> {
    let mut areas: Vec<_> = larder_conformance::CHECKS.iter().map(|check| check.area).collect();
    areas.dedup();
    areas
}

fn write(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}: {} checks, each on a fresh disk\n", report.disk, report.checks.len())?;
    let mut table = Table::new([Align::Left, Align::Right, Align::Right, Align::Right]);
    table.row(["area", "passed", "failed", "skipped"]);
    table.rule();
    let overall = [("all".to_owned(), report.overall)];
    let areas = report.areas.iter().map(|(area, counts)| (area.clone(), *counts));
    for (area, counts) in areas.chain(overall) {
        table.row([area, counts.passed.to_string(), counts.failed.to_string(), counts.skipped.to_string()]);
    }
    table.write(out)?;
    writeln!(out)?;
    levels(report).write(out)?;
    for Checked { check, lines, result, .. } in &report.checks {
        match result {
            Outcome::Passed => {}
            Outcome::Skipped { needs } => writeln!(out, "\nskipped {check}: needs {needs}")?,
            Outcome::Failed { message } => {
                writeln!(
                    out,
                    "\nfailed {check} ({}):\n  {}",
                    lines.join(", "),
                    message.replace('\n', "\n  ")
                )?;
            }
        }
    }
    Ok(())
}

fn levels(report: &Report) -> Table {
    let mut table =
        Table::new([Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Left]);
    table.row(["level", "", "passed", "failed", "skipped", ""]);
    table.rule();
    for standing in &report.levels {
        let Standing { level, name, grade, counts, untried, lacks } = standing;
        let verdict = match grade {
            Grade::Reached => "reached".to_owned(),
            Grade::Broken => "not reached: a promise is broken".to_owned(),
            Grade::Lacking => {
                format!("not reached: lacks {}", lacks.iter().cloned().collect::<Vec<_>>().join(", "))
            }
            Grade::Partial => format!("kept as far as it was tried, {untried} checks were not run"),
            Grade::Untried => "not tried".to_owned(),
            Grade::Unchecked => "not known: this version has no checks of it".to_owned(),
        };
        let counts = [counts.passed, counts.failed, counts.skipped];
        // Noughts would look as if something had been counted.
        let shown = |count: usize| if *grade == Grade::Unchecked { "-".into() } else { count.to_string() };
        let [passed, failed, skipped] = counts.map(shown);
        table.row([level.to_string(), name.clone(), passed, failed, skipped, verdict]);
    }
    table
}

#[cfg(test)]
mod tests {
    use larder::disk::{Capabilities, Disk};
    use larder_conformance::model::{Fault, ModelDisk};

    use super::*;

    #[test]
    fn a_broken_promise_is_told_and_ends_with_1() {
        let bench = || {
            Bench::new("broken", Capabilities::of_process(), |_: Place, limits| async move {
                Ok(Arc::new(ModelDisk::new(limits).with_fault(Fault::CutsBodies)) as Arc<dyn Disk>)
            })
        };
        let report = quietly(bench, "values::");
        let command = |json| Conformance { config: String::new(), filter: String::new(), json };
        for json in [false, true] {
            let mut out = Vec::new();
            let told = command(json).tell(&report, &mut out);
            assert!(matches!(told, Err(Failure::Found(_))), "{told:?}");
            let out = String::from_utf8(out).unwrap();
            assert!(out.contains(if json { "\"result\": \"failed\"" } else { "failed values::" }), "{out}");
        }
    }
}
