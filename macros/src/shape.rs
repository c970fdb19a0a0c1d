//! What both derives need to know of a type: its names as they are written, and where the fields lie.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{
    Data, DeriveInput, Error, Generics, Ident, Index, LitStr, Member, Path, Result, Type, parse_quote,
};

use crate::attributes::{OfField, OfType, of_variant};

/// A type that is to be a key.
pub(crate) struct Shape<'a> {
    pub(crate) ident: &'a Ident,
    /// Where larder is.
    pub(crate) home: Path,
    pub(crate) name: LitStr,
    pub(crate) body: Body<'a>,
    generics: &'a Generics,
}

pub(crate) enum Body<'a> {
    /// Is what its one field is; the others are skipped.
    Transparent(Vec<Field<'a>>),
    Struct(Vec<Field<'a>>),
    Enum(Vec<Variant<'a>>),
}

pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) name: LitStr,
    pub(crate) fields: Vec<Field<'a>>,
}

pub(crate) struct Field<'a> {
    pub(crate) member: Member,
    pub(crate) name: LitStr,
    pub(crate) ty: &'a Type,
    pub(crate) skip: bool,
}

impl<'a> Shape<'a> {
    pub(crate) fn of(input: &'a DeriveInput) -> Result<Self> {
        let attributes = OfType::read(&input.attrs)?;
        let home = attributes.home.unwrap_or_else(|| parse_quote!(::larder));
        let body = match &input.data {
            Data::Struct(data) if attributes.transparent => {
                if let Some(rename) = attributes.rename {
                    return Err(Error::new(rename.span(), "a transparent type has no name in the key"));
                }
                Body::Transparent(transparent(input, fields(&data.fields)?)?)
            }
            Data::Struct(data) => Body::Struct(fields(&data.fields)?),
            Data::Enum(data) if !attributes.transparent => Body::Enum(distinct(
                data.variants.iter().map(|variant| {
                    let name = of_variant(&variant.attrs)?.unwrap_or_else(|| written(&variant.ident));
                    Ok(Variant { ident: &variant.ident, name, fields: fields(&variant.fields)? })
                }),
                |variant| Some(&variant.name),
            )?),
            Data::Enum(_) => {
                return Err(Error::new(
                    input.ident.span(),
                    "only a structure of one field can be transparent",
                ));
            }
            Data::Union(_) => return Err(Error::new(input.ident.span(), "a union cannot be a key")),
        };
        let name = attributes.rename.unwrap_or_else(|| written(&input.ident));
        Ok(Self { ident: &input.ident, home, name, body, generics: &input.generics })
    }

    /// Implements the trait of that name with `body`, where every type parameter has it too.
    pub(crate) fn implement(&self, name: &str, body: &TokenStream) -> TokenStream {
        let (ident, home) = (self.ident, &self.home);
        let name = Ident::new(name, Span::call_site());
        let mut generics = self.generics.clone();
        for parameter in generics.type_params_mut() {
            parameter.bounds.push(parse_quote!(#home::key::#name));
        }
        let (parameters, arguments, bounds) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #parameters #home::key::#name for #ident #arguments #bounds {
                #body
            }
        }
    }
}

/// The fields, with the names that are written.
fn fields(fields: &syn::Fields) -> Result<Vec<Field<'_>>> {
    let read = fields.iter().enumerate().map(|(at, field)| {
        let attributes = OfField::read(&field.attrs)?;
        let (member, name) = match &field.ident {
            Some(ident) => (Member::Named(ident.clone()), written(ident)),
            None => (Member::Unnamed(Index::from(at)), LitStr::new(&at.to_string(), Span::call_site())),
        };
        let name = attributes.rename.unwrap_or(name);
        Ok(Field { member, name, ty: &field.ty, skip: attributes.skip })
    });
    distinct(read, |field| (!field.skip).then_some(&field.name))
}

/// Collects what is read, where no two names are the same.
fn distinct<T>(
    read: impl Iterator<Item = Result<T>>,
    name: impl Fn(&T) -> Option<&LitStr>,
) -> Result<Vec<T>> {
    let all = read.collect::<Result<Vec<_>>>()?;
    let mut seen = HashSet::new();
    for name in all.iter().filter_map(name) {
        if !seen.insert(name.value()) {
            return Err(Error::new(name.span(), format!("the name `{}` is taken", name.value())));
        }
    }
    Ok(all)
}

/// The fields of a transparent structure, one of which is not skipped.
fn transparent<'a>(input: &DeriveInput, fields: Vec<Field<'a>>) -> Result<Vec<Field<'a>>> {
    match fields.iter().filter(|field| !field.skip).count() {
        1 => Ok(fields),
        _ => Err(Error::new(input.ident.span(), "only a structure of one field can be transparent")),
    }
}

/// The name of an identifier as keys hold it: `r#type` is `type`.
fn written(ident: &Ident) -> LitStr {
    LitStr::new(&ident.unraw().to_string(), ident.span())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the compiler says of a type that cannot be a key.
    fn refusal(input: &DeriveInput) -> String {
        Shape::of(input).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn unknown_attributes_are_named_with_those_that_are_known() {
        let of_type = refusal(&parse_quote!(
            #[cache_key(name = "user")]
            struct User;
        ));
        assert_eq!(of_type, "unknown attribute `name`; known here: rename, transparent, crate");
        let of_field = refusal(&parse_quote!(
            struct User {
                #[cache_key(ignore)]
                id: u8,
            }
        ));
        assert_eq!(of_field, "unknown attribute `ignore`; known here: rename, skip");
        let of_variant = refusal(&parse_quote!(
            enum User {
                #[cache_key(skip)]
                One,
            }
        ));
        assert_eq!(of_variant, "unknown attribute `skip`; known here: rename");
    }

    #[test]
    fn names_are_given_once_and_are_not_empty() {
        let taken = refusal(&parse_quote!(
            struct User {
                a: u8,
                #[cache_key(rename = "a")]
                b: u8,
            }
        ));
        assert_eq!(taken, "the name `a` is taken");
        let taken = refusal(&parse_quote!(
            enum User {
                A,
                #[cache_key(rename = "A")]
                B,
            }
        ));
        assert_eq!(taken, "the name `A` is taken");
        let empty = refusal(&parse_quote!(
            #[cache_key(rename = "")]
            struct User;
        ));
        assert_eq!(empty, "a name cannot be empty");
        let twice = refusal(&parse_quote!(
            #[cache_key(rename = "A", rename = "B")]
            struct User;
        ));
        assert_eq!(twice, "`rename` is said twice");
        let skipped = refusal(&parse_quote!(
            struct User(#[cache_key(skip, rename = "a")] u8);
        ));
        assert_eq!(skipped, "a skipped field has no name in the key");
    }

    #[test]
    fn only_a_structure_of_one_field_is_transparent() {
        let types: [DeriveInput; 4] = [
            parse_quote!(
                #[cache_key(transparent)]
                struct Two(u8, u8);
            ),
            parse_quote!(
                #[cache_key(transparent)]
                struct None;
            ),
            parse_quote!(
                #[cache_key(transparent)]
                struct None(#[cache_key(skip)] u8);
            ),
            parse_quote!(
                #[cache_key(transparent)]
                enum Either {
                    A(u8),
                }
            ),
        ];
        for input in &types {
            assert_eq!(refusal(input), "only a structure of one field can be transparent");
        }
    }

    #[test]
    fn a_union_is_refused() {
        assert_eq!(refusal(&parse_quote!(union Either { a: u8, b: u8 })), "a union cannot be a key");
    }
}
