//! The history: which versions of which nodes have results in the cache.
//!
//! Each pair is an entry of its own among larder's own entries, which are never evicted: nothing is read, changed and written
//! back, so that hooks of many processes add to one history.

use larder::code::CodeVersion;
use larder::{Cache, CacheKey, FromKey, Order, Outcome, Store, Tag, Time};

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
#[derive(Clone, Debug)]
pub(super) struct History {
    cache: String,
    pairs: Cache<Pair, ()>,
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
        Ok(Self { cache: cache.to_owned(), pairs })
    }

    /// Adds the version of `node`, and says whether it was not there.
    pub(super) async fn note(&self, node: &crate::Node) -> larder::Result<bool> {
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
    pub(super) async fn forget(&self, node: &str, version: CodeVersion) -> larder::Result<()> {
        self.take(node, &version.to_string()).await
    }

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
