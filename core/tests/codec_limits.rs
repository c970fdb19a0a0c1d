//! No body exhausts the stack, the memory or the patience of its reader.

use larder_core::codec::{Codec, Codecs, Compression, Format, Limits};
use larder_core::entry::{Fingerprint, Meta};
use larder_core::random::Seeded;
use larder_core::time::Time;
use larder_core::{Bytes, ErrorKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Nest(Vec<Nest>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Chain {
    End,
    Link(Box<Chain>),
    Pair(u8, Box<Chain>),
}

fn nest(levels: usize) -> Nest {
    (1..levels).fold(Nest::default(), |inner, _| Nest(vec![inner]))
}

fn decode<V: Serialize + DeserializeOwned + 'static>(
    format: Format,
    body: Vec<u8>,
    limits: Limits,
) -> ErrorKind {
    match Codec::<V>::decode(&format, &Bytes::from(body), &limits) {
        Ok(_) => panic!("{format} read a hostile body"),
        Err(error) => error.kind(),
    }
}

fn formats() -> impl Iterator<Item = Format> {
    Format::ALL.iter().copied().filter(|format| *format != Format::Raw)
}

#[test]
fn what_is_nested_too_deeply_is_not_read() {
    let deep = 1_000_000;
    let hostile = [
        (Format::Json, vec![b'['; deep]),
        (Format::MessagePack, vec![0x91; deep]),
        (Format::Postcard, vec![1; deep]),
        #[cfg(feature = "bincode")]
        (Format::Bincode, vec![1; deep]),
    ];
    for (format, body) in hostile {
        for max_depth in [10, 128, u32::MAX] {
            let limits = Limits { max_depth, ..Limits::default() };
            assert_eq!(decode::<Nest>(format, body.clone(), limits), ErrorKind::Decode, "{format}");
            assert_eq!(decode::<Chain>(format, body.clone(), limits), ErrorKind::Decode, "{format}");
        }
    }
}

#[test]
fn whatever_is_written_is_not_too_deep_to_be_read() {
    for format in formats() {
        let mut refused = 0;
        for levels in 1..200 {
            match format.encode(&nest(levels)) {
                Ok(body) => {
                    assert_eq!(refused, 0, "{format}: {levels} levels");
                    let read: Nest = format.decode(&body, &Limits::default()).expect("what was written");
                    assert_eq!(read, nest(levels));
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Encode);
                    refused += 1;
                }
            }
        }
        assert!(refused > 0, "{format}");
    }
}

#[test]
fn chains_of_variants_that_are_written_are_read() {
    for format in formats() {
        for levels in 1..200_u8 {
            let links = (0..levels).fold(Chain::End, |inner, _| Chain::Link(Box::new(inner)));
            let pairs = (0..levels).fold(Chain::End, |inner, at| Chain::Pair(at, Box::new(inner)));
            for chain in [links, pairs] {
                let Ok(body) = format.encode(&chain) else {
                    assert!(levels > 40, "{format} refuses {levels} levels");
                    continue;
                };
                let read: Chain = format.decode(&body, &Limits::default()).expect("what was written");
                assert_eq!(read, chain);
            }
        }
    }
}

/// JSON writes bytes as an array, which is a level.
#[test]
fn bytes_in_the_last_level_are_read() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Deep(Bytes, Vec<Deep>);
    let deep = |levels: usize| {
        let bytes = || Bytes::from_static(&[1]);
        (1..levels).fold(Deep(bytes(), vec![]), |inner, _| Deep(bytes(), vec![inner]))
    };
    for format in formats() {
        for levels in 1..100 {
            // More than the first ones, which are read back in any case.
            let codecs: Codecs<Deep> = Codecs::serde(format).schema(Fingerprint::of("deep"));
            for _ in 0..20 {
                codecs.encode(&deep(1)).expect("one level is held");
            }
            let Ok(encoded) = codecs.encode(&deep(levels)) else { continue };
            let mut meta = Meta::new(&Seeded::new(1), Time::EPOCH, encoded.format, encoded.compression);
            meta.schema = encoded.schema;
            assert!(codecs.decode(&meta, encoded.body).is_ok(), "{format}: {levels} levels");
        }
    }
}

#[test]
fn elements_without_bytes_are_counted() {
    let limits = Limits { max_decoded: 1000, ..Limits::default() };
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert_eq!(decode::<Vec<()>>(Format::Postcard, huge.to_vec(), limits), ErrorKind::Decode);
    #[cfg(feature = "bincode")]
    {
        let huge = [&[253][..], &u64::MAX.to_le_bytes()].concat();
        assert_eq!(decode::<Vec<()>>(Format::Bincode, huge, limits), ErrorKind::Decode);
    }
    for format in formats() {
        let body = format.encode(&vec![(); 2000]).expect("units are held");
        assert_eq!(decode::<Vec<()>>(format, body.to_vec(), limits), ErrorKind::Decode, "{format}");
    }
}

#[test]
fn claimed_lengths_are_not_believed() {
    let postcard = vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    let pack_text = vec![0xdb, 0xff, 0xff, 0xff, 0xff];
    let pack_bytes = vec![0xc6, 0xff, 0xff, 0xff, 0xff];
    let pack_array = vec![0xdd, 0xff, 0xff, 0xff, 0xff];
    let limits = Limits::default();
    assert_eq!(decode::<String>(Format::Postcard, postcard.clone(), limits), ErrorKind::Decode);
    assert_eq!(decode::<Vec<u64>>(Format::Postcard, postcard.clone(), limits), ErrorKind::Decode);
    assert_eq!(decode::<Bytes>(Format::Postcard, postcard, limits), ErrorKind::Decode);
    assert_eq!(decode::<String>(Format::MessagePack, pack_text, limits), ErrorKind::Decode);
    assert_eq!(decode::<Bytes>(Format::MessagePack, pack_bytes, limits), ErrorKind::Decode);
    assert_eq!(decode::<Vec<u64>>(Format::MessagePack, pack_array, limits), ErrorKind::Decode);
    #[cfg(feature = "bincode")]
    for length in [u64::MAX, 1 << 40, 1 << 62] {
        let body = [&[253][..], &length.to_le_bytes()].concat();
        assert_eq!(decode::<String>(Format::Bincode, body.clone(), limits), ErrorKind::Decode);
        assert_eq!(decode::<Vec<u64>>(Format::Bincode, body.clone(), limits), ErrorKind::Decode);
        assert_eq!(decode::<Bytes>(Format::Bincode, body, limits), ErrorKind::Decode);
    }
}

#[test]
fn a_small_body_does_not_become_a_large_one() {
    let limits = Limits { max_decoded: 1 << 20, ..Limits::default() };
    for compression in [Compression::ZSTD, Compression::Lz4] {
        let within = Bytes::from(vec![0; 1 << 20]);
        let body = compression.compress(&within).expect("zeros shrink");
        assert_eq!(compression.decompress(&body, &limits).expect("within the limit"), within);

        let bomb = compression.compress(&Bytes::from(vec![0; (1 << 20) + 1])).expect("zeros shrink");
        let error = compression.decompress(&bomb, &limits).expect_err("beyond the limit");
        assert_eq!(error.kind(), ErrorKind::Decode, "{compression}");
    }
}

#[test]
fn a_stream_of_zstd_that_tells_no_size_is_limited_all_the_same() {
    let limits = Limits { max_decoded: 1 << 20, ..Limits::default() };
    let zeros = vec![0; 10 << 20];
    let bomb = zstd::stream::encode_all(&zeros[..], 3).expect("memory is no file");
    let error = Compression::ZSTD.decompress(&Bytes::from(bomb), &limits).expect_err("beyond the limit");
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[test]
fn compressed_bytes_that_lie_about_their_size_are_an_error() {
    let limits = Limits::default();
    let honest = Compression::Lz4.compress(&Bytes::from(vec![7; 1000])).expect("it shrinks");
    for claim in [0_u32, 999, 1001, 1 << 29, u32::MAX] {
        let lie = [&claim.to_le_bytes(), &honest[4..]].concat();
        let error = Compression::Lz4.decompress(&lie.into(), &limits).expect_err("a lie");
        assert_eq!(error.kind(), ErrorKind::Decode, "{claim}");
    }
}

#[test]
fn a_body_beyond_the_limit_is_not_decoded() {
    let limits = Limits { max_decoded: 100, ..Limits::default() };
    let without: Codecs<String> = Codecs::serde(Format::Json);
    let codecs = without.clone().limited(limits);
    let encoded = without.encode(&"x".repeat(200)).expect("text is held");
    let meta = Meta::new(&Seeded::new(1), Time::EPOCH, encoded.format, encoded.compression);
    let error = codecs.decode(&meta, encoded.body).expect_err("beyond the limit").into_error();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

/// Requires that a value is refused on write exactly where it would not be read, for many limits.
fn refused_or_read<V>(value: &V)
where
    V: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug + 'static,
{
    let sizes =
        [0, 1, 2, 3, 9, 10, 11, 12, 30, 40, 50, 63, 64, 65, 66, 67, 70, 99, 100, 101, 102, 1000, 100_000];
    let sizes = sizes.into_iter().map(|max| (max, 128));
    for (max_decoded, max_depth) in sizes.chain((0..14).map(|depth| (1 << 20, depth))) {
        let limits = Limits { max_decoded, max_depth };
        for format in Format::ALL {
            for compression in [Compression::None, Compression::Lz4] {
                let free: Codecs<V> =
                    Codecs::serde(*format).schema(Fingerprint::of("limits")).compressed(compression);
                let Ok(encoded) = free.encode(value) else { continue };
                let limited = free.clone().limited(limits);
                let mut meta = Meta::new(&Seeded::new(1), Time::EPOCH, encoded.format, encoded.compression);
                meta.schema = encoded.schema;
                let read = limited.decode(&meta, encoded.body).map_err(|error| error.into_error().kind());
                // More than the first ones, which are read back in any case.
                for _ in 0..16 {
                    free.encode(value).expect("it was held before");
                }
                let what = || format!("{format} {compression} {limits:?} {value:?}");
                match (limited.encode(value), &read) {
                    (Ok(_), Ok(read)) => assert_eq!(read, value, "{}", what()),
                    (Err(error), Err(ErrorKind::Decode)) => {
                        assert_eq!(error.kind(), ErrorKind::Encode, "{}: {error}", what());
                        let message = error.to_string();
                        let named = message.contains("max_decoded") || message.contains("max_depth");
                        assert!(named, "{}: {error:?}", what());
                    }
                    (written, read) => panic!("{}: written {written:?}, read {read:?}", what()),
                }
            }
        }
    }
}

#[test]
fn a_value_is_refused_on_write_exactly_where_it_would_not_be_read() {
    refused_or_read(&"x".repeat(64));
    refused_or_read(&"x".repeat(5000));
    refused_or_read(&Bytes::from(vec![7; 100]));
    refused_or_read(&vec![0_u8; 64]);
    refused_or_read(&vec![(); 64]);
    refused_or_read(&vec![((), ((), [(); 3])); 10]);
    refused_or_read(&vec![(1_u8, Some(vec![300_u16])); 12]);
    refused_or_read(&nest(12));
    refused_or_read(&(0..9).fold(Chain::End, |inner, at| Chain::Pair(at, Box::new(inner))));
    refused_or_read(&(0..9).fold(Chain::End, |inner, _| Chain::Link(Box::new(inner))));
}

/// A codec of the user that knows no limits is limited all the same.
#[test]
fn a_codec_of_the_user_writes_no_more_than_is_read() {
    #[derive(Debug)]
    struct Plain;
    impl Codec<String> for Plain {
        fn name(&self) -> &'static str {
            "plain"
        }
        fn encode(&self, value: &String) -> larder_core::Result<Bytes> {
            Ok(Bytes::from(value.clone()))
        }
        fn decode(&self, body: &Bytes, _: &Limits) -> larder_core::Result<String> {
            Ok(String::from_utf8_lossy(body).into_owned())
        }
    }
    let limits = Limits { max_decoded: 10, ..Limits::default() };
    let codecs = Codecs::only(std::sync::Arc::new(Plain)).limited(limits);
    assert!(codecs.encode(&"x".repeat(10)).is_ok());
    let error = codecs.encode(&"x".repeat(11)).expect_err("beyond the limit");
    assert_eq!(error.kind(), ErrorKind::Encode);
    assert!(error.to_string().contains("11 bytes"), "{error}");
}
