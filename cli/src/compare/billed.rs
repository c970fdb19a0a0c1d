//! The requests that operations cost on an object store, by kind: what such stores bill, and what takes the time.

use larder::{ObjectStoreDisk, Requests};
use serde::Serialize;

/// Requests of some operations together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Billed {
    pub(crate) operations: u64,
    pub(crate) get: u64,
    pub(crate) head: u64,
    pub(crate) put: u64,
    pub(crate) list: u64,
    pub(crate) delete: u64,
}

impl Billed {
    /// What `operations` on `store` cost, if it had made `before` until then; `None` for other disks.
    pub(crate) fn since(
        store: Option<&ObjectStoreDisk>,
        before: Requests,
        operations: usize,
    ) -> Option<Self> {
        let now = store?.requests();
        Some(Self {
            operations: operations as u64,
            get: now.get - before.get,
            head: now.head - before.head,
            put: now.put - before.put,
            list: now.list - before.list,
            delete: now.delete - before.delete,
        })
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            operations: self.operations + other.operations,
            get: self.get + other.get,
            head: self.head + other.head,
            put: self.put + other.put,
            list: self.list + other.list,
            delete: self.delete + other.delete,
        }
    }

    /// Those of both, where there are any.
    pub(crate) fn sum(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        }
    }

    /// The kinds with their numbers, as tables have them.
    pub(crate) const fn kinds(&self) -> [(&'static str, u64); 5] {
        [
            ("get", self.get),
            ("head", self.head),
            ("put", self.put),
            ("list", self.list),
            ("delete", self.delete),
        ]
    }
}

/// What `store` has made until now.
pub(crate) fn made(store: Option<&ObjectStoreDisk>) -> Requests {
    store.map(ObjectStoreDisk::requests).unwrap_or_default()
}
