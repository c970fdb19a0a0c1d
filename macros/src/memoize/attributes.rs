//! What `#[memoize(...)]` says.

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, LitStr, Path, Result, Token, parenthesized};

use crate::version::Additions;
use crate::{said, scheme};

/// The attributes of a memoized function.
pub(super) struct MemoizeAttributes {
    pub(super) place: Place,
    pub(super) cache: Option<LitStr>,
    pub(super) ttl: Option<Duration>,
    pub(super) tags: Vec<Expr>,
    pub(super) ignored: Vec<Ident>,
    pub(super) answers: Answers,
    pub(super) is_code_ignored: bool,
    pub(super) is_inside: bool,
    pub(super) additions: Additions,
    pub(super) home: Option<Path>,
}

/// Where results are kept.
pub(super) enum Place {
    /// What this expression is, a store.
    Store(Box<Expr>),
    /// What this names, opened by the first call.
    Config(LitStr),
}

/// Which answers are stored.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Answers {
    /// All but errors.
    #[default]
    Usual,
    ErrorsToo,
    OnlyPresent,
}

const KNOWN: [&str; 14] = [
    "store", "config", "cache", "ttl", "tags", "ignore", "errors", "none", "code", "inside", "version",
    "deps", "include", "crate",
];

impl MemoizeAttributes {
    pub(super) fn read(attributes: TokenStream) -> Result<Self> {
        let mut read = Self {
            place: Place::Config(LitStr::new("", Span::call_site())),
            cache: None,
            ttl: None,
            tags: Vec::new(),
            ignored: Vec::new(),
            answers: Answers::default(),
            is_code_ignored: false,
            is_inside: false,
            additions: Additions::default(),
            home: None,
        };
        let seen = said::each(attributes, |name, meta| read.one(name, meta))?;
        match ["store", "config"].map(|name| seen.iter().any(|seen| seen == name)) {
            [true, true] => Err(Error::new(
                Span::call_site(),
                "`store` and `config` both say where results are kept: leave one",
            )),
            [false, false] => Err(Error::new(
                Span::call_site(),
                "say where results are kept: `store = STORE`, an opened store, or `config = \"cache.toml\"`, a file or a url",
            )),
            _ => Ok(read),
        }
    }

    fn one(&mut self, name: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match name {
            "store" => self.place = Place::Store(Box::new(meta.value()?.parse()?)),
            "config" => {
                let config = said::filled(meta)?;
                scheme::check(&config)?;
                self.place = Place::Config(config);
            }
            "cache" => self.cache = Some(said::filled(meta)?),
            "ttl" => self.ttl = Some(span(&meta.value()?.parse()?)?),
            "tags" => self.tags = said::listed(meta)?,
            "ignore" => self.ignored = listed_names(meta)?,
            "errors" => {
                said::one_of(meta, &["store"])?;
                self.answers = Answers::ErrorsToo;
            }
            "none" => {
                said::one_of(meta, &["skip"])?;
                self.answers = Answers::OnlyPresent;
            }
            "code" => {
                said::one_of(meta, &["ignore"])?;
                self.is_code_ignored = true;
            }
            "inside" => self.is_inside = true,
            "crate" => self.home = Some(said::path(meta)?),
            _ if self.additions.read(name, meta)? => {}
            _ => return Err(said::unknown(meta, name, &KNOWN)),
        }
        Ok(())
    }
}

/// Names, `self` among them.
fn listed_names(meta: &ParseNestedMeta<'_>) -> Result<Vec<Ident>> {
    let content;
    parenthesized!(content in meta.input);
    let names =
        Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, syn::ext::IdentExt::parse_any)?;
    Ok(names.into_iter().collect())
}

/// A number and a unit, as settings write them.
fn span(text: &LitStr) -> Result<Duration> {
    let value = text.value();
    let (number, unit) =
        value.split_at(value.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(value.len()));
    let seconds = match unit.trim() {
        "s" => Some(1),
        "m" | "min" => Some(60),
        "h" => Some(60 * 60),
        "d" => Some(24 * 60 * 60),
        _ => None,
    };
    let wrong =
        || Error::new(text.span(), "a span of time is a whole number and one of: ms, s, m, min, h, d");
    let number: u64 = number.parse().map_err(|_| wrong())?;
    match seconds {
        Some(seconds) => number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong),
        None if unit.trim() == "ms" => Ok(Duration::from_millis(number)),
        None => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn refused(attributes: TokenStream) -> String {
        MemoizeAttributes::read(attributes).err().expect("it is refused").to_string()
    }

    #[test]
    fn what_is_missing_or_unknown_is_said_with_what_to_do() {
        assert!(refused(quote!()).starts_with("say where results are kept: `store = STORE`"));
        assert!(refused(quote!(store = S, config = "a")).ends_with("leave one"));
        assert!(
            refused(quote!(store = S, tll = "1h"))
                .starts_with("unknown attribute `tll`, did you mean `ttl`?")
        );
        assert!(refused(quote!(store = S, version = 1, version = 2)).contains("said twice"));
        assert!(refused(quote!(store = S, ttl = "1 fortnight")).contains("ms, s, m, min, h, d"));
        assert!(refused(quote!(store = S, errors = "keep")).contains("known: store"));
        assert!(refused(quote!(config = "")).contains("empty"));
    }

    #[test]
    fn spans_have_units() {
        let of = |text: &str| span(&LitStr::new(text, Span::call_site())).expect("a span");
        assert_eq!(of("1h"), Duration::from_hours(1));
        assert_eq!(of("250 ms"), Duration::from_millis(250));
        assert_eq!(of("0s"), Duration::ZERO);
    }
}
