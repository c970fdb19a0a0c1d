//! `larder compare`: real values through disks, serializers and compressions, side by side.
//!
//! Every round runs every cell once, in a shuffled order, so that whatever else the machine does falls on all
//! of them alike; numbers are medians over the rounds. Each value that is read back is compared with the one that
//! was set. Time is measured around the blocking face of a cache: encoding, compressing and framing are within it,
//! comparing is not.

mod billed;
mod cell;
mod contender;
mod input;
mod passage;
mod percentile;
mod report;
mod requests;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use larder::codec::{Compression, Format};
use larder::disk::Settings as Limits;
use larder::{Bytes, units};
use larder_core::near;

use crate::failure::Failure;
use crate::progress::Progress;
use cell::{Cell, Faults, Limited, Round, Values};
use contender::{Contender, Retired};
use passage::Passage;
use percentile::Spread;
use report::{Costs, Data, Report, Row, Run};

/// Each cell verifies at least so many values unless fewer are asked for, however few there are.
const LEAST_VERIFIED: u32 = 1000;

/// For each value so many requests are made under the size limit, with and without `--quick`.
const REQUESTS_PER_VALUE: [usize; 2] = [1, 3];

/// The seed of every order: runs are alike.
const SEED: u64 = 7;

const EXAMPLES: &str = "\
Values: without --input they are the sources around the working directory, each file and each of its paragraphs. \
With a directory, its files and their paragraphs; with a file, the elements of a JSON array, lines of JSON, lines \
of text, or blocks of 16 KiB. A value has 100 B to 1 MiB, and no two are equal. Each is stored as a structure with \
path, kind, lines, sizes, tags, words and its text or bytes; with `raw`, as the text or bytes alone.

Columns: p50 and p99 in microseconds, and MB/s (10^6 bytes of text or files a second), of setting and getting \
through a cache, one at a time, medians over the rounds. At rest is the volume of the disk with all values, keys and \
metadata included. Ratio is that of compression: the bytes that the serializer made, divided by what compression \
left of them. Hits are those of 3 requests for each value (1 with --quick), few values often and many rarely (Zipf, 0.9), on an \
empty disk with the size limit; a value that is not found is set. Failures are values that were not stored, not \
found or not equal: there must be none. Requests are those that an object store was asked.

Slow disks: every operation is one after the other, so a bucket takes its time; a terminal shows how far it is. \
--quick, --values, --verified, --rounds, --serializer and --compression make it less, and nothing else does.

Disks: without --config these are memory, local (in a fresh directory below TMPDIR) and store+memory (an object store \
in memory); `--disk store+file`, an object store in a directory, is one more. A configured disk is compared in a fresh directory beside its own, or below a fresh prefix of its bucket, and removed \
afterwards; its own place is not touched, and its limits are not used.

Examples:
  larder compare
  larder compare --quick --json
  larder compare --input access.ndjson --serializer json,postcard --compression none,zstd:9
  larder compare -c cache.toml --size-limit '64 MiB' --policy lfu
  larder compare -c s3://bucket/prefix --quick --values 50 --verified 50 --serializer json

Exit codes: 0 all values came back; 1 one did not; 2 a wrong call or configuration; 3 a disk failed.";

/// What `compare` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Compare {
    /// Compare the disk that this file or url configures; can be given more than once
    #[arg(long, short, value_name = "FILE|URL")]
    config: Vec<String>,
    /// Take the values from here: a file, or a directory of text or other files
    #[arg(long, short, value_name = "FILE|DIR")]
    input: Option<PathBuf>,
    /// Compare these disks: memory, local, store+memory, store+file, or a configured one by the name of its file
    #[arg(long, value_name = "NAME", value_delimiter = ',', num_args = 1..)]
    disk: Vec<String>,
    /// Compare these serializers: json, messagepack, postcard, raw, bincode
    #[arg(long, value_name = "NAME", value_delimiter = ',', num_args = 1..)]
    serializer: Vec<Format>,
    /// Compare these compressions: none, lz4, zstd, or zstd:LEVEL
    #[arg(long, value_name = "NAME", value_delimiter = ',', num_args = 1..)]
    compression: Vec<Compression>,
    /// Measure in so many rounds [default: 5, with --quick 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// Use at most so many values [default: 1500, with --quick 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    values: Option<u32>,
    /// Verify at least so many values in each row, by more passes over them [default: 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    verified: Option<u32>,
    /// The size limit for the hit ratio: a share of the bytes of all values, or bytes with a unit
    #[arg(long, value_name = "SHARE|SIZE", default_value = "30%", value_parser = limit)]
    size_limit: Limit,
    /// Make room by this policy: none, lrs, lru, lfu [default: that of the configuration, or lru]
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    /// One round and fewer requests: a first look
    #[arg(long)]
    quick: bool,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// A size limit, as it is given.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    Bytes(u64),
    Percent(u64),
}

fn limit(text: &str) -> Result<Limit, String> {
    let parsed = match text.trim().strip_suffix('%') {
        Some(number) => match number.trim().parse() {
            Ok(percent @ 1..=10_000) => Limit::Percent(percent),
            _ => return Err("a share is 1% to 10000%".into()),
        },
        None => Limit::Bytes(units::size(text).map_err(|error| error.message().to_owned())?),
    };
    if parsed == Limit::Bytes(0) { Err("a limit of 0 leaves room for nothing".into()) } else { Ok(parsed) }
}

/// Both forms of the values.
struct Both {
    passages: Values<Passage>,
    raw: Values<Bytes>,
}

/// What the rounds of one cell have found so far.
#[derive(Default)]
struct Tally {
    rounds: Vec<Round>,
    limited: Limited,
    faults: Faults,
}

impl Compare {
    /// Compares, and writes the report.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] before anything is created; [`Failure::Found`] after the report, if a value was not stored,
    /// not found, or not equal; [`Failure::Disk`] when a disk does not open.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let begun = Instant::now();
        let cells = self.cells()?;
        let most = self.values.unwrap_or(if self.quick { 1000 } else { 1500 });
        let input = input::collect(self.input.as_deref(), most as usize)?;
        let lengths = || input.pieces.iter().map(|piece| piece.content.len());
        let bytes = lengths().map(|length| length as u64).sum();
        let data = Data {
            source: input.source.display().to_string(),
            values: input.pieces.len(),
            found: input.found,
            left_out: input.left_out,
            bytes,
            smallest: lengths().min().unwrap_or(0),
            largest: lengths().max().unwrap_or(0),
        };
        let least = self.verified.unwrap_or(LEAST_VERIFIED) as usize;
        let mut run = Run {
            rounds: self.rounds.map_or(if self.quick { 1 } else { 5 }, usize::from),
            passes: least.div_ceil(data.values),
            requests: REQUESTS_PER_VALUE[usize::from(!self.quick)] * data.values.max(least),
            limit_bytes: match self.size_limit {
                Limit::Bytes(bytes) => bytes,
                Limit::Percent(percent) => (bytes.saturating_mul(percent) / 100).max(1),
            },
            seconds: 0.0,
        };
        let both = Both::of(&input, bytes);
        drop(input);
        let tallies = self.measure(&cells, &both, &run)?;
        let mut rows = Vec::new();
        for (cell, tally) in cells.iter().zip(tallies) {
            rows.push(self.row(cell, &both, tally)?);
        }
        run.seconds = report::rounded(begun.elapsed().as_secs_f64());
        let failures = rows.iter().map(|row| row.failures).sum();
        let version = env!("CARGO_PKG_VERSION");
        let report = Report { form: report::FORM, version, data, run, rows, failures };
        if self.json {
            serde_json::to_writer_pretty(&mut *out, &report)?;
            writeln!(out)?;
        } else {
            report.write(out)?;
        }
        match failures {
            0 => Ok(()),
            count => Err(Failure::Found(format!("{count} values were not stored, not found, or not equal"))),
        }
    }

    /// All rounds of all cells, then the requests of each under the size limit.
    fn measure(&self, cells: &[Cell], both: &Both, run: &Run) -> Result<Vec<Tally>, Failure> {
        let mut tallies: Vec<Tally> = cells.iter().map(|_| Tally::default()).collect();
        let mut progress = Progress::over(cells.len() * (run.rounds + 1));
        let mut retired = Retired::default();
        let count = both.raw.entries.len();
        for round in 0..run.rounds {
            let seed = SEED + round as u64;
            let reads = cell::shuffled(count, seed);
            for at in cell::shuffled(cells.len(), seed) {
                let (cell, tally) = (&cells[at], &mut tallies[at]);
                let title = format!("round {} of {}: {}", round + 1, run.rounds, cell.title());
                progress.step(&title);
                let opening = cell.disk.opening()?;
                let all = 2 * count * run.passes;
                let look = || format!("{title}: {} of {all} operations", opening.done());
                let measured = Progress::during(look, || match cell.serializer {
                    Format::Raw => cell.round(&opening, &both.raw, &reads, run.passes, &mut tally.faults),
                    _ => cell.round(&opening, &both.passages, &reads, run.passes, &mut tally.faults),
                })?;
                retired.keep(opening, measured.at_rest);
                tally.rounds.push(measured);
            }
        }
        let requests = requests::zipf(count, run.requests, SEED);
        for (cell, tally) in cells.iter().zip(&mut tallies) {
            let title = format!("requests under a size limit: {}", cell.title());
            progress.step(&title);
            let limits = Limits::limited(run.limit_bytes).policy(self.policy_of(cell));
            let opening = cell.disk.opening()?;
            let look = || format!("{title}: {} of {} requests", opening.done(), run.requests);
            tally.limited = Progress::during(look, || match cell.serializer {
                Format::Raw => cell.limited(&opening, &both.raw, &requests, limits, &mut tally.faults),
                _ => cell.limited(&opening, &both.passages, &requests, limits, &mut tally.faults),
            })?;
            retired.keep(opening, run.limit_bytes);
        }
        Ok(tallies)
    }

    /// Every disk with every serializer and every compression.
    fn cells(&self) -> Result<Vec<Cell>, Failure> {
        if let Some(policy) = &self.policy {
            larder::eviction::Policies::default().find(policy)?;
        }
        let serializers = if self.serializer.is_empty() { Format::ALL } else { &self.serializer };
        let all = [Compression::None, Compression::Lz4, Compression::ZSTD];
        let compressions = if self.compression.is_empty() { &all } else { &self.compression[..] };
        let mut cells = Vec::new();
        for disk in self.disks()? {
            for serializer in serializers {
                for compression in compressions {
                    let (serializer, compression) = (*serializer, *compression);
                    cells.push(Cell { disk: disk.clone(), serializer, compression });
                }
            }
        }
        Ok(cells)
    }

    fn disks(&self) -> Result<Vec<Contender>, Failure> {
        let mut configured: Vec<Contender> = Vec::new();
        for path in &self.config {
            let disk = Contender::configured(path)?;
            if configured.iter().any(|other| other.name == disk.name) {
                let message = format!("two configurations are called `{}`: rename a file", disk.name);
                return Err(Failure::Call(message));
            }
            configured.push(disk);
        }
        if self.disk.is_empty() {
            return if configured.is_empty() { Contender::usual() } else { Ok(configured) };
        }
        configured.extend(Contender::built_in()?);
        let find = |name: &String| {
            let found = configured.iter().find(|disk| disk.name == *name);
            found.cloned().ok_or_else(|| {
                let known: Vec<&str> = configured.iter().map(|disk| disk.name.as_str()).collect();
                Failure::Call(format!("--disk: {}", near::unknown("disk", name, &known)))
            })
        };
        self.disk.iter().map(find).collect()
    }

    fn policy_of(&self, cell: &Cell) -> String {
        let policy = self.policy.clone().or_else(|| cell.disk.policy.clone());
        policy.unwrap_or_else(|| "lru".to_owned())
    }

    #[expect(clippy::cast_precision_loss, reason = "ratios for people")]
    fn row(&self, cell: &Cell, both: &Both, tally: Tally) -> Result<Row, Failure> {
        let (encoded_bytes, body_bytes) = match cell.serializer {
            Format::Raw => cell::encoded(&both.raw, cell)?,
            _ => cell::encoded(&both.passages, cell)?,
        };
        let Tally { rounds, limited, faults } = tally;
        let median = |spread: fn(&Round) -> Option<Spread>| {
            Spread::median(&rounds.iter().filter_map(spread).collect::<Vec<_>>()).map(Into::into)
        };
        let rest_bytes = rounds.last().map_or(0, |round| round.at_rest);
        Ok(Row {
            disk: cell.disk.name.clone(),
            serializer: cell.serializer.to_string(),
            compression: cell.compression_shown(),
            set: median(|round| round.set),
            get: median(|round| round.get),
            encoded_bytes,
            body_bytes,
            rest_bytes,
            ratio: report::rounded(encoded_bytes as f64 / body_bytes.max(1) as f64),
            policy: self.policy_of(cell),
            hit_ratio: limited.hits as f64 / limited.requests.max(1) as f64,
            verified: rounds.iter().map(|round| round.verified).sum(),
            requests: Costs::of(&rounds, &limited),
            failures: faults.count,
            failure: faults.first,
        })
    }
}

impl Both {
    fn of(input: &input::Input, bytes: u64) -> Self {
        let keys =
            || input.pieces.iter().enumerate().map(|(number, piece)| format!("{}#{number}", piece.path));
        let passages = keys().zip(input.pieces.iter().map(Passage::of)).collect();
        // Each its own bytes: a slice would keep its whole file in the measured memory.
        let raw = input.pieces.iter().map(|piece| Bytes::copy_from_slice(&piece.content));
        let raw = keys().zip(raw).collect();
        Self { passages: Values { entries: passages, bytes }, raw: Values { entries: raw, bytes } }
    }
}

impl Cell {
    fn title(&self) -> String {
        format!("{} {} {}", self.disk.name, self.serializer, self.compression_shown())
    }

    fn compression_shown(&self) -> String {
        match self.compression {
            Compression::Zstd { level } if level != Compression::DEFAULT_LEVEL => format!("zstd:{level}"),
            other => other.name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_shares_or_sizes() {
        assert_eq!(limit("30%"), Ok(Limit::Percent(30)));
        assert_eq!(limit("64 MiB"), Ok(Limit::Bytes(64 << 20)));
        for wrong in ["0%", "x%", "64 MBi", "0 B", "64", ""] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }
}
