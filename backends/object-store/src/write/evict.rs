//! Evicting: the deletions of a round go to the store together.

use std::sync::Arc;

use larder_core::Result;
use larder_core::books::Writing;
use larder_core::disk::{Fate, Victim};
use larder_core::key::Digest;

use crate::disk::Inner;
use crate::failure::failed;

impl Inner {
    /// Deletes the victims that are as they were surveyed. On a shared store an entry that somebody else wrote in the
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
        let claimed = claims.iter().flatten();
        let digests: Vec<Digest> = claimed.map(|writing| *writing.identity()).collect();
        let mut deleted = self.bucket.delete(&digests).await.into_iter();
        let mut fates = Vec::with_capacity(claims.len());
        let mut failure = None;
        for claim in claims {
            let writing = match claim {
                Ok(writing) => writing,
                Err(fate) => {
                    fates.push(fate);
                    continue;
                }
            };
            if let Some(Err(cause)) = deleted.next() {
                failure = Some(cause);
                continue;
            }
            // Also where somebody else was faster: its size is free, and this disk counted it until now.
            let _ = writing.remove();
            fates.push(Fate::Gone);
        }
        match failure {
            Some(cause) => Err(failed("deleting victims", cause)),
            None => Ok(fates),
        }
    }
}
