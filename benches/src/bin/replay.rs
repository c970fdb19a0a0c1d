//! Replays a trace of requests through the eviction engine and prints miss ratios and what a request costs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use larder_benches::replay::{Report, replay};
use larder_benches::trace::Trace;

/// Replays a trace through larder's eviction engine.
///
/// Example: `replay --trace arc_oltp.k8.zst --policy lru --fraction 0.01`
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
    /// Print one JSON row
    #[arg(long)]
    json: bool,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(report) if arguments.json => {
            println!("{}", serde_json::json!(report));
            ExitCode::SUCCESS
        }
        Ok(report) => {
            println!("trace              {}", report.trace);
            println!("policy             {}", report.policy);
            println!("capacity           {}", report.capacity);
            println!("requests           {}", report.requests);
            println!("object_miss_ratio  {:.6}", report.object_miss_ratio);
            println!("byte_miss_ratio    {:.6}", report.byte_miss_ratio);
            println!("ns_per_request     {:.1}", report.ns_per_request);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("replay: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<Report, Box<dyn std::error::Error>> {
    if !(arguments.fraction > 0.0 && arguments.fraction <= 1.0) {
        return Err(format!("--fraction {}: a share is above 0 and at most 1", arguments.fraction).into());
    }
    let trace = Trace::open(&arguments.trace)
        .map_err(|error| format!("reading {}: {error}", arguments.trace.display()))?;
    Ok(replay(&trace, &arguments.policy, arguments.fraction)?)
}
