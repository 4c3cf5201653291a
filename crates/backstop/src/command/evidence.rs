//! `backstop evidence`: takes items in, keeps their chain of custody, and gives them out.
//!
//! Takes files and the offices that handle them; gives entries. Each step hashes the bytes again, and what it found is in
//! the record before anything is given out. Never gives out bytes that are not those acquired.

use super::outcome::{print, print_json};
use super::{Common, Exit, Failure, instant_or};
use crate::clock::now;
use crate::metadata;
use crate::station::{self, Station};
use crate::storage::{self, Locker, Reader, Store};
use clap::{Args, Subcommand};
use mission::record::Body;
use mission::record::evidence::{CustodyAct, CustodyStep, Evidence, ItemKey, KeyHeld, Rehash, Sha256Name};
use mission::{Custody, Exhibit, Mission};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use terms::{ObservationId, SourceId};
use verifier::Answer;

/// No item is longer.
const LARGEST_ITEM_BYTES: u64 = 64 << 30;

#[derive(Args)]
pub(super) struct EvidenceArgs {
    #[command(subcommand)]
    verb: EvidenceVerb,
}

#[derive(Subcommand)]
enum EvidenceVerb {
    /// Take files in as evidence
    Add(AddArgs),
    /// List what is held, with who has it and whether its chain of custody is whole
    List,
    /// One item: how it was acquired, what its file says of itself, each step of its custody
    Show {
        /// Its SHA-256, or the first digits of it
        item: String,
    },
    /// Hash items again: yes, no or cannot tell for each; leaves with 7 or 8 like `backstop verify`
    Check {
        /// Its SHA-256, or the first digits of it; every item without it
        item: Option<String>,
    },
    /// Record what was done with an item; hashes it again
    Step {
        /// Its SHA-256, or the first digits of it
        item: String,
        /// received, accessed, transferred or re-hashed
        #[arg(value_parser = act)]
        act: CustodyAct,
        #[command(flatten)]
        who: Who,
        /// The office that it is handed to
        #[arg(long, value_name = "OFFICE", required_if_eq("act", "transferred"))]
        to: Option<String>,
    },
    /// Write a copy of an item, hashed while it is written, and record that it left
    Export {
        /// Its SHA-256, or the first digits of it
        item: String,
        /// The file to make
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        who: Who,
    },
}

#[derive(Args)]
struct AddArgs {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How they were acquired, in the acquirer's words
    #[arg(long, value_name = "WORDS")]
    method: String,
    /// The office that has them in custody
    #[arg(long, value_name = "OFFICE")]
    custodian: String,
    /// When they were acquired, as RFC 3339; now without it
    #[arg(long, value_name = "TIME")]
    acquired_at: Option<String>,
    /// Whose report they came with
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// An observation that they are about; may be given more than once
    #[arg(long = "observation", value_name = "OBS")]
    observations: Vec<String>,
    /// What they are: `image/jpeg`; by the file's ending without it
    #[arg(long, value_name = "TYPE")]
    media_type: Option<String>,
}

#[derive(Args)]
struct Who {
    /// The office that does it
    #[arg(long, value_name = "OFFICE")]
    by: String,
    /// Why, in its words
    #[arg(long, value_name = "WORDS")]
    reason: String,
}

fn act(word: &str) -> Result<CustodyAct, String> {
    let act = CustodyAct::from_word(word).filter(|act| *act != CustodyAct::Exported);
    act.ok_or_else(|| {
        "it is one of received, accessed, transferred, re-hashed; for exported see `evidence export`".to_owned()
    })
}

pub(super) fn run(common: &Common, args: &EvidenceArgs) -> Result<Exit, Failure> {
    match &args.verb {
        EvidenceVerb::Add(args) => add(common, args),
        EvidenceVerb::List => list(common),
        EvidenceVerb::Show { item } => show(common, item),
        EvidenceVerb::Check { item } => check(common, item.as_deref()),
        EvidenceVerb::Step { item, act, who, to } => {
            let mut desk = Desk::open(common)?;
            let name = desk.named(item)?;
            let found = desk.locker.rehash(name, &desk.keys(name)?)?;
            desk.record(name, *act, who, to.clone(), found)?;
            told(common, name, *act, found)
        }
        EvidenceVerb::Export { item, out, who } => export(common, item, out, who),
    }
}

/// A store that is open for writing, with its locker.
struct Desk {
    station: Station,
    locker: Locker,
}

impl Desk {
    fn open(common: &Common) -> Result<Desk, Failure> {
        let dir = common.store()?;
        let store = Store::open(dir)?;
        store.recovered().iter().for_each(|what| common.say(format!("recovered: {what}")));
        Ok(Desk { station: Station::of(store)?, locker: Locker::of(dir) })
    }

    fn keys(&self, name: Sha256Name) -> Result<Vec<ItemKey>, storage::Error> {
        keys(self.station.reader(), self.station.mission(), name)
    }

    fn named(&self, text: &str) -> Result<Sha256Name, Failure> {
        named(self.station.mission().evidence().keys(), text)
    }

    fn record(
        &mut self,
        name: Sha256Name,
        act: CustodyAct,
        who: &Who,
        to: Option<String>,
        found: Rehash,
    ) -> Result<(), Failure> {
        let exhibit = &self.station.mission().evidence()[&name];
        let after = exhibit.last_entry().expect("invariant: an item is named by an entry");
        let at = now();
        let (by, reason) = (who.by.clone(), who.reason.clone());
        let step = CustodyStep { sha256: name, act, at, by, to, reason, found, after };
        self.station.write(&[Body::CustodyRecorded(step)], at)?;
        self.station.publish()?;
        Ok(())
    }
}

/// The keys that the entries of an item hold.
fn keys(store: &Reader, mission: &Mission, name: Sha256Name) -> Result<Vec<ItemKey>, storage::Error> {
    mission.evidence().get(&name).map_or(Ok(Vec::new()), |exhibit| store.item_keys(exhibit))
}

/// The one item whose name begins so.
fn named<'a>(mut names: impl Iterator<Item = &'a Sha256Name>, text: &str) -> Result<Sha256Name, Failure> {
    let mut matching = names.by_ref().filter(|name| name.to_string().starts_with(&text.to_ascii_lowercase()));
    match (matching.next(), matching.next()) {
        (Some(name), None) => Ok(*name),
        (None, _) => {
            Err(Failure::new(Exit::NotFound, format!("no item `{text}`; `backstop evidence list` names those held")))
        }
        (Some(_), Some(_)) => {
            Err(Failure::new(Exit::Usage, format!("several items begin with `{text}`; give more of its digits")))
        }
    }
}

fn add(common: &Common, args: &AddArgs) -> Result<Exit, Failure> {
    let usage = |what: String| Failure::new(Exit::Usage, what);
    let acquired_at = instant_or(args.acquired_at.as_deref(), now)?;
    let source = args.source.as_deref().map(|text| {
        SourceId::new(text)
            .ok_or_else(|| usage(format!("`{text}` cannot name a source: lower-case letters, digits and `-`")))
    });
    let source = source.transpose()?;
    let observation = |text: &String| {
        ObservationId::parse(text)
            .ok_or_else(|| usage(format!("`{text}` is no observation; write `OBS-7K2Q-H4M9-TXW3`")))
    };
    let observations = args.observations.iter().map(observation).collect::<Result<Vec<_>, _>>()?;
    let mut desk = Desk::open(common)?;
    let mut taken = Vec::new();
    for path in &args.files {
        let unread =
            |error: std::io::Error| Failure::new(Exit::NotFound, format!("cannot read `{}`: {error}", path.display()));
        let mut file = File::open(path).map_err(unread)?;
        let (sha256, bytes, key) = desk.locker.put(&mut file, LARGEST_ITEM_BYTES, |name| desk.keys(name))?;
        let read = match metadata::of(path) {
            Ok(fields) => [(metadata::TOOL.to_owned(), fields)].into(),
            Err(why) => {
                common.say(format!("{}: {why}", path.display()));
                [(metadata::TOOL.to_owned(), [("nothing read".to_owned(), why)].into())].into()
            }
        };
        let evidence = Evidence {
            sha256,
            bytes,
            media_type: args.media_type.clone().unwrap_or_else(|| media_type(path).to_owned()),
            name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            source: source.clone(),
            observations: observations.clone(),
            method: args.method.clone(),
            custodian: args.custodian.clone(),
            acquired_at,
            read,
            key: key.map(KeyHeld::Plain),
        };
        // The bytes are durable before the entry that names them.
        desk.station.write(&[Body::EvidenceAcquired(evidence.clone())], now())?;
        taken.push(evidence);
    }
    desk.station.publish()?;
    if common.json {
        let data = taken.iter().map(|item| json!({ "sha256": item.sha256.to_string(), "bytes": item.bytes, "name": item.name, "read": item.read }));
        return print_json("backstop.evidence-added/1", Exit::Done, json!({ "items": data.collect::<Vec<_>>() }));
    }
    // As `sha256sum` prints it, so that its output can be laid beside.
    print(&taken.iter().map(|item| format!("{}  {}\n", item.sha256, item.name)).collect::<String>())
}

/// By the file's ending: only a label, which nothing rests on.
fn media_type(path: &Path) -> &'static str {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("heic" | "heif") => "image/heif",
        Some("webp") => "image/webp",
        Some("tif" | "tiff") => "image/tiff",
        Some("mp4") => "video/mp4",
        Some("mov") => "video/quicktime",
        Some("mp3") => "audio/mpeg",
        Some("wav") => "audio/wav",
        Some("pdf") => "application/pdf",
        Some("txt" | "md") => "text/plain",
        Some("html" | "htm") => "text/html",
        Some(_) | None => "application/octet-stream",
    }
}

fn list(common: &Common) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    if common.json {
        let items: Vec<Value> = mission.evidence().iter().map(|(name, exhibit)| data(*name, exhibit)).collect();
        return print_json("backstop.evidence/1", Exit::Done, json!({ "items": items }));
    }
    let mut text = String::new();
    for (name, exhibit) in mission.evidence() {
        let first = exhibit.acquired.first().map(|held| &held.what);
        let _ = writeln!(
            text,
            "{}  {:<24}  with {}, {} steps, chain whole: {}",
            &name.to_string()[..16],
            first.map_or("(cannot be read)", |item| item.name.as_str()),
            exhibit.custodian().unwrap_or("nobody known"),
            exhibit.steps.len(),
            with_reason(&chain_of(exhibit)),
        );
    }
    if text.is_empty() {
        common.say("no evidence is held; take some in with `backstop evidence add`");
    }
    print(&text)
}

fn show(common: &Common, item: &str) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let name = named(mission.evidence().keys(), item)?;
    let exhibit = &mission.evidence()[&name];
    if common.json {
        return print_json("backstop.evidence-item/1", Exit::Done, data(name, exhibit));
    }
    let mut text = format!("{name}\n");
    for held in &exhibit.acquired {
        let item = &held.what;
        let _ = writeln!(text, "  entry {:<6} acquired {} by {}", held.entry, item.acquired_at, item.custodian);
        let _ = writeln!(text, "               {}, {} bytes, {}", item.name, item.bytes, item.media_type);
        let _ = writeln!(text, "               how: {}", item.method);
        for id in &item.observations {
            let _ = writeln!(text, "               about {id}");
        }
        for (tool, says) in &item.read {
            let _ = writeln!(text, "               the file says of itself, as read by {tool}:");
            for (field, value) in says {
                let _ = writeln!(text, "                 {field}: {value}");
            }
        }
    }
    for held in &exhibit.steps {
        let step = &held.what;
        let to = step.to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "  entry {:<6} {} {} by {}{to}: {}",
            held.entry,
            step.act.word(),
            step.at,
            step.by,
            step.reason
        );
        let _ = writeln!(text, "               bytes: {}", bytes_of(step.found).note());
    }
    let _ = writeln!(text, "  chain whole  {}", with_reason(&chain_of(exhibit)));
    print(&text)
}

/// Hashes again without writing: an answer for whoever asks, not a step of custody.
fn check(common: &Common, item: Option<&str>) -> Result<Exit, Failure> {
    let dir = common.store()?;
    let store = Reader::open(dir)?;
    let (mission, _) = station::of(&store)?;
    let locker = Locker::of(dir);
    let chosen = item.map(|item| named(mission.evidence().keys(), item)).transpose()?;
    let mut rows = Vec::new();
    for (name, exhibit) in mission.evidence().iter().filter(|(name, _)| chosen.is_none_or(|chosen| chosen == **name)) {
        rows.push((name, bytes_of(locker.rehash(*name, &keys(&store, &mission, *name)?)?), chain_of(exhibit)));
    }
    let unsealed = locker.items()?.iter().filter(|item| item.plain).count();
    if unsealed > 0 {
        let (items, lie) = if unsealed == 1 { ("item", "lies") } else { ("items", "lie") };
        common.say(format!(
            "{unsealed} {items} {lie} unsealed, as an earlier version took them in: whoever holds a copy of the store reads them"
        ));
    }
    let worst = Answer::worst(rows.iter().flat_map(|(_, bytes, chain)| [bytes, chain]));
    let exit = worst.map_or(Exit::Done, Exit::from);
    if common.json {
        let items = rows.iter().map(|(name, bytes, chain)| {
            json!({ "sha256": name.to_string(), "bytes_unchanged": bytes.word(), "found": bytes.note(), "chain_whole": chain.word(), "why": chain.note() })
        });
        return print_json("backstop.evidence-check/1", exit, json!({ "items": items.collect::<Vec<_>>() }));
    }
    let row = |(name, bytes, chain): &(&Sha256Name, Answer, Answer)| {
        let (unchanged, found, whole) = (bytes.word(), bytes.note(), with_reason(chain));
        format!("{name}  bytes unchanged: {unchanged} ({found}), chain whole: {whole}\n")
    };
    print(&rows.iter().map(row).collect::<String>())?;
    Ok(exit)
}

/// A copy stands under its name only when it was hashed to be the item; the entry is written before the caller hears of it.
fn export(common: &Common, item: &str, out: &Path, who: &Who) -> Result<Exit, Failure> {
    let mut desk = Desk::open(common)?;
    let name = desk.named(item)?;
    let cannot =
        |error: std::io::Error| Failure::new(Exit::Failed, format!("cannot make `{}`: {error}", out.display()));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(out).map_err(cannot)?;
    let found = desk.locker.copy_out(name, &desk.keys(name)?, &mut file)?;
    if found == Rehash::Same {
        file.sync_all().map_err(cannot)?;
        desk.record(name, CustodyAct::Exported, who, None, found)?;
    } else {
        fs::remove_file(out).map_err(cannot)?;
        desk.record(name, CustodyAct::Rehashed, who, None, found)?;
    }
    told(common, name, CustodyAct::Exported, found)
}

fn told(common: &Common, name: Sha256Name, act: CustodyAct, found: Rehash) -> Result<Exit, Failure> {
    let bytes = bytes_of(found);
    let exit = Exit::from(&bytes);
    if common.json {
        let data = json!({ "sha256": name.to_string(), "act": act.word(), "found": bytes.note() });
        return print_json("backstop.custody/1", exit, data);
    }
    if found == Rehash::Same {
        print(&format!("{name}  {}\n", act.word()))?;
    } else {
        common.say(format!("{}; recorded, and nothing was given out", bytes.note()));
        print(&format!("{name}  not {}\n", act.word()))?;
    }
    Ok(exit)
}

/// Whether the bytes are those acquired, as hashing them again gave.
fn bytes_of(found: Rehash) -> Answer {
    match found {
        Rehash::Same => Answer::Yes("those acquired".to_owned()),
        Rehash::Other(name) => Answer::No(format!("others, {name}")),
        Rehash::Missing => Answer::CannotTell("not there".to_owned()),
    }
}

/// Whether a chain of custody is whole.
fn chain_of(exhibit: &Exhibit) -> Answer {
    match exhibit.custody() {
        Custody::Whole => Answer::Yes(String::new()),
        Custody::Broken { entry, why } => Answer::No(format!("entry {entry}: {why}")),
        Custody::CannotTell { entry, why } => Answer::CannotTell(format!("entry {entry}: {why}")),
    }
}

/// An answer with its reason, if it has one.
fn with_reason(answer: &Answer) -> String {
    match answer.note() {
        "" => answer.word().to_owned(),
        note => format!("{}: {note}", answer.word()),
    }
}

fn data(name: Sha256Name, exhibit: &Exhibit) -> Value {
    let acquired = exhibit.acquired.iter().map(|held| {
        let item = &held.what;
        json!({
            "entry": held.entry, "name": item.name, "bytes": item.bytes, "media_type": item.media_type,
            "source": item.source.as_ref().map(ToString::to_string), "method": item.method, "custodian": item.custodian,
            "observations": item.observations.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "acquired_at": item.acquired_at.to_string(), "read": item.read,
        })
    });
    let steps = exhibit.steps.iter().map(|held| {
        let step = &held.what;
        json!({
            "entry": held.entry, "act": step.act.word(), "at": step.at.to_string(), "by": step.by, "to": step.to,
            "reason": step.reason, "found": bytes_of(step.found).note(), "after": step.after,
        })
    });
    let chain = chain_of(exhibit);
    json!({
        "sha256": name.to_string(), "acquired": acquired.collect::<Vec<_>>(), "steps": steps.collect::<Vec<_>>(),
        "custodian": exhibit.custodian(), "chain_whole": chain.word(), "why": chain.note(),
    })
}
