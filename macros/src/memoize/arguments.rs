//! The arguments of a memoized function, as its key has them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Error, FnArg, ItemFn, Pat, Result, Type};

/// An argument, under the name that it has in the key.
pub(super) struct Argument {
    pub(super) name: String,
    /// What the function calls it before its body runs.
    pub(super) variable: TokenStream,
    pub(super) is_ignored: bool,
    /// Where errors about it point.
    pub(super) span: Span,
    /// The statement that gives the body what the function was written with: a pattern, or a variable that changes.
    pub(super) rebound: Option<TokenStream>,
}

impl Argument {
    /// The arguments of `function`, which afterwards takes each under a plain name.
    pub(super) fn all(function: &mut ItemFn, ignored: &[Ident]) -> Result<Vec<Self>> {
        let mut all: Vec<Self> = Vec::new();
        for (at, input) in function.sig.inputs.iter_mut().enumerate() {
            all.push(Self::read(at, input, ignored)?);
        }
        if let Some(unknown) =
            ignored.iter().find(|ignored| !all.iter().any(|argument| *ignored == &argument.name))
        {
            let names: Vec<&str> = all.iter().map(|argument| &*argument.name).collect();
            let message = format!("no argument is called `{unknown}`; there are: {}", names.join(", "));
            return Err(Error::new(unknown.span(), message));
        }
        Ok(all)
    }

    fn read(at: usize, input: &mut FnArg, ignored: &[Ident]) -> Result<Self> {
        let span = input.span();
        let is_ignored = |name: &str| ignored.iter().any(|ignored| ignored == name);
        let typed = match input {
            FnArg::Receiver(_) => {
                let is_ignored = is_ignored("self");
                return Ok(Self {
                    name: "self".to_owned(),
                    variable: quote!(self),
                    is_ignored,
                    span,
                    rebound: None,
                });
            }
            FnArg::Typed(typed) => typed,
        };
        if let Type::ImplTrait(_) = &*typed.ty {
            let message = "an argument of a memoized function has one type: write it, or leave the memoizing to a function \
                           that this one calls";
            return Err(Error::new_spanned(&typed.ty, message));
        }
        let (name, rebound) = match &*typed.pat {
            Pat::Ident(plain)
                if plain.by_ref.is_none() && plain.subpat.is_none() && plain.mutability.is_none() =>
            {
                let name = plain.ident.to_string();
                let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
                let variable = plain.ident.to_token_stream();
                let is_ignored = is_ignored(&name);
                if !is_ignored {
                    refuse_changes(&typed.ty)?;
                }
                return Ok(Self { is_ignored, name, variable, span, rebound: None });
            }
            Pat::Ident(changing) if changing.by_ref.is_none() && changing.subpat.is_none() => {
                (changing.ident.to_string(), &typed.pat)
            }
            // Without a name its place is its name.
            _ => (at.to_string(), &typed.pat),
        };
        refuse_changes(&typed.ty)?;
        let variable = Ident::new(&format!("argument_{at}"), Span::mixed_site());
        let rebound = quote!(let #rebound = #variable;);
        *typed.pat = syn::parse_quote!(#variable);
        let variable = variable.into_token_stream();
        Ok(Self { is_ignored: is_ignored(&name), name, variable, span, rebound: Some(rebound) })
    }
}

/// An argument that is part of the key is only read.
fn refuse_changes(ty: &Type) -> Result<()> {
    if let Type::Reference(reference) = ty
        && reference.mutability.is_some()
    {
        let message = "a memoized function cannot change its arguments: what comes from the cache would not; \
                       leave it out of the key with `ignore(..)` if that does not matter";
        return Err(Error::new_spanned(ty, message));
    }
    Ok(())
}
