//! Azurite: the emulator of Azure's blobs. It honours conditional writes.
//!
//! Its account and key are the same in every copy of it, and known to everybody.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use crate::kind::Launch;
use crate::server::BUCKET;
use crate::{port, request};

pub(crate) const ACCOUNT: &str = "devstoreaccount1";

pub(crate) const ACCESS: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Allows to make containers in that account until 2100: an account signature, the HMAC by that key of account,
/// permission `c`, service `b`, resource `c`, the end and the version.
const CREATE: &str = "sv=2021-12-02&ss=b&srt=c&sp=c&se=2100-01-01T00%3A00%3A00Z\
    &sig=dc9%2Bh%2FbSODrG5T3cmToyuoWjRfMBMUFbTGspLdNSAro%3D";

pub(crate) fn launch(directory: &Path) -> io::Result<Launch> {
    let [port] = port::free()?;
    let data = directory.join("data");
    std::fs::create_dir_all(&data)?;
    // Clients may speak a newer version of the protocol than the emulator knows by number.
    let flags = ["--disableTelemetry", "--silent", "--skipApiVersionCheck", "--blobPort"];
    let mut arguments: Vec<OsString> = flags.map(OsString::from).into();
    arguments.extend([port.to_string().into(), "--location".into(), data.into()]);
    Ok(Launch { arguments, port })
}

pub(crate) fn ready(port: u16) -> io::Result<()> {
    let path = format!("/{ACCOUNT}/{BUCKET}?restype=container&{CREATE}");
    match request::status("PUT", port, &path)? {
        201 | 409 => Ok(()),
        status => Err(io::Error::other(format!("making the container: status {status}"))),
    }
}
