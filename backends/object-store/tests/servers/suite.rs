//! The promises of every disk, each below a fresh prefix.

use std::sync::Arc;
use std::time::Duration;

use larder_conformance::{Bench, CHECKS, Check, Place, Verdict};
use larder_core::disk::{Disk, Settings};
use larder_object_store::{Location, ObjectStoreDisk, OpenOptions};
use larder_servers::Kind;
use libtest_mimic::{Completion, Trial};

use crate::stand::Stand;

/// How long a check may take beside seven others, each request of which is answered by a server.
const LIMIT: Duration = Duration::from_mins(10);

pub(crate) fn trials(stand: &Arc<Stand>) -> Vec<Trial> {
    CHECKS.iter().map(|check| trial(stand, check)).collect()
}

/// What a server breaks by itself, whoever asks it.
fn broken_by(kind: Kind, check: &Check) -> Option<&'static str> {
    let path = check.path();
    if !["concurrency::readers::", "processes::views::"].iter().any(|beside| path.starts_with(beside)) {
        return None;
    }
    // Readers beside writers: what they are shown is found damaged, or refused to them, now and then as often as they ask.
    match kind {
        Kind::Rclone => Some("rclone shows objects while it writes them"),
        Kind::WebDav => Some("rclone answers with errors who reads what is being written"),
        Kind::SeaweedFs | Kind::Azurite => None,
    }
}

fn trial(stand: &Arc<Stand>, check: &'static Check) -> Trial {
    if let Some(why) = broken_by(stand.kind, check) {
        let name = format!("{}::{}", stand.kind, check.path());
        return Trial::ignorable_test(name, move || Ok(Completion::ignored_with(why)));
    }
    let declared = stand.declared();
    let refused = check.needs.iter().any(|need| !need.is_in(declared));
    let trial = stand.trial(&check.path(), move |stand| {
        // Not the stand itself: a check that is done may hold the factory for a moment longer than its server is to live.
        let (place_of_all, options) = (stand.server().url(""), stand.options());
        let bench = Bench::new(stand.kind.name(), declared, move |place: Place, settings: Settings| {
            let url = format!("{place_of_all}{}", place.name());
            let location = Location::Bucket { url, options: options.clone() };
            let opening = ObjectStoreDisk::open(location, OpenOptions::default(), settings);
            async move { Ok(Arc::new(opening.await?) as Arc<dyn Disk>) }
        });
        match check.verdict_within(&bench, LIMIT) {
            Verdict::Passed | Verdict::Skipped(_) => {}
            Verdict::Failed(message) => panic!("[{}]: {message}", check.lines),
        }
    });
    // What is not declared is tried too: it must be refused.
    if refused { trial.with_kind("refused") } else { trial }
}
