//! The log from the segments: tiles are made from leaves and never copied. Takes a folder that holds everything of a store but its
//! tiles; writes them. Never leaves tiles that do not lead to the signed root.

use super::disk::{self, Disk};
use super::error::Error;
use super::reader::Reader;
use super::tiles::Growth;
use ledger::tree;
use std::path::Path;
use std::sync::Arc;

/// Makes the tiles of a store from its segments.
///
/// # Errors
/// When a record cannot be read, the leaves do not give the root of the checkpoint, or the disk refuses.
pub fn rebuild_log(disk: &Arc<dyn Disk>, directory: &Path) -> Result<(), Error> {
    let log = directory.join("log");
    disk::create_directories(&**disk, &log.join("tile"))?;
    let reader = Reader::open_on(disk.clone(), directory)?;
    let mut growth = Growth::open(disk, &log, 0, tree::empty_root())?;
    for record in reader.records(0) {
        growth.push(&record?.leaf)?;
    }
    let (root, _) = growth.settle()?;
    if (growth.size(), root) != (reader.checkpoint().size, reader.root()) {
        return Err(Error::damaged(&reader.payloads(), 0, "its leaves do not give the root of the checkpoint"));
    }
    Ok(())
}
