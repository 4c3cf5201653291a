//! Levels: how much is there, as somebody declares, and as an inspection found; and the notices that say so.
//!
//! Takes what was done about one thing, and who may declare and inspect it; gives the last level of each in each unit. A
//! declaration counts from when the one it was sent to confirms that it came, and until then counts for nothing. Never takes
//! what was not reported for nothing there.

use super::deed::{Amount, Deed, DeedKind};
use super::matching::Ledger;
use std::collections::BTreeMap;
use terms::{Label, Party, Span};

/// How much is there in one unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Levels {
    /// The unit.
    pub unit: String,
    /// The last declaration that counts.
    pub declared: Option<Level>,
    /// The last inspection.
    pub verified: Option<Level>,
}

/// One level.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Level {
    /// So much.
    pub amount: Amount,
    /// The deed that says so.
    pub deed: Label,
    /// From when it counts: of a declaration, when it was received; of an inspection, when it was made.
    pub from: Span,
    /// Why it may not be the one that counts.
    pub doubt: Option<String>,
}

/// A typed notice: sent by one end, received by the other, and acknowledged in return.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notified {
    /// The notice.
    pub deed: Deed,
    /// When the one it was sent to confirms that it came, and by which deed. That is its legal time.
    pub received: Option<(Span, Label)>,
    /// When the sender took up the receipt, and by which deed.
    pub closed: Option<(Span, Label)>,
    /// What is wrong with it.
    pub contradicted: Option<String>,
    /// The deed that corrects it: it counts no more.
    pub corrected_by: Option<Label>,
}

impl Notified {
    /// `sent`, `received`, `acknowledged by both` or `corrected`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.corrected_by.is_some() {
            return "corrected";
        }
        match (&self.received, &self.closed) {
            (None, _) => "sent",
            (Some(_), None) => "received",
            (Some(_), Some(_)) => "acknowledged by both",
        }
    }
}

/// The levels of something, its notices, and what does not count.
#[derive(Default)]
pub(super) struct Found {
    pub(super) levels: Vec<Levels>,
    pub(super) notified: Vec<Notified>,
    pub(super) notes: Vec<String>,
}

/// What the ledger holds about something that these may declare and those may inspect. Where nobody is known who may inspect,
/// each inspection is in doubt.
pub(super) fn levels(ledger: &Ledger<'_>, about: &Label, declare: &[&Party], inspect: Option<&[&Party]>) -> Found {
    let mut found = Found::default();
    let (mut declared, mut verified): (BTreeMap<String, Vec<Level>>, BTreeMap<String, Vec<Level>>) = Default::default();
    for deed in ledger.about(about) {
        let may = |who: &[&Party]| deed.by.as_ref().is_some_and(|by| who.contains(&by));
        if deed.what == DeedKind::Declaration {
            let notified = notified(ledger, deed);
            found.notified.push(notified.clone());
            if !may(declare) {
                found.notes.push(format!("{} does not count: its author does not answer for {about}", deed.named()));
                continue;
            }
            let Some(amount) = &deed.amount else {
                found.notes.push(format!("{} does not say how much", deed.named()));
                continue;
            };
            let Some((from, _)) = notified.received else {
                found.notes.push(format!(
                    "{} declares {amount} and does not count yet: nobody it was sent to confirms that it came",
                    deed.named()
                ));
                continue;
            };
            let level =
                Level { amount: amount.clone(), deed: deed.id.clone(), from, doubt: notified.contradicted.clone() };
            declared.entry(amount.unit.clone()).or_default().push(level);
        } else if deed.what == DeedKind::Inspection {
            if !deed.to.is_empty() {
                found.notified.push(notified(ledger, deed));
            }
            if inspect.is_some_and(|those| !may(those)) {
                found.notes.push(format!("{} does not count: its author may not inspect {about}", deed.named()));
                continue;
            }
            let doubt = inspect.is_none().then(|| format!("who may inspect {about} is not public"));
            let Some(amount) = &deed.amount else {
                found.notes.push(format!("{} does not say how much was there", deed.named()));
                continue;
            };
            let level = Level { amount: amount.clone(), deed: deed.id.clone(), from: deed.happened, doubt };
            verified.entry(amount.unit.clone()).or_default().push(level);
        }
    }
    let mut units: Vec<&String> = declared.keys().chain(verified.keys()).collect();
    units.sort();
    units.dedup();
    let last = |of: &BTreeMap<String, Vec<Level>>, unit: &str| of.get(unit).and_then(|levels| last(ledger, levels));
    found.levels = units
        .into_iter()
        .map(|unit| Levels { unit: unit.clone(), declared: last(&declared, unit), verified: last(&verified, unit) })
        .collect();
    found
}

/// The last of several levels, with a doubt where it may not be the last.
fn last(ledger: &Ledger<'_>, levels: &[Level]) -> Option<Level> {
    let mut last = levels.iter().max_by_key(|level| (level.from, &level.deed))?.clone();
    let others = levels.iter().filter(|other| other.deed != last.deed && other.amount != last.amount);
    let near: Vec<&str> =
        others.filter(|other| other.from.latest() >= last.from.earliest()).map(|other| other.deed.as_str()).collect();
    if last.doubt.is_none() {
        if last.from.latest() > ledger.at() {
            last.doubt = Some(format!("whether {} came before is not known", last.deed));
        } else if !near.is_empty() {
            last.doubt = Some(format!("which came last is not known: {} or {}", last.deed, near.join(", ")));
        }
    }
    Some(last)
}

/// What became of a notice.
pub(super) fn notified(ledger: &Ledger<'_>, deed: &Deed) -> Notified {
    let answers = |of: &Label, what: DeedKind| {
        ledger.about(of).filter(move |answer| answer.what == what).collect::<Vec<&Deed>>().into_iter()
    };
    let confirms = |answer: &&Deed| answer.by.as_ref().is_some_and(|by| deed.to.contains(by));
    let receipt = answers(&deed.id, DeedKind::Receipt).filter(confirms).min();
    let by_sender = |answer: &&Deed| answer.by.is_some() && answer.by == deed.by;
    let closed = receipt.and_then(|receipt| {
        let taken_up =
            answers(&deed.id, DeedKind::Acknowledgement).chain(answers(&receipt.id, DeedKind::Acknowledgement));
        taken_up.filter(by_sender).min()
    });
    let before = receipt.filter(|receipt| receipt.happened.latest() < deed.happened.earliest());
    let when = |deed: &Deed| (deed.happened, deed.id.clone());
    Notified {
        deed: deed.clone(),
        received: receipt.map(when),
        closed: closed.map(when),
        contradicted: before.map(|receipt| format!("{} says that it came before {} was sent", receipt.id, deed.id)),
        corrected_by: None,
    }
}
