//! What a store gives to everyone, by path: keys, the log, and the payloads of class `public`.
//!
//! Takes a reader and a path that may be hostile; gives the bytes, or nothing. Never a byte of a payload of another class.

use super::{bundle_of, payloads_path};
use crate::storage::{Error, Reader};
use ledger::tile::{Tile, WIDTH};
use mission::Closed;
use mission::record::commitment::Payload;
use mission::record::envelope::{self, Class};
use mission::record::payloads::{self, Opened, State};

/// The file that a store gives at a path below its address; none if it gives no such file.
///
/// # Errors
/// When the store cannot be read.
pub fn given(store: &Reader, path: &str) -> Result<Option<Vec<u8>>, Error> {
    match path {
        "keys/log.pub" => Ok(Some(format!("{}\n", store.keys().log).into_bytes())),
        "keys/authors.txt" => {
            let lines = store.keys().authors.keys().filter_map(|id| store.keys().author_line(id));
            Ok(Some(lines.map(|line| format!("{line}\n")).collect::<String>().into_bytes()))
        }
        "log/checkpoint" => Ok(Some(store.checkpoint_text().as_bytes().to_vec())),
        _ if path.starts_with("payloads/") => payloads(store, path),
        _ => match path.strip_prefix("log/").map(Tile::parse) {
            Some(Ok(tile)) => Ok(std::fs::read(store.directory().join("log").join(tile.to_string())).ok()),
            Some(Err(_)) | None => Ok(None),
        },
    }
}

/// The payloads of a bundle, as far as everyone may read them.
fn payloads(store: &Reader, path: &str) -> Result<Option<Vec<u8>>, Error> {
    let Some(bundle) = bundle_of(path).filter(|bundle| payloads_path(bundle.index, bundle.width) == path) else {
        return Ok(None);
    };
    let first = bundle.index.saturating_mul(u64::from(WIDTH));
    if first.saturating_add(u64::from(bundle.width)) > store.checkpoint().size {
        return Ok(None);
    }
    let mut all = Vec::new();
    for record in store.payloads_from(first).take(usize::from(bundle.width)) {
        let kept = match record {
            Ok(kept) => kept,
            Err(Error::Closed { index, why }) => {
                let state = if why == Closed::Erased { State::Erased } else { State::Withheld };
                all.push(Opened { index, state });
                continue;
            }
            Err(error) => return Err(error),
        };
        let class = envelope::open(&kept.leaf).map(|(envelope, _)| envelope.class);
        let state = match (class, Payload::from_bytes(kept.payload)) {
            (Ok(Class::Public), Ok(payload)) => State::Open(kept.salt, payload),
            (Ok(Class::Public | Class::Mission | Class::Restricted) | Err(_), _) => State::Withheld,
        };
        all.push(Opened { index: kept.index, state });
    }
    Ok(Some(payloads::write(&all)))
}
