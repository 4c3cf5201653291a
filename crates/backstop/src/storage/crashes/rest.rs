//! Damage at rest: takes a store of 1,030 entries and turns every bit of every file of it, each alone; gives what became of each.
//! Never lets a turned bit pass that nobody repairs or names, unless it stands in the list of what harms nothing, and
//! never lets a root be signed that is not the one that the untouched store signs.
//!
//! Signing is tried in earnest with each bit of the bytes that opening, recording and publishing read; the disk tells which
//! these are, and what is not read changes nothing. Whether the bit is noticed is asked of the part of `verify` that reads the
//! file, and of the whole `verify` for a share of the bits, drawn from a seed.

use super::chance::Chance;
use super::disk::SimulatedDisk;
use super::image::{Image, Inode};
use super::outside::{Outside, STORE};
use super::{
    End, commit, entry, must_stand_in_the_page, number_from, on_threads, open, process, reader_secret, statement,
};
use crate::storage::disk::{Disk, OpenFile};
use crate::storage::sealing::{PAGE_SLOTS, Ring, SLOT_BYTES};
use crate::storage::segment::{HEADER_BYTES, Header, Piece, Place, Record, SegmentReader};
use crate::storage::verify::alone::{self, Named, TileFile};
use crate::storage::{Entitled, Error, NewEntry, ReaderSecret, Store, Verification, verify_on};
use ed25519_dalek::SigningKey;
use ledger::WitnessIdentity;
use ledger::tile::{self, Content, Tile};
use ledger::tree::{Hash, leaf_hash};
use mission::record::Body;
use mission::record::body::{EntryName, Redaction};
use mission::record::envelope::{self, Class, KeyId, author_line};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const ENTRIES: u64 = 1030;
const DAY: i64 = 1_775_900_000_000;
/// Bits that a thread takes at once.
const STEP: usize = 8192;

/// Bytes that have no meaning, by the file and where they begin in each half of it: nobody reads them, and nobody notices.
const NO_MEANING: (&str, usize, usize) = ("record-keys/root", 88, 4096);

/// A file of the store by its path below it.
struct File {
    path: String,
    inode: Inode,
    bytes: Arc<Vec<u8>>,
    /// Which bytes opening, recording and publishing read.
    is_read: Vec<bool>,
}

/// The store before anything happens to it.
struct Whole {
    image: Image,
    files: Vec<File>,
    /// The same after one more entry was recorded and published.
    after: BTreeMap<String, (Inode, Arc<Vec<u8>>)>,
    authors: BTreeSet<KeyId>,
    own: ReaderSecret,
    records: Vec<Record>,
    hashes: Vec<Hash>,
}

fn disk_with(image: Image) -> SimulatedDisk {
    let mut outside = Outside::default();
    outside.created = true;
    SimulatedDisk::holding(image, Arc::new(outside))
}

fn order(store: &Store, index: u64, at: i64) -> NewEntry {
    let body = Body::RedactionOrdered(Redaction {
        entries: vec![EntryName { index, leaf: leaf_hash(&store.leaf(index).expect("there")).0 }],
        authority: "the court".into(),
        ground: "order 12".into(),
        approved_by: vec!["the commission".into()],
        attested: Vec::new(),
    });
    NewEntry { kind: body.kind().to_owned(), class: Class::Public, received_at_ms: at, payload: body.write() }
}

/// A store with everything that one can hold: an author elsewhere and statements of hers, a reader, a commitment, an erased
/// entry, all classes, several segments, partial tiles of several widths, and a checkpoint that a witness countersigned.
fn make(disk: &SimulatedDisk) {
    let author = SigningKey::from_bytes(&[1; 32]);
    let mut store = super::create(disk).expect("created");
    store.admit("post-1", &author_line(&author.verifying_key()), DAY).expect("admitted");
    for number in 1..=3 {
        store.submit(&[statement(&author, number)], DAY).expect("submitted")[0].as_ref().expect("recorded");
    }
    let key = reader_secret("north").public();
    store.entitle(Entitled { name: "north".into(), key, classes: [Class::Mission].into() }).expect("entitled");
    let mut number = 0;
    commit(disk, &mut store, &mut number).expect("committed");
    let mut append = |store: &mut Store, until: u64| {
        let class = |number: i64| Class::ALL[number as usize % Class::ALL.len()];
        let first = number;
        number += (until - store.size()) as i64;
        let batch = (first..number).map(|number| NewEntry { class: class(number), ..entry(number, 5) });
        store.append(batch.collect()).expect("appended");
    };
    append(&mut store, 40);
    let orders = order(&store, 20, DAY + 35);
    store.redact(vec![orders]).expect("redacted");
    while store.size() < ENTRIES - 8 {
        let until = (store.size() + 34).min(ENTRIES - 8);
        append(&mut store, until);
    }
    for until in [ENTRIES - 8, ENTRIES - 3, ENTRIES] {
        append(&mut store, until);
        store.publish().expect("published");
    }
    store.submit(&[statement(&author, 2)], DAY).expect("it came in before");
    let witness = WitnessIdentity::new("witness.example", SigningKey::from_bytes(&[7; 32])).expect("a name");
    let text = store.checkpoint_text().to_owned();
    let body = text.split_once("\n\n").expect("a note").0;
    let line = witness.cosign(&format!("{body}\n"), 1_775_900_000).expect("signed");
    store.set_cosigned(format!("{text}{line}")).expect("cosigned");
}

fn whole() -> Whole {
    let disk = disk_with(Image::empty());
    make(&disk);
    let [image, _] = disk.images();
    let (end, after, read) = sign(image.clone());
    assert_eq!(end, End::Done, "the untouched store signs");
    let named = files_of(&image).into_iter();
    let mut files: Vec<File> =
        named.map(|(path, (inode, bytes))| File { path, inode, is_read: vec![false; bytes.len()], bytes }).collect();
    for (inode, from, length) in read {
        if let Some(file) = files.iter_mut().find(|file| file.inode == inode) {
            // What is behind the end was written in between.
            let end = file.is_read.len();
            file.is_read[from.min(end)..(from + length).min(end)].fill(true);
        }
    }
    let store = open(&disk_with(image.clone())).expect("opened");
    let records: Vec<Record> = store.records(0).map(|record| record.expect("there")).collect();
    let own = &files.iter().find(|file| file.path == "keys/reader.key").expect("the store's own secret").bytes;
    Whole {
        after: files_of(&after),
        authors: store.keys().authors.keys().copied().collect(),
        own: ReaderSecret::parse(std::str::from_utf8(own).expect("text").trim_end()).expect("a secret"),
        hashes: records.iter().map(|record| leaf_hash(&record.leaf)).collect(),
        image,
        files,
        records,
    }
}

fn files_of(image: &Image) -> BTreeMap<String, (Inode, Arc<Vec<u8>>)> {
    let mut files = BTreeMap::new();
    let mut open = vec![(String::new(), image.find(Path::new(STORE)).expect("the store is there"))];
    while let Some((path, inode)) = open.pop() {
        match image.directory(inode) {
            Ok(names) => open.extend(names.iter().map(|(name, inode)| {
                let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                (below, *inode)
            })),
            Err(_) => drop(files.insert(path, (inode, image.bytes(inode).clone()))),
        }
    }
    files
}

fn turn(bytes: &mut [u8], bit: usize) {
    bytes[bit / 8] ^= 1 << (bit % 8);
}

fn turned(whole: &Whole, file: &File, bit: usize) -> Image {
    let mut image = whole.image.clone();
    turn(image.bytes_mut(file.inode), bit);
    image
}

/// Opens a store, records an entry and publishes it; gives how that ended, the disk after it, and what was read.
fn sign(image: Image) -> (End, Image, Vec<(Inode, usize, usize)>) {
    let disk = disk_with(image);
    let end = process(&disk, || {
        let said = |error: Error| error.to_string();
        let mut store = open(&disk)?;
        store.append(vec![entry(ENTRIES as i64, 5)]).map_err(said)?;
        store.publish().map_err(said)?;
        Ok(())
    });
    let [now, _] = disk.images();
    (end, now, disk.read())
}

/// What became of a store with a turned bit when somebody went to sign with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signing {
    /// It was refused, naming the place.
    Refused,
    /// It went on, and the disk is as if nothing had been.
    Repaired,
    /// It went on and signed what the untouched store signs; the bit stands as it stood, read or not.
    Standing,
}

fn signing(whole: &Whole, file: &File, bit: usize) -> Result<Signing, String> {
    if !file.is_read[bit / 8] {
        return Ok(Signing::Standing);
    }
    let (end, now, _) = sign(turned(whole, file, bit));
    match end {
        End::Refused(problem) if problem.contains(place(&file.path)) => Ok(Signing::Refused),
        End::Refused(problem) => Err(format!("refused without its place: {problem}")),
        End::Done => {
            let now = files_of(&now);
            let mut differ: Vec<&String> = now.keys().filter(|path| !whole.after.contains_key(*path)).collect();
            let other = |path: &String, bytes: &Arc<Vec<u8>>| now.get(path).is_none_or(|(_, now)| now != bytes);
            differ.extend(whole.after.iter().filter(|(path, (_, bytes))| other(path, bytes)).map(|(path, _)| path));
            if differ.is_empty() {
                return Ok(Signing::Repaired);
            }
            let mut standing = whole.after.get(&file.path).map(|(_, bytes)| bytes.to_vec()).unwrap_or_default();
            if bit / 8 < standing.len() {
                turn(&mut standing, bit);
            }
            if differ == [&file.path] && *now[&file.path].1 == standing {
                Ok(Signing::Standing)
            } else {
                Err(format!("it signed on, and these differ: {differ:?}"))
            }
        }
        End::Stopped => Err("the process ended as if the disk had failed".into()),
        End::Panicked(problem) => Err(problem),
    }
}

/// What a refusal must name: keys are held against one another, and the last bundle and tiles against their root.
fn place(path: &str) -> &str {
    ["keys", "log/tile"].into_iter().find(|folder| Path::new(path).starts_with(folder)).unwrap_or(path)
}

/// The part of `verify` that reads a file, ready for many turned bits of it.
enum Part<'a> {
    Head,
    Keys,
    Tile {
        file: TileFile,
        leaves: Vec<Option<&'a [u8]>>,
        below: Vec<Option<Hash>>,
    },
    Slots {
        disk: SimulatedDisk,
        ring: Box<Ring>,
        page: Arc<dyn OpenFile>,
        first: u64,
    },
    Records {
        header: Header,
        places: Vec<Place>,
    },
    /// `verify` does not read it.
    None,
}

impl<'a> Part<'a> {
    fn of(whole: &'a Whole, file: &File) -> Part<'a> {
        match file.path.split('/').next().expect("a name") {
            "keys" if file.path.ends_with("reader.key") => Part::Keys,
            "keys" if file.path.ends_with(".key") => Part::None,
            "store.toml" | "keys" => Part::Head,
            "log" if file.path == "log/checkpoint" => Part::Head,
            "log" => Part::of_tile(whole, file),
            "record-keys" if file.path.contains("/page-") => {
                let number: u64 = file.path["record-keys/page-".len()..][..8].parse().expect("a number");
                let disk = disk_with(whole.image.clone());
                let ring = Ring::open(&disk, Path::new(STORE), Some(whole.own.clone())).expect("it opens").into();
                let page = disk.open_to_write(&Path::new(STORE).join(&file.path)).expect("there");
                Part::Slots { disk, ring, page, first: number * PAGE_SLOTS }
            }
            "record-keys" => Part::Keys,
            "payloads" => {
                let header = Header::parse(&file.bytes).expect("a segment");
                Part::Records { header, places: places(&file.bytes, header) }
            }
            _ => Part::None,
        }
    }

    fn of_tile(whole: &'a Whole, file: &File) -> Part<'a> {
        let tile = Tile::parse(file.path.strip_prefix("log/").expect("below the log")).expect("a tile");
        let first = tile.index as usize * usize::from(tile::WIDTH);
        let (mut leaves, mut below) = (Vec::new(), Vec::new());
        match tile.content {
            Content::Entries => leaves.extend(whole.records[first..].iter().map(|record| Some(record.leaf.as_slice()))),
            Content::Hashes { level: 0 } => below.extend(whole.hashes[first..].iter().copied().map(Some)),
            Content::Hashes { .. } => below.extend(whole.hashes.chunks_exact(usize::from(tile::WIDTH)).map(|hashes| {
                let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
                tile::subtree_hash(&bytes, 0, tile::WIDTH).ok()
            })),
        }
        leaves.truncate(usize::from(tile::WIDTH));
        below.truncate(usize::from(tile::WIDTH));
        Part::Tile { file: TileFile { tile, bytes: file.bytes.to_vec() }, leaves, below }
    }

    /// What it says of the file with this bit turned.
    fn says(&mut self, whole: &Whole, file: &File, bit: usize) -> Vec<Named> {
        let store = Path::new(STORE);
        match self {
            Part::None => Vec::new(),
            Part::Head => alone::head(&disk_with(turned(whole, file, bit)), store, &whole.authors),
            Part::Keys => alone::ring(&disk_with(turned(whole, file, bit)), store),
            Part::Tile { file, leaves, below } => {
                turn(&mut file.bytes, bit);
                let named = alone::tile(file, leaves, below);
                turn(&mut file.bytes, bit);
                named
            }
            Part::Slots { disk, ring, page, first } => {
                let at = bit / 8;
                let index = *first + (at / SLOT_BYTES) as u64;
                let put = |byte: u8| page.write_at(&[byte], at as u64).and_then(|()| page.flush()).expect("in memory");
                put(file.bytes[at] ^ 1 << (bit % 8));
                let record = &whole.records[index as usize];
                let class = envelope::open(&record.leaf).expect("an envelope").0.class;
                let named = alone::slot(disk, store, record, class, ring);
                put(file.bytes[at]);
                named
            }
            Part::Records { header, places } => record_says(file, *header, places, bit),
        }
    }
}

/// Where the records of a segment begin, and where the last one ends.
fn places(bytes: &[u8], header: Header) -> Vec<Place> {
    let mut reader = SegmentReader::of(bytes[HEADER_BYTES as usize..].to_vec(), header.format, header.place());
    let mut places = Vec::new();
    loop {
        places.push(Place { offset: reader.offset(), before: reader.check(), next: reader.index() });
        match reader.read().expect("in memory") {
            Piece::Record(_) => {}
            Piece::End => return places,
            other @ (Piece::Damaged(..) | Piece::CutShort) => panic!("an untouched segment has {other:?}"),
        }
    }
}

fn record_says(file: &File, header: Header, places: &[Place], bit: usize) -> Vec<Named> {
    let path = || PathBuf::from(&file.path);
    if bit / 8 < HEADER_BYTES as usize {
        let mut bytes = file.bytes[..HEADER_BYTES as usize].to_vec();
        turn(&mut bytes, bit);
        // It is held against where the segment before ended.
        return if Header::parse(&bytes) == Some(header) { Vec::new() } else { vec![(path(), 0)] };
    }
    let record = places.partition_point(|place| place.offset <= (bit / 8) as u64) - 1;
    let (from, until) = (places[record], places[record + 1]);
    let mut bytes = file.bytes[from.offset as usize..until.offset as usize].to_vec();
    turn(&mut bytes, bit - 8 * from.offset as usize);
    match SegmentReader::of(bytes, header.format, from).read().expect("in memory") {
        Piece::Record(_) | Piece::End => Vec::new(),
        Piece::Damaged(..) | Piece::CutShort => vec![(path(), from.offset)],
    }
}

/// What became of the bits of a kind of file.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    bits: u64,
    turned: u64,
    noticed: u64,
    refused: u64,
    repaired: u64,
    unmeant: u64,
}

impl Row {
    fn add(&mut self, other: Row) {
        let Row { bits, turned, noticed, refused, repaired, unmeant } = other;
        self.bits += bits;
        self.turned += turned;
        self.noticed += noticed;
        self.refused += refused;
        self.repaired += repaired;
        self.unmeant += unmeant;
    }
}

/// The kind of a file in the table.
fn kind(path: &str) -> &str {
    const KINDS: [&str; 6] =
        ["payloads/", "log/tile/entries/", "log/tile/", "record-keys/page-", "record-keys/table-", "numbers/"];
    KINDS.into_iter().find(|kind| path.starts_with(kind)).unwrap_or(path)
}

fn has_no_meaning(file: &File, bit: usize) -> bool {
    let (path, from, half) = NO_MEANING;
    file.path == path && bit / 8 % half >= from
}

/// Turns these bits of a file, each alone; of bytes without a meaning one bit each, unless all are wanted.
fn turn_all(whole: &Whole, file: &File, bits: Range<usize>, all: bool) -> (Row, Vec<String>) {
    let mut row = Row { bits: bits.len() as u64, ..Row::default() };
    let (mut wrong, mut part) = (Vec::new(), Part::of(whole, file));
    for bit in bits {
        let unmeant = has_no_meaning(file, bit);
        if unmeant && !all && bit % 8 != bit / 8 % 8 {
            continue;
        }
        row.turned += 1;
        let said = part.says(whole, file, bit);
        row.noticed += u64::from(!said.is_empty());
        let mut complain = |what: &str| wrong.push(format!("{} bit {bit}: {what}", file.path));
        match signing(whole, file, bit) {
            Err(problem) => complain(&problem),
            Ok(Signing::Refused) => row.refused += 1,
            Ok(Signing::Repaired) => row.repaired += 1,
            Ok(Signing::Standing) if !said.is_empty() => {}
            Ok(Signing::Standing) if unmeant => row.unmeant += 1,
            Ok(Signing::Standing) => complain("nobody notices"),
        }
    }
    (row, wrong)
}

/// Asks the whole of `verify` about a turned bit: it must say what its part says, and name the file with a place before the bit.
fn verify_whole(whole: &Whole, file: &File, bit: usize) -> Result<(), String> {
    let said = Part::of(whole, file).says(whole, file, bit);
    let verification = verify_on(&disk_with(turned(whole, file, bit)), Path::new(STORE));
    let below = |path: &Path| {
        file.path == path.to_string_lossy() || path == Path::new("keys") && file.path.starts_with("keys/")
    };
    let is_named = match &verification {
        Verification::Yes { .. } => {
            return if said.is_empty() { Ok(()) } else { Err(format!("it says yes, its part {said:?}")) };
        }
        Verification::No { differences, .. } => {
            differences.iter().any(|found| below(&found.file) && found.offset <= (bit / 8) as u64)
        }
        Verification::CannotTell { missing } => missing.iter().any(|found| below(&found.file)),
    };
    if is_named { Ok(()) } else { Err(format!("its part says {said:?}, all of it {verification:?}")) }
}

/// `BACKSTOP_FLIP=payloads/00000003 cargo test -p backstop --lib every_turned_bit` looks at some files alone;
/// `BACKSTOP_FLIP_ALL=1` leaves no bit out.
#[test]
fn every_turned_bit_is_repaired_or_named_and_never_signed() {
    let whole = whole();
    let (only, all) = (std::env::var("BACKSTOP_FLIP").unwrap_or_default(), number_from("BACKSTOP_FLIP_ALL", 0) == 1);
    let files = || whole.files.iter().filter(|file| file.path.starts_with(&only));
    let work = files().flat_map(|file| {
        let bits = file.bytes.len() * 8;
        (0..bits).step_by(STEP).map(move |from| (file, from..(from + STEP).min(bits)))
    });
    let parts = on_threads(work.collect(), |(file, bits)| (kind(&file.path), turn_all(&whole, file, bits, all)));
    let (mut table, mut sum, mut wrong) = (BTreeMap::<&str, Row>::new(), Row::default(), Vec::new());
    for (kind, (row, complaints)) in parts {
        table.entry(kind).or_default().add(row);
        sum.add(row);
        wrong.extend(complaints);
    }
    let mut page = String::from(
        "| file | bits | turned | named by `verify` | refused by opening or signing | repaired | no meaning |\n\
         |---|--:|--:|--:|--:|--:|--:|\n",
    );
    for (kind, row) in table.iter().map(|(kind, row)| (format!("`{kind}`"), row)).chain([("all".to_owned(), &sum)]) {
        let Row { bits, turned, noticed, refused, repaired, unmeant } = row;
        page.push_str(&format!("| {kind} | {bits} | {turned} | {noticed} | {refused} | {repaired} | {unmeant} |\n"));
    }
    println!("{page}");
    let shown: Vec<&String> = wrong.iter().take(40).collect();
    assert!(wrong.is_empty(), "of {} turned bits, {} passed: {shown:#?}", sum.turned, wrong.len());
    if only.is_empty() && !all {
        must_stand_in_the_page("flips", &page);
    }
}

/// `BACKSTOP_FLIPS=2000 BACKSTOP_FLIP_SEED=7` asks about more bits, and others.
#[test]
fn all_of_verify_says_of_a_turned_bit_what_its_part_says() {
    let whole = whole();
    let (each, seed) = (number_from("BACKSTOP_FLIPS", 4) as usize, number_from("BACKSTOP_FLIP_SEED", 1));
    let mut chance = Chance::new(seed);
    let kinds: BTreeSet<&str> = whole.files.iter().map(|file| kind(&file.path)).collect();
    let (mut asked, mut wrong) = (0, Vec::new());
    for wanted in kinds {
        let files: Vec<&File> =
            whole.files.iter().filter(|file| kind(&file.path) == wanted && !file.bytes.is_empty()).collect();
        for _ in 0..if files.is_empty() { 0 } else { each } {
            let file = files[chance.below(files.len())];
            let bit = chance.below(file.bytes.len() * 8);
            asked += 1;
            let found = verify_whole(&whole, file, bit);
            wrong.extend(found.err().map(|what| format!("{} bit {bit}: {what}", file.path)));
        }
    }
    println!("asked `verify` about {asked} turned bits, {each} of each kind of file, from seed {seed}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
