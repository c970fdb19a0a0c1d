//! The suite for codecs, on the formats of the core, and on codecs that each break one promise.

use std::panic::catch_unwind;

use larder_conformance::codecs;
use larder_core::Bytes;
use larder_core::codec::{Codec, Format, Limits};
use larder_core::error::{Error, ErrorKind, Result};

fn texts() -> Vec<String> {
    ["", "text", "a\0b\r\n", "\u{1F980} \"quoted\" \\", &"long ".repeat(1_000)].map(String::from).to_vec()
}

fn numbers() -> Vec<Vec<f64>> {
    vec![
        vec![],
        vec![0.0, -0.0, 1.0, 0.1, f64::MIN_POSITIVE / 2.0, f64::MAX],
        vec![f64::INFINITY],
        vec![1e300; 100],
    ]
}

type Row = (i64, String, Option<bool>, Vec<u8>);

fn rows() -> Vec<Vec<Row>> {
    let row = (i64::MIN, "row".to_owned(), None, vec![0, 255]);
    vec![vec![], vec![row.clone(), (i64::MAX, String::new(), Some(true), vec![])], vec![row; 100]]
}

larder_conformance::codec_conformance! { json_texts, Format::Json, texts() }
larder_conformance::codec_conformance! { json_numbers, Format::Json, numbers() }
larder_conformance::codec_conformance! { json_rows, Format::Json, rows() }
larder_conformance::codec_conformance! { messagepack_texts, Format::MessagePack, texts() }
larder_conformance::codec_conformance! { messagepack_numbers, Format::MessagePack, numbers() }
larder_conformance::codec_conformance! { messagepack_rows, Format::MessagePack, rows() }
larder_conformance::codec_conformance! { postcard_texts, Format::Postcard, texts() }
larder_conformance::codec_conformance! { postcard_numbers, Format::Postcard, numbers() }
larder_conformance::codec_conformance! { postcard_rows, Format::Postcard, rows() }
larder_conformance::codec_conformance! { raw_texts, Format::Raw, texts() }

/// A codec of texts that breaks one promise.
#[derive(Debug)]
enum Broken {
    Trims,
    PanicsWhenShort,
    PanicsOnControl,
    IgnoresLimits,
    CallsItInvalid,
    WritesBeyondLimits,
}

impl Codec<String> for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    fn encode(&self, value: &String) -> Result<Bytes> {
        match self {
            Self::CallsItInvalid if value.contains('\0') => Err(Error::new(ErrorKind::Invalid, "a NUL")),
            _ => Ok(format!("<{value}>").into()),
        }
    }

    fn encode_within(&self, value: &String, limits: &Limits) -> Result<Bytes> {
        let body = self.encode(value)?;
        if body.len() as u64 > limits.max_decoded && !matches!(self, Self::WritesBeyondLimits) {
            return Err(Error::new(ErrorKind::Encode, "too long"));
        }
        Ok(body)
    }

    fn decode(&self, body: &Bytes, limits: &Limits) -> Result<String> {
        let wrong = || Error::new(ErrorKind::Decode, "no such text");
        if body.len() as u64 > limits.max_decoded && !matches!(self, Self::IgnoresLimits) {
            return Err(wrong());
        }
        assert!(!matches!(self, Self::PanicsWhenShort) || body.ends_with(b">"), "planted");
        assert!(!matches!(self, Self::PanicsOnControl) || !body.contains(&0xFF), "planted");
        let text = std::str::from_utf8(body).map_err(|_| wrong())?;
        let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).ok_or_else(wrong)?;
        Ok(if matches!(self, Self::Trims) { inner.trim().to_owned() } else { inner.to_owned() })
    }
}

/// A check, by what it is called with.
type Check = fn(&dyn Codec<String>, &[String]);

#[test]
fn every_planted_fault_of_a_codec_is_found() {
    let planted: [(Check, Broken); 6] = [
        (codecs::values_come_back, Broken::Trims),
        (codecs::values_come_back, Broken::CallsItInvalid),
        (codecs::cut_bytes_are_no_panic, Broken::PanicsWhenShort),
        (codecs::changed_bytes_are_no_panic, Broken::PanicsOnControl),
        (codecs::limits_are_obeyed, Broken::IgnoresLimits),
        (codecs::what_is_written_within_limits_is_read_within_them, Broken::WritesBeyondLimits),
    ];
    for (check, codec) in planted {
        let found = catch_unwind(|| check(&codec, &texts())).is_err();
        assert!(found, "{codec:?} is not found");
    }
}
