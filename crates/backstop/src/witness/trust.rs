//! Whom a store asks to countersign its log, and how many are enough: a trust file (c2sp.org/tlog-policy) in the store, and
//! beside it what is remembered of each witness. Takes and gives both files. Never changes a group that a person wrote, and never
//! goes by a file that was damaged where it lay: its last line is SHA-256 of what stands before it.

use super::Error;
use crate::storage::beside;
use ledger::VerifyingIdentity;
use ledger::note::Algorithm;
use ledger::policy::{MAX_POLICY_BYTES, Policy};
use mission::record::hex::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The group that is kept here, at more than half of its members unless a person asked for `any` or `all`.
const OWN_GROUP: &str = "witnesses";
const MAX_SEEN_BYTES: u64 = 1 << 20;
/// Begins the last line: a comment for other readers of such files.
const CHECK: &str = "# sha256 ";
const SEEN_SCHEMA: &str = "backstop.witnesses/1";

/// The trust file of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// What it says.
    pub policy: Policy,
    text: String,
}

impl Trust {
    /// Reads the trust file of the store at `store`; none if it asks no witness.
    ///
    /// # Errors
    /// When the file cannot be read, or breaks a rule; the error names the line.
    pub fn read(store: &Path) -> Result<Option<Trust>, Error> {
        let path = policy_path(store);
        let Some(text) = beside::read(&path, MAX_POLICY_BYTES as u64)? else { return Ok(None) };
        let wrong = |why: String| Error::Unusable(format!("`{}`: {why}", path.display()));
        let policy = Policy::parse(text.as_bytes()).map_err(|error| wrong(error.to_string()))?;
        match checked(&text) {
            Some((before, check)) if check != line_of(before) => Err(wrong(
                "its last line is not SHA-256 of what stands before it, so something in it was changed; if you wrote that, run \
                 `backstop witness accept`"
                    .into(),
            )),
            Some((before, _)) => Ok(Some(Trust { policy, text: before.to_owned() })),
            // Written by a person from the first line on.
            None => Ok(Some(Trust { policy, text })),
        }
    }

    /// Takes the trust file as it stands, as a person wrote it: its last line is made anew.
    ///
    /// # Errors
    /// When there is none, it breaks a rule, or the disk refuses.
    pub fn accept(store: &Path) -> Result<Trust, Error> {
        let path = policy_path(store);
        let absent = || Error::Unknown("this store asks no witness; see `backstop witness add`".into());
        let text = beside::read(&path, MAX_POLICY_BYTES as u64)?.ok_or_else(absent)?;
        let before = checked(&text).map_or(text.as_str(), |(before, _)| before);
        let policy = Policy::parse(before.as_bytes());
        let policy = policy.map_err(|error| Error::Unusable(format!("`{}`: {error}", path.display())))?;
        keep(store, before)?;
        Ok(Trust { policy, text: before.to_owned() })
    }

    /// Adds a witness to the trust file of a store, and makes the file if there is none. The witness counts at once if the
    /// file has no groups but our own; otherwise a person gives it a place.
    ///
    /// # Errors
    /// When the address or key cannot be used or stands there already, or the disk refuses.
    pub fn add(store: &Path, log: &VerifyingIdentity, url: &str, witness: &VerifyingIdentity) -> Result<Trust, Error> {
        if !url.starts_with("http://") && !url.starts_with("https://") || url.contains(char::is_whitespace) {
            return Err(Error::Unusable(format!("`{url}` is no address; it begins with `http://` or `https://`")));
        }
        if witness.algorithm() != Algorithm::CosignatureV1 {
            return Err(Error::Unusable(format!(
                "`{witness}` is no witness's key; `witness.pub` of a witness holds it"
            )));
        }
        let text = match Trust::read(store)? {
            Some(trust) => trust.text,
            None => format!("{HEAD}log {log}\nquorum none\n"),
        };
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let place = lines.iter().position(|line| matches!(word(line, 0), "group" | "quorum")).unwrap_or(lines.len());
        lines.insert(place, format!("witness {} {witness} {}", witness.name(), url.trim_end_matches('/')));
        write(store, lines)
    }

    /// Takes a witness out of the trust file of a store.
    ///
    /// # Errors
    /// When no witness has this name, a group that a person wrote names it, or the disk refuses.
    pub fn remove(store: &Path, name: &str) -> Result<Trust, Error> {
        let unknown = || Error::Unknown(format!("no witness is called `{name}`; `backstop witness list` names them"));
        let trust = Trust::read(store)?.ok_or_else(unknown)?;
        let mut lines: Vec<String> = trust.text.lines().map(str::to_owned).collect();
        let place = lines.iter().position(|line| word(line, 0) == "witness" && word(line, 1) == name);
        lines.remove(place.ok_or_else(unknown)?);
        write(store, lines).map_err(|error| match error {
            Error::Unusable(why) => Error::Unusable(format!("{why}; change the groups in the file first")),
            error @ (Error::Storage(_) | Error::Unknown(_)) => error,
        })
    }
}

const HEAD: &str = "# Who countersigns this log, and how many are enough (c2sp.org/tlog-policy).\n\
    # `backstop witness add` and `remove` keep the group `witnesses` at more than half. Other groups are yours to write; then\n\
    # `backstop witness accept` makes the last line anew, which shows that nothing in this file was changed since.\n";

/// Where the trust file of a store lies.
pub(super) fn policy_path(store: &Path) -> PathBuf {
    folder(store).join("policy")
}

/// What a store keeps of its witnesses.
pub(super) fn folder(store: &Path) -> PathBuf {
    store.join("witnesses")
}

fn word(line: &str, at: usize) -> &str {
    line.split([' ', '\t']).filter(|word| !word.is_empty()).nth(at).unwrap_or("")
}

/// Writes the lines, with our own group brought up to date, if they are a policy.
fn write(store: &Path, mut lines: Vec<String>) -> Result<Trust, Error> {
    let own = |line: &String| word(line, 0) == "group" && word(line, 1) == OWN_GROUP;
    let by_hand = lines.iter().any(|line| {
        let quorum = word(line, 0) == "quorum" && !["none", OWN_GROUP].contains(&word(line, 1));
        quorum || word(line, 0) == "group" && !own(line)
    });
    if !by_hand {
        let names: Vec<String> =
            lines.iter().filter(|line| word(line, 0) == "witness").map(|line| word(line, 1).to_owned()).collect();
        let asked = lines.iter().find(|line| own(line)).map(|line| word(line, 2).to_owned());
        let threshold = asked.filter(|asked| asked == "any" || asked == "all");
        let threshold = threshold.unwrap_or_else(|| (names.len() / 2 + 1).to_string());
        lines.retain(|line| !own(line) && word(line, 0) != "quorum");
        if names.is_empty() {
            lines.push("quorum none".into());
        } else {
            lines.push(format!("group {OWN_GROUP} {threshold} {}", names.join(" ")));
            lines.push(format!("quorum {OWN_GROUP}"));
        }
    }
    let text = lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    });
    let policy = Policy::parse(text.as_bytes())?;
    keep(store, &text)?;
    Ok(Trust { policy, text })
}

/// What stands before the line that checks it, and that line; none if there is no such line.
fn checked(text: &str) -> Option<(&str, &str)> {
    let last = text.strip_suffix('\n')?.rfind('\n')? + 1;
    text[last..].starts_with(CHECK).then(|| text.split_at(last))
}

fn line_of(before: &str) -> String {
    format!("{CHECK}{}\n", hex(&Sha256::digest(before)))
}

/// Writes a trust file with the line that checks it, in one step.
fn keep(store: &Path, text: &str) -> Result<(), Error> {
    beside::create_folder(&folder(store))?;
    beside::replace(&policy_path(store), format!("{text}{}", line_of(text)).as_bytes())?;
    Ok(())
}

/// What a store remembers of its witnesses, by their names. It helps to ask, and proves nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    schema: String,
    pub(super) witnesses: BTreeMap<String, SeenWitness>,
}

/// What is remembered of one witness.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SeenWitness {
    /// Its key: another key under the name is another witness.
    pub(super) vkey: String,
    /// Size of the last checkpoint that it cosigned.
    pub(super) size: u64,
    /// When it answered last, whatever it said, in milliseconds since 1970-01-01 UTC.
    pub(super) answered_at_ms: Option<i64>,
    /// Since when it gave no cosignature that it was asked for, and why.
    pub(super) trouble: Option<Trouble>,
    /// What can only be if somebody went back or told two stories. Stays until the witness is removed.
    pub(super) alarm: Option<Alarm>,
}

/// Why a witness did not cosign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trouble {
    pub(super) since_ms: i64,
    pub(super) asked_at_ms: i64,
    /// Whether it did not answer at all.
    pub(super) silent: bool,
    pub(super) why: String,
}

/// What must not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Alarm {
    pub(super) at_ms: i64,
    pub(super) what: String,
}

impl Seen {
    /// What is remembered; nothing if the file is absent or cannot be read, as everything in it can be asked for anew.
    pub(super) fn read(store: &Path) -> Seen {
        let text = beside::read(&folder(store).join("seen.json"), MAX_SEEN_BYTES).ok().flatten();
        let seen = text.and_then(|text| serde_json::from_str::<Seen>(&text).ok());
        let seen = seen.filter(|seen| seen.schema == SEEN_SCHEMA);
        seen.unwrap_or_else(|| Seen { schema: SEEN_SCHEMA.into(), witnesses: BTreeMap::new() })
    }

    pub(super) fn write(&self, store: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self).expect("invariant: names and numbers are JSON");
        Ok(beside::replace(&folder(store).join("seen.json"), format!("{text}\n").as_bytes())?)
    }

    /// What is remembered of the witness with this name and key.
    pub(super) fn of(&self, name: &str, vkey: &str) -> SeenWitness {
        let same = self.witnesses.get(name).filter(|seen| seen.vkey == vkey).cloned();
        same.unwrap_or_else(|| SeenWitness { vkey: vkey.to_owned(), ..SeenWitness::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use ledger::{SigningIdentity, WitnessIdentity};
    use std::fs;

    fn witness(number: u8) -> VerifyingIdentity {
        let name = format!("w{number}.example");
        WitnessIdentity::new(&name, SigningKey::from_bytes(&[number; 32])).expect("a name").public().clone()
    }

    /// A store's folder with a trust file of two witnesses.
    fn folder(name: &str) -> PathBuf {
        let store = std::env::temp_dir().join(format!("backstop-trust-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&store);
        fs::create_dir_all(&store).expect("a scratch folder");
        let log =
            SigningIdentity::new("backstop/varo", SigningKey::from_bytes(&[9; 32])).expect("a name").public().clone();
        for number in [1, 2] {
            Trust::add(&store, &log, "https://w.example/", &witness(number)).expect("added");
        }
        store
    }

    /// A threshold, an address, a key: whatever is turned, the file is refused by its name, or reads as it was written.
    #[test]
    fn every_turned_bit_of_a_trust_file_is_named_or_changes_nothing() {
        let store = folder("bits");
        let path = policy_path(&store);
        let whole = fs::read(&path).expect("there");
        let sound = Trust::read(&store).expect("read").expect("there");
        let (mut named, mut unmeant) = (0, 0);
        for bit in 0..whole.len() * 8 {
            let mut turned = whole.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, turned).expect("written");
            match Trust::read(&store) {
                Err(error) => {
                    assert!(error.to_string().contains("policy"), "bit {bit}: {error}");
                    named += 1;
                }
                // The first words of the last line: then it is a comment like another.
                Ok(read) => {
                    let read = read.expect("there");
                    assert_eq!(read.policy, sound.policy, "bit {bit} changes whom the store trusts");
                    assert!(bit / 8 >= whole.len() - CHECK.len() - 65, "bit {bit} is not looked at");
                    unmeant += 1;
                }
            }
        }
        println!("{named} of {} bits named, {unmeant} without meaning", whole.len() * 8);
        assert!(unmeant < 8 * CHECK.len());
        fs::remove_dir_all(store).expect("removed");
    }

    #[test]
    fn what_a_person_wrote_counts_when_it_was_accepted() {
        let store = folder("accept");
        let path = policy_path(&store);
        let text = fs::read_to_string(&path).expect("there");
        assert!(text.contains("group witnesses 2 "), "{text}");
        fs::write(&path, text.replace("group witnesses 2 ", "group witnesses 1 ")).expect("written");
        let error = Trust::read(&store).expect_err("it was changed").to_string();
        assert!(error.contains("backstop witness accept"), "{error}");
        assert_eq!(Trust::accept(&store).expect("accepted").policy.groups()[0].threshold, 1);
        assert_eq!(Trust::read(&store).expect("read").expect("there").policy.groups()[0].threshold, 1);
        fs::write(&path, "quorum\n").expect("written");
        Trust::accept(&store).expect_err("it is no trust file");
        fs::remove_dir_all(store).expect("removed");
    }
}
