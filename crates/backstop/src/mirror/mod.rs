//! The mirror: a copy of a log that anyone may hold, and check without asking its operator.
//!
//! Takes a store, a folder or an address; copies what it gives to everyone, follows it as it grows, and refuses a history
//! that contradicts what is held. Gives a folder that any static host can serve, and that can be audited and mirrored in
//! turn. Never takes a source's word: each file is checked against the signed checkpoint before it counts.
//!
//! ```text
//! DIR/keys/log.pub        the log's public key, as it was first seen or was named
//! DIR/keys/authors.txt    the authors' public keys, one a line
//! DIR/log/checkpoint      the signed head
//! DIR/log/tile/...        leaves and hashes, as any client of such logs reads them
//! DIR/payloads/...        what the entries say, as far as everyone may read it
//! DIR/evidence/           checkpoints that contradict one another; no part of the copy
//! ```

mod source;

mod given;

mod held;

mod follow;

mod check;

pub use check::{Depth, check};
pub use follow::{Followed, Refusal, follow};
pub use given::given;
pub use held::Held;
pub use source::Source;

use ledger::tile::{Content, Tile};

/// Where the payloads of a bundle lie, below the folder.
fn payloads_path(index: u64, width: u16) -> String {
    let tile = Tile { content: Content::Entries, index, width }.to_string();
    format!("payloads/{}", tile.strip_prefix("tile/entries/").expect("invariant: a bundle's path begins so"))
}

/// The bundle whose payloads lie at a path.
fn bundle_of(path: &str) -> Option<Tile> {
    Tile::parse(&format!("tile/entries/{}", path.strip_prefix("payloads/")?)).ok()
}

/// The bundles of a log of that size, from the one that holds entry `from` on.
fn bundles(from: u64, size: u64) -> impl Iterator<Item = Tile> {
    let width = u64::from(ledger::tile::WIDTH);
    (from / width..size.div_ceil(width)).map(move |index| {
        let width = (size - index * width).min(width) as u16;
        Tile { content: Content::Entries, index, width }
    })
}
