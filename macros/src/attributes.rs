//! The attributes in `#[cache_key(...)]`: each place knows some and refuses the rest by name.

use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, LitStr, Path, Result};

/// What the attributes of a type say.
#[derive(Default)]
pub(crate) struct OfType {
    pub(crate) rename: Option<LitStr>,
    pub(crate) transparent: bool,
    pub(crate) home: Option<Path>,
}

/// What the attributes of a field say.
#[derive(Default)]
pub(crate) struct OfField {
    pub(crate) rename: Option<LitStr>,
    pub(crate) skip: bool,
}

impl OfType {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut read = Self::default();
        each(attributes, "rename, transparent, crate", |name, meta| {
            match name {
                "rename" => read.rename = Some(named(meta)?),
                "transparent" => read.transparent = true,
                "crate" => read.home = Some(meta.value()?.parse::<LitStr>()?.parse()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(read)
    }
}

impl OfField {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut read = Self::default();
        each(attributes, "rename, skip", |name, meta| {
            match name {
                "rename" => read.rename = Some(named(meta)?),
                "skip" => read.skip = true,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if let (Some(rename), true) = (&read.rename, read.skip) {
            return Err(Error::new(rename.span(), "a skipped field has no name in the key"));
        }
        Ok(read)
    }
}

/// The new name of a variant, the one thing that its attributes say.
pub(crate) fn of_variant(attributes: &[Attribute]) -> Result<Option<LitStr>> {
    let mut rename = None;
    each(attributes, "rename", |name, meta| {
        if name == "rename" {
            rename = Some(named(meta)?);
        }
        Ok(name == "rename")
    })?;
    Ok(rename)
}

/// Reads every attribute with `read`, which says whether it knows the name.
fn each(
    attributes: &[Attribute],
    known: &str,
    mut read: impl FnMut(&str, &ParseNestedMeta<'_>) -> Result<bool>,
) -> Result<()> {
    let mut seen = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("cache_key")) {
        attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            if seen.contains(&name) {
                return Err(meta.error(format!("`{name}` is said twice")));
            }
            if !read(&name, &meta)? {
                let message = format!("unknown attribute `{name}`; known here: {known}");
                return Err(Error::new(meta.path.span(), message));
            }
            seen.push(name);
            Ok(())
        })?;
    }
    Ok(())
}

fn named(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let name: LitStr = meta.value()?.parse()?;
    if name.value().is_empty() { Err(Error::new(name.span(), "a name cannot be empty")) } else { Ok(name) }
}
