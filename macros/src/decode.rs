//! Writes `impl FromKey`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::shape::{Body, Field, Shape, Variant};

pub(crate) fn derive(shape: &Shape<'_>) -> TokenStream {
    let (home, name) = (&shape.home, &shape.name);
    let body = match &shape.body {
        Body::Transparent(fields) => {
            let fields = each(fields, |_| quote!(#home::key::FromKey::decode(decoder)?));
            quote!(::core::result::Result::Ok(Self { #(#fields)* }))
        }
        Body::Struct(fields) => {
            let argument = argument(fields);
            let fields = each(fields, read);
            quote!(decoder.structure(#name, |#argument| ::core::result::Result::Ok(Self { #(#fields)* })))
        }
        Body::Enum(variants) => {
            let arms = variants.iter().map(arm);
            quote! {
                decoder.variant(#name, |variant, fields| match variant {
                    #(#arms)*
                    _ => ::core::result::Result::Err(fields.unknown_variant(variant)),
                })
            }
        }
    };
    shape.implement(
        "FromKey",
        &quote! {
            fn decode(decoder: &mut #home::key::Decoder<'_>) -> #home::Result<Self> {
                #body
            }
        },
    )
}

fn arm(variant: &Variant<'_>) -> TokenStream {
    let (ident, name) = (variant.ident, &variant.name);
    let fields = each(&variant.fields, read);
    quote!(#name => ::core::result::Result::Ok(Self::#ident { #(#fields)* }),)
}

/// Fills every field, those that were not written by default.
fn each(fields: &[Field<'_>], read: impl Fn(&Field<'_>) -> TokenStream) -> Vec<TokenStream> {
    let filled = fields.iter().map(|field| {
        let member = &field.member;
        let value = if field.skip { quote!(::core::default::Default::default()) } else { read(field) };
        quote!(#member: #value,)
    });
    filled.collect()
}

fn read(field: &Field<'_>) -> TokenStream {
    let (name, ty) = (&field.name, field.ty);
    quote_spanned!(ty.span()=> fields.field::<#ty>(#name)?)
}

/// What the closure calls the fields, if it reads any.
fn argument(fields: &[Field<'_>]) -> TokenStream {
    if fields.iter().all(|field| field.skip) { quote!(_) } else { quote!(fields) }
}
