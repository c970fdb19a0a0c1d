//! What a check finds in a place of frames, and what it leaves.

use std::collections::HashMap;
use std::task::{Context, Waker};

use larder_core::disk::{Checked, Finding, Fixed, Flaw, ReadOnly, Repair, Settings};
use larder_core::key::Digest;
use larder_core::larder::Larder;
use larder_core::{Bytes, ErrorKind};
use pollster::block_on;

use crate::place::{Place, strict};

/// A larder of twenty numbers, and their keys' digests in order.
async fn twenty(place: &Place) -> (Larder, Vec<Digest>) {
    let larder = place.larder(Settings::unbounded()).await;
    let cache = strict(&larder);
    let mut names = Vec::new();
    for number in 0..20 {
        assert!(cache.set(&number, &7).await.unwrap().is_stored());
        names.push(*cache.key(&number).unwrap().digest());
    }
    (larder, names)
}

async fn check(larder: &Larder, repair: Repair) -> (Vec<Finding>, Checked) {
    let mut findings = Vec::new();
    let checked = larder.check(repair, &mut findings).await.unwrap();
    findings.sort_by_key(|finding| finding.flaw);
    (findings, checked)
}

fn flaws(findings: &[Finding], fixed: impl Fn(&Finding) -> Fixed) -> Vec<(Flaw, String)> {
    let told = |finding: &Finding| {
        assert_eq!(finding.fixed, fixed(finding), "{finding:?}");
        (finding.flaw, finding.at.clone())
    };
    findings.iter().map(told).collect()
}

/// `frame` with another byte at `at`.
fn flipped(frame: &Bytes, at: usize) -> Bytes {
    let mut bytes = frame.to_vec();
    bytes[at] ^= 1;
    bytes.into()
}

#[test]
fn all_damage_of_a_place_is_told_fixed_and_then_gone() {
    let place = Place::default();
    block_on(async {
        let (larder, names) = twenty(&place).await;
        assert_eq!(
            check(&larder, Repair::Fix).await,
            (vec![], Checked { entries: 20, ..Checked::default() })
        );
        // Another disk wrote here: an entry that the books do not know, and another write of one that they know.
        let other = place.larder(Settings::unbounded()).await;
        assert!(strict(&other).set(&100, &8).await.unwrap().is_stored());
        assert!(strict(&other).set(&7, &8).await.unwrap().is_stored());
        let stranger = *strict(&other).key(&100).unwrap().digest();
        let frame = |at: usize| place.frames()[&names[at]].clone();
        let last = frame(0).len() - 1;
        place.plant(&names[0], Some(flipped(&frame(0), last)));
        place.plant(&names[1], Some(frame(1).slice(..frame(1).len() / 2)));
        place.plant(&names[2], Some(Bytes::new()));
        place.plant(&names[3], Some(frame(4)));
        place.plant(&names[5], None);
        // The version of the format is the fifth byte.
        place.plant(&names[6], Some(flipped(&frame(6), 4)));

        let expected = [
            (0..4).map(|at| (Flaw::Damaged, names[at])).collect::<Vec<_>>(),
            vec![(Flaw::Unindexed, stranger), (Flaw::Missing, names[5])],
            vec![(Flaw::Differing, names[7]), (Flaw::Newer, names[6])],
        ];
        let sorted = |mut found: Vec<(Flaw, String)>| {
            found.sort();
            found
        };
        let expected: Vec<_> =
            sorted(expected.concat().into_iter().map(|(flaw, name)| (flaw, name.to_string())).collect());

        let (before, usage) = (place.frames(), larder.usage().await.unwrap());
        let (told, checked) = check(&larder, Repair::Tell).await;
        assert_eq!(sorted(flaws(&told, |_| Fixed::No)), expected);
        assert_eq!((checked.adopted, checked.struck), (0, 0));
        assert_eq!(
            (place.frames(), larder.usage().await.unwrap()),
            (before, usage),
            "telling changes nothing"
        );

        let (fixed, checked) = check(&larder, Repair::Fix).await;
        let done = |finding: &Finding| match finding.flaw {
            Flaw::Damaged | Flaw::Missing => Fixed::Removed,
            Flaw::Newer => Fixed::No,
            _ => Fixed::Repaired,
        };
        assert_eq!(sorted(flaws(&fixed, done)), expected);
        assert_eq!((checked.adopted, checked.struck), (1, 5));

        let (left, checked) = check(&larder, Repair::Fix).await;
        assert_eq!(flaws(&left, |_| Fixed::No), [(Flaw::Newer, names[6].to_string())]);
        assert_eq!((checked.adopted, checked.struck), (0, 0));
        let cache = strict(&larder);
        for (number, value) in [(0, None), (3, None), (5, None), (4, Some(7)), (7, Some(8)), (100, Some(8))] {
            assert_eq!(cache.get(&number).await.unwrap(), value, "{number}");
        }
        assert_eq!(larder.usage().await.unwrap().entries, 16);
        assert!(larder.balance().await.unwrap().holds());
    });
}

#[test]
fn damage_is_told_with_its_bytes_and_in_words() {
    let place = Place::default();
    block_on(async {
        let (larder, names) = twenty(&place).await;
        place.plant(&names[3], Some(Bytes::from_static(b"short")));
        let (told, checked) = check(&larder, Repair::Tell).await;
        let [finding] = &told[..] else { panic!("{told:?}") };
        assert_eq!((finding.size, checked.entries), (Some(5), 19));
        assert!(finding.why.contains("corrupt"), "{finding:?}");
    });
}

#[test]
fn a_place_that_fails_midway_is_an_error_with_what_was_done() {
    let place = Place::default();
    block_on(async {
        let (larder, names) = twenty(&place).await;
        let first = names.iter().min_by_key(|name| *name.as_bytes()).unwrap();
        place.plant(first, Some(Bytes::from_static(b"no frame")));
        place.shut(true);
        let error = larder.check(Repair::Fix, &mut Vec::new()).await.unwrap_err();
        assert_eq!((error.kind(), error.done()), (ErrorKind::Unavailable, Some(0)));
        assert!(error.to_string().contains("disk place:"), "{error}");
        place.shut(false);
        let (fixed, _) = check(&larder, Repair::Fix).await;
        assert_eq!(fixed.len(), 1, "{fixed:?}");
        assert_eq!(check(&larder, Repair::Tell).await.0, []);
    });
}

#[test]
fn a_check_that_is_dropped_at_any_point_leaves_books_that_are_right() {
    for polls in 0..200 {
        let place = Place::default();
        block_on(async {
            let (larder, names) = twenty(&place).await;
            place.plant(&names[2], Some(Bytes::from_static(b"no frame")));
            place.plant(&names[9], None);
            {
                let mut findings = Vec::new();
                let mut checking = Box::pin(larder.check(Repair::Fix, &mut findings));
                let mut context = Context::from_waker(Waker::noop());
                for _ in 0..polls {
                    if checking.as_mut().poll(&mut context).is_ready() {
                        break;
                    }
                }
            }
            check(&larder, Repair::Fix).await;
            assert_eq!(check(&larder, Repair::Tell).await.0, [], "after {polls} polls");
            let entries = larder.usage().await.unwrap().entries;
            assert_eq!((entries, place.frames().len()), (18, 18), "after {polls} polls");
        });
    }
}

#[test]
fn a_write_that_failed_meanwhile_is_no_finding() {
    let place = Place::default();
    block_on(async {
        let (larder, _) = twenty(&place).await;
        place.shut(true);
        assert!(strict(&larder).set(&1, &9).await.is_err());
        assert!(strict(&larder).set(&50, &9).await.is_err());
        place.shut(false);
        assert_eq!(check(&larder, Repair::Tell).await.0, []);
        assert_eq!(strict(&larder).get(&50).await.unwrap(), Some(9), "it had landed");
        assert!(larder.usage().await.unwrap().entries == 21);
    });
}

/// Against a naive twin: whatever is flipped, a fix leaves the entries whose frames decode, and no others.
#[test]
fn a_fix_leaves_what_decodes_and_nothing_else() {
    block_on(async {
        for round in 0..50 {
            let mut random = fastrand::Rng::with_seed(round);
            let place = Place::default();
            let (larder, names) = twenty(&place).await;
            for name in &names {
                let frame = place.frames()[name].clone();
                match random.u8(0..4) {
                    0 => place.plant(name, Some(flipped(&frame, random.usize(..frame.len())))),
                    1 => place.plant(name, Some(frame.slice(..random.usize(..frame.len())))),
                    _ => {}
                }
            }
            let is_left = |bytes: &Bytes| match larder_core::frame::Frame::decode(bytes) {
                Ok(_) => true,
                Err(error) => error.kind() == ErrorKind::Format,
            };
            let twin: HashMap<Digest, Bytes> =
                place.frames().into_iter().filter(|(_, bytes)| is_left(bytes)).collect();
            check(&larder, Repair::Fix).await;
            assert_eq!(place.frames(), twin, "round {round}");
            let (left, _) = check(&larder, Repair::Tell).await;
            assert!(left.iter().all(|finding| finding.flaw == Flaw::Newer), "{left:?}");
        }
    });
}

#[test]
fn a_read_only_disk_is_checked_and_not_fixed() {
    let place = Place::default();
    block_on(async {
        let (larder, names) = twenty(&place).await;
        place.plant(&names[3], Some(Bytes::from_static(b"no frame")));
        let view = Larder::open(ReadOnly::new(larder.disk().clone())).await.unwrap();
        assert_eq!(check(&view, Repair::Tell).await.0.len(), 1);
        let mut findings = Vec::new();
        let error = view.check(Repair::Fix, &mut findings).await.unwrap_err();
        assert_eq!((error.kind(), findings), (ErrorKind::ReadOnly, vec![]));
        assert_eq!(place.frames()[&names[3]], "no frame");
    });
}
