//! Run receipts: what a run took in and gave out, as hashes that anybody can work out again.
//!
//! Takes an agreement, facts, what was watched, the instant, the verdicts and the log's position; gives a text of ten lines.
//! Two runs with the same receipt said the same of the same; where they differ, the line says in what. The bytes that are
//! hashed are those of `docs/audit.md`, so that receipts of different versions compare. Never proves that the
//! verdicts are right: that is the checker's work.

use crate::derived::{Stream, write_fact, write_heard, write_line, write_look, write_verdict, write_zone};
use crate::record::canonical::Value;
use crate::record::fields::Writer;
use crate::record::hex::hex;
use clause::{Agreement, Fact, Language, Verdict, Watch, sentence, sentence_of_power};
use sha2::{Digest, Sha256};
use std::fmt;
use terms::{Instant, Label};

/// The first line, with the version of the format.
const HEAD: &str = "backstop run 2";
/// The names of the other lines, in order.
const NAMES: [&str; 10] =
    ["document", "plan", "engine", "time-zone", "geometry", "asked", "facts", "watched", "log", "verdicts"];

/// What a run took in and gave out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunReceipt {
    /// What each line says after its name, in order of `NAMES`.
    lines: [String; 10],
}

/// A run: all that its verdicts are a function of, and they.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The text, its maps, and the rules as read from them.
    pub agreement: &'a Agreement,
    /// In any order.
    pub facts: &'a [Fact],
    /// Who looked, and up to when everything is known.
    pub watch: &'a Watch<'a>,
    /// When it was asked.
    pub at: Instant,
    /// How many entries of a log it rests on, and their root; nothing for a run over a scenario.
    pub log: Option<(u64, &'a str)>,
    /// What was said, in canonical order.
    pub verdicts: &'a [Verdict],
}

impl RunReceipt {
    /// The receipt of a run.
    #[must_use]
    pub fn of(run: &Run<'_>) -> RunReceipt {
        let Run { agreement, watch, .. } = run;
        let facts = Stream::of_set(run.facts.iter().map(write_fact));
        let verdicts = Stream::of(run.verdicts.iter().map(write_verdict));
        let watched = watched(watch);
        let counted = |stream: &Stream| format!("{} sha256 {}", stream.count, stream.sha256);
        RunReceipt {
            lines: [
                format!("sha256 {}", agreement.sha256),
                format!("sha256 {}", plan(agreement)),
                format!("clause {}", env!("CARGO_PKG_VERSION")),
                format!("{} sha256 {}", agreement.time_zone, hex(&Sha256::digest(agreement.clocks()))),
                format!("sha256 {}", geometry(agreement)),
                format!("{} known until {}", run.at, watch.known_until),
                counted(&facts),
                counted(&watched),
                run.log.map_or("none".to_owned(), |(size, root)| format!("{size} {root}")),
                counted(&verdicts),
            ],
        }
    }

    /// Reads the one form of a receipt's text; any other text is none.
    #[must_use]
    pub fn read(text: &str) -> Option<RunReceipt> {
        let mut lines = text.lines();
        lines.next().filter(|head| *head == HEAD)?;
        let mut values = Vec::new();
        for name in NAMES {
            let value = lines.next()?.strip_prefix(name)?.strip_prefix(' ')?;
            values.push(value.to_owned());
        }
        let receipt = RunReceipt { lines: values.try_into().ok()? };
        (receipt.to_string() == text).then_some(receipt)
    }

    /// In what another run differs: the names of the lines.
    #[must_use]
    pub fn differs(&self, other: &RunReceipt) -> Vec<&'static str> {
        let pairs = NAMES.into_iter().zip(self.lines.iter().zip(&other.lines));
        pairs.filter(|(_, (one, other))| one != other).map(|(name, _)| name).collect()
    }
}

impl fmt::Display for RunReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        NAMES.iter().zip(&self.lines).try_for_each(|(name, value)| writeln!(f, "{name} {value}"))
    }
}

/// The rules as understood, read back one a line: two engines that read a text alike read it back alike.
fn plan(agreement: &Agreement) -> String {
    let rules = agreement.rules.iter().map(|rule| sentence(agreement, rule, Language::English));
    let powers = agreement.powers.iter().map(|power| sentence_of_power(agreement, power, Language::English));
    Stream::of(rules.chain(powers).map(Value::Text)).sha256
}

fn geometry(agreement: &Agreement) -> String {
    let named = |sort: &str, name: &Label, of: Option<String>, value: Value| {
        let writer = Writer::default().text("sort", sort).text("name", name).optional_text("of", of);
        writer.put("drawn", value).finish()
    };
    let zones = agreement.zones.iter().map(|(name, drawn)| named("zone", name, None, write_zone(drawn)));
    let by_party = agreement.zones_of.iter().flat_map(|(name, of)| {
        of.iter().map(move |(party, drawn)| named("zone", name, Some(party.to_string()), write_zone(drawn)))
    });
    let sectors = agreement.sectors.iter().flat_map(|(name, of)| {
        of.iter().map(move |(sector, drawn)| named("sector", name, Some(sector.to_string()), write_zone(drawn)))
    });
    let lines = agreement.lines.iter().map(|(name, mapped)| named("line", name, None, write_line(&mapped.line)));
    Stream::of(zones.chain(by_party).chain(sectors).chain(lines)).sha256
}

fn watched(watch: &Watch<'_>) -> Stream {
    let believed = watch.detection.map(|detection| Writer::default().text("detection", detection.hash()).finish());
    Stream::of_set(watch.efforts.iter().map(write_look).chain(watch.heard.iter().map(write_heard)).chain(believed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clause::{AgreementFiles, instances, judge, read};

    const TEXT: &str = "---\nagreement: case\ntitle: A case\nversion: 1\nin-force: 2026-04-11 16:00 Europe/Kyiv\n\
        ends: 2026-04-13 00:00 Europe/Kyiv\ntime-zone: Europe/Kyiv\n---\n\n## Article 1. The rule\n\nThey shall not fire.\n\n\
        ```backstop\nparties North, South\nevent fire = shelling\nrule A1 of each party: never fire\n```\n";

    fn receipt(text: &str, shots: &[&str], known_until: &str, log: Option<(u64, &str)>) -> RunReceipt {
        let (agreement, _) = read(&AgreementFiles { text: text.to_owned(), ..AgreementFiles::default() });
        let table: String =
            shots.iter().map(|id| format!("| {id} | shelling | 2026-04-12T10:00:00+03:00 | North |\n")).collect();
        let page = format!("| id | act | happened | by |\n|---|---|---|---|\n{table}\nAt: 2026-04-14 12:00\n");
        let told = clause::scenario(&page, &agreement).expect("a scenario");
        let at = told.moments[0].at;
        let known_until = Instant::parse(known_until).expect("a time");
        let watch = Watch { efforts: &[], detection: None, known_until, sources: &[], heard: &[] };
        let verdicts = judge(&agreement, &told.facts, &watch, at);
        assert_eq!(instances(&agreement, &told.facts, &watch, at).is_empty(), shots.is_empty());
        RunReceipt::of(&Run { agreement: &agreement, facts: &told.facts, watch: &watch, at, log, verdicts: &verdicts })
    }

    const KNOWN: &str = "2026-04-14T09:00:00Z";

    #[test]
    fn each_line_changes_with_what_it_is_of() {
        let first = receipt(TEXT, &["INC-A", "INC-B"], KNOWN, None);
        let same = receipt(TEXT, &["INC-B", "INC-A"], KNOWN, None);
        assert_eq!(first.differs(&same), [""; 0], "order does not show");
        let worded = receipt(&TEXT.replace("They shall", "Nobody shall"), &["INC-A", "INC-B"], KNOWN, None);
        assert_eq!(first.differs(&worded), ["document"], "the words around the rules are no part of the plan");
        let other = receipt(&TEXT.replace("never fire", "at most 0 fire per 1 day"), &["INC-A", "INC-B"], KNOWN, None);
        assert!(first.differs(&other).contains(&"plan"));
        let clocks = receipt(
            &TEXT.replace("time-zone: Europe/Kyiv", "time-zone: Europe/Riga"),
            &["INC-A", "INC-B"],
            KNOWN,
            None,
        );
        assert!(first.differs(&clocks).contains(&"time-zone"));
        let fewer = receipt(TEXT, &["INC-A"], KNOWN, None);
        assert_eq!(first.differs(&fewer), ["facts", "verdicts"]);
        let logged = receipt(TEXT, &["INC-A", "INC-B"], KNOWN, Some((7, "abc")));
        assert_eq!(first.differs(&logged), ["log"]);
        let later = receipt(TEXT, &["INC-A", "INC-B"], "2026-04-30T09:00:00Z", None);
        assert!(later.differs(&first).contains(&"asked"));
    }

    /// The bytes that are hashed are those of `docs/audit.md`: a version that hashes others has another first line. The engine's
    /// line and the clocks' may change with it.
    #[test]
    fn what_is_hashed_stays_the_same() {
        let receipt = receipt(TEXT, &["INC-A", "INC-B"], KNOWN, Some((7, "abc"))).to_string();
        let mut kept: Vec<&str> = receipt.lines().collect();
        kept.retain(|line| !line.starts_with("engine ") && !line.starts_with("time-zone "));
        let expected = [
            "backstop run 2",
            "document sha256 c665889c746ee40a38bec3c6b346f3377afbe1e471b33f583a757ec787a7b639",
            "plan sha256 a3f7d16aa9601f58942a62119a7335f1f3a7d01cad86f881258944624eeb22a3",
            "geometry sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "asked 2026-04-14T09:00:00Z known until 2026-04-14T09:00:00Z",
            "facts 2 sha256 c9214864ed8f9b0af52f00478720b8fc25b31aaeb741910ab52e49e415b9232e",
            "watched 0 sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "log 7 abc",
            "verdicts 9 sha256 56676efb5e07b573b3318882f1570b19bbb18a1f8c1147d5a7f3a6be6085d0ab",
        ];
        assert_eq!(kept, expected);
    }

    #[test]
    fn only_its_own_text_is_read() {
        let receipt = receipt(TEXT, &["INC-A"], KNOWN, Some((7, "abc")));
        let text = receipt.to_string();
        assert_eq!(RunReceipt::read(&text), Some(receipt));
        assert_eq!(RunReceipt::read(&text.replace("run 2", "run 1")), None);
        assert_eq!(RunReceipt::read(&text.replace("\nlog", "\nledger")), None);
        assert_eq!(RunReceipt::read(&format!("{text}more\n")), None);
        assert_eq!(RunReceipt::read(""), None);
    }
}
