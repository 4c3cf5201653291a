//! Witnesses, policies and evidence: a witness cosigns what only grows and nothing else, a policy counts what can be
//! counted and says when it cannot, and two histories under one key convict it, offline.

use ed25519_dalek::SigningKey;
use ledger::evidence::{Evidence, Growth, Verdict, compare};
use ledger::policy::{Answer as Judged, Cosigned};
use ledger::tree::{Edge, Subtree, empty_root, leaf_hash, prove_consistency, prove_inclusion, root};
use ledger::witness::{Answer, Held, Refusal, Request, cosigned, decide, monitor_path};
use ledger::{Checkpoint, Error, Hash, Note, Policy, Proof, SigningIdentity, VerifyingIdentity, WitnessIdentity};
use proptest::prelude::*;

const ORIGIN: &str = "example.org/log";

fn log() -> SigningIdentity {
    SigningIdentity::new(ORIGIN, SigningKey::from_bytes(&[1; 32])).expect("a name")
}

fn witness(number: u8) -> WitnessIdentity {
    WitnessIdentity::new(&format!("w{number}.example"), SigningKey::from_bytes(&[100 + number; 32])).expect("a name")
}

/// A log of entries that say their number, from `fork` on in other words.
struct Tree {
    leaves: Vec<Hash>,
}

impl Tree {
    fn new(size: u64, fork: u64) -> Tree {
        let entry = |index: u64| if index < fork { format!("entry {index}") } else { format!("another {index}") };
        Tree { leaves: (0..size).map(|index| leaf_hash(entry(index).as_bytes())).collect() }
    }

    fn read(&self, subtree: Subtree) -> Result<Hash, Error> {
        let start = (subtree.index << subtree.level) as usize;
        let mut edge = Edge::default();
        self.leaves[start..start + (1 << subtree.level)].iter().for_each(|leaf| edge.push(*leaf));
        Ok(edge.root())
    }

    fn checkpoint(&self, size: u64) -> Checkpoint {
        let root = root(size, |subtree| self.read(subtree)).expect("readable");
        Checkpoint { origin: ORIGIN.into(), size, root, extensions: Vec::new() }
    }

    fn signed(&self, size: u64) -> String {
        self.checkpoint(size).sign(&log()).expect("signed")
    }

    fn held(&self, size: u64) -> Held {
        Held { checkpoint: self.checkpoint(size), signed: self.signed(size) }
    }

    fn request(&self, old: u64, new: u64) -> Request {
        let proof = if old == 0 || old == new {
            Vec::new()
        } else {
            prove_consistency(old, new, |subtree| self.read(subtree)).expect("proved")
        };
        Request { old, proof, checkpoint: self.signed(new) }
    }
}

fn refused(held: Option<&Held>, request: &Request) -> Refusal {
    decide(log().public(), held, request).expect_err("refused")
}

#[test]
fn a_witness_cosigns_what_only_grows() {
    let tree = Tree::new(70, 70);
    let mut held: Option<Held> = None;
    for size in [0, 0, 1, 2, 2, 3, 8, 9, 64, 70] {
        let old = held.as_ref().map_or(0, |held| held.checkpoint.size);
        let request = tree.request(old, size);
        assert_eq!(Request::parse(request.to_text().as_bytes()).as_ref(), Ok(&request));
        let next = decide(log().public(), held.as_ref(), &request).expect("it only grew");
        assert_eq!(next, tree.held(size));
        held = Some(next);
    }
}

#[test]
fn what_a_witness_refuses_has_the_status_of_the_protocol() {
    let (tree, fork) = (Tree::new(20, 20), Tree::new(20, 5));
    let held = tree.held(7);
    let status = |refusal: Refusal| (refusal.status(), refusal.answer());
    let stale = (409, ("text/x.tlog.size", "7\n".to_owned()));
    assert_eq!(status(refused(Some(&held), &tree.request(5, 9))), stale);
    assert_eq!(status(refused(Some(&held), &tree.request(0, 9))), stale);
    assert_eq!(status(refused(Some(&held), &tree.request(3, 5))), stale);
    assert_eq!(status(refused(Some(&held), &fork.request(7, 7))), stale);
    assert_eq!(status(refused(Some(&held), &fork.request(6, 7))), stale);
    assert_eq!(refused(Some(&held), &fork.request(7, 9)).status(), 422);
    assert_eq!(refused(None, &tree.request(3, 5)).answer().1, "0\n");
    let above = Request { old: 8, ..tree.request(7, 7) };
    assert_eq!(refused(Some(&held), &above).status(), 400);
    let unsigned = Request { checkpoint: tree.signed(9).replace("9\n", "10\n"), ..tree.request(7, 9) };
    assert_eq!(refused(Some(&held), &unsigned).status(), 403);
    let other = SigningIdentity::new(ORIGIN, SigningKey::from_bytes(&[9; 32])).expect("a name");
    let stranger = Request { checkpoint: tree.checkpoint(9).sign(&other).expect("signed"), ..tree.request(7, 9) };
    assert_eq!(refused(Some(&held), &stranger).status(), 403);
    let elsewhere = Checkpoint { origin: "other".into(), ..tree.checkpoint(9) };
    let elsewhere = Request { checkpoint: elsewhere.sign(&log()).expect("signed"), ..tree.request(7, 9) };
    assert_eq!(refused(Some(&held), &elsewhere).status(), 404);
    let padded = Request { proof: vec![Hash([0; 32])], ..tree.request(0, 9) };
    assert_eq!(refused(None, &padded).status(), 422);
    let rootless = Checkpoint { root: Hash([0; 32]), ..tree.checkpoint(0) };
    let rootless = Request { checkpoint: rootless.sign(&log()).expect("signed"), ..tree.request(0, 0) };
    assert_eq!(refused(None, &rootless).status(), 422);
    assert_eq!(refused(None, &Request { old: 0, proof: vec![], checkpoint: "nothing".into() }).status(), 400);
}

#[test]
fn every_changed_proof_is_refused() {
    let tree = Tree::new(40, 40);
    for old in 1..40 {
        let (held, request) = (tree.held(old), tree.request(old, 40));
        for at in 0..request.proof.len() {
            let mut changed = request.clone();
            changed.proof[at].0[at] ^= 1;
            assert_eq!(refused(Some(&held), &changed).status(), 422);
            // A bad proof with good checkpoints is not held against the log.
            let Refusal::Inconsistent { evidence, .. } = refused(Some(&held), &changed) else { panic!("inconsistent") };
            assert_eq!(evidence.expect("kept").judge(), Ok(Verdict::CannotTell));
        }
    }
}

#[test]
fn cosignatures_hold_and_those_of_others_do_not() {
    let tree = Tree::new(9, 9);
    let signed = tree.signed(9);
    let text = tree.checkpoint(9).to_text();
    let line = witness(1).cosign(&text, 1_775_900_000).expect("cosigned");
    let noise = witness(2).cosign(&text, 5).expect("cosigned");
    let known = witness(1).public().clone();
    assert_eq!(cosigned(&signed, &format!("{noise}{line}"), &known), Ok((line.clone(), 1_775_900_000)));
    assert_eq!(cosigned(&signed, &noise, &known), Err(Error::NotSigned));
    let other = witness(1).cosign(&tree.checkpoint(8).to_text(), 5).expect("cosigned");
    assert!(matches!(cosigned(&signed, &other, &known), Err(Error::BadSignature { .. })));
    for lines in ["", "no line", "— w1.example AAAA\n", "\n\n"] {
        assert!(cosigned(&signed, lines, &known).is_err(), "{lines:?}");
    }
    assert!(witness(1).cosign(&text, u64::MAX).is_err());
    // The cosigned checkpoint stays a note for those who know no witness.
    let whole = format!("{signed}{line}{noise}");
    assert!(Checkpoint::open(whole.as_bytes(), log().public(), &[]).is_ok());
    let note = Note::parse(whole.as_bytes()).expect("a note");
    assert_eq!(note.signed_by(std::slice::from_ref(log().public())), Ok(signed.clone()));
    let theirs = signed_note::StandardVerifier::new(&log().public().to_string()).expect("a key");
    let list = signed_note::VerifierList::new(vec![Box::new(theirs)]);
    let (verified, unverified) =
        signed_note::Note::from_bytes(whole.as_bytes()).expect("a note").verify(&list).expect("signed");
    assert_eq!((verified.len(), unverified.len()), (1, 2));
    let again = WitnessIdentity::parse(&witness(1).secret_text()).expect("a key");
    assert_eq!(again.public(), &known);
    assert!(WitnessIdentity::parse(&log().secret_text()).is_err());
    assert!(SigningIdentity::parse(&witness(1).secret_text()).is_err());
    assert!(!format!("{:?}", witness(1)).contains("PRIVATE"));
}

#[test]
fn answers_are_read_as_the_protocol_writes_them() {
    assert_eq!(Answer::parse(200, b"x\n"), Ok(Answer::Lines("x\n".into())));
    assert_eq!(Answer::parse(409, b"70\n"), Ok(Answer::Holds { size: 70 }));
    assert_eq!(Answer::parse(404, b"no\x07 such\n"), Ok(Answer::Refused { status: 404, why: "no  such".into() }));
    for body in [&b"70"[..], b"", b"070\n", b"-1\n", b"99999999999999999999\n", b"\xff\n", &[b'1'; 70_000]] {
        assert!(matches!(Answer::parse(409, body), Err(Error::Answer { .. })), "{body:?}");
    }
    assert_eq!(monitor_path("a"), "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb/checkpoint");
}

#[test]
fn two_histories_convict_the_key_and_one_never_does() {
    let (tree, fork) = (Tree::new(40, 40), Tree::new(40, 11));
    for first in 0..=40 {
        for second in first..=40 {
            let key = log().public().clone();
            for (one, other) in [(tree.signed(first), tree.signed(second)), (tree.signed(second), tree.signed(first))] {
                let found = compare::<Error>(&key, &one, &other, |subtree| tree.read(subtree));
                assert_eq!(found, Ok(None), "{first} and {second} of one history");
            }
            let found = compare(&key, &tree.signed(first), &fork.signed(second), |subtree| fork.read(subtree));
            if first <= 11 {
                assert_eq!(found, Ok(None), "the histories part after entry 10");
                continue;
            }
            let evidence = found.expect("readable").expect("two histories");
            assert_eq!(evidence.judge(), Ok(Verdict::Contradict));
            let read = Evidence::parse(&evidence.to_text()).expect("evidence");
            assert_eq!(read, evidence);
            // What the request of an honest client of the forked log shows is enough, unless the size hides its root.
            let held = tree.held(first);
            match refused(Some(&held), &fork.request(first, second)) {
                Refusal::Forked { evidence } => assert_eq!(evidence.judge(), Ok(Verdict::Contradict)),
                Refusal::Inconsistent { evidence, .. } => {
                    let expected = if first.is_power_of_two() { Verdict::CannotTell } else { Verdict::Contradict };
                    assert_eq!(evidence.expect("kept").judge(), Ok(expected), "{first} and {second}");
                }
                other @ (Refusal::Malformed(_)
                | Refusal::NotSigned(_)
                | Refusal::UnknownLog
                | Refusal::Stale { .. }) => panic!("{first} and {second}: {other:?}"),
            }
        }
    }
}

#[test]
fn false_evidence_convicts_nobody() {
    let (tree, fork) = (Tree::new(40, 40), Tree::new(40, 11));
    let key = log().public().clone();
    let found = compare::<Error>(&key, &tree.signed(20), &fork.signed(33), |subtree| fork.read(subtree));
    let true_evidence = found.expect("readable").expect("two histories");
    // Tiles of neither history are an error, not a verdict.
    let lost = compare::<Error>(&key, &tree.signed(20), &fork.signed(33), |subtree| tree.read(subtree));
    assert!(matches!(lost, Err(Error::ProofFailed { .. })));
    let honest = Evidence::new(key.clone(), tree.signed(20), tree.signed(33), None);
    assert_eq!(honest.judge(), Ok(Verdict::CannotTell));
    let invented = Growth { root: Hash([7; 32]), path: true_evidence.growth.clone().expect("grown").path };
    assert_eq!(Evidence { growth: Some(invented), ..honest.clone() }.judge(), Ok(Verdict::CannotTell));
    let swapped =
        Evidence { first: true_evidence.second.clone(), second: true_evidence.first.clone(), ..true_evidence.clone() };
    assert!(swapped.judge().is_err());
    let other = SigningIdentity::new(ORIGIN, SigningKey::from_bytes(&[9; 32])).expect("a name");
    let framed = Evidence { second: fork.checkpoint(33).sign(&other).expect("signed"), ..true_evidence.clone() };
    assert!(framed.judge().is_err());
    let text = true_evidence.to_text();
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        // A changed byte may leave the contradiction, but never makes another one of another key.
        if let Ok(evidence) = Evidence::parse(&changed)
            && evidence.judge() == Ok(Verdict::Contradict)
        {
            assert_eq!(evidence.log, key, "byte {at}");
        }
    }
    for text in ["", "backstop-evidence/1\n\n", "backstop-evidence/2\nlog x\n\na\n\nb\n\nc\n\nd\n"] {
        assert!(Evidence::parse(text).is_err(), "{text:?}");
    }
    assert!(Evidence::parse(&text.replace("grown-from ", "grown ")).is_err());
    assert!(Evidence::parse(&format!("{text}\nmore\n\n")).is_err());
}

/// A policy of two organisations, as the specification's own example has it.
fn policy() -> String {
    let mut text = format!("# who is believed\nlog {} https://log.example/\n\n", log().public());
    for number in 1..=5 {
        text += &format!("witness\tW{number}  {}\n", witness(number).public());
    }
    text + "group X 2 W1 W2 W3\ngroup Y any W4 W5\ngroup both all X Y\n quorum both \n"
}

#[track_caller]
fn check_policy(text: &str, signed: &str, expected: Judged) {
    let policy = Policy::parse(text.as_bytes()).expect("a policy");
    assert_eq!(policy.judge(signed.as_bytes()).expect("a checkpoint").answer, expected);
}

fn cosigned_by(numbers: &[u8]) -> String {
    let tree = Tree::new(9, 9);
    let text = tree.checkpoint(9).to_text();
    let lines = numbers.iter().map(|number| witness(*number).cosign(&text, 1_775_900_000).expect("cosigned"));
    tree.signed(9) + &lines.collect::<String>()
}

#[test]
fn a_policy_counts_its_witnesses() {
    check_policy(&policy(), &cosigned_by(&[]), Judged::NotSatisfied);
    check_policy(&policy(), &cosigned_by(&[1, 2]), Judged::NotSatisfied);
    check_policy(&policy(), &cosigned_by(&[1, 4, 5]), Judged::NotSatisfied);
    check_policy(&policy(), &cosigned_by(&[1, 1, 4]), Judged::NotSatisfied);
    check_policy(&policy(), &cosigned_by(&[1, 3, 5]), Judged::Satisfied);
    check_policy(&policy(), &cosigned_by(&[1, 2, 3, 4, 5, 6]), Judged::Satisfied);
    let none = format!("log {}\nquorum none\n", log().public());
    check_policy(&none, &cosigned_by(&[]), Judged::Satisfied);
    let parsed = Policy::parse(policy().as_bytes()).expect("a policy");
    let judgement = parsed.judge(cosigned_by(&[1]).as_bytes()).expect("a checkpoint");
    assert_eq!(judgement.witnesses[0], Cosigned::At { time_s: 1_775_900_000 });
    assert_eq!(judgement.witnesses[1], Cosigned::Absent);
    assert!(parsed.reached_by(&[0, 1, 3].into()) && !parsed.reached_by(&[0, 1].into()));
    let broken = cosigned_by(&[1, 2, 4]).replace("— w4.example ", "— w5.example ");
    // The line of one witness under the name of another has another key id, so it is nobody's.
    check_policy(&policy(), &broken, Judged::NotSatisfied);
    let stranger = SigningIdentity::new("other", SigningKey::from_bytes(&[9; 32])).expect("a name");
    let foreign = Tree::new(9, 9).checkpoint(9).sign(&stranger).expect("signed");
    assert_eq!(parsed.judge(foreign.as_bytes()), Err(Error::NotSigned));
    let line = witness(1).cosign(&Tree::new(9, 9).checkpoint(8).to_text(), 7).expect("cosigned");
    let spoiled = parsed.judge(format!("{}{line}", cosigned_by(&[2, 3, 4])).as_bytes());
    assert!(matches!(spoiled, Err(Error::BadSignature { .. })));
}

/// A vkey and a signature line of a kind that nobody here checks, with the key id of the specification.
fn unknown_kind(name: &str) -> (String, String) {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use sha2::{Digest, Sha256};
    let key = [vec![0x06], vec![5; 1312]].concat();
    let digest = Sha256::new().chain_update(name).chain_update(b"\n").chain_update(&key).finalize();
    let id: String = digest[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    let line = BASE64_STANDARD.encode([&digest[..4], &[0; 2428]].concat());
    (format!("{name}+{id}+{}", BASE64_STANDARD.encode(&key)), format!("— {name} {line}\n"))
}

#[test]
fn a_policy_says_when_it_cannot_tell() {
    let (vkey, line) = unknown_kind("post-quantum.example");
    let text = format!(
        "log {}\nwitness Q {vkey}\nwitness W1 {}\nwitness W2 {}\ngroup G 2 Q W1 W2\nquorum G\n",
        log().public(),
        witness(1).public(),
        witness(2).public()
    );
    check_policy(&text, &cosigned_by(&[1, 2]), Judged::Satisfied);
    check_policy(&text, &cosigned_by(&[1]), Judged::NotSatisfied);
    check_policy(&text, &(cosigned_by(&[1]) + &line), Judged::CannotTell);
    check_policy(&text, &(cosigned_by(&[]) + &line), Judged::NotSatisfied);
    let (log_key, log_line) = unknown_kind(ORIGIN);
    let text = format!("log {log_key}\nwitness W1 {}\nquorum W1\n", witness(1).public());
    check_policy(&text, &(cosigned_by(&[1]) + &log_line), Judged::CannotTell);
    check_policy(&text, &(cosigned_by(&[2]) + &log_line), Judged::NotSatisfied);
}

#[test]
fn a_policy_says_where_it_is_wrong() {
    let (log_key, one, two) =
        (log().public().to_string(), witness(1).public().to_string(), witness(2).public().to_string());
    let members = format!("witness a {one}\nwitness b {two}\n");
    for (text, line, problem) in [
        (String::new(), 1, "`quorum` line is missing"),
        (format!("log {log_key}\n"), 1, "`quorum` line is missing"),
        ("quorum none".into(), 1, "must end"),
        ("quorum none\nquorum none\n".into(), 2, "already"),
        ("quorum a\n".into(), 1, "not defined"),
        ("witnesses\n".into(), 1, "none of"),
        ("log\n".into(), 1, "reads"),
        (format!("log {one}\n"), 1, "not the key of a log"),
        (format!("witness a {log_key}\n"), 1, "not the key of a witness"),
        (format!("log {log_key}\nlog {log_key}\n"), 2, "twice"),
        (format!("witness a {one}\nwitness b {one}\n"), 2, "twice"),
        (format!("witness a {one}\nwitness a {two}\n"), 2, "taken"),
        (format!("witness none {one}\n"), 1, "names nothing"),
        (format!("{members}group g 3 a b\n"), 3, "cannot be asked"),
        (format!("{members}group g 0 a b\n"), 3, "cannot be asked"),
        (format!("{members}group g 01 a b\n"), 3, "neither"),
        (format!("{members}group g any\n"), 3, "cannot be asked"),
        (format!("{members}group g any a a\n"), 3, "already"),
        (format!("{members}group g any a\ngroup h any a b\n"), 4, "already"),
        (format!("{members}group g any g\n"), 3, "not defined"),
        (format!("{members}group g any none\n"), 3, "not defined"),
        (format!("witness a {}\n", one.replacen('+', "+0", 1)), 1, "does not belong"),
        ("witness a b+c+d\n".into(), 1, "no key"),
        ("quorum\u{b}none\n".into(), 1, "control"),
        ("quorum none\r\n".into(), 1, "control"),
    ] {
        match Policy::parse(text.as_bytes()) {
            Err(Error::Policy { line: found, problem: why }) => {
                assert_eq!(found, line, "{text:?}: {why}");
                assert!(why.contains(problem), "{text:?}: {why}");
            }
            other => panic!("{text:?}: {other:?}"),
        }
    }
    assert!(Policy::parse(b"# \xff\nquorum none\n").is_ok());
}

#[test]
fn a_cosigned_receipt_is_judged_offline() {
    let tree = Tree::new(9, 9);
    let policy = Policy::parse(policy().as_bytes()).expect("a policy");
    for (cosigners, expected) in [(&[1, 2, 4][..], Judged::Satisfied), (&[1], Judged::NotSatisfied)] {
        let path = prove_inclusion(3, 9, |subtree| tree.read(subtree)).expect("proved");
        let proof = Proof { extra: None, index: 3, path, checkpoint: cosigned_by(cosigners) };
        let proof = Proof::parse(&proof.to_text()).expect("a proof");
        assert_eq!(policy.judge_proof(&proof, b"entry 3").expect("it proves").answer, expected);
        assert!(matches!(policy.judge_proof(&proof, b"entry 4"), Err(Error::ProofFailed { .. })));
    }
    assert_eq!(Tree::new(0, 0).checkpoint(0).root, empty_root());
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(
        bytes: Vec<u8>,
        status in 0u16..700,
        text in "(old |log |witness |group |quorum |any |all |none|grown-from |backstop-evidence/1\n|—| |\n|[a-z0-9+/=]){0,40}",
    ) {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            let _ = Request::parse(bytes);
            let _ = Answer::parse(status, bytes);
            let _ = Policy::parse(bytes);
            let request = Request { old: 0, proof: vec![], checkpoint: String::from_utf8_lossy(bytes).into_owned() };
            let _ = decide(log().public(), None, &request);
        }
        let _ = Evidence::parse(&text);
        let _ = WitnessIdentity::parse(&text);
        let _ = cosigned(&Tree::new(1, 1).signed(1), &text, witness(1).public());
    }

    #[test]
    fn no_sizes_make_evidence_panic(first: u64, second: u64, old: u64, length in 0usize..70) {
        let hash = Hash([3; 32]);
        let at = |size| Checkpoint { origin: ORIGIN.into(), size, root: hash, extensions: vec![] };
        let signed = |size| at(size).sign(&log()).expect("signed");
        let growth = Growth { root: Hash([4; 32]), path: vec![hash; length] };
        let _ = Evidence::new(log().public().clone(), signed(first), signed(second), Some(growth)).judge();
        let held = Held { checkpoint: at(first), signed: signed(first) };
        let request = Request { old, proof: vec![hash; length], checkpoint: signed(second) };
        let _ = decide(log().public(), Some(&held), &request);
    }
}

/// The key is checked where a policy names it too: whoever changes its name changes its id.
#[test]
fn a_witness_of_a_policy_is_its_key() {
    let policy = Policy::parse(policy().as_bytes()).expect("a policy");
    let expected: Vec<VerifyingIdentity> = (1..=5).map(|number| witness(number).public().clone()).collect();
    let keys: Vec<VerifyingIdentity> = policy.witnesses().iter().filter_map(|witness| witness.key().cloned()).collect();
    assert_eq!(keys, expected);
    assert_eq!(policy.logs().next(), Some(log().public()));
    assert_eq!((policy.groups()[0].threshold, policy.groups()[2].size), (2, 2));
}
