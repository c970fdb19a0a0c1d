//! Evicting: the deletions of a round go to the store together.
//!
//! What is known from a listing alone is read first: its name does not prove that larder wrote it.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use larder_core::Result;
use larder_core::books::Writing;
use larder_core::disk::{Fate, Victim};
use larder_core::key::Digest;

use crate::disk::Inner;
use crate::failure::failed;
use crate::read::{AT_ONCE, is_unread};

impl Inner {
    /// Deletes the victims that are as they were surveyed; a foreign object only leaves the index. On a shared store an entry that somebody else wrote in the
    /// place of a victim goes with it.
    pub(crate) async fn evict(self: &Arc<Self>, victims: &[Victim]) -> Result<Vec<Fate>> {
        let claims = self.books.claim(victims);
        if claims.iter().all(Result::is_err) {
            return Ok(claims.into_iter().filter_map(Result::err).collect());
        }
        let inner = Arc::clone(self);
        self.carrier.run(async move { inner.strike(claims).await }).await
    }

    async fn strike(&self, claims: Vec<Result<Writing<Digest>, Fate>>) -> Result<Vec<Fate>> {
        let mut foreign = self.foreign(&claims).await.into_iter();
        let mut failure = None;
        let mut fates = Vec::with_capacity(claims.len());
        let mut ours = Vec::new();
        for claim in claims {
            let slot = fates.len();
            match claim {
                Err(fate) => fates.push(Some(fate)),
                Ok(writing) => match foreign.next() {
                    Some(Ok(true)) => {
                        // It takes no part in the volume any more, which is what room is made of.
                        let _ = writing.remove();
                        fates.push(Some(Fate::Gone));
                    }
                    Some(Err(error)) => {
                        failure = Some(error);
                        fates.push(None);
                    }
                    _ => {
                        ours.push((slot, writing));
                        fates.push(None);
                    }
                },
            }
        }
        let digests: Vec<Digest> = ours.iter().map(|(_, writing)| *writing.identity()).collect();
        for ((slot, writing), deleted) in ours.into_iter().zip(self.bucket.delete(&digests).await) {
            match deleted {
                // Also where another writer was faster: its size is free, and this disk counted it until now.
                Ok(_) => {
                    let _ = writing.remove();
                    fates[slot] = Some(Fate::Gone);
                }
                Err(cause) => failure = Some(failed("deleting victims", cause)),
            }
        }
        failure.map_or_else(|| Ok(fates.into_iter().flatten().collect()), Err)
    }

    /// For each claimed object, whether another program wrote it.
    async fn foreign(&self, claims: &[Result<Writing<Digest>, Fate>]) -> Vec<Result<bool>> {
        let looks: Vec<_> = claims.iter().flatten().map(|writing| self.is_foreign(writing)).collect();
        stream::iter(looks).buffered(AT_ONCE).collect().await
    }

    async fn is_foreign(&self, writing: &Writing<Digest>) -> Result<bool> {
        if !self.is_shared() || writing.current().is_none_or(|known| !is_unread(&known)) {
            return Ok(false);
        }
        let seen = self.bucket.head(writing.identity()).await?;
        Ok(seen.is_some_and(|seen| !seen.is_ours()))
    }
}
