//! What the macros write passes the lints of a strict crate, however the function is written.

#![deny(
    warnings,
    unused,
    future_incompatible,
    nonstandard_style,
    rust_2018_idioms,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    let_underscore_drop,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used
)]

use larder_dataflow::{Driver, module, node};

#[rustfmt::skip]
#[node]
fn on_one_line(number: i64) -> i64 { number + 1 }

#[rustfmt::skip]
#[node]
async fn awaited(number: i64) -> i64 { std::future::ready(number).await }

#[rustfmt::skip]
#[node]
fn fallible(number: i64) -> Result<u8, std::num::TryFromIntError> { u8::try_from(number) }

#[node(name = "of_text", tags(owner = "ann"), cache = "recompute", version = 2)]
fn named(#[takes("text")] words: &str, #[default(2)] factor: i64, _unused: &[i64]) -> String {
    words.repeat(usize::try_from(factor).unwrap_or_default())
}

/// Two numbers.
#[derive(Debug, Clone)]
pub struct Both {
    /// The first.
    pub first: i64,
    /// The second.
    pub second: i64,
}

#[node(extract(first: i64, second: i64), role = "loader")]
fn both(number: i64) -> Both {
    Both { first: number, second: -number }
}

/// Nodes.
#[module]
pub mod nodes {
    /// Is documented.
    #[must_use]
    pub fn documented(number: i64) -> i64 {
        number
    }

    #[rustfmt::skip]
    /// Is short.
    #[must_use]
    pub fn short(number: i64) -> i64 { number }
}

#[test]
fn the_macros_write_what_a_strict_crate_accepts() {
    let given = larder_dataflow::nodes![on_one_line, awaited, fallible, named, both];
    let driver = Driver::builder().nodes(given).nodes(nodes::module()).build().expect("the nodes fit");
    let results = driver.execute(["on_one_line", "first", "short"]).input("number", 1_i64).wait();
    let results = results.expect("the nodes run");
    assert_eq!(results.get::<i64>("on_one_line").expect("it ran"), &2);
}
