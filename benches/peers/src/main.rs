//! larder beside other caches and embedded stores: the same operations, in one run, in turns.
//!
//! What is compared are medians over rounds in which the engines take turns in a shuffled order, so that a machine that
//! others use slows all of them. The price is that all are open at once, each with its own entries.

mod arguments;
mod bar;
mod bench;
mod contender;
mod driver;
mod engine;
mod figures;
mod order;
mod request;
mod row;
mod scale;
mod shown;
mod stopwatch;
mod value;
mod work;
mod worker;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use bench::Bench;

/// Why something failed, for people.
type Failure = Box<dyn Error + Send + Sync>;

/// Something that can fail.
type Fallible<T = ()> = Result<T, Failure>;

#[expect(clippy::print_stderr, reason = "a command prints")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Some(Command::Worker { engine }) => worker::run(*engine).map(|()| ExitCode::SUCCESS),
        None => measure(&arguments),
    };
    done.unwrap_or_else(|failure| {
        eprintln!("peers: {failure}");
        ExitCode::FAILURE
    })
}

/// Measures what was chosen and prints it. Fails where a row that was asked for is not there.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]
fn measure(arguments: &Arguments) -> Fallible<ExitCode> {
    let mut bench = Bench::new(arguments)?;
    let rows = work::all(&mut bench);
    if arguments.json {
        for row in &rows {
            println!("{}", serde_json::json!(row));
        }
    } else {
        print!("{}", shown::table(&rows));
    }
    if arguments.bars {
        for verdict in bar::verdicts(&rows) {
            if arguments.json {
                println!("{}", serde_json::json!(verdict));
            } else {
                println!("{verdict}");
            }
        }
    }
    if bench.failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("peers: rows are missing:");
    for failed in &bench.failed {
        eprintln!("  {failed}");
    }
    Ok(ExitCode::FAILURE)
}
