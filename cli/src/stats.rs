//! `larder stats`: what a disk holds and can do, and what a cache on it has.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;
use larder::disk::{Capabilities, Reach, Scope};
use pollster::block_on;
use serde_json::json;

use crate::failure::Failure;
use crate::listed::{self, More, Paging};
use crate::opened::{Intent, Opened, Place};
use crate::size::bytes;

const EXAMPLES: &str = "\
The entries of the cache are counted by listing them: on a large disk that takes its time.

Examples:
  larder stats --config cache.toml
  larder stats --config cache.toml --cache users --json

Exit codes: 0 done; 2 a wrong call or configuration; 3 the disk failed.";

/// What `stats` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Stats {
    #[command(flatten)]
    place: Place,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// What a cache has.
#[derive(Debug, Default)]
struct Counts {
    live: u64,
    dead: u64,
    volume: u64,
    codecs: BTreeMap<String, u64>,
}

impl Stats {
    /// Writes the numbers.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let settings = self.place.settings()?;
        let opened = self.place.open(settings, Intent::Look)?;
        let counts = count(&opened)?;
        let larder = opened.store.larder();
        let usage = block_on(larder.usage())?;
        let space = block_on(larder.space())?;
        let limits = block_on(larder.settings())?;
        let capabilities = larder.disk().capabilities();
        if self.json {
            let stats = json!({
                "disk": {
                    "location": larder.disk().location(),
                    "volume": usage.volume,
                    "entries": usage.entries,
                    "reserved": usage.reserved,
                    "space": space.map(|space| json!({
                        "total": space.total(), "live": space.live, "dead": space.dead, "reserve": space.reserve,
                        "pinned": space.pinned, "index": space.index,
                    })),
                    "size_limit": limits.size_limit,
                    "max_entries": limits.max_entries,
                    "policy": limits.policy,
                    "capabilities": abilities(capabilities).into_iter().collect::<BTreeMap<_, _>>(),
                    "reach": reach(capabilities.reach),
                },
                "cache": {
                    "name": opened.name(),
                    "live": counts.live,
                    "dead": counts.dead,
                    "volume": counts.volume,
                    "codecs": counts.codecs,
                },
            });
            return Ok(writeln!(out, "{stats:#}")?);
        }
        let limit = limits.size_limit.map_or_else(|| "no limit".to_owned(), bytes);
        writeln!(out, "disk {}", larder.disk().location())?;
        writeln!(out, "  volume       {} of {limit}", bytes(usage.volume))?;
        match limits.max_entries {
            Some(most) => writeln!(out, "  entries      {} of {most}", usage.entries)?,
            None => writeln!(out, "  entries      {}", usage.entries)?,
        }
        if let Some(space) = space {
            let [total, live, dead, reserve, index] =
                [space.total(), space.live, space.dead, space.reserve, space.index].map(bytes);
            writeln!(
                out,
                "  space        {total}: {live} live, {dead} dead, {reserve} reserve, {index} index"
            )?;
        }
        writeln!(out, "  policy       {}", limits.policy)?;
        let names = |is: Option<bool>| {
            let those = abilities(capabilities).into_iter().filter(|(_, able)| *able == is);
            those.map(|(name, _)| name).collect::<Vec<_>>().join(", ")
        };
        for (title, able) in [("can", Some(true)), ("cannot", Some(false)), ("not tried", None)] {
            let names = names(able);
            if !names.is_empty() {
                writeln!(out, "  {title:<12} {names}")?;
            }
        }
        writeln!(out, "  open to      {}", reach(capabilities.reach))?;
        writeln!(out, "cache {}", opened.name())?;
        writeln!(out, "  live         {}", counts.live)?;
        writeln!(out, "  dead         {}", counts.dead)?;
        writeln!(out, "  volume       {}", bytes(counts.volume))?;
        for (codec, count) in counts.codecs {
            writeln!(out, "  {codec:<12} {count}")?;
        }
        Ok(())
    }
}

fn count(opened: &Opened) -> Result<Counts, Failure> {
    let now = opened.store.larder().now();
    let mut counts = Counts::default();
    listed::each(
        opened,
        &Scope::All,
        Paging::Whole,
        |_| true,
        |entry| {
            let number = if entry.meta.is_live(now) { &mut counts.live } else { &mut counts.dead };
            *number += 1;
            counts.volume += entry.size;
            let codec = format!("{}+{}", entry.meta.format, entry.meta.compression);
            *counts.codecs.entry(codec.trim_end_matches("+none").to_owned()).or_default() += 1;
            Ok(More::Yes)
        },
    )?;
    Ok(counts)
}

/// What the disk can do; `None` where that is not known. What a bucket honours of conditional writes is tried by those
/// who open it to write, and this command does not.
const fn abilities(capabilities: Capabilities) -> [(&'static str, Option<bool>); 7] {
    let Capabilities { create, compare, touch, ordered, counted, durable, check, reach } = capabilities;
    let tried = !matches!(reach, Reach::Hosts);
    [
        ("create", if tried { Some(create) } else { None }),
        ("compare", if tried { Some(compare) } else { None }),
        ("touch", if tried { Some(touch) } else { None }),
        ("ordered", Some(ordered)),
        ("counted", Some(counted)),
        ("durable", Some(durable)),
        ("check", Some(check)),
    ]
}

const fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Process => "one process",
        Reach::Host => "many processes",
        Reach::Hosts => "many hosts",
    }
}
