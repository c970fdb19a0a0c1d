//! Reads back what was written before it is stored.
//!
//! Whether a type reads back what it writes cannot be seen from its serialization alone: a variant that is skipped on
//! one side, a field that has another name on each side or a conversion that loses something write valid bytes. So a
//! value is decoded again and [compared](super::canonical); a mismatch refuses the write.
//!
//! The cost is bounded: reading back takes several times as long as encoding. It is done for the first
//! [`FIRST`] values of a cache handle, for one in [`SAMPLE`] later, and for every value that takes a
//! [branch](super::branches) of its type that was not read back before. It is done for all values of a type whose
//! result depends on content: one that is untagged, internally tagged or flattened, that has fields with functions of
//! the user (`#[serde(with)]`), that ignores a part of what it writes, that skips fields of a tuple, or of which a
//! value failed.

use std::any::type_name;
use std::cell::Cell;
use std::mem::discriminant;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::branches::{Branches, Trace};
use super::limited::Budget;
use super::{Codec, Format, Limits, canonical};
use crate::error::{Error, Result};

/// How many values are read back at first.
const FIRST: u32 = 16;

/// One value in so many is read back later.
const SAMPLE: u32 = 256;

/// A format that reads back values of one type, always or from time to time.
#[derive(Debug)]
pub(super) struct Verified {
    format: Format,
    /// `None` for raw, which gives back all that it takes.
    branches: Option<Branches>,
    /// Values that are still read back because they are the first.
    first: AtomicU32,
    /// Every value is read back.
    always: AtomicBool,
    /// The advice for refused values. Finding it encodes a value in every format, so this is done once.
    advice: OnceLock<String>,
}

impl Verified {
    pub(super) fn new(format: Format) -> Self {
        let (first, always) = (AtomicU32::new(FIRST), AtomicBool::new(false));
        let branches = (format != Format::Raw).then(Branches::new);
        Self { format, branches, first, always, advice: OnceLock::new() }
    }

    /// Whether to read back the next value regardless of its branches.
    fn is_due(&self) -> bool {
        thread_local! {
            // Shared by all types: a counter of a type would be a cache line that threads contend for.
            static WRITTEN: Cell<u32> = const { Cell::new(0) };
        }
        if self.always.load(Ordering::Relaxed) {
            return true;
        }
        let first = self.first.load(Ordering::Relaxed);
        if first > 0 {
            // A lost update reads back one more.
            self.first.store(first - 1, Ordering::Relaxed);
            return true;
        }
        let written = WRITTEN.get().wrapping_add(1);
        WRITTEN.set(written);
        written.is_multiple_of(SAMPLE)
    }

    fn attempt<V>(&self, value: &V, limits: &Limits) -> Result<Bytes, Refused>
    where
        V: Serialize + DeserializeOwned + 'static,
    {
        let Some(branches) = &self.branches else {
            return self.format.write(value, limits, &Trace::new(None));
        };
        let trace = Trace::new(Some(branches));
        let body = self.format.write(value, limits, &trace)?;
        if trace.varies() {
            self.always.store(true, Ordering::Relaxed);
        }
        let may_exceed = may_exceed(&body, &trace, limits);
        let new = trace.into_new();
        if new.is_empty() && !may_exceed && !self.is_due() {
            return Ok(body);
        }
        let how = read_back(self.format, value, &body, limits).inspect_err(|_| {
            self.always.store(true, Ordering::Relaxed);
        })?;
        new.into_iter().for_each(|branch| branches.add(branch));
        if how == Dependence::ByContent {
            self.always.store(true, Ordering::Relaxed);
        }
        Ok(body)
    }
}

impl<V: Serialize + DeserializeOwned + 'static> Codec<V> for Verified {
    fn name(&self) -> &str {
        self.format.name()
    }

    fn encode(&self, value: &V) -> Result<Bytes> {
        self.encode_within(value, &Limits::default())
    }

    fn encode_within(&self, value: &V, limits: &Limits) -> Result<Bytes> {
        self.attempt(value, limits)
            .map_err(|refused| explain(self.format, value, limits, refused, &self.advice))
    }

    fn decode(&self, body: &Bytes, limits: &Limits) -> Result<V> {
        self.format.decode(body, limits)
    }
}

/// Encodes one value and reads it back.
///
/// # Errors
///
/// [`ErrorKind::Encode`](crate::ErrorKind::Encode) for a value that does not come back, or one beyond the limits.
pub(super) fn encode<V>(format: Format, value: &V, limits: &Limits) -> Result<Bytes>
where
    V: Serialize + DeserializeOwned + 'static,
{
    attempt(format, value, limits)
        .map_err(|refused| explain(format, value, limits, refused, &OnceLock::new()))
}

fn attempt<V>(format: Format, value: &V, limits: &Limits) -> Result<Bytes, Refused>
where
    V: Serialize + DeserializeOwned + 'static,
{
    let body = format.write(value, limits, &Trace::new(None))?;
    if format != Format::Raw {
        read_back(format, value, &body, limits)?;
    }
    Ok(body)
}

/// Whether a reader may count more elements than the limit: each element but a hollow one takes a byte.
fn may_exceed(body: &Bytes, trace: &Trace<'_>, limits: &Limits) -> bool {
    (body.len() as u64).saturating_add(trace.hollow()) > limits.max_decoded
}

/// Why a value is refused.
#[derive(Debug)]
pub(super) enum Refused {
    /// The format does not hold it.
    Format(Error),
    /// It is beyond the limits, in any format.
    Limits(Error),
}

/// On what it depends whether a value reads back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Dependence {
    /// On the type: values that take the same branches read back alike.
    ByType,
    /// On the content of each value.
    ByContent,
}

/// Decodes `body` and compares what comes back with `value`.
///
/// # Errors
///
/// [`Refused`] when it is another value, or none.
fn read_back<V>(format: Format, value: &V, body: &Bytes, limits: &Limits) -> Result<Dependence, Refused>
where
    V: Serialize + DeserializeOwned + 'static,
{
    let budget = Budget::observing(*limits);
    let read: V = match format.read(body, &budget) {
        Ok(read) => read,
        Err(_) if budget.is_exhausted() => return Err(Refused::Limits(limits.too_many())),
        Err(_) if budget.is_too_deep() => return Err(Refused::Limits(limits.too_deep(limits.max_depth))),
        Err(error) if budget.is_dynamic() && !format.has_field_names() => {
            let reason = "its type asks the format for the kind of a value (untagged, internally tagged and \
                          flattened types and `serde_json::Value` do), which the bytes do not say";
            return Err(Refused::Format(format.refuses(reason).because(error)));
        }
        Err(error) => {
            return Err(Refused::Format(format.refuses("it cannot be read back").because(error)));
        }
    };
    // Variants of an untagged enum may serialize alike, so that only their discriminants differ. Those of a `Cow` say
    // who owns the value.
    let is_enum = budget.is_dynamic() && !type_name::<V>().starts_with("alloc::borrow::Cow<");
    if is_enum && discriminant(value) != discriminant(&read) {
        return Err(Refused::Format(format.refuses("it would be read back as another variant")));
    }
    let compared = canonical::compare(value, &read, format == Format::Json)
        .map_err(|error| Refused::Format(format.refuses("it cannot be compared").because(error)))?;
    if !compared.equal {
        return Err(Refused::Format(format.refuses("it would be read back as another value")));
    }
    let by_content = budget.is_by_content() || compared.custom;
    Ok(if by_content { Dependence::ByContent } else { Dependence::ByType })
}

/// The error for a refused value, with `advice`: the serializers that hold the first refused value of the type.
#[cold]
fn explain<V>(
    format: Format,
    value: &V,
    limits: &Limits,
    refused: Refused,
    advice: &OnceLock<String>,
) -> Error
where
    V: Serialize + DeserializeOwned + 'static,
{
    let error = match refused {
        Refused::Limits(error) => return error,
        // Raw holds other types than the others do.
        Refused::Format(error) if format == Format::Raw => return error,
        Refused::Format(error) => error,
    };
    error.adding(advice.get_or_init(|| {
        let others = Format::ALL.iter().filter(|other| **other != format && **other != Format::Raw);
        let holding = others.filter(|other| attempt(**other, value, limits).is_ok());
        let names: Vec<_> = holding.map(Format::name).collect();
        if names.is_empty() {
            "; no serializer of this build holds it".to_owned()
        } else {
            format!("; serializers that hold it: {}", names.join(", "))
        }
    }))
}
