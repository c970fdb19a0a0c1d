//! The client that speaks HTTP with a store, made of the options that `object_store` has for its own.
//!
//! Its own follows redirects, and nobody else can build one like it; so options are read here one by one. One that this
//! code does not know is an error where it is given, and never passed over.

use std::error::Error as StdError;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use object_store::{ClientConfigKey as Key, ClientOptions, Error, Result};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::tls::Certificate;
use reqwest::{Client, ClientBuilder, NoProxy, Proxy, redirect};

/// What servers are told unless an option says otherwise.
const USER_AGENT: &str = concat!("larder/", env!("CARGO_PKG_VERSION"));

/// The options that are honoured.
const HONOURED: &[Key] = &[
    Key::AllowHttp,
    Key::AllowInvalidCertificates,
    Key::NoSystemCertificates,
    Key::ConnectTimeout,
    // The client above this one puts it into requests.
    Key::DefaultContentType,
    Key::Http1Only,
    Key::Http2KeepAliveInterval,
    Key::Http2KeepAliveTimeout,
    Key::Http2KeepAliveWhileIdle,
    Key::Http2MaxFrameSize,
    Key::Http2Only,
    Key::PoolIdleTimeout,
    Key::PoolMaxIdlePerHost,
    Key::ProxyUrl,
    Key::ProxyCaCertificate,
    Key::ProxyExcludes,
    Key::RandomizeAddresses,
    Key::ReadTimeout,
    Key::Timeout,
    Key::UserAgent,
];

/// Whether a client honours the option with this name, if it is one of clients at all.
pub(super) fn honours(name: &str) -> bool {
    name.parse().map_or(true, |key: Key| HONOURED.contains(&key))
}

/// The value of an option that is a truth value, in the words that clients take.
pub(super) fn is_true(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "true" | "on" | "yes" | "y" => Some(true),
        "0" | "false" | "off" | "no" | "n" => Some(false),
        _ => None,
    }
}

/// How a client is told a span of time.
type WithSpan = fn(ClientBuilder, Duration) -> ClientBuilder;

/// A client that does what `options` say, and follows no redirect.
///
/// # Errors
///
/// Those of the client for a value that it cannot use.
pub(super) fn build(options: &ClientOptions) -> Result<Client> {
    let value = |key: Key| options.get_config_value(&key);
    let flag = |key| parsed(key, value(key), is_true).map(Option::unwrap_or_default);
    let span = |key| parsed(key, value(key), |text| humantime::parse_duration(text).ok());
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .user_agent(value(Key::UserAgent).unwrap_or_else(|| USER_AGENT.to_owned()))
        .https_only(!flag(Key::AllowHttp)?)
        .danger_accept_invalid_certs(flag(Key::AllowInvalidCertificates)?)
        .http2_keep_alive_while_idle(flag(Key::Http2KeepAliveWhileIdle)?)
        .http2_max_frame_size(parsed(Key::Http2MaxFrameSize, value(Key::Http2MaxFrameSize), |text| {
            text.parse().ok()
        })?)
        // The length of an object is that of what comes.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate();
    let spans: &[(Key, WithSpan)] = &[
        (Key::Timeout, ClientBuilder::timeout),
        (Key::ConnectTimeout, ClientBuilder::connect_timeout),
        (Key::ReadTimeout, ClientBuilder::read_timeout),
        (Key::PoolIdleTimeout, |builder, span| builder.pool_idle_timeout(span)),
        (Key::Http2KeepAliveInterval, |builder, span| builder.http2_keep_alive_interval(span)),
        (Key::Http2KeepAliveTimeout, ClientBuilder::http2_keep_alive_timeout),
    ];
    for (key, with) in spans {
        if let Some(span) = span(*key)? {
            builder = with(builder, span);
        }
    }
    if let Some(most) =
        parsed(Key::PoolMaxIdlePerHost, value(Key::PoolMaxIdlePerHost), |text| text.parse().ok())?
    {
        builder = builder.pool_max_idle_per_host(most);
    }
    if flag(Key::NoSystemCertificates)? {
        builder = builder.tls_certs_only([]);
    }
    if flag(Key::Http1Only)? {
        builder = builder.http1_only();
    }
    if flag(Key::Http2Only)? {
        builder = builder.http2_prior_knowledge();
    }
    if flag(Key::RandomizeAddresses)? {
        builder = builder.dns_resolver(Arc::new(Shuffled));
    }
    if let Some(url) = value(Key::ProxyUrl) {
        let mut proxy = Proxy::all(url).map_err(unusable)?;
        if let Some(pem) = value(Key::ProxyCaCertificate) {
            builder = builder.tls_certs_merge([Certificate::from_pem(pem.as_bytes()).map_err(unusable)?]);
        }
        if let Some(hosts) = value(Key::ProxyExcludes) {
            proxy = proxy.no_proxy(NoProxy::from_string(&hosts));
        }
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(unusable)
}

/// The value of an option, if it has one.
fn parsed<T>(key: Key, value: Option<String>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    let Some(value) = value else { return Ok(None) };
    let wrong = || unusable(format!("`{value}` is no value of the option `{}`", key.as_ref()));
    parse(&value).map(Some).ok_or_else(wrong)
}

fn unusable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
    Error::Generic { store: "HTTP client", source: cause.into() }
}

/// The addresses of a host in random order, so that many connections are spread over all of them.
struct Shuffled;

impl Resolve for Shuffled {
    fn resolve(&self, name: Name) -> Resolving {
        let found = tokio::task::spawn_blocking(move || {
            // The port is that of the url, whatever stands here.
            let mut found: Vec<SocketAddr> = (name.as_str(), 0).to_socket_addrs()?.collect();
            fastrand::shuffle(&mut found);
            Ok(Box::new(found.into_iter()) as Addrs)
        });
        Box::pin(async move { found.await? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value that fits, and one that does not, for each option that has a form.
    const VALUES: &[(Key, &str, &str)] = &[
        (Key::AllowHttp, "yes", "maybe"),
        (Key::AllowInvalidCertificates, "1", "maybe"),
        (Key::NoSystemCertificates, "true", "maybe"),
        (Key::ConnectTimeout, "3 seconds", "3 fortnights"),
        (Key::Http1Only, "on", "maybe"),
        (Key::Http2KeepAliveInterval, "1m", "often"),
        (Key::Http2KeepAliveTimeout, "500ms", "soon"),
        (Key::Http2KeepAliveWhileIdle, "n", "maybe"),
        (Key::Http2MaxFrameSize, "20000", "large"),
        (Key::Http2Only, "off", "maybe"),
        (Key::PoolIdleTimeout, "90s", "90"),
        (Key::PoolMaxIdlePerHost, "4", "four"),
        (Key::ProxyUrl, "http://127.0.0.1:1", "http://["),
        (Key::RandomizeAddresses, "false", "maybe"),
        (Key::ReadTimeout, "10s", "never"),
        (Key::Timeout, "10s", "never"),
    ];

    #[test]
    fn every_value_is_used_or_told() {
        build(&ClientOptions::new()).unwrap();
        for (key, right, wrong) in VALUES {
            let with = |value: &str| build(&ClientOptions::new().with_config(*key, value));
            with(right).unwrap_or_else(|error| panic!("{key:?}: {error}"));
            with(wrong).expect_err(wrong);
        }
        let formless = [Key::DefaultContentType, Key::ProxyCaCertificate, Key::ProxyExcludes, Key::UserAgent];
        let tried = VALUES.iter().map(|(key, ..)| key).chain(&formless);
        assert!(tried.clone().all(|key| HONOURED.contains(key)));
        assert_eq!(tried.count(), HONOURED.len());
    }

    #[test]
    fn a_wrong_certificate_of_a_proxy_is_told() {
        let options = ClientOptions::new().with_config(Key::ProxyUrl, "http://127.0.0.1:1");
        build(&options.clone().with_config(Key::ProxyExcludes, "localhost")).unwrap();
        let wrong = "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----";
        build(&options.with_config(Key::ProxyCaCertificate, wrong)).unwrap_err();
    }

    #[test]
    fn an_address_is_found_by_its_name() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(async { Shuffled.resolve("127.0.0.1".parse().unwrap()).await });
        assert_eq!(found.unwrap().next().unwrap().ip().to_string(), "127.0.0.1");
    }
}
