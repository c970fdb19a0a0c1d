//! From a url and options to a store.
//!
//! Options come from the caller, and what he leaves out from the variables of the environment that the store's own tools
//! read. The names are those of [`object_store`], so that what its pages say of a store holds here too.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use larder_core::{Error, ErrorKind, Result};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::{BackoffConfig, ClientConfigKey, ObjectStore, RetryConfig};
use tokio::runtime::Handle;

use super::entered::panicked;
use super::secrets::Secrets;
use super::straight::Straight;
use super::validate::validate;
use super::{Around, Remote, client};
use crate::options::StoreOptions;
use crate::store_url::{Protocol, StoreUrl};

/// How long the first retry waits.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// Each retry waits at random up to this many times as long as the one before, so half as long again on average.
const GROWTH: f64 = 3.;

/// The longest wait between two tries, where the deadline is long enough.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// No wait is longer than the deadline divided by this: with less than a fifth the last try ends before the deadline.
const WAITS: u32 = 6;

/// The longest deadline passed to the client; the disk itself enforces longer ones.
const MAX_DEADLINE: Duration = Duration::from_hours(24);

/// The store at `url`. Nothing is asked of it yet.
///
/// # Errors
///
/// [`ErrorKind::Invalid`] for options that the store does not have or cannot use, or that the url says already.
pub(crate) fn connect(
    url: &StoreUrl,
    options: &StoreOptions,
    deadline: Duration,
    runtime: Handle,
) -> Result<Remote> {
    let attempt = Attempt { url, options, deadline: deadline.min(MAX_DEADLINE) };
    let (store, secrets) = match url.protocol() {
        Protocol::S3 => attempt.build(
            Some("aws_"),
            AmazonS3Builder::new().with_http_connector(Straight).with_retry(attempt.retry()),
            AmazonS3Builder::with_config,
            |builder| builder.with_url(url.told()).build(),
            |key: &AmazonS3ConfigKey| key.as_ref().to_owned(),
        )?,
        Protocol::Google => attempt.build(
            Some("google_"),
            GoogleCloudStorageBuilder::new().with_http_connector(Straight).with_retry(attempt.retry()),
            GoogleCloudStorageBuilder::with_config,
            |builder| builder.with_url(url.told()).build(),
            |key: &GoogleConfigKey| key.as_ref().to_owned(),
        )?,
        Protocol::Azure => attempt.build(
            Some("azure_"),
            MicrosoftAzureBuilder::new().with_http_connector(Straight).with_retry(attempt.retry()),
            MicrosoftAzureBuilder::with_config,
            |builder| builder.with_url(url.told()).build(),
            |key: &AzureConfigKey| key.as_ref().to_owned(),
        )?,
        Protocol::WebDav => attempt.build(
            // No tool has variables for such a server.
            None,
            HttpBuilder::new().with_http_connector(Straight).with_retry(attempt.retry()),
            HttpBuilder::with_config,
            |builder| builder.with_url(url.told()).build(),
            |key: &ClientConfigKey| key.as_ref().to_owned(),
        )?,
    };
    let around = Around { runtime, secrets: Arc::new(secrets) };
    Ok(Remote { store, around })
}

struct Attempt<'a> {
    url: &'a StoreUrl,
    options: &'a StoreOptions,
    deadline: Duration,
}

impl Attempt<'_> {
    fn retry(&self) -> RetryConfig {
        let longest = LONGEST_WAIT.min(self.deadline / WAITS);
        let backoff =
            BackoffConfig { init_backoff: FIRST_WAIT.min(longest), max_backoff: longest, base: GROWTH };
        // The last try ends before the deadline, so that what it says is told and not only that time is up.
        RetryConfig { backoff, retry_timeout: self.deadline * 4 / 5, ..RetryConfig::default() }
    }

    /// Builds the store of one kind: `with` sets an option, `finish` ends with the url.
    fn build<B, K: FromStr, S: ObjectStore>(
        &self,
        variables: Option<&str>,
        builder: B,
        with: impl Fn(B, K, String) -> B,
        finish: impl Fn(B) -> object_store::Result<S>,
        name_of: impl Fn(&K) -> String,
    ) -> Result<(Arc<dyn ObjectStore>, Secrets)> {
        let mut secrets = Secrets::default();
        let mut told = Vec::new();
        // One try may take as long as all of them, so the deadline is what ends it. This ends what is carried on behind the
        // deadline. The caller's own options come later and win.
        told.push(("timeout".to_owned(), format!("{}ms", 2 * self.deadline.as_millis())));
        for (name, value) in env::vars_os() {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
            let name = name.to_ascii_lowercase();
            // What the url says is meant for this store, and a variable for any.
            // One that is set to nothing is not set, as for the tools that read them.
            let is_ours = variables.is_some_and(|variables| name.starts_with(variables)) && !value.is_empty();
            if is_ours && !self.url.says(&name) {
                told.push((name, value.to_owned()));
            }
        }
        let given = told.len();
        told.extend(self.options.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())));
        let mut builder = builder;
        let (mut bare_endpoint, mut allows_http) = (self.url.is_bare(), false);
        for (at, (name, value)) in told.into_iter().enumerate() {
            let Ok(key) = name.parse::<K>() else {
                if at < given {
                    // A variable of other tools.
                    continue;
                }
                return Err(Error::new(ErrorKind::Invalid, format!("unknown option `{name}` of the store")));
            };
            if self.url.says(&name) {
                let message = format!("the option `{name}` is said by the url already");
                return Err(Error::new(ErrorKind::Invalid, message));
            }
            let known = name_of(&key);
            let called = if at < given {
                format!("the environment variable `{}`", name.to_ascii_uppercase())
            } else {
                format!("the option `{name}`")
            };
            validate(&called, &known, &value)?;
            match known.as_str() {
                "aws_endpoint" | "aws_endpoint_url_s3" | "azure_storage_endpoint" => {
                    bare_endpoint = value.starts_with("http://");
                }
                "allow_http" => allows_http = client::is_true(&value) == Some(true),
                _ => {}
            }
            if !client::honours(&known) {
                let message = format!("the option `{name}` of the client is not honoured");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            // A switch is no secret, and hiding `true` would spoil every error.
            if !StoreOptions::is_harmless(&known) && client::is_true(&value).is_none() {
                secrets.add(&known, &value);
            }
            builder = with(builder, key, value);
        }
        if bare_endpoint && !allows_http {
            let message = "the endpoint speaks http without encryption: set the option `allow_http` to true to accept that";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        // Nothing that was validated is known to make it panic; a message of a panic would hold the options.
        let finished = catch_unwind(AssertUnwindSafe(|| finish(builder))).unwrap_or_else(|_| Err(panicked()));
        let store = finished.map_err(|cause| {
            // Its words may repeat a value that it cannot use.
            let words = secrets.hide(&cause.to_string());
            Error::new(ErrorKind::Invalid, format!("the store cannot be used with these options: {words}"))
        })?;
        Ok((Arc::new(store), secrets))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn connected(url: &str, options: &[(&str, &str)]) -> Result<String> {
        let runtime = Builder::new_current_thread().build().unwrap();
        let (url, options) = (url.parse()?, options.iter().copied().collect());
        let remote = connect(&url, &options, Duration::from_secs(1), runtime.handle().clone())?;
        Ok(format!("{remote:?} {remote}"))
    }

    fn refused(url: &str, options: &[(&str, &str)]) -> String {
        let error = connected(url, options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        format!("{error} {error:?}")
    }

    #[test]
    fn every_spelling_connects_to_the_store_that_it_names() {
        let s3 = "AmazonS3(bucket)";
        let azure = "MicrosoftAzure { account: account, container: container }";
        for (url, store) in [
            ("s3://bucket/a", s3),
            ("s3a://bucket/a", s3),
            ("https://s3.eu-north-1.amazonaws.com/bucket/a", s3),
            ("https://s3.dualstack.eu-north-1.amazonaws.com/bucket/a", s3),
            ("https://bucket.s3.amazonaws.com/a", s3),
            ("https://bucket.s3.eu-north-1.amazonaws.com/a", s3),
            ("https://bucket.s3.dualstack.eu-north-1.amazonaws.com/a", s3),
            ("https://s3-bucket.s3.eu-north-1.amazonaws.com/a", "AmazonS3(s3-bucket)"),
            ("https://account.r2.cloudflarestorage.com/bucket/a", s3),
            ("https://account.eu.r2.cloudflarestorage.com/bucket/a", s3),
            ("gs://bucket/a", "GoogleCloudStorage(bucket)"),
            ("abfss://container@account.dfs.core.windows.net/a", azure),
            ("abfs://container@account.blob.core.windows.net/a", azure),
            ("az://container@account.dfs.fabric.microsoft.com/a", azure),
            ("https://account.blob.core.windows.net/container/a", azure),
            ("https://account.dfs.core.windows.net/container/a", azure),
            ("https://account.blob.fabric.microsoft.com/container/a", azure),
            (
                "https://ws.z28.blob.fabric.microsoft.com/container/a",
                "MicrosoftAzure { account: ws.z28, container: container }",
            ),
            ("webdav+https://example.org/dav/a", "HttpStore"),
        ] {
            let connected = connected(url, &[]).unwrap_or_else(|error| panic!("{url}: {error:?}"));
            assert!(connected.contains(store), "{url}: {connected}");
        }
        for scheme in ["az", "azure", "adl", "abfs", "abfss"] {
            let connected =
                connected(&format!("{scheme}://container/a"), &[("account_name", "account")]).unwrap();
            assert!(connected.contains(azure), "{scheme}: {connected}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_without_secrets() {
        let planted = "hunter2hunter2";
        let unknown = refused("s3://bucket", &[("secret_acess_key", planted)]);
        assert!(unknown.contains("`secret_acess_key`"), "{unknown}");
        let ann = ("access_key_id", "ann");
        let value = refused("s3://bucket", &[ann, ("allow_http", "maybe"), ("secret_access_key", planted)]);
        assert!(value.contains("maybe"), "{value}");
        let bare = refused("s3://bucket", &[("endpoint", "http://127.0.0.1:1")]);
        assert!(bare.contains("allow_http"), "{bare}");
        let twice = refused("https://bucket.s3.amazonaws.com", &[("endpoint", planted)]);
        assert!(twice.contains("`endpoint` is said by the url"), "{twice}");
        for told in [unknown, value, bare, twice] {
            assert!(!told.contains(planted), "{told}");
        }
        assert!(refused("webdav+http://127.0.0.1:1", &[]).contains("allow_http"));
    }

    #[test]
    fn what_is_connected_shows_no_secret() {
        let planted = "hunter2hunter2";
        let s3 = [("access_key_id", planted), ("secret_access_key", planted), ("token", planted)];
        let azure = [("account_name", "ann"), ("account_key", "aHVudGVyMmh1bnRlcjI=")];
        for (url, options) in [("s3://bucket/prefix", &s3[..]), ("az://container/prefix", &azure)] {
            let shown = connected(url, options).unwrap();
            assert!(!shown.contains(planted) && !shown.contains("aHVudGVyMmh1bnRlcjI="), "{shown}");
        }
    }

    /// Whether making a request panics, on the thread that makes it. Nothing is sent: it is polled once.
    fn panics(url: &str, options: &[(&str, &str)]) -> Option<String> {
        static RUNTIME: LazyLock<Runtime> =
            LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());
        let parsed = url.parse().ok()?;
        let all = options.iter().copied().collect();
        let tried = catch_unwind(|| {
            let remote = connect(&parsed, &all, Duration::from_secs(1), RUNTIME.handle().clone()).ok()?;
            let name = object_store::path::Path::from("a/b c");
            let mut head = Box::pin(async move { object_store::ObjectStoreExt::head(&remote, &name).await });
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            match head.as_mut().poll(&mut context) {
                std::task::Poll::Ready(Err(error)) => Some(error.to_string()),
                _ => None,
            }
        });
        match tried {
            Err(_) => Some("connecting panicked".to_owned()),
            Ok(told) => told.filter(|told| told.contains("panicked")),
        }
    }

    const KEYS: [(&str, &str); 3] =
        [("access_key_id", "ann"), ("secret_access_key", "hunter2hunter2"), ("allow_http", "true")];

    #[test]
    fn no_endpoint_region_or_token_makes_the_client_panic() {
        let odd = [
            "localhost:9000",
            "",
            " ",
            "a b",
            "a\n",
            "\0",
            "é",
            "http://",
            "http://[",
            "%",
            "http://a%",
            "x\t",
        ];
        for value in odd {
            for name in ["endpoint", "region", "session_token", "access_key_id", "metadata_endpoint"] {
                let options = [&KEYS[..], &[(name, value)]].concat();
                assert_eq!(panics("s3://bucket/prefix", &options), None, "{name} {value:?}");
            }
            let account = [("account_name", value), ("account_key", "aHVudGVyMg=="), ("allow_http", "true")];
            assert_eq!(panics("az://container/prefix", &account), None, "account {value:?}");
            let azure = [("account_name", "ann"), ("sas_key", value), ("endpoint", value)];
            assert_eq!(panics("az://container/prefix", &azure), None, "sas {value:?}");
            let google = [("bearer_token", value), ("base_url", value)];
            assert_eq!(panics("gs://bucket/prefix", &google), None, "google {value:?}");
        }
    }

    #[test]
    fn no_random_endpoint_makes_the_client_panic() {
        const PIECES: &[&str] = &[
            "http://",
            "https://",
            "a",
            "localhost",
            ":",
            "9000",
            "/",
            "//",
            "[",
            "]",
            "::1",
            "%",
            "%20",
            "%zz",
            "?",
            "#",
            "@",
            " ",
            "\n",
            "é",
            "\\",
            "..",
            ".",
            "-",
            "_",
            "~",
            "$",
            "&",
            "'",
            "(",
            "*",
            "+",
            ",",
            ";",
            "=",
            "!",
            "{",
            "\u{202e}",
            "xn--",
            "0x7f",
            "1.2.3.4",
            "256.1",
            "\u{0}",
            "\"",
            "<",
            "^",
            "`",
            "|",
        ];
        let mut random = fastrand::Rng::with_seed(13);
        for _ in 0..150 {
            let mut value = if random.bool() { "http://".to_owned() } else { String::new() };
            for _ in 0..random.usize(..6) {
                value.push_str(PIECES[random.usize(..PIECES.len())]);
            }
            let options = [&KEYS[..], &[("endpoint", value.as_str())]].concat();
            assert_eq!(panics("s3://bucket/prefix", &options), None, "{value:?}");
            for url in
                [format!("s3://{value}/prefix"), format!("s3://bucket/{value}"), format!("gs://{value}")]
            {
                assert_eq!(panics(&url, &KEYS), None, "{url:?}");
            }
        }
    }

    #[test]
    fn an_endpoint_with_a_password_is_refused_without_it() {
        for endpoint in [
            "http://ann:hunter2@localhost:9000",
            "ann:hunter2@localhost:9000",
            "https://hunter2@host",
            "https://host/?token=hunter2",
            "https://host/#hunter2",
            "hunter2\n",
        ] {
            let told = refused("s3://bucket", &[KEYS[0], KEYS[1], KEYS[2], ("endpoint", endpoint)]);
            assert!(!told.contains("hunter2"), "{endpoint}: {told}");
            assert!(told.contains("`endpoint`"), "{endpoint}: {told}");
        }
    }

    #[test]
    fn a_switch_is_no_secret() {
        let switches = [("sse_bucket_key_enabled", "true"), ("allow_http", "truely")];
        let told = refused("s3://bucket", &[&KEYS[..2], &switches].concat());
        assert!(told.contains("truely"), "{told}");
    }

    #[test]
    fn the_longest_deadline_is_no_timeout_that_overflows() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let (url, options) = ("s3://bucket".parse().unwrap(), KEYS.iter().copied().collect());
        connect(&url, &options, Duration::MAX, runtime.handle().clone()).unwrap();
    }
}
