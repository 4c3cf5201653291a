//! Rules and facts in the language of other people's monitors: MFOTL as MonPoly and VeriMon read it, and their logs.
//!
//! Takes an agreement, and facts of one footing; gives a signature, one formula of violation for each rule, a log, and by
//! name everything that they leave out. Never says a rule by halves, and never writes a fact that is not certain.

mod formula;
mod log;
mod plan;

pub use log::{MfotlLog, mfotl_log};

use crate::agreement::Agreement;
use crate::sentence::{Language, sentence};
use plan::{Plan, plans};
use std::fmt::Write;
use terms::Label;

/// An agreement as a foreign monitor reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mfotl {
    /// Every predicate with its columns.
    pub signature: String,
    /// The rules that can be said, in the text's order.
    pub rules: Vec<MfotlRule>,
    /// The rules that cannot, each with the reason.
    pub unsaid: Vec<(Label, String)>,
}

/// One rule under one reading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MfotlRule {
    /// The rule.
    pub rule: Label,
    /// The reading, where it depends on one.
    pub reading: Option<Label>,
    /// What its predicates end in, and how its file is named.
    pub name: String,
    /// What holds of each violation, with comments.
    pub formula: String,
}

/// An agreement in MFOTL. A violation is a pair: whom it is about, and the fact, `clause`, or the number of the stretch.
#[must_use]
pub fn mfotl(agreement: &Agreement) -> Mfotl {
    let (plans, unsaid) = plans(agreement);
    let mut signature = format!("# {}, version {}\n", one_line(&agreement.title), one_line(&agreement.version));
    let mut rules = Vec::new();
    for plan in &plans {
        for (predicate, columns) in plan.predicates() {
            let _ = writeln!(signature, "{predicate}({columns})");
        }
        rules.push(MfotlRule {
            rule: plan.rule.id.clone(),
            reading: plan.rule.depends_on_reading.then(|| plan.reading.id.clone()),
            name: plan.name.clone(),
            formula: commented(agreement, plan),
        });
    }
    Mfotl { signature, rules, unsaid }
}

fn commented(agreement: &Agreement, plan: &Plan<'_>) -> String {
    let reading =
        if plan.rule.depends_on_reading { format!(", as {} reads it", plan.reading.id) } else { String::new() };
    let said = one_line(&sentence(agreement, plan.rule, Language::English));
    let heading = format!("# {}{reading}: {said}\n", plan.rule.id);
    format!(
        "{heading}# A violation: whom it is about (k), and of what (i). Times are milliseconds.\n{}\n",
        formula::formula(plan)
    )
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
