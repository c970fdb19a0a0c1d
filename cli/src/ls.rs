//! `larder ls`: the entries of a cache, without their values.

use std::io::Write;

use clap::Args;
use larder::disk::Scope;
use larder::{Tag, Time};
use serde_json::json;

use crate::failure::Failure;
use crate::listed::{self, Listed, More};
use crate::opened::{Intent, Place};
use crate::size::bytes;
use crate::table::{Align, Table};
use crate::{moment, typed};

const EXAMPLES: &str = "\
Entries come in the order of insertion where the disk knows it. Size is what an entry adds to the volume, key \
and metadata included. Dead entries, whose life is over, lie on the disk until room is made; they are marked.

Examples:
  larder ls --config cache.toml
  larder ls --config cache.toml --tag words --limit 10
  larder ls --config cache.toml --json | jq -r .key.text

Exit codes: 0 done; 2 a wrong call or configuration; 3 the disk failed.";

/// The longest key or list of tags that a table shows, in characters.
const WIDEST: usize = 60;

/// What `ls` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = typed::SYNTAX, after_long_help = format!("{}\n\n{EXAMPLES}", typed::SYNTAX))]
pub(crate) struct Ls {
    #[command(flatten)]
    place: Place,
    /// List only entries that have this tag
    #[arg(long, value_name = "TAG", value_parser = typed::tag)]
    tag: Option<Tag>,
    /// List at most so many entries
    #[arg(long, value_name = "N", default_value_t = u64::MAX, hide_default_value = true)]
    limit: u64,
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Ls {
    /// Writes the list.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let opened = self.place.open(self.place.settings()?, Intent::Look)?;
        let now = opened.store.larder().now();
        let scope = self.tag.clone().map_or(Scope::All, Scope::Tagged);
        let mut table = Table::new([Align::Left, Align::Right, Align::Left, Align::Left, Align::Left]);
        table.row(["key", "size", "codec", "expires", "tags"]);
        table.rule();
        let mut left = self.limit;
        listed::each(&opened, &scope, |entry| {
            if self.tag.as_ref().is_some_and(|tag| !entry.meta.tags.contains(tag)) {
                return Ok(More::Yes);
            }
            if left == 0 {
                return Ok(More::No);
            }
            left -= 1;
            if self.json {
                writeln!(out, "{}", as_json(&entry, now)?)?;
            } else {
                table.row(cells(&entry, now)?);
            }
            Ok(More::Yes)
        })?;
        if !self.json {
            table.write(out)?;
        }
        Ok(())
    }
}

fn as_json(entry: &Listed, now: Time) -> Result<serde_json::Value, Failure> {
    let Listed { key, meta, size } = entry;
    Ok(json!({
        "key": typed::as_json(&key.value()?),
        "size": size,
        "serializer": meta.format,
        "compression": meta.compression,
        "stored": moment::shown(meta.stored),
        "expires": meta.expires.map(moment::shown),
        "live": meta.is_live(now),
        "tags": meta.tags.iter().map(typed::shown_tag).collect::<Vec<_>>(),
    }))
}

fn cells(entry: &Listed, now: Time) -> Result<[String; 5], Failure> {
    let Listed { key, meta, size } = entry;
    let codec = match &*meta.compression {
        "none" => meta.format.to_string(),
        compression => format!("{}+{compression}", meta.format),
    };
    let expires = match meta.expires {
        None => "never".to_owned(),
        Some(expires) if meta.is_live(now) => moment::shown(expires),
        Some(expires) => format!("{} (dead)", moment::shown(expires)),
    };
    let tags: Vec<String> = meta.tags.iter().map(typed::shown_tag).collect();
    Ok([shortened(typed::shown(&key.value()?)), bytes(*size), codec, expires, shortened(tags.join(", "))])
}

/// `text`, broken off where it is too long for a table.
fn shortened(text: String) -> String {
    match text.char_indices().nth(WIDEST) {
        None => text,
        Some((end, _)) => format!("{}…", text.split_at(end).0),
    }
}
