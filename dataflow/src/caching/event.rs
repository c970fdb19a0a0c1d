//! What happens in a run, as events.

use std::fmt;

use larder::Time;
use serde::{Serialize, Serializer};
use tracing::Level;

use crate::driver::RunId;

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The adapter, in memory.
    Adapter,
    /// The store of versions.
    MetadataStore,
    /// The store of results.
    ResultStore,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// What is done for a node was settled.
    ResolveBehavior,
    /// The run is asked for this.
    IsFinalVar,
    /// This was given.
    IsInput,
    /// This was given in the place of a node's value.
    IsOverride,
    /// This was not given: the default holds.
    IsDefaultParameterValue,
    /// The key of the node was made.
    SetCacheKey,
    /// The key of the node was asked for.
    GetCacheKey,
    /// The version of the node's data was asked for.
    GetDataVersion,
    /// The version of the node's data became known.
    SetDataVersion,
    /// The result was asked for.
    GetResult,
    /// The result was stored.
    SetResult,
    /// A version is known whose result is not there.
    MissingResult,
    /// The result is there and cannot be read.
    FailedRetrieval,
    /// The node ran.
    ExecuteNode,
    /// The node failed.
    FailedExecution,
    /// The data has no version.
    UnhashableDataVersion,
}

impl EventKind {
    /// Whether it is told at the level `INFO` and not only at `DEBUG`.
    pub const fn is_info(self) -> bool {
        matches!(self, Self::GetResult | Self::ExecuteNode)
    }

    /// Whether it is told at this level.
    pub fn is_told_at(self, level: Level) -> bool {
        level > Level::INFO || (level == Level::INFO && self.is_info())
    }
}

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// The name of the run.
    #[serde(rename = "run_id", serialize_with = "text")]
    pub run: RunId,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    #[serde(rename = "event_type")]
    pub kind: EventKind,
    /// The node or input that it is about.
    #[serde(rename = "node_name")]
    pub node: String,
    /// Which of several tasks of the node; there are none yet.
    #[serde(rename = "task_id")]
    pub task: Option<String>,
    /// `hit` or `miss`, for what was asked for.
    #[serde(rename = "msg")]
    pub message: Option<&'static str>,
    /// What came of it, such as a version.
    pub value: Option<String>,
    /// When.
    #[serde(rename = "timestamp", serialize_with = "moment")]
    pub time: Time,
}

fn text<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// A time in UTC, as RFC 3339 writes it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn moment<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    let time = jiff::Timestamp::from_nanosecond(time.nanos().into()).map_err(serde::ser::Error::custom)?;
    serializer.collect_str(&time)
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for Event {
    /// Writes `NODE::TASK::ACTOR::KIND::MESSAGE`, without what is not there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.node)?;
        if let Some(task) = &self.task {
            write!(f, "::{task}")?;
        }
        write!(f, "::{}::{}", self.actor, self.kind)?;
        self.message.map_or(Ok(()), |message| write!(f, "::{message}"))
    }
}
