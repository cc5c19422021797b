//! Writing to stdout: a reader that has gone away is nobody's mistake.

use std::io::{self, BufWriter, ErrorKind, Write};

/// Lets `render` write to stdout; what goes wrong there never changes how the run ends.
///
/// A closed pipe (`xcsync … | head`) is passed over; anything else, such as a full disk, is a warning on
/// stderr.
pub fn print(stdout: &mut dyn Write, stderr: &mut dyn Write, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    let mut out = BufWriter::new(UntilClosed { inner: stdout, closed: false });
    let written = render(&mut out).and_then(|()| out.flush());
    if let Err(error) = written {
        // If stderr is gone as well, nobody is left to tell.
        let _ = writeln!(stderr, "warning: the output could not be written to stdout: {error}");
    }
}

/// Takes everything, and drops what comes after its reader has gone.
struct UntilClosed<'a> {
    inner: &'a mut dyn Write,
    closed: bool,
}

impl UntilClosed<'_> {
    fn unless_closed<T>(&mut self, done: T, act: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
        if self.closed {
            return Ok(done);
        }
        match act(self.inner) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(done)
            }
            other => other,
        }
    }
}

impl Write for UntilClosed<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.unless_closed(buf.len(), |inner| inner.write(buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed((), |inner| inner.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    fn told(kind: ErrorKind) -> String {
        let mut stderr = Vec::new();
        print(&mut Failing(kind), &mut stderr, |out| (0..10_000).try_for_each(|_| writeln!(out, "a line")));
        String::from_utf8(stderr).unwrap()
    }

    #[test]
    fn a_closed_pipe_is_passed_over() {
        assert_eq!(told(ErrorKind::BrokenPipe), "");
    }

    #[test]
    fn a_full_disk_is_a_warning() {
        assert!(told(ErrorKind::StorageFull).starts_with("warning: the output could not be written"));
    }
}
