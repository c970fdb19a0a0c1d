//! An engine of this program in a process of its own, that does what it is asked.
//!
//! Values are made before the operations and checked after them, by whoever asks, so that several processes at once do
//! nothing but operations. The price is that what reads find is kept until it is told.

use std::io::{BufRead, Read, Write};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use larder::Bytes;

use crate::Fallible;
use crate::engine::{Engine, Kind};
use crate::order::Act;
use crate::request::{self, Answer, Operation, Request};
use crate::stopwatch::Stopwatch;

/// Answers on the standard streams until nothing more comes.
pub(crate) fn run(kind: Kind) -> Fallible {
    serve(kind, &mut std::io::stdin().lock(), &mut std::io::stdout().lock())
}

/// Answers until nothing more comes.
fn serve(kind: Kind, requests: &mut impl BufRead, answers: &mut impl Write) -> Fallible {
    let mut worker =
        Worker { kind, engine: None, loaded: Vec::new(), last: Answer::default(), found: Vec::new() };
    let mut watch = Stopwatch::calibrated();
    while let Some(request) = request::receive(requests)? {
        let is_report = matches!(request, Request::Report);
        match worker.answer(request, requests, &mut watch) {
            Ok(answer) => request::send(answers, &answer, if is_report { &worker.found } else { &[] })?,
            Err(failure) => {
                let failed = Some(failure.to_string());
                request::send(answers, &Answer { failed, ..Answer::default() }, &[])?;
            }
        }
    }
    Ok(())
}

/// An engine and what it was told to do.
struct Worker {
    kind: Kind,
    engine: Option<Box<dyn Engine>>,
    loaded: Vec<(Operation, Bytes)>,
    /// Of the last go.
    last: Answer,
    /// The values that its reads found.
    found: Vec<u8>,
}

impl Worker {
    fn answer(
        &mut self,
        request: Request,
        requests: &mut impl Read,
        watch: &mut Stopwatch,
    ) -> Fallible<Answer> {
        let mut answer = Answer::default();
        match request {
            Request::Open { opening } => {
                let begun = Instant::now();
                self.engine = Some(self.kind.engine(&opening)?);
                answer.nanos.push(u64::try_from(begun.elapsed().as_nanos())?);
            }
            Request::Fill { operations } => {
                let entries = with_values(operations, requests)?;
                let entries = entries.into_iter().map(|(operation, value)| (operation.key, value));
                self.engine()?.fill(&mut { entries })?;
            }
            Request::Load { operations } => self.loaded = with_values(operations, requests)?,
            Request::Go => self.go(watch)?,
            Request::Report => answer = std::mem::take(&mut self.last),
            Request::Bound => self.engine()?.bound()?,
            Request::Settle => self.engine()?.settle()?,
            Request::Entries => answer.number = self.engine()?.entries()?,
            Request::Anonymous => answer.number = Some(anonymous()?),
        }
        Ok(answer)
    }

    fn engine(&mut self) -> Fallible<&mut dyn Engine> {
        match &mut self.engine {
            Some(engine) => Ok(&mut **engine),
            None => Err("nothing is open".into()),
        }
    }

    fn go(&mut self, watch: &mut Stopwatch) -> Fallible {
        let mut engine = self.engine.take().ok_or("nothing is open")?;
        self.found.clear();
        let mut last = Answer { nanos: Vec::with_capacity(self.loaded.len()), ..Answer::default() };
        last.span[0] = now()?;
        for (operation, value) in &self.loaded {
            let (key, length) = (operation.key.as_str(), self.found.len());
            let mut read = false;
            watch.start();
            let mut see = |value: &[u8]| {
                watch.pause();
                self.found.extend_from_slice(value);
                read = true;
                watch.resume();
            };
            match operation.act {
                Act::Set => engine.set(key, value)?,
                Act::Delete => engine.delete(key)?,
                Act::Get => engine.get(key, &mut see)?,
                Act::Borrow => engine.borrow(key, &mut see)?,
            }
            last.nanos.push(watch.stop());
            if matches!(operation.act, Act::Get | Act::Borrow) {
                last.found.push(read.then(|| self.found.len() - length));
            }
        }
        last.span[1] = now()?;
        self.last = last;
        self.engine = Some(engine);
        Ok(())
    }
}

/// Operations with the values that lie behind them.
fn with_values(operations: Vec<Operation>, requests: &mut impl Read) -> Fallible<Vec<(Operation, Bytes)>> {
    let with_value = |operation: Operation| {
        let mut value = vec![0; operation.length];
        requests.read_exact(&mut value)?;
        Ok((operation, Bytes::from(value)))
    };
    operations.into_iter().map(with_value).collect()
}

/// Nanoseconds of the system's clock, which all processes share.
fn now() -> Fallible<u64> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?)
}

/// The bytes of this process that no file lies behind.
fn anonymous() -> Fallible<u64> {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup")?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()).ok_or("the kernel does not tell")?;
    Ok(kibibytes.parse::<u64>()? * 1024)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::engine::{Opening, Policy};
    use crate::order::{Expected, Order};
    use crate::value;

    const SIZE: usize = 100;

    /// The answers to some requests, and the bytes behind the last one.
    fn answered(asked: &[(Request, Vec<u8>)]) -> (Vec<Answer>, Vec<u8>) {
        let mut requests = Vec::new();
        for (request, payload) in asked {
            request::send(&mut requests, request, payload).expect("memory takes it");
        }
        let mut answers = Vec::new();
        serve(Kind::Hashmap, &mut requests.as_slice(), &mut answers).expect("it serves");
        let mut answers = answers.as_slice();
        let told = asked.iter().map(|_| request::receive(&mut answers).expect("JSON").expect("an answer"));
        (told.collect(), answers.to_vec())
    }

    fn open() -> (Request, Vec<u8>) {
        let opening =
            Opening { directory: PathBuf::new(), entries: 1, size: SIZE, policy: Policy::Lrs, bound: false };
        (Request::Open { opening }, Vec::new())
    }

    #[test]
    fn reads_are_told_with_what_they_found() {
        let orders =
            [Order::set(1, 0), Order::get(1, Expected::Generation(0)), Order::get(2, Expected::Nothing)];
        let (operations, payload) = request::operations(&orders, SIZE);
        let load = (Request::Load { operations }, payload);
        let asked = [open(), load, (Request::Go, Vec::new()), (Request::Report, Vec::new())];
        let (answers, values) = answered(&asked);
        assert_eq!(answers[3].nanos.len(), 3);
        assert_eq!(answers[3].found, [Some(SIZE), None]);
        assert!(answers[3].span[0] <= answers[3].span[1]);
        assert_eq!(values, value::value(1, 0, SIZE));
    }

    #[test]
    fn what_cannot_be_done_is_told_and_the_next_request_answered() {
        let (answers, _) = answered(&[(Request::Go, Vec::new()), open(), (Request::Entries, Vec::new())]);
        assert!(answers[0].failed.is_some(), "nothing is open");
        assert_eq!((answers[1].failed.as_ref(), answers[2].number), (None, Some(0)));
    }

    #[test]
    fn memory_that_is_taken_is_seen() {
        let before = anonymous().expect("the kernel tells");
        let taken = vec![1_u8; 32 << 20];
        let after = anonymous().expect("the kernel tells");
        assert!(after >= before + taken.len() as u64 / 2, "{before} then {after}");
    }
}
