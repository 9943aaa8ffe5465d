//! A page of customers over HTTP against the same bytes from memory, in the same server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use entente_app::customer::{self, Query};
use entente_app::{App, Ctx};
use serde::Serialize;

use crate::installation::Installation;
use crate::row;

/// As many requests at a time as keep both cores of a small machine busy.
const CONNECTIONS: usize = 4;
/// Connections one thread asks on in turn.
const IN_TURN: usize = 16;
/// How long one side of a comparison runs.
pub const ROUND: Duration = Duration::from_secs(2);

/// 50 customers in the shape of Partner Center's collection.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Collection<'a> {
    total_count: usize,
    items: Vec<Customer<'a>>,
    attributes: Attributes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Customer<'a> {
    id: String,
    company_profile: Profile<'a>,
    relationship_to_partner: &'a str,
    attributes: Attributes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile<'a> {
    tenant_id: String,
    domain: &'a str,
    company_name: &'a str,
    attributes: Attributes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    object_type: &'static str,
}

fn answer(app: &App, agent: &Ctx) -> Bytes {
    let page = customer::list(app, agent, &Query::default(), 50).expect("a page");
    let items: Vec<Customer<'_>> = page
        .lines
        .iter()
        .map(|line| Customer {
            id: line.id.to_string(),
            company_profile: Profile {
                tenant_id: line.id.to_string(),
                domain: &line.domain,
                company_name: &line.name,
                attributes: Attributes { object_type: "CustomerCompanyProfile" },
            },
            relationship_to_partner: line.kind,
            attributes: Attributes { object_type: "Customer" },
        })
        .collect();
    let page = Collection { total_count: items.len(), items, attributes: Attributes { object_type: "Collection" } };
    serde_json::to_vec(&page).expect("JSON").into()
}

fn json(bytes: Bytes) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], bytes)
}

/// Prints the ratio; the two take turns, and the middle of the rounds counts.
pub fn page_ratio(world: &Installation, size: usize) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    let (app, agent) = (world.test.app.clone(), Arc::new(world.agent.clone()));
    let same = answer(&app, &agent);
    let routes = Router::new()
        // A short read runs on the worker that serves the connection: handing it over would cost more than it takes.
        .route("/page", get(move || async move { json(answer(&app, &agent)) }))
        .route("/memory", get(move || async move { json(same) }));
    let server = runtime.spawn(async move { axum::serve(listener, routes).await });
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let (from_memory, made) = (get("/memory"), get("/page"));
    load(address, &made, Duration::from_millis(500));
    let mut rounds: Vec<(f64, f64, f64)> = (0..5)
        .map(|_| {
            let (memory, page) = (load(address, &from_memory, ROUND), load(address, &made, ROUND));
            (page / memory, page, memory)
        })
        .collect();
    server.abort();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, page, memory) = rounds[2];
    row(
        &format!("50 of {size} customers as JSON over HTTP, against the same bytes from memory"),
        &format!("{ratio:.2} ({page:.0}/s against {memory:.0}/s)"),
        "0.40",
    );
}

/// How often a request is answered in a second, over kept connections.
pub fn load(address: SocketAddr, request: &str, time: Duration) -> f64 {
    rate(time, |end| {
        let mut connection = Connection::open(address);
        let mut done = 0;
        while Instant::now() < end {
            connection.ask(request);
            connection.answer();
            done += 1;
        }
        done
    })
}

/// The same of one request after another, by one thread that asks on many connections in turn: it takes little of the machine from a
/// server that has much to do.
pub fn load_in_turn<'a>(address: SocketAddr, mut requests: impl Iterator<Item = &'a String>, time: Duration) -> f64 {
    let mut ask = |it: &mut Connection| it.ask(requests.next().expect("a request"));
    let mut connections: Vec<Connection> = (0..IN_TURN).map(|_| Connection::open(address)).collect();
    let (start, mut done) = (Instant::now(), 0_u32);
    connections.iter_mut().for_each(&mut ask);
    while start.elapsed() < time {
        for connection in &mut connections {
            connection.answer();
            ask(connection);
            done += 1;
        }
    }
    let rate = f64::from(done) / start.elapsed().as_secs_f64();
    connections.iter_mut().for_each(Connection::answer);
    rate
}

/// How often something is done in a second by as many as [`CONNECTIONS`] at a time.
pub fn rate(time: Duration, what: impl Fn(Instant) -> usize + Sync) -> f64 {
    let start = Instant::now();
    let done: usize = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(|| what(start + time))).collect();
        clients.into_iter().map(|it| it.join().expect("a client")).sum()
    });
    done as f64 / start.elapsed().as_secs_f64()
}

struct Connection {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("connected");
        stream.set_nodelay(true).expect("no delay");
        let answers = BufReader::with_capacity(64 * 1024, stream.try_clone().expect("a second handle"));
        Self { stream, answers, line: String::new(), body: Vec::new() }
    }

    fn ask(&mut self, request: &str) {
        self.stream.write_all(request.as_bytes()).expect("sent");
    }

    fn answer(&mut self) {
        let Self { answers, line, body, .. } = self;
        line.clear();
        answers.read_line(line).expect("a line");
        assert!(line.starts_with("HTTP/1.1 200 "), "{line}");
        let mut length = 0;
        loop {
            line.clear();
            answers.read_line(line).expect("a line");
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().expect("a length");
            }
            if line == "\r\n" {
                break;
            }
        }
        assert!(length > 500, "an answer without content");
        body.resize(length, 0);
        answers.read_exact(body).expect("a body");
    }
}
