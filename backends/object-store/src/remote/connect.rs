//! From a url and options to a store.
//!
//! Options come from the caller, and what he leaves out from the variables of the environment that the store's own tools
//! read. The names are those of [`object_store`], so that what its pages say of a store holds here too.

use std::env;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use larder_core::{Error, ErrorKind, Result};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientConfigKey, ObjectStore, ObjectStoreScheme, RetryConfig};
use tokio::runtime::Handle;
use url::{Position, Url};

use super::told::Secrets;
use super::{Around, Remote};
use crate::options::StoreOptions;

/// How long the first retry waits.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// Each retry waits at random up to this many times as long as the one before, so half as long again on average.
const GROWTH: f64 = 3.;

/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The store at `url`, and the prefix in it. Nothing is asked of it yet.
///
/// # Errors
///
/// [`ErrorKind::Invalid`] for a url that names no bucket, for one with credentials, and for options that the store does
/// not have or cannot use.
pub(crate) fn connect(
    url: &str,
    options: &StoreOptions,
    deadline: Duration,
    runtime: Handle,
) -> Result<(Remote, Path)> {
    let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
    // The cause is left out: it may repeat what it could not read.
    let parsed = Url::parse(url).map_err(|_| invalid("the url of the store cannot be read".into()))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(invalid("a url carries no credentials: write them as options of the store".into()));
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(invalid("the url of a store ends with its prefix".into()));
    }
    let (scheme, prefix) = ObjectStoreScheme::parse(&parsed)
        .map_err(|cause| invalid(format!("the url names no store that is known: {cause}")))?;
    let attempt = Attempt { url, options, deadline };
    let (store, secrets) = match scheme {
        ObjectStoreScheme::AmazonS3 => attempt.build(
            Some("AWS_"),
            AmazonS3Builder::new().with_retry(attempt.retry()),
            AmazonS3Builder::with_config,
            |builder, url| builder.with_url(url).build(),
            |key: &AmazonS3ConfigKey| key.as_ref().to_owned(),
        )?,
        ObjectStoreScheme::GoogleCloudStorage => attempt.build(
            Some("GOOGLE_"),
            GoogleCloudStorageBuilder::new().with_retry(attempt.retry()),
            GoogleCloudStorageBuilder::with_config,
            |builder, url| builder.with_url(url).build(),
            |key: &GoogleConfigKey| key.as_ref().to_owned(),
        )?,
        ObjectStoreScheme::MicrosoftAzure => attempt.build(
            Some("AZURE_"),
            MicrosoftAzureBuilder::new().with_retry(attempt.retry()),
            MicrosoftAzureBuilder::with_config,
            |builder, url| builder.with_url(url).build(),
            |key: &AzureConfigKey| key.as_ref().to_owned(),
        )?,
        ObjectStoreScheme::Http => attempt.build(
            // No tool has variables for such a server.
            None,
            HttpBuilder::new().with_retry(attempt.retry()),
            HttpBuilder::with_config,
            |builder, _| builder.with_url(&parsed[..Position::BeforePath]).build(),
            |key: &ClientConfigKey| key.as_ref().to_owned(),
        )?,
        _ => return Err(invalid(format!("`{}` is no scheme of a store on a network", parsed.scheme()))),
    };
    let around = Around { runtime, secrets: Arc::new(secrets) };
    Ok((Remote { store, around }, prefix))
}

struct Attempt<'a> {
    url: &'a str,
    options: &'a StoreOptions,
    deadline: Duration,
}

impl Attempt<'_> {
    fn retry(&self) -> RetryConfig {
        let backoff = BackoffConfig { init_backoff: FIRST_WAIT, max_backoff: LONGEST_WAIT, base: GROWTH };
        // The last try ends before the deadline, so that what it says is told and not only that time is up.
        RetryConfig { backoff, retry_timeout: self.deadline * 4 / 5, ..RetryConfig::default() }
    }

    /// Builds the store of one kind: `with` sets an option, `finish` ends with the url.
    fn build<B, K: FromStr, S: ObjectStore>(
        &self,
        variables: Option<&str>,
        builder: B,
        with: impl Fn(B, K, String) -> B,
        finish: impl Fn(B, &str) -> object_store::Result<S>,
        name_of: impl Fn(&K) -> String,
    ) -> Result<(Arc<dyn ObjectStore>, Secrets)> {
        let mut secrets = Vec::new();
        let mut told = Vec::new();
        // One try may take as long as all of them, so the deadline is what ends it. This ends what is carried on behind the
        // deadline. The caller's own options come later and win.
        told.push(("timeout".to_owned(), format!("{}ms", 2 * self.deadline.as_millis())));
        for (name, value) in env::vars_os() {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
            if variables.is_some_and(|variables| name.starts_with(variables)) {
                told.push((name.to_ascii_lowercase(), value.to_owned()));
            }
        }
        let given = told.len();
        told.extend(self.options.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())));
        let mut builder = builder;
        let (mut bare_endpoint, mut allows_http) = (self.url.starts_with("http://"), false);
        for (at, (name, value)) in told.into_iter().enumerate() {
            let Ok(key) = name.parse::<K>() else {
                if at < given {
                    // A variable of other tools.
                    continue;
                }
                return Err(Error::new(ErrorKind::Invalid, format!("unknown option `{name}` of the store")));
            };
            let known = name_of(&key);
            match known.as_str() {
                "aws_endpoint" | "aws_endpoint_url_s3" | "azure_storage_endpoint" => {
                    bare_endpoint = value.starts_with("http://");
                }
                "allow_http" => allows_http = value.eq_ignore_ascii_case("true"),
                _ => {}
            }
            if !StoreOptions::is_harmless(&known) {
                secrets.push(value.clone());
            }
            builder = with(builder, key, value);
        }
        if bare_endpoint && !allows_http {
            let message = "the endpoint speaks http without encryption: set the option `allow_http` to true to accept that";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let secrets = Secrets::new(secrets);
        let store = finish(builder, self.url).map_err(|cause| {
            // Its words may repeat a value that it cannot use.
            let words = secrets.hide(&cause.to_string());
            Error::new(ErrorKind::Invalid, format!("the store cannot be used with these options: {words}"))
        })?;
        Ok((Arc::new(store), secrets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str, options: &[(&str, &str)]) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let options = options.iter().copied().collect();
        let handle = runtime.handle().clone();
        let error = connect(url, &options, Duration::from_secs(1), handle).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        format!("{error} {error:?}")
    }

    #[test]
    fn what_cannot_be_used_is_told_without_secrets() {
        let planted = "hunter2hunter2";
        let credentials = refused(&format!("s3://ann:{planted}@bucket"), &[]);
        assert!(credentials.contains("no credentials"), "{credentials}");
        let unknown = refused("s3://bucket", &[("secret_acess_key", planted)]);
        assert!(unknown.contains("`secret_acess_key`"), "{unknown}");
        let ann = ("access_key_id", "ann");
        let value = refused("s3://bucket", &[ann, ("allow_http", "maybe"), ("secret_access_key", planted)]);
        assert!(value.contains("maybe"), "{value}");
        let bare = refused("s3://bucket", &[("endpoint", "http://127.0.0.1:1")]);
        assert!(bare.contains("allow_http"), "{bare}");
        for told in [credentials, unknown, value, bare] {
            assert!(!told.contains(planted), "{told}");
        }
    }

    #[test]
    fn what_is_connected_shows_no_secret() {
        let planted = "hunter2hunter2";
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let of = |url: &str, options: &[(&str, &str)]| {
            let options = options.iter().copied().collect();
            let (remote, _) =
                connect(url, &options, Duration::from_secs(1), runtime.handle().clone()).unwrap();
            format!("{remote:?} {remote}")
        };
        let s3 = [("access_key_id", planted), ("secret_access_key", planted), ("token", planted)];
        let azure = [("account_name", "ann"), ("account_key", "aHVudGVyMmh1bnRlcjI=")];
        for shown in [of("s3://bucket/prefix", &s3), of("az://container/prefix", &azure)] {
            assert!(!shown.contains(planted) && !shown.contains("aHVudGVyMmh1bnRlcjI="), "{shown}");
        }
    }

    #[test]
    fn other_urls_are_no_buckets() {
        for url in [
            "bucket",
            "http://example.org/bucket",
            "file:///var",
            "ftp://example.org",
            "s3:///prefix",
            "s3://b?endpoint=x",
        ] {
            refused(url, &[]);
        }
    }
}
