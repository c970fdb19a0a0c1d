//! The text of settings, and where each of them stands in it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use larder_core::{Error, ErrorKind, Result};
use toml::Table;
use toml::de::{DeTable, DeValue};

/// Where the name of each setting begins, by its path.
pub(super) type Spots = BTreeMap<String, usize>;

/// What is wrong with which setting.
#[derive(Debug)]
pub(super) struct Fault {
    /// Names from the top to the setting.
    pub(super) path: String,
    pub(super) kind: ErrorKind,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), kind: ErrorKind::Invalid, message: message.into() }
    }

    /// The error, where no text is at hand that it stands in.
    pub(super) fn into_error(self) -> Error {
        Error::new(self.kind, format!("{}: {}", self.path, self.message))
    }
}

/// A text with the file that it was read from.
pub(super) struct Source<'a> {
    pub(super) file: Option<&'a Path>,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// The settings as TOML understands them, and where they stand.
    pub(super) fn parse(&self) -> Result<(Table, Spots)> {
        let syntax = |error: toml::de::Error| {
            let at = error.span().map_or(self.text.len(), |span| span.start);
            self.error_at(at, &format!("no TOML: {}", error.message().lines().collect::<Vec<_>>().join(", ")))
        };
        let mut spots = Spots::new();
        collect(DeTable::parse(self.text).map_err(syntax)?.get_ref(), "", &mut spots);
        let table = self.text.parse().map_err(syntax)?;
        Ok((table, spots))
    }

    /// The error with the place of the setting, or of what it is missing from.
    pub(super) fn error(&self, spots: &Spots, fault: &Fault) -> Error {
        let mut path = fault.path.as_str();
        let at = loop {
            if let Some(at) = spots.get(path) {
                break *at;
            }
            match path.rsplit_once('.') {
                Some((above, _)) => path = above,
                None => break self.text.len(),
            }
        };
        let message = format!("{}{}: {}", self.place(at), fault.path, fault.message);
        Error::new(fault.kind, message)
    }

    pub(super) fn error_at(&self, at: usize, message: &str) -> Error {
        Error::new(ErrorKind::Invalid, format!("{}{message}", self.place(at)))
    }

    /// `file:line:column: ` of a byte of the text; both count from one, columns in characters.
    fn place(&self, at: usize) -> String {
        // A place inside a character, or beyond the text, is rounded: it only serves people.
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
        let mut place = String::new();
        if let Some(file) = self.file {
            let _infallible = write!(place, "{}:", file.display());
        }
        let number = before.matches('\n').count() + 1;
        let _infallible = write!(place, "{number}:{}: ", line.chars().count() + 1);
        place
    }
}

/// Notes where the names in `table` begin. Tables of one array share a path: the first one is meant.
fn collect(table: &DeTable<'_>, above: &str, spots: &mut Spots) {
    for (name, value) in table {
        let path = join(above, name.get_ref());
        spots.entry(path.clone()).or_insert(name.span().start);
        match value.get_ref() {
            DeValue::Table(table) => collect(table, &path, spots),
            DeValue::Array(array) => {
                let tables = array.iter().filter_map(|value| value.get_ref().as_table());
                tables.for_each(|table| collect(table, &path, spots));
            }
            _ => {}
        }
    }
}

pub(super) fn join(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") }
}
