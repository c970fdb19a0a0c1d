//! The names of settings, and how names that nobody knows are told.

use larder_core::near;

/// What stands for a value that is not shown.
pub(super) const SECRET: &str = "***";

/// What is set for caches.
pub(super) const CACHE: &[&str] = &["name", "serializer", "compression", "life", "schema", "on_error"];

/// What is set for a disk of any kind.
pub(super) const TIER: &[&str] = &["size_limit", "max_entries", "policy", "read_only"];

/// What is set for an object store beside that.
pub(super) const OBJECT_STORE: &[&str] = &["url", "deadline", "conditional_writes", "options"];

/// The kinds of disks.
pub(super) const KINDS: &[&str] = &["memory", "object_store"];

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
