//! A worker in a process of its own.
//!
//! It is told by its environment who it is and by its standard input what to do, a line an order. Its answers are lines of
//! its standard output behind a mark, for the harness of its test prints there too.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use larder_core::disk::Settings;
use serde::{Deserialize, Serialize};

use super::{Answer, Order, work};
use crate::{Bench, Place};

/// The variable that makes a process a worker: who it is, as JSON.
const WORKER: &str = "LARDER_CONFORMANCE_WORKER";
/// What stands before an answer.
const MARK: char = '\u{1}';

/// Who a worker is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Mission {
    number: u64,
    name: String,
    path: PathBuf,
    size_limit: Option<u64>,
    max_entries: Option<u64>,
    policy: String,
}

impl Mission {
    pub(super) fn new(number: u64, place: &Place, settings: &Settings) -> Self {
        Self {
            number,
            name: place.name().to_owned(),
            path: place.path().to_owned(),
            size_limit: settings.size_limit,
            max_entries: settings.max_entries,
            policy: settings.policy.clone().into_owned(),
        }
    }
}

/// A worker in a process. Dropping it lets it close what it has open, and waits for its end.
pub(super) struct Process {
    child: Child,
    /// `None` while it is told that nothing more comes.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Process {
    pub(super) fn begin(bench: &Bench, mut program: Command, mission: &Mission) -> Self {
        let mission = serde_json::to_string(mission).expect("a mission can be written");
        let program = program.env(WORKER, mission).stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = program.stderr(Stdio::null()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{bench}: starting a process: {error}"));
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("its output is piped"));
        Self { child, orders, answers }
    }

    pub(super) fn tell(&mut self, order: &Order) {
        let order = serde_json::to_string(order).expect("an order can be written");
        if let Some(orders) = &mut self.orders {
            // Where it ended the answer is missing.
            let _ = writeln!(orders, "{order}");
        }
    }

    /// `None` where it ended without one.
    pub(super) fn answer(&mut self) -> Option<Answer> {
        let mut line = String::new();
        while self.answers.read_line(&mut line).ok()? > 0 {
            if let Some((_, answer)) = line.split_once(MARK) {
                return serde_json::from_str(answer).ok();
            }
            line.clear();
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.orders.take());
        // How it ended is of no matter: its answers are all here.
        let _ = self.child.wait();
    }
}

/// Does what a worker of the suite is told to, if this process was started as one, and says whether it was.
///
/// A program that [`Bench::in_processes`] starts calls it with the bench of the same disk and ends afterwards.
///
/// ```
/// # use std::sync::Arc;
/// # use larder_conformance::{Bench, Place, model::ModelDisk};
/// # use larder_core::disk::{Capabilities, Disk, Settings};
/// let bench = Bench::new("model", Capabilities::of_process(), |_: Place, settings: Settings| async move {
///     Ok(Arc::new(ModelDisk::new(settings)) as Arc<dyn Disk>)
/// });
/// assert!(!larder_conformance::serve(&bench), "this is no worker");
/// ```
pub fn serve(bench: &Bench) -> bool {
    let Ok(mission) = std::env::var(WORKER) else { return false };
    let Ok(mission) = serde_json::from_str::<Mission>(&mission) else { return false };
    let Mission { number, name, path, size_limit, max_entries, policy } = mission;
    let bench = bench.beside(Place::lent(&name, path), number);
    let settings = Settings { size_limit, max_entries, policy: policy.into() };
    let (mut orders, mut answers) = (std::io::stdin().lines(), std::io::stdout());
    let mut next = || serde_json::from_str(&orders.next()?.ok()?).ok();
    let mut tell = |answer: Answer| {
        let answer = serde_json::to_string(&answer).expect("an answer can be written");
        // Where nobody reads it any more, no order comes either.
        let _ = writeln!(answers, "{MARK}{answer}").and_then(|()| answers.flush());
    };
    work(&bench, &settings, number, &mut next, &mut tell);
    true
}
