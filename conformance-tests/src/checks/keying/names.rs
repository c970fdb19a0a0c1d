//! Names: what is in a key has no meaning to a disk.

use larder_core::Bytes;
use larder_core::disk::Removed;
use larder_core::key::{Key, Namespace};

use super::all_apart;
use crate::Bench;

/// Dots, slashes, percent signs, cases, blanks, marks and control characters are nothing but characters.
/// [KEY-17, KEY-18, KEY-19]
pub async fn no_name_has_a_special_meaning(bench: &Bench) {
    let disk = bench.disk().await;
    let names = [
        ".",
        "..",
        "../x",
        "/",
        "//",
        "a",
        "A",
        "a/b",
        "a/",
        "/a",
        "a/./b",
        "a//b",
        "a\\b",
        "a b",
        " a",
        "a ",
        "%48",
        "H",
        "%",
        "%2e",
        "a%2Fb",
        "a\0b",
        "a\0c",
        "\0",
        "\n",
        "\r\n",
        "\u{7f}",
        "\u{e9}",
        "e\u{301}",
        "🦀",
        "CON",
        "nul.txt",
        "a.",
        ".hidden",
        "~",
        "$HOME",
        "*",
        "?",
        "a:b",
        "\"",
        "'",
        "key.tmp",
        "\u{202e}x",
    ];
    let mut keys: Vec<Key> = names.iter().map(|name| bench.key(*name)).collect();
    let long = "n".repeat(1_000);
    keys.push(bench.key(&long));
    keys.push(bench.key(&format!("{long}/")));
    all_apart(bench, &*disk, &keys).await;
}

/// Names of namespaces hold keys apart, whatever characters they have, and no name reaches larder's own.
/// [NSP-1, NSP-4]
pub async fn namespaces_hold_keys_apart(bench: &Bench) {
    let disk = bench.disk().await;
    let names = ["", "a", "a/", "a\0", "A", "..", "(reserved)", "users", "users/ann"];
    let mut spaces: Vec<Namespace> = names.iter().map(|name| Namespace::named(name)).collect();
    spaces.push(Namespace::reserved());
    let mut keys = Vec::new();
    for space in &spaces {
        for value in ["", "a", "/ann", "ann"] {
            keys.push(bench.must(Key::new(space, value), "making a key"));
        }
    }
    all_apart(bench, &*disk, &keys).await;
    let removed = bench.remove(&*disk, &keys[0]).await;
    assert!(matches!(removed, Removed::Gone(_)), "{bench}: an entry is removed by its key: {removed:?}");
    for key in &keys[1..] {
        assert!(bench.body(&*disk, key).await.is_some(), "{bench}: removing another key removed {key}");
    }
}

/// A key of 10 MB can be put, found, listed and removed; its last byte counts.
/// [KEY-16]
pub async fn a_key_of_ten_megabytes_is_a_key(bench: &Bench) {
    let disk = bench.disk().await;
    let mut bytes = vec![b'k'; 10_000_000];
    let one = bench.key(&bytes[..]);
    bytes[9_999_999] = b'K';
    let other = bench.key(&bytes[..]);
    bench.store(&*disk, &one, "one").await;
    bench.store(&*disk, &other, "other").await;
    let read = [bench.body(&*disk, &one).await, bench.body(&*disk, &other).await];
    let expected = [Some(Bytes::from_static(b"one")), Some(Bytes::from_static(b"other"))];
    assert_eq!(read, expected, "{bench}: keys of 10 MB that differ in their last byte");
    let mut both = [one.clone(), other.clone()];
    both.sort();
    assert!(bench.keys(&*disk).await == both, "{bench}: keys of 10 MB are listed whole");
    let removed = bench.remove(&*disk, &one).await;
    assert!(matches!(removed, Removed::Gone(_)), "{bench}: a key of 10 MB is removed: {removed:?}");
    assert!(bench.body(&*disk, &one).await.is_none(), "{bench}: a removed key of 10 MB is found");
    assert!(bench.body(&*disk, &other).await.is_some(), "{bench}: removing a key of 10 MB removed another");
}
