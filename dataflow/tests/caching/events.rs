//! Events, logs and runs (EVT-1 to 13).

use larder_dataflow::caching::{Actor, Behavior, CachingAdapter, EventKind};
use larder_dataflow::{Driver, ErrorKind, node, nodes};
use tracing::Level;

use crate::core::{driver, driver_with};
use crate::stores::{Place, memory, on_every_disk};
use crate::told::told;

#[node]
fn first(external: i64) -> i64 {
    external % 6
}

#[node]
fn second(first: i64, external: i64) -> i64 {
    first + external
}

const TARGET: &str = "larder::dataflow::cache";

fn lines(level: Level, driver: &Driver) -> Vec<String> {
    let run = || driver.execute(["second"]).input("external", 10_i64).wait().unwrap();
    told(TARGET, level, run).1.into_iter().map(|(_, line)| line).collect()
}

fn at_the_level_info_only_what_ran_and_what_was_found_is_told(place: &Place) {
    let driver = driver(place, nodes![first, second]);
    assert_eq!(
        lines(Level::INFO, &driver),
        ["first::adapter::execute_node", "second::adapter::execute_node"]
    );
    let found = ["first::result_store::get_result::hit", "second::result_store::get_result::hit"];
    assert_eq!(lines(Level::INFO, &driver), found);
}

fn at_the_level_debug_every_step_is_told_in_order(place: &Place) {
    let driver = driver(place, nodes![first, second]);
    let start = "\
first::adapter::resolve_behavior
second::adapter::resolve_behavior
second::adapter::is_final_var
external::adapter::is_input
external::adapter::set_data_version
";
    let missed = "\
external::adapter::get_data_version::hit
first::adapter::set_cache_key
first::adapter::get_cache_key::hit
first::adapter::get_data_version::miss
first::metadata_store::get_data_version::miss
first
first::adapter::execute_node
first::adapter::set_data_version
first::metadata_store::set_data_version
first::adapter::get_cache_key::hit
first::adapter::get_data_version::hit
first::result_store::set_result
first::adapter::get_data_version::hit
external::adapter::get_data_version::hit
second::adapter::set_cache_key
second::adapter::get_cache_key::hit
second::adapter::get_data_version::miss
second::metadata_store::get_data_version::miss
second
second::adapter::execute_node
second::adapter::set_data_version
second::metadata_store::set_data_version
second::adapter::get_cache_key::hit
second::adapter::get_data_version::hit
second::result_store::set_result";
    assert_eq!(lines(Level::DEBUG, &driver).join("\n"), format!("{start}{missed}"));
    let hit = "\
external::adapter::get_data_version::hit
first::adapter::set_cache_key
first::adapter::get_cache_key::hit
first::adapter::get_data_version::miss
first::metadata_store::get_data_version::hit
first::result_store::get_result::hit
first::adapter::set_data_version
first::adapter::get_cache_key::hit
first::adapter::get_data_version::hit
first::adapter::get_data_version::hit
external::adapter::get_data_version::hit
second::adapter::set_cache_key
second::adapter::get_cache_key::hit
second::adapter::get_data_version::miss
second::metadata_store::get_data_version::hit
second::result_store::get_result::hit
second::adapter::set_data_version
second::adapter::get_cache_key::hit
second::adapter::get_data_version::hit";
    assert_eq!(lines(Level::DEBUG, &driver).join("\n"), format!("{start}{hit}"));
}

/// The example of the hook's log lines, by their names there.
#[allow(non_snake_case, reason = "the names of the example")]
mod example {
    use larder_dataflow::node;

    #[node]
    pub(super) fn A(external: i64) -> i64 {
        external % 6
    }
    #[node]
    pub(super) fn B(A: i64) -> f64 {
        if A == 4 { 1.0 } else { 0.0 }
    }
    #[node]
    pub(super) fn C(A: i64, B: f64) -> String {
        format!("{:.1}", f64::from(i32::try_from(A).unwrap()) * 4.0 + B)
    }
}

fn the_example_is_executed_and_then_found(place: &Place) {
    use example::{A, B, C};
    let driver = driver(place, nodes![A, B, C]);
    for line in ["adapter::execute_node", "result_store::get_result::hit"] {
        let run = || driver.execute(["C"]).input("external", 10_i64).wait().unwrap();
        let (results, told) = told(TARGET, Level::INFO, run);
        assert_eq!(results.get::<String>("C").unwrap(), "17.0");
        let told: Vec<String> = told.into_iter().map(|(_, line)| line).collect();
        assert_eq!(told, ["A", "B", "C"].map(|name| format!("{name}::{line}")));
    }
}

fn one_node_that_depends_on_nothing_is_told_step_by_step(place: &Place) {
    #[node]
    fn alone() -> i64 {
        1
    }
    let driver = driver(place, nodes![alone]);
    let start = "resolve_behavior is_final_var";
    let missed = "\
set_cache_key get_cache_key::hit get_data_version::miss metadata_store::get_data_version::miss alone
execute_node set_data_version metadata_store::set_data_version get_cache_key::hit get_data_version::hit
result_store::set_result";
    let hit = "\
set_cache_key get_cache_key::hit get_data_version::miss metadata_store::get_data_version::hit
result_store::get_result::hit set_data_version get_cache_key::hit get_data_version::hit";
    for steps in [missed, hit] {
        let run = || driver.execute(["alone"]).wait().unwrap();
        let told: Vec<String> = told(TARGET, Level::DEBUG, run).1.into_iter().map(|(_, line)| line).collect();
        let line = |step: &str| match step {
            "alone" => step.to_owned(),
            _ if step.contains("_store") => format!("alone::{step}"),
            _ => format!("alone::adapter::{step}"),
        };
        let expected: Vec<String> = format!("{start} {steps}").split_whitespace().map(line).collect();
        assert_eq!(told, expected);
    }
}

on_every_disk! {
    the_example_is_executed_and_then_found,
    one_node_that_depends_on_nothing_is_told_step_by_step,
    at_the_level_info_only_what_ran_and_what_was_found_is_told,
    at_the_level_debug_every_step_is_told_in_order,
}

#[test]
fn a_run_tells_what_was_given_and_what_was_not() {
    #[node]
    fn scaled(second: i64, #[default(2)] factor: i64) -> i64 {
        second * factor
    }
    let driver = driver(&memory(), nodes![first, second, scaled]);
    driver.execute(["scaled"]).replace("second", 1_i64).wait().unwrap();
    let cache = driver.cache().unwrap();
    let record = cache.run(&cache.last_run_id().unwrap()).unwrap();
    let of = |kind| {
        record
            .events
            .iter()
            .filter(|event| event.kind == kind)
            .map(|event| event.node.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(EventKind::IsOverride), ["second"]);
    assert_eq!(of(EventKind::IsDefaultParameterValue), ["factor"]);
    assert_eq!(of(EventKind::ResolveBehavior), ["first", "scaled", "second"]);
    assert_eq!(record.overrides, ["second"]);
    let event = &record.events[0];
    assert_eq!((&event.run, event.actor, &event.task), (&record.run, Actor::Adapter, &None));
    assert_eq!(event.value.as_deref(), Some("default"));
    let info = record.logs(Level::INFO);
    assert_eq!(info.keys().collect::<Vec<_>>(), ["scaled"]);
    assert_eq!(info["scaled"].len(), 1);
    driver.execute(["first"]).input("external", 1_i64).wait().unwrap();
    let by_run = cache.logs(Level::INFO);
    assert_eq!(by_run.iter().map(|(run, _)| run.clone()).collect::<Vec<_>>(), cache.run_ids());
    assert_eq!(by_run[0].1, info["scaled"]);
    assert_eq!(by_run[1].1[0].to_string(), "first::adapter::execute_node");
    assert_eq!(cache.logs(Level::DEBUG)[0].1, record.events);
    assert!(cache.logs(Level::ERROR).iter().all(|(_, events)| events.is_empty()));
    assert!(record.logs(Level::DEBUG)["scaled"].len() > 5);
}

#[test]
fn runs_are_told_in_order_and_only_so_many_are_remembered() {
    let driver = driver_with(&memory(), nodes![first, second], |builder| builder.keep_runs(2));
    let cache = driver.cache().unwrap();
    assert_eq!(cache.last_run_id().unwrap_err().kind(), ErrorKind::Value);
    let run = || driver.execute(["second"]).input("external", 10_i64).wait().unwrap().run_id().clone();
    let runs = [run(), run(), run()];
    assert_eq!(cache.run_ids(), runs[1..]);
    assert_eq!(cache.last_run_id().unwrap(), runs[2]);
    assert!(cache.run(&runs[0]).unwrap_err().to_string().contains("`keep_runs`"));
    assert_eq!(
        pollster::block_on(cache.metadata().runs()).unwrap(),
        runs,
        "what the store keeps is not touched"
    );
    // A run whose inputs are refused never began.
    driver.execute(["second"]).wait().unwrap_err();
    assert_eq!(cache.last_run_id().unwrap(), runs[2]);
}

#[test]
fn events_are_appended_to_a_file_as_they_happen() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("logs/events.jsonl");
    let place = memory();
    let of =
        |path: &std::path::Path| driver_with(&place, nodes![first, second], |builder| builder.log_file(path));
    for _ in 0..2 {
        of(&path).execute(["second"]).input("external", 10_i64).wait().unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.iter().filter(|event| event["event_type"] == "execute_node").count(), 2);
    assert_eq!(events.iter().filter(|event| event["event_type"] == "get_result").count(), 2);
    let keys: Vec<&String> = events[0].as_object().unwrap().keys().collect();
    let expected = ["run_id", "actor", "event_type", "node_name", "task_id", "msg", "value", "timestamp"];
    assert_eq!(keys.len(), expected.len());
    assert!(expected.iter().all(|name| events[0].get(name).is_some()), "{keys:?}");
    assert!(events[0]["timestamp"].as_str().unwrap().ends_with('Z'));
    let unwritable =
        CachingAdapter::builder().store(&place.store).log_file("/proc/nowhere/log").build().unwrap_err();
    assert!(unwritable.to_string().contains("/proc/nowhere/log"), "{unwritable}");
}

#[test]
fn a_run_can_be_seen_with_its_hits() {
    let place = memory();
    let driver = driver_with(&place, nodes![first, second], |builder| {
        builder.behavior(Behavior::Recompute, ["first"])
    });
    let run = || driver.execute(["second"]).input("external", 10_i64).wait().unwrap().run_id().clone();
    let (one, _) = (run(), run());
    let cache = driver.cache().unwrap();
    let states = |view: larder_dataflow::View| {
        view.shapes().iter().map(|shape| (shape.name.clone(), shape.state.to_string())).collect::<Vec<_>>()
    };
    let of = |state: [&str; 3]| {
        ["external", "first", "second"]
            .iter()
            .zip(state)
            .map(|(name, state)| ((*name).to_owned(), state.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(states(cache.view_run(Some(&one)).unwrap()), of(["not run", "executed", "executed"]));
    assert_eq!(states(cache.view_run(None).unwrap()), of(["not run", "executed", "from cache"]));
}
