//! Takes a trust file (c2sp.org/tlog-policy): which logs and witnesses are known, and how many of them are enough; gives
//! the judgement on a signed checkpoint, offline. Three answers: satisfied, not satisfied, cannot tell, the last when a
//! signature that would decide it is of a kind that is not checked here. Never fetches anything.

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::note::{Algorithm, Note, VerifyingIdentity, check_name, hex};
use crate::proof::Proof;
use crate::tile::decimal;
use crate::tree::{leaf_hash, verify_inclusion};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Longest file that is read.
pub const MAX_POLICY_BYTES: usize = 1_000_000;
/// Most logs, most witnesses and most groups.
const MAX_OF_A_KIND: usize = 256;

/// A trust file, read. Names are opaque octets; they are shown as text as well as that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Known>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    /// None for `quorum none`.
    quorum: Option<Member>,
}

/// A witness of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// What the policy calls it.
    pub name: String,
    /// Where it is asked, if the policy says so.
    pub url: Option<String>,
    key: Known,
}

impl Witness {
    /// Its key; none if it is of a kind that is not checked here.
    pub fn key(&self) -> Option<&VerifyingIdentity> {
        self.key.checked.as_ref()
    }

    /// Its key as text.
    pub fn vkey(&self) -> &str {
        &self.key.text
    }
}

/// A key of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    text: String,
    name: String,
    key_id: [u8; 4],
    bytes: Vec<u8>,
    /// None for a kind of key that is not checked here, such as ML-DSA-44.
    checked: Option<VerifyingIdentity>,
}

/// So many of these members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the policy calls it.
    pub name: String,
    /// How many members are enough.
    pub threshold: usize,
    /// How many there are.
    pub size: usize,
    members: Vec<Member>,
}

/// A member of a group, or the quorum, by its place in the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Member {
    Witness(usize),
    Group(usize),
}

/// The answer of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A known log signed it, and enough witnesses cosigned it.
    Satisfied,
    /// Not enough did.
    NotSatisfied,
    /// It hangs on signatures of a kind that is not checked here.
    CannotTell,
}

/// What a policy says of a signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The answer.
    pub answer: Answer,
    /// The checkpoint. It is to be believed only if the answer is [`Answer::Satisfied`].
    pub checkpoint: Checkpoint,
    /// By witness of the policy, in its order: what its signature says.
    pub witnesses: Vec<Cosigned>,
}

/// What a checkpoint carries of one witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cosigned {
    /// It cosigned at this time, in seconds since 1970-01-01 UTC.
    At {
        /// The latest time it gave.
        time_s: u64,
    },
    /// Nothing under its name.
    Absent,
    /// A signature under its name, of a kind that is not checked here.
    Unchecked,
}

impl Policy {
    /// Reads a trust file.
    ///
    /// # Errors
    /// [`Error::Policy`] with the line and the rule broken.
    pub fn parse(bytes: &[u8]) -> Result<Policy, Error> {
        if bytes.len() > MAX_POLICY_BYTES {
            return Err(Error::Policy { line: 1, problem: "the file is longer than 1,000,000 bytes".into() });
        }
        let mut reader = Lines::default();
        let ended = bytes.is_empty() || bytes.ends_with(b"\n");
        let lines: Vec<&[u8]> = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n').collect();
        for (number, line) in (1..).zip(&lines) {
            reader.take(line).map_err(|problem| Error::Policy { line: number, problem })?;
        }
        let fail = |problem: &str| Err(Error::Policy { line: lines.len(), problem: problem.into() });
        if !ended {
            return fail("the last line must end");
        }
        match reader.quorum {
            None => fail("a `quorum` line is missing; write `quorum none` to ask for no witness"),
            Some(quorum) => {
                let (logs, witnesses, groups) = (reader.logs, reader.witnesses, reader.groups);
                Ok(Policy { logs, witnesses, groups, quorum })
            }
        }
    }

    /// The keys of the logs that can be checked here.
    pub fn logs(&self) -> impl Iterator<Item = &VerifyingIdentity> {
        self.logs.iter().filter_map(|log| log.checked.as_ref())
    }

    /// The witnesses, in the order of the file.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// The groups, in the order of the file.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The group that is the quorum, if it is one.
    pub fn quorum_group(&self) -> Option<&Group> {
        match self.quorum {
            Some(Member::Group(at)) => self.groups.get(at),
            Some(Member::Witness(_)) | None => None,
        }
    }

    /// Whether any witness is asked for.
    pub fn asks_for_witnesses(&self) -> bool {
        self.quorum.is_some()
    }

    /// Whether the quorum is reached if exactly the witnesses at these places have cosigned.
    pub fn reached_by(&self, cosigned: &BTreeSet<usize>) -> bool {
        let state = |at| if cosigned.contains(&at) { Cosigned::At { time_s: 0 } } else { Cosigned::Absent };
        let states: Vec<Cosigned> = (0..self.witnesses.len()).map(state).collect();
        self.weigh(&states) == Answer::Satisfied
    }

    /// Judges a signed checkpoint, as it was published.
    ///
    /// # Errors
    /// When it is no checkpoint, no log of the policy signed it, or a known key's signature fails, which spoils the whole
    /// note.
    pub fn judge(&self, signed: &[u8]) -> Result<Judgement, Error> {
        let note = Note::parse(signed)?;
        let keys: Vec<VerifyingIdentity> = self.logs().cloned().collect();
        let (text, by_log) = match note.verify(&keys) {
            Ok((text, verified)) => (text.to_owned(), Some(verified)),
            // A log's key of an unknown kind: all that is left to say is that nothing can be told.
            Err(Error::NotSigned) if self.logs.iter().any(|log| log.checked.is_none() && log.claims(&note)) => {
                (note.claimed_text().to_owned(), None)
            }
            Err(error) => return Err(error),
        };
        let checkpoint = Checkpoint::parse(&text)?;
        if by_log.as_ref().is_some_and(|logs| logs.iter().all(|log| log.name != checkpoint.origin)) {
            let expected = keys.iter().map(VerifyingIdentity::name).collect::<Vec<_>>().join("` or `");
            return Err(Error::OtherLog { found: checkpoint.origin, expected });
        }
        let witnesses =
            self.witnesses.iter().map(|witness| witness.key.look(&note)).collect::<Result<Vec<Cosigned>, Error>>()?;
        let answer = match self.weigh(&witnesses) {
            Answer::Satisfied if by_log.is_none() => Answer::CannotTell,
            weighed @ (Answer::Satisfied | Answer::NotSatisfied | Answer::CannotTell) => weighed,
        };
        Ok(Judgement { answer, checkpoint, witnesses })
    }

    /// Judges a receipt: whether the entry lies where it says, under a checkpoint that satisfies this policy.
    ///
    /// # Errors
    /// What makes the receipt worthless.
    pub fn judge_proof(&self, proof: &Proof, entry: &[u8]) -> Result<Judgement, Error> {
        let judgement = self.judge(proof.checkpoint.as_bytes())?;
        let Checkpoint { size, root, .. } = judgement.checkpoint;
        verify_inclusion(leaf_hash(entry), proof.index, size, &proof.path, root)?;
        Ok(judgement)
    }

    /// Counts from the first group to the last: members stand before the group that has them.
    fn weigh(&self, witnesses: &[Cosigned]) -> Answer {
        let mut groups: Vec<Answer> = Vec::new();
        let of = |member: Member, groups: &[Answer]| match member {
            Member::Group(at) => groups[at],
            Member::Witness(at) => match witnesses[at] {
                Cosigned::At { .. } => Answer::Satisfied,
                Cosigned::Absent => Answer::NotSatisfied,
                Cosigned::Unchecked => Answer::CannotTell,
            },
        };
        for group in &self.groups {
            let count = |wanted| group.members.iter().filter(|member| of(**member, &groups) == wanted).count();
            let (yes, perhaps) = (count(Answer::Satisfied), count(Answer::CannotTell));
            groups.push(match () {
                () if yes >= group.threshold => Answer::Satisfied,
                () if yes + perhaps >= group.threshold => Answer::CannotTell,
                () => Answer::NotSatisfied,
            });
        }
        self.quorum.map_or(Answer::Satisfied, |member| of(member, &groups))
    }
}

impl Known {
    /// Reads a vkey of any type, with `types` those that may stand here and are checked.
    fn parse(text: &str, usual: Algorithm, who: &str) -> Result<Known, String> {
        let shape = || format!("`{text}` is no key: it reads `name+key id+base64`");
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return Err(shape()) };
        check_name(name).map_err(|error| error.to_string())?;
        let bytes = BASE64_STANDARD.decode(key).map_err(|_| shape())?;
        let (&kind, material) = bytes.split_first().filter(|(_, key)| !key.is_empty()).ok_or_else(shape)?;
        let digest = Sha256::new().chain_update(name).chain_update(b"\n").chain_update(&bytes).finalize();
        let key_id = [digest[0], digest[1], digest[2], digest[3]];
        if hex(&key_id) != id {
            return Err(format!("the key id of `{text}` does not belong to its name and key"));
        }
        let checked = match kind {
            0x01 | 0x04 => {
                let identity = VerifyingIdentity::parse(text).map_err(|error| error.to_string())?;
                if identity.algorithm() != usual {
                    return Err(format!("`{text}` is not the key of a {who}: a log's has type 1, a witness's type 4"));
                }
                Some(identity)
            }
            _ => None,
        };
        Ok(Known { text: text.to_owned(), name: name.to_owned(), key_id, bytes: material.to_vec(), checked })
    }

    /// Whether a signature line carries this key's name and id.
    fn claims(&self, note: &Note) -> bool {
        note.claimed_signers().any(|(name, key_id)| name == self.name && key_id == self.key_id)
    }

    fn look(&self, note: &Note) -> Result<Cosigned, Error> {
        match &self.checked {
            None if self.claims(note) => Ok(Cosigned::Unchecked),
            None => Ok(Cosigned::Absent),
            Some(identity) => match note.verify(std::slice::from_ref(identity)) {
                Ok((_, verified)) => {
                    let latest = verified.iter().filter_map(|verified| verified.time_s).max();
                    Ok(latest.map_or(Cosigned::Absent, |time_s| Cosigned::At { time_s }))
                }
                Err(Error::NotSigned) => Ok(Cosigned::Absent),
                Err(error) => Err(error),
            },
        }
    }
}

/// A policy being read line by line.
#[derive(Default)]
struct Lines {
    logs: Vec<Known>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    names: BTreeMap<Vec<u8>, Member>,
    used: BTreeSet<Member>,
    quorum: Option<Option<Member>>,
}

impl Lines {
    fn take(&mut self, line: &[u8]) -> Result<(), String> {
        if line.iter().any(|byte| *byte != b'\t' && (*byte < 0x20 || *byte == 0x7F)) {
            return Err("control characters other than tab may not stand here".into());
        }
        let mut words = line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
        let Some(first) = words.next().filter(|word| !word.starts_with(b"#")) else { return Ok(()) };
        let rest: Vec<&[u8]> = words.collect();
        match (first, rest.as_slice()) {
            (b"log", [vkey] | [vkey, _]) => self.log(vkey),
            (b"witness", [name, vkey]) => self.witness(name, vkey, None),
            (b"witness", [name, vkey, url]) => self.witness(name, vkey, Some(shown(url))),
            (b"group", [name, threshold, members @ ..]) => self.group(name, threshold, members),
            (b"quorum", [name]) => self.quorum(name),
            (b"log", _) => Err("a log reads `log VKEY [URL]`".into()),
            (b"witness", _) => Err("a witness reads `witness NAME VKEY [URL]`".into()),
            (b"group", _) => Err("a group reads `group NAME K|any|all MEMBER...`".into()),
            (b"quorum", _) => Err("the quorum reads `quorum NAME` or `quorum none`".into()),
            (other, _) => Err(format!("`{}` is none of `log`, `witness`, `group`, `quorum`", shown(other))),
        }
    }

    fn log(&mut self, vkey: &[u8]) -> Result<(), String> {
        let log = Known::parse(&shown(vkey), Algorithm::Ed25519, "log")?;
        room(self.logs.len(), "logs")?;
        if self.logs.iter().any(|other| other.bytes == log.bytes) {
            return Err(format!("the key of `{}` stands here twice", log.name));
        }
        self.logs.push(log);
        Ok(())
    }

    fn witness(&mut self, name: &[u8], vkey: &[u8], url: Option<String>) -> Result<(), String> {
        let key = Known::parse(&shown(vkey), Algorithm::CosignatureV1, "witness")?;
        room(self.witnesses.len(), "witnesses")?;
        if self.witnesses.iter().any(|other| other.key.bytes == key.bytes) {
            return Err(format!("the key of `{}` stands here twice", key.name));
        }
        self.name(name, Member::Witness(self.witnesses.len()))?;
        self.witnesses.push(Witness { name: shown(name), url, key });
        Ok(())
    }

    fn group(&mut self, name: &[u8], threshold: &[u8], words: &[&[u8]]) -> Result<(), String> {
        room(self.groups.len(), "groups")?;
        let mut members = Vec::new();
        for word in words {
            let member = self.known(word)?;
            if !self.used.insert(member) {
                return Err(format!("`{}` is a member already; each name may be one once", shown(word)));
            }
            members.push(member);
        }
        let size = members.len();
        let threshold = match threshold {
            b"any" => 1,
            b"all" => size,
            number => {
                let count = std::str::from_utf8(number).ok().and_then(decimal).and_then(|k| usize::try_from(k).ok());
                count.ok_or_else(|| format!("`{}` is neither a number nor `any` nor `all`", shown(number)))?
            }
        };
        if size == 0 || threshold == 0 || threshold > size {
            return Err(format!("{threshold} of {size} members cannot be asked for"));
        }
        self.name(name, Member::Group(self.groups.len()))?;
        self.groups.push(Group { name: shown(name), threshold, size, members });
        Ok(())
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), String> {
        if self.quorum.is_some() {
            return Err("there is a quorum already".into());
        }
        self.quorum = Some(if name == b"none" { None } else { Some(self.known(name)?) });
        Ok(())
    }

    fn name(&mut self, name: &[u8], member: Member) -> Result<(), String> {
        if name == b"none" {
            return Err("`none` names nothing: it stands for no quorum".into());
        }
        match self.names.insert(name.to_owned(), member) {
            Some(_) => Err(format!("the name `{}` is taken", shown(name))),
            None => Ok(()),
        }
    }

    fn known(&self, name: &[u8]) -> Result<Member, String> {
        let found = self.names.get(name).copied();
        found.ok_or_else(|| format!("`{}` is not defined on a line before", shown(name)))
    }
}

fn room(count: usize, of: &str) -> Result<(), String> {
    if count < MAX_OF_A_KIND { Ok(()) } else { Err(format!("more than {MAX_OF_A_KIND} {of}")) }
}

fn shown(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
