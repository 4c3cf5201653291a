//! Notes, checkpoints and receipts: what is signed verifies here and in an implementation nobody here wrote, and nothing
//! changed does.

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use ledger::note::{Algorithm, cosigned_message};
use ledger::tree::{Edge, leaf_hash};
use ledger::{Checkpoint, Error, Hash, Note, Proof, SigningIdentity, VerifyingIdentity};
use proptest::prelude::*;

fn log() -> SigningIdentity {
    SigningIdentity::new("example.org/log", SigningKey::from_bytes(&[1; 32])).expect("a name")
}

fn checkpoint() -> Checkpoint {
    let mut edge = Edge::default();
    edge.push(leaf_hash(b"entry"));
    Checkpoint { origin: "example.org/log".into(), size: 1, root: edge.root(), extensions: vec!["more".into()] }
}

/// Adds a witness's signature, as of a second, to a signed checkpoint.
fn cosign(signed: &str, name: &str, time_s: u64) -> (String, VerifyingIdentity) {
    let key = SigningKey::from_bytes(&[2; 32]);
    let witness = VerifyingIdentity::new(name, Algorithm::CosignatureV1, key.verifying_key()).expect("a name");
    let text = &signed[..signed.rfind("\n\n").expect("signed") + 1];
    let signature = key.sign(cosigned_message(time_s, text).as_bytes()).to_bytes();
    let bytes = [witness.key_id().as_slice(), &time_s.to_be_bytes(), &signature].concat();
    (format!("{signed}— {name} {}\n", BASE64_STANDARD.encode(bytes)), witness)
}

#[test]
fn keys_have_one_text() {
    let public = log().public().to_string();
    assert_eq!(VerifyingIdentity::parse(&public).as_ref(), Ok(log().public()));
    assert_eq!(SigningIdentity::parse(&log().secret_text()).expect("a key").public(), log().public());
    assert!(!format!("{:?}", log()).contains("PRIVATE"));
    let wrong_id = public.replacen(&public[16..24], "00000000", 1);
    let weak = VerifyingIdentity::new("x", Algorithm::Ed25519, weak_key()).expect("a name").to_string();
    for text in
        ["", "a", "a+b", "a+b+c", &wrong_id, &format!("{public}A"), &format!(" {public}"), &weak, &log().secret_text()]
    {
        assert!(matches!(VerifyingIdentity::parse(text), Err(Error::Key { .. })), "{text}");
    }
    assert!(SigningIdentity::parse(&public).is_err());
    for name in ["", "a b", "a+b", "a\u{2003}b", "a\nb"] {
        assert!(SigningIdentity::new(name, SigningKey::from_bytes(&[1; 32])).is_err(), "{name:?}");
    }
}

/// The neutral element: a signature by it can be made for any message without a secret.
fn weak_key() -> ed25519_dalek::VerifyingKey {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    ed25519_dalek::VerifyingKey::from_bytes(&bytes).expect("a point")
}

/// A point whose y coordinate is 2^255 - 19 or more above itself: the same point would have two texts, and two key ids.
#[test]
fn a_key_has_one_encoding() {
    let mut found = 0;
    for above in 0..19u8 {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xed + above, 0x7f);
        let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(&bytes) else { continue };
        let text = VerifyingIdentity::new("x", Algorithm::Ed25519, key).map(|identity| identity.to_string());
        found += u32::from(!key.is_weak());
        assert!(text.is_err(), "{above} above the modulus");
    }
    assert!(found > 0, "some of these are no weak points, which are refused anyway");
}

#[test]
fn a_log_that_signs_twice_is_refused_and_a_witness_may_cosign_again() {
    let signed = checkpoint().sign(&log()).expect("signed");
    let line = signed.rsplit("\n\n").next().expect("a signature line");
    let refused = Err(Error::SignedTwice { key: "example.org/log".into() });
    assert_eq!(Checkpoint::open(format!("{signed}{line}").as_bytes(), log().public(), &[]), refused);
    let (cosigned, witness) = cosign(&signed, "witness.example", 1_775_900_000);
    let (again, _) = cosign(&signed, "witness.example", 1_775_900_001);
    let both = format!("{cosigned}{}", again.strip_prefix(&signed).expect("the same beginning"));
    let opened = Checkpoint::open(both.as_bytes(), log().public(), std::slice::from_ref(&witness)).expect("opened");
    assert_eq!(opened.1.len(), 2);
}

#[test]
fn the_note_of_go_reads_and_verifies() {
    // From golang.org/x/mod/sumdb/note, example_test.go.
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let note = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    let key = VerifyingIdentity::parse(key).expect("a key");
    let parsed = Note::parse(note.as_bytes()).expect("a note");
    let (text, verified) = parsed.verify(&[key]).expect("signed");
    assert!(text.ends_with("is.\n"));
    assert_eq!(verified.len(), 1);
}

#[test]
fn a_checkpoint_comes_back_with_its_witnesses() {
    let signed = checkpoint().sign(&log()).expect("signed");
    let (cosigned, witness) = cosign(&signed, "witness.example", 1_775_900_000);
    let opened = Checkpoint::open(cosigned.as_bytes(), log().public(), std::slice::from_ref(&witness)).expect("opened");
    assert_eq!(opened.0, checkpoint());
    assert_eq!((opened.1[0].name.as_str(), opened.1[0].time_s), ("witness.example", Some(1_775_900_000)));
    let (late, _) = cosign(&signed, "witness.example", u64::MAX);
    assert!(Checkpoint::open(late.as_bytes(), log().public(), std::slice::from_ref(&witness)).is_err());
    let alone = Checkpoint::open(signed.as_bytes(), log().public(), std::slice::from_ref(&witness)).expect("opened");
    assert!(alone.1.is_empty());
    assert_eq!(VerifyingIdentity::parse(&witness.to_string()), Ok(witness));
}

#[test]
fn no_changed_byte_of_a_checkpoint_passes() {
    let signed = checkpoint().sign(&log()).expect("signed").into_bytes();
    for at in 0..signed.len() {
        for mask in [1, 0x20, 0x80] {
            let mut changed = signed.clone();
            changed[at] ^= mask;
            assert!(Checkpoint::open(&changed, log().public(), &[]).is_err(), "byte {at} changed by {mask:#x}");
        }
        assert!(Checkpoint::open(&signed[..at], log().public(), &[]).is_err());
    }
    let other = SigningIdentity::new("example.org/other", SigningKey::from_bytes(&[1; 32])).expect("a name");
    let foreign = checkpoint().sign(&other).expect("signed");
    assert!(matches!(Checkpoint::open(foreign.as_bytes(), other.public(), &[]), Err(Error::OtherLog { .. })));
    assert_eq!(Checkpoint::open(foreign.as_bytes(), log().public(), &[]), Err(Error::NotSigned));
}

#[track_caller]
fn check_note(note: &str, line: usize, problem: &str) {
    match Note::parse(note.as_bytes()) {
        Err(Error::Note { line: found, problem: text }) => {
            assert_eq!(found, line, "{note:?}: {text}");
            assert!(text.contains(problem), "{note:?}: {text}");
        }
        other => panic!("{note:?}: {other:?}"),
    }
}

#[test]
fn a_note_says_where_it_is_wrong() {
    check_note("", 1, "no empty line");
    check_note("text\n", 1, "no empty line");
    check_note("text\n\n", 3, "the last line must end");
    check_note("text\n\n— name AAAAAAA=", 3, "must end");
    check_note("text\n\nname AAAAAAA=\n", 3, "em dash");
    check_note("text\n\n— name\n", 3, "`— name base64`");
    check_note("text\n\n— na+me AAAAAAA=\n", 3, "name is empty");
    check_note("text\n\n— name AAAA*\n", 3, "not base64");
    check_note("text\n\n— name AAAAAA==\n", 3, "too short");
    check_note("a\nb\tc\n\n— name AAAAAAA=\n", 2, "control");
    let many = "— name AAAAAAA=\n".repeat(101);
    check_note(&format!("text\n\n{many}"), 103, "more than 100");
    assert!(matches!(Note::parse(b"a\n\xff\n\n"), Err(Error::Note { line: 2, .. })));
    assert!(matches!(Note::parse(&vec![b'\n'; 1_000_001]), Err(Error::Note { .. })));
    assert!(log().sign("no end").is_err());
    assert!(log().sign("a\u{7}b\n").is_err());
}

#[test]
fn texts_that_are_no_checkpoint_are_refused() {
    let root = Hash([0; 32]).to_base64();
    let good = format!("log\n1\n{root}\n");
    assert_eq!(Checkpoint::parse(&good).expect("good").to_text(), good);
    for text in [
        "".into(),
        "\n".into(),
        "log\n".into(),
        "log\n1\n".into(),
        format!("log\n1\n{root}"),
        format!("\n1\n{root}\n"),
        format!("log\n01\n{root}\n"),
        format!("log\n-1\n{root}\n"),
        format!("log\n1 \n{root}\n"),
        format!("log\n1\n{root} \n"),
        format!("log\n18446744073709551616\n{root}\n"),
        format!("log\n1\n{}\n", &root[1..]),
        format!("log\n1\n{root}\n\nmore\n"),
        format!("log\n1\n{}B=\n", &root[..42]),
    ] {
        assert!(matches!(Checkpoint::parse(&text), Err(Error::Checkpoint { .. })), "{text:?}");
    }
}

#[test]
fn the_note_crate_agrees() {
    let signed = checkpoint().sign(&log()).expect("signed");
    let theirs = signed_note::StandardVerifier::new(&log().public().to_string()).expect("a key");
    let list = signed_note::VerifierList::new(vec![Box::new(theirs)]);
    let note = signed_note::Note::from_bytes(signed.as_bytes()).expect("a note");
    let (verified, unverified) = note.verify(&list).expect("signed");
    assert_eq!((verified.len(), unverified.len()), (1, 0));
    let signer = signed_note::StandardSigner::new(&log().secret_text());
    assert!(signer.is_ok());
}

#[test]
fn a_receipt_proves_its_entry_and_no_other() {
    let entries: Vec<Vec<u8>> = (0..5u8).map(|number| vec![number; 10]).collect();
    let mut edge = Edge::default();
    entries.iter().for_each(|entry| edge.push(leaf_hash(entry)));
    let checkpoint = Checkpoint { size: 5, root: edge.root(), ..checkpoint() };
    let hashes: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    for index in 0..5u64 {
        let path = ledger::tree::prove_inclusion::<Error>(index, 5, |subtree| {
            let start = (subtree.index << subtree.level) as usize;
            let mut edge = Edge::default();
            hashes[start..start + (1 << subtree.level)].iter().for_each(|hash| edge.push(*hash));
            Ok(edge.root())
        });
        let path = path.expect("proved");
        for extra in [None, Some(b"beside".to_vec())] {
            let signed = checkpoint.sign(&log()).expect("signed");
            let text = Proof { extra, index, path: path.clone(), checkpoint: signed }.to_text();
            let proof = Proof::parse(&text).expect("a proof");
            assert_eq!(proof.to_text(), text);
            let (opened, _) = proof.verify(&entries[index as usize], log().public(), &[]).expect("it proves");
            assert_eq!(opened, checkpoint);
            assert!(proof.verify(&entries[(index as usize + 1) % 5], log().public(), &[]).is_err());
        }
    }
}

#[test]
fn texts_that_are_no_receipt_are_refused() {
    let hash = Hash([0; 32]).to_base64();
    for text in [
        "".into(),
        "c2sp.org/tlog-proof@v1\n".into(),
        format!("c2sp.org/tlog-proof@v2\nindex 1\n{hash}\n\nlog\n"),
        format!("c2sp.org/tlog-proof@v1\n{hash}\n\nlog\n"),
        format!("c2sp.org/tlog-proof@v1\nindex 01\n{hash}\n\nlog\n"),
        format!("c2sp.org/tlog-proof@v1\nindex 1\n{hash}=\n\nlog\n"),
        "c2sp.org/tlog-proof@v1\nextra *\nindex 1\n\nlog\n".into(),
        format!("c2sp.org/tlog-proof@v1\nindex 1\n{}\nlog\n", format!("{hash}\n").repeat(64)),
    ] {
        assert!(matches!(Proof::parse(&text), Err(Error::ProofText { .. })), "{text:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(bytes: Vec<u8>, text in "(—| |\n|[a-z0-9+/=]|c2sp.org/tlog-proof@v1\n|index ){0,40}") {
        let _ = Note::parse(&bytes);
        let _ = Note::parse(text.as_bytes());
        let _ = Checkpoint::parse(&text);
        let _ = Proof::parse(&text);
        let _ = VerifyingIdentity::parse(&text);
        let _ = SigningIdentity::parse(&text);
    }
}
