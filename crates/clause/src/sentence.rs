//! Reverse reading: a checked rule as one plain English sentence, to lay beside the text.
//!
//! Takes a rule and the tables of names; gives the sentence. Never says more than the rule does.

use crate::agreement::{Bearer, Exception, ExceptionTest, Kernel, Pattern, Rule, Trigger, Who, Window};
use crate::definitions::Definitions;
use crate::front::Front;
use terms::{Act, Party};

/// The sentence of a rule.
pub(crate) fn sentence(rule: &Rule, names: &Definitions, front: &Front) -> String {
    let words = Words { names, front, bearer: &rule.bearer };
    let body = match &rule.kernel {
        Kernel::Never { pattern, .. } => {
            let by = match &rule.bearer {
                _ if pattern.by != Who::Bearer => String::new(),
                Bearer::EachParty => " by any party".to_owned(),
                Bearer::All => " by anyone".to_owned(),
                Bearer::One(party) => format!(" by {}", words.shown(party)),
            };
            let by = if by.is_empty() { words.by(&pattern.by) } else { by };
            let (what, whereabouts) = (words.what(pattern), words.whereabouts(pattern));
            format!("{}, there shall be no {what}{by}{whereabouts}", words.window(rule))
        }
        Kernel::By { pattern, .. } => {
            format!("{} must {} {}", words.bearer(), words.deed(pattern), words.deadline(rule))
        }
        Kernel::Between { pattern, .. } => {
            format!("{}, {} must {}", words.window(rule), words.bearer(), words.deed(pattern))
        }
        Kernel::Response { trigger: Trigger::Fact { pattern: trigger, .. }, response, within } => {
            let (trigger, response) = (words.pattern(trigger), words.deed(response));
            format!("{}, after {trigger}, {} must {response} within {within}", words.window(rule), words.bearer())
        }
        Kernel::Response { trigger: Trigger::Verdict(_) | Trigger::Quiet { .. }, .. }
        | Kernel::Always { .. }
        | Kernel::AtMost { .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::AtLeastOnce { .. }
        | Kernel::May { .. } => rule.kind().word().to_owned(),
        Kernel::TextOnly { because } => {
            return format!("Nothing is judged here: {}.", because.trim_end_matches('.'));
        }
    };
    let exceptions = words.exceptions(&rule.exceptions);
    let standard = match rule.kernel {
        Kernel::Never { .. } => format!(" A breach is called at a chance of {} or more.", rule.standard),
        Kernel::By { .. }
        | Kernel::Between { .. }
        | Kernel::Always { .. }
        | Kernel::Response { .. }
        | Kernel::AtMost { .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::AtLeastOnce { .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => String::new(),
    };
    capital(&format!("{body}{exceptions}.{standard}"))
}

struct Words<'a> {
    names: &'a Definitions,
    front: &'a Front,
    bearer: &'a Bearer,
}

impl Words<'_> {
    fn shown(&self, party: &Party) -> String {
        let known = self.names.parties.iter().chain(&self.names.actors).find(|(name, _)| name == party);
        known.map_or(party.to_string(), |(_, shown)| shown.clone())
    }

    fn bearer(&self) -> String {
        match self.bearer {
            Bearer::EachParty => "each party".to_owned(),
            Bearer::All => "somebody".to_owned(),
            Bearer::One(party) => self.shown(party),
        }
    }

    fn time(&self, instant: terms::Instant) -> String {
        format!("{} {}", self.front.calendar.minute(instant), self.front.time_zone)
    }

    /// "From ... until ...", once or by reading.
    fn window(&self, rule: &Rule) -> String {
        let one = |window: &Window| match window.until {
            Some(until) => format!("from {} until {}", self.time(window.from), self.time(until)),
            None => format!("from {} on", self.time(window.from)),
        };
        if !rule.depends_on_reading {
            return rule.windows.values().next().map_or("always".to_owned(), one);
        }
        let readings =
            self.names.readings.iter().filter_map(|reading| {
                Some(format!("{} as {} reads it", one(rule.windows.get(&reading.id)?), reading.id))
            });
        readings.collect::<Vec<_>>().join(", or ")
    }

    fn deadline(&self, rule: &Rule) -> String {
        let one = |window: &Window| window.until.map_or("some day".to_owned(), |until| self.time(until));
        if !rule.depends_on_reading {
            return rule.windows.values().next().map_or(String::new(), |window| format!("by {}", one(window)));
        }
        let readings = self.names.readings.iter().filter_map(|reading| {
            Some(format!("by {} as {} reads it", one(rule.windows.get(&reading.id)?), reading.id))
        });
        readings.collect::<Vec<_>>().join(", or ")
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
            Who::Named(party) => format!(" by {}", self.shown(party)),
        }
    }

    /// What the bearer must do: "give notice", "bring about explosion in Band".
    fn deed(&self, pattern: &Pattern) -> String {
        let acts: Vec<Act> = pattern.acts.iter().copied().collect();
        if let ([act], Who::Bearer, None) = (acts.as_slice(), &pattern.by, &pattern.class)
            && let Some(verb) = verb(*act)
        {
            return format!("{verb}{}", self.whereabouts(pattern));
        }
        let by = if pattern.by == Who::Bearer { String::new() } else { self.by(&pattern.by) };
        format!("bring about {}{by}{}", self.what(pattern), self.whereabouts(pattern))
    }

    /// The event with its acts in brackets, unless it is an act itself.
    fn what(&self, pattern: &Pattern) -> String {
        let acts: Vec<&str> = pattern.acts.iter().map(|act| phrase(*act)).collect();
        let plain = pattern.event.split(" or ").all(|word| Act::from_word(word).is_some());
        let event = if plain { acts.join(" or ") } else { format!("{} ({})", pattern.event, acts.join(", ")) };
        let class = pattern.class.as_ref().map(|class| {
            let objects = self.names.classes.get(class).into_iter().flatten();
            let objects: Vec<&str> = objects.map(|object| object.as_str()).collect();
            format!(" on {class} ({})", objects.join(", "))
        });
        event + &class.unwrap_or_default()
    }

    fn whereabouts(&self, pattern: &Pattern) -> String {
        let at = match &pattern.at {
            Who::Anyone => String::new(),
            Who::Bearer => " against that party".to_owned(),
            Who::Other => " against another party".to_owned(),
            Who::Owed => " against the party owed".to_owned(),
            Who::EveryParty => " against every party".to_owned(),
            Who::Named(party) => format!(" against {}", self.shown(party)),
        };
        let zone = pattern.zone.as_ref().map(|zone| format!(" in {zone}"));
        at + &zone.unwrap_or_default()
    }

    fn exceptions(&self, exceptions: &[Exception]) -> String {
        let each = exceptions.iter().map(|exception| {
            let one = |test: &ExceptionTest| match test {
                ExceptionTest::By(people) => {
                    let people: Vec<String> = people.iter().map(|party| self.shown(party)).collect();
                    format!("if done by {}", people.join(" or "))
                }
                ExceptionTest::In(zone) => format!("if it happens in {zone}"),
                ExceptionTest::On(class) => format!("if it strikes {class}"),
                ExceptionTest::After { within, pattern } => {
                    format!("within {within} after {}", self.pattern(pattern))
                }
                ExceptionTest::While(state) => format!("while {state}"),
                ExceptionTest::Permitted(rule) => format!("where rule {rule} allows it"),
            };
            let test = exception.tests.iter().map(one).collect::<Vec<_>>().join(" and ");
            format!("{test} ({})", exception.label)
        });
        let each: Vec<String> = each.collect();
        if each.is_empty() { String::new() } else { format!(", except {}", each.join("; ")) }
    }
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
        | Act::Movement
        | Act::Arrival
        | Act::Departure
        | Act::Opening
        | Act::Closing
        | Act::Demining
        | Act::Obstruction
        | Act::Request
        | Act::Consultation
        | Act::Authorisation
        | Act::Verification
        | Act::Milestone
        | Act::Suspension
        | Act::Resumption
        | Act::Termination
        | Act::Extension
        | Act::UnspecifiedBreach => None,
    }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
