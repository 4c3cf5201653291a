//! Agreements as code: the text that people negotiated, read to rules; and rules with facts, read to verdicts.
//!
//! Takes an agreement's files, facts, efforts and an instant; gives the agreement with remarks upon it, and for every
//! rule, reading, bearer and footing a verdict with its because. Never fails on text, never reads a clock or a file,
//! never says `complied` where nobody looked, never computes a ruling.

#![expect(
    clippy::result_large_err,
    reason = "a remark is what reading is for; it is made once per mistake, never in a loop"
)]

// The text.
pub mod agreement;
pub mod remark;
pub mod rule;

mod advice;
mod calendar;
mod definitions;
mod document;
mod front;
mod grammar;
mod lean;
mod lint;
mod lower;
mod map;
mod names;
mod syntax;
mod token;

mod read;
mod resolve;
mod said;
mod sentence;

// The judgement.
pub mod fact;
pub mod instance;
pub mod verdict;

mod bears;
mod clock;
mod held;
mod instances;
mod judge;
mod kept;
mod kinds;
mod matter;
mod monitor;
mod needed;
mod power;
mod roll;
mod start;
mod sum;
mod timeline;
mod turns;

// The proof.
mod chance;
mod check;

// Tools for drafters.
mod diff;
mod edge;
mod effect;
mod explanation;
mod format;
mod outline;
mod probe;
mod scenario;
mod simulate;
mod telling;

mod contrast;

// Other people's monitors.
mod mfotl;

// What guarantors promised.
pub mod guarantee;

pub use agreement::{
    Agreement, AgreementFiles, Article, Block, MappedLine, PlannedSource, Reading, State, Translation, Zone,
};
pub use bears::bears;
pub use calendar::Duration;
pub use chance::Odds;
pub use check::{Checked, Checker};
pub use clock::{Clock, ClockState, clocks};
pub use contrast::contrast;
pub use diff::{Aspect, Comparison, RulePair, WordChange, compare};
pub use effect::{Difference, Shift, Spoken, difference, difference_on};
pub use explanation::{Explanation, explain};
pub use fact::{Bears, Fact, Footing, Reason, Why};
pub use format::format;
pub use grammar::EBNF;
pub use instance::{Absence, Certificate, Counted, Instance, InstanceKey, InstanceValue, Occasion, Part, Witness};
pub use instances::instances;
pub use judge::{Heard, Watch, judge, judge_rule};
pub use mfotl::{Mfotl, MfotlLog, MfotlRule, mfotl, mfotl_log};
pub use monitor::{Bound, Erratum, Monitor, Tells, Told, bound};
pub use needed::Concern;
pub use outline::{Expected, Mark, MarkKind, Outline, Sort, StatementPlace, expected, outline};
pub use probe::Probe;
pub use read::read;
pub use remark::{Code, Remark, Severity, render};
pub use rule::{
    Bearer, Decided, Effect, Exception, ExceptionTest, First, Kernel, Kind, OnVerdict, Pattern, Power, Release, Rule,
    Trigger, Who, Window,
};
pub use said::Said;
pub use scenario::{Asked, Fault, Scenario, carried, scenario};
pub use sentence::{Language, sentence, sentence_of_power, sentence_of_source, sentence_of_state};
pub use simulate::{Change, Pace, Setting, Silence, Simulation, Step, Voice, simulate, simulate_scenario};
pub use telling::tell;
pub use verdict::{Because, FactNote, Margin, Standing, Value, Verdict};
