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
                }
                streams {
                    a_streamed_body_comes_back: "STR-1 STR-3 STR-12" [];
                    a_failing_stream_leaves_the_old_entry: "STR-8 CAP-14" [];
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
