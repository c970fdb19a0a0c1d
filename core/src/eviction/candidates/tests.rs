//! Candidates against a list that is sorted each time.

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Offer {
        rank: u64,
        insertion: u64,
    },
    /// The last one once more, as if it had been hit or as it was written.
    Again {
        hit: bool,
    },
    Pop,
    Back(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        // Few ranks under rising insertions, as new entries have them, and any others in between.
        4 => (0..3_u64).prop_map(|rank| Step::Offer { rank, insertion: u64::MAX }),
        2 => (0..9_u64, any::<u8>()).prop_map(|(rank, place)| Step::Offer { rank, insertion: place.into() }),
        1 => any::<bool>().prop_map(|hit| Step::Again { hit }),
        6 => Just(Step::Pop),
        1 => (1..5_usize).prop_map(Step::Back),
    ]
}

fn candidate(turn: Turn, write: u128) -> Candidate {
    let (version, id, accessed) = (Version::from_bits(write), Id(0), Time::EPOCH);
    // Some were hit before they were surveyed.
    let hits = u32::from(turn.rank().is_multiple_of(3));
    Candidate { version, turn, size: 1, word: 0, hash: 0, id, accessed, hits, idle: true }
}

proptest! {
    /// Whatever is surveyed, offered and taken back, in whatever order, comes out by its turn.
    #[test]
    fn candidates_come_by_their_turn(
        surveyed in proptest::collection::vec((0..9_u64, any::<u8>()), 0..40),
        steps in proptest::collection::vec(step(), 1..200),
    ) {
        let mut plain: Vec<Candidate> = Vec::new();
        let mut selection = Selection::new(1000);
        for (rank, insertion) in surveyed {
            let turn = Turn::new(rank, insertion.into());
            let seen = candidate(turn, insertion.into());
            selection.see(turn, || seen);
            plain.push(seen);
        }
        let mut candidates = Candidates::default();
        candidates.fill(selection, Beyond::Nothing);
        let (mut last, mut out) = (None, Vec::new());
        for (step, number) in steps.iter().zip(1000..) {
            let mut hit = false;
            match step {
                Step::Offer { rank, insertion } => {
                    let insertion = if *insertion == u64::MAX { number } else { *insertion };
                    let turn = Turn::new(*rank, insertion);
                    last = Some(candidate(turn, number.into()));
                }
                Step::Again { hit: again } => hit = *again,
                Step::Pop => {
                    let first = candidates.first().copied();
                    let popped = candidates.pop();
                    assert_eq!(first, popped, "what is taken out is what was shown");
                    let next = plain.iter().map(|candidate| candidate.turn).min();
                    assert_eq!(popped.map(|popped| popped.turn), next);
                    if let Some(popped) = popped {
                        let place = plain.iter().position(|candidate| *candidate == popped);
                        plain.swap_remove(place.expect("what was popped was there"));
                        out.push(popped);
                    }
                    continue;
                }
                Step::Back(most) => {
                    for popped in out.drain(out.len().saturating_sub(*most)..).rev() {
                        candidates.take_back(popped);
                        plain.push(popped);
                    }
                    continue;
                }
            }
            if let Some(offered) = last {
                if hit {
                    candidates.offer_again(offered.turn, || offered);
                } else {
                    candidates.offer(offered.turn, || offered);
                }
                plain.push(offered);
            }
        }
    }

    /// A selection keeps the first by their turns.
    #[test]
    fn a_selection_keeps_the_first(
        ranks in proptest::collection::vec(0..50_u64, 0..300),
        most in 1..100_usize,
        backward in any::<bool>(),
    ) {
        let mut turns: Vec<Turn> = ranks.into_iter().zip(0..).map(|(rank, place)| Turn::new(rank, place)).collect();
        if backward {
            turns.reverse();
        }
        let mut selection = Selection::new(most);
        turns.iter().for_each(|turn| selection.see(*turn, || candidate(*turn, 0)));
        let (kept, cut) = selection.finish();
        assert_eq!(cut, turns.len() > most);
        turns.sort_unstable();
        turns.truncate(most);
        let mut kept: Vec<Turn> = kept.iter().map(|candidate| candidate.turn).collect();
        kept.sort_unstable();
        assert_eq!(kept, turns);
    }
}
