use std::sync::Arc;

use super::*;
use crate::disk::{Fate, Id, Shortage};
use crate::entry::Version;
use crate::eviction::{Lfu, Lrs, Lru, Policy, Queues};

fn brief(number: u64) -> Brief {
    let at = Time::from_secs(i64::try_from(number).unwrap());
    Brief {
        id: Id(number),
        hash: number,
        version: Version::from_bits(number.into()),
        size: 1,
        stored: at,
        accessed: at,
        expires: None,
        hits: 0,
        insertion: number,
        tags: 0,
        namespace: 1,
        cost: 0,
        word: 0,
    }
}

fn surveyed(policy: impl Policy, briefs: impl Iterator<Item = Brief>, entries: u64) -> Evictor {
    let evictor = Evictor::new(Arc::new(policy));
    let mut surveying = evictor.survey(entries);
    briefs.for_each(|brief| surveying.see(&brief, Time::EPOCH));
    surveying.finish(None, Time::EPOCH);
    evictor
}

/// The ids of the next victims towards `entries`, and the round.
fn pick(evictor: &Evictor, entries: u64) -> (Vec<u64>, Round<'_>) {
    let mut round = evictor.round();
    match round.pick(Shortage { bytes: 0, entries }, Time::EPOCH, false) {
        Pick::Victims => (round.victims().iter().map(|victim| victim.id.0).collect(), round),
        other => panic!("no victims but {other:?}"),
    }
}

#[test]
fn a_round_that_is_dropped_is_picked_again_without_a_survey() {
    let evictor = surveyed(Lru, (0..10).map(brief), 10);
    let (victims, round) = pick(&evictor, 3);
    drop(round);
    let (again, mut round) = pick(&evictor, 3);
    assert_eq!((victims, again), (vec![0, 1, 2], vec![0, 1, 2]));
    let settled = round.settle(vec![Fate::Gone, Fate::Absent, Fate::Gone]);
    assert_eq!(settled.gone, 2);
}

/// How many victims go one by one until a survey is due, while each is followed by a new entry if `new` says so.
fn served(evictor: &Evictor, new: impl Fn(u64) -> Option<Brief>) -> u64 {
    let (mut gone, mut round) = (0, evictor.round());
    loop {
        match round.pick(Shortage { bytes: 0, entries: 1 }, Time::EPOCH, false) {
            Pick::Victims => gone += round.settle(vec![Fate::Gone]).gone,
            _ => return gone,
        }
        new(gone).into_iter().for_each(|brief| evictor.offer(&brief, &Replaced::Nothing, Time::EPOCH));
    }
}

#[test]
fn a_survey_serves_all_entries_and_half_where_some_are_spared_and_hits_count() {
    assert_eq!(served(&surveyed(Lru, (0..1000).map(brief), 1000), |_| None), 1000);
    assert_eq!(served(&surveyed(Lrs, (0..1000).map(brief), 1000), |_| None), 1000);
    let evictor = surveyed(FourAtMost, (0..1000).map(|number| Brief { word: 1, ..brief(number) }), 1000);
    assert_eq!(served(&evictor, |_| None), 500);
}

#[test]
fn new_entries_take_the_place_of_those_that_went_and_a_survey_comes_now_and_then() {
    let new = |gone: u64| Some(brief(999 + gone));
    for evictor in [surveyed(Lru, (0..1000).map(brief), 1000), surveyed(Lfu, (0..1000).map(brief), 1000)] {
        let gone = served(&evictor, new);
        assert_eq!(gone, 32_000, "32 times as many as there are");
    }
}

#[test]
fn one_write_that_is_told_twice_is_one_victim() {
    let evictor = surveyed(Lru, (10..20).map(brief), 10);
    for _ in 0..2 {
        evictor.offer(&brief(5), &Replaced::Nothing, Time::EPOCH);
    }
    assert_eq!(pick(&evictor, 2).0, [5, 10]);
}

#[test]
fn entries_that_are_written_over_and_over_do_not_cost_a_survey_of_all_the_others() {
    let entries = 40_000;
    let evictor = surveyed(Lru, (0..entries).map(brief), entries);
    let hot = Brief { expires: Some(Time::from_secs(1_000_000)), ..brief(entries) };
    for _ in 0..entries / 4 {
        evictor.offer(&hot, &Replaced::Entry(hot), Time::EPOCH);
    }
    assert_eq!(pick(&evictor, 1).0, [0]);
}

/// Queue 0 is looked into while it holds more than four entries.
#[derive(Debug)]
struct FourAtMost;

impl Policy for FourAtMost {
    fn name(&self) -> &'static str {
        "four-at-most"
    }

    fn rank(&self, brief: &Brief, _: Time) -> Option<u64> {
        Some(brief.insertion)
    }

    fn queue(&self, word: u64) -> usize {
        usize::from(word == 1)
    }

    fn turn(&self, queues: &Queues, _: Option<u64>) -> usize {
        usize::from(queues[0] <= 4)
    }
}

#[test]
fn each_turn_within_a_round_counts_what_was_picked_before() {
    let queued = (0..12).map(|number| Brief { word: number % 2, ..brief(number) });
    let evictor = surveyed(FourAtMost, queued, 12);
    let (victims, mut round) = pick(&evictor, 4);
    assert_eq!(victims, [0, 2, 1, 3]);
    // What is still there counts again: six entries in the first queue give two turns.
    let _ = round.settle(vec![Fate::Spared; 4]);
    drop(round);
    assert_eq!(pick(&evictor, 4).0, [0, 2, 1, 3]);
}

#[test]
fn an_entry_that_somebody_removed_is_counted_out_once() {
    let queued = || (0..12).map(|number| Brief { word: number % 2, ..brief(number) });
    let evictor = surveyed(FourAtMost, queued(), 12);
    // Two of the first queue's six are removed: they are victims still, and found to be absent.
    queued().take(3).step_by(2).for_each(|gone| evictor.gone(&gone));
    let (victims, mut round) = pick(&evictor, 1);
    assert_eq!(victims, [1], "the first queue is down to four");
    let _ = round.settle(vec![Fate::Gone]);
    drop(round);
    let more = (12..16).map(|number| Brief { word: 0, ..brief(number) });
    more.for_each(|brief| evictor.offer(&brief, &Replaced::Nothing, Time::EPOCH));
    let (victims, mut round) = pick(&evictor, 2);
    assert_eq!(victims, [0, 2], "eight are in the first queue");
    let _ = round.settle(vec![Fate::Absent; 2]);
    drop(round);
    assert_eq!(pick(&evictor, 5).0, [4, 6, 8, 10, 3], "eight still, and four of them may go");
}

#[test]
fn a_write_during_two_surveys_is_known_after_both() {
    let evictor = Evictor::new(Arc::new(Lru));
    let surveys = [evictor.survey(4), evictor.survey(4)];
    evictor.offer(&brief(1), &Replaced::Nothing, Time::EPOCH);
    for mut surveying in surveys {
        (2..6).for_each(|number| surveying.see(&brief(number), Time::EPOCH));
        assert!(surveying.finish(None, Time::EPOCH));
    }
    assert_eq!(pick(&evictor, 1).0, [1]);
}

#[test]
fn a_victim_that_is_being_written_may_go_once_the_round_is_over() {
    let evictor = surveyed(Lru, (0..10).map(brief), 10);
    let (victims, mut round) = pick(&evictor, 2);
    assert_eq!(victims, [0, 1]);
    let _ = round.settle(vec![Fate::Busy, Fate::Busy]);
    let picked = round.pick(Shortage { bytes: 0, entries: 1 }, Time::EPOCH, false);
    assert!(matches!(picked, Pick::Victims) && round.victims()[0].id == Id(2), "{picked:?}");
    let _ = round.settle(vec![Fate::Gone]);
    drop(round);
    assert_eq!(pick(&evictor, 3).0, [0, 1, 3]);
}

#[test]
fn a_survey_for_another_policy_is_of_no_use() {
    let evictor = Evictor::new(Arc::new(Lru));
    let mut surveying = evictor.survey(1);
    surveying.see(&brief(1), Time::EPOCH);
    evictor.obey(Arc::new(FourAtMost));
    assert!(!surveying.finish(None, Time::EPOCH));
    let next = evictor.round().pick(Shortage { bytes: 1, entries: 0 }, Time::EPOCH, false);
    assert!(matches!(next, Pick::Survey), "{next:?}");
}

#[test]
fn entries_of_larder_itself_go_only_when_their_life_is_over() {
    let namespace = Namespace::reserved().id();
    let own = |number, expires| Brief { expires, namespace, ..brief(number) };
    let evictor = surveyed(Lru, [own(0, None), own(1, Some(Time::EPOCH)), brief(2)].into_iter(), 3);
    evictor.offer(&own(3, None), &Replaced::Nothing, Time::EPOCH);
    let (victims, dead) = pick(&evictor, 9);
    assert_eq!((victims, dead.is_dead()), (vec![1], true));
    let (victims, _living) = pick(&evictor, 9);
    assert_eq!(victims, [2]);
}
