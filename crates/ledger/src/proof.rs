//! Takes and gives receipts: a text file that proves, offline, that an entry lies in a log (c2sp.org/tlog-proof@v1). Never
//! fetches anything; whoever checks a receipt brings the entry and the log's public key.

use crate::Error;
use crate::checkpoint::Checkpoint;
use crate::note::{MAX_NOTE_BYTES, Verified, VerifyingIdentity};
use crate::tile::decimal;
use crate::tree::{Hash, leaf_hash, verify_inclusion};
use base64::{Engine, prelude::BASE64_STANDARD};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// A receipt taken apart; it proves nothing before [`Proof::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Bytes beside the proof, proved by nothing.
    pub extra: Option<Vec<u8>>,
    /// Where the entry is.
    pub index: u64,
    /// Sibling hashes from the leaf to the root, at most 63.
    pub path: Vec<Hash>,
    /// The signed checkpoint, as it was published.
    pub checkpoint: String,
}

impl Proof {
    /// Reads a receipt.
    ///
    /// # Errors
    /// [`Error::ProofText`] with the line and the rule broken.
    pub fn parse(text: &str) -> Result<Proof, Error> {
        let fail = |line, problem| Error::ProofText { line, problem };
        if text.len() > 2 * MAX_NOTE_BYTES {
            return Err(fail(1, "the proof is longer than 2,000,000 bytes"));
        }
        let (head, checkpoint) = text.split_once("\n\n").ok_or(fail(1, "no empty line before the checkpoint"))?;
        let mut lines = head.split('\n').zip(1..).peekable();
        if lines.next().map(|(line, _)| line) != Some(FIRST_LINE) {
            return Err(fail(1, "the first line must be `c2sp.org/tlog-proof@v1`"));
        }
        let extra = match lines.next_if(|(line, _)| line.starts_with("extra ")) {
            None => None,
            Some((line, number)) => {
                let bytes = BASE64_STANDARD.decode(&line["extra ".len()..]);
                Some(bytes.map_err(|_| fail(number, "the extra data is not base64"))?)
            }
        };
        let (line, number) = lines.next().unwrap_or(("", 2));
        let index = line.strip_prefix("index ").and_then(decimal);
        let index = index.ok_or(fail(number, "`index` and a number without leading zeros must follow"))?;
        let mut path = Vec::new();
        for (line, number) in lines {
            if path.len() == 63 {
                return Err(fail(number, "more than 63 hashes"));
            }
            path.push(Hash::from_base64(line).ok_or(fail(number, "a hash must be 32 bytes in base64"))?);
        }
        Ok(Proof { extra, index, path, checkpoint: checkpoint.to_owned() })
    }

    /// The receipt as text; keep it in a file that ends in `.tlog-proof`.
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        if let Some(extra) = &self.extra {
            text += &format!("extra {}\n", BASE64_STANDARD.encode(extra));
        }
        text += &format!("index {}\n", self.index);
        for hash in &self.path {
            text += &format!("{}\n", hash.to_base64());
        }
        text + "\n" + &self.checkpoint
    }

    /// Checks that this log's checkpoint covers this entry at the index of the receipt; gives the checkpoint and who of
    /// the `witnesses` cosigned it.
    ///
    /// # Errors
    /// What makes the receipt worthless.
    pub fn verify(
        &self,
        entry: &[u8],
        log: &VerifyingIdentity,
        witnesses: &[VerifyingIdentity],
    ) -> Result<(Checkpoint, Vec<Verified>), Error> {
        let (checkpoint, cosigned) = Checkpoint::open(self.checkpoint.as_bytes(), log, witnesses)?;
        verify_inclusion(leaf_hash(entry), self.index, checkpoint.size, &self.path, checkpoint.root)?;
        Ok((checkpoint, cosigned))
    }
}
