//! What others wrote, read whole or not at all: nothing that is read decides by itself how much memory it takes.

use std::io::{self, Read};
use std::pin::pin;

use futures_util::{Stream, StreamExt as _};

/// The memory that a file is read into at first, in bytes: more than any secret has.
const AT_ONCE: u64 = 64 * 1024;

/// A file's content; `None` where it has more than `limit` bytes.
///
/// Read, not asked for its length: devices and pipes have none.
pub(crate) fn content(file: impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    // Secrets are short: read into one piece of memory, no copies of them stay behind where it would have grown.
    let mut bytes = Vec::with_capacity(usize::try_from(limit.min(AT_ONCE)).unwrap_or_default() + 1);
    // One byte more than allowed tells a file that is too long from one that just fits.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// The body of an answer, unpacked; `None`, and the rest unread, where it has more than `limit` bytes.
///
/// The pieces are counted, not `Content-Length`: a packed body is larger than that says.
pub(crate) async fn body<B: AsRef<[u8]>, E>(
    pieces: impl Stream<Item = Result<B, E>>,
    limit: usize,
) -> Result<Option<Vec<u8>>, E> {
    let mut pieces = pin!(pieces);
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        if bytes.len() + piece.as_ref().len() > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(piece.as_ref());
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt as _, stream};

    #[test]
    fn a_file_that_just_fits_is_whole_and_one_byte_more_is_none() {
        assert_eq!(content(&b"12345"[..], 5).unwrap().as_deref(), Some(&b"12345"[..]));
        assert_eq!(content(&b"123456"[..], 5).unwrap(), None);
    }

    #[test]
    fn a_body_is_counted_over_its_pieces() {
        let read = |limit| {
            let pieces = stream::iter(["123", "45"].map(Ok::<_, io::Error>));
            body(pieces, limit).now_or_never().unwrap().unwrap()
        };
        assert_eq!(read(5).as_deref(), Some(&b"12345"[..]));
        assert_eq!(read(4), None);
    }

    #[test]
    fn a_body_that_breaks_off_is_an_error_and_not_a_short_body() {
        let pieces = stream::iter([Ok("123"), Err("gone")]);
        assert_eq!(body(pieces, 5).now_or_never().unwrap(), Err("gone"));
    }
}
