//! Takes over what the engine holds beyond this directory: links from other directories, or from this one before it crashed.
//! Takes an open store; gives it back at the engine's end. Never writes an entry whose every check, signature and key it has not
//! tried, and refuses, naming the place, where the two contradict one another.

use super::joined::{Joined, Pages};
use super::link::{BEGIN, Batch, Begin, Link, NewKeys, Records, key_at};
use crate::storage::error::Error;
use crate::storage::reader::Segment;
use crate::storage::redact::order_of;
use crate::storage::sealing::{PAGE_SLOTS, open_payload};
use crate::storage::segment::{Check, Header, Record};
use crate::storage::store::{Store, Written};
use ledger::Checkpoint;
use ledger::tree::leaf_hash;
use mission::record::Body;
use mission::record::body::{AUTHOR_ADMITTED, Admission, REDACTION_ORDERED};
use mission::record::canonical::Value;
use mission::record::commitment::Payload;
use mission::record::envelope;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Store {
    /// Comes to the engine's end: makes sure that both began alike and that what led here is in the engine, takes over what
    /// follows, and publishes what the engine's head covers.
    ///
    /// # Errors
    /// When the engine gives no answer, or contradicts what is here; then nothing is changed that had a receipt.
    pub(in super::super) fn meet(&mut self) -> Result<(), Error> {
        self.check_beginning()?;
        self.check_tip()?;
        // First the head: whatever it covers was in the engine before it.
        let head = self.engine().head()?;
        self.catch_up()?;
        self.take_head(head)
    }

    fn check_beginning(&self) -> Result<(), Error> {
        let engine = self.engine();
        let begin = engine.get(BEGIN)?.ok_or_else(|| {
            engine.contradicted(BEGIN, "it is not there, and was: the engine lost what it took, or is another one")
        })?;
        let begin = Begin::parse(&begin).filter(|begin| *begin == self.begin(begin.generation));
        begin.map(drop).ok_or_else(|| engine.contradicted(BEGIN, "it belongs to another log"))
    }

    /// The link that led to where this directory stands must be the engine's; a batch of which a crash kept a part here is
    /// completed.
    fn check_tip(&mut self) -> Result<(), Error> {
        let (engine, size, generation) = (self.engine(), self.reader.size, self.generation());
        if let Some(before) = generation.checked_sub(1) {
            let key = key_at(size, before);
            if let Some(link) = engine.link(&key)? {
                let table = self.reader.ring.as_ref().map(|ring| ring.table().table).unwrap_or_default();
                return match link {
                    Link::Keys(keys) if table.starts_with(&keys.table) => Ok(()),
                    Link::Keys(_) | Link::Batch(_) => {
                        Err(engine
                            .contradicted(&key, "another generation of record keys was agreed on than the one here"))
                    }
                };
            }
        }
        let Some(last) = size.checked_sub(1) else { return Ok(()) };
        let record = self.reader.records(last).next().expect("invariant: there is a last entry")?;
        let key = key_at(record.batch_start, generation);
        match engine.link(&key)? {
            Some(Link::Batch(batch)) => self.follow_batch(&batch, &key),
            Some(Link::Keys(_)) => Err(engine.contradicted(&key, "it holds record keys where entries are here")),
            None => {
                let first = record.batch_start;
                let problem = format!(
                    "entries {first} to {last} are here and not there: the engine lost what it took, or the two parted before"
                );
                Err(engine.contradicted(&key, problem))
            }
        }
    }

    /// Takes over every link that leads on from here.
    pub(in super::super) fn catch_up(&mut self) -> Result<(), Error> {
        let engine = self.engine();
        loop {
            let key = key_at(self.reader.size, self.generation());
            match engine.link(&key)? {
                None => return Ok(()),
                Some(Link::Batch(batch)) => self.follow_batch(&batch, &key)?,
                Some(Link::Keys(keys)) => self.follow_keys(&keys, &key)?,
            }
        }
    }

    /// Writes a batch that the engine holds, as far as it is not here.
    fn follow_batch(&mut self, batch: &Batch, key: &str) -> Result<(), Error> {
        let engine = self.engine();
        let wrong = |problem: String| engine.contradicted(key, problem);
        let (first, size) = (batch.first, self.reader.size);
        if key_at(first, batch.generation) != key {
            return Err(wrong("it is the batch of another place".into()));
        }
        let here = size - first;
        let (begun, Records { records, starts, check }) = self.records_of(batch, &engine, key)?;
        // What a crash kept of it, or all.
        for (held, offered) in self.reader.records(first).zip(&records) {
            let held = held?;
            if held != *offered {
                return Err(wrong(format!("entry {} is another one there than here", held.index)));
            }
        }
        if here >= batch.entries {
            return Ok(());
        }
        if batch.slots.is_empty() {
            let problem = "these entries were there before the store was joined, and this directory is an older copy of it; fill a \
                           new directory with `backstop log join --keys` instead";
            return Err(wrong(problem.into()));
        }
        let disk = self.reader.disk.clone();
        let ring = self.reader.ring.as_mut().expect("invariant: a joined store is sealed and open for writing");
        if here == 0 {
            ring.take_pages(&*disk, first, &batch.pages)?.map_err(&wrong)?;
        } else if ring.lines_from(first.div_ceil(PAGE_SLOTS)) != batch.pages {
            return Err(wrong("its pages of record keys are others than here".into()));
        }
        let (last_received_at_ms, admitted) = self.check_entries(&records, batch, &wrong)?;
        let from = starts[here as usize];
        let written = Written {
            begun,
            bytes: batch.piece[from..].to_vec(),
            check,
            starts: (size..).zip(starts[here as usize..].iter().map(|start| (start - from) as u64)).collect(),
            slots: batch.slots[here as usize..].to_vec(),
        };
        self.write(written)?;
        (self.last_received_at_ms, self.numbers) = (Some(last_received_at_ms), None);
        self.learn_authors(&admitted)
    }

    /// Sets down the keys of authors whom entries that say this admit; one whose name or key is taken here is left out.
    fn learn_authors(&mut self, admitted: &[Value]) -> Result<(), Error> {
        let directory = self.directory().join("keys");
        for said in admitted {
            if let Ok(Body::AuthorAdmitted(Admission { name, key })) = Body::read(AUTHOR_ADMITTED, said)
                && let Ok((_, path)) = self.reader.keys.may_admit(&*self.reader.disk, &directory, &name, &key)
            {
                self.reader.keys.admit(&*self.reader.disk, &path, &key)?;
            }
        }
        Ok(())
    }

    /// The records of a batch, if they continue what is here; and the segment that they begin, if they begin one that is not here.
    fn records_of(&self, batch: &Batch, engine: &Arc<Joined>, key: &str) -> Result<(Option<Header>, Records), Error> {
        let wrong = |problem: String| engine.contradicted(key, problem);
        let format = self.reader.format();
        let begun_here =
            self.reader.segments.iter().find(|segment| segment.header.first == batch.first && batch.first > 0);
        let (begun, before) = match (batch.header(), begun_here) {
            (None, _) => (None, self.check_before(batch.first)?),
            (Some(header), Some(segment)) if segment.header == header => (None, header.start()),
            (Some(header), None) if batch.first == self.reader.size => {
                let expected = Header { format, first: batch.first, before: self.check_before(batch.first)? };
                if header != expected {
                    return Err(wrong("the segment that it begins does not follow what is here".into()));
                }
                (Some(header), header.start())
            }
            (Some(_), _) => return Err(wrong("it begins a segment where none begins here".into())),
        };
        Ok((begun, batch.records(format, before).map_err(wrong)?))
    }

    /// The check of the record before an index that is here, or comes next.
    fn check_before(&self, index: u64) -> Result<Check, Error> {
        if index == self.reader.size {
            return Ok(self.segment.check());
        }
        let segments = &self.reader.segments;
        let at = segments.partition_point(|segment| segment.header.first <= index);
        let segment: Segment = segments[at - 1];
        if segment.header.first == index {
            return Ok(segment.header.start());
        }
        let mut reader = self.reader.open_near(segment, index)?;
        while reader.index() < index {
            reader.read().map_err(Error::io("read", &self.reader.payloads()))?;
        }
        Ok(reader.check())
    }

    /// Each entry: signed by an author known here, not before the one in front of it, and opened by its key to what it committed
    /// to. Gives when the last came in, and what those say that admit authors.
    fn check_entries(
        &mut self,
        records: &[Record],
        batch: &Batch,
        wrong: &dyn Fn(String) -> Error,
    ) -> Result<(i64, Vec<Value>), Error> {
        let ring = self.reader.ring.as_ref().expect("invariant: a joined store is sealed and open for writing");
        let (mut last, mut admitted) = (i64::MIN, Vec::new());
        for (record, slot) in records.iter().zip(&batch.slots) {
            let index = record.index;
            let envelope = envelope::open(&record.leaf).map(|(envelope, _)| envelope);
            let envelope = envelope.map_err(|error| wrong(format!("entry {index}: {error}")))?;
            let author = self.reader.keys().authors.get(&envelope.author);
            let author = author.ok_or_else(|| {
                wrong(format!("entry {index} is signed by an author whose key is not in `keys/` here; bring it"))
            })?;
            envelope::verify(&record.leaf, author).map_err(|error| wrong(format!("entry {index}: {error}")))?;
            if envelope.received_at_ms < last {
                return Err(wrong(format!("entry {index} came in before the one in front of it")));
            }
            last = envelope.received_at_ms;
            if record.payload.is_empty() {
                continue;
            }
            let slot = ring.open_slot(index, &leaf_hash(&record.leaf).0, envelope.class, slot);
            let payload = slot.as_ref().and_then(|slot| open_payload(&slot.key, &record.payload));
            let payload = payload.and_then(|payload| Payload::from_bytes(payload).ok());
            let said = slot.zip(payload).filter(|(slot, payload)| payload.commit(&slot.salt) == envelope.commitment);
            let (_, payload) =
                said.ok_or_else(|| wrong(format!("what entry {index} says does not open to what it committed to")))?;
            if envelope.kind == AUTHOR_ADMITTED {
                admitted.push(payload.into_value());
            }
        }
        Ok((last, admitted))
    }

    /// Takes over a generation of record keys.
    fn follow_keys(&mut self, keys: &NewKeys, key: &str) -> Result<(), Error> {
        let engine = self.engine();
        let wrong = |problem: String| engine.contradicted(key, problem);
        if key_at(keys.size, keys.generation.wrapping_sub(1)) != key {
            return Err(wrong("it is the generation of another place".into()));
        }
        let mut parts = BTreeMap::new();
        for (page, digest) in &keys.parts {
            parts.insert(*page, engine.part(*page, digest)?);
        }
        let ordered = if parts.is_empty() { BTreeSet::new() } else { self.ordered()? };
        let disk = self.reader.disk.clone();
        let mut ring = self.reader.ring.take().expect("invariant: a joined store is sealed and open for writing");
        let leaves = |first: u64, end: u64| self.leaves(first, end);
        let taken = ring.take_generation(&*disk, &keys.table, &parts, &leaves, &ordered);
        self.reader.ring = Some(ring);
        taken?.map_err(wrong)
    }

    /// The entries that orders in the log name.
    fn ordered(&self) -> Result<BTreeSet<u64>, Error> {
        let mut ordered = BTreeSet::new();
        let orders = self.entries_where(0, |envelope| envelope.kind == REDACTION_ORDERED);
        for entry in orders {
            let entry = entry?;
            let order = entry.payload.as_ref().ok().and_then(|payload| order_of(&entry.envelope.kind, payload));
            for name in order.iter().flat_map(|order| &order.entries).filter(|name| name.index < self.reader.size) {
                if leaf_hash(&self.leaf(name.index)?).0 == name.leaf {
                    ordered.insert(name.index);
                }
            }
        }
        Ok(ordered)
    }

    /// Publishes what the engine's head covers, if that is more than was published here.
    fn take_head(&mut self, head: Option<String>) -> Result<(), Error> {
        let engine = self.engine();
        let wrong = |problem: String| engine.contradicted("head", problem);
        let head = head.ok_or_else(|| wrong("it is not there, and was: the engine lost what it took".into()))?;
        let opened = Checkpoint::open(head.as_bytes(), &self.keys().log, &[]);
        let (theirs, _) = opened.map_err(|error| wrong(format!("it is not signed by this log: {error}")))?;
        let ours = self.checkpoint().size;
        if theirs.size > self.reader.size {
            return Err(wrong(format!("it covers {} entries, and the engine holds {}", theirs.size, self.reader.size)));
        }
        if theirs.size > ours {
            return self.publish_until(theirs.size, Some(&head));
        }
        if theirs.size < ours {
            let problem = format!(
                "it covers {} entries, and {ours} are published here: the engine lost what it took",
                theirs.size
            );
            return Err(wrong(problem));
        }
        if head != self.reader.signed_checkpoint()? {
            return Err(wrong(format!(
                "it is another one over the same {ours} entries; keep both, they convict whoever signed them"
            )));
        }
        Ok(())
    }

    /// A head that the engine has must be the one that follows from what is here.
    pub(in super::super) fn must_be_head(&self, head: &str, text: &str) -> Result<(), Error> {
        if head == text {
            return Ok(());
        }
        Err(self.engine().contradicted(
            "head",
            "its root is another one than that of the entries here; keep both, they convict whoever signed them",
        ))
    }

    /// Turns to a generation that the engine gets whole.
    pub(super) fn turn_to_send(&mut self) -> Result<(), Error> {
        let readers = self.readers();
        self.turn(&BTreeSet::new(), &BTreeSet::new(), &readers, Pages::All)
    }
}
