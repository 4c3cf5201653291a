//! Which states crashes have left already. Takes an instant and the disk that a crash left there; says whether an opening of
//! the same bytes under the same names, with the same world outside, was looked at before. Then another one would only say the
//! same again, as nothing in it depends on anything else. Compares whole contents, by their SHA-256.

use super::disk::Moment;
use super::image::{Image, Node};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

type Name = [u8; 32];

/// What a campaign has looked at.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashSet<Name>>);

/// Hashes of what instants share, so that each is worked out once.
#[derive(Default)]
pub(super) struct Hashes {
    /// By address; the node is kept, so that no other gets its address.
    nodes: HashMap<usize, (Node, Name)>,
    outside: Option<(Arc<super::Outside>, Name)>,
}

impl Seen {
    /// Whether a crash at this instant left something new, which is then looked at.
    pub(super) fn is_new(&self, moment: &Moment, left: &Image, hashes: &mut Hashes) -> bool {
        let mut whole = Sha256::new();
        whole.update(hashes.of_outside(&moment.outside));
        for (at, node) in left.nodes.iter().enumerate() {
            let shared = moment.durable().nodes.get(at).is_some_and(|durable| durable.is_the_same(node));
            whole.update(if shared { hashes.of_node(node) } else { name(node) });
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(whole.finalize().into())
    }
}

impl Hashes {
    fn of_node(&mut self, node: &Node) -> Name {
        self.nodes.entry(node.address()).or_insert_with(|| (node.clone(), name(node))).1
    }

    fn of_outside(&mut self, outside: &Arc<super::Outside>) -> Name {
        match &self.outside {
            Some((known, name)) if Arc::ptr_eq(known, outside) => *name,
            Some(_) | None => {
                let name = Sha256::digest(format!("{outside:?}")).into();
                self.outside = Some((outside.clone(), name));
                name
            }
        }
    }
}

fn name(node: &Node) -> Name {
    match node {
        Node::File(bytes) => Sha256::new().chain_update("file\n").chain_update(&**bytes).finalize().into(),
        Node::Directory(names) => Sha256::digest(format!("directory\n{names:?}")).into(),
    }
}
