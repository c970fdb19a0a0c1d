//! The options of buckets: what the client of a store is told.
//!
//! `object_store` decides which names there are; each is kept under one name, so that `region` and `aws_region` are one
//! setting. It has no list of them, so the lists here are what a mistyped name is compared with. Which values may be
//! shown the disk's own crate says.

use std::collections::BTreeMap;

use larder_object_store::StoreOptions;
use larder_object_store::object_store::aws::AmazonS3ConfigKey;
use larder_object_store::object_store::azure::AzureConfigKey;
use larder_object_store::object_store::gcp::GoogleConfigKey;
use url::Url;

use super::known::{self, SECRET};
use super::node::{At, Node, Table, Value, join};
use super::place;
use super::source::Fault;
use super::values::{mistyped, shown_name};

/// The options of a scheme: prefixes that may stand before their names, and the names.
struct Scheme {
    canonical: fn(&str) -> Option<String>,
    prefixes: &'static [&'static str],
    names: &'static [&'static str],
}

#[rustfmt::skip]
const S3: Scheme = Scheme {
    canonical: |name| Some(name.parse::<AmazonS3ConfigKey>().ok()?.as_ref().to_owned()),
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
const GS: Scheme = Scheme {
    canonical: |name| Some(name.parse::<GoogleConfigKey>().ok()?.as_ref().to_owned()),
    prefixes: &["google_"],
    names: &[
        "service_account", "service_account_key", "application_credentials", "bearer_token", "base_url",
        "skip_signature",
    ],
};

#[rustfmt::skip]
const AZ: Scheme = Scheme {
    canonical: |name| Some(name.parse::<AzureConfigKey>().ok()?.as_ref().to_owned()),
    prefixes: &["azure_storage_", "azure_"],
    names: &[
        "account_name", "account_key", "endpoint", "sas_key", "token", "client_id", "client_secret", "tenant_id",
        "authority_host", "use_emulator", "msi_endpoint", "object_id", "msi_resource_id", "federated_token_file",
        "use_fabric_endpoint", "use_azure_cli", "skip_signature", "disable_tagging", "fabric_token_service_url",
        "fabric_workload_host", "fabric_session_token", "fabric_cluster_identifier", "credential_type",
        "encryption_key",
    ],
};

/// The options of every scheme.
#[rustfmt::skip]
const CLIENT: &[&str] = &[
    "allow_http", "allow_invalid_certificates", "disable_system_certificates", "connect_timeout", "read_timeout",
    "timeout", "default_content_type", "http1_only", "http2_only", "http2_keep_alive_interval",
    "http2_keep_alive_timeout", "http2_keep_alive_while_idle", "http2_max_frame_size", "pool_idle_timeout",
    "pool_max_idle_per_host", "proxy_url", "proxy_ca_certificate", "proxy_excludes", "randomize_addresses",
    "user_agent",
];

/// Options that name the bucket, which the url does.
const BUCKET: &[&str] = &["bucket", "container_name"];

impl Scheme {
    fn of(url: &str) -> Option<&'static Self> {
        match place::split(url)?.0 {
            "s3" => Some(&S3),
            "gs" => Some(&GS),
            "az" => Some(&AZ),
            _ => None,
        }
    }

    /// The one name under which the option `name` is kept: the one without a prefix, where it has one.
    fn name(&self, name: &str) -> Option<String> {
        let canonical = (self.canonical)(name)?;
        let short = self.prefixes.iter().find_map(|prefix| {
            let short = canonical.strip_prefix(prefix)?;
            ((self.canonical)(short).as_ref() == Some(&canonical)).then(|| short.to_owned())
        });
        Some(short.unwrap_or(canonical))
    }

    fn known(&self) -> Vec<&'static str> {
        [self.names, CLIENT].concat()
    }

    /// The name under which an option is kept, or what is wrong with the one that was given.
    fn accept(&self, name: &str, path: &str) -> Result<String, Fault> {
        match self.name(name) {
            Some(name) if BUCKET.contains(&name.as_str()) => {
                Err(Fault::new(join(path, &name), "the bucket stands in the url"))
            }
            Some(name) => Ok(name),
            None => {
                let message = known::unknown("option", name, &self.known());
                Err(Fault::new(join(path, shown_name(name)), message))
            }
        }
    }
}

/// Whether a bucket that `url` names has an option `name`, under whichever of its names.
pub(super) fn is_option(url: &str, name: &str) -> bool {
    Scheme::of(url).is_some_and(|scheme| scheme.name(name).is_some())
}

/// The names of the options that a bucket at `url` has; none, if it is none.
pub(super) fn names(url: &str) -> Vec<&'static str> {
    Scheme::of(url).map(Scheme::known).unwrap_or_default()
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
    let Some(scheme) = Scheme::of(url) else {
        // A url that is wrong is told by itself.
        let is_wrong = !matches!(place::split(url), Some(("memory" | "store+file", _)));
        return match table.iter().next() {
            Some((name, node)) if !is_wrong => {
                let message = "only buckets have options: `s3://`, `gs://`, `az://`";
                Err(Fault::new(join(path, shown_name(name)), message).at(node.at.clone()))
            }
            _ => Ok(chosen),
        };
    };
    for (name, node) in table {
        let kept = scheme.accept(name, path).map_err(|fault| fault.at(node.at.clone()))?;
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
        for scheme in [&S3, &GS, &AZ] {
            for name in scheme.known() {
                assert_eq!(scheme.name(name).as_deref(), Some(name));
            }
        }
    }

    #[test]
    fn an_option_is_kept_under_one_of_its_names() {
        for (scheme, name, kept) in [
            (&S3, "aws_region", "region"),
            (&S3, "endpoint_url", "endpoint"),
            (&S3, "aws_endpoint_url_s3", "aws_endpoint_url_s3"),
            (&S3, "aws_allow_http", "allow_http"),
            (&GS, "google_service_account_path", "service_account"),
            (&AZ, "azure_storage_access_key", "account_key"),
            (&AZ, "azure_client_id", "client_id"),
        ] {
            assert_eq!(scheme.name(name).as_deref(), Some(kept));
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
