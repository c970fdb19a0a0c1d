//! What attribute macros are told in parentheses: names, each said once, with a near miss for the unknown ones.

use proc_macro2::TokenStream;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, LitStr, Path, Result, Token, parenthesized};

/// Reads every attribute with `read`, which gets its name, and answers the names.
pub(crate) fn each(
    attributes: TokenStream,
    mut read: impl FnMut(&str, &ParseNestedMeta<'_>) -> Result<()>,
) -> Result<Vec<String>> {
    let mut seen: Vec<String> = Vec::new();
    syn::meta::parser(|meta| {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        if seen.contains(&name) {
            return Err(meta.error(format!("`{name}` is said twice")));
        }
        read(&name, &meta)?;
        seen.push(name);
        Ok(())
    })
    .parse2(attributes)?;
    Ok(seen)
}

/// The error for a name that nobody knows, with those that are known and the one that was probably meant.
pub(crate) fn unknown(meta: &ParseNestedMeta<'_>, name: &str, known: &[&str]) -> Error {
    let near = known.iter().map(|known| (strsim::damerau_levenshtein(name, known), known)).min();
    let near = match near {
        Some((distance, near)) if distance <= 1 + name.len() / 4 => format!(", did you mean `{near}`?"),
        _ => ";".to_owned(),
    };
    let message = format!("unknown attribute `{name}`{near} known here: {}", known.join(", "));
    Error::new_spanned(&meta.path, message)
}

/// `name(one, two)`.
pub(crate) fn listed<T: Parse>(meta: &ParseNestedMeta<'_>) -> Result<Vec<T>> {
    let content;
    parenthesized!(content in meta.input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

/// `name = "text"`, which cannot be empty.
pub(crate) fn filled(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let text: LitStr = meta.value()?.parse()?;
    if text.value().is_empty() { Err(Error::new(text.span(), "this cannot be empty")) } else { Ok(text) }
}

/// `name = "one"`, where only these are known.
pub(crate) fn one_of(meta: &ParseNestedMeta<'_>, known: &[&str]) -> Result<LitStr> {
    let text: LitStr = meta.value()?.parse()?;
    if known.contains(&text.value().as_str()) {
        return Ok(text);
    }
    let message = format!("`{}` is not known here; known: {}", text.value(), known.join(", "));
    Err(Error::new(text.span(), message))
}

/// `crate = "path"`.
pub(crate) fn path(meta: &ParseNestedMeta<'_>) -> Result<Path> {
    meta.value()?.parse::<LitStr>()?.parse()
}
