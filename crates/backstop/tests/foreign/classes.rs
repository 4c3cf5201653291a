//! The kinds of harm, each with the part of a check that it touches, and who cannot see it and why. Takes a fresh case;
//! gives it harmed in one way only.

use crate::world::{Case, RECEIPT_OF, World, cosignature};
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use ledger::{Checkpoint, Hash, SigningIdentity};

/// One kind of harm.
pub(crate) struct Class {
    /// Which part of a check it touches: nothing before it may refuse.
    pub(crate) part: &'static str,
    /// What is done, in the words of the table.
    pub(crate) harms: &'static str,
    /// Does it.
    pub(crate) harm: fn(&World, &Case),
}

/// A full bundle, the last bundle and tiles of each level of a log of 4,321 entries.
const BUNDLE: &str = "log/tile/entries/003";
const LAST_BUNDLE: &str = "log/tile/entries/016.p/225";
const TILE_0: &str = "log/tile/0/003";
const LAST_TILE_0: &str = "log/tile/0/016.p/225";
const TILE_1: &str = "log/tile/1/000.p/16";

const fn class(part: &'static str, harms: &'static str, harm: fn(&World, &Case)) -> Class {
    Class { part, harms, harm }
}

/// Every kind, by the part that it touches.
pub(crate) const CLASSES: [Class; 61] = [
    class("checkpoint", "the size changed", |world, case| {
        edit_head(world, case, |text| text.replacen("\n4321\n", "\n4320\n", 1));
    }),
    class("checkpoint", "the root changed", |world, case| {
        let root = world.head.root.to_base64();
        edit_head(world, case, |text| text.replacen(&root, &Hash([3; 32]).to_base64(), 1));
    }),
    class("checkpoint", "a byte of the log's signature flipped", |_, case| {
        change_signature(case, 0, |bytes| bytes[40] ^= 1);
    }),
    class("checkpoint", "the log's signature cut short", |_, case| {
        change_signature(case, 0, |bytes| bytes.truncate(60));
    }),
    class("checkpoint", "signed by another key of the log's name", |world, case| {
        let other = SigningIdentity::new(&world.head.origin, SigningKey::from_bytes(&[9; 32])).expect("a name");
        case.write("log/checkpoint", world.head.sign(&other).expect("signed") + &cosignature(&world.head.to_text()));
    }),
    class("checkpoint", "signed by another key under the id of the log's", |world, case| {
        let text = world.head.to_text();
        let signature = SigningKey::from_bytes(&[9; 32]).sign(text.as_bytes()).to_bytes();
        change_signature(case, 0, |bytes| bytes[4..].copy_from_slice(&signature));
    }),
    class("checkpoint", "another origin, signed by the log's key", |world, case| {
        let other = Checkpoint { origin: "backstop-sim/other".into(), ..world.head.clone() };
        case.write("log/checkpoint", world.published(&other));
    }),
    class("checkpoint", "only the signature of another log", |world, case| {
        let other = SigningIdentity::new("backstop-sim/other", SigningKey::from_bytes(&[9; 32])).expect("a name");
        case.write("log/checkpoint", world.head.sign(&other).expect("signed") + &cosignature(&world.head.to_text()));
    }),
    class("checkpoint", "only a signature of an unknown type", |_, case| {
        change_signature(case, 0, |bytes| bytes[..4].copy_from_slice(&[0xfa, 1, 2, 3]));
    }),
    class("checkpoint", "no signature line at all", |world, case| {
        case.write("log/checkpoint", format!("{}\n", world.head.to_text()));
    }),
    class("checkpoint", "an extension line added", |world, case| {
        edit_head(world, case, |text| format!("{text}added\n"));
    }),
    class("checkpoint", "an empty line added and signed", |world, case| {
        case.write("log/checkpoint", world.published_text(&format!("{}\nmore\n", world.head.to_text())));
    }),
    class("checkpoint", "a size with a leading zero, signed", |world, case| {
        let text = world.head.to_text().replacen("\n4321\n", "\n04321\n", 1);
        case.write("log/checkpoint", world.published_text(&text));
    }),
    class("checkpoint", "a size with a sign, signed", |world, case| {
        let text = world.head.to_text().replacen("\n4321\n", "\n+4321\n", 1);
        case.write("log/checkpoint", world.published_text(&text));
    }),
    class("checkpoint", "a root of 31 bytes, signed", |world, case| {
        let short = BASE64_STANDARD.encode(&world.head.root.0[..31]);
        let text = world.head.to_text().replacen(&world.head.root.to_base64(), &short, 1);
        case.write("log/checkpoint", world.published_text(&text));
    }),
    class("checkpoint", "another base64 spelling of the root, signed", |world, case| {
        let root = world.head.root.to_base64();
        let text = world.head.to_text().replacen(&root, &respelled(&root), 1);
        case.write("log/checkpoint", world.published_text(&text));
    }),
    class("checkpoint", "another base64 spelling of the signature", |_, case| {
        case.change_lines("log/checkpoint", |lines| lines[4] = respelled(&lines[4]));
    }),
    class("checkpoint", "the log's signature line twice", |_, case| {
        case.change_lines("log/checkpoint", |lines| lines.insert(5, lines[4].clone()));
    }),
    class("checkpoint", "a second line by the log's key, which does not hold", |_, case| {
        case.change_lines("log/checkpoint", |lines| lines.insert(5, lines[4].clone()));
        change_signature(case, 1, |bytes| bytes[40] ^= 1);
    }),
    class("checkpoint", "a carriage return before each end of line", |_, case| {
        case.write("log/checkpoint", case.text("log/checkpoint").replace('\n', "\r\n"));
    }),
    class("checkpoint", "the end of the last line cut off", |_, case| {
        let text = case.text("log/checkpoint");
        case.write("log/checkpoint", text.trim_end());
    }),
    class("checkpoint", "a byte that is no UTF-8", |_, case| {
        let mut bytes = case.read("log/checkpoint");
        bytes[3] = 0xff;
        case.write("log/checkpoint", bytes);
    }),
    class("checkpoint", "the witness's time changed", |_, case| change_signature(case, 1, |bytes| bytes[11] ^= 1)),
    class("checkpoint", "a byte of the witness's signature flipped", |_, case| {
        change_signature(case, 1, |bytes| bytes[50] ^= 1);
    }),
    class("checkpoint", "the witness's line from the checkpoint before", |world, case| {
        case.change_lines("log/checkpoint", |lines| {
            lines[5] = cosignature(&world.held.to_text()).trim_end().to_owned();
        });
    }),
    class("checkpoint", "the witness's line left out", |_, case| {
        case.change_lines("log/checkpoint", |lines| drop(lines.remove(5)));
    }),
    class("tree", "a byte of an entry flipped", |_, case| case.flip(BUNDLE, 1000)),
    class("tree", "a byte of an entry flipped in the last bundle", |_, case| case.flip(LAST_BUNDLE, 1000)),
    class("tree", "a byte flipped in a full tile of level 0", |_, case| case.flip(TILE_0, 1000)),
    class("tree", "a byte flipped in the partial tile of level 0", |_, case| case.flip(LAST_TILE_0, 1000)),
    class("tree", "a byte flipped in the tile of level 1", |_, case| case.flip(TILE_1, 100)),
    class("tree", "two tiles swapped", |_, case| case.swap(TILE_0, "log/tile/0/004")),
    class("tree", "two bundles swapped", |_, case| case.swap(BUNDLE, "log/tile/entries/004")),
    class("tree", "two entries swapped within a bundle", |_, case| {
        case.change_bundle(BUNDLE, |entries| entries.swap(10, 11));
    }),
    class("tree", "an entry dropped", |_, case| case.change_bundle(BUNDLE, |entries| drop(entries.remove(10)))),
    class("tree", "an entry inserted", |_, case| {
        case.change_bundle(BUNDLE, |entries| entries.insert(10, b"an entry".to_vec()));
    }),
    class("tree", "an entry added at the end of the last bundle", |_, case| {
        case.change_bundle(LAST_BUNDLE, |entries| entries.push(b"an entry".to_vec()));
    }),
    class("tree", "a bundle cut within an entry", |_, case| {
        let bytes = case.read(BUNDLE);
        case.write(BUNDLE, &bytes[..bytes.len() - 5]);
    }),
    class("tree", "a bundle's length field changed", |_, case| case.flip(BUNDLE, 1)),
    class("tree", "a byte too many at the end of a bundle", |_, case| {
        case.write(BUNDLE, [case.read(BUNDLE).as_slice(), b"\0"].concat());
    }),
    class("tree", "a tile cut short by a hash", |_, case| {
        let bytes = case.read(TILE_0);
        case.write(TILE_0, &bytes[..bytes.len() - 32]);
    }),
    class("tree", "a bundle left out", |_, case| case.remove(BUNDLE)),
    class("tree", "a partial tile beside the full one, with other hashes", |_, case| {
        case.write("log/tile/0/009.p/196", [7; 196 * 32]);
    }),
    class("history", "rolled back to a smaller tree", |world, case| {
        let entries = &world.entries[..world.held.size as usize - 1];
        case.write_log(entries);
        case.write("log/checkpoint", world.published(&world.head_of(entries)));
    }),
    class("history", "forked at the size that is held", |world, case| {
        let mut entries = world.entries[..world.held.size as usize].to_vec();
        entries[100].push(b' ');
        case.write_log(&entries);
        case.write("log/checkpoint", world.published(&world.head_of(&entries)));
        case.write_proof(&[]);
    }),
    class("history", "forked before a larger size", |world, case| {
        let mut entries = world.entries.clone();
        entries[100].push(b' ');
        case.write_log(&entries);
        case.write("log/checkpoint", world.published(&world.head_of(&entries)));
    }),
    class("history", "an early entry taken out of a larger tree", |world, case| {
        let mut entries = world.entries.clone();
        entries.remove(100);
        case.write_log(&entries);
        case.write("log/checkpoint", world.published(&world.head_of(&entries)));
    }),
    class("history", "a hash of the consistency proof flipped", |world, case| {
        let mut proof = world.proof.clone();
        proof[1].0[5] ^= 1;
        case.write_proof(&proof);
    }),
    class("history", "the consistency proof one hash too long", |world, case| {
        case.write_proof(&[world.proof.as_slice(), &[Hash([1; 32])]].concat());
    }),
    class("history", "the consistency proof one hash too short", |world, case| {
        case.write_proof(&world.proof[..world.proof.len() - 1]);
    }),
    class("receipt", "the proof of another index", |world, case| {
        let index = format!("index {RECEIPT_OF}\n");
        let text = world.receipt.to_text().replacen(&index, &format!("index {}\n", RECEIPT_OF - 1), 1);
        case.write("receipt", text);
    }),
    class("receipt", "a hash flipped", |world, case| {
        change_path(world, case, |path| path[3].0[5] ^= 1);
    }),
    class("receipt", "two hashes swapped", |world, case| change_path(world, case, |path| path.swap(2, 3))),
    class("receipt", "a hash too many", |world, case| change_path(world, case, |path| path.push(Hash([1; 32])))),
    class("receipt", "a hash too few", |world, case| change_path(world, case, |path| path.truncate(path.len() - 1))),
    class("receipt", "another base64 spelling of a hash", |_, case| {
        case.change_lines("receipt", |lines| lines[2] = respelled(&lines[2]));
    }),
    class("receipt", "an index with a leading zero", |_, case| {
        case.change_lines("receipt", |lines| lines[1] = format!("index 0{RECEIPT_OF}"));
    }),
    class("receipt", "an index beyond the tree", |_, case| {
        case.change_lines("receipt", |lines| lines[1] = "index 4321".into());
    }),
    class("receipt", "another entry", |world, case| case.write("entry", &world.entries[RECEIPT_OF - 1])),
    class("receipt", "the checkpoint of another size", |world, case| {
        let mut receipt = world.receipt.clone();
        receipt.checkpoint = world.published(&world.held);
        case.write("receipt", receipt.to_text());
    }),
    class("receipt", "the checkpoint of another log", |world, case| {
        let other = SigningIdentity::new("backstop-sim/other", SigningKey::from_bytes(&[9; 32])).expect("a name");
        let mut receipt = world.receipt.clone();
        receipt.checkpoint = world.head.sign(&other).expect("signed");
        case.write("receipt", receipt.to_text());
    }),
];

/// A verifier that cannot see a kind of harm, and why.
pub(crate) struct Unseen {
    pub(crate) verifier: &'static str,
    pub(crate) harms: &'static [&'static str],
    pub(crate) why: &'static str,
}

/// Kinds of harm that several verifiers miss for one reason.
const WITNESSED: [&str; 4] = [
    "the witness's time changed",
    "a byte of the witness's signature flipped",
    "the witness's line from the checkpoint before",
    "the witness's line left out",
];
const REPEATED: [&str; 2] = ["the log's signature line twice", "a second line by the log's key, which does not hold"];
const BESIDE: [&str; 1] = ["a partial tile beside the full one, with other hashes"];
const NOT_READ: &str =
    "It reads the tiles of the size that it was shown, and no others: nobody is led astray by the rest.";
const ONCE: &str = "A key's first line is verified and its others passed over; what was signed is the same.";
const LENIENT: &str = "Its base64 takes bits that mean nothing; the bytes are the same.";
const NO_SIGNATURES: &str = "It is for trees alone, and looks at no signature nor at the rest of the text.";

pub(crate) const UNSEEN: &[Unseen] = &[
    Unseen { verifier: "Go x/mod", harms: &REPEATED, why: ONCE },
    Unseen { verifier: "tlog-scales", harms: &REPEATED, why: ONCE },
    Unseen { verifier: "signed_note, tlog_tiles", harms: &REPEATED, why: ONCE },
    Unseen { verifier: "Go x/mod", harms: &BESIDE, why: NOT_READ },
    Unseen { verifier: "aics-tlog", harms: &BESIDE, why: NOT_READ },
    Unseen { verifier: "tlog-scales", harms: &BESIDE, why: NOT_READ },
    Unseen { verifier: "signed_note, tlog_tiles", harms: &BESIDE, why: NOT_READ },
    Unseen {
        verifier: "Go x/mod",
        harms: &[
            "another base64 spelling of the root, signed",
            "another base64 spelling of the signature",
            "another base64 spelling of a hash",
        ],
        why: LENIENT,
    },
    Unseen {
        verifier: "tlog-scales",
        harms: &["another base64 spelling of the signature", "another base64 spelling of a hash"],
        why: LENIENT,
    },
    Unseen {
        verifier: "tlog-scales",
        harms: &["an entry added at the end of the last bundle"],
        why: "It asks for entries by index, below the size that was signed, and for no other.",
    },
    Unseen {
        verifier: "aics-tlog",
        harms: &["the end of the last line cut off"],
        why: "It does without the last end of line; the bytes that were signed are the same.",
    },
    Unseen {
        verifier: "tlog-scales",
        harms: &["the end of the last line cut off", "a carriage return before each end of line"],
        why: "It takes lines apart at any end of line, and verifies the text that it writes again from what it read.",
    },
    Unseen { verifier: "signed_note, tlog_tiles", harms: &WITNESSED, why: "It knows no witnesses." },
    Unseen {
        verifier: "aics-witness",
        harms: &WITNESSED,
        why: "Another witness's line is an unknown key's to it, and is passed over as the format asks.",
    },
    Unseen { verifier: "ct-merkle", harms: &WITNESSED, why: NO_SIGNATURES },
    Unseen { verifier: "ct-merkle", harms: &REPEATED, why: NO_SIGNATURES },
    Unseen {
        verifier: "ct-merkle",
        harms: &[
            "a byte of the log's signature flipped",
            "the log's signature cut short",
            "signed by another key of the log's name",
            "signed by another key under the id of the log's",
            "another origin, signed by the log's key",
            "only the signature of another log",
            "only a signature of an unknown type",
            "no signature line at all",
            "an extension line added",
            "an empty line added and signed",
            "a size with a leading zero, signed",
            "a size with a sign, signed",
            "another base64 spelling of the signature",
            "the end of the last line cut off",
            "a byte that is no UTF-8",
            "the checkpoint of another log",
        ],
        why: NO_SIGNATURES,
    },
];

/// The same of whole parts, but for what is seen of them.
const BLIND: [(&str, &str, &[&str], &str); 3] = [
    ("aics-witness", "tree", &[], "A witness sees checkpoints and proofs, and no tile or entry."),
    ("aics-witness", "receipt", &[], "A witness sees checkpoints and proofs, and no receipt."),
    (
        "ct-merkle",
        "tree",
        &[
            "a byte of an entry flipped",
            "a byte of an entry flipped in the last bundle",
            "two bundles swapped",
            "two entries swapped within a bundle",
            "an entry dropped",
            "an entry inserted",
            "an entry added at the end of the last bundle",
            "a bundle cut within an entry",
            "a bundle's length field changed",
            "a byte too many at the end of a bundle",
            "a bundle left out",
        ],
        "It makes the tree from the entries, and reads no tile.",
    ),
];

/// Why this verifier does not see this harm, if it does not.
pub(crate) fn unseen(harms: &str, verifier: &str) -> Option<&'static str> {
    let found = UNSEEN.iter().find(|unseen| unseen.verifier == verifier && unseen.harms.contains(&harms));
    let part = CLASSES.iter().find(|class| class.harms == harms).map_or("", |class| class.part);
    let blind = BLIND.iter().find(|(blind, of, seen, _)| *blind == verifier && *of == part && !seen.contains(&harms));
    found.map(|unseen| unseen.why).or(blind.map(|(.., why)| *why))
}

/// Changes the text under signatures that were given for another.
fn edit_head(world: &World, case: &Case, change: impl FnOnce(&str) -> String) {
    let text = world.head.to_text();
    let signatures = case.text("log/checkpoint")[text.len()..].to_owned();
    case.write("log/checkpoint", change(&text) + &signatures);
}

/// Changes the bytes of a signature line, the log's (0) or the next.
fn change_signature(case: &Case, line: usize, change: impl FnOnce(&mut Vec<u8>)) {
    case.change_lines("log/checkpoint", |lines| {
        let line = &mut lines[4 + line];
        let (before, encoded) = line.rsplit_once(' ').expect("a signature line");
        let mut bytes = BASE64_STANDARD.decode(encoded).expect("base64");
        change(&mut bytes);
        *line = format!("{before} {}", BASE64_STANDARD.encode(bytes));
    });
}

/// Changes the path of the receipt.
fn change_path(world: &World, case: &Case, change: impl FnOnce(&mut Vec<Hash>)) {
    let mut receipt = world.receipt.clone();
    change(&mut receipt.path);
    case.write("receipt", receipt.to_text());
}

/// The same bytes in base64 with bits set that mean nothing.
fn respelled(text: &str) -> String {
    let at = text.find('=').expect("padding") - 1;
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = letters.iter().position(|letter| *letter == text.as_bytes()[at]).expect("a letter");
    format!("{}{}{}", &text[..at], char::from(letters[value | 1]), &text[at + 1..])
}
