//! Two directories of one log over an engine that fails at every operation, before it or after it, once or for good, or at
//! which the other directory writes in between. Takes an engine of any kind; holds both directories to what they promised.

use super::*;
use crate::storage::engine::Trouble;
use crate::storage::redact::order_of;
use crate::storage::{NewEntry, Reader, Receipt};
use ledger::Hash;
use ledger::tree::leaf_hash;
use mission::record::Body;
use mission::record::body::{EntryName, Redaction};
use mission::record::envelope::Class;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

/// Opens the same engine for a log, as another process would.
type Engines<'a> = &'a dyn Fn(&VerifyingIdentity) -> Arc<dyn Engine>;

/// When everything came in but the first entries: the order in which two directories write is not that of their numbers.
const NOW_MS: i64 = 1_775_900_100_000;

/// What befalls one operation of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It is not done, and no answer comes.
    Before,
    /// It is done, and the answer is lost.
    After,
    /// As `Before`, and nothing is answered from then on.
    SilentBefore,
    /// As `After`, and nothing is answered from then on.
    SilentAfter,
    /// The other directory writes first.
    Between,
}

const FAULTS: [Fault; 5] = [Fault::Before, Fault::After, Fault::SilentBefore, Fault::SilentAfter, Fault::Between];

type Meanwhile = Box<dyn FnMut() + Send>;

struct Faulty {
    inner: Arc<dyn Engine>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    operations: u64,
    fault: Option<(u64, Fault)>,
    silent: bool,
    meanwhile: Option<Meanwhile>,
}

impl Faulty {
    fn new(inner: Arc<dyn Engine>, fault: Option<(u64, Fault)>) -> Arc<Faulty> {
        Arc::new(Faulty { inner, state: Mutex::new(State { fault, ..State::default() }) })
    }

    fn operations(&self) -> u64 {
        self.state.lock().expect("nobody panicked").operations
    }

    fn doing<T>(&self, done: impl Fn(&dyn Engine) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let lost = || Err(Trouble::Unanswered("the answer was lost".into()));
        let mut state = self.state.lock().expect("nobody panicked");
        if state.silent {
            return lost();
        }
        let fault = state.fault.filter(|(at, _)| *at == state.operations).map(|(_, fault)| fault);
        state.operations += 1;
        state.silent = matches!(fault, Some(Fault::SilentBefore | Fault::SilentAfter));
        match fault {
            None => {}
            Some(Fault::Between) => {
                if let Some(mut meanwhile) = state.meanwhile.take() {
                    meanwhile();
                }
            }
            Some(Fault::Before | Fault::SilentBefore) => return lost(),
            Some(Fault::After | Fault::SilentAfter) => {
                let _ = done(&*self.inner);
                return lost();
            }
        }
        drop(state);
        done(&*self.inner)
    }
}

impl Engine for Faulty {
    fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<Put, Trouble> {
        self.doing(|inner| inner.put_if_absent(key, bytes))
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Trouble> {
        self.doing(|inner| inner.get(key))
    }

    fn head(&self) -> Result<Option<String>, Trouble> {
        self.doing(|inner| inner.head())
    }

    fn compare_and_swap_head(&self, expected: Option<&str>, new: &str) -> Result<Swap, Trouble> {
        self.doing(|inner| inner.compare_and_swap_head(expected, new))
    }
}

/// What the world outside was told.
#[derive(Default)]
struct Told {
    leaves: BTreeMap<u64, Hash>,
    heads: BTreeMap<u64, Hash>,
    broken: Vec<String>,
    number: i64,
}

impl Told {
    fn receipts(&mut self, receipts: &[Receipt]) {
        for receipt in receipts {
            if self.leaves.insert(receipt.index, receipt.leaf).is_some() {
                self.broken.push(format!("index {} was given twice", receipt.index));
            }
        }
    }

    fn head(&mut self, size: u64, root: Hash) {
        if *self.heads.entry(size).or_insert(root) != root {
            self.broken.push(format!("two heads over {size} entries"));
        }
    }
}

/// A directory of the log, open or not.
struct Site {
    path: PathBuf,
    store: Option<Store>,
}

impl Site {
    /// Whether it is open now.
    fn open(&mut self, engine: Arc<dyn Engine>) -> Result<&mut Store, Error> {
        if self.store.is_none() {
            let mut store = Store::open_unmet(Arc::new(LocalDisk), &self.path)?;
            store.join_to(Joined::impatient(engine, 1), Complete::Yes)?;
            self.store = Some(store.finish()?);
        }
        Ok(self.store.as_mut().expect("opened"))
    }

    /// A batch; again, as often as the other directory was first.
    fn append(&mut self, told: &Mutex<Told>, engine: &Arc<dyn Engine>, count: i64) -> Result<(), Error> {
        for _ in 0..4 {
            let first = {
                let mut told = told.lock().expect("nobody panicked");
                told.number += count;
                told.number - count
            };
            let batch = (first..first + count).map(|number| NewEntry { received_at_ms: NOW_MS, ..new_entry(number) });
            match self.open(engine.clone())?.append(batch.collect()) {
                Ok(receipts) => {
                    told.lock().expect("nobody panicked").receipts(&receipts);
                    return Ok(());
                }
                Err(Error::Overtaken { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        panic!("overtaken four times by one directory")
    }

    fn publish(&mut self, told: &Mutex<Told>, engine: &Arc<dyn Engine>) -> Result<(), Error> {
        let checkpoint = self.open(engine.clone())?.publish()?;
        told.lock().expect("nobody panicked").head(checkpoint.size, checkpoint.root);
        Ok(())
    }

    /// Erases the entry at an index, if it is not erased yet.
    fn redact(&mut self, told: &Mutex<Told>, engine: &Arc<dyn Engine>, index: u64) -> Result<(), Error> {
        let store = self.open(engine.clone())?;
        let leaf = leaf_hash(&store.leaf(index)?).0;
        let order = Redaction {
            entries: vec![EntryName { index, leaf }],
            authority: "court".into(),
            ground: "law".into(),
            approved_by: vec!["registrar".into()],
            attested: Vec::new(),
        };
        let body = Body::RedactionOrdered(order);
        let entry =
            NewEntry { kind: body.kind().into(), class: Class::Public, payload: body.write(), received_at_ms: NOW_MS };
        match store.redact(vec![entry]) {
            Ok(receipts) => {
                told.lock().expect("nobody panicked").receipts(&receipts);
                Ok(())
            }
            Err(Error::Overtaken { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A log with two directories on an engine, joined while it held entries, and copied after.
struct World {
    scratch: Scratch,
    told: Arc<Mutex<Told>>,
    engine: Arc<dyn Engine>,
    sites: [Arc<Mutex<Site>>; 2],
}

impl World {
    fn new(engines: Engines<'_>) -> World {
        let scratch = Scratch::new();
        let paths = [scratch.path(), scratch.path().with_file_name("second")];
        let told = Arc::new(Mutex::new(Told::default()));
        let mut store = Store::create(&paths[0], &settings()).expect("created");
        let receipts = store.append((0..3).map(new_entry).collect()).expect("appended");
        store.publish().expect("published");
        let engine = engines(&store.keys().log);
        {
            let mut told = told.lock().expect("nobody panicked");
            (told.number, _) = (3, told.receipts(&receipts));
            told.head(store.checkpoint().size, store.checkpoint().root);
        }
        store.join_to(Joined::impatient(engine.clone(), 0), Complete::NotYet).expect("joined");
        drop(store);
        copy(&paths[0], &paths[1]);
        let sites = paths.map(|path| Arc::new(Mutex::new(Site { path, store: None })));
        World { scratch, told, engine, sites }
    }

    /// Both directories, opened again over an engine that answers: everything promised is there, and all three are one.
    fn check(&self) -> Result<(), String> {
        for round in 0..2 {
            for site in &self.sites {
                let mut site = site.lock().expect("nobody panicked");
                site.store = None;
                let store = site.open(self.engine.clone()).map_err(|error| format!("it does not open: {error}"))?;
                if round == 1 {
                    self.hold(store)?;
                }
            }
        }
        let size = self.sites.each_ref().map(|site| {
            let mut site = site.lock().expect("nobody panicked");
            site.store = None;
            let size = Reader::open(&site.path).expect("opened").size();
            expect_yes(&site.path, size);
            size
        });
        if size[0] == size[1] { Ok(()) } else { Err(format!("the directories hold {size:?} entries")) }
    }

    fn hold(&self, store: &Store) -> Result<(), String> {
        let told = self.told.lock().expect("nobody panicked");
        if let Some(broken) = told.broken.first() {
            return Err(broken.clone());
        }
        for (index, leaf) in &told.leaves {
            let held = store.leaf(*index).map_err(|error| format!("entry {index} is lost: {error}"))?;
            if leaf_hash(&held) != *leaf {
                return Err(format!("entry {index} was acknowledged, and another stands in its place"));
            }
        }
        for (size, root) in &told.heads {
            let held = store.root_of(*size).map_err(|error| format!("head over {size}: {error}"))?;
            if held != *root {
                return Err(format!("a head over {size} entries is contradicted"));
            }
        }
        for entry in store.entries() {
            let entry = entry.map_err(|error| format!("an entry cannot be read: {error}"))?;
            let Some(order) = entry.payload.as_ref().ok().and_then(|it| order_of(&entry.envelope.kind, it)) else {
                continue;
            };
            for name in order.entries {
                if store.payload(name.index).is_ok() {
                    return Err(format!("entry {} was ordered erased by entry {}, and opens", name.index, entry.index));
                }
            }
        }
        store.compare_whole().map_err(|error| error.to_string())
    }
}

/// What the first directory does while the engine fails; the second writes before and after.
fn script(world: &World, engine: &Arc<dyn Engine>) -> Result<(), Error> {
    let mut site = world.sites[0].lock().expect("nobody panicked");
    site.append(&world.told, engine, 2)?;
    site.publish(&world.told, engine)?;
    site.store = None;
    site.append(&world.told, engine, 1)?;
    site.append(&world.told, engine, 3)?;
    site.redact(&world.told, engine, 1)?;
    site.append(&world.told, engine, 1)?;
    site.publish(&world.told, engine)
}

/// What the second does in between.
fn meanwhile(world: &World) -> Meanwhile {
    let (site, told, engine) = (world.sites[1].clone(), world.told.clone(), world.engine.clone());
    Box::new(move || {
        let mut site = site.lock().expect("nobody panicked");
        site.append(&told, &engine, 2).expect("the engine answers it");
        site.publish(&told, &engine).expect("the engine answers it");
        site.redact(&told, &engine, 0).expect("the engine answers it");
    })
}

/// Every fault at every operation of the script, or at each `step`th; says how many were tried.
pub(super) fn every_operation(engines: Engines<'_>, step: usize) -> usize {
    let world = World::new(engines);
    let counting = Faulty::new(world.engine.clone(), None);
    script(&world, &(counting.clone() as Arc<dyn Engine>)).expect("nothing fails");
    world.check().expect("nothing failed");
    let places = (0..counting.operations()).flat_map(|at| FAULTS.map(|fault| (at, fault)));
    let mut tried = 0;
    for place in places.step_by(step) {
        let world = World::new(engines);
        let faulty = Faulty::new(world.engine.clone(), Some(place));
        faulty.state.lock().expect("nobody panicked").meanwhile = Some(meanwhile(&world));
        let ended = script(&world, &(faulty as Arc<dyn Engine>));
        if let Err(error) = &ended {
            assert!(matches!(error, Error::Engine { .. } | Error::Overtaken { .. }), "{place:?}: {error}");
        }
        if let Err(broken) = world.check() {
            panic!("{place:?} ({ended:?}) in {}: {broken}", world.scratch.path().display());
        }
        tried += 1;
    }
    tried
}

#[test]
fn every_fault_of_a_directory_keeps_the_promises() {
    let scratch = Scratch::new();
    let tried = every_operation(&|log| directory(&scratch, log), 1);
    println!("{tried} faults of the engine");
}
