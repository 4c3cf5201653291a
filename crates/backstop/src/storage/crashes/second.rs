//! Damage at rest in the second home of a log: takes a store that was joined to a directory, and turns every bit of every file
//! there, each alone. Never lets a turned bit pass that neither opening nor comparing piece by piece names, and never lets a
//! root be signed that is not the one that the untouched store signs.

use super::disk::SimulatedDisk;
use super::image::{Image, Inode};
use super::outside::{Outside, STORE};
use super::{End, Step, create, entry, number_from, on_threads, open, play, process};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Bits that a thread takes at once.
const BITS: usize = 512;
/// Files that hold nothing.
const EMPTY: &str = "lock";

fn disk_with(image: Image) -> SimulatedDisk {
    let mut outside = Outside::default();
    outside.created = true;
    SimulatedDisk::holding(image, Arc::new(outside))
}

/// Batches of before joining and of after it, an erasure, and entries behind it.
fn made() -> Image {
    let disk = SimulatedDisk::holding(Image::empty(), Arc::new(Outside::default()));
    let store = create(&disk).expect("created");
    let script = [Step::Append(2, 5), Step::Publish, Step::Join, Step::Append(2, 5), Step::Redact(1)];
    let script = [script.as_slice(), &[Step::Append(1, 5), Step::Publish]].concat();
    play(&disk, store, &script, &mut 0, 1).expect("played");
    let [image, _] = disk.images();
    image
}

/// The files below a folder, by their path below it.
fn files(image: &Image, root: &str) -> BTreeMap<String, (Inode, Arc<Vec<u8>>)> {
    let mut files = BTreeMap::new();
    let mut left = vec![(String::new(), image.find(Path::new(root)).expect("it is there"))];
    while let Some((path, inode)) = left.pop() {
        match image.directory(inode) {
            Ok(names) => left.extend(names.iter().map(|(name, inode)| (format!("{path}/{name}"), *inode))),
            Err(_) => drop(files.insert(path, (inode, image.bytes(inode).clone()))),
        }
    }
    files
}

/// What became of a store when somebody went to sign with it.
struct Signed {
    /// Why it did not come to that.
    refused: Option<String>,
    /// What comparing piece by piece said before.
    compared: Option<String>,
    /// The store's files afterwards.
    files: BTreeMap<String, Arc<Vec<u8>>>,
}

/// Opens the store, compares it piece by piece, and goes on whatever that said: records an entry and publishes it.
fn sign(image: Image) -> Signed {
    let disk = disk_with(image);
    let mut compared = None;
    let end = process(&disk, || {
        let mut store = open(&disk)?;
        compared = store.compare_whole().err().map(|error| error.to_string());
        store.append(vec![entry(1_000, 5)]).map_err(|error| error.to_string())?;
        store.publish().map_err(|error| error.to_string())?;
        Ok(())
    });
    let refused = match end {
        End::Done => None,
        End::Refused(why) => Some(why),
        End::Stopped => Some("the process ended as if the disk had failed".into()),
        End::Panicked(what) => panic!("{what}"),
    };
    let [now, _] = disk.images();
    let files = files(&now, STORE).into_iter().map(|(path, (_, bytes))| (path, bytes)).collect();
    Signed { refused, compared, files }
}

/// `BACKSTOP_FLIP_ALL=1` leaves no bit out; else one of each byte is turned.
#[test]
fn every_turned_bit_of_an_engine_is_named_and_never_signed() {
    let image = made();
    let untouched = sign(image.clone());
    assert_eq!((untouched.refused, untouched.compared), (None, None), "the untouched store signs");
    let after = untouched.files;
    let all = number_from("BACKSTOP_FLIP_ALL", 0) == 1;
    let there = files(&image, "/second");
    let work: Vec<(&String, Inode, usize, usize)> = there
        .iter()
        .flat_map(|(path, (inode, bytes))| {
            let bits = bytes.len() * 8;
            (0..bits).step_by(BITS).map(move |from| (path, *inode, from, (from + BITS).min(bits)))
        })
        .collect();
    let found = on_threads(work, |(path, inode, from, until)| {
        let (mut wrong, mut turned) = (Vec::new(), 0_u64);
        let name = path.rsplit('/').next().expect("a name");
        for bit in (from..until).filter(|bit| all || bit % 8 == bit / 8 % 8) {
            turned += 1;
            let mut image = image.clone();
            image.bytes_mut(inode)[bit / 8] ^= 1 << (bit % 8);
            let signed = sign(image);
            match signed.refused.as_ref().or(signed.compared.as_ref()) {
                None => wrong.push(format!("{path} bit {bit}: nobody notices")),
                Some(why) if !why.contains(name) => wrong.push(format!("{path} bit {bit}: without its place: {why}")),
                Some(_) => {}
            }
            // Whoever goes on all the same signs what the untouched store signs.
            if signed.refused.is_none() && signed.files != after {
                wrong.push(format!("{path} bit {bit}: it signed on, and something else"));
            }
        }
        (turned, wrong)
    });
    let turned: u64 = found.iter().map(|(turned, _)| turned).sum();
    let wrong: Vec<&String> = found.iter().flat_map(|(_, wrong)| wrong).collect();
    println!("turned {turned} bits of {} files", there.len());
    assert!(there.keys().any(|path| path.contains("/part-")), "an erasure leaves wrapped slots there");
    assert!(there.keys().filter(|path| path.ends_with(EMPTY)).count() == 1 && turned > 5_000);
    let shown: Vec<&&String> = wrong.iter().take(40).collect();
    assert!(wrong.is_empty(), "of {turned} turned bits, {} passed: {shown:#?}", wrong.len());
}
