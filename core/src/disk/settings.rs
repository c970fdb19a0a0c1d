//! What is set for a disk as a whole, and what it holds.

use super::{Precedence, SettingsChange};
use crate::entry::Name;
use crate::error::{Error, ErrorKind, Result};

/// Limits and policy of a disk, recorded with it and shared by all who have it open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The most volume, in bytes; without a limit, if `None`.
    pub size_limit: Option<u64>,
    /// The most entries; without a limit, if `None`.
    pub max_entries: Option<u64>,
    /// The name of the [policy](crate::eviction::Policy) by which room is made.
    pub policy: Name,
}

impl Settings {
    /// A limit of `bytes` of volume under the default policy.
    pub fn limited(bytes: u64) -> Self {
        Self { size_limit: Some(bytes), ..Self::unbounded() }
    }

    /// No limits.
    pub const fn unbounded() -> Self {
        Self { size_limit: None, max_entries: None, policy: Name::Borrowed(crate::eviction::DEFAULT_POLICY) }
    }

    /// The same under another policy.
    #[must_use]
    pub fn policy(self, policy: impl Into<Name>) -> Self {
        Self { policy: policy.into(), ..self }
    }
}

/// A limit that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// No limit.
    Unbounded,
    /// No more than this.
    Of(u64),
}

impl Limit {
    /// The number; `None` without a limit.
    pub const fn number(self) -> Option<u64> {
        match self {
            Self::Unbounded => None,
            Self::Of(number) => Some(number),
        }
    }
}

impl From<u64> for Limit {
    fn from(number: u64) -> Self {
        Self::Of(number)
    }
}

impl From<Option<u64>> for Limit {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Self::Unbounded, Self::Of)
    }
}

/// Settings that are asked for when a disk is opened. What is not asked for stays as it is recorded with the disk.
///
/// ```
/// use larder_core::disk::{Requested, Settings};
///
/// let recorded = Settings::limited(1 << 30).policy("lfu");
/// let requested = Requested { size_limit: Some((1 << 20).into()), ..Requested::default() };
/// assert_eq!(requested.over(Some(&recorded), "shelf:/var/cache")?, Settings::limited(1 << 20).policy("lfu"));
/// assert!(Requested::default().over(None, "shelf:/var/new").is_err(), "a new disk needs a size limit");
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requested {
    /// The most volume, in bytes.
    pub size_limit: Option<Limit>,
    /// The most entries.
    pub max_entries: Option<Limit>,
    /// The name of the policy.
    pub policy: Option<Name>,
    /// Which settings are in effect if the requested ones differ from the recorded ones.
    pub precedence: Precedence,
}

impl Requested {
    /// Returns the settings in effect for a disk at `location` that has `recorded` settings, or none.
    ///
    /// A setting that is not requested keeps its recorded value. If requested and recorded settings differ,
    /// [`precedence`](Self::precedence) decides, and an event of [`tracing`] names the disk and both values.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`], naming the disk, if nothing is recorded and no size limit is requested.
    pub fn over(self, recorded: Option<&Settings>, location: &str) -> Result<Settings> {
        self.merge(recorded, location).map(|(settings, _)| settings)
    }

    /// As [`over`](Self::over), and returns the difference from the recorded settings, if there is one.
    ///
    /// # Errors
    ///
    /// As for [`over`](Self::over).
    pub fn merge(
        self,
        recorded: Option<&Settings>,
        location: &str,
    ) -> Result<(Settings, Option<SettingsChange>)> {
        let Self { size_limit, max_entries, policy, precedence } = self;
        let base = match (recorded, size_limit) {
            (Some(recorded), _) => recorded.clone(),
            (None, Some(_)) => Settings::unbounded(),
            (None, None) => {
                let message = "a new disk needs a size limit; `unbounded` is one, if it is written down";
                return Err(Error::new(ErrorKind::Invalid, message).on(location));
            }
        };
        let requested = Settings {
            size_limit: size_limit.map_or(base.size_limit, Limit::number),
            max_entries: max_entries.map_or(base.max_entries, Limit::number),
            policy: policy.unwrap_or(base.policy),
        };
        let change = recorded.and_then(|recorded| SettingsChange::between(recorded, &requested, precedence));
        if let Some(change) = &change {
            change.emit(location);
        }
        match &change {
            Some(change) if !change.applied => Ok((change.recorded.clone(), Some(change.clone()))),
            _ => Ok((requested, change)),
        }
    }
}

/// All of them are asked for.
impl From<Settings> for Requested {
    fn from(settings: Settings) -> Self {
        let Settings { size_limit, max_entries, policy } = settings;
        Self {
            size_limit: Some(size_limit.into()),
            max_entries: Some(max_entries.into()),
            policy: Some(policy),
            precedence: Precedence::default(),
        }
    }
}

/// All of them are asked for, or none.
impl From<Option<Settings>> for Requested {
    fn from(settings: Option<Settings>) -> Self {
        settings.map(Self::from).unwrap_or_default()
    }
}

/// What a disk holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// The sum of the sizes of all entries, dead ones included, in bytes.
    pub volume: u64,
    /// The number of entries, dead ones included.
    pub entries: u64,
    /// Bytes of writes that are under way; they count towards the limit.
    pub reserved: u64,
}

impl Usage {
    /// A disk that holds this much, with this much under way.
    pub const fn new(volume: u64, entries: u64, reserved: u64) -> Self {
        Self { volume, entries, reserved }
    }
}

/// What a disk takes of its medium, in bytes: the sum is what a person sees there, and plays no part in eviction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Space {
    /// What entries need.
    pub live: u64,
    /// What was needed once: cleaning gives it back.
    pub dead: u64,
    /// What is kept empty for what comes, removals on a full medium included.
    pub reserve: u64,
    /// What is removed and still takes space, because somebody in this process reads it.
    pub pinned: u64,
    /// What finds the entries.
    pub index: u64,
}

impl Space {
    /// Space that is taken for these.
    pub const fn new(live: u64, dead: u64, reserve: u64, pinned: u64, index: u64) -> Self {
        Self { live, dead, reserve, pinned, index }
    }

    /// All of it.
    pub const fn total(&self) -> u64 {
        self.live + self.dead + self.reserve + self.pinned + self.index
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::sync::{Arc, Mutex, Once};

    use tracing::field::{Field, Visit};
    use tracing::subscriber::{set_global_default, with_default};
    use tracing::{Event, Metadata, Subscriber, span};

    use super::*;

    /// Keeps the fields of all events.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<String>>>);

    impl Visit for Heard {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            self.0.lock().expect("nobody panics").push(format!("{} = {value:?}", field.name()));
        }
    }

    impl Subscriber for Heard {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &Event<'_>) {
            event.record(&mut self.clone());
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    /// The events of laying `requested` over `recorded`.
    fn told(requested: Requested, recorded: Option<&Settings>) -> Vec<String> {
        static ELSEWHERE: Once = Once::new();
        // Where a thread has no subscriber, an event that it comes to first may be taken for one that nobody ever hears.
        ELSEWHERE.call_once(|| set_global_default(Heard::default()).expect("the only one"));
        let heard = Heard::default();
        with_default(heard.clone(), || requested.over(recorded, "shelf:x")).expect("a limit is there");
        heard.0.lock().expect("nobody panics").drain(..).collect()
    }

    #[test]
    fn what_replaces_a_recorded_setting_is_told_with_both_and_the_disk() {
        let recorded = Settings::limited(5);
        let told = told(Settings { max_entries: Some(3), ..Settings::limited(5) }.into(), Some(&recorded));
        let expected = [
            "message = the requested setting replaces the recorded one; entries above the limit \
             will be evicted",
            "disk = \"shelf:x\"",
            "setting = \"max_entries\"",
            "recorded = \"unbounded\"",
            "requested = \"3\"",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn recorded_settings_can_take_precedence() {
        let recorded = Settings::limited(5).policy("lfu");
        let requested = Requested { precedence: Precedence::Recorded, ..Settings::limited(3).into() };
        assert_eq!(told(requested.clone(), Some(&recorded)).len(), 10, "two settings, five fields each");
        let (settings, change) = requested.clone().merge(Some(&recorded), "shelf:x").expect("a limit");
        let change = change.expect("the settings differ");
        assert_eq!((settings, change.applied), (recorded.clone(), false));
        assert_eq!((change.recorded, change.requested), (recorded, Settings::limited(3)));
        assert_eq!(requested.over(None, "shelf:x").expect("a limit"), Settings::limited(3), "a new disk");
    }

    #[test]
    fn a_new_disk_without_a_limit_is_told_by_its_place() {
        let error = Requested::default().over(None, "shelf:x").expect_err("nothing says how large it is");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().ends_with("(disk shelf:x)"), "{error}");
    }

    #[test]
    fn what_is_recorded_already_or_new_is_told_to_nobody() {
        let recorded = Settings::limited(5).policy("lfu");
        assert!(told(recorded.clone().into(), Some(&recorded)).is_empty());
        assert!(told(Requested::default(), Some(&recorded)).is_empty());
        assert!(told(recorded.into(), None).is_empty());
    }
}
