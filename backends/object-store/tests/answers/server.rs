//! A server on the loopback interface that answers as it is told, and keeps what it was asked.
//!
//! One thread a connection. Behind it is an [honest store](Shelf), which answers where nothing else is told.

use std::fmt::Write as _;
use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::asked::Asked;
use crate::shelf::Shelf;

/// What a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// What the honest store says.
    Honest,
    /// Something else.
    Told(Answer),
    /// Headers that promise the honest answer's body, half of it, and the end of the connection.
    Cut,
    /// The same without the stamp by which a client asks for the rest.
    CutUnstamped,
    /// The honest answer with another byte in the middle of its body.
    Altered,
    /// Nothing at all; the connection stays open.
    Never,
}

/// An answer of HTTP.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// An error as S3 tells it.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        Self { status, headers: vec![("content-type", "application/xml".into())], body: body.into() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Script = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// The server. It listens until the tests end.
#[derive(Clone)]
pub(crate) struct Server {
    shared: Arc<Shared>,
    port: u16,
}

struct Shared {
    shelf: Shelf,
    script: Mutex<Script>,
    asked: Mutex<Vec<Asked>>,
    /// Connections that never get an answer, kept open.
    silent: Mutex<Vec<TcpStream>>,
}

impl Server {
    /// An honest server.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            shelf: Shelf::default(),
            script: Mutex::new(Arc::new(|_| Reply::Honest)),
            asked: Mutex::default(),
            silent: Mutex::default(),
        });
        let server = Self { shared: Arc::clone(&shared), port };
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that goes away in the middle is of no interest here.
                std::thread::spawn(move || shared.serve(&connection));
            }
        });
        server
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers from now on as `script` says, and forgets what was asked.
    pub(crate) fn tell(&self, script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) {
        *self.shared.script.lock().unwrap() = Arc::new(script);
        self.shared.asked.lock().unwrap().clear();
    }

    /// What was asked since it was told last.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// How often it was asked since it was told last.
    pub(crate) fn count(&self) -> usize {
        self.asked().len()
    }
}

impl Shared {
    fn serve(&self, connection: &TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        let mut from = BufReader::new(connection);
        while let Some(asked) = Asked::read(&mut from)? {
            self.asked.lock().unwrap().push(asked.head());
            let script = Arc::clone(&self.script.lock().unwrap());
            let answer = match script(&asked) {
                Reply::Told(answer) => answer,
                Reply::Never => {
                    self.silent.lock().unwrap().push(connection.try_clone()?);
                    return Ok(());
                }
                Reply::Honest => self.shelf.answer(&asked),
                Reply::Altered => {
                    let mut answer = self.shelf.answer(&asked);
                    let middle = answer.body.len() / 2;
                    answer.body[middle] ^= 1;
                    answer
                }
                cut @ (Reply::Cut | Reply::CutUnstamped) => {
                    let mut answer = self.shelf.answer(&asked);
                    if matches!(cut, Reply::CutUnstamped) {
                        answer.headers.retain(|(name, _)| *name != "etag");
                    }
                    let half = answer.body.len() / 2;
                    return write(connection, &answer, asked.method == "HEAD", &answer.body[..half]);
                }
            };
            write(connection, &answer, asked.method == "HEAD", &answer.body)?;
        }
        Ok(())
    }
}

/// Writes an answer of which `body` comes.
fn write(mut to: &TcpStream, answer: &Answer, head_only: bool, body: &[u8]) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} As Told\r\ncontent-length: {}\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        write!(head, "{name}: {value}\r\n").expect("text takes text");
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    if !head_only {
        bytes.extend_from_slice(body);
    }
    to.write_all(&bytes)
}
