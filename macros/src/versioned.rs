//! `#[versioned]`: a function that others can name among their helpers.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ItemFn, Path, Result};

use crate::said;
use crate::version::{Additions, companion, home};

const KNOWN: [&str; 4] = ["version", "deps", "include", "crate"];

pub(crate) fn expand(attributes: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function: ItemFn = syn::parse2(item)?;
    let (mut additions, mut place) = (Additions::default(), None::<Path>);
    said::each(attributes, |name, meta| {
        match name {
            "crate" => place = Some(said::path(meta)?),
            _ if additions.read(name, meta)? => {}
            _ => return Err(said::unknown(meta, name, &KNOWN)),
        }
        Ok(())
    })?;
    let home = home(place, "::larder");
    let version = additions.code_version(&home, &function);
    let companion = companion(&home, &function, &version);
    Ok(quote!(#function #companion))
}
