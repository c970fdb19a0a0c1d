//! Dataflows of plain functions, whose results larder caches.
//!
//! A node is a function; what its parameters are called says which nodes and inputs it needs. A [`Driver`] makes a graph of
//! them and runs the part that is asked for.
//!
//! ```
//! use larder_dataflow::{Driver, node, nodes};
//!
//! #[node]
//! fn spend_mean(spend: &[f64]) -> f64 {
//!     spend.iter().sum::<f64>() / spend.len() as f64
//! }
//!
//! #[node]
//! fn spend_centred(spend: &[f64], spend_mean: f64) -> Vec<f64> {
//!     spend.iter().map(|spend| spend - spend_mean).collect()
//! }
//!
//! let driver = Driver::builder().nodes(nodes![spend_mean, spend_centred]).build()?;
//! let results = driver.execute(["spend_centred"]).input("spend", vec![1.0, 2.0, 6.0]).wait()?;
//! assert_eq!(results.get::<Vec<f64>>("spend_centred")?, &[-2.0, -1.0, 3.0]);
//! # Ok::<(), larder_dataflow::Error>(())
//! ```

// The macros name this crate as its users do.
#[allow(unused_extern_crates, reason = "used by examples and tests")]
extern crate self as larder_dataflow;

/// The code in the guide compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../docs/dataflow.md")]
mod guide {}

pub mod adapter;
mod arguments;
pub mod caching;
mod driver;
mod error;
mod graph;
pub mod hook;
pub mod kind;
mod module;
pub mod node;
mod shelf;
mod show;
mod value;
pub mod view;

pub use arguments::Arguments;
pub use driver::{Builder, Driver, Execution, Final, Plan, Results, RunId};
pub use error::{Error, ErrorKind, NodeError, Result};
pub use graph::{Graph, Input};
pub use hook::CacheHook;
pub use kind::Kind;
pub use larder::code;
pub use larder_macros::{module, node};
pub use module::{Function, Module};
pub use node::Node;
pub use shelf::{AnyKey, Shelf};
pub use value::Value;
pub use view::View;
