//! What an engine in another process is asked, and its answers: a line of JSON with bytes behind it.
//!
//! The Python driver of diskcache speaks the same.

use std::io::{BufRead, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::Opening;
use crate::order::{Act, Order};
use crate::{Fallible, value};

/// One thing that is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub(crate) enum Request {
    /// Opens; answered with the nanoseconds that it took.
    Open { opening: Opening },
    /// Stores these as fast as it can.
    Fill { operations: Vec<Operation> },
    /// Takes operations in, and does nothing yet.
    Load { operations: Vec<Operation> },
    /// Does what was loaded.
    Go,
    /// Tells of the last go, with the values that reads found.
    Report,
    /// As [`Contender::bound`](crate::contender::Contender::bound).
    Bound,
    /// As [`Contender::settle`](crate::contender::Contender::settle).
    Settle,
    /// As [`Contender::entries`](crate::contender::Contender::entries).
    Entries,
    /// The bytes of the process that no file lies behind.
    Anonymous,
}

/// One operation; the value of a set lies behind the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) act: Act,
    pub(crate) key: String,
    /// The bytes of its value.
    pub(crate) length: usize,
}

/// What is answered; what was not asked for is left out.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    /// Why it could not be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<String>,
    /// Nanoseconds of each operation.
    pub(crate) nanos: Vec<u64>,
    /// The bytes that each read found, which lie behind the line.
    pub(crate) found: Vec<Option<usize>>,
    /// When the first operation began and the last one ended, in nanoseconds of the system's clock.
    pub(crate) span: [u64; 2],
    /// A count.
    pub(crate) number: Option<u64>,
}

impl Answer {
    /// The bytes behind the line.
    pub(crate) fn length(&self) -> usize {
        self.found.iter().flatten().sum()
    }
}

/// Operations for orders, and the values behind them.
pub(crate) fn operations(orders: &[Order], size: usize) -> (Vec<Operation>, Vec<u8>) {
    let mut payload = Vec::new();
    let operation = |order: &Order| {
        let value = order.value(size);
        payload.extend_from_slice(&value);
        Operation { act: order.act, key: value::key(order.number), length: value.len() }
    };
    (orders.iter().map(operation).collect(), payload)
}

/// Sends a line and bytes.
pub(crate) fn send(to: &mut impl Write, line: &impl Serialize, payload: &[u8]) -> Fallible {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")?;
    to.write_all(payload)?;
    Ok(to.flush()?)
}

/// Takes a line in; `None` where nothing comes any more.
pub(crate) fn receive<T: DeserializeOwned>(from: &mut impl BufRead) -> Fallible<Option<T>> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&line)?))
}
