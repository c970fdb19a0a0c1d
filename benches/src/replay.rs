//! Replay of a trace through the real engine: core's books and evictor, without bodies.
//!
//! An entry weighs what the trace says; everything else is as on a memory disk. The cache is never larger than its
//! capacity, a request that misses stores its entry, one that is larger than the capacity goes by, and no warm-up
//! is left out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use larder_core::books::{Books, Found, Lack, Marks};
use larder_core::disk::{Fate, Page, Put, Scope, Settings, Shortage, Victim};
use larder_core::entry::Version;
use larder_core::eviction::{Evictor, Pick, Policies};
use larder_core::time::Time;
use larder_core::{Error, Result};
use serde::Serialize;

use crate::trace::{Request, Trace};

/// Briefs a page of a survey, as a larder asks for.
const PAGE: usize = 256;

/// What a replay showed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The name of the trace.
    pub trace: String,
    /// The name of the policy.
    pub policy: String,
    /// The capacity, in entries or bytes as the trace weighs them.
    pub capacity: u64,
    /// The number of requests.
    pub requests: u64,
    /// The share of requests that missed.
    pub object_miss_ratio: f64,
    /// The share of requested bytes that missed; for traces without sizes the same.
    pub byte_miss_ratio: f64,
    /// What the engine took for a request, bookkeeping and lookup together.
    pub ns_per_request: f64,
}

/// Replays `trace` in a cache of `fraction` of its footprint.
///
/// # Errors
///
/// [`Invalid`](larder_core::ErrorKind::Invalid) for an unknown policy.
#[expect(clippy::cast_precision_loss, reason = "ratios for people")]
pub fn replay(trace: &Trace, policy: &str, fraction: f64) -> Result<Report> {
    let capacity = trace.share(fraction);
    let mut engine = Engine::new(policy, capacity)?;
    let (mut missed, mut bytes, mut missed_bytes) = (0_u64, 0_u64, 0_u64);
    let began = Instant::now();
    for (number, request) in trace.requests.iter().enumerate() {
        bytes += request.size;
        if !engine.request(*request, number) {
            missed += 1;
            missed_bytes += request.size;
        }
    }
    let took: Duration = began.elapsed();
    let requests = trace.requests.len() as u64;
    Ok(Report {
        trace: trace.name.clone(),
        policy: policy.to_owned(),
        capacity,
        requests,
        object_miss_ratio: missed as f64 / requests as f64,
        byte_miss_ratio: missed_bytes as f64 / bytes as f64,
        ns_per_request: took.as_nanos() as f64 / requests as f64,
    })
}

/// Books and evictor of a disk without bodies.
#[derive(Debug)]
pub struct Engine {
    books: Books<u64>,
    chooser: Chooser,
    capacity: u64,
    /// The victims so far, if they are recorded.
    recorded: Option<Vec<Victim>>,
}

/// Who says which entry goes.
#[derive(Debug)]
enum Chooser {
    Evictor(Evictor),
    Script(std::vec::IntoIter<Victim>),
}

impl Engine {
    /// An empty engine.
    ///
    /// # Errors
    ///
    /// [`Invalid`](larder_core::ErrorKind::Invalid) for an unknown policy.
    pub fn new(policy: &str, capacity: u64) -> Result<Self, Error> {
        let settings = Settings::limited(capacity).policy(policy.to_owned());
        let evictor = Evictor::new(Policies::default().find(policy)?);
        evictor.bound(Some(capacity));
        Ok(Self { books: Books::new(settings), chooser: Chooser::Evictor(evictor), capacity, recorded: None })
    }

    /// An empty engine whose victims are given: everything but the policy.
    pub fn scripted(victims: &[Victim], capacity: u64) -> Self {
        let books = Books::new(Settings::limited(capacity));
        Self { books, chooser: Chooser::Script(Vec::from(victims).into_iter()), capacity, recorded: None }
    }

    /// The same engine, recording its victims.
    #[must_use]
    pub fn recording(self) -> Self {
        Self { recorded: Some(Vec::new()), ..self }
    }

    /// The victims recorded so far.
    pub fn victims(self) -> Vec<Victim> {
        self.recorded.unwrap_or_default()
    }

    /// Makes the `number`th request; says whether it hit.
    pub fn request(&mut self, request: Request, number: usize) -> bool {
        let now = Time::from_nanos(i64::try_from(number).unwrap_or(i64::MAX));
        if self.books.hit(&request.key, now) {
            return true;
        }
        if request.size <= self.capacity {
            self.store(request, now);
        }
        false
    }

    fn store(&mut self, request: Request, now: Time) {
        let mut writing = self.books.try_write(&request.key).expect("one thread writes");
        while let Err(lack) = writing.reserve(request.size) {
            let Lack::Room(shortage) = lack else { return };
            if !self.make_room(shortage, now) {
                return;
            }
        }
        let found = Found {
            hash: request.key,
            size: request.size,
            namespace: 1,
            version: Version::from_bits(now.nanos().unsigned_abs().into()),
            stored: now,
            expires: None,
            tags: Box::default(),
            cost: 0,
            word: 0,
            marks: Arc::new(Marks::new(now)),
            read: true,
        };
        let put = writing.commit(found);
        if let Chooser::Evictor(evictor) = &self.chooser
            && let Put::Stored { brief, replaced } = &put
        {
            evictor.offer(brief, replaced, now);
        }
    }

    /// One round of evictions; says whether anything went.
    fn make_room(&mut self, shortage: Shortage, now: Time) -> bool {
        let Self { books, chooser, recorded, .. } = self;
        let mut evict = |victims: &[Victim]| {
            let fates = books.evict(victims, |_| ());
            if let Some(recorded) = recorded {
                let gone = victims.iter().zip(&fates).filter(|(_, fate)| **fate == Fate::Gone);
                recorded.extend(gone.map(|(victim, _)| *victim));
            }
            fates
        };
        let evictor = match chooser {
            Chooser::Evictor(evictor) => evictor,
            Chooser::Script(victims) => {
                let victim = victims.next();
                return evict(victim.as_slice()).contains(&Fate::Gone);
            }
        };
        let mut just_surveyed = false;
        let mut round = evictor.round();
        loop {
            match round.pick(shortage, now, just_surveyed) {
                Pick::Victims => {
                    let fates = evict(&round.victims());
                    if round.settle(fates).gone > 0 {
                        return true;
                    }
                }
                Pick::Spare(notes) => books.record(&notes),
                Pick::Survey => {
                    survey(books, evictor, now);
                    just_surveyed = true;
                }
                Pick::Nothing => return false,
            }
        }
    }
}

fn survey(books: &Books<u64>, evictor: &Evictor, now: Time) {
    let mut surveying = evictor.survey(books.usage().entries);
    let mut page = Page::first(Scope::All, PAGE);
    loop {
        let survey = books.survey(&page);
        survey.briefs.iter().for_each(|brief| surveying.see(brief, now));
        let Some(next) = survey.next else { break };
        page = page.then(next);
    }
    surveying.finish(None, now);
}
