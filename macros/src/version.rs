//! The version of a function as the attribute macros write it: its source, and what the user adds to it.

use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Error, ItemFn, Lit, Path, Result, Token, parenthesized};

use crate::source;

/// What `version`, `deps` and `include` say: results depend on it besides the source and the arguments.
#[derive(Default)]
pub(crate) struct Additions {
    version: Option<String>,
    helpers: Vec<Path>,
    crate_version: bool,
    lock_file: Option<LockFile>,
}

struct LockFile {
    path: String,
    digest: String,
}

impl Additions {
    /// Reads `version`, `deps` or `include`, and tells whether it was one of them.
    pub(crate) fn read(&mut self, name: &str, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        match name {
            "version" => {
                self.version = Some(match meta.value()?.parse()? {
                    Lit::Str(text) => text.value(),
                    Lit::Int(number) => number.base10_digits().to_owned(),
                    other => return Err(Error::new(other.span(), "a version is a text or a whole number")),
                });
            }
            "deps" => {
                let content;
                parenthesized!(content in meta.input);
                self.helpers =
                    Punctuated::<Path, Token![,]>::parse_terminated(&content)?.into_iter().collect();
            }
            "include" => meta.parse_nested_meta(|meta| {
                if meta.path.is_ident("crate_version") {
                    self.crate_version = true;
                } else if meta.path.is_ident("lock_file") {
                    self.lock_file = Some(LockFile::find().map_err(|message| meta.error(message))?);
                } else {
                    return Err(meta.error("a version can include: crate_version, lock_file"));
                }
                Ok(())
            })?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What `version` says.
    pub(crate) fn said(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The expression that is the version of `function`, which stands under `home::code`.
    ///
    /// A helper must have a version of its own: one that has none does not compile, and is pointed at.
    pub(crate) fn code_version(&self, home: &Path, function: &ItemFn) -> TokenStream {
        let normal = source::normal(function.to_token_stream());
        let mut version = quote!(#home::code::CodeVersion::of_source(#normal));
        if let Some(text) = &self.version {
            version.extend(quote!(.and("version", #text)));
        }
        for helper in &self.helpers {
            let name = source::normal(helper.to_token_stream());
            version.extend(quote!(.and_code(#name, <#helper as #home::code::Versioned>::code_version())));
        }
        if self.crate_version {
            version.extend(quote!(.and("crate", ::core::env!("CARGO_PKG_VERSION"))));
        }
        if let Some(LockFile { path, digest }) = &self.lock_file {
            version.extend(quote!(.and("lock file", #digest)));
            // The compiler is told of the file by including it, so that it runs the macro again when it changes.
            return quote!({ const _: &[u8] = ::core::include_bytes!(#path); #version });
        }
        version
    }
}

impl LockFile {
    /// The lock file of the package that is compiled: the nearest at or above it.
    fn find() -> std::result::Result<Self, String> {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let package = package.ok_or("no lock file to include: this is not compiled by cargo")?;
        let path = package.ancestors().map(|above| above.join("Cargo.lock")).find(|path| path.is_file());
        let path = path.ok_or_else(|| {
            format!("no `Cargo.lock` at or above {}: `cargo generate-lockfile` makes one", package.display())
        })?;
        let bytes =
            std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let path = path.into_os_string().into_string();
        let path = path.map_err(|path| format!("the path of {} is no Unicode", path.display()))?;
        Ok(Self { path, digest: blake3::hash(&bytes).to_hex().to_string() })
    }
}

/// The type that stands beside a function, with its name, so that the function can be named among helpers: a
/// structure with braces is a name among types only, and the function one among values only.
pub(crate) fn companion(home: &Path, function: &ItemFn, version: &TokenStream) -> TokenStream {
    let (visibility, name) = (&function.vis, &function.sig.ident);
    let about =
        format!("Stands for the function [`{name}`]({name}()) where its version or its calls are meant.");
    // Warnings about the name are of the function, which has it too.
    quote! {
        #[doc = #about]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug)]
        #visibility struct #name {}

        #[automatically_derived]
        impl #home::code::Versioned for #name {
            fn code_version() -> #home::code::CodeVersion {
                #version
            }
        }
    }
}

/// What `crate = "path"` says, or `default`.
pub(crate) fn home(said: Option<Path>, default: &str) -> Path {
    said.unwrap_or_else(|| syn::parse_str(default).expect("a path"))
}
