//! Looks for keys on a simulated disk, as a thief with the whole of it would. Takes the disk; gives the root and the wrapped keys that
//! it shows, and where given bytes lie: in a file, or in one whose name is gone. Never asks the store.

use super::disk::SimulatedDisk;
use super::image::{Image, Inode, Node};
use super::outside::STORE;
use crate::storage::sealing::{PAGE_SLOTS, SLOT_BYTES};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;

/// The secret of the newest root of record keys that the disk shows.
pub(super) fn root_secret(disk: &SimulatedDisk) -> Option<Vec<u8>> {
    let [now, _] = disk.images();
    let file = now.file(&Path::new(STORE).join("record-keys/root"))?;
    let whole = |half: &[u8]| half.starts_with(b"backstop-root/1\n") && Sha256::digest(&half[..56])[..] == half[56..88];
    let half = |half: &[u8]| whole(half).then(|| half[16..56].to_vec());
    let newest = file.chunks(4096).filter_map(half).max()?;
    Some(newest[8..].to_vec())
}

/// The bytes of an entry's wrapped key, unless they are zeros.
pub(super) fn wrapped_key(disk: &SimulatedDisk, index: u64) -> Option<Vec<u8>> {
    let [now, _] = disk.images();
    let folder = Path::new(STORE).join("record-keys");
    let names = now.directory(now.find(&folder).ok()?).ok()?;
    let page = format!("page-{:08}-", index / PAGE_SLOTS);
    let newest = names.keys().filter(|name| name.starts_with(&page)).max()?;
    let at = (index % PAGE_SLOTS) as usize * SLOT_BYTES;
    let bytes = now.file(&folder.join(newest))?.get(at..at + SLOT_BYTES)?.to_vec();
    bytes.iter().any(|byte| *byte != 0).then_some(bytes)
}

/// Where one of these lies, these files apart. None of them has sixteen zeros in a row.
pub(super) fn place_of(disk: &SimulatedDisk, needles: &[&[u8]], apart: &BTreeSet<Inode>) -> Option<String> {
    let [now, durable] = disk.images();
    let say = |what: &str, inode: Inode, at: usize| format!("{what}, in file {inode} at byte {at}");
    let readable = files(&now).filter(|(inode, _)| !apart.contains(inode));
    let mut readable =
        readable.filter_map(|(inode, bytes)| Some(say("in what can be read", inode, found_in(bytes, needles)?)));
    // What both have in common was looked at.
    let other = |inode: &Inode| now.nodes.get(*inode).is_none_or(|node| !node.is_the_same(&durable.nodes[*inode]));
    let below = files(&durable).filter(|(inode, _)| !apart.contains(inode) && other(inode));
    let mut below = below.filter_map(|(inode, bytes)| Some(say("on the disk", inode, found_in(bytes, needles)?)));
    readable.next().or_else(|| below.next())
}

/// The files without a name in which these bytes lie.
pub(super) fn nameless(disk: &SimulatedDisk, needle: &[u8]) -> BTreeSet<Inode> {
    let [now, _] = disk.images();
    let directories = now.nodes.iter().filter_map(|node| match node {
        Node::Directory(names) => Some(names),
        Node::File(_) => None,
    });
    let named: BTreeSet<Inode> = directories.flat_map(|names| names.values().copied()).collect();
    let holding = files(&now).filter(|(inode, bytes)| !named.contains(inode) && found_in(bytes, &[needle]).is_some());
    holding.map(|(inode, _)| inode).collect()
}

fn files(image: &Image) -> impl Iterator<Item = (Inode, &[u8])> {
    image.nodes.iter().enumerate().filter_map(|(inode, node)| match node {
        Node::File(bytes) => Some((inode, bytes.as_slice())),
        Node::Directory(_) => None,
    })
}

fn found_in(bytes: &[u8], needles: &[&[u8]]) -> Option<usize> {
    let mut first = [false; 256];
    needles.iter().for_each(|needle| first[usize::from(needle[0])] = true);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == 0 && bytes[at..].starts_with(&[0; 32]) {
            at += 16;
            continue;
        }
        if first[usize::from(*byte)] && needles.iter().any(|needle| bytes[at..].starts_with(needle)) {
            return Some(at);
        }
        at += 1;
    }
    None
}
