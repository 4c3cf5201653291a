//! What changed a verdict between two instants.
//!
//! Takes what was said at both; gives what came in between them and bears on it, or the edge of time that was passed.
//! Never names what did not come in between.

use super::Account;
use super::past::{Judgement, Key, Past, Said};
use crate::state::Held;
use std::collections::BTreeSet;
use terms::{Instant, ObservationId, SourceId, Span};

/// So many are named for one step.
const NAMED_MOST: usize = 4;

/// One thing that changed a verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Because {
    /// What it is.
    pub why: Why,
    /// The incident that it is about, as it was named then.
    pub incident: Option<String>,
    /// The log's entry, where it is one.
    pub entry: Option<u64>,
    /// When that was received.
    pub received_at: Option<Instant>,
}

/// What changed a verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// The history begins here.
    Begins,
    /// A text came in or came into force, of this version.
    Text(String),
    /// A ruling of the competent body.
    Ruling(String),
    /// A finding, with its result and who signed it.
    Finding(String, String),
    /// An attribution, with who signed it.
    Attribution(String),
    /// A report, of a source, on what happened then.
    Report(ObservationId, SourceId, Span),
    /// An incident began to count.
    Incident,
    /// An incident counts otherwise than before: other reports or other people's acts changed it.
    Changed,
    /// It was believed otherwise how well each means sees.
    Detection,
    /// So many looks.
    Looks(usize),
    /// The rule's window began.
    WindowBegins,
    /// The rule's window ended.
    WindowEnds,
    /// The time for corrections ran out.
    Closes,
    /// Nothing but time passed: a deadline, or what was watched no longer suffices.
    Time,
}

/// What changed one verdict, or the margin where no key is given.
pub(super) fn why(
    past: &Past<'_>,
    before: Option<(Instant, &Judgement)>,
    (at, judgement): (Instant, &Judgement),
    key: Option<&Key>,
) -> Vec<Because> {
    let Some((since, before)) = before else { return vec![plain(Why::Begins)] };
    let entry = |judgement: &Judgement| judgement.version.as_ref().map(|held| held.entry);
    if entry(before) != entry(judgement) {
        return judgement.version.iter().map(|held| of(Why::Text(held.what.agreement.version.clone()), held)).collect();
    }
    let edge = edge(past, judgement, key, at).map(plain);
    let changed = changed(before, judgement, key);
    let mut because: Vec<Because> = match past.account {
        Account::AsJudgedThen => changed.iter().flat_map(|id| came(past, before, judgement, id, (since, at))).collect(),
        Account::AsOfNow => changed.iter().map(|id| began(before, judgement, id)).collect(),
    };
    // What is only known to have changed says nothing beside what changed it, or beside an edge that changes all at once.
    if edge.is_some() || because.iter().any(|because| because.why != Why::Changed) {
        because.retain(|because| because.why != Why::Changed);
    }
    if edge.is_some() && past.account == Account::AsOfNow {
        because.clear();
    }
    // Sorting is stable: what surely falls under the rule stays before what may.
    because.sort_by_key(rank);
    let mut because: Vec<Because> = edge.into_iter().chain(because).take(NAMED_MOST).collect();
    if because.is_empty() {
        because.push(looked(past, since, at));
    }
    because
}

fn plain(why: Why) -> Because {
    Because { why, incident: None, entry: None, received_at: None }
}

fn of<T>(why: Why, held: &Held<T>) -> Because {
    Because { why, incident: None, entry: Some(held.entry), received_at: Some(held.received_at) }
}

/// Acts of people before reports, and both before what is only known to have changed.
fn rank(because: &Because) -> u8 {
    match because.why {
        Why::Ruling(_) => 0,
        Why::Finding(..) => 1,
        Why::Attribution(_) => 2,
        Why::Report(..) | Why::Incident => 3,
        Why::Changed
        | Why::Begins
        | Why::Text(_)
        | Why::Detection
        | Why::Looks(_)
        | Why::WindowBegins
        | Why::WindowEnds
        | Why::Closes
        | Why::Time => 4,
    }
}

/// The incidents that bear otherwise than before on the verdict, those that surely fall under it first; on those of its
/// reading and footing where it has none of its own, as a sum of several; on any, for the margin.
fn changed(before: &Judgement, judgement: &Judgement, key: Option<&Key>) -> Vec<String> {
    let of =
        |judgement: &Judgement, key: &Key| judgement.said.get(key).map(|said| said.notes.clone()).unwrap_or_default();
    let differing = |key: &Key| -> BTreeSet<(bool, String)> {
        let (was, is) = (of(before, key), of(judgement, key));
        let ids = was.keys().chain(is.keys()).filter(|id| was.get(*id) != is.get(*id));
        ids.map(|id| (is.get(id) != Some(&true), id.clone())).collect()
    };
    let ids = |found: BTreeSet<(bool, String)>| found.into_iter().map(|(_, id)| id).collect();
    let own = key.map(differing).unwrap_or_default();
    let has_its_own = key.is_some_and(|key| judgement.said.get(key).is_some_and(|said| !said.notes.is_empty()));
    if !own.is_empty() || has_its_own {
        return ids(own);
    }
    let gist = |said: &Said| (said.value, said.standing);
    let kin = judgement.said.iter().filter(|(other, said)| {
        let akin = key.is_none_or(|key| (&key.0, key.2) == (&other.0, other.2));
        akin && before.said.get(*other).map(gist) != Some(gist(said))
    });
    ids(kin.flat_map(|(key, _)| differing(key)).collect())
}

/// What came in between on an incident.
fn came(
    past: &Past<'_>,
    before: &Judgement,
    judgement: &Judgement,
    id: &str,
    (since, at): (Instant, Instant),
) -> Vec<Because> {
    let members = judgement.reports.get(id).or_else(|| before.reports.get(id)).map_or(&[][..], |reports| &reports[..]);
    let new = |received_at: Instant| received_at > since && received_at <= at;
    let ours = |observations: &[ObservationId]| observations.first().is_some_and(|first| members.contains(first));
    let mission = past.mission;
    let mut because: Vec<Because> = Vec::new();
    for held in mission.rulings.iter().filter(|held| new(held.received_at) && ours(&held.what.observations)) {
        because.push(of(Why::Ruling(held.what.body.to_string()), held));
    }
    for held in mission.findings.iter().filter(|held| new(held.received_at) && ours(&held.what.observations)) {
        because.push(of(Why::Finding(held.what.result.word().to_owned(), held.what.signed_by.clone()), held));
    }
    for held in mission.attributions.iter().filter(|held| new(held.received_at) && ours(&held.what.observations)) {
        because.push(of(Why::Attribution(held.what.signed_by.clone()), held));
    }
    let reports = members.iter().filter_map(|member| mission.observations.get(member));
    for held in reports.filter(|held| new(held.received_at.max(held.what.happened.earliest()))) {
        because.push(of(Why::Report(held.what.id, held.what.source.clone(), held.what.happened), held));
    }
    if because.is_empty() {
        because.push(plain(Why::Changed));
    }
    because.into_iter().map(|because| Because { incident: Some(id.to_owned()), ..because }).collect()
}

/// From now, an incident begins when it happened, or it counts otherwise.
fn began(before: &Judgement, judgement: &Judgement, id: &str) -> Because {
    let new = judgement.reports.contains_key(id) && !before.reports.contains_key(id);
    Because { incident: Some(id.to_owned()), ..plain(if new { Why::Incident } else { Why::Changed }) }
}

/// The edge of the rule's time that was passed at an instant.
fn edge(past: &Past<'_>, judgement: &Judgement, key: Option<&Key>, at: Instant) -> Option<Why> {
    let agreement = &judgement.version.as_ref()?.what.agreement;
    let rule = agreement.rule(past.rule())?;
    let meant = |reading: &&clause::Reading| key.is_none_or(|(id, ..)| id.as_ref().is_none_or(|id| *id == reading.id));
    agreement.readings_of(rule).iter().filter(meant).find_map(|reading| {
        let window = rule.window(reading)?;
        let closes = agreement.closes(rule, reading);
        if at == window.from {
            Some(Why::WindowBegins)
        } else if window.until.is_some_and(|until| at == until.shifted(1)) {
            Some(Why::WindowEnds)
        } else {
            (closes == Some(at)).then_some(Why::Closes)
        }
    })
}

/// How well looks are believed to see, where that changed in between; the looks that began to count; where there were none, time alone.
fn looked(past: &Past<'_>, since: Instant, at: Instant) -> Because {
    let adopted = past.mission.detections.iter().find(|held| held.received_at > since && held.received_at <= at);
    match (past.account, adopted, past.looked_by(at) - past.looked_by(since)) {
        (Account::AsJudgedThen, Some(held), _) => of(Why::Detection, held),
        (_, _, 0) => plain(Why::Time),
        (_, _, looks) => plain(Why::Looks(looks)),
    }
}
