//! Where unpredictable bytes come from. The rest of the workspace takes `&dyn Random`, so that tests can be repeated.

/// A source of bytes that nobody can predict.
pub trait Random: Send + Sync {
    /// Overwrites all of `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator; the one place that is allowed to ask it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    /// # Panics
    /// When the operating system has no randomness to give: going on would hand out predictable secrets.
    #[expect(clippy::disallowed_methods, reason = "this is the one allowed place")]
    #[expect(clippy::expect_used, reason = "a server without randomness must stop, not issue guessable tokens")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system provides random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let (mut a, mut b) = ([0; 32], [0; 32]);
        SystemRandom.fill(&mut a);
        SystemRandom.fill(&mut b);
        assert_ne!(a, b);
        assert_ne!(a, [0; 32]);
    }
}
