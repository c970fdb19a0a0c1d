//! What is stored of a call, under which key, and what runs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, LazyLock};
use std::time::Duration;

use larder::clock::DrivenClock;
use larder::{Parts, Store, blocking, memoize, versioned};

use crate::{ASYNC_STORE, STORE, count, store, store_with};

#[test]
fn a_call_that_was_made_before_does_not_run_the_function() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[memoize(store = STORE)]
    fn area(width: f64, height: f64) -> f64 {
        RUNS.fetch_add(1, Ordering::Relaxed);
        width * height
    }
    assert_eq!([area(2.0, 3.0), area(2.0, 3.0), area(3.0, 2.0)].map(f64::to_bits), [6.0_f64.to_bits(); 3]);
    assert_eq!(count(&RUNS), 2, "2 by 3 is not 3 by 2");
}

#[test]
fn async_functions_are_memoized_too() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[memoize(store = ASYNC_STORE)]
    async fn fetched(url: &str) -> Result<String, std::io::Error> {
        RUNS.fetch_add(1, Ordering::Relaxed);
        let text = std::future::ready(format!("page at {url}")).await;
        if url.is_empty() {
            return Err(std::io::Error::other("no url"));
        }
        Ok(text)
    }
    pollster::block_on(async {
        for _ in 0..2 {
            assert_eq!(fetched("/a").await.unwrap(), "page at /a");
        }
        assert_eq!(count(&RUNS), 1);
        assert!(fetched("").await.is_err() && fetched("").await.is_err());
        assert_eq!(count(&RUNS), 3, "an error is not stored");
        assert_eq!(fetched::call("/a").unwrap().get().await.unwrap().unwrap().unwrap(), "page at /a");
    });
}

#[derive(larder::CacheKey)]
struct Scale {
    factor: i64,
    #[cache_key(skip)]
    store: Store,
}

static SCALED: AtomicUsize = AtomicUsize::new(0);

impl Scale {
    #[memoize(store = self.store)]
    fn scaled(&self, number: i64) -> i64 {
        SCALED.fetch_add(1, Ordering::Relaxed);
        self.factor * number
    }

    #[memoize(store = self.store, ignore(self))]
    async fn negated(&self, number: i64) -> i64 {
        std::future::ready(-number).await
    }

    #[memoize(store = STORE, inside)]
    fn unit(number: i64) -> i64 {
        number
    }
}

#[test]
fn methods_are_memoized_by_what_self_is_unless_it_is_ignored() {
    let store = store();
    let of = |factor| Scale { factor, store: store.clone() };
    assert_eq!([of(2).scaled(10), of(2).scaled(10), of(3).scaled(10)], [20, 20, 30]);
    assert_eq!(count(&SCALED), 2);
    // Another store has results of its own.
    let other = Scale { factor: 2, store: crate::store() };
    assert_eq!(other.scaled(10), 20);
    assert_eq!(count(&SCALED), 3);
    assert_eq!(pollster::block_on(of(1).negated(4)), -4);
    let two = of(2).negated_call(4).unwrap();
    assert_eq!(two.key(), of(3).negated_call(4).unwrap().key());
    assert_eq!(pollster::block_on(two.get()).unwrap(), Some(-4));
    assert!(of(2).scaled_call(10).unwrap().forget().unwrap());
    assert_eq!(of(2).scaled(10), 20);
    assert_eq!(count(&SCALED), 4);
    assert_eq!(Scale::unit(1), 1);
    assert_eq!(Scale::unit_call(1).unwrap().get().unwrap(), Some(1));
}

#[test]
fn ignored_arguments_are_no_part_of_the_key() {
    struct Session(i64);
    #[memoize(store = STORE, ignore(session))]
    fn loaded(session: &Session, id: i64) -> i64 {
        session.0 + id
    }
    assert_eq!(loaded(&Session(100), 1), 101);
    assert_eq!(loaded(&Session(200), 1), 101);
    assert_eq!(loaded(&Session(200), 2), 202);
}

#[derive(Debug, larder::CacheKey)]
enum Any {
    Integer(i64),
    Float(f64),
    Text(&'static str),
}

#[test]
fn optional_arguments_are_never_taken_for_each_other_nor_kinds_for_kinds() {
    #[memoize(store = STORE)]
    fn shown(left: Option<i64>, right: Option<i64>) -> String {
        format!("{left:?} {right:?}")
    }
    assert_eq!(shown(Some(1), None), "Some(1) None");
    assert_eq!(shown(None, Some(1)), "None Some(1)");

    #[memoize(store = STORE)]
    fn kind(any: Any) -> String {
        format!("{any:?}")
    }
    let shown = [kind(Any::Integer(1)), kind(Any::Float(1.0)), kind(Any::Text("1"))];
    assert_eq!(shown, ["Integer(1)", "Float(1.0)", "Text(\"1\")"]);
}

#[test]
fn zeros_of_both_signs_are_two_arguments() {
    #[memoize(store = STORE)]
    fn inverse(numbers: &[f64]) -> bool {
        numbers.iter().any(|number| (1.0 / number).is_sign_negative())
    }
    assert_eq!([inverse(&[1.0, 0.0]), inverse(&[1.0, -0.0])], [false, true]);
}

#[test]
fn functions_of_one_name_and_text_in_two_modules_share_nothing() {
    mod one {
        #[larder::memoize(store = super::STORE)]
        pub(super) fn named() -> String {
            module_path!().to_owned()
        }
    }
    mod other {
        #[larder::memoize(store = super::STORE)]
        pub(super) fn named() -> String {
            module_path!().to_owned()
        }
    }
    assert_eq!((&*one::named(), &*other::named()), ("memoize::calls::one", "memoize::calls::other"));
}

#[test]
fn results_live_as_long_as_is_said() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let clock = Arc::new(DrivenClock::default());
    let store = store_with(Parts { clock: clock.clone(), ..Parts::default() });
    #[memoize(store = store, ttl = "1h", ignore(store))]
    fn hourly(store: &Store, number: i64) -> i64 {
        RUNS.fetch_add(1, Ordering::Relaxed);
        number
    }
    hourly(&store, 1);
    clock.advance(Duration::from_secs(3599));
    hourly(&store, 1);
    assert_eq!(count(&RUNS), 1);
    clock.advance(Duration::from_secs(1));
    hourly(&store, 1);
    assert_eq!(count(&RUNS), 2);
}

#[test]
fn a_life_of_nothing_finds_what_is_there_and_stores_nothing() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[memoize(store = STORE, ttl = "0s")]
    fn looked_up() -> i64 {
        RUNS.fetch_add(1, Ordering::Relaxed);
        7
    }
    assert_eq!([looked_up(), looked_up()], [7, 7]);
    assert_eq!(count(&RUNS), 2);
    let call = looked_up::call().unwrap();
    assert_eq!(call.get().unwrap(), None);
    // Somebody else stores it.
    let cache: blocking::Cache<larder::key::Key, i64> = STORE.cache("memoize").unwrap();
    assert!(cache.set(call.key(), &8).unwrap().is_stored());
    assert_eq!(looked_up(), 8);
}

#[test]
fn tags_are_of_the_arguments_and_evict() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[memoize(store = STORE, cache = "tagged", tags(user, "orders"))]
    fn orders(user: &str, year: i64) -> usize {
        RUNS.fetch_add(1, Ordering::Relaxed);
        user.len() + usize::try_from(year).unwrap()
    }
    orders("ann", 2025);
    orders("ann", 2026);
    orders("bob", 2026);
    let cache: blocking::Cache<str, ()> = STORE.cache("tagged").unwrap();
    assert_eq!(cache.evict("ann").unwrap(), 2);
    orders("bob", 2026);
    assert_eq!(count(&RUNS), 3);
    orders("ann", 2026);
    assert_eq!(count(&RUNS), 4);
    assert_eq!(cache.evict("orders").unwrap(), 2);
}

#[versioned]
fn helper(number: i64) -> i64 {
    number + 1
}

mod changed {
    #[larder::versioned]
    pub(crate) fn helper(number: i64) -> i64 {
        number + 2
    }
}

#[test]
fn the_key_hangs_on_the_code_its_helpers_and_what_is_said() {
    use larder::code::Versioned;
    #[memoize(store = STORE)]
    fn plain(number: i64) -> i64 {
        helper(number)
    }
    let plain_version = plain::code_version();
    let with_helper = {
        #[memoize(store = STORE, deps(helper))]
        fn plain(number: i64) -> i64 {
            helper(number)
        }
        assert_eq!(plain(1), 2);
        plain::code_version()
    };
    let with_other = {
        use changed::helper;
        #[memoize(store = STORE, deps(helper))]
        fn plain(number: i64) -> i64 {
            helper(number)
        }
        assert_eq!(plain(1), 3, "what the old helper made is not found");
        plain::code_version()
    };
    let said = {
        #[memoize(store = STORE, version = 2)]
        fn plain(number: i64) -> i64 {
            helper(number)
        }
        assert_eq!(plain(1), 2);
        plain::code_version()
    };
    let all = std::collections::BTreeSet::from([plain_version, with_helper, with_other, said]);
    assert_eq!(all.len(), 4);
    assert_eq!(plain(1), 2);
}

#[memoize(store = STORE, code = "ignore")]
fn codeless(number: i64) -> i64 {
    number
}

#[memoize(store = STORE, code = "ignore", version = 2)]
fn codeless_of_a_version(number: i64) -> i64 {
    number
}

#[test]
fn without_the_code_the_key_has_no_version_but_the_one_that_is_given() {
    let key = codeless::call(1).unwrap().key().to_string();
    assert!(key.contains("::codeless\", null, "), "{key}");
    let key = codeless_of_a_version::call(1).unwrap().key().to_string();
    assert!(!key.contains("null"), "{key}");
}

#[test]
fn null_results_are_stored_unless_they_are_to_be_skipped() {
    static RUNS: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];
    #[memoize(store = STORE)]
    fn found(id: i64) -> Option<i64> {
        RUNS[0].fetch_add(1, Ordering::Relaxed);
        (id > 10).then_some(id)
    }
    #[memoize(store = STORE, none = "skip")]
    fn looked_for(id: i64) -> Option<i64> {
        RUNS[1].fetch_add(1, Ordering::Relaxed);
        (id > 10).then_some(id)
    }
    for _ in 0..2 {
        assert_eq!((found(1), looked_for(1)), (None, None));
        assert_eq!((found(11), looked_for(11)), (Some(11), Some(11)));
    }
    assert_eq!((count(&RUNS[0]), count(&RUNS[1])), (2, 3));
}

#[test]
fn errors_are_stored_only_where_that_is_asked_for() {
    static RUNS: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];
    #[memoize(store = STORE)]
    fn tried(text: &str) -> Result<i64, std::num::ParseIntError> {
        RUNS[0].fetch_add(1, Ordering::Relaxed);
        let number: i64 = text.parse()?;
        Ok(number)
    }
    #[memoize(store = STORE, errors = "store")]
    fn known(text: &str) -> Result<i64, String> {
        RUNS[1].fetch_add(1, Ordering::Relaxed);
        text.parse().map_err(|_| format!("{text} is no number"))
    }
    for _ in 0..2 {
        assert!(tried("x").is_err());
        assert_eq!(known("x").unwrap_err(), "x is no number");
        assert_eq!(tried("1").unwrap() + known("1").unwrap(), 2);
    }
    assert_eq!((count(&RUNS[0]), count(&RUNS[1])), (3, 2));
}

#[test]
fn of_those_who_call_at_once_one_computes() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    static BEGUN: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(8));
    #[memoize(store = STORE)]
    fn slow(number: i64) -> i64 {
        RUNS.fetch_add(1, Ordering::Relaxed);
        // Long enough for the others to come, whichever is quicker: they wait for this one or find what it stored.
        for _ in 0..1000 {
            std::thread::yield_now();
        }
        number
    }
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                BEGUN.wait();
                assert_eq!(slow(5), 5);
            });
        }
    });
    assert_eq!(count(&RUNS), 1);
}

#[test]
fn a_function_may_call_itself_with_other_arguments() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[memoize(store = STORE)]
    fn fibonacci(n: u64) -> u64 {
        RUNS.fetch_add(1, Ordering::Relaxed);
        if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
    }
    assert_eq!(fibonacci(80), 23_416_728_348_467_685);
    assert_eq!(count(&RUNS), 81);
}

#[test]
fn patterns_and_variables_that_change_are_arguments_like_others() {
    #[memoize(store = STORE)]
    fn summed((left, right): (i64, i64), mut extra: i64) -> i64 {
        extra += 1;
        left + right + extra
    }
    assert_eq!([summed((1, 2), 3), summed((1, 2), 3), summed((2, 2), 3)], [7, 7, 8]);
}

#[test]
fn a_call_tells_its_key_and_can_be_forgotten_without_calling() {
    #[memoize(store = STORE)]
    fn stored(number: i64) -> i64 {
        number
    }
    let call = stored::call(9).unwrap();
    assert_eq!(call.get().unwrap(), None);
    stored(9);
    assert_eq!(call.get().unwrap(), Some(9));
    assert!(call.forget().unwrap() && !call.forget().unwrap());
    stored(1);
    stored(2);
    assert_eq!(pollster::block_on(stored::memo().forget_all(&*STORE)).unwrap(), 2);
    assert!(call.key().to_string().starts_with("memoize/(\"memoize::"), "{}", call.key());
}

struct Metres;

struct Feet;

impl Metres {
    #[memoize(store = STORE, ignore(self))]
    fn named(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }

    #[memoize(store = STORE, inside)]
    fn unit() -> String {
        std::any::type_name::<Self>().to_owned()
    }
}

impl Feet {
    #[memoize(store = STORE, ignore(self))]
    fn named(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }

    #[memoize(store = STORE, inside)]
    fn unit() -> String {
        std::any::type_name::<Self>().to_owned()
    }
}

#[test]
fn methods_of_one_name_and_text_of_two_types_share_nothing() {
    assert_eq!([Metres.named(), Feet.named()], ["memoize::calls::Metres", "memoize::calls::Feet"]);
    assert_eq!([Metres::unit(), Feet::unit()], ["memoize::calls::Metres", "memoize::calls::Feet"]);
}

/// The same call within its own computation is not waited for: it runs without the cache, as if it were not memoized.
#[test]
fn a_function_that_calls_itself_with_the_same_arguments_runs_as_if_it_were_not_memoized() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[memoize(store = STORE)]
    fn twice(number: i64) -> i64 {
        if RUNS.fetch_add(1, Ordering::Relaxed) == 0 { twice(number) + 1 } else { number }
    }
    assert_eq!([twice(1), twice(1)], [2, 2]);
    assert_eq!(count(&RUNS), 2);
}
