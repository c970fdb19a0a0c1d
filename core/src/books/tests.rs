use std::task::Poll;

use super::*;
use crate::disk::{Condition, Cursor, Page, Put, Revision, Scope};
use crate::entry::{Meta, Version};
use crate::key::Key;
use crate::random::SystemRandom;

fn found(name: &str, expires: Option<Time>) -> Found {
    let key = Key::new(&Namespace::named("n"), name).unwrap();
    let meta =
        Meta { expires, ..Meta::new(&SystemRandom::new(), Time::from_secs(1), "raw".into(), "none".into()) };
    Found::new(&key, &meta, 10, 0)
}

fn store(books: &Books<&'static str>, name: &'static str) -> Brief {
    match books.try_write(&name).unwrap().commit(found(name, None)) {
        Put::Stored { brief, .. } => brief,
        other => panic!("a commit is stored: {other:?}"),
    }
}

#[test]
fn an_id_is_never_that_of_another_entry() {
    let books = Books::new(Settings::unbounded());
    let first = store(&books, "first");
    let _ = books.try_write(&"first").unwrap().remove();
    let second = store(&books, "second");
    assert_ne!(first.id, second.id);
    assert_eq!((books.find(first.id), books.find(second.id)), (None, Some(("second", second.version))));
    let wrong = Victim { id: first.id, ..second.victim() };
    assert!(matches!(books.claim(&[wrong])[..], [Err(Fate::Absent)]));
    assert_eq!(store(&books, "second").id, second.id, "an overwrite keeps it");
    books.record(&[Note::Word { id: Id(u64::MAX), version: second.version, word: 1 }]);
}

#[test]
fn an_eviction_goes_up_to_the_first_that_was_hit_and_hands_over_what_goes() {
    let books = Books::new(Settings::unbounded());
    let victims = ["a", "b", "c"].map(|name| store(&books, name).idle_victim());
    assert!(books.hit(&"b", Time::from_secs(2)));
    let mut went = Vec::new();
    let fates = books.evict(&victims, |name| went.push(*name));
    assert!(matches!(fates[..], [Fate::Gone, Fate::Changed(_), Fate::Spared]), "{fates:?}");
    let fates: Vec<Fate> =
        victims.iter().flat_map(|victim| books.evict(&[*victim], |name| went.push(*name))).collect();
    assert!(matches!(fates[..], [Fate::Absent, Fate::Changed(_), Fate::Gone]), "{fates:?}");
    assert_eq!((went, books.usage().entries), (vec!["a", "c"], 1));
}

#[test]
fn a_touched_entry_that_nobody_read_leaves_nothing_in_the_index() {
    let books = Books::new(Settings::unbounded());
    let digest = *Key::new(&Namespace::named("n"), "a").unwrap().digest();
    books.enter(&"a", Found::unread(&digest, 100, Time::EPOCH));
    let revision = Revision { version: Version::from_bits(5), expires: Some(Time::from_secs(1)) };
    let _ = books.try_write(&"a").unwrap().revise(revision);
    let _ = books.try_write(&"a").unwrap().remove();
    // The slot is given to an entry that never dies.
    store(&books, "b");
    let dead = books.survey(&Page::any(Scope::Dead(Time::LAST), 10));
    assert!(dead.briefs.is_empty(), "{dead:?}");
}

#[test]
fn a_walk_over_the_dead_ends_also_at_the_first_time_of_all() {
    let books = Books::new(Settings::unbounded());
    let first = Time::from_nanos(i64::MIN);
    for name in ["a", "b"] {
        books.enter(&name, found(name, Some(first)));
    }
    let mut page = Page::any(Scope::Dead(Time::EPOCH), 1);
    let mut met = Vec::new();
    while let Some(Cursor(next)) = {
        let survey = books.survey(&page);
        met.extend(survey.briefs);
        survey.next
    } {
        assert!(met.len() <= 2, "the walk goes round");
        page = page.then(Cursor(next));
    }
    assert_eq!(met.len(), 2);
}

#[test]
fn whoever_waits_for_a_key_and_is_dropped_leaves_nothing_behind() {
    use futures_util::future::{FutureExt, join_all};

    let books = Books::new(Settings::limited(100));
    let mut writing = books.try_write(&"a").unwrap();
    writing.reserve(60).unwrap();
    assert!(books.write(&"a").now_or_never().is_none(), "somebody has the place");
    drop(writing);
    assert_eq!(books.usage(), Usage::default());
    // A thousand writers at three keys: each gets its turn, and some give up.
    let names = ["a", "b", "c"];
    let turns = (0..1_000_usize).map(|turn| {
        let (books, name) = (books.clone(), names[turn % 3]);
        async move {
            let mut writing = books.write(&name).await;
            if turn % 7 == 0 {
                // The others are polled while this one has the place.
                let mut waited = false;
                std::future::poll_fn(|context| {
                    context.waker().wake_by_ref();
                    if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
            }
            if turn % 5 > 0 && writing.check(Condition::Always).is_ok() && writing.reserve(10).is_ok() {
                let _ = writing.commit(found(name, None));
            }
        }
    });
    pollster::block_on(join_all(turns));
    assert_eq!(books.usage(), Usage::new(30, 3, 0));
    for name in &names {
        let _ = books.try_write(name).unwrap().remove();
    }
    assert_eq!(books.usage(), Usage::default());
}

#[test]
fn an_entry_that_others_overwrote_is_known_by_its_new_version_after_a_read() {
    let books = Books::new(Settings::unbounded());
    let old = store(&books, "a");
    let before = books.before_read(&"a");
    let new = found("a", None);
    let version = new.version;
    books.after_read(&"a", &before, new);
    assert_eq!(books.look(&"a").map(|brief| brief.version), Some(version));
    assert!(matches!(books.claim(&[old.victim()])[..], [Err(Fate::Absent)]), "the old one is no victim");
    assert_eq!(books.usage().entries, 1);
    let before = books.before_read(&"unknown");
    books.after_read(&"unknown", &before, found("unknown", None));
    assert_eq!(books.usage().entries, 2, "an entry that others stored is counted");
}

#[test]
fn a_read_that_a_write_or_a_removal_overtakes_enters_nothing() {
    let books = Books::new(Settings::unbounded());
    // Known or unknown to the books before.
    for is_known in [true, false] {
        if is_known {
            store(&books, "a");
        }
        let before = books.before_read(&"a");
        let _ = books.try_write(&"a").unwrap().remove();
        books.after_read(&"a", &before, found("a", None));
        assert_eq!(books.usage(), Usage::default(), "removed, known before: {is_known}");
    }
    let before = books.before_read(&"a");
    let written = store(&books, "a");
    books.after_read(&"a", &before, found("a", None));
    assert_eq!(books.look(&"a").map(|brief| brief.version), Some(written.version));
    let before = books.before_read(&"a");
    let writing = books.try_write(&"a").unwrap();
    books.after_read(&"a", &before, found("a", None));
    drop(writing);
    assert_eq!(books.look(&"a").map(|brief| brief.version), Some(written.version), "a write was under way");
}
