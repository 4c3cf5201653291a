//! Takes two checkpoints signed by one log's key, and what shows how one grew from the other; gives the verdict whether both
//! can be true. As a text file it convicts the key offline, before anyone who holds the log's public key. Never believes
//! the file's own word for anything: signatures, sizes, roots and paths are all checked again.

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::note::{MAX_NOTE_BYTES, VerifyingIdentity};
use crate::tree::{Hash, Subtree, empty_root, prove_consistency, root, verify_consistency};

/// First line of a file with evidence.
pub const FIRST_LINE: &str = "backstop-evidence/1";
/// Longest file with evidence.
pub const MAX_EVIDENCE_BYTES: usize = 2 * MAX_NOTE_BYTES;

/// Two checkpoints that one log signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The key that signed both.
    pub log: VerifyingIdentity,
    /// The one that is shown first; of two sizes the smaller.
    pub first: String,
    /// The other.
    pub second: String,
    /// What the second says of the first one's size.
    pub growth: Option<Growth>,
}

/// The root of the first so many entries of a log, as the tree of a later checkpoint has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// That root.
    pub root: Hash,
    /// The consistency path from it to the later checkpoint.
    pub path: Vec<Hash>,
}

/// What two checkpoints of one log are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They cannot both be true: the log's key signed two histories.
    Contradict,
    /// The second begins with the first.
    Agree,
    /// What is here shows neither; the tiles of the larger log would.
    CannotTell,
}

impl Evidence {
    /// Evidence from two signed checkpoints, the smaller first; it proves nothing before [`Evidence::judge`].
    pub fn new(log: VerifyingIdentity, first: String, second: String, growth: Option<Growth>) -> Evidence {
        Evidence { log, first, second, growth }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Evidence`] with the line and the rule broken, or [`Error::Key`].
    pub fn parse(text: &str) -> Result<Evidence, Error> {
        let fail = |line, problem| Error::Evidence { line, problem };
        if text.len() > MAX_EVIDENCE_BYTES {
            return Err(fail(1, "the file is longer than 2,000,000 bytes"));
        }
        let (head, notes) = text.split_once("\n\n").ok_or(fail(1, "no empty line before the notes"))?;
        let mut lines = head.split('\n').zip(1..).peekable();
        if lines.next().map(|(line, _)| line) != Some(FIRST_LINE) {
            return Err(fail(1, "the first line must be `backstop-evidence/1`"));
        }
        let log = lines.next().and_then(|(line, _)| line.strip_prefix("log "));
        let log = VerifyingIdentity::parse(log.ok_or(fail(2, "`log` and the log's key must follow"))?)?;
        let mut growth = None;
        if let Some((line, number)) = lines.next() {
            let hash = line.strip_prefix("grown-from ").and_then(Hash::from_base64);
            let root = hash.ok_or(fail(number, "only `grown-from` and a hash in base64 may follow"))?;
            let mut path = Vec::new();
            for (line, number) in lines {
                if path.len() == 64 {
                    return Err(fail(number, "more than 64 hashes"));
                }
                path.push(Hash::from_base64(line).ok_or(fail(number, "a hash must be 32 bytes in base64"))?);
            }
            growth = Some(Growth { root, path });
        }
        // A checkpoint has no empty line in its text, so an empty line follows each text and each block of signatures.
        let parts: Vec<&str> = notes.split("\n\n").collect();
        let [first_text, first_signatures, second_text, second_signatures] = parts[..] else {
            let line = head.matches('\n').count() + 3;
            return Err(fail(line, "two signed checkpoints must follow, with one empty line between them"));
        };
        let first = format!("{first_text}\n\n{first_signatures}\n");
        Ok(Evidence { log, first, second: format!("{second_text}\n\n{second_signatures}"), growth })
    }

    /// The evidence as text; keep it in a file that ends in `.evidence`.
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\nlog {}\n", self.log);
        if let Some(growth) = &self.growth {
            text += &format!("grown-from {}\n", growth.root.to_base64());
            growth.path.iter().for_each(|hash| text += &format!("{}\n", hash.to_base64()));
        }
        format!("{text}\n{}\n{}", self.first, self.second)
    }

    /// Both checkpoints, if the log's key signed both.
    ///
    /// # Errors
    /// What makes one of them unbelievable.
    pub fn checkpoints(&self) -> Result<(Checkpoint, Checkpoint), Error> {
        let open = |signed: &str| Ok::<_, Error>(Checkpoint::open(signed.as_bytes(), &self.log, &[])?.0);
        Ok((open(&self.first)?, open(&self.second)?))
    }

    /// Size of the first checkpoint, if it can be believed.
    pub(crate) fn size(&self) -> Option<u64> {
        self.checkpoints().ok().map(|(first, _)| first.size)
    }

    /// Whether both checkpoints can be true.
    ///
    /// # Errors
    /// What makes the file worthless: a note that this key did not sign, or the smaller one second.
    pub fn judge(&self) -> Result<Verdict, Error> {
        let (first, second) = self.checkpoints()?;
        if first.size > second.size {
            return Err(Error::OutOfRange { problem: "of two sizes the smaller must stand first" });
        }
        if first.size == second.size {
            return Ok(if first.root == second.root { Verdict::Agree } else { Verdict::Contradict });
        }
        if first.size == 0 {
            return Ok(if first.root == empty_root() { Verdict::Agree } else { Verdict::Contradict });
        }
        let Some(Growth { root, path }) = &self.growth else { return Ok(Verdict::CannotTell) };
        // A path that leads to the second root fixes what the first entries were: no two trees have one root.
        match verify_consistency(first.size, *root, second.size, second.root, path) {
            Ok(()) if *root == first.root => Ok(Verdict::Agree),
            Ok(()) => Ok(Verdict::Contradict),
            Err(_) => Ok(Verdict::CannotTell),
        }
    }
}

/// Compares two signed checkpoints of one log, in any order, with the tree of the larger at hand, as a witness, a mirror
/// or anyone who kept an old checkpoint has it. Gives the evidence if they cannot both be true; none if one begins with
/// the other.
///
/// # Errors
/// When the key did not sign one of them, when what `read` gives does not lead to the root of the larger (then nothing can
/// be told), and those of `read`.
pub fn compare<E: From<Error>>(
    log: &VerifyingIdentity,
    one: &str,
    other: &str,
    mut read: impl FnMut(Subtree) -> Result<Hash, E>,
) -> Result<Option<Evidence>, E> {
    let mut evidence = Evidence::new(log.clone(), one.to_owned(), other.to_owned(), None);
    let (mut first, mut second) = evidence.checkpoints()?;
    if first.size > second.size {
        std::mem::swap(&mut evidence.first, &mut evidence.second);
        std::mem::swap(&mut first, &mut second);
    }
    if 0 < first.size && first.size < second.size {
        let growth =
            Growth { root: root(first.size, &mut read)?, path: prove_consistency(first.size, second.size, &mut read)? };
        evidence.growth = Some(growth);
    }
    match evidence.judge()? {
        Verdict::Contradict => Ok(Some(evidence)),
        Verdict::Agree => Ok(None),
        Verdict::CannotTell => {
            Err(Error::ProofFailed { problem: "the tiles do not lead to the root of the larger checkpoint" }.into())
        }
    }
}
