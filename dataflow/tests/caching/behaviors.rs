//! The four behaviours (BEH-1 to 16).

use larder_dataflow::caching::{Behavior, CachingAdapter, Nodes};
use larder_dataflow::{Driver, ErrorKind, node, nodes};

use crate::core::{driver_with, keys, last};
use crate::stores::{Place, memory, on_every_disk};

#[node]
fn a(number: i64) -> i64 {
    number + 1
}

#[node]
fn b(a: i64) -> i64 {
    a / 10
}

#[node]
fn c(b: i64) -> i64 {
    b + 1
}

fn sorted(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Runs for `last` with these behaviours, and says what was executed, what came from the cache, and how many keys there are.
fn run(place: &Place, name: &str, said: &[(Behavior, &str)]) -> (Vec<String>, Vec<String>, usize) {
    let driver = driver_with(place, nodes![a, b, c], |builder| {
        said.iter().fold(builder, |builder, (behavior, node)| builder.behavior(*behavior, [*node]))
    });
    driver.execute([name]).input("number", 1_i64).wait().unwrap();
    let (executed, cached) = last(&driver);
    (executed, cached, keys(&driver))
}

fn recomputed_nodes_run_and_what_depends_on_them_hits(place: &Place) {
    assert_eq!(run(place, "b", &[]), (sorted(&["a", "b"]), vec![], 2));
    assert_eq!(run(place, "b", &[]), (vec![], sorted(&["a", "b"]), 2));
    assert_eq!(run(place, "b", &[(Behavior::Recompute, "a")]), (sorted(&["a"]), sorted(&["b"]), 2));
}

fn disabled_nodes_leave_what_depends_on_them_without_a_hit(place: &Place) {
    let disable = [(Behavior::Disable, "a")];
    assert_eq!(run(place, "c", &disable), (sorted(&["a", "b", "c"]), vec![], 2));
    assert_eq!(run(place, "c", &disable), (sorted(&["a", "b"]), sorted(&["c"]), 3));
    assert_eq!(run(place, "c", &disable), (sorted(&["a", "b"]), sorted(&["c"]), 4));
}

fn ignored_nodes_run_and_do_not_matter_to_what_depends_on_them(place: &Place) {
    let ignore = [(Behavior::Ignore, "a")];
    assert_eq!(run(place, "b", &ignore), (sorted(&["a", "b"]), vec![], 1));
    assert_eq!(run(place, "b", &ignore), (sorted(&["a"]), sorted(&["b"]), 1));
}

on_every_disk! {
    recomputed_nodes_run_and_what_depends_on_them_hits,
    disabled_nodes_leave_what_depends_on_them_without_a_hit,
    ignored_nodes_run_and_do_not_matter_to_what_depends_on_them,
}

#[node(cache = "ignore", role = "loader")]
fn loaded() -> i64 {
    1
}

#[node(role = "loader")]
fn plain_loader() -> i64 {
    1
}

#[node(role = "saver")]
fn saved(loaded: i64) -> i64 {
    loaded
}

#[test]
fn the_builder_wins_over_the_node_and_that_over_what_it_is_and_that_over_the_rest() {
    let place = memory();
    let driver = driver_with(&place, nodes![loaded, plain_loader, saved, a, b], |builder| {
        builder
            .default_behavior(Behavior::Disable)
            .loader_behavior(Behavior::Recompute)
            .behavior(Behavior::Default, ["a"])
    });
    let finals = ["loaded", "plain_loader", "saved", "b"];
    driver.execute(finals).input("number", 1_i64).wait().unwrap();
    let cache = driver.cache().unwrap();
    let behaviors = cache.run(&cache.last_run_id().unwrap()).unwrap().behaviors;
    assert_eq!(behaviors["loaded"], Behavior::Ignore);
    assert_eq!(behaviors["plain_loader"], Behavior::Recompute);
    assert_eq!(behaviors["saved"], Behavior::Disable);
    assert_eq!(behaviors["a"], Behavior::Default);
    assert_eq!(behaviors["b"], Behavior::Disable);
    // Only what is listed is cached: opting in.
    driver.execute(finals).input("number", 1_i64).wait().unwrap();
    assert_eq!(last(&driver).1, ["a"]);
}

#[test]
fn the_version_of_what_a_saver_tells_is_fixed() {
    let driver = driver_with(&memory(), nodes![loaded, saved], |builder| builder);
    driver.execute(["saved"]).wait().unwrap();
    let cache = driver.cache().unwrap();
    let versions = cache.run(&cache.last_run_id().unwrap()).unwrap().data_versions;
    assert_eq!(versions["saved"].as_str(), "saved__metadata");
}

#[test]
fn what_contradicts_itself_or_is_unknown_is_refused_when_the_driver_is_built() {
    let refused = |said: &[(Behavior, Nodes)]| {
        let builder = CachingAdapter::builder().store(&memory().store);
        let builder = said
            .iter()
            .fold(builder, |builder, (behavior, nodes)| builder.behavior(*behavior, nodes.clone()));
        let error =
            Driver::builder().nodes(nodes![a, b]).with_cache(builder.build().unwrap()).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Graph);
        error.to_string()
    };
    let twice = refused(&[(Behavior::Ignore, ["a"].into()), (Behavior::Disable, ["a", "b"].into())]);
    assert!(twice.contains("Multiple caching behaviors specified by Driver for node: a"), "{twice}");
    let all = refused(&[(Behavior::Ignore, Nodes::All), (Behavior::Disable, Nodes::All)]);
    assert!(all.contains("all nodes cannot have several caching behaviors"), "{all}");
    let unknown = refused(&[(Behavior::Ignore, ["bb"].into())]);
    assert!(unknown.contains("there is no node `bb`: did you mean `b`?"), "{unknown}");
    let name = "recmopute".parse::<Behavior>().unwrap_err().to_string();
    assert!(name.contains("did you mean `recompute`?"), "{name}");
}
