//! What is spoken with a store on a network, and the options that its client has.

use object_store::ClientConfigKey;
use object_store::aws::AmazonS3ConfigKey;
use object_store::azure::AzureConfigKey;
use object_store::gcp::GoogleConfigKey;

/// What is spoken with a store on a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// That of Amazon S3, which many servers speak.
    S3,
    /// That of Google Cloud Storage.
    Google,
    /// That of Azure's blobs.
    Azure,
    /// `WebDAV`. A store of it honours no condition and takes no parts.
    WebDav,
}

impl Protocol {
    /// The one name that the client has for the option `name`, which may be any of its names; `None` for no option.
    ///
    /// ```
    /// use larder_object_store::Protocol;
    ///
    /// assert_eq!(Protocol::S3.option("endpoint").as_deref(), Some("aws_endpoint"));
    /// assert_eq!(Protocol::Google.option("endpoint"), None);
    /// ```
    pub fn option(self, name: &str) -> Option<String> {
        fn known<K: std::str::FromStr + AsRef<str>>(name: &str) -> Option<String> {
            Some(name.parse::<K>().ok()?.as_ref().to_owned())
        }
        match self {
            Self::S3 => known::<AmazonS3ConfigKey>(name),
            Self::Google => known::<GoogleConfigKey>(name),
            Self::Azure => known::<AzureConfigKey>(name),
            Self::WebDav => known::<ClientConfigKey>(name),
        }
    }
}
