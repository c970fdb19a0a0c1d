//! The url of a store on a network: what is spoken with it, and below which prefix entries lie.
//!
//! Read here once, for settings and for the client alike, because the client's own parser takes more than it can serve: a
//! host that only ends like a cloud's, any other web server as a `WebDAV` store, a secret in the place of a name. What it
//! reads right is read the same. A url that is taken holds no secret, so it may be shown whole.

mod cloud;
mod protocol;

use std::fmt;
use std::str::FromStr;

use larder_core::{Error, ErrorKind, Result};
use object_store::path::Path;
use url::{Position, Url};

use cloud::{Cloud, Style};

pub use protocol::Protocol;

/// What stands before the scheme of a web server that is meant as a `WebDAV` store.
const WEBDAV: &str = "webdav+";

/// The url of a store on a network.
///
/// | Url | Store |
/// |---|---|
/// | `s3://bucket/prefix`, `s3a://` | S3, and what speaks like it at an `endpoint` |
/// | `https://s3.REGION.amazonaws.com/bucket/prefix`, `https://bucket.s3.REGION.amazonaws.com/prefix`, also without a region, or with `dualstack` before it | Amazon S3 |
/// | `https://ACCOUNT.r2.cloudflarestorage.com/bucket/prefix` | Cloudflare R2 |
/// | `gs://bucket/prefix` | Google Cloud Storage |
/// | `az://container/prefix`, `azure://`, `adl://`, `abfs://`, `abfss://` | Azure, with the account among the options |
/// | `abfss://container@ACCOUNT.dfs.core.windows.net/prefix`, `https://ACCOUNT.blob.core.windows.net/container/prefix`, of `blob` and `dfs`, and of `fabric.microsoft.com` | Azure, and Fabric |
/// | `webdav+https://host/path`, `webdav+http://` | a `WebDAV` server |
///
/// ```
/// use larder_object_store::{Protocol, StoreUrl};
///
/// let url: StoreUrl = "https://bucket.s3.eu-north-1.amazonaws.com/prefix".parse()?;
/// assert_eq!(url.protocol(), Protocol::S3);
/// assert!(url.says("region") && url.says("endpoint"), "so no option does");
///
/// let error = "https://example.org/bucket".parse::<StoreUrl>().unwrap_err();
/// assert!(error.message().contains("`endpoint`"), "{error}");
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreUrl {
    url: String,
    protocol: Protocol,
    /// What the client of the store is told, if it is told a url.
    told: String,
    host: Option<String>,
    prefix: Path,
    /// The options that the url says itself, by the client's names.
    said: &'static [&'static str],
}

impl StoreUrl {
    /// What a url may begin with.
    pub const SCHEMES: &'static [&'static str] =
        &["s3", "s3a", "gs", "az", "azure", "adl", "abfs", "abfss", "https", "webdav+https", "webdav+http"];

    /// What is spoken with the store.
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The url.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The host that the url names, where it names one and not a bucket alone.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// Whether the url itself says what the option `name` would, under whichever of its names: the bucket always, the
    /// endpoint where it names a host, a region or an account where one is in the name of that host.
    pub fn says(&self, name: &str) -> bool {
        self.protocol.option(name).is_some_and(|name| self.said.contains(&name.as_str()))
    }

    pub(crate) fn told(&self) -> &str {
        &self.told
    }

    pub(crate) const fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// Whether the url itself asks for no encryption.
    pub(crate) fn is_bare(&self) -> bool {
        self.told.starts_with("http://")
    }
}

impl FromStr for StoreUrl {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for what is no url of a store. The error repeats nothing of it: there may be a secret in it.
    fn from_str(url: &str) -> Result<Self> {
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        if scheme == Some("http") {
            return Err(elsewhere("`http://` is no scheme of a store"));
        }
        let Some(scheme) = scheme.filter(|scheme| Self::SCHEMES.contains(scheme)) else {
            return Err(invalid(format!("no scheme of a store; known: {}", Self::SCHEMES.join(", "))));
        };
        let told = url.strip_prefix(WEBDAV).unwrap_or(url);
        let parsed = parse(told)?;
        let read = match scheme {
            _ if told != url => Read { protocol: Protocol::WebDav, path: parsed.path(), said: &["url"] },
            "https" => of_cloud(&parsed)?,
            _ => of_bucket(scheme, &parsed)?,
        };
        let prefix = Path::from_url_path(read.path);
        // The cause repeats the part that is none.
        let prefix = prefix.map_err(|_| invalid("a prefix is Unicode without empty parts"))?;
        let told = match read.protocol {
            Protocol::WebDav => parsed[..Position::BeforePath].to_owned(),
            _ => told.to_owned(),
        };
        let is_host =
            ["https", "webdav+https", "webdav+http"].contains(&scheme) || !parsed.username().is_empty();
        let host = parsed.host_str().filter(|_| is_host).map(str::to_owned);
        Ok(Self { url: url.to_owned(), protocol: read.protocol, told, host, prefix, said: read.said })
    }
}

/// The whole url, which has no secrets.
impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

/// What was read of a url.
struct Read<'a> {
    protocol: Protocol,
    /// What stands behind the bucket.
    path: &'a str,
    said: &'static [&'static str],
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

/// What to write for a server that is no cloud's.
fn elsewhere(wrong: &str) -> Error {
    invalid(format!(
        "{wrong}: for a server that speaks like S3 write `s3://bucket/prefix`, and scheme, host and port of the server as \
         the option `endpoint`; for WebDAV put `{WEBDAV}` before the url"
    ))
}

/// What holds of the url of any store.
fn parse(url: &str) -> Result<Url> {
    if url.contains('?') {
        return Err(invalid("the url of a store carries no settings and no tokens; write them beside it"));
    }
    if url.contains('#') {
        return Err(invalid("a `#` in a url is written `%23`"));
    }
    // Wherever it stands: credentials that were not encoded may have a slash before it. One name may have it behind it,
    // that of a container, which holds nothing that a secret is likely to consist of alone.
    if let Some((before, behind)) = url.split_once('@') {
        let container = before.split_once("://").map_or(before, |(_, container)| container);
        let is_azure = ["az://", "abfs://", "abfss://"].iter().any(|scheme| url.starts_with(scheme));
        if !is_azure || behind.contains('@') || !cloud::is_container(container) {
            return Err(invalid(
                "a url carries no credentials, the `options` and the environment do; an `@` is written `%40`",
            ));
        }
    }
    // What the parser says of a url that is none does not show it.
    let parsed = Url::parse(url).map_err(|error| invalid(format!("no url: {error}")))?;
    if parsed.host_str().is_none_or(str::is_empty) {
        return Err(invalid(
            "the name of a bucket or a host follows the scheme, such as `s3://bucket/prefix`",
        ));
    }
    Ok(parsed)
}

/// Refuses a name that no store gives a bucket: the client of one puts it into requests as it is, and panics.
fn check_bucket(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    // Azure has containers of its own, such as `$web`.
    let bare = name.strip_prefix('$').unwrap_or(name);
    if name.len() <= 255 && bare.chars().all(plain) {
        return Ok(());
    }
    Err(invalid("the name of a bucket has letters, digits, `.`, `-` and `_` alone"))
}

/// A url whose host is the bucket.
fn of_bucket<'a>(scheme: &str, url: &'a Url) -> Result<Read<'a>> {
    if url.port().is_some() {
        return Err(invalid("a bucket has no port; an `endpoint` stands in the `options`"));
    }
    let host = url.host_str().unwrap_or_default();
    check_bucket(host)?;
    let (protocol, said): (_, &[&str]) = match scheme {
        "s3" | "s3a" => (Protocol::S3, &["aws_bucket"]),
        "gs" => (Protocol::Google, &["google_bucket"]),
        _ if url.username().is_empty() => (Protocol::Azure, &["azure_container_name"]),
        _ => match Cloud::of(host) {
            Some(cloud) if cloud.protocol == Protocol::Azure => (Protocol::Azure, cloud.said),
            _ => {
                let message = "behind the `@` stands the host of an account, `ACCOUNT.dfs.core.windows.net`";
                return Err(invalid(message));
            }
        },
    };
    if protocol == Protocol::Azure && url.username().is_empty() && host.contains('.') {
        return Err(invalid("a container has no dot in its name; an account stands in the `options`"));
    }
    Ok(Read { protocol, path: url.path(), said })
}

/// A url whose host is a cloud's.
fn of_cloud(url: &Url) -> Result<Read<'_>> {
    let Some(cloud) = url.host_str().and_then(Cloud::of) else {
        return Err(elsewhere("the host behind `https://` is no known cloud's"));
    };
    if url.port().is_some() {
        return Err(invalid(
            "a cloud has no port; an `endpoint` stands in the `options`, with `s3://` or `az://`",
        ));
    }
    let path = match cloud.style {
        Style::BucketInHost => url.path(),
        Style::BucketInPath => {
            let path = url.path().trim_start_matches('/');
            let (bucket, path) = path.split_once('/').unwrap_or((path, ""));
            if bucket.is_empty() {
                return Err(invalid("the name of a bucket follows the host, `https://HOST/bucket/prefix`"));
            }
            check_bucket(bucket)?;
            path
        }
    };
    Ok(Read { protocol: cloud.protocol, path, said: cloud.said })
}

#[cfg(test)]
mod tests;
