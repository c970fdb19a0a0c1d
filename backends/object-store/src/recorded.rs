//! Settings as they are recorded beside the entries, so that whoever opens the place next has the same.

use bytes::Bytes;
use larder_core::disk::Settings;
use larder_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

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
/// [`ErrorKind::Format`] for one of a later version, [`ErrorKind::Corrupt`] for anything else.
pub(crate) fn read(bytes: &[u8]) -> Result<Settings> {
    let corrupt = |cause| Error::new(ErrorKind::Corrupt, "the recorded settings are damaged").because(cause);
    let Versioned { version } = serde_json::from_slice(bytes).map_err(corrupt)?;
    if version != VERSION {
        let message = format!("settings of version {version}, which this version does not read");
        return Err(Error::new(ErrorKind::Format, message));
    }
    let recorded: Recorded = serde_json::from_slice(bytes).map_err(corrupt)?;
    let Recorded { size_limit, max_entries, policy, .. } = recorded;
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
        assert_eq!(read(b"{").unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(read(br#"{"version":1}"#).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(read(br#"{"version":2,"limits":{}}"#).unwrap_err().kind(), ErrorKind::Format);
    }
}
