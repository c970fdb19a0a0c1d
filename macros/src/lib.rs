//! The macros of larder: keys from types, versions of functions.
//!
//! The generated code calls `larder::key` by its whole path, or what `#[cache_key(crate = "...")]` names in its
//! place; it names fields and variants as the source does, so renaming one makes other keys.

mod attributes;
mod decode;
mod encode;
mod memoize;
mod node;
mod said;
mod scheme;
mod shape;
mod site;
mod source;
mod version;
mod versioned;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a type a key of a cache.
///
/// A structure is written with its name and the names of its fields, a variant with both names; fields of tuple
/// structures are named `0`, `1` and so on. The names are part of the key: to rename without making other keys,
/// keep the old name with `rename`.
///
/// | Attribute | On | Meaning |
/// |---|---|---|
/// | `#[cache_key(rename = "name")]` | type, variant, field | the name that is written |
/// | `#[cache_key(transparent)]` | structure of one field | is the key that its field is |
/// | `#[cache_key(skip)]` | field | is no part of the key |
/// | `#[cache_key(crate = "path")]` | type | where larder is, if not at `::larder` |
///
/// ```
/// use larder_core::key::{Key, Namespace};
/// use larder_macros::CacheKey;
///
/// #[derive(CacheKey)]
/// #[cache_key(crate = "larder_core")]
/// struct Page<'a> {
///     url: &'a str,
///     language: Option<String>,
/// }
///
/// let page = Page { url: "/index", language: None };
/// let key = Key::new(&Namespace::named("pages"), &page)?;
/// assert_eq!(key.to_string(), r#"pages/Page { url: "/index", language: null }"#);
/// # Ok::<(), larder_core::Error>(())
/// ```
#[proc_macro_derive(CacheKey, attributes(cache_key))]
pub fn derive_cache_key(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    shape::Shape::of(&input)
        .map_or_else(syn::Error::into_compile_error, |shape| encode::derive(&shape))
        .into()
}

/// Reads a type back from a key: the reverse of [`CacheKey`](macro@CacheKey), with the same attributes.
///
/// Skipped fields get their `Default`.
///
/// ```
/// use larder_core::key::{Key, Namespace};
/// use larder_macros::{CacheKey, FromKey};
///
/// #[derive(CacheKey, FromKey, Debug, PartialEq)]
/// #[cache_key(crate = "larder_core")]
/// enum Source {
///     File(String),
///     Web { host: String, port: u16 },
/// }
///
/// let source = Source::Web { host: "example.org".into(), port: 443 };
/// let key = Key::new(&Namespace::named("sources"), &source)?;
/// assert_eq!(key.decode::<Source>()?, source);
/// # Ok::<(), larder_core::Error>(())
/// ```
#[proc_macro_derive(FromKey, attributes(cache_key))]
pub fn derive_from_key(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    shape::Shape::of(&input)
        .map_or_else(syn::Error::into_compile_error, |shape| decode::derive(&shape))
        .into()
}

/// Gives a function a version, so that others can name it among their helpers: `deps(clean)` in `#[memoize]`, `#[node]`
/// and here.
///
/// The version is the digest of the function's tokens. Comments, layout and documentation are not in it; functions that
/// it calls are not either, unless they are named. Beside the function stands a type of its name.
///
/// | Attribute | Adds to the version |
/// |---|---|
/// | `version = 3`, `version = "2026-11"` | what you say |
/// | `deps(helper, path::to::another)` | the versions of these functions |
/// | `include(crate_version)` | the version of the package, of `Cargo.toml` |
/// | `include(lock_file)` | the digest of `Cargo.lock`: all dependencies, to the letter |
/// | `crate = "path"` | nothing: it says where larder is, if not at `::larder` |
///
/// ```
/// use larder_core::code::Versioned;
/// use larder_macros::versioned;
///
/// #[versioned(crate = "larder_core")]
/// fn clean(text: &str) -> &str {
///     text.trim()
/// }
///
/// #[versioned(deps(clean), crate = "larder_core")]
/// fn words(text: &str) -> usize {
///     clean(text).split(' ').count()
/// }
///
/// assert_eq!(words(" to be "), 2);
/// assert_ne!(clean::code_version(), words::code_version());
/// ```
#[proc_macro_attribute]
pub fn versioned(attributes: TokenStream, item: TokenStream) -> TokenStream {
    versioned::expand(attributes.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a function a node of a dataflow: see `larder_dataflow`, which has this macro.
///
/// What the parameters are called says which nodes and inputs they take. A parameter may be a value (which is cloned), a
/// reference, `&str` (of a `String`) or a slice (of a `Vec`). A function that returns a `Result` makes what is in `Ok`, and
/// stops the run with what is in `Err`. Functions may be async.
///
/// | Attribute | On | Meaning |
/// |---|---|---|
/// | `name = "total"` | function | the name of the node, if not that of the function |
/// | `tags(owner = "ann", stage = ["raw", "daily"])` | function | tags |
/// | `cache = "recompute"` | function | how its results are cached: `default`, `recompute`, `disable`, `ignore` |
/// | `format = "json"` | function | the format that its results are stored in |
/// | `role = "loader"` | function | reads from outside (`loader`) or writes to it (`saver`) |
/// | `extract(train: Table, test: Table)` | function | the fields of its result are nodes too |
/// | `version`, `deps`, `include` | function | added to its version, as [`versioned`](macro@versioned) says |
/// | `crate = "path"` | function | where the crate is, if not at `::larder_dataflow` |
/// | `#[default(5)]` | parameter | the value where none is given; a part of the version |
/// | `#[takes("sales")]` | parameter | what it takes, if not what it is called |
/// | `#[secret]` | parameter | is left out of logs |
#[proc_macro_attribute]
pub fn node(attributes: TokenStream, item: TokenStream) -> TokenStream {
    node::expand(attributes.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes the functions of a module that are not private nodes of a dataflow, as [`node`](macro@node) does, and gives it a function `module`, which returns
/// them all. Functions whose name begins with `_` are not nodes; with `#[node(...)]` any can be one, and have attributes.
#[proc_macro_attribute]
pub fn module(attributes: TokenStream, item: TokenStream) -> TokenStream {
    node::expand_module(attributes.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Keeps the results of a function in a cache: a call with arguments that were seen before does not run it.
///
/// The key is the function's name with its modules, the version of its code, and the arguments by name, each typed and whole, so
/// arguments must be keys ([`CacheKey`](macro@CacheKey)) and what is stored must be known to serde. Functions may be async, and methods.
/// Of those who call at once with the same arguments, one computes. A fault of the cache never fails a call: the function runs, and the
/// fault is warned of once. What a version does not cover is in `docs/memoize.md`.
///
/// | Attribute | Meaning |
/// |---|---|
/// | `store = EXPRESSION` | where results are kept: a `Store`, async or blocking, or what points to one; may use `self` and arguments |
/// | `config = "cache.toml"` | or this: a settings file or a url, opened by the first call |
/// | `cache = "prices"` | the name of the cache there, `memoize` if not said |
/// | `ttl = "1h"` | how long results live; with `"0s"` what is there is found and nothing is stored |
/// | `tags(user, "prices")` | labels to evict by, expressions over the arguments |
/// | `ignore(session, self)` | these arguments are no part of the key |
/// | `errors = "store"` | errors are stored too; by default the next call tries again |
/// | `none = "skip"` | `None` is not stored; by default it is |
/// | `code = "ignore"` | the source is no part of the key, a `version` that is said is |
/// | `version`, `deps`, `include` | added to the version, as [`versioned`](macro@versioned) says |
/// | `inside` | the function is inside of an `impl` and has no `self` |
/// | `crate = "path"` | where larder is, if not at `::larder` |
///
/// Beside a function `f` stands a type of its name: `f::call(..)` is the call with these arguments, which tells its key, gets what is stored and
/// forgets it, and `f::memo()` forgets all. Inside of an `impl` these are `f_call(..)` and `f_memo()`.
///
/// ```
/// use std::sync::LazyLock;
/// use larder::{blocking, memoize};
///
/// static STORE: LazyLock<blocking::Store> = LazyLock::new(|| {
///     blocking::open("memory:?size_limit=64MiB").expect("a store in memory opens")
/// });
///
/// #[memoize(store = STORE, ttl = "1h", tags(city))]
/// fn distance(city: &str, to: (i64, i64)) -> i64 {
///     // A slow computation.
///     to.0 + to.1 + city.len() as i64
/// }
///
/// # #[cfg(any())] { // The disk in memory is a feature of larder that this crate's tests leave out.
/// assert_eq!(distance("Bern", (1, 2)), 7);
/// let call = distance::call("Bern", (1, 2))?;
/// assert_eq!(call.get()?, Some(7));
/// assert!(call.forget()?);
/// # }
/// # Ok::<(), larder::Error>(())
/// ```
///
/// What cannot be stored does not compile:
///
/// ```compile_fail,E0277
/// struct Socket;
///
/// #[larder::memoize(config = "cache.toml")]
/// fn opened(port: u16) -> Socket {
///     Socket
/// }
/// ```
#[proc_macro_attribute]
pub fn memoize(attributes: TokenStream, item: TokenStream) -> TokenStream {
    memoize::expand(attributes.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
