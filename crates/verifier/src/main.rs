//! Takes a request on standard input; gives the answer on standard output. The same program natively and, as WebAssembly
//! (WASI), in the browser. Opens no file, no connection and no clock: what it may know is in the request.

use std::io::{Read, Write, stdin, stdout};

fn main() -> std::io::Result<()> {
    let mut request = Vec::new();
    // One byte more than is read tells a request that is too long from one that just fits.
    stdin().lock().take(verifier::MAX_REQUEST_BYTES as u64 + 1).read_to_end(&mut request)?;
    let mut out = stdout().lock();
    out.write_all(&verifier::answer(&request))?;
    out.flush()
}
