//! One run, as it is asked for.

use std::any::Any;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use super::plan::Given;
use super::{Driver, Plan, Results, engine};
use crate::error::Result;
use crate::node::Node;
use crate::value::Value;

/// A name that a run is asked for: of a node or of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Final(pub(super) Arc<str>);

impl From<&str> for Final {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for Final {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl From<&Node> for Final {
    fn from(node: &Node) -> Self {
        Self(node.shared_name())
    }
}

/// A run that is being asked for. It begins when it is awaited, or by [`wait`](Self::wait).
///
/// ```
/// use larder_dataflow::{Driver, node, nodes};
///
/// #[node]
/// async fn double(number: i64) -> i64 {
///     2 * number
/// }
///
/// # async fn run() -> larder_dataflow::Result<()> {
/// let driver = Driver::builder().nodes(nodes![double]).build()?;
/// let results = driver.execute([double::NAME]).input("number", 21_i64).await?;
/// assert_eq!(results.get::<i64>("double")?, &42);
/// # Ok(())
/// # }
/// # pollster::block_on(run()).unwrap();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a run begins when it is awaited, or by `wait`"]
pub struct Execution<'a> {
    driver: &'a Driver,
    finals: Vec<Final>,
    inputs: Given,
    overrides: Given,
}

impl<'a> Execution<'a> {
    pub(super) const fn new(driver: &'a Driver, finals: Vec<Final>) -> Self {
        Self { driver, finals, inputs: Given::new(), overrides: Given::new() }
    }

    /// Gives the input `name` this value; one that nothing needs is ignored.
    pub fn input<T: Any + Send + Sync>(self, name: impl Into<Arc<str>>, value: T) -> Self {
        self.input_value(name, Value::new(value))
    }

    /// As [`input`](Self::input), with a value that is shared already.
    pub fn input_value(mut self, name: impl Into<Arc<str>>, value: Value) -> Self {
        self.inputs.insert(name.into(), value);
        self
    }

    /// Gives the node `name` this value: neither it nor what only it needs runs. In the place of an input's value, or a configured
    /// one, it wins; of a name that stands for nothing it is ignored.
    pub fn replace<T: Any + Send + Sync>(self, name: impl Into<Arc<str>>, value: T) -> Self {
        self.replace_value(name, Value::new(value))
    }

    /// As [`replace`](Self::replace), with a value that is shared already.
    pub fn replace_value(mut self, name: impl Into<Arc<str>>, value: Value) -> Self {
        self.overrides.insert(name.into(), value);
        self
    }

    /// What the run would do; nothing runs.
    ///
    /// # Errors
    ///
    /// [`Request`](crate::ErrorKind::Request) for unknown final names, missing inputs, values of the wrong type, and a name that is both
    /// configured and given.
    pub fn plan(&self) -> Result<Plan> {
        self.driver.plan(&self.finals, &self.inputs, &self.overrides)
    }

    /// Runs to the end on this thread. Inside an async task await the run in place of this.
    ///
    /// # Errors
    ///
    /// As for [`plan`](Self::plan), then nothing ran; [`Node`](crate::ErrorKind::Node) with the error of the function that failed, after
    /// which none was begun that comes after it; [`Adapter`](crate::ErrorKind::Adapter) where only an adapter failed.
    pub fn wait(self) -> Result<Results> {
        pollster::block_on(self.into_future())
    }
}

impl<'a> IntoFuture for Execution<'a> {
    type Output = Result<Results>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<Results>> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { engine::run(self.driver, self.plan()).await })
    }
}
