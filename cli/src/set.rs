//! `larder set`: stores a value under a key.

use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use larder::disk::Refusal;
use larder::key::KeyValue;
use larder::{Bytes, CacheSettings, Compression, Format, Outcome, Tag, WriteOptions};
use serde_json::json;

use crate::failure::Failure;
use crate::json_text::{JsonCodec, JsonText};
use crate::opened::{Intent, Place};
use crate::{moment, typed};

const EXAMPLES: &str = "\
The value is JSON where the configuration says json or messagepack, and bytes where it says raw. \
JSON text is stored as it is given. messagepack refuses numbers that 64 bits do not hold exactly and objects with duplicate keys. \
Postcard and bincode cannot be written without a Rust type. Without VALUE and --file it is read from the standard input. Raw bytes \
that are not to be compressed are stored as they come, and may be larger than memory.

Examples:
  larder set --config cache.toml greeting '\"hello\"'
  larder set --config cache.toml greeting hello --text --life 1h --tag words
  larder set --config cache.toml --cache users i:42 --file ann.json
  curl https://example.org | larder set --config raw.toml page

Exit codes: 0 stored; 1 refused, and the reason is told; 2 a wrong call or configuration; 3 the disk failed.";

/// What `set` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = typed::SYNTAX, after_long_help = format!("{}\n\n{EXAMPLES}", typed::SYNTAX))]
pub(crate) struct Set {
    #[command(flatten)]
    place: Place,
    /// The key
    #[arg(value_parser = typed::key)]
    key: KeyValue,
    /// The value
    #[arg(conflicts_with = "file")]
    value: Option<String>,
    /// Read the value from this file
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The value is text, and not JSON
    #[arg(long)]
    text: bool,
    /// How long the entry lives, such as 90s, 1h or 7 days
    #[arg(long, value_name = "TIME", value_parser = moment::span)]
    life: Option<Duration>,
    /// A label to evict by; can be given more than once
    #[arg(long, value_name = "TAG", value_parser = typed::tag)]
    tag: Vec<Tag>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// A value as it was given.
enum Given {
    Json(JsonText, JsonCodec),
    Bytes(Bytes),
    /// Bytes that are read while they are stored.
    Coming(Box<dyn Read + Send>),
}

fn unreadable(name: &str, cause: &std::io::Error) -> Failure {
    Failure::Call(format!("reading {name}: {cause}"))
}

impl Set {
    /// Stores the value.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] for a value that is not what the serializer takes: nothing is created.
    /// [`Failure::Found`] for a value that was refused.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let settings = self.place.settings()?;
        let format = settings.cache.serializer;
        if JsonCodec::new(format).is_none() && format != Format::Raw {
            let message = format!(
                "the configuration says {format}, which cannot be written without a Rust type: use json, messagepack or raw"
            );
            return Err(Failure::Call(message));
        }
        let value = self.value(&settings.cache)?;
        let opened = self.place.open(settings, Intent::Fill)?;
        let mut options = WriteOptions { tags: self.tag.clone(), ..WriteOptions::default() };
        if let Some(life) = self.life {
            options = options.life(life);
        }
        let outcome = match value {
            Given::Json(value, codec) => opened.json(codec)?.set_with(&self.key, &value, &options)?,
            Given::Bytes(bytes) => opened.cache::<Bytes>(format)?.set_with(&self.key, &bytes, &options)?,
            Given::Coming(reader) => opened.streams()?.set_reader(&self.key, reader, &options)?,
        };
        let sync = opened.sync();
        let why = match outcome {
            Outcome::Stored => None,
            Outcome::Kept => Some("another entry is there".to_owned()),
            Outcome::Refused(Refusal::TooLarge { size, limit }) => {
                Some(format!("an entry of {size} bytes is larger than the size limit of {limit} bytes"))
            }
            Outcome::Refused(Refusal::Full) => {
                Some("the disk is full, and its policy lets nothing go".to_owned())
            }
            Outcome::Refused(Refusal::NotAdmitted) => Some("the policy did not admit it yet".to_owned()),
            Outcome::Failed(kind) => return Err(Failure::Disk(format!("the disk failed: {kind}"))),
        };
        sync?;
        if self.json {
            let line = json!({ "key": typed::as_json(&self.key), "stored": why.is_none(), "why": why });
            writeln!(out, "{line}")?;
        }
        match why {
            None => Ok(()),
            Some(why) => Err(Failure::Found(format!("not stored: {why}"))),
        }
    }

    /// The value as it is to be stored. Raw bytes of a file or the standard input are not read yet where they go to the
    /// disk as they come; what is to be compressed is read first.
    fn value(&self, cache: &CacheSettings) -> Result<Given, Failure> {
        if let Some(value) = &self.value {
            return self.given(value.clone().into_bytes().into(), cache.serializer);
        }
        let (mut reader, name): (Box<dyn Read + Send>, String) = match &self.file {
            Some(path) => {
                let name = path.display().to_string();
                let file = File::open(path).map_err(|cause| unreadable(&name, &cause))?;
                // A directory opens, and cannot be read.
                let meta = file.metadata().map_err(|cause| unreadable(&name, &cause))?;
                if meta.is_dir() {
                    return Err(Failure::Call(format!("reading {name}: it is a directory")));
                }
                (Box::new(file), name)
            }
            None => (Box::new(std::io::stdin()), "the standard input".to_owned()),
        };
        if cache.serializer == Format::Raw && cache.compression == Compression::None {
            return Ok(Given::Coming(reader));
        }
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|cause| unreadable(&name, &cause))?;
        self.given(bytes.into(), cache.serializer)
    }

    fn given(&self, bytes: Bytes, format: Format) -> Result<Given, Failure> {
        match JsonCodec::new(format) {
            Some(codec) => Ok(Given::Json(self.json_text(&bytes)?, codec)),
            None => Ok(Given::Bytes(bytes)),
        }
    }

    fn json_text(&self, bytes: &[u8]) -> Result<JsonText, Failure> {
        if self.text {
            let text = str::from_utf8(bytes)
                .map_err(|error| Failure::Call(format!("the value is no text: {error}")))?;
            return Ok(JsonText::of_text(text));
        }
        JsonText::parse(bytes).map_err(|error| {
            Failure::Call(format!(
                "the value is not JSON: {error}; --text takes it as text, or quote it: '\"...\"'"
            ))
        })
    }
}
