//! The text of settings: which of the two languages it is in, and what stands where in it.
//!
//! Nodes know the byte at which their name begins; lines and columns are counted only for what is told to people, so
//! that reading stays linear in the length of the text.

mod from_json;
mod from_toml;

use std::path::Path;

use larder_core::{Error, ErrorKind, Result};

use super::node::{At, Node};
use super::spot::Spot;

/// What is wrong with which setting.
#[derive(Debug)]
pub(super) struct Fault {
    /// Names from the top to the setting.
    pub(super) path: String,
    pub(super) kind: ErrorKind,
    pub(super) message: String,
    /// Where it was written, if that is not where the setting of that path stands.
    pub(super) at: Option<At>,
}

impl Fault {
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), kind: ErrorKind::Invalid, message: message.into(), at: None }
    }

    pub(super) fn unsupported(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Unsupported, ..Self::new(path, message) }
    }

    pub(super) fn at(self, at: At) -> Self {
        Self { at: Some(at), ..self }
    }

    /// The error, where no text is at hand that it stands in.
    pub(super) fn into_error(self) -> Error {
        Error::new(self.kind, format!("{}: {}", self.path, self.message))
    }
}

/// What is wrong with the text itself, and at which byte.
struct Syntax {
    at: usize,
    message: String,
}

/// A text with the file that it was read from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: Option<&'a Path>,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// What the text says.
    pub(super) fn parse(&self) -> Result<Node> {
        let parsed = if self.is_json() { from_json::parse(self.text) } else { from_toml::parse(self.text) };
        parsed.map_err(|syntax| self.error_at(syntax.at, &syntax.message))
    }

    /// The name of the file decides, and without one that the text begins as no TOML does.
    fn is_json(&self) -> bool {
        let extension = self.file.and_then(Path::extension);
        match extension {
            Some(extension) if extension.eq_ignore_ascii_case("json") => true,
            Some(extension) if extension.eq_ignore_ascii_case("toml") => false,
            _ => self.text.trim_start().starts_with('{'),
        }
    }

    /// The error with the place of the setting in `tree`, or of what it is missing from.
    pub(super) fn error(&self, tree: &Node, fault: &Fault) -> Error {
        let at = fault.at.as_ref().unwrap_or_else(|| &tree.nearest(&fault.path).at);
        let place = self.spot(at).map(|spot| format!("{spot}: ")).unwrap_or_default();
        Error::new(fault.kind, format!("{place}{}: {}", fault.path, fault.message))
    }

    pub(super) fn error_at(&self, at: usize, message: &str) -> Error {
        let spot = self.spot(&At::Byte(at)).expect("a byte has a place");
        Error::new(ErrorKind::Invalid, format!("{spot}: {message}"))
    }

    /// What people are told of a place.
    pub(super) fn spot(&self, at: &At) -> Option<Spot> {
        match at {
            At::Nowhere => None,
            At::Variable(variable) => Some(Spot::Environment { variable: variable.clone() }),
            At::Url => Some(Spot::Url),
            At::Argument => Some(Spot::Argument),
            At::Byte(at) => {
                // A place inside a character, or beyond the text, is rounded: it only serves people.
                let before = self.text.get(..*at).unwrap_or(self.text);
                let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
                Some(Spot::File {
                    file: self.file.map(Path::to_owned),
                    line: before.matches('\n').count() + 1,
                    column: line.chars().count() + 1,
                })
            }
        }
    }
}
