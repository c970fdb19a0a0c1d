//! Entries stay readable when the configuration changes, and say why where they do not.

use std::sync::Arc;

use larder_core::codec::{Codec, Codecs, Compression, Encoded, Format, Limits, Unreadable};
use larder_core::entry::{Fingerprint, Meta};
use larder_core::random::Seeded;
use larder_core::time::Time;
use larder_core::{Bytes, Error, ErrorKind, Result};

/// The metadata that an entry with this value would have.
fn meta(encoded: &Encoded) -> Meta {
    let (format, compression) = (encoded.format.clone(), encoded.compression.clone());
    let mut meta = Meta::new(&Seeded::new(1), Time::EPOCH, format, compression);
    meta.schema = encoded.schema;
    meta
}

/// A user's codec, for a type that knows nothing of serde.
#[derive(Debug)]
struct Decimal;

#[derive(Debug, PartialEq)]
struct Count(u64);

impl Codec<Count> for Decimal {
    fn name(&self) -> &'static str {
        "decimal"
    }

    fn encode(&self, value: &Count) -> Result<Bytes> {
        Ok(Bytes::from(value.0.to_string()))
    }

    fn decode(&self, body: &Bytes, _: &Limits) -> Result<Count> {
        let text = std::str::from_utf8(body).ok().and_then(|text| text.parse().ok());
        text.map(Count).ok_or_else(|| Error::new(ErrorKind::Decode, "no number"))
    }
}

#[test]
fn entries_of_every_codec_are_read_after_a_change() {
    let value = vec!["a".repeat(500), "b".repeat(500)];
    for from in Format::ALL.iter().copied().filter(|format| *format != Format::Raw) {
        for compression in [Compression::None, Compression::ZSTD, Compression::Lz4] {
            let schema = Fingerprint::of("texts");
            let old: Codecs<Vec<String>> = Codecs::serde(from).compressed(compression).schema(schema);
            let encoded = old.encode(&value).expect("texts are held");
            assert_eq!(encoded.compression, compression.name());
            let new: Codecs<Vec<String>> = Codecs::serde(Format::Json).schema(schema);
            assert_eq!(new.decode(&meta(&encoded), encoded.body).expect("an old entry"), value);
        }
    }
}

#[test]
fn an_unknown_codec_and_an_unknown_compression_are_named() {
    let codecs: Codecs<String> = Codecs::serde(Format::Json);
    let encoded = codecs.encode(&"text".to_owned()).expect("text is held");
    let format = Meta { format: "later".into(), ..meta(&encoded) };
    let compression = Meta { compression: "later".into(), ..meta(&encoded) };
    for meta in [format, compression] {
        let why = codecs.decode(&meta, encoded.body.clone()).expect_err("an unknown codec");
        assert!(matches!(&why, Unreadable::Codec(name) if name == "later"), "{why:?}");
        assert_eq!(why.into_error().kind(), ErrorKind::Format);
    }
}

#[test]
fn another_schema_is_told() {
    let (first, second) = (Fingerprint::of("1"), Fingerprint::of("2"));
    let codecs: Codecs<String> = Codecs::serde(Format::Postcard).schema(first);
    let encoded = codecs.encode(&"text".to_owned()).expect("text is held");
    let plain = Codecs::serde(Format::Postcard);
    for other in [codecs.clone().schema(second), plain] {
        let why = other.decode(&meta(&encoded), encoded.body.clone()).expect_err("another schema");
        assert!(matches!(why, Unreadable::Schema { found: Some(found) } if found == first), "{why:?}");
        assert_eq!(why.into_error().kind(), ErrorKind::Decode);
    }
}

#[test]
fn a_damaged_body_is_told() {
    let codecs: Codecs<Vec<u8>> = Codecs::serde(Format::Json).compressed(Compression::ZSTD);
    let encoded = codecs.encode(&vec![7; 1000]).expect("bytes are held");
    let body = encoded.body.slice(1..);
    let why = codecs.decode(&meta(&encoded), body).expect_err("a damaged body");
    assert!(matches!(&why, Unreadable::Damaged(error) if error.kind() == ErrorKind::Decode), "{why:?}");
}

#[test]
fn a_codec_of_a_user_is_used_and_recorded() {
    let codecs = Codecs::only(Arc::new(Decimal));
    codecs.check().expect("a user's codec needs no fingerprint");
    let encoded = codecs.encode(&Count(17)).expect("a number");
    assert_eq!((&encoded.format[..], &encoded.body[..]), ("decimal", &b"17"[..]));
    assert_eq!(codecs.decode(&meta(&encoded), encoded.body).expect("a number"), Count(17));
}

#[test]
fn a_codec_that_was_used_before_is_read_beside_the_new_one() {
    #[derive(Debug)]
    struct Shout;
    impl Codec<String> for Shout {
        fn name(&self) -> &'static str {
            "shout"
        }
        fn encode(&self, value: &String) -> Result<Bytes> {
            Ok(Bytes::from(value.to_uppercase()))
        }
        fn decode(&self, body: &Bytes, _: &Limits) -> Result<String> {
            Ok(String::from_utf8_lossy(body).to_lowercase())
        }
    }
    let old = Codecs::only(Arc::new(Shout));
    let encoded = old.encode(&"text".to_owned()).expect("text is held");
    let new: Codecs<String> = Codecs::serde(Format::Json);
    assert!(matches!(new.decode(&meta(&encoded), encoded.body.clone()), Err(Unreadable::Codec(_))));
    let new = new.also_reads(Arc::new(Shout));
    assert_eq!(new.decode(&meta(&encoded), encoded.body).expect("an old entry"), "text");
}

#[test]
fn raw_bytes_are_neither_copied_nor_changed() {
    let codecs: Codecs<Bytes> = Codecs::serde(Format::Raw);
    codecs.check().expect("bytes are raw");
    let value = Bytes::from(vec![0, 255, 10, 13]);
    let encoded = codecs.encode(&value).expect("bytes are held");
    assert_eq!(encoded.body.as_ptr(), value.as_ptr());
    let read = codecs.decode(&meta(&encoded), encoded.body).expect("bytes");
    assert_eq!((read.as_ptr(), read), (value.as_ptr(), value));
}

#[test]
fn raw_holds_bytes_and_text_and_nothing_else() {
    let limits = Limits::default();
    let body = Codec::<Vec<u8>>::encode(&Format::Raw, &vec![1, 2]).expect("bytes");
    assert_eq!(Codec::<Vec<u8>>::decode(&Format::Raw, &body, &limits).expect("bytes"), [1, 2]);
    let body = Codec::<Box<[u8]>>::encode(&Format::Raw, &[1, 2].into()).expect("bytes");
    assert_eq!(*Codec::<Box<[u8]>>::decode(&Format::Raw, &body, &limits).expect("bytes"), [1, 2]);
    let body = Codec::<String>::encode(&Format::Raw, &"a\0é".to_owned()).expect("text");
    assert_eq!(Codec::<String>::decode(&Format::Raw, &body, &limits).expect("text"), "a\0é");

    let damaged = Bytes::from_static(&[0xff]);
    let error = Codec::<String>::decode(&Format::Raw, &damaged, &limits).expect_err("no text");
    assert_eq!(error.kind(), ErrorKind::Decode);
    let error = Codec::<Vec<u16>>::encode(&Format::Raw, &vec![1]).expect_err("no bytes");
    assert_eq!(error.kind(), ErrorKind::Encode);
    let error = Codec::<Vec<u16>>::decode(&Format::Raw, &body, &limits).expect_err("no bytes");
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[test]
fn a_codec_that_cannot_serve_the_type_is_refused_beforehand() {
    let kind = |codecs: Codecs<Vec<u16>>| codecs.check().err().map(|error| error.kind());
    assert_eq!(kind(Codecs::serde(Format::Raw)), Some(ErrorKind::Invalid));
    assert_eq!(kind(Codecs::serde(Format::Postcard)), Some(ErrorKind::Invalid));
    assert_eq!(kind(Codecs::serde(Format::Postcard).schema(Fingerprint::of("1"))), None);
    assert_eq!(kind(Codecs::serde(Format::Json)), None);
    let level = Compression::Zstd { level: 23 };
    assert_eq!(kind(Codecs::serde(Format::Json).compressed(level)), Some(ErrorKind::Invalid));
}

#[test]
fn a_body_that_does_not_shrink_is_kept_as_it_is() {
    let codecs: Codecs<String> = Codecs::serde(Format::Json).compressed(Compression::ZSTD);
    let encoded = codecs.encode(&"x".to_owned()).expect("text is held");
    assert_eq!((&encoded.compression[..], &encoded.body[..]), ("none", &b"\"x\""[..]));
}

#[test]
fn names_are_read_as_they_are_written() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse::<Format>().expect("a name"), *format);
    }
    for compression in [Compression::None, Compression::Lz4, Compression::Zstd { level: 7 }] {
        assert_eq!(compression.to_string().parse::<Compression>().expect("a name"), compression);
    }
    assert_eq!("zstd".parse::<Compression>().expect("a name"), Compression::ZSTD);
    for wrong in ["zstd:0", "zstd:23", "zstd:", "zstd:x", "lz4:3", "ZSTD", ""] {
        assert_eq!(wrong.parse::<Compression>().expect_err(wrong).kind(), ErrorKind::Invalid);
    }
    let message = "mesagepack".parse::<Format>().expect_err("a wrong name").to_string();
    assert!(message.contains("did you mean `messagepack`"), "{message}");
}
