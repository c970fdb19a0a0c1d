//! Proves which conditional writes a store honours.
//!
//! Many stores that speak the S3 protocol accept a condition and do not look at it. So a disk that others share asks the
//! store itself when it opens: an object that is made twice, replaced by a stamp that is out of date, replaced by the right
//! one. What the store does not refuse or does not do is never used. A store that passes here and breaks its
//! word in a race is not found out: [`ConditionalWrites`] is for those.

use bytes::Bytes;
use larder_core::Result;
use larder_core::random::Random;
use object_store::path::Path;
use object_store::{PutMode, PutResult};

use crate::bucket::Bucket;
use crate::failure::{failed, is_taken, is_unknown};
use crate::options::ConditionalWrites;
use crate::stamps::{Stamp, of_written};

/// Which conditional writes can be relied on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Honoured {
    /// Creating where nothing is.
    pub(crate) create: bool,
    /// Replacing what is known.
    pub(crate) update: bool,
}

/// What is written to prove them, in this order.
const CONTENTS: [&[u8]; 6] = [b"one", b"two", b"three", b"four", b"five", b"six"];

/// Whether `content` is one of the texts that a probe writes.
pub(crate) fn is_probe(content: &[u8]) -> bool {
    CONTENTS.contains(&content)
}

/// What became of a conditional write.
enum Answer {
    Done(Stamp),
    Refused,
    /// The store does not know such writes.
    Unknown,
}

/// Asks the store behind `bucket`, in seven requests at most, and leaves nothing there.
///
/// # Errors
///
/// Those of the store that have nothing to do with conditions: it cannot be written to.
pub(crate) async fn probe(
    bucket: &Bucket,
    wanted: ConditionalWrites,
    random: &dyn Random,
) -> Result<Honoured> {
    if wanted == ConditionalWrites::Never {
        return Ok(Honoured::default());
    }
    let name = bucket.names().probe(random.next());
    let honoured = ask(bucket, &name, wanted).await;
    // Left behind it is a foreign object of a few bytes, which is never read again.
    let _ = bucket.delete_named(&name).await;
    honoured
}

async fn ask(bucket: &Bucket, name: &Path, wanted: ConditionalWrites) -> Result<Honoured> {
    let write = async |content: &'static [u8], mode: PutMode| {
        answer(bucket.write(name, Bytes::from_static(content).into(), mode).await)
    };
    let create = match write(b"one", PutMode::Create).await? {
        Answer::Done(_) => matches!(write(b"two", PutMode::Create).await?, Answer::Refused),
        Answer::Refused | Answer::Unknown => false,
    };
    if wanted == ConditionalWrites::Create {
        return Ok(Honoured { create, update: false });
    }
    // Written whatever is there, so that both stamps are of this probe.
    let (Answer::Done(old), Answer::Done(new)) =
        (write(b"three", PutMode::Overwrite).await?, write(b"four", PutMode::Overwrite).await?)
    else {
        return Ok(Honoured { create, update: false });
    };
    let refused = matches!(write(b"five", PutMode::Update(old)).await?, Answer::Refused);
    let accepted = refused && matches!(write(b"six", PutMode::Update(new)).await?, Answer::Done(_));
    let arrived = || async {
        let read = bucket.read(name).await.map_err(|cause| failed("reading what was tried", cause))?;
        Ok::<_, larder_core::Error>(read.is_some_and(|bytes| bytes == "six"))
    };
    Ok(Honoured { create, update: accepted && arrived().await? })
}

fn answer(put: object_store::Result<PutResult>) -> Result<Answer> {
    match put {
        Ok(put) => Ok(Answer::Done(of_written(put))),
        Err(error) if is_taken(&error) => Ok(Answer::Refused),
        Err(error) if is_unknown(&error) => Ok(Answer::Unknown),
        Err(error) => Err(failed("trying what the store honours", error)),
    }
}
