//! Forgetting results: all but those of the nodes that still are.

use std::any::Any;
use std::collections::BTreeMap;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use larder::Cache;

use super::history::{self, Noted};
use super::{CacheHook, log};
use crate::driver::Driver;
use crate::error::{Error, ErrorKind, Result};
use crate::node::Node;

/// What was forgotten, or in a dry run would be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Forgotten {
    /// How much smaller the cache became, in megabytes of 2^20 bytes, not rounded; 0 in a dry run.
    pub evicted_size_mb: f64,
    /// How many pairs of a node and a version.
    pub eviction_counter: u64,
    /// How large the cache is now, in megabytes.
    pub size_after: f64,
    /// The pairs, by node and, of one node, oldest first.
    pub pairs: Vec<(String, String)>,
}

/// Forgets all results but those of the nodes of `driver`, in their versions of now. The driver must have one [`CacheHook`].
///
/// It is done when what this returns is awaited, or by [`wait`](Forgetting::wait); [`dry_run`](Forgetting::dry_run) only tells.
///
/// ```
/// # use std::sync::Arc;
/// use larder_dataflow::hook::evict_all_except_driver;
/// # use larder_dataflow::{CacheHook, Driver, node, nodes};
/// # #[node]
/// # fn one() -> i64 { 1 }
/// # let directory = tempfile::tempdir()?;
/// # let hook = CacheHook::open_wait(format!("file://{}?size_limit=1MiB", directory.path().display()))?;
/// let driver = Driver::builder().nodes(nodes![one]).adapter(Arc::new(hook)).build()?;
/// driver.execute(["one"]).wait()?;
/// let forgotten = evict_all_except_driver(&driver)?.wait()?;
/// assert_eq!(forgotten.eviction_counter, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Adapter`](ErrorKind::Adapter) when the driver has no hook, or several.
pub fn evict_all_except_driver(driver: &Driver) -> Result<Forgetting<'_>> {
    let hooks = driver.adapters().filter_map(|adapter| (&**adapter as &dyn Any).downcast_ref::<CacheHook>());
    let hooks: Vec<&CacheHook> = hooks.collect();
    match hooks[..] {
        [hook] => Ok(hook.evict_all_except(driver.graph().nodes())),
        [] => Err(Error::new(ErrorKind::Adapter, "0 CacheHook defined for this Driver")),
        _ => Err(Error::new(ErrorKind::Adapter, ">1 CacheHook defined for this Driver")),
    }
}

impl CacheHook {
    /// Forgets all results but those of these nodes in their versions of now, whatever hook on this cache stored them.
    ///
    /// Results that are stored meanwhile may go or stay. Other keys of the disk are left alone.
    pub fn evict_all_except<'a>(&self, nodes: impl IntoIterator<Item = &'a Node>) -> Forgetting<'_> {
        let kept =
            nodes.into_iter().map(|node| (node.name().to_owned(), node.version().to_string())).collect();
        Forgetting { hook: self, kept, is_dry: false }
    }
}

/// Forgetting that is being asked for; see [`evict_all_except_driver`].
#[derive(Debug)]
#[must_use = "nothing is forgotten until this is awaited, or by `wait`"]
pub struct Forgetting<'a> {
    hook: &'a CacheHook,
    kept: BTreeMap<String, String>,
    is_dry: bool,
}

impl Forgetting<'_> {
    /// Tells what would be forgotten, and forgets nothing.
    pub fn dry_run(self) -> Self {
        Self { is_dry: true, ..self }
    }

    /// Does it on this thread. Inside an async task await it in place of this.
    ///
    /// # Errors
    ///
    /// [`Cache`](ErrorKind::Cache) when the cache fails. What was forgotten until then is, and its pairs are out of the history.
    pub fn wait(self) -> Result<Forgotten> {
        pollster::block_on(self.into_future())
    }

    async fn run(self) -> Result<Forgotten> {
        let CacheHook { store, history, .. } = self.hook;
        let larder = store.larder();
        let before = larder.volume().await?;
        let mut pairs: Vec<(String, String)> = Vec::new();
        let results: Cache<str, ()> = self.hook.builder().format(larder::Format::Json).build()?;
        for Noted { node, version, .. } in history.list().await? {
            if self.kept.get(&node) == Some(&version) {
                continue;
            }
            if !self.is_dry {
                // The results first: a pair without results is harmless, results without a pair stay for ever.
                let _count = results.evict(history::tag(&node, &version)).await?;
                history.take(&node, &version).await?;
            }
            pairs.push((node, version));
        }
        let after = larder.volume().await?;
        let forgotten = Forgotten {
            evicted_size_mb: log::megabytes(before.saturating_sub(after)),
            eviction_counter: pairs.len() as u64,
            size_after: log::megabytes(after),
            pairs,
        };
        if !self.is_dry {
            log::evicted(forgotten.evicted_size_mb, forgotten.eviction_counter, forgotten.size_after);
        }
        Ok(forgotten)
    }
}

impl<'a> IntoFuture for Forgetting<'a> {
    type Output = Result<Forgotten>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<Forgotten>> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
