//! Operations that are dropped after each number of polls: the old state or the new one, and books that are right.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use futures_util::TryStreamExt;
use larder_conformance::Bench;
use larder_core::disk::{Access, Cause, Condition, Disk, Fate, NoRoom, Put, Revision, Settings};
use larder_core::entry::Version;
use larder_core::frame::OVERHEAD;
use larder_core::spawn::{Spawn, Task};
use larder_object_store::{ObjectStoreDisk, OpenOptions, Sharing};
use object_store::ObjectStore;

use crate::bench::{bench, directory, files};
use crate::troubled::Troubled;

/// What `future` gives if it ends within so many polls; then it is dropped.
async fn within<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Returns once nobody writes at `key`: a put that can only meet a conflict waits for its turn.
async fn quiet(bench: &Bench, disk: &dyn Disk) {
    let key = bench.key("key");
    let marker = bench.put(disk, &key, "marker", Condition::Absent).await.unwrap();
    if let Put::Stored { .. } = marker {
        let _ = bench.remove(disk, &key).await;
    }
}

/// What was begun in each round.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Begun {
    Put,
    Add,
    Remove,
    Evict,
    Touch,
}

const ALL: [Begun; 5] = [Begun::Put, Begun::Add, Begun::Remove, Begun::Evict, Begun::Touch];

impl Begun {
    fn is_offered(self, disk: &dyn Disk) -> bool {
        self != Self::Touch || disk.capabilities().touch
    }

    /// Begins the operation and drops it after `polls`; says whether it ended.
    async fn run(self, bench: &Bench, disk: &dyn Disk, polls: usize) -> bool {
        let key = bench.key("key");
        if self == Self::Add {
            let draft = bench.draft(bench.meta(), "a new value");
            let ended = within(polls, disk.put(&key, draft, Condition::Absent, &NoRoom)).await;
            return ended.is_some_and(|put| matches!(put.unwrap(), Put::Stored { .. }));
        }
        let old = bench.store(disk, &key, "old").await;
        match self {
            Self::Put | Self::Add => {
                let draft = bench.draft(bench.meta(), "a new value");
                within(polls, disk.put(&key, draft, Condition::Always, &NoRoom)).await.is_some()
            }
            Self::Remove => {
                within(polls, disk.remove(&key, Condition::Always, Cause::Removed)).await.is_some()
            }
            Self::Evict => {
                let fates = within(polls, disk.evict(&[old.victim()], Cause::Evicted)).await;
                fates.is_some_and(|fates| fates.unwrap() == [Fate::Gone])
            }
            Self::Touch => {
                let revision = Revision { version: Version::from_bits(7), expires: Some(bench.now()) };
                within(polls, disk.revise(&key, old.version, revision)).await.is_some()
            }
        }
    }

    /// Requires that the entry is as before or as it was to become.
    async fn require_old_or_new(self, bench: &Bench, disk: &dyn Disk) {
        let body = bench.body(disk, &bench.key("key")).await;
        let body = body.as_deref();
        let whole = match self {
            Self::Put => body == Some(b"old") || body == Some(b"a new value"),
            Self::Add => body.is_none() || body == Some(b"a new value"),
            Self::Remove | Self::Evict => body.is_none() || body == Some(b"old"),
            Self::Touch => body == Some(b"old"),
        };
        assert!(whole, "{self:?} left {body:?}");
        bench.balanced(disk).await;
    }
}

/// The volume of the objects below the prefix, the recorded settings left out.
async fn volume(store: &Troubled) -> u64 {
    let objects: Vec<_> = store.inner.list(None).try_collect().await.unwrap();
    let entries = objects.iter().filter(|object| object.location.filename() != Some("settings.json"));
    entries.map(|object| object.size + OVERHEAD).sum()
}

#[test]
fn operations_dropped_at_every_poll_leave_the_old_or_the_new() {
    let bench = bench();
    for (sharing, begun) in
        [Sharing::Alone, Sharing::Shared].into_iter().flat_map(|sharing| ALL.map(|b| (sharing, b)))
    {
        for polls in 0.. {
            let store = Arc::new(Troubled::default());
            let ended = bench.block_on(async {
                let settings = Some(Settings::unbounded());
                let shared = Arc::clone(&store);
                let disk = ObjectStoreDisk::with_store(
                    "troubled:",
                    shared,
                    "",
                    sharing,
                    OpenOptions::default(),
                    settings,
                )
                .await
                .unwrap();
                if !begun.is_offered(&disk) {
                    return true;
                }
                let ended = begun.run(&bench, &disk, polls).await;
                quiet(&bench, &disk).await;
                begun.require_old_or_new(&bench, &disk).await;
                assert_eq!(bench.volume(&disk).await, volume(&store).await, "{begun:?} after {polls} polls");
                ended
            });
            if ended {
                assert!(
                    polls > 1 || (sharing, begun) == (Sharing::Shared, Begun::Touch),
                    "it waited on the way"
                );
                break;
            }
        }
    }
}

#[test]
fn operations_on_a_path_dropped_in_a_runtime_leave_the_old_or_the_new() {
    let bench = bench();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for begun in [Begun::Put, Begun::Add, Begun::Remove, Begun::Evict] {
        for polls in 0.. {
            let directory = directory();
            let ended = runtime.block_on(async {
                let disk = crate::bench::at(directory.path()).await;
                let ended = begun.run(&bench, &disk, polls).await;
                quiet(&bench, &disk).await;
                begun.require_old_or_new(&bench, &disk).await;
                let sizes = files(directory.path()).into_iter().filter(|file| file.extension().is_none());
                let volume: u64 = sizes.map(|file| file.metadata().unwrap().len() + OVERHEAD).sum();
                assert_eq!(bench.volume(&disk).await, volume, "{begun:?} after {polls} polls");
                ended
            });
            if ended {
                break;
            }
        }
    }
}

#[test]
fn a_write_outlives_the_disk_that_it_was_begun_on() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let key = bench.key("key");
        let settings = Some(Settings::unbounded());
        let shared = Arc::clone(&store);
        let disk = ObjectStoreDisk::with_store(
            "troubled:",
            shared,
            "",
            Sharing::Alone,
            OpenOptions::default(),
            settings,
        )
        .await
        .unwrap();
        let draft = bench.draft(bench.meta(), "value");
        assert!(within(1, disk.put(&key, draft, Condition::Always, &NoRoom)).await.is_none());
        drop(disk);
        // The store is held by the disk until the last write on it has ended.
        while Arc::strong_count(&store) > 1 {
            std::thread::yield_now();
        }
        let again =
            ObjectStoreDisk::with_store("troubled:", store, "", Sharing::Alone, OpenOptions::default(), None)
                .await
                .unwrap();
        assert_eq!(bench.body(&again, &key).await.unwrap(), "value");
    });
}

/// Keeps what it is given until it is asked for.
#[derive(Default)]
struct Later(Mutex<Vec<Task>>);

impl std::fmt::Debug for Later {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Later")
    }
}

impl Spawn for Later {
    fn spawn(&self, task: Task) {
        self.0.lock().unwrap().push(task);
    }
}

#[test]
fn what_is_dropped_midway_goes_to_the_spawner_that_was_given() {
    pollster::block_on(async {
        let bench = bench();
        let later = Arc::new(Later::default());
        let store = Arc::new(Troubled::default());
        let limits = Some(Settings::unbounded());
        let disk =
            ObjectStoreDisk::with_store("test:", store, "", Sharing::Shared, OpenOptions::default(), limits)
                .await
                .unwrap();
        let disk = disk.carried_by(Arc::clone(&later) as Arc<dyn Spawn>);
        let key = bench.key("key");
        let draft = bench.draft(bench.meta(), "a new value");
        assert!(within(1, disk.put(&key, draft, Condition::Always, &NoRoom)).await.is_none());
        let tasks = std::mem::take(&mut *later.0.lock().unwrap());
        assert_eq!(tasks.len(), 1);
        for task in tasks {
            task.await;
        }
        let entry = disk.get(&key, Access::Peek).await.unwrap().expect("the put was carried to its end");
        assert_eq!(entry.body.bytes().await.unwrap(), "a new value");
    });
}
