//! Writers that are killed at any moment leave whole entries: the old one or the new one.
//!
//! A program without a test harness, because it starts itself again as the writer.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use larder_core::disk::{Access, Condition, Disk, NoRoom, Settings};
use larder_core::entry::{Draft, Meta, Source};
use larder_core::frame::OVERHEAD;
use larder_core::key::{Key, Namespace};
use larder_core::random::SystemRandom;
use larder_core::time::Time;
use larder_object_store::ObjectStoreDisk;

/// Tells the program that it is the writer, and where.
const PLACE: &str = "LARDER_KILLED_WRITER";
const KEYS: usize = 20;

fn main() {
    match std::env::var_os(PLACE) {
        Some(place) => pollster::block_on(write(Path::new(&place))),
        None => killed_writers_leave_whole_entries(),
    }
}

fn key(number: usize) -> Key {
    Key::new(&Namespace::named("killed"), &u64::try_from(number).unwrap()).unwrap()
}

/// Writes values of one byte repeated, another one each round, and tells of each, until it is killed.
async fn write(place: &Path) {
    let disk = ObjectStoreDisk::at_path(place, Some(Settings::unbounded())).await.unwrap();
    for round in 0..=u8::MAX {
        for number in 0..KEYS {
            let body = vec![round; 1 + 5_000 * number];
            let meta = Meta::new(&SystemRandom::new(), Time::from_secs(5), "raw".into(), "none".into());
            let draft = Draft { meta: meta.into(), source: Source::Whole(body.into()), word: 0 };
            let _ = disk.put(&key(number), draft, Condition::Always, &NoRoom).await.unwrap();
            // Not `println!`, which a killer that stops listening makes panic.
            let _ = writeln!(std::io::stdout(), "{number}");
        }
    }
}

fn killed_writers_leave_whole_entries() {
    let directory = tempfile::tempdir().unwrap();
    let mut found = 0;
    for writes in (1..400).step_by(37) {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .env(PLACE, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(writer.stdout.take().unwrap()).lines().take(writes).flatten().count();
        assert_eq!(told, writes, "the writer wrote until it was killed");
        writer.kill().unwrap();
        writer.wait().unwrap();
        found += pollster::block_on(require_whole_entries(directory.path()));
    }
    assert!(found >= KEYS, "entries were found: {found}");
    let _ = writeln!(std::io::stdout(), "killed writers left {found} whole entries");
}

/// Requires that every entry is whole and counted; says how many there are.
async fn require_whole_entries(place: &Path) -> usize {
    let disk = ObjectStoreDisk::at_path(place, None).await.unwrap();
    let (mut entries, mut volume) = (0, 0);
    for number in 0..KEYS {
        let key = key(number);
        let Some(entry) = disk.get(&key, Access::Peek).await.unwrap() else { continue };
        let body = entry.body.bytes().await.unwrap();
        assert_eq!(body.len(), 1 + 5_000 * number);
        assert!(body.iter().all(|byte| *byte == body[0]), "a mixture of two writes");
        let name = key.digest().to_string();
        volume += place.join(&name[..2]).join(&name).metadata().unwrap().len() + OVERHEAD;
        entries += 1;
    }
    let usage = disk.usage().await.unwrap();
    assert_eq!((usage.entries, usage.volume), (entries, volume));
    usize::try_from(entries).unwrap()
}
