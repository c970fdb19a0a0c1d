//! Settings that come one by one, as a name and a text, and how they are laid over a tree.
//!
//! The environment, the query of a url and arguments have no tables: a setting is addressed by a flat name. They are
//! put into the tree that a file made, the weakest first, and the one walk reads what is there in the end. The url and the
//! path of a tier are special: either says of which kind the disk is, so what was said of a disk of another kind goes
//! with it.

use super::known::{self, CACHE, KINDS};
use super::node::{At, Node, Table, Value};
use super::place;
use super::source::Fault;

/// What the disk in memory is called where a url is asked for.
pub(super) const MEMORY: &str = "memory:";

/// Which setting is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Address {
    Cache(String),
    Tier(String),
    Option(String),
}

/// A setting that is given by itself.
#[derive(Clone)]
pub(super) struct Word {
    pub(super) address: Address,
    pub(super) text: String,
    pub(super) at: At,
}

/// Why a name is no address.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stray {
    /// It names a tier that this version has no stores of.
    SecondTier,
    Unknown,
}

impl Address {
    /// The setting that `name` addresses: its parts are divided by `divider`, a dot or an underscore.
    pub(super) fn parse(name: &str, divider: char) -> Result<Self, Stray> {
        let (table, rest) = name.split_once(divider).ok_or(Stray::Unknown)?;
        match table {
            "cache" if CACHE.contains(&rest) => Ok(Self::Cache(rest.to_owned())),
            "tier" => Self::of_tier(rest, divider),
            _ => Err(Stray::Unknown),
        }
    }

    fn of_tier(rest: &str, divider: char) -> Result<Self, Stray> {
        let rest = match rest.split_once(divider) {
            Some(("0", rest)) => rest,
            Some((number, _)) if number.parse::<u32>().is_ok() => return Err(Stray::SecondTier),
            // As messages and origins name it.
            Some((kind, rest)) if divider == '.' && KINDS.contains(&kind) => rest,
            _ => rest,
        };
        match rest.split_once(divider) {
            _ if known::flat().contains(&rest) => Ok(Self::Tier(rest.to_owned())),
            Some(("options", option)) if !option.is_empty() => Ok(Self::Option(option.to_owned())),
            _ => Err(Stray::Unknown),
        }
    }

    /// Every name that [`parse`](Self::parse) knows, but for the options of a store.
    pub(super) fn names(divider: char) -> Vec<String> {
        let of = |table: &str, names: &[&str]| -> Vec<String> {
            names.iter().map(|name| format!("{table}{divider}{name}")).collect()
        };
        let mut names = of("cache", CACHE);
        names.extend(of("tier", &known::flat()));
        names.push(format!("tier{divider}options{divider}NAME"));
        names
    }
}

/// What is wrong where one of `words` is there twice.
pub(super) fn twice(words: &[Word]) -> Result<(), Fault> {
    let mut seen = std::collections::BTreeSet::new();
    if let Some(word) = words.iter().find(|word| !seen.insert(&word.address)) {
        return Err(Fault::new(word.address.to_string(), "the setting is there twice").at(word.at.clone()));
    }
    match words.iter().filter(|word| word.is_place()).nth(1) {
        Some(word) => {
            let message = "a url and a path both say where the tier lies";
            Err(Fault::new(word.address.to_string(), message).at(word.at.clone()))
        }
        None => Ok(()),
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cache(name) => write!(f, "cache.{name}"),
            Self::Tier(name) => write!(f, "tier.{name}"),
            Self::Option(name) => write!(f, "tier.options.{}", super::values::shown_name(name)),
        }
    }
}

/// Lays `layers` over `tree`, the weakest first.
///
/// # Errors
///
/// What is wrong with the url that says in the end where the tier lies, if it is that of a local disk.
pub(super) fn lay_over(tree: &mut Node, layers: &[Vec<Word>]) -> Result<(), Fault> {
    let Value::Table(top) = &mut tree.value else { return Ok(()) };
    let mut tier = FlatTier::take(top);
    for layer in layers {
        // The place first: it decides which disk the others are about. Of two arguments the later one holds.
        if let (Some(tier), Some(place)) = (&mut tier, layer.iter().rfind(|word| word.is_place())) {
            tier.move_to(place);
        }
        for word in layer.iter().filter(|word| !word.is_place()) {
            let node = Node::new(Value::Word(word.text.clone()), word.at.clone());
            match (&word.address, &mut tier) {
                (Address::Cache(name), _) => put(top, "cache", name, node),
                (Address::Tier(name), Some(tier)) => drop(tier.settings.insert(name.clone(), node)),
                (Address::Option(name), Some(tier)) => put(&mut tier.settings, "options", name, node),
                // The file has more disks than one, or none that is one: that is told when the tree is read.
                (Address::Tier(_) | Address::Option(_), None) => {}
            }
        }
    }
    tier.map_or(Ok(()), |tier| tier.give(top))
}

impl Word {
    fn is_place(&self) -> bool {
        matches!(&self.address, Address::Tier(name) if ["url", "path"].contains(&name.as_str()))
    }
}

/// Sets `name` in the table `above`. What is there and no table is told when the tree is read.
fn put(top: &mut Table, above: &str, name: &str, node: Node) {
    let at = node.at.clone();
    let table = top.entry(above.to_owned()).or_insert_with(|| Node::new(Value::Table(Table::new()), at));
    if let Value::Table(table) = &mut table.value {
        table.insert(name.to_owned(), node);
    }
}

/// The one tier, taken out of the tree; by default there is none yet.
#[derive(Default)]
struct FlatTier {
    kind: Option<String>,
    at: At,
    settings: Table,
    /// What is wrong with the url that it was moved to last.
    wrong: Option<Fault>,
}

impl FlatTier {
    /// Takes the tier out of `top`, if there is exactly one with one disk, or makes one if there is none.
    fn take(top: &mut Table) -> Option<Self> {
        let Some(tier) = top.get_mut("tier") else {
            return Some(Self::default());
        };
        let Value::List(tiers) = &mut tier.value else { return None };
        let [tier] = tiers.as_mut_slice() else { return None };
        let Value::Table(disks) = &mut tier.value else { return None };
        let mut names = disks.iter_mut();
        let (Some((kind, disk)), None) = (names.next(), names.next()) else { return None };
        let Value::Table(settings) = &mut disk.value else { return None };
        Some(Self {
            kind: Some(kind.clone()),
            at: disk.at.clone(),
            settings: std::mem::take(settings),
            wrong: None,
        })
    }

    /// Makes it the disk at `place`, a url or a path.
    fn move_to(&mut self, place: &Word) {
        if let Some(Value::Text(former) | Value::Word(former)) =
            self.settings.get("url").map(|node| &node.value)
            && audience(former) != audience(&place.text)
        {
            self.settings.remove("options");
        }
        let is_url = matches!(&place.address, Address::Tier(name) if name == "url");
        let kind = if is_url { place::kind(&place.text) } else { "local" };
        let (name, text) = match kind {
            "local" if is_url => ("path", place::local_path(&place.text)),
            "local" => ("path", Ok(place.text.as_str())),
            _ => ("url", Ok(place.text.as_str())),
        };
        // What the new kind does not know was said of a disk of another kind. What no kind knows is told.
        let known = known::of_kind(kind);
        let of_another = |name: &str| known::of_any(name) && !known.contains(&name);
        self.settings.retain(|name, _| !of_another(name));
        if known.contains(&name) {
            let text = text.unwrap_or_default().to_owned();
            self.settings.insert(name.to_owned(), Node::new(Value::Word(text), place.at.clone()));
        }
        self.wrong = text.err().map(|message| Fault::new("tier.url", message).at(place.at.clone()));
        self.at = place.at.clone();
        self.kind = Some(kind.to_owned());
    }

    /// Puts it back into `top`.
    fn give(self, top: &mut Table) -> Result<(), Fault> {
        if let Some(fault) = self.wrong {
            return Err(fault);
        }
        // Settings of a disk that nobody names are no disk: that none is named is told when the tree is read.
        let Some(kind) = self.kind else { return Ok(()) };
        if let Some(Node { value: Value::List(tiers), .. }) = top.get_mut("tier")
            && let [Node { value: Value::Table(disks), .. }] = tiers.as_mut_slice()
        {
            disks.clear();
            disks.insert(kind, Node::new(Value::Table(self.settings), self.at));
            return Ok(());
        }
        let node = |value| Node::new(value, self.at.clone());
        let disk = Table::from([(kind, node(Value::Table(self.settings)))]);
        let tier = node(Value::List(vec![node(Value::Table(disk))]));
        top.insert("tier".to_owned(), tier);
        Ok(())
    }
}

/// Whom the options for a `url` are for.
#[cfg(feature = "object-store")]
fn audience(url: &str) -> String {
    super::options::audience(url)
}

#[cfg(not(feature = "object-store"))]
fn audience(url: &str) -> &str {
    url
}

/// What is wrong with a `name` that is no address.
pub(super) fn stray(thing: &str, name: &str, stray: &Stray, known: &[String]) -> Fault {
    let shown = super::values::shown_name(name);
    match stray {
        Stray::SecondTier => {
            Fault::unsupported(shown, "this version knows stores of exactly one tier, number 0")
        }
        Stray::Unknown => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            Fault::new(shown, known::unknown(thing, name, &known))
        }
    }
}
