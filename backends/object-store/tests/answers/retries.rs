//! A store that is busy or broken is asked again, within the deadline; whoever is wrong is told so at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use larder_core::ErrorKind;
use larder_core::clock::SystemClock;
use larder_core::disk::{Access, Condition, Disk};
use pollster::block_on;

use crate::server::{Answer, Reply};
use crate::stand::{DEADLINE, Stand, bench, cache, told};

/// Tells the server to answer so often `answer`, and to be honest then.
fn at_first(stand: &Stand, times: usize, answer: Answer) {
    let left = AtomicUsize::new(times);
    stand.server.tell(move |_| {
        let some = left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if some { Reply::Told(answer.clone()) } else { Reply::Honest }
    });
}

#[test]
fn what_a_busy_or_broken_server_refuses_is_asked_again() {
    let (stand, bench) = (Stand::new(), bench());
    let disk = stand.disk();
    let key = bench.key("key");
    for (status, code) in [(503, "SlowDown"), (429, "TooManyRequests"), (500, "InternalError")] {
        at_first(&stand, 2, Answer::error(status, code, "Later, please"));
        block_on(bench.store(&disk, &key, code));
        assert_eq!(stand.server.count(), 3, "a set after two times {status}: {:?}", stand.server.asked());
        at_first(&stand, 2, Answer::error(status, code, "Later, please"));
        assert_eq!(block_on(bench.body(&disk, &key)).unwrap(), code);
        assert_eq!(stand.server.count(), 3, "a get after two times {status}: {:?}", stand.server.asked());
    }
}

#[test]
fn an_add_that_is_asked_again_stores_once() {
    let (stand, bench) = (Stand::new(), bench());
    let disk = stand.disk();
    let key = bench.key("key");
    at_first(&stand, 2, Answer::error(503, "SlowDown", "Later, please"));
    let put = block_on(bench.put(&disk, &key, "mine", Condition::Absent)).unwrap();
    bench.stored(put);
    assert_eq!(stand.server.count(), 3, "{:?}", stand.server.asked());
}

#[test]
fn a_mistake_is_not_asked_again() {
    let (stand, bench) = (Stand::new(), bench());
    let disk = stand.disk();
    let key = bench.key("key");
    for (status, code) in [(400, "InvalidRequest"), (403, "AccessDenied"), (405, "MethodNotAllowed")] {
        stand.server.tell(move |_| Reply::Told(Answer::error(status, code, "No")));
        let error = told(block_on(disk.get(&key, Access::Peek)).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
        assert_eq!(stand.server.count(), 1, "{status}: {:?}", stand.server.asked());
    }
}

#[test]
fn a_server_that_is_broken_for_ever_is_given_up_at_the_deadline() {
    let (stand, bench) = (Stand::new(), bench());
    let disk = stand.disk();
    let (clock, asked) = (stand.clock.clone(), AtomicUsize::new(0));
    stand.server.tell(move |_| {
        if asked.fetch_add(1, Ordering::Relaxed) == 2 {
            clock.advance(DEADLINE);
        }
        Reply::Told(Answer::error(500, "InternalError", "Never"))
    });
    let error = told(block_on(disk.get(&bench.key("key"), Access::Peek)).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(error.message().contains("timeout"), "{error:?}");
    assert_eq!(stand.server.count(), 3, "{:?}", stand.server.asked());
}

#[test]
fn a_server_that_never_answers_is_given_up_at_the_deadline() {
    let stand = Stand::new();
    let disk = stand.disk();
    stand.server.tell(|_| Reply::Never);
    let get = || block_on(disk.get(&bench().key("key"), Access::Peek)).unwrap_err();
    let error = told(stand.while_time_passes(get));
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(error.message().contains("timeout"), "{error:?}");

    // The program goes on: a miss that is an error, and a write that says so.
    let cache = cache(&disk);
    stand.server.tell(|_| Reply::Never);
    assert_eq!(stand.while_time_passes(|| block_on(cache.get("key")).unwrap()), None);
    assert_eq!((cache.stats().errors, cache.stats().misses.total()), (1, 0));
    stand.server.tell(|_| Reply::Never);
    let set = || block_on(cache.set("key", &"value".to_owned())).unwrap();
    assert!(!stand.while_time_passes(set).is_stored());
    assert_eq!(cache.stats().refused.failed, 1);

    stand.server.tell(|_| Reply::Never);
    let error = stand.while_time_passes(|| stand.refused());
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(error.message().contains("timeout"), "{error:?}");
}

#[test]
fn a_deadline_is_kept_on_the_clock_of_the_system_too() {
    let stand = Stand::new();
    stand.server.tell(|_| Reply::Never);
    let deadline = Duration::from_millis(500);
    let begun = Instant::now();
    let error = told(stand.open_within(deadline, Arc::new(SystemClock)).unwrap_err());
    let took = begun.elapsed();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(error.message().contains("timeout"), "{error:?}");
    assert!(took >= deadline, "{took:?}");
}

#[test]
fn before_the_deadline_nothing_is_given_up() {
    let (stand, bench) = (Stand::new(), bench());
    let disk = stand.disk();
    let key = bench.key("key");
    block_on(bench.store(&disk, &key, "value"));
    let (clock, asked) = (stand.clock.clone(), AtomicUsize::new(0));
    stand.server.tell(move |_| {
        clock.advance(Duration::from_secs(3));
        let busy = asked.fetch_add(1, Ordering::Relaxed) < 2;
        if busy { Reply::Told(Answer::error(503, "SlowDown", "Later, please")) } else { Reply::Honest }
    });
    assert_eq!(block_on(bench.body(&disk, &key)).unwrap(), "value");
}
