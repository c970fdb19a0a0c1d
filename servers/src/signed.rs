//! Signed requests that no client has: the bucket that a server of S3 needs before it is used.

use std::io;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::signer::{Method, Signer};

use crate::request;
use crate::server::{BUCKET, KEY, REGION, SECRET};

/// Makes the bucket, and tries that it takes an object and gives it up again.
///
/// # Errors
///
/// Whatever a server says that is not ready yet.
pub(crate) fn bucket(port: u16) -> io::Result<()> {
    let probe = Path::from("larder-ready");
    for (method, path, right) in [
        // A bucket that an attempt before made is there already.
        (Method::PUT, Path::default(), [200, 409]),
        (Method::PUT, probe.clone(), [200, 200]),
        (Method::DELETE, probe, [204, 200]),
    ] {
        let status = request::status(method.as_str(), port, &presigned(&method, port, &path)?)?;
        if !right.contains(&status) {
            return Err(io::Error::other(format!("{method} {BUCKET}/{path}: status {status}")));
        }
    }
    Ok(())
}

/// Path and query of a request whose signature is in the query.
fn presigned(method: &Method, port: u16, path: &Path) -> io::Result<String> {
    let store = AmazonS3Builder::new()
        .with_endpoint(format!("http://127.0.0.1:{port}"))
        .with_region(REGION)
        .with_bucket_name(BUCKET)
        .with_access_key_id(KEY)
        .with_secret_access_key(SECRET)
        .with_allow_http(true)
        .build()?;
    let url = pollster::block_on(store.signed_url(method.clone(), path, Duration::from_mins(1)))?;
    Ok(format!("{}?{}", url.path(), url.query().unwrap_or_default()))
}
