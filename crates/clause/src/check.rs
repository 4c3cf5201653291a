//! The checker: whether an instance is what the definitions make of the facts, without the engine that made it.
//!
//! Takes an agreement, facts, what was watched and the instant; gives for an instance "accepted", "refused" with the
//! reason, or "cannot be checked" with what is missing. It uses nothing of the engine: no index, no monitor, no sum. It
//! shares with it the rules as read, the calendar, coverage, and the question whether one fact matches one pattern
//! (`bears`). Never panics on what it is given; never holds anybody to the words of a reason, only to what it is about.

mod claim;
mod exercise;
mod ground;
mod odds;
mod start;

use crate::agreement::Agreement;
use crate::chance::Odds;
use crate::fact::{Fact, Footing, Why};
use crate::instance::{Absence, Certificate, Instance, InstanceKey, InstanceValue, Witness};
use crate::judge::{Heard, Watch};
use crate::rule::{ExceptionTest, Kernel, Pattern, Rule, Trigger};
use crate::verdict::{Standing, Verdict};
use claim::{Claim, Outcomes};
use exercise::Exercises;
use ground::{Ground, Scene};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use terms::{Act, Instant, Label};

/// What a checker says of an instance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Checked {
    /// The facts make it so.
    Accepted,
    /// They do not, for this reason.
    Refused(String),
    /// What it rests on is not in the certificate or among the facts.
    CannotCheck(String),
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Checked::Accepted => f.write_str("accepted"),
            Checked::Refused(why) => write!(f, "refused: {why}"),
            Checked::CannotCheck(why) => write!(f, "cannot check: {why}"),
        }
    }
}

/// The facts as a checker sees them.
pub struct Checker<'a> {
    agreement: &'a Agreement,
    watch: &'a Watch<'a>,
    at: Instant,
    benches: Vec<Bench<'a>>,
}

/// One footing: its facts, what powers did, and what came of the rules that others lean on.
struct Bench<'a> {
    footing: Footing,
    facts: Vec<&'a Fact>,
    exercises: Exercises,
    outcomes: Outcomes,
}

impl<'a> Checker<'a> {
    /// Made ready for what `instances` said of the same.
    #[must_use]
    pub fn of(agreement: &'a Agreement, facts: &'a [Fact], watch: &'a Watch<'a>, at: Instant) -> Checker<'a> {
        let bench = |footing| Bench::of(agreement, judged_together(facts, footing), footing, watch, at);
        Checker { agreement, watch, at, benches: Footing::JUDGED.map(bench).into_iter().collect() }
    }

    /// Whether the instance is what the definitions make of the facts.
    #[must_use]
    pub fn check(&self, instance: &Instance) -> Checked {
        if let Some(missing) = beyond(instance) {
            return Checked::CannotCheck(missing);
        }
        let key = &instance.key;
        let Some(bench) = self.benches.iter().find(|bench| bench.footing == key.footing) else {
            return Checked::Refused(format!("nothing is judged as {}", key.footing.word()));
        };
        let Some(rule) = self.agreement.rule(&key.rule) else {
            return Checked::Refused(format!("the agreement has no rule `{}`", key.rule));
        };
        if let Some(id) = bench.twice() {
            return Checked::CannotCheck(format!("two facts are called `{id}`, and only the latest revision counts"));
        }
        if let Some(why) = bench.disowned(&instance.certificate.witnesses) {
            return Checked::Refused(why);
        }
        let grounds = self.scene(bench).grounds(rule);
        let Some(ground) = grounds.iter().find(|ground| ground.key(key.of.clone()) == *key) else {
            return Checked::Refused(format!(
                "`{}` has no instances for that reading, bearer, owed or sector",
                rule.id
            ));
        };
        let claims = ground.claims(&key.of);
        if claims.is_empty() {
            return Checked::Refused(format!("the facts give `{}` no instance of {}", rule.id, key.of));
        }
        // Two spans of a state may bear one name; it is enough to be one of them.
        let wrong: Vec<Option<String>> = claims.iter().map(|claim| self.differs(ground, instance, claim)).collect();
        match wrong.iter().flatten().next() {
            Some(why) if wrong.iter().all(Option::is_some) => Checked::Refused(why.clone()),
            Some(_) | None => Checked::Accepted,
        }
    }

    /// The instances that the facts make and that are not among these.
    #[must_use]
    pub fn missing(&self, instances: &[Instance]) -> Vec<InstanceKey> {
        let listed: BTreeSet<&InstanceKey> = instances.iter().map(|instance| &instance.key).collect();
        let mut missing = Vec::new();
        for bench in &self.benches {
            for ground in self.agreement.rules.iter().flat_map(|rule| self.scene(bench).grounds(rule)) {
                let of = ground.occasions().into_iter().map(|of| (ground.key(of.clone()), of));
                let unlisted = of.filter(|(key, of)| !listed.contains(key) && !ground.claims(of).is_empty());
                missing.extend(unlisted.map(|(key, _)| key));
            }
        }
        missing.sort();
        missing
    }

    /// What is wrong with all instances of one moment: each that is not accepted, and each that is missing.
    #[must_use]
    pub fn faults(&self, instances: &[Instance]) -> Vec<(InstanceKey, Checked)> {
        let told = instances.iter().map(|instance| (instance.key.clone(), self.check(instance)));
        let refused = told.filter(|(_, checked)| *checked != Checked::Accepted);
        let missing = self.missing(instances).into_iter();
        refused.chain(missing.map(|key| (key, Checked::Refused("it is not in the list".to_owned())))).collect()
    }

    /// How likely it is that an instance is a breach, by the chances of its facts; nothing where that is not reckoned.
    #[must_use]
    pub fn odds(&self, key: &InstanceKey) -> Option<Odds> {
        let bench = self.benches.iter().find(|bench| bench.footing == key.footing)?;
        let grounds = self.scene(bench).grounds(self.agreement.rule(&key.rule)?);
        let ground = grounds.iter().find(|ground| ground.key(key.of.clone()) == *key)?;
        (ground.reckoned() && !ground.claims(&key.of).is_empty()).then(|| ground.odds(&key.of))?
    }

    /// How likely it is that any of the instances that a verdict sums up is a breach.
    #[must_use]
    pub fn odds_of_verdict(&self, verdict: &Verdict) -> Option<Odds> {
        let bench = self.benches.iter().find(|bench| bench.footing == verdict.footing)?;
        let rule = self.agreement.rule(&verdict.rule)?;
        let mut grounds = self.scene(bench).grounds(rule);
        grounds.retain(|ground| !rule.depends_on_reading || verdict.reading.as_ref() == Some(&ground.reading.id));
        // Without an instance of "whoever it was" the verdict of nobody in particular sums up all.
        if grounds.iter().any(|ground| ground.bearer == verdict.bearer.as_ref()) {
            grounds.retain(|ground| ground.bearer == verdict.bearer.as_ref());
        }
        if !grounds.first()?.reckoned() {
            return None;
        }
        let each: Option<Vec<Vec<Odds>>> = grounds.iter().map(Ground::all_odds).collect();
        Some(Odds::any(&each?.concat()))
    }

    fn scene<'b>(&'b self, bench: &'b Bench<'a>) -> Scene<'b> {
        let (agreement, watch, at) = (self.agreement, self.watch, self.at);
        let Bench { footing, facts, exercises, outcomes } = bench;
        Scene { agreement, footing: *footing, facts, watch, at, exercises, outcomes }
    }

    /// The first thing in which the instance differs from what is true.
    fn differs(&self, ground: &Ground<'_>, instance: &Instance, claim: &Claim) -> Option<String> {
        let (told, true_is) = (instance.value.word(), claim.value.word());
        if instance.value != claim.value {
            return Some(format!("it says `{told}`, and the facts say `{true_is}`"));
        }
        let differs =
            |field: &str, told: String, is: String| (told != is).then(|| format!("{field} is {is}, not {told}"));
        let civil = |span: terms::Span| {
            format!("{} to {}", self.agreement.civil(span.earliest()), self.agreement.civil(span.latest()))
        };
        differs("whether it is certain", instance.certain.to_string(), claim.certain.to_string())
            .or_else(|| differs("when it was decided", civil(instance.decided), civil(claim.decided)))
            .or_else(|| differs("its span of interest", civil(instance.interest), civil(claim.interest)))
            .or_else(|| differs("its margin", format!("{:?}", instance.margin), format!("{:?}", claim.margin)))
            .or_else(|| {
                let standing = standing(ground, claim.interest.latest());
                differs("its standing", instance.standing.word().to_owned(), standing.word().to_owned())
            })
            .or_else(|| certificate_differs(&instance.certificate, claim))
    }
}

/// What no checker can see from the facts of one moment.
fn beyond(instance: &Instance) -> Option<String> {
    if instance.value == InstanceValue::Void {
        Some("what started it was withdrawn, and the former facts are not given".to_owned())
    } else if instance.version != 1 || instance.standing == Standing::Amended {
        Some(format!("version {} follows others, and the former facts are not given", instance.version))
    } else {
        None
    }
}

fn certificate_differs(certificate: &Certificate, claim: &Claim) -> Option<String> {
    let sorted = |witnesses: &[Witness]| {
        let mut witnesses = witnesses.to_vec();
        witnesses.sort();
        witnesses
    };
    let (told, due) = (sorted(&certificate.witnesses), sorted(&claim.witnesses));
    let named = |witness: &Witness| format!("{} as {}", witness.fact, witness.part.word());
    if let Some(missing) = due.iter().find(|witness| !told.contains(witness)) {
        return Some(format!("the certificate does not name {}", named(missing)));
    }
    if let Some(surplus) = told.iter().find(|witness| !due.contains(witness)) {
        return Some(format!("the certificate names {}, which plays no such part", named(surplus)));
    }
    if told != due {
        return Some("the certificate does not name each as often as it counts".to_owned());
    }
    let exceptions: Vec<&Label> = certificate.exceptions.iter().map(|(label, _)| label).collect();
    if exceptions != claim.exceptions.iter().collect::<Vec<_>>() {
        let due: Vec<&str> = claim.exceptions.iter().map(Label::as_str).collect();
        return Some(format!("the exceptions to be named are: {}", due.join(", ")));
    }
    let whys: BTreeSet<Why> = certificate.reasons.iter().map(|reason| reason.why).collect();
    if whys != claim.whys {
        let due: Vec<&str> = claim.whys.iter().map(|why| why.word()).collect();
        return Some(format!(
            "what is not known is: {}",
            if due.is_empty() { "nothing".to_owned() } else { due.join(", ") }
        ));
    }
    if certificate.counted != claim.counted {
        return Some(format!("it counts {:?}, not {:?}", certificate.counted, claim.counted));
    }
    match (&certificate.absence, &claim.absence) {
        (None, None) => None,
        (None, Some(_)) => Some("the certificate does not say what was looked for and not found".to_owned()),
        (Some(_), None) => {
            Some("the certificate says that something was not found, and nothing hangs on it".to_owned())
        }
        (Some(told), Some(due)) => absence_differs(told, due),
    }
}

fn absence_differs(told: &Absence, due: &Absence) -> Option<String> {
    let fields = [
        (told.of == due.of, "what was looked for"),
        (told.during == due.during, "the span of the search"),
        (told.known_until == due.known_until, "up to when the sources are known"),
        (told.examined == due.examined, "how many were looked at"),
        (told.nearest == due.nearest, "the nearest that did not do"),
    ];
    let wrong = fields.iter().find(|(same, _)| !same)?;
    Some(format!("{} is not so", wrong.1))
}

fn standing(ground: &Ground<'_>, last: Instant) -> Standing {
    let (rule, scene) = (ground.rule, ground.scene);
    let acts = hangs_on(scene.agreement, rule);
    let heard = ground.listens(&acts);
    let known_until = heard.iter().map(|heard: &&Heard| heard.until).fold(scene.watch.known_until, Instant::min);
    let closes = scene.agreement.calendar.due(last, rule.final_after);
    if scene.at <= last {
        Standing::Open
    } else if scene.at >= closes && known_until >= closes {
        Standing::Final
    } else {
        Standing::Provisional
    }
}

/// Every act that may change what is said of a rule: what it asks about, what its exceptions look back at, and the same of
/// every rule that it leans on.
fn hangs_on(agreement: &Agreement, rule: &Rule) -> BTreeSet<Act> {
    let state = |name: &Label| agreement.states.get(name).map(|state| [&state.begins, &state.ends]);
    let mut patterns: Vec<&Pattern> = rule.kernel.patterns();
    if let Kernel::Always { state: name } = &rule.kernel {
        patterns.extend(state(name).into_iter().flatten());
    }
    for test in rule.exceptions.iter().flat_map(|exception| &exception.tests) {
        match test {
            ExceptionTest::After { pattern, .. } => patterns.push(pattern),
            ExceptionTest::While(name) => patterns.extend(state(name).into_iter().flatten()),
            ExceptionTest::By(_) | ExceptionTest::In(_) | ExceptionTest::On(_) | ExceptionTest::Permitted(_) => {}
        }
    }
    let mut acts: BTreeSet<Act> = patterns.into_iter().flat_map(|pattern| pattern.acts.iter().copied()).collect();
    if let Kernel::Response { trigger: Trigger::Quiet { verified_by: Some(_), .. }, .. } = &rule.kernel {
        acts.insert(Act::Verification);
    }
    for on in rule.references().iter().filter_map(|on| agreement.rule(on)) {
        acts.extend(hangs_on(agreement, on));
    }
    acts
}

/// The facts of a footing, with the acts of record that no finding repeats, in order of time.
fn judged_together(facts: &[Fact], footing: Footing) -> Vec<&Fact> {
    let on = |footing| facts.iter().filter(move |fact| fact.footing == footing);
    let known: BTreeSet<&str> = on(footing).map(|fact| fact.id.as_str()).collect();
    let beside = on(Footing::Proposed)
        .filter(|fact| footing != Footing::Proposed && fact.act.of_record() && !known.contains(fact.id.as_str()));
    let mut all: Vec<&Fact> = on(footing).chain(beside).collect();
    all.sort();
    all
}

impl<'a> Bench<'a> {
    fn of(agreement: &Agreement, facts: Vec<&'a Fact>, footing: Footing, watch: &Watch<'_>, at: Instant) -> Bench<'a> {
        let (none, nothing) = (Exercises::default(), Outcomes::new());
        let scene = Scene { agreement, footing, facts: &facts, watch, at, exercises: &none, outcomes: &nothing };
        let mut outcomes = leant_on(scene);
        let exercises = Exercises::of(Scene { outcomes: &outcomes, ..scene });
        if exercises != none {
            outcomes = leant_on(Scene { exercises: &exercises, ..scene });
        }
        Bench { footing, facts, exercises, outcomes }
    }

    /// An id that two facts of this footing bear.
    fn twice(&self) -> Option<&str> {
        let mut seen = BTreeSet::new();
        self.facts.iter().map(|fact| fact.id.as_str()).find(|id| !seen.insert(*id))
    }

    /// A witness that is not among the facts of this footing, in that revision.
    fn disowned(&self, witnesses: &[Witness]) -> Option<String> {
        let known: BTreeMap<&str, u32> = self.facts.iter().map(|fact| (fact.id.as_str(), fact.revision)).collect();
        witnesses.iter().find_map(|witness| match known.get(witness.fact.as_str()) {
            None => Some(format!("{} is not among the facts", witness.fact)),
            Some(revision) if *revision != witness.revision => {
                Some(format!("{} stands at revision {revision}, not {}", witness.fact, witness.revision))
            }
            Some(_) => None,
        })
    }
}

/// What came of every rule that another rule or a power leans on, those first that they lean on themselves.
fn leant_on(scene: Scene<'_>) -> Outcomes {
    let agreement = scene.agreement;
    let mut outcomes = Outcomes::new();
    let of_rules = agreement.rules.iter().flat_map(Rule::references);
    let wanted: BTreeSet<Label> = of_rules.chain(agreement.powers.iter().flat_map(|power| power.rules())).collect();
    let mut left: Vec<&Rule> = agreement.rules.iter().filter(|rule| wanted.contains(&rule.id)).collect();
    while !left.is_empty() {
        let ready = |rule: &&Rule| rule.references().iter().all(|on| !left.iter().any(|other| other.id == *on));
        // A checked agreement has no rules that lean on each other in a ring.
        let Some(next) = left.iter().position(ready) else { break };
        let rule = left.remove(next);
        let mut found: Vec<(InstanceKey, Claim)> = Vec::new();
        for ground in (Scene { outcomes: &outcomes, ..scene }).grounds(rule) {
            for of in ground.occasions() {
                found.extend(ground.claims(&of).into_iter().map(|claim| (ground.key(of.clone()), claim)));
            }
        }
        outcomes.insert(rule.id.clone(), found);
    }
    outcomes
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_uses_nothing_of_the_engine() {
        let files = [
            include_str!("check.rs"),
            include_str!("check/claim.rs"),
            include_str!("check/exercise.rs"),
            include_str!("check/ground.rs"),
            include_str!("check/odds.rs"),
            include_str!("check/start.rs"),
        ];
        let engine = ["held", "instances", "kinds", "matter", "power", "start", "sum", "timeline", "turns"];
        for file in files {
            let used = file.lines().filter_map(|line| line.strip_prefix("use crate::"));
            for line in used {
                let module = line.split("::").next().unwrap();
                assert!(!engine.contains(&module), "the checker uses `{module}`");
            }
        }
    }
}
