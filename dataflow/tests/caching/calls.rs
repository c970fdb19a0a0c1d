//! Calls that differ never share a result (CNG-3), where names alone would not tell them apart.

use larder_dataflow::{Driver, Module, node, nodes};

use crate::core::{driver, last};
use crate::stores::{Place, on_every_disk};

#[node]
fn difference(from: i64, less: i64) -> i64 {
    from - less
}

fn parameters_that_take_each_others_nodes_are_another_call(place: &Place) {
    let run = |from: &'static str, less: &'static str| {
        let node = difference::node().bind_to("from", from).unwrap().bind_to("less", less).unwrap();
        let driver: Driver = driver(place, Module::from_iter([node]));
        let results =
            driver.execute(["difference"]).input("one", 5_i64).input("other", 3_i64).wait().unwrap();
        (*results.get::<i64>("difference").unwrap(), last(&driver).0.len())
    };
    assert_eq!(run("one", "other"), (2, 1));
    assert_eq!(run("other", "one"), (-2, 1));
    assert_eq!(run("one", "other"), (2, 0));
}

#[node(role = "saver")]
fn saved(number: i64) -> String {
    format!("saved {number}")
}

#[node]
fn noted(saved: &str) -> usize {
    saved.len()
}

fn a_saver_tells_of_each_call_what_it_told_of_that_call(place: &Place) {
    let driver = driver(place, nodes![saved, noted]);
    let run = |number: i64| {
        let results = driver.execute(["saved"]).input("number", number).wait().unwrap();
        (results.get::<String>("saved").unwrap().clone(), last(&driver).0.len())
    };
    assert_eq!(run(1), ("saved 1".to_owned(), 1));
    assert_eq!(run(2), ("saved 2".to_owned(), 1));
    assert_eq!(run(1), ("saved 1".to_owned(), 0));
    // What a saver tells is not versioned: it does not matter to what depends on it.
    driver.execute(["noted"]).input("number", 1_i64).wait().unwrap();
    driver.execute(["noted"]).input("number", 10_i64).wait().unwrap();
    assert_eq!(last(&driver), (vec!["saved".to_owned()], vec!["noted".to_owned()]));
}

on_every_disk! {
    parameters_that_take_each_others_nodes_are_another_call,
    a_saver_tells_of_each_call_what_it_told_of_that_call,
}
