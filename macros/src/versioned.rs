//! `#[versioned]`: a function that others can name among their helpers.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parser;
use syn::{Error, ItemFn, LitStr, Path, Result};

use crate::version::{Additions, companion, home};

pub(crate) fn expand(attributes: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function: ItemFn = syn::parse2(item)?;
    let (mut additions, mut said) = (Additions::default(), None::<Path>);
    syn::meta::parser(|meta| {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        if additions.read(&name, &meta)? {
            return Ok(());
        }
        if name != "crate" {
            let message = format!("unknown attribute `{name}`; known here: {}, crate", Additions::KNOWN);
            return Err(Error::new_spanned(&meta.path, message));
        }
        said = Some(meta.value()?.parse::<LitStr>()?.parse()?);
        Ok(())
    })
    .parse2(attributes)?;
    let home = home(said, "::larder");
    let version = additions.code_version(&home, &function);
    let companion = companion(&home, &function, &version);
    Ok(quote!(#function #companion))
}
