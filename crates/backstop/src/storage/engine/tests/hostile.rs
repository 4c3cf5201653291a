//! An engine that lies: every piece that another directory needs, changed byte by byte, or replaced by one that the log's own key
//! signed in another history. Takes a directory that is behind; it must refuse, name the place and keep what it had.

use super::*;
use crate::storage::Reader;
use crate::storage::engine::Trouble;
use std::sync::Mutex;

/// An engine of which one answer is changed.
struct Lying {
    inner: Arc<dyn Engine>,
    /// Which of its answers, counted from the first that is not empty; the byte in it, and the bit.
    lie: (usize, usize, u8),
    /// Of the answers so far.
    lengths: Mutex<Vec<usize>>,
}

/// The answer in which the link that led to where the directory stands comes.
const TIP: usize = 1;

impl Lying {
    fn tell(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let mut lengths = self.lengths.lock().expect("nobody panicked");
        let (answer, at, bit) = self.lie;
        if lengths.len() == answer {
            bytes[at] ^= 1 << bit;
        }
        lengths.push(bytes.len());
        bytes
    }
}

impl Engine for Lying {
    fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<Put, Trouble> {
        self.inner.put_if_absent(key, bytes)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Trouble> {
        Ok(self.inner.get(key)?.map(|bytes| self.tell(bytes)))
    }

    fn head(&self) -> Result<Option<String>, Trouble> {
        Ok(self.inner.head()?.map(|head| String::from_utf8_lossy(&self.tell(head.into_bytes())).into_owned()))
    }

    fn compare_and_swap_head(&self, expected: Option<&str>, new: &str) -> Result<Swap, Trouble> {
        self.inner.compare_and_swap_head(expected, new)
    }
}

fn open(path: &std::path::Path, engine: Arc<dyn Engine>) -> Result<Store, Error> {
    let mut store = Store::open_unmet(Arc::new(LocalDisk), path)?;
    store.join_to(Joined::impatient(engine, 0), Complete::Yes)?;
    store.finish()
}

#[test]
fn no_changed_byte_of_an_engine_passes() {
    let scratch = Scratch::new();
    let (first, second) = (scratch.path(), scratch.path().with_file_name("second"));
    let mut store = Store::create(&first, &settings()).expect("created");
    store.append(vec![new_entry(0)]).expect("appended");
    let engine = directory(&scratch, &store.keys().log);
    store.join_to(Joined::impatient(engine.clone(), 0), Complete::NotYet).expect("joined");
    copy(&first, &second);
    // What the second has to take over: a batch, a generation with the slots of a page, and a head.
    store.append(vec![new_entry(1), new_entry(2)]).expect("appended");
    store.entitle(reader()).expect("entitled");
    store.disentitle("court").expect("removed");
    store.publish().expect("published");
    drop(store);

    let behind = scratch.path().with_file_name("behind");
    let opened = |lie: (usize, usize, u8)| {
        let lying = Arc::new(Lying { inner: engine.clone(), lie, lengths: Mutex::default() });
        let _ = std::fs::remove_dir_all(&behind);
        copy(&second, &behind);
        let opened = open(&behind, lying.clone());
        (opened, lying)
    };
    let (truth, lying) = opened((usize::MAX, 0, 0));
    let truth = truth.expect("nothing is changed");
    let lengths = lying.lengths.lock().expect("nobody panicked").clone();
    truth.compare_whole().expect("the same");
    drop(truth);
    let mut tried = 0;
    for (answer, length) in lengths.iter().enumerate() {
        for at in (0..*length).step_by(61) {
            match opened((answer, at, (at % 8) as u8)).0 {
                Ok(store) => {
                    // Of the link that led here only what is here as well is looked at.
                    assert_eq!(answer, TIP, "byte {at} of answer {answer} was changed, and nobody saw it");
                    store.compare_whole().expect("and nothing came of it");
                }
                Err(error) => {
                    assert!(matches!(error, Error::Contradicted { .. }), "answer {answer}, byte {at}: {error}");
                    let held = Reader::open(&behind).expect("it still opens");
                    assert!(held.payload(0).is_ok());
                    drop(open(&behind, engine.clone()).expect("the truth is taken over afterwards"));
                    tried += 1;
                }
            }
        }
    }
    println!("{tried} changed bits in {} answers", lengths.len());
    assert!(lengths.len() == 7 && tried > 60, "{tried} in {lengths:?}");
}

fn reader() -> crate::storage::Entitled {
    let key = crate::storage::ReaderSecret::new([7; 32]).public();
    let classes = [mission::record::envelope::Class::Mission].into();
    crate::storage::Entitled { name: "court".into(), key, classes }
}
