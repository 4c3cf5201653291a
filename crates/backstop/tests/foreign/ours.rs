//! Our own verifier before the same cases: `ledger` for what anybody can check of a log, and `verify` of the whole store,
//! with the case's log in the place of its own, for what is in tiles and bundles.

use crate::world::{Case, World, link, witness};
use backstop::storage::{Verification, verify};
use ledger::{Checkpoint, Error, Hash, Proof, VerifyingIdentity, tile, tree};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub(crate) fn verdicts(world: &World, cases: &Path, folders: &[String]) -> BTreeMap<String, String> {
    let looked = |folder: &String| {
        let verdict = verdict(world, &Case::at(&cases.join(folder)), folder).err().unwrap_or_else(|| "yes".into());
        (folder.clone(), verdict)
    };
    folders.iter().map(looked).collect()
}

fn verdict(world: &World, case: &Case, folder: &str) -> Result<(), String> {
    let at = |part: &'static str| move |error: Error| format!("{part}: {error}");
    let key = VerifyingIdentity::parse(&case.text("key")).map_err(at("key"))?;
    let (head, cosigned) =
        Checkpoint::open(&case.read("log/checkpoint"), &key, &[witness()]).map_err(at("checkpoint"))?;
    if cosigned.is_empty() {
        return Err("checkpoint: no witness".into());
    }
    // Our own leaves cannot stand under another history; for those the log alone is looked at.
    if head == world.head && (folder.ends_with("-tree") || folder.ends_with("-untouched")) {
        whole_store(world, case)?;
    }
    let (held, _) = Checkpoint::open(&case.read("held"), &key, &[]).map_err(at("history"))?;
    let own = tree::prove_consistency(held.size, head.size, |subtree| {
        let beyond = Error::OutOfRange { problem: "not within the tree" };
        let (tile, position, count) = tile::holding(subtree, head.size).ok_or(beyond)?;
        tile::subtree_hash(&case.read(&format!("log/{tile}")), position, count)
    });
    let given: Option<Vec<Hash>> = case.text("proof").lines().map(Hash::from_base64).collect();
    for proof in [own.map_err(at("history"))?, given.ok_or("history: not a hash")?] {
        tree::verify_consistency(held.size, held.root, head.size, head.root, &proof).map_err(at("history"))?;
    }
    let receipt = Proof::parse(&case.text("receipt")).map_err(at("receipt"))?;
    receipt.verify(&case.read("entry"), &key, &[]).map_err(at("receipt"))?;
    Ok(())
}

fn whole_store(world: &World, case: &Case) -> Result<(), String> {
    let store = case.path("store");
    for part in ["keys", "payloads", "record-keys"] {
        link(&world.store.join(part), &store.join(part));
    }
    fs::hard_link(world.store.join("store.toml"), store.join("store.toml")).expect("linked");
    fs::rename(case.path("log"), store.join("log")).expect("moved");
    let verification = verify(&store);
    fs::rename(store.join("log"), case.path("log")).expect("moved");
    fs::remove_dir_all(store).expect("removed");
    match verification {
        Verification::Yes { .. } => Ok(()),
        Verification::No { differences, .. } => Err(format!("tree: {}", differences[0].what)),
        Verification::CannotTell { missing, .. } => Err(format!("tree: cannot tell, {}", missing[0].what)),
    }
}
