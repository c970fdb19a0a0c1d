//! A check: one promise of a disk, and what came of trying it.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use larder_core::disk::{Capabilities, Cause, Condition, Disk, Reach, Repair, Revision};
use larder_core::entry::Version;
use larder_core::error::ErrorKind;

use crate::Bench;

/// One promise, as a function that panics on a disk that breaks it.
#[derive(Clone, Copy)]
pub struct Check {
    /// What the promise is about: `keying`, `values`, `expiry` and so on.
    pub area: &'static str,
    /// Which part of the area.
    pub group: &'static str,
    /// The promise as a sentence.
    pub name: &'static str,
    /// The lines of the behaviour list that it tests, such as `CAP-2`, with blanks between them.
    pub lines: &'static str,
    /// What a disk must declare for the promise to make sense.
    pub needs: &'static [Need],
    #[doc(hidden)]
    pub run: for<'a> fn(&'a Bench) -> Pin<Box<dyn Future<Output = ()> + 'a>>,
}

/// A capability that a check needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// [`Capabilities::create`].
    Create,
    /// [`Capabilities::compare`].
    Compare,
    /// [`Capabilities::touch`].
    Touch,
    /// [`Capabilities::ordered`].
    Ordered,
    /// [`Capabilities::counted`].
    Counted,
    /// [`Capabilities::durable`].
    Durable,
    /// [`Capabilities::check`].
    Check,
    /// [`Capabilities::reach`] beyond one process.
    Processes,
}

/// How long a check may take, in real time: many times what the slowest takes on a busy machine.
const LIMIT: Duration = Duration::from_mins(2);

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The disk kept the promise.
    Passed,
    /// The disk broke it; this is how.
    Failed(String),
    /// The disk declares that it lacks this, and says so when it is asked.
    Skipped(Need),
}

impl Check {
    /// Area, group and name, joined as Rust paths are: how the check is named in test output and filters.
    pub fn path(&self) -> String {
        format!("{}::{}::{}", self.area, self.group, self.name)
    }

    /// Tries the promise on a bench that nothing was done with yet.
    ///
    /// Where the disk does not declare what the check needs, it must answer
    /// [`Unsupported`](ErrorKind::Unsupported); then the check is skipped, else it failed. A check that does not
    /// end within two minutes has failed too.
    pub fn verdict(&self, bench: &Bench) -> Verdict {
        self.verdict_within(bench, LIMIT)
    }

    /// The same with another limit, of real time.
    ///
    /// The check runs on a thread of its own. One that does not end is left behind with its disk: there is no way
    /// to stop it.
    pub fn verdict_within(&self, bench: &Bench, limit: Duration) -> Verdict {
        let (check, name, (told, verdict)) = (*self, bench.to_string(), channel());
        let bench = bench.clone();
        let running = std::thread::Builder::new().name(self.path()).spawn(move || {
            // Nobody waits any more for one that took too long.
            let _ = told.send(check.tried(&bench));
        });
        if let Err(error) = running {
            return Verdict::Failed(format!("{name}: no thread to check it on: {error}"));
        }
        match verdict.recv_timeout(limit) {
            Ok(verdict) => verdict,
            Err(RecvTimeoutError::Timeout) => Verdict::Failed(format!(
                "{name}: the check did not end within {limit:?}: does the disk hold a lock while it asks the room?"
            )),
            Err(RecvTimeoutError::Disconnected) => {
                Verdict::Failed(format!("{name}: a check without a verdict"))
            }
        }
    }

    fn tried(&self, bench: &Bench) -> Verdict {
        let lacking = self.needs.iter().copied().find(|need| !need.is_in(bench.declared()));
        let tried = catch_unwind(AssertUnwindSafe(|| {
            bench.block_on(async {
                match lacking {
                    Some(need) => need.is_refused(bench).await,
                    None => (self.run)(bench).await,
                }
            });
        }));
        match (tried, lacking) {
            (Ok(()), None) => Verdict::Passed,
            (Ok(()), Some(need)) => Verdict::Skipped(need),
            (Err(panic), _) => Verdict::Failed(message(&*panic)),
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.path(), self.lines)
    }
}

impl Need {
    /// Every capability that can be lacking.
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Compare,
        Self::Touch,
        Self::Ordered,
        Self::Counted,
        Self::Durable,
        Self::Check,
        Self::Processes,
    ];

    /// Whether `capabilities` have it.
    pub const fn is_in(self, capabilities: Capabilities) -> bool {
        match self {
            Self::Processes => !matches!(capabilities.reach, Reach::Process),
            Self::Create => capabilities.create,
            Self::Compare => capabilities.compare,
            Self::Touch => capabilities.touch,
            Self::Ordered => capabilities.ordered,
            Self::Counted => capabilities.counted,
            Self::Durable => capabilities.durable,
            Self::Check => capabilities.check,
        }
    }

    /// `capabilities` without it.
    #[must_use]
    pub const fn taken_from(self, mut capabilities: Capabilities) -> Capabilities {
        match self {
            Self::Create => capabilities.create = false,
            Self::Compare => capabilities.compare = false,
            Self::Touch => capabilities.touch = false,
            Self::Ordered => capabilities.ordered = false,
            Self::Counted => capabilities.counted = false,
            Self::Durable => capabilities.durable = false,
            Self::Check => capabilities.check = false,
            Self::Processes => capabilities.reach = Reach::Process,
        }
        capabilities
    }

    /// Requires that a disk without it says so, and changes nothing. Order, durability and sharing cannot be
    /// asked for, so nothing answers for them.
    pub(crate) async fn is_refused(self, bench: &Bench) {
        let disk = bench.disk().await;
        let key = bench.key("undeclared");
        match self {
            Self::Create => {
                let put = bench.put(&*disk, &key, "new", Condition::Absent).await;
                bench.fails(put, ErrorKind::Unsupported, "creating without `create`");
                assert!(
                    bench.body(&*disk, &key).await.is_none(),
                    "{bench}: a refused create stored something"
                );
            }
            Self::Compare => compare_is_refused(bench, &*disk).await,
            Self::Touch => {
                let brief = bench.store(&*disk, &key, "old").await;
                let revision =
                    Revision { version: Version::draw(bench.random()), expires: Some(bench.now()) };
                let revised = disk.revise(&key, brief.version, revision).await;
                bench.fails(revised, ErrorKind::Unsupported, "touching without `touch`");
                let entry = bench.peek(&*disk, &key).await;
                let expires = entry.map(|entry| entry.meta.expires);
                assert_eq!(expires, Some(None), "{bench}: a refused touch changed the entry");
            }
            Self::Counted => {
                let count = disk.count(bench.namespace()).await;
                bench.fails(count, ErrorKind::Unsupported, "counting without `counted`");
            }
            Self::Check => {
                for repair in [Repair::Tell, Repair::Fix] {
                    let mut findings = Vec::new();
                    let checked = disk.check(repair, &mut findings).await;
                    bench.fails(checked, ErrorKind::Unsupported, "checking without `check`");
                    assert_eq!(findings, [], "{bench}: a refused check found something");
                }
            }
            Self::Ordered | Self::Durable | Self::Processes => {}
        }
    }
}

async fn compare_is_refused(bench: &Bench, disk: &dyn Disk) {
    let key = bench.key("undeclared");
    let brief = bench.store(disk, &key, "old").await;
    let is = Condition::Is(brief.version);
    let put = bench.put(disk, &key, "new", is).await;
    bench.fails(put, ErrorKind::Unsupported, "swapping without `compare`");
    let removed = disk.remove(&key, is, Cause::Removed).await;
    bench.fails(removed, ErrorKind::Unsupported, "removing one version without `compare`");
    let body = bench.body(disk, &key).await;
    assert_eq!(body.as_deref(), Some(&b"old"[..]), "{bench}: a refused swap changed the entry");
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Compare => "compare",
            Self::Touch => "touch",
            Self::Ordered => "ordered",
            Self::Counted => "counted",
            Self::Durable => "durable",
            Self::Check => "check",
            Self::Processes => "processes",
        })
    }
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<String>() {
        return text.clone();
    }
    panic.downcast_ref::<&str>().map_or_else(|| "a panic without words".to_owned(), |text| (*text).to_owned())
}

/// Tries one check of the registry in a test, and panics if it failed.
#[doc(hidden)]
#[expect(clippy::print_stderr, reason = "what a test skips must be seen in its output")]
pub fn assert_kept(bench: &Bench, module: &str, area: &str, group: &str, name: &str) {
    if crate::serve(bench) {
        return;
    }
    // A path begins with the crate, which the harness leaves out.
    let module = module.split_once("::").map_or(module, |(_, module)| module);
    let bench = &bench.in_test(&format!("{module}::{name}"));
    let check =
        crate::CHECKS.iter().find(|check| (check.area, check.group, check.name) == (area, group, name));
    let check = check.expect("tests are made from the list that the registry is made from");
    match check.verdict(bench) {
        Verdict::Passed => {}
        Verdict::Skipped(need) => eprintln!("skipped: needs {need}"),
        Verdict::Failed(message) => panic!("{} [{}]: {message}", check.path(), check.lines),
    }
}
