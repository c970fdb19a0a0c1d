//! Results in memory, gone with the process.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{Found, ResultStore};
use crate::caching::DataVersion;
use crate::error::Result;
use crate::kind::Kind;
use crate::value::Value;

/// A [`ResultStore`] in the memory of this process, without a limit. Values are handed out as they were handed in.
#[derive(Default)]
pub struct MemoryResults(Mutex<HashMap<(DataVersion, TypeId), Value>>);

impl MemoryResults {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<(DataVersion, TypeId), Value>) -> T) -> T {
        // Every change is one insertion: a panic elsewhere leaves nothing half done.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl ResultStore for MemoryResults {
    async fn set(&self, version: &DataVersion, kind: Kind, value: &Value, _: Option<&str>) -> Result<bool> {
        self.with(|results| results.insert((version.clone(), kind.id()), value.clone()));
        Ok(true)
    }

    fn supports(&self, _: Kind, _: &str) -> Result<()> {
        // Nothing is written.
        Ok(())
    }

    async fn get(&self, version: &DataVersion, kind: Kind) -> Result<Found> {
        let found = self.with(|results| results.get(&(version.clone(), kind.id())).cloned());
        Ok(found.map_or(Found::Nothing, Found::Result))
    }

    async fn delete(&self, version: &DataVersion, kind: Kind) -> Result<()> {
        self.with(|results| results.remove(&(version.clone(), kind.id())));
        Ok(())
    }

    async fn delete_all(&self) -> Result<()> {
        self.with(HashMap::clear);
        Ok(())
    }

    async fn delete_expired(&self) -> Result<u64> {
        Ok(0)
    }
}

impl Debug for MemoryResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryResults").field("results", &self.with(|results| results.len())).finish()
    }
}
