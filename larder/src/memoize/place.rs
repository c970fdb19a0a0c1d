//! A place that is named where the function is written, and opened by the first call.

use std::sync::OnceLock;

use super::Keeps;
use crate::{Result, Store};

/// The place of one function: a settings file or a url, as [`larder::open`](crate::open) takes it.
///
/// It is opened once. If that fails, the function runs uncached, with one warning, for as long as the process lives.
#[derive(Debug)]
pub struct Place {
    text: &'static str,
    opened: OnceLock<Result<Store>>,
}

impl Place {
    /// The place that `text` names; nothing is opened yet.
    pub const fn new(text: &'static str) -> Self {
        Self { text, opened: OnceLock::new() }
    }
}

impl Keeps for Place {
    fn kept_on(&self) -> Result<&Store> {
        let opened = self.opened.get_or_init(|| pollster::block_on(crate::open(self.text)));
        opened.as_ref().map_err(|error| crate::Error::new(error.kind(), error.to_string()))
    }
}
