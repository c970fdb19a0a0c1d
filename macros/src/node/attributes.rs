//! What `#[node(...)]` says.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Path, Result, Token, Type, bracketed, parenthesized};

use crate::version::Additions;

/// The attributes of a node.
#[derive(Default)]
pub(super) struct NodeAttributes {
    pub(super) name: Option<LitStr>,
    pub(super) tags: Vec<TagSaid>,
    pub(super) cache: Option<LitStr>,
    pub(super) format: Option<LitStr>,
    pub(super) role: Role,
    pub(super) extracted: Vec<Extracted>,
    pub(super) additions: Additions,
    pub(super) home: Option<Path>,
}

/// What the node is to the world outside.
#[derive(Clone, Copy, Default)]
pub(super) enum Role {
    #[default]
    Inner,
    Loader,
    Saver,
}

/// `name = "text"` or `name = ["text", "text"]`.
pub(super) struct TagSaid {
    pub(super) name: String,
    pub(super) value: TokenStream,
}

/// `field: Type`: a node that is a field of the result.
pub(super) struct Extracted {
    pub(super) field: Ident,
    pub(super) ty: Type,
}

const KNOWN: &str = "name, tags, cache, format, role, extract, version, deps, include, crate";

impl NodeAttributes {
    pub(super) fn read(attributes: TokenStream) -> Result<Self> {
        let mut read = Self::default();
        let mut seen = Vec::new();
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
        Ok(read)
    }

    fn one(&mut self, name: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match name {
            "name" => self.name = Some(filled(meta)?),
            "cache" => self.cache = Some(one_of(meta, &["default", "recompute", "disable", "ignore"])?),
            "format" => self.format = Some(filled(meta)?),
            "role" => {
                let role = one_of(meta, &["loader", "saver"])?;
                self.role = if role.value() == "loader" { Role::Loader } else { Role::Saver };
            }
            "tags" => self.tags = listed(meta)?,
            "extract" => self.extracted = listed(meta)?,
            "crate" => self.home = Some(meta.value()?.parse::<LitStr>()?.parse()?),
            _ if self.additions.read(name, meta)? => {}
            _ => {
                return Err(Error::new_spanned(
                    &meta.path,
                    format!("unknown attribute `{name}`; known here: {KNOWN}"),
                ));
            }
        }
        Ok(())
    }
}

fn listed<T: Parse>(meta: &ParseNestedMeta<'_>) -> Result<Vec<T>> {
    let content;
    parenthesized!(content in meta.input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

fn filled(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let text: LitStr = meta.value()?.parse()?;
    if text.value().is_empty() { Err(Error::new(text.span(), "this cannot be empty")) } else { Ok(text) }
}

fn one_of(meta: &ParseNestedMeta<'_>, known: &[&str]) -> Result<LitStr> {
    let text: LitStr = meta.value()?.parse()?;
    if known.contains(&text.value().as_str()) {
        return Ok(text);
    }
    Err(Error::new(text.span(), format!("`{}` is none of: {}", text.value(), known.join(", "))))
}

impl Parse for TagSaid {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse::<Ident>()?.to_string();
        input.parse::<Token![=]>()?;
        let value = if input.peek(syn::token::Bracket) {
            let content;
            bracketed!(content in input);
            let texts: Vec<LitStr> =
                Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?.into_iter().collect();
            quote!([#(#texts),*])
        } else {
            let text: LitStr = input.parse()?;
            quote!(#text)
        };
        Ok(Self { name, value })
    }
}

impl Parse for Extracted {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let field = input.parse()?;
        input.parse::<Token![:]>()?;
        Ok(Self { field, ty: input.parse()? })
    }
}
