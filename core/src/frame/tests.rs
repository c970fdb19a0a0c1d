//! Every fault of a frame is seen, and every frame reads as it was written.

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::entry::{Fingerprint, Version};
use crate::tag::Tag;
use crate::time::Time;

const KEY: &[u8] = b"a key";

fn small() -> BlockSize {
    BlockSize::power_of_two(12).unwrap()
}

/// Metadata with nothing but what every entry has.
fn plain() -> Meta {
    Meta {
        version: Version::from_bits(7),
        nonce: 9,
        stored: Time::from_secs(100),
        expires: None,
        tags: Vec::new(),
        format: "raw".into(),
        compression: "none".into(),
        schema: None,
        cost: None,
        user: [].into(),
    }
}

/// Metadata with every field.
fn rich() -> Meta {
    Meta {
        expires: Some(Time::from_secs(200)),
        tags: vec![Tag::from("red"), Tag::from(5)],
        format: "json".into(),
        compression: "zstd".into(),
        schema: Some(Fingerprint::of("user, version 1")),
        cost: Some(Duration::from_millis(12)),
        user: [("origin".to_owned(), Bytes::from_static(b"here")), ("who".to_owned(), Bytes::new())].into(),
        ..plain()
    }
}

/// Replaces the fields of a head, and makes length and checksum true again.
fn forged(fields: &[u8]) -> Result<Head> {
    let mut head = Head::encode(KEY, &plain())[..head::FIXED].to_vec();
    head.extend_from_slice(fields);
    let length = u32::try_from(head.len() + SUM).unwrap();
    head[8..12].copy_from_slice(&length.to_le_bytes());
    let sum = checksum::of_head(&head);
    head.extend_from_slice(&sum.to_le_bytes());
    Head::decode(&Bytes::from(head))
}

#[test]
fn a_frame_cut_at_any_length_is_an_error() {
    for (meta, body) in [(plain(), &b""[..]), (rich(), b"body"), (rich(), &[1; 9000])] {
        let frame = encode_in(KEY, &meta, body, small());
        for length in 0..frame.len() {
            let error = Frame::decode(&frame.slice(..length)).expect_err("a cut frame");
            assert_eq!(error.kind(), ErrorKind::Corrupt, "cut at {length}: {error}");
        }
    }
}

#[test]
fn a_frame_with_any_bit_flipped_is_an_error() {
    for (meta, body) in [(plain(), &b""[..]), (rich(), b"body"), (rich(), &[1; 9000])] {
        let frame = encode_in(KEY, &meta, body, small());
        for bit in 0..frame.len() * 8 {
            let mut damaged = frame.to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let error = Frame::decode(&damaged.into()).expect_err("a damaged frame");
            assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format), "bit {bit}: {error}");
        }
    }
}

#[test]
fn bytes_behind_a_frame_are_an_error() {
    let frame = encode(KEY, &plain(), b"body");
    for more in 1..40 {
        let longer = [&frame[..], &vec![0; more]].concat();
        assert_eq!(Frame::decode(&longer.into()).unwrap_err().kind(), ErrorKind::Corrupt);
    }
}

#[test]
fn blocks_of_one_entry_cannot_change_places_or_entries() {
    let body = [[1; 4096], [2; 4096]].concat();
    let frame = encode_in(KEY, &plain(), &body, small());
    let layout = Layout::of_frame(&Head::decode(&frame).unwrap(), frame.len() as u64).unwrap();
    let place = |number| {
        let range = layout.block(number);
        usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()
    };

    let mut swapped = frame.to_vec();
    swapped[place(0)].copy_from_slice(&frame[place(1)]);
    swapped[place(1)].copy_from_slice(&frame[place(0)]);
    assert_eq!(Frame::decode(&swapped.into()).unwrap_err().kind(), ErrorKind::Corrupt);

    let other = encode_in(KEY, &Meta { nonce: 10, ..plain() }, &body, small());
    let mut mixed = frame.to_vec();
    mixed[place(0)].copy_from_slice(&other[place(0)]);
    assert_eq!(Frame::decode(&mixed.into()).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn an_unknown_field_is_skipped_and_a_critical_one_is_refused() {
    let known = [1, 1, b'k', 2, 3, b'r', b'a', b'w'];
    let head = forged(&[&known[..], &[127, 2, 0, 0]].concat()).unwrap();
    assert_eq!((&head.key[..], &head.meta.format[..]), (&b"k"[..], "raw"));
    let refused = forged(&[&known[..], &[128, 0]].concat()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Format);
}

#[test]
fn fields_that_no_writer_makes_are_refused() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let cases: [(&str, Vec<u8>); 12] = [
        ("no key", vec![2, 1, b'r']),
        ("no format", vec![1, 1, b'k']),
        ("out of order", vec![2, 1, b'r', 1, 1, b'k']),
        ("twice", vec![1, 1, b'k', 1, 1, b'k', 2, 1, b'r']),
        ("a huge key", [&[1][..], &huge].concat()),
        ("a format that is no text", vec![1, 1, b'k', 2, 1, 0xff]),
        ("65 tags", [&[1, 1, b'k', 2, 1, b'r', 4, 66, 65][..], &[0; 65]].concat()),
        ("a damaged tag", vec![1, 1, b'k', 2, 1, b'r', 4, 3, 1, 1, 0xff]),
        ("more pairs than bytes", [&[1, 1, b'k', 2, 1, b'r', 5, 10][..], &huge].concat()),
        ("pairs out of order", vec![1, 1, b'k', 2, 1, b'r', 5, 7, 2, 1, b'b', 0, 1, b'a', 0]),
        ("a short schema", vec![1, 1, b'k', 2, 1, b'r', 6, 2, 0, 0]),
        ("bytes behind the pairs", vec![1, 1, b'k', 2, 1, b'r', 5, 2, 0, 0]),
    ];
    for (case, fields) in cases {
        assert_eq!(forged(&fields).expect_err(case).kind(), ErrorKind::Corrupt, "{case}");
    }
}

#[test]
fn an_entry_that_cannot_be_framed_is_told_before() {
    assert!(check(&vec![0; 10_000_000], &rich()).is_ok());
    assert_eq!(check(&vec![0; LONGEST_HEAD], &plain()).unwrap_err().kind(), ErrorKind::Invalid);
    let tags = |count: i64| Meta { tags: (0..count).map(Tag::from).collect(), ..plain() };
    assert!(check(KEY, &tags(64)).is_ok());
    assert_eq!(check(KEY, &tags(65)).unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn a_key_of_ten_megabytes_comes_back() {
    let key: Vec<u8> = (0..10_000_000_u32).map(|i| (i % 251) as u8).collect();
    let frame = encode(&key, &rich(), b"body");
    assert_eq!(frame.len() as u64, length(&key, &rich(), 4));
    assert_eq!(Frame::decode(&frame).unwrap().key, key);
}

#[test]
fn a_body_of_one_block_is_not_copied() {
    let frame = encode(KEY, &plain(), &[5; 4096]);
    let read = Frame::decode(&frame).unwrap();
    assert!(frame.as_ptr_range().contains(&read.body.as_ptr()));
}

#[test]
fn another_head_stands_before_the_same_body() {
    let frame = encode_in(KEY, &rich(), &[3; 5000], small());
    let head = Head::decode(&frame).unwrap();
    let touched = Meta { version: Version::from_bits(8), expires: None, ..rich() };
    let renewed = [&head.with(&touched)[..], &frame[head.length..]].concat();
    let read = Frame::decode(&renewed.into()).unwrap();
    assert_eq!((read.meta, &read.body[..]), (touched, &[3; 5000][..]));
}

#[test]
fn no_range_leaves_the_body() {
    let frame = encode(KEY, &plain(), b"body");
    let layout = Layout::of_frame(&Head::decode(&frame).unwrap(), frame.len() as u64).unwrap();
    #[expect(clippy::reversed_empty_ranges, reason = "that is what is refused")]
    for range in [0..5, 5..5, 3..2, 0..u64::MAX] {
        assert_eq!(layout.cover(range).unwrap_err().kind(), ErrorKind::Invalid);
    }
}

/// The volume of six written-out entries, added up by hand.
///
/// Every head has 52 bytes before its fields and 8 behind them; a field has an id and a length of one byte each
/// (two where it has 128 bytes and more). A foot has 24 bytes, a block 8 for its checksum.
#[test]
fn volumes_are_golden() {
    let head = 52 + 8;
    let raw = 2 + 3; // the format field
    let entry = |key: &[u8], meta: &Meta, body: u64| weight(key, meta, body) - OVERHEAD;
    let key = &[b'k'; 20][..];

    // An empty body has no block: 60 + key 22 + 5 + foot 24.
    assert_eq!(entry(key, &plain(), 0), head + 22 + raw + 24);
    // 100 bytes are one block: 100 + 8 more.
    assert_eq!(entry(key, &plain(), 100), head + 22 + raw + 108 + 24);
    // A key of 200 bytes has a length of two bytes.
    assert_eq!(entry(&[b'k'; 200], &plain(), 100), head + 203 + raw + 108 + 24);
    // An expiry adds nothing, a schema 10, a cost 10.
    let schema = Some(Fingerprint::from_bits(1));
    let cost = Some(Duration::from_secs(1));
    let timed = Meta { expires: Some(Time::EPOCH), schema, cost, ..plain() };
    assert_eq!(entry(key, &timed, 100), head + 22 + raw + 20 + 108 + 24);
    // json 6, zstd 6; user metadata 2, count 1, "who" 4, "me" 3.
    let user = [("who".to_owned(), Bytes::from_static(b"me"))].into();
    let packed = Meta { format: "json".into(), compression: "zstd".into(), user, ..plain() };
    assert_eq!(entry(key, &packed, 100), head + 22 + 6 + 6 + 10 + 108 + 24);
    // One byte more than a block of 1 MiB makes two blocks.
    assert_eq!(entry(key, &plain(), (1 << 20) + 1), head + 22 + raw + (1 << 20) + 1 + 16 + 24);
    assert_eq!(OVERHEAD, 160);
}

fn tag() -> impl Strategy<Value = Tag> {
    prop_oneof![
        any::<i64>().prop_map(Tag::from),
        ".{0,12}".prop_map(Tag::from),
        proptest::collection::vec(any::<u8>(), 0..12).prop_map(|bytes| Tag::from(&bytes[..])),
    ]
}

prop_compose! {
    fn meta()(
        (version, nonce, stored) in (any::<u128>(), any::<u64>(), any::<i64>()),
        expires in proptest::option::of(any::<i64>()),
        tags in proptest::collection::vec(tag(), 0..5),
        (format, compression) in ("[a-z]{1,9}", prop_oneof![Just("none".to_owned()), "[a-z]{1,9}"]),
        schema in proptest::option::of(any::<u64>()),
        cost in proptest::option::of(any::<u64>()),
        user in proptest::collection::btree_map(".{0,9}", proptest::collection::vec(any::<u8>(), 0..200), 0..4),
    ) -> Meta {
        Meta {
            version: Version::from_bits(version),
            nonce,
            stored: Time::from_nanos(stored),
            expires: expires.map(Time::from_nanos),
            tags,
            format: format.into(),
            compression: compression.into(),
            schema: schema.map(Fingerprint::from_bits),
            cost: cost.map(Duration::from_nanos),
            user: user.into_iter().map(|(name, value)| (name, Bytes::from(value))).collect(),
        }
    }
}

proptest! {
    #[test]
    fn a_frame_reads_as_written(
        key in proptest::collection::vec(any::<u8>(), 0..300),
        meta in meta(),
        body in proptest::collection::vec(any::<u8>(), 0..20_000),
    ) {
        let frame = encode_in(&key, &meta, &body, small());
        prop_assert_eq!(encode(&key, &meta, &body).len() as u64, length(&key, &meta, body.len() as u64));
        let read = Frame::decode(&frame).unwrap();
        prop_assert_eq!(&read.key[..], &key[..]);
        prop_assert_eq!(&read.meta, &meta);
        prop_assert_eq!(&read.body[..], &body[..]);
        prop_assert_eq!(encode_in(&read.key, &read.meta, &read.body, small()), frame);
    }

    #[test]
    fn a_writer_makes_the_same_frame_from_any_chunks(
        body in proptest::collection::vec(any::<u8>(), 0..20_000),
        sizes in proptest::collection::vec(1_usize..9000, 1..20),
    ) {
        let (mut writer, head) = Writer::new_in(KEY, &rich(), small());
        let mut written = head.to_vec();
        let (mut rest, mut sizes) = (&body[..], sizes.into_iter().cycle());
        while !rest.is_empty() {
            let (mut chunk, later) = rest.split_at(sizes.next().unwrap().min(rest.len()));
            rest = later;
            while let Some(piece) = writer.feed(&mut chunk) {
                prop_assert_eq!(piece.len(), 4096 + SUM);
                written.extend_from_slice(&piece);
            }
            prop_assert!(chunk.is_empty());
        }
        prop_assert_eq!(writer.body(), body.len() as u64);
        written.extend_from_slice(&writer.finish());
        prop_assert_eq!(Bytes::from(written), encode_in(KEY, &rich(), &body, small()));
    }

    #[test]
    fn a_range_reads_what_the_body_has_there(
        body in proptest::collection::vec(any::<u8>(), 0..20_000),
        ends in (any::<proptest::sample::Index>(), any::<proptest::sample::Index>()),
    ) {
        let (a, b) = (ends.0.index(body.len() + 1), ends.1.index(body.len() + 1));
        let (start, end) = (a.min(b), a.max(b));
        let range = start as u64..end as u64;
        let frame = encode_in(KEY, &rich(), &body, small());
        let layout = Layout::of_frame(&Head::decode(&frame).unwrap(), frame.len() as u64).unwrap();
        let (first, needed) = layout.cover(range.clone()).unwrap();
        prop_assert!(needed.end - needed.start <= (end - start) as u64 + 2 * (4096 + SUM as u64));
        let blocks = reader::part(&frame, needed).map(Bytes::copy_from_slice).unwrap();
        prop_assert_eq!(&layout.pick(range.clone(), first, &blocks, rich().nonce).unwrap()[..], &body[start..end]);
        if let Some(at) = blocks.len().checked_sub(1).map(|last| ends.0.index(last + 1)) {
            let mut damaged = blocks.to_vec();
            damaged[at] ^= 1;
            prop_assert!(layout.pick(range, first, &damaged.into(), rich().nonce).is_err());
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), length in prop_oneof![0..20_000_u64, any::<u64>()]) {
        let _ = Head::length_of(&bytes);
        let _ = Foot::decode(&bytes, 1);
        let _ = forged(&bytes);
        let _ = Frame::decode(&bytes.into());
        let head = Head::decode(&Head::encode(KEY, &plain())).unwrap();
        let _ = Layout::of_frame(&head, length).map(|layout| (layout.blocks(), layout.foot(), layout.block(length)));
    }
}
