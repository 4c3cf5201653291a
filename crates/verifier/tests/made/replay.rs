//! Takes the recorded log of `replays/`; gives requests to derive its bulletin again, sound and harmed, with what must be answered.

use super::{Parts, drop_part, written};
use std::fs::{read, read_to_string};
use std::path::Path;

const LEAVES: &str = "tile/entries/000.p/109";
const PAYLOADS: &str = "payloads/000.p/109";
const AUTHORS: &str = "author";

/// Requests with a name, what must be answered, and what the answer must name.
#[expect(clippy::disallowed_methods, reason = "a recorded log lies in files")]
pub(crate) fn requests() -> Vec<(String, Vec<u8>, &'static str, &'static str)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../replays/varo-small");
    let file = |path: &str| read(folder.join(path)).expect("recorded");
    let mut whole: Parts = Parts::from([
        ("ask".to_owned(), b"derive".to_vec()),
        ("log-key".to_owned(), file("keys/log.pub")),
        (AUTHORS.to_owned(), file("keys/authors.txt")),
        ("checkpoint".to_owned(), file("log/checkpoint")),
        (LEAVES.to_owned(), file(&format!("log/{LEAVES}"))),
        (PAYLOADS.to_owned(), file(PAYLOADS)),
    ]);
    let name = "SIM_daily-2026-03-02.md";
    whole.insert(format!("published {name}"), file(&format!("published/{name}")));
    let payloads = read_to_string(folder.join(PAYLOADS)).expect("recorded");
    let line = |needle: &str| payloads.lines().find(|line| line.contains(needle)).expect("recorded").to_owned();
    let with = |change: &dyn Fn(&mut Parts)| {
        let mut parts = whole.clone();
        change(&mut parts);
        written(&parts)
    };
    let said = |from: &str, to: &str| {
        let other = payloads.replace(from, to);
        assert_ne!(other, payloads, "{from}");
        with(&|parts| drop(parts.insert(PAYLOADS.into(), other.clone().into_bytes())))
    };
    let observed = line("\"source\":\"");
    let grown = |parts: &mut Parts, part: &str, at: usize| parts.get_mut(part).expect("recorded")[at] ^= 1;
    let list: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        (
            "a recorded log",
            with(&|_| {}),
            "head=yes unchanged=yes follows=yes others=cannot_tell",
            "1 bulletins and 1 attested derivations come out the same",
        ),
        (
            "without what its entries say",
            with(&|parts| {
                drop_part(parts, PAYLOADS);
                parts.insert(format!("absent {PAYLOADS}"), Vec::new());
            }),
            "head=yes unchanged=yes follows=cannot_tell others=cannot_tell",
            "is sealed, and not to be read here",
        ),
        (
            "without one thing that an entry says",
            said(&observed, &format!("{} withheld", observed.split(' ').next().expect("recorded"))),
            "head=yes unchanged=yes follows=cannot_tell others=cannot_tell",
            "without it, ",
        ),
        (
            "without its entries",
            with(&|parts| {
                drop_part(parts, LEAVES);
                parts.insert(format!("absent {LEAVES}"), Vec::new());
            }),
            "head=yes unchanged=cannot_tell follows=cannot_tell others=cannot_tell",
            "`log/tile/entries/000.p/109` is not here",
        ),
        (
            "with another observation",
            said("\"best\":10,\"least\":6", "\"best\":11,\"least\":6"),
            "head=yes unchanged=no follows=no others=cannot_tell",
            "the payload is not the one that the envelope commits to",
        ),
        (
            "with another letter in a leaf",
            with(&|parts| grown(parts, LEAVES, 100)),
            "head=yes unchanged=no follows=no others=cannot_tell",
            "log/tile/entries/000.p/109",
        ),
        (
            "with another author's key",
            with(&|parts| drop(parts.insert(AUTHORS.into(), Vec::new()))),
            "head=yes unchanged=cannot_tell follows=yes others=cannot_tell",
            "keys/authors.txt: the public key of author",
        ),
        ("with another head", with(&|parts| grown(parts, "checkpoint", 30)), "head=no", "head.unsigned"),
        (
            "of which nothing was brought",
            with(&|parts| {
                drop_part(parts, PAYLOADS);
                drop_part(parts, LEAVES);
            }),
            "needs",
            "tile/entries/000.p/109\",\"payloads/000.p/109",
        ),
    ];
    list.into_iter().map(|(name, request, expected, names)| (name.to_owned(), request, expected, names)).collect()
}
