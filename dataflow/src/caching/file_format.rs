//! Formats of files that results are written to, for other programs to read.

use std::fmt::Debug;

use larder::{Bytes, Format};

use super::format::holds;
use crate::kind::Kind;
use crate::value::Value;

/// A format of files. [`FileResults::format`](super::FileResults::format) takes one.
///
/// What `read` makes of the bytes that `write` made must equal the value; bytes that it does not know must be an error and
/// never a panic.
///
/// ```
/// use larder::{Bytes, Error, ErrorKind};
/// use larder_dataflow::caching::{FileFormat, FileResults};
/// use larder_dataflow::{Kind, Value, kind};
///
/// /// A text as it is.
/// #[derive(Debug)]
/// struct Text;
///
/// impl FileFormat for Text {
///     fn name(&self) -> &str {
///         "text"
///     }
///     fn extension(&self) -> &str {
///         "txt"
///     }
///     fn holds(&self, kind: Kind) -> bool {
///         kind == kind!(String)
///     }
///     fn write(&self, _: Kind, value: &Value) -> larder::Result<Bytes> {
///         let text = value.get::<String>().ok_or_else(|| Error::new(ErrorKind::Encode, "no text"))?;
///         Ok(text.clone().into())
///     }
///     fn read(&self, _: Kind, bytes: &Bytes) -> larder::Result<Value> {
///         let text = String::from_utf8(bytes.to_vec());
///         Ok(Value::new(text.map_err(|_| Error::new(ErrorKind::Decode, "no text"))?))
///     }
/// }
///
/// # let directory = tempfile::tempdir()?;
/// let results = FileResults::open(directory.path())?.format(Text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait FileFormat: Debug + Send + Sync + 'static {
    /// What nodes call it.
    fn name(&self) -> &str;
    /// What names of files end with, without the dot.
    fn extension(&self) -> &str;
    /// Whether it holds values of this type.
    fn holds(&self, kind: Kind) -> bool;
    /// The content of a file.
    ///
    /// # Errors
    ///
    /// [`Encode`](larder::ErrorKind::Encode) for a value that it does not hold.
    fn write(&self, kind: Kind, value: &Value) -> larder::Result<Bytes>;
    /// The value whose file this is.
    ///
    /// # Errors
    ///
    /// [`Decode`](larder::ErrorKind::Decode) when it is none.
    fn read(&self, kind: Kind, bytes: &Bytes) -> larder::Result<Value>;
}

/// A format of larder in files of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    name: &'static str,
    extension: &'static str,
    format: Format,
}

impl Plain {
    /// Those that other programs know; the first is for results of which nothing is said.
    pub(super) const ALL: [Self; 3] = [
        Self { name: "json", extension: "json", format: Format::Json },
        Self { name: "messagepack", extension: "msgpack", format: Format::MessagePack },
        Self { name: "bytes", extension: "bin", format: Format::Raw },
    ];
}

impl FileFormat for Plain {
    fn name(&self) -> &str {
        self.name
    }

    fn extension(&self) -> &str {
        self.extension
    }

    fn holds(&self, kind: Kind) -> bool {
        holds(self.format, kind)
    }

    fn write(&self, kind: Kind, value: &Value) -> larder::Result<Bytes> {
        kind.write(self.format, value)
    }

    fn read(&self, kind: Kind, bytes: &Bytes) -> larder::Result<Value> {
        kind.read(self.format, bytes)
    }
}
