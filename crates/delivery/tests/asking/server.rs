//! A web server for tests that misbehaves on request and remembers what it was asked.

use std::io::{self, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How every connection goes once the request has come.
#[derive(Clone, Copy, Debug)]
pub enum Script {
    /// This, and the connection ends.
    Say(&'static str),
    /// The first part, then the second again and again as fast as the client takes it.
    Endless(&'static str, &'static str),
    /// The first part, then the second again and again, a little at a time.
    Trickle(&'static str, &'static str),
    /// Nothing.
    Silence,
}

pub struct Server {
    port: u16,
    heard: Arc<Mutex<String>>,
    connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(script: Script) -> Self {
        Self::at(0, script)
    }

    /// At this port.
    pub fn at(port: u16, script: Script) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, connections, stop) =
            (Arc::new(Mutex::default()), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (remembered, counted, stopping) = (Arc::clone(&heard), Arc::clone(&connections), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopping.load(Ordering::SeqCst) {
                    return;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                // A client that goes away in the middle is part of what is tested.
                let _ = converse(stream.unwrap(), script, &remembered);
            }
        });
        Self { port, heard, connections, stop, thread: Some(thread) }
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // The listener waits for a connection; one more wakes it.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let outcome = self.thread.take().unwrap().join();
        assert!(outcome.is_ok() || std::thread::panicking());
    }
}

fn converse(mut stream: TcpStream, script: Script, heard: &Mutex<String>) -> io::Result<()> {
    let asked = request(&mut stream)?;
    *heard.lock().unwrap() = asked;
    match script {
        Script::Say(text) => stream.write_all(text.as_bytes()),
        Script::Endless(first, again) => {
            stream.write_all(first.as_bytes())?;
            loop {
                stream.write_all(again.as_bytes())?;
            }
        }
        Script::Trickle(first, again) => {
            stream.write_all(first.as_bytes())?;
            while !gone(&mut stream, Duration::from_millis(20))? {
                stream.write_all(again.as_bytes())?;
            }
            Ok(())
        }
        Script::Silence => gone(&mut stream, Duration::from_mins(1)).map(|_| ()),
    }
}

/// Waits for the client to go away, and says whether it did.
fn gone(stream: &mut TcpStream, at_most: Duration) -> io::Result<bool> {
    stream.set_read_timeout(Some(at_most))?;
    match stream.read(&mut [0; 16]) {
        Ok(0) => Ok(true),
        Ok(_) => Ok(false),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(false),
        Err(_) => Ok(true),
    }
}

/// Head and body of one request, as text.
fn request(stream: &mut TcpStream) -> io::Result<String> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|it| it.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(text);
            }
        }
        let mut some = [0; 4096];
        match stream.read(&mut some)? {
            0 => return Err(io::ErrorKind::ConnectionAborted.into()),
            n => read.extend(&some[..n]),
        }
    }
}
