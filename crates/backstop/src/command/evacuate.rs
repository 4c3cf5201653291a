//! `backstop evacuate`: the record handed to named custodians, each a verified copy under its own key, and an entry that says so.
//!
//! Takes a file that names custodians; gives each a folder. Records nothing before every copy was verified, and lets one
//! custodian at most go on with the log. Never removes anything unless told to, and then keys alone, after every copy was verified.

use super::backup::{answers, data_of, heading, made};
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::backup::{Former, Made, Order, Recipient, Signing};
use crate::clock::now;
use crate::station::entry;
use crate::storage::{Halt, Halted, LocalDisk, Store, beside, erase_keys};
use crate::witness::Asker;
use clap::Args;
use mission::record::Body;
use mission::record::body::{After, Custodian, HandOver, Role};
use mission::record::publication::Basis;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use verifier::Answer;

/// Longest file of custodians, and most of them.
const MOST_BYTES: u64 = 1 << 20;
const MOST_CUSTODIANS: usize = 100;

pub(super) const EVACUATION: &str = "The file names each custodian:

  [[custodian]]
  name = \"Geneva archive\"
  key = \"age1…\"
  goes-on = true         one at most: its copy holds the keys that sign

Each copy is made in a folder of its own, opened again, restored, verified and replayed. Then an entry records who got what, on
whose authority and ground, and each copy is brought up to that entry.";

#[derive(Args)]
pub(super) struct EvacuateArgs {
    /// The file that names the custodians, with their public keys
    custodians: PathBuf,
    /// The folder for the copies, one folder each
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The office on whose authority
    #[arg(long, value_name = "OFFICE")]
    authority: String,
    /// The legal ground
    #[arg(long, value_name = "TEXT")]
    ground: String,
    /// Record nothing more here, until `backstop resume`
    #[arg(long)]
    stop_here: bool,
    /// When every copy is verified, destroy the keys of this store: nobody reads its entries or signs with it any more
    #[arg(long, requires = "stop_here", requires = "yes")]
    erase_here: bool,
    /// Do not ask: for `--erase-here`
    #[arg(long)]
    yes: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    custodian: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Line {
    name: String,
    key: String,
    #[serde(default)]
    goes_on: bool,
}

/// Who gets a copy, and where it is made.
struct Named {
    name: String,
    key: Recipient,
    role: Role,
    folder: PathBuf,
}

pub(super) fn run(common: &Common, args: &EvacuateArgs) -> Result<Exit, Failure> {
    let given = |text: &str| !text.trim().is_empty();
    if !given(&args.authority) || !given(&args.ground) {
        return Err(Failure::new(Exit::Usage, "a hand-over needs `--authority` and `--ground`"));
    }
    let custodians = custodians(&args.custodians, &args.to)?;
    let dir = common.store()?;
    // Held to the end: nobody records anything between the copies and the entry that names them.
    let mut store = Store::open(dir)?;
    store.recovered().iter().for_each(|what| common.say(format!("recovered: {what}")));
    store.publish()?;
    let first = match copies(common, dir, &custodians)? {
        Ok(first) => first,
        Err(exit) => return Ok(exit),
    };
    let basis = Basis { size: store.size(), root: store.root().to_base64() };
    let custodian = |(named, made): (&Named, &Made)| Custodian {
        name: named.name.clone(),
        key: named.key.to_string(),
        manifest: made.head.manifest.sha256,
        bytes: made.head.blocks.1 + made.head.index.bytes + made.head.secrets.bytes,
        role: named.role,
    };
    let hand_over = HandOver {
        custodians: custodians.iter().zip(&first).map(custodian).collect(),
        basis,
        authority: args.authority.clone(),
        ground: args.ground.clone(),
        after: if args.stop_here { After::StopsHere } else { After::GoesOn },
    };
    let data_class = store.settings().data_class;
    let receipts = store.append(vec![entry(&Body::RecordHandedOver(hand_over.clone()), now(), data_class)])?;
    Asker::default().publish(&mut store)?;
    let last = match copies(common, dir, &custodians)? {
        Ok(last) => last,
        Err(exit) => return Ok(exit),
    };
    let index = receipts[0].index;
    let (size, root) = (store.size(), store.root().to_base64());
    if args.stop_here {
        let halt = Halt {
            why: Halted::HandedOver,
            since: now().to_string(),
            size,
            root: root.clone(),
            words: words(&custodians, index),
            later: Vec::new(),
            joined: false,
        };
        halt.set(&LocalDisk, dir)?;
    }
    drop(store);
    if args.erase_here {
        erase_keys(dir)?;
    }
    let head = json!({ "size": size, "root": root });
    if common.json {
        let copies = custodians.iter().zip(&last).map(|(named, made)| {
            let mut data = data_of(&made.checked);
            data["custodian"] = json!({ "name": named.name, "key": named.key.to_string(), "role": named.role.word() });
            data["folder"] = json!(named.folder.display().to_string());
            data
        });
        let copies: Vec<serde_json::Value> = copies.collect();
        let data = json!({ "entry": index, "head": head, "copies": copies, "stopped": args.stop_here, "erased": args.erase_here });
        return print_json("backstop.evacuate/1", Exit::Done, data);
    }
    let mut text = String::new();
    for (named, made) in custodians.iter().zip(&last) {
        text.push_str(&format!("{}, which {}\n", named.name, named.role.word()));
        text.push_str(&heading(&named.folder, made.checked.head.as_ref()));
        text.push_str(&answers(&made.checked));
    }
    text.push_str(&format!("entry {index} says who got what; each copy holds it: {size} entries, root {root}\n"));
    text.push_str(if args.stop_here { "this store takes no more entries\n" } else { "this store goes on\n" });
    if args.erase_here {
        text.push_str("its keys are destroyed: what its entries say can be read in the copies alone. Its log, its sealed payloads and its items of evidence lie here still\n");
    }
    print(&text)
}

/// Makes or brings up to date every copy. With the exit, if one does not hold: it was printed then.
fn copies(common: &Common, dir: &Path, custodians: &[Named]) -> Result<Result<Vec<Made>, Exit>, Failure> {
    let scratch = dir.join("backups/scratch");
    let mut all = Vec::new();
    for named in custodians {
        let order = Order {
            store: dir,
            to: &named.folder,
            secrets_to: None,
            recipients: &[named.key],
            signing: match named.role {
                Role::GoesOn => Signing::Included,
                Role::Keeps => Signing::Kept,
            },
            former: Former::Kept,
            scratch: &scratch,
            at: now(),
        };
        let made = made(common, &order)?;
        let answer = made.checked.answer();
        if !matches!(answer, Answer::Yes(_)) {
            let exit = Exit::from(answer);
            common.say(format!("the copy for {} does not hold; nothing was handed over", named.name));
            if common.json {
                print_json("backstop.evacuate/1", exit, data_of(&made.checked))?;
            } else {
                print(&format!("{}{}", heading(&named.folder, made.checked.head.as_ref()), answers(&made.checked)))?;
            }
            return Ok(Err(exit));
        }
        all.push(made);
    }
    Ok(Ok(all))
}

/// The custodians that a file names, in the order of their names.
fn custodians(path: &Path, to: &Path) -> Result<Vec<Named>, Failure> {
    let failed = |why: String| Failure::new(Exit::Usage, format!("`{}`: {why}", path.display()));
    let text = beside::read(path, MOST_BYTES)?;
    let text = text.ok_or_else(|| Failure::new(Exit::NotFound, format!("there is no file `{}`", path.display())))?;
    let file: File = toml::from_str(&text).map_err(|error| failed(error.to_string()))?;
    let mut named = Vec::new();
    for Line { name, key, goes_on } in file.custodian {
        let slug: String = name
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
            .collect();
        if name.trim().is_empty() || name.len() > 100 || slug.chars().all(|letter| letter == '-') {
            return Err(failed(format!("`{name}` is no name: 1 to 100 bytes, among them Latin letters or digits")));
        }
        let recipient = Recipient::parse(&key).ok_or_else(|| failed(format!("`{key}` is no public key of `age`")))?;
        let role = if goes_on { Role::GoesOn } else { Role::Keeps };
        named.push(Named { name, key: recipient, role, folder: to.join(slug) });
    }
    named.sort_by(|one, other| one.name.cmp(&other.name));
    let distinct = |count: usize| count == named.len();
    let folders = named.iter().map(|one| &one.folder).collect::<BTreeSet<_>>().len();
    let keys = named.iter().map(|one| one.key).collect::<BTreeSet<_>>().len();
    match named.iter().filter(|one| one.role == Role::GoesOn).count() {
        _ if named.is_empty() => Err(failed("it names no custodian; see `backstop evacuate --help`".into())),
        _ if named.len() > MOST_CUSTODIANS => Err(failed(format!("it names more than {MOST_CUSTODIANS} custodians"))),
        _ if !distinct(folders) || !distinct(keys) => Err(failed("two custodians have one name or one key".into())),
        0 | 1 => Ok(named),
        _ => Err(failed("two custodians are to go on with the log, and would sign two histories; only one may".into())),
    }
}

fn words(custodians: &[Named], index: u64) -> String {
    let names = custodians.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
    let goes_on = custodians.iter().find(|one| one.role == Role::GoesOn);
    let goes_on = match goes_on {
        Some(one) => format!("{} goes on with the log, and a second writer would sign a second history", one.name),
        None => "nobody was given the keys to go on with the log".to_owned(),
    };
    format!(
        "it was handed over to {names}, as entry {index} says; {goes_on}. If it is to go on here all the same, ask them for their latest checkpoint, then run `backstop resume`"
    )
}
