//! What an operation costs in requests, counted by the server, and by the disk the same.

use larder_core::disk::{Access, Cause, Condition, Disk, Put};
use larder_object_store::{ObjectStoreDisk, Requests};
use pollster::block_on;

use crate::server::Reply;
use crate::stand::{Stand, bench};

/// The requests that `run` makes as the server counts them, method and condition; they are as many as the disk counts.
fn made(stand: &Stand, disk: &ObjectStoreDisk, run: impl FnOnce()) -> Vec<String> {
    stand.server.tell(|_| Reply::Honest);
    let before = disk.requests();
    run();
    let after = disk.requests();
    let asked = stand.server.asked();
    assert_eq!(after.total() - before.total(), asked.len() as u64, "{before:?} {after:?} {asked:?}");
    asked
        .iter()
        .map(|asked| {
            let condition = match (asked.header("if-none-match"), asked.header("if-match")) {
                (Some("*"), _) => " if absent",
                (_, Some(_)) => " if unchanged",
                _ => "",
            };
            format!("{}{condition}", asked.method)
        })
        .collect()
}

#[test]
fn a_get_is_one_get_a_set_one_put_and_an_add_one_conditional_put() {
    let (stand, bench) = (Stand::new(), bench());
    let disk = stand.disk();
    let key = bench.key("key");
    let add = || {
        let put = block_on(bench.put(&disk, &key, "value", Condition::Absent)).unwrap();
        assert!(matches!(put, Put::Stored { .. }), "{put:?}");
    };
    assert_eq!(made(&stand, &disk, add), ["PUT if absent"]);
    let set = || _ = block_on(bench.store(&disk, &key, "other"));
    assert_eq!(made(&stand, &disk, set), ["PUT"]);
    let get = || assert!(block_on(disk.get(&key, Access::Peek)).unwrap().is_some());
    assert_eq!(made(&stand, &disk, get), ["GET"]);
    let peek = || assert!(block_on(disk.peek(&key)).unwrap().is_some());
    assert_eq!(made(&stand, &disk, peek), ["GET"]);
    let remove = || _ = block_on(disk.remove(&key, Condition::Always, Cause::Removed)).unwrap();
    assert_eq!(made(&stand, &disk, remove), ["POST"]);
    let miss = || assert!(block_on(disk.get(&key, Access::Peek)).unwrap().is_none());
    assert_eq!(made(&stand, &disk, miss), ["GET"]);
}

#[test]
fn a_swap_of_what_this_disk_wrote_is_one_conditional_put() {
    let (stand, bench) = (Stand::new(), bench());
    let disk = stand.disk();
    let key = bench.key("key");
    let written = block_on(bench.store(&disk, &key, "value"));
    let swap = || {
        let put = block_on(bench.put(&disk, &key, "other", Condition::Is(written.version))).unwrap();
        assert!(matches!(put, Put::Stored { .. }), "{put:?}");
    };
    assert_eq!(made(&stand, &disk, swap), ["PUT if unchanged"]);
}

#[test]
fn opening_reads_the_settings_lists_once_and_asks_what_the_store_honours() {
    let stand = Stand::new();
    let first = stand.disk();
    let asked = stand.server.asked();
    assert_eq!(first.requests().total(), asked.len() as u64, "{:?} {asked:?}", first.requests());
    let again = stand.disk();
    let asked = stand.server.asked();
    let Requests { get, head, put, list, delete } = again.requests();
    assert_eq!(again.requests().total(), asked.len() as u64);
    // Of the puts one is less: the settings are recorded.
    assert_eq!((get, head, put, list, delete), (2, 0, first.requests().put - 1, 1, 1));
}
