//! Parameters of nodes, as the function declares them.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Expr, FnArg, Ident, LitStr, Pat, Path, Result, Type};

/// A parameter: how it is called, what it takes, and how its value is handed over.
pub(super) struct Parameter {
    pub(super) name: Ident,
    /// The type of the values that travel: without the reference, `String` for `str`, `Vec<T>` for `[T]`.
    pub(super) ty: Type,
    passed: Passed,
    default: Option<Expr>,
    takes: Option<LitStr>,
    secret: bool,
}

/// How the function gets a value that others share.
#[derive(Clone, Copy, PartialEq)]
enum Passed {
    /// As a copy of its own.
    Cloned,
    /// As a reference.
    Referred,
    /// As a reference to text or a slice.
    Unsized,
}

impl Parameter {
    /// Reads `argument`, and takes the attributes away that only this macro knows.
    pub(super) fn read(argument: &mut FnArg) -> Result<Self> {
        let FnArg::Typed(typed) = argument else {
            return Err(Error::new_spanned(argument, "a node is a free function: it has no `self`"));
        };
        let Pat::Ident(name) = &*typed.pat else {
            let message = "a parameter of a node needs a plain name, which says what it takes: take it apart in the function";
            return Err(Error::new_spanned(&typed.pat, message));
        };
        let (ty, passed) = travelling(&typed.ty)?;
        let mut read =
            Self { name: name.ident.clone(), ty, passed, default: None, takes: None, secret: false };
        let mut kept = Vec::new();
        for attribute in std::mem::take(&mut typed.attrs) {
            if attribute.path().is_ident("default") {
                read.default = Some(attribute.parse_args()?);
            } else if attribute.path().is_ident("takes") {
                read.takes = Some(attribute.parse_args()?);
            } else if attribute.path().is_ident("secret") {
                attribute.meta.require_path_only()?;
                read.secret = true;
            } else {
                kept.push(attribute);
            }
        }
        typed.attrs = kept;
        Ok(read)
    }

    /// The name without `r#`.
    fn text(&self) -> String {
        let name = self.name.to_string();
        name.strip_prefix("r#").unwrap_or(&name).to_owned()
    }

    /// The expression that describes it.
    pub(super) fn describe(&self, home: &Path) -> TokenStream {
        let (text, ty) = (self.text(), &self.ty);
        let mut described = quote!(#home::node::Parameter::new(#text, #home::kind!(#ty)));
        if let Some(takes) = &self.takes {
            described.extend(quote!(.from(#takes)));
        }
        if let Some(default) = &self.default {
            let (shown, value) = (default.to_token_stream().to_string(), self.owned(default));
            described
                .extend(quote!(.optional(#shown, || { let value: #ty = #value; #home::Value::new(value) })));
        }
        if self.secret {
            described.extend(quote!(.secret()));
        }
        described
    }

    /// The statements that get its value out of `arguments`, under a name that nothing of the user has.
    pub(super) fn unpack(&self, arguments: &Ident) -> TokenStream {
        let (name, text, ty) = (self.variable(), self.text(), &self.ty);
        let get = quote!(#arguments.get::<#ty>(#text)?);
        let Some(default) = &self.default else { return quote!(let #name: &#ty = #get;) };
        let value = self.owned(default);
        let kept = Ident::new("default", Span::mixed_site());
        quote! {
            let #kept: #ty;
            let #name: &#ty = if #arguments.value(#text).is_some() {
                #get
            } else {
                #kept = #value;
                &#kept
            };
        }
    }

    /// The expression that hands its value over.
    pub(super) fn hand_over(&self) -> TokenStream {
        let name = self.variable();
        match self.passed {
            // What cannot be cloned is pointed at, and not the attribute.
            Passed::Cloned => quote_spanned!(self.ty.span()=> ::core::clone::Clone::clone(#name)),
            Passed::Referred | Passed::Unsized => quote!(#name),
        }
    }

    fn variable(&self) -> Ident {
        Ident::new(&format!("argument_{}", self.text()), Span::mixed_site())
    }

    /// A default as a value that travels: texts and arrays may be written where what travels is `String` or `Vec`.
    fn owned(&self, default: &Expr) -> TokenStream {
        let ty = &self.ty;
        if self.passed == Passed::Unsized { quote!(<#ty>::from(#default)) } else { quote!(#default) }
    }
}

/// The type of the values that travel to a parameter of this type.
fn travelling(ty: &Type) -> Result<(Type, Passed)> {
    let Type::Reference(reference) = ty else {
        if let Type::ImplTrait(_) = ty {
            return Err(Error::new_spanned(
                ty,
                "a parameter of a node has one type, not any that has a trait",
            ));
        }
        return Ok((ty.clone(), Passed::Cloned));
    };
    if reference.mutability.is_some() {
        return Err(Error::new_spanned(ty, "values of a dataflow are shared: take `&T`, or `T` for a copy"));
    }
    match &*reference.elem {
        Type::Path(path) if path.path.is_ident("str") => {
            Ok((syn::parse_quote!(::std::string::String), Passed::Unsized))
        }
        Type::Slice(slice) => {
            let element = &slice.elem;
            Ok((syn::parse_quote!(::std::vec::Vec<#element>), Passed::Unsized))
        }
        other => Ok((other.clone(), Passed::Referred)),
    }
}
