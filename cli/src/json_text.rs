//! JSON text as a value of a cache: numbers, the order of keys and duplicate keys stay as they were written.
//!
//! With the serializer `json` the text itself is stored, once it is known to be JSON that a program can parse. With
//! `messagepack` it is converted, and what would come back as another text value is refused. The price is a second
//! pass over the text.

mod number;
mod tree;

use std::fmt::Display;

use larder::codec::{Codec, Limits};
use larder::{Bytes, Error, ErrorKind, Format};
use serde_json::value::RawValue;

use tree::Tree;

/// Levels of arrays and objects that programs parse.
const MAX_DEPTH: u32 = 127;

/// One JSON value, as text without whitespace around it.
#[derive(Debug)]
pub(crate) struct JsonText(Box<RawValue>);

impl JsonText {
    /// The JSON value that `bytes` are.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let raw: Box<RawValue> = serde_json::from_str(text.trim()).map_err(|error| error.to_string())?;
        tree::check(&raw, MAX_DEPTH)?;
        Ok(Self(raw))
    }

    /// The JSON string whose text is `text`.
    pub(crate) fn of_text(text: &str) -> Self {
        Self(serde_json::value::to_raw_value(text).expect("text is JSON"))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.get()
    }

    pub(crate) fn into_raw(self) -> Box<RawValue> {
        self.0
    }
}

/// Stores JSON text in a format.
#[derive(Clone, Copy, Debug)]
pub(crate) enum JsonCodec {
    /// As it is.
    Json,
    /// Converted.
    MessagePack,
}

impl JsonCodec {
    /// The codec for JSON text in `format`; `None` where a Rust type is needed.
    pub(crate) fn new(format: Format) -> Option<Self> {
        match format {
            Format::Json => Some(Self::Json),
            Format::MessagePack => Some(Self::MessagePack),
            _ => None,
        }
    }
}

fn refused(kind: ErrorKind, reason: impl Display) -> Error {
    Error::new(kind, reason.to_string())
}

impl Codec<JsonText> for JsonCodec {
    fn name(&self) -> &str {
        match self {
            Self::Json => "json",
            Self::MessagePack => "messagepack",
        }
    }

    fn encode(&self, value: &JsonText) -> larder::Result<Bytes> {
        match self {
            Self::Json => Ok(Bytes::copy_from_slice(value.as_str().as_bytes())),
            Self::MessagePack => {
                let tree = Tree::exact(&value.0).map_err(|reason| {
                    refused(ErrorKind::Encode, format!("messagepack does not hold {reason}"))
                })?;
                Format::MessagePack.encode(&tree)
            }
        }
    }

    fn decode(&self, body: &Bytes, limits: &Limits) -> larder::Result<JsonText> {
        if body.len() as u64 > limits.max_decoded {
            let reason =
                format!("a value of {} bytes, more than the limit of {}", body.len(), limits.max_decoded);
            return Err(refused(ErrorKind::Decode, reason));
        }
        match self {
            Self::Json => JsonText::parse(body).map_err(|error| refused(ErrorKind::Decode, error)),
            Self::MessagePack => {
                let tree: Tree = Format::MessagePack.decode(body, limits)?;
                let text = serde_json::value::to_raw_value(&tree);
                text.map(JsonText).map_err(|error| refused(ErrorKind::Decode, error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> JsonText {
        JsonText::parse(text.as_bytes()).unwrap()
    }

    fn back(codec: JsonCodec, text: &str) -> larder::Result<String> {
        let body = codec.encode(&parsed(text))?;
        Ok(codec.decode(&body, &Limits::default()).unwrap().as_str().to_owned())
    }

    #[test]
    fn json_text_comes_back_as_it_was() {
        for text in [
            "340282366920938463463374607431768211455",
            "-0",
            "1.0",
            "1.50",
            "1E400",
            "0.1000000000000000055511151231257827",
            r#"{"b": 1, "a": {"z":1,"y":2}, "b": 2}"#,
            r#""\u00e9\/é""#,
            "[1, 2,\n 3]",
            "null",
        ] {
            assert_eq!(back(JsonCodec::Json, text).unwrap(), text);
        }
        assert_eq!(parsed(" \n 1 \n").as_str(), "1");
        assert_eq!(JsonText::of_text("a\"b").as_str(), r#""a\"b""#);
    }

    #[test]
    fn text_that_is_no_json_is_refused() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        parsed(&deep(127));
        for text in ["", "a", "1 2", "{", "[1,]", "01", "+1", "NaN", r#"{"a":1,}"#, r#""\ud800""#, &deep(128)]
        {
            assert!(JsonText::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(JsonText::parse(&deep(1_000_000).into_bytes()).is_err());
        assert!(JsonText::parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn messagepack_gives_back_the_same_value_or_refuses_it() {
        for (text, expected) in [
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("-0", "-0.0"),
            ("1.50", "1.5"),
            ("1e3", "1000.0"),
            ("123.456e-2", "1.23456"),
            ("0.0e5", "0.0"),
            (r#"{"b": 1, "a": [null, true, "x"]}"#, r#"{"b":1,"a":[null,true,"x"]}"#),
        ] {
            assert_eq!(back(JsonCodec::MessagePack, text).unwrap(), expected, "{text}");
        }
        for text in [
            "340282366920938463463374607431768211455",
            "-9223372036854775809",
            "1e400",
            "1e-400",
            "0.10000000000000000555",
            "1e99999999999999999999999",
            r#"{"a": 1, "b": 2, "a": 3}"#,
            r#"[{"a": {"x": 1, "x": 1}}]"#,
        ] {
            let error = back(JsonCodec::MessagePack, text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Encode, "{text}");
            assert!(error.to_string().contains("messagepack does not hold"), "{text}: {error}");
        }
    }

    #[test]
    fn messagepack_that_json_does_not_hold_is_an_error() {
        for body in [Format::MessagePack.encode(&f64::NAN), Format::MessagePack.encode(&vec![f32::INFINITY])]
        {
            let read = JsonCodec::MessagePack.decode(&body.unwrap(), &Limits::default());
            assert_eq!(read.unwrap_err().kind(), ErrorKind::Decode);
        }
    }
}
