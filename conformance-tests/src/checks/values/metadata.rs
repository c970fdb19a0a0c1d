//! Metadata, and what is told of a write.

use std::collections::HashSet;
use std::time::Duration;

use larder_core::Bytes;
use larder_core::disk::{Access, Condition, NoRoom, Replaced, Scope};
use larder_core::entry::{Fingerprint, Meta};
use larder_core::tag::Tag;
use larder_core::time::Time;

use crate::Bench;

/// Metadata with something in every field.
fn full(bench: &Bench) -> Meta {
    let mut meta = bench.meta();
    meta.stored = Time::from_nanos(meta.stored.nanos() + 123_456_789);
    meta.expires = Some(meta.stored.after(Duration::from_nanos(86_400_000_000_001)));
    meta.tags = vec![
        "text".into(),
        "".into(),
        Tag::from(&b"\0\xFF"[..]),
        Tag::from(-7),
        Tag::Float(2.5),
        Tag::Float(3.0),
    ];
    meta.format = "messagepack".into();
    meta.compression = "zstd".into();
    meta.schema = Some(Fingerprint::of("a schema"));
    meta.cost = Some(Duration::from_nanos(1_234_567_891));
    meta.user.insert("name".into(), Bytes::from_static(b"\0value"));
    meta.user.insert(String::new(), Bytes::new());
    meta
}

/// Whether two metadata are equal, the kinds of their tags included.
fn require_equal(bench: &Bench, read: &Meta, written: &Meta) {
    assert_eq!(format!("{read:?}"), format!("{written:?}"), "{bench}: metadata come back changed");
}

/// Every field of the metadata comes back exactly, times to the nanosecond and tags with their kind.
/// [GET-3, GET-4, CLK-2, TAG-1, VAL-14]
pub async fn metadata_come_back_exactly(bench: &Bench) {
    let disk = bench.disk().await;
    let written = full(bench);
    let key = bench.key("full");
    bench.store_draft(&*disk, &key, bench.draft(written.clone(), "body")).await;
    let entry = bench.peek(&*disk, &key).await.expect("the entry was stored");
    require_equal(bench, &entry.meta, &written);
    let plain = bench.meta();
    let key = bench.key("plain");
    bench.store_draft(&*disk, &key, bench.draft(plain.clone(), "body")).await;
    let entry = bench.peek(&*disk, &key).await.expect("the entry was stored");
    require_equal(bench, &entry.meta, &plain);
}

/// Every write has the version that it was given, also where the same bytes are written again.
/// [SET-1]
pub async fn every_write_has_its_version(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("versions");
    let mut seen = HashSet::new();
    for _ in 0..5 {
        let meta = bench.meta();
        let version = meta.version;
        let brief = bench.store_draft(&*disk, &key, bench.draft(meta, "same")).await;
        let read = bench.peek(&*disk, &key).await.expect("the entry was stored").meta.version;
        assert_eq!((brief.version, read), (version, version), "{bench}: a write has another version");
        assert!(seen.insert(read), "{bench}: two writes have one version");
    }
}

/// What an overwrite leaves out, the entry does not have any more.
/// [SET-2]
pub async fn an_overwrite_replaces_all_metadata(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("replaced");
    bench.store_draft(&*disk, &key, bench.draft(full(bench), "old")).await;
    bench.pass(10);
    let plain = bench.meta();
    let brief = bench.store_draft(&*disk, &key, bench.draft(plain.clone(), "new")).await;
    let entry = bench.peek(&*disk, &key).await.expect("the entry was stored");
    require_equal(bench, &entry.meta, &plain);
    assert_eq!(
        (brief.expires, brief.tags, brief.stored),
        (None, 0, plain.stored),
        "{bench}: what is told of it"
    );
}

/// The brief that a put answers is true: version, size by the one rule, times, no hits, tags, namespace, cost.
/// [SET-1, VOL-1]
pub async fn what_is_told_of_a_write_is_true(bench: &Bench) {
    let disk = bench.disk().await;
    let meta = full(bench);
    let key = bench.key("told");
    let size = larder_core::frame::weight(key.as_bytes(), &meta, 1_000);
    let draft = bench.draft(meta.clone(), vec![1; 1_000]);
    let brief = bench.store_draft(&*disk, &key, draft).await;
    assert_eq!(brief.size, size, "{bench}: the size of an entry is the weight of its frame");
    assert_eq!((brief.version, brief.hits), (meta.version, 0), "{bench}: version and hits of a new entry");
    assert_eq!((brief.stored, brief.accessed), (meta.stored, meta.stored), "{bench}: times of a new entry");
    assert_eq!(brief.expires, meta.expires, "{bench}: the expiry of a new entry");
    assert_eq!(brief.namespace, bench.namespace().id(), "{bench}: the namespace of a new entry");
    assert_eq!(brief.cost, 1_234_567_891, "{bench}: the cost of a new entry");
    for tag in &meta.tags {
        assert_eq!(brief.tags & tag.bits(), tag.bits(), "{bench}: the bits of the tag {tag} are set");
    }
    let surveyed = bench.brief(&*disk, &key).await;
    assert_eq!(surveyed, Some(brief), "{bench}: a survey tells another story than the put");
}

/// A peek tells the same metadata as a read, after overwrites too.
/// [CON-1]
pub async fn a_peek_tells_what_a_get_tells(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("peeked");
    for meta in [full(bench), bench.meta(), full(bench)] {
        bench.store_draft(&*disk, &key, bench.draft(meta.clone(), "body")).await;
        let peeked = bench.must(disk.peek(&key).await, "peeking").expect("the entry was stored");
        require_equal(bench, &peeked, &meta);
    }
}

/// What a disk answers at once is what it answers otherwise.
/// [GET-1, CON-1]
pub async fn what_is_answered_at_once_is_right(bench: &Bench) {
    let disk = bench.disk().await;
    for number in 0..32 {
        let key = bench.key(&number);
        if let Some(answer) = disk.get_now(&key, Access::Peek) {
            assert!(bench.must(answer, "getting at once").is_none(), "{bench}: an entry that nobody stored");
        }
        bench.store(&*disk, &key, format!("value {number}")).await;
        let Some(answer) = disk.get_now(&key, Access::Hit(bench.now())) else { continue };
        let entry = bench.must(answer, "getting at once");
        let Some(entry) = entry else { panic!("{bench}: a stored entry is missed at once") };
        let body = bench.must(entry.body.bytes().await, "reading a body");
        assert_eq!(body, format!("value {number}"), "{bench}: another entry is answered at once");
    }
    // Not every disk answers at once; then there must be an answer when it is waited for.
    let body = bench.body(&*disk, &bench.key(&0)).await;
    assert_eq!(body.as_deref(), Some(&b"value 0"[..]), "{bench}: a stored entry is found");
}

/// What a put tells that it replaced is the entry that was surveyed before it, its hits included.
/// [SET-2, CAP-10]
pub async fn what_a_put_replaced_is_told(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("replaced");
    let mut before = Replaced::Nothing;
    for length in [1_000, 10, 0, 2_000] {
        let draft = bench.draft(full(bench), vec![1; length]);
        let put = disk.put(&key, draft, Condition::Always, &NoRoom).await;
        let (_, replaced) = bench.stored(bench.must(put, "putting an entry"));
        assert_eq!(replaced, before, "{bench}: what a put of {length} bytes replaced");
        bench.pass(1);
        let _ = bench.must(disk.get(&key, Access::Hit(bench.now())).await, "hitting");
        before = Replaced::Entry(bench.brief(&*disk, &key).await.expect("it is stored"));
    }
}

/// The hash of a brief is that of its key's digest, on a disk that knows what is surveyed: the memory of a policy
/// finds a key by it that comes again.
/// [POL-7]
pub async fn a_brief_has_the_hash_of_its_key(bench: &Bench) {
    let disk = bench.disk().await;
    for number in 0..8 {
        let key = bench.key(&number);
        let told = bench.store(&*disk, &key, "body").await;
        assert_eq!(told.hash, key.digest().hash(), "{bench}: the hash that is told of a put");
    }
    let briefs = bench.survey(&*disk, Scope::All, 100).await;
    let ids: Vec<_> = briefs.iter().map(|brief| brief.id).collect();
    let listed = bench.must(disk.list(&ids).await, "listing");
    for (brief, listed) in briefs.iter().zip(listed).filter(|(brief, _)| brief.namespace != 0) {
        let Some((key, _)) = listed else { panic!("{bench}: a stored entry is not listed") };
        assert_eq!(brief.hash, key.digest().hash(), "{bench}: the hash of the key {key}");
    }
}
