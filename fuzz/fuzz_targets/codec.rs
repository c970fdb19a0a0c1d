//! A body is a value or an error in every format and compression, within the limits.
#![no_main]

use std::collections::BTreeMap;

use bytes::Bytes;
use larder_core::codec::{Codec, Compression, Format, Limits};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum Shape {
    Nothing,
    Text(String),
    Number { of: i64, share: Option<u32> },
    Many(Vec<Shape>),
    Named(BTreeMap<String, Shape>),
    Boxed(Box<Shape>),
    Bytes(Vec<u8>),
}

fuzz_target!(|input: &[u8]| {
    let limits = Limits { max_decoded: 1 << 20, ..Limits::default() };
    let body = Bytes::copy_from_slice(input);
    for format in Format::ALL {
        if let Ok(shape) = Codec::<Shape>::decode(format, &body, &limits)
            && let Ok(encoded) = format.encode(&shape)
        {
            let again: Shape = format.decode(&encoded, &Limits::default()).expect("what was encoded is read");
            assert_eq!(again, shape, "and is the same value");
        }
        let _ = Codec::<Vec<()>>::decode(format, &body, &limits);
        let _ = Codec::<String>::decode(format, &body, &limits);
    }
    for compression in [Compression::ZSTD, Compression::Lz4] {
        if let Ok(plain) = compression.decompress(&body, &limits) {
            assert!(plain.len() as u64 <= limits.max_decoded, "a limit is a limit");
        }
    }
});
