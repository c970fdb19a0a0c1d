//! Others who have the same place open: handles on threads of their own, and processes.
//!
//! A worker opens the place, says so, and does one job after the other as it is told. A process is a program that calls
//! [`serve`] with the same bench: the tests of `conformance!` are such programs. So a disk that processes share is tried
//! with processes, and one of which the suite can only open handles with handles, by the same checks.

mod job;
mod process;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};

use larder_core::disk::Settings;
use larder_core::time::Time;
use serde::{Deserialize, Serialize};

use crate::Bench;
use crate::check::message;

pub(crate) use job::Job;
use job::Tools;
pub use process::serve;
use process::{Mission, Process};

/// What came of a job; an error is the message of the check that failed in it.
type Answer = Result<Vec<String>, String>;

/// A job, and when it is done.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    nanos: i64,
    job: Job,
}

/// Somebody else who has the place of a bench open. Dropping it closes what it has open.
pub(crate) struct Worker {
    bench: Bench,
    ways: Ways,
}

enum Ways {
    Thread { orders: Sender<Order>, answers: Receiver<Answer> },
    Process(Process),
}

impl Bench {
    /// So many workers at the place of this bench, all of which have it open: every second one is a process, where there
    /// are any.
    pub(crate) async fn workers(&self, number: u64, settings: &Settings) -> Vec<Worker> {
        // Whoever is first makes the place; the others find it.
        drop(self.open(settings.clone()).await);
        (0..number).map(|number| Worker::begin(self, number, settings)).collect()
    }
}

impl Worker {
    fn begin(bench: &Bench, number: u64, settings: &Settings) -> Self {
        let mission = Mission::new(number, bench.place(), settings);
        let program = bench.program().filter(|_| !number.is_multiple_of(2));
        let ways = program.map_or_else(
            || thread(bench, settings.clone(), number),
            |program| Ways::Process(Process::begin(bench, program, &mission)),
        );
        let mut worker = Self { bench: bench.clone(), ways };
        // It says that it is open.
        let _ = worker.answer();
        worker
    }

    /// Tells it to do `job`; the answer is fetched later, so that others work at the same time.
    pub(crate) fn tell(&mut self, job: Job) {
        let order = Order { nanos: self.bench.now().nanos(), job };
        match &mut self.ways {
            // Nobody listens where it ended: then the answer is missing.
            Ways::Thread { orders, .. } => _ = orders.send(order),
            Ways::Process(process) => process.tell(&order),
        }
    }

    /// What came of the job that it was told.
    ///
    /// # Panics
    ///
    /// When a promise was broken in it, or it ended.
    pub(crate) fn answer(&mut self) -> Vec<String> {
        let answer = match &mut self.ways {
            Ways::Thread { answers, .. } => answers.recv().ok(),
            Ways::Process(process) => process.answer(),
        };
        match answer {
            Some(Ok(answer)) => answer,
            Some(Err(message)) => panic!("{message}"),
            None => panic!("{}: somebody else who had the place open ended", self.bench),
        }
    }

    /// Has it do `job` now.
    pub(crate) fn does(&mut self, job: Job) -> Vec<String> {
        self.tell(job);
        self.answer()
    }
}

/// Has all of them do a job at the same time; what came of it for each.
pub(crate) fn together(workers: &mut [Worker], job: &Job) -> Vec<Vec<String>> {
    workers.iter_mut().for_each(|worker| worker.tell(job.clone()));
    workers.iter_mut().map(Worker::answer).collect()
}

fn thread(bench: &Bench, settings: Settings, number: u64) -> Ways {
    let (orders, told) = channel::<Order>();
    let (answered, answers) = channel();
    let bench = bench.clone();
    std::thread::spawn(move || {
        work(&bench, &settings, number, &mut || told.recv().ok(), &mut |answer| {
            // Nobody waits for it where the check failed meanwhile.
            let _ = answered.send(answer);
        });
    });
    Ways::Thread { orders, answers }
}

/// Opens the place and does what it is told until nothing more comes.
fn work(
    bench: &Bench,
    settings: &Settings,
    number: u64,
    next: &mut dyn FnMut() -> Option<Order>,
    tell: &mut dyn FnMut(Answer),
) {
    let guarded = |work: &mut dyn FnMut() -> Vec<String>| {
        catch_unwind(AssertUnwindSafe(work)).map_err(|panic| message(&*panic))
    };
    let mut tools = None;
    tell(guarded(&mut || {
        tools = Some(bench.block_on(Tools::open(bench, settings.clone(), number)));
        Vec::new()
    }));
    let Some(tools) = tools else { return };
    while let Some(Order { nanos, job }) = next() {
        bench.clock().set(Time::from_nanos(nanos));
        tell(guarded(&mut || bench.block_on(tools.does(&job))));
    }
}
