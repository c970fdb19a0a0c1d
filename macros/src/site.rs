//! What distinguishes two functions of one name and source in one file.
//!
//! Most functions have a path of their own, and need nothing more. Functions in blocks of one body may have
//! equal paths and equal source, and mean different things by it: a constant of the block, a variable of a
//! macro. Only the macro sees that there are two. The price is that the results of such functions are
//! computed again after any change of the file, because only the position distinguishes them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{ItemFn, Path};

use crate::source;

/// A source file, in the normal form.
struct File {
    normal: String,
    digest: String,
}

/// What this run of the compiler has expanded until now.
#[derive(Default)]
struct Expanded {
    files: HashMap<PathBuf, File>,
    /// How often functions were expanded, by file and normal form.
    functions: HashMap<(PathBuf, String), u64>,
}

static EXPANDED: LazyLock<Mutex<Expanded>> = LazyLock::new(Mutex::default);

/// What two functions must have in common to need distinguishing, beside their path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Common {
    /// Name and source.
    Source,
    /// The name, where the source is no part of the key.
    Name,
}

/// The expression of type `home::code::Site` for `function`, as it was written. `path` is an expression that
/// returns the path of a type in its scope, and that has `segments` segments below the module.
pub(crate) fn site(
    home: &Path,
    function: &ItemFn,
    common: Common,
    path: &TokenStream,
    segments: usize,
) -> TokenStream {
    let some = |twin| quote!(::core::option::Option::Some(#twin));
    let twin = twin(function, common).map_or_else(|| quote!(::core::option::Option::None), some);
    quote! {
        #home::code::Site { path: || #path, module: ::core::module_path!(), segments: #segments, twin: #twin }
    }
}

/// A text that differs between functions of one file that have this in common; `None` if there is only one.
fn twin(function: &ItemFn, common: Common) -> Option<String> {
    // Outside of the compiler, in tests of the macros, there are no files.
    if !proc_macro::is_available() {
        return None;
    }
    let (signature, name, block) = (&function.sig, &function.sig.ident, &function.block);
    let normal = source::normal(match common {
        Common::Source => quote!(#signature #block),
        Common::Name => quote!(fn #name),
    });
    let span = Span::call_site().unwrap();
    let path = span.local_file().unwrap_or_default();
    let mut expanded = EXPANDED.lock().unwrap_or_else(PoisonError::into_inner);
    let Expanded { files, functions } = &mut *expanded;
    let file = match files.entry(path.clone()) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => {
            // A file that cannot be read is taken for one in which nothing is found: expansions still count.
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let normal = text.parse::<TokenStream>().map(source::normal).unwrap_or_default();
            place.insert(File { normal, digest: blake3::hash(text.as_bytes()).to_hex().to_string() })
        }
    };
    let written = file.normal.matches(&normal).count();
    let before = functions.entry((path, normal)).or_default();
    let ordinal = *before;
    *before += 1;
    // Functions that a macro writes are found in no file as they are; the first of them needs nothing.
    let is_only = ordinal == 0 && written < 2;
    (!is_only).then(|| format!("{}:{}:{}:{ordinal}", file.digest, span.line(), span.column()))
}

/// The name of a function as an expression: its path, from the type that stands beside it.
pub(crate) fn path_of(companion: &impl ToTokens) -> TokenStream {
    quote!(::core::any::type_name::<#companion>())
}
