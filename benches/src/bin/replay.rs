//! Replays a trace of requests through the eviction engine and prints miss ratios and what a request costs, or what
//! of it is the policy's.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use larder_benches::bookkeeping::{Bookkeeping, bookkeeping};
use larder_benches::replay::{Report, replay};
use larder_benches::trace::Trace;
use serde_json::json;

/// Replays a trace through larder's eviction engine.
///
/// Example: `replay --trace arc_oltp.k8.zst --policy lru --fraction 0.01`
///
/// What the policy adds to a request: the same with `--bookkeeping`
#[derive(Debug, Parser)]
struct Arguments {
    /// The trace: `NAME.k8.zst` (keys of 8 bytes) or `NAME.k8s4.zst` (keys of 8 bytes, sizes of 4)
    #[arg(long)]
    trace: PathBuf,
    /// The policy: none, lrs, lru, lfu
    #[arg(long)]
    policy: String,
    /// The capacity as a share of what all distinct entries weigh
    #[arg(long)]
    fraction: f64,
    /// Measure what the policy adds to a request, against the same requests with the victims from a script
    #[arg(long)]
    bookkeeping: bool,
    /// Rounds of the measurement
    #[arg(long, default_value_t = 5, requires = "bookkeeping")]
    rounds: usize,
    /// Print one JSON row
    #[arg(long)]
    json: bool,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("replay: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let Arguments { policy, fraction, .. } = arguments;
    if !(*fraction > 0.0 && *fraction <= 1.0) {
        return Err(format!("--fraction {fraction}: a share is above 0 and at most 1").into());
    }
    let trace = Trace::open(&arguments.trace)
        .map_err(|error| format!("reading {}: {error}", arguments.trace.display()))?;
    if arguments.bookkeeping {
        let row = bookkeeping(&trace.requests, policy, trace.share(*fraction), arguments.rounds)?;
        return Ok(if arguments.json { json!(row).to_string() } else { costs(&trace.name, &row) });
    }
    let report = replay(&trace, policy, *fraction)?;
    Ok(if arguments.json { json!(report).to_string() } else { misses(&report) })
}

fn misses(report: &Report) -> String {
    let Report { trace, policy, capacity, requests, .. } = report;
    format!(
        "trace              {trace}\n\
         policy             {policy}\n\
         capacity           {capacity}\n\
         requests           {requests}\n\
         object_miss_ratio  {:.6}\n\
         byte_miss_ratio    {:.6}\n\
         ns_per_request     {:.1}",
        report.object_miss_ratio, report.byte_miss_ratio, report.ns_per_request
    )
}

fn costs(trace: &str, row: &Bookkeeping) -> String {
    let Bookkeeping { policy, capacity, evictions, nanos: [least, median, most], rest_nanos, .. } = row;
    format!(
        "{trace} {policy} {capacity}: {median:.1} ns a request ({least:.1} to {most:.1}), \
         {evictions:.3} evictions, the rest {rest_nanos:.1} ns"
    )
}
