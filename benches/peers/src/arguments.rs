//! What the command is told.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, Subcommand, ValueEnum};

use crate::engine::Kind;
use crate::work::Work;

/// Measures larder beside other caches and embedded stores.
///
/// All engines take turns in one run, in a shuffled order; figures are medians over rounds; every value that comes back
/// is checked. Without --quick there are a million entries, which takes an hour or more and tens of gigabytes.
///
/// Example: cargo run --release --bin peers -- --quick --only larder/get --only lmdb/get
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true, version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Few entries and few rounds: under three minutes
    #[arg(long)]
    pub(crate) quick: bool,
    /// Print one JSON row for each engine, work and size
    #[arg(long)]
    pub(crate) json: bool,
    /// Print which of the bars for the local disk are held
    #[arg(long)]
    pub(crate) bars: bool,
    /// Measure this only, `lmdb/get`, `lmdb/` or `/get` for example; may be given again. A name stands for all that begin
    /// with it, `larder` for every disk of larder
    #[arg(long, value_name = "ENGINE/WORK")]
    pub(crate) only: Vec<Filter>,
    /// Measure values of this size only; may be given again
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(crate::value::LEAST as u64..=1 << 30))]
    pub(crate) size: Vec<u64>,
    /// Entries of up to 4 KiB, in place of 1,000,000 or, with --quick, a few thousand
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) entries: Option<u64>,
    /// Rounds that are measured
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rounds: Option<u64>,
    /// What the order of turns and of keys follows from
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where the engines put their files, which go afterwards; the directory for temporary files if not given
    #[arg(long, value_name = "PATH")]
    pub(crate) directory: Option<PathBuf>,
    /// The Python that has diskcache 5.6
    #[arg(long, value_name = "PATH", default_value = "python3")]
    pub(crate) python: PathBuf,
}

/// What else the command does.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Command {
    /// Answers requests on the standard streams with an engine of its own; started by the bench
    #[command(hide = true)]
    Worker {
        /// Which engine
        engine: Kind,
    },
}

/// Which engines and which works are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    /// All, if empty.
    engine: String,
    /// All, if empty.
    work: String,
}

impl Filter {
    /// Whether this engine at this work is meant.
    pub(crate) fn takes(&self, kind: Kind, work: Work) -> bool {
        begins(&kind.name(), &self.engine) && begins(&work.name(), &self.work)
    }
}

/// Whether `name` is `with`, or begins with it as one of its words; nothing is the beginning of all.
fn begins(name: &str, with: &str) -> bool {
    with.is_empty() || name.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((engine, work)) = text.split_once('/') else {
            return Err("it is ENGINE/WORK, and either may be left out".to_owned());
        };
        let engines: Vec<String> = Kind::value_variants().iter().map(|kind| kind.name()).collect();
        let works: Vec<String> = Work::all().map(Work::name).collect();
        known("engine", engine, &engines)?;
        known("work", work, &works)?;
        Ok(Self { engine: engine.to_owned(), work: work.to_owned() })
    }
}

fn known(what: &str, name: &str, names: &[String]) -> Result<(), String> {
    if names.iter().any(|known| begins(known, name)) {
        return Ok(());
    }
    Err(format!("there is no {what} `{name}`; there are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Policy;

    fn takes(filter: &str, kind: Kind, work: Work) -> bool {
        filter.parse::<Filter>().expect("it is known").takes(kind, work)
    }

    #[test]
    fn a_name_stands_for_all_that_begin_with_it() {
        assert!(takes("lmdb/get", Kind::LmdbWritemap, Work::GetUnder(Policy::Lfu)));
        assert!(takes("larder/", Kind::LarderMemory, Work::Set));
        assert!(takes("/set", Kind::Redb, Work::Set));
        assert!(!takes("lmdb-writemap/", Kind::Lmdb, Work::Set));
        assert!(!takes("lmdb/set", Kind::Redb, Work::Set));
    }

    #[test]
    fn a_name_that_is_half_a_word_stands_for_nothing() {
        assert!("lm/get".parse::<Filter>().is_err());
        assert!("lmdb/ge".parse::<Filter>().is_err());
    }

    #[test]
    fn what_is_unknown_is_told_with_what_there_is() {
        let error = "lmbd/get".parse::<Filter>().expect_err("no such engine");
        assert!(error.contains("`lmbd`") && error.contains("lmdb-writemap"), "{error}");
        let error = "lmdb/got".parse::<Filter>().expect_err("no such work");
        assert!(error.contains("`got`") && error.contains("evict-lru"), "{error}");
        assert!("lmdb".parse::<Filter>().is_err(), "no work and no slash");
    }

    #[test]
    fn the_arguments_hold_together() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }
}
