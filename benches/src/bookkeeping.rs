//! What a policy adds to a request.
//!
//! The same requests run twice in turn, piece by piece, once with the evictor and once with its victims from a script,
//! which costs everything but the policy; the difference is the policy's. Of each piece the median over the rounds
//! counts, so that a disturbance counts nowhere unless it comes back. The price is that the two engines share the
//! processor's caches.

use std::hint::black_box;
use std::time::Instant;

use larder_core::Result;
use larder_core::disk::Victim;
use serde::Serialize;

use crate::replay::Engine;
use crate::trace::Request;

/// Requests a piece: half a millisecond, less than a busy machine lets a thread run.
const PIECE: usize = 2_000;

/// The requests that a measurement makes at least, both ways.
const LEAST: usize = 1_000_000;

/// What a policy added to a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bookkeeping {
    /// The name of the policy.
    pub policy: String,
    /// The capacity, as the requests weigh.
    pub capacity: u64,
    /// Evictions for a request.
    pub evictions: f64,
    /// Nanoseconds that it added: the least round, the medians of all pieces together, and the greatest round.
    pub nanos: [f64; 3],
    /// Nanoseconds that a request cost without the policy.
    pub rest_nanos: f64,
}

/// Measures what `policy` adds to each of `requests` in a cache of `capacity`, in so many rounds and more where the
/// requests are few.
///
/// # Errors
///
/// [`Invalid`](larder_core::ErrorKind::Invalid) for an unknown policy.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub fn bookkeeping(requests: &[Request], policy: &str, capacity: u64, rounds: usize) -> Result<Bookkeeping> {
    let mut recorder = Engine::new(policy, capacity)?.recording();
    play(&mut recorder, requests, 0);
    let script: Vec<Victim> = recorder.victims();
    let rounds = rounds.max(LEAST.div_ceil(requests.len().max(1)));
    let pieces = requests.len().div_ceil(PIECE);
    let (mut costs, mut rests) = (vec![Vec::new(); pieces], vec![Vec::new(); pieces]);
    for round in 0..rounds {
        let mut chosen = Engine::new(policy, capacity)?;
        let mut scripted = Engine::scripted(&script, capacity);
        for (piece, requests) in requests.chunks(PIECE).enumerate() {
            let from = piece * PIECE;
            // Whoever is second finds the requests in the caches.
            let (with, without) = if (round + piece).is_multiple_of(2) {
                let with = play(&mut chosen, requests, from);
                (with, play(&mut scripted, requests, from))
            } else {
                let without = play(&mut scripted, requests, from);
                (play(&mut chosen, requests, from), without)
            };
            costs[piece].push(with - without);
            rests[piece].push(without);
        }
    }
    let each = requests.len() as f64;
    let mut sums: Vec<f64> =
        (0..rounds).map(|round| costs.iter().map(|piece| piece[round]).sum::<f64>() / each).collect();
    sums.sort_by(f64::total_cmp);
    let medians = |pieces: Vec<Vec<f64>>| pieces.into_iter().map(median).sum::<f64>() / each;
    Ok(Bookkeeping {
        policy: policy.to_owned(),
        capacity,
        evictions: script.len() as f64 / each,
        nanos: [sums[0], medians(costs), sums[sums.len() - 1]],
        rest_nanos: medians(rests),
    })
}

/// Makes `requests`, the first of which has the number `from`; the nanoseconds that it took.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn play(engine: &mut Engine, requests: &[Request], from: usize) -> f64 {
    let began = Instant::now();
    for (number, request) in (from..).zip(requests) {
        black_box(engine.request(*request, number));
    }
    began.elapsed().as_nanos() as f64
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
