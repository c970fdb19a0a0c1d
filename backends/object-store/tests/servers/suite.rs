//! The promises of every disk, each below a fresh prefix.

use std::sync::Arc;
use std::time::Duration;

use larder_conformance::{Bench, CHECKS, Check, Place, Verdict};
use larder_core::disk::{Disk, Settings};
use libtest_mimic::Trial;

use crate::stand::Stand;

/// How long a check may take beside seven others, each request of which is answered by a server.
const LIMIT: Duration = Duration::from_mins(10);

pub(crate) fn trials(stand: &Arc<Stand>) -> Vec<Trial> {
    CHECKS.iter().map(|check| trial(stand, check)).collect()
}

fn trial(stand: &Arc<Stand>, check: &'static Check) -> Trial {
    let declared = stand.declared();
    let refused = check.needs.iter().any(|need| !need.is_in(declared));
    let shared = Arc::clone(stand);
    let trial = stand.trial(&check.path(), move |stand| {
        let bench = Bench::new(stand.kind.name(), declared, move |place: Place, settings: Settings| {
            let stand = Arc::clone(&shared);
            async move { Ok(Arc::new(stand.open(place.name(), settings).await?) as Arc<dyn Disk>) }
        });
        match check.verdict_within(&bench, LIMIT) {
            Verdict::Passed | Verdict::Skipped(_) => {}
            Verdict::Failed(message) => panic!("[{}]: {message}", check.lines),
        }
    });
    // What is not declared is tried too: it must be refused.
    if refused { trial.with_kind("refused") } else { trial }
}
