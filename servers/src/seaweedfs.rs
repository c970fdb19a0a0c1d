//! `SeaweedFS`: honours conditional writes, refuses wrong secrets and wrong checksums.
//!
//! All of it, masters and volumes included, is one process. A conditional write that others contend for waits about a second.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use crate::kind::Launch;
use crate::server::{KEY, SECRET};
use crate::{port, request, signed};

pub(crate) fn launch(directory: &Path) -> io::Result<Launch> {
    let [master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3, s3_grpc] = port::free()?;
    let data = directory.join("data");
    std::fs::create_dir_all(&data)?;
    let identities = directory.join("s3.json");
    std::fs::write(
        &identities,
        format!(
            r#"{{"identities":[{{"name":"larder","credentials":[{{"accessKey":"{KEY}","secretKey":"{SECRET}"}}],
                "actions":["Admin","Read","Write","List","Tagging"]}}]}}"#
        ),
    )?;
    let mut arguments: Vec<OsString> = [
        "-logtostderr=true",
        "server",
        "-master.telemetry=false",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        // Two more services that would listen on fixed ports.
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        // Volumes are small, as their space is taken when they are made.
        "-master.volumeSizeLimitMB=64",
        "-volume.max=100",
    ]
    .map(OsString::from)
    .into();
    // Ports for gRPC are given too: left alone they are the others' plus 10,000, which may be taken.
    arguments.extend(
        [
            ("master.port", master),
            ("master.port.grpc", master_grpc),
            ("volume.port", volume),
            ("volume.port.grpc", volume_grpc),
            ("filer.port", filer),
            ("filer.port.grpc", filer_grpc),
            ("s3.port", s3),
            ("s3.port.grpc", s3_grpc),
        ]
        .map(|(name, port)| format!("-{name}={port}").into()),
    );
    for (name, path) in [("-dir=", &data), ("-s3.config=", &identities)] {
        let mut argument = OsString::from(name);
        argument.push(path);
        arguments.push(argument);
    }
    Ok(Launch { arguments, port: s3 })
}

pub(crate) fn ready(port: u16) -> io::Result<()> {
    match request::status("GET", port, "/healthz")? {
        200 => signed::bucket(port),
        status => Err(io::Error::other(format!("its health is {status}"))),
    }
}
