//! The options of buckets: what the client of a store is told.
//!
//! The client of `object_store` decides which names there are; each is kept under one name, so that `region` and `aws_region` are one
//! setting. It has no list of them, so the lists here are what a mistyped name is compared with. Which values may be
//! shown the disk's own crate says.

use std::collections::BTreeMap;

use larder_object_store::{Protocol, StoreOptions, StoreUrl};
use url::Url;

use super::known::{self, SECRET};
use super::node::{At, Node, Table, Value, join};
use super::place;
use super::source::Fault;
use super::values::{mistyped, shown_name};

/// The options of a protocol: prefixes that may stand before their names, and the names.
struct Client {
    protocol: Protocol,
    prefixes: &'static [&'static str],
    names: &'static [&'static str],
}

#[rustfmt::skip]
const S3: Client = Client {
    protocol: Protocol::S3,
    prefixes: &["aws_"],
    names: &[
        "endpoint", "region", "access_key_id", "secret_access_key", "session_token", "default_region",
        "virtual_hosted_style_request", "skip_signature", "unsigned_payload", "checksum_algorithm", "s3_express",
        "request_payer", "role_arn", "role_session_name", "web_identity_token_file", "metadata_endpoint",
        "imdsv1_fallback", "container_credentials_relative_uri", "container_credentials_full_uri",
        "container_authorization_token_file", "aws_endpoint_url_s3", "endpoint_url_sts", "copy_if_not_exists",
        "conditional_put", "disable_tagging", "disable_bulk_delete", "server_side_encryption", "sse_kms_key_id",
        "sse_bucket_key_enabled", "sse_customer_key_base64",
    ],
};

#[rustfmt::skip]
const GS: Client = Client {
    protocol: Protocol::Google,
    prefixes: &["google_"],
    names: &[
        "service_account", "service_account_key", "application_credentials", "bearer_token", "base_url",
        "skip_signature",
    ],
};

#[rustfmt::skip]
const AZ: Client = Client {
    protocol: Protocol::Azure,
    prefixes: &["azure_storage_", "azure_"],
    names: &[
        "account_name", "account_key", "endpoint", "sas_key", "token", "client_id", "client_secret", "tenant_id",
        "authority_host", "use_emulator", "msi_endpoint", "object_id", "msi_resource_id", "federated_token_file",
        "use_fabric_endpoint", "use_azure_cli", "skip_signature", "disable_tagging", "fabric_token_service_url",
        "fabric_workload_host", "fabric_session_token", "fabric_cluster_identifier", "credential_type",
        "encryption_key",
    ],
};

const DAV: Client = Client { protocol: Protocol::WebDav, prefixes: &[], names: &[] };

/// The options of every client.
#[rustfmt::skip]
const CLIENT: &[&str] = &[
    "allow_http", "allow_invalid_certificates", "disable_system_certificates", "connect_timeout", "read_timeout",
    "timeout", "default_content_type", "http1_only", "http2_only", "http2_keep_alive_interval",
    "http2_keep_alive_timeout", "http2_keep_alive_while_idle", "http2_max_frame_size", "pool_idle_timeout",
    "pool_max_idle_per_host", "proxy_url", "proxy_ca_certificate", "proxy_excludes", "randomize_addresses",
    "user_agent",
];

impl Client {
    /// The client of the store at `url`, if it is one on a network.
    fn of(url: &StoreUrl) -> &'static Self {
        match url.protocol() {
            Protocol::S3 => &S3,
            Protocol::Google => &GS,
            Protocol::Azure => &AZ,
            // A protocol that is new has at least what all have.
            _ => &DAV,
        }
    }

    /// The one name under which the option `name` is kept: the one without a prefix, where it has one.
    fn name(&self, name: &str) -> Option<String> {
        let canonical = self.protocol.option(name)?;
        let short = self.prefixes.iter().find_map(|prefix| {
            let short = canonical.strip_prefix(prefix)?;
            (self.protocol.option(short).as_ref() == Some(&canonical)).then(|| short.to_owned())
        });
        Some(short.unwrap_or(canonical))
    }

    fn known(&self) -> Vec<&'static str> {
        [self.names, CLIENT].concat()
    }
}

/// The name under which an option of the store at `url` is kept, or what is wrong with the one that was given.
fn accept(url: &StoreUrl, name: &str, path: &str) -> Result<String, Fault> {
    let client = Client::of(url);
    match client.name(name) {
        Some(name) if url.says(&name) => {
            Err(Fault::new(join(path, &name), "the url says it already, so no option does"))
        }
        Some(name) => Ok(name),
        None => {
            let message = known::unknown("option", name, &client.known());
            Err(Fault::new(join(path, shown_name(name)), message))
        }
    }
}

/// Whether what lies at `url` has an option `name`, under whichever of its names. Of a url that is wrong that is not
/// known, and the url is told by itself.
pub(super) fn is_option(url: &str, name: &str) -> bool {
    match url.parse::<StoreUrl>() {
        Ok(url) => Client::of(&url).name(name).is_some(),
        Err(_) => !place::is_here(url),
    }
}

/// Parts of an Azure token, as they stand in the query of a url that Azure hands out.
const TOKEN: &[&str] = &["sv", "ss", "sr", "srt", "sp", "st", "se", "spr", "sip", "sig"];

/// What is to be written in place of `name`, where a url with a token in it was copied.
pub(super) fn meant(url: &str, name: &str) -> Option<&'static str> {
    let is_azure = url.parse::<StoreUrl>().is_ok_and(|url| url.protocol() == Protocol::Azure);
    (is_azure && TOKEN.contains(&name)).then_some(
        "a part of a token: write the whole of it as the option `sas_token`, best in the environment",
    )
}

/// The names of the options that a store at `url` has; none, if it is no store on a network.
pub(super) fn names(url: &str) -> Vec<&'static str> {
    url.parse::<StoreUrl>().map(|url| Client::of(&url).known()).unwrap_or_default()
}

/// What options for `url` are for: the same protocol, and where the url names a host, that host. What was said for one
/// server, credentials above all, is not told to another.
pub(super) fn audience(url: &str) -> String {
    match url.parse::<StoreUrl>() {
        Ok(url) => format!("{:?} {}", url.protocol(), url.host().unwrap_or_default()),
        Err(_) => place::split(url).map_or(url, |(scheme, _)| scheme).to_owned(),
    }
}

/// `value` of the option that is kept as `name`, or a mark where it may be a secret.
pub(super) fn shown(name: &str, value: &str) -> String {
    let is_shown = StoreOptions::is_harmless(name)
        && if value.contains("://") { is_bare(value) } else { !value.contains(['@', ':', '?']) };
    if is_shown { value.to_owned() } else { SECRET.to_owned() }
}

/// Whether `url` is one of a host, without credentials and anything behind a `?` or a `#`.
fn is_bare(url: &str) -> bool {
    // No `@` at all: credentials that were not encoded may have a slash before it.
    let parsed = Url::parse(url).ok().filter(|_| !url.contains('@'));
    parsed.is_some_and(|url| url.query().is_none() && url.fragment().is_none())
}

/// The options in `table`, under the names they are kept by. What an argument says wins over the environment, and that
/// over a file.
pub(super) fn chosen<'a>(
    table: &'a Table,
    path: &str,
    url: &str,
) -> Result<BTreeMap<String, &'a Node>, Fault> {
    let mut chosen = BTreeMap::<String, &Node>::new();
    let Ok(store) = url.parse::<StoreUrl>() else {
        return match table.iter().next() {
            // A url that is wrong is told by itself.
            Some((name, node)) if place::is_here(url) => {
                let message = "only buckets have options: `s3://`, `gs://`, `az://` and the like";
                Err(Fault::new(join(path, shown_name(name)), message).at(node.at.clone()))
            }
            _ => Ok(chosen),
        };
    };
    for (name, node) in table {
        let kept = accept(&store, name, path).map_err(|fault| fault.at(node.at.clone()))?;
        match chosen.get(&kept) {
            Some(other) if strength(&other.at) == strength(&node.at) => {
                let message = format!("the option is there twice, under another name of `{kept}` too");
                return Err(Fault::new(join(path, name), message).at(node.at.clone()));
            }
            Some(other) if strength(&other.at) > strength(&node.at) => {}
            _ => drop(chosen.insert(kept, node)),
        }
    }
    Ok(chosen)
}

fn strength(at: &At) -> u8 {
    match at {
        At::Nowhere | At::Byte(_) => 0,
        At::Variable(_) => 1,
        At::Url => 2,
        At::Argument => 3,
    }
}

/// The options that `table` sets for what lies at `url`.
pub(super) fn read(table: &Table, path: &str, url: &str) -> Result<StoreOptions, Fault> {
    let mut options = StoreOptions::default();
    for (name, node) in chosen(table, path, url)? {
        let path = join(path, &name);
        let value = match &node.value {
            Value::Text(text) | Value::Word(text) if text == SECRET => {
                let message = "the value was left out where these settings were written down; \
                               give it in the environment or set it in the program";
                return Err(Fault::new(path, message).at(node.at.clone()));
            }
            Value::Text(text) | Value::Word(text) => text.clone(),
            Value::Bool(flag) => flag.to_string(),
            Value::Whole(number) => number.to_string(),
            // What was found is not shown, whatever it is.
            Value::Other(_) => {
                return Err(
                    Fault::new(path, "expected text, a whole number or a truth value").at(node.at.clone())
                );
            }
            Value::List(_) | Value::Table(_) => {
                return Err(mistyped(&path, "text, a whole number or a truth value", node));
            }
        };
        options.set(name, value);
    }
    Ok(options)
}

/// Whether a store at `url` has these options.
pub(super) fn check(options: &StoreOptions, path: &str, url: &str) -> Result<(), Fault> {
    let at = |(name, value): (&str, &str)| {
        (name.to_owned(), Node::new(Value::Text(value.to_owned()), At::Nowhere))
    };
    read(&options.iter().map(at).collect(), path, url).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_name_is_one_that_the_store_knows() {
        for client in [&S3, &GS, &AZ, &DAV] {
            for name in client.known() {
                assert_eq!(client.name(name).as_deref(), Some(name));
            }
        }
    }

    #[test]
    fn an_option_is_kept_under_one_of_its_names() {
        for (client, name, kept) in [
            (&S3, "aws_region", "region"),
            (&S3, "endpoint_url", "endpoint"),
            (&S3, "aws_endpoint_url_s3", "aws_endpoint_url_s3"),
            (&S3, "aws_allow_http", "allow_http"),
            (&GS, "google_service_account_path", "service_account"),
            (&AZ, "azure_storage_access_key", "account_key"),
            (&AZ, "azure_client_id", "client_id"),
        ] {
            assert_eq!(client.name(name).as_deref(), Some(kept));
        }
    }

    #[test]
    fn options_go_with_the_server_that_they_are_for() {
        assert_eq!(audience("s3://a/x"), audience("s3a://b"));
        assert_eq!(audience("store+file:///a"), audience("store+file:///b"));
        for (one, other) in [
            ("s3://a", "gs://a"),
            ("s3://a", "https://a.s3.amazonaws.com"),
            ("az://abc", "abfss://abc@a.dfs.core.windows.net"),
            ("webdav+https://a/x", "webdav+https://b/x"),
            ("memory:///", "store+file:///a"),
        ] {
            assert_ne!(audience(one), audience(other), "{one} {other}");
        }
    }

    #[test]
    fn only_what_is_known_to_be_harmless_is_shown() {
        assert_eq!(shown("region", "us-east-1"), "us-east-1");
        assert_eq!(shown("endpoint", "http://host:80/"), "http://host:80/");
        for endpoint in [
            "http://key:secret@host:80/",
            "http://key:sec/ret@host",
            "key:secret@host",
            "http://host?token=secret",
        ] {
            assert_eq!(shown("endpoint", endpoint), SECRET);
        }
        for name in ["secret_access_key", "access_key_id", "session_token", "brought_later"] {
            assert_eq!(shown(name, "secret"), SECRET);
        }
    }
}
