//! Where a tier lies: `memory:///` or `store+file:///path`.
//!
//! What follows `store+file://` is a path as it stands, without percent-decoding, in which `~` and `$NAME` are
//! expanded. A `?` is refused, so that settings can stand there one day.

use std::ffi::OsString;
use std::path::PathBuf;

use larder_core::{Error, ErrorKind, near};

const SCHEMES: &[&str] = &["memory", "store+file"];

/// What a url of an object store names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Objects in the memory of this process.
    Memory,
    /// Objects as files under this path.
    Path(PathBuf),
}

/// The place that `url` names. Messages name the scheme and never the rest: a url may carry credentials.
pub(crate) fn locate(url: &str, variable: impl Fn(&str) -> Option<OsString>) -> Result<Place, Error> {
    let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
    let Some((scheme, rest)) = url.split_once("://") else {
        let message = "a url begins with its scheme, such as `store+file:///var/cache/app` or `memory:///`";
        return Err(invalid(message.into()));
    };
    match scheme {
        "memory" if rest.is_empty() || rest == "/" => Ok(Place::Memory),
        "memory" => Err(invalid("`memory:///` is the whole url; memory has no paths".into())),
        "store+file" if rest.contains('?') => {
            Err(invalid("a url carries no settings; write them beside it".into()))
        }
        "store+file" if rest.is_empty() => Err(invalid("a path follows `store+file://`".into())),
        "store+file" => Ok(Place::Path(expand(rest, variable).map_err(invalid)?)),
        "file" => Err(Error::new(
            ErrorKind::Unsupported,
            "`file://` is reserved for the local disk of a later version; \
             until then `store+file:///path` keeps entries at a path",
        )),
        scheme => Err(invalid(near::unknown("scheme", scheme, SCHEMES))),
    }
}

/// `path` with a leading `~` and each `$NAME` and `${NAME}` replaced; a `$` before anything else stays.
fn expand(path: &str, variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, String> {
    let value = |name: &str| variable(name).ok_or_else(|| format!("the variable `{name}` is not set"));
    let mut expanded = OsString::new();
    let mut rest = path;
    if let Some(below) = path.strip_prefix('~').filter(|below| below.is_empty() || below.starts_with('/')) {
        expanded.push(value("HOME")?);
        rest = below;
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
        assert_eq!(path("store+file://~ann/cache"), PathBuf::from("~ann/cache"));
    }

    #[test]
    fn a_variable_that_is_not_set_is_told() {
        let error = locate("store+file:///var/$AP", variable).unwrap_err();
        assert_eq!(error.to_string(), "invalid: the variable `AP` is not set");
    }

    #[test]
    fn credentials_are_never_told() {
        let error = locate("s3://user:secret@bucket", variable).unwrap_err();
        assert_eq!(error.to_string(), "invalid: unknown scheme `s3`; known: memory, store+file");
    }

    #[test]
    fn plain_file_is_reserved() {
        let error = locate("file:///var/cache", variable).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.message().contains("`store+file:///path` keeps entries"), "{error}");
    }
}
