//! Deriving anew: the entries folded once, and each result that they speak of made again from exactly its basis.
//!
//! Takes a reader of entries; gives an answer for each result and for all. The fold runs on one thread, as entries come in
//! order; results are made on several, each from its own copy of the state, and answered in log order.

use super::entries::{Entries, Told};
use super::erased::{ErasedEntry, Erasure, Records};
use super::{AuditedResult, Means, Now, Progress};
use crate::answer::Answer;
use crate::publication::{Made, PROGRAM, attest, make, sha256, view};
use crate::station::apply;
use crate::storage::Error;
use mission::record::Body;
use mission::record::body::REDACTION_ORDERED;
use mission::record::publication::{Attestation, Basis, Publication, PublishedFile};
use mission::{Mission, Trouble};
use report::Seal;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use terms::Instant;

/// Kinds of entries by which the record speaks of results: nothing follows from them.
const RESULTS: [&str; 2] = ["bulletin.published", "derivation.attested"];
/// Progress is told every so many entries.
const TOLD_EVERY: u64 = 4096;

/// What came of deriving.
pub(super) struct Derived {
    pub(super) follows: Answer,
    pub(super) results: Vec<AuditedResult>,
    pub(super) now: Option<Now>,
    pub(super) erased: Vec<Erasure>,
}

impl Derived {
    /// The entries could not be read at all.
    pub(super) fn nothing(why: String) -> Derived {
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
struct Ground {
    mission: Mission,
    seal: Seal,
    /// The root over the basis as the log has it.
    root: Result<String, String>,
    /// What is missing of these entries, so that a difference says nothing.
    gap: Option<String>,
}

pub(super) fn derive(entries: &Entries<'_>, means: &Means, progress: &mut dyn FnMut(Progress)) -> Derived {
    let (told, records) = spoken_of(entries);
    let answers: Mutex<BTreeMap<usize, Answer>> = Mutex::default();
    // No more copies of the state than threads wait at a time.
    let (give, take) = sync_channel::<(usize, Box<Ground>)>(means.threads.get());
    let take = Mutex::new(take);
    let folded = std::thread::scope(|scope| {
        for _ in 0..means.threads.get() {
            scope.spawn(|| {
                while let Some((at, ground)) = next(&take) {
                    let (entry, told) = &told[at];
                    let answer = compare(*entry, told, &ground, means.published.as_deref());
                    answers.lock().unwrap_or_else(PoisonError::into_inner).insert(at, answer);
                }
            });
        }
        let folded = fold(entries, &told, &records, progress, |at, ground| {
            // The threads listen until the giver is dropped.
            let _ = give.send((at, Box::new(ground)));
        });
        drop(give);
        folded
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    let results: Vec<AuditedResult> = told
        .iter()
        .enumerate()
        .map(|(at, (entry, told))| {
            let (kind, title, program) = told.named();
            let basis = told.basis().map_or(0, |basis| basis.size);
            let answer = answers.remove(&at).unwrap_or_else(|| not_reached(*entry, told, &folded));
            AuditedResult { entry: *entry, kind, title, basis, program, answer }
        })
        .collect();
    progress(Progress { doing: "deriving", done: folded.read, of: entries.size() });
    Derived { follows: summary(&results, &folded), now: folded.now, results, erased: folded.erased }
}

fn next(take: &Mutex<Receiver<(usize, Box<Ground>)>>) -> Option<(usize, Box<Ground>)> {
    take.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Every result that the published entries speak of, in log order, and the orders and attestations among them.
fn spoken_of(entries: &Entries<'_>) -> (Vec<(u64, Spoken)>, Records) {
    let (mut spoken, mut records) = (Vec::new(), Records::default());
    let wanted = |kind: &str| RESULTS.contains(&kind) || kind == REDACTION_ORDERED;
    // What comes before damage is still compared; the fold says what is damaged.
    for Told { index, envelope, said } in entries.told(wanted).map_while(Result::ok) {
        let read = match &said {
            Ok(payload) => Body::read(&envelope.kind, payload).map_err(|error| format!("not understood: {error}")),
            Err(why) => Err(Error::Closed { index, why: *why }.to_string()),
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

/// What became of folding the entries.
struct Folded {
    /// So many entries were read.
    read: u64,
    /// Why the reading stopped before the end.
    stopped: Option<String>,
    /// What is missing of all entries.
    gap: Option<String>,
    now: Option<Now>,
    erased: Vec<Erasure>,
}

/// Folds every published entry, and hands out the ground of each result where the fold passes its basis.
fn fold(
    entries: &Entries<'_>,
    told: &[(u64, Spoken)],
    records: &Records,
    progress: &mut dyn FnMut(Progress),
    mut hand_out: impl FnMut(usize, Ground),
) -> Folded {
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
        if read.is_multiple_of(TOLD_EVERY) {
            progress(Progress { doing: "deriving", done: read, of: size });
        }
        match all.next() {
            Some(Ok(Told { index, envelope, said })) => {
                apply(&mut mission, index, &envelope, said.as_ref().map_err(|why| *why));
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
    if whole {
        progress(Progress { doing: "deriving what follows now", done: read, of: size });
    }
    let now = whole.then(|| now(&mission));
    Folded { read, stopped, gap, now, erased }
}

/// What follows from a state, as of its newest entry, for the mission's own staff.
pub(crate) fn now(mission: &Mission) -> Now {
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
fn compare(entry: u64, told: &Spoken, ground: &Ground, published: Option<&Path>) -> Answer {
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
        Spoken::Bulletin(told) => (&told.program, bulletin_differs(told, ground, published)),
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

fn bulletin_differs(told: &Publication, ground: &Ground, published: Option<&Path>) -> Option<String> {
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
            return Some(file_differs(file, derived, text, published));
        }
    }
    if let Some(more) = made.files.iter().find(|made| !told.files.iter().any(|file| file.name == made.name)) {
        return Some(format!("`{}` is missing among its files", more.name));
    }
    Some("its day, zone or cut-off is not what follows from the entries".to_owned())
}

/// Names the file, and the line and byte if the published bytes are at hand.
fn file_differs(file: &PublishedFile, derived: &PublishedFile, text: &str, published: Option<&Path>) -> String {
    let name = &file.name;
    let hashes = format!("`{name}`: given out with sha256 {}, derived with {}", file.sha256, derived.sha256);
    let given = published.and_then(|folder| std::fs::read(folder.join(name)).ok());
    let Some(given) = given.filter(|given| sha256(given) == file.sha256) else { return hashes };
    let byte = given.iter().zip(text.as_bytes()).take_while(|(one, other)| one == other).count();
    let line = text.as_bytes()[..byte.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1;
    format!("{hashes}; first at line {line}, byte {byte}")
}
