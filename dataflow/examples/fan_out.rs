//! One driver over many inputs: what was done before is not done again, and new inputs cost themselves alone.
//!
//! Example: `cargo run --release -p larder-dataflow --example fan_out`

#![expect(clippy::print_stdout, reason = "an example prints")]

use larder_dataflow::caching::CachingAdapter;
use larder_dataflow::view::State;
use larder_dataflow::{Driver, Result, node, nodes};

/// How many steps the number takes to 1 by halving the even and taking 3n+1 of the odd.
#[node]
fn steps(number: u64) -> u64 {
    let mut steps = 0;
    let mut at = number;
    while at != 1 {
        at = if at.is_multiple_of(2) { at / 2 } else { 3 * at + 1 };
        steps += 1;
    }
    steps
}

/// Many numbers take equally many steps: those share this result.
#[node]
fn class(steps: u64) -> String {
    format!("{}", steps / 10 * 10)
}

/// Runs the driver for each number, and adds up what became of the nodes.
fn run_all(driver: &Driver, numbers: std::ops::RangeInclusive<u64>) -> Result<()> {
    let (mut executed, mut from_cache) = (0, 0);
    for number in numbers.clone() {
        let results = driver.execute(["class"]).input("number", number).wait()?;
        let run = driver.cache()?.run(results.run_id())?;
        for state in run.states.values() {
            match state {
                State::Executed => executed += 1,
                State::FromCache => from_cache += 1,
                _ => {}
            }
        }
    }
    println!("{:>4} inputs: {executed:>4} nodes executed, {from_cache:>4} from the cache", numbers.count());
    Ok(())
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let place = format!("file://{}?size_limit=64MiB", directory.path().display());
    let cache = CachingAdapter::builder().place(place).build()?;
    let driver = Driver::builder().nodes(nodes![steps, class]).with_cache(cache).build()?;
    run_all(&driver, 1..=500)?;
    println!("again");
    run_all(&driver, 1..=500)?;
    println!("with 20 more");
    run_all(&driver, 1..=520)?;
    Ok(())
}
