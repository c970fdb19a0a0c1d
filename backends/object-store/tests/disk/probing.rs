//! What a store honours is what the disk declares, whatever the store says.

use std::sync::Arc;

use larder_core::ErrorKind;
use larder_core::disk::{Condition, Disk, Settings};
use larder_core::entry::Version;
use larder_object_store::{ConditionalWrites, Mode, ObjectStoreDisk, OpenOptions, Sharing};
use object_store::{Error, ObjectStore, PutMode, Result};

use crate::bench::bench;
use crate::troubled::{Troubled, Understands};

fn refused(path: &str) -> Error {
    Error::Precondition { path: path.into(), source: "always".into() }
}

fn unknown() -> Error {
    Error::NotImplemented { operation: "conditions".into(), implementer: "troubled".into() }
}

/// Takes every condition and looks at none.
#[expect(clippy::unnecessary_wraps, reason = "other stores refuse")]
fn ignores_all(_: PutMode) -> Result<PutMode> {
    Ok(PutMode::Overwrite)
}

#[expect(clippy::unnecessary_wraps, reason = "other stores refuse")]
fn ignores_updates(mode: PutMode) -> Result<PutMode> {
    Ok(if matches!(mode, PutMode::Update(_)) { PutMode::Overwrite } else { mode })
}

/// Answers that the right version is the wrong one, too.
fn refuses_updates(mode: PutMode) -> Result<PutMode> {
    if matches!(mode, PutMode::Update(_)) { Err(refused("object")) } else { Ok(mode) }
}

fn knows_no_conditions(mode: PutMode) -> Result<PutMode> {
    if matches!(mode, PutMode::Overwrite) { Ok(mode) } else { Err(unknown()) }
}

async fn opened(store: &Arc<Troubled>, options: OpenOptions) -> ObjectStoreDisk {
    let (store, settings) = (Arc::clone(store), Some(Settings::unbounded()));
    ObjectStoreDisk::with_store("troubled:", store, "a", Sharing::Shared, options, settings).await.unwrap()
}

#[test]
fn a_disk_declares_what_the_store_proves() {
    let stores: [(Option<Understands>, bool, bool); 5] = [
        (None, true, true),
        (Some(ignores_all), false, false),
        (Some(ignores_updates), true, false),
        (Some(refuses_updates), true, false),
        (Some(knows_no_conditions), false, false),
    ];
    for (number, (understands, create, compare)) in stores.into_iter().enumerate() {
        let (bench, store) = (bench(), Arc::new(Troubled::default()));
        *store.understands.lock().unwrap() = understands;
        bench.block_on(async {
            let disk = opened(&store, OpenOptions::default()).await;
            let declared = disk.capabilities();
            let declared = (declared.create, declared.compare, declared.touch);
            assert_eq!(declared, (create, compare, compare), "store {number}");
            let key = bench.key("key");
            let absent = bench.put(&disk, &key, "value", Condition::Absent).await;
            let is = bench.put(&disk, &key, "value", Condition::Is(Version::from_bits(7))).await;
            for (put, may) in [(absent, create), (is, compare)] {
                match put {
                    Ok(_) => assert!(may, "store {number} is relied on"),
                    Err(error) => {
                        assert_eq!((error.kind(), may), (ErrorKind::Unsupported, false), "store {number}");
                    }
                }
            }
        });
    }
}

#[test]
fn what_is_declared_racy_is_not_used_although_it_passes() {
    let wanted = [
        (ConditionalWrites::Proved, true, true),
        (ConditionalWrites::Create, true, false),
        (ConditionalWrites::Never, false, false),
    ];
    for (conditional_writes, create, compare) in wanted {
        let (bench, store) = (bench(), Arc::new(Troubled::default()));
        bench.block_on(async {
            let options = OpenOptions { conditional_writes, ..OpenOptions::default() };
            let declared = opened(&store, options).await.capabilities();
            assert_eq!((declared.create, declared.compare), (create, compare), "{conditional_writes:?}");
        });
    }
}

#[test]
fn the_proof_leaves_nothing_and_costs_what_is_told() {
    use futures_util::TryStreamExt;

    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = opened(&store, OpenOptions::default()).await;
        let names: Vec<_> = store.list(None).map_ok(|object| object.location).try_collect().await.unwrap();
        assert_eq!(names, ["a/settings.json".into()], "only the settings");
        let made = disk.requests();
        // Six writes of the proof and one of the settings; one read of the proof and one of the settings.
        assert_eq!((made.put, made.get, made.delete, made.list), (7, 2, 1, 1));
    });
}

#[test]
fn a_disk_that_is_only_read_asks_and_writes_nothing() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let writer = opened(&store, OpenOptions::default()).await;
        bench.store(&writer, &bench.key("key"), "value").await;
        let options = OpenOptions { mode: Mode::ReadOnly, ..OpenOptions::default() };
        let reader = opened(&store, options).await;
        assert_eq!(reader.requests().put + reader.requests().delete, 0);
        assert_eq!(bench.body(&reader, &bench.key("key")).await.unwrap(), "value");
    });
}

#[test]
fn a_store_that_cannot_be_written_to_does_not_open() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    store.refuses_writes.store(true, std::sync::atomic::Ordering::Relaxed);
    bench.block_on(async {
        let settings = Some(Settings::unbounded());
        let options = OpenOptions::default();
        let opened = ObjectStoreDisk::with_store("troubled:", store, "", Sharing::Shared, options, settings);
        let error = opened.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.message().contains("what the store honours"), "{error}");
    });
}
