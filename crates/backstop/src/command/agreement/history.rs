//! `backstop agreement history`: how what is said of a rule of the adopted text went, step by step.
//!
//! Takes a store, a rule and which of two questions is asked; prints steps with what changed each. Never mixes what was
//! said then with what is known now.

use super::super::outcome::{print, print_json};
use super::super::{AccountArg, Common, Exit, Failure, instant_or};
use crate::http::history::{Because, History, Step, Strip, written};
use crate::station;
use mission::{Account, Moment, Reader};
use std::fmt::Write;
use terms::{Instant, Label};

pub(super) fn run(
    common: &Common,
    rule: &str,
    account: Account,
    at: Option<&str>,
    reader: Reader,
) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let at = instant_or(at, || mission.latest().unwrap_or_else(crate::clock::now))?;
    let none = || {
        let advice = "`backstop agreement show` lists the rules of a text";
        Failure::new(Exit::NotFound, format!("no text that was adopted by then has a rule `{rule}`; {advice}"))
    };
    let id = Label::new(rule).ok_or_else(none)?;
    let history = mission.history(&id, account, at, reader).ok_or_else(none)?;
    let view = mission.view(Moment::at(at), reader);
    let history = written(&view, &id, &history);
    if common.json {
        let history = serde_json::to_value(&history).expect("invariant: a history is plain JSON");
        return print_json("backstop.history/1", Exit::Done, history);
    }
    let civil = |at: &str| match (&view.adopted, Instant::parse(at)) {
        (Some(held), Some(at)) => held.what.agreement.civil(at),
        (None, _) | (_, None) => at.to_owned(),
    };
    print(&told(&history, &civil))
}

fn told(history: &History, civil: &dyn Fn(&str) -> String) -> String {
    let question = match history.account.as_str() {
        "now" => "what is to be said about each instant, with all that is known now",
        _ => "what was said at each instant, with what was known by then",
    };
    let (from, until) = (civil(&history.from), civil(&history.until));
    let mut text = format!("{}: {question}\nfrom {from} to {until}, {}\n", history.rule, history.judged_in_words());
    text.push_str("\nin the margin of the text\n");
    history.margin.iter().for_each(|step| tell(step, civil, &mut text));
    for strip in &history.strips {
        let _ = writeln!(text, "\n{}", head(strip));
        strip.steps.iter().for_each(|step| tell(step, civil, &mut text));
    }
    text
}

fn head(strip: &Strip) -> String {
    let reading = strip.reading.as_ref().map_or(String::new(), |reading| format!("as {reading} reads it, "));
    let bearer = strip.bearer.as_deref().unwrap_or("the parties together");
    format!("{reading}{bearer}, as {}", strip.footing)
}

fn tell(step: &Step, civil: &dyn Fn(&str) -> String, text: &mut String) {
    let value = step.value.as_deref().unwrap_or("no such rule in the text");
    let standing = step.standing.as_ref().map_or(String::new(), |standing| format!(" ({standing})"));
    let was = step.was.as_ref().map_or(String::new(), |was| format!(", final as {was}"));
    let colon = if step.summary.is_empty() { "" } else { ": " };
    let _ = writeln!(text, "  {}  {value}{standing}{was}{colon}{}", civil(&step.from), step.summary);
    for because in &step.because {
        let _ = writeln!(text, "      {}", reason(because));
    }
}

fn reason(because: &Because) -> String {
    let who = because.who.as_deref().unwrap_or("nobody");
    let result = because.result.as_deref().unwrap_or("made");
    let entry = because.entry.map_or(String::new(), |entry| format!(" (entry {entry})"));
    let incident = because.incident.as_ref().map_or(String::new(), |id| format!(" on {id}"));
    let late = because.late_ms.map_or(String::new(), |ms| format!(", {} min after it happened", ms / 60_000));
    match because.why.as_str() {
        "begins" => "the history begins".to_owned(),
        "text" => format!("version {who} of the text{entry}"),
        "ruling" => format!("a ruling of {who}{incident}{entry}"),
        "finding" => format!("a finding signed by {who}: {result}{incident}{entry}"),
        "attribution" => format!("an attribution signed by {who}{incident}{entry}"),
        "report" => format!("a report of {who}{incident}{late}{entry}"),
        "incident" => format!("{} happened", because.incident.as_deref().unwrap_or("it")),
        "changed" => format!("{} counts otherwise", because.incident.as_deref().unwrap_or("it")),
        "looks" => format!("{} looks came to count", because.looks.unwrap_or(0)),
        "window begins" => "the rule's time began".to_owned(),
        "window ends" => "the rule's time ended".to_owned(),
        "closes" => "the time for corrections ran out".to_owned(),
        _ => "nothing but time passed".to_owned(),
    }
}

impl From<AccountArg> for Account {
    fn from(account: AccountArg) -> Account {
        match account {
            AccountArg::Then => Account::AsJudgedThen,
            AccountArg::Now => Account::AsOfNow,
        }
    }
}
