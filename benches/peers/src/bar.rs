//! What the local disk of larder must reach beside the others, and whether it does.
//!
//! A bar is a ratio of one run, or a figure. It is judged by the rows that there are: at the entries of the run, and not
//! at all where a row is missing.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::row::Row;

/// The engine that the bars are for, and the same with values that lie in its files.
const SUBJECT: &str = "larder-local";
const MAPPED: &str = "larder-local-mapped";

/// What a figure must be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    AtLeast(f64),
    AtMost(f64),
}

impl Limit {
    fn holds(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(least) => figure >= least,
            Self::AtMost(most) => figure <= most,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, ">= {least}"),
            Self::AtMost(most) => write!(f, "<= {most}"),
        }
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A bar, and what this run says of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Verdict {
    bar: String,
    limit: Limit,
    /// `None` where a row is missing.
    figure: Option<f64>,
    /// `None` where a row is missing.
    held: Option<bool>,
    /// Entries of the row that is judged.
    entries: Option<u64>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bar, limit, figure, held, entries } = self;
        let word = match held {
            None => "not measured",
            Some(true) => "held",
            Some(false) => "missed",
        };
        write!(f, "{word:12}  {bar}: ")?;
        match figure {
            Some(figure) => write!(f, "{figure:.3}")?,
            None => f.write_str("-")?,
        }
        write!(f, ", {limit}")?;
        entries.map_or(Ok(()), |entries| write!(f, ", at {entries} entries"))
    }
}

/// Every bar, judged by these rows.
pub(crate) fn verdicts(rows: &[Row]) -> Vec<Verdict> {
    let rows = Rows(rows);
    let mut verdicts = rows.beside_others();
    verdicts.extend(rows.beside_itself());
    verdicts.extend(rows.growth());
    verdicts
}

/// The rows of a run.
struct Rows<'a>(&'a [Row]);

impl Rows<'_> {
    fn find(&self, engine: &str, work: &str, size: usize) -> Option<&Row> {
        self.0.iter().find(|row| row.engine == engine && row.work == work && row.size == size)
    }

    /// A row of the subject, at 100 B.
    fn own(&self, work: &str) -> Option<&Row> {
        self.find(SUBJECT, work, 100)
    }

    /// What is to be reached beside other engines.
    fn beside_others(&self) -> Vec<Verdict> {
        const DISKCACHE: &str = "diskcache";
        const LMDB: &str = "lmdb";
        let faster = |work: &str, size, least| {
            let (own, other) = (self.find(SUBJECT, work, size), self.find(DISKCACHE, work, size));
            let figure = own.zip(other).and_then(|(own, other)| other.times(own));
            let bar = format!("{work} of {size} B, times faster than diskcache");
            judge(bar, Limit::AtLeast(least), figure, own)
        };
        let time = |engine: &str, work: &str, size, (other, its): (&str, &str), most| {
            let (own, row) = (self.find(engine, work, size), self.find(other, its, size));
            let figure = own.zip(row).and_then(|(own, other)| own.times(other));
            let bar = format!("{work} of {size} B by {engine}, time by that of {its} by {other}");
            judge(bar, Limit::AtMost(most), figure, own)
        };
        let mut verdicts = vec![
            faster("set", 100, 40.0),
            time(SUBJECT, "set", 100, (LMDB, "set"), 1.0),
            faster("get", 100, 8.0),
            faster("get", 4096, 5.0),
            time(SUBJECT, "get", 100, (LMDB, "get"), 1.0),
        ];
        for size in [64 << 10, 1 << 20] {
            verdicts.push(time(SUBJECT, "get", size, (LMDB, "get"), 2.2));
            verdicts.push(time(MAPPED, "borrow", size, (LMDB, "borrow"), 1.0));
        }
        for work in ["evict-lrs", "evict-lru", "evict-lfu"] {
            verdicts.push(time(SUBJECT, work, 100, (SUBJECT, "evict-off"), 2.0));
            verdicts.push(time(SUBJECT, work, 100, ("sqlite", work), 0.1));
        }
        let (four, theirs) = (self.own("mix-4"), self.find(DISKCACHE, "mix-4", 100));
        let total = four.zip(theirs).and_then(|(own, other)| own.times_per_second(other));
        let bar = "mix-4, operations a second by those of diskcache".to_owned();
        verdicts.push(judge(bar, Limit::AtLeast(20.0), total, four));
        verdicts
    }

    /// What one work of the subject is to another, or to nothing.
    fn beside_itself(&self) -> Vec<Verdict> {
        let four = self.own("mix-4");
        let total = four.zip(self.own("mix-1")).and_then(|(four, one)| four.times_per_second(one));
        let bar = "mix-4, operations a second by those of mix-1".to_owned();
        let mut verdicts = vec![judge(bar, Limit::AtLeast(1.0), total, four)];
        for work in ["get-lru", "get-lfu"] {
            let row = self.own(work);
            let figure = row.zip(self.own("get-lrs")).and_then(|(row, lrs)| row.times(lrs));
            verdicts.push(judge(format!("{work}, time by that of get-lrs"), Limit::AtMost(1.1), figure, row));
        }
        for (work, most) in [("open", 2.0), ("rebuild", 1500.0)] {
            let row = self.own(work);
            let millis = row.and_then(|row| row.p50_us).map(|micros| micros / 1e3);
            verdicts.push(judge(format!("{work}, milliseconds"), Limit::AtMost(most), millis, row));
        }
        let row = self.own("memory");
        let most = |entries: u64| 32.0 + entries as f64 / 1e6;
        let mebibytes =
            row.and_then(|row| row.anonymous_bytes).map(|bytes| bytes as f64 / f64::from(1 << 20));
        let limit = Limit::AtMost(row.map_or(33.0, |row| most(row.entries)));
        verdicts.push(judge("memory that no file lies behind, MiB".to_owned(), limit, mebibytes, row));
        verdicts
    }

    /// What more entries may cost.
    fn growth(&self) -> Vec<Verdict> {
        const HASHMAP: &str = "hashmap";
        let at = |engine: &str, work: &str, entries| {
            let mut rows = self.0.iter().filter(|row| row.engine == engine && row.work == work);
            rows.find(|row| row.entries == entries)
        };
        let growth = |engine, work, from, to| at(engine, work, to)?.times(at(engine, work, from)?);
        let mut verdicts = Vec::new();
        for work in ["growth-get", "growth-set"] {
            let (few, many, most) = (10_000, 1_000_000, 10_000_000);
            let row = at(SUBJECT, work, most);
            let figure = growth(SUBJECT, work, many, most);
            let bar = format!("{work}, time at {most} entries by that at {many}");
            verdicts.push(judge(bar, Limit::AtMost(1.5), figure, row));
            let figure = growth(SUBJECT, work, few, most).zip(growth(HASHMAP, work, few, most));
            let bar = format!("{work} from {few} to {most} entries, growth by that of a HashMap");
            verdicts.push(judge(bar, Limit::AtMost(1.0), figure.map(|(own, map)| own / map), row));
        }
        verdicts
    }
}

fn judge(bar: String, limit: Limit, figure: Option<f64>, row: Option<&Row>) -> Verdict {
    let entries = row.map(|row| row.entries);
    Verdict { bar, limit, figure, held: figure.map(|figure| limit.holds(figure)), entries }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Round;

    fn row(engine: &str, work: &str, p50: f64) -> Row {
        let row =
            Row { engine: engine.to_owned(), work: work.to_owned(), size: 100, entries: 9, ..Row::default() };
        row.of_rounds(vec![Round { p50, p90: p50, p99: p50, per_second: 1e6 / p50 }])
    }

    fn judged(rows: &[Row], bar: &str) -> Verdict {
        let verdicts = verdicts(rows);
        verdicts.into_iter().find(|verdict| verdict.bar == bar).expect("there is such a bar")
    }

    #[test]
    fn a_bar_is_held_at_its_limit_and_missed_beyond_it() {
        const BAR: &str = "set of 100 B, times faster than diskcache";
        let rows = [row(SUBJECT, "set", 1.0), row("diskcache", "set", 40.0)];
        assert_eq!(judged(&rows, BAR).held, Some(true));
        let rows = [row(SUBJECT, "set", 1.0), row("diskcache", "set", 39.0)];
        assert_eq!(judged(&rows, BAR).held, Some(false));
    }

    #[test]
    fn a_bar_without_its_rows_is_neither_held_nor_missed() {
        let verdicts = verdicts(&[row(SUBJECT, "set", 1.0)]);
        assert!(verdicts.iter().all(|verdict| verdict.held.is_none()), "nothing to compare with");
    }

    #[test]
    fn time_is_what_it_is_by_the_other_and_not_the_other_way_round() {
        let rows = [row(SUBJECT, "get", 1.0), row("lmdb", "get", 2.0)];
        let verdict = judged(&rows, "get of 100 B by larder-local, time by that of get by lmdb");
        assert_eq!((verdict.figure, verdict.held), (Some(0.5), Some(true)));
    }

    #[test]
    fn memory_may_grow_with_the_entries() {
        const BAR: &str = "memory that no file lies behind, MiB";
        let memory =
            |bytes| Row { anonymous_bytes: Some(bytes), entries: 2_000_000, ..row(SUBJECT, "memory", 1.0) };
        assert_eq!(judged(&[memory(34 << 20)], BAR).held, Some(true));
        assert_eq!(judged(&[memory(35 << 20)], BAR).held, Some(false));
    }
}
