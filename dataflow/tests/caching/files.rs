//! Results in files for other programs (FMT-1 to 5), which pass the suite of result stores.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use larder::clock::DrivenClock;
use larder::{Bytes, Error};
use larder_dataflow::caching::{CachingAdapter, FileFormat, FileResults, Found, ResultStore};
use larder_dataflow::{Driver, ErrorKind, Kind, Value, kind, node, nodes};
use pollster::block_on;
use tempfile::TempDir;

use crate::core::last;
use crate::results::{holds, number_of, version};
use crate::stores::memory;

fn opened() -> (TempDir, FileResults) {
    let directory = tempfile::tempdir().unwrap();
    let results = FileResults::open(directory.path().join("results")).unwrap();
    (directory, results)
}

/// The names of the files that are there, each with its content.
fn files(directory: &TempDir) -> Vec<(String, Vec<u8>)> {
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())
    };
    let mut files: Vec<_> = std::fs::read_dir(directory.path().join("results")).unwrap().map(read).collect();
    files.sort();
    files
}

#[test]
fn results_in_files_hold() {
    holds(&opened().1);
}

#[test]
fn results_wait_for_no_thread_of_a_pool_that_nodes_fill() {
    // The pool reads its size from the environment when it is first used: hence another process.
    const POOL: &str = "BLOCKING_MAX_THREADS";
    if std::env::var_os(POOL).is_some() {
        let (_directory, results) = opened();
        return block_on(blocking::unblock(move || holds(&results)));
    }
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "files::results_wait_for_no_thread_of_a_pool_that_nodes_fill"])
        .env(POOL, "1")
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && out.contains("1 passed"), "{out}");
}

#[node(format = "json")]
fn squares(count: u64) -> Vec<u64> {
    (1..=count).map(|number| number * number).collect()
}

#[node(format = "bytes")]
fn packed(squares: &[u64]) -> Vec<u8> {
    squares.iter().map(|number| u8::try_from(*number).unwrap()).collect()
}

#[node]
fn total(packed: &[u8]) -> u64 {
    packed.iter().copied().map(u64::from).sum()
}

fn driver(files: &FileResults) -> Driver {
    let cache = CachingAdapter::builder().store(&memory().store).files(files.clone()).build().unwrap();
    Driver::builder().nodes(nodes![squares, packed, total]).with_cache(cache).build().unwrap()
}

fn run(driver: &Driver) -> Vec<String> {
    let results = driver.execute(["total"]).input("count", 3_u64).wait().unwrap();
    assert_eq!(results.get::<u64>("total").unwrap(), &14);
    last(driver).0
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|is| is == extension)
}

#[test]
fn nodes_that_ask_for_a_format_have_files_that_others_read() {
    let (directory, results) = opened();
    let driver = driver(&results);
    assert_eq!(run(&driver).len(), 3);
    assert_eq!(run(&driver).len(), 0);
    let files = files(&directory);
    assert_eq!(files.len(), 2, "{files:?}");
    let of = |extension: &str| {
        let found = files.iter().find(|(name, _)| has_extension(name, extension));
        found.unwrap_or_else(|| panic!("{extension} among {files:?}")).1.as_slice()
    };
    assert_eq!(of("json"), b"[1,4,9]");
    assert_eq!(of("bin"), [1, 4, 9]);
}

#[test]
fn a_file_that_is_gone_or_damaged_is_computed_again() {
    let (directory, results) = opened();
    let driver = driver(&results);
    run(&driver);
    let json = files(&directory).into_iter().find(|(name, _)| has_extension(name, "json")).unwrap().0;
    let path = directory.path().join("results").join(json);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(run(&driver), ["squares"]);
    assert_eq!(run(&driver), [""; 0]);
    std::fs::write(&path, "[1,4,").unwrap();
    assert_eq!(run(&driver), ["squares"]);
    let cache = driver.cache().unwrap();
    let record = cache.run(&cache.last_run_id().unwrap()).unwrap();
    assert!(record.events.iter().any(|event| event.kind.to_string() == "failed_retrieval"));
    assert_eq!(std::fs::read(&path).unwrap(), b"[1,4,9]");
}

#[test]
fn a_file_goes_with_its_result_and_other_files_stay() {
    let (directory, results) = opened();
    let other = directory.path().join("results/notes.json");
    std::fs::write(&other, "mine").unwrap();
    block_on(async {
        let (one, two) = (version("one"), version("<two>/.."));
        for version in [&one, &two] {
            assert!(results.set(version, kind!(i64), &Value::new(1_i64), None).await.unwrap());
            assert!(results.set(version, kind!(i64), &Value::new(2_i64), Some("messagepack")).await.unwrap());
        }
        assert_eq!(files(&directory).len(), 5, "one for each version and format");
        assert_eq!(number_of(&results.get(&two, kind!(i64)).await.unwrap()), Some(1));
        results.delete(&two, kind!(i64)).await.unwrap();
        assert_eq!(files(&directory).len(), 3);
        // What a write left that came to no end.
        let unfinished = format!("{}.0123456789abcdef.tmp", files(&directory).remove(1).0);
        std::fs::write(directory.path().join("results").join(&unfinished), "").unwrap();
        std::fs::rename(&other, directory.path().join("results/0.json")).unwrap();
        results.delete_all().await.unwrap();
        assert_eq!(files(&directory), [("0.json".to_owned(), b"mine".to_vec())]);
    });
}

#[test]
fn a_file_expires_with_its_result() {
    let (directory, results) = opened();
    let clock = Arc::new(DrivenClock::default());
    let results = results.clock(clock.clone()).life(Duration::from_mins(1));
    block_on(async {
        assert!(results.set(&version("old"), kind!(i64), &Value::new(1_i64), None).await.unwrap());
        clock.advance(Duration::from_secs(59));
        assert!(results.exists(&version("old"), kind!(i64)).await.unwrap());
        assert!(results.set(&version("new"), kind!(i64), &Value::new(2_i64), None).await.unwrap());
        clock.advance(Duration::from_secs(1));
        assert!(!results.exists(&version("old"), kind!(i64)).await.unwrap());
        assert_eq!(files(&directory).len(), 2);
        assert_eq!(results.delete_expired().await.unwrap(), 1);
        assert_eq!(results.delete_expired().await.unwrap(), 0);
        assert_eq!(files(&directory).len(), 1);
        assert!(results.exists(&version("new"), kind!(i64)).await.unwrap());
    });
}

#[test]
fn files_that_were_stored_first_go_when_there_are_too_many() {
    let (directory, results) = opened();
    let clock = Arc::new(DrivenClock::default());
    let results = results.clock(clock.clone()).max_bytes(1000);
    let bytes = |count: usize| Value::new(Bytes::from(vec![0_u8; count]));
    let set = |name: usize, count: usize| {
        clock.advance(Duration::from_secs(1));
        let version = version(&name.to_string());
        block_on(results.set(&version, kind!(Bytes), &bytes(count), Some("bytes"))).unwrap()
    };
    for name in 0..20 {
        assert!(set(name, 300));
        let held: usize = files(&directory).iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(held <= 1000, "{held} bytes");
    }
    let is_there = |name: usize| block_on(results.exists(&version(&name.to_string()), kind!(Bytes))).unwrap();
    let there: Vec<usize> = (0..20).filter(|name| is_there(*name)).collect();
    assert_eq!(there, [17, 18, 19]);
    assert!(!set(20, 1001), "what does not fit is not kept");
    assert!(set(21, 1000));
    assert_eq!((0..22).filter(|name| is_there(*name)).collect::<Vec<_>>(), [21]);
    // Another process begins with what is there.
    let again = FileResults::open(directory.path().join("results")).unwrap().max_bytes(1000);
    assert!(block_on(again.set(&version("22"), kind!(Bytes), &bytes(1), Some("bytes"))).unwrap());
    assert_eq!(files(&directory).len(), 1);
}

/// Numbers as lines.
#[derive(Debug)]
struct Lines;

impl FileFormat for Lines {
    fn name(&self) -> &'static str {
        "lines"
    }

    fn extension(&self) -> &'static str {
        "txt"
    }

    fn holds(&self, kind: Kind) -> bool {
        kind == kind!(Vec<i64>)
    }

    fn write(&self, _: Kind, value: &Value) -> larder::Result<Bytes> {
        let numbers = value.get::<Vec<i64>>().unwrap();
        let lines: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        Ok(lines.join("\n").into())
    }

    fn read(&self, _: Kind, bytes: &Bytes) -> larder::Result<Value> {
        let wrong = |_| Error::new(larder::ErrorKind::Decode, "no numbers");
        let text = String::from_utf8_lossy(bytes);
        let numbers: Result<Vec<i64>, _> = text.lines().map(|line| line.parse().map_err(wrong)).collect();
        Ok(Value::new(numbers?))
    }
}

#[test]
fn formats_are_added_and_refused_for_types_that_they_do_not_hold() {
    #[node(format = "lines")]
    fn numbers() -> Vec<i64> {
        vec![1, 2]
    }
    #[node(format = "lines")]
    fn text() -> String {
        String::new()
    }
    let (directory, results) = opened();
    let place = memory();
    let built = |results: &FileResults, nodes| {
        let cache = CachingAdapter::builder().store(&place.store).files(results.clone()).build().unwrap();
        Driver::builder().nodes(nodes).with_cache(cache).build()
    };
    let unknown = built(&results, nodes![numbers]).unwrap_err();
    assert!(unknown.to_string().contains("unknown format of results `lines`"), "{unknown}");
    let results = results.format(Lines);
    let driver = built(&results, nodes![numbers]).unwrap();
    driver.execute(["numbers"]).wait().unwrap();
    driver.execute(["numbers"]).wait().unwrap();
    assert_eq!(last(&driver).1, ["numbers"]);
    assert_eq!(files(&directory)[0].1, b"1\n2");
    let refused = built(&results, nodes![text]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Graph);
    let expected = "the format `lines` does not hold values of type String";
    assert!(refused.to_string().contains(expected), "{refused}");
}

#[test]
fn a_value_that_a_format_does_not_hold_is_not_stored_as_another() {
    let (directory, results) = opened();
    let nan = Value::new(vec![f64::NAN]);
    let error = block_on(results.set(&version("nan"), kind!(Vec<f64>), &nan, Some("json"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cache);
    assert_eq!(files(&directory), []);
    let found = block_on(results.get(&version("nan"), kind!(Vec<f64>))).unwrap();
    assert!(matches!(found, Found::Nothing));
}
