//! A server that runs, and how it is reached.

use tempfile::TempDir;

use crate::azurite;
use crate::kind::Kind;
use crate::leash::Leash;

/// The bucket that a server starts with.
pub const BUCKET: &str = "larder";

/// The access key that a server of S3 is started with.
pub const KEY: &str = "larderkey";

/// The secret to it. It guards nothing: the server listens on the loopback interface and is gone soon.
pub const SECRET: &str = "lardersecret";

pub(crate) const REGION: &str = "us-east-1";

/// A running server. Dropping it kills the server and removes all that it held.
#[derive(Debug)]
pub struct Server {
    pub(crate) kind: Kind,
    pub(crate) port: u16,
    // Before the directory: the program is gone when its files go.
    pub(crate) leash: Leash,
    pub(crate) directory: TempDir,
}

impl Server {
    /// What kind of server it is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The url of `prefix` in the bucket, as a configuration names it.
    pub fn url(&self, prefix: &str) -> String {
        self.url_in(BUCKET, prefix)
    }

    /// The url of `prefix` in a bucket that may not be there.
    pub fn url_in(&self, bucket: &str, prefix: &str) -> String {
        match self.kind {
            Kind::SeaweedFs | Kind::Rclone => format!("s3://{bucket}/{prefix}"),
            Kind::Azurite => format!("az://{bucket}/{prefix}"),
            Kind::WebDav => format!("webdav+http://127.0.0.1:{}/{bucket}/{prefix}", self.port),
        }
    }

    /// What a client is told beside the url, by the names of `object_store`.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        let port = self.port;
        match self.kind {
            Kind::SeaweedFs | Kind::Rclone => vec![
                ("endpoint", format!("http://127.0.0.1:{port}")),
                ("region", REGION.to_owned()),
                ("access_key_id", KEY.to_owned()),
                ("secret_access_key", SECRET.to_owned()),
                ("allow_http", "true".to_owned()),
            ],
            Kind::Azurite => vec![
                ("endpoint", format!("http://127.0.0.1:{port}/{}", azurite::ACCOUNT)),
                ("account_name", azurite::ACCOUNT.to_owned()),
                ("access_key", azurite::ACCESS.to_owned()),
                ("allow_http", "true".to_owned()),
            ],
            Kind::WebDav => vec![("allow_http", "true".to_owned())],
        }
    }

    /// Whether the server is gone although nobody dropped it.
    pub fn has_ended(&mut self) -> bool {
        self.leash.has_ended()
    }

    /// Where its files lie.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }
}
