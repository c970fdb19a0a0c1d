//! Three nodes and a cache: the second run takes everything from it, and says so.
//!
//! Example: `cargo run -p larder-dataflow --example seed`

#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(clippy::cast_precision_loss, reason = "numbers are small")]
#![expect(
    non_snake_case,
    reason = "nodes are called what they are called in the flow that this is a copy of"
)]

use std::sync::Arc;

use larder_dataflow::{CacheHook, Driver, node, nodes};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[node]
fn A(external: i64) -> i64 {
    external % 6
}

#[node]
fn B(A: i64) -> f64 {
    A as f64 / 4.0
}

#[node]
fn C(A: i64, B: f64) -> f64 {
    A as f64 * 4.0 + B
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The lines of the hook, and of nothing else.
    let lines = tracing_subscriber::fmt::layer().without_time().with_target(false).with_ansi(false);
    let of_the_hook = Targets::new().with_target("larder::dataflow::hook", tracing::Level::DEBUG);
    tracing_subscriber::registry().with(lines).with(of_the_hook).init();

    let directory = tempfile::tempdir()?;
    let hook = CacheHook::open_wait(format!("file://{}?size_limit=64MiB", directory.path().display()))?;
    let driver = Driver::builder().nodes(nodes![A, B, C]).adapter(Arc::new(hook)).build()?;
    for _ in 0..2 {
        let results = driver.execute(["C"]).input("external", 10_i64).wait()?;
        println!("C = {:?}", results.get::<f64>("C")?);
    }
    Ok(())
}
