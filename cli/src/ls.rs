//! `larder ls`: the entries of a cache, without their values.

mod filter;
mod ranking;

use std::io::Write;

use clap::Args;
use larder::Time;
use larder::entry::Meta;
use serde_json::json;

use crate::failure::{Failure, say};
use crate::listed::{self, Cursor, Listed, More, Paging};
use crate::opened::{Intent, Place};
use crate::size::bytes;
use crate::table::{Align, Table};
use crate::{moment, typed};

use filter::Filter;
use ranking::{Ranking, Sort};

const EXAMPLES: &str = "\
Entries come in the order of insertion where the disk knows it. Size is what an entry adds to the volume, key \
and metadata included. Dead entries, whose life is over, lie on the disk until room is made; they are marked.

A time is such as 2026-11-22T23:40:12Z, or a span counted back from now, such as '7 days'.

With --limit a list ends early, and the next part begins --after the cursor that is told; with --json every entry has \
its own. Entries that are stored meanwhile come behind the others. --sort with --limit keeps no more than those.

Examples:
  larder ls -c cache.toml
  larder ls -c cache.toml --tag words --limit 10
  larder ls -c cache.toml --larger 1MiB --older '7 days' --count
  larder ls -c cache.toml --sort size --limit 20
  larder ls -c cache.toml --json | jq -r .key.text

Exit codes: 0 done; 2 a wrong call or configuration; 3 the disk failed.";

/// The longest key or list of tags that a table shows, in characters.
const WIDEST: usize = 60;

/// A table is written in parts of so many lines, so that it is not held whole.
const LINES: usize = 1000;

/// What `ls` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = typed::SYNTAX, after_long_help = format!("{}\n\n{EXAMPLES}", typed::SYNTAX))]
pub(crate) struct Ls {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    filter: Filter,
    /// Sort by this, and not by insertion
    #[arg(long, value_name = "BY", conflicts_with = "after")]
    sort: Option<Sort>,
    /// List at most so many entries
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Begin behind this place, which an earlier list told
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
    /// Write only how many there are, and their volume
    #[arg(long, conflicts_with_all = ["sort", "limit", "after"])]
    count: bool,
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
        let limit = self.limit.unwrap_or(u64::MAX);
        let paging = match (self.limit, self.after, self.sort) {
            (None, None, _) | (_, _, Some(_)) => Paging::Whole,
            (_, after, None) => Paging::Parts(after),
        };
        let mut list = List::new(out, self.json, now);
        let (mut count, mut volume, mut last, mut more) = (0, 0, None, false);
        let mut ranking = self.sort.map(|sort| Ranking::new(sort, limit));
        let wanted = |brief: &_| self.filter.may_mean(brief);
        listed::each(&opened, &self.filter.scope(now), paging, wanted, |entry| {
            if !self.filter.means(&entry, now)? {
                return Ok(More::Yes);
            }
            if let Some(ranking) = &mut ranking {
                ranking.add(entry);
                return Ok(More::Yes);
            }
            if count == limit {
                more = true;
                return Ok(More::No);
            }
            count += 1;
            volume += entry.size;
            last = Some(entry.place);
            if self.count { Ok(More::Yes) } else { list.add(&entry).map(|()| More::Yes) }
        })?;
        if self.count {
            return self.write_count(count, volume, list.out);
        }
        for entry in ranking.into_iter().flat_map(Ranking::into_entries) {
            list.add(&entry)?;
        }
        list.end()?;
        if let Some(last) = last.filter(|_| more) {
            say(format_args!("larder: there are more: --after {last}"));
        }
        Ok(())
    }

    fn write_count(&self, count: u64, volume: u64, out: &mut dyn Write) -> Result<(), Failure> {
        if self.json {
            writeln!(out, "{}", json!({ "count": count, "volume": volume }))?;
        } else {
            writeln!(out, "{count} entries, {}", bytes(volume))?;
        }
        Ok(())
    }
}

/// Writes entries, as lines of JSON or as a table.
struct List<'a> {
    out: &'a mut dyn Write,
    json: bool,
    now: Time,
    table: Table,
    lines: usize,
}

impl<'a> List<'a> {
    fn new(out: &'a mut dyn Write, json: bool, now: Time) -> Self {
        let mut table = Table::new([Align::Left, Align::Right, Align::Left, Align::Left, Align::Left]);
        table.row(["key", "size", "codec", "expires", "tags"]);
        table.rule();
        Self { out, json, now, table, lines: 0 }
    }

    fn add(&mut self, entry: &Listed) -> Result<(), Failure> {
        if self.json {
            return Ok(writeln!(self.out, "{}", as_json(entry, self.now)?)?);
        }
        self.table.row(cells(entry, self.now)?);
        self.lines += 1;
        if self.lines.is_multiple_of(LINES) {
            self.table.write_part(self.out)?;
        }
        Ok(())
    }

    fn end(self) -> Result<(), Failure> {
        if !self.json {
            self.table.write(self.out)?;
        }
        Ok(())
    }
}

/// Serializer and compression, such as `json+zstd`.
fn codec(meta: &Meta) -> String {
    match &*meta.compression {
        "none" => meta.format.to_string(),
        compression => format!("{}+{compression}", meta.format),
    }
}

fn as_json(entry: &Listed, now: Time) -> Result<serde_json::Value, Failure> {
    let Listed { key, meta, size, place } = entry;
    Ok(json!({
        "key": typed::as_json(&key.value()?),
        "size": size,
        "serializer": meta.format,
        "compression": meta.compression,
        "stored": moment::shown(meta.stored),
        "expires": meta.expires.map(moment::shown),
        "live": meta.is_live(now),
        "tags": meta.tags.iter().map(typed::shown_tag).collect::<Vec<_>>(),
        "cursor": place.to_string(),
    }))
}

fn cells(entry: &Listed, now: Time) -> Result<[String; 5], Failure> {
    let Listed { key, meta, size, .. } = entry;
    let expires = match meta.expires {
        None => "never".to_owned(),
        Some(expires) if meta.is_live(now) => moment::shown(expires),
        Some(expires) => format!("{} (dead)", moment::shown(expires)),
    };
    let tags: Vec<String> = meta.tags.iter().map(typed::shown_tag).collect();
    let key = shortened(typed::shown(&key.value()?));
    Ok([key, bytes(*size), codec(meta), expires, shortened(tags.join(", "))])
}

/// `text`, broken off where it is too long for a table.
fn shortened(text: String) -> String {
    match text.char_indices().nth(WIDEST) {
        None => text,
        Some((end, _)) => format!("{}…", text.split_at(end).0),
    }
}
