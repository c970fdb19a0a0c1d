//! The history, and forgetting all but a driver's nodes (HIS-1 to 13).

use larder::Cache;
use larder_dataflow::hook::{Forgotten, evict_all_except_driver};
use larder_dataflow::{Driver, ErrorKind, Node, node, nodes};

use crate::stores::{Place, driver, on_every_disk};
use crate::told::ran;

mod one {
    #[larder_dataflow::node]
    pub(crate) fn total(number: i64) -> i64 {
        number + 1
    }
}

mod two {
    #[larder_dataflow::node]
    pub(crate) fn total(number: i64) -> i64 {
        number + 2
    }
}

mod three {
    #[larder_dataflow::node]
    pub(crate) fn total(number: i64) -> i64 {
        number + 3
    }
}

#[node]
fn other(number: i64) -> i64 {
    number
}

fn forget(driver: &Driver) -> Forgotten {
    evict_all_except_driver(driver).unwrap().wait().unwrap()
}

/// How many of these nodes run for `number`.
fn runs(driver: &Driver, names: &[&str], number: i64) -> usize {
    ran(|| driver.execute(names.iter().copied()).input("number", number).wait().unwrap()).1.len()
}

fn pairs(nodes: &[Node]) -> Vec<(String, String)> {
    nodes.iter().map(|node| (node.name().to_owned(), node.version().to_string())).collect()
}

fn what_is_not_of_the_driver_goes_and_all_of_its_own_stays(place: &Place) {
    let old = driver(place, nodes![one::total, other]);
    let now = driver(place, nodes![two::total]);
    for number in 0..3 {
        runs(&old, &["total", "other"], number);
        runs(&now, &["total"], number);
    }
    let dry = evict_all_except_driver(&now).unwrap().dry_run().wait().unwrap();
    assert_eq!(dry.pairs, pairs(&[other::node(), one::total::node()]));
    assert_eq!(runs(&old, &["total", "other"], 1), 0, "a dry run forgets nothing");

    let forgotten = forget(&now);
    assert_eq!((forgotten.eviction_counter, &forgotten.pairs), (2, &dry.pairs));
    assert!(forgotten.evicted_size_mb > 0.0 && forgotten.size_after > 0.0, "{forgotten:?}");
    for number in 0..3 {
        assert_eq!(runs(&now, &["total"], number), 0, "all results of the current version are kept");
    }
    assert_eq!(runs(&old, &["total", "other"], 1), 2);
}

fn hooks_in_use_see_what_is_left_of_the_history(place: &Place) {
    let old = driver(place, nodes![one::total]);
    let now = driver(place, nodes![two::total]);
    runs(&old, &["total"], 1);
    runs(&now, &["total"], 1);
    assert_eq!(forget(&now).eviction_counter, 1);
    assert_eq!(forget(&now).eviction_counter, 0);
    // The old hook stores again, and its version is in the history again.
    runs(&old, &["total"], 1);
    assert_eq!(forget(&now).pairs, pairs(&[one::total::node()]));
}

fn a_current_version_that_never_ran_keeps_none_of_the_old(place: &Place) {
    runs(&driver(place, nodes![one::total]), &["total"], 1);
    runs(&driver(place, nodes![two::total]), &["total"], 1);
    let forgotten = forget(&driver(place, nodes![three::total]));
    assert_eq!(forgotten.pairs.len(), 2);
}

fn versions_are_listed_oldest_first_and_once(place: &Place) {
    let drivers =
        [nodes![two::total], nodes![one::total], nodes![three::total]].map(|module| driver(place, module));
    for number in 0..3 {
        for driver in &drivers {
            runs(driver, &["total"], number);
        }
    }
    let dry = evict_all_except_driver(&driver(place, nodes![other])).unwrap().dry_run().wait().unwrap();
    assert_eq!(dry.pairs, pairs(&[two::total::node(), one::total::node(), three::total::node()]));
}

fn without_a_history_nothing_goes(place: &Place) {
    let forgotten = forget(&driver(place, nodes![one::total]));
    assert_eq!((forgotten.eviction_counter, forgotten.evicted_size_mb), (0, 0.0));
}

fn other_keys_of_the_same_disk_are_left_alone(place: &Place) {
    let users: Cache<str, i64> = place.store.cache("users").unwrap();
    let same_name: Cache<str, i64> = place.store.cache("dataflow").unwrap();
    pollster::block_on(async {
        assert!(users.set("ann", &1).await.unwrap().is_stored());
        assert!(same_name.set("total", &1).await.unwrap().is_stored());
    });
    runs(&driver(place, nodes![one::total]), &["total"], 1);
    assert_eq!(forget(&driver(place, nodes![other])).eviction_counter, 1);
    assert_eq!(pollster::block_on(users.get("ann")).unwrap(), Some(1));
    assert_eq!(pollster::block_on(same_name.get("total")).unwrap(), Some(1));
}

fn what_is_not_stored_is_not_in_the_history(place: &Place) {
    #[node]
    fn fails(number: i64) -> Result<i64, std::num::TryFromIntError> {
        u8::try_from(number).map(i64::from)
    }
    let driver = driver(place, nodes![fails]);
    driver.execute(["fails"]).input("number", -1_i64).wait().unwrap_err();
    let none = super::stores::driver(place, nodes![other]);
    assert_eq!(forget(&none).eviction_counter, 0);
    // Nor does a hit add to it.
    runs(&driver, &["fails"], 1);
    assert_eq!(forget(&none).eviction_counter, 1);
}

on_every_disk! {
    what_is_not_of_the_driver_goes_and_all_of_its_own_stays,
    hooks_in_use_see_what_is_left_of_the_history,
    a_current_version_that_never_ran_keeps_none_of_the_old,
    versions_are_listed_oldest_first_and_once,
    without_a_history_nothing_goes,
    other_keys_of_the_same_disk_are_left_alone,
    what_is_not_stored_is_not_in_the_history,
}

#[test]
fn a_driver_without_a_hook_is_told_so() {
    let driver = Driver::builder().nodes(nodes![other]).build().unwrap();
    let error = evict_all_except_driver(&driver).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Adapter);
    assert_eq!(error.to_string(), "0 CacheHook defined for this Driver");
}

#[test]
fn two_hooks_are_refused_when_the_driver_is_built() {
    let place = crate::stores::memory();
    let error = Driver::builder().adapter(place.hook()).adapter(place.hook()).build().unwrap_err();
    assert!(error.to_string().contains("`execute_node`"), "{error}");
}
