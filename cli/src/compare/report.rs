//! What the comparison found: rows for programs, a table for people.

use std::io::{self, Write};

use serde::Serialize;

use super::billed::Billed;
use super::cell::{Limited, Round};
use super::percentile::Spread;
use crate::size::bytes;
use crate::table::{Align, Table};

/// The name and version of this form of a report. Fields may be added without a new one.
pub(crate) const FORM: &str = "larder-compare-1";

/// The whole comparison.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// [`FORM`].
    pub(crate) form: &'static str,
    /// The version of this command.
    pub(crate) version: &'static str,
    pub(crate) data: Data,
    pub(crate) run: Run,
    pub(crate) rows: Vec<Row>,
    /// The faults of all rows.
    pub(crate) failures: u64,
}

/// The values.
#[derive(Debug, Serialize)]
pub(crate) struct Data {
    /// The file or directory they are from.
    pub(crate) source: String,
    /// How many are used.
    pub(crate) values: usize,
    /// How many distinct ones there were.
    pub(crate) found: usize,
    /// How many files could not be read, or were too much.
    pub(crate) left_out: usize,
    /// The bytes of their texts, or of the files that are no text.
    pub(crate) bytes: u64,
    pub(crate) smallest: usize,
    pub(crate) largest: usize,
}

/// How they were measured.
#[derive(Debug, Serialize)]
pub(crate) struct Run {
    pub(crate) rounds: usize,
    /// How often every value is set and got in each round.
    pub(crate) passes: usize,
    /// Requests under the size limit, for each row.
    pub(crate) requests: usize,
    pub(crate) limit_bytes: u64,
    pub(crate) seconds: f64,
}

/// One disk with one serializer and one compression.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) disk: String,
    pub(crate) serializer: String,
    pub(crate) compression: String,
    pub(crate) set: Option<Times>,
    pub(crate) get: Option<Times>,
    /// All values in the serializer, before compression.
    pub(crate) encoded_bytes: u64,
    /// The same after compression.
    pub(crate) body_bytes: u64,
    /// The volume of the disk with all values, keys and metadata included.
    pub(crate) rest_bytes: u64,
    /// `encoded_bytes` divided by `body_bytes`.
    pub(crate) ratio: f64,
    /// The policy under the size limit.
    pub(crate) policy: String,
    /// Hits among the requests under the size limit.
    pub(crate) hit_ratio: f64,
    /// Values that were read back and found equal.
    pub(crate) verified: u64,
    /// What an object store was asked; `None` for other disks.
    pub(crate) requests: Option<Costs>,
    pub(crate) failures: u64,
    /// The first failure, in words.
    pub(crate) failure: Option<String>,
}

/// The requests of one row, by what they were made for.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Costs {
    set: Billed,
    get: Billed,
    /// Gets, and sets of what was not found, under the size limit.
    limited: Billed,
}

impl Costs {
    /// What all rounds and the requests under the limit cost.
    pub(crate) fn of(rounds: &[Round], limited: &Limited) -> Option<Self> {
        let sum = |cost: fn(&Round) -> Option<Billed>| rounds.iter().map(cost).fold(None, Billed::sum);
        let (set, get) = (sum(|round| round.set_requests)?, sum(|round| round.get_requests)?);
        Some(Self { set, get, limited: limited.billed? })
    }
}

/// Times of one kind of operation: medians over the rounds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Times {
    p50_us: f64,
    p99_us: f64,
    mb_per_s: f64,
}

impl From<Spread> for Times {
    fn from(Spread { p50_us, p99_us, mb_per_s }: Spread) -> Self {
        Self { p50_us: rounded(p50_us), p99_us: rounded(p99_us), mb_per_s: rounded(mb_per_s) }
    }
}

/// To three places: nanoseconds of microseconds, and no more than was measured.
pub(crate) fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

impl Report {
    /// Writes the table.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { data, run, rows, .. } = self;
        let Data { source, values, found, .. } = data;
        let chosen = if values < found { format!("{values} of {found}") } else { values.to_string() };
        let (smallest, largest) = (bytes(data.smallest as u64), bytes(data.largest as u64));
        let all = bytes(data.bytes);
        writeln!(out, "{chosen} values of {smallest} to {largest}, {all} together, from {source}")?;
        if data.left_out > 0 {
            writeln!(out, "{} files were left out: unreadable, or too much", data.left_out)?;
        }
        let Run { rounds, requests, limit_bytes, .. } = run;
        let word = if *rounds == 1 { "round" } else { "rounds" };
        let verified = rows.iter().map(|row| row.verified).min().unwrap_or(0);
        writeln!(
            out,
            "times in microseconds, medians of {rounds} {word}; at least {verified} values verified in each row"
        )?;
        writeln!(out, "hits: {requests} requests within a size limit of {}\n", bytes(*limit_bytes))?;
        table(rows).write(out)?;
        if rows.iter().any(|row| row.requests.is_some()) {
            writeln!(out, "\nrequests that object stores were asked, all rows of a disk together\n")?;
            costs(rows).write(out)?;
        }
        for row in rows.iter().filter(|row| row.failures > 0) {
            let Row { disk, serializer, compression, failures, failure, .. } = row;
            let first = failure.as_deref().unwrap_or("unknown");
            writeln!(out, "\n{disk} {serializer} {compression}: {failures} failures, first: {first}")?;
        }
        Ok(())
    }
}

/// The requests of each disk on an object store.
fn costs(rows: &[Row]) -> Table {
    let mut columns = vec![Align::Left; 2];
    columns.extend([Align::Right; 7]);
    let mut table = Table::new(columns);
    let kinds = Billed::default().kinds().map(|(kind, _)| kind);
    table.row(["disk", "for", "operations"].into_iter().chain(kinds).chain(["each"]));
    table.rule();
    let mut disks: Vec<&str> = rows.iter().map(|row| &*row.disk).collect();
    disks.dedup();
    for disk in disks {
        let of_disk = || rows.iter().filter(|row| row.disk == disk).filter_map(|row| row.requests);
        let sum = |of: fn(Costs) -> Billed| of_disk().map(of).reduce(Billed::and);
        let work = [
            ("set", sum(|costs| costs.set)),
            ("get", sum(|costs| costs.get)),
            ("under the limit", sum(|costs| costs.limited)),
        ];
        for (name, sum) in work {
            let Some(sum) = sum else { continue };
            let numbers = sum.kinds().map(|(_, number)| number.to_string());
            let each = per_operation(&sum);
            let cells = [disk.to_owned(), name.to_owned(), sum.operations.to_string()];
            table.row(cells.into_iter().chain(numbers).chain([each]));
        }
    }
    table
}

/// Requests an operation.
#[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
fn per_operation(billed: &Billed) -> String {
    let all: u64 = billed.kinds().iter().map(|(_, number)| number).sum();
    format!("{:.2}", all as f64 / billed.operations.max(1) as f64)
}

fn table(rows: &[Row]) -> Table {
    let mut columns = vec![Align::Left; 3];
    columns.extend([Align::Right; 10]);
    let mut table = Table::new(columns);
    table.row(["", "", "", "set", "set", "set", "get", "get", "get", "bytes", "", "", ""]);
    table.row([
        "disk",
        "serializer",
        "compression",
        "p50",
        "p99",
        "MB/s",
        "p50",
        "p99",
        "MB/s",
        "at rest",
        "ratio",
        "hits",
        "failures",
    ]);
    let mut last = None;
    for row in rows {
        if last.replace(&row.disk) != Some(&row.disk) {
            table.rule();
        }
        let number = |times: Option<Times>, number: fn(Times) -> f64| {
            times.map_or_else(|| "-".into(), |times| format!("{:.1}", number(times)))
        };
        let whole =
            |times: Option<Times>| times.map_or_else(|| "-".into(), |times| format!("{:.0}", times.mb_per_s));
        table.row([
            row.disk.clone(),
            row.serializer.clone(),
            row.compression.clone(),
            number(row.set, |times| times.p50_us),
            number(row.set, |times| times.p99_us),
            whole(row.set),
            number(row.get, |times| times.p50_us),
            number(row.get, |times| times.p99_us),
            whole(row.get),
            bytes(row.rest_bytes),
            format!("{:.2}", row.ratio),
            format!("{:.1} %", row.hit_ratio * 100.0),
            row.failures.to_string(),
        ]);
    }
    table
}
