//! Tables for people: columns as wide as they need, words to the left and numbers to the right.
//!
//! A table crate would bring borders, colours and the width of terminals; this is all that is wanted here.

use std::io::{self, Write};

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells under a head of one or more lines.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: Vec<Align>,
    lines: Vec<Line>,
    /// The widths of parts that are written.
    least: Vec<usize>,
}

#[derive(Clone, Debug)]
enum Line {
    Cells(Vec<String>),
    Rule,
}

impl Table {
    /// An empty table of such columns.
    pub(crate) fn new(columns: impl Into<Vec<Align>>) -> Self {
        Self { columns: columns.into(), lines: Vec::new(), least: Vec::new() }
    }

    /// Adds a row. Cells beyond the columns are left out.
    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.lines.push(Line::Cells(cells.into_iter().map(Into::into).collect()));
    }

    /// Adds a line across all columns.
    pub(crate) fn rule(&mut self) {
        self.lines.push(Line::Rule);
    }

    /// Writes the table.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let widths = self.widths();
        let whole = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
        for line in &self.lines {
            let text = match line {
                Line::Rule => "-".repeat(whole),
                Line::Cells(cells) => {
                    let places = cells.iter().zip(&self.columns).zip(&widths);
                    let set = places.map(|((cell, align), width)| match align {
                        Align::Left => format!("{cell:<width$}"),
                        Align::Right => format!("{cell:>width$}"),
                    });
                    set.collect::<Vec<_>>().join("  ")
                }
            };
            writeln!(out, "{}", text.trim_end())?;
        }
        Ok(())
    }

    /// Writes what the table has so far, and forgets it: what follows is set by its own widths, but never narrower.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub(crate) fn write_part(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.write(out)?;
        self.least = self.widths();
        self.lines.clear();
        Ok(())
    }

    fn widths(&self) -> Vec<usize> {
        (0..self.columns.len()).map(|column| self.width(column)).collect()
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.lines.iter().filter_map(|line| match line {
            Line::Cells(cells) => cells.get(column),
            Line::Rule => None,
        });
        let least = self.least.get(column).copied().unwrap_or(0);
        cells.map(|cell| cell.chars().count()).fold(least, usize::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new([Align::Left, Align::Right]);
        table.row(["disk", "set"]);
        table.rule();
        table.row(["memory", "1.5"]);
        table.row(["é", "100.25"]);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let lines = ["disk       set", "--------------", "memory     1.5", "é       100.25", ""];
        assert_eq!(String::from_utf8(out).unwrap(), lines.join("\n"));
    }

    #[test]
    fn a_table_in_parts_is_written_once_and_never_gets_narrower() {
        let mut table = Table::new([Align::Left, Align::Right]);
        let mut out = Vec::new();
        for row in [["longest", "1"], ["short", "2"], ["the longest", "3"]] {
            table.row(row);
            table.write_part(&mut out).unwrap();
        }
        let lines = ["longest  1", "short    2", "the longest  3", ""];
        assert_eq!(String::from_utf8(out).unwrap(), lines.join("\n"));
    }

    #[test]
    fn an_empty_table_is_nothing() {
        let mut out = Vec::new();
        Table::new([]).write(&mut out).unwrap();
        assert!(out.is_empty());
    }
}
