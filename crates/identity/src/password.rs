//! Passwords: argon2id with 19 MiB, two passes, one lane (the first of OWASP's equivalent settings), stored as PHC
//! strings, with a limit on how many are computed at once so that sign-in attempts cannot exhaust memory (threat 39).

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Fewest characters of a password.
pub const MIN_CHARS: usize = 8;
/// Most characters of a password; bounds the work of one request.
pub const MAX_CHARS: usize = 256;

/// Why a text cannot be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`MIN_CHARS`] characters.
    #[error("password shorter than 8 characters")]
    TooShort,
    /// More than [`MAX_CHARS`] characters.
    #[error("password longer than 256 characters")]
    TooLong,
    /// Somebody who knows how people choose passwords would find it soon.
    #[error("password easy to guess")]
    Guessable,
}

/// What a person typed. Never printed; compared only by hashing.
///
/// A sign-in form that gets a [`PasswordError`] may refuse without hashing: no account has such a password, so the
/// quick answer says nothing about whether the account exists.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Takes the characters exactly as typed: no trimming and no composition rules (NIST SP 800-63B section 3.1.1.2).
    ///
    /// # Errors
    /// When shorter or longer than allowed, counted in characters.
    pub fn new(text: impl Into<String>) -> Result<Self, PasswordError> {
        let text = text.into();
        match text.chars().count() {
            0..MIN_CHARS => Err(PasswordError::TooShort),
            MIN_CHARS..=MAX_CHARS => Ok(Self(text)),
            _ => Err(PasswordError::TooLong),
        }
    }

    /// Whether it withstands guessing: 10^8 tries and more (score 3 of zxcvbn; Wheeler, USENIX Security 2016), by somebody who also
    /// tries the words in `known`, such as the person's name and their organisation's.
    ///
    /// # Errors
    /// [`PasswordError::Guessable`].
    pub fn resists_guessing(&self, known: &[&str]) -> Result<(), PasswordError> {
        let words: Vec<&str> = known
            .iter()
            .flat_map(|it| std::iter::once(*it).chain(it.split(|sign: char| !sign.is_alphanumeric())))
            .filter(|word| word.chars().count() > 2)
            .collect();
        if zxcvbn::zxcvbn(&self.0, &words).score() >= zxcvbn::Score::Three {
            Ok(())
        } else {
            Err(PasswordError::Guessable)
        }
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

/// How much work a new hash takes. Existing hashes carry their own cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB; at least 8.
    pub memory_kib: u32,
    /// Passes over the memory; at least 1.
    pub passes: u32,
}

impl Cost {
    /// What real accounts get.
    pub const STANDARD: Self = Self { memory_kib: 19 * 1024, passes: 2 };
    /// For tests and for the demo's published passwords only: protects nothing, but starts fast.
    pub const CHEAP: Self = Self { memory_kib: 8, passes: 1 };
}

/// How many may wait in the line of [`PasswordHasher::queue`]: a quarter of the threads that wait for a database or a password.
pub const LONGEST_LINE: usize = 128;

/// Hashes and verifies passwords, at most `concurrency` at a time, on threads of its own that step back when anybody else has work:
/// a rush of sign-ins takes the time nobody needs (threat 39).
///
/// All methods block the calling thread, for about 20 ms each at [`Cost::STANDARD`] and longer while others wait for
/// their turn: call them from a blocking thread, never inside a store transaction.
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    absent: String,
    threads: ThreadPool,
    line: AtomicUsize,
}

/// A place among those who wait for a password to be looked at; given back when it ends.
#[derive(Debug)]
pub struct Queued<'a>(&'a AtomicUsize);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl PasswordHasher {
    /// With [`Cost::STANDARD`]. Memory use is at most `concurrency` times 19 MiB; zero is taken as one.
    pub fn new(concurrency: usize) -> Self {
        Self::with_cost(concurrency, Cost::STANDARD)
    }

    /// With another cost for new hashes; values below argon2's minimum are raised to it.
    ///
    /// # Panics
    /// When there is no memory for one hash, or no thread to be had.
    #[expect(
        clippy::expect_used,
        reason = "the values are clamped into argon2's range right here; threads are there at the start"
    )]
    pub fn with_cost(concurrency: usize, cost: Cost) -> Self {
        let memory = cost.memory_kib.max(Params::MIN_M_COST);
        let params = Params::new(memory, cost.passes.max(1), 1, None).expect("clamped parameters are valid");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let absent = phc(&argon2, b"no account has this password", [0; 16]);
        let threads = ThreadPoolBuilder::new()
            .num_threads(concurrency.max(1))
            .thread_name(|at| format!("password-{at}"))
            .start_handler(step_back)
            .build()
            .expect("threads for passwords can be started");
        Self { argon2, absent, threads, line: AtomicUsize::new(0) }
    }

    /// A place in the line of strangers, at most [`LONGEST_LINE`] at a time; none when it is full. Each of them holds a thread that
    /// everybody else needs as well, so whoever asks for one without having signed in takes a place first.
    pub fn queue(&self) -> Option<Queued<'_>> {
        let enter = |line| (line < LONGEST_LINE).then_some(line + 1);
        self.line.fetch_update(Ordering::AcqRel, Ordering::Acquire, enter).ok().map(|_| Queued(&self.line))
    }

    /// The PHC string to store; `salt` must be fresh random bytes.
    pub fn hash(&self, password: &Password, salt: [u8; 16]) -> String {
        self.threads.install(|| phc(&self.argon2, password.0.as_bytes(), salt))
    }

    /// Whether the password belongs to the stored PHC string. The cost is read from the string; a string that is not
    /// an argon2 hash verifies nothing.
    pub fn verify(&self, password: &Password, stored: &str) -> bool {
        let Ok(hash) = PasswordHash::new(stored) else { return false };
        self.threads.install(|| self.argon2.verify_password(password.0.as_bytes(), &hash).is_ok())
    }

    /// Always false, after the time of a real verification, so that an unknown account costs what a known one does
    /// (threat 30). Equal only to accounts hashed with this hasher's cost.
    pub fn verify_absent(&self, password: &Password) -> bool {
        black_box(self.verify(password, &self.absent));
        false
    }
}

impl std::fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordHasher").field("params", self.argon2.params()).finish_non_exhaustive()
    }
}

/// Gives this thread of the pool the lowest priority and a core to stay on. Linux alone: it counts priority by thread, others by process,
/// where it would slow down everything.
///
/// A thread that may move is moved to whichever core has nothing to do for a moment, and is in the way of what wakes up there next:
/// requests beside a rush of sign-ins would wait half as long again. Which core it is differs from process to process, so that several
/// servers on one machine do not meet on the same.
#[cfg(target_os = "linux")]
fn step_back(at: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    // A system that refuses leaves the thread as it was: slower for others under a rush, and right all the same.
    let _ = rustix::process::setpriority_process(None, 19);
    let Ok(allowed) = sched_getaffinity(None) else { return };
    let cores = || (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
    let mine = (std::process::id() as usize).wrapping_add(at);
    let Some(core) = mine.checked_rem(cores().count()).and_then(|nth| cores().nth(nth)) else { return };
    let mut own = CpuSet::new();
    own.set(core);
    let _ = sched_setaffinity(None, &own);
}

#[cfg(not(target_os = "linux"))]
fn step_back(_: usize) {}

#[expect(
    clippy::expect_used,
    reason = "salt and output sizes are fixed; the only failure left is running out of memory"
)]
fn phc(argon2: &Argon2<'_>, password: &[u8], salt: [u8; 16]) -> String {
    argon2
        .hash_password_with_salt(password, &salt)
        .expect("salt and output have argon2's sizes, and there is memory for one hash")
        .to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use super::*;

    fn cheap() -> PasswordHasher {
        PasswordHasher::with_cost(2, Cost::CHEAP)
    }
    fn password(text: &str) -> Password {
        Password::new(text).unwrap()
    }

    #[test]
    fn the_line_is_only_so_long() {
        let hasher = cheap();
        let mut line: Vec<_> = (0..LONGEST_LINE).map(|_| hasher.queue().unwrap()).collect();
        assert!(hasher.queue().is_none());
        line.pop();
        assert!(hasher.queue().is_some(), "whoever leaves makes room");
        drop(line);
        assert_eq!((0..LONGEST_LINE).filter_map(|_| hasher.queue().map(std::mem::forget)).count(), LONGEST_LINE);
    }

    #[test]
    fn passwords_that_are_guessed_soon_are_told() {
        let known = ["Ada Lindqvist", "ada.lindqvist@fjordline.no", "Fjordline AS"];
        for weak in ["password", "Passw0rd!", "12345678", "qwertyuiop", "lindqvist1", "Fjordline2026", "aaaaaaaaaaaa"] {
            assert_eq!(password(weak).resists_guessing(&known), Err(PasswordError::Guessable), "{weak}");
        }
        for strong in ["correct horse battery", "k4w9-bsmq-xv2e", "三只蓝色的猫在唱歌"] {
            assert_eq!(password(strong).resists_guessing(&known), Ok(()), "{strong}");
        }
        let long = "x".repeat(MAX_CHARS);
        assert_eq!(password(&long).resists_guessing(&known), Err(PasswordError::Guessable));
    }

    #[test]
    fn the_right_password_and_no_other() {
        let hasher = cheap();
        let stored = hasher.hash(&password("correct horse"), [7; 16]);
        assert!(hasher.verify(&password("correct horse"), &stored));
        for wrong in ["correct hors", "correct horse ", "Correct horse", "correct horse\0"] {
            assert!(!hasher.verify(&password(wrong), &stored), "{wrong:?} opened the account");
        }
        assert_ne!(stored, hasher.hash(&password("correct horse"), [8; 16]));
    }

    #[test]
    fn the_standard_cost_is_the_documented_one() {
        let stored = PasswordHasher::new(1).hash(&password("correct horse"), [7; 16]);
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(cheap().verify(&password("correct horse"), &stored), "the cost comes from the stored string");
    }

    #[test]
    fn broken_hashes_verify_nothing() {
        let hasher = cheap();
        let good = hasher.hash(&password("correct horse"), [7; 16]);
        let cut = good.get(..good.len() - 4).unwrap();
        let other = good.replace("argon2id", "scrypt");
        let empty = good.rsplit_once('$').unwrap().0;
        for stored in ["", "$", "plain text", "$2b$12$abcdefghijklmnopqrstuv", cut, &other, empty, &format!("{empty}$")]
        {
            assert!(!hasher.verify(&password("correct horse"), stored), "{stored:?} verified");
        }
    }

    #[test]
    fn unknown_accounts_never_verify() {
        let hasher = cheap();
        assert!(!hasher.verify_absent(&password("no account has this password")));
        assert!(!hasher.verify_absent(&password("correct horse")));
    }

    #[test]
    fn lengths_count_characters() {
        assert_eq!(Password::new("1234567").unwrap_err(), PasswordError::TooShort);
        assert_eq!(Password::new("").unwrap_err(), PasswordError::TooShort);
        assert!(Password::new("密".repeat(8)).is_ok());
        assert!(Password::new("密".repeat(256)).is_ok());
        assert_eq!(Password::new("a".repeat(257)).unwrap_err(), PasswordError::TooLong);
    }

    #[test]
    fn debug_prints_no_password() {
        assert!(!format!("{:?}", password("correct horse")).contains("correct"));
    }

    #[test]
    fn never_more_at_once_than_allowed() {
        let hasher = Arc::new(cheap());
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let start = Arc::new(Barrier::new(8));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (hasher, running, most, start) = (hasher.clone(), running.clone(), most.clone(), start.clone());
                std::thread::spawn(move || {
                    start.wait();
                    for _ in 0..50 {
                        hasher.threads.install(|| {
                            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            std::thread::yield_now();
                            running.fetch_sub(1, Ordering::SeqCst);
                        });
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn each_thread_steps_back_and_stays_on_a_core_of_its_own() {
        use rustix::thread::{CpuSet, sched_getaffinity};

        let threads = cheap().threads.broadcast(|_| {
            let allowed = sched_getaffinity(None).unwrap();
            let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
            (rustix::process::getpriority_process(None).unwrap(), cores)
        });
        assert!(threads.iter().all(|(priority, cores)| *priority == 19 && cores.len() == 1), "{threads:?}");
        let everybody = sched_getaffinity(None).unwrap();
        assert!(threads.iter().flat_map(|it| &it.1).all(|core| everybody.is_set(*core)), "{threads:?}");
        assert!(everybody.count() == 1 || threads[0].1 != threads[1].1, "{threads:?}");
    }

    #[test]
    fn a_panic_reaches_its_caller_and_nobody_else() {
        let hasher = Arc::new(PasswordHasher::with_cost(1, Cost::CHEAP));
        let inside = hasher.clone();
        let outcome = std::thread::spawn(move || inside.threads.install(|| assert!(inside.absent.is_empty()))).join();
        assert!(outcome.is_err());
        assert!(!hasher.verify_absent(&password("correct horse")));
    }
}
