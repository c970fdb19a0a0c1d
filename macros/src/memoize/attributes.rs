//! What `#[memoize(...)]` says.

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, LitStr, Path, Result, Token, parenthesized};

use crate::version::Additions;

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

const KNOWN: [&str; 13] = [
    "store", "config", "cache", "ttl", "tags", "ignore", "errors", "none", "code", "inside", "version",
    "deps", "include",
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
        let mut seen: Vec<String> = Vec::new();
        syn::meta::parser(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            if seen.contains(&name) {
                return Err(meta.error(format!("`{name}` is said twice")));
            }
            read.one(&name, &meta)?;
            seen.push(name);
            Ok(())
        })
        .parse2(attributes)?;
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
            "config" => self.place = Place::Config(filled(meta)?),
            "cache" => self.cache = Some(filled(meta)?),
            "ttl" => self.ttl = Some(span(&meta.value()?.parse()?)?),
            "tags" => self.tags = listed(meta)?,
            "ignore" => self.ignored = listed_names(meta)?,
            "errors" => {
                only(meta, "store")?;
                self.answers = Answers::ErrorsToo;
            }
            "none" => {
                only(meta, "skip")?;
                self.answers = Answers::OnlyPresent;
            }
            "code" => {
                only(meta, "ignore")?;
                self.is_code_ignored = true;
            }
            "inside" => self.is_inside = true,
            "crate" => self.home = Some(meta.value()?.parse::<LitStr>()?.parse()?),
            _ if self.additions.read(name, meta)? => {}
            _ => {
                let near = KNOWN.iter().find(|known| is_near(known, name));
                let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
                let message = format!("unknown attribute `{name}`{near}; known here: {}", KNOWN.join(", "));
                return Err(Error::new_spanned(&meta.path, message));
            }
        }
        Ok(())
    }
}

/// Whether a known name was probably meant: the same letters but for one, or for two that stand the other way round.
fn is_near(known: &str, name: &str) -> bool {
    let (mut one, mut other): (Vec<char>, Vec<char>) = (known.chars().collect(), name.chars().collect());
    while !one.is_empty() && one.first() == other.first() {
        one.remove(0);
        other.remove(0);
    }
    while !one.is_empty() && one.last() == other.last() {
        one.pop();
        other.pop();
    }
    let is_swapped = one.len() == 2 && other.len() == 2 && one[0] == other[1] && one[1] == other[0];
    is_swapped || (one.len() <= 1 && other.len() <= 1)
}

fn filled(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let text: LitStr = meta.value()?.parse()?;
    if text.value().is_empty() { Err(Error::new(text.span(), "this cannot be empty")) } else { Ok(text) }
}

fn only(meta: &ParseNestedMeta<'_>, known: &str) -> Result<()> {
    let text: LitStr = meta.value()?.parse()?;
    if text.value() == known {
        return Ok(());
    }
    Err(Error::new(text.span(), format!("`{}` is not known here; known: {known}", text.value())))
}

fn listed<T: Parse>(meta: &ParseNestedMeta<'_>) -> Result<Vec<T>> {
    let content;
    parenthesized!(content in meta.input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&content)?.into_iter().collect())
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
