//! A settings file as text.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use larder_core::{Error, ErrorKind, Result};

use super::source::Source;

/// A configuration file longer than this many bytes is taken for something else.
const MOST_BYTES: u64 = 1 << 20;

/// The name of the file at `path`. What is not there and has a character of urls in its name is one with a slip more
/// likely than a file, and may hold a secret.
pub(super) fn shown(path: &Path) -> Option<String> {
    let name = path.display().to_string();
    (!name.contains(['?', '@', '=', '&']) || path.exists()).then_some(name)
}

/// The text of the file at `path`.
pub(super) fn read(path: &Path) -> Result<String> {
    let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(|cause| {
        let message = match shown(path) {
            Some(name) => format!("reading the settings in `{name}`"),
            None => "no file of this name is there, and a url begins with its scheme and `://`".to_owned(),
        };
        invalid(message).because(cause)
    })?;
    if bytes.len() as u64 > MOST_BYTES {
        let message = format!("`{}` is longer than {MOST_BYTES} bytes: no settings file", path.display());
        return Err(invalid(message));
    }
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        let text = str::from_utf8(&bytes[..error.utf8_error().valid_up_to()]).expect("valid up to there");
        Source { file: Some(path), text }.error_at(text.len(), "not UTF-8")
    })
}
