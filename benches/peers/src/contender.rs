//! An engine with a watch beside it.
//!
//! An engine of this process is timed from outside; one in another process times itself and tells. Both are checked the
//! same way, and nothing of the checking is timed.

use std::ops::Range;

use crate::engine::Engine;
use crate::order::{self, Act, Order, Read};
use crate::stopwatch::Stopwatch;
use crate::{Fallible, value};

/// What a run of orders took.
#[derive(Debug, Default)]
pub(crate) struct Laps {
    /// Nanoseconds of each operation that did what it was to do.
    pub(crate) nanos: Vec<u64>,
    /// How many reads found nothing although something was stored, of an engine that may forget.
    pub(crate) forgotten: u64,
}

/// What takes part.
pub(crate) trait Contender {
    /// Stores entries of the first generation as fast as it can.
    fn fill(&mut self, numbers: Range<u64>, size: usize) -> Fallible;

    /// Does one order after another, timed and checked.
    fn run(&mut self, orders: &[Order], size: usize) -> Fallible<Laps>;

    /// From now on no more may be held than is.
    fn bound(&mut self) -> Fallible;

    /// Waits for what goes on behind.
    fn settle(&mut self) -> Fallible;

    /// How many entries there are, if it can tell.
    fn entries(&mut self) -> Fallible<Option<u64>>;

    /// How many bytes are held, if that cannot be seen in its directory.
    fn bytes(&mut self) -> Fallible<Option<u64>>;
}

/// An engine in this process.
pub(crate) struct InProcess {
    engine: Box<dyn Engine>,
    forgets: bool,
    watch: Stopwatch,
}

impl InProcess {
    /// Puts a watch beside this engine, which may forget or not.
    pub(crate) fn new(engine: Box<dyn Engine>, forgets: bool) -> Self {
        Self { engine, forgets, watch: Stopwatch::calibrated() }
    }
}

impl Contender for InProcess {
    fn fill(&mut self, numbers: Range<u64>, size: usize) -> Fallible {
        self.engine.fill(&mut order::entries(numbers, size))
    }

    fn run(&mut self, orders: &[Order], size: usize) -> Fallible<Laps> {
        let Self { engine, forgets, watch } = self;
        let mut laps = Laps { nanos: Vec::with_capacity(orders.len()), forgotten: 0 };
        for order in orders {
            let (key, value) = (value::key(order.number), order.value(size));
            let mut read = None;
            watch.start();
            match order.act {
                Act::Set => engine.set(&key, &value)?,
                Act::Delete => engine.delete(&key)?,
                Act::Get | Act::Borrow => {
                    let watch = &mut *watch;
                    let read = &mut read;
                    let mut see = |found: &[u8]| {
                        watch.pause();
                        *read = Some(order.check(size, Some(found), *forgets));
                        watch.resume();
                    };
                    if order.act == Act::Get {
                        engine.get(&key, &mut see)?;
                    } else {
                        engine.borrow(&key, &mut see)?;
                    }
                }
            }
            let nanos = watch.stop();
            let read = match order.act {
                Act::Set | Act::Delete => Read::Right,
                Act::Get | Act::Borrow => read.unwrap_or_else(|| order.check(size, None, *forgets))?,
            };
            match read {
                Read::Right => laps.nanos.push(nanos),
                Read::Forgotten => laps.forgotten += 1,
            }
        }
        Ok(laps)
    }

    fn bound(&mut self) -> Fallible {
        self.engine.bound()
    }

    fn settle(&mut self) -> Fallible {
        self.engine.settle()
    }

    fn entries(&mut self) -> Fallible<Option<u64>> {
        self.engine.entries()
    }

    fn bytes(&mut self) -> Fallible<Option<u64>> {
        self.engine.bytes()
    }
}

#[cfg(test)]
mod tests {
    use larder::Bytes;

    use super::*;
    use crate::order::Expected;

    /// Has for every key the same value.
    struct Stuck(Option<Bytes>);

    impl Engine for Stuck {
        fn set(&mut self, _: &str, value: &Bytes) -> Fallible {
            self.0 = Some(value.clone());
            Ok(())
        }
        fn get(&mut self, _: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
            self.0.iter().for_each(|value| see(value));
            Ok(())
        }
        fn delete(&mut self, _: &str) -> Fallible {
            self.0 = None;
            Ok(())
        }
    }

    fn stuck(forgets: bool) -> InProcess {
        InProcess::new(Box::new(Stuck(None)), forgets)
    }

    #[test]
    fn every_operation_is_a_lap() {
        let orders = [Order::set(1, 0), Order::get(1, Expected::Generation(0)), Order::delete(1)];
        assert_eq!(stuck(false).run(&orders, 100).expect("all is right").nanos.len(), 3);
    }

    #[test]
    fn the_value_of_another_key_is_an_error() {
        let orders = [Order::set(1, 0), Order::get(2, Expected::Generation(0))];
        assert!(stuck(false).run(&orders, 100).is_err());
    }

    #[test]
    fn what_an_engine_forgot_is_counted_and_not_timed() {
        let orders = [Order::set(1, 0), Order::delete(1), Order::get(1, Expected::Generation(0))];
        assert!(stuck(false).run(&orders, 100).is_err(), "one that may not forget");
        let laps = stuck(true).run(&orders, 100).expect("this one may");
        assert_eq!((laps.nanos.len(), laps.forgotten), (2, 1));
    }
}
