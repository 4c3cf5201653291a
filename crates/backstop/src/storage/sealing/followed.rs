//! Record keys that another directory of the same log wrote. Takes lines of pages, wrapped slots and whole generations, and
//! takes them over if this store's own secret opens every one. Never lets a key go that no order in the log names, and never
//! goes on from bytes that somebody without the secret could have made.

use super::cipher::{ReaderSecret, SLOT_BYTES, Slot, unwrap};
use super::ring::{
    PAGE_SLOTS, Ring, SLOT, STORE, State, Turned, open_to_write, page_path, renew, table_path, write_at,
};
use super::root::{HALF_BYTES, Root};
use super::table::{self, Page, Table};
use crate::storage::disk::{self, Disk, Readers};
use crate::storage::error::Error;
use mission::record::envelope::Class;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::PoisonError;

/// A slot as it lies in a page.
pub(in super::super) type Wrapped = [u8; SLOT_BYTES];

/// Why something is not taken over.
pub(in super::super) type Refusal = String;

impl Ring {
    /// The number of the generation in force.
    pub(in super::super) fn generation(&self) -> u64 {
        self.state().root.generation
    }

    /// The lines of the table for pages from this number on.
    pub(in super::super) fn lines_from(&self, page: u64) -> Vec<Vec<u8>> {
        self.state().pages.iter().filter(|(it, _)| it.number >= page).map(|(it, _)| it.to_line()).collect()
    }

    /// The table as this generation began and grew, byte for byte, and the files of its pages.
    pub(in super::super) fn table(&self) -> Turned {
        let state = self.state();
        let (mut table, mut pages) = (state.head.to_line(), Vec::new());
        for (page, _) in &state.pages {
            table.extend(page.to_line());
            let path = page_path(&self.folder, page);
            pages.push(super::ring::TurnedPage { number: page.number, path, renewed: false });
        }
        Turned { generation: state.root.generation, table, pages }
    }

    /// Takes over pages that another directory began, in the place of those that were begun here and have no entry of the
    /// first `size`. When this returns, they are durable.
    pub(in super::super) fn take_pages(
        &mut self,
        disk: &dyn Disk,
        size: u64,
        lines: &[Vec<u8>],
    ) -> Result<Result<(), Refusal>, Error> {
        let folder = self.folder.clone();
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let first = size.div_ceil(PAGE_SLOTS);
        let begun = state.pages.iter().filter(|(it, _)| it.number >= first).map(|(it, _)| it.to_line());
        if begun.eq(lines.iter().cloned()) {
            return Ok(Ok(()));
        }
        let mut taken = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let page = line.strip_suffix(b"\n").and_then(Page::parse);
            let Some(page) = page.filter(|page| page.number == first + at as u64) else {
                return Ok(Err("the line of a page of record keys is none, or of another page".into()));
            };
            let keys = page.open(&state.classes);
            if keys.len() < state.classes.len() {
                return Ok(Err(format!("the keys of page {} do not open with the keys here", page.number)));
            }
            taken.push((page, keys));
        }
        // Pages without entries: no key that anything needs is in them.
        let path = table_path(&folder, state.root.generation);
        let kept = state.pages.iter().take_while(|(page, _)| page.number < first).count();
        if (kept as u64) < first {
            return Err(Error::damaged(&path, 0, "the line of a page is missing, and entries of it are here"));
        }
        let lines_bytes: usize = state.pages[kept..].iter().map(|(page, _)| page.to_line().len()).sum();
        let table = open_to_write(disk, &path)?;
        let end = state.table_bytes - lines_bytes as u64;
        table.set_length(end).map_err(Error::io("cut", &path))?;
        disk::flush(disk, &*table, &path);
        // If we crash here, the next opening removes the files that no line names.
        for (page, _) in state.pages.drain(kept..) {
            let gone = page_path(&folder, &page);
            if disk.kind(&gone).map_err(Error::io("look at", &gone))?.is_some() {
                disk.remove(&gone).map_err(Error::io("remove", &gone))?;
            }
        }
        (state.table_bytes, state.filling) = (end, None);
        state.files.clear();
        for (page, keys) in taken {
            renew(disk, &page_path(&folder, &page), b"")?;
            let line = page.to_line();
            write_at(disk, &*table, &path, &line, state.table_bytes);
            state.table_bytes += line.len() as u64;
            state.pages.push((page, keys));
        }
        disk::flush(disk, &*table, &path);
        Ok(Ok(()))
    }

    /// Salt and key in a wrapped slot, if the keys here open it.
    pub(in super::super) fn open_slot(
        &self,
        index: u64,
        leaf: &[u8; 32],
        class: Class,
        slot: &Wrapped,
    ) -> Option<Slot> {
        let state = self.state();
        let (_, keys) = state.pages.get((index / PAGE_SLOTS) as usize)?;
        unwrap(keys.get(&class)?, index, leaf, slot)
    }

    /// Takes over a generation that another directory began: its table, and the slots of the pages that it wrapped anew. When
    /// this returns, what was before is overwritten on the disk.
    ///
    /// `leaves` gives class and leaf hash from an index up to another; `ordered` are the entries that orders in the log
    /// name. If we crash before the new root is durable, the old generation stands, and this is done again.
    pub(in super::super) fn take_generation(
        &mut self,
        disk: &dyn Disk,
        table: &[u8],
        parts: &BTreeMap<u64, Vec<u8>>,
        leaves: &super::ring::Leaves<'_>,
        ordered: &BTreeSet<u64>,
    ) -> Result<Result<(), Refusal>, Error> {
        let folder = self.folder.clone();
        let own = self.secret.as_ref().expect("invariant: a writer has the store's own secret");
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let next = match opened(state.root.next(), table, own) {
            Ok(next) => next,
            Err(why) => return Ok(Err(why)),
        };
        if next.pages.len() != state.pages.len() {
            return Ok(Err("its table has another number of pages".into()));
        }
        for ((new, fresh), (old, keys)) in next.pages.iter().zip(&state.pages) {
            let slots = parts.get(&new.number);
            if new.generation == old.generation && fresh.iter().all(|(class, key)| keys[class].0 == key.0) {
                // The file that is here stays; what was sent of it can only say the same.
                let here = disk::read_existing(disk, &page_path(&folder, old), PAGE_SLOTS * SLOT)?;
                if slots.is_some_and(|slots| !here.starts_with(slots)) {
                    return Ok(Err(format!("the slots of page {} are others than here", new.number)));
                }
                continue;
            }
            let Some(slots) = slots.filter(|_| new.generation == next.root.generation) else {
                return Ok(Err(format!("page {} has new keys, and its slots are missing", new.number)));
            };
            let before = disk::read_existing(disk, &page_path(&folder, old), PAGE_SLOTS * SLOT)?;
            let first = new.number * PAGE_SLOTS;
            let named = leaves(first, first + PAGE_SLOTS)?;
            for (at, (class, leaf)) in named.iter().enumerate() {
                let index = first + at as u64;
                let slot = |slots: &[u8]| slots.as_chunks::<SLOT_BYTES>().0.get(at).copied();
                let (held, offered) = (slot(&before).unwrap_or([0; SLOT_BYTES]), slot(slots));
                let held = unwrap(&keys[class], index, leaf, &held);
                let offered = offered.and_then(|slot| unwrap(&fresh[class], index, leaf, &slot));
                let same = match (&held, &offered) {
                    (Some(held), Some(offered)) => held.salt == offered.salt && held.key.0 == offered.key.0,
                    (None, None) => true,
                    (Some(_), None) => ordered.contains(&index),
                    (None, Some(_)) => false,
                };
                if !same {
                    return Ok(Err(format!(
                        "the key of entry {index} is another, or gone without an order in the log"
                    )));
                }
            }
            renew(disk, &page_path(&folder, new), slots)?;
        }
        renew(disk, &table_path(&folder, next.root.generation), table)?;
        disk::flush_directory(disk, &folder);
        state.put_in_force(disk, &folder, next)?;
        Ok(Ok(()))
    }
}

/// A generation as this root and the store's own secret open it, whole.
fn opened(root: Root, table: &[u8], own: &ReaderSecret) -> Result<State, Refusal> {
    let read = table::read(table).filter(|it| it.length == table.len() && it.head.generation == root.generation);
    let Some(Table { head, pages, .. }) = read else { return Err("it is no table of that generation".into()) };
    if !head.readers.iter().any(|it| it.name == STORE && it.key == own.public()) || !head.is_marked_by(own) {
        return Err("its list of readers was not set down with this store's own `keys/reader.key`".into());
    }
    let classes = head.open(&root.secret, Some(own));
    let pages: Vec<_> = pages.into_iter().map(|page| (page.clone(), page.open(&classes))).collect();
    if classes.len() < Class::ALL.len() || pages.iter().any(|(_, keys)| keys.len() < Class::ALL.len()) {
        return Err("the root that follows from the one here does not open its table".into());
    }
    let table_bytes = table.len() as u64;
    Ok(State { root, head, classes, pages, table_bytes, files: BTreeMap::new(), filling: None })
}

/// Writes the record keys of a store that is made anew from its engine: a table and pages, and the root that opens them. The
/// root carried here may be of an earlier generation; it is the last file to be written, and the older one is not.
pub(in super::super) fn restore(
    disk: &dyn Disk,
    store: &Path,
    own: &ReaderSecret,
    carried: &[u8],
    table: &[u8],
    pages: &BTreeMap<u64, Vec<u8>>,
) -> Result<Result<(), Refusal>, Error> {
    let Some(mut root) = Root::read(carried).into_iter().next_back() else {
        return Ok(Err("the carried `root` holds no root; it is a copy of `record-keys/root`".into()));
    };
    let Some(generation) = table::read(table).map(|table| table.head.generation) else {
        return Ok(Err("the engine's table of record keys is none".into()));
    };
    let carried_generation = root.generation;
    while root.generation < generation {
        root = root.next();
    }
    let state = match opened(root, table, own) {
        Ok(state) => state,
        Err(why) => {
            return Ok(Err(format!(
                "{why} (the carried root is of generation {carried_generation}, the engine's keys of {generation})"
            )));
        }
    };
    let folder = store.join(super::FOLDER);
    disk.create_directories(&folder).map_err(Error::io("create", &folder))?;
    for (page, _) in &state.pages {
        let slots = pages.get(&page.number).map_or(&[][..], Vec::as_slice);
        renew(disk, &page_path(&folder, page), slots)?;
    }
    renew(disk, &table_path(&folder, generation), table)?;
    let mut halves = vec![0; 2 * HALF_BYTES as usize];
    let bytes = state.root.to_bytes();
    halves[state.root.offset() as usize..][..bytes.len()].copy_from_slice(&bytes);
    disk::create(disk, &folder.join("root"), &halves, Readers::Owner)?;
    Ok(Ok(()))
}
