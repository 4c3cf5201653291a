//! Run receipts: what a run took in and gave out, as hashes that anybody can work out again.
//!
//! Takes an agreement, facts, what was watched, the instant, the verdicts and the log's position; gives a text of ten lines.
//! Two runs with the same receipt said the same of the same; where they differ, the line says in what. Never proves that
//! the verdicts are right: that is the checker's work.

use crate::agreement::{Agreement, Zone};
use crate::fact::Fact;
use crate::judge::Watch;
use crate::verdict::Verdict;
use sha2::{Digest, Sha256};
use std::fmt::{self, Debug, Write};
use terms::{Area, Instant, Line};

/// The first line, with the version of the format.
const HEAD: &str = "backstop run 1";
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
        let mut facts: Vec<&Fact> = run.facts.iter().collect();
        facts.sort();
        let asked = format!("{} known until {}", run.at, watch.known_until);
        let log = run.log.map_or("none".to_owned(), |(size, root)| format!("{size} {root}"));
        RunReceipt {
            lines: [
                format!("sha256 {}", agreement.sha256),
                format!("sha256 {}", plan(agreement)),
                format!("clause {}", env!("CARGO_PKG_VERSION")),
                format!("{} sha256 {}", agreement.time_zone, hash([&agreement.calendar.clocks()])),
                format!("sha256 {}", geometry(agreement)),
                asked,
                format!("{} sha256 {}", facts.len(), hash(&facts)),
                format!("{} sha256 {}", watch.efforts.len() + watch.heard.len(), watched(watch)),
                log,
                format!("{} sha256 {}", run.verdicts.len(), hash(run.verdicts)),
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

/// Over each thing as `Debug` writes it, one a line: that form has every field, and changes only with the engine, whose
/// version stands beside it. A form of its own would have to be kept in step with every field by hand.
fn hash<T: Debug>(things: impl IntoIterator<Item = T>) -> String {
    let (mut hash, mut line) = (Sha256::new(), String::new());
    for thing in things {
        line.clear();
        writeln!(line, "{thing:?}").expect("invariant: a string takes everything");
        hash.update(line.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The rules as read, with all names that they use but the ground.
fn plan(agreement: &Agreement) -> String {
    let Agreement { parties, actors, readings, as_written, rules, powers, .. } = agreement;
    let Agreement { states, events, classes, objects, planned, in_force, ends, .. } = agreement;
    let Agreement { standard, keep_threshold, final_after, time_zone, .. } = agreement;
    let all: [&dyn Debug; 17] = [
        parties,
        actors,
        readings,
        as_written,
        rules,
        powers,
        states,
        events,
        classes,
        objects,
        planned,
        in_force,
        ends,
        standard,
        keep_threshold,
        final_after,
        time_zone,
    ];
    hash(all)
}

fn geometry(agreement: &Agreement) -> String {
    let zone = |zone: &Zone| {
        let band = zone.band.as_ref().map(|(line, reach_m)| (of_line(line), *reach_m));
        (of_area(&zone.area), band, zone.holds.clone())
    };
    let zones: Vec<_> = agreement.zones.iter().map(|(name, drawn)| (name, zone(drawn))).collect();
    let by_party =
        agreement.zones_of.iter().flat_map(|(name, of)| of.iter().map(move |(party, drawn)| (name, party, drawn)));
    let by_party: Vec<_> = by_party.map(|(name, party, drawn)| (name, party, zone(drawn))).collect();
    let sectors =
        agreement.sectors.iter().flat_map(|(name, of)| of.iter().map(move |(sector, drawn)| (name, sector, drawn)));
    let sectors: Vec<_> = sectors.map(|(name, sector, drawn)| (name, sector, zone(drawn))).collect();
    let lines: Vec<_> = agreement.lines.iter().map(|(name, mapped)| (name, of_line(&mapped.line))).collect();
    let all: [&dyn Debug; 4] = [&zones, &by_party, &sectors, &lines];
    hash(all)
}

/// The corners, without what is worked out from them.
fn of_area(area: &Area) -> String {
    format!("{:?}", area.polygons())
}

fn of_line(line: &Line) -> String {
    format!("{:?}", line.paths())
}

fn watched(watch: &Watch<'_>) -> String {
    let mut efforts: Vec<String> = Vec::new();
    for effort in watch.efforts {
        let (area, able) = (of_area(&effort.area), &effort.able);
        let (source, means, span, outcome) = (&effort.source, effort.means, effort.span, effort.outcome);
        efforts.push(format!("{} {source:?} {means:?} {span:?} {outcome:?} {able:?} {area}", effort.id));
    }
    efforts.sort();
    let mut heard: Vec<String> = watch.heard.iter().map(|heard| format!("{heard:?}")).collect();
    heard.sort();
    hash(efforts.iter().chain(&heard))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::AgreementFiles;
    use crate::{instances, judge, read};

    const TEXT: &str = "---\nagreement: case\ntitle: A case\nversion: 1\nin-force: 2026-04-11 16:00 Europe/Kyiv\n\
        ends: 2026-04-13 00:00 Europe/Kyiv\ntime-zone: Europe/Kyiv\n---\n\n## Article 1. The rule\n\nThey shall not fire.\n\n\
        ```backstop\nparties North, South\nevent fire = shelling\nrule A1 of each party: never fire\n```\n";

    fn receipt(text: &str, shots: &[&str], known_until: &str, log: Option<(u64, &str)>) -> RunReceipt {
        let (agreement, _) = read(&AgreementFiles { text: text.to_owned(), ..AgreementFiles::default() });
        let table: String =
            shots.iter().map(|id| format!("| {id} | shelling | 2026-04-12T10:00:00+03:00 | North |\n")).collect();
        let page = format!("| id | act | happened | by |\n|---|---|---|---|\n{table}\nAt: 2026-04-14 12:00\n");
        let told = crate::scenario(&page, &agreement).expect("a scenario");
        let at = told.moments[0].at;
        let known_until = Instant::parse(known_until).expect("a time");
        let watch = Watch { efforts: &[], known_until, sources: &[], heard: &[] };
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
        assert_eq!(first.differs(&worded), ["document", "plan"], "a plan knows where in the text its rules stand");
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

    #[test]
    fn only_its_own_text_is_read() {
        let receipt = receipt(TEXT, &["INC-A"], KNOWN, Some((7, "abc")));
        let text = receipt.to_string();
        assert_eq!(RunReceipt::read(&text), Some(receipt));
        assert_eq!(RunReceipt::read(&text.replace("run 1", "run 2")), None);
        assert_eq!(RunReceipt::read(&text.replace("\nlog", "\nledger")), None);
        assert_eq!(RunReceipt::read(&format!("{text}more\n")), None);
        assert_eq!(RunReceipt::read(""), None);
    }
}
