//! Who starts the processes, kills them, and judges what is left.

use std::io;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use fastrand::Rng;
use larder_core::disk::{Finding, Flaw, Repair, Settings};
use larder_core::larder::Larder;
use serde::Serialize;

use super::ledger::Ledger;
use super::value::turn_of;
use super::{KEYS, Place, cache, open};

/// The files of the index, which is made anew from the log without them.
const INDEX: [&str; 5] = ["index", "slots", "chains", "segments", "namespaces"];
/// The longest time from one death to the next.
const LONGEST: Duration = Duration::from_millis(120);

/// How a run goes.
#[derive(Clone, Debug)]
pub struct Torment {
    /// Where it goes on, in an empty directory.
    pub place: Place,
    /// How long processes are killed.
    pub time: Duration,
    /// How many processes write.
    pub writers: u32,
    /// How many processes read.
    pub readers: u32,
    /// Of the disk.
    pub settings: Settings,
    /// What every choice but those of the operating system follows from.
    pub seed: u64,
}

/// What a run found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// What it follows from.
    pub seed: u64,
    /// Processes that were killed.
    pub killed: u64,
    /// Writes and removals that were reported done.
    pub done: u64,
    /// Entries that were left.
    pub entries: u64,
    /// Their volume.
    pub volume: u64,
    /// Seconds until the disk was open after the last death.
    pub opened_in: f64,
    /// Seconds until it was open without its index.
    pub rebuilt_in: f64,
    /// What is wrong, in words. Nothing should be.
    pub faults: Vec<String>,
}

/// Who a process is.
#[derive(Clone, Copy, Debug)]
enum Role {
    Writer(u32),
    Reader,
}

/// Lets processes write, read and die for the time that was asked for; `start` makes the command of a process from its
/// arguments, and `tell` hears how far it is.
///
/// # Errors
///
/// Those of starting processes and of the files of the run. What is wrong with the disk is in the report.
pub async fn torture(
    torment: &Torment,
    start: impl Fn(&[String]) -> Command,
    mut tell: impl FnMut(f64, u64),
) -> io::Result<Report> {
    let Torment { place, time, writers, readers, settings, seed } = torment;
    let mut report = Report { seed: *seed, ..Report::default() };
    let forgets = settings.size_limit.is_some();
    drop(open(&place.disk(), Some(settings.clone())).await.map_err(io::Error::other)?);
    let mut random = Rng::with_seed(*seed);
    let mut spawn = |role: Role| {
        let (name, number) = match role {
            Role::Writer(number) => ("writer", number),
            Role::Reader => ("reader", *writers),
        };
        let mut arguments = vec![name.to_owned(), number.to_string(), random.u64(..).to_string()];
        arguments.extend(forgets.then(|| "forgets".to_owned()));
        start(&arguments).spawn().map(|child| (role, child))
    };
    let roles = (0..*writers).map(Role::Writer).chain((0..*readers).map(|_| Role::Reader));
    let mut running = roles.map(&mut spawn).collect::<io::Result<Vec<_>>>()?;
    let mut fate = Rng::with_seed(seed.wrapping_add(1));
    let began = Instant::now();
    while began.elapsed() < *time && report.faults.is_empty() {
        std::thread::sleep(LONGEST.mul_f64(fate.f64()));
        let victim = fate.usize(..running.len());
        let role = kill(&mut running[victim], &mut report)?;
        running[victim] = spawn(role)?;
        tell(began.elapsed().as_secs_f64(), report.killed);
    }
    for process in &mut running {
        kill(process, &mut report)?;
    }
    Box::pin(judge(place, *writers, forgets, &mut report)).await?;
    Ok(report)
}

/// Kills a process. That it had ended by itself is a fault.
fn kill((role, child): &mut (Role, Child), report: &mut Report) -> io::Result<Role> {
    let ended = child.try_wait()?;
    if let Some(status) = ended {
        report.faults.push(format!("{role:?} ended by itself: {status}"));
    } else {
        child.kill()?;
        child.wait()?;
        report.killed += 1;
    }
    Ok(*role)
}

/// Looks at what is left: with its index, and with an index made anew.
async fn judge(place: &Place, writers: u32, forgets: bool, report: &mut Report) -> io::Result<()> {
    let ledgers: io::Result<Vec<_>> =
        (0..writers).map(|writer| Ledger::read(&place.ledger(writer), forgets)).collect();
    let ledgers = ledgers?;
    report.done = ledgers.iter().map(|ledger| ledger.done).sum();
    let began = Instant::now();
    let larder = open(&place.disk(), None).await.map_err(io::Error::other)?;
    report.opened_in = began.elapsed().as_secs_f64();
    let usage = larder.usage().await.map_err(io::Error::other)?;
    (report.entries, report.volume) = (usage.entries, usage.volume);
    if usage.reserved != 0 {
        report.faults.push(format!("{} bytes are reserved by nobody", usage.reserved));
    }
    let found = look(&larder, writers, "left", report).await;
    for (at, (ledger, found)) in ledgers.iter().zip(&found).enumerate() {
        for (key, turn) in (0..).zip(found) {
            let may = ledger.at(key);
            if !may.be(*turn) {
                report.faults.push(format!("key {key} of writer {at} is {turn:?}, and {may:?}"));
            }
        }
    }
    drop(larder);
    for name in INDEX {
        std::fs::remove_file(place.disk().join(name))?;
    }
    let began = Instant::now();
    let larder = open(&place.disk(), None).await.map_err(io::Error::other)?;
    report.rebuilt_in = began.elapsed().as_secs_f64();
    let again = look(&larder, writers, "rebuilt", report).await;
    for (at, (before, after)) in found.iter().zip(&again).enumerate() {
        for (key, (before, after)) in before.iter().zip(after).enumerate() {
            if before != after {
                let fault = format!("rebuilt: key {key} of writer {at} was {before:?} and is {after:?}");
                report.faults.push(fault);
            }
        }
    }
    let rebuilt = larder.usage().await.map_err(io::Error::other)?;
    if (rebuilt.entries, rebuilt.volume) != (usage.entries, usage.volume) {
        report.faults.push(format!("rebuilt: {rebuilt:?}, was {usage:?}"));
    }
    Ok(())
}

/// Checks the disk, and reads all keys of all writers.
async fn look(larder: &Larder, writers: u32, when: &str, report: &mut Report) -> Vec<Vec<Option<u64>>> {
    let mut findings: Vec<Finding> = Vec::new();
    if let Err(error) = larder.check(Repair::Tell, &mut findings).await {
        report.faults.push(format!("{when}: the check failed: {error}"));
    }
    findings.retain(|finding| finding.flaw.is_harm() || finding.flaw == Flaw::Foreign);
    report.faults.extend(findings.iter().map(|finding| format!("{when}: {finding:?}")));
    let mut found = Vec::new();
    for writer in 0..writers {
        let mut turns = Vec::new();
        for key in 0..KEYS {
            turns.push(match turn_at(larder, writer, key).await {
                Ok(turn) => turn,
                Err(wrong) => {
                    report.faults.push(format!("{when}: key {key} of writer {writer}: {wrong}"));
                    None
                }
            });
        }
        found.push(turns);
    }
    let there = found.iter().flatten().flatten().count() as u64;
    match larder.usage().await {
        Ok(usage) if usage.entries == there => {}
        usage => report.faults.push(format!("{when}: {there} entries were found, and {usage:?}")),
    }
    found
}

async fn turn_at(larder: &Larder, writer: u32, key: u32) -> Result<Option<u64>, String> {
    let cache = cache(larder, writer).map_err(|error| error.to_string())?;
    let bytes = cache.get(&key).await.map_err(|error| error.to_string())?;
    bytes.map(|bytes| turn_of(writer, key, &bytes)).transpose()
}
