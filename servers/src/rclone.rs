//! `rclone serve s3`: takes conditional writes and ignores the condition, as several servers do.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use crate::kind::Launch;
use crate::server::{KEY, SECRET};
use crate::{port, signed};

pub(crate) fn launch(directory: &Path) -> io::Result<Launch> {
    let [port] = port::free()?;
    let data = directory.join("data");
    std::fs::create_dir_all(&data)?;
    let mut arguments: Vec<OsString> = ["serve", "s3", "--addr"].map(OsString::from).into();
    arguments.push(format!("127.0.0.1:{port}").into());
    arguments.extend(["--auth-key".into(), format!("{KEY},{SECRET}").into()]);
    arguments.extend(without_configuration(directory)?);
    arguments.push(data.into());
    Ok(Launch { arguments, port })
}

/// Arguments with which the user's own configuration is not looked at.
pub(crate) fn without_configuration(directory: &Path) -> io::Result<[OsString; 2]> {
    let config = directory.join("rclone.conf");
    std::fs::write(&config, "")?;
    Ok(["--config".into(), config.into()])
}

pub(crate) fn ready(port: u16) -> io::Result<()> {
    signed::bucket(port)
}
