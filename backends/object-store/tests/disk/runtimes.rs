//! The disk works in any runtime and in none.

use std::sync::Arc;

use larder_core::disk::{Condition, Put};

use crate::bench::{bench, directory};

async fn works(path: &std::path::Path) {
    let bench = bench();
    let disk = crate::bench::at(path).await;
    let key = bench.key("key");
    bench.store(&disk, &key, "value").await;
    assert_eq!(bench.body(&disk, &key).await.unwrap(), "value");
    let again = bench.put(&disk, &key, "other", Condition::Absent).await.unwrap();
    assert!(matches!(again, Put::Conflict(Some(_))), "{again:?}");
    assert_eq!(bench.keys(&disk).await, std::slice::from_ref(&key));
    let _ = bench.remove(&disk, &key).await;
    bench.balanced(&disk).await;
}

#[test]
fn a_path_works_without_a_runtime() {
    let directory = directory();
    pollster::block_on(works(directory.path()));
}

#[test]
fn a_path_works_in_a_runtime_of_one_thread() {
    let directory = directory();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(works(directory.path()));
}

#[test]
fn a_path_works_in_a_runtime_of_many_threads() {
    let directory = directory();
    let path: Arc<std::path::Path> = directory.path().into();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async { tokio::spawn(async move { works(&path).await }).await.unwrap() });
}

#[test]
fn a_disk_goes_from_one_runtime_to_the_next() {
    let (bench, directory) = (bench(), directory());
    let open = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    let disk = open().block_on(crate::bench::at(directory.path()));
    open().block_on(bench.store(&disk, &bench.key("key"), "value"));
    assert_eq!(pollster::block_on(bench.body(&disk, &bench.key("key"))).unwrap(), "value");
    open().block_on(async move { drop(disk) });
}
