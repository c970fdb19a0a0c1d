//! How many entries each namespace has.

use std::io;
use std::sync::atomic::Ordering;

use crate::area::UNIT;
use crate::head::Word;
use crate::section::{Section, condemned};
use crate::tables::{Address, NAMESPACE, Table, Tables};

pub(crate) const fn address(row: usize, word: usize) -> Address {
    Address::new(Table::Namespaces, row * NAMESPACE + word)
}

fn rows(tables: &Tables) -> usize {
    let rows = Word::Namespaces.value_in(tables.head.load(Word::Namespaces as usize, Ordering::Acquire));
    let reserved = Word::NamespaceWords.get(&tables.head) as usize * (UNIT / NAMESPACE);
    // Bounded by the length of the file: the word in the head may be damaged.
    (rows.unwrap_or(0) as usize).min(reserved)
}

/// The row of `namespace`. Disks have few of them, so looking through all is quick.
fn find(tables: &Tables, rows: usize, namespace: u64) -> Option<usize> {
    (0..rows).find(|row| tables.get(address(*row, 0)) == namespace)
}

/// The entries of `namespace`.
pub(crate) fn of(tables: &Tables, namespace: u64) -> u64 {
    find(tables, rows(tables), namespace).map_or(0, |row| tables.get(address(row, 1)))
}

/// All namespaces that were ever counted, with their entries.
pub(crate) fn all(tables: &Tables) -> impl Iterator<Item = (u64, u64)> + '_ {
    (0..rows(tables)).map(|row| (tables.get(address(row, 0)), tables.get(address(row, 1))))
}

/// Counts entries of `namespace` in or out, in the step of `section`.
pub(crate) fn add(section: &mut Section<'_>, namespace: u64, difference: i64) -> io::Result<()> {
    let rows = section.head(Word::Namespaces) as usize;
    if rows > section.head(Word::NamespaceWords) as usize * (UNIT / NAMESPACE) {
        section.condemn("there are more namespaces than the table has rows");
        return Err(condemned());
    }
    // Rows of this step are not in the table yet: a step counts for two namespaces at most, and makes one row at most.
    let row = if let Some(row) = (0..rows).find(|row| section.get(address(*row, 0)) == namespace) {
        row
    } else {
        section.reserve(&section.tables.namespaces, Word::NamespaceWords, (rows + 1) * NAMESPACE)?;
        section.set(address(rows, 0), namespace);
        section.set(address(rows, 1), 0);
        section.set_head(Word::Namespaces, rows as u64 + 1);
        rows
    };
    section.add(address(row, 1), difference);
    Ok(())
}
