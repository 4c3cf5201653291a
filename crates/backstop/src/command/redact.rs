//! `backstop redact`: orders entries erased and destroys their keys. Shows first what would be lost and on whose authority;
//! never erases without being told twice: by the command, and by `--yes` or a typed answer.

use super::opening::{Later, later};
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure, RedactArgs};
use crate::backup::known_backups;
use crate::clock::now;
use crate::station::{self, entry, fold_without};
use crate::storage::{Locker, Reader, Store, is_kept};
use clause::Verdict;
use ledger::tree::leaf_hash;
use mission::record::Body;
use mission::record::body::{
    AttestedRun, EVIDENCE_ACQUIRED, EntryName, PAYLOAD_REVEALED, Redaction, RedactionEffects, Touched,
};
use mission::record::canonical::{Value, encode};
use mission::record::evidence::{KEY_WRAPPED, SEALED_UNDER};
use mission::record::hex::bytes_of_hex;
use mission::{Closed, Mission, Moment};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::{IsTerminal, Write as _};
use std::path::Path;

/// So much of a payload is shown before it goes.
const SHOWN_CHARACTERS: usize = 200;

pub(super) fn run(common: &Common, args: &RedactArgs) -> Result<Exit, Failure> {
    let dir = common.store()?;
    if args.finish {
        let mut store = Store::open(dir)?;
        let erased = store.redact_again()?;
        destroy_items(common, dir, &store)?;
        let count = erased.len();
        common.say(format!("destroyed the keys of {count} entries that were ordered erased and had them still"));
        if common.json {
            return print_json("backstop.redact/1", Exit::Done, json!({ "erased": erased }));
        }
        return Ok(Exit::Done);
    }
    let reader = Reader::open(dir)?;
    let erased = with_reveals(&reader, &args.entries)?;
    may_be_erased(&reader, &erased)?;
    let redaction = redaction(&reader, &erased, args)?;
    let touched = touched(&reader, &erased)?;
    let shown = what_goes(&reader, &redaction, &touched)?;
    if !common.json || !args.yes && !args.dry_run {
        common.say(&shown);
    }
    if reader.settings().seed.is_some() {
        common.say("note: this store is simulated and its seed makes every key again, so nothing is lost for good");
    }
    if args.dry_run {
        common.say("dry run: nothing was erased");
        if common.json {
            let data = json!({
                "dry_run": true, "erased": [], "would_erase": erased, "verdicts_touched": touched.len(),
            });
            return print_json("backstop.redact/1", Exit::Done, data);
        }
        return Ok(Exit::Done);
    }
    if !args.yes && !confirmed(redaction.entries.len())? {
        return Err(Failure::new(
            Exit::Refused,
            "nothing was erased: add `--yes`, or answer with the number of entries",
        ));
    }
    drop(reader);
    let mut store = Store::open(dir)?;
    let (at, by, class) = (now(), store.size(), store.settings().data_class);
    let mut entries = vec![entry(&Body::RedactionOrdered(redaction.clone()), at, class)];
    if !touched.is_empty() {
        entries.push(entry(
            &Body::RedactionEffects(RedactionEffects { redaction: by, touched: touched.clone() }),
            at,
            class,
        ));
    }
    store.redact(entries)?;
    destroy_items(common, dir, &store)?;
    for known in known_backups(dir)? {
        let place = known.secrets_to.as_ref().unwrap_or(&known.to).display();
        common.say(format!("the secrets in `{place}` still open what was erased; run `backstop backup` to renew them"));
    }
    if store.engine_place()?.is_some() {
        common.say(
            "carry `record-keys/root` anew to where the store's keys are kept, and destroy the root that lies there",
        );
    }
    let indexes: Vec<u64> = redaction.entries.iter().map(|name| name.index).collect();
    if common.json {
        let data = json!({ "erased": indexes, "by": by, "verdicts_touched": touched.len() });
        return print_json("backstop.redact/1", Exit::Done, data);
    }
    print(&format!("erased {} entries by entry {by}; prove it with `backstop log prove {by}`\n", indexes.len()))
}

/// Overwrites and removes the bytes of evidence that no entry names any more since an acquisition was erased. What was sealed is
/// closed already, with the key that the entry held; if we stop before this, `redact --finish` does it.
fn destroy_items(common: &Common, dir: &Path, store: &Store) -> Result<(), Failure> {
    let (mission, _) = station::of(store)?;
    let acquisitions = || mission.absent().filter(|absent| absent.kind == EVIDENCE_ACQUIRED);
    // Of an acquisition that is only closed to us, nobody here knows which item it names.
    if acquisitions().all(|absent| absent.why != Closed::Erased)
        || acquisitions().any(|absent| absent.why != Closed::Erased)
    {
        return Ok(());
    }
    let locker = Locker::of(dir);
    for item in locker.items()? {
        if mission.evidence().get(&item.name).is_none_or(|exhibit| exhibit.acquired.is_empty()) {
            locker.destroy(&item)?;
            common.say(format!("destroyed the bytes of `{}`, which no entry names any more", item.name));
        }
    }
    Ok(())
}

/// The entries asked for, with those that open them or that they open: what says the same goes together.
fn with_reveals(reader: &Reader, asked: &[u64]) -> Result<BTreeSet<u64>, Failure> {
    let mut erased: BTreeSet<u64> = asked.iter().copied().collect();
    if let Some(index) = erased.iter().find(|index| **index >= reader.size()) {
        return Err(Failure::new(Exit::NotFound, format!("there is no entry {index}; the log has {}", reader.size())));
    }
    for entry in reader.entries() {
        let entry = entry?;
        if entry.envelope.kind != PAYLOAD_REVEALED {
            continue;
        }
        if let Ok(payload) = &entry.payload
            && let Ok(Body::PayloadRevealed(reveal)) = Body::read(&entry.envelope.kind, payload)
            && (erased.contains(&entry.index) || erased.contains(&reveal.entry.index))
        {
            erased.extend([entry.index, reveal.entry.index]);
        }
    }
    Ok(erased)
}

/// Refuses what is never erased, and what is erased already: a second order would read as if the first had not been enough.
fn may_be_erased(reader: &Reader, erased: &BTreeSet<u64>) -> Result<(), Failure> {
    for index in erased {
        let entry = reader.entry(*index)?;
        let kind = &entry.envelope.kind;
        if is_kept(kind) {
            let why = format!("entry {index} is of kind `{kind}`, which is never erased");
            return Err(Failure::new(Exit::Refused, why));
        }
        if entry.payload.is_err() && matches!(later(reader, *index)?, Some(Later::Erased(_))) {
            let why = format!("entry {index} is erased already: `backstop log show {index}` names the order");
            return Err(Failure::new(Exit::Usage, why));
        }
    }
    Ok(())
}

fn redaction(reader: &Reader, erased: &BTreeSet<u64>, args: &RedactArgs) -> Result<Redaction, Failure> {
    let missing = |what: &str| Failure::new(Exit::Usage, format!("an erasure needs {what}"));
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let mut attested = Vec::new();
    for text in &args.attested {
        let attestation = text
            .split_once('=')
            .and_then(|(by, receipt)| Some(AttestedRun { by: by.to_owned(), receipt: bytes_of_hex(receipt)? }));
        let why = "an attestation is `NAME=SHA256`, the hash of a receipt as `backstop log run` prints it";
        attested.push(attestation.ok_or_else(|| Failure::new(Exit::Usage, why))?);
    }
    let approved_by: BTreeSet<&String> = args.approved_by.iter().filter(|office| !office.trim().is_empty()).collect();
    if approved_by.is_empty() {
        return Err(missing("`--approved-by`, the offices that approved"));
    }
    let name = |index: &u64| Ok(EntryName { index: *index, leaf: leaf_hash(&reader.leaf(*index)?).0 });
    Ok(Redaction {
        entries: erased.iter().map(name).collect::<Result<_, Failure>>()?,
        authority: given(&args.authority).ok_or_else(|| missing("`--authority`, the office that orders it"))?,
        ground: given(&args.ground).ok_or_else(|| missing("`--ground`, the legal ground; everyone can read it"))?,
        approved_by: approved_by.into_iter().cloned().collect(),
        attested,
    })
}

/// The verdicts that read otherwise without these entries, as of the newest entry.
fn touched(reader: &Reader, erased: &BTreeSet<u64>) -> Result<Vec<Touched>, Failure> {
    let with = fold_without(reader, &BTreeSet::new())?;
    let without = fold_without(reader, erased)?;
    let moment = Moment::at(with.latest().unwrap_or(terms::Instant::EARLIEST));
    let verdicts = |mission: &Mission| mission.view(moment, mission::Reader::Mission).verdicts;
    let key =
        |verdict: &Verdict| (verdict.rule.clone(), verdict.reading.clone(), verdict.bearer.clone(), verdict.footing);
    let left: BTreeMap<_, _> = verdicts(&without).iter().map(|verdict| (key(verdict), verdict.value)).collect();
    let mut touched: Vec<Touched> = Vec::new();
    for verdict in verdicts(&with) {
        let without = left.get(&key(&verdict)).copied().unwrap_or(clause::Value::Undetermined);
        if without != verdict.value {
            let (rule, reading, bearer, footing) = key(&verdict);
            touched.push(Touched { rule, reading, bearer, footing, was: verdict.value, without });
        }
    }
    Ok(touched)
}

/// What would be lost, in words.
fn what_goes(reader: &Reader, redaction: &Redaction, touched: &[Touched]) -> Result<String, Failure> {
    let mut text = format!("{} entries to be erased, for ever:\n", redaction.entries.len());
    for name in &redaction.entries {
        let entry = reader.entry(name.index)?;
        let says = match &entry.payload {
            Ok(payload) => {
                String::from_utf8_lossy(&encode(&but_keys(payload))).chars().take(SHOWN_CHARACTERS).collect()
            }
            Err(Closed::Erased) => "erased already".to_owned(),
            Err(Closed::Sealed) => "sealed to this reader".to_owned(),
            Err(Closed::Withheld { .. }) => "only committed to".to_owned(),
        };
        let envelope = &entry.envelope;
        let _ = writeln!(text, "  entry {}  {}, class {}: {says}", name.index, envelope.kind, envelope.class.word());
    }
    let _ = writeln!(text, "authority    {}", redaction.authority);
    let _ = writeln!(text, "ground       {}", redaction.ground);
    let _ = writeln!(text, "approved by  {}", redaction.approved_by.join(", "));
    if redaction.attested.is_empty() {
        let _ = writeln!(text, "attested by  nobody: afterwards no one can say that the verdicts were right");
    }
    for attestation in &redaction.attested {
        let _ = writeln!(text, "attested by  {}", attestation.by);
    }
    for touched in touched {
        let Touched { rule, reading, bearer, footing, was, without } = touched;
        let of = bearer.as_ref().map(|party| format!(" of {party}")).unwrap_or_default();
        let read = reading.as_ref().map(|reading| format!(", reading {reading}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "verdict      {rule}{of}{read}, {}: `{}` rests on them; the rest gives `{}`, so it will read `cannot tell`",
            footing.word(),
            was.word(),
            without.word()
        );
    }
    let _ = write!(
        text,
        "envelopes, proofs and all other entries stay. Copies, backups and readers' notes elsewhere are not reached."
    );
    Ok(text)
}

/// What an entry says, but for the key of an item of evidence, which nobody has to see.
fn but_keys(payload: &Value) -> Value {
    match payload {
        Value::Fields(fields) => {
            let shown = fields.iter().filter(|(name, _)| ![SEALED_UNDER, KEY_WRAPPED].contains(&name.as_str()));
            Value::Fields(shown.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        Value::Text(_) | Value::Integer(_) | Value::List(_) => payload.clone(),
    }
}

/// Asks, if there is someone to ask.
fn confirmed(count: usize) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let mut stderr = std::io::stderr().lock();
    write!(stderr, "type {count} to erase {count} entries for ever: ")?;
    stderr.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == count.to_string())
}
