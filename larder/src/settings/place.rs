//! Where a tier lies: `file:///path`, `memory:///`, `store+file:///path`, or a store on a network such as
//! `s3://bucket/prefix`.
//!
//! What follows `file://` and `store+file://` is a path as it stands, without percent-decoding, in which `~` and `$NAME`
//! are expanded. Messages name the scheme and never the rest: a url may carry credentials.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use larder_core::{Error, ErrorKind, Result};
#[cfg(feature = "object-store")]
use larder_object_store::StoreUrl;

use super::known;
use super::words::MEMORY;

/// The schemes of places on this machine.
const HERE: &[&str] = &["memory", "file", "store+file"];

/// What is said of settings behind the `?` of a url that has none.
const SETTINGS: &str = "a url in settings carries none itself; write them beside it";

/// The kind of the disk at `url`.
pub(super) fn kind(url: &str) -> &'static str {
    match url.split_once(':') {
        _ if url == MEMORY => "memory",
        Some(("file", _)) => "local",
        _ => "object_store",
    }
}

/// The path in the `url` of a local disk, or what is wrong with that.
pub(super) fn local_path(url: &str) -> Result<&str, &'static str> {
    match url.strip_prefix("file://") {
        None | Some("") => Err("a path follows `file://`, such as `file:///var/cache/app`"),
        Some(path) if path.contains('?') => Err(SETTINGS),
        // It would be the directory of that name below the working directory.
        Some(path) if path.starts_with("localhost/") => {
            Err("`file://` takes no host; a path follows it, such as `file:///var/cache/app`")
        }
        Some(path) => Ok(path),
    }
}

/// What a url of an object store names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Objects in the memory of this process.
    Memory,
    /// Objects as files under this path.
    Path(PathBuf),
    /// Objects in a bucket; the url is what names it.
    Bucket,
}

/// The scheme of `url`, and what follows.
pub(super) fn split(url: &str) -> Option<(&str, &str)> {
    url.split_once("://")
}

/// Whether `url` is one of a place on this machine, right or wrong.
pub(super) fn is_here(url: &str) -> bool {
    split(url).is_some_and(|(scheme, _)| HERE.contains(&scheme))
}

/// The place that `url` names.
pub(crate) fn locate(url: &str, variable: impl Fn(&str) -> Option<OsString>) -> Result<Place> {
    let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
    let Some((scheme, rest)) = split(url) else {
        let message = "a url begins with its scheme, such as `file:///var/cache/app` or `s3://bucket/prefix`";
        return Err(invalid(message.into()));
    };
    if rest.contains('?') {
        return Err(invalid(SETTINGS.into()));
    }
    match scheme {
        "memory" if rest.is_empty() || rest == "/" => Ok(Place::Memory),
        "memory" => Err(invalid("`memory:///` is the whole url; memory has no paths".into())),
        "store+file" if rest.is_empty() => Err(invalid("a path follows `store+file://`".into())),
        "store+file" => Ok(Place::Path(expand(rest, variable).map_err(invalid)?)),
        "file" => Err(invalid(
            "`file://` is the disk `local` and no object store: write `local = { path = \"/var/cache/app\" }`, \
             or `store+file:///path` for one file an entry"
                .into(),
        )),
        scheme => bucket(scheme, url).map(|()| Place::Bucket),
    }
}

/// What is wrong with the url of a bucket.
#[cfg(feature = "object-store")]
fn bucket(scheme: &str, url: &str) -> Result<()> {
    // A web server is told what it is taken for; any other scheme with what it may have been meant for.
    if scheme != "http" && !StoreUrl::SCHEMES.contains(&scheme) {
        let known = [HERE, StoreUrl::SCHEMES].concat();
        return Err(Error::new(ErrorKind::Invalid, known::unknown("scheme", scheme, &known)));
    }
    url.parse::<StoreUrl>().map(drop)
}

#[cfg(not(feature = "object-store"))]
fn bucket(scheme: &str, _: &str) -> Result<()> {
    Err(Error::new(ErrorKind::Invalid, known::unknown("scheme", scheme, HERE)))
}

/// `url`, or no more than its scheme and a mark where something in it may be a secret. What has the mark names no
/// place.
pub(super) fn shown(url: &str) -> String {
    let Some((scheme, rest)) = split(url).filter(|(scheme, _)| known::is_plain(scheme)) else {
        return known::SECRET.into();
    };
    let is_sound = match scheme {
        "memory" => rest.is_empty() || rest == "/",
        "file" => local_path(url).is_ok(),
        "store+file" => !rest.contains('?'),
        scheme => bucket(scheme, url).is_ok(),
    };
    if is_sound { url.to_owned() } else { format!("{scheme}://?{}", known::SECRET) }
}

/// `path` with a leading `~` and each `$NAME` and `${NAME}` replaced; a `$` before anything else stays.
pub(crate) fn expand(path: &str, variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, String> {
    // An empty variable counts as one that is not set: what follows it would become a path from the root.
    let value = |name: &str| match variable(name) {
        Some(value) if value.is_empty() => Err(format!("the variable `{name}` is empty")),
        Some(value) => Ok(value),
        None => Err(format!("the variable `{name}` is not set")),
    };
    let mut expanded = OsString::new();
    let mut rest = path;
    if let Some(below) = path.strip_prefix('~') {
        let user = below.split('/').next().unwrap_or_default();
        if is_user(user) {
            return Err(format!(
                "the home directory of another user is not looked up: write the whole path instead of \
                 `~{user}`, or `./~{user}` for a directory of that name"
            ));
        }
        if user.is_empty() {
            expanded.push(home(value("HOME"))?);
            rest = below;
        }
    }
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push(before);
        rest = after;
        if let Some((name, after)) = name(after) {
            expanded.push(value(name)?);
            rest = after;
        } else {
            expanded.push("$");
        }
    }
    expanded.push(rest);
    Ok(expanded.into())
}

/// The home directory, from the value of its variable.
fn home(value: Result<OsString, String>) -> Result<OsString, String> {
    let advice = "set it to your home directory, or write the whole path instead of `~`";
    let home = value.map_err(|message| format!("{message}: {advice}"))?;
    if Path::new(&home).is_absolute() {
        return Ok(home);
    }
    Err(format!("the variable `HOME` is no absolute path: {advice}"))
}

/// Whether this may be the name of a user.
fn is_user(name: &str) -> bool {
    let is_first = |sign: char| sign.is_ascii_alphabetic() || sign == '_';
    let is_next = |sign: char| sign.is_ascii_alphanumeric() || ['_', '-', '.'].contains(&sign);
    name.starts_with(is_first) && name.chars().all(is_next)
}

/// The name that `text` begins with, in braces or not, and what follows.
fn name(text: &str) -> Option<(&str, &str)> {
    let split = if let Some(braced) = text.strip_prefix('{') {
        braced.split_once('}')?
    } else {
        let ends = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        text.split_at(ends.unwrap_or(text.len()))
    };
    (!split.0.is_empty()).then_some(split)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<OsString> {
        match name {
            "HOME" => Some("/home/ann".into()),
            "APP" => Some("shop".into()),
            _ => None,
        }
    }

    fn path(url: &str) -> PathBuf {
        match locate(url, variable) {
            Ok(Place::Path(path)) => path,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn home_and_variables_are_expanded() {
        assert_eq!(path("store+file:///var/$APP/x"), PathBuf::from("/var/shop/x"));
        assert_eq!(path("store+file://~/${APP}s"), PathBuf::from("/home/ann/shops"));
        assert_eq!(path("store+file://$HOME/cache"), PathBuf::from("/home/ann/cache"));
        assert_eq!(path("store+file://cache/$/~/${"), PathBuf::from("cache/$/~/${"));
        assert_eq!(path("store+file://./~ann/cache"), PathBuf::from("./~ann/cache"));
    }

    #[test]
    fn a_variable_without_a_value_is_told() {
        let error = locate("store+file:///var/$AP", variable).unwrap_err();
        assert_eq!(error.to_string(), "invalid: the variable `AP` is not set");
        let of = |home: Option<&'static str>| {
            move |name: &str| home.filter(|_| name == "HOME" || name == "XDG_CACHE_HOME").map(OsString::from)
        };
        for (path, home, reason) in [
            ("~/x", Some(""), "the variable `HOME` is empty: set it to your home"),
            ("~", Some(""), "`HOME` is empty"),
            ("$HOME/x", Some(""), "`HOME` is empty"),
            ("${XDG_CACHE_HOME}/x", Some(""), "`XDG_CACHE_HOME` is empty"),
            ("/var/$HOME/x", Some(""), "`HOME` is empty"),
            ("~/x", None, "the variable `HOME` is not set: set it to your home"),
            ("~/x", Some("home"), "`HOME` is no absolute path"),
            ("~ann/x", Some("/home"), "instead of `~ann`, or `./~ann`"),
        ] {
            let message = expand(path, of(home)).unwrap_err();
            assert!(message.contains(reason), "{path}: {message}");
        }
    }

    #[test]
    fn buckets_are_named_by_scheme_name_and_prefix() {
        for url in [
            "s3://bucket",
            "s3a://my_bucket/a/b",
            "gs://bucket/a%20b/",
            "az://container/%40",
            "abfss://container@account.dfs.core.windows.net/a",
            "https://bucket.s3.eu-north-1.amazonaws.com/a",
            "webdav+http://127.0.0.1:8080/a",
        ] {
            assert_eq!(locate(url, variable).unwrap(), Place::Bucket, "{url}");
        }
        for (url, reason) in [
            ("s3://", "the name of a bucket or a host follows"),
            ("s3://bucket:9000/x", "a bucket has no port"),
            ("s3://bucket/x#y", "a `#` in a url"),
            ("s3://bucket/x?region=eu", "carries none itself"),
            ("s4://bucket", "unknown scheme `s4`, did you mean `s3`?"),
            ("gcs://bucket", "unknown scheme `gcs`, did you mean `gs`?"),
            ("abfsss://bucket", "unknown scheme `abfsss`, did you mean `abfss`?"),
            ("webdav+htps://host", "unknown scheme `webdav+htps`, did you mean `webdav+https`?"),
            ("webdav://host/a", "known: memory, file, store+file, s3, "),
            ("fiel:///a", "unknown scheme `fiel`, did you mean `file`?"),
            ("http://host:9000/bucket", "the option `endpoint`"),
            ("https://host/bucket", "for WebDAV put `webdav+` before the url"),
        ] {
            let error = locate(url, variable).unwrap_err();
            assert!(error.message().contains(reason), "{url}: {error}");
        }
    }

    #[test]
    fn credentials_are_refused_and_never_told() {
        for url in [
            "s3://key:secret@bucket",
            "s3://secret@bucket",
            "gs://:secret@bucket/x",
            "s3://bucket:secret",
            "s3://secret:secret",
            "key:secret@s3://bucket",
            "secret/+@",
        ] {
            let error = locate(url, variable).unwrap_err();
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        for (url, expected) in [
            ("s3://bucket/a", "s3://bucket/a"),
            ("abfss://abc@a.dfs.core.windows.net", "abfss://abc@a.dfs.core.windows.net"),
            ("abfss://key:secret@a.dfs.core.windows.net", "abfss://?***"),
            ("https://a.blob.core.windows.net/abc?sig=secret", "https://?***"),
            ("https://secret/a", "https://?***"),
            ("store+file://me@host/#", "store+file://me@host/#"),
            ("memory:///", "memory:///"),
            ("file://~/a#@", "file://~/a#@"),
            ("file:///x?token=secret", "file://?***"),
            ("file:secret", "***"),
            ("s3://key:secret@bucket/a", "s3://?***"),
            ("s3://key:sec/ret@bucket/a", "s3://?***"),
            ("s3://key:secret", "s3://?***"),
            ("s3://bucket/a?token=secret", "s3://?***"),
            ("store+file:///x?token=secret", "store+file://?***"),
            ("secret", "***"),
            ("sec@ret://x", "***"),
        ] {
            assert_eq!(shown(url), expected, "{url}");
            assert!(!expected.contains('*') || locate(expected, variable).is_err(), "{expected}");
        }
    }

    #[test]
    fn a_local_disk_is_no_object_store_and_is_told_how_to_be_written() {
        let error = locate("file:///var/cache", variable).unwrap_err();
        assert!(error.message().contains("write `local = { path = "), "{error}");
    }

    #[test]
    fn the_path_of_a_local_disk_stands_in_its_url_as_it_is() {
        for (url, path) in [
            ("file:///var/cache/app", "/var/cache/app"),
            ("file://~/a%20b", "~/a%20b"),
            ("file://$HOME/#@", "$HOME/#@"),
            ("file://localhosts/a", "localhosts/a"),
        ] {
            assert_eq!((kind(url), local_path(url)), ("local", Ok(path)));
        }
        for (url, reason) in [
            ("file:", "a path follows `file://`"),
            ("file:/var/cache", "a path follows `file://`"),
            ("file://", "a path follows `file://`"),
            ("file:///a?life=1h", "carries none itself"),
            ("file://localhost/a", "takes no host"),
        ] {
            assert!(local_path(url).unwrap_err().contains(reason), "{url}");
        }
    }
}
