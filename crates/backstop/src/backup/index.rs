//! The index of a backup: which files the store had, in which blocks they lie, and what follows from the entries. Takes and gives
//! the text that is sealed, and the list of hashes beside it. Never gives a name that leads out of a store.

use super::head::number;
use mission::Mission;
use mission::record::hex::{bytes_of_hex, hex};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

const FORMAT: &str = "backstop-backup-index/1";
/// A file is cut into pieces of this length.
pub(super) const BLOCK_BYTES: usize = if cfg!(test) { 4096 } else { 8 << 20 };
/// Where a file of a store may lie.
const FOLDERS: [&str; 6] = ["keys", "log", "payloads", "record-keys", "witnesses", "evidence"];

/// What a backup holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Index {
    pub(super) files: Vec<Filed>,
    pub(super) follows: Follows,
    /// Names in the store's folder that were no part of it.
    pub(super) left_out: Vec<String>,
}

/// A file of the store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Filed {
    /// Its name below the store's folder.
    pub(super) path: String,
    pub(super) length: u64,
    pub(super) sha256: [u8; 32],
    pub(super) blocks: Vec<Block>,
}

/// A piece of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Block {
    /// Of the sealed file in `blocks/`, without its ending.
    pub(super) name: String,
    /// Bytes of the piece, and its SHA-256.
    pub(super) length: u64,
    pub(super) sha256: [u8; 32],
    /// Bytes of the sealed file.
    pub(super) sealed: u64,
}

/// What follows from the entries: incidents, and streams of verdicts, each with how many and the hash over them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Follows {
    /// Incidents.
    pub incidents: (u64, String),
    /// Streams of verdicts.
    pub verdicts: (u64, String),
}

impl Follows {
    /// What follows from a state, as of its newest entry, for the mission's own staff.
    pub(super) fn of(mission: &Mission) -> Follows {
        let now = verifier::derivation::now(mission);
        Follows { incidents: now.incidents, verdicts: now.verdicts }
    }
}

impl Index {
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{FORMAT}\n");
        for Filed { path, length, sha256, blocks } in &self.files {
            let _ = writeln!(text, "file {length} {} {path}", hex(sha256));
            for Block { name, length, sha256, sealed } in blocks {
                let _ = writeln!(text, "block {length} {} {sealed} {name}", hex(sha256));
            }
        }
        let Follows { incidents, verdicts } = &self.follows;
        let _ = writeln!(text, "incidents {} {}", incidents.0, incidents.1);
        let _ = writeln!(text, "verdicts {} {}", verdicts.0, verdicts.1);
        for name in &self.left_out {
            let _ = writeln!(text, "left-out {}", name.escape_default());
        }
        text
    }

    pub(super) fn read(text: &str) -> Option<Index> {
        let mut lines = text.lines();
        (lines.next()? == FORMAT).then_some(())?;
        let mut index = Index::default();
        for line in lines {
            let (word, rest) = line.split_once(' ')?;
            match word {
                "file" => {
                    let [length, sha256, path] = words(rest)?;
                    is_plain(path).then_some(())?;
                    let (length, sha256) = (number(length)?, bytes_of_hex(sha256)?);
                    index.files.push(Filed { path: path.to_owned(), length, sha256, blocks: Vec::new() });
                }
                "block" => {
                    let [length, sha256, sealed, name] = words(rest)?;
                    bytes_of_hex::<16>(name)?;
                    let (length, sha256) = (number(length)?, bytes_of_hex(sha256)?);
                    (length <= BLOCK_BYTES as u64).then_some(())?;
                    let block = Block { name: name.to_owned(), length, sha256, sealed: number(sealed)? };
                    index.files.last_mut()?.blocks.push(block);
                }
                "incidents" => index.follows.incidents = counted(rest)?,
                "verdicts" => index.follows.verdicts = counted(rest)?,
                "left-out" => index.left_out.push(rest.to_owned()),
                _ => return None,
            }
        }
        let paths: std::collections::BTreeSet<&str> = index.files.iter().map(|file| file.path.as_str()).collect();
        let whole = |file: &Filed| file.blocks.iter().map(|block| block.length).sum::<u64>() == file.length;
        (paths.len() == index.files.len() && index.files.iter().all(whole)).then_some(index)
    }
}

fn words<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.splitn(N, ' ').collect::<Vec<_>>().try_into().ok()
}

fn counted(text: &str) -> Option<(u64, String)> {
    let [count, hash] = words(text)?;
    Some((number(count)?, hash.to_owned()))
}

/// Whether a name is one of a file in a store: no other may be written by a restore.
fn is_plain(path: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-' || byte == b'_';
    let parts: Vec<&str> = path.split('/').collect();
    let plain = parts.iter().all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(allowed));
    let known = path == "store.toml" || (parts.len() > 1 && FOLDERS.contains(&parts[0]));
    plain && known && parts.len() <= 3 && !is_secret(path)
}

/// What comes with the secrets and nowhere else.
fn is_secret(path: &str) -> bool {
    path == "record-keys/root"
        || (path.starts_with("keys/") && Path::new(path).extension().is_none_or(|it| it != "pub"))
}

/// The list of hashes of sealed files, as `sha256sum -c` reads it: by name below the backup's folder.
pub(super) type Manifest = BTreeMap<String, [u8; 32]>;

pub(super) fn write_manifest(manifest: &Manifest) -> String {
    manifest.iter().map(|(name, sha256)| format!("{}  {name}\n", hex(sha256))).collect()
}

pub(super) fn read_manifest(text: &str) -> Option<Manifest> {
    text.lines()
        .map(|line| line.split_once("  ").and_then(|(hash, name)| Some((name.to_owned(), bytes_of_hex(hash)?))))
        .collect()
}

/// What is sealed apart: names of a store's files and their bytes, one a line.
pub(super) mod secrets {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use std::path::PathBuf;
    use zeroize::Zeroizing;

    const FORMAT: &str = "backstop-secrets/1";
    pub(in super::super) const NAMES: [&str; 4] =
        ["keys/log.key", "keys/author.key", "keys/reader.key", "record-keys/root"];

    pub(in super::super) type Secrets = Vec<(PathBuf, Zeroizing<Vec<u8>>)>;

    pub(in super::super) fn write(secrets: &Secrets) -> Zeroizing<String> {
        let mut text = Zeroizing::new(format!("{FORMAT}\n"));
        for (path, bytes) in secrets {
            let bytes = Zeroizing::new(BASE64_STANDARD.encode(bytes.as_slice()));
            text.push_str(&path.to_string_lossy());
            text.push(' ');
            text.push_str(&bytes);
            text.push('\n');
        }
        text
    }

    pub(in super::super) fn read(text: &str) -> Option<Secrets> {
        let mut lines = text.lines();
        (lines.next()? == FORMAT).then_some(())?;
        let secret = |line: &str| {
            let (name, bytes) = line.split_once(' ')?;
            let bytes = Zeroizing::new(BASE64_STANDARD.decode(bytes).ok()?);
            NAMES.contains(&name).then(|| (PathBuf::from(name), bytes))
        };
        lines.map(secret).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_reads_as_it_was_written_and_no_name_leads_out_of_the_store() {
        let block = Block { name: "0".repeat(32), length: 3, sha256: [2; 32], sealed: 200 };
        let file = |path: &str| Filed { path: path.into(), length: 3, sha256: [1; 32], blocks: vec![block.clone()] };
        let index = |path: &str| Index {
            files: vec![file(path)],
            follows: Follows { incidents: (1, "a".into()), verdicts: (2, "b".into()) },
            left_out: vec!["notes".into()],
        };
        for path in ["store.toml", "keys/log.pub", "payloads/00000000.seg", "evidence/ab/abcd", "witnesses/seen.json"] {
            assert_eq!(Index::read(&index(path).to_text()), Some(index(path)), "{path}");
        }
        let outside = [
            "/etc/passwd",
            "../x",
            "keys/../x",
            "keys/log.key",
            "record-keys/root",
            "lock",
            "keys",
            "evidence/a/b/c",
            "",
        ];
        for path in outside {
            assert_eq!(Index::read(&index(path).to_text()), None, "{path}");
        }
        let text = index("store.toml").to_text();
        assert_eq!(Index::read(&text.replace("file 3", "file 4")), None, "a length that the blocks do not give");
        assert_eq!(Index::read(&format!("{text}{}", &text[FORMAT.len() + 1..])), None, "a file twice");
    }
}
