//! tmp
use crate::entry::{Fingerprint, Meta, Name};
use crate::error::{Error, Result};
use crate::random::Random;
use crate::time::Time;
use bytes::Bytes;
use std::sync::Arc;
#[derive(Clone, Debug)]
pub struct Encoded {
    pub format: Name,
    pub compression: Name,
    pub schema: Option<Fingerprint>,
    pub body: Bytes,
}
impl Encoded {
    pub fn meta(&self, random: &dyn Random, now: Time) -> Meta {
        Meta { schema: self.schema, ..Meta::new(random, now, self.format.clone(), self.compression.clone()) }
    }
}
#[derive(Clone, Debug, Default)]
pub struct Limits;
#[derive(Clone, Copy, Debug)]
pub enum Format {
    Json,
}
#[derive(Clone, Copy, Debug)]
pub enum Compression {
    None,
}
#[derive(Debug)]
pub enum Unreadable {
    Codec(String),
    Schema { found: Option<Fingerprint> },
    Damaged(Error),
}
impl Unreadable {
    pub fn into_error(self) -> Error {
        todo!()
    }
}
pub trait Codec<V>: std::fmt::Debug + Send + Sync + 'static {
    fn x(&self, v: &V);
}
pub struct Codecs<V>(std::marker::PhantomData<fn(V) -> V>);
impl<V: 'static> Codecs<V> {
    pub fn serde(_: Format) -> Self {
        todo!()
    }
    pub fn only(_: Arc<dyn Codec<V>>) -> Self {
        todo!()
    }
    pub fn compressed(self, _: Compression) -> Self {
        self
    }
    pub fn limited(self, _: Limits) -> Self {
        self
    }
    pub fn schema(self, _: Fingerprint) -> Self {
        self
    }
    pub fn check(&self) -> Result<()> {
        Ok(())
    }
    pub fn encode(&self, _: &V) -> Result<Encoded> {
        todo!()
    }
    pub fn decode(&self, _: &Meta, _: Bytes) -> Result<V, Unreadable> {
        todo!()
    }
}
