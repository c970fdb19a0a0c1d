//! The schemes of URLs, to refuse a mistyped one while the program is compiled.

use syn::{Error, LitStr, Result};

/// All schemes that a store can be opened with. A test of the crate `larder` compares them with those that it
/// knows.
const SCHEMES: &[&str] = &[
    "memory",
    "file",
    "store+file",
    "s3",
    "s3a",
    "gs",
    "az",
    "azure",
    "adl",
    "abfs",
    "abfss",
    "https",
    "webdav+https",
    "webdav+http",
];

/// Refuses a URL whose scheme is unknown. Anything else is a URL to be checked when it is opened, or a file
/// name.
pub(crate) fn check(config: &LitStr) -> Result<()> {
    let text = config.value();
    let Some((scheme, rest)) = text.split_once(':') else { return Ok(()) };
    let is_name = |sign: char| sign.is_ascii_alphanumeric() || ['+', '-', '.'].contains(&sign);
    let is_url = rest.is_empty() || rest.starts_with("//") || rest.starts_with('?');
    // One letter is a drive.
    if !is_url || scheme.len() < 2 || !scheme.chars().all(is_name) || SCHEMES.contains(&scheme) {
        return Ok(());
    }
    let nearest = SCHEMES.iter().map(|known| (strsim::damerau_levenshtein(scheme, known), known)).min();
    let near = match nearest {
        Some((distance, near)) if distance <= 1 + scheme.len() / 4 => format!(", did you mean `{near}`?"),
        _ => ";".to_owned(),
    };
    // The rest of the URL may hold a secret, so it is not in the message.
    Err(Error::new(config.span(), format!("unknown scheme `{scheme}`{near} known: {}", SCHEMES.join(", "))))
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn checked(text: &str) -> Result<()> {
        check(&LitStr::new(text, Span::call_site()))
    }

    #[test]
    fn a_mistyped_scheme_is_refused_with_the_near_miss() {
        for (url, near) in [
            ("memroy:?size_limit=1MiB", "unknown scheme `memroy`, did you mean `memory`?"),
            ("memroy:", "did you mean `memory`?"),
            ("fiel:///var/cache", "did you mean `file`?"),
            ("s4://bucket?secret=1", "unknown scheme `s4`, did you mean `s3`?"),
            ("redis://host", "unknown scheme `redis`; known: memory"),
        ] {
            let message = checked(url).expect_err(url).to_string();
            assert!(message.contains(near) && !message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn files_and_known_urls_are_accepted() {
        let known = SCHEMES.iter().map(|scheme| format!("{scheme}://x"));
        let files = ["cache.toml", "a:b.toml", "C:\\cache.toml", "dir/x:y", "memory:?size_limit=1MiB"];
        for text in known.chain(files.map(str::to_owned)) {
            assert!(checked(&text).is_ok(), "{text}");
        }
    }
}
