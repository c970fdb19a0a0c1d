//! The disk works in any runtime and in none.

use std::sync::{Arc, Barrier};

use larder_core::disk::{Condition, Disk, Finding, Put, Repair};
use larder_object_store::ObjectStoreDisk;

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

/// Runs `tasks` blocking tasks on a runtime with so many threads for them; each waits for the disk.
fn fill_the_blocking_pool(threads: usize, tasks: u64) {
    let (bench, directory) = (bench(), directory());
    let disk = pollster::block_on(crate::bench::at(directory.path()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(threads)
        .build()
        .unwrap();
    let bench = Arc::new(bench);
    // No task asks the disk before every thread of the pool has one.
    let barrier = Arc::new(Barrier::new(threads));
    runtime.block_on(async {
        let waiting: Vec<_> = (0..tasks)
            .map(|number| {
                let (disk, bench, barrier) = (disk.clone(), Arc::clone(&bench), Arc::clone(&barrier));
                tokio::task::spawn_blocking(move || {
                    barrier.wait();
                    pollster::block_on(async {
                        let key = bench.key(&number);
                        bench.store(&disk, &key, "value").await;
                        assert_eq!(bench.body(&disk, &key).await.unwrap(), "value");
                    });
                })
            })
            .collect();
        for task in waiting {
            task.await.unwrap();
        }
    });
    // Opening and checking wait for no pool of the caller either.
    runtime.block_on(async {
        let barrier = Arc::new(Barrier::new(threads));
        let waiting: Vec<_> = (0..threads)
            .map(|_| {
                let (path, barrier) = (directory.path().to_owned(), Arc::clone(&barrier));
                tokio::task::spawn_blocking(move || {
                    barrier.wait();
                    pollster::block_on(async {
                        let disk = ObjectStoreDisk::at_path(path, None).await.unwrap();
                        let mut findings: Vec<Finding> = Vec::new();
                        assert_eq!(disk.check(Repair::Tell, &mut findings).await.unwrap().entries, tasks);
                        assert_eq!(findings, []);
                    });
                })
            })
            .collect();
        for task in waiting {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_full_blocking_pool_of_four_threads_is_not_waited_for() {
    fill_the_blocking_pool(4, 64);
}

#[test]
fn a_blocking_pool_with_one_thread_is_not_waited_for() {
    fill_the_blocking_pool(1, 8);
}
