//! Where a setting comes from, as people and programs are told.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

/// Where a setting comes from. Shown, it is what stands before messages: `cache.toml:3:1`, `LARDER_CACHE_LIFE`, `url`.
///
/// ```
/// use larder::Spot;
///
/// let spot = Spot::File { file: Some("cache.toml".into()), line: 3, column: 1 };
/// assert_eq!(spot.to_string(), "cache.toml:3:1");
/// assert_eq!(Spot::Default.to_string(), "default");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Spot {
    /// Nobody said it: larder has a default.
    Default,
    /// Nobody said it: what is recorded with the disk holds, and the default on a new one.
    Recorded,
    /// In a file or a text.
    File {
        /// The file; `None` for a text of the program.
        file: Option<PathBuf>,
        /// The line, from one.
        line: usize,
        /// The column in which the name of the setting begins, in characters, from one.
        column: usize,
    },
    /// In this variable of the environment.
    Environment {
        /// Its name.
        variable: String,
    },
    /// In the url that was opened.
    Url,
    /// In an argument of the program.
    Argument,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Recorded => f.write_str("recorded with the disk"),
            Self::File { file, line, column } => {
                if let Some(file) = file {
                    write!(f, "{}:", file.display())?;
                }
                write!(f, "{line}:{column}")
            }
            Self::Environment { variable } => f.write_str(variable),
            Self::Url => f.write_str("url"),
            Self::Argument => f.write_str("argument"),
        }
    }
}

/// As text, as it is shown.
impl Serialize for Spot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
