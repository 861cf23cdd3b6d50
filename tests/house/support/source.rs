//! A source that says exactly what a test scripts, byte for byte, and remembers what it was asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a source does with the head of a request: write whatever it likes.
type Script = dyn Fn(&str, &mut TcpStream) + Send + Sync;

/// A scripted source on loopback; each connection answers one request.
pub struct Source {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Source {
    /// A source that does what the script does.
    pub fn scripted(script: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (heads, script): (_, Arc<Script>) = (Arc::clone(&seen), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (heads, script) = (Arc::clone(&heads), Arc::clone(&script));
                std::thread::spawn(move || serve(stream, &heads, &*script));
            }
        });
        Self { address, seen }
    }

    /// A source that always answers with this JSON body.
    pub fn json(body: impl Into<String>) -> Self {
        let body = body.into();
        Self::scripted(move |_, stream| ok_json(stream, &body))
    }

    /// A source that always answers with this body of this type.
    pub fn of_type(content_type: &str, body: &str) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {}", body.len());
        Self::raw(format!("{head}\r\nconnection: close\r\n\r\n{body}"))
    }

    /// A source that always answers with these bytes.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::scripted(move |_, stream| write(stream, &bytes))
    }

    /// The heads of the requests that arrived, in order.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, heads: &Mutex<Vec<String>>, script: &Script) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    heads.lock().unwrap().push(head.clone());
    script(&head, &mut stream);
}

/// Writes, and does not mind when the proxy has hung up.
pub fn write(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
}

/// A plain good answer.
pub fn ok_json(stream: &mut TcpStream, body: &str) {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    write(stream, format!("{head}{body}").as_bytes());
}

/// The head of an answer whose body ends when the connection does.
pub const UNTIL_CLOSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";

/// Keeps a connection open without a word.
pub fn hang(seconds: u64) {
    std::thread::sleep(Duration::from_secs(seconds));
}
