//! For each check, a fault that it finds: a check that cannot fail is a defect.

use std::collections::BTreeSet;
use std::sync::Arc;

use larder_conformance::model::{Fault, ModelDisk, ModelPlaces};
use larder_conformance::{Bench, CHECKS, Place, Verdict};
use larder_core::disk::{Capabilities, Disk, Settings};

/// Each check, by its path, with faults that it must find.
const PLANTED: &[(&str, &[Fault])] = &[
    ("keying::kinds::kinds_of_keys_are_apart", &[Fault::KeysWithoutKind]),
    ("keying::kinds::equal_keys_built_apart_are_one", &[Fault::KeepsOneKey]),
    ("keying::kinds::keys_are_listed_as_they_were_put", &[Fault::ListsOtherKeys]),
    ("keying::names::no_name_has_a_special_meaning", &[Fault::KeysAsPaths, Fault::KeysWithoutCase]),
    ("keying::names::namespaces_hold_keys_apart", &[Fault::KeysWithoutNamespace]),
    ("keying::names::a_key_of_ten_megabytes_is_a_key", &[Fault::KeysCutShort]),
    ("keying::digests::colliding_digests_give_no_wrong_value", &[Fault::KeysByDigest]),
    ("keying::digests::a_write_under_a_colliding_digest_leaves_no_wrong_answer", &[Fault::KeysByDigest]),
    ("values::bodies::bodies_of_every_size_come_back", &[Fault::CutsBodies]),
    ("values::bodies::eight_mebibytes_come_back", &[Fault::CutsLongBodies]),
    ("values::bodies::an_overwrite_leaves_nothing_of_the_old_body", &[Fault::KeepsOldTail]),
    ("values::bodies::an_absent_key_is_none", &[Fault::InventsEntries]),
    ("values::bodies::ranges_of_a_body_are_its_bytes", &[Fault::ShiftsRanges]),
    ("values::bodies::a_body_in_hand_outlives_its_entry", &[Fault::LiveBodies]),
    (
        "values::metadata::metadata_come_back_exactly",
        &[Fault::DropsUserMeta, Fault::DropsTags, Fault::TagsAsText, Fault::RoundsTimes, Fault::DropsCost],
    ),
    ("values::metadata::every_write_has_its_version", &[Fault::KeepsVersion]),
    ("values::metadata::an_overwrite_replaces_all_metadata", &[Fault::KeepsOldMeta]),
    ("values::metadata::what_is_told_of_a_write_is_true", &[Fault::TellsBodySize]),
    ("values::metadata::a_peek_tells_what_a_get_tells", &[Fault::PeeksStale]),
    ("values::metadata::what_is_answered_at_once_is_right", &[Fault::MissesAtOnce]),
    ("values::streams::a_streamed_body_comes_back", &[Fault::CutsStreams]),
    (
        "values::streams::a_failing_stream_leaves_the_old_entry",
        &[Fault::StoresHalfStreams, Fault::KeepsReservation],
    ),
    ("values::conditions::a_create_stores_once", &[Fault::IgnoresAbsent]),
    ("values::conditions::a_dead_entry_is_stored_still", &[Fault::AbsentOverDead]),
    ("values::conditions::a_swap_stores_over_its_version_only", &[Fault::IgnoresIs]),
    (
        "values::conditions::a_removal_tells_what_went",
        &[Fault::RemovesNothingLoudly, Fault::RemovesNothingQuietly],
    ),
    ("values::conditions::a_conditional_removal_takes_its_version_only", &[Fault::RemovesAnyVersion]),
    ("values::conditions::a_removal_of_the_absent_removes_nothing", &[Fault::RemovesOnAbsent]),
    (
        "values::conditions::a_touch_changes_the_expiry_alone",
        &[Fault::TouchStoresAnew, Fault::TouchesNothing],
    ),
    ("values::conditions::a_touch_of_another_version_changes_nothing", &[Fault::TouchesAnyVersion]),
];

fn broken(fault: Fault) -> Bench {
    let mut capabilities = Capabilities::of_process();
    if fault == Fault::AnswersUndeclared {
        capabilities =
            Capabilities { create: false, compare: false, touch: false, counted: false, ..capabilities };
    }
    let places = ModelPlaces::default();
    Bench::new(&format!("model with {fault:?}"), capabilities, move |place: Place, settings: Settings| {
        let disk: ModelDisk = places.open(place.name(), settings);
        let disk = disk.with_capabilities(capabilities).with_fault(fault);
        async move { Ok(Arc::new(disk) as Arc<dyn Disk>) }
    })
}

#[test]
fn every_planted_fault_is_found() {
    // What the checks find is expected: their panics need not be printed.
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let missed = missed();
    std::panic::set_hook(loud);
    assert!(missed.is_empty(), "{missed:#?}");
}

/// The planted faults that their check does not find.
fn missed() -> Vec<String> {
    let mut missed = Vec::new();
    for (path, faults) in PLANTED {
        let check = CHECKS.iter().find(|check| check.path() == *path);
        let check = check.unwrap_or_else(|| panic!("no check is called {path}"));
        for fault in *faults {
            let verdict = check.verdict(&broken(*fault));
            if !matches!(verdict, Verdict::Failed(_)) {
                missed.push(format!("{path} with {fault:?}: {verdict:?}"));
            }
        }
    }
    missed
}

#[test]
fn every_check_has_a_planted_fault() {
    let planted: BTreeSet<&str> = PLANTED.iter().map(|(path, _)| *path).collect();
    let bare: Vec<String> =
        CHECKS.iter().map(|check| check.path()).filter(|path| !planted.contains(&**path)).collect();
    assert!(bare.is_empty(), "without a planted fault: {bare:#?}");
}
