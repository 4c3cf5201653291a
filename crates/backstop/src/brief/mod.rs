//! What concerns one guarantor or party: in words for a terminal, as data, and on two pages of paper.
//!
//! Takes guarantees as an onlooker may see them, and whom the brief is for; gives what it owes and is owed and until when, what it has
//! not confirmed, what it promised and what came, where its documents stand, and what nobody has said. Never shows more than
//! its onlooker may see: nothing else is in what it takes.

mod paper;

use crate::http::guarantees::{Answer, ClockLine, CommitmentLine, InstrumentLine, MemberLine, PartyLine, written};
use clause::guarantee::Package;
use mission::{Guarantees, Onlooker};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use terms::{Instant, Party};

const DUE: &[&str] = &["running", "paused", "pending"];
const OVER: &[&str] = &["expired", "late"];
const UNTOLD: &[&str] = &["cannot tell"];

/// What concerns one, as of an instant.
pub(crate) struct Brief<'a> {
    answer: Answer,
    /// Where each promise lies in the answer, by its id.
    places: BTreeMap<String, usize>,
    package: &'a Package,
    /// How many deeds and notices it follows from.
    known: (usize, usize),
    who: Party,
    at: Instant,
    data_class: String,
}

/// Rows of one kind.
struct Part {
    heading: &'static str,
    /// What its rows are, in the count above.
    counted: &'static str,
    tone: &'static str,
    /// The command that lists them all.
    listed_by: &'static str,
    rows: Vec<Row>,
}

/// One thing that is owed, promised or signed.
struct Row {
    /// When it is over.
    due: Option<String>,
    state: String,
    tone: &'static str,
    head: String,
    /// The name by which other commands know it.
    name: String,
    /// What else, each perhaps with what it is.
    lines: Vec<(&'static str, String)>,
    sources: Vec<String>,
}

/// How much a reader may not see; nothing if there is nothing.
pub(crate) fn withheld(count: usize) -> Option<String> {
    (count > 0).then(|| format!("{count} pages and deeds are closed to this reader"))
}

impl<'a> Brief<'a> {
    /// The brief for one whom the package names; otherwise, who is named.
    pub(crate) fn of(guarantees: &'a Guarantees, who: &str, data_class: &str) -> Result<Brief<'a>, String> {
        let package = &*guarantees.package;
        let Some(named) = package.party(who) else {
            let all = package.parties.iter().chain(&package.bodies);
            let all: Vec<&str> = all.map(|(party, _)| party.as_str()).collect();
            return Err(format!("the package names no `{who}`; it names {}", all.join(", ")));
        };
        let answer = written(guarantees);
        let places = (0..).zip(&answer.commitments).map(|(place, one)| (one.id.clone(), place)).collect();
        Ok(Brief {
            answer,
            places,
            package,
            known: (guarantees.deeds.len(), guarantees.notices.len()),
            who: named.clone(),
            at: guarantees.sheet.at,
            data_class: data_class.to_owned(),
        })
    }

    /// As whom a brief for somebody is made: what the staff hands out holds nothing that is closed to the one who gets it.
    pub(crate) fn seen_by(onlooker: Onlooker, who: &Party) -> Onlooker {
        match onlooker {
            Onlooker::Mission => Onlooker::Of(who.clone()),
            Onlooker::Of(_) | Onlooker::Public => onlooker,
        }
    }

    pub(crate) fn data(&self) -> Value {
        let unconfirmed: Vec<_> =
            self.unconfirmed().into_iter().map(|(clock, by)| json!({ "clock": clock.id, "told_by": by })).collect();
        let owed =
            |states| self.clocks(states, |one| &one.debtor).into_iter().map(|(clock, _)| clock).collect::<Vec<_>>();
        json!({
            "for": self.who.as_str(),
            "data_class": self.data_class,
            "as_of": self.answer.as_of,
            "due": owed(DUE),
            "over": owed(OVER),
            "cannot_tell": owed(UNTOLD),
            "due_to_it": self.due_to_it().into_iter().map(|(clock, _)| clock).collect::<Vec<_>>(),
            "unconfirmed": unconfirmed,
            "commitments": self.promises(),
            "promised_to_it": self.promises_to_it(),
            "as_member": self.of_groups().into_iter().map(|(one, _)| one).collect::<Vec<_>>(),
            "withheld": self.answer.withheld,
        })
    }

    pub(crate) fn text(&self) -> String {
        let answer = &self.answer;
        let mut text = String::new();
        if let Some(banner) = self.banner() {
            let _ = writeln!(text, "{banner}");
        }
        let _ = writeln!(text, "Brief for {}\n{}, version {}", self.shown(), answer.title, answer.version);
        let _ = writeln!(text, "as of {}", self.package.civil(self.at));
        for part in self.parts() {
            let _ = writeln!(text, "\n{}", part.heading);
            for row in &part.rows {
                let due = row.due.as_ref().map_or_else(String::new, |due| format!("{due}  "));
                let _ = writeln!(text, "  {due}{}, {}", row.name, row.state);
                let _ = writeln!(text, "    {}", row.head);
                for (label, said) in &row.lines {
                    let _ = writeln!(text, "    {}{said}", labelled(label));
                }
            }
            if part.rows.is_empty() {
                text.push_str("  nothing\n");
            }
        }
        if let Some(withheld) = self.withheld() {
            let _ = writeln!(text, "\n{withheld}");
        }
        text
    }

    /// What stands on everything that is made of invented data, or for an exercise.
    fn banner(&self) -> Option<&'static str> {
        match self.data_class.as_str() {
            "simulated" => Some("SIMULATED: what stands here is invented"),
            "exercise" => Some("EXERCISE: what stands here happened in an exercise"),
            _ => None,
        }
    }

    fn withheld(&self) -> Option<String> {
        withheld(self.answer.withheld)
    }

    fn shown(&self) -> &str {
        self.package.display(&self.who)
    }

    /// A civil time without the zone, which the brief says once.
    fn minute(&self, instant: Instant) -> String {
        let civil = self.package.civil(instant);
        civil.strip_suffix(self.package.time_zone.as_str()).unwrap_or(&civil).trim_end().to_owned()
    }

    /// Clocks in one of these states, of promises of which this party is the one or the other.
    fn clocks(&self, states: &[&str], whose: fn(&CommitmentLine) -> &str) -> Vec<(&ClockLine, &CommitmentLine)> {
        let among = self.answer.clocks.iter().filter(|clock| states.contains(&clock.state.as_str()));
        let among = among.filter_map(|clock| Some((clock, self.promise_of(clock)?)));
        let mut clocks: Vec<_> = among.filter(|(_, one)| whose(one) == self.who.as_str()).collect();
        // What is stopped has no end, and stands last.
        clocks.sort_by_key(|(clock, _)| (clock.due.is_none(), clock.due.clone(), clock.id.clone()));
        clocks
    }

    fn promise_of(&self, clock: &ClockLine) -> Option<&CommitmentLine> {
        self.places.get(&clock.commitment).map(|place| &self.answer.commitments[*place])
    }

    fn due_to_it(&self) -> Vec<(&ClockLine, &CommitmentLine)> {
        self.clocks(&[DUE, OVER, UNTOLD].concat(), |one| &one.beneficiary)
    }

    fn promises(&self) -> Vec<&CommitmentLine> {
        self.answer.commitments.iter().filter(|one| one.debtor == self.who.as_str()).collect()
    }

    fn promises_to_it(&self) -> Vec<&CommitmentLine> {
        self.answer.commitments.iter().filter(|one| one.beneficiary == self.who.as_str()).collect()
    }

    /// Promises of groups that it is a member of.
    fn of_groups(&self) -> Vec<(&CommitmentLine, &MemberLine)> {
        let mine = |one: &'_ CommitmentLine| one.members.iter().position(|member| member.who == self.who.as_str());
        let all = self.answer.commitments.iter();
        all.filter_map(|one| mine(one).map(|place| (one, &one.members[place]))).collect()
    }

    /// Clocks of which it was told and has not confirmed it.
    fn unconfirmed(&self) -> Vec<(&ClockLine, &str)> {
        let told = self.answer.clocks.iter().flat_map(|clock| clock.told.iter().map(move |told| (clock, told)));
        let open = told.filter(|(_, told)| told.who == self.who.as_str() && told.acknowledged.is_none());
        open.map(|(clock, told)| (clock, told.by.as_str())).collect()
    }

    /// All of it, the most urgent first.
    fn parts(&self) -> Vec<Part> {
        let owed = |states| {
            self.clocks(states, |one| &one.debtor).into_iter().map(|(clock, one)| self.clock(clock, one, self.to(one)))
        };
        let part = |heading, counted, tone, listed_by, rows| Part { heading, counted, tone, listed_by, rows };
        let told = self.unconfirmed().into_iter().map(|(clock, by)| self.told(clock, by));
        let documents = self.answer.instruments.iter();
        let mine = |one: &InstrumentLine| one.parties.iter().position(|party| party.who == self.who.as_str());
        let documents = documents.filter_map(|one| mine(one).map(|index| document(one, &one.parties[index])));
        vec![
            part("Due from you", "due from you", "due", "clocks", owed(DUE).collect()),
            part("Ran out, or met late", "ran out, or met late", "over", "clocks", owed(OVER).collect()),
            part("Cannot be told", "cannot be told", "unsure", "clocks", owed(UNTOLD).collect()),
            part("You were told, and have not confirmed it", "told and not confirmed", "due", "clocks", told.collect()),
            part(
                "Due to you",
                "due to you",
                "kept",
                "clocks",
                self.due_to_it().into_iter().map(|(clock, one)| self.clock(clock, one, self.by(one))).collect(),
            ),
            part(
                "What you promised",
                "promised by you",
                "plain",
                "commitments",
                self.promises().into_iter().map(|one| self.promised(one, self.to(one))).collect(),
            ),
            part(
                "Promised by a group that you are a member of",
                "promised by a group",
                "plain",
                "commitments",
                self.of_groups().into_iter().map(|(one, member)| self.as_member(one, member)).collect(),
            ),
            part(
                "What is promised to you",
                "promised to you",
                "plain",
                "commitments",
                self.promises_to_it().into_iter().map(|one| self.promised(one, self.by(one))).collect(),
            ),
            part("Your documents", "documents", "plain", "commitments", documents.collect()),
        ]
    }

    fn to(&self, one: &CommitmentLine) -> String {
        format!("To {}: {}", self.named(&one.beneficiary), one.says)
    }

    fn by(&self, one: &CommitmentLine) -> String {
        format!("By {}: {}", self.named(&one.debtor), one.says)
    }

    fn between(&self, one: &CommitmentLine) -> String {
        format!("{} to {}: {}", self.named(&one.debtor), self.named(&one.beneficiary), one.says)
    }

    fn named<'b>(&'b self, who: &'b str) -> &'b str {
        self.answer.parties.iter().find(|one| one.id == who).map_or(who, |one| one.says.as_str())
    }

    fn clock(&self, clock: &ClockLine, one: &CommitmentLine, head: String) -> Row {
        let due = clock.due.as_deref().and_then(Instant::parse).map(|due| self.minute(due));
        let mut lines = Vec::new();
        if let Some(reading) = &clock.reading {
            let says = self.answer.readings.iter().find(|one| one.id == *reading).map_or("", |one| one.says.as_str());
            lines.push(("if", says.to_owned()));
        }
        lines.push(("", clock.arithmetic.clone()));
        lines.extend(clock.because.iter().map(|why| ("because", why.clone())));
        let follows = clock.on_expiry.clone().unwrap_or_else(|| "the text does not say".to_owned());
        lines.push(("when it runs out:", follows));
        let tone = match clock.state.as_str() {
            "running" | "paused" | "pending" => "due",
            "expired" | "late" => "over",
            _ => "unsure",
        };
        let due = due.unwrap_or_else(|| "stopped".to_owned());
        let (state, name, sources) = (clock.state.clone(), clock.id.clone(), one.cited.sources.clone());
        Row { due: Some(due), state, tone, head, name, lines, sources }
    }

    fn promised(&self, one: &CommitmentLine, head: String) -> Row {
        let (state, tone) = answered(&one.stands.answer, "can be called upon", "cannot be called upon");
        let mut lines: Vec<_> = one.stands.because.iter().map(|why| ("because", why.clone())).collect();
        let rungs: Vec<String> = one.rungs.iter().map(|rung| format!("{} {}", rung.rung, rung.shown)).collect();
        let rungs = if rungs.is_empty() { "not reported".to_owned() } else { rungs.join(", ") };
        lines.push(("deliveries:", rungs));
        lines.extend(one.caveats.iter().map(|caveat| ("caveat:", caveat.clone())));
        lines.extend(one.cited.gaps.iter().map(|gap| ("not public or not said:", gap.clone())));
        Row { due: None, state, tone, head, name: one.id.clone(), lines, sources: one.cited.sources.clone() }
    }

    fn as_member(&self, one: &CommitmentLine, member: &MemberLine) -> Row {
        let (state, tone) = answered(&member.stands.answer, "can be called upon", "cannot be called upon");
        let mut lines: Vec<_> = member.stands.because.iter().map(|why| ("because", why.clone())).collect();
        lines.extend(one.caveats.iter().map(|caveat| ("caveat:", caveat.clone())));
        Row {
            due: None,
            state,
            tone,
            head: self.between(one),
            name: one.id.clone(),
            lines,
            sources: one.cited.sources.clone(),
        }
    }

    fn told(&self, clock: &ClockLine, by: &str) -> Row {
        let head = self.promise_of(clock).map_or_else(String::new, |one| self.between(one));
        let lines = vec![("told by", by.to_owned()), ("started by", clock.started_by.clone())];
        let state = "not confirmed".to_owned();
        Row { due: None, state, tone: "due", head, name: clock.id.clone(), lines, sources: Vec::new() }
    }
}

fn document(one: &InstrumentLine, party: &PartyLine) -> Row {
    let state = party.state.clone().unwrap_or_else(|| "nothing known".to_owned());
    let mut lines = Vec::new();
    if let Some(binds) = &party.binds {
        let because = if binds.because.is_empty() { String::new() } else { format!(": {}", binds.because.join("; ")) };
        lines.push(("binds you?", format!("{}{because}", binds.answer)));
    }
    lines.extend(one.cited.gaps.iter().map(|gap| ("not public or not said:", gap.clone())));
    let tone = if party.state.is_some() { "kept" } else { "unsure" };
    let sources = one.cited.sources.clone();
    Row { due: None, state, tone, head: one.title.clone(), name: one.id.clone(), lines, sources }
}

/// An answer of three in words, with its tone.
fn answered(answer: &str, yes: &str, no: &str) -> (String, &'static str) {
    match answer {
        "yes" => (yes.to_owned(), "kept"),
        "no" => (no.to_owned(), "plain"),
        _ => ("cannot be told".to_owned(), "unsure"),
    }
}

fn labelled(label: &str) -> String {
    if label.is_empty() { String::new() } else { format!("{label} ") }
}
