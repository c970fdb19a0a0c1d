//! For each check, a fault that it finds: a check that cannot fail is a defect.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use larder_conformance::model::{Fault, ModelDisk, ModelPlaces};
use larder_conformance::{Bench, CHECKS, Check, Place, Verdict};
use larder_core::disk::{Capabilities, Disk, Reach, Settings};

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
        &[
            Fault::DropsUserMeta,
            Fault::DropsTags,
            Fault::TagsAsText,
            Fault::RoundsTimes,
            Fault::DropsCost,
            Fault::DropsSchema,
        ],
    ),
    ("values::metadata::every_write_has_its_version", &[Fault::KeepsVersion]),
    ("values::metadata::an_overwrite_replaces_all_metadata", &[Fault::KeepsOldMeta]),
    ("values::metadata::what_is_told_of_a_write_is_true", &[Fault::TellsBodySize]),
    ("values::metadata::a_peek_tells_what_a_get_tells", &[Fault::PeeksStale]),
    ("values::metadata::what_is_answered_at_once_is_right", &[Fault::MissesAtOnce]),
    (
        "size_caps::admission::what_is_put_at_once_is_put",
        &[
            Fault::StoresQuietlyAtOnce,
            Fault::IgnoresConditionsAtOnce,
            Fault::OverfillsAtOnce,
            Fault::RefusesAtOnce,
        ],
    ),
    ("values::streams::a_streamed_body_comes_back", &[Fault::CutsStreams]),
    ("values::streams::a_cache_streams_values_in_and_out", &[Fault::CutsStreams, Fault::ShiftsRanges]),
    ("values::streams::a_large_body_is_read_in_parts", &[Fault::LiveBodies, Fault::ShiftsRanges]),
    (
        "values::streams::a_failing_stream_leaves_the_old_entry",
        &[Fault::StoresHalfStreams, Fault::KeepsReservation],
    ),
    ("values::limits::a_value_beyond_the_limit_on_reads_is_not_stored", &[Fault::StoresHalfStreams]),
    ("values::limits::a_stream_that_a_get_cannot_read_is_not_stored", &[Fault::StoresHalfStreams]),
    (
        "values::unreadable::what_get_cannot_read_is_absent",
        &[Fault::SwapKeepsOldMeta, Fault::KeepsOldTail, Fault::RemovesNothingQuietly],
    ),
    ("values::unreadable::what_the_metadata_exclude_is_absent", &[Fault::DropsSchema, Fault::DropsExpiry]),
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
    ("expiry::life::an_entry_lives_until_its_expiry", &[Fault::DropsExpiry]),
    ("expiry::life::a_life_of_zero_is_stored_dead", &[Fault::ForgetsTheMortal]),
    (
        "expiry::life::the_dead_are_invisible_and_counted",
        &[Fault::SurveysTheEndless, Fault::ReadsRemoveTheDead, Fault::DropsExpiry],
    ),
    ("expiry::life::reading_the_dead_changes_nothing", &[Fault::ReadsRemoveTheDead, Fault::HitsTheDead]),
    ("expiry::life::a_very_long_life_is_a_life", &[Fault::DropsExpiry]),
    ("expiry::life::a_clock_that_steps_back_fails_nothing", &[Fault::DropsExpiry]),
    ("expiry::life::an_entry_from_the_future_is_expired", &[Fault::DropsExpiry]),
    ("expiry::life::a_touch_gives_another_life", &[Fault::TouchesNothing]),
    ("expiry::removal::all_the_dead_go_at_once", &[Fault::EndsEarly, Fault::NeverDead]),
    ("expiry::removal::the_dead_of_a_given_time_go", &[Fault::NeverDead]),
    ("expiry::removal::the_dead_of_other_caches_stay", &[Fault::KeysWithoutNamespace]),
    ("expiry::removal::a_survey_of_the_dead_has_all_of_them", &[Fault::NeverDead, Fault::EndsEarly]),
    ("tags::eviction::a_tag_takes_its_entries_and_no_others", &[Fault::DropsTags, Fault::EvictsNothing]),
    ("tags::eviction::hundreds_of_entries_go_by_one_tag", &[Fault::EndsEarly]),
    ("tags::eviction::an_old_tag_takes_nothing", &[Fault::KeepsOldMeta]),
    ("tags::eviction::a_tag_takes_nothing_from_other_caches", &[Fault::KeysWithoutNamespace]),
    ("tags::eviction::a_touched_entry_keeps_its_tags", &[Fault::TouchDropsTags]),
    ("tags::eviction::a_survey_of_a_tag_has_all_its_entries", &[Fault::NeverTagged, Fault::EndsEarly]),
    ("tags::identity::kinds_of_tags_are_apart", &[Fault::TagsAsText]),
    ("tags::identity::an_entry_has_up_to_64_tags", &[Fault::KeepsFewTags]),
    ("size_caps::volume::an_empty_disk_has_no_volume", &[Fault::CountsTheRemoved]),
    (
        "size_caps::volume::the_volume_is_the_sum_of_the_weights",
        &[Fault::CountsTheRemoved, Fault::CountsBodies],
    ),
    ("size_caps::volume::golden_entries_have_golden_volumes", &[Fault::CountsBodies]),
    ("size_caps::limit::the_limit_holds_at_every_step", &[Fault::Overshoots]),
    ("size_caps::limit::an_entry_as_large_as_the_limit_fits", &[Fault::RefusesTheExact, Fault::Overshoots]),
    ("size_caps::limit::the_too_large_leave_the_others", &[Fault::CallsTheLargeFull]),
    ("size_caps::limit::without_eviction_a_full_disk_is_full", &[Fault::Overshoots]),
    ("size_caps::limit::no_more_go_than_are_needed", &[Fault::AsksForTooMuch]),
    ("size_caps::limit::an_overwrite_counts_the_difference", &[Fault::CountsOverwritesWhole]),
    ("size_caps::limit::what_is_written_is_never_a_victim", &[Fault::EvictsTheWritten]),
    ("size_caps::limit::a_number_of_entries_is_a_limit_too", &[Fault::IgnoresMaxEntries]),
    ("size_caps::admission::a_write_asks_for_the_room_it_lacks", &[Fault::AsksForTooMuch]),
    ("size_caps::admission::without_room_a_write_is_refused", &[Fault::Overshoots]),
    ("size_caps::admission::an_error_of_the_room_is_the_writes", &[Fault::IgnoresRoomErrors]),
    ("size_caps::admission::a_stream_is_refused_as_it_outgrows_the_limit", &[Fault::GathersStreams]),
    ("size_caps::culling::a_cull_obeys_a_lowered_limit", &[Fault::KeepsSettings]),
    ("size_caps::culling::the_next_write_obeys_a_lowered_limit", &[Fault::KeepsSettings]),
    ("size_caps::culling::a_cull_removes_all_the_dead", &[Fault::NeverDead, Fault::EndsEarly]),
    ("size_caps::culling::reads_and_touches_remove_nothing", &[Fault::ReadsEvict]),
    ("size_caps::culling::the_books_balance", &[Fault::TellsNoReplaced, Fault::CountsTheRemoved]),
    ("eviction::order::lrs_takes_the_least_recently_stored", &[Fault::KeepsOldMeta]),
    ("eviction::order::lru_takes_the_least_recently_used", &[Fault::RecordsNoHits]),
    ("eviction::order::lfu_takes_the_least_frequently_used", &[Fault::RecordsNoHits]),
    ("eviction::order::ties_go_by_insertion", &[Fault::MovesOverwrites]),
    ("eviction::order::a_new_entry_goes_after_older_equals", &[Fault::RecordsNoHits]),
    ("eviction::order::the_dead_go_first", &[Fault::SurveysTheEndless]),
    ("eviction::order::a_change_of_policy_is_obeyed", &[Fault::KeepsSettings, Fault::RecordsNoHits]),
    ("eviction::order::an_unknown_policy_is_refused", &[Fault::ForgetsSettings]),
    ("eviction::victims::untouched_victims_go", &[Fault::EvictsNothing]),
    ("eviction::victims::a_victim_that_was_hit_is_spared", &[Fault::EvictsTheHit]),
    ("eviction::victims::victims_after_one_that_was_hit_are_spared", &[Fault::EvictsOn]),
    ("eviction::victims::a_victim_that_was_written_is_spared", &[Fault::EvictsAnyVersion]),
    (
        "eviction::victims::a_victim_that_is_being_written_is_busy",
        &[Fault::BusyStops, Fault::BusyIsAbsent, Fault::EvictsTheWritten],
    ),
    ("eviction::records::a_hit_is_recorded", &[Fault::RecordsNoHits, Fault::HidesHits]),
    ("eviction::records::a_look_records_nothing", &[Fault::HitsOnPeek]),
    ("eviction::records::a_store_begins_anew", &[Fault::KeepsHits]),
    ("eviction::records::only_reads_are_hits", &[Fault::TouchCounts, Fault::RecordsNoHits]),
    ("eviction::records::notes_are_taken_for_their_version", &[Fault::DropsNotes, Fault::TakesAnyNotes]),
    ("eviction::twin::lrs_has_the_victims_of_a_full_sort", &[Fault::KeepsOldMeta]),
    ("eviction::twin::lru_has_the_victims_of_a_full_sort", &[Fault::RecordsNoHits, Fault::EvictsTheHit]),
    ("eviction::twin::lfu_has_the_victims_of_a_full_sort", &[Fault::KeepsHits, Fault::MovesOverwrites]),
    ("iteration::keys::every_key_comes_once", &[Fault::EndsEarly]),
    ("iteration::keys::sorted_keys_are_sorted", &[Fault::KeysWithoutKind]),
    ("iteration::keys::the_dead_come_too", &[Fault::SurveysTheEndless]),
    ("iteration::keys::other_namespaces_never_come", &[Fault::KeysWithoutNamespace]),
    ("iteration::keys::the_length_counts_every_entry", &[Fault::CountsEverybody]),
    ("iteration::keys::what_stays_comes_once_while_others_go", &[Fault::PagesByCount]),
    ("iteration::order::keys_come_by_insertion", &[Fault::SurveysUnordered, Fault::SurveysForward]),
    ("iteration::order::an_overwrite_keeps_its_place", &[Fault::MovesOverwrites]),
    ("iteration::order::what_is_inserted_later_does_not_come", &[Fault::SeesTooFar]),
    (
        "iteration::order::the_ends_are_the_oldest_and_the_newest",
        &[Fault::SurveysForward, Fault::SurveysUnordered, Fault::DropsExpiry, Fault::HitsOnPeek],
    ),
    ("iteration::order::insertion_numbers_are_never_used_again", &[Fault::ReusesNumbers]),
    (
        "iteration::pages::pages_of_any_length_have_every_entry",
        &[Fault::SurveysForward, Fault::SurveysUnordered, Fault::EndsEarly],
    ),
    ("iteration::pages::a_survey_since_a_point_has_all_later_writes", &[Fault::NeverSince]),
    ("iteration::pages::a_listing_answers_each_id_in_turn", &[Fault::ListsWithoutGaps]),
    ("failure::undeclared::what_is_not_declared_is_refused", &[Fault::AnswersUndeclared]),
    ("failure::broken::a_failed_read_is_an_error_and_no_miss", &[Fault::CutsBodies]),
    ("failure::broken::a_failed_write_leaves_the_old_value", &[Fault::CutsBodies]),
    ("failure::broken::a_lost_answer_is_not_counted_as_stored", &[Fault::CutsBodies]),
    ("failure::broken::a_damaged_entry_is_a_miss_and_is_replaced", &[Fault::CutsBodies]),
    ("failure::broken::a_batch_that_stops_tells_what_was_done", &[Fault::EvictsNothing]),
    ("failure::broken::a_hesitating_disk_is_waited_for", &[Fault::CutsBodies]),
    ("failure::computing::a_computed_value_is_returned_though_it_is_not_stored", &[Fault::CutsBodies]),
    ("failure::computing::a_computation_that_fails_frees_the_key", &[Fault::CutsBodies]),
    ("failure::computing::a_computation_of_itself_is_an_error", &[Fault::CutsBodies]),
    (
        "computations::fences::a_put_since_a_fence_is_a_put",
        &[Fault::IgnoresAbsent, Fault::InvalidatesForEver],
    ),
    (
        "computations::fences::an_invalidation_since_the_fence_conflicts",
        &[
            Fault::IgnoresFences,
            Fault::FencesKeysAlone,
            Fault::ForgetsInvalidations,
            Fault::InvalidatesForEver,
        ],
    ),
    ("computations::fences::an_entry_that_came_and_went_conflicts", &[Fault::RemovesWithoutFence]),
    ("computations::invalidation::an_invalidation_by_the_same_store_stands", &[Fault::RemovesNothingQuietly]),
    (
        "computations::invalidation::an_invalidation_by_another_handle_stands",
        &[
            Fault::IgnoresAbsent,
            Fault::IgnoresIs,
            Fault::IgnoresFences,
            Fault::FencesKeysAlone,
            Fault::ForgetsInvalidations,
            Fault::RemovesWithoutFence,
        ],
    ),
    (
        "computations::invalidation::a_newer_value_that_was_evicted_is_newer_still",
        &[Fault::RemovesWithoutFence],
    ),
    ("computations::invalidation::what_is_not_touched_is_stored", &[Fault::InvalidatesForEver]),
    ("computations::sharing::all_callers_of_a_store_share_a_computation", &[Fault::InventsEntries]),
    ("computations::sharing::a_value_that_is_not_stored_is_shared", &[Fault::CutsBodies]),
    ("computations::sharing::a_failure_is_shared_or_retried", &[Fault::InventsEntries]),
    ("computations::deadlines::a_wait_ends_at_the_deadline", &[Fault::CutsBodies]),
    ("computations::deadlines::computations_that_wait_for_each_other_are_refused", &[Fault::InventsEntries]),
    ("computations::deadlines::a_call_has_one_deadline_and_one_read", &[Fault::InvalidatesForEver]),
    ("failure::reading::a_read_only_view_changes_nothing", &[Fault::HitsOnPeek, Fault::CutsBodies]),
    (
        "failure::reading::a_cache_that_is_read_only_reads_and_computes",
        &[Fault::HitsOnPeek, Fault::CutsBodies],
    ),
    ("durability::foreign::files_of_other_programs_are_left_alone", &[Fault::ReplacesForeignFiles]),
    ("durability::reopening::entries_come_back_as_they_were", &[Fault::ForgetsTagsOnReopen]),
    ("durability::reopening::tags_and_expiries_work_after_a_reopen", &[Fault::ForgetsTagsOnReopen]),
    ("durability::reopening::the_order_comes_back", &[Fault::ReordersOnReopen]),
    (
        "durability::reopening::the_state_of_eviction_comes_back",
        &[
            Fault::ForgetsHitsOnReopen,
            Fault::ForgetsWordsOnReopen,
            Fault::ReusesNumbersOnReopen,
            Fault::ReordersOnReopen,
        ],
    ),
    ("concurrency::winners::one_of_many_adds_stores", &[Fault::IgnoresAbsent]),
    ("concurrency::winners::one_of_many_pops_gets_the_value", &[Fault::RemovesNothingQuietly]),
    ("concurrency::winners::every_increment_counts", &[Fault::ForgetsSomeWrites]),
    ("concurrency::winners::one_of_many_computes", &[Fault::ForgetsSomeWrites]),
    ("concurrency::winners::writers_together_obey_the_limit", &[Fault::Overshoots]),
    ("concurrency::readers::readers_never_see_a_mixture", &[Fault::KeepsOldMeta]),
    ("concurrency::readers::everything_at_once_leaves_books_that_balance", &[Fault::CountsTheRemoved]),
    ("concurrency::cancelled::a_dropped_write_leaves_the_old_or_the_new", &[Fault::KeepsReservation]),
    ("processes::winners::one_of_many_adds_stores", &[Fault::IgnoresAbsent]),
    ("processes::winners::one_of_many_pops_gets_the_value", &[Fault::RemovesNothingQuietly]),
    ("processes::winners::every_increment_counts", &[Fault::ForgetsSomeWrites]),
    ("processes::limits::one_limit_holds_for_all_together", &[Fault::Overshoots]),
    ("processes::limits::what_one_sets_all_obey", &[Fault::SettingsOfItsOwn, Fault::KeepsSettings]),
    (
        "processes::limits::a_hit_of_one_spares_from_the_lru_of_another",
        &[Fault::HitsOfTheFirst, Fault::RecordsNoHits],
    ),
    ("processes::limits::hits_of_all_count_under_lfu", &[Fault::HitsOfTheFirst, Fault::RecordsNoHits]),
    (
        "processes::limits::the_books_of_all_balance",
        &[Fault::CountsTheRemoved, Fault::TellsNoReplaced, Fault::ForgetsSomeWrites],
    ),
    ("processes::views::what_one_stores_others_read_at_once", &[Fault::ReadsOfItsOwn]),
    (
        "processes::views::what_one_removes_is_gone_for_all",
        &[Fault::EvictsNothing, Fault::NeverTagged, Fault::NeverDead],
    ),
    (
        "processes::views::iteration_goes_on_beside_writers_elsewhere",
        &[Fault::PagesByCount, Fault::EndsEarly],
    ),
    ("processes::views::a_body_in_hand_outlives_the_write_of_another", &[Fault::LiveBodies]),
    ("counters::numbers::an_increment_adds_to_what_lives", &[Fault::KeepsOldMeta, Fault::DropsExpiry]),
    ("counters::numbers::numbers_begin_where_they_are_told", &[Fault::DropsExpiry]),
    ("counters::numbers::counting_what_lives_evicts_nothing", &[Fault::EvictsByItself, Fault::Overshoots]),
    ("counters::numbers::what_cannot_be_added_changes_nothing", &[Fault::CutsBodies]),
    (
        "counters::numbers::a_changed_entry_keeps_its_metadata",
        &[
            Fault::SwapDropsTags,
            Fault::SwapDropsExpiry,
            Fault::SwapDropsCost,
            Fault::SwapDropsUserMeta,
            Fault::SwapKeepsOldMeta,
            Fault::DropsExpiry,
        ],
    ),
    ("counters::statistics::reads_are_counted_and_nothing_else", &[Fault::NeverDead, Fault::InventsEntries]),
    (
        "sequences::model::random_operations_are_those_of_the_model_under_lrs",
        &[Fault::DropsTags, Fault::MovesOverwrites, Fault::CountsTheRemoved],
    ),
    (
        "sequences::model::random_operations_are_those_of_the_model_under_lru",
        &[Fault::RecordsNoHits, Fault::KeepsHits, Fault::Overshoots],
    ),
    (
        "sequences::model::random_operations_are_those_of_the_model_without_eviction",
        &[Fault::DropsExpiry, Fault::TouchesNothing],
    ),
    (
        "size_caps::admission::a_stream_under_way_takes_up_room",
        &[Fault::ReservesNothing, Fault::GathersStreams, Fault::KeepsReservation],
    ),
    ("size_caps::admission::what_is_under_way_is_no_entry_yet", &[Fault::CountsTheUnderWay]),
    ("eviction::records::a_word_stays_with_its_entry", &[Fault::DropsWords]),
    ("eviction::records::a_touched_entry_keeps_its_word", &[Fault::TouchDropsWord]),
    (
        "size_caps::limit::settings_come_back_as_they_were_set",
        &[Fault::ForgetsMaxEntries, Fault::ForgetsSettings, Fault::KeepsSettings],
    ),
    (
        "expiry::removal::a_removal_of_the_dead_tells_what_went",
        &[Fault::RemovesTheEndless, Fault::TellsNoExpiryOfTheGone],
    ),
    ("values::metadata::what_a_put_replaced_is_told", &[Fault::TellsNewAsReplaced, Fault::TellsNoReplaced]),
    ("values::metadata::a_brief_has_the_hash_of_its_key", &[Fault::HashesBackward]),
    ("concurrency::winners::every_writer_of_one_key_stores", &[Fault::RefusesTheBusy]),
    ("concurrency::readers::what_is_overwritten_is_never_missed_at_once", &[Fault::MissesTheBusyAtOnce]),
    ("values::operations::an_add_keeps_what_lives", &[Fault::IgnoresAbsent]),
    ("values::operations::a_pop_removes_and_returns", &[Fault::RemovesNothingQuietly, Fault::DropsUserMeta]),
    ("values::operations::a_swap_needs_the_version_that_was_read", &[Fault::IgnoresIs]),
    ("repair::findings::a_healthy_disk_has_no_findings", &[Fault::FindsGhosts, Fault::ChecksTooFew]),
    ("repair::findings::a_check_that_tells_changes_nothing", &[Fault::ChecksRemove]),
    ("repair::findings::a_fix_of_a_healthy_disk_changes_nothing", &[Fault::FixesRemove]),
    (
        "repair::beside::what_is_being_written_is_left_alone",
        &[Fault::FindsTheWritten, Fault::FixesTheWritten],
    ),
    ("repair::beside::others_go_on_while_a_disk_is_checked", &[Fault::FixesRemove]),
    ("values::operations::nan_is_no_key", &[Fault::CutsBodies]),
];

fn broken(fault: Fault) -> Bench {
    // Its processes are handles: all of them see one model.
    let mut capabilities = Capabilities { reach: Reach::Host, ..Capabilities::of_process() };
    if fault == Fault::AnswersUndeclared {
        capabilities = Capabilities {
            create: false,
            compare: false,
            touch: false,
            counted: false,
            check: false,
            ..capabilities
        };
    }
    let places = ModelPlaces::default();
    Bench::new(&format!("model with {fault:?}"), capabilities, move |place: Place, settings: Settings| {
        if fault == Fault::ReplacesForeignFiles {
            std::fs::write(place.path().join("index"), "mine").expect("the place is a directory");
        }
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

/// A disk and a room that wait for each other fail the check, and hang nobody.
#[test]
fn a_check_that_does_not_end_has_failed() {
    let path = "size_caps::admission::a_write_asks_for_the_room_it_lacks";
    let check = CHECKS.iter().find(|check| check.path() == path).expect("it is in the registry");
    let verdict = check.verdict_within(&broken(Fault::HoldsLockWhileAsking), Duration::from_millis(200));
    let Verdict::Failed(message) = verdict else { panic!("a deadlock is not found: {verdict:?}") };
    assert!(message.contains("did not end within 200ms"), "{message}");
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
        CHECKS.iter().map(Check::path).filter(|path| !planted.contains(&**path)).collect();
    assert!(bare.is_empty(), "without a planted fault: {bare:#?}");
}
