//! A watch that knows what looking at it costs.
//!
//! Reading the clock takes as long as a tenth of the fastest operations here. So it is measured once how long nothing
//! takes, and every stretch is taken to be shorter by that. What is left is never below nothing.

use std::time::{Duration, Instant};

/// How often nothing is timed to know how long it takes.
const LOOKS: usize = 10_001;

/// A watch.
#[derive(Clone, Debug)]
pub(crate) struct Stopwatch {
    overhead: Duration,
    begun: Instant,
    took: Duration,
}

impl Stopwatch {
    /// A watch that has measured how long nothing takes.
    pub(crate) fn calibrated() -> Self {
        let mut nothing: Vec<Duration> = (0..LOOKS).map(|_| Instant::now().elapsed()).collect();
        nothing.sort_unstable();
        Self { overhead: nothing[LOOKS / 2], begun: Instant::now(), took: Duration::ZERO }
    }

    /// Starts from nothing.
    #[inline]
    pub(crate) fn start(&mut self) {
        self.took = Duration::ZERO;
        self.begun = Instant::now();
    }

    /// Leaves out what comes now.
    #[inline]
    pub(crate) fn pause(&mut self) {
        self.took += self.begun.elapsed().saturating_sub(self.overhead);
    }

    /// Goes on after a pause.
    #[inline]
    pub(crate) fn resume(&mut self) {
        self.begun = Instant::now();
    }

    /// The nanoseconds since the start, without pauses.
    #[inline]
    pub(crate) fn stop(&mut self) -> u64 {
        self.pause();
        u64::try_from(self.took.as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_left_out() {
        let mut watch = Stopwatch::calibrated();
        let pause = Duration::from_millis(20);
        watch.start();
        watch.pause();
        let began = Instant::now();
        while began.elapsed() < pause {}
        watch.resume();
        assert!(watch.stop() < 20_000_000, "what was paused is not counted");
        watch.start();
        let began = Instant::now();
        while began.elapsed() < pause {}
        assert!(watch.stop() > 19_000_000, "what was not paused is");
    }
}
