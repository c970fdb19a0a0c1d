//! A place that is named where the function is written, and opened by the first call.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::Keeps;
use crate::{Error, Result, Store};

/// The place of a function: a settings file or a url, as [`larder::open`](crate::open) takes it.
///
/// It is opened once for all functions that name it with the same text, on the thread of the first call. If that fails, they run uncached,
/// with one warning each, for as long as the process lives.
#[derive(Debug)]
pub struct Place {
    text: &'static str,
    opened: OnceLock<&'static Opened>,
}

type Opened = OnceLock<Result<Store>>;

/// The places of this process, by the text that names them. Each stays open as long as the process lives.
static PLACES: Mutex<BTreeMap<&'static str, &'static Opened>> = Mutex::new(BTreeMap::new());

impl Place {
    /// The place that `text` names; nothing is opened yet.
    pub const fn new(text: &'static str) -> Self {
        Self { text, opened: OnceLock::new() }
    }
}

impl Keeps for Place {
    fn kept_on(&self) -> Result<&Store> {
        let opened = self.opened.get_or_init(|| {
            // A map has no state that a panic elsewhere could have left half done.
            let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
            places.entry(self.text).or_insert_with(|| Box::leak(Box::default()))
        });
        let opened = opened.get_or_init(|| pollster::block_on(crate::open(self.text)));
        opened.as_ref().map_err(|error| Error::new(error.kind(), error.to_string()))
    }
}
