//! What a store on the network says of an error, without secrets.
//!
//! Answers of servers repeat what they were asked: access keys, tokens, signed requests. So the words of an error are
//! copied once, with every secret replaced, and what the caller may do about it is read from them: the store's own error
//! types are private, and a listing hides the kind.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use object_store::Error;

use super::secrets::Secrets;

/// The longest text of an error, in bytes; some servers answer with a page.
const LONGEST: usize = 600;

impl Secrets {
    /// The same error, of the same kind, with a cause that tells no secret.
    pub(super) fn told(&self, error: Error) -> Error {
        let words = chain(&error);
        let source = Box::new(Told::new(&words, &self.hide(&words)));
        match error {
            Error::NotFound { path, .. } => Error::NotFound { path, source },
            Error::AlreadyExists { path, .. } => Error::AlreadyExists { path, source },
            Error::Precondition { path, .. } => Error::Precondition { path, source },
            Error::NotModified { path, .. } => Error::NotModified { path, source },
            Error::PermissionDenied { path, .. } => Error::PermissionDenied { path, source },
            Error::Unauthenticated { path, .. } => Error::Unauthenticated { path, source },
            Error::NotSupported { .. } => Error::NotSupported { source },
            Error::Generic { store, .. } => Error::Generic { store, source },
            // They name an operation or a path of ours, and carry no answer.
            error @ (Error::NotImplemented { .. }
            | Error::InvalidPath { .. }
            | Error::JoinError { .. }
            | Error::UnknownConfigurationKey { .. }) => error,
            _ => Error::Generic { store: "larder", source },
        }
    }
}

/// The words of the causes of an error, each once; its own say no more than its kind.
fn chain(error: &Error) -> String {
    let mut cause = error.source();
    let mut text = cause.map_or_else(|| error.to_string(), ToString::to_string);
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

/// What a server said, in words that may be shown.
#[derive(Debug)]
pub(crate) struct Told {
    text: String,
    /// The status of the answer, if there was one.
    pub(crate) status: Option<u16>,
    /// What the settings have wrong, if that is what the server said.
    pub(crate) fault: Option<Fault>,
    /// The region that the bucket is in, or the host that it is at, if the server said so.
    place: Option<String>,
}

/// What is wrong with how a store is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nobody said who asks, and the machine has no role.
    Anonymous,
    /// Who asks is not known, or the secret is wrong.
    Credentials,
    /// Who asks is known, and may not.
    Permission,
    /// There is no such bucket.
    Bucket,
    /// The bucket is in another region.
    Region,
    /// The store says that something else is the store.
    Redirect,
    /// The clock of this machine is wrong.
    Clock,
    /// There is no space left, or no more may be used.
    Quota,
    /// The object is in an archive.
    Archived,
}

impl Fault {
    /// Whether the settings are wrong, rather than something that passes or is put right elsewhere.
    pub(crate) const fn is_of_settings(self) -> bool {
        !matches!(self, Self::Clock | Self::Quota | Self::Archived)
    }
}

/// Codes and words of servers that say what no status says, each as it stands in an answer.
const CODES: &[(&str, Fault)] = &[
    ("RequestTimeTooSkewed", Fault::Clock),
    ("RequestExpired", Fault::Clock),
    ("RequestInTheFuture", Fault::Clock),
    ("Request date header too old", Fault::Clock),
    ("The date header in the request is incorrect", Fault::Clock),
    ("QuotaExceeded", Fault::Quota),
    ("quotaExceeded", Fault::Quota),
    ("ServiceQuotaExceeded", Fault::Quota),
    ("ServiceQuotaExceededException", Fault::Quota),
    ("BucketQuotaExceeded", Fault::Quota),
    ("XMinioAdminBucketQuotaExceeded", Fault::Quota),
    ("XMinioStorageFull", Fault::Quota),
    ("StorageFull", Fault::Quota),
    ("InsufficientCapacity", Fault::Quota),
    ("InsufficientAccountResources", Fault::Quota),
    ("InsufficientStorage", Fault::Quota),
    ("TooManyObjects", Fault::Quota),
    ("InvalidObjectState", Fault::Archived),
    ("BlobArchived", Fault::Archived),
    ("BlobBeingRehydrated", Fault::Archived),
];

/// The fault that the words of a server name.
fn fault_in(text: &str) -> Option<Fault> {
    // A word alone may be part of the name of a key or a bucket.
    let is_code = |code: &str| {
        code.contains(' ') && text.contains(code)
            || text.contains(&format!(">{code}<"))
            || text.contains(&format!("\"{code}\""))
    };
    let code = CODES.iter().find(|(code, _)| is_code(code)).map(|(_, fault)| *fault);
    code.or_else(|| FAULTS.iter().find(|(words, _)| text.contains(words)).map(|(_, fault)| *fault))
}

/// Words of servers, of which the first that is found decides.
const FAULTS: &[(&str, Fault)] = &[
    // Where the machines of clouds ask who they are. A client asks there when it was told nothing.
    ("//169.254.169.254/", Fault::Anonymous),
    ("//metadata.google.internal/", Fault::Anonymous),
    ("Error performing token request", Fault::Credentials),
    ("NoSuchBucket", Fault::Bucket),
    ("ContainerNotFound", Fault::Bucket),
    ("The specified bucket does not exist", Fault::Bucket),
    ("AuthorizationHeaderMalformed", Fault::Region),
    ("PermanentRedirect", Fault::Region),
    ("IllegalLocationConstraint", Fault::Region),
    ("a redirect, status code", Fault::Redirect),
    ("SignatureDoesNotMatch", Fault::Credentials),
    ("InvalidAccessKeyId", Fault::Credentials),
    ("InvalidToken", Fault::Credentials),
    ("ExpiredToken", Fault::Credentials),
    ("AuthenticationFailed", Fault::Credentials),
    ("status code: 401", Fault::Credentials),
    ("AccessDenied", Fault::Permission),
    ("status code: 403", Fault::Permission),
    ("status code: 507", Fault::Quota),
];

/// What stands in the element `name` of an answer of S3, if it is a name.
pub(super) fn named<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text).filter(|text| is_name(text))
}

/// `text` with the document of an answer of S3 or Azure in one line, its code and its message.
fn plain(text: &str) -> Cow<'_, str> {
    let message = text.split_once("<Message>").and_then(|(_, rest)| rest.split_once("</Message>"));
    let (Some(code), Some((message, _))) = (named(text, "Code"), message) else { return text.into() };
    let Some(end) = text.rfind("</Error>") else { return text.into() };
    let start = text.find("<?xml").or_else(|| text.find("<Error>")).unwrap_or(end);
    let (before, behind) = (text[..start].trim_end(), &text[end + "</Error>".len()..]);
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{before} {code}: {message}{}", behind.trim()).into()
}

/// Whether `text` is a name as regions, hosts and codes are, and nothing that may be longer or a secret.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    (1..=255).contains(&text.len()) && text.chars().all(plain)
}

impl Told {
    /// What the settings have wrong, in words that say what to do.
    pub(crate) fn advice(&self) -> Option<Cow<'static, str>> {
        let advice = match (self.fault?, &self.place) {
            (Fault::Clock, _) => {
                "the store finds the time of the request wrong: check the clock of this machine and its time zone"
            }
            (Fault::Quota, _) => {
                "the store has no space left for it, or a quota is exceeded: raise the quota, or lower the size limit"
            }
            (Fault::Archived, _) => {
                "the object is in an archive of the store: restore it, and let no lifecycle rule archive objects below \
                 this prefix"
            }
            (Fault::Anonymous, _) => {
                "no credentials were given, and this machine has no role in a cloud: write them to the options of the \
                 store or to the environment"
            }
            (Fault::Credentials, _) => {
                "the store refuses the credentials: check access key, secret and token, in the options of the store \
                 and in the environment"
            }
            (Fault::Permission, _) => {
                "the store knows these credentials and does not permit it: check their rights"
            }
            (Fault::Bucket, _) => "there is no such bucket: make it, or check its name and the endpoint",
            (Fault::Region, Some(region)) => {
                return Some(
                    format!("the bucket is in the region `{region}`: set the option `region` to it").into(),
                );
            }
            (Fault::Region, None) => {
                "the bucket is in another region: check the option `region` and the endpoint"
            }
            (Fault::Redirect, Some(host)) => {
                return Some(
                    format!(
                        "the store says that the bucket is at `{host}`, and nothing is sent to where a store points: \
                         check the url, the endpoint and the region"
                    )
                    .into(),
                );
            }
            (Fault::Redirect, None) => {
                "the store says that the bucket is somewhere else: check the url, the endpoint and the region"
            }
        };
        Some(advice.into())
    }

    /// `words` are those of the server, of which only `text` may be shown.
    fn new(words: &str, text: &str) -> Self {
        let mut fault = fault_in(words);
        let region = named(text, "Region");
        if fault == Some(Fault::Redirect) && region.is_some() {
            fault = Some(Fault::Region);
        }
        let place = if fault == Some(Fault::Region) { region } else { named(text, "Endpoint") };
        let place = place.map(str::to_owned);
        let text = plain(text);
        let status = text.split_once("status code: ").and_then(|(_, rest)| rest.get(..3)?.parse().ok());
        let text = match text.char_indices().find(|(at, _)| *at >= LONGEST) {
            None => text.into_owned(),
            Some((end, _)) => format!("{}…", &text[..end]),
        };
        Self { text, status, fault, place }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Told {}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> Error {
        Error::Generic { store: "S3", source: text.to_owned().into() }
    }

    #[test]
    fn a_secret_is_in_no_error_however_it_is_spelt() {
        let mut secrets = Secrets::default();
        for value in ["hunter2/+", "hunter2/+more", "abc"] {
            secrets.add("aws_session_token", value);
        }
        let told = secrets.told(generic("key hunter2/+more, hunter2%2F%2B, abc")).to_string();
        assert_eq!(told, "Generic S3 error: key ***, ***, abc");
    }

    #[test]
    fn what_the_settings_have_wrong_is_read_from_the_answer() {
        let fault = |text: &str| Told::new(text, text).fault;
        assert_eq!(fault("status code: 404 Not Found: <Code>NoSuchBucket</Code>"), Some(Fault::Bucket));
        assert_eq!(fault("status code: 403 Forbidden: SignatureDoesNotMatch"), Some(Fault::Credentials));
        assert_eq!(fault("status code: 403 Forbidden: "), Some(Fault::Permission));
        let metadata =
            "Error performing GET http://169.254.169.254/latest/api/token: status code: 403 Forbidden";
        assert_eq!(fault(metadata), Some(Fault::Anonymous));
        assert_eq!(fault("status code: 503 SlowDown"), None);
    }

    #[test]
    fn clock_quota_and_archive_are_no_missing_rights() {
        let answer = |status: &str, code: &str| {
            format!("status code: {status}: <Error><Code>{code}</Code><Message>No.</Message></Error>")
        };
        for (status, code, advice) in [
            ("403 Forbidden", "RequestTimeTooSkewed", "check the clock of this machine"),
            ("403 Forbidden", "RequestExpired", "check the clock of this machine"),
            ("403 Forbidden", "QuotaExceeded", "quota"),
            ("507 Insufficient Storage", "XMinioStorageFull", "no space left"),
            ("403 Forbidden", "ServiceQuotaExceeded", "quota"),
            ("403 Forbidden", "InvalidObjectState", "restore it"),
            ("409 Conflict", "BlobArchived", "restore it"),
            ("403 Forbidden", "AccessDenied", "check their rights"),
        ] {
            let text = answer(status, code);
            let told = Told::new(&text, &text);
            assert!(told.advice().unwrap().contains(advice), "{code}: {:?}", told.advice());
        }
        let json = "status code: 403 Forbidden: {\"error\":{\"errors\":[{\"reason\":\"quotaExceeded\"}]}}";
        assert_eq!(Told::new(json, json).fault, Some(Fault::Quota));
        let dav = "status code: 507 Insufficient Storage: ";
        assert_eq!(Told::new(dav, dav).fault, Some(Fault::Quota));
        let azure = "status code: 403 Forbidden: <Code>AuthenticationFailed</Code>\
                     <AuthenticationErrorDetail>Request date header too old: 'x'</AuthenticationErrorDetail>";
        assert_eq!(Told::new(azure, azure).fault, Some(Fault::Clock));
        // The name of a bucket is no code.
        let named = "GET http://a/QuotaExceeded/x: status code: 403 Forbidden: <Code>AccessDenied</Code>";
        assert_eq!(Told::new(named, named).fault, Some(Fault::Permission));
    }

    #[test]
    fn where_the_bucket_is_is_told_where_the_store_tells_it() {
        let advice = |text: &str| Told::new(text, text).advice().unwrap();
        let region = "status code: 400 Bad Request: <Code>AuthorizationHeaderMalformed</Code><Region>eu-north-1</Region>";
        assert!(advice(region).contains("in the region `eu-north-1`"));
        let redirect = "a redirect, status code: 307 <Endpoint>b.example.org</Endpoint>";
        assert!(advice(redirect).contains("at `b.example.org`"));
        let with_region = format!("{redirect} <Region>eu-north-1</Region>");
        assert!(advice(&with_region).contains("in the region `eu-north-1`"));
        // What is no name of a region is not repeated.
        let odd = "<Code>PermanentRedirect</Code><Region>eu?token=x</Region>";
        assert!(advice(odd).contains("in another region"));
        assert!(advice("a redirect, status code: 302").contains("somewhere else"));
    }

    #[test]
    fn a_document_is_told_in_one_line() {
        let document = "403 Forbidden: <?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code>\
                        <Message>Access\nDenied.</Message><Resource>/b/x</Resource></Error>\n";
        assert_eq!(Told::new(document, document).to_string(), "403 Forbidden: AccessDenied: Access Denied.");
        let twice = format!("GET {document}: {document}: more");
        assert_eq!(
            Told::new(&twice, &twice).to_string(),
            "GET 403 Forbidden: AccessDenied: Access Denied.: more"
        );
        // What is no such document stays as it is.
        for other in ["<Error><Code>X</Code></Error>", "a\nb"] {
            assert_eq!(Told::new(other, other).to_string(), other);
        }
    }

    #[test]
    fn a_page_is_cut_and_its_fault_is_found_all_the_same() {
        let page = format!("{} NoSuchBucket", "é".repeat(LONGEST));
        let told = Told::new(&page, &page);
        assert!(told.to_string().len() <= LONGEST + 4 && told.fault == Some(Fault::Bucket));
    }
}
