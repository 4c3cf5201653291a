//! Progress of long work, on standard error: a line that is written anew on a terminal, a line now and then otherwise.
//!
//! Takes lines and decides which of them are shown. Never writes to standard output, and nothing where nobody wants it.

use super::Common;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Without a terminal, progress is told this often.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// On a terminal, the line is written anew this often.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// Shows how far a work has come.
pub(super) struct Meter {
    silent: bool,
    terminal: bool,
    started: Instant,
    told: Option<Instant>,
}

impl Meter {
    /// Work begins.
    pub(super) fn new(common: &Common) -> Meter {
        let silent = common.quiet || common.no_progress;
        Meter { silent, terminal: std::io::stderr().is_terminal(), started: Instant::now(), told: None }
    }

    /// Shows a line if it is time for one; it is made from the seconds since the beginning.
    pub(super) fn tell(&mut self, line: impl FnOnce(f64) -> String) {
        let every = if self.terminal { DRAW_EVERY } else { TELL_EVERY };
        let since = self.told.unwrap_or(self.started).elapsed();
        if self.silent || since < every {
            return;
        }
        self.told = Some(Instant::now());
        let line = line(self.started.elapsed().as_secs_f64());
        let mut stderr = std::io::stderr().lock();
        let _ = if self.terminal { write!(stderr, "\r\x1b[2K{line}") } else { writeln!(stderr, "{line}") };
    }

    /// Work ends: a line on a terminal is taken away.
    pub(super) fn end(&self) {
        if self.terminal && self.told.is_some() {
            eprint!("\r\x1b[2K");
        }
    }
}
