use super::*;
use crate::order::{Act, Expected, Order};

const SIZE: usize = 100;

/// Every engine of this process, in a directory of its own.
fn each(bound: bool, look: impl Fn(Kind, &Opening, &mut InProcess)) {
    for kind in Kind::value_variants().iter().copied().filter(|kind| *kind != Kind::Diskcache) {
        for policy in kind.traits().policies.iter().copied().chain([Policy::Lrs]) {
            let directory = tempfile::tempdir().expect("a directory can be made");
            let opening =
                Opening { directory: directory.path().into(), entries: 200, size: SIZE, policy, bound };
            let engine = kind.engine(&opening).expect("it opens");
            look(kind, &opening, &mut InProcess::new(engine, kind.traits().forgets));
        }
    }
}

#[test]
fn every_engine_answers_what_was_stored_last() {
    each(false, |kind, _, contender| {
        contender.fill(0..200, SIZE).expect("entries are stored");
        contender.settle().expect("it comes to rest");
        // At rest between these: who writes behind may also remove behind.
        for orders in
            [(0..100).map(|number| Order::set(number, 1)).collect(), (50..70).map(Order::delete).collect()]
        {
            let orders: Vec<Order> = orders;
            contender.run(&orders, SIZE).unwrap_or_else(|failure| panic!("{kind:?}: {failure}"));
            contender.settle().expect("it comes to rest");
        }
        let mut orders: Vec<Order> =
            (0..50).map(|number| Order::get(number, Expected::Generation(1))).collect();
        orders.extend((50..70).map(|number| Order::get(number, Expected::Nothing)));
        orders.extend((100..200).map(|number| Order::get(number, Expected::Generation(0))));
        orders.extend((200..220).map(|number| Order::get(number, Expected::Nothing)));
        let borrows = orders.iter().filter(|order| order.act == Act::Get);
        let borrows: Vec<Order> = borrows.map(|order| Order { act: Act::Borrow, ..*order }).collect();
        let laps = contender.run(&orders, SIZE).unwrap_or_else(|failure| panic!("{kind:?}: {failure}"));
        assert_eq!(laps.forgotten, 0, "{kind:?} at rest");
        contender.run(&borrows, SIZE).unwrap_or_else(|failure| panic!("{kind:?}: {failure}"));
        if let Some(entries) = contender.entries().expect("it counts") {
            assert_eq!(entries, 180, "{kind:?}");
        }
    });
}

#[test]
fn what_is_durable_outlasts_the_engine() {
    each(false, |kind, opening, contender| {
        if !kind.traits().durable {
            return;
        }
        // The one that was handed in has the directory open: another directory.
        let again = Opening { directory: opening.directory.join("again"), ..opening.clone() };
        std::fs::create_dir(&again.directory).expect("a directory can be made");
        let mut first = InProcess::new(kind.engine(&again).expect("it opens"), kind.traits().forgets);
        first.fill(0..20, SIZE).expect("entries are stored");
        first.settle().expect("it comes to rest");
        drop(first);
        let mut second = InProcess::new(kind.engine(&again).expect("it opens again"), kind.traits().forgets);
        let orders: Vec<Order> = (0..20).map(|number| Order::get(number, Expected::Generation(0))).collect();
        let laps = second.run(&orders, SIZE).unwrap_or_else(|failure| panic!("{kind:?}: {failure}"));
        assert_eq!(laps.forgotten, 0, "{kind:?}");
        contender.settle().expect("the other one is not concerned");
    });
}

#[test]
fn a_bound_engine_holds_no_more_than_it_did() {
    each(true, |kind, opening, contender| {
        if !kind.traits().policies.contains(&opening.policy) {
            return;
        }
        contender.fill(0..200, SIZE).expect("entries are stored");
        contender.bound().unwrap_or_else(|failure| panic!("{kind:?}: {failure}"));
        let orders: Vec<Order> = (200..2000).map(|number| Order::set(number, 0)).collect();
        contender.run(&orders, SIZE).unwrap_or_else(|failure| panic!("{kind:?}: {failure}"));
        if let Some(entries) = contender.entries().expect("it counts") {
            // Pages, not entries, bound SQLite.
            assert!((1..400).contains(&entries), "{kind:?}: {entries} entries under {:?}", opening.policy);
        }
    });
}
