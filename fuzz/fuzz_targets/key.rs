//! Bytes are a key or an error, and a key has one encoding.
#![no_main]

use larder_core::key::{Key, KeyValue};
use larder_core::tag::Tag;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Ok(key) = Key::from_bytes(input) {
        assert_eq!(key.as_bytes(), input, "a key is its bytes");
        // Shown to people, it stays short.
        assert!(key.to_string().chars().count() < 400, "{key}");
        if let Ok(value) = key.value() {
            assert_eq!(key.decode::<KeyValue>().ok(), Some(value), "both ways of reading agree");
        }
        let _ = key.decode::<(String, i64)>();
        let _ = key.decode::<Vec<Option<f64>>>();
        let _ = key.digest();
    }
    if let Ok(tag) = Tag::decode(input) {
        assert_eq!(tag.encode(), input, "a tag has one encoding");
    }
});
