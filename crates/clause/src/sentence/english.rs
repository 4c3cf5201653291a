//! The English sentences.
//!
//! Takes rules, powers, states and planned sources; gives one sentence each, in the words of a legal text. Never a word
//! that the rule does not hold.

use super::Words;
use crate::agreement::{PlannedSource, State};
use crate::rule::{
    Bearer, Decided, Effect, Exception, ExceptionTest, First, Kernel, OnVerdict, Pattern, Power, Release, Rule,
    Trigger, Who, Window,
};
use terms::{Act, Instant};

pub(super) fn rule(words: &Words<'_>, rule: &Rule) -> String {
    let said = English { words, bearer: &rule.bearer };
    let body = match &rule.kernel {
        Kernel::Never { pattern, present } => said.never(rule, pattern, *present),
        Kernel::By { pattern, quantity } => {
            format!("{} must {}{} {}", said.bearer(), said.deed(pattern), quantity_text(*quantity), said.deadline(rule))
        }
        Kernel::Between { pattern, quantity } => {
            let (bearer, quantity) = (said.bearer(), quantity_text(*quantity));
            format!("{}, {bearer} must {}{quantity}", said.window(rule), said.deed(pattern))
        }
        Kernel::Always { state } => {
            let (window, bearer) = (said.window(rule), said.bearer());
            format!(
                "{window}, {bearer} must see to it that {state} holds throughout ({})",
                said.state(&words.agreement.states[state])
            )
        }
        Kernel::Response { trigger, response, within } => {
            let (window, trigger, response) = (said.window(rule), said.trigger(trigger), said.deed(response));
            format!("{window}, {trigger}, {} must {response} within {within}", said.bearer())
        }
        Kernel::AtMost { number, pattern, per } => {
            let what = said.pattern_by_bearer(pattern);
            let span = per.map_or("present at one time".to_owned(), |per| format!("in any {per}"));
            format!("{}, of {what} there shall be at most {number} {span}", said.window(rule))
        }
        Kernel::OnlyAfter { pattern, first } => {
            let first = match first {
                First::Fact(first) => format!("{} has come", said.pattern(first)),
                First::Verdict(on) => said.outcome(on),
            };
            format!("{}, there shall be no {} before {first}", said.window(rule), said.pattern_by_bearer(pattern))
        }
        Kernel::AtLeastOnce { every, pattern } => {
            format!(
                "{}, {} must {} at least once in every {every}",
                said.window(rule),
                said.bearer(),
                said.deed(pattern)
            )
        }
        Kernel::May { pattern } => format!("{}, {} may {}", said.window(rule), said.bearer(), said.deed(pattern)),
        Kernel::TextOnly { because } => {
            return format!("Nothing is judged here: {}.", because.trim_end_matches('.'));
        }
    };
    let owed = rule.owed.as_ref().map_or(String::new(), |owed| match owed {
        Bearer::EachParty => "; this is owed to each other party".to_owned(),
        Bearer::All => String::new(),
        Bearer::One(party) => format!("; this is owed to {}", words.shown(party)),
    });
    let exceptions = said.exceptions(&rule.exceptions);
    capital(&format!("{body}{owed}{exceptions}.{}{}", said.releases(&rule.released), said.terms(rule)))
}

pub(super) fn power(words: &Words<'_>, power: &Power) -> String {
    let said = English { words, bearer: &power.bearer };
    let rules = |rules: &[terms::Label]| rules.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let effect = match &power.effect {
        Effect::Suspend { rules: which, length: Some(length) } => format!("suspend {} for {length}", rules(which)),
        Effect::Suspend { rules: which, length: None } => format!("suspend {} until it resumes them", rules(which)),
        Effect::Terminate { rules: which } if which.is_empty() => "terminate the agreement".to_owned(),
        Effect::Terminate { rules: which } => format!("terminate {}", rules(which)),
        Effect::Extend { by } => format!("extend the agreement by {by}"),
    };
    let when = power.when.as_ref().map_or(String::new(), |trigger| format!(", but only {}", said.trigger(trigger)));
    capital(&format!("{} may {effect}{when}.", said.bearer()))
}

pub(super) fn state(words: &Words<'_>, state: &State) -> String {
    let said = English { words, bearer: &Bearer::EachParty };
    capital(&format!("{}.", said.state(state)))
}

pub(super) fn source(words: &Words<'_>, source: &PlannedSource) -> String {
    let acts: Vec<&str> = source.acts.iter().map(|act| phrase(*act)).collect();
    let zone = source.zone.as_ref().map_or(String::new(), |zone| format!(" in {zone}"));
    let within = source.within.map_or(String::new(), |within| format!(" within {within}"));
    let at =
        source.at.map_or(String::new(), |at| format!("; what it says alone is held at {} at most", words.share(at)));
    capital(&format!("{} reports {}{zone}{within}{at}.", source.shown, acts.join(" or ")))
}

struct English<'a> {
    words: &'a Words<'a>,
    bearer: &'a Bearer,
}

impl English<'_> {
    fn bearer(&self) -> String {
        match self.bearer {
            Bearer::EachParty => "each party".to_owned(),
            Bearer::All => "somebody".to_owned(),
            Bearer::One(party) => self.words.shown(party),
        }
    }

    fn never(&self, rule: &Rule, pattern: &Pattern, present: bool) -> String {
        let (what, whereabouts) = (self.what(pattern), self.whereabouts(pattern));
        let there = if present { " present" } else { "" };
        format!("{}, there shall be no {what}{there}{}{whereabouts}", self.window(rule), self.by_bearer(pattern))
    }

    /// By whom, where the bearer's own deeds are meant: by any party, by anyone, by that one.
    fn by_bearer(&self, pattern: &Pattern) -> String {
        match self.bearer {
            _ if pattern.by != Who::Bearer => self.by(&pattern.by),
            Bearer::EachParty => " by any party".to_owned(),
            Bearer::All => " by anyone".to_owned(),
            Bearer::One(party) => format!(" by {}", self.words.shown(party)),
        }
    }

    fn pattern_by_bearer(&self, pattern: &Pattern) -> String {
        format!("{}{}{}", self.what(pattern), self.by_bearer(pattern), self.whereabouts(pattern))
    }

    fn trigger(&self, trigger: &Trigger) -> String {
        match trigger {
            Trigger::Fact { pattern, preceded: None } => format!("after {}", self.pattern(pattern)),
            Trigger::Fact { pattern, preceded: Some((before, within)) } => {
                let (pattern, before) = (self.pattern(pattern), self.pattern(before));
                format!("after {pattern} that came within {within} after {before}")
            }
            Trigger::Verdict(on) => format!("after {}", self.outcome(on)),
            Trigger::Quiet { length, without, verified_by } => {
                let verified = verified_by
                    .as_ref()
                    .map_or(String::new(), |party| format!(" (as verified by {})", self.words.shown(party)));
                format!("once {length} have passed without {}{verified}", self.pattern(without))
            }
        }
    }

    fn outcome(&self, on: &OnVerdict) -> String {
        let verb = match on.came {
            Decided::Met => "met",
            Decided::Violated => "violated",
        };
        let times = on.times.map_or(String::new(), |(times, within)| format!(" {times} times within {within}"));
        format!("rule {} has been {verb}{}{times}", on.rule, self.by(&on.by))
    }

    fn state(&self, state: &State) -> String {
        format!("it begins with {} and ends with {}", self.pattern(&state.begins), self.pattern(&state.ends))
    }

    fn time(&self, instant: Instant) -> String {
        self.words.agreement.civil(instant)
    }

    /// "From ... until ...", once or by reading.
    fn window(&self, rule: &Rule) -> String {
        let one = |window: &Window| match window.until {
            Some(until) => format!("from {} until {}", self.time(window.from), self.time(until)),
            None => format!("from {} on", self.time(window.from)),
        };
        self.by_reading(rule, one).unwrap_or_else(|| "always".to_owned())
    }

    fn deadline(&self, rule: &Rule) -> String {
        let one = |window: &Window| {
            let until = window.until.map_or("some day".to_owned(), |until| self.time(until));
            format!("by {until}, counted from {}", self.time(window.from))
        };
        self.by_reading(rule, one).unwrap_or_default()
    }

    fn by_reading(&self, rule: &Rule, one: impl Fn(&Window) -> String) -> Option<String> {
        let mut said: Vec<(String, Vec<String>)> = Vec::new();
        for reading in self.words.agreement.readings_of(rule) {
            let text = one(rule.windows.get(&reading.id)?);
            match said.iter_mut().find(|(known, _)| *known == text) {
                Some((_, readings)) => readings.push(reading.id.to_string()),
                None => said.push((text, vec![reading.id.to_string()])),
            }
        }
        match said.as_slice() {
            [(text, _)] if !rule.depends_on_reading => Some(text.clone()),
            [(text, readings)] => Some(format!("{text} (judged apart as {} read it)", readings.join(" and "))),
            said => {
                let each = said.iter().map(|(text, readings)| match readings.as_slice() {
                    [one] => format!("{text} as {one} reads it"),
                    many => format!("{text} as {} read it", many.join(" and ")),
                });
                Some(each.collect::<Vec<_>>().join(", or "))
            }
        }
    }

    /// "shelling or missile on Dams (dam) by Russia in Theatre".
    fn pattern(&self, pattern: &Pattern) -> String {
        format!("{}{}{}", self.what(pattern), self.by(&pattern.by), self.whereabouts(pattern))
    }

    fn by(&self, who: &Who) -> String {
        match who {
            Who::Anyone => String::new(),
            Who::Bearer => " by that party".to_owned(),
            Who::Other => " by another party".to_owned(),
            Who::Owed => " by the party owed".to_owned(),
            Who::EveryParty => " by every party".to_owned(),
            Who::Named(party) => format!(" by {}", self.words.shown(party)),
        }
    }

    /// What the bearer must do: "give notice", "bring about explosion in Band".
    fn deed(&self, pattern: &Pattern) -> String {
        let acts: Vec<Act> = pattern.acts.iter().copied().collect();
        if let ([act], Who::Bearer) = (acts.as_slice(), &pattern.by)
            && let Some(verb) = verb(*act)
        {
            let event = if Act::from_word(&pattern.event) == Some(*act) {
                String::new()
            } else {
                format!(" ({})", pattern.event)
            };
            let class = pattern.class.as_ref().map_or(String::new(), |class| format!(" with {}", self.class(class)));
            return format!("{verb}{event}{class}{}", self.placed(pattern, "with"));
        }
        let by = if pattern.by == Who::Bearer { String::new() } else { self.by(&pattern.by) };
        format!("bring about {}{by}{}", self.what(pattern), self.whereabouts(pattern))
    }

    /// The event with its acts in brackets, unless it is an act itself.
    fn what(&self, pattern: &Pattern) -> String {
        let acts: Vec<&str> = pattern.acts.iter().map(|act| phrase(*act)).collect();
        let plain = pattern.event.split(" or ").all(|word| Act::from_word(word).is_some());
        let event = if plain { acts.join(" or ") } else { format!("{} ({})", pattern.event, acts.join(", ")) };
        event + &pattern.class.as_ref().map_or(String::new(), |class| format!(" on {}", self.class(class)))
    }

    fn class(&self, class: &terms::Label) -> String {
        let objects = self.words.agreement.classes.get(class).into_iter().flatten();
        let objects: Vec<&str> = objects.map(|object| object.as_str()).collect();
        if objects.is_empty() { class.to_string() } else { format!("{class} ({})", objects.join(", ")) }
    }

    fn whereabouts(&self, pattern: &Pattern) -> String {
        self.placed(pattern, "against")
    }

    /// Against or with whom, and where.
    fn placed(&self, pattern: &Pattern, against: &str) -> String {
        let at = match &pattern.at {
            Who::Anyone => String::new(),
            Who::Bearer => format!(" {against} that party"),
            Who::Other => format!(" {against} another party"),
            Who::Owed => format!(" {against} the party owed"),
            Who::EveryParty => format!(" {against} every party"),
            Who::Named(party) => format!(" {against} {}", self.words.shown(party)),
        };
        let own = |zone| self.words.agreement.zones_of.contains_key(zone);
        let zone = pattern.zone.as_ref().map_or(String::new(), |zone| match own(zone) {
            true => format!(" in that party's own {zone}"),
            false => format!(" in {zone}"),
        });
        let sectors = pattern.sectors.as_ref().map_or(String::new(), |sectors| format!(" in each of the {sectors}"));
        let about = if pattern.about_it { " about it" } else { "" };
        let there = if pattern.there { " in the same sector" } else { "" };
        format!("{at}{zone}{sectors}{there}{about}")
    }

    fn exceptions(&self, exceptions: &[Exception]) -> String {
        let each = exceptions.iter().map(|exception| {
            let one = |test: &ExceptionTest| match test {
                ExceptionTest::By(people) => {
                    let people: Vec<String> = people.iter().map(|party| self.words.shown(party)).collect();
                    format!("if done by {}", people.join(" or "))
                }
                ExceptionTest::In(zone) => format!("if it happens in {zone}"),
                ExceptionTest::On(class) => format!("if it strikes {class}"),
                ExceptionTest::After { within, pattern } => {
                    format!("within {within} after {}", self.pattern(pattern))
                }
                ExceptionTest::While(state) => format!("while {state} holds"),
                ExceptionTest::Permitted(rule) => format!("where rule {rule} allows it"),
            };
            let test = exception.tests.iter().map(one).collect::<Vec<_>>().join(" and ");
            format!("{test} ({})", exception.label)
        });
        let each: Vec<String> = each.collect();
        if each.is_empty() { String::new() } else { format!(", except {}", each.join("; ")) }
    }

    fn releases(&self, released: &[Release]) -> String {
        let one = |release: &Release| {
            format!(" A breach of rule {}{} frees from it what comes later.", release.rule, self.by(&release.by))
        };
        released.iter().map(one).collect()
    }

    /// The standard, and how long corrections are awaited, where the text sets them apart.
    fn terms(&self, rule: &Rule) -> String {
        let prohibition = match rule.kernel {
            Kernel::Never { .. } => true,
            Kernel::By { .. }
            | Kernel::Between { .. }
            | Kernel::Always { .. }
            | Kernel::Response { .. }
            | Kernel::AtMost { .. }
            | Kernel::OnlyAfter { .. }
            | Kernel::AtLeastOnce { .. }
            | Kernel::May { .. }
            | Kernel::TextOnly { .. } => false,
        };
        let agreement = self.words.agreement;
        let mut text = String::new();
        if prohibition || rule.standard != agreement.standard {
            text += &format!(" A breach is called at a chance of {} or more.", self.words.share(rule.standard));
        }
        if rule.final_after != agreement.final_after {
            text += &format!(" What is said of it is final {} after its time.", rule.final_after);
        }
        text
    }
}

fn quantity_text(quantity: Option<u32>) -> String {
    quantity.map_or(String::new(), |quantity| format!(", at least {quantity} in all,"))
}

/// The act as people say it.
fn phrase(act: Act) -> &'static str {
    match act {
        Act::Shelling => "shelling",
        Act::AirStrike => "air strike",
        Act::DroneStrike => "drone strike",
        Act::LongRangeDrone => "long-range drone",
        Act::Missile => "missile",
        Act::SmallArms => "small-arms fire",
        Act::Explosion => "explosion",
        Act::Assault => "assault",
        Act::Incursion => "incursion",
        Act::Interception => "interception",
        Act::Overflight => "overflight",
        Act::Armour => "armour",
        Act::HeavyWeapon => "heavy weapon",
        Act::Mining => "mining",
        Act::Casualties => "casualties",
        Act::ThermalAnomaly => "heat seen from space",
        Act::Withdrawal => "withdrawal",
        Act::Notice => "notice",
        Act::Meeting => "meeting",
        Act::Exchange => "exchange",
        Act::AccessDenied => "refusal of access",
        Act::Movement => "movement",
        Act::Arrival => "arrival",
        Act::Departure => "departure",
        Act::Opening => "opening",
        Act::Closing => "closing",
        Act::Demining => "demining",
        Act::Obstruction => "obstruction",
        Act::Request => "request",
        Act::Consultation => "consultation",
        Act::Authorisation => "authorisation",
        Act::Verification => "verification",
        Act::Milestone => "milestone",
        Act::Suspension => "suspension",
        Act::Resumption => "resumption",
        Act::Termination => "termination",
        Act::Extension => "extension",
        Act::UnspecifiedBreach => "unspecified breach",
    }
}

/// What one does to keep a duty, as a verb.
fn verb(act: Act) -> Option<&'static str> {
    match act {
        Act::Withdrawal => Some("withdraw"),
        Act::Notice => Some("give notice"),
        Act::Meeting => Some("meet"),
        Act::Exchange => Some("hand over those held"),
        Act::Movement => Some("move"),
        Act::Arrival => Some("arrive"),
        Act::Departure => Some("depart"),
        Act::Opening => Some("open what is closed"),
        Act::Closing => Some("close what is open"),
        Act::Demining => Some("clear mines"),
        Act::Request => Some("make a request"),
        Act::Consultation => Some("consult"),
        Act::Authorisation => Some("give authorisation"),
        Act::Verification => Some("verify"),
        Act::Milestone => Some("reach the milestone"),
        Act::Suspension => Some("give notice of suspension"),
        Act::Resumption => Some("give notice of resumption"),
        Act::Termination => Some("give notice of termination"),
        Act::Extension => Some("agree to an extension"),
        Act::Shelling
        | Act::AirStrike
        | Act::DroneStrike
        | Act::LongRangeDrone
        | Act::Missile
        | Act::SmallArms
        | Act::Explosion
        | Act::Assault
        | Act::Incursion
        | Act::Interception
        | Act::Overflight
        | Act::Armour
        | Act::HeavyWeapon
        | Act::Mining
        | Act::Casualties
        | Act::ThermalAnomaly
        | Act::AccessDenied
        | Act::Obstruction
        | Act::UnspecifiedBreach => None,
    }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
