//! Keys of nodes: which code, with which data. As text, which can be read back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::DataVersion;
use crate::error::{Error, ErrorKind, Result};

/// What a result of a node is found by: its name, the version of its code, and the versions of what it depends on, by name.
///
/// ```
/// use larder_dataflow::caching::NodeKey;
///
/// let key = NodeKey::new("total", "c0de", [("numbers".to_owned(), "abc".to_owned().into())]);
/// let text = key.to_string();
/// assert!(text.starts_with("total-c0de-"));
/// assert_eq!(NodeKey::decode(&text)?, key);
/// # Ok::<(), larder_dataflow::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeKey {
    node: String,
    code: String,
    dependencies: Vec<(String, DataVersion)>,
}

/// What stands in the place of the dependencies of a node that has none.
const NONE: &str = "<none>";

impl NodeKey {
    /// The key of a node with this code and these dependencies; their order does not matter.
    pub fn new(
        node: impl Into<String>,
        code: impl Into<String>,
        dependencies: impl IntoIterator<Item = (String, DataVersion)>,
    ) -> Self {
        let mut dependencies: Vec<_> = dependencies.into_iter().collect();
        dependencies.sort();
        Self { node: node.into(), code: code.into(), dependencies }
    }

    /// The name of the node.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The version of the code.
    pub fn code_version(&self) -> &str {
        &self.code
    }

    /// The names and versions of what the node depends on, by name.
    pub fn dependencies(&self) -> &[(String, DataVersion)] {
        &self.dependencies
    }

    /// Reads a key back from its text.
    ///
    /// # Errors
    ///
    /// [`Value`](ErrorKind::Value) for a text that no key has.
    pub fn decode(text: &str) -> Result<Self> {
        let wrong = || Error::new(ErrorKind::Value, format!("`{text}` is no key of a node"));
        let mut parts = text.splitn(3, '-');
        let (Some(plain), Some(code), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|error| wrong().because(error))?;
        let (node, whole_code, dependencies): (Option<String>, Option<String>, serde_json::Value) =
            serde_json::from_slice(&bytes).map_err(|error| wrong().because(error))?;
        let dependencies: Vec<(String, String)> = if dependencies == NONE {
            Vec::new()
        } else {
            serde_json::from_value(dependencies).map_err(|error| wrong().because(error))?
        };
        let dependencies = dependencies.into_iter().map(|(name, version)| (name, version.into()));
        let whole = |text: Option<String>, plain: &str| text.unwrap_or_else(|| plain.to_owned());
        let key = Self::new(whole(node, plain), whole(whole_code, code), dependencies);
        if key.to_string() == text { Ok(key) } else { Err(wrong()) }
    }
}

impl std::fmt::Display for NodeKey {
    /// Writes `NODE-CODE-DEPENDENCIES`: name and code with `_` in the place of what is no letter, digit or `_`, and the rest, with the
    /// whole name and code where they differ, as JSON in Base64 for URLs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (node, whole_node) = plain(&self.node);
        let (code, whole_code) = plain(&self.code);
        let rest = if self.dependencies.is_empty() {
            serde_json::json!([whole_node, whole_code, NONE])
        } else {
            let pairs: Vec<_> =
                self.dependencies.iter().map(|(name, version)| (name, version.as_str())).collect();
            serde_json::json!([whole_node, whole_code, pairs])
        };
        write!(f, "{node}-{code}-{}", URL_SAFE_NO_PAD.encode(rest.to_string()))
    }
}

/// The text with `_` in the place of what is no letter, digit or `_`, and the text itself if that is another.
fn plain(text: &str) -> (String, Option<&str>) {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    let plain: String = text.chars().map(|sign| if is_plain(sign) { sign } else { '_' }).collect();
    let whole = (plain != text).then_some(text);
    (plain, whole)
}
