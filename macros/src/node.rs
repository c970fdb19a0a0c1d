//! `#[node]`: a function that is a node of a dataflow, and `#[module]`: a module of them.

mod attributes;
mod parameter;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Error, Expr, ExprLit, GenericArgument, Ident, Item, ItemFn, ItemMod, Lit, Meta, Path,
    PathArguments, Result, ReturnType, Type, Visibility,
};

use crate::site::{Common, path_of, site};
use crate::version::{companion, home};
use attributes::{Extracted, NodeAttributes, Role, TagSaid};
use parameter::Parameter;

/// Where the macros look for the crate of dataflows.
const HOME: &str = "::larder_dataflow";

pub(crate) fn expand(attributes: TokenStream, item: TokenStream) -> Result<TokenStream> {
    function(&NodeAttributes::read(attributes)?, syn::parse2(item)?)
}

/// `#[module]`: every function that is not private and whose name does not begin with `_`, and every `#[node]`.
pub(crate) fn expand_module(attributes: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let said = NodeAttributes::read(attributes)?.home;
    let mut module: ItemMod = syn::parse2(item)?;
    let home_of_all = home(said.clone(), HOME);
    let Some((_, items)) = &mut module.content else {
        return Err(Error::new_spanned(&module, "the functions must be written here: `mod name { ... }`"));
    };
    let mut names = Vec::new();
    for item in items.iter_mut() {
        let Item::Fn(found) = item else { continue };
        let at = found.attrs.iter().position(|attribute| attribute.path().is_ident("node"));
        let is_open =
            !matches!(found.vis, Visibility::Inherited) && !found.sig.ident.to_string().starts_with('_');
        let mut attributes = match at.map(|at| found.attrs.remove(at).meta) {
            Some(Meta::List(list)) => NodeAttributes::read(list.tokens)?,
            Some(_) => NodeAttributes::default(),
            None if is_open => NodeAttributes::default(),
            None => continue,
        };
        attributes.home = attributes.home.or_else(|| said.clone());
        names.push(found.sig.ident.clone());
        *item = Item::Verbatim(function(&attributes, found.clone())?);
    }
    items.push(Item::Verbatim(quote! {
        /// The nodes of this module.
        pub fn module() -> #home_of_all::Module {
            #home_of_all::Module::new()#(.and_of::<#names>())*
        }
    }));
    Ok(module.to_token_stream())
}

fn function(attributes: &NodeAttributes, mut function: ItemFn) -> Result<TokenStream> {
    check(&function)?;
    let home = home(attributes.home.clone(), HOME);
    // Before the attributes of parameters are taken away, since defaults are part of the version.
    let version = attributes.additions.code_version(&home, &function);
    let companion = companion(&home, &function, &version);
    let site = site(&home, &function, Common::Source, &path_of(&function.sig.ident), 1);
    let source = source_text(&function);
    let parameters: Vec<Parameter> =
        function.sig.inputs.iter_mut().map(Parameter::read).collect::<Result<_>>()?;
    let output = Output::of(&function.sig.output);
    let ident = &function.sig.ident;
    let name = attributes.name.as_ref().map_or_else(|| ident.to_string(), syn::LitStr::value);
    let body = body(&home, &function, &parameters, &output);
    let documentation = documentation(&function.attrs);
    let text = ident.to_string();
    let (ty, described) = (&output.ty, parameters.iter().map(|parameter| parameter.describe(&home)));
    let tags = attributes.tags.iter().map(|TagSaid { name, value }| quote!(.tag(#name, #value)));
    let caching = caching(&home, attributes);
    let extracted = attributes.extracted.iter().map(|extracted| extract(&home, ty, extracted));
    let visibility = &function.vis;
    Ok(quote! {
        #function
        #companion

        #[allow(dead_code, reason = "a program may want some of these")]
        impl #ident {
            /// The name of the node.
            #visibility const NAME: &'static str = #name;

            /// The node.
            #visibility fn node() -> #home::Node {
                // Nodes of one name and source, in two modules, are two nodes.
                let version = <Self as #home::code::Versioned>::code_version();
                let version = #site.distinguish(version.and("path", ::core::any::type_name::<Self>()));
                #home::Node::new(#text, #home::kind!(#ty), version, #body)
                    .named(Self::NAME)
                    .written(::core::module_path!(), #documentation, #source)
                    #(.parameter(#described))*
                    #(#tags)*
                    .caching(#caching)
            }
        }

        #[automatically_derived]
        impl #home::Function for #ident {
            fn nodes() -> ::std::vec::Vec<#home::Node> {
                let node = Self::node();
                ::std::vec![#(#extracted,)* node]
            }
        }
    })
}

/// The function as it is written, but for its signature, whose layout no compiler tells.
fn source_text(function: &ItemFn) -> String {
    let (signature, block) = (function.sig.to_token_stream(), &function.block);
    let block =
        block.brace_token.span.join().source_text().unwrap_or_else(|| block.to_token_stream().to_string());
    format!("{signature} {block}")
}

fn check(function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    if !signature.generics.params.is_empty() {
        let message = "a node has types that are known: write one function for each type, or leave lifetimes to the compiler";
        return Err(Error::new_spanned(&signature.generics, message));
    }
    if let syn::Safety::Unsafe(unsafety) = &signature.safety {
        return Err(Error::new_spanned(
            unsafety,
            "a driver calls nodes, and cannot keep the promises of an unsafe function",
        ));
    }
    Ok(())
}

/// What the function returns.
struct Output {
    /// The type that travels.
    ty: Type,
    is_result: bool,
    /// Whether it is a text that travels as `String`.
    is_text: bool,
}

impl Output {
    /// What is called `Result` is one, whichever it is: what travels is its first argument.
    fn of(output: &ReturnType) -> Self {
        let ReturnType::Type(_, ty) = output else { return Self::travelling(&syn::parse_quote!(()), false) };
        if let Type::Path(path) = &**ty
            && let Some(last) = path.path.segments.last()
            && last.ident == "Result"
            && let PathArguments::AngleBracketed(arguments) = &last.arguments
            && let Some(GenericArgument::Type(value)) = arguments.args.first()
        {
            return Self::travelling(value, true);
        }
        Self::travelling(ty, false)
    }

    fn travelling(ty: &Type, is_result: bool) -> Self {
        let is_text = matches!(ty, Type::Reference(reference)
            if matches!(&*reference.elem, Type::Path(path) if path.path.is_ident("str")));
        let ty = if is_text { syn::parse_quote!(::std::string::String) } else { ty.clone() };
        Self { ty, is_result, is_text }
    }
}

/// The expression that is the function as the driver calls it.
fn body(home: &Path, function: &ItemFn, parameters: &[Parameter], output: &Output) -> TokenStream {
    let arguments = Ident::new("arguments", Span::mixed_site());
    let (ident, ty) = (&function.sig.ident, &output.ty);
    let unpacked = parameters.iter().map(|parameter| parameter.unpack(&arguments));
    let handed = parameters.iter().map(Parameter::hand_over);
    let is_async = function.sig.asyncness.is_some();
    let awaited = is_async.then(|| quote!(.await));
    let called = quote!(#ident(#(#handed),*)#awaited);
    let value = if output.is_result {
        quote!(#called.map_err(|error| ::core::convert::Into::<#home::NodeError>::into(error))?)
    } else {
        called
    };
    let value = if output.is_text { quote!(#ty::from(#value)) } else { value };
    let steps = quote! {
        #(#unpacked)*
        let value: #ty = #value;
        ::core::result::Result::Ok(#home::Value::new(value))
    };
    if is_async {
        quote! {
            #home::node::Body::Async(::std::sync::Arc::new(|#arguments: #home::Arguments| ::std::boxed::Box::pin(async move {
                let made: #home::node::Made = async { #steps }.await;
                made
            })))
        }
    } else {
        quote! {
            #home::node::Body::Plain(::std::sync::Arc::new(|#arguments: &#home::Arguments| -> #home::node::Made { #steps }))
        }
    }
}

/// The expression that is the node of one field of the result.
fn extract(home: &Path, whole: &Type, Extracted { field, ty }: &Extracted) -> TokenStream {
    let text = field.to_string();
    let message = format!("The field `{text}` of the result.");
    let node = format_ident!("node");
    quote! {
        {
            let name: &'static str = Self::NAME;
            let body = move |arguments: &#home::Arguments| -> #home::node::Made {
                let whole: &#whole = arguments.get::<#whole>(name)?;
                let value: #ty = ::core::clone::Clone::clone(&whole.#field);
                ::core::result::Result::Ok(#home::Value::new(value))
            };
            let version = #node.version().and("extract", #text);
            #home::Node::new(#text, #home::kind!(#ty), version, #home::node::Body::Plain(::std::sync::Arc::new(body)))
                .written(::core::module_path!(), #message, "")
                .parameter(#home::node::Parameter::new(name, #home::kind!(#whole)))
        }
    }
}

fn caching(home: &Path, attributes: &NodeAttributes) -> TokenStream {
    let said = |text: &Option<syn::LitStr>| {
        let some = |text| quote!(::core::option::Option::Some(::std::string::String::from(#text)));
        text.as_ref().map_or_else(|| quote!(::core::option::Option::None), some)
    };
    let (behavior, format) = (said(&attributes.cache), said(&attributes.format));
    let role = match attributes.role {
        Role::Inner => quote!(Inner),
        Role::Loader => quote!(Loader),
        Role::Saver => quote!(Saver),
    };
    quote!(#home::node::Caching { behavior: #behavior, format: #format, role: #home::node::Role::#role })
}

/// The documentation of a function, as text.
fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> = lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned()).collect();
    lines.join("\n").trim().to_owned()
}
