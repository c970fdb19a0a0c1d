//! Keys for humans: short, and free of control characters.
//!
//! The text is written straight from the bytes and breaks off at its limit, so that no error about a key of 10 MB
//! is itself of 10 MB. It is not meant to be read back.

use std::fmt::{self, Write};

use super::decoder::{Elements, NamedFields, Whole};
use super::element::{self, Number};
use super::{Decoder, namespace};
use crate::error::{Error, ErrorKind, Result};

/// How many characters of the name of a namespace are shown.
const MOST_OF_NAME: usize = 24;
/// How many characters of a value are shown.
const MOST_OF_VALUE: usize = 40;

/// Writes namespace and value of a whole key, shortened.
pub(super) fn key(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let Ok((_, name, value)) = namespace::split(bytes) else { return f.write_str("(no key)") };
    match name {
        Some(name) => shortened(f, MOST_OF_NAME, |out| put(out, format_args!("{}", name.escape_debug())))?,
        None => f.write_str("(reserved)")?,
    }
    f.write_char('/')?;
    shortened(f, MOST_OF_VALUE, |out| element(&mut Decoder::new(value), out))
}

/// Writes a value in full.
pub(super) fn value(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    shortened(f, usize::MAX, |out| element(&mut Decoder::new(bytes), out))
}

/// Passes on so many characters and then breaks off.
struct Shortened<'f, 'o> {
    out: &'f mut fmt::Formatter<'o>,
    left: usize,
}

impl Write for Shortened<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match text.char_indices().nth(self.left) {
            None => {
                self.left -= text.chars().count();
                self.out.write_str(text)
            }
            Some((end, _)) => {
                self.left = 0;
                self.out.write_str(text.split_at(end).0)?;
                Err(fmt::Error)
            }
        }
    }
}

/// Writes with `write`, and an ellipsis in the place of what is over `most` characters or damaged.
fn shortened(
    f: &mut fmt::Formatter<'_>,
    most: usize,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> fmt::Result {
    match write(&mut Shortened { out: f, left: most }) {
        Ok(()) => Ok(()),
        // If it was the formatter that failed, it fails again.
        Err(_) => f.write_char('…'),
    }
}

/// Writes the next element.
fn element(decoder: &mut Decoder<'_>, out: &mut dyn Write) -> Result<()> {
    match decoder.peek() {
        Some(element::NUMBER) => match decoder.any_number()? {
            Number::Integer(value) => put(out, format_args!("{value}")),
            Number::Float(value) => put(out, format_args!("{value:?}")),
        },
        Some(element::BELOW | element::ABOVE) => match decoder.any_integer()? {
            Whole::Small(value) => put(out, format_args!("{value}")),
            Whole::Big { negative, magnitude } => {
                put(out, format_args!("{}{magnitude}", if negative { "-" } else { "" }))
            }
        },
        Some(element::TEXT) => put(out, format_args!("{:?}", decoder.text()?)),
        Some(element::BYTES) => put(out, format_args!("b\"{}\"", decoder.bytes()?.escape_ascii())),
        Some(element::NULL) => decoder.null().and_then(|()| put(out, format_args!("null"))),
        Some(element::FALSE | element::TRUE) => {
            let value = decoder.bool()?;
            put(out, format_args!("{value}"))
        }
        Some(element::SOME) => {
            put(out, format_args!("some("))?;
            decoder.some_with(|decoder| element(decoder, out))?;
            put(out, format_args!(")"))
        }
        Some(element::SEQUENCE) => decoder.sequence(|elements| listed(elements, out, "[", "]")),
        Some(element::TUPLE) => decoder.tuple(|elements| listed(elements, out, "(", ")")),
        Some(element::SET) => decoder.set(|elements| listed(elements, out, "{", "}")),
        Some(element::MAP) => decoder.map(|elements| paired(elements, out)),
        Some(element::STRUCTURE) => decoder.any_structure(|name, fields| {
            put(out, format_args!("{}", name.escape_debug()))?;
            named(fields, out)
        }),
        Some(element::VARIANT) => decoder.any_variant(|name, variant, fields| {
            put(out, format_args!("{}::{}", name.escape_debug(), variant.escape_debug()))?;
            named(fields, out)
        }),
        _ => Err(Error::new(ErrorKind::Corrupt, "an element without a known kind")),
    }
}

fn listed(elements: &mut Elements<'_, '_>, out: &mut dyn Write, open: &str, close: &str) -> Result<()> {
    let mut lead = open;
    let mut count = 0;
    while elements
        .next_with(|decoder| {
            put(out, format_args!("{lead}"))?;
            element(decoder, out)
        })?
        .is_some()
    {
        lead = ", ";
        count += 1;
    }
    match (count, open) {
        (0, _) => put(out, format_args!("{open}{close}")),
        (1, "(") => put(out, format_args!(",)")),
        _ => put(out, format_args!("{close}")),
    }
}

fn paired(elements: &mut Elements<'_, '_>, out: &mut dyn Write) -> Result<()> {
    put(out, format_args!("{{"))?;
    let mut lead = "";
    loop {
        let key = elements.next_with(|decoder| {
            put(out, format_args!("{lead}"))?;
            element(decoder, out)
        })?;
        if key.is_none() {
            return put(out, format_args!("}}"));
        }
        put(out, format_args!(": "))?;
        elements.next_with(|decoder| element(decoder, out))?;
        lead = ", ";
    }
}

fn named(fields: &mut NamedFields<'_, '_>, out: &mut dyn Write) -> Result<()> {
    let mut lead = " { ";
    while fields
        .any_with(|name, decoder| {
            put(out, format_args!("{lead}{}: ", name.escape_debug()))?;
            element(decoder, out)
        })?
        .is_some()
    {
        lead = ", ";
    }
    put(out, format_args!("{}", if lead == ", " { " }" } else { "" }))
}

fn put(out: &mut dyn Write, text: fmt::Arguments<'_>) -> Result<()> {
    // The error ends the walk and is seen by nobody: an ellipsis stands in its place.
    out.write_fmt(text).map_err(|cause| Error::new(ErrorKind::Invalid, "a text that is full").because(cause))
}
