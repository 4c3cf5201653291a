//! Deriving anew: the entries folded once, and each result that they speak of made again from exactly its basis.
//!
//! Takes entries, wherever they are read; gives an answer for each result and for all. The fold goes through the entries in
//! order and hands out the ground of each result; who asks may make them on as many threads as there are, or one after the
//! other, as a browser does. Answers stand in log order and are the same.

mod erased;

pub use erased::{Attested, ErasedEntry, Erasure, ErasureOrder};

use crate::Answer;
use erased::Records;
use mission::record::Body;
use mission::record::body::REDACTION_ORDERED;
use mission::record::canonical::Value;
use mission::record::envelope::Envelope;
use mission::record::publication::{Attestation, Basis, Publication, PublishedFile};
use mission::{Closed, Mission, Trouble};
use report::Seal;
use report::publication::{Made, PROGRAM, attest, make, sha256, view};
use std::collections::{BTreeMap, BTreeSet};
use terms::Instant;

/// Kinds of entries by which the record speaks of results: nothing follows from them.
const RESULTS: [&str; 2] = ["bulletin.published", "derivation.attested"];
/// Entries to derive from: of a store, of a mirror, or as a reader dropped them.
pub trait Entries {
    /// How many the head covers.
    fn size(&self) -> u64;
    /// The log's origin line.
    fn origin(&self) -> &str;
    /// Root of the first `size` entries, base64.
    ///
    /// # Errors
    /// If it cannot be told, in words.
    fn root_of(&self, size: u64) -> Result<String, String>;
    /// Those of the entries whose kind is wanted, in log order; after an error nothing more comes.
    fn told(&self, wanted: fn(&str) -> bool) -> Box<dyn Iterator<Item = Result<Told, String>> + '_>;
}

/// A published entry.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its index.
    pub index: u64,
    /// Its public half.
    pub envelope: Envelope,
    /// What it says, or why that is not to be had.
    pub said: Result<Value, Closed>,
}

/// A result that the record speaks of, held against what follows from the entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditedResult {
    /// The entry that speaks of it.
    pub entry: u64,
    /// `bulletin` or `derivation`.
    pub kind: &'static str,
    /// `daily bulletin of 2026-04-12, for the public`.
    pub title: String,
    /// It follows from so many entries.
    pub basis: u64,
    /// What made it.
    pub program: String,
    /// Whether it comes out the same.
    pub answer: Answer,
}

/// What follows from all entries, as of the newest, for the mission's own staff.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Now {
    /// How many incidents, and the hash over them.
    pub incidents: (u64, String),
    /// How many streams of verdicts, and the hash over their hashes.
    pub verdicts: (u64, String),
}

/// The first entry that is not as it was signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changed {
    /// Its index.
    pub entry: u64,
    /// Where, and what is wrong with it.
    pub what: String,
}

impl Changed {
    /// What rests on a changed entry does not follow from what was signed: nothing is missing, so that is a no. Equal bytes stay
    /// a yes.
    fn judge(&self, basis: u64, answer: Answer) -> Answer {
        match answer {
            Answer::CannotTell(_) if basis > self.entry => {
                Answer::No(format!("it rests on entry {}, which is not as it was signed: {}", self.entry, self.what))
            }
            Answer::CannotTell(_) | Answer::Yes(_) | Answer::No(_) => answer,
        }
    }
}

/// What came of deriving.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Derived {
    /// Whether what was given out and attested follows from the entries.
    pub follows: Answer,
    /// Each result that the record speaks of, in log order.
    pub results: Vec<AuditedResult>,
    /// What follows from all entries; none if they cannot all be read.
    pub now: Option<Now>,
    /// What was erased, by order, and who attested what followed before.
    pub erased: Vec<Erasure>,
}

impl Derived {
    /// The entries could not be read at all.
    #[must_use]
    pub fn nothing(why: String) -> Derived {
        Derived { follows: Answer::CannotTell(why), results: Vec::new(), now: None, erased: Vec::new() }
    }
}

/// A result that an entry speaks of.
enum Spoken {
    Bulletin(Publication),
    Derivation(Attestation),
    /// The entry cannot be read: its kind, and why.
    Unread(&'static str, String),
}

impl Spoken {
    fn basis(&self) -> Option<&Basis> {
        match self {
            Spoken::Bulletin(publication) => Some(&publication.basis),
            Spoken::Derivation(attestation) => Some(&attestation.basis),
            Spoken::Unread(..) => None,
        }
    }

    /// `bulletin` or `derivation`, what to call it, and what made it.
    fn named(&self) -> (&'static str, String, String) {
        match self {
            Spoken::Bulletin(p) => {
                let title = format!("{} bulletin of {}, for {}", p.bulletin, p.day, readers(p.reader));
                ("bulletin", title, p.program.clone())
            }
            Spoken::Derivation(a) => {
                let title = format!(
                    "incidents and verdicts of {}, for {}, attested by {}",
                    a.judged_at,
                    readers(a.reader),
                    a.by
                );
                ("derivation", title, a.program.clone())
            }
            Spoken::Unread(kind, _) => (*kind, "not understood".to_owned(), "unknown".to_owned()),
        }
    }
}

fn readers(reader: mission::Reader) -> &'static str {
    match reader {
        mission::Reader::Public => "the public",
        mission::Reader::Mission => "the mission",
    }
}

/// What a result is made from: the state after its basis, and what is missing of it.
pub struct Ground {
    mission: Mission,
    seal: Seal,
    /// The root over the basis as the log has it.
    root: Result<String, String>,
    /// What is missing of these entries, so that a difference says nothing.
    gap: Option<String>,
}

/// The bytes of a published file, by its name, if they are at hand.
pub type GivenOut<'a> = &'a (dyn Fn(&str) -> Option<Vec<u8>> + Sync);

/// Everything that a log says was given out or attested, ready to be made again.
pub struct Deriving {
    told: Vec<(u64, Spoken)>,
    records: Records,
}

impl Deriving {
    /// Makes all results, one after the other; `changed` is the first entry that is known not to be as it was signed.
    #[must_use]
    pub fn all(entries: &dyn Entries, changed: Option<&Changed>, given_out: GivenOut<'_>) -> Derived {
        let deriving = Deriving::of(entries);
        let mut answers = BTreeMap::new();
        let folded = deriving.fold(entries, &mut |_| {}, &mut |at, ground| {
            answers.insert(at, deriving.compare(at, &ground, given_out));
        });
        deriving.conclude(folded, answers, changed)
    }

    /// Looks through the entries for results, and for the orders and attestations among them.
    #[must_use]
    pub fn of(entries: &dyn Entries) -> Deriving {
        let (told, records) = spoken_of(entries);
        Deriving { told, records }
    }

    /// Folds every published entry, and hands out the ground of each result, by its number, where the fold passes its basis.
    pub fn fold(
        &self,
        entries: &dyn Entries,
        progress: &mut dyn FnMut(u64),
        hand_out: &mut dyn FnMut(usize, Ground),
    ) -> Folded {
        let (told, records) = (&self.told, &self.records);
        let (origin, size) = (entries.origin().to_owned(), entries.size());
        let mut waiting: Vec<(u64, usize)> =
            told.iter().enumerate().filter_map(|(at, (_, told))| Some((told.basis()?.size, at))).collect();
        waiting.sort_unstable();
        let mut waiting = waiting.into_iter().peekable();
        let mut mission = Mission::default();
        // What kind of thing the entries said that orders name.
        let mut kinds = BTreeMap::new();
        let mut all = entries.told(|_| true);
        let mut read = 0;
        let stopped = loop {
            while let Some((basis, at)) = waiting.next_if(|(basis, _)| *basis == read) {
                let root = entries.root_of(basis);
                let seal = Seal { origin: origin.clone(), size: basis, root: root.clone().unwrap_or_default() };
                let gap = gap(&mission, records, &records.erasures(basis, &mission, &kinds));
                hand_out(at, Ground { mission: mission.clone(), seal, root, gap });
            }
            if read == size {
                break None;
            }
            progress(read);
            match all.next() {
                Some(Ok(Told { index, envelope, said })) => {
                    mission.apply_entry(index, &envelope, said.as_ref().map_err(|why| *why));
                    if records.is_ordered(index) {
                        kinds.insert(index, envelope.kind);
                    }
                }
                Some(Err(why)) => break Some(why),
                None => break Some(format!("entry {read} is not there")),
            }
            read += 1;
        };
        let erased = records.erasures(read, &mission, &kinds);
        let gap = gap(&mission, records, &erased);
        let whole = stopped.is_none() && gap.is_none() && mission.to_forget().is_empty();
        progress(read);
        let now = whole.then(|| now(&mission));
        Folded { stopped, gap, now, erased }
    }

    /// Makes one result again and holds it against what its entry says.
    #[must_use]
    pub fn compare(&self, at: usize, ground: &Ground, given_out: GivenOut<'_>) -> Answer {
        let (entry, told) = &self.told[at];
        compare(*entry, told, ground, given_out)
    }

    /// Puts together what was found, by the number of each result, with the first entry that is not as it was signed.
    #[must_use]
    pub fn conclude(&self, folded: Folded, mut answers: BTreeMap<usize, Answer>, changed: Option<&Changed>) -> Derived {
        let results = self.told.iter().enumerate().map(|(at, (entry, told))| {
            let (kind, title, program) = told.named();
            let basis = told.basis().map_or(0, |basis| basis.size);
            let answer = answers.remove(&at).unwrap_or_else(|| not_reached(*entry, told, &folded));
            let answer = changed.map_or(answer.clone(), |changed| changed.judge(basis, answer));
            AuditedResult { entry: *entry, kind, title, basis, program, answer }
        });
        let results: Vec<AuditedResult> = results.collect();
        let follows = summary(&results, &folded);
        let follows = match changed {
            // What cannot be read on from there would rest on all that is before it.
            Some(changed) if folded.stopped.is_some() => changed.judge(u64::MAX, follows),
            Some(_) | None => follows,
        };
        Derived { follows, now: folded.now, results, erased: folded.erased }
    }
}

/// What became of folding the entries.
pub struct Folded {
    /// Why the reading stopped before the end.
    stopped: Option<String>,
    /// What is missing of all entries.
    gap: Option<String>,
    now: Option<Now>,
    erased: Vec<Erasure>,
}

/// Every result that the published entries speak of, in log order, and the orders and attestations among them.
fn spoken_of(entries: &dyn Entries) -> (Vec<(u64, Spoken)>, Records) {
    let (mut spoken, mut records) = (Vec::new(), Records::default());
    let wanted: fn(&str) -> bool = |kind| RESULTS.contains(&kind) || kind == REDACTION_ORDERED;
    // What comes before damage is still compared; the fold says what is damaged.
    for Told { index, envelope, said } in entries.told(wanted).map_while(Result::ok) {
        let read = match &said {
            Ok(payload) => Body::read(&envelope.kind, payload).map_err(|error| format!("not understood: {error}")),
            Err(why) => Err(closed(index, *why)),
        };
        match read {
            Ok(Body::BulletinPublished(publication)) => spoken.push((index, Spoken::Bulletin(publication))),
            Ok(Body::DerivationAttested(attestation)) => {
                records.attestation(index, &attestation, entries);
                spoken.push((index, Spoken::Derivation(attestation)));
            }
            Ok(Body::RedactionOrdered(order)) => records.order(index, order),
            // An order that cannot be read is among the troubles of the fold.
            Err(_) if envelope.kind == REDACTION_ORDERED => {}
            Err(why) => {
                let kind = if envelope.kind == RESULTS[0] { "bulletin" } else { "derivation" };
                spoken.push((index, Spoken::Unread(kind, why)));
            }
            Ok(_) => {}
        }
    }
    (spoken, records)
}

/// Why an entry says nothing here.
fn closed(index: u64, why: Closed) -> String {
    match why {
        Closed::Erased => format!("what entry {index} says was erased"),
        Closed::Sealed => format!("what entry {index} says is sealed, and not to be read here"),
        Closed::Withheld { .. } => format!("what entry {index} says was withheld by its author, and not opened yet"),
    }
}

/// What follows from a state, as of its newest entry, for the mission's own staff.
#[must_use]
pub fn now(mission: &Mission) -> Now {
    let judged_at = mission.latest().unwrap_or(Instant::EARLIEST);
    let derivation = view(mission, judged_at, mission::Reader::Mission).derivation();
    let streams: String = derivation.verdicts.iter().map(|stream| format!("{}\n", stream.stream.sha256)).collect();
    Now {
        incidents: (derivation.incidents.count, derivation.incidents.sha256),
        verdicts: (derivation.verdicts.len() as u64, sha256(streams.as_bytes())),
    }
}

/// What is missing of these entries, and who attested what follows from them while nothing was.
fn gap(mission: &Mission, records: &Records, erased: &[Erasure]) -> Option<String> {
    if let Some(Trouble { entry, why }) = mission.troubles().first() {
        return Some(format!("entry {entry} is not understood: {why}"));
    }
    // Nothing follows from entries about results, so their absence changes nothing.
    let counts = |kind: &str| !RESULTS.contains(&kind);
    let gone = |entry: &ErasedEntry| !entry.still_here && counts(&entry.kind);
    let by_order = erased.iter().filter(|erasure| erasure.entries.iter().any(gone));
    let mut gaps: Vec<String> = by_order
        .map(|erasure| format!("{erasure}; what followed was attested before by {}", erasure.attested_words()))
        .collect();
    let named: BTreeSet<u64> = erased.iter().flat_map(|erasure| &erasure.entries).map(|entry| entry.entry).collect();
    let mut absent = mission
        .absent()
        .filter(|absent| counts(&absent.kind) && !absent.is_closed_guarantee() && !named.contains(&absent.entry));
    if let Some(first) = absent.next() {
        let others = match absent.count() {
            0 => String::new(),
            n => format!(", and {n} more"),
        };
        let entry = ErasedEntry { entry: first.entry, kind: first.kind.clone(), still_here: false };
        gaps.push(format!("{first}{others}; what follows was attested by {}", records.attested_of(entry)));
    }
    (!gaps.is_empty()).then(|| gaps.join("; "))
}

fn not_reached(entry: u64, told: &Spoken, folded: &Folded) -> Answer {
    match (told, &folded.stopped) {
        (Spoken::Unread(_, why), _) => Answer::CannotTell(format!("entry {entry} is {why}")),
        (Spoken::Bulletin(_) | Spoken::Derivation(_), Some(why)) => Answer::CannotTell(why.clone()),
        (Spoken::Bulletin(_) | Spoken::Derivation(_), None) => {
            Answer::No(format!("entry {entry} says that it follows from more entries than the log has"))
        }
    }
}

/// One answer for all: the first no, else the first that cannot be told, else yes.
fn summary(results: &[AuditedResult], folded: &Folded) -> Answer {
    let worst = Answer::worst(results.iter().map(|result| &result.answer));
    let at = |answer: &Answer| {
        let result = results.iter().find(|result| result.answer == *answer);
        result.map_or_else(String::new, |result| format!("entry {}, {}: {}", result.entry, result.title, answer.note()))
    };
    match (worst, &folded.stopped) {
        (Some(answer @ Answer::No(_)), _) => Answer::No(at(answer)),
        (_, Some(why)) => Answer::CannotTell(why.clone()),
        (Some(answer @ Answer::CannotTell(_)), None) => Answer::CannotTell(at(answer)),
        (Some(Answer::Yes(_)), None) => {
            let bulletins = results.iter().filter(|result| result.kind == "bulletin").count();
            let derivations = results.len() - bulletins;
            Answer::Yes(format!("{bulletins} bulletins and {derivations} attested derivations come out the same"))
        }
        (None, None) if folded.gap.is_some() => Answer::CannotTell(folded.gap.clone().unwrap_or_default()),
        (None, None) => Answer::Yes("nothing was given out or attested, so there is nothing to differ".to_owned()),
    }
}

/// Makes one result again and holds it against what its entry says.
fn compare(entry: u64, told: &Spoken, ground: &Ground, given_out: GivenOut<'_>) -> Answer {
    let Some(basis) = told.basis() else { return Answer::CannotTell("not understood".to_owned()) };
    if basis.size > entry {
        return Answer::No(format!(
            "it says that it follows from {} entries, but it is entry {entry} itself",
            basis.size
        ));
    }
    match &ground.root {
        Ok(root) if *root != basis.root => {
            let size = basis.size;
            return Answer::No(format!("the first {size} entries have the root {root}, and it says {}", basis.root));
        }
        Err(why) => return Answer::CannotTell(why.clone()),
        Ok(_) => {}
    }
    let (program, difference) = match told {
        Spoken::Bulletin(told) => (&told.program, bulletin_differs(told, ground, given_out)),
        Spoken::Derivation(told) => {
            let derived = attest(&ground.mission, &ground.seal, told.judged_at, told.reader, &told.by).derivation;
            (&told.program, told.derivation.first_difference(&derived).map(|at| format!("{at} come out otherwise")))
        }
        Spoken::Unread(..) => return Answer::CannotTell("not understood".to_owned()),
    };
    match (difference, &ground.gap) {
        // The same bytes are proof enough, whatever is missing.
        (None, None) => Answer::Yes(format!("the same from {} entries", basis.size)),
        (None, Some(_)) => {
            Answer::Yes(format!("the same from {} entries, as far as they can be read here", basis.size))
        }
        (Some(why), Some(gap)) => Answer::CannotTell(format!("{gap}; without it, {why}")),
        (Some(why), None) if program == PROGRAM => Answer::No(why),
        (Some(why), None) => {
            Answer::CannotTell(format!("{why}; it was made by `{program}`, and this is `{PROGRAM}`: run that one"))
        }
    }
}

fn bulletin_differs(told: &Publication, ground: &Ground, given_out: GivenOut<'_>) -> Option<String> {
    if told.bulletin != "daily" {
        return Some(format!("`{}` is a kind of bulletin that is not known here", told.bulletin));
    }
    let made = match make(&ground.mission, &ground.seal, &told.day, told.reader) {
        Ok(made) => made,
        Err(why) => return Some(why),
    };
    let Made { publication: made, texts } = made;
    let made = Publication { program: told.program.clone(), ..made };
    if made == *told {
        return None;
    }
    let pairs = made.files.iter().zip(&texts);
    for file in &told.files {
        let Some((derived, text)) = pairs.clone().find(|(made, _)| made.name == file.name) else {
            return Some(format!("`{}` is no file of this bulletin", file.name));
        };
        if derived != file {
            return Some(file_differs(file, derived, text, given_out));
        }
    }
    if let Some(more) = made.files.iter().find(|made| !told.files.iter().any(|file| file.name == made.name)) {
        return Some(format!("`{}` is missing among its files", more.name));
    }
    Some("its day, zone or cut-off is not what follows from the entries".to_owned())
}

/// Names the file, and the line and byte if the published bytes are at hand.
fn file_differs(file: &PublishedFile, derived: &PublishedFile, text: &str, given_out: GivenOut<'_>) -> String {
    let name = &file.name;
    let hashes = format!("`{name}`: given out with sha256 {}, derived with {}", file.sha256, derived.sha256);
    let Some(given) = given_out(name).filter(|given| sha256(given) == file.sha256) else { return hashes };
    let byte = given.iter().zip(text.as_bytes()).take_while(|(one, other)| one == other).count();
    let line = text.as_bytes()[..byte.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1;
    format!("{hashes}; first at line {line}, byte {byte}")
}
