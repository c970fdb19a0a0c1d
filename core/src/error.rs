//! The one error type.
//!
//! Kinds are few and named by what the caller does next. An error says what was being done, to which key, on
//! which disk; the cause is attached as its source and never printed inside.

use std::borrow::Cow;
use std::fmt;

/// The result of every fallible operation of larder.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Try again later: the disk could not be reached, or not within the deadline.
    Unavailable,
    /// Fix the call or the setting.
    Invalid,
    /// Choose another disk: this one declares that it cannot do it.
    Unsupported,
    /// Open the cache for writing.
    ReadOnly,
    /// Replace the data: a stored entry is lost or damaged.
    Corrupt,
    /// Use another version: the place or the entry has a format that this version does not read.
    Format,
    /// Fix the value: it cannot be held by the codec.
    Encode,
    /// Fix the type, or replace the data: the stored bytes are no such value.
    Decode,
    /// Read again and decide: somebody else wrote in between.
    Conflict,
    /// Store it first: there is no such entry.
    NotFound,
    /// The stored value is not a number.
    NotANumber,
    /// The number leaves its range.
    Overflow,
    /// Ask again: the computation of another caller, whose value was awaited, failed.
    Computation,
}

impl ErrorKind {
    /// The kind in a few words, as it stands in messages and in `--json`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
            Self::ReadOnly => "read-only",
            Self::Corrupt => "corrupt",
            Self::Format => "unknown format",
            Self::Encode => "cannot be encoded",
            Self::Decode => "cannot be decoded",
            Self::Conflict => "conflict",
            Self::NotFound => "not found",
            Self::NotANumber => "not a number",
            Self::Overflow => "overflow",
            Self::Computation => "computation failed",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error: its [kind](ErrorKind), what was being done, to which key, on which disk, and its cause.
///
/// ```
/// use larder_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Invalid, "a life of NaN seconds").on("memory:");
/// assert_eq!(error.kind(), ErrorKind::Invalid);
/// assert_eq!(error.to_string(), "invalid: a life of NaN seconds (disk memory:)");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    key: Option<String>,
    disk: Option<String>,
    done: Option<u64>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Makes an error of `kind`; `message` says what was being done, or what is wrong, without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            key: None,
            disk: None,
            done: None,
            source: None,
        }))
    }

    /// Attaches the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds `text` to the end of the message.
    pub(crate) fn adding(mut self, text: &str) -> Self {
        self.0.message.to_mut().push_str(text);
        self
    }

    /// The same error as one of another kind: what the caller does next may depend on when it happened.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Names the key, as [`Key`](crate::key::Key) shortens it.
    #[must_use]
    pub fn of(mut self, key: &impl fmt::Display) -> Self {
        self.0.key = Some(key.to_string());
        self
    }

    /// Names the disk, without credentials.
    #[must_use]
    pub fn on(mut self, disk: impl Into<String>) -> Self {
        self.0.disk = Some(disk.into());
        self
    }

    /// Says how many entries a batch had done when it stopped.
    #[must_use]
    pub fn after(mut self, done: u64) -> Self {
        self.0.done = Some(done);
        self
    }

    /// What the caller does next.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// How many entries a batch had done when it stopped.
    pub fn done(&self) -> Option<u64> {
        self.0.done
    }

    /// What was being done, or what is wrong, without kind, key and disk.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        write!(f, "{}: {}", inner.kind, inner.message)?;
        let mut open = false;
        let mut part = |f: &mut fmt::Formatter<'_>, name: &str, text: &str| {
            let lead = if std::mem::replace(&mut open, true) { ", " } else { " (" };
            write!(f, "{lead}{name} {text}")
        };
        if let Some(key) = &inner.key {
            part(f, "key", key)?;
        }
        if let Some(disk) = &inner.disk {
            part(f, "disk", disk)?;
        }
        if let Some(done) = inner.done {
            part(f, "done", &done.to_string())?;
        }
        if open { f.write_str(")") } else { Ok(()) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
