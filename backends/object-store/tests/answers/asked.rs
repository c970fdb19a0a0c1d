//! A request as the server got it.

use std::io::{self, BufRead};

/// A request of HTTP.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Bucket and key.
    pub(crate) path: String,
    pub(crate) query: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// The next request of a connection; `None` at its end.
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace();
        let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut asked = Self { method, path: path.to_owned(), query: query.to_owned(), ..Self::default() };
        loop {
            line.clear();
            from.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            asked.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let length = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
        asked.body.resize(length, 0);
        from.read_exact(&mut asked.body)?;
        Ok(Some(asked))
    }

    /// The value of a header, named in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The value of `name` in the query.
    pub(crate) fn queried(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|(queried, _)| *queried == name).map(|(_, value)| value)
    }

    /// The same without the body, which may be long.
    pub(crate) fn head(&self) -> Self {
        let Self { method, path, query, headers, body: _ } = self;
        let (method, path, query) = (method.clone(), path.clone(), query.clone());
        Self { method, path, query, headers: headers.clone(), body: Vec::new() }
    }

    /// Whether it asks for an entry, and not for settings, a listing or a probe.
    pub(crate) fn is_for_an_entry(&self) -> bool {
        // A digest has 64 digits.
        self.path.rsplit('/').next().is_some_and(|name| name.len() == 64)
    }
}
