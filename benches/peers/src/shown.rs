//! Rows as a table for people.

use std::fmt::Write;

use crate::engine::Kind;
use crate::row::Row;

/// The engines that others are compared with.
const REFERENCES: [Kind; 2] = [Kind::Diskcache, Kind::Lmdb];

/// Rows as text, those of one work, size and number of entries together, in the order of the first of them.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    let block = |row: &Row| (row.work.clone(), row.size, row.entries);
    let first = |row: &Row| rows.iter().position(|other| block(other) == block(row));
    let mut together: Vec<&Row> = rows.iter().collect();
    together.sort_by_key(|row| first(row));
    let mut shown: Option<(&str, usize, u64)> = None;
    for row in together {
        let block = (row.work.as_str(), row.size, row.entries);
        if shown != Some(block) {
            let gap = if shown.is_some() { "\n" } else { "" };
            let (work, size, entries) = block;
            let title = format!("{work}, {size} B, {entries} entries");
            push(
                &mut text,
                format_args!(
                    "{gap}{title:44} {:>10} {:>10} {:>10} {:>11} {:>8} {:>11} {:>8}\n",
                    "p50 us", "p90 us", "p99 us", "a second", "B/entry", "x diskcache", "x lmdb"
                ),
            );
            shown = Some(block);
        }
        let faster = REFERENCES.map(|reference| faster(rows, row, reference));
        push(
            &mut text,
            format_args!(
                "  {:42} {:>10} {:>10} {:>10} {:>11} {:>8} {:>11} {:>8}{}{}\n",
                row.engine,
                figure(row.p50_us, 2),
                figure(row.p90_us, 2),
                figure(row.p99_us, 2),
                figure(row.per_second, 0),
                figure(row.bytes_per_entry, 0),
                figure(faster[0], 2),
                figure(faster[1], 2),
                row.anonymous_bytes.map_or_else(String::new, |bytes| {
                    format!("  {:.1} MiB of memory", bytes as f64 / f64::from(1 << 20))
                }),
                if row.forgotten > 0 { format!("  {} forgotten", row.forgotten) } else { String::new() },
            ),
        );
    }
    text
}

/// How many times faster a row is than that of the reference at the same work, by p50.
fn faster(rows: &[Row], row: &Row, reference: Kind) -> Option<f64> {
    let same = |other: &&Row| {
        (other.work.as_str(), other.size, other.entries) == (row.work.as_str(), row.size, row.entries)
    };
    let reference = rows.iter().filter(same).find(|other| other.engine == reference.name())?;
    reference.times(row)
}

fn figure(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Round;

    fn row(kind: Kind, work: &str, p50: f64) -> Row {
        let row =
            Row { engine: kind.name(), work: work.to_owned(), size: 100, entries: 10, ..Row::default() };
        row.of_rounds(vec![Round { p50, p90: p50, p99: p50, per_second: 1e6 / p50 }])
    }

    #[test]
    fn a_row_is_compared_with_the_same_work_alone() {
        let rows = [row(Kind::Lmdb, "set", 4.0), row(Kind::Lmdb, "get", 1.0), row(Kind::Redb, "get", 2.0)];
        assert_eq!(faster(&rows, &rows[2], Kind::Lmdb), Some(0.5));
        assert_eq!(faster(&rows, &rows[2], Kind::Diskcache), None);
    }

    #[test]
    fn each_work_has_a_title_and_each_engine_a_line() {
        let rows = [row(Kind::Lmdb, "set", 4.0), row(Kind::Redb, "set", 4.0), row(Kind::Redb, "get", 2.0)];
        let text = table(&rows);
        assert_eq!(text.lines().filter(|line| line.contains("p50 us")).count(), 2, "{text}");
        assert_eq!(text.lines().filter(|line| line.trim_start().starts_with("redb ")).count(), 2, "{text}");
    }
}
