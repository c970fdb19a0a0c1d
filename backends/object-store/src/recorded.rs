//! Settings as they are recorded beside the entries, so that whoever opens the place next has the same.

use bytes::Bytes;
use larder_core::disk::Settings;
use larder_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// The name of the object with the record.
pub(crate) const NAME: &str = "settings.json";

/// The only version of the record that this code reads and writes.
const VERSION: u32 = 1;

/// The version alone, which later versions keep where it is.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Recorded {
    version: u32,
    size_limit: Option<u64>,
    max_entries: Option<u64>,
    policy: String,
}

/// The record of `settings`.
pub(crate) fn write(settings: &Settings) -> Bytes {
    let Settings { size_limit, max_entries, policy } = settings.clone();
    let recorded = Recorded { version: VERSION, size_limit, max_entries, policy: policy.into_owned() };
    serde_json::to_vec(&recorded).expect("numbers and text are JSON").into()
}

/// The settings in a record.
///
/// # Errors
///
/// [`ErrorKind::Format`] for a record of a later version, [`ErrorKind::Invalid`] for a JSON document of another
/// program, [`ErrorKind::Corrupt`] for anything else.
pub(crate) fn read(bytes: &[u8]) -> Result<Settings> {
    let corrupt = |cause| Error::new(ErrorKind::Corrupt, "the recorded settings are damaged").because(cause);
    let document: serde_json::Value = serde_json::from_slice(bytes).map_err(corrupt)?;
    let foreign = |cause| {
        let message = format!(
            "`{NAME}` is not a file of larder and is in the way; use an empty directory or another \
             prefix"
        );
        Error::new(ErrorKind::Invalid, message).because(cause)
    };
    let Versioned { version } = Versioned::deserialize(&document).map_err(foreign)?;
    if version != VERSION {
        let message = format!("settings of version {version}, which this version does not read");
        return Err(Error::new(ErrorKind::Format, message));
    }
    let Recorded { size_limit, max_entries, policy, .. } =
        Recorded::deserialize(&document).map_err(foreign)?;
    Ok(Settings { size_limit, max_entries, policy: policy.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_back() {
        for settings in [Settings::unbounded(), Settings { max_entries: Some(3), ..Settings::limited(9) }] {
            assert_eq!(read(&write(&settings)).unwrap(), settings);
        }
    }

    #[test]
    fn the_record_of_this_version_never_changes() {
        let record = write(&Settings::limited(5).policy("lru"));
        assert_eq!(record, r#"{"version":1,"size_limit":5,"max_entries":null,"policy":"lru"}"#);
    }

    #[test]
    fn damage_and_later_versions_are_told_apart() {
        for damaged in [&b"{"[..], b"", b"no settings", &[0; 40]] {
            assert_eq!(read(damaged).unwrap_err().kind(), ErrorKind::Corrupt);
        }
        assert_eq!(read(br#"{"version":2,"limits":{}}"#).unwrap_err().kind(), ErrorKind::Format);
    }

    #[test]
    fn documents_of_other_programs_are_foreign() {
        for other in
            [r#"{"version":1}"#, "{}", "[1]", r#"{"editor.fontSize":12}"#, r#"{"version":"1.2"}"#, "7"]
        {
            assert_eq!(read(other.as_bytes()).unwrap_err().kind(), ErrorKind::Invalid, "{other}");
        }
    }
}
