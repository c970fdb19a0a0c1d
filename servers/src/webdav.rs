//! `rclone serve webdav`: a store without conditions, parts and passwords, whose buckets are directories.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use crate::kind::Launch;
use crate::server::BUCKET;
use crate::{port, rclone, request};

pub(crate) fn launch(directory: &Path) -> io::Result<Launch> {
    let [port] = port::free()?;
    let data = directory.join("data");
    std::fs::create_dir_all(data.join(BUCKET))?;
    let mut arguments: Vec<OsString> = ["serve", "webdav", "--addr"].map(OsString::from).into();
    arguments.push(format!("127.0.0.1:{port}").into());
    arguments.extend(rclone::without_configuration(directory)?);
    arguments.push(data.into());
    Ok(Launch { arguments, port })
}

pub(crate) fn ready(port: u16) -> io::Result<()> {
    match request::status("PROPFIND", port, &format!("/{BUCKET}"))? {
        207 => Ok(()),
        status => Err(io::Error::other(format!("asking for the directory: status {status}"))),
    }
}
