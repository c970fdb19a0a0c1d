//! Frames of the first format version, as every later version must read them.
//!
//! The files were written once and are never written again: a later version that cannot read them is wrong. Run
//! `cargo test -p larder-core --test frame_fixture -- --ignored` to write them where they are missing.

use std::path::PathBuf;
use std::time::Duration;

use larder_core::Bytes;
use larder_core::entry::{Fingerprint, Meta, Version};
use larder_core::frame::{self, BlockSize, Frame};
use larder_core::tag::Tag;
use larder_core::time::Time;

/// A frame in a file, and all that it holds.
struct Fixture {
    file: &'static str,
    key: &'static [u8],
    meta: Meta,
    body: Vec<u8>,
    block: BlockSize,
}

impl Fixture {
    fn path(&self) -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", "frame-v1", self.file].iter().collect()
    }

    fn encode(&self) -> Bytes {
        frame::encode_in(self.key, &self.meta, &self.body, self.block)
    }
}

fn meta() -> Meta {
    Meta {
        version: Version::from_bits(0x0123_4567_89ab_cdef_0011_2233_4455_6677),
        nonce: 0x8899_aabb_ccdd_eeff,
        stored: Time::from_nanos(1_700_000_000_123_456_789),
        expires: None,
        tags: Vec::new(),
        format: "raw".into(),
        compression: "none".into(),
        schema: None,
        cost: None,
        user: [].into(),
    }
}

fn fixtures() -> [Fixture; 5] {
    let full = Meta {
        expires: Some(Time::from_nanos(1_700_000_060_123_456_789)),
        tags: vec![Tag::from("red"), Tag::from(&b"red"[..]), Tag::from(-7), Tag::float(2.5).expect("no NaN")],
        format: "postcard".into(),
        schema: Some(Fingerprint::from_bits(0x0102_0304_0506_0708)),
        cost: Some(Duration::from_millis(1500)),
        user: [("origin".to_owned(), Bytes::from_static(b"a test")), ("who".to_owned(), Bytes::new())].into(),
        ..meta()
    };
    // The bytes of `zstd -3` for `[1,2,3]`: a raw block, for so little does not shrink.
    let packed = b"\x28\xb5\x2f\xfd\x20\x07\x39\x00\x00[1,2,3]".to_vec();
    let json = Meta { format: "json".into(), compression: "zstd".into(), ..meta() };
    let (default, small) = (BlockSize::DEFAULT, BlockSize::power_of_two(12).expect("4 KiB"));
    let long = (0..=250).cycle().take(9000).collect();
    [
        Fixture { file: "raw.bin", key: b"key", meta: meta(), body: b"body".to_vec(), block: default },
        Fixture { file: "full.bin", key: b"\x00key", meta: full, body: vec![1, 2, 3], block: default },
        Fixture { file: "json-zstd.bin", key: b"key", meta: json, body: packed, block: default },
        Fixture { file: "empty.bin", key: b"", meta: meta(), body: Vec::new(), block: default },
        Fixture { file: "blocks.bin", key: b"key", meta: meta(), body: long, block: small },
    ]
}

#[test]
fn frames_of_version_1_are_read_to_the_field() {
    for fixture in fixtures() {
        let bytes = std::fs::read(fixture.path()).expect("a committed fixture");
        let read = Frame::decode(&bytes.into()).expect("a whole frame");
        assert_eq!(read.key, fixture.key, "{}", fixture.file);
        assert_eq!(read.meta, fixture.meta, "{}", fixture.file);
        assert_eq!(read.body, fixture.body, "{}", fixture.file);
    }
}

#[test]
fn frames_of_version_1_are_written_to_the_byte() {
    for fixture in fixtures() {
        let bytes = std::fs::read(fixture.path()).expect("a committed fixture");
        assert_eq!(fixture.encode(), bytes, "{}", fixture.file);
    }
}

#[test]
#[ignore = "writes the fixtures that are missing"]
fn write_missing_fixtures() {
    for fixture in fixtures().iter().filter(|fixture| !fixture.path().exists()) {
        std::fs::write(fixture.path(), fixture.encode()).expect("a writable checkout");
    }
}
