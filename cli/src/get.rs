//! `larder get`: the value of a key, or what is known of its entry.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use clap::Args;
use larder::blocking::Reader;
use larder::entry::Meta;
use larder::key::KeyValue;
use larder::{Bytes, Format};
use pollster::block_on;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::json_text::JsonCodec;
use crate::opened::{Intent, Place};
use crate::{moment, typed};

const EXAMPLES: &str = "\
JSON is written as it is stored, MessagePack as JSON, raw bytes as they are. Values in postcard and bincode cannot be read \
without their Rust type; --entry shows what is known of them.

Examples:
  larder get --config cache.toml greeting
  larder get --config cache.toml --cache users i:42 --entry
  larder get --config cache.toml picture > picture.png

Exit codes: 0 found; 1 a miss, and the reason is told; 2 a wrong call or configuration; 3 the disk failed.";

/// What `get` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = typed::SYNTAX, after_long_help = format!("{}\n\n{EXAMPLES}", typed::SYNTAX))]
pub(crate) struct Get {
    #[command(flatten)]
    place: Place,
    /// The key
    #[arg(value_parser = typed::key)]
    key: KeyValue,
    /// Write what is known of the entry in place of the value
    #[arg(long)]
    entry: bool,
    /// Write one JSON object with the value and what is known of the entry
    #[arg(long)]
    json: bool,
}

impl Get {
    /// Writes the value.
    ///
    /// # Errors
    ///
    /// [`Failure::Found`] for a miss.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let opened = self.place.open(self.place.settings()?, Intent::Look)?;
        let larder = opened.store.larder();
        let shown = typed::shown(&self.key);
        let miss = |why: &str| Failure::Found(format!("miss: {why}: `{shown}` in cache `{}`", opened.name()));
        let meta = block_on(larder.disk().peek(&opened.key(&self.key)?))?;
        let meta = meta.ok_or_else(|| miss("nothing is stored"))?;
        if let Some(expires) = meta.expires.filter(|_| !meta.is_live(larder.now())) {
            return Err(miss(&format!("expired at {}", moment::shown(expires))));
        }
        let mut known = Known::of(&self.key, &meta);
        if self.entry && !self.json {
            return Ok(known.write(out)?);
        }
        let schema = || miss("written with another schema");
        let format = meta.format.parse().ok();
        if let Some(codec) = format.and_then(JsonCodec::new) {
            let value = opened.json(codec)?.get_entry(&self.key)?.ok_or_else(schema)?.value;
            if !self.json {
                return Ok(writeln!(out, "{}", value.as_str())?);
            }
            known.value = Some(value.into_raw());
            serde_json::to_writer_pretty(&mut *out, &known)?;
            return Ok(writeln!(out)?);
        }
        match format {
            // As it comes: it may be larger than memory.
            Some(Format::Raw) if !self.json && meta.compression == "none" && opened.reads(&meta) => {
                let reader = opened.cache::<Bytes>(Format::Raw)?.get_reader(&self.key)?;
                let mut reader = reader.ok_or_else(|| miss("nothing is stored"))?;
                return copy(&mut reader, out);
            }
            Some(Format::Raw) => {
                let cache = opened.cache::<Bytes>(Format::Raw)?;
                let value = cache.get_entry(&self.key)?.ok_or_else(schema)?.value;
                if !self.json {
                    return Ok(out.write_all(&value)?);
                }
                match str::from_utf8(&value) {
                    Ok(text) => known.text = Some(text.to_owned()),
                    Err(_) => known.hex = Some(typed::hex(&value)),
                }
            }
            // What is known is all that can be told, and was asked for.
            _ if self.entry => {}
            _ => {
                let message = format!(
                    "`{shown}` was written as {}, which cannot be read without its Rust type; \
                     --entry shows what is known of it",
                    meta.format
                );
                return Err(Failure::Call(message));
            }
        }
        serde_json::to_writer_pretty(&mut *out, &known)?;
        Ok(writeln!(out)?)
    }
}

/// Writes all that `reader` gives.
///
/// # Errors
///
/// [`Failure::Found`] and [`Failure::Disk`] for what cannot be read; those of `out`.
fn copy(reader: &mut Reader, out: &mut dyn Write) -> Result<(), Failure> {
    let mut chunk = vec![0; 1 << 18];
    loop {
        let read = reader.read(&mut chunk).map_err(|error| match error.downcast::<larder::Error>() {
            Ok(error) => Failure::from(error),
            Err(error) => Failure::Disk(format!("reading the value: {error}")),
        })?;
        if read == 0 {
            return Ok(());
        }
        out.write_all(&chunk[..read])?;
    }
}

/// What is known of an entry, and its value in the form that it has.
#[derive(Debug, Serialize)]
struct Known {
    key: Value,
    serializer: String,
    compression: String,
    stored: String,
    /// Never, if `None`.
    expires: Option<String>,
    tags: Vec<String>,
    cost_seconds: Option<f64>,
    schema: Option<String>,
    notes: BTreeMap<String, String>,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

impl Known {
    fn of(key: &KeyValue, meta: &Meta) -> Self {
        let note = |(name, note): (&String, &Bytes)| (name.clone(), note.escape_ascii().to_string());
        Self {
            key: typed::as_json(key),
            serializer: meta.format.to_string(),
            compression: meta.compression.to_string(),
            stored: moment::shown(meta.stored),
            expires: meta.expires.map(moment::shown),
            tags: meta.tags.iter().map(typed::shown_tag).collect(),
            cost_seconds: meta.cost.map(|cost| cost.as_secs_f64()),
            schema: meta.schema.map(|schema| format!("{:016x}", schema.bits())),
            notes: meta.user.iter().map(note).collect(),
            version: meta.version.to_string(),
            value: None,
            text: None,
            hex: None,
        }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "serializer   {}", self.serializer)?;
        writeln!(out, "compression  {}", self.compression)?;
        writeln!(out, "stored       {}", self.stored)?;
        writeln!(out, "expires      {}", self.expires.as_deref().unwrap_or("never"))?;
        writeln!(out, "tags         {}", self.tags.join(", "))?;
        if let Some(seconds) = self.cost_seconds {
            writeln!(out, "cost         {seconds} s")?;
        }
        if let Some(schema) = &self.schema {
            writeln!(out, "schema       {schema}")?;
        }
        for (name, note) in &self.notes {
            writeln!(out, "note {name}: {note}")?;
        }
        writeln!(out, "version      {}", self.version)
    }
}
