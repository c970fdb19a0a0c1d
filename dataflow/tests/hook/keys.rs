//! What is in the key of a call (HOK-5 to 8, 23; SRC-3, 4).

use std::collections::HashMap;

use larder::CacheKey;
use larder_dataflow::{Module, Node, node, nodes};

use crate::stores::{Place, driver, on_every_disk};
use crate::told::ran;

#[node]
fn optional(#[default(0)] left: i64, #[default(0)] right: i64) -> i64 {
    10 * left + right
}

fn two_optional_arguments_are_never_taken_for_each_other(place: &Place) {
    let driver = driver(place, nodes![optional]);
    let left = driver.execute(["optional"]).input("left", 5_i64).wait().unwrap();
    let right = driver.execute(["optional"]).input("right", 5_i64).wait().unwrap();
    assert_eq!(left.get::<i64>("optional").unwrap(), &50);
    assert_eq!(right.get::<i64>("optional").unwrap(), &5);
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
fn report(cleaned: i64) -> String {
    format!("{cleaned}!")
}

fn changed_code_that_makes_the_same_leaves_what_is_downstream(place: &Place) {
    let old = driver(place, nodes![raw, before::cleaned, report]);
    let new = driver(place, nodes![raw, after::cleaned, report]);
    old.execute(["report"]).input("number", -3_i64).wait().unwrap();
    let (results, executed, hits) = ran(|| new.execute(["report"]).input("number", -3_i64).wait().unwrap());
    assert_eq!(executed, ["cleaned"]);
    assert_eq!(hits, ["raw", "report"]);
    assert_eq!(results.get::<String>("report").unwrap(), "3!");
}

#[node]
fn price(euros: i64, rate: i64) -> i64 {
    euros * rate
}

struct Parts {
    whole: i64,
    rest: i64,
}

#[node(extract(whole: i64, rest: i64))]
fn divided(number: i64) -> Parts {
    Parts { whole: number / 10, rest: number % 10 }
}

fn nodes_of_one_function_never_share_an_entry(place: &Place) {
    let dollars = price::node().named("dollars").bind("rate", 2_i64).unwrap();
    let yen = price::node().named("yen").bind("rate", 160_i64).unwrap();
    let driver = driver(place, Module::new().and(dollars).and(yen).and_of::<divided>());
    for _ in 0..2 {
        let run =
            driver.execute(["dollars", "yen", "whole", "rest"]).input("euros", 3_i64).input("number", 42_i64);
        let results = run.wait().unwrap();
        let values: Vec<i64> = results.iter().map(|(_, value)| *value.get::<i64>().unwrap()).collect();
        assert_eq!(values, [6, 480, 4, 2]);
    }
}

fn nor_do_those_that_differ_in_name_alone(place: &Place) {
    let driver = driver(place, Module::new().and(raw::node().named("one")).and(raw::node().named("other")));
    for name in ["one", "other"] {
        let (_, executed, _) = ran(|| driver.execute([name]).input("number", 1_i64).wait().unwrap());
        assert_eq!(executed, [name]);
    }
}

/// The same function under the same bound value is found again, by whatever driver.
fn another_bound_value_is_another_version(place: &Place) {
    let of = |rate: i64| driver(place, price::node().bind("rate", rate).unwrap().into());
    let run = |rate| {
        let driver = of(rate);
        let (results, executed, _) = ran(|| driver.execute(["price"]).input("euros", 1_i64).wait().unwrap());
        (*results.get::<i64>("price").unwrap(), executed.len())
    };
    assert_eq!(run(2), (2, 1));
    assert_eq!(run(3), (3, 1));
    assert_eq!(run(2), (2, 0));
    let version = |plain: f64| kind_of::node().bind("plain", plain).unwrap().version();
    assert_ne!(version(0.0), version(-0.0));
}

#[derive(Clone, Debug, CacheKey)]
enum Any {
    Integer(i64),
    Float(f64),
    Truth(bool),
    Text(String),
    Pair((i64, i64)),
    List(Vec<i64>),
    Map(HashMap<String, i64>),
    Missing(Option<i64>),
}

#[node]
fn kind_of(any: &Any, plain: f64) -> String {
    format!("{any:?} {plain}")
}

fn arguments_that_differ_in_kind_differ_and_equal_ones_are_found(place: &Place) {
    let driver = driver(place, nodes![kind_of]);
    let run = |any: Any, plain: f64| {
        ran(|| driver.execute(["kind_of"]).input("any", any).input("plain", plain).wait().unwrap()).1.len()
    };
    let map = |order: [&str; 3]| {
        Any::Map(order.iter().map(|name| ((*name).to_owned(), i64::try_from(name.len()).unwrap())).collect())
    };
    let different = [
        Any::Integer(1),
        Any::Float(1.0),
        Any::Truth(true),
        Any::Text("1".into()),
        Any::Pair((1, 2)),
        Any::List(vec![1, 2]),
        map(["a", "bb", "ccc"]),
        Any::Missing(None),
        Any::Missing(Some(1)),
        Any::Float(f64::NAN),
        Any::Float(0.0),
        Any::Float(-0.0),
    ];
    for any in different.clone() {
        assert_eq!(run(any.clone(), 1.0), 1, "{any:?} is new");
    }
    for any in different {
        assert_eq!(run(any.clone(), 1.0), 0, "{any:?} is known");
    }
    assert_eq!(run(map(["ccc", "a", "bb"]), 1.0), 0, "the order of a map does not matter");
    assert_eq!(run(Any::Integer(1), f64::NAN), 1);
    assert_eq!(run(Any::Integer(1), f64::NAN), 0, "NaN is itself");
}

mod small {
    const FACTOR: i64 = 10;
    #[larder_dataflow::node]
    pub(crate) fn scaled(number: i64) -> i64 {
        number * FACTOR
    }
}

mod large {
    const FACTOR: i64 = 1000;
    #[larder_dataflow::node]
    pub(crate) fn scaled(number: i64) -> i64 {
        number * FACTOR
    }
}

/// Two nodes of one name and source in two blocks.
fn enclosed() -> [Node; 2] {
    let ten = {
        const FACTOR: i64 = 10;
        #[node]
        fn scaled(number: i64) -> i64 {
            number * FACTOR
        }
        scaled::node()
    };
    let thousand = {
        const FACTOR: i64 = 1000;
        #[node]
        fn scaled(number: i64) -> i64 {
            number * FACTOR
        }
        scaled::node()
    };
    [ten, thousand]
}

fn nodes_of_one_name_and_source_share_nothing(place: &Place) {
    let run = |node: Node| {
        let results = driver(place, node.into()).execute(["scaled"]).input("number", 1_i64).wait().unwrap();
        *results.get::<i64>("scaled").unwrap()
    };
    assert_eq!([small::scaled::node(), large::scaled::node()].map(run), [10, 1000]);
    assert_eq!(enclosed().map(run), [10, 1000]);
}

on_every_disk! {
    nodes_of_one_name_and_source_share_nothing,
    two_optional_arguments_are_never_taken_for_each_other,
    changed_code_that_makes_the_same_leaves_what_is_downstream,
    nodes_of_one_function_never_share_an_entry,
    nor_do_those_that_differ_in_name_alone,
    another_bound_value_is_another_version,
    arguments_that_differ_in_kind_differ_and_equal_ones_are_found,
}
