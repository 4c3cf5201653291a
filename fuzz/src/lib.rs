//! Hostile bytes for everything that reads: one function for each parser, which must come back.
//!
//! Takes bytes that a fuzzer or a test made up; gives nothing, and panics when a parser does, when what was read and
//! written again is not what came, or when a peer says otherwise without a listed reason. Never touches a store but those
//! it made itself in temporary folders, never the network. See `docs/fuzzing.md`.

mod agreements;
mod backups;
mod entries;
mod intake;
mod logs;
mod seeds;
mod stores;

use std::path::{Path, PathBuf};

/// One parser under fuzzing.
pub struct Target {
    /// Its name, as on the command line and in the folders `seeds/` and `found/`.
    pub name: &'static str,
    /// Reads one input.
    pub run: fn(&[u8]),
    /// Inputs made from what the project ships, beside those in `seeds/`.
    made: fn() -> Vec<Vec<u8>>,
}

/// Every parser, lowest layer first.
pub const TARGETS: [Target; 25] = [
    Target { name: "note", run: logs::note, made: seeds::signed },
    Target { name: "checkpoint", run: logs::checkpoint, made: seeds::none },
    Target { name: "tile-path", run: logs::tile_path, made: seeds::tile_paths },
    Target { name: "bundle", run: logs::bundle, made: seeds::none },
    Target { name: "receipt", run: logs::receipt, made: seeds::none },
    Target { name: "exchange", run: logs::exchange, made: seeds::exchanges },
    Target { name: "policy", run: logs::policy, made: seeds::policies },
    Target { name: "key", run: logs::key, made: seeds::keys },
    Target { name: "proof", run: logs::proof, made: seeds::none },
    Target { name: "canonical", run: entries::canonical, made: seeds::values },
    Target { name: "envelope", run: entries::envelope, made: seeds::leaves },
    Target { name: "body", run: entries::body, made: seeds::bodies },
    Target { name: "given", run: entries::given, made: seeds::given },
    Target { name: "opened", run: entries::opened, made: seeds::opened },
    Target { name: "submission", run: entries::submission, made: seeds::submissions },
    Target { name: "question", run: entries::question, made: seeds::questions },
    Target { name: "store", run: stores::store, made: seeds::none },
    Target { name: "backup", run: backups::backup, made: seeds::none },
    Target { name: "timestamp", run: stores::timestamp, made: seeds::none },
    Target { name: "agreement", run: agreements::agreement, made: seeds::agreements },
    Target { name: "format", run: agreements::format, made: seeds::agreements },
    Target { name: "certificate", run: agreements::certificate, made: seeds::cases },
    Target { name: "guarantees", run: agreements::guarantees, made: seeds::guarantees },
    Target { name: "intake", run: intake::intake, made: seeds::tables },
    Target { name: "pledges", run: intake::pledges, made: seeds::pledges },
];

impl Target {
    /// The target of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Target> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// Small valid inputs to start from.
    #[must_use]
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        [kept("seeds", self.name), (self.made)()].concat()
    }

    /// Inputs on which this target failed once, before it was mended.
    #[must_use]
    pub fn found(&self) -> Vec<Vec<u8>> {
        kept("found", self.name)
    }
}

/// The files of a target in a folder of this crate, in the order of their names.
fn kept(folder: &str, target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(target);
    files(&folder).iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = listed.filter(|path| path.is_file()).collect();
    files.sort();
    files
}
