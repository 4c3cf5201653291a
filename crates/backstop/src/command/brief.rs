//! `backstop brief`: what concerns one guarantor or party, on a page for people who have a minute.
//!
//! Takes a store, a party and an instant; prints what it owes and until when, what it has not confirmed, what it promised and
//! what came, where its documents stand, and what nobody has said. Never shows what that party may not see.

use super::guarantees::{AsOf, withheld};
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::http::guarantees::{Answer, ClockLine, CommitmentLine, written};
use clap::Args;
use clause::guarantee::Package;
use serde_json::json;
use std::fmt::Write;
use terms::Instant;

#[derive(Args)]
pub(super) struct BriefArgs {
    #[command(flatten)]
    as_of: AsOf,
}

pub(super) fn run(common: &Common, args: &BriefArgs) -> Result<Exit, Failure> {
    let Some(party) = args.as_of.party() else {
        return Err(Failure::new(Exit::Usage, "a brief is for somebody: add `--for PARTY`"));
    };
    let guarantees = args.as_of.guarantees(common)?;
    let package = &guarantees.package;
    let Some(named) = package.party(party) else {
        let all = package.parties.iter().chain(&package.bodies);
        let all: Vec<&str> = all.map(|(party, _)| party.as_str()).collect();
        let why = format!("the package names no `{party}`; it names {}", all.join(", "));
        return Err(Failure::new(Exit::NotFound, why));
    };
    let answer = written(&guarantees);
    let brief = Brief { answer: &answer, package, who: named.as_str(), at: guarantees.sheet.at };
    if common.json {
        return print_json("backstop.brief/1", Exit::Done, brief.data());
    }
    print(&brief.text(package.display(named)))
}

struct Brief<'a> {
    answer: &'a Answer,
    package: &'a Package,
    who: &'a str,
    at: Instant,
}

impl Brief<'_> {
    fn clocks(&self, states: &[&str]) -> Vec<&ClockLine> {
        let theirs = |clock: &&ClockLine| clock.debtor == self.who && states.contains(&clock.state.as_str());
        let mut clocks: Vec<&ClockLine> = self.answer.clocks.iter().filter(theirs).collect();
        clocks.sort_by(|one, other| (&one.due, &one.id).cmp(&(&other.due, &other.id)));
        clocks
    }

    fn promises(&self) -> Vec<&CommitmentLine> {
        self.answer.commitments.iter().filter(|one| one.debtor == self.who).collect()
    }

    /// Clocks of which it was told and has not confirmed it.
    fn unconfirmed(&self) -> Vec<(&ClockLine, &str)> {
        let told = self.answer.clocks.iter().flat_map(|clock| clock.told.iter().map(move |told| (clock, told)));
        let open = told.filter(|(_, told)| told.who == self.who && told.acknowledged.is_none());
        open.map(|(clock, told)| (clock, told.by.as_str())).collect()
    }

    fn data(&self) -> serde_json::Value {
        let unconfirmed: Vec<_> =
            self.unconfirmed().into_iter().map(|(clock, by)| json!({ "clock": clock.id, "told_by": by })).collect();
        json!({
            "for": self.who,
            "as_of": self.answer.as_of,
            "due": self.clocks(&["running", "paused", "pending"]),
            "over": self.clocks(&["expired", "late"]),
            "cannot_tell": self.clocks(&["cannot tell"]),
            "unconfirmed": unconfirmed,
            "commitments": self.promises(),
            "withheld": self.answer.withheld,
        })
    }

    fn text(&self, shown: &str) -> String {
        let answer = self.answer;
        let mut text = format!("Brief for {shown}\n{}, version {}\n", answer.title, answer.version);
        let _ = writeln!(text, "as of {}\n", self.package.civil(self.at));
        let parts: [(&str, &[&str]); 3] = [
            ("Due from you", &["running", "paused", "pending"]),
            ("Ran out, or met late", &["expired", "late"]),
            ("Cannot be told", &["cannot tell"]),
        ];
        for (title, states) in parts {
            let _ = writeln!(text, "{title}");
            let clocks = self.clocks(states);
            for clock in &clocks {
                self.clock(clock, &mut text);
            }
            nothing(clocks.len(), &mut text);
        }
        let _ = writeln!(text, "You were told, and have not confirmed it");
        let unconfirmed = self.unconfirmed();
        for (clock, by) in &unconfirmed {
            let _ = writeln!(text, "  {by}, of {}", clock.id);
        }
        nothing(unconfirmed.len(), &mut text);
        let _ = writeln!(text, "What you promised");
        let promises = self.promises();
        for one in &promises {
            promise(one, &mut text);
        }
        nothing(promises.len(), &mut text);
        let _ = writeln!(text, "Your documents");
        let mut count = 0;
        for one in &answer.instruments {
            for party in one.parties.iter().filter(|party| party.who == self.who) {
                count += 1;
                let state = party.state.as_deref().unwrap_or("nothing known");
                let because = party.binds.as_ref().map_or_else(String::new, |binds| {
                    let why = if binds.because.is_empty() {
                        String::new()
                    } else {
                        format!(": {}", binds.because.join("; "))
                    };
                    format!("; binds you? {}{why}", binds.answer)
                });
                let _ = writeln!(text, "  {} ({}): {state}{because}", one.title, one.id);
            }
        }
        nothing(count, &mut text);
        text.push_str(&withheld(answer.withheld));
        text
    }

    fn clock(&self, clock: &ClockLine, text: &mut String) {
        let due = clock.due.as_deref().and_then(Instant::parse);
        let due = due.map_or_else(|| "stopped".to_owned(), |due| self.package.civil(due));
        let _ = writeln!(text, "  {due}  {}, {}", clock.id, clock.state);
        let says = self.answer.commitments.iter().find(|one| one.id == clock.commitment);
        if let Some(one) = says {
            let _ = writeln!(text, "    to {}: {}", one.beneficiary, one.says);
        }
        let _ = writeln!(text, "    {}", clock.arithmetic);
        for why in &clock.because {
            let _ = writeln!(text, "    because {why}");
        }
        let follows = clock.on_expiry.as_deref().unwrap_or("the text does not say");
        let _ = writeln!(text, "    when it runs out: {follows}");
    }
}

fn promise(one: &CommitmentLine, text: &mut String) {
    let because =
        if one.stands.because.is_empty() { String::new() } else { format!(": {}", one.stands.because.join("; ")) };
    let _ = writeln!(text, "  {}, to {}: {}", one.id, one.beneficiary, one.says);
    let _ = writeln!(text, "    can you be called upon? {}{because}", one.stands.answer);
    let rungs: Vec<String> = one.rungs.iter().map(|rung| format!("{} {}", rung.rung, rung.shown)).collect();
    let rungs = if rungs.is_empty() { "not reported".to_owned() } else { rungs.join(", ") };
    let _ = writeln!(text, "    deliveries: {rungs}");
    for gap in &one.cited.gaps {
        let _ = writeln!(text, "    gap: {gap}");
    }
}

fn nothing(count: usize, text: &mut String) {
    text.push_str(if count == 0 { "  nothing\n\n" } else { "\n" });
}
