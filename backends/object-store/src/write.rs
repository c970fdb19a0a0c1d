//! Writing, touching, removing: first everything that can be refused, then the part that is carried to its end.

mod evict;
mod land;
mod remove;
mod stream;
mod there;
mod touch;

use std::sync::Arc;

use larder_core::Result;
use larder_core::books::{Intake, Writing};
use larder_core::disk::{Condition, Put, Room};
use larder_core::entry::{Draft, Source};
use larder_core::frame;
use larder_core::key::{Digest, Key};
use object_store::PutMode;

use crate::disk::Inner;
use land::Landing;

impl Inner {
    pub(crate) async fn put(
        self: &Arc<Self>,
        key: &Key,
        draft: Draft,
        condition: Condition,
        room: &dyn Room,
    ) -> Result<Put> {
        const DOING: &str = "storing an entry";
        self.check(condition)?;
        frame::check(key.as_bytes(), &draft.meta)?;
        if condition == Condition::Always && matches!(draft.source, Source::Stream(_)) {
            let place = async { Ok(self.books.write(key.digest()).await) };
            let writing = self.deadline.within(DOING, place).await?;
            // A stream takes as long as it takes; each request that it becomes has the deadline for itself.
            return self.put_stream(key, draft, room, writing).await;
        }
        self.deadline.within(DOING, self.put_whole(key, draft, condition, room)).await
    }

    async fn put_whole(
        self: &Arc<Self>,
        key: &Key,
        draft: Draft,
        condition: Condition,
        room: &dyn Room,
    ) -> Result<Put> {
        let Draft { meta, source, word } = draft;
        let mut writing = self.books.write(key.digest()).await;
        let mode = match self.mode(key, condition, &writing).await? {
            Ok(mode) => mode,
            Err(put) => return Ok(put),
        };
        // The condition was checked above, and the place is taken: it holds until the end.
        let body = match writing.take_in(key, &meta, source, Condition::Always, room).await? {
            Intake::Granted { body, .. } => body,
            Intake::Not(put) => return Ok(put),
        };
        let frame = frame::encode(key.as_bytes(), &meta, &body).into();
        let landing = Landing { key: key.clone(), meta, frame, condition, mode, word };
        let inner = Arc::clone(self);
        self.carrier.run(async move { inner.land(landing, writing).await }).await
    }

    /// How to write where the condition holds, or the answer to the put where it does not.
    async fn mode(
        &self,
        key: &Key,
        condition: Condition,
        writing: &Writing<Digest>,
    ) -> Result<Result<PutMode, Put>> {
        match condition {
            Condition::Always => return Ok(Ok(PutMode::Overwrite)),
            // The store decides, whatever others did meanwhile.
            Condition::Absent if writing.current().is_none() => return Ok(Ok(PutMode::Create)),
            Condition::Is(at) if self.store_compares() => {
                if let Some(stamp) = self.stamps.take(key.digest(), at) {
                    return Ok(Ok(PutMode::Update(stamp)));
                }
            }
            Condition::Absent | Condition::Is(_) => {}
        }
        let there = self.there(key, writing).await?;
        Ok(there.admits(condition, self.store_compares()).map_err(Put::Conflict))
    }
}
