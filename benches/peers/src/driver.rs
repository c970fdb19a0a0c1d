//! An engine in another process.

use std::io::{BufReader, BufWriter, Read};
use std::ops::Range;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Fallible;
use crate::contender::{Contender, Laps};
use crate::engine::{Kind, Opening};
use crate::order::{Act, Order, Read as Found};
use crate::request::{self, Answer, Request};

/// A process that was started, and that ends with this value.
pub(crate) struct Driver {
    child: Child,
    /// Until the end.
    requests: Option<BufWriter<ChildStdin>>,
    answers: BufReader<ChildStdout>,
    forgets: bool,
}

/// What an engine in another process did with the orders that it was given.
pub(crate) struct Done {
    pub(crate) laps: Laps,
    /// When it began and ended, in seconds of the system's clock.
    pub(crate) span: [f64; 2],
}

impl Driver {
    /// Starts a process that answers [requests](Request).
    pub(crate) fn start(mut command: Command, forgets: bool) -> Fallible<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let requests = child.stdin.take().map(BufWriter::new);
        let answers = BufReader::new(child.stdout.take().ok_or("a process without an output")?);
        Ok(Self { child, requests, answers, forgets })
    }

    /// Starts this program as a process with an engine of its own.
    pub(crate) fn worker(kind: Kind) -> Fallible<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["worker", &kind.name()]);
        Self::start(command, kind.traits().forgets)
    }

    /// Opens the engine, and tells how many nanoseconds that took.
    pub(crate) fn open(&mut self, opening: &Opening) -> Fallible<u64> {
        let answer = self.ask(&Request::Open { opening: opening.clone() }, &[])?;
        Ok(answer.nanos.first().copied().ok_or("an opening that took no time")?)
    }

    /// Hands over orders, which are not begun.
    pub(crate) fn load(&mut self, orders: &[Order], size: usize) -> Fallible {
        let (operations, payload) = request::operations(orders, size);
        self.ask(&Request::Load { operations }, &payload)?;
        Ok(())
    }

    /// Begins what was loaded, without waiting for its end.
    pub(crate) fn go(&mut self) -> Fallible {
        self.send(&Request::Go, &[])
    }

    /// Waits for the end, and checks what came of `orders`, which are what was loaded.
    pub(crate) fn finish(&mut self, orders: &[Order], size: usize) -> Fallible<Done> {
        self.receive()?;
        let answer = self.ask(&Request::Report, &[])?;
        let mut values = vec![0; answer.length()];
        self.answers.read_exact(&mut values)?;
        if answer.nanos.len() != orders.len() {
            return Err(format!("{} orders came to {} answers", orders.len(), answer.nanos.len()).into());
        }
        let mut laps = Laps::default();
        let (mut values, mut found) = (values.as_slice(), answer.found.iter());
        for (order, nanos) in orders.iter().zip(answer.nanos) {
            let mut read = Found::Right;
            if matches!(order.act, Act::Get | Act::Borrow) {
                let length = found.next().ok_or("a read without an answer")?;
                let value = length.map(|length| values.split_off(..length).unwrap_or_default());
                read = order.check(size, value, self.forgets)?;
            }
            match read {
                Found::Right => laps.nanos.push(nanos),
                Found::Forgotten => laps.forgotten += 1,
            }
        }
        Ok(Done { laps, span: answer.span.map(|nanos| nanos as f64 / 1e9) })
    }

    /// The bytes of the process that no file lies behind.
    pub(crate) fn anonymous(&mut self) -> Fallible<u64> {
        Ok(self.ask(&Request::Anonymous, &[])?.number.ok_or("no number came back")?)
    }

    fn ask(&mut self, request: &Request, payload: &[u8]) -> Fallible<Answer> {
        self.send(request, payload)?;
        self.receive()
    }

    fn send(&mut self, request: &Request, payload: &[u8]) -> Fallible {
        request::send(self.requests.as_mut().ok_or("the process has ended")?, request, payload)
    }

    fn receive(&mut self) -> Fallible<Answer> {
        let answer: Answer = request::receive(&mut self.answers)?.ok_or("the process ended of itself")?;
        match answer.failed {
            Some(failed) => Err(failed.into()),
            None => Ok(answer),
        }
    }
}

impl Contender for Driver {
    fn fill(&mut self, numbers: Range<u64>, size: usize) -> Fallible {
        let orders: Vec<Order> = numbers.map(|number| Order::set(number, 0)).collect();
        let (operations, payload) = request::operations(&orders, size);
        self.ask(&Request::Fill { operations }, &payload)?;
        Ok(())
    }

    fn run(&mut self, orders: &[Order], size: usize) -> Fallible<Laps> {
        self.load(orders, size)?;
        self.go()?;
        Ok(self.finish(orders, size)?.laps)
    }

    fn bound(&mut self) -> Fallible {
        self.ask(&Request::Bound, &[])?;
        Ok(())
    }

    fn settle(&mut self) -> Fallible {
        self.ask(&Request::Settle, &[])?;
        Ok(())
    }

    fn entries(&mut self) -> Fallible<Option<u64>> {
        Ok(self.ask(&Request::Entries, &[])?.number)
    }

    fn bytes(&mut self) -> Fallible<Option<u64>> {
        Ok(None)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends when nothing more can come.
        drop(self.requests.take());
        // It has nothing left to tell.
        let _ = self.child.wait();
    }
}
