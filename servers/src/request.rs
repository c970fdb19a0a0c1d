//! One HTTP request without a body, as much as starting a server takes.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long one attempt may wait; a server that starts is asked again.
const PATIENCE: Duration = Duration::from_secs(5);

/// The status that the server on `port` answers.
///
/// # Errors
///
/// What the system answers where nobody listens; [`io::ErrorKind::InvalidData`] for what is no HTTP.
pub(crate) fn status(method: &str, port: u16, path: &str) -> io::Result<u16> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    status
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("an answer that starts {line:?}")))
}
