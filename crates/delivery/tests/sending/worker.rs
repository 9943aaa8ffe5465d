//! The worker against an outbox in memory that keeps the contract's promises, and counts whether the worker keeps its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use entente_delivery::retry::{MAIL, Schedule};
use entente_delivery::worker::{Due, LEASE_SECONDS, Outbox, OutboxError, Worker};
use entente_delivery::{Accepted, Failure, Outgoing, Security, Smtp, SmtpConfig, Transport};
use entente_domain::ids::MailId;
use entente_domain::time::Timestamp;
use tokio::sync::{Notify, watch};

use crate::mail;
use crate::sink::{At, Reach, Script, Sink};

#[derive(Clone, Debug, PartialEq)]
enum State {
    Queued,
    Sent(String),
    Bounced(String),
}

#[derive(Clone, Debug)]
struct Row {
    due: Timestamp,
    lease: Option<Timestamp>,
    attempts: u32,
    state: State,
    answer: String,
    mail: Result<Outgoing, String>,
}

/// An outbox whose clock moves to the next due message whenever no message is in hand, so that days pass in no time.
struct Memory {
    rows: Mutex<BTreeMap<MailId, Row>>,
    now: Mutex<Timestamp>,
    refuse_records: AtomicU32,
    changed: watch::Sender<u32>,
}

impl Memory {
    fn new(mails: impl IntoIterator<Item = Outgoing>) -> Arc<Self> {
        let outbox = Self {
            rows: Mutex::default(),
            now: Mutex::new(Timestamp::from_seconds(1_804_900_000)),
            refuse_records: AtomicU32::new(0),
            changed: watch::Sender::new(0),
        };
        for mail in mails {
            outbox.queue(&mail);
        }
        Arc::new(outbox)
    }

    fn queue(&self, mail: &Outgoing) {
        let row = Row {
            due: mail.date,
            lease: None,
            attempts: 0,
            state: State::Queued,
            answer: String::new(),
            mail: Ok(mail.clone()),
        };
        self.rows.lock().unwrap().insert(mail.id, row);
    }

    fn record(&self, id: MailId, change: impl FnOnce(&mut Row)) -> Result<(), OutboxError> {
        let refused = self.refuse_records.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if refused.is_ok() {
            return Err("database is busy".into());
        }
        let mut rows = self.rows.lock().unwrap();
        let row = rows.get_mut(&id).unwrap();
        assert!(row.lease.is_some(), "recorded without a lease");
        row.lease = None;
        change(row);
        drop(rows);
        self.changed.send_modify(|count| *count += 1);
        Ok(())
    }

    fn row(&self, number: u32) -> Row {
        self.rows.lock().unwrap().get(&mail(number).id).unwrap().clone()
    }

    /// Waits until all rows satisfy the condition.
    async fn until(&self, condition: impl Fn(&Row) -> bool) {
        let mut changed = self.changed.subscribe();
        let reached = changed.wait_for(|_| self.rows.lock().unwrap().values().all(&condition));
        tokio::time::timeout(Duration::from_secs(30), reached).await.unwrap().unwrap();
    }
}

impl Outbox for Memory {
    type Id = MailId;
    type Load = Outgoing;
    const KIND: &'static str = "mail";
    const AT_ONCE: usize = 1;
    const SCHEDULE: Schedule = MAIL;

    fn claim_due(&self, limit: usize) -> Result<Vec<Due>, OutboxError> {
        let mut rows = self.rows.lock().unwrap();
        let mut now = self.now.lock().unwrap();
        let in_hand = rows.values().any(|row| row.lease.is_some_and(|end| end > *now));
        let free = |row: &Row, now: Timestamp| row.state == State::Queued && row.lease.is_none_or(|end| end <= now);
        let mut waiting: Vec<_> = rows.iter_mut().filter(|(_, row)| free(row, *now)).collect();
        waiting.sort_by_key(|(id, row)| (row.due, **id));
        if let Some((_, next)) = waiting.first().filter(|_| !in_hand) {
            *now = next.due.max(*now);
        }
        let due = waiting.into_iter().filter(|(_, row)| row.due <= *now).take(limit);
        Ok(due
            .map(|(id, row)| {
                row.lease = Some(now.plus_seconds(LEASE_SECONDS));
                Due { id: *id, attempts: row.attempts, load: row.mail.clone() }
            })
            .collect())
    }
    fn sent(&self, id: MailId, answer: &str) -> Result<(), OutboxError> {
        self.record(id, |row| row.state = State::Sent(answer.to_owned()))
    }
    fn deferred(&self, id: MailId, answer: &str, next: Timestamp) -> Result<(), OutboxError> {
        self.record(id, |row| {
            row.attempts += 1;
            row.due = next;
            answer.clone_into(&mut row.answer);
        })
    }
    fn bounced(&self, id: MailId, answer: &str) -> Result<(), OutboxError> {
        self.record(id, |row| row.state = State::Bounced(answer.to_owned()))
    }
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }
}

type Answer = dyn Fn(&Outgoing) -> Result<Accepted, Failure> + Send + Sync;

/// A transport that remembers what it was asked to send and answers as told.
struct Recording {
    seen: Mutex<Vec<MailId>>,
    answer: Box<Answer>,
}

impl Recording {
    fn new(answer: impl Fn(&Outgoing) -> Result<Accepted, Failure> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { seen: Mutex::default(), answer: Box::new(answer) })
    }
    fn seen(&self) -> Vec<MailId> {
        self.seen.lock().unwrap().clone()
    }
}

impl Transport for Recording {
    fn send(&self, mail: &Outgoing) -> Result<Accepted, Failure> {
        self.seen.lock().unwrap().push(mail.id);
        (self.answer)(mail)
    }
}

fn accepted() -> Accepted {
    Accepted { answer: "250 ok".to_owned() }
}

/// Runs workers on one outbox until all rows satisfy the condition, then stops them and waits for them.
async fn run(outbox: &Arc<Memory>, transport: Arc<dyn Transport>, workers: usize, condition: impl Fn(&Row) -> bool) {
    let (stop, stopped) = watch::channel(false);
    let running: Vec<_> = (0..workers)
        .map(|_| {
            let worker = Worker::new(outbox.clone(), transport.clone(), Arc::new(Notify::new()));
            let worker = worker.poll_every(Duration::from_millis(5));
            let stopped = stopped.clone();
            tokio::task::spawn_local(worker.run(stopped))
        })
        .collect();
    outbox.until(condition).await;
    stop.send(true).unwrap();
    for worker in running {
        tokio::time::timeout(Duration::from_secs(10), worker).await.unwrap().unwrap();
    }
}

/// A local task set, since the workspace forbids detached tasks.
async fn local<F: Future>(future: F) -> F::Output {
    tokio::task::LocalSet::new().run_until(future).await
}

fn is_sent(row: &Row) -> bool {
    matches!(row.state, State::Sent(_))
}

#[tokio::test]
async fn oldest_first_and_each_once() {
    let outbox = Memory::new((1..=20).rev().map(mail));
    let transport = Recording::new(|_| Ok(accepted()));
    local(run(&outbox, transport.clone(), 1, is_sent)).await;
    assert_eq!(transport.seen(), (1..=20).map(|number| mail(number).id).collect::<Vec<_>>());
    assert_eq!(outbox.row(7).state, State::Sent("250 ok".to_owned()));
}

#[tokio::test]
async fn two_workers_never_send_one_mail_twice() {
    let outbox = Memory::new((1..=100).map(mail));
    let transport = Recording::new(|_| Ok(accepted()));
    local(run(&outbox, transport.clone(), 4, is_sent)).await;
    let mut seen = transport.seen();
    seen.sort();
    assert_eq!(seen, (1..=100).map(|number| mail(number).id).collect::<Vec<_>>());
}

#[tokio::test]
async fn after_an_outage_everything_arrives_once() {
    let outbox = Memory::new((1..=10).map(mail));
    let down = AtomicU32::new(45);
    let delivered = Arc::new(Mutex::new(Vec::new()));
    let arrived = delivered.clone();
    let transport = Recording::new(move |mail| {
        if down.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(Failure::deferred("connection refused"));
        }
        arrived.lock().unwrap().push(mail.id);
        Ok(accepted())
    });
    local(run(&outbox, transport, 2, is_sent)).await;
    let mut delivered = delivered.lock().unwrap().clone();
    delivered.sort();
    assert_eq!(delivered, (1..=10).map(|number| mail(number).id).collect::<Vec<_>>());
    assert!(outbox.row(1).attempts >= 4);
    assert_eq!(outbox.row(1).answer, "connection refused", "the last problem stays visible");
}

#[tokio::test]
async fn a_mail_server_with_bad_days_gets_each_mail_once() {
    let bad_days = [
        Script::Hang(At::Greeting),
        Script::Answer(At::Greeting, "421 4.3.2 shutting down"),
        Script::Answer(At::Rcpt, "451 4.7.1 greylisted"),
        Script::Drop(At::Data),
        Script::Drop(At::End),
        Script::Accept("250 2.0.0 queued"),
    ];
    let sink = Sink::start(Reach::Clear, &bad_days);
    let config = SmtpConfig {
        port: Some(sink.port),
        security: Security::None,
        timeout: Duration::from_millis(300),
        ..SmtpConfig::new("localhost")
    };
    let outbox = Memory::new((1..=6).map(mail));
    local(run(&outbox, Arc::new(Smtp::new(config).unwrap()), 1, is_sent)).await;
    let heard = sink.heard();
    let mut ids: Vec<&str> = heard
        .messages
        .iter()
        .filter_map(|message| message.lines().find(|line| line.starts_with("Message-ID:")))
        .collect();
    assert_eq!(ids.len(), 7, "six mails, one of them twice because its answer was lost");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 6, "the receiver can tell the copy by its Message-ID");
}

#[tokio::test]
async fn three_days_without_success_bounce() {
    let outbox = Memory::new([mail(1)]);
    let started = outbox.now();
    let transport = Recording::new(|_| Err(Failure::deferred("451 4.3.0 later")));
    local(run(&outbox, transport.clone(), 1, |row| matches!(row.state, State::Bounced(_)))).await;
    assert_eq!(outbox.row(1).state, State::Bounced("451 4.3.0 later".to_owned()));
    let took = outbox.now().seconds_since(started);
    assert!((60 * 60 * 60..=3 * 24 * 60 * 60).contains(&took), "{took} s");
    assert_eq!(transport.seen().len(), 17);
}

#[tokio::test]
async fn permanent_failures_and_impossible_mails_bounce_at_once() {
    let outbox = Memory::new([mail(1), mail(2)]);
    outbox.rows.lock().unwrap().get_mut(&mail(2).id).unwrap().mail = Err("the request is gone".to_owned());
    let transport = Recording::new(|_| Err(Failure::bounced("550 5.1.1 no such user")));
    local(run(&outbox, transport.clone(), 1, |row| matches!(row.state, State::Bounced(_)))).await;
    assert_eq!(outbox.row(1).state, State::Bounced("550 5.1.1 no such user".to_owned()));
    assert_eq!(outbox.row(2).state, State::Bounced("the request is gone".to_owned()));
    assert_eq!(transport.seen(), [mail(1).id]);
}

#[tokio::test]
async fn an_outcome_that_cannot_be_recorded_is_recorded_later_not_sent_again() {
    let outbox = Memory::new([mail(1)]);
    outbox.refuse_records.store(2, Ordering::SeqCst);
    let transport = Recording::new(|_| Ok(accepted()));
    local(run(&outbox, transport.clone(), 1, is_sent)).await;
    assert_eq!(transport.seen().len(), 1);
}

#[tokio::test]
async fn a_panic_in_one_mail_does_not_stop_the_others() {
    let outbox = Memory::new([mail(1), mail(2)]);
    let broken = mail(1).id;
    let transport = Recording::new(move |mail| {
        assert!(mail.id != broken, "this mail breaks the transport");
        Ok(accepted())
    });
    local(run(&outbox, transport, 1, move |row| is_sent(row) || row.lease.is_some())).await;
    assert!(is_sent(&outbox.row(2)));
    assert!(!is_sent(&outbox.row(1)));
}

#[tokio::test]
async fn stopping_finishes_the_mail_in_hand_and_takes_no_other() {
    let outbox = Memory::new([mail(1), mail(2)]);
    let (stop, stopped) = watch::channel(false);
    let stop = Arc::new(stop);
    let stopping = stop.clone();
    let transport = Recording::new(move |_| {
        stopping.send(true).unwrap();
        Ok(accepted())
    });
    let worker = Worker::new(outbox.clone(), transport.clone(), Arc::new(Notify::new()));
    tokio::time::timeout(Duration::from_secs(10), worker.run(stopped)).await.unwrap();
    assert!(is_sent(&outbox.row(1)), "sent and recorded");
    assert_eq!(outbox.row(2).state, State::Queued);
    assert_eq!(transport.seen(), [mail(1).id]);
}

#[tokio::test]
async fn a_call_wakes_the_worker_before_its_timer() {
    let outbox = Memory::new([]);
    let wake = Arc::new(Notify::new());
    let worker = Worker::new(outbox.clone(), Recording::new(|_| Ok(accepted())), wake.clone());
    let (_stop, stopped) = watch::channel(false);
    local(async {
        let running = tokio::task::spawn_local(worker.poll_every(Duration::from_hours(1)).run(stopped));
        tokio::task::yield_now().await;
        outbox.queue(&mail(1));
        wake.notify_one();
        outbox.until(is_sent).await;
        running.abort();
    })
    .await;
}

#[test]
fn the_worker_may_run_on_any_thread() {
    fn needs_send(_: &impl Send) {}
    let (_stop, stopped) = watch::channel(false);
    let worker = Worker::new(Memory::new([]), Recording::new(|_| Ok(accepted())), Arc::new(Notify::new()));
    needs_send(&worker.run(stopped));
}
