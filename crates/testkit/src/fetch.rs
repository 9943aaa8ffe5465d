//! Other servers, as a test wants them to answer.

use std::sync::{Arc, Mutex, PoisonError};

use entente_identity::{Fetch, FetchError};
use http::{Request, Response};

type Answer = dyn Fn(&Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> + Send + Sync;

/// Answers what a test says, and remembers what was asked. Until a test says anything, there is no network.
#[derive(Default)]
pub struct Programmed {
    answer: Mutex<Option<Arc<Answer>>>,
    asked: Mutex<Vec<Request<Vec<u8>>>>,
    refused: Mutex<Option<&'static str>>,
}

impl Programmed {
    /// Answers everything from now on with `answer`.
    pub fn answers(
        &self,
        answer: impl Fn(&Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> + Send + Sync + 'static,
    ) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(answer));
    }

    /// May ask no address from now on, because of `why`. Until then there is none that may not be asked.
    pub fn refuses(&self, why: &'static str) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// What was asked since the last call, oldest first.
    pub fn asked(&self) -> Vec<Request<Vec<u8>>> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Fetch for Programmed {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        // Not under the lock: a server that hangs holds up nobody who asks another.
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = match answer {
            Some(answer) => answer(&request),
            None => Err(FetchError::Other("a test without a network".to_owned())),
        };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        answer
    }

    fn may_ask(&self, _: &str) -> Result<(), &'static str> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }
}
