//! Writes `impl CacheKey`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::shape::{Body, Field, Shape, Variant};

pub(crate) fn derive(shape: &Shape<'_>) -> TokenStream {
    let (home, name) = (&shape.home, &shape.name);
    let body = match &shape.body {
        Body::Transparent(fields) => {
            let member = fields.iter().filter(|field| !field.skip).map(|field| &field.member);
            quote!(#(#home::key::CacheKey::encode(&self.#member, encoder))*)
        }
        Body::Struct(fields) => {
            let fields = write(fields, |_, field| {
                let member = &field.member;
                quote!(&self.#member)
            });
            quote!(encoder.structure(#name, #fields))
        }
        Body::Enum(variants) => {
            let arms = variants.iter().map(|variant| arm(shape, variant));
            quote!(match *self { #(#arms)* })
        }
    };
    shape.implement(
        "CacheKey",
        &quote! {
            fn encode(&self, encoder: &mut #home::key::Encoder) -> #home::Result<()> {
                #body
            }
        },
    )
}

/// The arm of one variant, in which each of its fields has a name of its own.
fn arm(shape: &Shape<'_>, variant: &Variant<'_>) -> TokenStream {
    let (name, ident, variant_name) = (&shape.name, variant.ident, &variant.name);
    let bindings = variant.fields.iter().enumerate().filter(|(_, field)| !field.skip).map(|(at, field)| {
        let (member, binding) = (&field.member, binding(at));
        quote!(#member: ref #binding,)
    });
    let fields = write(&variant.fields, |at, _| {
        let binding = binding(at);
        quote!(#binding)
    });
    quote! {
        Self::#ident { #(#bindings)* .. } => encoder.variant(#name, #variant_name, #fields),
    }
}

/// A closure that writes the fields, each where `place` says.
fn write(fields: &[Field<'_>], place: impl Fn(usize, &Field<'_>) -> TokenStream) -> TokenStream {
    let kept: Vec<_> = fields.iter().enumerate().filter(|(_, field)| !field.skip).collect();
    if kept.is_empty() {
        return quote!(|_| ::core::result::Result::Ok(()));
    }
    let each = kept.into_iter().map(|(at, field)| {
        let (name, place) = (&field.name, place(at, field));
        // A field that cannot be a key is pointed at, and not the derive.
        quote_spanned!(field.ty.span()=> fields.field(#name, #place)?;)
    });
    quote!(|fields| { #(#each)* ::core::result::Result::Ok(()) })
}

/// A name that no other variable of the generated code has, nor any constant of the user.
fn binding(at: usize) -> Ident {
    Ident::new(&format!("field_{at}"), Span::mixed_site())
}
