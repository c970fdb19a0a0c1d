//! What `#[node(...)]` says.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Path, Result, Token, Type, bracketed};

use crate::said;
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

const KNOWN: [&str; 10] =
    ["name", "tags", "cache", "format", "role", "extract", "version", "deps", "include", "crate"];

impl NodeAttributes {
    pub(super) fn read(attributes: TokenStream) -> Result<Self> {
        let mut read = Self::default();
        said::each(attributes, |name, meta| read.one(name, meta))?;
        Ok(read)
    }

    fn one(&mut self, name: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match name {
            "name" => self.name = Some(said::filled(meta)?),
            "cache" => self.cache = Some(said::one_of(meta, &["default", "recompute", "disable", "ignore"])?),
            "format" => self.format = Some(said::filled(meta)?),
            "role" => {
                let role = said::one_of(meta, &["loader", "saver"])?;
                self.role = if role.value() == "loader" { Role::Loader } else { Role::Saver };
            }
            "tags" => self.tags = said::listed(meta)?,
            "extract" => self.extracted = said::listed(meta)?,
            "crate" => self.home = Some(said::path(meta)?),
            _ if self.additions.read(name, meta)? => {}
            _ => return Err(said::unknown(meta, name, &KNOWN)),
        }
        Ok(())
    }
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
