//! The Ukrainian sentences.
//!
//! Takes rules, powers, states and planned sources; gives one sentence each. What happens stands in the nominative after
//! a colon and names stand in quotation marks, so that no name of a text is declined. Never a word that the rule does not
//! hold.

use super::Words;
use crate::agreement::{PlannedSource, State};
use crate::calendar::Duration;
use crate::rule::{
    Bearer, Decided, Effect, Exception, ExceptionTest, First, Kernel, OnVerdict, Pattern, Power, Release, Rule,
    Trigger, Who, Window,
};
use terms::{Act, Instant, Label};

pub(super) fn rule(words: &Words<'_>, rule: &Rule) -> String {
    let said = Ukrainian { words, bearer: &rule.bearer };
    let window = said.window(rule);
    let (who, to_whom) = (said.who_must(), said.to_whom());
    let body = match &rule.kernel {
        Kernel::Never { pattern, present: false } => format!("{window} {to_whom} заборонено: {}", said.own(pattern)),
        Kernel::Never { pattern, present: true } => {
            format!("{window} {to_whom} заборонено тримати або допускати: {}", said.own(pattern))
        }
        Kernel::By { pattern, quantity } => {
            let (deadline, quantity) = (said.deadline(rule), quantity_text(*quantity));
            format!("{deadline} {who} має вчинити таке{quantity}: {}", said.own(pattern))
        }
        Kernel::Between { pattern, quantity } => {
            format!("{window} {who} має вчинити таке{}: {}", quantity_text(*quantity), said.own(pattern))
        }
        Kernel::Always { state } => {
            let turns = said.turns(&words.agreement.states[state]);
            format!("{window} {who} має забезпечувати, щоб безперервно тривав стан «{state}» ({turns})")
        }
        Kernel::Response { trigger, response, within } => {
            let (trigger, within) = (said.trigger(trigger), genitive(*within));
            format!("{window}: {trigger}, {who} має впродовж {within} вчинити таке: {}", said.own(response))
        }
        Kernel::AtMost { number, pattern, per: Some(per) } => {
            let per = nominative(*per);
            format!(
                "{window} {to_whom} за будь-який проміжок ({per}) дозволено не більше ніж {number}: {}",
                said.own(pattern)
            )
        }
        Kernel::AtMost { number, pattern, per: None } => {
            format!("{window} {to_whom} дозволено одночасно мати не більше ніж {number}: {}", said.own(pattern))
        }
        Kernel::OnlyAfter { pattern, first } => {
            let first = match first {
                First::Fact(first) => format!("доки не відбулося таке: {}", said.pattern(first)),
                First::Verdict(on) => format!("доки не настане таке: {}", said.outcome(on)),
            };
            format!("{window} {to_whom} заборонено: {}, {first}", said.own(pattern))
        }
        Kernel::AtLeastOnce { every, pattern } => {
            let every = nominative(*every);
            format!(
                "{window} {who} має щонайменше один раз за кожен проміжок ({every}) вчинити таке: {}",
                said.own(pattern)
            )
        }
        Kernel::May { pattern } => format!("{window} {to_whom} дозволено: {}", said.own(pattern)),
        Kernel::TextOnly { because } => {
            return format!("Тут нічого не перевіряється, причина: {}.", because.trim_end_matches('.'));
        }
    };
    let owed = rule.owed.as_ref().map_or(String::new(), |owed| match owed {
        Bearer::EachParty => "; зобов’язання перед кожною іншою стороною".to_owned(),
        Bearer::All => String::new(),
        Bearer::One(party) => format!("; зобов’язання перед учасником «{}»", words.shown(party)),
    });
    let exceptions = said.exceptions(&rule.exceptions);
    capital(&format!("{body}{owed}{exceptions}.{}{}", said.releases(&rule.released), said.terms(rule)))
}

pub(super) fn power(words: &Words<'_>, power: &Power) -> String {
    let said = Ukrainian { words, bearer: &power.bearer };
    let effect = match &power.effect {
        Effect::Suspend { rules: which, length: Some(length) } => {
            format!("зупинити на строк ({}) дію правил: {}", nominative(*length), rules(which))
        }
        Effect::Suspend { rules: which, length: None } => {
            format!("зупинити до відновлення дію правил: {}", rules(which))
        }
        Effect::Terminate { rules: which } if which.is_empty() => "припинити дію угоди".to_owned(),
        Effect::Terminate { rules: which } => format!("припинити дію правил: {}", rules(which)),
        Effect::Extend { by } => format!("продовжити дію угоди на строк ({})", nominative(*by)),
    };
    let when = power.when.as_ref().map_or(String::new(), |trigger| format!(", але лише {}", said.trigger(trigger)));
    capital(&format!("{} має право {effect}{when}.", said.who_must()))
}

pub(super) fn state(words: &Words<'_>, state: &State) -> String {
    let said = Ukrainian { words, bearer: &Bearer::EachParty };
    capital(&format!("{}.", said.turns(state)))
}

pub(super) fn source(words: &Words<'_>, source: &PlannedSource) -> String {
    let acts: Vec<&str> = source.acts.iter().map(|act| phrase(*act)).collect();
    let zone = source.zone.as_ref().map_or(String::new(), |zone| format!("; місце: {zone}"));
    let within = source.within.map_or(String::new(), |within| format!("; строк: {}", nominative(within)));
    let at = source
        .at
        .map_or(String::new(), |at| format!("; імовірність за самим лише цим джерелом: не більше {}", words.share(at)));
    format!("Джерело «{}» повідомляє про таке: {}{zone}{within}{at}.", source.shown, acts.join(" або "))
}

struct Ukrainian<'a> {
    words: &'a Words<'a>,
    bearer: &'a Bearer,
}

impl Ukrainian<'_> {
    fn who_must(&self) -> String {
        match self.bearer {
            Bearer::EachParty => "кожна сторона".to_owned(),
            Bearer::All => "хтось із учасників".to_owned(),
            Bearer::One(party) => format!("учасник «{}»", self.words.shown(party)),
        }
    }

    fn to_whom(&self) -> String {
        match self.bearer {
            Bearer::EachParty => "кожній стороні".to_owned(),
            Bearer::All => "будь-кому".to_owned(),
            Bearer::One(party) => format!("учаснику «{}»", self.words.shown(party)),
        }
    }

    fn trigger(&self, trigger: &Trigger) -> String {
        match trigger {
            Trigger::Fact { pattern, preceded: None } => format!("після такої події: {}", self.pattern(pattern)),
            Trigger::Fact { pattern, preceded: Some((before, within)) } => {
                let (pattern, before) = (self.pattern(pattern), self.pattern(before));
                let within = genitive(*within);
                format!("після такої події: {pattern} (якщо впродовж {within} перед нею сталося таке: {before})")
            }
            Trigger::Verdict(on) => format!("після того, як {}", self.outcome(on)),
            Trigger::Quiet { length, without, verified_by } => {
                let verified = verified_by
                    .as_ref()
                    .map_or(String::new(), |party| format!(" (має підтвердити учасник «{}»)", self.words.shown(party)));
                format!("коли впродовж {} не сталося таке: {}{verified}", genitive(*length), self.pattern(without))
            }
        }
    }

    fn outcome(&self, on: &OnVerdict) -> String {
        let verb = match on.came {
            Decided::Met => "виконано",
            Decided::Violated => "порушено",
        };
        let by = self.by(&on.by);
        let times = on.times.map_or(String::new(), |(times, within)| {
            format!(" {times} {} упродовж {}", plural(times, ["раз", "рази", "разів"]), genitive(within))
        });
        format!("{verb} правило {}{by}{times}", on.rule)
    }

    fn turns(&self, state: &State) -> String {
        format!("початок: {}; кінець: {}", self.pattern(&state.begins), self.pattern(&state.ends))
    }

    fn time(&self, instant: Instant) -> String {
        self.words.agreement.civil(instant)
    }

    fn window(&self, rule: &Rule) -> String {
        let one = |window: &Window| match window.until {
            Some(until) => format!("від {} до {}", self.time(window.from), self.time(until)),
            None => format!("починаючи від {}", self.time(window.from)),
        };
        self.by_reading(rule, one).unwrap_or_else(|| "завжди".to_owned())
    }

    fn deadline(&self, rule: &Rule) -> String {
        let one = |window: &Window| {
            let until = window.until.map_or("невизначеного дня".to_owned(), |until| self.time(until));
            format!("не пізніше {until}, рахуючи від {},", self.time(window.from))
        };
        self.by_reading(rule, one).unwrap_or_default()
    }

    fn by_reading(&self, rule: &Rule, one: impl Fn(&Window) -> String) -> Option<String> {
        let readings = self.words.agreement.readings_of(rule).iter();
        let said: Vec<(String, &Label)> =
            readings.map(|reading| Some((one(rule.windows.get(&reading.id)?), &reading.id))).collect::<Option<_>>()?;
        if !rule.depends_on_reading {
            return said.into_iter().next().map(|(text, _)| text);
        }
        let each = said.into_iter().map(|(text, reading)| format!("{text} (за прочитанням «{reading}»)"));
        Some(each.collect::<Vec<_>>().join(", або "))
    }

    /// What the bearer does or must not do; by whom is said only where it is somebody else.
    fn own(&self, pattern: &Pattern) -> String {
        let by = if pattern.by == Who::Bearer { String::new() } else { self.by(&pattern.by) };
        format!("{}{by}{}", self.what(pattern), self.whereabouts(pattern))
    }

    fn pattern(&self, pattern: &Pattern) -> String {
        format!("{}{}{}", self.what(pattern), self.by(&pattern.by), self.whereabouts(pattern))
    }

    fn by(&self, who: &Who) -> String {
        self.somebody(who).map_or(String::new(), |who| format!(" (хто: {who})"))
    }

    fn somebody(&self, who: &Who) -> Option<String> {
        Some(match who {
            Who::Anyone => return None,
            Who::Bearer => "ця сторона".to_owned(),
            Who::Other => "інша сторона".to_owned(),
            Who::Owed => "сторона, перед якою є зобов’язання".to_owned(),
            Who::EveryParty => "усі сторони".to_owned(),
            Who::Named(party) => format!("«{}»", self.words.shown(party)),
        })
    }

    fn what(&self, pattern: &Pattern) -> String {
        let acts: Vec<&str> = pattern.acts.iter().map(|act| phrase(*act)).collect();
        let plain = pattern.event.split(" or ").all(|word| Act::from_word(word).is_some());
        let event = if plain { acts.join(" або ") } else { format!("«{}» ({})", pattern.event, acts.join(", ")) };
        let class = pattern.class.as_ref().map_or(String::new(), |class| {
            let objects = self.words.agreement.classes.get(class).into_iter().flatten();
            let objects: Vec<&str> = objects.map(|object| object.as_str()).collect();
            let list = if objects.is_empty() { String::new() } else { format!(" ({})", objects.join(", ")) };
            format!("; об’єкт: {class}{list}")
        });
        event + &class
    }

    fn whereabouts(&self, pattern: &Pattern) -> String {
        let at = self.somebody(&pattern.at).map_or(String::new(), |who| format!("; проти кого або кому: {who}"));
        let zone = pattern.zone.as_ref().map_or(String::new(), |zone| {
            let own = self.words.agreement.zones_of.contains_key(zone);
            format!("; місце: {zone}{}", if own { " цієї сторони" } else { "" })
        });
        let sectors = pattern.sectors.as_ref().map_or(String::new(), |name| format!("; окремо в кожному з: {name}"));
        let there = if pattern.there { "; у тому самому секторі" } else { "" };
        let about = if pattern.about_it { "; саме про цю подію" } else { "" };
        format!("{at}{zone}{sectors}{there}{about}")
    }

    fn exceptions(&self, exceptions: &[Exception]) -> String {
        let each = exceptions.iter().map(|exception| {
            let one = |test: &ExceptionTest| match test {
                ExceptionTest::By(people) => {
                    let people: Vec<String> = people.iter().map(|who| format!("«{}»", self.words.shown(who))).collect();
                    format!("якщо це робить {}", people.join(" або "))
                }
                ExceptionTest::In(zone) => format!("якщо це стається в зоні {zone}"),
                ExceptionTest::On(class) => format!("якщо уражено об’єкт: {class}"),
                ExceptionTest::After { within, pattern } => {
                    format!("якщо впродовж {} перед цим сталося таке: {}", genitive(*within), self.pattern(pattern))
                }
                ExceptionTest::While(state) => format!("поки триває стан «{state}»"),
                ExceptionTest::Permitted(rule) => format!("якщо це дозволяє правило {rule}"),
            };
            let test = exception.tests.iter().map(one).collect::<Vec<_>>().join(" і ");
            format!("«{}»: {test}", exception.label)
        });
        let each: Vec<String> = each.collect();
        if each.is_empty() { String::new() } else { format!("; винятки: {}", each.join("; ")) }
    }

    fn releases(&self, released: &[Release]) -> String {
        let one = |release: &Release| {
            format!(" Після порушення правила {}{} воно більше не зобов’язує.", release.rule, self.by(&release.by))
        };
        released.iter().map(one).collect()
    }

    fn terms(&self, rule: &Rule) -> String {
        let agreement = self.words.agreement;
        let mut text = String::new();
        if matches!(rule.kernel, Kernel::Never { .. }) || rule.standard != agreement.standard {
            text += &format!(" Порушення визнають за ймовірності {} або більшої.", self.words.share(rule.standard));
        }
        if rule.final_after != agreement.final_after {
            text += &format!(" Висновок стає остаточним після такого строку: {}.", nominative(rule.final_after));
        }
        text
    }
}

fn rules(rules: &[Label]) -> String {
    rules.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn quantity_text(quantity: Option<u32>) -> String {
    quantity.map_or(String::new(), |quantity| format!(" (щонайменше {quantity} загалом)"))
}

/// One, a few (2 to 4) or many, by the rules of Ukrainian.
pub(crate) fn plural<T: Copy>(number: u32, forms: [T; 3]) -> T {
    match (number % 10, number % 100) {
        (_, 11..=14) => forms[2],
        (1, _) => forms[0],
        (2..=4, _) => forms[1],
        (_, _) => forms[2],
    }
}

/// `24 години`, as the answer to "how long".
pub(crate) fn nominative(length: Duration) -> String {
    let (count, unit) = length.parts();
    let forms = match unit {
        "second" => ["секунда", "секунди", "секунд"],
        "minute" => ["хвилина", "хвилини", "хвилин"],
        "hour" => ["година", "години", "годин"],
        "day" => ["день", "дні", "днів"],
        "week" => ["тиждень", "тижні", "тижнів"],
        "month" => ["місяць", "місяці", "місяців"],
        "year" => ["рік", "роки", "років"],
        other => unreachable!("`{other}` is no unit"),
    };
    format!("{count} {}", plural(count, forms))
}

/// `1 годину`, after "через".
pub(crate) fn accusative(length: Duration) -> String {
    let (count, unit) = length.parts();
    let one = match unit {
        "second" => "секунду",
        "minute" => "хвилину",
        "hour" => "годину",
        _ => return nominative(length),
    };
    if plural(count, [true, false, false]) { format!("{count} {one}") } else { nominative(length) }
}

/// `24 годин`, after "впродовж".
pub(crate) fn genitive(length: Duration) -> String {
    let (count, unit) = length.parts();
    let (one, many) = match unit {
        "second" => ("секунди", "секунд"),
        "minute" => ("хвилини", "хвилин"),
        "hour" => ("години", "годин"),
        "day" => ("дня", "днів"),
        "week" => ("тижня", "тижнів"),
        "month" => ("місяця", "місяців"),
        "year" => ("року", "років"),
        other => unreachable!("`{other}` is no unit"),
    };
    format!("{count} {}", plural(count, [one, many, many]))
}

/// The act as people say it.
pub(crate) fn phrase(act: Act) -> &'static str {
    match act {
        Act::Shelling => "артилерійський обстріл",
        Act::AirStrike => "авіаудар",
        Act::DroneStrike => "удар безпілотником",
        Act::LongRangeDrone => "удар далекобійним безпілотником",
        Act::Missile => "ракетний удар",
        Act::SmallArms => "вогонь зі стрілецької зброї",
        Act::Explosion => "вибух",
        Act::Assault => "штурм",
        Act::Incursion => "вторгнення",
        Act::Interception => "перехоплення",
        Act::Overflight => "проліт",
        Act::Armour => "бронетехніка",
        Act::HeavyWeapon => "важке озброєння",
        Act::Mining => "мінування",
        Act::Casualties => "втрати серед людей",
        Act::ThermalAnomaly => "теплова аномалія, видима з космосу",
        Act::Withdrawal => "відведення",
        Act::Notice => "повідомлення",
        Act::Meeting => "зустріч",
        Act::Exchange => "обмін утримуваними особами",
        Act::AccessDenied => "відмова в доступі",
        Act::Movement => "переміщення",
        Act::Arrival => "прибуття",
        Act::Departure => "вибуття",
        Act::Opening => "відкриття",
        Act::Closing => "закриття",
        Act::Demining => "розмінування",
        Act::Obstruction => "перешкоджання",
        Act::Request => "запит",
        Act::Consultation => "консультації",
        Act::Authorisation => "дозвіл",
        Act::Verification => "перевірка",
        Act::Milestone => "досягнення визначеного етапу",
        Act::Suspension => "зупинення дії",
        Act::Resumption => "відновлення дії",
        Act::Termination => "припинення дії",
        Act::Extension => "продовження строку",
        Act::UnspecifiedBreach => "порушення без уточнення",
    }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
