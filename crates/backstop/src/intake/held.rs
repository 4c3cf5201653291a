//! What the store already holds, so that the same row twice is one entry.
//!
//! Takes bodies; gives whether one is new. Never keeps a body: sixteen bytes stand for each.

use mission::record::{Body, canonical::encode};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// The entries and closed files that a store holds. Build it by adding every body of the log, once.
#[derive(Clone, Default)]
pub struct Held {
    entries: HashSet<[u8; 16]>,
    files: HashSet<String>,
}

impl Held {
    /// Adds a body; whether it was new.
    pub fn add(&mut self, body: &Body) -> bool {
        if let Body::ImportClosed(import) = body {
            // A file is known by its bytes, whatever it is called now.
            return self.files.insert(format!("{} {}", import.kind, import.sha256));
        }
        self.entries.insert(fingerprint(body))
    }

    /// Whether a body would be new.
    #[must_use]
    pub fn holds(&self, body: &Body) -> bool {
        self.entries.contains(&fingerprint(body))
    }

    /// Whether a file with these bytes was read to its end by this kind of import.
    #[must_use]
    pub fn closed(&self, kind: &str, sha256: &str) -> bool {
        self.files.contains(&format!("{kind} {sha256}"))
    }
}

fn fingerprint(body: &Body) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(body.kind());
    hash.update([0]);
    // The ids of these are hashes of their content already.
    if let Body::Observed(observation) = body {
        hash.update(observation.id.bytes());
    } else if let Body::Looked(effort) = body {
        hash.update(effort.id.bytes());
    } else {
        hash.update(encode(&body.write()));
    }
    let hash = hash.finalize();
    hash[..16].try_into().expect("invariant: SHA-256 has 32 bytes")
}
