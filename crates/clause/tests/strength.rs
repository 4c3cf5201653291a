//! Random forces, sites and histories against a naive evaluator, written straight from `docs/guarantees.md`: it goes through all
//! deeds for each question, and shares nothing with the engine but the values that it is given.

mod made;

use clause::guarantee::{Amount, Deed, DeedKind, Holds, Package, Standing, Step, read, sheet};
use made::{Dice, label, party};
use std::collections::BTreeMap;
use terms::time::MINUTE_MS;
use terms::{Instant, Label, Span};

fn start() -> Instant {
    Instant::parse("2026-03-01T00:00:00Z").expect("a time")
}

/// What one random page says.
struct Says {
    /// How much is asked for on land, in people; `None` where it is not public.
    land: Option<u64>,
    /// Which pledges there are: giver, and when it is to be ready.
    pledges: Vec<(&'static str, Option<&'static str>)>,
    ceiling: u64,
    /// Whether it is public who may inspect the site.
    access: bool,
}

impl Says {
    fn random(dice: &mut Dice) -> Says {
        let mut pledges = Vec::new();
        for giver in ["A", "B", "C"] {
            if dice.below(3) > 0 {
                pledges.push((giver, dice.one(&[None, None, Some("2026-03-02 06:00")])));
            }
        }
        Says {
            land: dice.one(&[None, Some(10), Some(30), Some(60)]),
            pledges,
            ceiling: dice.one(&[10, 30, 60]),
            access: dice.below(4) > 0,
        }
    }

    fn page(&self) -> String {
        let mut text = String::from(
            "---\nguarantees: random\ntitle: Random\nversion: 1\nas-of: 2026-03-01\ntime-zone: UTC\n---\n\n# Random\n\n\
            ```backstop\nparties A, B, C, H\nbodies M\nsource s press 2026 \"invented\"\n\
            instrument pact \"Pact\"\n  kind bilateral\n  parties A, B, C, H\n  text public\n  effect on signature\n  source s\n",
        );
        let amount = self.land.map_or("not-said".to_owned(), |many| format!("{many} people"));
        text.push_str(&format!(
            "force force \"Force\"\n  needs land {amount}\n  ceiling {} people\n  source s\n",
            self.ceiling
        ));
        for (giver, ready) in &self.pledges {
            let by = ready.map_or_else(String::new, |ready| format!(" by {ready}"));
            text.push_str(&format!(
                "commitment p{giver} of {giver} to H \"people\"\n  in pact\n  class military\n  word shall\n  binds legally\n  \
                receiver M\n  serves force land{by}\n  source s\n"
            ));
        }
        let access = if self.access { "M" } else { "not-said" };
        text.push_str(&format!(
            "site hub \"Hub\"\n  kind hub\n  host H\n  responsible A\n  access {access}\n  ceiling {} people\n  source s\n```\n",
            self.ceiling
        ));
        text
    }
}

/// What a receipt is about: a declaration if there is one.
fn said(deeds: &[Deed], dice: &mut Dice) -> String {
    let said: Vec<&Deed> = deeds.iter().filter(|deed| deed.what == DeedKind::Declaration).collect();
    let last = said.get(usize::try_from(dice.below(said.len().max(1) as u64)).expect("small"));
    last.map_or("d00".to_owned(), |deed| deed.id.to_string())
}

fn history(dice: &mut Dice) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    for number in 0..6 + dice.below(24) {
        let first = start().shifted(i64::try_from(dice.below(48)).expect("small") * 60 * MINUTE_MS);
        let length = dice.one(&[0, 0, 0, 0, 6 * 60]);
        let span = Span::new(first, first.shifted(length * MINUTE_MS)).expect("forwards");
        let id = label(&format!("d{number:02}"));
        let people = format!("{} {}", dice.one(&[10, 10, 20, 40]), dice.one(&["people", "people", "people", "teams"]));
        let (what, by, about) = match dice.below(12) {
            0 | 1 => (DeedKind::Announced, dice.one(&["A", "B", "C"]), dice.one(&["pA", "pB", "pC"]).to_owned()),
            2 => (DeedKind::Legal, dice.one(&["A", "B"]), dice.one(&["pA", "pB"]).to_owned()),
            3 => (DeedKind::Received, dice.one(&["M", "M", "A"]), dice.one(&["pA", "pB", "pC"]).to_owned()),
            4 | 5 => {
                (DeedKind::Declaration, dice.one(&["A", "A", "B", "H"]), dice.one(&["pA", "hub", "hub"]).to_owned())
            }
            6 | 7 => (DeedKind::Inspection, dice.one(&["M", "M", "C"]), dice.one(&["pA", "pB", "hub"]).to_owned()),
            8 => (DeedKind::Refusal, "H", "hub".to_owned()),
            _ => (DeedKind::Receipt, dice.one(&["M", "M", "H"]), said(&deeds, dice)),
        };
        let mut deed = Deed::plain(id, what, Some(party(by)), span);
        deed.about = Some(label(&about));
        let levels = matches!(what, DeedKind::Declaration | DeedKind::Inspection);
        deed.amount = (what.is_rung() || levels).then(|| Amount::parse(&people).expect("an amount"));
        if what == DeedKind::Declaration {
            deed.to = vec![party("M")];
        }
        if dice.below(12) == 0 && number > 0 {
            deed.replaces = Some(label(&format!("d{:02}", dice.below(number))));
        }
        if what == DeedKind::Declaration && dice.below(3) > 0 {
            let came = span.latest().shifted(i64::try_from(dice.below(3)).expect("small") * 60 * MINUTE_MS);
            let id = label(&format!("r{number:02}"));
            let mut receipt = Deed::plain(id, DeedKind::Receipt, Some(party("M")), Span::at(came));
            receipt.about = Some(deed.id.clone());
            deeds.push(receipt);
        }
        deeds.push(deed);
    }
    deeds
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Three {
    Yes,
    No,
    CannotTell,
}

impl Three {
    fn of(holds: &Holds) -> Three {
        match holds {
            Holds::Yes => Three::Yes,
            Holds::No(_) => Three::No,
            Holds::CannotTell(_) => Three::CannotTell,
        }
    }
}

/// A level: how much, from when it counts, and whether it is sure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Level {
    many: u64,
    from: Span,
    sure: bool,
}

struct Naive<'a> {
    says: &'a Says,
    deeds: Vec<&'a Deed>,
    at: Instant,
}

impl<'a> Naive<'a> {
    fn of(says: &'a Says, deeds: &'a [Deed], at: Instant) -> Naive<'a> {
        let begun: Vec<&Deed> = deeds.iter().filter(|deed| deed.happened.earliest() <= at).collect();
        let stands = |deed: &&&Deed| begun.iter().all(|other| other.replaces.as_ref() != Some(&deed.id));
        Naive { says, deeds: begun.iter().filter(stands).copied().collect(), at }
    }

    fn which(&self, what: DeedKind, about: &str) -> Vec<&'a Deed> {
        let about = label(about);
        self.deeds.iter().filter(|deed| deed.what == what && deed.about.as_ref() == Some(&about)).copied().collect()
    }

    fn people(deed: &Deed) -> Option<u64> {
        deed.amount.as_ref().filter(|amount| amount.unit == "people").map(|amount| amount.thousandths / 1000)
    }

    /// What is on a rung: surely, and at most. Nothing where nobody reports it.
    fn rung(&self, giver: &str, what: DeedKind) -> Option<(u64, u64)> {
        let mut found: Option<(u64, u64)> = None;
        for deed in self.which(what, &format!("p{giver}")) {
            let Some(many) = Naive::people(deed) else { continue };
            if what == DeedKind::Received && deed.by != Some(party("M")) {
                continue;
            }
            let (least, most) = found.unwrap_or_default();
            let sure = if deed.happened.latest() <= self.at { many } else { 0 };
            found = Some((least + sure, most + many));
        }
        found
    }

    /// The last of several levels: what came last surely, or one that perhaps did.
    fn last(&self, mut levels: Vec<(Span, Label, u64, bool)>) -> Option<Level> {
        levels.sort();
        let (from, _, many, mut sure) = levels.last().cloned()?;
        sure &= from.latest() <= self.at;
        sure &= levels.iter().all(|(other, _, others, _)| *others == many || other.latest() < from.earliest());
        Some(Level { many, from, sure })
    }

    /// What is declared about something by one of these, from when it was received by the one it was sent to.
    fn declared(&self, about: &str, by: &[&str]) -> Option<Level> {
        let mut levels = Vec::new();
        for deed in self.which(DeedKind::Declaration, about) {
            let (Some(many), Some(author)) = (Naive::people(deed), &deed.by) else { continue };
            let receipts = self.which(DeedKind::Receipt, deed.id.as_str());
            let mut received: Vec<Span> = receipts
                .iter()
                .filter(|receipt| receipt.by == Some(party("M")))
                .map(|receipt| receipt.happened)
                .collect();
            received.sort();
            let Some(from) = received.first().copied().filter(|_| by.contains(&author.as_str())) else { continue };
            levels.push((from, deed.id.clone(), many, from.latest() >= deed.happened.earliest()));
        }
        self.last(levels)
    }

    fn inspected(&self, about: &str, public: bool) -> Option<Level> {
        let mut levels = Vec::new();
        for deed in self.which(DeedKind::Inspection, about) {
            let Some(many) = Naive::people(deed) else { continue };
            if deed.by == Some(party("M")) || !public {
                levels.push((deed.happened, deed.id.clone(), many, public));
            }
        }
        self.last(levels)
    }

    fn on(&self, giver: &str, step: Step) -> Option<(u64, u64)> {
        let level = |level: Option<Level>| level.map(|one| (if one.sure { one.many } else { 0 }, one.many));
        match step {
            Step::Pledged => self.rung(giver, DeedKind::Announced),
            Step::Authorised => self.rung(giver, DeedKind::Legal),
            Step::Arrived => self.rung(giver, DeedKind::Received),
            Step::Declared => level(self.declared(&format!("p{giver}"), &[giver])),
            Step::Verified => level(self.inspected(&format!("p{giver}"), true)),
        }
    }

    /// How much on a step, and whether it is enough.
    fn met(&self, step: Step) -> (Option<(u64, u64)>, Three) {
        let each: Vec<Option<(u64, u64)>> = self.says.pledges.iter().map(|(giver, _)| self.on(giver, step)).collect();
        let told: Vec<(u64, u64)> = each.iter().flatten().copied().collect();
        let sum = (!told.is_empty()).then(|| told.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)));
        let met = match (self.says.land, sum) {
            (Some(wanted), Some((least, _))) if least >= wanted => Three::Yes,
            (Some(wanted), Some((_, most))) if most < wanted && told.len() == each.len() => Three::No,
            _ => Three::CannotTell,
        };
        (sum, met)
    }

    fn ceiling(&self) -> Three {
        let sum =
            |step| self.says.pledges.iter().filter_map(|(giver, _)| self.on(giver, step)).map(|one| one.0).sum::<u64>();
        if sum(Step::Verified) > self.says.ceiling || sum(Step::Declared) > self.says.ceiling {
            return Three::No;
        }
        let seen: Option<Vec<(u64, u64)>> =
            self.says.pledges.iter().map(|(giver, _)| self.on(giver, Step::Verified)).collect();
        match seen {
            Some(all) if !all.is_empty() && all.iter().map(|one| one.1).sum::<u64>() <= self.says.ceiling => Three::Yes,
            _ => Three::CannotTell,
        }
    }

    fn ready(&self, giver: &str, by: Option<&str>) -> Three {
        if by.is_none_or(|_| self.at <= Instant::parse("2026-03-02T06:00:00Z").expect("a time")) {
            return Three::Yes;
        }
        // Units other than people: teams may be pledged too.
        let of = |unit: &'static str, what| {
            let counts = |deed: &&Deed| {
                deed.amount.as_ref().is_some_and(|amount| amount.unit == unit)
                    && (what != DeedKind::Received || deed.by == Some(party("M")))
            };
            let deeds: Vec<&Deed> = self.which(what, &format!("p{giver}")).into_iter().filter(counts).collect();
            let many = |deed: &&Deed| deed.amount.as_ref().map_or(0, |amount| amount.thousandths);
            let sure: u64 = deeds.iter().filter(|deed| deed.happened.latest() <= self.at).map(many).sum();
            (!deeds.is_empty()).then(|| (sure, deeds.iter().map(many).sum::<u64>()))
        };
        let mut answers = Vec::new();
        for unit in ["people", "teams"] {
            let Some((least, most)) = of(unit, DeedKind::Announced) else { continue };
            answers.push(match of(unit, DeedKind::Received) {
                Some((came, _)) if came >= most => Three::Yes,
                Some((_, came)) if came < least => Three::No,
                _ => Three::CannotTell,
            });
        }
        if answers.contains(&Three::No) {
            Three::No
        } else if answers.is_empty() || answers.contains(&Three::CannotTell) {
            Three::CannotTell
        } else {
            Three::Yes
        }
    }

    /// Whether the last inspection of the site speaks of now.
    fn fresh(&self, declared: Option<Level>, found: Option<Level>) -> bool {
        let Some(found) = found.filter(|found| found.sure) else { return false };
        let refused = self.which(DeedKind::Refusal, "hub");
        let mut refused: Vec<(Span, &Label)> = refused.iter().map(|deed| (deed.happened, &deed.id)).collect();
        refused.sort();
        let shut = refused.last().is_some_and(|(when, _)| when.latest() >= found.from.earliest());
        !shut && declared.is_none_or(|declared| found.from.earliest() >= declared.from.latest())
    }

    fn site(&self) -> (Three, Three) {
        let (declared, found) = (self.declared("hub", &["H", "A"]), self.inspected("hub", self.says.access));
        let fresh = self.fresh(declared, found);
        let agrees = match (declared, found) {
            (Some(said), Some(seen)) if said.sure && fresh => {
                if said.many == seen.many {
                    Three::Yes
                } else {
                    Three::No
                }
            }
            _ => Three::CannotTell,
        };
        let over = |level: Option<Level>| level.is_some_and(|one| one.sure && one.many > self.says.ceiling);
        let kept = if over(declared) || over(found) {
            Three::No
        } else if fresh {
            Three::Yes
        } else {
            Three::CannotTell
        };
        (agrees, kept)
    }
}

fn compare(seed: u64, seen: &mut BTreeMap<String, usize>) {
    let mut dice = Dice(seed);
    for _ in 0..8 {
        dice.below(2);
    }
    let says = Says::random(&mut dice);
    let text = says.page();
    let (package, remarks): (Package, _) = read(&text);
    let errors: Vec<_> = remarks.iter().filter(|one| one.severity() == clause::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    let deeds = history(&mut dice);
    for _ in 0..4 {
        let at = start().shifted(i64::try_from(dice.below(60 * 60)).expect("small") * MINUTE_MS);
        let shown = sheet(&package, &deeds, &[], at);
        let backwards: Vec<Deed> = deeds.iter().rev().cloned().collect();
        assert_eq!(shown, sheet(&package, &backwards, &[], at), "seed {seed}: the order in which things came shows");
        let naive = Naive::of(&says, &deeds, at);
        let context = || format!("seed {seed}, as of {at}\n{text}\n{deeds:#?}");
        let force = &shown.forces[0];
        let row = force.needs.iter().find(|need| need.unit.as_deref() == Some("people"));
        for step in Step::ALL {
            let (sum, met) = naive.met(step);
            let one = row.map(|row| row.steps.iter().find(|one| one.step == step).expect("every step"));
            let told = one.and_then(|one| one.least_thousandths.zip(one.most_thousandths));
            assert_eq!(told, sum.map(|(least, most)| (least * 1000, most * 1000)), "{}: {}", step.word(), context());
            let answer = one.map_or(Three::CannotTell, |one| Three::of(&one.met));
            assert_eq!(answer, met, "{}: {}", step.word(), context());
            *seen.entry(format!("{} {met:?}", step.word())).or_default() += 1;
        }
        assert_eq!(Three::of(&force.ceilings[0].1), naive.ceiling(), "ceiling: {}", context());
        *seen.entry(format!("ceiling {:?}", naive.ceiling())).or_default() += 1;
        for (giver, by) in &says.pledges {
            let pledge = force.pledges.iter().find(|one| one.commitment == label(&format!("p{giver}"))).expect("there");
            assert_eq!(Three::of(&pledge.ready), naive.ready(giver, *by), "ready {giver}: {}", context());
            *seen.entry(format!("ready {:?}", naive.ready(giver, *by))).or_default() += 1;
        }
        let stock = shown.sites[0].stock.iter().find(|one| one.levels.unit == "people").expect("it has a ceiling");
        let (agrees, kept) = naive.site();
        assert_eq!(Three::of(&stock.agrees), agrees, "agrees: {}", context());
        assert_eq!(Three::of(&stock.ceiling.as_ref().expect("it has one").1), kept, "kept: {}", context());
        *seen.entry(format!("agrees {agrees:?}")).or_default() += 1;
        *seen.entry(format!("kept {kept:?}")).or_default() += 1;
    }
}

#[test]
fn forces_and_sites_stand_as_the_definitions_say() {
    let mut seen = BTreeMap::new();
    (0..1_500).for_each(|seed| compare(seed, &mut seen));
    for what in ["pledged", "authorised", "arrived", "declared", "verified", "ceiling", "ready", "agrees", "kept"] {
        for answer in ["Yes", "No", "CannotTell"] {
            let key = format!("{what} {answer}");
            assert!(seen.get(&key).is_some_and(|count| *count >= 10), "too few histories end `{key}`: {seen:?}");
        }
    }
}

#[test]
fn what_is_kept_is_what_the_sheet_says() {
    for seed in 0..300 {
        let mut dice = Dice(seed);
        for _ in 0..8 {
            dice.below(2);
        }
        let text = Says::random(&mut dice).page();
        let (package, _) = read(&text);
        let deeds = history(&mut dice);
        let mut standing = Standing::of(&package, start());
        // Some come late, some are told of before they begin.
        let mut at = start();
        for (told, deed) in deeds.iter().enumerate() {
            standing.tell(deed.clone());
            for _ in 0..dice.below(3) {
                at = at.shifted(i64::try_from(dice.below(4 * 60)).expect("small") * MINUTE_MS);
                let shown = sheet(&package, &deeds[..=told], &[], at);
                assert_eq!(standing.advance(at), shown, "seed {seed}, as of {at}\n{text}\n{deeds:#?}");
            }
        }
        let end = at.max(start().shifted(80 * 60 * MINUTE_MS));
        assert_eq!(standing.advance(end), sheet(&package, &deeds, &[], end), "seed {seed}\n{text}\n{deeds:#?}");
    }
}
