//! What the hook costs: the time of a hit of a node with a small value, on local files.
//!
//! Example: cargo run --release -p larder-dataflow --example overhead

use std::sync::Arc;
use std::time::Instant;

use larder_dataflow::{CacheHook, Driver, Module, node};

/// Nodes in a chain, each of which takes the value of the one before.
const NODES: usize = 200;
const ROUNDS: usize = 101;

#[node]
fn link(before: i64) -> i64 {
    before + 1
}

#[expect(clippy::print_stdout, reason = "an example prints")]
#[expect(clippy::cast_precision_loss, reason = "times are for people")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let hook = CacheHook::open_wait(format!("file://{}?size_limit=64MiB", directory.path().display()))?;
    let links = (0..NODES).map(|at| {
        let link = link::node().named(format!("link{at}"));
        if at == 0 { Ok(link) } else { link.bind_to("before", format!("link{}", at - 1)) }
    });
    let module = links.collect::<Result<Module, _>>()?;
    let plain = Driver::builder().nodes(module).configure("before", 0_i64);
    let (cached, plain) = (plain.clone().adapter(Arc::new(hook)).build()?, plain.build()?);
    let last = format!("link{}", NODES - 1);
    let run = |driver: &Driver| -> Result<f64, larder_dataflow::Error> {
        let began = Instant::now();
        driver.execute([last.as_str()]).wait()?;
        Ok(began.elapsed().as_secs_f64() * 1e6 / NODES as f64)
    };
    run(&cached)?;
    let (mut hits, mut calls) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        hits.push(run(&cached)?);
        calls.push(run(&plain)?);
    }
    hits.sort_by(f64::total_cmp);
    calls.sort_by(f64::total_cmp);
    let (hit, call) = (hits[ROUNDS / 2], calls[ROUNDS / 2]);
    println!(
        "a node from the cache takes {hit:.2} us, without a hook {call:.2} us (medians of {ROUNDS} runs of {NODES} nodes)"
    );
    Ok(())
}
