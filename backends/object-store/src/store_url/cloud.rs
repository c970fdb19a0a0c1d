//! The hosts of clouds, as the client of their stores reads them.

use super::Protocol;

/// A cloud, as the name of a host says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cloud {
    pub(super) protocol: Protocol,
    pub(super) style: Style,
    /// The options that the host says, by the client's names, and the bucket.
    pub(super) said: &'static [&'static str],
}

/// Where the bucket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    BucketInHost,
    BucketInPath,
}

/// What a host of Amazon's or Cloudflare's says that names a region, or has only one.
const REGIONAL: &[&str] = &[
    "aws_bucket",
    "aws_endpoint",
    "aws_endpoint_url_s3",
    "aws_region",
    "aws_default_region",
    "aws_virtual_hosted_style_request",
];

/// What a host of Amazon's says without a region.
const GLOBAL: &[&str] =
    &["aws_bucket", "aws_endpoint", "aws_endpoint_url_s3", "aws_virtual_hosted_style_request"];

/// What a host of Azure's says.
const ACCOUNT: &[&str] = &[
    "azure_container_name",
    "azure_storage_account_name",
    "azure_storage_endpoint",
    "azure_use_fabric_endpoint",
    "azure_storage_use_emulator",
];

impl Cloud {
    /// The cloud that `host` belongs to.
    pub(super) fn of(host: &str) -> Option<Self> {
        use Style::{BucketInHost, BucketInPath};

        let labels: Vec<&str> = host.split('.').collect();
        if labels.contains(&"") {
            return None;
        }
        let (protocol, style, said) = match labels.as_slice() {
            ["s3", "dualstack", _, "amazonaws", "com"] => (Protocol::S3, BucketInPath, REGIONAL),
            [_, "s3", "dualstack", _, "amazonaws", "com"] => (Protocol::S3, BucketInHost, REGIONAL),
            [.., "dualstack", "amazonaws", "com"] => return None,
            ["s3", _, "amazonaws", "com"] => (Protocol::S3, BucketInPath, REGIONAL),
            [_, "s3", "amazonaws", "com"] => (Protocol::S3, BucketInHost, GLOBAL),
            [_, "s3", _, "amazonaws", "com"] => (Protocol::S3, BucketInHost, REGIONAL),
            [_, "r2", "cloudflarestorage", "com"] | [_, _, "r2", "cloudflarestorage", "com"] => {
                (Protocol::S3, BucketInPath, REGIONAL)
            }
            [_, "dfs" | "blob", "core", "windows", "net"]
            | [_, "dfs" | "blob", "fabric", "microsoft", "com"] => (Protocol::Azure, BucketInPath, ACCOUNT),
            [_, zone, "dfs" | "blob", "fabric", "microsoft", "com"] if zone.starts_with('z') => {
                (Protocol::Azure, BucketInPath, ACCOUNT)
            }
            _ => return None,
        };
        Some(Self { protocol, style, said })
    }
}

/// Whether `name` is one that Azure has for containers.
pub(super) fn is_container(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (3..=63).contains(&name.len()) && name.chars().all(plain)
}
