//! The key of a call: which code, with which arguments.

use larder::CacheKey;
use larder::key::Encoder;

use crate::arguments::Arguments;
use crate::kind::Kind;
use crate::node::Node;
use crate::value::Value;

/// A node and what it is called with.
///
/// Arguments are pairs of name and value, so that one optional argument is never taken for another; defaults that nobody
/// overrides are part of the version, and not of the arguments.
pub(super) struct CallKey {
    node: Node,
    arguments: Arguments,
}

impl CallKey {
    pub(super) fn new(node: &Node, arguments: &Arguments) -> Self {
        Self { node: node.clone(), arguments: arguments.clone() }
    }
}

impl CacheKey for CallKey {
    fn encode(&self, encoder: &mut Encoder) -> larder::Result<()> {
        encoder.structure("call", |fields| {
            fields.field("node", self.node.name())?;
            fields.field("version", &self.node.version())?;
            fields.field("arguments", &Pairs(self))
        })
    }
}

struct Pairs<'a>(&'a CallKey);

impl CacheKey for Pairs<'_> {
    fn encode(&self, encoder: &mut Encoder) -> larder::Result<()> {
        let CallKey { node, arguments } = self.0;
        encoder.sequence(|encoder| {
            for (name, value) in arguments.iter() {
                let parameter = node.parameters().iter().find(|parameter| &*parameter.name == name);
                let kind = parameter.map(|parameter| parameter.kind).ok_or_else(|| {
                    let message = format!("node `{}` has no parameter `{name}`", node.name());
                    larder::Error::new(larder::ErrorKind::Invalid, message)
                })?;
                encoder.element(&(name, Argument { kind, value }))?;
            }
            Ok(())
        })
    }
}

struct Argument<'a> {
    kind: Kind,
    value: &'a Value,
}

impl CacheKey for Argument<'_> {
    fn encode(&self, encoder: &mut Encoder) -> larder::Result<()> {
        encoder.signed_zeros(|encoder| self.kind.encode(self.value, encoder))
    }
}
