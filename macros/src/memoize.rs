//! `#[memoize]`: a function whose results are kept in a cache.

mod arguments;
mod attributes;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, GenericParam, ItemFn, LitStr, Path, Result, ReturnType, Safety, Stmt, Type};

use crate::site::{Common, path_of, site};
use crate::version::{companion, home};
use arguments::Argument;
use attributes::{Answers, MemoizeAttributes, Place};

pub(crate) fn expand(attributes: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let attributes = MemoizeAttributes::read(attributes)?;
    let mut function: ItemFn = syn::parse2(item)?;
    check(&function)?;
    let home = home(attributes.home.clone(), "::larder");
    let version = attributes.additions.code_version(&home, &function);
    let is_inside = function.sig.receiver().is_some() || attributes.is_inside;
    // Before anything of the function is changed: it is looked for as it is written.
    let common = if attributes.is_code_ignored { Common::Name } else { Common::Source };
    let site = if is_inside {
        let path = quote!({
            struct Here;
            ::core::any::type_name::<Here>()
        });
        site(&home, &function, common, &path, 3)
    } else {
        site(&home, &function, common, &path_of(&function.sig.ident), 1)
    };
    let arguments = Argument::all(&mut function, &attributes.ignored)?;
    let split = split(attributes.answers, &function.sig.output)?;
    let written = Written { home, attributes, arguments, split, site };
    let name = function.sig.ident.clone();
    let memo = written.memo(&function, &version, is_inside);
    let body = if is_inside {
        let of_memo = format_ident!("{name}_memo");
        written.body(&function, &quote!(Self::#of_memo()), Some(&of_memo))
    } else {
        written.body(&function, &quote!(#name::memo()), None)
    };
    let beside = written.beside(&function, &memo, &version, is_inside);
    function.block = syn::parse2(body)?;
    Ok(quote!(#function #beside))
}

fn check(function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    let refuse =
        |tokens: &dyn ToTokens, message: &str| Err(Error::new_spanned(tokens.to_token_stream(), message));
    if let Some(constant) = &signature.constness {
        return refuse(
            constant,
            "a constant function has no cache at hand while it is compiled: leave `const` out",
        );
    }
    if let Safety::Unsafe(unsafety) = &signature.safety {
        return refuse(
            unsafety,
            "what an unsafe function needs of its caller, a cache cannot know: memoize a safe one",
        );
    }
    if let Some(abi) = &signature.abi {
        return refuse(abi, "only functions of Rust can be memoized");
    }
    let generic =
        signature.generics.params.iter().find(|parameter| !matches!(parameter, GenericParam::Lifetime(_)));
    if let Some(generic) = generic {
        let message = "a memoized function has types that are known: write one for each type, or call \
                       `Cache::get_or_insert_with` in it";
        return refuse(generic, message);
    }
    Ok(())
}

/// What is written for one function.
struct Written {
    home: Path,
    attributes: MemoizeAttributes,
    arguments: Vec<Argument>,
    split: Ident,
    site: TokenStream,
}

impl Written {
    /// The type of what holds the results.
    fn memo_type(&self, output: &ReturnType) -> TokenStream {
        let (home, split, answer) = (&self.home, &self.split, answer(output));
        // An answer that cannot be stored is pointed at, and not the attribute.
        quote_spanned!(answer.span()=> #home::memoize::Memo<#answer, #home::memoize::#split>)
    }

    /// The block that makes what holds the results, once.
    fn memo(&self, function: &ItemFn, version: &TokenStream, is_inside: bool) -> TokenStream {
        let (home, attributes, site) = (&self.home, &self.attributes, &self.site);
        let (ident, ty) = (&function.sig.ident, self.memo_type(&function.sig.output));
        let name = if is_inside {
            let text = ident.to_string();
            quote!(::core::concat!(::core::module_path!(), "::", #text))
        } else {
            path_of(ident)
        };
        let cache = attributes.cache.as_ref().map_or_else(|| "memoize".to_owned(), LitStr::value);
        let version = match (attributes.is_code_ignored, attributes.additions.said()) {
            (false, _) => quote!(::core::option::Option::Some(|| #version)),
            // What was said by hand counts all the same.
            (true, Some(text)) => quote! {
                ::core::option::Option::Some(|| #home::code::CodeVersion::of_source("").and("version", #text))
            },
            (true, None) => quote!(::core::option::Option::None),
        };
        let life = attributes.ttl.map_or_else(
            || quote!(::core::option::Option::None),
            |life| {
                let (seconds, nanos) = (life.as_secs(), life.subsec_nanos());
                quote!(::core::option::Option::Some(::core::time::Duration::new(#seconds, #nanos)))
            },
        );
        quote! {{
            static MEMO: #ty = <#ty>::new(#home::memoize::Function {
                name: || #name,
                site: #site,
                cache: #cache,
                version: #version,
                life: #life,
            });
            &MEMO
        }}
    }

    /// The statements before a call: `place`, and the closure that writes the arguments.
    fn prepare(&self, of_memo: Option<&Ident>) -> TokenStream {
        let home = &self.home;
        // Methods of one name and text, of two types or of two instances of a generic trait, are two
        // functions. `Self` is no name that an argument has.
        let of_type = of_memo
            .map(|of_memo| quote!(fields.field("Self", ::core::any::type_name_of_val(&Self::#of_memo))?;));
        let place = match &self.attributes.place {
            Place::Config(text) => quote! {
                static PLACE: #home::memoize::Place = #home::memoize::Place::new(#text);
                let place = #home::memoize::Keeps::kept_on(&PLACE);
            },
            // Through whatever points to it, such as a `LazyLock` or an `Arc`.
            Place::Store(store) => quote! {
                use #home::memoize::Keeps as _;
                let place = (#store).kept_on();
            },
        };
        let each = self.arguments.iter().filter(|argument| !argument.is_ignored).map(|argument| {
            let (name, variable) = (&argument.name, &argument.variable);
            // An argument that cannot be a key is pointed at, and not the attribute.
            quote_spanned!(argument.span=> fields.field(#name, &#variable)?;)
        });
        quote! {
            #place
            #[allow(clippy::used_underscore_binding, reason = "unused arguments are in the key")]
            let write = |fields: &mut #home::key::Fields<'_>| -> #home::Result<()> {
                #of_type
                #(#each)*
                let _ = &fields;
                ::core::result::Result::Ok(())
            };
        }
    }

    fn body(&self, function: &ItemFn, memo: &TokenStream, of_memo: Option<&Ident>) -> TokenStream {
        let (home, prepare) = (&self.home, self.prepare(of_memo));
        // Statements, and not the block: a block in a block is warned of, at the user's braces.
        let statements = &function.block.stmts;
        let is_item = |statement: &&Stmt| matches!(statement, Stmt::Item(_));
        let (items, rest) = statements.split_at(statements.iter().take_while(is_item).count());
        let rebound = self.arguments.iter().filter_map(|argument| argument.rebound.as_ref());
        let (tags, answer) = (&self.attributes.tags, answer(&function.sig.output));
        let call = if function.sig.asyncness.is_some() {
            quote!(call.run_async(tags, async move || -> #answer { #(#items)* #(#rebound)* #(#rest)* }).await)
        } else {
            quote!(call.run(tags, move || -> #answer { #(#items)* #(#rebound)* #(#rest)* }))
        };
        quote! {{
            let (call, tags) = {
                #prepare
                let tags: ::std::vec::Vec<#home::Tag> = ::std::vec![#(#home::Tag::from(#tags)),*];
                (#memo.prepare(place, &write), tags)
            };
            #call
        }}
    }

    /// What stands beside the function: for a free one a type of its name, inside of an `impl` two functions.
    fn beside(
        &self,
        function: &ItemFn,
        memo: &TokenStream,
        version: &TokenStream,
        is_inside: bool,
    ) -> TokenStream {
        let home = &self.home;
        let (name, visibility, signature) = (&function.sig.ident, &function.vis, &function.sig);
        let (inputs, generics, bounds) =
            (&signature.inputs, &signature.generics, &signature.generics.where_clause);
        let (ty, split, answer) = (self.memo_type(&signature.output), &self.split, answer(&signature.output));
        let (call, end) = if signature.asyncness.is_some() {
            (quote!(Call), quote!())
        } else {
            (quote!(BlockingCall), quote!(.map(#home::memoize::Call::blocking)))
        };
        let about = format!(
            "The call of [`{name}`]({name}()) with these arguments: its key, what is stored, forgetting it."
        );
        let errors = "# Errors\n\n`Invalid` or `Encode` for an argument that cannot be part of a key; what opening the cache answers.";
        let (of_call, of_memo) = if is_inside {
            (format_ident!("{name}_call"), format_ident!("{name}_memo"))
        } else {
            (format_ident!("call"), format_ident!("memo"))
        };
        let prepare = self.prepare(is_inside.then_some(&of_memo));
        let of_memo_path = if is_inside { quote!(Self::#of_memo()) } else { quote!(#name::memo()) };
        let functions = quote! {
            #[doc = #about]
            #[doc = ""]
            #[doc = #errors]
            #[allow(dead_code, unused_variables, unused_mut, reason = "a program may want none of this")]
            #visibility fn #of_call #generics (#inputs) -> #home::Result<#home::memoize::#call<#answer, #home::memoize::#split>>
            #bounds
            {
                #prepare
                #of_memo_path.of(place, &write)#end
            }

            /// What holds the results, of all versions.
            #visibility fn #of_memo() -> &'static #ty #memo
        };
        if is_inside {
            return functions;
        }
        let companion = companion(home, function, version);
        quote! {
            #companion
            impl #name {
                #functions
            }
        }
    }
}

/// What the function answers.
fn answer(output: &ReturnType) -> Type {
    match output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    }
}

/// Which answers are stored: what is called `Result` is one, and `Option` likewise.
fn split(answers: Answers, output: &ReturnType) -> Result<Ident> {
    let name = |name: &str| Ok(Ident::new(name, Span::call_site()));
    let last = match answer(output) {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    };
    match (answers, last.as_deref()) {
        (Answers::Usual, Some("Result")) => name("Successes"),
        (Answers::ErrorsToo, Some("Result")) | (Answers::Usual, _) => name("Always"),
        (Answers::OnlyPresent, Some("Option")) => name("Present"),
        (Answers::ErrorsToo, _) => {
            Err(Error::new_spanned(output, "`errors = \"store\"` is for functions that return a `Result`"))
        }
        (Answers::OnlyPresent, _) => {
            Err(Error::new_spanned(output, "`none = \"skip\"` is for functions that return an `Option`"))
        }
    }
}
