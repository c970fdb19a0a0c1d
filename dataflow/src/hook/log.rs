//! What the hook tells: fixed lines that people and tests read.

use std::fmt::Write;

use tracing::Level;

use crate::arguments::Arguments;
use crate::node::Node;
use crate::show;

/// Whom it tells.
pub(super) const TARGET: &str = "larder::dataflow::hook";

/// How many characters of the arguments are shown.
const MOST: usize = 200;

pub(super) fn executed(node: &Node, arguments: &Arguments) {
    if tracing::enabled!(target: TARGET, Level::DEBUG) {
        tracing::debug!(target: TARGET, "{} {}: executed", node.name(), shown(node, arguments));
    }
}

pub(super) fn from_cache(node: &Node, arguments: &Arguments) {
    if tracing::enabled!(target: TARGET, Level::DEBUG) {
        tracing::debug!(target: TARGET, "{} {}: from cache", node.name(), shown(node, arguments));
    }
}

/// The volume of the cache, in bytes.
pub(super) fn size(volume: u64) {
    tracing::info!(target: TARGET, "Cache size: {:.2} MB", megabytes(volume));
}

/// What was forgotten: megabytes, entries of the history, and the megabytes that are left.
pub(super) fn evicted(size: f64, count: u64, left: f64) {
    tracing::info!(target: TARGET, "Evicted: {size:.2} MB");
    tracing::debug!(target: TARGET, "Evicted {count} entries");
    tracing::debug!(target: TARGET, "Cache size after: {left:.2} MB");
}

/// Megabytes of 2^20 bytes.
#[expect(
    clippy::cast_precision_loss,
    reason = "a volume of 2^53 bytes is beyond any disk, and this is for people"
)]
pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Arguments as a map, in the order of parameters.
fn shown(node: &Node, arguments: &Arguments) -> String {
    show::cut_as_written(MOST, |text| {
        text.write_char('{')?;
        for (at, (name, value)) in arguments.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(text, "{comma}'{name}': {}", show::Argument { node, name, value })?;
        }
        text.write_char('}')
    })
}
