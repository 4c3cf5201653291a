//! The record keys of a store on its disk. Takes indexes and gives slots; takes slots and writes them; destroys them by a
//! change of generation. Never overwrites a root before everything that the next one needs is durable.

use super::cipher::{Key, ReaderSecret, SLOT_BYTES, Slot, unwrap, wrap};
use super::root::{HALF_BYTES, Root};
use super::table::{self, ClassKeys, Entitled, Head, Page, Table};
use crate::storage::disk::{self, Disk, OpenFile, Readers, Written};
use crate::storage::error::Error;
use mission::record::envelope::Class;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The folder of a store that holds them.
pub(in super::super) const FOLDER: &str = "record-keys";
/// The reader that is the store itself.
pub(in super::super) const STORE: &str = "store";
/// Slots of one page; fewer in tests, so that they cross many.
pub(in super::super) const PAGE_SLOTS: u64 = if cfg!(test) { 64 } else { 65_536 };
/// Disk space for slots is asked for in steps of this size, so that a flush has no length to write.
const ALLOCATION_BYTES: u64 = if cfg!(test) { 4096 } else { 1 << 20 };
/// Longest table: a line for each page of more entries than any disk holds.
pub(super) const MAX_TABLE_BYTES: u64 = 64 << 20;
pub(super) const SLOT: u64 = SLOT_BYTES as u64;

/// Draws a fresh key for a stated purpose.
pub(in super::super) type Draw<'a> = dyn Fn(&str) -> Result<Key, Error> + 'a;
/// Gives class and leaf hash of the entries from a first index up to another, not included.
pub(in super::super) type Leaves<'a> = dyn Fn(u64, u64) -> Result<Vec<(Class, [u8; 32])>, Error> + 'a;

/// What there is of an entry's key.
pub(in super::super) enum KeyFound {
    /// Salt and key.
    Slot(Slot),
    /// Zeros: it was destroyed, or never written.
    Nothing,
    /// Nobody here may open this class.
    Sealed,
    /// Bytes that do not open.
    Changed(PathBuf, u64),
    /// The file is absent or ends before.
    Missing(PathBuf),
}

/// What a change of generation is for.
pub(in super::super) struct Turn<'a> {
    /// Entries whose keys are left out.
    pub(in super::super) erased: &'a BTreeSet<u64>,
    /// Pages that get new keys besides, so that a reader who has the old ones learns nothing of later entries.
    pub(in super::super) renewed: &'a BTreeSet<u64>,
    /// Who reads from then on.
    pub(in super::super) readers: &'a [Entitled],
    /// Asked once everything but the root is durable, in a store that has an engine: the new root then follows from the old
    /// one, so that other directories of the log reach it by themselves, and nobody goes back.
    pub(in super::super) agree: Option<&'a Agree<'a>>,
}

/// What may forbid a generation that is ready.
pub(in super::super) type Agree<'a> = dyn Fn(&Turned) -> Result<(), Error> + 'a;

/// A generation that is ready and not in force.
pub(in super::super) struct Turned {
    pub(in super::super) generation: u64,
    pub(in super::super) table: Vec<u8>,
    pub(in super::super) pages: Vec<TurnedPage>,
}

/// A page of it.
pub(in super::super) struct TurnedPage {
    pub(in super::super) number: u64,
    pub(in super::super) path: PathBuf,
    /// Whether its slots were wrapped anew.
    pub(in super::super) renewed: bool,
}

/// The record keys of a store.
pub(in super::super) struct Ring {
    pub(super) folder: PathBuf,
    pub(super) secret: Option<ReaderSecret>,
    pub(super) state: Mutex<State>,
}

/// One generation, as far as this reader can open it.
pub(super) struct State {
    pub(super) root: Root,
    pub(super) head: Head,
    pub(super) classes: ClassKeys,
    pub(super) pages: Vec<(Page, ClassKeys)>,
    pub(super) table_bytes: u64,
    /// Pages that are open to read.
    pub(super) files: BTreeMap<u64, Arc<dyn OpenFile>>,
    /// The page that is being filled, open to write.
    pub(super) filling: Option<(u64, Arc<dyn OpenFile>)>,
}

/// The keys of pages, for sealing many entries at once.
pub(in super::super) struct PageKeys {
    first: u64,
    keys: Vec<ClassKeys>,
}

impl PageKeys {
    /// The key under which the slot of an entry is wrapped.
    pub(in super::super) fn of(&self, index: u64, class: Class) -> &Key {
        &self.keys[(index / PAGE_SLOTS - self.first) as usize][&class]
    }
}

impl Ring {
    /// Makes the first generation, with the store's own secret as the one reader. When this returns, it is durable.
    pub(in super::super) fn create(
        disk: &dyn Disk,
        store: &Path,
        own: &ReaderSecret,
        draw: &Draw<'_>,
    ) -> Result<(), Error> {
        let folder = store.join(FOLDER);
        disk.create_directories(&folder).map_err(Error::io("create", &folder))?;
        let all = Class::ALL.into_iter().filter(|class| *class != Class::Public).collect();
        let readers = [Entitled { name: STORE.to_owned(), key: own.public(), classes: all }];
        let root = Root { generation: 0, secret: draw("root 0")? };
        let classes = draw_classes("class", 0, draw)?;
        let head = new_head(&root, &readers, &classes, own, draw)?;
        disk::create(disk, &table_path(&folder, 0), &head.to_line(), Readers::Owner)?;
        let mut halves = root.to_bytes();
        halves.resize(2 * HALF_BYTES as usize, 0);
        disk::create(disk, &folder.join("root"), &halves, Readers::Owner)
    }

    /// Opens the keys to read them, with what this secret opens; without one, what is public.
    pub(in super::super) fn open(disk: &dyn Disk, store: &Path, secret: Option<ReaderSecret>) -> Result<Ring, Error> {
        let folder = store.join(FOLDER);
        let state = State::load(disk, &folder, secret.as_ref())?;
        Ok(Ring { folder, secret, state: Mutex::new(state) })
    }

    /// What there is of an entry's key. Looks again if the generation has changed meanwhile.
    pub(in super::super) fn find(
        &self,
        disk: &dyn Disk,
        index: u64,
        leaf: &[u8; 32],
        class: Class,
    ) -> Result<KeyFound, Error> {
        let found = self.state().look_up(disk, &self.folder, index, class);
        let found = found.unwrap(index, leaf);
        if matches!(found, KeyFound::Slot(_) | KeyFound::Sealed) {
            return Ok(found);
        }
        if self.state().is_present(disk, &self.folder) {
            return Ok(found);
        }
        let again = State::load(disk, &self.folder, self.secret.as_ref())?;
        let mut state = self.state();
        *state = again;
        Ok(state.look_up(disk, &self.folder, index, class).unwrap(index, leaf))
    }

    /// Whether the secret is the store's own, with which the readers were set down.
    pub(in super::super) fn is_own(&self) -> bool {
        self.secret.as_ref().is_some_and(|own| self.state().head.is_marked_by(own))
    }

    /// Who may read what.
    pub(in super::super) fn readers(&self) -> Vec<Entitled> {
        self.state().head.readers.clone()
    }

    /// Finishes a change of generation that a crash cut off, and cuts off slots that no entry has: those from `size` on.
    /// Says what was done.
    pub(in super::super) fn recover(&mut self, disk: &dyn Disk, size: u64) -> Result<Option<String>, Error> {
        let folder = self.folder.clone();
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let is_own = self.secret.as_ref().is_some_and(|own| state.head.is_marked_by(own));
        if !is_own || state.classes.len() < Class::ALL.len() {
            let problem = "the readers of this store were not set down with its own `keys/reader.key`";
            return Err(Error::damaged(&table_path(&folder, state.root.generation), 0, problem));
        }
        let table = table_path(&folder, state.root.generation);
        if (state.pages.len() as u64) < size.div_ceil(PAGE_SLOTS) {
            // Nothing may be cut or destroyed now: the file of the page is still there.
            let problem =
                format!("the line of page {} is missing, and entries of it were acknowledged", state.pages.len());
            return Err(Error::damaged(&table, state.table_bytes, problem));
        }
        let file = open_to_write(disk, &table)?;
        if file.length().map_err(Error::io("measure", &table))? > state.table_bytes {
            // The line of a page that was begun: no entry of it has a receipt, as its flush never came back.
            file.set_length(state.table_bytes).map_err(Error::io("cut", &table))?;
            disk::flush(disk, &*file, &table);
        }
        let destroyed = destroy_former(disk, &folder, state)?;
        for (page, _) in &state.pages {
            let path = page_path(&folder, page);
            let end = size.saturating_sub(page.number * PAGE_SLOTS).min(PAGE_SLOTS) * SLOT;
            let file = open_to_write(disk, &path)?;
            let length = file.length().map_err(Error::io("measure", &path))?;
            if page.number >= size / PAGE_SLOTS && length > end {
                overwrite(disk, &*file, &path, end, length);
                file.set_length(end).map_err(Error::io("cut", &path))?;
                disk::flush(disk, &*file, &path);
            }
        }
        state.files.clear();
        Ok(destroyed
            .then(|| "destroyed record keys of a generation or page that no entry needs, as a crash left them".into()))
    }

    /// Makes sure that the pages of these entries exist, and gives their keys. When this returns, the pages are durable.
    pub(in super::super) fn begin(
        &mut self,
        disk: &dyn Disk,
        first: u64,
        count: usize,
        draw: &Draw<'_>,
    ) -> Result<PageKeys, Error> {
        let folder = self.folder.clone();
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let last = (first + count as u64).saturating_sub(1) / PAGE_SLOTS;
        while state.pages.len() as u64 <= last {
            let (number, generation) = (state.pages.len() as u64, state.root.generation);
            let keys = draw_classes(&format!("page {number}"), generation, draw)?;
            let salt = draw(&format!("page {number} salt {generation}"))?.0;
            let page = Page::new(number, generation, salt, &keys, &state.classes);
            let path = page_path(&folder, &page);
            if disk.kind(&path).map_err(Error::io("look at", &path))?.is_some() {
                disk.remove(&path).map_err(Error::io("remove", &path))?;
            }
            disk::create(disk, &path, b"", Readers::Owner)?;
            // If we crash here, the next opening removes a page that no line names.
            let (table, line) = (table_path(&folder, generation), page.to_line());
            let file = open_to_write(disk, &table)?;
            write_at(disk, &*file, &table, &line, state.table_bytes);
            disk::flush(disk, &*file, &table);
            state.table_bytes += line.len() as u64;
            state.pages.push((page, keys));
        }
        let first = first / PAGE_SLOTS;
        let keys = state.pages[first as usize..=last as usize].iter().map(|(_, keys)| keys.clone()).collect();
        Ok(PageKeys { first, keys })
    }

    /// Makes room for so many slots from an index on, in pages that exist.
    pub(in super::super) fn reserve(&mut self, disk: &dyn Disk, first: u64, count: u64) -> Result<(), Error> {
        let folder = self.folder.clone();
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        for page in first / PAGE_SLOTS..(first + count).div_ceil(PAGE_SLOTS) {
            let path = page_path(&folder, &state.pages[page as usize].0);
            let end = (first + count - page * PAGE_SLOTS).min(PAGE_SLOTS) * SLOT;
            state.room_in(disk, &path, page, end)?;
        }
        Ok(())
    }

    /// Writes wrapped slots, and gives the files that are to be flushed. Nothing is durable yet.
    pub(in super::super) fn write(
        &mut self,
        disk: &dyn Disk,
        first: u64,
        slots: &[[u8; SLOT_BYTES]],
    ) -> Result<Vec<Written>, Error> {
        let folder = self.folder.clone();
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (mut index, mut rest, mut written) = (first, slots, Vec::new());
        while !rest.is_empty() {
            let (page, within) = (index / PAGE_SLOTS, index % PAGE_SLOTS);
            let (now, later) = rest.split_at(rest.len().min((PAGE_SLOTS - within) as usize));
            let path = page_path(&folder, &state.pages[page as usize].0);
            let start = within * SLOT;
            let file = state.room_in(disk, &path, page, start + now.len() as u64 * SLOT)?;
            write_at(disk, &*file, &path, now.as_flattened(), start);
            written.push((file, path));
            (index, rest) = (index + now.len() as u64, later);
        }
        Ok(written)
    }

    /// Gives back preallocated space behind the slot of the last entry.
    pub(in super::super) fn trim(&mut self, disk: &dyn Disk, size: u64) -> Result<(), Error> {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some((page, _)) = state.pages.last() else { return Ok(()) };
        let path = page_path(&self.folder, page);
        let file = open_to_write(disk, &path)?;
        let end = size.saturating_sub(page.number * PAGE_SLOTS).min(PAGE_SLOTS) * SLOT;
        file.set_length(end).map_err(Error::io("trim", &path))?;
        disk::flush(disk, &*file, &path);
        Ok(())
    }

    /// Begins a generation: for these readers, and without the keys of these entries. When this returns, what was before is
    /// overwritten on the disk.
    ///
    /// If we crash before the new root is durable, the old generation stands, whole. After that the new one does, and the
    /// next opening overwrites what is left of the old.
    pub(in super::super) fn turn(
        &mut self,
        disk: &dyn Disk,
        turn: &Turn<'_>,
        leaves: &Leaves<'_>,
        draw: &Draw<'_>,
    ) -> Result<(), Error> {
        let folder = self.folder.clone();
        let own = self.secret.as_ref().expect("invariant: a writer has the store's own secret");
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let generation = state.root.generation + 1;
        let root = match turn.agree {
            Some(_) => state.root.next(),
            None => Root { generation, secret: draw(&format!("root {generation}"))? },
        };
        let classes = draw_classes("class", generation, draw)?;
        let head = new_head(&root, turn.readers, &classes, own, draw)?;
        let (mut pages, mut turned, mut lines) = (Vec::new(), Vec::new(), head.to_line());
        for (page, keys) in &state.pages {
            let renewed = turn.renewed.contains(&page.number)
                || turn.erased.iter().any(|index| index / PAGE_SLOTS == page.number);
            let (page, keys) = if renewed {
                let fresh = draw_classes(&format!("page {}", page.number), generation, draw)?;
                let salt = draw(&format!("page {} salt {generation}", page.number))?.0;
                let new = Page::new(page.number, generation, salt, &fresh, &classes);
                rewrap(disk, &folder, (page, keys), (&new, &fresh), turn.erased, leaves)?;
                (new, fresh)
            } else {
                (page.resealed(keys, &classes), keys.clone())
            };
            lines.extend(page.to_line());
            turned.push(TurnedPage { number: page.number, path: page_path(&folder, &page), renewed });
            pages.push((page, keys));
        }
        renew(disk, &table_path(&folder, generation), &lines)?;
        disk::flush_directory(disk, &folder);
        let table_bytes = lines.len() as u64;
        if let Some(agree) = turn.agree {
            // If we crash after this, the next opening takes the generation from the engine.
            agree(&Turned { generation, table: lines, pages: turned })?;
        }
        state.put_in_force(
            disk,
            &folder,
            State { root, head, classes, pages, table_bytes, files: BTreeMap::new(), filling: None },
        )
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The file of a page, with room up to `end`.
    fn room_in(&mut self, disk: &dyn Disk, path: &Path, page: u64, end: u64) -> Result<Arc<dyn OpenFile>, Error> {
        let file = match &self.filling {
            Some((number, file)) if *number == page => file.clone(),
            Some(_) | None => open_to_write(disk, path)?,
        };
        self.filling = Some((page, file.clone()));
        let length = file.length().map_err(Error::io("measure", path))?;
        if end > length {
            let step = (end - length).next_multiple_of(ALLOCATION_BYTES).min(PAGE_SLOTS * SLOT - length);
            file.allocate(length, step).map_err(Error::io("get space for", path))?;
        }
        Ok(file)
    }

    /// Writes the root of a generation whose other files are durable, and destroys what was before.
    pub(super) fn put_in_force(&mut self, disk: &dyn Disk, folder: &Path, next: State) -> Result<(), Error> {
        let path = folder.join("root");
        let halves = open_to_write(disk, &path)?;
        write_at(disk, &*halves, &path, &next.root.to_bytes(), next.root.offset());
        disk::flush(disk, &*halves, &path);
        *self = next;
        destroy_former(disk, folder, self)?;
        Ok(())
    }

    fn load(disk: &dyn Disk, folder: &Path, secret: Option<&ReaderSecret>) -> Result<State, Error> {
        let root = present_root(disk, folder)?;
        let path = table_path(folder, root.generation);
        let table = table::read(&disk::read_existing(disk, &path, MAX_TABLE_BYTES)?);
        let table = table.filter(|table| table.head.generation == root.generation);
        let table = table.ok_or_else(|| Error::damaged(&path, 0, "not a table of record keys"))?;
        let Table { head, pages, length, damaged } = table;
        if damaged {
            return Err(Error::damaged(&path, length as u64, "the line of a page was changed"));
        }
        // The store's own secret tells its own list of readers from one that somebody put in its place.
        let own = secret.filter(|own| head.readers.iter().any(|it| it.name == STORE && it.key == own.public()));
        if own.is_some_and(|own| !head.is_marked_by(own)) {
            return Err(Error::damaged(&path, 0, "the list of readers was changed"));
        }
        let classes = head.open(&root.secret, secret);
        if !classes.contains_key(&Class::Public) {
            return Err(Error::damaged(&path, 0, "the root does not open it"));
        }
        let pages: Vec<(Page, ClassKeys)> = pages.into_iter().map(|page| (page.clone(), page.open(&classes))).collect();
        if let Some((page, _)) = pages.iter().find(|(_, keys)| keys.len() < classes.len()) {
            return Err(Error::damaged(&path, 0, format!("the keys of page {} do not open", page.number)));
        }
        Ok(State { root, head, pages, classes, table_bytes: length as u64, files: BTreeMap::new(), filling: None })
    }

    /// Whether the disk shows the same generation, with no page more. Opens no key, as erased entries are looked at often.
    fn is_present(&self, disk: &dyn Disk, folder: &Path) -> bool {
        let root = present_root(disk, folder);
        let length = disk.open(&table_path(folder, self.root.generation)).and_then(|table| table.length());
        root.is_ok_and(|root| root.generation == self.root.generation)
            && length.is_ok_and(|length| length == self.table_bytes)
    }

    fn look_up(&mut self, disk: &dyn Disk, folder: &Path, index: u64, class: Class) -> LookedUp {
        let (number, offset) = (index / PAGE_SLOTS, index % PAGE_SLOTS * SLOT);
        let Some((page, keys)) = self.pages.get(number as usize) else {
            return LookedUp::Not(KeyFound::Missing(table_path(folder, self.root.generation)));
        };
        let path = page_path(folder, page);
        let file = match self.files.get(&number) {
            Some(file) => file.clone(),
            None => match disk.open(&path) {
                Ok(file) => file,
                Err(_) => return LookedUp::Not(KeyFound::Missing(path)),
            },
        };
        self.files.insert(number, file.clone());
        let Some(wrapped) = read_slot(&*file, offset) else { return LookedUp::Not(KeyFound::Missing(path)) };
        if wrapped == [0; SLOT_BYTES] {
            return LookedUp::Not(KeyFound::Nothing);
        }
        match keys.get(&class) {
            Some(key) => LookedUp::Wrapped { key: key.clone(), wrapped, path, offset },
            None if self.classes.contains_key(&class) => LookedUp::Not(KeyFound::Changed(path, offset)),
            None => LookedUp::Not(KeyFound::Sealed),
        }
    }
}

/// A slot as it lies on the disk, with the key that opens it.
enum LookedUp {
    Wrapped { key: Key, wrapped: [u8; SLOT_BYTES], path: PathBuf, offset: u64 },
    Not(KeyFound),
}

impl LookedUp {
    fn unwrap(self, index: u64, leaf: &[u8; 32]) -> KeyFound {
        match self {
            LookedUp::Not(found) => found,
            LookedUp::Wrapped { key, wrapped, path, offset } => {
                unwrap(&key, index, leaf, &wrapped).map_or(KeyFound::Changed(path, offset), KeyFound::Slot)
            }
        }
    }
}

fn read_slot(file: &dyn OpenFile, offset: u64) -> Option<[u8; SLOT_BYTES]> {
    let mut wrapped = [0; SLOT_BYTES];
    let mut length = 0;
    while length < SLOT_BYTES {
        match file.read_at(&mut wrapped[length..], offset + length as u64) {
            Ok(0) => return None,
            Ok(more) => length += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    Some(wrapped)
}

/// The root of the generation in force.
pub(super) fn present_root(disk: &dyn Disk, folder: &Path) -> Result<Root, Error> {
    let path = folder.join("root");
    let roots = Root::read(&disk::read_existing(disk, &path, 2 * HALF_BYTES)?);
    roots.into_iter().next_back().ok_or_else(|| Error::damaged(&path, 0, "no half holds a root"))
}

/// Writes a page anew under other keys, without the erased slots. Nothing is written if one of the others does not open.
fn rewrap(
    disk: &dyn Disk,
    folder: &Path,
    (old, keys): (&Page, &ClassKeys),
    (new, fresh): (&Page, &ClassKeys),
    erased: &BTreeSet<u64>,
    leaves: &Leaves<'_>,
) -> Result<(), Error> {
    let path = page_path(folder, old);
    let mut slots = disk::read_existing(disk, &path, PAGE_SLOTS * SLOT)?;
    slots.truncate(slots.len() / SLOT_BYTES * SLOT_BYTES);
    let first = old.number * PAGE_SLOTS;
    let named = leaves(first, first + (slots.len() / SLOT_BYTES) as u64)?;
    for (at, slot) in slots.as_chunks_mut::<SLOT_BYTES>().0.iter_mut().enumerate() {
        let index = first + at as u64;
        if *slot == [0; SLOT_BYTES] {
            continue;
        }
        let Some((class, leaf)) = named.get(at).filter(|_| !erased.contains(&index)) else {
            *slot = [0; SLOT_BYTES];
            continue;
        };
        let opened = unwrap(&keys[class], index, leaf, slot);
        let opened = opened.ok_or_else(|| {
            Error::damaged(
                &path,
                at as u64 * SLOT,
                format!("the key of entry {index} does not open; nothing was changed"),
            )
        })?;
        *slot = wrap(&fresh[class], index, leaf, &opened);
    }
    renew(disk, &page_path(folder, new), &slots)
}

/// Overwrites and removes everything that is not of the present generation; whether there was anything.
fn destroy_former(disk: &dyn Disk, folder: &Path, state: &State) -> Result<bool, Error> {
    let path = folder.join("root");
    let halves = disk::read_existing(disk, &path, 2 * HALF_BYTES)?;
    let other = HALF_BYTES - state.root.offset();
    let mut destroyed = false;
    // Whatever it holds: an overwriting that was cut short leaves no root there, and most of its secret.
    if halves.iter().skip(other as usize).take(HALF_BYTES as usize).any(|byte| *byte != 0) {
        let halves = open_to_write(disk, &path)?;
        write_at(disk, &*halves, &path, &[0; HALF_BYTES as usize], other);
        disk::flush(disk, &*halves, &path);
        destroyed = true;
    }
    let mut kept: BTreeSet<PathBuf> = state.pages.iter().map(|(page, _)| page_path(folder, page)).collect();
    kept.extend([path, table_path(folder, state.root.generation)]);
    for listed in disk.list(folder).map_err(Error::io("list", folder))? {
        let path = folder.join(&listed.name);
        if listed.is_directory || kept.contains(&path) {
            continue;
        }
        discard(disk, &path)?;
        destroyed = true;
    }
    if destroyed {
        disk::flush_directory(disk, folder);
    }
    Ok(destroyed)
}

/// Destroys what opens entries, the root first, and the secret keys of a store. When this returns, each is overwritten and gone.
pub(in super::super) fn destroy_all(disk: &dyn Disk, store: &Path) -> Result<(), Error> {
    let (keys, folder) = (store.join("keys"), store.join(FOLDER));
    let mut paths = vec![folder.join("root")];
    for listed in disk.list(&folder).map_err(Error::io("list", &folder))? {
        paths.extend((!listed.is_directory && listed.name != "root").then(|| folder.join(&listed.name)));
    }
    paths.extend(["log.key", "author.key", "reader.key"].map(|name| keys.join(name)));
    for path in paths {
        // If we crash in between, the root is gone already, and the rest goes when this is asked for again.
        if disk.kind(&path).map_err(Error::io("look at", &path))?.is_none() {
            continue;
        }
        discard(disk, &path)?;
    }
    disk.remove_directory(&folder).map_err(Error::io("remove", &folder))?;
    [keys.as_path(), store].into_iter().for_each(|folder| disk::flush_directory(disk, folder));
    Ok(())
}

/// Overwrites and removes a file of keys, or of what a key opened.
pub(in super::super) fn discard(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    // In its own blocks, before the name goes: the file system may not give them to anyone for years.
    let file = open_to_write(disk, path)?;
    let length = file.length().map_err(Error::io("measure", path))?;
    overwrite(disk, &*file, path, 0, length);
    disk.remove(path).map_err(Error::io("remove", path))
}

/// Puts zeros in the place of what a file holds. When this returns, they are durable.
fn overwrite(disk: &dyn Disk, file: &dyn OpenFile, path: &Path, from: u64, until: u64) {
    for offset in (from..until).step_by(ALLOCATION_BYTES as usize) {
        let zeros = vec![0; (until - offset).min(ALLOCATION_BYTES) as usize];
        write_at(disk, file, path, &zeros, offset);
    }
    disk::flush(disk, file, path);
}

/// Writes a file of a generation that is being made, over what a crash may have left of it. When this returns, it is durable.
pub(super) fn renew(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if disk.kind(path).map_err(Error::io("look at", path))?.is_some() {
        discard(disk, path)?;
    }
    disk::create(disk, path, bytes, Readers::Owner)
}

fn draw_classes(what: &str, generation: u64, draw: &Draw<'_>) -> Result<ClassKeys, Error> {
    let key = |class: Class| Ok((class, draw(&format!("{what} {} {generation}", class.word()))?));
    Class::ALL.into_iter().map(key).collect()
}

fn new_head(
    root: &Root,
    readers: &[Entitled],
    classes: &ClassKeys,
    own: &ReaderSecret,
    draw: &Draw<'_>,
) -> Result<Head, Error> {
    let generation = root.generation;
    let fresh: BTreeMap<String, Key> = readers
        .iter()
        .flat_map(|reader| reader.classes.iter().map(|class| format!("box {} {}", reader.name, class.word())))
        .map(|purpose| Ok((purpose.clone(), draw(&format!("{purpose} {generation}"))?)))
        .collect::<Result<_, Error>>()?;
    let head = Head::new(&root.secret, generation, readers, classes, own, |purpose| fresh[purpose].clone());
    head.ok_or_else(|| Error::Settings("a reader's key is no X25519 key".into()))
}

pub(super) fn open_to_write(disk: &dyn Disk, path: &Path) -> Result<Arc<dyn OpenFile>, Error> {
    disk.open_to_write(path).map_err(Error::io("open", path))
}

pub(super) fn write_at(disk: &dyn Disk, file: &dyn OpenFile, path: &Path, bytes: &[u8], offset: u64) {
    if let Err(error) = file.write_at(bytes, offset) {
        disk::stop(disk, "write", path, &error);
    }
}

pub(super) fn table_path(folder: &Path, generation: u64) -> PathBuf {
    folder.join(format!("table-{generation:08}"))
}

pub(super) fn page_path(folder: &Path, page: &Page) -> PathBuf {
    folder.join(format!("page-{:08}-{:08}", page.number, page.generation))
}
