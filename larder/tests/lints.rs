//! What the macros write passes the lints of a strict crate, however the function is written.

#![deny(
    warnings,
    unused,
    future_incompatible,
    nonstandard_style,
    rust_2018_idioms,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    let_underscore_drop,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::semicolon_if_nothing_returned
)]

use std::sync::LazyLock;

use larder::{CacheKey, FromKey, Store, blocking, memoize, versioned};

static STORE: LazyLock<blocking::Store> =
    LazyLock::new(|| blocking::open("memory:?size_limit=1MiB").expect("a store in memory opens"));

#[memoize(store = STORE)]
fn one_expression(number: u64) -> u64 {
    number + 1
}

#[memoize(store = STORE)]
fn a_literal() -> u64 {
    7
}

// Lints on braces look at what is on one line.
#[rustfmt::skip]
#[memoize(store = STORE)]
fn on_one_line(number: u64) -> u64 { number + 1 }

#[rustfmt::skip]
#[memoize(store = STORE)]
async fn awaited_on_one_line(number: u64) -> u64 { std::future::ready(number).await }

#[rustfmt::skip]
#[memoize(store = STORE)]
fn a_tuple_on_one_line((left, right): (u64, u64)) -> u64 { left + right }

#[rustfmt::skip]
#[memoize(store = { &STORE })]
fn a_store_in_braces(number: u64) -> u64 { number }

#[rustfmt::skip]
#[versioned]
const fn versioned_on_one_line(number: u64) -> u64 { number + 1 }

#[memoize(store = STORE)]
fn a_call(text: &str) -> String {
    text.to_owned()
}

#[memoize(store = STORE)]
fn nothing(_number: u64) {}

#[memoize(store = STORE)]
fn a_variable(number: u64) -> u64 {
    number
}

#[memoize(store = STORE)]
fn a_tuple((left, right): (u64, u64), mut sum: u64) -> u64 {
    sum += left + right;
    sum
}

#[memoize(store = STORE)]
fn with_items([first, second]: [u64; 2]) -> u64 {
    const FACTOR: u64 = 2;
    fn twice(number: u64) -> u64 {
        FACTOR * number
    }
    let first = twice(first);
    first + second
}

#[memoize(store = STORE, ttl = "1h", tags("one", "all"), version = 2, cache = "others", none = "skip")]
fn with_attributes(number: u64) -> Option<u64> {
    number.checked_add(1)
}

#[memoize(store = STORE, errors = "store", code = "ignore")]
fn early(number: u64) -> Result<u64, String> {
    if number == 0 {
        return Err("zero".to_owned());
    }
    let half = u32::try_from(number / 2).map_err(|error| error.to_string())?;
    Ok(half.into())
}

#[memoize(store = STORE)]
fn a_match(number: u64) -> String
where
    u64: Copy,
{
    match number {
        0 => "none".to_owned(),
        _ => "some".to_owned(),
    }
}

#[memoize(config = "memory:?size_limit=1MiB")]
async fn awaited(number: u64) -> u64 {
    std::future::ready(number).await
}

#[memoize(store = store, ignore(store))]
async fn awaited_on_a_store(store: &Store, number: u64) -> u64 {
    std::future::ready(number).await + u64::from(store.larder().is_same(store.larder()))
}

#[versioned]
fn helper(number: u64) -> u64 {
    number
}

#[memoize(store = STORE, deps(helper), include(crate_version, lock_file))]
fn with_helper(number: u64) -> u64 {
    helper(number)
}

/// A key.
#[derive(Clone, CacheKey, FromKey, Debug, PartialEq, Eq)]
pub struct Point {
    /// To the right.
    x: i64,
    /// Upwards.
    y: i64,
}

/// A key of several kinds.
#[derive(CacheKey, FromKey, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    Nothing,
    /// One point.
    Dot(Point),
    /// Two.
    Line {
        /// The first.
        from: Point,
        /// The last.
        to: Point,
    },
}

/// A borrowing key.
#[derive(CacheKey, Debug)]
pub struct Named<'a> {
    /// The name.
    pub name: &'a str,
    #[cache_key(skip)]
    rest: usize,
}

/// A wrapper.
#[derive(CacheKey, FromKey, Debug, PartialEq, Eq)]
#[cache_key(transparent)]
pub struct Id(pub u64);

impl Point {
    #[memoize(store = STORE)]
    fn scaled(&self, factor: i64) -> i64 {
        self.x * factor + self.y
    }

    #[memoize(store = STORE, inside, ignore(_salt))]
    fn origin(_salt: u64) -> i64 {
        0
    }

    /// Is public.
    #[memoize(store = STORE)]
    pub async fn mirrored(&self) -> i64 {
        std::future::ready(-self.x).await
    }
}

/// A module whose functions are all public.
pub mod public {
    /// Is documented.
    #[larder::memoize(store = super::STORE)]
    pub fn documented(number: u64) -> u64 {
        number * 2
    }

    /// Has a version.
    #[larder::versioned(version = 3)]
    #[must_use]
    pub fn versioned(number: u64) -> u64 {
        number * 2
    }
}

#[test]
fn the_macros_write_what_a_strict_crate_accepts() {
    assert_eq!((one_expression(1), a_literal(), a_variable(3)), (2, 7, 3));
    assert_eq!((a_call("a"), a_tuple((1, 2), 3), a_match(0)), ("a".to_owned(), 6, "none".to_owned()));
    nothing(1);
    assert_eq!(with_items([1, 2]), 4);
    assert_eq!((on_one_line(1), a_tuple_on_one_line((1, 2)), a_store_in_braces(1)), (2, 3, 1));
    assert_eq!((versioned_on_one_line(1), Named { name: "a", rest: 1 }.rest), (2, 1));
    assert_eq!((with_attributes(1), early(0), with_helper(4)), (Some(2), Err("zero".to_owned()), 4));
    let point = Point { x: 2, y: 1 };
    assert_eq!((point.scaled(3), Point::origin(1)), (7, 0));
    assert_eq!((public::documented(2), public::versioned(2)), (4, 4));
    pollster::block_on(async {
        assert_eq!(awaited_on_one_line(1).await, 1);
        assert_eq!((awaited(1).await, point.mirrored().await), (1, -2));
        assert_eq!(awaited_on_a_store(STORE.as_async(), 1).await, 2);
    });
}
