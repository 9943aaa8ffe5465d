//! Runs named steps in groups, times each, and tells at the end what happened.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

struct Done {
    name: String,
    took: Duration,
    failure: Option<String>,
}

/// The steps of one run. Steps of a group all run, so that one run shows every complaint; a later group runs only
/// if the earlier ones passed, because its results would be noise, unless `keep_going` is set.
pub struct Steps {
    keep_going: bool,
    done: Vec<Done>,
    left_out: Vec<&'static str>,
}

impl Steps {
    /// An empty run.
    pub fn new(keep_going: bool) -> Self {
        Self { keep_going, done: Vec::new(), left_out: Vec::new() }
    }

    /// Whether a group may start now; if not, the group is named in the summary as not run.
    pub fn enter(&mut self, group: &'static str) -> bool {
        let open = self.keep_going || !self.failed();
        if !open {
            self.left_out.push(group);
        }
        open
    }

    /// Runs one step and returns its value if it passed.
    pub fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        println!("\n=== {name}");
        let start = Instant::now();
        let result = work();
        let took = start.elapsed();
        let (value, failure) = match result {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        match &failure {
            None => println!("=== {name}: ok, {}", seconds(took)),
            Some(why) => println!("=== {name}: FAILED, {}: {why}", seconds(took)),
        }
        self.done.push(Done { name: name.to_owned(), took, failure });
        value
    }

    /// Whether any step failed so far.
    pub fn failed(&self) -> bool {
        self.done.iter().any(|done| done.failure.is_some())
    }

    /// Prints the summary; an error if anything failed or nothing ran.
    pub fn finish(self) -> Result<()> {
        println!("\n=== summary");
        for done in &self.done {
            let verdict = if done.failure.is_some() { "FAILED" } else { "ok" };
            println!("{:<12} {verdict:<7} {:>9}", done.name, seconds(done.took));
        }
        for group in &self.left_out {
            println!("{group:<12} not run, because an earlier group failed (--keep-going runs it)");
        }
        let total = self.done.iter().map(|done| done.took).sum();
        println!("{:<12} {:<7} {:>9}", "total", "", seconds(total));
        let failures: Vec<&str> =
            self.done.iter().filter(|done| done.failure.is_some()).map(|done| done.name.as_str()).collect();
        if !failures.is_empty() {
            bail!("failed: {}", failures.join(", "));
        }
        if self.done.is_empty() {
            bail!("no step was run");
        }
        Ok(())
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::Steps;

    #[test]
    fn a_failed_group_closes_the_later_ones() {
        let mut steps = Steps::new(false);
        assert!(steps.enter("check"));
        assert_eq!(steps.step("fmt", || Err::<(), _>(anyhow!("unformatted"))), None);
        assert_eq!(steps.step("arch", || Ok(7)), Some(7), "steps of the same group still run");
        assert!(!steps.enter("unit"));
        assert_eq!(steps.finish().unwrap_err().to_string(), "failed: fmt");
    }

    #[test]
    fn keep_going_opens_later_groups_but_still_fails() {
        let mut steps = Steps::new(true);
        steps.step("fmt", || Err::<(), _>(anyhow!("unformatted")));
        assert!(steps.enter("unit"));
        assert!(steps.finish().is_err());
    }

    #[test]
    fn a_run_without_steps_is_not_a_success() {
        assert!(Steps::new(false).finish().is_err());
    }
}
