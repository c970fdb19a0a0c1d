use proptest::prelude::*;

use super::*;

fn sizes(count: usize) -> Vec<Size> {
    vec![Size { width: 80.0, height: 50.0 }; count]
}

fn overlap(one: &Place, other: &Place) -> bool {
    one.left < other.left + other.size.width
        && other.left < one.left + one.size.width
        && one.top < other.top + other.size.height
        && other.top < one.top + one.size.height
}

#[test]
fn a_chain_is_level() {
    let Layout { places, .. } = layout(&sizes(4), &[(0, 1), (1, 2), (2, 3)]);
    assert!(places.iter().all(|place| (place.top - places[0].top).abs() < 1e-9), "{places:?}");
    assert!(places.is_sorted_by(|one, other| one.left + one.size.width < other.left));
}

#[test]
fn what_can_be_drawn_without_crossings_is() {
    // Two ladders whose rungs are given in an order that crosses: 0 to 3, 1 to 2.
    let Layout { places, .. } = layout(&sizes(4), &[(1, 2), (0, 3)]);
    assert!((places[0].top < places[1].top) == (places[3].top < places[2].top), "{places:?}");
}

#[test]
fn an_input_stands_right_before_what_takes_it() {
    let Layout { places, .. } = layout(&sizes(4), &[(0, 2), (2, 3), (1, 3)]);
    assert!((places[1].left - places[2].left).abs() < 1e-9);
}

#[test]
fn nothing_takes_a_little_place() {
    let Layout { size, .. } = layout(&[], &[]);
    assert!(size.width > 0.0 && size.height > 0.0);
}

#[test]
fn an_edge_over_thousands_of_columns_takes_no_place_in_them() {
    let mut edges: Vec<(usize, usize)> = (1..3000).map(|at| (at, at + 1)).collect();
    edges.extend((1..=3000).map(|to| (0, to)));
    let Layout { size, .. } = layout(&sizes(3001), &edges);
    assert!(size.height < 30_000.0, "{size:?}");
}

/// Boxes of any size, and edges from earlier to later ones.
fn graphs() -> impl Strategy<Value = (Vec<Size>, Vec<(usize, usize)>)> {
    (1_usize..30).prop_flat_map(|count| {
        let size = (1_u16..400, 1_u16..90)
            .prop_map(|(width, height)| Size { width: width.into(), height: height.into() });
        let edge = (0..count, 0..count).prop_filter_map("no loop", |(one, other)| {
            (one != other).then_some((one.min(other), one.max(other)))
        });
        let edges = prop::collection::btree_set(edge, 0..if count == 1 { 1 } else { 60 });
        (prop::collection::vec(size, count), edges.prop_map(|edges| edges.into_iter().collect()))
    })
}

proptest! {
    #[test]
    fn boxes_lie_inside_the_picture_and_apart((sizes, edges) in graphs()) {
        let Layout { places, size, .. } = layout(&sizes, &edges);
        for (at, place) in places.iter().enumerate() {
            prop_assert!(place.left >= 0.0 && place.top >= 0.0);
            prop_assert!(place.left + place.size.width <= size.width);
            prop_assert!(place.top + place.size.height <= size.height);
            prop_assert!(place.size.width >= sizes[at].width);
            prop_assert!(!places[..at].iter().any(|other| overlap(place, other)));
        }
    }

    #[test]
    fn edges_go_forward_and_through_no_box((sizes, edges) in graphs()) {
        let Layout { places, routes, .. } = layout(&sizes, &edges);
        for route in routes {
            let mut reached = route.from.0;
            for (left, right, height) in &route.passages {
                prop_assert!(*left > reached);
                reached = *right;
                let hits = |place: &Place| {
                    place.left < *right && *left < place.left + place.size.width
                        && place.top < *height && *height < place.top + place.size.height
                };
                prop_assert!(!places.iter().any(hits));
            }
            prop_assert!(route.to.0 > reached);
        }
    }

    #[test]
    fn the_same_graph_is_laid_out_the_same((sizes, edges) in graphs()) {
        prop_assert_eq!(layout(&sizes, &edges), layout(&sizes, &edges));
    }
}
