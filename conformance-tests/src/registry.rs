//! The list of checks, once: the registry, the tests of `conformance!` and the table of planted faults are made
//! from it.

use crate::check::Check;

/// Calls a macro of this crate with its arguments and the list of all checks.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_check {
    ($then:ident $arguments:tt) => {
        $crate::$then! { $arguments
            keying {
                kinds {
                    kinds_of_keys_are_apart: "KEY-2 KEY-3 KEY-4 KEY-11 KEY-12 KEY-15 KEY-22 KEY-23 KEY-27" [];
                    equal_keys_built_apart_are_one: "KEY-4 KEY-7 KEY-21 KEY-24 KEY-32" [];
                    keys_are_listed_as_they_were_put: "KEY-1 KEY-8 KEY-10 KEY-13 KEY-14 KEY-25" [];
                }
                names {
                    no_name_has_a_special_meaning: "KEY-17 KEY-18 KEY-19" [];
                    namespaces_hold_keys_apart: "NSP-1 NSP-4" [];
                    a_key_of_ten_megabytes_is_a_key: "KEY-16" [];
                }
                digests {
                    colliding_digests_give_no_wrong_value: "KEY-31" [];
                    a_write_under_a_colliding_digest_leaves_no_wrong_answer: "KEY-31" [];
                }
            }
            values {
                bodies {
                    bodies_of_every_size_come_back: "VAL-3 VAL-4" [];
                    eight_mebibytes_come_back: "VAL-1" [];
                    an_overwrite_leaves_nothing_of_the_old_body: "SET-2 SET-6 VAL-11" [];
                    an_absent_key_is_none: "GET-1 STR-9" [];
                    ranges_of_a_body_are_its_bytes: "STR-4 STR-6" [];
                    a_body_in_hand_outlives_its_entry: "STR-7 VAL-12" [];
                }
                metadata {
                    metadata_come_back_exactly: "GET-3 GET-4 CLK-2 TAG-1 VAL-14" [];
                    every_write_has_its_version: "SET-1" [];
                    an_overwrite_replaces_all_metadata: "SET-2" [];
                    what_is_told_of_a_write_is_true: "SET-1 VOL-1" [];
                    a_peek_tells_what_a_get_tells: "CON-1" [];
                    what_is_answered_at_once_is_right: "GET-1 CON-1" [];
                    what_a_put_replaced_is_told: "SET-2 CAP-10" [Counted];
                    a_brief_has_the_hash_of_its_key: "POL-7" [];
                }
                streams {
                    a_streamed_body_comes_back: "STR-1 STR-3 STR-12" [];
                    a_failing_stream_leaves_the_old_entry: "STR-8 CAP-14" [];
                    a_cache_streams_values_in_and_out: "STR-1 STR-3 STR-4 STR-6 STR-9" [];
                    a_large_body_is_read_in_parts: "STR-2 STR-4 STR-7" [];
                }
                limits {
                    a_value_beyond_the_limit_on_reads_is_not_stored: "VAL-1 VAL-9 STR-3 STR-8" [];
                    a_stream_that_a_get_cannot_read_is_not_stored: "STR-3 STR-8 VAL-10" [];
                }
                unreadable {
                    what_get_cannot_read_is_absent: "GET-9 ADD-3 INC-3 VAL-10" [Compare Create];
                    what_the_metadata_exclude_is_absent: "CON-1 TCH-1 DEL-1" [Touch];
                }
                conditions {
                    a_create_stores_once: "ADD-1 ADD-2" [Create];
                    a_dead_entry_is_stored_still: "ADD-3" [Create];
                    a_swap_stores_over_its_version_only: "SET-2" [Compare];
                    a_removal_tells_what_went: "DEL-1" [];
                    a_conditional_removal_takes_its_version_only: "POP-1 POP-3" [Compare];
                    a_removal_of_the_absent_removes_nothing: "DEL-1" [];
                    a_touch_changes_the_expiry_alone: "TCH-1 TCH-2" [Touch];
                    a_touch_of_another_version_changes_nothing: "TCH-1" [Touch];
                }
                operations {
                    an_add_keeps_what_lives: "ADD-1 ADD-2 ADD-3 ADD-5 GET-5" [Create Compare];
                    a_pop_removes_and_returns: "POP-1 POP-2 POP-5" [Compare];
                    a_swap_needs_the_version_that_was_read: "SET-2 CAP-6" [Compare];
                    nan_is_no_key: "KEY-9 KEY-8" [];
                }
            }
            expiry {
                life {
                    an_entry_lives_until_its_expiry: "EXP-1 EXP-2 GET-1 GET-4 CON-1" [];
                    a_life_of_zero_is_stored_dead: "EXP-3 SET-2" [];
                    the_dead_are_invisible_and_counted: "EXP-4 EXP-5 DEL-1 POP-2 TCH-1 ITR-2" [];
                    reading_the_dead_changes_nothing: "GET-2" [];
                    a_very_long_life_is_a_life: "EXP-10" [];
                    a_clock_that_steps_back_fails_nothing: "CLK-4 CLK-1 EXP-1" [];
                    an_entry_from_the_future_is_expired: "CLK-4 EXP-1" [];
                    a_touch_gives_another_life: "TCH-1 TCH-3" [Touch];
                }
                removal {
                    all_the_dead_go_at_once: "EXP-7 EXP-9" [];
                    the_dead_of_a_given_time_go: "EXP-8" [];
                    the_dead_of_other_caches_stay: "EXP-7 NSP-1" [];
                    a_survey_of_the_dead_has_all_of_them: "EXP-7" [];
                    a_removal_of_the_dead_tells_what_went: "DEL-1 EXP-5" [];
                }
            }
            tags {
                eviction {
                    a_tag_takes_its_entries_and_no_others: "TAG-4 TAG-6" [];
                    hundreds_of_entries_go_by_one_tag: "TAG-7" [];
                    an_old_tag_takes_nothing: "SET-2 TAG-4" [];
                    a_tag_takes_nothing_from_other_caches: "TAG-4 NSP-1" [];
                    a_touched_entry_keeps_its_tags: "TCH-2" [Touch];
                    a_survey_of_a_tag_has_all_its_entries: "TAG-4" [];
                }
                identity {
                    kinds_of_tags_are_apart: "TAG-1 TAG-2" [];
                    an_entry_has_up_to_64_tags: "TAG-1 TAG-3" [];
                }
            }
            size_caps {
                volume {
                    an_empty_disk_has_no_volume: "VOL-1 VOL-6" [];
                    the_volume_is_the_sum_of_the_weights: "VOL-1 VOL-2 VOL-3 VOL-4" [];
                    golden_entries_have_golden_volumes: "VOL-8 VOL-1" [];
                }
                limit {
                    the_limit_holds_at_every_step: "CAP-2 CAP-6" [];
                    an_entry_as_large_as_the_limit_fits: "CAP-2 CAP-4" [];
                    the_too_large_leave_the_others: "CAP-4 CAP-6" [];
                    without_eviction_a_full_disk_is_full: "CAP-5 POL-4" [];
                    no_more_go_than_are_needed: "CAP-3" [];
                    an_overwrite_counts_the_difference: "CAP-7" [Counted];
                    what_is_written_is_never_a_victim: "CAP-3 CAP-7" [];
                    a_number_of_entries_is_a_limit_too: "CAP-1" [];
                    settings_come_back_as_they_were_set: "VOL-7 POL-9" [];
                }
                admission {
                    a_write_asks_for_the_room_it_lacks: "CAP-2" [];
                    without_room_a_write_is_refused: "CAP-5 CAP-6" [];
                    an_error_of_the_room_is_the_writes: "CAP-2 ERR-1" [];
                    a_stream_is_refused_as_it_outgrows_the_limit: "CAP-14" [];
                    a_stream_under_way_takes_up_room: "CAP-14 CAP-2" [];
                    what_is_under_way_is_no_entry_yet: "CAP-2 CAP-3" [];
                    what_is_put_at_once_is_put: "SET-1 SET-2 CAP-2" [];
                }
                culling {
                    a_cull_obeys_a_lowered_limit: "VOL-7 CLL-1 CLL-2 CLL-3" [];
                    the_next_write_obeys_a_lowered_limit: "VOL-7 CAP-2" [];
                    a_cull_removes_all_the_dead: "CLL-1 CLL-3" [];
                    reads_and_touches_remove_nothing: "CAP-11 TCH-4" [];
                    the_books_balance: "CAP-10" [Counted];
                }
            }
            eviction {
                order {
                    lrs_takes_the_least_recently_stored: "POL-1" [];
                    lru_takes_the_least_recently_used: "POL-2 POL-11" [];
                    lfu_takes_the_least_frequently_used: "POL-3 POL-12" [];
                    ties_go_by_insertion: "POL-5 POL-14" [Ordered];
                    a_new_entry_goes_after_older_equals: "POL-13" [Ordered];
                    the_dead_go_first: "CAP-2 EXP-6" [];
                    a_change_of_policy_is_obeyed: "POL-7 POL-9" [];
                    an_unknown_policy_is_refused: "POL-8" [];
                }
                victims {
                    untouched_victims_go: "CAP-2 CLR-2" [];
                    a_victim_that_was_hit_is_spared: "CAP-2" [];
                    victims_after_one_that_was_hit_are_spared: "CAP-2 CAP-3" [];
                    a_victim_that_was_written_is_spared: "CAP-2" [];
                    a_victim_that_is_being_written_is_busy: "CAP-2 CAP-3 SET-6" [];
                }
                records {
                    a_hit_is_recorded: "POL-6" [];
                    a_look_records_nothing: "POL-6 CON-1" [];
                    a_store_begins_anew: "POL-6 SET-1" [];
                    only_reads_are_hits: "POL-6 CON-1" [];
                    notes_are_taken_for_their_version: "POL-7" [];
                    a_word_stays_with_its_entry: "POL-7 POL-6" [];
                    a_touched_entry_keeps_its_word: "POL-7 TCH-2" [Touch];
                }
                twin {
                    lrs_has_the_victims_of_a_full_sort: "POL-1 POL-5 POL-6" [Ordered];
                    lru_has_the_victims_of_a_full_sort: "POL-2 POL-5 POL-6" [Ordered];
                    lfu_has_the_victims_of_a_full_sort: "POL-3 POL-5 POL-6" [Ordered];
                }
            }
            iteration {
                keys {
                    every_key_comes_once: "ITR-6 ITR-8" [];
                    sorted_keys_are_sorted: "ITR-7 ORD-1 ORD-2 ORD-3" [];
                    the_dead_come_too: "ITR-2 EXP-5" [];
                    other_namespaces_never_come: "NSP-1 NSP-3 CLR-1" [];
                    the_length_counts_every_entry: "ITR-9 NSP-2" [Counted];
                    what_stays_comes_once_while_others_go: "ITR-5" [];
                }
                order {
                    keys_come_by_insertion: "ITR-1" [Ordered];
                    an_overwrite_keeps_its_place: "ITR-3 SET-3" [Ordered];
                    what_is_inserted_later_does_not_come: "ITR-4" [Ordered];
                    the_ends_are_the_oldest_and_the_newest: "PKI-1 PKI-2 PKI-3 PKI-4" [Ordered];
                    insertion_numbers_are_never_used_again: "ITR-4 SET-3" [Ordered];
                }
                pages {
                    pages_of_any_length_have_every_entry: "ITR-1 ITR-6" [];
                    a_survey_since_a_point_has_all_later_writes: "CFG-4 CAP-9" [];
                    a_listing_answers_each_id_in_turn: "ITR-5" [];
                }
            }
            failure {
                undeclared {
                    what_is_not_declared_is_refused: "CNF-6" [];
                }
                broken {
                    a_failed_read_is_an_error_and_no_miss: "GET-10 STA-3" [];
                    a_failed_write_leaves_the_old_value: "ERR-1 CAP-6" [];
                    a_lost_answer_is_not_counted_as_stored: "TMO-3" [];
                    a_damaged_entry_is_a_miss_and_is_replaced: "GET-9 VAL-10" [];
                    a_batch_that_stops_tells_what_was_done: "CLR-3 TMO-5 CLL-6" [];
                    a_hesitating_disk_is_waited_for: "OPN-12" [];
                }
                computing {
                    a_computed_value_is_returned_though_it_is_not_stored: "CAP-6 ERR-1" [];
                    a_computation_that_fails_frees_the_key: "MEM-3" [];
                    a_computation_of_itself_is_an_error: "MEM-10" [];
                }
                reading {
                    a_read_only_view_changes_nothing: "OPN-13" [];
                    a_cache_that_is_read_only_reads_and_computes: "OPN-13" [];
                }
            }
            computations {
                fences {
                    a_put_since_a_fence_is_a_put: "ADD-1 SET-1" [Create Compare];
                    an_invalidation_since_the_fence_conflicts: "TAG-4 CLR-1 DEL-1" [Create];
                    an_entry_that_came_and_went_conflicts: "DEL-1 CAP-6" [Create];
                }
                invalidation {
                    an_invalidation_by_the_same_store_stands: "MEM-9 SET-1 DEL-1 TAG-4 CLR-1" [];
                    an_invalidation_by_another_handle_stands: "MEM-9 SET-1 DEL-1 TAG-4 CLR-1" [Processes Create Compare];
                    a_newer_value_that_was_evicted_is_newer_still: "MEM-9 CAP-6" [Create Compare];
                    what_is_not_touched_is_stored: "MEM-1" [];
                }
                sharing {
                    all_callers_of_a_store_share_a_computation: "MEM-9 STA-4" [];
                    a_value_that_is_not_stored_is_shared: "MEM-9 ERR-1" [];
                    a_failure_is_shared_or_retried: "MEM-3 MEM-9" [];
                }
                deadlines {
                    a_wait_ends_at_the_deadline: "TMO-1 CLK-4" [];
                    computations_that_wait_for_each_other_are_refused: "MEM-10" [];
                    a_call_has_one_deadline_and_one_read: "TMO-1 TMO-3" [];
                }
            }
            durability {
                foreign {
                    files_of_other_programs_are_left_alone: "LAY-3 CHK-2" [Durable];
                }
                reopening {
                    entries_come_back_as_they_were: "OPN-3 CLK-2 VOL-3" [Durable];
                    tags_and_expiries_work_after_a_reopen: "TAG-4 EXP-7 EXP-12" [Durable];
                    the_order_comes_back: "ITR-1 CFG-3" [Durable Ordered];
                    the_state_of_eviction_comes_back: "ITR-1 CFG-3" [Durable Ordered];
                }
            }
            concurrency {
                winners {
                    one_of_many_adds_stores: "ADD-4" [Create Compare];
                    one_of_many_pops_gets_the_value: "POP-3 POP-1" [Compare];
                    every_increment_counts: "INC-9 INC-1" [Compare Create];
                    one_of_many_computes: "MEM-9 STA-4" [];
                    writers_together_obey_the_limit: "CAP-2 CAP-3 CAP-10" [];
                    every_writer_of_one_key_stores: "SET-1 SET-6 CAP-6" [];
                }
                readers {
                    readers_never_see_a_mixture: "SET-6 VAL-12" [];
                    everything_at_once_leaves_books_that_balance: "CLR-2 CLR-4 ITR-5 CAP-10" [];
                    what_is_overwritten_is_never_missed_at_once: "GET-1 SET-6" [];
                }
                cancelled {
                    a_dropped_write_leaves_the_old_or_the_new: "OPN-12 CAP-14" [];
                }
            }
            processes {
                winners {
                    one_of_many_adds_stores: "ADD-4" [Processes Create Compare];
                    one_of_many_pops_gets_the_value: "POP-3" [Processes Compare];
                    every_increment_counts: "INC-9" [Processes Create Compare];
                }
                limits {
                    one_limit_holds_for_all_together: "CAP-9 CAP-2" [Processes Counted];
                    what_one_sets_all_obey: "POL-15 CFG-4" [Processes Counted];
                    a_hit_of_one_spares_from_the_lru_of_another: "POL-2 POL-15" [Processes Counted];
                    hits_of_all_count_under_lfu: "POL-3 POL-15" [Processes Counted];
                    the_books_of_all_balance: "CAP-10" [Processes Counted];
                }
                views {
                    what_one_stores_others_read_at_once: "SET-1 GET-1 OPN-3" [Processes];
                    what_one_removes_is_gone_for_all: "TAG-4 EXP-7 CLR-1" [Processes Counted];
                    iteration_goes_on_beside_writers_elsewhere: "ITR-5" [Processes];
                    a_body_in_hand_outlives_the_write_of_another: "STR-7 VAL-12" [Processes];
                }
            }
            counters {
                numbers {
                    an_increment_adds_to_what_lives: "INC-1 INC-3 INC-4 INC-12" [Compare Create];
                    numbers_begin_where_they_are_told: "INC-1 INC-2 INC-3 INC-8" [Compare Create];
                    counting_what_lives_evicts_nothing: "INC-6 CAP-11" [Compare Create];
                    what_cannot_be_added_changes_nothing: "INC-10 INC-11" [Compare Create];
                    a_changed_entry_keeps_its_metadata: "INC-4 EXP-1 TAG-1" [Compare Create];
                }
                statistics {
                    reads_are_counted_and_nothing_else: "STA-1 STA-2 STA-3 STA-4" [];
                }
            }
            repair {
                findings {
                    a_healthy_disk_has_no_findings: "CHK-1" [Check];
                    a_check_that_tells_changes_nothing: "CHK-1" [Check];
                    a_fix_of_a_healthy_disk_changes_nothing: "CHK-2" [Check];
                }
                beside {
                    what_is_being_written_is_left_alone: "CHK-3" [Check];
                    others_go_on_while_a_disk_is_checked: "CHK-3" [Check];
                }
            }
            sequences {
                model {
                    random_operations_are_those_of_the_model_under_lrs: "CNF-2 VOL-3 POL-1" [];
                    random_operations_are_those_of_the_model_under_lru: "CNF-2 VOL-3 POL-2" [];
                    random_operations_are_those_of_the_model_without_eviction: "CNF-2 VOL-3 POL-4" [];
                }
            }
        }
    };
}

/// Makes the static registry from the list.
#[doc(hidden)]
#[macro_export]
macro_rules! __registry {
    ({} $($area:ident {
        $($group:ident { $($name:ident: $lines:literal [$($need:ident)*];)* })*
    })*) => {
        /// Every check, in the order of the behaviour list.
        pub static CHECKS: &[Check] = &[$($($(
            Check {
                area: stringify!($area),
                group: stringify!($group),
                name: stringify!($name),
                lines: $lines,
                needs: &[$($crate::Need::$need),*],
                run: |bench| Box::pin($crate::checks::$area::$group::$name(bench)),
            },
        )*)*)*];
    };
}

for_each_check! { __registry {} }
