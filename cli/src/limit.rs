//! `larder limit`: shows or changes the limits and the policy recorded with a disk.
//!
//! This is the only command that changes them. All others leave the recorded settings in effect, whatever the
//! configuration says.

use std::io::Write;

use clap::Args;
use larder::disk::{Requested, Settings, SettingsChange, Usage};
use larder::{Larder, Settings as Configuration};
use pollster::block_on;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::opened::{Intent, Place};
use crate::size::bytes;
use crate::source::{Source, sources};

const EXAMPLES: &str = "\
Without options, the command shows what is recorded. A change is in effect at once, for every process that has \
the disk open. It evicts nothing by itself: if a limit is lowered, the next write or `larder cull` evicts entries, \
in the order of the policy, until the disk is within the limit.

Examples:
  larder limit file:///var/cache/app
  larder limit file:///var/cache/app --size 1GiB --dry-run
  larder limit -c cache.toml --size 1GiB --entries unbounded --policy lfu --json

Exit codes: 0 done; 2 a wrong call or configuration, or a disk that records no limits; 3 the disk failed.";

/// The arguments of `limit`.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Limit {
    /// The configuration of the disk: a file in TOML or JSON, or the URL of a directory or bucket
    #[arg(value_name = "FILE|URL", conflicts_with = "config")]
    place: Option<String>,
    /// The same as an option
    #[arg(long, short, value_name = "FILE|URL", env = "LARDER_CONFIG", hide_env_values = true)]
    config: Option<String>,
    /// The new size limit, such as 1GiB, or `unbounded`
    #[arg(long, value_name = "SIZE")]
    size: Option<String>,
    /// The new limit on the number of entries, or `unbounded`
    #[arg(long, value_name = "NUMBER")]
    entries: Option<String>,
    /// The new eviction policy: lru, lfu, lrs or none
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

impl Limit {
    /// Shows or changes the recorded settings.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] for a value that is no limit or policy, and for a disk that records none: nothing is
    /// changed. Those of the disk.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let place =
            self.place.as_ref().or(self.config.as_ref()).filter(|place| !place.is_empty()).ok_or_else(
                || Failure::Call("no disk is given: name a configuration file or the URL of a disk".into()),
            )?;
        let requested = self.requested(place)?;
        let mut settings = Source::at(place).settings()?;
        if settings.tiers.iter().any(|tier| !records(tier)) {
            return Err(Failure::Call(
                "a disk in memory records no limits: the configuration has them".into(),
            ));
        }
        let is_change = requested != Requested::default();
        if is_change {
            // The limits of the configuration are not what is asked for here, so they are not compared
            // either.
            for tier in &mut settings.tiers {
                tier.limits = Requested::default();
            }
        }
        let intent = if is_change && !self.dry_run { Intent::Change } else { Intent::Look };
        let opened = Place::of(Source::at(place)).open(settings, intent)?;
        let larder = opened.store.larder();
        let recorded = block_on(larder.settings())?;
        let (_, change) = requested.merge(Some(&recorded), larder.disk().location())?;
        let usage = block_on(larder.usage())?;
        if let Some(change) = change.as_ref().filter(|_| !self.dry_run) {
            block_on(larder.change(change.requested.clone()))?;
            block_on(larder.sync())?;
        }
        self.write(larder, &recorded, change.as_ref(), usage, out)
    }

    /// The settings that the options ask for.
    fn requested(&self, place: &str) -> Result<Requested, Failure> {
        let options = [
            ("tier.size_limit", &self.size),
            ("tier.max_entries", &self.entries),
            ("tier.policy", &self.policy),
        ];
        let mut sources = sources(place);
        for (name, value) in options {
            if let Some(value) = value {
                sources = sources.argument(name, value);
            }
        }
        let Configuration { tiers, .. } = sources.settings()?;
        let limits = tiers.into_iter().next().map(|tier| tier.limits).unwrap_or_default();
        Ok(Requested {
            size_limit: limits.size_limit.filter(|_| self.size.is_some()),
            max_entries: limits.max_entries.filter(|_| self.entries.is_some()),
            policy: limits.policy.filter(|_| self.policy.is_some()),
            ..Requested::default()
        })
    }

    fn write(
        &self,
        larder: &Larder,
        recorded: &Settings,
        change: Option<&SettingsChange>,
        usage: Usage,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let new = change.map_or(recorded, |change| &change.requested);
        let above = |held: u64, limit: Option<u64>| limit.map_or(0, |limit| held.saturating_sub(limit));
        let (excess, surplus) = (above(usage.volume, new.size_limit), above(usage.entries, new.max_entries));
        if self.json {
            let report = json!({
                "location": larder.disk().location(),
                "recorded": object(recorded),
                "new": object(new),
                "changed": change.is_some() && !self.dry_run,
                "volume": usage.volume,
                "entries": usage.entries,
                "to_evict": { "bytes": excess, "entries": surplus },
            });
            return Ok(writeln!(out, "{report:#}")?);
        }
        writeln!(out, "disk {}", larder.disk().location())?;
        let mut line = |name: &str, old: String, new: String| {
            if old == new {
                writeln!(out, "  {name:<12} {old}")
            } else {
                writeln!(out, "  {name:<12} {old} -> {new}")
            }
        };
        line("size_limit", size(recorded.size_limit), size(new.size_limit))?;
        line("max_entries", number(recorded.max_entries), number(new.max_entries))?;
        line("policy", recorded.policy.to_string(), new.policy.to_string())?;
        if excess > 0 || surplus > 0 {
            let condition = if change.is_some() && self.dry_run { "would have" } else { "have" };
            writeln!(
                out,
                "at least {} of {} and {surplus} of {} entries {condition} to be evicted, by the next write or by \
                 `larder cull`",
                bytes(excess),
                bytes(usage.volume),
                usage.entries
            )?;
        }
        if change.is_some() && self.dry_run {
            writeln!(out, "nothing was changed")?;
        }
        Ok(())
    }
}

/// Whether limits are recorded with the disk.
fn records(tier: &larder::TierSettings) -> bool {
    match &tier.kind {
        larder::DiskKind::Memory => false,
        larder::DiskKind::ObjectStore(store) => !store.url.starts_with("memory:"),
        _ => true,
    }
}

fn object(settings: &Settings) -> Value {
    json!({
        "size_limit": settings.size_limit, "max_entries": settings.max_entries, "policy": settings.policy,
    })
}

/// A size for people, with the exact number, so that two sizes that differ also look different.
fn size(limit: Option<u64>) -> String {
    match limit {
        Some(limit) if limit < 1000 => bytes(limit),
        Some(limit) => format!("{} ({limit} bytes)", bytes(limit)),
        None => "unbounded".to_owned(),
    }
}

fn number(limit: Option<u64>) -> String {
    limit.map_or_else(|| "unbounded".to_owned(), |limit| limit.to_string())
}
