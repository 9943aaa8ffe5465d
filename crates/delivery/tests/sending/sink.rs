//! A mail server for tests: speaks SMTP on a port of its own, misbehaves on request, remembers what it was told.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How one connection goes.
#[derive(Clone, Copy, Debug)]
pub enum Script {
    /// Everything is accepted; the answer to the message.
    Accept(&'static str),
    /// Another answer at this point, everything else is accepted.
    Answer(At, &'static str),
    /// Silence from this point on, until the client goes away.
    Hang(At),
    /// The connection is closed at this point.
    Drop(At),
}

/// A point in the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Greeting,
    Auth,
    Mail,
    Rcpt,
    Data,
    End,
}

/// How the sink is reached.
#[derive(Clone)]
pub enum Reach {
    Clear,
    StartTls(Arc<ServerConfig>),
    Implicit(Arc<ServerConfig>),
}

#[derive(Default, Debug)]
pub struct Heard {
    /// Commands received without encryption.
    pub clear: Vec<String>,
    /// Commands received inside TLS.
    pub protected: Vec<String>,
    /// Messages received in full, whatever was answered.
    pub messages: Vec<String>,
}

pub struct Sink {
    pub port: u16,
    heard: Arc<Mutex<Heard>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sink {
    /// Plays one script a connection, the last one for all that follow.
    pub fn start(reach: Reach, scripts: &[Script]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, stop) = (Arc::new(Mutex::new(Heard::default())), Arc::new(AtomicBool::new(false)));
        let (remembered, stopping) = (heard.clone(), stop.clone());
        let mut scripts: VecDeque<Script> = scripts.iter().copied().collect();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopping.load(Ordering::SeqCst) {
                    return;
                }
                let script = if scripts.len() > 1 { scripts.pop_front() } else { scripts.front().copied() };
                // A client that goes away in the middle is part of what is tested.
                let _ = converse(stream.unwrap(), script.unwrap(), &reach, &remembered);
            }
        });
        Self { port, heard, stop, thread: Some(thread) }
    }

    pub fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // The listener waits for a connection; one more wakes it.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let outcome = self.thread.take().unwrap().join();
        assert!(outcome.is_ok() || std::thread::panicking());
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

struct Talk<'a> {
    stream: Box<dyn Stream>,
    protected: bool,
    script: Script,
    heard: &'a Mutex<Heard>,
}

/// Ends the conversation.
fn over() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

impl Talk<'_> {
    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let mut byte = [0];
            if self.stream.read(&mut byte)? == 0 {
                return Err(over());
            }
            line.extend(byte);
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes())?;
        self.stream.flush()
    }

    /// Answers at a point as the script wants; true when the answer was positive.
    fn answer(&mut self, at: At, usual: &str) -> io::Result<bool> {
        let text = match self.script {
            Script::Hang(point) if point == at => {
                while self.line().is_ok() {}
                return Err(over());
            }
            Script::Drop(point) if point == at => return Err(over()),
            Script::Answer(point, text) if point == at => text,
            Script::Accept(text) if at == At::End => text,
            _ => usual,
        };
        self.say(text)?;
        Ok(text.starts_with(['2', '3']))
    }

    fn command(&mut self) -> io::Result<String> {
        let line = self.line()?;
        let mut heard = self.heard.lock().unwrap();
        if self.protected {
            heard.protected.push(line.clone());
        } else {
            heard.clear.push(line.clone());
        }
        Ok(line)
    }
}

fn converse(tcp: TcpStream, script: Script, reach: &Reach, heard: &Mutex<Heard>) -> io::Result<()> {
    let raw = tcp.try_clone()?;
    let wrap = |config: &Arc<ServerConfig>, tcp: TcpStream| -> Box<dyn Stream> {
        Box::new(StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), tcp))
    };
    let (stream, protected): (Box<dyn Stream>, bool) = match reach {
        Reach::Implicit(config) => (wrap(config, tcp), true),
        Reach::Clear | Reach::StartTls(_) => (Box::new(tcp), false),
    };
    let mut talk = Talk { stream, protected, script, heard };
    if !talk.answer(At::Greeting, "220 sink ESMTP")? {
        return Ok(());
    }
    loop {
        let line = talk.command()?;
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match (word.as_str(), reach) {
            ("EHLO", Reach::StartTls(_)) if !talk.protected => talk.say("250-sink\r\n250-8BITMIME\r\n250 STARTTLS")?,
            ("EHLO", _) => talk.say("250-sink\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN")?,
            ("STARTTLS", Reach::StartTls(config)) => {
                talk.say("220 go ahead")?;
                talk.stream = wrap(config, raw.try_clone()?);
                talk.protected = true;
            }
            ("AUTH", _) => {
                talk.answer(At::Auth, "235 2.7.0 welcome")?;
            }
            ("MAIL", _) => {
                talk.answer(At::Mail, "250 2.1.0 sender ok")?;
            }
            ("RCPT", _) => {
                talk.answer(At::Rcpt, "250 2.1.5 recipient ok")?;
            }
            ("DATA", _) => {
                if talk.answer(At::Data, "354 go on")? {
                    let mut message = String::new();
                    loop {
                        match talk.line()?.as_str() {
                            "." => break,
                            line => message.extend([line.strip_prefix('.').unwrap_or(line), "\r\n"]),
                        }
                    }
                    heard.lock().unwrap().messages.push(message);
                    talk.answer(At::End, "250 2.0.0 Ok")?;
                }
            }
            ("QUIT", _) => return talk.say("221 bye"),
            _ => talk.say("502 what?")?,
        }
    }
}
