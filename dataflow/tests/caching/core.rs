//! What is found, what runs, and what is kept (COR-2 to 12, RST-5, 6).

use larder_conformance::faulty::{Call, Trouble};
use larder_dataflow::caching::{Behavior, CachingAdapter, CachingBuilder, Found};
use larder_dataflow::{CacheHook, Driver, ErrorKind, Module, node, nodes};

use crate::stores::{Place, faulty, memory, on_every_disk};

/// A driver of these nodes with the caching core on a place.
pub(crate) fn driver(place: &Place, module: Module) -> Driver {
    driver_with(place, module, |builder| builder)
}

pub(crate) fn driver_with(
    place: &Place,
    module: Module,
    said: impl FnOnce(CachingBuilder) -> CachingBuilder,
) -> Driver {
    let cache = said(CachingAdapter::builder().store(&place.store)).build().unwrap();
    Driver::builder().nodes(module).with_cache(cache).build().unwrap()
}

/// What became of the nodes of the last run: those that were executed, and those from the cache, by name.
pub(crate) fn last(driver: &Driver) -> (Vec<String>, Vec<String>) {
    let cache = driver.cache().unwrap();
    let record = cache.run(&cache.last_run_id().unwrap()).unwrap();
    let named = |state: larder_dataflow::view::State| {
        let with_state = record.states.iter().filter(|(_, is)| **is == state);
        with_state.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    // Whatever has a version in this run has its result in the store, unless it was not to be kept.
    for node in &record.nodes {
        let is_kept = matches!(record.behaviors[node.name()], Behavior::Default | Behavior::Recompute);
        if is_kept && record.states.contains_key(node.name()) {
            let found = pollster::block_on(cache.result(&record.run, node.name())).unwrap();
            assert!(matches!(found, Found::Result(_)), "{}: {found:?}", node.name());
        }
    }
    (named(larder_dataflow::view::State::Executed), named(larder_dataflow::view::State::FromCache))
}

/// How many keys lead to a version.
pub(crate) fn keys(driver: &Driver) -> usize {
    pollster::block_on(driver.cache().unwrap().metadata().len()).unwrap()
}

fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

#[node]
fn raw(number: i64) -> i64 {
    number
}

mod before {
    #[larder_dataflow::node]
    pub(crate) fn cleaned(raw: i64) -> i64 {
        raw.abs()
    }
}

mod after {
    #[larder_dataflow::node]
    pub(crate) fn cleaned(raw: i64) -> i64 {
        if raw < 0 { -raw } else { raw }
    }
}

#[node]
fn report(cleaned: i64, #[default(1)] times: i64) -> String {
    format!("{cleaned}!").repeat(usize::try_from(times).unwrap())
}

fn changed_code_that_makes_the_same_runs_alone(place: &Place) {
    let old = driver(place, nodes![raw, before::cleaned, report]);
    old.execute(["report"]).input("number", -3_i64).wait().unwrap();
    let new = driver(place, nodes![raw, after::cleaned, report]);
    let results = new.execute(["report"]).input("number", -3_i64).wait().unwrap();
    assert_eq!(results.get::<String>("report").unwrap(), "3!");
    assert_eq!(last(&new), (names(["cleaned"]), names(["raw", "report"])));
}

fn a_changed_input_runs_what_depends_on_it_as_far_as_values_change(place: &Place) {
    let driver = driver(place, nodes![raw, before::cleaned, report]);
    let run = |number: i64| {
        driver.execute(["report"]).input("number", number).wait().unwrap();
        last(&driver)
    };
    assert_eq!(run(-3).0.len(), 3);
    // `cleaned` of 3 is that of -3: `report` is there.
    assert_eq!(run(3), (names(["cleaned", "raw"]), names(["report"])));
    assert_eq!(run(4).0.len(), 3);
    assert_eq!(run(-3), (vec![], names(["cleaned", "raw", "report"])));
}

fn an_override_of_the_same_value_hits_downstream_and_is_not_stored(place: &Place) {
    let driver = driver(place, nodes![raw, before::cleaned, report]);
    driver.execute(["report"]).input("number", -3_i64).wait().unwrap();
    let before = keys(&driver);
    driver.execute(["report"]).replace("cleaned", 3_i64).wait().unwrap();
    assert_eq!((last(&driver), keys(&driver)), ((vec![], names(["report"])), before));
    driver.execute(["report"]).replace("cleaned", 5_i64).wait().unwrap();
    assert_eq!((last(&driver), keys(&driver)), ((names(["report"]), vec![]), before + 1));
}

fn an_argument_equal_to_its_default_is_as_if_it_were_not_given(place: &Place) {
    let driver = driver(place, nodes![raw, before::cleaned, report]);
    driver.execute(["report"]).input("number", 1_i64).wait().unwrap();
    driver.execute(["report"]).input("number", 1_i64).input("times", 1_i64).wait().unwrap();
    assert_eq!(last(&driver).0, [""; 0]);
    driver.execute(["report"]).input("number", 1_i64).input("times", 2_i64).wait().unwrap();
    assert_eq!(last(&driver).0, ["report"]);
}

#[node]
fn perhaps(number: i64) -> Option<i64> {
    (number > 100).then_some(number)
}

#[node]
fn fails(number: i64) -> Result<i64, std::num::TryFromIntError> {
    u8::try_from(number).map(i64::from)
}

fn null_is_a_result_and_a_failure_is_none(place: &Place) {
    let driver = driver(place, nodes![perhaps, fails]);
    for executed in [names(["perhaps"]), vec![]] {
        let results = driver.execute(["perhaps"]).input("number", 1_i64).wait().unwrap();
        assert_eq!(results.get::<Option<i64>>("perhaps").unwrap(), &None);
        assert_eq!(last(&driver).0, executed);
    }
    for _ in 0..2 {
        let error = driver.execute(["fails"]).input("number", -1_i64).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Node);
        let cache = driver.cache().unwrap();
        let record = cache.run(&cache.last_run_id().unwrap()).unwrap();
        assert_eq!(record.states["fails"].to_string(), "failed");
    }
}

#[node]
fn same(number: i64) -> i64 {
    number / 10
}

fn a_result_that_many_keys_lead_to_is_stored_once(place: &Place) {
    let driver = driver(place, nodes![same]);
    let entries = || pollster::block_on(place.store.larder().balance()).unwrap().entries;
    driver.execute(["same"]).input("number", 10_i64).wait().unwrap();
    let first = entries();
    driver.execute(["same"]).input("number", 11_i64).wait().unwrap();
    // A key, a run and a use more; no result more.
    assert_eq!((keys(&driver), entries() - first), (2, 3));
}

fn a_result_that_went_is_computed_again(place: &Place) {
    let driver = driver(place, nodes![raw, before::cleaned]);
    let run = || driver.execute(["cleaned"]).input("number", -2_i64).wait().unwrap();
    run();
    let cache = driver.cache().unwrap();
    pollster::block_on(cache.results().delete_all()).unwrap();
    assert_eq!(keys(&driver), 2, "the versions stay");
    run();
    assert_eq!(last(&driver).0.len(), 2);
    run();
    assert_eq!(last(&driver).0.len(), 0);
    pollster::block_on(cache.metadata().delete_all()).unwrap();
    assert_eq!(keys(&driver), 0);
    run();
    assert_eq!(last(&driver).0.len(), 2);
}

/// An entry that is there under the version of another type's data cannot be read as this one.
fn a_result_that_cannot_be_read_is_removed_and_computed_again(place: &Place) {
    use larder_dataflow::kind;
    let driver = driver(place, nodes![raw]);
    driver.execute(["raw"]).input("number", 2_i64).wait().unwrap();
    let cache = driver.cache().unwrap();
    let record = cache.run(&cache.last_run_id().unwrap()).unwrap();
    let version = &record.data_versions["raw"];
    // What stands under the key of the result is written over, in the format of the store.
    let text: larder::Cache<larder::key::Key, String> = place.store.cache("caching results").unwrap();
    let mut keys = pollster::block_on(text.keys(larder::Order::Oldest)).unwrap();
    let key = pollster::block_on(keys.next_key()).unwrap().unwrap();
    assert!(pollster::block_on(text.set(&key, &"no number".to_owned())).unwrap().is_stored());
    let found = pollster::block_on(cache.results().get(version, kind!(i64))).unwrap();
    assert!(matches!(found, Found::Unreadable), "{found:?}");
    driver.execute(["raw"]).input("number", 2_i64).wait().unwrap();
    assert_eq!(last(&driver).0, ["raw"]);
    driver.execute(["raw"]).input("number", 2_i64).wait().unwrap();
    assert_eq!(last(&driver).1, ["raw"]);
}

on_every_disk! {
    changed_code_that_makes_the_same_runs_alone,
    a_changed_input_runs_what_depends_on_it_as_far_as_values_change,
    an_override_of_the_same_value_hits_downstream_and_is_not_stored,
    an_argument_equal_to_its_default_is_as_if_it_were_not_given,
    null_is_a_result_and_a_failure_is_none,
    a_result_that_many_keys_lead_to_is_stored_once,
    a_result_that_went_is_computed_again,
    a_result_that_cannot_be_read_is_removed_and_computed_again,
}

#[test]
fn a_second_cache_or_a_hook_beside_it_is_refused() {
    let place = memory();
    let cache = || CachingAdapter::builder().store(&place.store).build().unwrap();
    assert!(Driver::builder().with_cache(cache()).with_cache(cache()).build().is_err());
    let hook = std::sync::Arc::new(CacheHook::new(&place.store).unwrap());
    assert!(Driver::builder().with_cache(cache()).adapter(hook).build().is_err());
    let error = Driver::builder().build().unwrap().cache().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Adapter);
    assert!(error.to_string().contains("`Builder::with_cache`"), "{error}");
}

#[test]
fn a_store_that_fails_never_fails_the_run() {
    for call in [Call::Get, Call::Peek, Call::Put, Call::Remove] {
        let (place, faulty) = faulty();
        let driver = driver(&place, nodes![raw, before::cleaned]);
        faulty.always(call, Trouble::Fail(larder::ErrorKind::Unavailable));
        for _ in 0..2 {
            let results = driver.execute(["cleaned"]).input("number", -4_i64).wait().unwrap();
            assert_eq!(results.get::<i64>("cleaned").unwrap(), &4, "{call:?}");
        }
        faulty.heal();
        driver.execute(["cleaned"]).input("number", -4_i64).wait().unwrap();
        driver.execute(["cleaned"]).input("number", -4_i64).wait().unwrap();
        assert_eq!(last(&driver).0.len(), 0, "healed, it caches again: {call:?}");
    }
}
