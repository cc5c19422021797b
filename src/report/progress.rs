//! The progress display on a terminal's stderr: one line, gone at the end.
//!
//! It draws only when it is told something: there is no ticking thread, so simulated time stays simulated.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// One line that says what is going on; clones draw the same line. Silent where it is not enabled.
#[derive(Clone, Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// `enabled`: stderr is a terminal, and nobody said `-q`.
    pub fn new(enabled: bool) -> Self {
        Self::on(if enabled { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() })
    }

    fn on(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(template("{wide_msg}"));
        // Nothing is said yet, so there is no line to bring back after a log event.
        bar.finish_and_clear();
        Self(bar)
    }

    /// Pages are being read: so many pages and users so far.
    pub fn reading(&self, pages: u64, users: u64) {
        self.begun();
        self.0.set_style(template("{wide_msg}"));
        self.0.set_message(format!("reading page {pages}: {users} users so far"));
        self.0.tick();
    }

    /// People are being asked about: so many of so many.
    pub fn asking(&self, done: u64, total: u64) {
        self.begun();
        self.0.set_style(template("{wide_msg}"));
        self.0.set_message(format!("asking about {total} people: {done} answered"));
        self.0.tick();
    }

    /// The sending begins: so many people in all.
    pub fn sending(&self, total: u64) {
        self.begun();
        self.0.set_length(total);
        self.0.set_position(0);
        self.0.set_message("");
        self.0.set_style(template("sending: {pos} of {len} [{bar:30}] {wide_msg}"));
        self.0.tick();
    }

    /// So many people have an outcome.
    pub fn sent(&self, done: u64) {
        self.begun();
        self.0.set_message("");
        self.0.set_position(done);
        self.0.tick();
    }

    /// The line goes away, before a report is printed; the next tenant's reading brings it back.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }

    /// A line that is gone shows nothing that is said of it, so the next run's has to begin anew.
    fn begun(&self) {
        if self.0.is_finished() {
            self.0.reset();
        }
    }

    /// Takes the line away while `write` writes to the same terminal.
    pub fn suspended<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

/// A template that is wrong would show in the first test; the plain style stands in for it.
fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::io;
    use std::sync::{Arc, Mutex};

    /// A terminal that keeps what it was given.
    #[derive(Clone, Debug, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl Paper {
        fn put(&self, text: &str) {
            self.0.lock().unwrap().push_str(text);
        }
    }

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.put(text);
            self.put("\n");
            Ok(())
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.put(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.put("<cleared>");
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn drawn(say: impl FnOnce(&Progress, &Paper)) -> String {
        let paper = Paper::default();
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(paper.clone()), 255);
        let progress = Progress::on(target);
        say(&progress, &paper);
        progress.finish();
        let text = paper.0.lock().unwrap();
        text.clone()
    }

    #[test]
    fn each_stage_has_its_line_and_the_last_one_is_cleared() {
        assert!(drawn(|p, _| p.reading(3, 2997)).contains("reading page 3: 2997 users so far"));
        assert!(drawn(|p, _| p.sending(12)).contains("sending: 0 of 12"));
        assert!(drawn(|p, _| p.sending(12)).ends_with("<cleared>"));
    }

    #[test]
    fn the_second_tenant_has_its_line_too() {
        let text = drawn(|p, _| {
            p.reading(1, 10);
            p.finish();
            p.reading(1, 20);
        });
        assert!(text.contains("10 users") && text.contains("20 users"), "{text:?}");
    }

    #[test]
    fn logs_before_and_after_the_line_leave_no_empty_line() {
        let text = drawn(|p, paper| {
            p.suspended(|| paper.put("before\n"));
            p.sending(1);
            p.finish();
            p.suspended(|| paper.put("after\n"));
        });
        assert!(text.starts_with("before\n") && text.ends_with("after\n"), "{text:?}");
    }

    #[test]
    fn a_log_line_does_not_land_on_the_bar() {
        let text = drawn(|p, paper| {
            p.sending(2);
            p.suspended(|| paper.put("LOG\n"));
        });
        assert!(text.contains("<cleared>LOG\n"), "{text:?}");
    }
}
