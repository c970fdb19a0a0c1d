//! What a cache makes of entries that are damaged, of refusals, and of a disk that fails.

use larder_core::ErrorKind;
use larder_core::cache::{Cache, Outcome, WriteOptions};
use larder_core::disk::{Page, Refusal, Scope, Settings};
use larder_core::larder::Larder;
use larder_core::tag::Tag;
use pollster::block_on;

use crate::place::{Place, strict};

fn lenient(larder: &Larder) -> Cache<u64, i64> {
    larder.cache("numbers").build().unwrap()
}

#[test]
fn a_damaged_entry_is_in_nobodys_way() {
    let place = Place::default();
    block_on(async {
        let larder = place.larder(Settings::unbounded()).await;
        for cache in [lenient(&larder), strict(&larder)] {
            let damage = async || {
                assert!(cache.set(&1, &7).await.unwrap().is_stored());
                place.damage();
                cache.reset_stats();
            };
            damage().await;
            assert_eq!(cache.add(&1, &8).await.unwrap(), Outcome::Stored);
            assert_eq!(cache.get(&1).await.unwrap(), Some(8));
            damage().await;
            assert_eq!(cache.increment(&1, 5).await.unwrap(), 5);
            assert_eq!((cache.stats().misses.corrupt, cache.stats().errors), (1, 0));
            damage().await;
            assert_eq!(cache.pop(&1).await.unwrap(), None);
            assert_eq!((cache.stats().misses.corrupt, cache.len().await.unwrap()), (1, 0));
            damage().await;
            assert!(!cache.remove(&1).await.unwrap());
            assert_eq!((cache.stats().misses.corrupt, cache.len().await.unwrap()), (1, 0));
        }
        assert!(larder.balance().await.unwrap().holds());
    });
}

#[test]
fn a_popped_value_that_cannot_be_read_is_counted() {
    block_on(async {
        let larder = Place::default().larder(Settings::unbounded()).await;
        let texts: Cache<u64, String> = larder.cache("numbers").build().unwrap();
        assert!(texts.set(&1, &"text".to_owned()).await.unwrap().is_stored());
        let numbers = lenient(&larder);
        assert_eq!(numbers.pop(&1).await.unwrap(), None);
        assert_eq!((numbers.stats().misses.undecodable, numbers.stats().removed), (1, 1));
    });
}

#[test]
fn a_fault_of_the_caller_is_no_failure_of_the_disk() {
    block_on(async {
        let larder = Place::default().larder(Settings::unbounded()).await;
        let cache = lenient(&larder);
        let many = WriteOptions { tags: (0..100_000).map(Tag::from).collect(), ..WriteOptions::default() };
        let error = cache.set_with(&1, &1, &many).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!((cache.stats().refused.failed, cache.stats().errors), (0, 0));
    });
}

#[test]
fn an_old_entry_that_outlives_a_refused_one_is_told() {
    let place = Place::default();
    block_on(async {
        let larder = place.larder(Settings::limited(1_000)).await;
        let large = "x".repeat(2_000);
        let lenient: Cache<u64, String> = larder.cache("texts").build().unwrap();
        let strict: Cache<u64, String> =
            larder.cache("texts").on_error(larder_core::cache::OnError::Fail).build().unwrap();
        assert!(lenient.set(&1, &"old".to_owned()).await.unwrap().is_stored());
        place.shut(true);
        let refused = lenient.set(&1, &large).await.unwrap();
        assert!(matches!(refused, Outcome::Refused(Refusal::TooLarge { .. })));
        assert_eq!(lenient.stats().errors, 1);
        assert_eq!(strict.set(&1, &large).await.unwrap_err().kind(), ErrorKind::Unavailable);
    });
}

#[test]
fn an_increment_that_fails_names_the_key() {
    block_on(async {
        let larder = Place::default().larder(Settings::unbounded()).await;
        let cache = strict(&larder);
        assert!(cache.set(&77, &i64::MAX).await.unwrap().is_stored());
        let overflow = cache.increment(&77, 1).await.unwrap_err();
        let texts: Cache<u64, String> = larder.cache("numbers").build().unwrap();
        assert!(texts.set(&77, &"text".to_owned()).await.unwrap().is_stored());
        let not_a_number = cache.increment(&77, 1).await.unwrap_err();
        for error in [overflow, not_a_number] {
            let told = error.to_string();
            assert!(told.contains("77") && told.contains("place:"), "{told}");
        }
    });
}

#[test]
fn an_increment_is_one_more_hit() {
    block_on(async {
        let larder = Place::default().larder(Settings::unbounded().policy("lfu")).await;
        let cache = strict(&larder);
        for number in 0..4 {
            assert_eq!(cache.increment(&1, 1).await.unwrap(), number + 1);
            let survey = larder.disk().survey(&Page::first(Scope::All, 10)).await.unwrap();
            assert_eq!(i64::from(survey.briefs[0].hits), number, "the first one inserts");
        }
    });
}

#[test]
fn a_closure_that_asks_for_its_own_key_before_its_future_is_told() {
    block_on(async {
        let larder = Place::default().larder(Settings::unbounded()).await;
        let cache = strict(&larder);
        let asked = cache.get_or_insert_with(&1, || {
            let inner = block_on(cache.get_or_insert_with(&1, async || larder_core::Result::<i64>::Ok(1)));
            async move { inner }
        });
        assert_eq!(asked.await.unwrap_err().kind(), ErrorKind::Invalid);
    });
}
