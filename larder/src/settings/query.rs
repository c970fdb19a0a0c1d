//! A store as one url: `s3://bucket/prefix?size_limit=1TiB&serializer=json`.
//!
//! What stands before the `?` is the url of the tier, as it is in a file. Behind it stand settings of the cache, of
//! the tier and options of the store by their plain names, which are all different. Only there is percent-decoded.

use percent_encoding::percent_decode_str;

use super::known::{self, CACHE, TIER};
use super::node::At;
use super::place;
use super::source::Fault;
use super::values::shown_name;
use super::words::{self, Address, Word};

/// Whether `text` is a url and not the path of a file. A file of such a name is opened as `./` and the name.
pub(super) fn is_url(text: &str) -> bool {
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && known::is_plain(scheme);
    // `file:/path` is one too, so that it is told what is wrong with it and not taken for the name of a file.
    let is_short = scheme == "memory" && (rest.is_empty() || rest.starts_with('?'));
    is_scheme && (rest.starts_with("//") || is_short || scheme == "file")
}

/// The settings that `url` says.
pub(super) fn words(url: &str) -> Result<Vec<Word>, Fault> {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let word = |address, text| Word { address, text, at: At::Url };
    let mut words = vec![word(Address::Tier("url".to_owned()), place.to_owned())];
    let refused = |path: &str, message: &str| Fault::new(path, message.to_owned()).at(At::Url);
    if query.contains('#') {
        return Err(refused("query", "a `#` in a url is written `%23`"));
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        // What has no `=` may be the end of a secret with an `&` in it.
        let Some((name, text)) = pair.split_once('=') else {
            return Err(refused("query", "a setting without a value; an `&` in a value is written `%26`"));
        };
        let (Some(name), Some(text)) = (decoded(name), decoded(text)) else {
            return Err(refused(shown_name(name), "what is percent-encoded is no Unicode"));
        };
        words.push(word(address(&name, place)?, text));
    }
    words::twice(&words)?;
    Ok(words)
}

/// A part of a query as forms encode it, if it is Unicode.
fn decoded(part: &str) -> Option<String> {
    let spaced = part.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(Into::into)
}

fn address(name: &str, place: &str) -> Result<Address, Fault> {
    let owned = || name.to_owned();
    let of_kind = known::of_kind(place::kind(place)).iter().copied();
    let of_kind: Vec<&str> = of_kind.filter(|name| !["url", "path", "options"].contains(name)).collect();
    if CACHE.contains(&name) {
        return Ok(Address::Cache(owned()));
    }
    if TIER.contains(&name) || of_kind.contains(&name) {
        return Ok(Address::Tier(owned()));
    }
    let (is_option, options) = options(name, place);
    if is_option {
        return Ok(Address::Option(owned()));
    }
    if let Some(meant) = meant(place, name) {
        return Err(Fault::new(name, meant).at(At::Url));
    }
    let known = [TIER, &of_kind, CACHE, &options].concat();
    Err(Fault::new(shown_name(name), known::unknown("setting", name, &known)).at(At::Url))
}

/// Whether `name` is an option of the store at `place`, and which options it has.
#[cfg(feature = "object-store")]
fn options(name: &str, place: &str) -> (bool, Vec<&'static str>) {
    (super::options::is_option(place, name), super::options::names(place))
}

/// What is to be written in place of `name`.
#[cfg(feature = "object-store")]
fn meant(place: &str, name: &str) -> Option<&'static str> {
    super::options::meant(place, name)
}

#[cfg(not(feature = "object-store"))]
fn meant(_: &str, _: &str) -> Option<&'static str> {
    None
}

#[cfg(not(feature = "object-store"))]
fn options(_: &str, _: &str) -> (bool, Vec<&'static str>) {
    (false, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(url: &str) -> String {
        match words(url) {
            Ok(_) => panic!("{url} was taken"),
            Err(fault) => fault.into_error().to_string(),
        }
    }

    #[test]
    fn urls_and_paths_are_told_apart() {
        for url in [
            "memory:",
            "memory:?size_limit=1",
            "memory:///",
            "s3://b",
            "store+file://~/x",
            "file:///x",
            "file:/x",
            "x://",
        ] {
            assert!(is_url(url), "{url}");
        }
        for path in
            ["cache.toml", "/var/cache.toml", "./memory:", "memory", "memory:x", "C:\\x", "a/b://c", "://"]
        {
            assert!(!is_url(path), "{path}");
        }
    }

    #[cfg(feature = "object-store")]
    #[test]
    fn settings_of_cache_tier_and_store_stand_in_a_query() {
        let words = words("s3://bucket/a?life=1h&size_limit=5+GiB&region=eu&schema=a%26b").unwrap();
        let said: Vec<_> = words.iter().map(|word| format!("{}={}", word.address, word.text)).collect();
        let expected = [
            "tier.url=s3://bucket/a",
            "cache.life=1h",
            "tier.size_limit=5 GiB",
            "tier.options.region=eu",
            "cache.schema=a&b",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn what_is_no_setting_is_told_and_no_value_is() {
        for (query, reason) in [
            ("size_limt=secret", "unknown setting `size_limt`, did you mean `size_limit`?"),
            ("life=secret&life=secret", "twice"),
            ("life=a&secret", "without a value"),
            ("life=secret#secret", "written `%23`"),
            ("life=secret%ff", "no Unicode"),
            ("sec%20ret=secret", "unknown setting, which has other characters"),
        ] {
            let message = complaint(&format!("store+file:///x?{query}"));
            assert!(message.contains(reason), "{query}: {message}");
            assert!(!message.contains("secret"), "{query}: {message}");
        }
    }

    #[cfg(feature = "object-store")]
    #[test]
    fn a_mistyped_option_comes_with_the_near_miss() {
        let message = complaint("s3://bucket?regoin=eu");
        assert!(message.contains("unknown setting `regoin`, did you mean `region`?"), "{message}");
    }

    #[cfg(feature = "object-store")]
    #[test]
    fn a_token_of_azure_that_was_copied_with_its_url_is_told_where_it_belongs() {
        for url in ["https://a.blob.core.windows.net/abc", "abfss://abc@a.dfs.core.windows.net/x"] {
            let message = complaint(&format!("{url}?sv=2021-12-02&sig=secret"));
            assert!(message.contains("`sas_token`") && !message.contains("secret"), "{message}");
        }
    }
}
