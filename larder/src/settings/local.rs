//! The settings of a local disk: where it lies, and what is set beside what is recorded with it.

use std::path::PathBuf;
use std::time::Duration;

use larder_core::{Error, ErrorKind, Result, near};
use larder_local::{Durability, OpenOptions, Share};

use super::node::{Node, Table, Value, join};
use super::source::Fault;
use super::values::{self, mistyped};
use super::{known, place, quantity};

/// What is written for [`Durability::None`].
const NONE: &str = "none";
/// What is written for [`Durability::EveryWrite`].
const EVERY_WRITE: &str = "every write";

/// What is shown where the users are left as they are recorded; it is never written.
const RECORDED: &str = "as recorded";
/// All choices of users.
const SHARES: [Share; 3] = [Share::Owner, Share::Group, Share::World];

/// Where a local disk lies, and how it is opened. What is not said has the default of
/// [`OpenOptions`].
///
/// ```
/// use larder::{DiskKind, Durability, LocalSettings, TierSettings, disk};
///
/// let mut local = LocalSettings::at("~/.cache/app");
/// local.durability = Durability::EveryWrite;
/// let tier = TierSettings::new(DiskKind::Local(local), disk::Settings::limited(20 << 30));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalSettings {
    /// The directory, in which `~` and `$NAME` are expanded when it is opened and which lies below the working directory
    /// where it is relative. [`LocalDisk::open`](crate::LocalDisk::open) takes a path as it is.
    pub path: String,
    /// How long an operation waits for other processes.
    pub deadline: Duration,
    /// What a crash of the operating system may take.
    pub durability: Durability,
    /// The most that the files take, in hundredths of the size limit.
    pub utilization: u32,
    /// Which users may use the disk; `None` leaves it as it is recorded.
    pub share: Option<Share>,
    /// Bytes that are to stay free on the file system.
    pub free_space: u64,
    /// Whether values are handed out as they lie in the mapped file.
    pub mapped: bool,
    /// Whether every byte of a value is checked each time it is read.
    pub checked: bool,
    /// The bytes of removed segments that mapped values may keep.
    pub most_pinned: u64,
}

impl LocalSettings {
    /// The directory `path`, with defaults for all the rest.
    pub fn at(path: impl Into<String>) -> Self {
        let OpenOptions {
            deadline,
            durability,
            utilization,
            share,
            free_space,
            mapped,
            checked,
            most_pinned,
            ..
        } = OpenOptions::default();
        let path = path.into();
        Self { path, deadline, durability, utilization, share, free_space, mapped, checked, most_pinned }
    }

    /// What a disk is opened with that these settings say, for reading and writing and with the clock of the system.
    pub fn options(&self) -> OpenOptions {
        let Self {
            path: _,
            deadline,
            durability,
            utilization,
            share,
            free_space,
            mapped,
            checked,
            most_pinned,
        } = *self;
        let rest = OpenOptions::default();
        OpenOptions {
            deadline,
            durability,
            utilization,
            share,
            free_space,
            mapped,
            checked,
            most_pinned,
            ..rest
        }
    }

    /// The path, expanded.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for no path, for a url, and for a variable that is not set.
    pub(crate) fn expanded(&self) -> Result<PathBuf> {
        let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
        if self.path.is_empty() {
            return Err(invalid("an empty path".into()));
        }
        if place::split(&self.path).is_some_and(|(scheme, _)| known::is_plain(scheme)) {
            return Err(invalid("a path, and no url: write it as it is, such as `/var/cache/app`".into()));
        }
        place::expand(&self.path, |name| std::env::var_os(name)).map_err(invalid)
    }
}

/// The settings in `table`.
pub(super) fn read(table: &Table, path: &str) -> Result<LocalSettings, Fault> {
    let missing =
        || Fault::new(join(path, "path"), "the path is missing, such as `/var/cache/app` or `~/.cache/app`");
    let at = table.get("path").ok_or_else(missing)?;
    let mut local = LocalSettings::at(values::text(at, &join(path, "path"))?);
    for (name, node) in table {
        let path = &join(path, name);
        match name.as_str() {
            "deadline" => local.deadline = values::span(node, path)?,
            "durability" => local.durability = durability(node, path)?,
            "utilization" => local.utilization = factor(node, path)?,
            "share" => local.share = Some(share(node, path)?),
            "free_space" => local.free_space = values::size(node, path)?,
            "mapped" => local.mapped = values::flag(node, path)?,
            "checked" => local.checked = values::flag(node, path)?,
            "most_pinned" => local.most_pinned = values::size(node, path)?,
            _ => {}
        }
    }
    Ok(local)
}

fn durability(node: &Node, path: &str) -> Result<Durability, Fault> {
    let expected = format!("\"{NONE}\", \"{EVERY_WRITE}\" or an interval such as \"1s\"");
    match values::written(node).filter(|text| values::is_shown(text)) {
        Some(NONE) => Ok(Durability::None),
        Some(EVERY_WRITE) => Ok(Durability::EveryWrite),
        Some(text) if text.trim_start().starts_with(|c: char| c.is_ascii_digit()) => {
            values::span(node, path).map(Durability::Interval)
        }
        Some(text) => {
            Err(Fault::new(path, near::unknown("durability", text, &[NONE, EVERY_WRITE, "an interval"])))
        }
        None => Err(mistyped(path, &expected, node)),
    }
}

const fn name_of(share: Share) -> &'static str {
    match share {
        Share::Owner => "owner",
        Share::Group => "group",
        Share::World => "world",
    }
}

fn share(node: &Node, path: &str) -> Result<Share, Fault> {
    let expected = "\"owner\", \"group\" or \"world\"";
    let text = values::written(node).filter(|text| values::is_shown(text));
    let text = text.ok_or_else(|| mistyped(path, expected, node))?;
    let unknown = || Fault::new(path, near::unknown("share", text, &SHARES.map(name_of)));
    SHARES.into_iter().find(|share| name_of(*share) == text).ok_or_else(unknown)
}

fn factor(node: &Node, path: &str) -> Result<u32, Fault> {
    let number = match &node.value {
        Value::Whole(number) => number.to_string(),
        Value::Other(text) | Value::Word(text) => text.clone(),
        _ => String::new(),
    };
    let expected = "a factor with no more than two decimals, such as 1.25";
    quantity::hundredths(&number).ok_or_else(|| mistyped(path, expected, node))
}

/// Whether a disk can be opened with them, as far as they alone tell.
pub(super) fn check(local: &LocalSettings, path: &str) -> Result<(), Fault> {
    let fault = |name, message: &str| Err(Fault::new(join(path, name), message));
    if let Err(error) = local.expanded() {
        return fault("path", error.message());
    }
    if local.deadline.is_zero() {
        return fault("deadline", "a deadline of 0 leaves time for nothing");
    }
    if local.durability == Durability::Interval(Duration::ZERO) {
        return fault("durability", "an interval of 0 is none; write \"every write\"");
    }
    if local.utilization <= 100 {
        return fault("utilization", "files take more than what is stored in them: the factor is above 1");
    }
    Ok(())
}

/// Each setting, as a file says it.
pub(super) fn said(local: &LocalSettings) -> [(&'static str, toml::Value); 9] {
    let LocalSettings {
        path,
        deadline,
        durability,
        utilization,
        share,
        free_space,
        mapped,
        checked,
        most_pinned,
    } = local;
    let durability = match durability {
        Durability::None => NONE.to_owned(),
        Durability::EveryWrite => EVERY_WRITE.to_owned(),
        Durability::Interval(interval) => quantity::show_span(*interval),
    };
    [
        ("path", path.as_str().into()),
        ("deadline", quantity::show_span(*deadline).into()),
        ("durability", durability.into()),
        ("utilization", (f64::from(*utilization) / 100.0).into()),
        ("share", share.map_or(RECORDED, name_of).into()),
        ("free_space", quantity::show_size(*free_space).into()),
        ("mapped", (*mapped).into()),
        ("checked", (*checked).into()),
        ("most_pinned", quantity::show_size(*most_pinned).into()),
    ]
}

/// What is written of them: all that is not the default.
pub(super) fn written(local: &LocalSettings) -> toml::Table {
    let default = said(&LocalSettings::at(""));
    let others = said(local).into_iter().zip(default).filter(|(said, default)| said != default);
    others.map(|((name, value), _)| (name.to_owned(), value)).collect()
}
