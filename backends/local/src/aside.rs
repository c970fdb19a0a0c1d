//! Long work on a thread of its own, which tells its caller how it goes.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::Builder;

use async_channel::{Receiver, Sender};
use larder_core::disk::{Checked, Finding, Findings, Repair};
use larder_core::{Error, ErrorKind, Result};

use crate::inner::Inner;

/// How many pieces of news lie between the two threads: who listens slowly slows the work, and memory stays small.
const WAITING: usize = 64;

/// Where long work tells how it goes.
#[derive(Debug)]
pub(crate) struct Teller<News> {
    listener: Sender<News>,
}

impl<News> Teller<News> {
    /// One with its listener, between whom so many pieces of news may lie.
    pub(crate) fn new(waiting: usize) -> (Self, Receiver<News>) {
        let (listener, news) = async_channel::bounded(waiting);
        (Self { listener }, news)
    }

    /// Tells `news`, once the caller has heard most of what was told before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] once the caller is gone: whoever works is to leave off, and nobody reads the error.
    pub(crate) fn tell(&self, news: News) -> Result<()> {
        let told = self.listener.send_blocking(news);
        told.map_err(|_| Error::new(ErrorKind::Unavailable, "nobody waits for this any more"))
    }
}

/// Does `work` on a thread of its own, and lets `hear` hear on the caller's what it tells. No thread of a pool does it: a
/// forked child has none of its parent's, and would wait for ever.
///
/// If the future is dropped, the work ends the next time that it tells something.
///
/// # Errors
///
/// Those of `work`, and [`ErrorKind::Unavailable`] when there is no thread: nothing was done.
pub(crate) async fn aside<News, T>(
    work: impl FnOnce(&Teller<News>) -> Result<T> + Send + 'static,
    mut hear: impl FnMut(News) + Send,
) -> Result<T>
where
    News: Send + 'static,
    T: Send + 'static,
{
    let (teller, news) = Teller::new(WAITING);
    let thread = Builder::new().name("larder-local".to_owned()).spawn(move || work(&teller));
    let thread =
        thread.map_err(|error| Error::new(ErrorKind::Unavailable, "starting a thread").because(error))?;
    while let Ok(news) = news.recv().await {
        hear(news);
    }
    // Its teller is gone, so it ends now.
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// What a check tells.
#[derive(Debug)]
pub(crate) enum CheckNews {
    Found(Finding),
    /// So many of so many slots were looked at.
    Looked(u64, u64),
}

/// Looks over the disk, without holding up the caller's thread.
pub(crate) async fn check(
    inner: &Arc<Inner>,
    repair: Repair,
    findings: &mut dyn Findings,
) -> Result<Checked> {
    let inner = Arc::clone(inner);
    let look = move |teller: &Teller<_>| pollster::block_on(inner.look_over(repair, teller));
    let hear = |news| match news {
        CheckNews::Found(finding) => findings.add(finding),
        CheckNews::Looked(looked, of) => findings.looked(looked, of),
    };
    aside(look, hear).await
}

/// Gives back all that is not needed, without holding up the caller's thread.
pub(crate) async fn compact(inner: &Arc<Inner>, progress: &mut (dyn FnMut(u64, u64) + Send)) -> Result<()> {
    let inner = Arc::clone(inner);
    let clean = move |teller: &Teller<_>| pollster::block_on(inner.compact(teller));
    aside(clean, |(done, all)| progress(done, all)).await
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::task::{Context, Waker};
    use std::thread;

    use super::*;

    #[test]
    fn what_is_told_is_heard_in_order_on_the_caller_s_thread() {
        let caller = thread::current().id();
        let mut heard = Vec::new();
        let work = move |teller: &Teller<usize>| {
            assert_ne!(thread::current().id(), caller);
            (0..WAITING * 3).try_for_each(|news| teller.tell(news))
        };
        let hear = |news| {
            assert_eq!(thread::current().id(), caller);
            heard.push(news);
        };
        pollster::block_on(aside(work, hear)).unwrap();
        assert_eq!(heard, (0..WAITING * 3).collect::<Vec<_>>());
    }

    #[test]
    #[should_panic(expected = "as it does here")]
    fn work_that_panics_panics_where_it_is_waited_for() {
        let work = |_: &Teller<()>| -> Result<()> { panic!("as it does here") };
        pollster::block_on(aside(work, |()| {})).unwrap();
    }

    #[test]
    fn work_that_nobody_waits_for_ends() {
        let (tell_begun, begun) = mpsc::channel();
        let (tell_ended, ended) = mpsc::channel();
        let work = move |teller: &Teller<()>| {
            tell_begun.send(()).unwrap();
            let left = std::iter::repeat_with(|| teller.tell(())).find_map(Result::err);
            tell_ended.send(left.map(|error| error.kind())).unwrap();
            Ok(())
        };
        let mut waiting = Box::pin(aside(work, |()| {}));
        assert!(
            waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(),
            "it never ends by itself"
        );
        begun.recv().unwrap();
        drop(waiting);
        assert_eq!(ended.recv().unwrap(), Some(ErrorKind::Unavailable));
    }
}
