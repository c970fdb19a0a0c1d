//! What is cached, and what runs (HOK-1 to 4, 9, 10, 16 to 20, 22).

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use larder_dataflow::code::CodeVersion;
use larder_dataflow::node::Body;
use larder_dataflow::{Arguments, CacheHook, Driver, Module, Node, NodeError, Value, kind, node, nodes};

use crate::stores::{Place, driver, on_every_disk};
use crate::told::{lines, ran, warnings};

#[node]
fn double(number: i64) -> i64 {
    2 * number
}

#[node]
fn text(double: i64) -> String {
    double.to_string()
}

#[node]
fn nothing(number: i64) {
    assert!(number > 0);
}

#[node]
fn perhaps(number: i64) -> Option<i64> {
    (number > 100).then_some(number)
}

#[node]
async fn later(number: i64) -> i64 {
    std::future::ready(number + 1).await
}

/// A node that counts how often it runs, and fails as long as `fails` is not 0.
fn counted(name: &'static str, runs: &Arc<AtomicUsize>, fails: &Arc<AtomicI64>) -> Node {
    let (runs, fails) = (Arc::clone(runs), Arc::clone(fails));
    let body = move |_: &Arguments| {
        runs.fetch_add(1, Ordering::Relaxed);
        if fails.load(Ordering::Relaxed) == 0 {
            Ok(Value::new(7_i64))
        } else {
            Err(NodeError::from("not yet"))
        }
    };
    Node::new(name, kind!(i64), CodeVersion::of_source(name), Body::Plain(Arc::new(body)))
}

fn a_result_that_is_there_is_not_computed(place: &Place) {
    let driver = driver(place, nodes![double, text]);
    let run = || driver.execute(["text"]).input("number", 21_i64).wait().unwrap();
    let (first, executed, hits) = ran(run);
    assert_eq!((executed, hits), (vec!["double".to_owned(), "text".to_owned()], vec![]));
    let (second, executed, hits) = ran(run);
    assert_eq!((executed, hits), (vec![], vec!["double".to_owned(), "text".to_owned()]));
    assert_eq!(first.get::<String>("text").unwrap(), second.get::<String>("text").unwrap());
    // Another driver, another hook, the same disk.
    let other = super::stores::driver(place, nodes![double]);
    let (_, executed, _) = ran(|| other.execute(["double"]).input("number", 21_i64).wait().unwrap());
    assert_eq!(executed, [""; 0]);
}

fn every_run_of_the_function_is_one_that_was_needed(place: &Place) {
    let (runs, fails) = (Arc::default(), Arc::default());
    let driver = driver(place, counted("seven", &runs, &fails).into());
    for _ in 0..3 {
        assert_eq!(driver.execute(["seven"]).wait().unwrap().get::<i64>("seven").unwrap(), &7);
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

fn null_results_are_results(place: &Place) {
    let driver = driver(place, nodes![nothing, perhaps]);
    let run = || driver.execute(["nothing", "perhaps"]).input("number", 1_i64).wait().unwrap();
    let (_, executed, _) = ran(run);
    assert_eq!(executed.len(), 2);
    let (results, executed, hits) = ran(run);
    assert_eq!((executed.len(), hits.len()), (0, 2));
    assert_eq!(results.get::<Option<i64>>("perhaps").unwrap(), &None);
}

fn a_failed_node_stores_nothing_and_runs_again(place: &Place) {
    let (runs, fails) = (Arc::default(), Arc::new(AtomicI64::new(1)));
    let driver = driver(place, counted("late", &runs, &fails).into());
    assert!(driver.execute(["late"]).wait().is_err());
    fails.store(0, Ordering::Relaxed);
    for _ in 0..2 {
        assert_eq!(driver.execute(["late"]).wait().unwrap().get::<i64>("late").unwrap(), &7);
    }
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

fn nodes_that_are_not_listed_run_as_if_there_were_no_hook(place: &Place) {
    let hook = Arc::new(CacheHook::new(&place.store).unwrap().nodes(["text"]));
    let driver = Driver::builder().nodes(nodes![double, text]).adapter(Arc::clone(&hook)).build().unwrap();
    let before = pollster::block_on(place.store.larder().balance()).unwrap().entries;
    for _ in 0..2 {
        let (_, executed, _) = ran(|| driver.execute(["double"]).input("number", 1_i64).wait().unwrap());
        assert_eq!(executed, [""; 0], "no line tells of it");
    }
    assert_eq!(
        pollster::block_on(place.store.larder().balance()).unwrap().entries,
        before,
        "nor is anything stored"
    );
    let (_, executed, _) = ran(|| driver.execute(["text"]).input("number", 1_i64).wait().unwrap());
    assert_eq!(executed, ["text"]);
}

fn a_listed_name_that_is_no_node_is_warned_of_once(place: &Place) {
    let hook = Arc::new(CacheHook::new(&place.store).unwrap().nodes(["text", "txet"]));
    let driver = Driver::builder().nodes(nodes![double, text]).adapter(hook).build().unwrap();
    let run = || driver.execute(["text"]).input("number", 1_i64).wait().unwrap();
    let (_, first) = warnings(run);
    assert_eq!(first.len(), 1);
    assert!(first[0].contains("txet"), "{first:?}");
    assert_eq!(warnings(run).1, [""; 0]);
}

fn inputs_and_overrides_are_not_stored_and_act_through_arguments(place: &Place) {
    let driver = driver(place, nodes![double, text]);
    let run = |value: i64| {
        let run = driver.execute(["text", "double"]).replace("double", value);
        run.wait().unwrap().get::<String>("text").unwrap().clone()
    };
    let (answer, executed, _) = ran(|| run(5));
    assert_eq!((answer.as_str(), executed), ("5", vec!["text".to_owned()]));
    let (_, executed, hits) = ran(|| run(5));
    assert_eq!((executed.len(), hits), (0, vec!["text".to_owned()]));
    // What the override would have been is computed all the same, and found by what depends on it.
    let plain = || driver.execute(["text"]).input("number", 21_i64).wait().unwrap();
    assert_eq!(ran(plain).1, ["double", "text"]);
    assert_eq!(ran(|| run(42)).1, [""; 0]);
}

fn async_nodes_are_cached_too(place: &Place) {
    let driver = driver(place, nodes![later]);
    let run = || driver.execute(["later"]).input("number", 1_i64).wait().unwrap();
    assert_eq!(ran(run).1, ["later"]);
    assert_eq!(ran(run).2, ["later"]);
}

fn one_hook_serves_several_drivers_at_once(place: &Place) {
    let hook = place.hook();
    let builder = Driver::builder().adapter(hook).at_once(NonZero::new(3).unwrap());
    let one = builder.clone().nodes(nodes![double, text, later]).build().unwrap();
    let other = builder.nodes(nodes![double, perhaps]).build().unwrap();
    std::thread::scope(|scope| {
        for number in 0..4_i64 {
            let (one, other) = (&one, &other);
            scope.spawn(move || {
                let results = one.execute(["text", "later"]).input("number", number).wait().unwrap();
                assert_eq!(results.get::<String>("text").unwrap(), &(2 * number).to_string());
                assert_eq!(results.get::<i64>("later").unwrap(), &(number + 1));
            });
            scope.spawn(move || {
                let results = other.execute(["double", "perhaps"]).input("number", number).wait().unwrap();
                assert_eq!(results.get::<i64>("double").unwrap(), &(2 * number));
            });
        }
    });
    let (_, executed, _) = ran(|| one.execute(["text"]).input("number", 3_i64).wait().unwrap());
    assert_eq!(executed, [""; 0]);
}

fn hooks_of_different_names_share_nothing(place: &Place) {
    let named = |name| {
        let hook = Arc::new(CacheHook::named(&place.store, name).unwrap());
        Driver::builder().nodes(nodes![double]).adapter(hook).build().unwrap()
    };
    for name in ["one", "other"] {
        let driver = named(name);
        assert_eq!(ran(|| driver.execute(["double"]).input("number", 1_i64).wait().unwrap()).1, ["double"]);
    }
}

on_every_disk! {
    a_result_that_is_there_is_not_computed,
    every_run_of_the_function_is_one_that_was_needed,
    null_results_are_results,
    a_failed_node_stores_nothing_and_runs_again,
    nodes_that_are_not_listed_run_as_if_there_were_no_hook,
    a_listed_name_that_is_no_node_is_warned_of_once,
    inputs_and_overrides_are_not_stored_and_act_through_arguments,
    async_nodes_are_cached_too,
    one_hook_serves_several_drivers_at_once,
    hooks_of_different_names_share_nothing,
}

/// A result that was evicted is computed again; the history never is.
#[test]
fn the_size_limit_holds_for_results() {
    #[node]
    fn large(number: i64) -> Vec<u8> {
        vec![u8::try_from(number).unwrap(); 30_000]
    }
    let store = pollster::block_on(larder::open("memory:?size_limit=128KiB&policy=lru")).unwrap();
    let hook = Arc::new(CacheHook::new(&store).unwrap());
    let driver = Driver::builder().nodes(nodes![large]).adapter(hook).build().unwrap();
    let run = |number: i64| driver.execute(["large"]).input("number", number).wait().unwrap();
    for number in 0..10 {
        run(number);
        assert!(pollster::block_on(store.larder().volume()).unwrap() <= 128 << 10);
    }
    assert_eq!(ran(|| run(9)).1, [""; 0]);
    let (results, executed, _) = ran(|| run(0));
    assert_eq!(executed, ["large"]);
    assert_eq!(results.get::<Vec<u8>>("large").unwrap()[0], 0);
    let forgotten =
        larder_dataflow::hook::evict_all_except_driver(&driver).unwrap().dry_run().wait().unwrap();
    assert_eq!(forgotten.eviction_counter, 0, "the one version that there is is current");
}

#[test]
fn a_place_that_cannot_be_used_is_an_error_when_the_hook_is_made() {
    let error = CacheHook::open_wait("file:///proc/nowhere?size_limit=1MiB").unwrap_err();
    assert_eq!(error.kind(), larder_dataflow::ErrorKind::Cache);
    assert!(CacheHook::open_wait("memory:?size_limt=1MiB").is_err());
}

#[test]
fn at_the_level_info_only_the_size_is_told_and_arguments_are_not_written_out() {
    static SHOWN: AtomicUsize = AtomicUsize::new(0);
    #[derive(Clone, larder::CacheKey)]
    struct Shy(i64);
    impl std::fmt::Debug for Shy {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            SHOWN.fetch_add(1, Ordering::Relaxed);
            write!(f, "Shy({})", self.0)
        }
    }
    #[node]
    fn open(shy: &Shy) -> i64 {
        shy.0
    }
    let driver = driver(&crate::stores::memory(), Module::from(open::node()));
    let run = || driver.execute(["open"]).input("shy", Shy(3)).wait().unwrap();
    assert_eq!(lines(tracing::Level::INFO, run).1, ["Cache size: 0.00 MB"]);
    assert_eq!(SHOWN.load(Ordering::Relaxed), 0);
    let told = lines(tracing::Level::DEBUG, run).1;
    assert_eq!(told, ["open {'shy': Shy(3)}: from cache", "Cache size: 0.00 MB"]);
}
