//! Where fuzzing starts: inputs made from what the project ships. Takes nothing but the working tree; gives small valid
//! inputs in a fixed order.

use crate::logs::{LOG, log_key};
use crate::{files, kept};
use backstop::intake::IMPORTERS;
use backstop::storage::Submission;
use ed25519_dalek::SigningKey;
use mission::record::canonical::Value;
use mission::record::commitment::OpenedField;
use mission::record::opened::OpenedEntry;
use std::path::Path;

/// Longest text that is worth starting from.
const SEED_MOST_BYTES: usize = 6_000;

pub(crate) fn none() -> Vec<Vec<u8>> {
    Vec::new()
}

fn shipped(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    files(&folder).iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

/// Signed notes, and texts to sign.
pub(crate) fn signed() -> Vec<Vec<u8>> {
    let texts = [
        format!("{LOG}\n7\n{}\n", ledger::Hash([7; 32]).to_base64()),
        format!("{LOG}\n7\n{}\nmore\n", ledger::Hash([7; 32]).to_base64()),
        "text\n\nand more\n".to_owned(),
    ];
    let signed = texts.iter().map(|text| log_key().sign(text).expect("invariant: a text of lines").into_bytes());
    let unsigned = texts.iter().map(|text| format!("\0{text}\0— other AAAAAAA=\n").into_bytes());
    signed.chain(unsigned).collect()
}

/// Pages of guarantees, and cases that are played on one.
pub(crate) fn guarantees() -> Vec<Vec<u8>> {
    let pages = shipped("agreements").into_iter().filter(|text| text.contains("\nguarantees: "));
    let cases = shipped("cases").into_iter().filter(|text| text.contains("````guarantees"));
    let told = "````guarantees\n---\nguarantees: x\ntitle: X\nversion: 1\nas-of: 2026-03-01\ntime-zone: UTC\n---\n\n```backstop\n\
        parties A, B\nsource s press 2026 \"s\"\nform f \"F\"\n  from A\n  to B\n  field t text needed\n  field n amount people\n  \
        field w time\n  field p party\n  source s\n```\n````\n\n| notice | form | by | to | happened | t | n | w | p |\n|---|---|---|\n\
        | n1 | f | A | B | 2026-03-02 | x | 4 people | 2026-03-03 | A |\n";
    let told = std::iter::once(told.to_owned());
    pages
        .chain(cases)
        .chain(told)
        .map(|text| text.chars().take(SEED_MOST_BYTES).collect::<String>().into_bytes())
        .collect()
}

/// A request, an answer and a piece of evidence.
pub(crate) fn exchanges() -> Vec<Vec<u8>> {
    let hash = ledger::Hash([7; 32]).to_base64();
    let note = log_key().sign(&format!("{LOG}\n7\n{hash}\n")).expect("invariant: a text of lines");
    let other = log_key().sign(&format!("{LOG}\n7\n{}\n", ledger::Hash([8; 32]).to_base64()));
    let log = log_key().public().clone();
    let evidence = ledger::Evidence::new(log, note.clone(), other.expect("invariant: a text of lines"), None);
    let line = note.rsplit("\n\n").next().unwrap_or_default().to_owned();
    let texts = [
        format!("old 0\n\n{note}"),
        format!("old 3\n{hash}\n{hash}\n\n{note}"),
        evidence.to_text(),
        line,
        "7\n".into(),
    ];
    texts.map(String::into_bytes).into()
}

/// A trust file with a group, and a checkpoint to judge.
pub(crate) fn policies() -> Vec<Vec<u8>> {
    let key = log_key().public();
    let note = String::from_utf8(signed().swap_remove(0)).expect("invariant: text");
    let witness = crate::logs::witness_key();
    let policy = format!("log {key}\n\n# why\nwitness w1 {witness}\ngroup g 1 w1\nquorum g\n\0{note}");
    vec![policy.into_bytes(), format!("log {key}\nquorum none\n\0{note}").into_bytes()]
}

pub(crate) fn tile_paths() -> Vec<Vec<u8>> {
    let sizes = [1u64, 300, 70_000, 1 << 40];
    let paths = sizes.iter().flat_map(|size| ledger::tile::new_tiles(size - 1, *size)).map(|tile| tile.to_string());
    paths.map(String::into_bytes).collect()
}

pub(crate) fn keys() -> Vec<Vec<u8>> {
    vec![log_key().public().to_string().into_bytes(), log_key().secret_text().into_bytes()]
}

/// The payloads of the record's published vectors, taken from their text.
pub(crate) fn values() -> Vec<Vec<u8>> {
    bodies().iter().filter_map(|body| Some(body.splitn(2, |byte| *byte == b'\n').nth(1)?.to_vec())).collect()
}

/// The leaves of one small store.
pub(crate) fn leaves() -> Vec<Vec<u8>> {
    kept("seeds", "bundle")
        .iter()
        .flat_map(|bundle| {
            let leaves: Vec<Vec<u8>> = ledger::tile::entries(bundle).flatten().map(<[u8]>::to_vec).collect();
            leaves
        })
        .collect()
}

/// Bundles of three entries, after the number of the first and how many there are.
pub(crate) fn given() -> Vec<Vec<u8>> {
    let salt = "09".repeat(32);
    let texts = [
        format!("7 open {salt} {{\"number\":7}}\n8 withheld\n9 erased\n"),
        "7 withheld\n8 withheld\n9 withheld\n".to_owned(),
    ];
    texts.iter().map(|text| [b"\x07\x03backstop-payloads/1\n", text.as_bytes()].concat()).collect()
}

/// A field of an entry, opened: its proof is that of nothing.
pub(crate) fn opened() -> Vec<Vec<u8>> {
    let leaf = String::from_utf8(leaves().into_iter().next().unwrap_or_default()).unwrap_or_default();
    let author = SigningKey::from_bytes(&[3; 32]).verifying_key();
    let field = OpenedField {
        name: "number".to_owned(),
        value: Value::Integer(7),
        salt: [9; 32],
        index: 0,
        count: 2,
        path: vec![[8; 32]],
    };
    let opened = OpenedEntry {
        leaf: leaf.into_bytes(),
        author,
        fields: vec![field],
        proof: "c2sp.org/tlog-proof@v1\n".to_owned(),
    };
    vec![opened.to_bytes()]
}

/// A statement as a device hands it over.
pub(crate) fn submissions() -> Vec<Vec<u8>> {
    let submission = Submission { statement: b"{}\n\n".to_vec(), salt: [9; 32], payload: b"{\"number\":7}".to_vec() };
    submission.to_line().into_iter().collect()
}

/// The questions that there are, with a head, a bundle of entries and what they say.
pub(crate) fn questions() -> Vec<Vec<u8>> {
    let note = log_key().sign(&format!("{LOG}\n3\n{}\n", ledger::Hash([7; 32]).to_base64()));
    let note = note.expect("invariant: a text of lines");
    let key = log_key().public().to_string();
    let bundle = kept("seeds", "bundle").into_iter().next().unwrap_or_default();
    let payloads = given().into_iter().next().unwrap_or_default().split_off(2);
    let asked = |verb: &str| {
        verifier::write(&[
            ("ask", verb.as_bytes()),
            ("log-key", key.as_bytes()),
            ("checkpoint", note.as_bytes()),
            ("held", note.as_bytes()),
            ("said", b""),
            ("first", b"0"),
            ("count", b"3"),
            ("tile/entries/000.p/3", &bundle),
            ("payloads/000.p/3", &payloads),
        ])
    };
    ["head", "entries", "held", "derive"].map(asked).to_vec()
}

/// What imports of the sample tables give, each kind of body a few times.
pub(crate) fn bodies() -> Vec<Vec<u8>> {
    crate::intake::bodies_of(&tables())
}

/// A table of pledges and a file of activities, each after the byte that names its kind.
pub(crate) fn pledges() -> Vec<Vec<u8>> {
    let table = "commitment,what,by,amount,unit,happened,document,reference,note\n\
        corvania-monitors,sent,Corvania,10,people,2026-03-02,order 4,,\n\
        corvania-monitors,received,Mission,8,people,2026-03-03 10:00,list 2,,\"two, ill\"\n";
    let activities = "<?xml version=\"1.0\"?><iati-activities><iati-activity default-currency=\"EUR\">\
        <iati-identifier>soldane-demining</iati-identifier><reporting-org ref=\"X\"><narrative>Soldane &amp; Co</narrative></reporting-org>\
        <budget><value>9</value></budget><transaction ref=\"t\"><transaction-type code=\"3\"/><transaction-date iso-date=\"2026-03-02\"/>\
        <value currency=\"USD\" value-date=\"2026-03-03\">5.5</value></transaction></iati-activity></iati-activities>";
    vec![[&[0], table.as_bytes()].concat(), [&[2], activities.as_bytes()].concat()]
}

/// The sample files of every kind of import.
pub(crate) fn tables() -> Vec<Vec<u8>> {
    let of_kind = |(number, kind): (usize, &str)| {
        kept("seeds/intake", kind).into_iter().map(move |bytes| [&[number as u8], bytes.as_slice()].concat())
    };
    let tables = IMPORTERS.iter().map(|importer| importer.kind).enumerate().flat_map(of_kind);
    let mapping = [&[IMPORTERS.len() as u8], include_bytes!("../seeds/mapping.toml").as_slice()].concat();
    tables.chain([mapping]).collect()
}

/// The agreements that cases carry.
pub(crate) fn agreements() -> Vec<Vec<u8>> {
    let texts = shipped("cases").into_iter().filter_map(|page| Some(clause::carried(&page)?.text.into_bytes()));
    texts.filter(|text| text.len() <= SEED_MOST_BYTES).collect()
}

/// The cases that carry an agreement.
pub(crate) fn cases() -> Vec<Vec<u8>> {
    let pages = shipped("cases").into_iter().filter(|page| clause::carried(page).is_some());
    pages.map(String::into_bytes).filter(|page| page.len() <= SEED_MOST_BYTES).collect()
}
