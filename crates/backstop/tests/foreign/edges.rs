//! Ed25519 signatures on which implementations part, before ours and the peers. Takes `docs/vectors/ed25519-edges.json`;
//! holds each to what the table says.

use crate::{Scratch, Verdicts, peers};
use ed25519_dalek::VerifyingKey;
use ledger::VerifyingIdentity;
use ledger::note::{Algorithm, Note};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Who looks, in the order of the columns of [`EDGES`].
pub(crate) const LOOKERS: [&str; 5] = ["ours", "signed_note, tlog_tiles", "Go x/mod", "aics-tlog", "tlog-scales"];

/// The vectors, and who believes them: a letter `y` or `n` for each of [`LOOKERS`].
pub(crate) const EDGES: [(&str, &str); 18] = [
    ("plain", "yyyyy"),
    ("S not reduced", "nnnnn"),
    ("S with its highest bits set", "nnnnn"),
    ("S is zero, R the identity, key the identity", "nyyny"),
    ("key of order 8", "nyyny"),
    ("key of order 8, only with the cofactor", "nnnnn"),
    ("key of order 2", "nyyny"),
    ("R is the identity", "nyyyy"),
    ("R of order 8, only with the cofactor", "nnnnn"),
    ("key of mixed order", "yyyyy"),
    ("key of mixed order, only with the cofactor", "nnnnn"),
    ("R of mixed order, only with the cofactor", "nnnnn"),
    ("key and R of mixed order", "yyyyy"),
    ("R is the identity, y not reduced", "nnnnn"),
    ("R is the identity with a sign", "nnnnn"),
    ("key is the identity, y not reduced", "nyyny"),
    ("key is the identity with a sign", "nyyny"),
    ("key of order 2 with a sign", "nyyny"),
];

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
}

/// One signature.
#[derive(Deserialize)]
pub(crate) struct Vector {
    pub(crate) title: String,
    name: String,
    key: String,
    text: String,
    signature: String,
    pub(crate) why: String,
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/vectors/ed25519-edges.json")
}

pub(crate) fn vectors() -> Vec<Vector> {
    let text = std::fs::read_to_string(path()).expect("the vectors are in the tree");
    serde_json::from_str::<File>(&text).expect("vectors").vectors
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex");
    std::array::from_fn(byte)
}

impl Vector {
    /// The vkey that carries the key, and the note that carries the signature.
    fn note(&self) -> (String, String) {
        use base64::{Engine, prelude::BASE64_STANDARD};
        use sha2::{Digest, Sha256};
        let key = [[1].as_slice(), &bytes::<32>(&self.key)].concat();
        let id = Sha256::digest([self.name.as_bytes(), b"\n", &key].concat());
        let hex: String = id[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        let vkey = format!("{}+{hex}+{}", self.name, BASE64_STANDARD.encode(key));
        let line = BASE64_STANDARD.encode([&id[..4], &bytes::<64>(&self.signature)].concat());
        (vkey, format!("{}\n— {} {line}\n", self.text, self.name))
    }

    fn ours(&self) -> bool {
        let (vkey, note) = self.note();
        let Ok(key) = VerifyingIdentity::parse(&vkey) else { return false };
        Note::parse(note.as_bytes()).expect("a note").verify(&[key]).is_ok()
    }

    fn signed_note(&self) -> bool {
        let (vkey, note) = self.note();
        let Ok(key) = signed_note::StandardVerifier::new(&vkey) else { return false };
        let note = signed_note::Note::from_bytes(note.as_bytes()).expect("a note");
        note.verify(&signed_note::VerifierList::new(vec![Box::new(key)])).is_ok()
    }
}

#[test]
fn each_verifier_says_of_each_edge_what_the_table_says() {
    let vectors = vectors();
    let titles: Vec<&str> = vectors.iter().map(|vector| vector.title.as_str()).collect();
    assert_eq!(titles, EDGES.map(|(title, _)| title));
    let mut said = Verdicts::new();
    for vector in &vectors {
        for (looker, believes) in [(LOOKERS[0], vector.ours()), (LOOKERS[1], vector.signed_note())] {
            let word = if believes { "yes" } else { "no" };
            said.entry(looker.into()).or_default().insert(vector.title.clone(), word.into());
        }
    }
    let scratch = Scratch::new("edges");
    for mut command in peers::programs(scratch.path()) {
        peers::told(command.arg("--edges").arg(path()), &mut said);
    }
    for (looker, words) in &said {
        let column = LOOKERS.iter().position(|known| known == looker).expect("a known verifier");
        for (title, expected) in EDGES {
            let expected = if expected.as_bytes()[column] == b'y' { "yes" } else { "no" };
            assert_eq!(words[title], expected, "{looker} on `{title}`");
        }
    }
}

/// A key that somebody else could sign for is refused where it is read, not only where it is used.
#[test]
fn weak_and_respelled_keys_are_refused_on_reading() {
    for vector in vectors().iter().filter(|vector| vector.title.starts_with("key ")) {
        let key = VerifyingKey::from_bytes(&bytes(&vector.key)).expect("a point");
        let refused = VerifyingIdentity::parse(&vector.note().0).is_err();
        assert_eq!(refused, !vector.title.contains("mixed"), "{}", vector.title);
        let respelled = vector.title.contains("sign") || vector.title.contains("not reduced");
        assert_eq!(VerifyingIdentity::new("x", Algorithm::Ed25519, key).is_err(), respelled, "{}", vector.title);
    }
}
