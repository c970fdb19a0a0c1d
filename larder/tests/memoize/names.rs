//! Functions of one name and source are never taken for each other.

use larder::{Store, memoize};

use crate::{STORE, store};

fn ten(number: u64) -> u64 {
    const FACTOR: u64 = 10;
    #[memoize(store = STORE)]
    fn scaled(number: u64) -> u64 {
        number * FACTOR
    }
    scaled(number)
}

fn thousand(number: u64) -> u64 {
    const FACTOR: u64 = 1000;
    #[memoize(store = STORE)]
    fn scaled(number: u64) -> u64 {
        number * FACTOR
    }
    scaled(number)
}

#[test]
fn functions_in_the_bodies_of_two_functions_are_two() {
    assert_eq!((ten(1), thousand(1), ten(1)), (10, 1000, 10));
}

#[test]
fn functions_in_two_blocks_of_one_body_are_two() {
    let ten = {
        const FACTOR: u64 = 10;
        #[memoize(store = STORE)]
        fn blocked(number: u64) -> u64 {
            number * FACTOR
        }
        blocked(1)
    };
    let thousand = {
        const FACTOR: u64 = 1000;
        #[memoize(store = STORE)]
        fn blocked(number: u64) -> u64 {
            // Neither a comment nor the layout makes it another function.
            number * FACTOR
        }
        blocked(1)
    };
    assert_eq!((ten, thousand), (10, 1000));
}

#[test]
fn functions_without_their_code_in_the_key_are_two_as_well() {
    let old = {
        #[memoize(store = STORE, code = "ignore")]
        fn answer() -> u64 {
            41
        }
        answer()
    };
    #[memoize(store = STORE, code = "ignore")]
    fn answer() -> u64 {
        42
    }
    assert_eq!((old, answer()), (41, 42));
}

#[test]
fn functions_in_two_closures_are_two() {
    let ten = || {
        const FACTOR: u64 = 10;
        #[memoize(store = STORE, code = "ignore")]
        fn closed(number: u64) -> u64 {
            number * FACTOR
        }
        closed(1)
    };
    let thousand = || {
        const FACTOR: u64 = 1000;
        #[memoize(store = STORE, code = "ignore")]
        fn closed(number: u64) -> u64 {
            number * FACTOR
        }
        closed(1)
    };
    assert_eq!((ten(), thousand()), (10, 1000));
}

/// Defines a memoized function in a block and calls it.
macro_rules! scaled_by {
    ($factor:expr) => {{
        const FACTOR: u64 = $factor;
        #[memoize(store = STORE)]
        fn generated(number: u64) -> u64 {
            number * FACTOR
        }
        generated(1)
    }};
}

/// Defines two in one expansion.
macro_rules! scaled_by_both {
    ($one:expr, $two:expr) => {
        (scaled_by!($one), scaled_by!($two))
    };
}

#[test]
fn functions_that_a_macro_writes_are_as_many() {
    assert_eq!((scaled_by!(10), scaled_by!(1000)), (10, 1000));
    assert_eq!(scaled_by_both!(20, 2000), (20, 2000));
}

mod small {
    const FACTOR: u64 = 10;
    #[larder::memoize(store = crate::STORE)]
    pub(crate) fn in_module(number: u64) -> u64 {
        number * FACTOR
    }
}

mod large {
    const FACTOR: u64 = 1000;
    #[larder::memoize(store = crate::STORE)]
    pub(crate) fn in_module(number: u64) -> u64 {
        number * FACTOR
    }
}

#[test]
fn functions_of_two_modules_are_two() {
    assert_eq!((small::in_module(1), large::in_module(1)), (10, 1000));
}

struct Wide<const FACTOR: u64>;

impl<const FACTOR: u64> Wide<FACTOR> {
    #[memoize(store = STORE, inside)]
    fn of_type(number: u64) -> u64 {
        number * FACTOR
    }
}

trait Sized64<T> {
    #[memoize(store = STORE, inside)]
    fn of_trait(number: u64) -> u64 {
        number * size_of::<T>() as u64
    }
}

impl Sized64<u8> for Wide<1> {}
impl Sized64<u64> for Wide<1> {}

#[test]
fn methods_are_apart_by_their_type_and_by_their_trait() {
    assert_eq!((Wide::<10>::of_type(1), Wide::<1000>::of_type(1)), (10, 1000));
    let (one, eight) = (<Wide<1> as Sized64<u8>>::of_trait(1), <Wide<1> as Sized64<u64>>::of_trait(1));
    assert_eq!((one, eight), (1, 8));
}

#[test]
fn methods_of_types_of_two_blocks_are_two() {
    let ten = {
        const FACTOR: u64 = 10;
        struct Local;
        impl Local {
            #[memoize(store = STORE, inside)]
            fn local(number: u64) -> u64 {
                number * FACTOR
            }
        }
        Local::local(1)
    };
    let thousand = {
        const FACTOR: u64 = 1000;
        struct Local;
        impl Local {
            #[memoize(store = STORE, inside)]
            fn local(number: u64) -> u64 {
                number * FACTOR
            }
        }
        Local::local(1)
    };
    assert_eq!((ten, thousand), (10, 1000));
}

#[memoize(store = store, ignore(store))]
fn top(store: &Store, number: u64) -> u64 {
    number + 1
}

#[test]
fn the_key_of_a_function_in_a_module_has_its_path_and_no_line() {
    let key = top::call(&store(), 1).unwrap().key().to_string();
    let version = <top as larder::code::Versioned>::code_version();
    assert!(key.contains("memoize::names::top\""), "{key}");
    let bytes = top::call(&store(), 1).unwrap().key().as_bytes().to_vec();
    let is_there = bytes.windows(32).any(|part| part == version.as_bytes());
    assert!(is_there, "the version is that of the source alone: {key}");
}
