//! `larder get`: the value of a key, or what is known of its entry.

use std::io::Write;

use clap::Args;
use larder::key::KeyValue;
use larder::{Bytes, CacheEntry, Format};
use pollster::block_on;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::opened::{Intent, Opened, Place};
use crate::{moment, typed};

const EXAMPLES: &str = "\
JSON and MessagePack are written as JSON, raw bytes as they are. Values in postcard and bincode cannot be read
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
        let mut known = self.known(&meta);
        if self.entry && !self.json {
            for (name, value) in known {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                writeln!(out, "{name}: {value}")?;
            }
            return Ok(());
        }
        match meta.format.parse() {
            Ok(Format::Json | Format::MessagePack) => {
                let value: Value = self
                    .read(&opened, Format::Json)?
                    .ok_or_else(|| miss("written with another schema"))?
                    .value;
                if !self.json {
                    serde_json::to_writer_pretty(&mut *out, &value)?;
                    return Ok(writeln!(out)?);
                }
                known.insert("value".into(), value);
            }
            Ok(Format::Raw) => {
                let value: Bytes = self
                    .read(&opened, Format::Raw)?
                    .ok_or_else(|| miss("written with another schema"))?
                    .value;
                if !self.json {
                    return Ok(out.write_all(&value)?);
                }
                match str::from_utf8(&value) {
                    Ok(text) => known.insert("text".into(), text.into()),
                    Err(_) => known.insert("hex".into(), typed::hex(&value).into()),
                };
            }
            // What is known is all that can be told, and was asked for.
            _ if self.entry => {}
            _ => {
                let message = format!(
                    "`{shown}` was written as {}, which cannot be read without its Rust type; --entry shows what is known",
                    meta.format
                );
                return Err(Failure::Call(message));
            }
        }
        serde_json::to_writer_pretty(&mut *out, &known)?;
        Ok(writeln!(out)?)
    }

    fn read<V>(&self, opened: &Opened, format: Format) -> Result<Option<CacheEntry<V>>, Failure>
    where
        V: serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
    {
        Ok(opened.cache::<V>(format)?.get_entry(&self.key)?)
    }

    fn known(&self, meta: &larder::entry::Meta) -> Map<String, Value> {
        let tags: Vec<String> = meta.tags.iter().map(typed::shown_tag).collect();
        let notes: Map<String, Value> = meta
            .user
            .iter()
            .map(|(name, note)| (name.clone(), Value::from(note.escape_ascii().to_string())))
            .collect();
        let known = json!({
            "key": if self.json { typed::as_json(&self.key) } else { typed::shown(&self.key).into() },
            "serializer": meta.format,
            "compression": meta.compression,
            "stored": moment::shown(meta.stored),
            "expires": meta.expires.map(moment::shown),
            "tags": tags,
            "cost_seconds": meta.cost.map(|cost| cost.as_secs_f64()),
            "schema": meta.schema.map(|schema| format!("{:016x}", schema.bits())),
            "notes": notes,
            "version": meta.version.to_string(),
        });
        match known {
            Value::Object(known) => known,
            _ => Map::new(),
        }
    }
}
