//! Tortures the local disk: processes write and read at random and are killed at random; then what is left is judged.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Parser;
use larder_benches::torture::{Place, Report, Torment, read, torture, write};
use larder_core::disk::Settings;

/// Tortures the local disk.
///
/// Processes set, get, remove, evict by a tag, clear, touch and stream values that check themselves, and are killed at
/// random. Afterwards nothing may be wrong: no value lost, mixed, of another key, or risen from the dead; all sums right;
/// and all of it once more after the index was made anew.
///
/// The exit status is 0 if nothing is wrong, 1 if something is, 2 if it could not be tried.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Processes that write
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    processes: u32,
    /// Processes that read
    #[arg(long, default_value_t = 1)]
    readers: u32,
    /// The size limit in MiB; without one no entry may be missing
    #[arg(long)]
    size_limit: Option<u64>,
    /// The policy: none, lrs, lru, lfu
    #[arg(long, default_value = "lrs")]
    policy: String,
    /// Repeats the choices of another run; when the operating system lets a process run is not among them
    #[arg(long)]
    seed: Option<u64>,
    /// Where, in an empty directory that is left behind; else in a temporary one
    #[arg(long)]
    path: Option<PathBuf>,
    /// Print one JSON row
    #[arg(long)]
    json: bool,
    /// What a process of the run is, which this program starts by itself
    #[arg(hide = true)]
    role: Vec<String>,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = if arguments.role.is_empty() {
        run(&arguments)
    } else {
        play(&arguments).map(|never| match never {})
    };
    match outcome {
        Ok(report) => {
            let is_whole = report.faults.is_empty();
            println!(
                "{}",
                if arguments.json { serde_json::json!(report).to_string() } else { shown(&report) }
            );
            if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("torture: {error}");
            ExitCode::from(2)
        }
    }
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn run(arguments: &Arguments) -> Outcome<Report> {
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    let place = match &arguments.path {
        Some(path) => path.clone(),
        None => std::env::temp_dir().join(format!("larder-torture-{}-{seed:016x}", std::process::id())),
    };
    std::fs::create_dir_all(&place)?;
    if std::fs::read_dir(&place)?.next().is_some() {
        return Err(format!("{} is not empty", place.display()).into());
    }
    let settings = match arguments.size_limit {
        Some(limit) => Settings::limited(limit << 20),
        None => Settings::unbounded(),
    };
    let torment = Torment {
        place: Place(place.clone()),
        time: Duration::try_from_secs_f64(arguments.seconds)?,
        writers: arguments.processes,
        readers: arguments.readers,
        settings: settings.policy(arguments.policy.clone()),
        seed,
    };
    let program = std::env::current_exe()?;
    let start = |role: &[String]| {
        let mut command = Command::new(&program);
        command.arg("--path").arg(&place).arg("--").args(role);
        command
    };
    let is_watched = std::io::stderr().is_terminal();
    let tell = |seconds: f64, killed: u64| {
        if is_watched {
            progress(seconds, arguments.seconds, killed);
        }
    };
    let report = pollster::block_on(torture(&torment, start, tell))?;
    if arguments.path.is_none() && report.faults.is_empty() {
        std::fs::remove_dir_all(&place)?;
    }
    Ok(report)
}

#[expect(clippy::print_stderr, reason = "a command prints")]
fn progress(seconds: f64, all: f64, killed: u64) {
    eprint!("\r{seconds:.0} of {all:.0} seconds, {killed} processes killed ");
}

/// What a process of the run does, until it is killed or finds something wrong.
fn play(arguments: &Arguments) -> Outcome<std::convert::Infallible> {
    let place = Place(arguments.path.clone().ok_or("a process of a run has a place")?);
    let [name, number, seed, rest @ ..] = &arguments.role[..] else {
        return Err("a process of a run is told what it is".into());
    };
    let (number, seed) = (number.parse()?, seed.parse()?);
    let forgets = rest.first().is_some_and(|word| word == "forgets");
    let played = match name.as_str() {
        "writer" => pollster::block_on(write(&place, number, seed, forgets)),
        _ => pollster::block_on(read(&place, number, seed)),
    };
    Err(played.err().unwrap_or_else(|| "ended".to_owned()).into())
}

fn shown(report: &Report) -> String {
    let Report { seed, killed, done, entries, volume, opened_in, rebuilt_in, faults } = report;
    let mut text = format!(
        "seed          {seed}\n\
         killed        {killed} processes\n\
         done          {done} writes and removals\n\
         left          {entries} entries of {volume} bytes\n\
         opened in     {opened_in:.4} s\n\
         rebuilt in    {rebuilt_in:.4} s\n\
         faults        {}",
        faults.len()
    );
    for fault in faults {
        text.push_str("\n  ");
        text.push_str(fault);
    }
    text
}
