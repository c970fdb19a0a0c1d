//! The command `larder`.
//!
//! One command a file. A command writes to the output it is handed and ends with [`Failure`] or not: exit codes
//! are given here and nowhere else, and nothing is created before a command has understood what it was asked.

mod check;
mod clear;
mod compact;
mod compare;
mod completions;
mod config;
mod conformance;
mod cull;
mod evict;
mod expire;
mod failure;
mod get;
mod ground;
mod incr;
mod json_text;
mod limit;
mod listed;
mod ls;
mod moment;
mod opened;
mod progress;
mod removal;
mod rm;
mod set;
mod size;
mod source;
mod stats;
mod table;
mod typed;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

const ABOUT: &str = "\
Exit codes:
  0  done
  1  ran and found something wrong: a miss, a refused value, a failed check
  2  the call or the configuration is wrong; nothing was created
  3  the disk or the system failed

Examples:
  larder compare
  larder set --config cache.toml greeting '\"hello\"' --life 1h --tag words
  larder get --config cache.toml greeting
  larder conformance cache.toml";

/// A persistent, tiered cache: compare disks and codecs, look into caches, check disks.
#[derive(Debug, Parser)]
#[command(name = "larder", version, after_help = ABOUT, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run real values through disks, serializers and compressions, side by side
    Compare(compare::Compare),
    /// Write the value of a key
    Get(get::Get),
    /// Store a value under a key
    Set(set::Set),
    /// Add to a number
    Incr(incr::Incr),
    /// Remove entries by key
    Rm(rm::Rm),
    /// Remove all entries that have a tag
    Evict(evict::Evict),
    /// Remove entries whose life is over
    Expire(expire::Expire),
    /// Remove what is dead, and what is above the limits
    Cull(cull::Cull),
    /// Remove all entries of a cache
    Clear(clear::Clear),
    /// Show or change the limits and the policy recorded with a disk
    Limit(limit::Limit),
    /// List the entries of a cache
    Ls(ls::Ls),
    /// Tell what a disk holds and can do
    Stats(stats::Stats),
    /// Find what is wrong with a disk, and put it right
    Check(check::Check),
    /// Give back the space that a disk does not need
    Compact(compact::Compact),
    /// Check the promises of a disk
    Conformance(conformance::Conformance),
    /// Tell the settings that hold, and where they come from
    Config(config::Config),
    /// Write a script that completes commands and options in a shell
    Completions(completions::Completions),
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    // Not locked: findings of a check may come from another thread.
    let mut out = BufWriter::new(io::stdout());
    let done = match command {
        Command::Compare(compare) => compare.run(&mut out),
        Command::Get(get) => get.run(&mut out),
        Command::Set(set) => set.run(&mut out),
        Command::Incr(incr) => incr.run(&mut out),
        Command::Rm(rm) => rm.run(&mut out),
        Command::Evict(evict) => evict.run(&mut out),
        Command::Expire(expire) => expire.run(&mut out),
        Command::Cull(cull) => cull.run(&mut out),
        Command::Clear(clear) => clear.run(&mut out),
        Command::Limit(limit) => limit.run(&mut out),
        Command::Ls(ls) => ls.run(&mut out),
        Command::Stats(stats) => stats.run(&mut out),
        Command::Check(check) => check.run(&mut out),
        Command::Compact(compact) => compact.run(&mut out),
        Command::Conformance(conformance) => conformance.run(&mut out),
        Command::Config(config) => config.run(&mut out),
        Command::Completions(completions) => completions.run(&mut out),
    };
    // What was written before a failure is to be read too.
    let flushed = out.flush().map_err(Failure::from);
    match done.and(flushed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
