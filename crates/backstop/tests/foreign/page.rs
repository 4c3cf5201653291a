//! The page that shows who refuses what. Takes the tables of the tests; gives Markdown, and compares it with the file.

use crate::VERIFIERS;
use crate::classes::{CLASSES, unseen};
use crate::edges::{EDGES, LOOKERS, vectors};
use std::fmt::Write;
use std::path::Path;

const HEAD: &str = "\
# Foreign eyes

Can somebody who trusts neither us nor our code check our log? Programs in Go and Python, Rust crates and a witness, none of
them written here, look at a log that our store made: 4,321 entries, published four times, with partial tiles, receipts and a
witness's signature. Then the log is harmed in one way at a time, and each has to refuse it. This page is made by
`cargo test -p backstop --test foreign`, which compares it, and each verdict in it, on every run; a verifier that is not
installed is skipped, and the test says so.

## Who looks

| verifier | what it is | how to get it | what it looks at |
|---|---|---|---|
| ours | `ledger`, and `backstop verify` for tiles and bundles | here | everything |
| Go x/mod | the packages that check every module that Go downloads | Debian: `golang-go golang-golang-x-mod-dev` | checkpoint, tiles, every entry, history, receipt |
| aics-tlog | a log client in Python | `scripts/foreign-env.sh target/foreign` | the same |
| tlog-scales | another, by other people | the same script | the same |
| signed_note, tlog_tiles | crates of a log operator | the workspace | the same, without witnesses |
| ct-merkle | a crate for the trees alone | the workspace | entries and proofs; no signatures, no tiles |
| aics-witness | a witness in Python | the same script | a checkpoint that it is asked to cosign, and the proof from the one before |

Paths of files, bundles and the lines of receipts are read by the test's own code where a tool leaves them to its caller; so is
the comparison of the origin with the key's name, but for aics-tlog and the witness. The programs are
`crates/backstop/tests/foreign/verify.go` and `verify.py`; the crates are called in `peers.rs` beside them.

A refusal counts only if it comes at the part that was harmed or after it, so that an accident in the harness passes for none.
Where a piece is missing or cut short, `backstop verify` answers *cannot tell*, which is no *yes* and counts as refused here.

## What each says

";

const EDGES_HEAD: &str = "
## Ed25519 at its edges

Implementations of Ed25519 differ on signatures that an honest signer never makes. Ours checks strictly: canonical S, canonical
keys, neither key nor R of small order, no cofactor (`verify_strict`). [The vectors](vectors/ed25519-edges.json) are made from the
definitions by `scripts/vectors/ed25519_edges.py`. *yes*: the signature is believed.

";

const EDGES_TAIL: &str = "
What follows. Nobody here multiplies by the cofactor, so an honest log is believed by all or by none. The others part from ours only
over keys that nobody should be given (of small order), and over an R of small order, which only the holder of the secret can
sign with, at the price of telling the secret. Keys of mixed order are believed by everybody, ours included: only who chose such a key can
sign for it. A log whose key is an ordinary one gets the same verdict from all.
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut reasons: Vec<&str> = Vec::new();
    writeln!(page, "| part | harm | {} |", VERIFIERS.join(" | ")).expect("text");
    writeln!(page, "|---|---|{}", "---|".repeat(VERIFIERS.len())).expect("text");
    for class in &CLASSES {
        let cells = VERIFIERS.map(|verifier| match unseen(class.harms, verifier) {
            None => "refused".to_owned(),
            Some(why) => {
                let number = reasons.iter().position(|known| *known == why).unwrap_or_else(|| {
                    reasons.push(why);
                    reasons.len() - 1
                });
                format!("not seen ({})", number + 1)
            }
        });
        writeln!(page, "| {} | {} | {} |", class.part, class.harms, cells.join(" | ")).expect("text");
    }
    let refused = VERIFIERS
        .map(|verifier| CLASSES.iter().filter(|class| unseen(class.harms, verifier).is_none()).count().to_string());
    writeln!(page, "| all | refused, of {} kinds of harm | {} |", CLASSES.len(), refused.join(" | ")).expect("text");
    page.push_str("\nWhy something is not seen:\n\n");
    for (number, why) in reasons.iter().enumerate() {
        writeln!(page, "{}. {why}", number + 1).expect("text");
    }
    page.push_str(EDGES_HEAD);
    writeln!(page, "| signature | {} | what is odd about it |", LOOKERS.join(" | ")).expect("text");
    writeln!(page, "|---|{}---|", "---|".repeat(LOOKERS.len())).expect("text");
    for ((title, said), vector) in EDGES.iter().zip(vectors()) {
        let words: Vec<&str> = said.chars().map(|letter| if letter == 'y' { "yes" } else { "no" }).collect();
        writeln!(page, "| {title} | {} | {} |", words.join(" | "), vector.why).expect("text");
    }
    page + EDGES_TAIL
}

/// Compares the page with the file, or writes it with `BLESS=1`.
pub(crate) fn check() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/foreign-eyes.md");
    let made = page();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &made).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(made == kept, "docs/foreign-eyes.md is stale: BLESS=1 cargo test -p backstop --test foreign page");
}
