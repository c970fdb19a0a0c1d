//! Settings: in the head for all who have the disk open, and in a small file that tells what the directory is.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{Ordering, fence};

use larder_core::disk::{Requested, Settings};
use larder_core::entry::Name;
use larder_core::{Error, ErrorKind, Result};
use larder_mapping::Access;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use twox_hash::XxHash3_64;

use crate::head::Word;
use crate::inner::Inner;
use crate::options::Share;
use crate::rebuild;
use crate::root::Root;
use crate::seal;
use crate::section::Section;
use crate::segment::{START, Segment};
use crate::tables::{Address, Table, Tables};
use crate::unrecorded;

/// The version of the layout of the directory that this module writes, and the only one that it reads.
const FORMAT: u64 = 1;
/// The words of the policy.
const POLICY_WORDS: usize = 5;
/// A limit that is none.
const UNBOUNDED: u64 = u64::MAX;

/// What the file says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Recorded {
    /// What the directory is, for people.
    larder: String,
    format: u64,
    /// Drawn when the disk is made; the checks of all records depend on it.
    pub(crate) salt: u64,
    size_limit: Option<u64>,
    max_entries: Option<u64>,
    policy: String,
    /// Which users may use the disk.
    #[serde(default)]
    pub(crate) share: Share,
    /// The checksum over all other members. Files of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check: Option<String>,
}

/// The member of the file that holds the checksum over all others, as hexadecimal digits.
const CHECK: &str = "check";

/// The file.
pub(crate) const FILE: &str = "larder.json";
/// Its next version, while it is being written.
pub(crate) const NEW: &str = "larder.json.new";
/// How the file begins.
pub(crate) const BEGIN: &str = "{\n  \"larder\": \"a cache of larder";
/// More bytes than it ever has.
const LONGEST: u64 = 1 << 20;

impl Recorded {
    pub(crate) fn new(salt: u64, settings: &Settings) -> Self {
        let Settings { size_limit, max_entries, policy } = settings.clone();
        let larder = "a cache of larder, in a log of segments".to_owned();
        let (policy, share) = (policy.into_owned(), Share::default());
        Self { larder, format: FORMAT, salt, size_limit, max_entries, policy, share, check: None }
    }

    pub(crate) fn shared_with(self, share: Share) -> Self {
        Self { share, ..self }
    }

    pub(crate) fn settings(&self) -> Settings {
        let Self { size_limit, max_entries, .. } = *self;
        Settings { size_limit, max_entries, policy: self.policy.clone().into() }
    }

    /// What is recorded below `root`; `None` if nothing is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Format`] for a later layout, [`ErrorKind::Corrupt`] for what cannot be read.
    pub(crate) fn read(root: &Root) -> Result<Option<Self>> {
        let text = match Self::text(root) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unread(root, error)),
        };
        let name = root.path(FILE);
        let unreadable = || {
            let message = format!(
                "{} is damaged, or another program wrote it; if the directory is a cache of larder, open it with a size \
                 limit to write the file anew, else choose another directory",
                name.display()
            );
            Error::new(ErrorKind::Corrupt, message)
        };
        let unread = |error| unread(root, error);
        let mut file: Map<String, Value> =
            serde_json::from_slice(&text).map_err(|cause| unreadable().because(cause))?;
        let format = file.get("format").and_then(Value::as_u64).ok_or_else(unreadable)?;
        let check = file.remove(CHECK);
        let mut is_right = check.as_ref().is_none_or(|check| *check == checksum(&file).as_str());
        if format != FORMAT && (is_right || !is_right_with(&file, check.as_ref(), "format", FORMAT)) {
            let message = format!(
                "{} says format {format}, and this version of larder reads format {FORMAT}",
                name.display()
            );
            return Err(Error::new(ErrorKind::Format, message));
        }
        // The salt is in the log too. A wrong one would make all of the log unreadable.
        if (check.is_none() || !is_right)
            && let Some(salt) = salt_of_log(root, file.get("salt").and_then(Value::as_u64)).map_err(unread)?
        {
            is_right |= is_right_with(&file, check.as_ref(), "salt", salt);
            file.insert("salt".to_owned(), salt.into());
        }
        if !is_right {
            return Err(unreadable());
        }
        serde_json::from_value(Value::Object(file)).map(Some).map_err(|cause| unreadable().because(cause))
    }

    /// As [`read`](Self::read), but a damaged file is written anew where a size limit is asked for: segments know the salt
    /// too.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read), and what keeps the file from being written. [`ErrorKind::Invalid`] if the file
    /// cannot be read and there is no log, so that nothing shows that the directory is larder's.
    pub(crate) fn read_or_mend(root: &Root, requested: &Requested, location: &str) -> Result<Option<Self>> {
        match Self::read(root) {
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                let Some(salt) = salt_of_log(root, None).map_err(|cause| unread(root, cause))? else {
                    let message = format!(
                        "{} was not written by larder, or is damaged, and there is no log beside it; choose another \
                         directory, or remove the file if it is not needed",
                        root.path(FILE).display()
                    );
                    return Err(Error::new(ErrorKind::Invalid, message).because(error));
                };
                if requested.size_limit.is_none() {
                    return Err(error);
                }
                let settings = requested.clone().over(None, location)?;
                let mended = Self::new(salt, &settings).shared_with(root.share());
                tracing::warn!(disk = location, "larder.json was damaged and is written anew");
                mended.write(root).map_err(|cause| {
                    Error::new(ErrorKind::Unavailable, "recording the settings").because(cause)
                })?;
                Ok(Some(mended))
            }
            recorded => recorded,
        }
    }

    /// Writes the file, with the users that `root` is for: the old one or the new one is there, whenever the process ends.
    pub(crate) fn write(&self, root: &Root) -> io::Result<()> {
        let mut record = Self { share: root.share(), check: None, ..self.clone() };
        if let Value::Object(file) = serde_json::to_value(&record)? {
            record.check = Some(checksum(&file));
        }
        let mut text = serde_json::to_vec_pretty(&record)?;
        text.push(b'\n');
        if root.has(NEW)? {
            // What a process left that ended here.
            if !unrecorded::is_own_new(root)? {
                return Err(io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    format!("{} was not written by larder", root.path(NEW).display()),
                ));
            }
            root.remove(NEW)?;
        }
        let file = root.create_file(NEW)?;
        file.write_all_at(&text, 0)?;
        root.sync(&file, NEW)?;
        root.rename(NEW, FILE)?;
        root.sync_directory("")
    }

    fn text(root: &Root) -> io::Result<Vec<u8>> {
        let file = root.open_file(FILE, Access::Read)?;
        let mut text = vec![0; file.length()?.min(LONGEST) as usize];
        file.read_exact_at(&mut text, 0)?;
        Ok(text)
    }
}

fn unread(root: &Root, cause: io::Error) -> Error {
    let message = format!("reading {}", root.path(FILE).display());
    Error::new(ErrorKind::Unavailable, message).because(cause)
}

/// The checksum over the members of the file.
fn checksum(file: &Map<String, Value>) -> String {
    let members: BTreeMap<_, _> = file.iter().collect();
    let text = serde_json::to_vec(&members).unwrap_or_default();
    format!("{:016x}", XxHash3_64::oneshot(&text))
}

/// Whether the checksum is right with another value of one member.
fn is_right_with(file: &Map<String, Value>, check: Option<&Value>, member: &str, value: u64) -> bool {
    let mut file = file.clone();
    file.insert(member.to_owned(), value.into());
    check.is_none_or(|check| *check == checksum(&file).as_str())
}

/// What the records of the log are checked with: `recorded` if the records of any segment are, else what the headers of most
/// segments say. `None` if there is no segment.
fn salt_of_log(root: &Root, recorded: Option<u64>) -> io::Result<Option<u64>> {
    let mut salts: BTreeMap<u64, u32> = BTreeMap::new();
    for number in rebuild::segments(root)? {
        match Segment::open(root, number, Access::Read, None) {
            Ok(segment) => {
                let is_of = |salt: &u64| segment.next(START, u64::MAX, *salt).is_some();
                if recorded.is_some_and(|salt| is_of(&salt)) {
                    return Ok(recorded);
                }
                // Records prove more than headers do.
                let proof = if is_of(&segment.stamp.salt) { 1 << 16 } else { 1 };
                let count = salts.entry(segment.stamp.salt).or_default();
                *count = count.saturating_add(proof);
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(salts.into_iter().max_by_key(|(_, count)| *count).map(|(salt, _)| salt))
}

/// The settings as the head has them.
pub(crate) fn read(tables: &Tables) -> Settings {
    let head = &tables.head;
    loop {
        let turn = head.load(Word::SettingsTurn as usize, Ordering::Acquire);
        let settings = Settings {
            size_limit: Some(Word::SizeLimit.get(head)).filter(|limit| *limit != UNBOUNDED),
            max_entries: Some(Word::MaxEntries.get(head)).filter(|most| *most != UNBOUNDED),
            policy: policy(tables),
        };
        fence(Ordering::Acquire);
        // What a dead process left odd is made even by the next one that writes; until then it is whole or nearly so.
        if turn == Word::SettingsTurn.get(head) {
            return settings;
        }
        std::hint::spin_loop();
    }
}

fn policy(tables: &Tables) -> Name {
    /// The usual ones, which need no memory: every write that makes room asks.
    const USUAL: [&str; 4] = ["lru", "lfu", "lrs", "none"];
    let mut bytes = [0; POLICY_WORDS * 8];
    let (parts, _) = bytes.as_chunks_mut::<8>();
    for (index, part) in parts.iter_mut().enumerate() {
        *part = tables.head.load(Word::Policy as usize + index, Ordering::Relaxed).to_le_bytes();
    }
    let length = usize::from(bytes[0]).min(bytes.len() - 1);
    let text = &bytes[1..=length];
    match USUAL.into_iter().find(|name| name.as_bytes() == text) {
        Some(name) => Name::Borrowed(name),
        None => Name::Owned(String::from_utf8_lossy(text).into_owned()),
    }
}

/// Changes the settings in the head. A step of its own.
pub(crate) fn change(section: &mut Section<'_>, settings: &Settings) -> Result<()> {
    let mut bytes = [0; POLICY_WORDS * 8];
    let name = settings.policy.as_bytes();
    if name.len() >= bytes.len() {
        let message = format!("the name of a policy has {} bytes at most", bytes.len() - 1);
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    bytes[0] = name.len() as u8;
    bytes[1..=name.len()].copy_from_slice(name);
    section.forget();
    let turn = section.head(Word::SettingsTurn) | 1;
    section.set_head(Word::SettingsTurn, turn);
    section.set_head(Word::SizeLimit, settings.size_limit.unwrap_or(UNBOUNDED));
    section.set_head(Word::MaxEntries, settings.max_entries.unwrap_or(UNBOUNDED));
    let (words, _) = bytes.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    let limits = [settings.size_limit, settings.max_entries].map(|limit| limit.unwrap_or(UNBOUNDED));
    section.set_head(Word::SettingsCheck, seal::settings(limits.into_iter().chain(words.clone())));
    for (index, word) in words.enumerate() {
        section.set(Address::new(Table::Head, Word::Policy as usize + index), word);
    }
    section.set_head(Word::SettingsTurn, turn + 1);
    let _ = section.commit();
    Ok(())
}

/// Whether the settings in the head are those that were written there. Nobody changes them meanwhile.
pub(crate) fn is_right(tables: &Tables) -> bool {
    let head = &tables.head;
    let policy = (0..POLICY_WORDS).map(|index| head.load(Word::Policy as usize + index, Ordering::Relaxed));
    let limits = [Word::SizeLimit.get(head), Word::MaxEntries.get(head)];
    seal::settings(limits.into_iter().chain(policy)) == Word::SettingsCheck.get(head)
}

impl Inner {
    /// Replaces the settings for everybody.
    pub(crate) async fn change_settings(&self, settings: &Settings) -> Result<()> {
        self.within(|section| {
            if read(self.tables()) == *settings {
                return Ok(());
            }
            change(section, settings)?;
            Recorded::new(self.salt, settings)
                .write(&self.root)
                .map_err(|error| self.failed("recording the settings", error))
        })
        .await
    }

    /// Writes `larder.json` again if another program removed it.
    pub(crate) fn keep_recorded(&self) {
        if !matches!(self.root.has(FILE), Ok(false)) || self.check_place().is_err() {
            return;
        }
        let Ok(Some(_section)) = self.enter() else { return };
        let written = Recorded::new(self.salt, &read(self.tables())).write(&self.root);
        match written {
            Ok(()) => tracing::warn!(disk = self.location, "larder.json was gone and is written again"),
            Err(error) => tracing::warn!(%error, disk = self.location, "larder.json is gone"),
        }
    }

    const fn tables(&self) -> &Tables {
        &self.tables
    }
}
