//! Files of other programs at the place of a disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use larder_core::ErrorKind;
use larder_core::disk::{Brief, Cause, Disk, Finding, Repair, Scope, Settings};

use crate::Bench;

/// Names that programs give files, disks among them.
const NAMES: &[&str] = &[
    "README",
    "HEAD",
    "index",
    "lock",
    "slots",
    "settings.json",
    "larder.json",
    "data.db",
    "log/00000001",
    "ab/ab00000000000000000000000000000000000000000000000000000000000000",
];

fn content(name: &str) -> String {
    format!("{name} is of another program")
}

/// Writes those files that are not there yet. Returns them.
fn write(place: &Path) -> BTreeMap<&'static str, String> {
    let mut written = BTreeMap::new();
    for name in NAMES {
        let file = place.join(name);
        let parent = file.parent().expect("a file is in a directory");
        // Where the disk has a file or a directory of that name, nothing foreign can be.
        if file.exists() || fs::create_dir_all(parent).is_err() {
            continue;
        }
        fs::write(&file, content(name)).expect("the directory of a check can be written");
        written.insert(*name, content(name));
    }
    written
}

/// Requires that all these files are as they were written.
fn require(bench: &Bench, place: &Path, files: &BTreeMap<&str, String>, when: &str) {
    for (name, content) in files {
        let found = fs::read_to_string(place.join(name)).ok();
        assert_eq!(found.as_ref(), Some(content), "{bench}: the foreign file `{name}` {when}");
    }
}

/// Stores, checks, fixes and removes everything.
async fn work(bench: &Bench, disk: &dyn Disk) {
    for number in 0..20_u64 {
        bench.store(disk, &bench.key(&number), vec![7; 3_000]).await;
    }
    if bench.declared().check {
        let mut findings: Vec<Finding> = Vec::new();
        bench.must(disk.check(Repair::Fix, &mut findings).await, "fixing");
    }
    let briefs = bench.survey(disk, Scope::All, 100).await;
    let victims: Vec<_> = briefs.iter().map(Brief::victim).collect();
    bench.must(disk.evict(&victims, Cause::Cleared).await, "removing everything");
    bench.must(disk.sync().await, "syncing");
}

/// A disk refuses a directory with files of another program, or leaves them alone; and it leaves alone those that another
/// program puts beside its own later.
/// [LAY-3, CHK-2]
pub async fn files_of_other_programs_are_left_alone(bench: &Bench) {
    let place = bench.place().path().to_owned();
    let files = write(&place);
    match bench.try_open(Settings::unbounded()).await {
        Ok(disk) => work(bench, &*disk).await,
        // A file with the name of the disk's own may be another program's, or damaged.
        Err(error) => {
            let is_refusal =
                matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Corrupt | ErrorKind::Format);
            assert!(is_refusal, "{bench}: refusing a directory: {error:?}");
        }
    }
    require(bench, &place, &files, "after opening");

    let fresh = bench.fresh();
    let place = fresh.place().path().to_owned();
    let disk = fresh.disk().await;
    fresh.store(&*disk, &fresh.key("first"), "value").await;
    bench.must(disk.sync().await, "syncing");
    let files = write(&place);
    work(&fresh, &*disk).await;
    drop(disk);
    require(&fresh, &place, &files, "beside a disk");
    let disk = fresh.disk().await;
    work(&fresh, &*disk).await;
    require(&fresh, &place, &files, "after opening again");
}
