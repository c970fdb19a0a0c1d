//! Placeholder.
mod settings;
pub use settings::{Settings,CacheSettings,TierSettings,DiskKind};
pub use larder_core::*;
