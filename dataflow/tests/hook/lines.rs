//! The lines of the log, to the letter (LOG-1 to 8).

#![expect(non_snake_case, reason = "the example of the log is about nodes called A, B and C")]

use larder_dataflow::hook::evict_all_except_driver;
use larder_dataflow::{node, nodes};
use tracing::Level;

use crate::stores::{Place, driver, on_every_disk};
use crate::told::{lines, told};

#[node]
fn A(external: i64) -> i64 {
    external % 6
}

#[node]
fn B(A: i64) -> f64 {
    if A == 4 { 1.0 } else { 0.0 }
}

#[node]
fn C(A: i64, B: f64) -> f64 {
    4.0_f64.mul_add(if A == 4 { 4.0 } else { 0.0 }, B)
}

fn the_example_of_the_hook_is_logged_to_the_letter(place: &Place) {
    let driver = driver(place, nodes![A, B, C]);
    let (results, told) = lines(Level::DEBUG, || {
        let run = || driver.execute(["C"]).input("external", 10_i64).wait().unwrap();
        [run(), run()]
    });
    let expected = "\
A {'external': 10}: executed
B {'A': 4}: executed
C {'A': 4, 'B': 1.0}: executed
Cache size: 0.00 MB
A {'external': 10}: from cache
B {'A': 4}: from cache
C {'A': 4, 'B': 1.0}: from cache
Cache size: 0.00 MB";
    assert_eq!(told.join("\n"), expected);
    for results in results {
        assert_eq!(results.get::<f64>("C").unwrap().to_bits(), 17.0_f64.to_bits());
    }
}

#[node]
fn alone() -> i64 {
    1
}

#[node]
fn wordy(text: &str, #[secret] token: &str, #[default(1)] idle: i64) -> i64 {
    i64::try_from(text.len() + token.len()).unwrap() + idle
}

fn arguments_are_cut_and_secrets_are_not_shown(place: &Place) {
    let driver = driver(place, nodes![alone, wordy]);
    let run = || {
        let run = driver.execute(["alone", "wordy"]).input("text", "x".repeat(300)).input("token", "geheim");
        run.wait().unwrap()
    };
    let (_, told) = lines(Level::DEBUG, run);
    assert_eq!(told[0], "alone {}: executed");
    assert_eq!(told[1], format!("wordy {{'text': \"{}...: executed", "x".repeat(200 - "{'text': \"".len())));
    let short = || driver.execute(["wordy"]).input("text", "x").input("token", "geheim").wait().unwrap();
    let (_, told) = lines(Level::DEBUG, short);
    assert_eq!(told[0], "wordy {'text': \"x\", 'token': ***}: executed");
}

fn the_size_is_told_also_when_the_run_failed(place: &Place) {
    #[node]
    fn fails() -> Result<i64, std::fmt::Error> {
        Err(std::fmt::Error)
    }
    let driver = driver(place, nodes![fails]);
    let (_, told) = lines(Level::DEBUG, || driver.execute(["fails"]).wait().unwrap_err());
    assert_eq!(told, ["fails {}: executed", "Cache size: 0.00 MB"]);
}

fn forgetting_tells_three_lines_in_order(place: &Place) {
    let old = driver(place, nodes![A, B, C]);
    old.execute(["C"]).input("external", 10_i64).wait().unwrap();
    let new = driver(place, nodes![A]);
    let (_, told) = told("larder::dataflow::hook", Level::DEBUG, || {
        evict_all_except_driver(&new).unwrap().wait().unwrap()
    });
    let expected = [
        (Level::INFO, "Evicted: 0.00 MB".to_owned()),
        (Level::DEBUG, "Evicted 2 entries".to_owned()),
        (Level::DEBUG, "Cache size after: 0.00 MB".to_owned()),
    ];
    assert_eq!(told, expected);
}

on_every_disk! {
    the_example_of_the_hook_is_logged_to_the_letter,
    arguments_are_cut_and_secrets_are_not_shown,
    the_size_is_told_also_when_the_run_failed,
    forgetting_tells_three_lines_in_order,
}
