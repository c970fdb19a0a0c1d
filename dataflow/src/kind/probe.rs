//! How [`kind!`](crate::kind!) finds out what a type can do; for its use alone.
//!
//! A method call takes the implementation that needs the fewest references: that for `Probe<T>` where `T` has the
//! trait, and that for `&Probe<T>` where it has not. (dtolnay, "Autoref-based stable specialization".)

use std::any::{Any, TypeId, type_name};
use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::sync::Arc;

use larder::codec::{Codec, Limits};
use larder::key::{CacheKey, Encoder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Encode, Keep, Kind, OwnVersion, Show};
use crate::caching::{DataHasher, VersionedData};
use crate::shelf::Typed;
use crate::value::Value;

/// Asks what `T` can do.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<fn(T)>);

impl<T> Probe<T> {
    /// A probe of `T`.
    #[expect(clippy::new_without_default, reason = "for the macro alone")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// The kind of `T` with what was found out.
pub fn kind<T: Any>(
    show: Option<Show>,
    encode: Option<Encode>,
    keep: Option<Keep>,
    version: Option<OwnVersion>,
) -> Kind {
    Kind { id: TypeId::of::<T>(), name: type_name::<T>(), show, encode, keep, version }
}

/// Types whose values can be shown.
pub trait Shows {
    /// How.
    fn shows(&self) -> Option<Show>;
}

impl<T: Debug + Any> Shows for Probe<T> {
    fn shows(&self) -> Option<Show> {
        Some(|value: &Value, f: &mut fmt::Formatter<'_>| {
            of::<T>(value).map_or(Err(fmt::Error), |value| value.fmt(f))
        })
    }
}

/// Types whose values can be keys.
pub trait Encodes {
    /// How.
    fn encodes(&self) -> Option<Encode>;
}

impl<T: CacheKey + Any> Encodes for Probe<T> {
    fn encodes(&self) -> Option<Encode> {
        Some(|value: &Value, encoder: &mut Encoder| match of::<T>(value) {
            Some(value) => value.encode(encoder),
            None => Err(mistaken::<T>(value)),
        })
    }
}

/// Types whose values can be stored.
pub trait Keeps {
    /// How.
    fn keeps(&self) -> Option<Keep>;
}

impl<T: Serialize + DeserializeOwned + Send + Sync + Any> Keeps for Probe<T> {
    fn keeps(&self) -> Option<Keep> {
        Some(Keep {
            shelf: |builder| Ok(Arc::new(Typed::<T>::new(builder.build()?))),
            write: |format, value| {
                let value = of::<T>(value).ok_or_else(|| mistaken::<T>(value))?;
                format.encode(value)
            },
            read: |format, bytes| {
                let value: T = format.decode(bytes, &Limits::default())?;
                Ok(Value::new(value))
            },
        })
    }
}

/// Types that say themselves what makes up their values.
pub trait Versions {
    /// How.
    fn versions(&self) -> Option<OwnVersion>;
}

impl<T: VersionedData + Any> Versions for Probe<T> {
    fn versions(&self) -> Option<OwnVersion> {
        Some(|value: &Value, hasher: &mut DataHasher| match of::<T>(value) {
            Some(value) => value.hash_data(hasher),
            None => Err(mistaken::<T>(value)),
        })
    }
}

/// What a type cannot do.
pub trait Without {
    /// Values cannot be shown.
    fn shows(&self) -> Option<Show> {
        None
    }
    /// Values cannot be keys.
    fn encodes(&self) -> Option<Encode> {
        None
    }
    /// Values cannot be stored.
    fn keeps(&self) -> Option<Keep> {
        None
    }
    /// Values do not say what makes them up.
    fn versions(&self) -> Option<OwnVersion> {
        None
    }
}

impl<T> Without for &Probe<T> {}

fn of<T: Any>(value: &Value) -> Option<&T> {
    value.get()
}

fn mistaken<T>(value: &Value) -> larder::Error {
    let message = format!("a value of type {} is no {}", value.type_name(), type_name::<T>());
    larder::Error::new(larder::ErrorKind::Invalid, message)
}
