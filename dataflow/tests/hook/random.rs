//! Caching never changes a result (CNG-3): random dataflows with one cache for all of their runs, and without any.

use larder_dataflow::Driver;
use proptest::prelude::*;

use crate::flows::{Run, Shape, flow, outcome};
use crate::stores::{Place, local, memory, objects_in_memory};

fn agree(place: &Place, shapes: &[Shape], runs: &[Run]) {
    let (plain, cached) = (Driver::builder(), Driver::builder().adapter(place.hook()));
    for (at, run) in runs.iter().enumerate() {
        let expected = outcome(&plain, shapes, run);
        assert_eq!(outcome(&cached, shapes, run), expected, "run {at} of {runs:?} on {shapes:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn caching_in_memory_never_changes_a_result((shapes, runs) in flow()) {
        agree(&memory(), &shapes, &runs);
    }

    #[test]
    fn caching_on_objects_never_changes_a_result((shapes, runs) in flow()) {
        agree(&objects_in_memory(), &shapes, &runs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn caching_on_local_files_never_changes_a_result((shapes, runs) in flow()) {
        agree(&local(), &shapes, &runs);
    }
}
