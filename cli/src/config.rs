//! `larder config`: the settings that hold, and where each of them comes from.

use std::io::Write;

use clap::Args;
use larder::Origin;
use serde_json::json;

use crate::failure::Failure;
use crate::source;
use crate::table::{Align, Table};

const EXAMPLES: &str = "\
A setting of a url wins over one of the environment (LARDER_CACHE_LIFE, LARDER_TIER_SIZE_LIMIT), that over one of a \
file, that over the default. What may be a secret is shown as ***. No disk is opened: what is recorded with one is told \
as recorded.

Examples:
  larder config -c cache.toml
  LARDER_CACHE_LIFE=1h larder config -c cache.toml --json
  larder config -c 's3://bucket/prefix?size_limit=1TiB'
  larder config --schema > cache.schema.json

Exit codes: 0 done; 2 a wrong call or configuration.";

/// What `config` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Config {
    /// The configuration of the disk: a file in TOML or JSON, or the url of a directory or bucket
    #[arg(
        long = "config",
        short = 'c',
        value_name = "FILE|URL",
        env = "LARDER_CONFIG",
        hide_env_values = true,
        required_unless_present = "schema"
    )]
    place: Option<String>,
    /// Write the JSON Schema of configuration files instead
    #[arg(long, conflicts_with = "json")]
    schema: bool,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

impl Config {
    /// Writes the settings.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] for a configuration that is wrong.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        if self.schema {
            return Ok(out.write_all(larder::schema().as_bytes())?);
        }
        let place = self.place.as_deref().unwrap_or_default();
        let origins = source::sources(place).explain()?;
        if self.json {
            serde_json::to_writer_pretty(&mut *out, &json!({ "settings": origins }))?;
            return Ok(writeln!(out)?);
        }
        Ok(table(&origins).write(out)?)
    }
}

fn table(origins: &[Origin]) -> Table {
    let mut table = Table::new([Align::Left; 3]);
    table.row(["setting", "value", "from"]);
    table.rule();
    for Origin { path, value, from, .. } in origins {
        let value = value.clone().unwrap_or_else(|| "-".to_owned());
        table.row([path.clone(), value, from.to_string()]);
    }
    table
}
