//! Types of values at run time: which they are, and what values of them can do.
//!
//! What a type can do is found out where its name is written, by [`kind!`](crate::kind!) and the macro `#[node]`: a type
//! that lacks a trait is still the type of a node, and only what needs the trait is not to be had. The price is that
//! a generic parameter can do nothing.

pub mod probe;

use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use larder::key::Encoder;
use larder::{Bytes, CacheBuilder, Format};

use crate::caching::DataHasher;
use crate::shelf::Shelf;
use crate::value::Value;

/// Writes a value as people read it.
pub type Show = fn(&Value, &mut fmt::Formatter<'_>) -> fmt::Result;
/// Writes a value as an element of a key.
pub type Encode = fn(&Value, &mut Encoder) -> larder::Result<()>;
/// Digests what makes up a value.
pub type OwnVersion = fn(&Value, &mut DataHasher) -> larder::Result<()>;
/// How values are kept, of a type that serde knows.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Makes the place where they are kept.
    pub shelf: fn(CacheBuilder) -> larder::Result<Arc<dyn Shelf>>,
    /// Writes one in a format.
    pub write: fn(Format, &Value) -> larder::Result<Bytes>,
    /// Reads one back.
    pub read: fn(Format, &Bytes) -> larder::Result<Value>,
}

/// A type, and what its values can do.
///
/// ```
/// use larder_dataflow::{Value, kind};
///
/// struct Socket;
///
/// let number = kind!(i64);
/// assert!(number.is_key() && number.is_kept());
/// assert_eq!(number.show(&Value::new(42_i64)).to_string(), "42");
///
/// let socket = kind!(Socket);
/// assert!(!socket.is_key() && !socket.is_kept());
/// assert_ne!(socket, number);
/// ```
#[derive(Clone, Copy)]
pub struct Kind {
    id: TypeId,
    name: &'static str,
    show: Option<Show>,
    encode: Option<Encode>,
    keep: Option<Keep>,
    version: Option<OwnVersion>,
}

impl Kind {
    /// The name of the type: for people. Those of the standard library are without their modules.
    pub fn name(&self) -> Cow<'static, str> {
        plain(self.name)
    }

    pub(crate) const fn id(&self) -> TypeId {
        self.id
    }

    /// Whether `value` is of this type.
    pub fn holds(&self, value: &Value) -> bool {
        value.type_id() == self.id
    }

    /// Whether values can be part of a key: the type is a [`CacheKey`](larder::CacheKey).
    pub const fn is_key(&self) -> bool {
        self.encode.is_some()
    }

    /// What digests values whose type says itself what makes them up.
    pub(crate) const fn own_version(&self) -> Option<OwnVersion> {
        self.version
    }

    /// Whether values can be stored: serde can write and read the type.
    pub const fn is_kept(&self) -> bool {
        self.keep.is_some()
    }

    /// The value as people read it: its `Debug`, or the name of a type that has none.
    pub fn show<'a>(&self, value: &'a Value) -> impl fmt::Display + 'a {
        Shown { show: self.show, value }
    }

    /// Writes `value` as an element of a key.
    ///
    /// # Errors
    ///
    /// [`Invalid`](larder::ErrorKind::Invalid) for a type that is no [`CacheKey`](larder::CacheKey) and for a value of another type; what the
    /// type answers otherwise.
    pub fn encode(&self, value: &Value, encoder: &mut Encoder) -> larder::Result<()> {
        let unable = || {
            let message =
                format!("`{}` cannot be part of a key: derive `larder::CacheKey` for it", self.name());
            larder::Error::new(larder::ErrorKind::Invalid, message)
        };
        self.encode.ok_or_else(unable)?(value, encoder)
    }

    /// The place where values of this type are kept, of a cache that `builder` makes; `None` for a type that serde does not know.
    ///
    /// # Errors
    ///
    /// Those of [`CacheBuilder::build`].
    pub fn shelf(&self, builder: CacheBuilder) -> larder::Result<Option<Arc<dyn Shelf>>> {
        self.keep.map(|keep| (keep.shelf)(builder)).transpose()
    }

    /// The bytes of `value` in a format.
    ///
    /// # Errors
    ///
    /// [`Encode`](larder::ErrorKind::Encode) for a type that serde does not know, and for a value that the format does not hold.
    pub fn write(&self, format: Format, value: &Value) -> larder::Result<Bytes> {
        let keep = self.keep.ok_or_else(|| self.unkept(larder::ErrorKind::Encode))?;
        (keep.write)(format, value)
    }

    /// The value whose bytes these are.
    ///
    /// # Errors
    ///
    /// [`Decode`](larder::ErrorKind::Decode) for a type that serde does not know, and for bytes that are no such value.
    pub fn read(&self, format: Format, bytes: &Bytes) -> larder::Result<Value> {
        let keep = self.keep.ok_or_else(|| self.unkept(larder::ErrorKind::Decode))?;
        (keep.read)(format, bytes)
    }

    fn unkept(&self, kind: larder::ErrorKind) -> larder::Error {
        let message =
            format!("`{}` is not known to serde: derive `Serialize` and `Deserialize`", self.name());
        larder::Error::new(kind, message)
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Kind {}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kind<{}>", self.name())
    }
}

/// The name of a type without the modules of the standard library.
pub(crate) fn plain(name: &'static str) -> Cow<'static, str> {
    const STANDARD: [&str; 3] = ["alloc::", "core::", "std::"];
    if !STANDARD.iter().any(|library| name.contains(library)) {
        return Cow::Borrowed(name);
    }
    let mut plain = String::with_capacity(name.len());
    for path in name.split_inclusive(|sign: char| !sign.is_alphanumeric() && sign != ':' && sign != '_') {
        let is_standard = STANDARD.iter().any(|library| path.starts_with(library));
        let from = if is_standard { path.rfind("::").map_or(0, |at| at + 2) } else { 0 };
        plain.push_str(&path[from..]);
    }
    Cow::Owned(plain)
}

struct Shown<'a> {
    show: Option<Show>,
    value: &'a Value,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.show {
            Some(show) => show(self.value, f),
            None => write!(f, "<{}>", self.value.type_name()),
        }
    }
}

/// The [`Kind`] of a type, with all that the type can do at this place.
#[macro_export]
macro_rules! kind {
    ($type:ty) => {{
        #[allow(
            unused_imports,
            clippy::needless_borrow,
            reason = "which of these is needed depends on the type"
        )]
        {
            use $crate::kind::probe::{Encodes as _, Keeps as _, Shows as _, Versions as _, Without as _};
            let probe = $crate::kind::probe::Probe::<$type>::new();
            let (shows, encodes) = ((&probe).shows(), (&probe).encodes());
            $crate::kind::probe::kind::<$type>(shows, encodes, (&probe).keeps(), (&probe).versions())
        }
    }};
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn modules_of_the_standard_library_are_left_out_of_names_and_others_are_not() {
        let name =
            std::any::type_name::<std::collections::BTreeMap<String, Vec<Option<(u8, fastcore::Inner)>>>>();
        let expected = "BTreeMap<String, Vec<Option<(u8, larder_dataflow::kind::tests::fastcore::Inner)>>>";
        assert_eq!(plain(name), expected);
        assert_eq!(plain("i64"), "i64");
    }

    mod fastcore {
        pub(super) struct Inner;
    }
}
