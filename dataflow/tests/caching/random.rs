//! Caching never changes a result (CNG-3): random dataflows with one cache for all of their runs, whose behaviours change too, and
//! without any. `Ignore` is left out: it changes results, and is there for that.

use larder_dataflow::Driver;
use larder_dataflow::caching::{Behavior, CachingAdapter};
use proptest::prelude::*;

use crate::flows::{NAMES, Run, Shape, flow, outcome};
use crate::stores::{Place, local, memory, objects_in_memory};

fn agree(place: &Place, shapes: &[Shape], runs: &[Run], behaviors: &[Behavior]) {
    for (at, run) in runs.iter().enumerate() {
        let expected = outcome(&Driver::builder(), shapes, run);
        let behavior = behaviors[at % behaviors.len()];
        let some = NAMES[..shapes.len()].iter().enumerate().filter(|(node, _)| (node + at) % 3 == 0);
        let some: Vec<&str> = some.map(|(_, name)| *name).collect();
        let cache = CachingAdapter::builder().store(&place.store).behavior(behavior, some).build().unwrap();
        let cached = outcome(&Driver::builder().with_cache(cache), shapes, run);
        assert_eq!(cached, expected, "run {at} of {runs:?} on {shapes:?} with {behaviors:?}");
    }
}

fn behaviors() -> impl Strategy<Value = Vec<Behavior>> {
    let one = prop_oneof![Just(Behavior::Default), Just(Behavior::Recompute), Just(Behavior::Disable)];
    prop::collection::vec(one, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn caching_in_memory_never_changes_a_result((shapes, runs) in flow(), behaviors in behaviors()) {
        agree(&memory(), &shapes, &runs, &behaviors);
    }

    #[test]
    fn caching_on_objects_never_changes_a_result((shapes, runs) in flow(), behaviors in behaviors()) {
        agree(&objects_in_memory(), &shapes, &runs, &behaviors);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn caching_on_local_files_never_changes_a_result((shapes, runs) in flow(), behaviors in behaviors()) {
        agree(&local(), &shapes, &runs, &behaviors);
    }
}
