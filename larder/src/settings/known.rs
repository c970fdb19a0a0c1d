//! The names of settings, and how names that nobody knows are told.

use larder_core::near;

/// What stands for a value that is not shown.
pub(super) const SECRET: &str = "***";

/// What is set for caches.
pub(super) const CACHE: &[&str] =
    &["name", "serializer", "compression", "life", "schema", "on_error", "compute_deadline"];

/// What is set for a disk of any kind.
pub(super) const TIER: &[&str] = &["size_limit", "max_entries", "policy", "read_only"];

/// What is set for a local disk beside that.
pub(super) const LOCAL: &[&str] = &[
    "path",
    "deadline",
    "durability",
    "utilization",
    "share",
    "free_space",
    "mapped",
    "checked",
    "most_pinned",
];

/// What is set for an object store beside that.
pub(super) const OBJECT_STORE: &[&str] = &["url", "deadline", "conditional_writes", "options"];

/// The kinds of disks.
pub(super) const KINDS: &[&str] = &["memory", "local", "object_store"];

/// What is set for a disk of this kind beside what is for one of any kind.
pub(super) fn of_kind(kind: &str) -> &'static [&'static str] {
    match kind {
        "local" => LOCAL,
        "object_store" => OBJECT_STORE,
        _ => &[],
    }
}

/// Whether a disk of some kind has the setting `name` that others do not have.
pub(super) fn of_any(name: &str) -> bool {
    [LOCAL, OBJECT_STORE].iter().any(|names| names.contains(&name))
}

/// What is set for a disk of one kind or another by a flat name: all but the options of a bucket, which have names of
/// their own.
pub(super) fn flat() -> Vec<&'static str> {
    let mut names = TIER.to_vec();
    for name in OBJECT_STORE.iter().chain(LOCAL) {
        if *name != "options" && !names.contains(name) {
            names.push(name);
        }
    }
    names
}

/// The message for an unknown `name` of a `thing`. A name that cannot be one is not shown: where there should be a name
/// there may be a part of a secret.
pub(super) fn unknown(thing: &str, name: &str, known: &[&str]) -> String {
    if is_plain(name) {
        return near::unknown(thing, name, known);
    }
    format!("unknown {thing}, which has other characters than a name; known: {}", known.join(", "))
}

/// Whether `name` has nothing but what names of settings, schemes and variables have.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+.$".contains(c);
    name.len() <= 64 && name.chars().all(plain)
}
