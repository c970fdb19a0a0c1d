//! Validates options before the client of a store is built.
//!
//! The client takes any text and panics, or repeats it in an error, where it then fails to make a request of it. So
//! every value is checked here, and an error says what to write without repeating the value: it may be a secret.

use std::borrow::Cow;
use std::time::Duration;

use larder_core::{Error, ErrorKind, Result};
use url::Url;

/// The longest value of an option in bytes, but for documents.
const MAX_VALUE: usize = 16 << 10;

/// The longest document in bytes: a key of a service account, certificates.
const MAX_DOCUMENT: usize = 256 << 10;

/// The longest url or name of a file in bytes.
const MAX_URL: usize = 4 << 10;

/// The longest span of time. The client adds it to points in time, which overflow.
const MAX_SPAN: Duration = Duration::from_hours(24 * 365);

/// The sizes of frames that HTTP/2 allows, in bytes.
const FRAME_SIZES: std::ops::RangeInclusive<u32> = (1 << 14)..=((1 << 24) - 1);

/// The form that the value of an option has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Visible ASCII without spaces: keys, tokens, switches.
    Word,
    /// Visible ASCII and single spaces within: the value of a header.
    Text,
    /// Letters, digits, `.`, `_` and `-`.
    Name,
    /// Scheme, host and port, perhaps a path.
    Endpoint,
    /// An endpoint that the machine gives to its programs, perhaps with a query.
    Service,
    /// A url that may carry a user and a password.
    Proxy,
    /// The name of a file, in any script.
    File,
    /// JSON or PEM, on several lines.
    Document,
    Span,
    FrameSize,
}

impl Form {
    /// The form of the option that the client knows by this name.
    fn of(known: &str) -> Self {
        match known {
            "aws_region" | "aws_default_region" | "azure_storage_account_name" => Self::Name,
            "aws_endpoint"
            | "aws_endpoint_url_s3"
            | "aws_endpoint_url_sts"
            | "aws_metadata_endpoint"
            | "azure_storage_endpoint"
            | "azure_storage_authority_host"
            | "google_base_url" => Self::Endpoint,
            "aws_container_credentials_full_uri"
            | "azure_msi_endpoint"
            | "azure_fabric_token_service_url" => Self::Service,
            "proxy_url" => Self::Proxy,
            "aws_container_authorization_token_file"
            | "aws_web_identity_token_file"
            | "azure_federated_token_file"
            | "google_service_account"
            | "google_application_credentials" => Self::File,
            "google_service_account_key" | "proxy_ca_certificate" => Self::Document,
            "user_agent" | "default_content_type" | "proxy_excludes" => Self::Text,
            "timeout"
            | "connect_timeout"
            | "read_timeout"
            | "pool_idle_timeout"
            | "http2_keep_alive_interval"
            | "http2_keep_alive_timeout" => Self::Span,
            "http2_max_frame_size" => Self::FrameSize,
            _ => Self::Word,
        }
    }

    const fn longest(self) -> usize {
        match self {
            Self::Document => MAX_DOCUMENT,
            Self::Endpoint | Self::Service | Self::Proxy | Self::File => MAX_URL,
            Self::Name => 255,
            _ => MAX_VALUE,
        }
    }
}

/// Checks the value of the option `known`, the client's name for it. `called` is what the user calls it, for the error.
///
/// # Errors
///
/// [`ErrorKind::Invalid`]. It does not repeat the value.
pub(super) fn validate(called: &str, known: &str, value: &str) -> Result<()> {
    let form = Form::of(known);
    let wrong = find_wrong(form, value);
    wrong.map_or(Ok(()), |wrong| Err(Error::new(ErrorKind::Invalid, format!("{called} {wrong}"))))
}

fn find_wrong(form: Form, value: &str) -> Option<Cow<'static, str>> {
    let example = match form {
        Form::Endpoint | Form::Service => {
            ": write scheme, host and port, such as `https://s3.example.org` or `http://localhost:9000`"
        }
        Form::Proxy => ": write scheme, host and port, such as `http://proxy.example.org:3128`",
        _ => "",
    };
    if value.is_empty() {
        return Some(
            format!("is empty{}", if example.is_empty() { ": leave it out" } else { example }).into(),
        );
    }
    if value.len() > form.longest() {
        return Some(format!("is longer than {} bytes", form.longest()).into());
    }
    if let Some(wrong) = wrong_character(form, value) {
        return Some(format!("{wrong}{example}").into());
    }
    match form {
        Form::Endpoint | Form::Service | Form::Proxy => {
            wrong_url(form, value).map(|wrong| format!("{wrong}{example}").into())
        }
        Form::Name => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            (!value.chars().all(plain))
                .then_some("holds another character than letters, digits, `.`, `_` and `-`".into())
        }
        // The client's builder reports an invalid duration and repeats it, which is safe: it is no secret.
        Form::Span => humantime::parse_duration(value)
            .is_ok_and(|span| span > MAX_SPAN)
            .then_some("is longer than a year".into()),
        Form::FrameSize => value
            .parse()
            .is_ok_and(|size: u32| !FRAME_SIZES.contains(&size))
            .then(|| format!("is not within {} and {} bytes", FRAME_SIZES.start(), FRAME_SIZES.end()).into()),
        Form::Word | Form::Text | Form::File | Form::Document => None,
    }
}

/// The first character that the value must not have.
fn wrong_character(form: Form, value: &str) -> Option<&'static str> {
    if form == Form::Document {
        let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        return value.contains(odd).then_some("holds a control character");
    }
    if value.ends_with(['\n', '\r']) {
        return Some("ends in a line break: remove it");
    }
    if value.contains(['\n', '\r']) {
        return Some("holds a line break");
    }
    if value.contains(char::is_control) {
        return Some("holds a control character");
    }
    if form == Form::File {
        return None;
    }
    if value.starts_with(' ') || value.ends_with(' ') {
        return Some("begins or ends with a space: remove it");
    }
    if value.contains(' ') && !matches!(form, Form::Text | Form::Span) {
        return Some("holds a space");
    }
    (!value.is_ascii()).then_some("holds a character that is not ASCII")
}

fn wrong_url(form: Form, value: &str) -> Option<&'static str> {
    let Some((scheme, rest)) = value.split_once("://") else { return Some("has no scheme") };
    let is_known = match form {
        Form::Proxy => matches!(scheme, "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h"),
        _ => matches!(scheme, "http" | "https"),
    };
    if !is_known {
        return Some("has another scheme than `http` and `https`");
    }
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    // Also behind the host: a password that was not encoded may have a slash in it.
    if form != Form::Proxy && rest.contains('@') {
        return Some("carries a user or a password, which belong into options of their own");
    }
    if form != Form::Service && value.contains('?') {
        return Some("carries a query");
    }
    if value.contains('#') {
        return Some("carries a fragment");
    }
    if rest.contains(['\\', '<', '>', '"', '`', '{', '}', '|', '^']) {
        return Some("holds a character that no url has");
    }
    if authority.is_empty() {
        return Some("has no host");
    }
    let Ok(url) = Url::parse(value) else { return Some("is no url") };
    if url.host_str().is_none_or(str::is_empty) {
        return Some("has no host");
    }
    // What the parser repairs in silence, the client does not.
    let port = authority.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
    (port == Some("")).then_some("has no port behind the colon")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(known: &str, value: &str) -> Option<String> {
        let error = validate("the option `it`", known, value).err()?;
        assert_eq!(error.kind(), ErrorKind::Invalid);
        Some(error.message().to_owned())
    }

    #[test]
    fn an_endpoint_has_scheme_and_host_and_no_secrets() {
        for right in [
            "https://s3.example.org",
            "http://localhost:9000",
            "http://127.0.0.1:9000/",
            "https://[::1]:9000",
            "https://s3.example.org/base/path",
        ] {
            assert_eq!(wrong("aws_endpoint", right), None, "{right}");
        }
        for (value, why) in [
            ("localhost:9000", "has no scheme"),
            ("", "is empty"),
            (" ", "space"),
            ("https://a b", "space"),
            ("https://a\n", "line break"),
            ("https://a\t", "control"),
            ("https://\u{7f}", "control"),
            ("ftp://a", "scheme"),
            ("://a", "scheme"),
            ("http://", "no host"),
            ("http:///path", "no host"),
            ("http://[", "no url"),
            ("http://a:", "port"),
            ("http://a:99999", "no url"),
            ("http://a:b", "no url"),
            ("http://ü", "ASCII"),
            ("http://user:hunter2@a", "password"),
            ("http://user:hun/ter2@a", "password"),
            ("http://@a", "password"),
            ("http://a?x=hunter2", "query"),
            ("http://a#hunter2", "fragment"),
            ("http://a\\b", "no url"),
            (&format!("http://{}", "a".repeat(5_000)), "longer"),
        ] {
            let wrong = wrong("aws_endpoint", value).unwrap_or_else(|| panic!("{value} passes"));
            assert!(wrong.contains(why) && !wrong.contains("hunter2"), "{value}: {wrong}");
        }
        let hint = wrong("azure_storage_endpoint", "localhost:9000").unwrap();
        assert!(hint.contains("such as") && hint.contains("http://localhost:9000"), "{hint}");
    }

    #[test]
    fn keys_and_tokens_are_words() {
        for known in
            ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "azure_storage_sas_key"]
        {
            assert_eq!(wrong(known, "wJalr/XUtn+FEMI=&%?"), None);
            for (value, why) in [
                ("hunter2\n", "ends in a line break"),
                ("hunter2\r\n", "ends in a line break"),
                ("hun\nter2", "line break"),
                (" hunter2", "space"),
                ("hunter2 ", "space"),
                ("hun ter2", "space"),
                ("hun\0ter2", "control"),
                ("hünter2", "ASCII"),
                ("", "empty"),
                (&"x".repeat(20_000), "longer"),
            ] {
                let wrong = wrong(known, value).unwrap_or_else(|| panic!("{known} {value:?} passes"));
                assert!(wrong.contains(why) && !wrong.contains("ter2"), "{known} {value:?}: {wrong}");
            }
        }
        assert_eq!(wrong("aws_region", "eu-central-1"), None);
        for value in ["eu central", "eu/x", "é", "eu\n", ""] {
            assert!(wrong("aws_region", value).is_some(), "{value:?}");
        }
    }

    #[test]
    fn a_proxy_may_have_a_user_and_a_document_lines() {
        assert_eq!(wrong("proxy_url", "http://user:pass@proxy:3128"), None);
        assert!(wrong("proxy_url", "proxy:3128").unwrap().contains("scheme"));
        assert_eq!(wrong("google_service_account_key", "{\n\"a\": \"é\"\n}\n"), None);
        assert!(wrong("proxy_ca_certificate", "a\0").unwrap().contains("control"));
        assert_eq!(wrong("google_service_account", "/home/ü b/key.json"), None);
        assert_eq!(wrong("user_agent", "a program/1.0 (x)"), None);
        assert!(wrong("user_agent", "a\nb").is_some());
    }

    #[test]
    fn numbers_that_the_client_cannot_take_are_refused() {
        assert_eq!(wrong("timeout", "3 seconds"), None);
        assert!(wrong("pool_idle_timeout", "1000000 years").unwrap().contains("year"));
        assert_eq!(wrong("http2_max_frame_size", "20000"), None);
        for size in ["0", "16383", "16777216"] {
            assert!(wrong("http2_max_frame_size", size).unwrap().contains("16384"), "{size}");
        }
    }
}
