//! Texts that must not appear in any output.
//!
//! Servers repeat what they were asked: whole, cut, percent-encoded, as base64 within a header. So a credential is
//! searched for by all of its pieces of six bytes, in each encoding; any other value that may be a secret as a whole.

use std::collections::HashSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::{Url, form_urlencoded};

/// A text shorter than this is too common to be searched for.
const MIN_LENGTH: usize = 4;

/// The length of the pieces of a credential that are searched for.
const PIECE: usize = 6;

/// What stands in place of a secret.
const HIDDEN: &str = "***";

/// The bytes that no encoder leaves as they are, and the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Texts that must not appear in any output.
#[derive(Default)]
pub(super) struct Secrets {
    /// Searched for as a whole, the longest first.
    texts: Vec<String>,
    /// Pieces of credentials.
    pieces: HashSet<[u8; PIECE]>,
}

impl Secrets {
    /// Adds the value of an option. `name` is the client's name for it.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.add_text(value);
        if let Ok(serde_json::Value::Object(document)) = serde_json::from_str(value) {
            for (name, value) in &document {
                if let Some(value) = value.as_str().filter(|_| is_credential(name)) {
                    self.add_credential(value);
                }
            }
        } else if name.contains("sas") {
            let query = value.trim_start_matches('?');
            let values: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
            // A value without a name is a credential as a whole.
            let signatures = values.iter().filter(|(name, _)| name == "sig" || values.len() == 1);
            for (name, value) in signatures {
                self.add_credential(if value.is_empty() { name } else { value });
            }
        } else if is_credential(name) {
            self.add_credential(value);
        } else if let Ok(url) = Url::parse(value) {
            self.add_user(&url);
        }
    }

    /// Adds the user and the password of a url.
    fn add_user(&mut self, url: &Url) {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = (decoded(url.username()), url.password().map(decoded).unwrap_or_default());
        for part in [&user, &password, url.username(), url.password().unwrap_or_default()] {
            self.add_credential(part);
        }
        if !user.is_empty() || !password.is_empty() {
            self.add_credential(&format!("{user}:{password}"));
        }
    }

    /// Adds a text that is searched for as a whole, in each encoding.
    fn add_text(&mut self, text: &str) {
        for encoded in encodings(text) {
            if encoded.len() >= MIN_LENGTH && !self.texts.contains(&encoded) {
                self.texts.push(encoded);
            }
        }
        // A secret may hold another one.
        self.texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    }

    /// Adds a text of which no piece may appear.
    fn add_credential(&mut self, text: &str) {
        self.add_text(text);
        if text.len() < PIECE {
            return;
        }
        for encoded in encodings(text) {
            self.pieces.extend(encoded.as_bytes().array_windows::<PIECE>());
        }
    }

    /// Replaces each secret and each piece of one in `text`.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut is_secret = vec![false; text.len()];
        for secret in &self.texts {
            for (at, found) in text.match_indices(secret.as_str()) {
                is_secret[at..at + found.len()].fill(true);
            }
        }
        for (at, piece) in text.as_bytes().array_windows::<PIECE>().enumerate() {
            if self.pieces.contains(piece) {
                is_secret[at..at + PIECE].fill(true);
            }
        }
        let mut hidden = String::with_capacity(text.len());
        let mut is_within = false;
        for (at, character) in text.char_indices() {
            let is_part = is_secret[at..at + character.len_utf8()].contains(&true);
            if !is_part {
                hidden.push(character);
            } else if !is_within {
                hidden.push_str(HIDDEN);
            }
            is_within = is_part;
        }
        hidden
    }
}

/// The number of texts alone: what they are is what must not be shown.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.texts.len())
    }
}

/// Whether the value of an option, or of a field of a document, is a credential by its name.
fn is_credential(name: &str) -> bool {
    let is_place = ["_file", "_uri", "_url", "_host"].iter().any(|end| name.ends_with(end));
    !is_place && ["key", "secret", "token", "password"].iter().any(|part| name.contains(part))
}

/// The ways in which `text` may be written.
fn encodings(text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    let percent = utf8_percent_encode(text, RESERVED).to_string();
    // The digits of the hexadecimal numbers in lower case, too.
    let mut lower = String::with_capacity(percent.len());
    let mut digits = 0;
    for character in percent.chars() {
        lower.push(if digits > 0 { character.to_ascii_lowercase() } else { character });
        digits = if character == '%' { 2_u8 } else { digits.saturating_sub(1) };
    }
    let form: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let all_percent = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let json = serde_json::to_string(text).unwrap_or_default();
    let markup = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let double = utf8_percent_encode(&percent, RESERVED).to_string();
    let debug = text.escape_debug().to_string();
    all.extend([percent, lower, form, all_percent, double, markup, debug, json.trim_matches('"').to_owned()]);
    let hexadecimal = text.bytes().fold(String::new(), |mut all, byte| {
        all.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
        all
    });
    all.extend([hexadecimal.to_ascii_uppercase(), hexadecimal]);
    for before in 0..3 {
        all.extend(base64_within(text, before));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// What base64 makes of `text` behind so many other bytes, without the characters that depend on its neighbours.
fn base64_within(text: &str, before: usize) -> [String; 2] {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(text.as_bytes());
    let whole = bytes.len() * 8 / 6;
    let skipped = (before * 8).div_ceil(6);
    let cut = |encoded: String| encoded.get(skipped..whole).unwrap_or_default().to_owned();
    [cut(STANDARD_NO_PAD.encode(&bytes)), cut(URL_SAFE_NO_PAD.encode(&bytes))]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "hunter2/Tr0ub4dor+x=\"<&é";

    fn secrets(name: &str, value: &str) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add(name, value);
        secrets
    }

    #[test]
    fn a_credential_is_hidden_in_every_encoding_and_in_part() {
        let secrets = secrets("aws_secret_access_key", KEY);
        let mut written = encodings(KEY);
        written.extend([
            STANDARD_NO_PAD.encode(format!("user:{KEY}")),
            URL_SAFE_NO_PAD.encode(format!("user1:{KEY}:x")),
            STANDARD_NO_PAD.encode(format!("us:{KEY}")),
            "hunter2/".to_owned(),
            "ub4dor".to_owned(),
            "hunter2%2FTr".to_owned(),
            format!("{KEY:?}"),
        ]);
        for text in written {
            let hidden = secrets.hide(&format!("before {text} after"));
            assert!(hidden.starts_with("before ") && hidden.ends_with(" after"), "{text}: {hidden}");
            for piece in text.as_bytes().array_windows::<PIECE>() {
                let known = secrets.pieces.contains(piece);
                let is_there = hidden.as_bytes().array_windows::<PIECE>().any(|other| other == piece);
                assert!(!(known && is_there), "{text}: {hidden}");
            }
            assert!(hidden.contains(HIDDEN), "{text}: {hidden}");
        }
        assert_eq!(secrets.hide("nothing of it"), "nothing of it");
    }

    #[test]
    fn a_short_secret_is_hidden_as_a_whole_and_a_tiny_one_is_not() {
        assert_eq!(secrets("aws_session_token", "abcde").hide("abcd abcde"), "abcd ***");
        assert_eq!(secrets("aws_session_token", "abc").hide("abc"), "abc");
    }

    #[test]
    fn a_user_and_a_password_within_a_url_are_hidden() {
        let secrets = secrets("proxy_url", "http://ann:hun%2Fter2x@proxy:3128");
        for text in ["hun/ter2x", "hun%2Fter2x", "http://ann:hun%2Fter2x@proxy:3128"] {
            assert_eq!(secrets.hide(text), "***");
        }
        let header = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("ann:hun/ter2x"));
        assert!(!secrets.hide(&header).contains(&header[6..12]));
        assert_eq!(secrets.hide("http://proxy:3128"), "http://proxy:3128");
    }

    #[test]
    fn of_a_document_and_a_signed_query_the_secret_fields_are_hidden() {
        let key =
            r#"{"private_key":"-----BEGIN KEY-----\nMIIEvQ/abc\n","token_uri":"https://oauth2.example.org"}"#;
        let document = secrets("google_service_account_key", key);
        assert!(!document.hide("... MIIEvQ/abc").contains("MIIEvQ"));
        assert_eq!(document.hide("https://oauth2.example.org"), "https://oauth2.example.org");
        let sas = secrets("azure_storage_sas_key", "?sv=2021-12-02&se=2030-01-01&sig=hunter2%2Bhunter2%3D");
        for text in ["hunter2%2Bhunter2%3D", "hunter2+hunter2=", "hunter2%2bhunter2"] {
            assert_eq!(sas.hide(text), "***", "{text}");
        }
        assert_eq!(sas.hide("2021-12-02"), "2021-12-02");
    }

    #[test]
    fn random_texts_are_cut_between_characters() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let text: String =
                (0..40).map(|_| random.choice(['a', 'é', '€', '😀', 'b', '/', '%']).unwrap_or('a')).collect();
            let start = random.usize(..20);
            let value: String = text.chars().skip(start).take(9).collect();
            let hidden = secrets("aws_session_token", &value).hide(&text);
            assert!(!hidden.contains(&value), "{value} in {text}: {hidden}");
        }
    }
}
