//! Long files sealed piece by piece, so that they are read without being held: STREAM, as in `age`. Takes the number of a piece and
//! whether it is the last; gives its nonce. A key seals one file.

use chacha20poly1305::Nonce;

/// Bytes of a piece before it is sealed; the last one may be shorter.
pub(crate) const CHUNK_BYTES: usize = 64 << 10;

/// Whether more pieces follow: so a file that was cut short does not open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chunk {
    Before,
    Last,
}

pub(crate) fn chunk_nonce(number: u64, chunk: Chunk) -> Nonce {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(chunk == Chunk::Last);
    nonce.into()
}
