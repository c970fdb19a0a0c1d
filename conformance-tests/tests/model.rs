//! The suite on its own model, with all capabilities and with each one taken away.

use std::sync::Arc;

use larder_conformance::model::ModelPlaces;
use larder_conformance::report::{Checked, Outcome};
use larder_conformance::{Bench, Need, Place, run};
use larder_core::disk::{Capabilities, Disk, Reach, Settings};

larder_conformance::conformance! {
    model,
    Capabilities::of_process(),
    {
        let places = ModelPlaces::default();
        move |place: Place, settings: Settings| {
            let disk = places.open(place.name(), settings);
            async move { Ok(Arc::new(disk) as Arc<dyn Disk>) }
        }
    }
}

/// A disk that lacks one thing passes all that does not need it, and what needs it is listed as skipped.
#[test]
fn each_capability_can_be_lacking() {
    for need in Need::ALL {
        // Handles stand for the processes that a model in memory cannot have.
        let shared = Capabilities { reach: Reach::Host, ..Capabilities::of_process() };
        let capabilities = need.taken_from(shared);
        let bench = || {
            let places = ModelPlaces::default();
            let open = move |place: Place, settings: Settings| {
                let disk = places.open(place.name(), settings).with_capabilities(capabilities);
                async move { Ok(Arc::new(disk) as Arc<dyn Disk>) }
            };
            Bench::new(&format!("model without {need}"), capabilities, open)
        };
        let report = run(bench, "");
        let failed = report.checks.iter().filter(|checked| matches!(checked.result, Outcome::Failed { .. }));
        assert_eq!(failed.collect::<Vec<_>>(), [] as [&Checked; 0], "{}", report.disk);
        assert!(report.overall.skipped > 0, "{} is the same as with it", report.disk);
    }
}
