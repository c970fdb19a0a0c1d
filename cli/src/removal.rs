//! What commands that remove many entries tell: how many went, also when something stopped them.

use std::io::Write;

use larder::Larder;
use pollster::block_on;
use serde_json::json;

use crate::failure::Failure;
use crate::opened::Opened;
use crate::progress::Progress;

/// Removes entries by `work`, which says how many went, and tells it.
///
/// # Errors
///
/// What stopped it. How many went until then is written all the same.
pub(crate) fn run(
    opened: &Opened,
    json: bool,
    out: &mut dyn Write,
    work: impl FnOnce() -> larder::Result<u64>,
) -> Result<(), Failure> {
    let larder = opened.store.larder();
    let removed = Progress::during(|| left(larder), work);
    let (count, failure) = match removed {
        Ok(count) => (count, None),
        Err(error) => (error.done().unwrap_or(0), Some(Failure::from(error))),
    };
    if json {
        let stopped = failure.as_ref().map(Failure::message);
        writeln!(out, "{}", json!({ "removed": count, "stopped": stopped }))?;
    } else {
        writeln!(out, "{count} removed")?;
    }
    failure.map_or(Ok(()), Err)
}

/// How many entries the disk has while some are removed.
fn left(larder: &Larder) -> String {
    match block_on(larder.usage()) {
        Ok(usage) => format!("{} entries on the disk", usage.entries),
        // The work that is under way tells what is wrong.
        Err(_) => "removing".to_owned(),
    }
}
