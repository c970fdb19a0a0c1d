//! The history: which versions of which nodes have results in the cache.
//!
//! Each pair is an entry of its own among larder's own entries, which are never evicted: nothing is read, changed and written
//! back, so that hooks of many processes add to one history.

use std::collections::BTreeMap;

use futures_util::lock::Mutex;
use larder::code::CodeVersion;
use larder::{Cache, CacheKey, FromKey, Order, Outcome, Store, Tag, Time};

use crate::node::Node;

/// Whose the entries are, among those of larder itself.
const OWNER: &str = "dataflow history";

/// The key of a pair.
#[derive(CacheKey, FromKey, Clone, Debug, PartialEq, Eq)]
struct Pair {
    owner: String,
    /// The name of the cache that the results are in.
    cache: String,
    node: String,
    version: String,
}

/// The history of the results in one cache.
#[derive(Debug)]
pub(super) struct History {
    cache: String,
    pairs: Cache<Pair, ()>,
    /// Versions of which a result is being stored right now, by node. Whoever changes the history holds it, so that none is taken
    /// out while another's result of it is on its way.
    storing: Mutex<BTreeMap<(String, CodeVersion), Storing>>,
}

/// Calls of one version that store results at once.
#[derive(Debug, Default)]
struct Storing {
    calls: usize,
    /// Whether the version came into the history by one of them.
    is_new: bool,
    /// Whether a result of one of them is stored.
    is_stored: bool,
}

/// A version of a node that has results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Noted {
    pub(super) node: String,
    pub(super) version: String,
    /// When its first result was stored.
    pub(super) since: Time,
}

impl History {
    pub(super) fn of(store: &Store, cache: &str) -> larder::Result<Self> {
        let pairs = store.larder().reserved_cache().on_error(larder::OnError::Fail).build()?;
        Ok(Self { cache: cache.to_owned(), pairs, storing: Mutex::default() })
    }

    /// Adds the version of `node`, of which a result is about to be stored: [`end`](Self::end) says whether it was.
    pub(super) async fn begin(&self, node: &Node) -> larder::Result<()> {
        let mut storing = self.storing.lock().await;
        let is_new = self.note(node).await;
        let calls = storing.entry((node.name().to_owned(), node.version())).or_default();
        calls.calls += 1;
        calls.is_new |= *is_new.as_ref().unwrap_or(&false);
        is_new.map(drop)
    }

    /// Takes the version out again if the last of the calls that brought it in is over and none has a result stored. A call that is dropped
    /// midway leaves it there: a version without results is harmless, results without a version stay for ever.
    pub(super) async fn end(&self, node: &Node, is_stored: bool) -> larder::Result<()> {
        let mut storing = self.storing.lock().await;
        let of_node = (node.name().to_owned(), node.version());
        let Some(calls) = storing.get_mut(&of_node) else { return Ok(()) };
        calls.calls -= 1;
        calls.is_stored |= is_stored;
        if calls.calls > 0 {
            return Ok(());
        }
        match storing.remove(&of_node) {
            Some(Storing { is_new: true, is_stored: false, .. }) => {
                self.take(node.name(), &node.version().to_string()).await
            }
            _ => Ok(()),
        }
    }

    /// Adds the version of `node`, and says whether it was not there.
    async fn note(&self, node: &Node) -> larder::Result<bool> {
        let pair = self.pair(node.name(), &node.version().to_string());
        if self.pairs.contains(&pair).await? {
            return Ok(false);
        }
        match self.pairs.add(&pair, &()).await {
            Ok(Outcome::Kept) => Ok(false),
            Ok(_) => Ok(true),
            Err(error) if error.kind() == larder::ErrorKind::Unsupported => {
                let _stored_or_refused = self.pairs.set(&pair, &()).await?;
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes a version out.
    pub(super) async fn take(&self, node: &str, version: &str) -> larder::Result<()> {
        self.pairs.remove(&self.pair(node, version)).await.map(|_was_there| ())
    }

    /// All versions of all nodes, those of one node oldest first.
    pub(super) async fn list(&self) -> larder::Result<Vec<Noted>> {
        let mut noted = Vec::new();
        let mut keys = self.pairs.keys(Order::Oldest).await?;
        while let Some(key) = keys.next_key().await? {
            // What is not such a pair is another crate's.
            let Ok(pair) = key.decode::<Pair>() else { continue };
            if pair.owner != OWNER || pair.cache != self.cache {
                continue;
            }
            let Some(entry) = self.pairs.get_entry(&pair).await? else { continue };
            noted.push(Noted { node: pair.node, version: pair.version, since: entry.stored });
        }
        // Stable: where times are equal, the order of insertion stays.
        noted.sort_by(|one, other| (&one.node, one.since).cmp(&(&other.node, other.since)));
        Ok(noted)
    }

    fn pair(&self, node: &str, version: &str) -> Pair {
        Pair {
            owner: OWNER.to_owned(),
            cache: self.cache.clone(),
            node: node.to_owned(),
            version: version.to_owned(),
        }
    }
}

/// The tag of all results of a version.
pub(super) fn tag(node: &str, version: impl std::fmt::Display) -> Tag {
    Tag::from(format!("{node}.{version}"))
}
