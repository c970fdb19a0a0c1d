//! Settings that come one by one, as a name and a text, and how they are laid over a tree.
//!
//! The environment, the query of a url and arguments have no tables: a setting is addressed by a flat name. They are
//! put into the tree that a file made, the weakest first, and the one walk reads what is there in the end. The url of a
//! tier is special: it says of which kind the disk is, so what was said of a disk of another kind goes with it.

use super::known::{self, CACHE, KINDS, OBJECT_STORE, TIER};
use super::node::{At, Node, Table, Value};
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
            _ if rest != "options" && (TIER.contains(&rest) || OBJECT_STORE.contains(&rest)) => {
                Ok(Self::Tier(rest.to_owned()))
            }
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
        names.extend(of("tier", TIER));
        let below = OBJECT_STORE.iter().filter(|name| **name != "options");
        names.extend(of("tier", &below.copied().collect::<Vec<_>>()));
        names.push(format!("tier{divider}options{divider}NAME"));
        names
    }
}

/// What is wrong where one of `words` is there twice.
pub(super) fn twice(words: &[Word]) -> Result<(), Fault> {
    let mut seen = std::collections::BTreeSet::new();
    match words.iter().find(|word| !seen.insert(&word.address)) {
        Some(word) => {
            Err(Fault::new(word.address.to_string(), "the setting is there twice").at(word.at.clone()))
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
pub(super) fn lay_over(tree: &mut Node, layers: &[Vec<Word>]) {
    let Value::Table(top) = &mut tree.value else { return };
    let mut tier = FlatTier::take(top);
    for layer in layers {
        // A url first: it decides which disk the others are about.
        if let (Some(tier), Some(url)) = (&mut tier, layer.iter().find(|word| word.is_url())) {
            tier.move_to(url);
        }
        for word in layer.iter().filter(|word| !word.is_url()) {
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
    if let Some(tier) = tier {
        tier.give(top);
    }
}

impl Word {
    fn is_url(&self) -> bool {
        matches!(&self.address, Address::Tier(name) if name == "url")
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

/// The one tier, taken out of the tree.
struct FlatTier {
    kind: Option<String>,
    at: At,
    settings: Table,
}

impl FlatTier {
    /// Takes the tier out of `top`, if there is exactly one with one disk, or makes one if there is none.
    fn take(top: &mut Table) -> Option<Self> {
        let Some(tier) = top.get_mut("tier") else {
            return Some(Self { kind: None, at: At::Nowhere, settings: Table::new() });
        };
        let Value::List(tiers) = &mut tier.value else { return None };
        let [tier] = tiers.as_mut_slice() else { return None };
        let Value::Table(disks) = &mut tier.value else { return None };
        let mut names = disks.iter_mut();
        let (Some((kind, disk)), None) = (names.next(), names.next()) else { return None };
        let Value::Table(settings) = &mut disk.value else { return None };
        Some(Self { kind: Some(kind.clone()), at: disk.at.clone(), settings: std::mem::take(settings) })
    }

    /// Makes it the disk at `url`.
    fn move_to(&mut self, url: &Word) {
        if let Some(Value::Text(former) | Value::Word(former)) =
            self.settings.get("url").map(|node| &node.value)
            && audience(former) != audience(&url.text)
        {
            self.settings.remove("options");
        }
        self.at = url.at.clone();
        if url.text == MEMORY {
            OBJECT_STORE.iter().for_each(|name| drop(self.settings.remove(*name)));
            self.kind = Some("memory".to_owned());
        } else {
            let node = Node::new(Value::Word(url.text.clone()), url.at.clone());
            self.settings.insert("url".to_owned(), node);
            self.kind = Some("object_store".to_owned());
        }
    }

    /// Puts it back into `top`.
    fn give(self, top: &mut Table) {
        // Settings of a disk that nobody names are no disk: that none is named is told when the tree is read.
        let Some(kind) = self.kind else { return };
        if let Some(Node { value: Value::List(tiers), .. }) = top.get_mut("tier")
            && let [Node { value: Value::Table(disks), .. }] = tiers.as_mut_slice()
        {
            disks.clear();
            disks.insert(kind, Node::new(Value::Table(self.settings), self.at));
            return;
        }
        let node = |value| Node::new(value, self.at.clone());
        let disk = Table::from([(kind, node(Value::Table(self.settings)))]);
        let tier = node(Value::List(vec![node(Value::Table(disk))]));
        top.insert("tier".to_owned(), tier);
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
