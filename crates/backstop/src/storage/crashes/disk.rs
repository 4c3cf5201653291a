//! A disk in memory that fails as real ones do. Takes the store's operations; gives, after each, what the page cache shows, what
//! is durable, and what lies between: operations that a crash may keep, lose or tear, each alone. Never uses a thread, a clock or
//! chance of its own, so that a run can be had again.
//!
//! Harsher than a good file system and no worse than POSIX allows: unsynced writes reach the disk in any order and in parts of
//! 512 bytes; the length of a file may reach it without the bytes; a name is durable only once its directory was flushed; a
//! rename between directories may leave both names. Two things it grants: a sector is written whole, and the new name of a
//! rename never stands for nothing.

use super::image::{Fate, Image, Inode, Node, Pending};
use super::outside::Outside;
use crate::storage::disk::{Disk, Kind, Listed, Lock, OpenFile, Readers};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One way in which the disk fails at one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A flush fails: of what was pending, what this number's bits say is durable, the rest is gone; the page cache shows all of it,
    /// and the next flush says nothing. For a directory, the disk takes no further change until the machine starts anew.
    FlushFails(u64),
    /// There is no space: a write gets this many bytes in before it fails.
    NoSpace(usize),
    /// The device refuses.
    Refuses,
    /// This bit of a tile turns on its way to the disk; the page cache shows it as it was. Befalls the flush of a tile alone.
    BitTurns(usize),
}

/// The instant after one operation.
#[derive(Clone)]
pub(super) struct Moment {
    /// What was done, in words.
    pub(super) what: String,
    now: Image,
    durable: Image,
    pending: Vec<Arc<Pending>>,
    read_only: bool,
    /// What had been told to the outside by then.
    pub(super) outside: Arc<Outside>,
}

struct State {
    now: Image,
    durable: Image,
    pending: Vec<Arc<Pending>>,
    /// Operations so far, those that change nothing apart.
    operations: u64,
    faults: BTreeMap<u64, Fault>,
    locked: BTreeSet<Inode>,
    /// The process ended, or the machine: nothing may be done any more.
    stopped: bool,
    /// A directory could not be flushed: nothing may be changed until the machine starts anew.
    read_only: bool,
    trace: Option<Vec<Moment>>,
    outside: Arc<Outside>,
    /// What a broken store would leave out.
    habits: Habits,
    /// Files whose flush comes with the next operation that is none.
    late: Vec<Inode>,
    /// Files whose flush comes once the new checkpoint has its name.
    after_checkpoint: Vec<Inode>,
    /// What was read of files: where, and how many bytes.
    read: Vec<(Inode, usize, usize)>,
}

/// What the disk leaves undone, to stand for a store that does not ask for it.
#[derive(Clone, Default)]
pub(super) struct Habits(pub(super) Option<fn(&Asked, &Image) -> Answer>);

/// An operation that was asked for.
#[derive(Clone, Debug)]
pub(super) enum Asked<'a> {
    /// A file of this length.
    Flush(&'a str, usize),
    Write(&'a str, &'a [u8]),
    FlushDirectory(&'a str),
    Forget(&'a str),
    /// To this name.
    Rename(&'a str),
    Create(&'a str),
    SetLength(&'a str),
    /// That nobody else has the store.
    Lock,
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    /// Nothing, and no error.
    Skipped,
    /// A flush: only before the next operation that is not late.
    Late,
    /// A flush: only once the new checkpoint has its name.
    AfterCheckpoint,
    /// A failed flush is passed over in silence.
    ErrorHidden,
    /// A rename: the bytes are written over the old ones.
    WrittenOver,
}

impl Moment {
    /// What was not durable.
    pub(super) fn pending(&self) -> &[Arc<Pending>] {
        &self.pending
    }

    /// What was durable.
    pub(super) fn durable(&self) -> &Image {
        &self.durable
    }

    /// The disk after the power failed here.
    pub(super) fn power_cut(&self, fates: &[Fate]) -> Image {
        let mut image = self.durable.clone();
        for (pending, fate) in self.pending.iter().zip(fates) {
            image.apply(pending, *fate);
        }
        image
    }

    /// The disk after the process was killed here: the machine goes on, and nothing that was written is lost yet.
    pub(super) fn killed(&self) -> SimulatedDisk {
        let disk = SimulatedDisk::holding(self.durable.clone(), self.outside.clone());
        let mut state = disk.state();
        state.now = self.now.clone();
        state.pending = self.pending.clone();
        state.read_only = self.read_only;
        drop(state);
        disk
    }
}

/// A disk, shared by all who opened it.
#[derive(Clone)]
pub(super) struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

/// The end of a process, thrown through it.
pub(super) struct Stopped;

impl SimulatedDisk {
    /// A machine that has just started, with this on its disk.
    pub(super) fn holding(image: Image, outside: Arc<Outside>) -> SimulatedDisk {
        let state = State {
            now: image.clone(),
            durable: image,
            pending: Vec::new(),
            operations: 0,
            faults: BTreeMap::new(),
            locked: BTreeSet::new(),
            stopped: false,
            read_only: false,
            trace: None,
            outside,
            habits: Habits::default(),
            late: Vec::new(),
            after_checkpoint: Vec::new(),
            read: Vec::new(),
        };
        SimulatedDisk { state: Arc::new(Mutex::new(state)) }
    }

    /// Remembers the instant after each operation from now on.
    pub(super) fn traced(self) -> SimulatedDisk {
        self.state().trace = Some(Vec::new());
        self
    }

    /// With the habits of a broken store.
    pub(super) fn with(self, habits: &Habits) -> SimulatedDisk {
        self.state().habits = habits.clone();
        self
    }

    /// Fails at the operation with this number, counted from the next one as 0.
    pub(super) fn fail(&self, operation: u64, fault: Fault) {
        let mut state = self.state();
        let at = state.operations + operation;
        state.faults.insert(at, fault);
    }

    /// Forgets faults that have not come.
    pub(super) fn mend(&self) {
        self.state().faults.clear();
    }

    /// Operations so far.
    pub(super) fn operations(&self) -> u64 {
        self.state().operations
    }

    /// What is remembered of each operation, and of each time that the outside was told something.
    pub(super) fn trace(&self) -> Vec<Moment> {
        self.state().trace.take().unwrap_or_default()
    }

    /// This instant.
    pub(super) fn moment(&self, what: &str) -> Moment {
        self.state().moment(what.to_owned())
    }

    /// What was told to the outside.
    pub(super) fn outside(&self) -> Arc<Outside> {
        self.state().outside.clone()
    }

    /// Tells the outside something.
    pub(super) fn tell(&self, tell: impl FnOnce(&mut Outside)) {
        let mut state = self.state();
        tell(Arc::make_mut(&mut state.outside));
        state.end(|| "telling the outside".into());
    }

    /// Ends the process: whatever it still does while it is taken apart has no effect.
    pub(super) fn end_process(&self) {
        self.state().stopped = true;
    }

    /// Whether nothing can be changed until the machine starts anew.
    pub(super) fn is_read_only(&self) -> bool {
        self.state().read_only
    }

    /// Whether anything lies where the store should be.
    pub(super) fn holds_anything(&self) -> bool {
        self.state().now.find(Path::new(super::outside::STORE)).is_ok()
    }

    /// What the page cache shows, and what is durable.
    pub(super) fn images(&self) -> [Image; 2] {
        let state = self.state();
        [state.now.clone(), state.durable.clone()]
    }

    /// What was read of files until now: where, and how many bytes.
    pub(super) fn read(&self) -> Vec<(Inode, usize, usize)> {
        self.state().read.clone()
    }

    /// Whether the process ended.
    pub(super) fn has_stopped(&self) -> bool {
        self.state().stopped
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self, path: &Path, inode: Inode) -> Arc<dyn OpenFile> {
        Arc::new(SimulatedFile { disk: self.clone(), inode, path: text(path), lock: false })
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("names of a store are ASCII").to_owned()
}

fn split(path: &Path) -> (&Path, String) {
    let name = path.file_name().and_then(|name| name.to_str()).expect("names of a store are ASCII");
    (path.parent().expect("not the root"), name.to_owned())
}

impl State {
    fn moment(&self, what: String) -> Moment {
        Moment {
            what,
            now: self.now.clone(),
            durable: self.durable.clone(),
            pending: self.pending.clone(),
            read_only: self.read_only,
            outside: self.outside.clone(),
        }
    }

    /// Begins an operation that changes something; gives the fault that befalls it.
    fn begin(&mut self) -> io::Result<Option<Fault>> {
        if self.stopped || self.read_only {
            return Err(ErrorKind::ReadOnlyFilesystem.into());
        }
        for inode in std::mem::take(&mut self.late) {
            self.flush(inode, u64::MAX);
        }
        let fault = self.faults.remove(&self.operations);
        self.operations += 1;
        Ok(fault)
    }

    /// Ends an operation: what it did can be seen from now on.
    fn end(&mut self, what: impl FnOnce() -> String) {
        if self.outside.sees_another(&self.now) {
            Arc::make_mut(&mut self.outside).see(&self.now);
        }
        if let Some(mut trace) = self.trace.take() {
            trace.push(self.moment(what()));
            self.trace = Some(trace);
        }
    }

    fn doing(&mut self, pending: Pending) {
        self.now.apply(&pending, Fate::Kept);
        self.pending.push(Arc::new(pending));
    }

    fn allocate(&mut self, node: Node) -> Inode {
        self.now.nodes.push(node.clone());
        self.durable.nodes.push(node);
        self.now.nodes.len() - 1
    }

    /// Makes durable what `these` names, in order; of those, the ones whose bit of `kept` is not set are gone.
    fn settle(&mut self, these: impl Fn(&Pending) -> bool, kept: u64) {
        let (mut rest, mut number) = (Vec::new(), 0);
        for pending in std::mem::take(&mut self.pending) {
            if these(&pending) {
                if kept >> (number % 64) & 1 == 1 {
                    self.durable.apply(&pending, Fate::Kept);
                }
                number += 1;
            } else {
                rest.push(pending);
            }
        }
        self.pending = rest;
    }

    fn flush(&mut self, inode: Inode, kept: u64) {
        self.settle(|pending| pending.file() == Some(inode), kept);
    }

    fn flush_directory(&mut self, inode: Inode) {
        let mut left = Vec::new();
        for pending in &self.pending {
            if let Pending::Rename { from, to, inode: file } = &**pending
                && to.0 == inode
                && from.0 != inode
            {
                // The new name is durable; that the old one is gone is written in another directory.
                self.durable.names(to.0).insert(to.1.clone(), *file);
                left.push(Arc::new(Pending::Unlink { directory: from.0, name: from.1.clone(), inode: *file }));
            }
        }
        self.settle(|pending| pending.touches_directory(inode), u64::MAX);
        // They were applied whole just now; what may come back is put back.
        for pending in &left {
            if let Pending::Unlink { directory, name, inode } = &**pending {
                self.durable.names(*directory).entry(name.clone()).or_insert(*inode);
            }
        }
        self.pending.extend(left);
    }

    fn turn_bit(&mut self, inode: Inode, bit: usize) {
        let file = self.durable.bytes_mut(inode);
        if !file.is_empty() {
            let bit = bit % (file.len() * 8);
            file[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

impl Disk for SimulatedDisk {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        let inode = self.state().file_at(path)?;
        Ok(self.opened(path, inode))
    }

    fn open_to_write(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        self.open(path)
    }

    fn create(&self, path: &Path, _: Readers) -> io::Result<Arc<dyn OpenFile>> {
        let mut state = self.state();
        refused(state.begin()?)?;
        let inode = match state.habit(&Asked::Create(&text(path))) {
            // A file that no name leads to.
            Answer::Skipped => state.allocate(Node::File(Arc::default())),
            Answer::Done | Answer::Late | Answer::AfterCheckpoint | Answer::ErrorHidden | Answer::WrittenOver => {
                state.create(path)?
            }
        };
        state.end(|| format!("create {}", text(path)));
        drop(state);
        Ok(self.opened(path, inode))
    }

    fn create_or_empty(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        let mut state = self.state();
        refused(state.begin()?)?;
        let inode = match state.file_at(path) {
            Ok(inode) => {
                state.doing(Pending::Length { inode, length: 0 });
                inode
            }
            Err(error) if error.kind() == ErrorKind::NotFound => state.create(path)?,
            Err(error) => return Err(error),
        };
        state.end(|| format!("create or empty {}", text(path)));
        drop(state);
        Ok(self.opened(path, inode))
    }

    fn create_directories(&self, path: &Path) -> io::Result<()> {
        let above: Vec<&Path> = path.ancestors().collect();
        let mut state = self.state();
        for path in above.into_iter().rev().skip(1) {
            if state.now.find(path).is_ok_and(|inode| state.now.directory(inode).is_ok()) {
                continue;
            }
            refused(state.begin()?)?;
            let (directory, name) = split(path);
            let directory = state.now.find(directory)?;
            let inode = state.allocate(Node::Directory(Arc::default()));
            state.doing(Pending::Link { directory, name, inode });
            state.end(|| format!("create directory {}", text(path)));
        }
        Ok(())
    }

    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        let state = self.state();
        Ok(state.now.find(path).ok().map(|inode| match state.now.nodes[inode] {
            Node::File(_) => Kind::File,
            Node::Directory(_) => Kind::Directory,
        }))
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Listed>> {
        let state = self.state();
        let names = state.now.directory(state.now.find(directory)?)?;
        let listed = |(name, inode): (&String, &Inode)| Listed {
            name: name.into(),
            is_directory: matches!(state.now.nodes[*inode], Node::Directory(_)),
        };
        Ok(names.iter().map(listed).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        refused(state.begin()?)?;
        let inode = state.file_at(from)?;
        let (from_path, to_path) = (from, to);
        let ((from, from_name), (to, to_name)) = (split(from), split(to));
        let (from, to) = ((state.now.find(from)?, from_name), (state.now.find(to)?, to_name));
        match state.habit(&Asked::Rename(&text(to_path))) {
            Answer::WrittenOver => {
                let bytes = state.now.bytes(inode).to_vec();
                let over = state.now.find(to_path)?;
                state.doing(Pending::Length { inode: over, length: 0 });
                state.end(|| format!("empty {}", text(to_path)));
                state.doing(Pending::Write { inode: over, offset: 0, bytes });
                state.doing(Pending::Unlink { directory: from.0, name: from.1, inode });
            }
            Answer::Done | Answer::Skipped | Answer::Late | Answer::AfterCheckpoint | Answer::ErrorHidden => {
                state.doing(Pending::Rename { from, to, inode });
            }
        }
        if to_path.ends_with("log/checkpoint") {
            let after = std::mem::take(&mut state.after_checkpoint);
            state.late.extend(after);
        }
        state.end(|| format!("rename {} to {}", text(from_path), text(to_path)));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        refused(state.begin()?)?;
        let inode = state.file_at(path)?;
        state.unlink(path, inode)?;
        state.end(|| format!("remove {}", text(path)));
        Ok(())
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        refused(state.begin()?)?;
        let inode = state.now.find(path)?;
        if !state.now.directory(inode)?.is_empty() {
            return Err(ErrorKind::DirectoryNotEmpty.into());
        }
        state.unlink(path, inode)?;
        state.end(|| format!("remove directory {}", text(path)));
        Ok(())
    }

    fn flush_directory(&self, directory: &Path) -> io::Result<()> {
        let mut state = self.state();
        let inode = state.now.find(directory)?;
        state.now.directory(inode)?;
        match state.begin()? {
            None => {}
            Some(Fault::FlushFails(_)) => {
                state.read_only = true;
                return Err(io::Error::other("input/output error, and the file system is read-only now"));
            }
            fault => refused(fault)?,
        }
        match state.habit(&Asked::FlushDirectory(&text(directory))) {
            Answer::Skipped => {}
            Answer::Done | Answer::Late | Answer::AfterCheckpoint | Answer::ErrorHidden | Answer::WrittenOver => {
                state.flush_directory(inode);
            }
        }
        state.end(|| format!("flush directory {}", text(directory)));
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Lock>> {
        let mut state = self.state();
        let inode = match state.file_at(path) {
            Ok(inode) => inode,
            Err(_) => {
                refused(state.begin()?)?;
                state.create(path)?
            }
        };
        if !state.locked.insert(inode) && state.habit(&Asked::Lock) == Answer::Done {
            return Ok(None);
        }
        drop(state);
        Ok(Some(Box::new(SimulatedFile { disk: self.clone(), inode, path: text(path), lock: true })))
    }

    fn stop(&self, _: &str) -> ! {
        self.end_process();
        // Not `panic!`: nobody need read of it.
        std::panic::resume_unwind(Box::new(Stopped))
    }
}

fn refused(fault: Option<Fault>) -> io::Result<()> {
    match fault {
        None => Ok(()),
        Some(Fault::NoSpace(_)) => Err(ErrorKind::StorageFull.into()),
        Some(Fault::BitTurns(_)) => Ok(()),
        Some(Fault::FlushFails(_) | Fault::Refuses) => Err(io::Error::other("input/output error")),
    }
}

impl State {
    fn file_at(&self, path: &Path) -> io::Result<Inode> {
        let inode = self.now.find(path)?;
        match self.now.nodes[inode] {
            Node::File(_) => Ok(inode),
            Node::Directory(_) => Err(ErrorKind::IsADirectory.into()),
        }
    }

    fn create(&mut self, path: &Path) -> io::Result<Inode> {
        let (directory, name) = split(path);
        let directory = self.now.find(directory)?;
        if self.now.directory(directory)?.contains_key(&name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let inode = self.allocate(Node::File(Arc::default()));
        self.doing(Pending::Link { directory, name, inode });
        Ok(inode)
    }

    fn unlink(&mut self, path: &Path, inode: Inode) -> io::Result<()> {
        let (directory, name) = split(path);
        let directory = self.now.find(directory)?;
        self.doing(Pending::Unlink { directory, name, inode });
        Ok(())
    }

    fn habit(&self, asked: &Asked) -> Answer {
        self.habits.0.map_or(Answer::Done, |habit| habit(asked, &self.now))
    }
}

struct SimulatedFile {
    disk: SimulatedDisk,
    inode: Inode,
    path: String,
    lock: bool,
}

impl Drop for SimulatedFile {
    fn drop(&mut self) {
        if self.lock {
            self.disk.state().locked.remove(&self.inode);
        }
    }
}

impl OpenFile for SimulatedFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.state();
        let bytes = state.now.bytes(self.inode).get(offset as usize..).unwrap_or_default();
        let length = bytes.len().min(buffer.len());
        buffer[..length].copy_from_slice(&bytes[..length]);
        state.read.push((self.inode, offset as usize, length));
        Ok(length)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let fault = state.begin()?;
        let written = match fault {
            None | Some(Fault::BitTurns(_)) => bytes.len(),
            Some(Fault::NoSpace(room)) => room % bytes.len().max(1),
            Some(Fault::FlushFails(_) | Fault::Refuses) => 0,
        };
        let (inode, offset) = (self.inode, offset as usize);
        let habit = state.habit(&Asked::Write(&self.path, bytes));
        if habit != Answer::Skipped {
            state.doing(Pending::Write { inode, offset, bytes: bytes[..written].to_vec() });
        }
        state.end(|| format!("write {written} of {} bytes at {offset} of {}", bytes.len(), self.path));
        refused(fault.filter(|_| written < bytes.len() && habit != Answer::ErrorHidden))
    }

    fn allocate(&self, offset: u64, length: u64) -> io::Result<()> {
        self.lengthen(self.length()?.max(offset + length), "allocate")
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.state().now.bytes(self.inode).len() as u64)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.lengthen(length, "set length of")
    }

    fn flush(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let habit = state.habit(&Asked::Flush(&self.path, state.now.bytes(self.inode).len()));
        if habit == Answer::Late && !state.stopped {
            state.late.push(self.inode);
            return Ok(());
        }
        if habit == Answer::AfterCheckpoint && !state.stopped {
            state.after_checkpoint.push(self.inode);
            return Ok(());
        }
        let fault = state.begin()?;
        let error = match (fault, habit) {
            (_, Answer::Skipped) => None,
            (Some(Fault::FlushFails(kept)), _) => {
                state.flush(self.inode, kept);
                Some(io::Error::other("input/output error"))
            }
            (Some(Fault::NoSpace(_) | Fault::Refuses), _) => {
                state.flush(self.inode, 0);
                Some(io::Error::other("input/output error"))
            }
            (Some(Fault::BitTurns(bit)), _) => {
                state.flush(self.inode, u64::MAX);
                if self.path.contains("/log/tile/") {
                    state.turn_bit(self.inode, bit);
                }
                None
            }
            (None, _) => {
                state.flush(self.inode, u64::MAX);
                None
            }
        };
        state.end(|| format!("flush {}", self.path));
        error.filter(|_| habit != Answer::ErrorHidden).map_or(Ok(()), Err)
    }

    fn forget(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let dirty = state.pending.iter().any(|pending| pending.file() == Some(self.inode));
        if !dirty && state.habit(&Asked::Forget(&self.path)) == Answer::Done {
            // The length is kept elsewhere, and is not forgotten.
            let length = state.now.bytes(self.inode).len();
            state.now.nodes[self.inode] = state.durable.nodes[self.inode].clone();
            if state.now.bytes(self.inode).len() != length {
                state.now.bytes_mut(self.inode).resize(length, 0);
            }
        }
        Ok(())
    }
}

impl SimulatedFile {
    fn lengthen(&self, length: u64, what: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        refused(state.begin()?)?;
        if state.habit(&Asked::SetLength(&self.path)) != Answer::Skipped {
            state.doing(Pending::Length { inode: self.inode, length: length as usize });
        }
        state.end(|| format!("{what} {} to {length}", self.path));
        Ok(())
    }
}
