//! Everything on a simulated disk at one instant: takes operations and what a crash makes of each; gives the files and names that
//! are there then. Never shares a change with another instant.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Component, Path};
use std::sync::Arc;

/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

pub(super) type Inode = usize;
const ROOT: Inode = 0;

#[derive(Clone, Debug)]
pub(super) enum Node {
    File(Arc<Vec<u8>>),
    Directory(Arc<BTreeMap<String, Inode>>),
}

impl Node {
    /// Whether both are one in memory.
    pub(super) fn is_the_same(&self, other: &Node) -> bool {
        self.address() == other.address()
    }

    /// Where it is in memory.
    pub(super) fn address(&self) -> usize {
        match self {
            Node::File(bytes) => Arc::as_ptr(bytes).addr(),
            Node::Directory(names) => Arc::as_ptr(names).addr(),
        }
    }
}

/// Everything on a disk at one instant.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) nodes: Vec<Node>,
}

/// Something that was done and is not durable yet.
#[derive(Clone, Debug)]
pub(super) enum Pending {
    Write { inode: Inode, offset: usize, bytes: Vec<u8> },
    Length { inode: Inode, length: usize },
    Link { directory: Inode, name: String, inode: Inode },
    Unlink { directory: Inode, name: String, inode: Inode },
    Rename { from: (Inode, String), to: (Inode, String), inode: Inode },
}

/// What a crash does to an operation that was not durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Lost,
    Kept,
    /// Of a write: the sectors whose bit is set (the 64th and later as the 64th); of a rename: the new name alone.
    Torn(u64),
    /// Of a write: the length of the file alone, and zeros.
    LengthAlone,
}

impl Image {
    /// An empty disk.
    pub(super) fn empty() -> Image {
        Image { nodes: vec![Node::Directory(Arc::default())] }
    }

    pub(super) fn directory(&self, inode: Inode) -> io::Result<&BTreeMap<String, Inode>> {
        match &self.nodes[inode] {
            Node::Directory(names) => Ok(names),
            Node::File(_) => Err(ErrorKind::NotADirectory.into()),
        }
    }

    pub(super) fn names(&mut self, inode: Inode) -> &mut BTreeMap<String, Inode> {
        match &mut self.nodes[inode] {
            Node::Directory(names) => Arc::make_mut(names),
            Node::File(_) => panic!("a file has no names"),
        }
    }

    pub(super) fn bytes(&self, inode: Inode) -> &Arc<Vec<u8>> {
        match &self.nodes[inode] {
            Node::File(bytes) => bytes,
            Node::Directory(_) => panic!("a directory has no bytes"),
        }
    }

    pub(super) fn bytes_mut(&mut self, inode: Inode) -> &mut Vec<u8> {
        match &mut self.nodes[inode] {
            Node::File(bytes) => Arc::make_mut(bytes),
            Node::Directory(_) => panic!("a directory has no bytes"),
        }
    }

    pub(super) fn find(&self, path: &Path) -> io::Result<Inode> {
        let mut at = ROOT;
        for part in path.components() {
            if let Component::Normal(name) = part {
                let name = name.to_str().expect("names of a store are ASCII");
                at = *self.directory(at)?.get(name).ok_or(ErrorKind::NotFound)?;
            }
        }
        Ok(at)
    }

    /// The bytes of a file, if it is there.
    pub(super) fn file(&self, path: &Path) -> Option<&Arc<Vec<u8>>> {
        let inode = self.find(path).ok()?;
        matches!(self.nodes[inode], Node::File(_)).then(|| self.bytes(inode))
    }

    pub(super) fn apply(&mut self, pending: &Pending, fate: Fate) {
        match (pending, fate) {
            (_, Fate::Lost) => {}
            (Pending::Write { inode, offset, bytes }, fate) => self.write(*inode, *offset, bytes, fate),
            (Pending::Length { inode, length }, _) => self.bytes_mut(*inode).resize(*length, 0),
            (Pending::Link { directory, name, inode }, _) => {
                self.names(*directory).insert(name.clone(), *inode);
            }
            (Pending::Unlink { directory, name, inode }, _) => {
                let names = self.names(*directory);
                if names.get(name) == Some(inode) {
                    names.remove(name);
                }
            }
            (Pending::Rename { from, to, inode }, fate) => {
                self.names(to.0).insert(to.1.clone(), *inode);
                let names = self.names(from.0);
                if fate == Fate::Kept && names.get(&from.1) == Some(inode) {
                    names.remove(&from.1);
                }
            }
        }
    }

    fn write(&mut self, inode: Inode, offset: usize, bytes: &[u8], fate: Fate) {
        let file = self.bytes_mut(inode);
        let end = offset + bytes.len();
        if fate != Fate::Kept && file.len() < end {
            let mut length = end;
            if let Fate::Torn(sectors) = fate
                && sectors.count_ones() % 2 == 0
            {
                // The length reaches the disk with the last sector that does.
                let kept = sector_ranges(offset, bytes.len()).filter(|(bit, _)| sectors >> bit & 1 == 1).last();
                length = kept.map_or(file.len(), |(_, range)| range.end);
            }
            file.resize(length.max(file.len()), 0);
        }
        match fate {
            Fate::Lost | Fate::LengthAlone => {}
            Fate::Kept => {
                file.resize(file.len().max(end), 0);
                file[offset..end].copy_from_slice(bytes);
            }
            Fate::Torn(sectors) => {
                for (_, range) in sector_ranges(offset, bytes.len()).filter(|(bit, _)| sectors >> bit & 1 == 1) {
                    file[range.clone()].copy_from_slice(&bytes[range.start - offset..range.end - offset]);
                }
            }
        }
    }
}

/// The parts of a write that lie in one sector each, with the bit of each.
fn sector_ranges(offset: usize, length: usize) -> impl Iterator<Item = (u32, std::ops::Range<usize>)> {
    let (first, end) = (offset / SECTOR_BYTES, offset + length);
    let part = move |sector: usize| {
        let range = (sector * SECTOR_BYTES).max(offset)..((sector + 1) * SECTOR_BYTES).min(end);
        (((sector - first).min(63)) as u32, range)
    };
    (first..end.div_ceil(SECTOR_BYTES)).map(part)
}

impl Pending {
    /// Whether a crash may keep a part of it.
    pub(super) fn can_tear(&self) -> bool {
        match self {
            Pending::Write { offset, bytes, .. } => sector_ranges(*offset, bytes.len()).nth(1).is_some(),
            Pending::Rename { from, to, .. } => from.0 != to.0,
            Pending::Length { .. } | Pending::Link { .. } | Pending::Unlink { .. } => false,
        }
    }

    /// Whether it is a write, whose length may come without its bytes.
    pub(super) fn is_write(&self) -> bool {
        matches!(self, Pending::Write { .. })
    }

    /// The file whose flush makes it durable.
    pub(super) fn file(&self) -> Option<Inode> {
        match self {
            Pending::Write { inode, .. } | Pending::Length { inode, .. } => Some(*inode),
            Pending::Link { .. } | Pending::Unlink { .. } | Pending::Rename { .. } => None,
        }
    }

    pub(super) fn touches_directory(&self, inode: Inode) -> bool {
        match self {
            Pending::Write { .. } | Pending::Length { .. } => false,
            Pending::Link { directory, .. } | Pending::Unlink { directory, .. } => *directory == inode,
            Pending::Rename { from, to, .. } => from.0 == inode || to.0 == inode,
        }
    }
}
