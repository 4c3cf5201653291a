//! Two texts compared by words and by what their rules mean.
//!
//! Takes two agreements; gives what was added, removed and changed: articles and definitions by their words, rules by every
//! aspect that judging looks at. Rules are aligned by name, then by their text. Never compares what is drawn by its name:
//! a zone of the same name on another map is another zone.

use crate::agreement::{Agreement, Article, Block, Reading, Zone};
use crate::rule::{Bearer, ExceptionTest, Pattern, Rule};
use crate::sentence::{Language, sentence_of_power};
use crate::token::statements;
use std::collections::{BTreeMap, BTreeSet};
use terms::Label;

/// Two texts compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comparison {
    /// What the front matter says otherwise.
    pub front: Vec<Aspect>,
    /// Headings and paragraphs that differ, in the order of the new text, then those removed.
    pub words: Vec<WordChange>,
    /// Names whose definition differs.
    pub definitions: Vec<Aspect>,
    /// Every rule of either text, in the order of the new text, then those removed.
    pub rules: Vec<RulePair>,
    /// Powers that differ.
    pub powers: Vec<Aspect>,
}

/// One thing that reads otherwise; `None` where it is not there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Aspect {
    /// What: `ends`, `zone Band`, `window as North reads it`.
    pub what: String,
    /// As the old text has it.
    pub was: Option<String>,
    /// As the new text has it.
    pub is: Option<String>,
}

/// A heading or paragraph that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WordChange {
    /// Where: the anchor in the new text, or in the old one for what was removed.
    pub anchor: String,
    /// As the old text has it.
    pub was: Option<String>,
    /// As the new text has it.
    pub is: Option<String>,
}

/// One rule in both texts, or in one of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RulePair {
    /// Its name in the old text.
    pub old: Option<Label>,
    /// Its name in the new text.
    pub new: Option<Label>,
    /// What differs in it, where both have it.
    pub aspects: Vec<Aspect>,
}

impl RulePair {
    /// Whether both texts have it and it means the same.
    #[must_use]
    pub fn same(&self) -> bool {
        self.old.is_some() && self.new.is_some() && self.aspects.is_empty()
    }

    /// The name to show: the new one, or the old one of a rule that is gone.
    #[must_use]
    pub fn name(&self) -> &Label {
        self.new.as_ref().or(self.old.as_ref()).expect("invariant: a pair names at least one rule")
    }
}

/// Compares two texts.
#[must_use]
pub fn compare(old: &Agreement, new: &Agreement) -> Comparison {
    let texts = Texts { old: Text::of(old), new: Text::of(new) };
    let powers = |agreement: &Agreement| -> BTreeMap<String, String> {
        agreement
            .powers
            .iter()
            .map(|power| (format!("power {}", power.id), sentence_of_power(agreement, power, Language::English)))
            .collect()
    };
    Comparison {
        front: differing(&front(old), &front(new)),
        words: words(old, new),
        definitions: differing(&texts.old.names, &texts.new.names),
        rules: texts.pairs(),
        powers: differing(&powers(old), &powers(new)),
    }
}

/// What reads otherwise in two tables.
fn differing(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Aspect> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let aspects = names.into_iter().map(|name| Aspect {
        what: name.clone(),
        was: old.get(name).cloned(),
        is: new.get(name).cloned(),
    });
    aspects.filter(|aspect| aspect.was != aspect.is).collect()
}

fn front(agreement: &Agreement) -> BTreeMap<String, String> {
    let civil = |at: Option<terms::Instant>| at.map(|at| agreement.civil(at));
    let lines = [
        ("title", Some(agreement.title.clone())),
        ("version", Some(agreement.version.clone())),
        ("in-force", civil(agreement.in_force)),
        ("ends", civil(agreement.ends)),
        ("time-zone", Some(agreement.time_zone.clone())),
        ("standard", Some(agreement.standard.to_string())),
        ("keep-threshold", Some(agreement.keep_threshold.to_string())),
        ("final-after", Some(agreement.final_after.to_string())),
        ("amends", agreement.amends.clone()),
    ];
    lines.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// Every defined name with what it means, written so that two equal texts are equal meanings.
fn definitions(agreement: &Agreement) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let drawn = |zone: &Zone| {
        let (km2, positions) =
            ((zone.area.square_metres() / 1e6).round(), zone.area.polygons().iter().flatten().flatten().count());
        let of = |stated: &Option<String>| stated.clone().unwrap_or("not stated".to_owned());
        let band = zone.band.as_ref().map_or(String::new(), |(_, reach_m)| format!("within {reach_m} m of a line, "));
        format!("{band}{km2} km2, {positions} positions, version {}, as of {}", of(&zone.version), of(&zone.as_of))
    };
    let listed = |members: Vec<&str>| members.join(" or ");
    for (name, zone) in &agreement.zones {
        names.insert(format!("zone {name}"), drawn(zone));
    }
    for (name, by_party) in &agreement.zones_of {
        for (party, zone) in by_party {
            names.insert(format!("zone {name} of {party}"), drawn(zone));
        }
    }
    for (name, sectors) in &agreement.sectors {
        let of: Vec<String> = sectors.iter().map(|(sector, zone)| format!("{sector}: {}", drawn(zone))).collect();
        names.insert(format!("sectors {name}"), of.join("; "));
    }
    for (name, acts) in &agreement.events {
        names.insert(format!("event {name}"), listed(acts.iter().map(|act| act.word()).collect()));
    }
    for (name, members) in &agreement.classes {
        names.insert(format!("class {name}"), listed(members.iter().map(Label::as_str).collect()));
    }
    for (name, calibre_um) in &agreement.objects {
        names.insert(format!("object {name}"), format!("calibre {} um", calibre_um));
    }
    for (name, state) in &agreement.states {
        names
            .insert(format!("state {name}"), format!("from {} until {}", pattern(&state.begins), pattern(&state.ends)));
    }
    for source in &agreement.planned {
        let acts = listed(source.acts.iter().map(|act| act.word()).collect());
        let zone = source.zone.as_ref().map_or(String::new(), |zone| format!(" in {zone}"));
        let within = source.within.map_or(String::new(), |within| format!(" within {within}"));
        let at = source.at.map_or(String::new(), |at| format!(" at {at}"));
        names.insert(format!("source {}", source.name), format!("reports {acts}{zone}{within}{at}"));
    }
    for reading in &agreement.readings {
        let times = reading.parameters.iter().map(|(name, at)| format!("{name} = {}", agreement.civil(*at)));
        let zones = reading.names.iter().map(|(name, zone)| format!("{name} = {zone}"));
        names.insert(format!("reading {}", reading.id), times.chain(zones).collect::<Vec<_>>().join(", "));
    }
    names.insert("parties".to_owned(), listed(agreement.parties.iter().map(|(party, _)| party.as_str()).collect()));
    names
}

fn pattern(pattern: &Pattern) -> String {
    let acts: Vec<&str> = pattern.acts.iter().map(|act| act.word()).collect();
    let mut words = acts.join(" or ");
    let slots = [("of", &pattern.class), ("in", &pattern.zone), ("in each", &pattern.sectors)];
    for (word, name) in slots {
        words.push_str(&name.as_ref().map_or(String::new(), |name| format!(" {word} {name}")));
    }
    format!("{words} by {:?} at {:?}", pattern.by, pattern.at)
}

/// Paragraphs of each article, aligned by anchor; the same words under another anchor are no change.
fn words(old: &Agreement, new: &Agreement) -> Vec<WordChange> {
    let (before, after) = (paragraphs(old), paragraphs(new));
    let texts = |list: &[(String, String)]| -> BTreeSet<String> { list.iter().map(|(_, text)| text.clone()).collect() };
    let (had, has) = (texts(&before), texts(&after));
    let was = |anchor: &String| before.iter().find(|(known, text)| known == anchor && !has.contains(text));
    let mut changes: Vec<WordChange> = after
        .iter()
        .filter(|(_, text)| !had.contains(text))
        .map(|(anchor, text)| WordChange {
            anchor: anchor.clone(),
            was: was(anchor).map(|(_, text)| text.clone()),
            is: Some(text.clone()),
        })
        .collect();
    let changed: BTreeSet<String> =
        changes.iter().filter(|change| change.was.is_some()).map(|change| change.anchor.clone()).collect();
    let removed = before.iter().filter(|(anchor, text)| !has.contains(text) && !changed.contains(anchor));
    changes.extend(removed.map(|(anchor, text)| WordChange {
        anchor: anchor.clone(),
        was: Some(text.clone()),
        is: None,
    }));
    changes
}

fn paragraphs(agreement: &Agreement) -> Vec<(String, String)> {
    let of = |article: &Article| {
        let heading = (article.anchor.clone(), article.heading.clone());
        let prose = article.blocks.iter().filter_map(|block| match block {
            Block::Prose { anchor, text } => Some((anchor.clone(), text.clone())),
            Block::Rules { .. } | Block::NotUnderstood { .. } => None,
        });
        std::iter::once(heading).chain(prose).collect::<Vec<_>>()
    };
    agreement.articles.iter().flat_map(of).filter(|(_, text)| !text.is_empty()).collect()
}

/// A text with its tables of definitions and of rules in their own words.
struct Text<'a> {
    agreement: &'a Agreement,
    names: BTreeMap<String, String>,
    lines: BTreeMap<Label, Vec<String>>,
}

impl<'a> Text<'a> {
    fn of(agreement: &'a Agreement) -> Text<'a> {
        Text { agreement, names: definitions(agreement), lines: rule_lines(agreement) }
    }

    /// The lines of a rule that open so; its first line for an empty opening.
    fn line(&self, rule: &Rule, opening: &str) -> Option<String> {
        let lines = self.lines.get(&rule.id)?;
        let found: Vec<&str> = match opening {
            "" => lines.first().map(String::as_str).into_iter().collect(),
            opening => lines.iter().skip(1).filter(|line| line.starts_with(opening)).map(String::as_str).collect(),
        };
        (!found.is_empty()).then(|| found.join("; "))
    }
}

struct Texts<'a> {
    old: Text<'a>,
    new: Text<'a>,
}

impl Texts<'_> {
    fn pairs(&self) -> Vec<RulePair> {
        let partners = self.partners();
        let kept: BTreeSet<&Label> = partners.values().copied().collect();
        let mut pairs = Vec::new();
        for rule in &self.new.agreement.rules {
            let old = partners.get(&rule.id).and_then(|old| self.old.agreement.rule(old));
            let aspects = old.map_or_else(Vec::new, |old| self.aspects(old, rule));
            pairs.push(RulePair { old: old.map(|old| old.id.clone()), new: Some(rule.id.clone()), aspects });
        }
        let gone = self.old.agreement.rules.iter().filter(|rule| !kept.contains(&rule.id));
        pairs.extend(gone.map(|rule| RulePair { old: Some(rule.id.clone()), new: None, aspects: Vec::new() }));
        pairs
    }

    /// The old name of each new rule: the same name, the same text under another name, or the only rule of its kind
    /// and bearer under a paragraph of the same words.
    fn partners(&self) -> BTreeMap<&Label, &Label> {
        let (old, new) = (self.old.agreement, self.new.agreement);
        let same = new.rules.iter().filter_map(|rule| Some((&rule.id, &old.rule(&rule.id)?.id)));
        let mut partners: BTreeMap<&Label, &Label> = same.collect();
        let (before, after) = (paragraph_texts(old), paragraph_texts(new));
        let by_lines = |a: &Rule, b: &Rule| self.old.lines.get(&a.id) == self.new.lines.get(&b.id);
        let by_paragraph = |a: &Rule, b: &Rule| {
            (a.kind(), &a.bearer) == (b.kind(), &b.bearer) && before.get(&a.anchor) == after.get(&b.anchor)
        };
        type Alike<'f> = &'f dyn Fn(&Rule, &Rule) -> bool;
        for alike in [&by_lines as Alike<'_>, &by_paragraph] {
            for rule in &new.rules {
                let taken: BTreeSet<&Label> = partners.values().copied().collect();
                let mut free = old.rules.iter().filter(|known| !taken.contains(&known.id) && alike(known, rule));
                if let (false, Some(only), None) = (partners.contains_key(&rule.id), free.next(), free.next()) {
                    partners.insert(&rule.id, &only.id);
                }
            }
        }
        partners
    }

    /// Everything that judging looks at and that differs.
    fn aspects(&self, old: &Rule, new: &Rule) -> Vec<Aspect> {
        let mut aspects = Vec::new();
        let mut say = |what: &str, was: Option<String>, is: Option<String>| {
            aspects.push(Aspect { what: what.to_owned(), was, is });
        };
        if (&old.bearer, &old.owed, &old.kernel) != (&new.bearer, &new.owed, &new.kernel) {
            say("asks", self.old.line(old, ""), self.new.line(new, ""));
        }
        let labels: BTreeSet<&Label> =
            old.exceptions.iter().chain(&new.exceptions).map(|exception| &exception.label).collect();
        for label in labels {
            let tests = |rule: &Rule| rule.exceptions.iter().find(|exception| exception.label == *label).cloned();
            if tests(old) != tests(new) {
                let line = format!("except {label}:");
                say("exception", self.old.line(old, &line), self.new.line(new, &line));
            }
        }
        if old.released != new.released {
            say("released", self.old.line(old, "released"), self.new.line(new, "released"));
        }
        if old.otherwise != new.otherwise {
            say("otherwise", self.old.line(old, "otherwise"), self.new.line(new, "otherwise"));
        }
        let (was, is) = (self.figures(&self.old, old), self.figures(&self.new, new));
        aspects.extend(differing(&was, &is));
        aspects.extend(self.redrawn(old, new));
        aspects
    }

    /// Windows, thresholds, and what each name that the rule leans on means.
    fn figures(&self, text: &Text<'_>, rule: &Rule) -> BTreeMap<String, String> {
        let agreement = text.agreement;
        let leaned = leans_on(agreement, rule).into_iter();
        let mut figures: BTreeMap<String, String> =
            leaned.filter_map(|name| Some((name.clone(), text.names.get(&name)?.clone()))).collect();
        figures.insert("standard".to_owned(), rule.standard.to_string());
        figures.insert("final after".to_owned(), rule.final_after.to_string());
        figures.insert("keep threshold".to_owned(), agreement.keep_threshold.to_string());
        for reading in agreement.readings_of(rule) {
            figures.extend(window(agreement, rule, reading));
        }
        figures
    }

    /// Zones of one name whose ground differs though their figures agree.
    fn redrawn(&self, old: &Rule, new: &Rule) -> Option<Aspect> {
        let ground = |text: &Text<'_>, zone: &Label| {
            let zone = text.agreement.zones.get(zone)?;
            Some((zone.area.clone(), zone.band.clone(), zone.holds.clone()))
        };
        let shared = leans_on(self.old.agreement, old).into_iter().filter(|name| {
            leans_on(self.new.agreement, new).contains(name) && self.old.names.get(name) == self.new.names.get(name)
        });
        let zones = shared.filter_map(|name| Label::new(name.strip_prefix("zone ")?));
        let redrawn: Vec<String> = zones
            .filter(|zone| ground(&self.old, zone) != ground(&self.new, zone))
            .map(|zone| zone.to_string())
            .collect();
        (!redrawn.is_empty()).then(|| Aspect {
            what: format!("ground of {}", redrawn.join(", ")),
            was: Some("as the old map draws it".to_owned()),
            is: Some("as the new map draws it".to_owned()),
        })
    }
}

/// The paragraphs by anchor.
fn paragraph_texts(agreement: &Agreement) -> BTreeMap<String, String> {
    paragraphs(agreement).into_iter().collect()
}

/// The words of each rule, line by line, without its own name.
fn rule_lines(agreement: &Agreement) -> BTreeMap<Label, Vec<String>> {
    let mut rules: BTreeMap<Label, Vec<String>> = BTreeMap::new();
    for block in agreement.articles.iter().flat_map(|article| &article.blocks) {
        let Block::Rules { text, .. } = block else { continue };
        let mut current: Option<Label> = None;
        for statement in statements(text, 0) {
            let words: Vec<&str> = statement.tokens.iter().map(|token| &text[token.span.clone()]).collect();
            let line = text[statement.span.clone()].split_whitespace().collect::<Vec<_>>().join(" ").replace(" :", ":");
            match words.as_slice() {
                ["rule", id, ..] => current = Label::new(id),
                ["except" | "otherwise" | "released" | "standard" | "final" | "confirmed", ..] => {}
                _ => current = None,
            }
            if let ["otherwise", id, rest @ ..] = words.as_slice() {
                rules.extend(Label::new(id).map(|id| (id, vec![rest.join(" ")])));
            }
            if let Some(id) = &current {
                let own = format!("rule {id} ");
                let line = line.strip_prefix(&own).unwrap_or(&line).to_owned();
                rules.entry(id.clone()).or_default().push(line);
            }
        }
    }
    rules
}

fn window(agreement: &Agreement, rule: &Rule, reading: &Reading) -> Option<(String, String)> {
    let window = rule.window(reading)?;
    let until = window.until.map_or("with no end".to_owned(), |until| format!("until {}", agreement.civil(until)));
    let what = if rule.depends_on_reading { format!("window as {} reads it", reading.id) } else { "window".to_owned() };
    Some((what, format!("from {} {until}", agreement.civil(window.from))))
}

/// The defined names that a rule leans on, as the table of definitions writes them.
fn leans_on(agreement: &Agreement, rule: &Rule) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for test in rule.exceptions.iter().flat_map(|exception| &exception.tests) {
        match test {
            ExceptionTest::In(zone) => zones(agreement, zone, &mut names),
            ExceptionTest::On(class) => _ = names.insert(format!("class {class}")),
            ExceptionTest::After { .. }
            | ExceptionTest::While(_)
            | ExceptionTest::By(_)
            | ExceptionTest::Permitted(_) => {}
        }
    }
    names.extend(rule.states().map(|state| format!("state {state}")));
    for pattern in agreement.patterns_of(rule) {
        pattern.zone.iter().for_each(|zone| zones(agreement, zone, &mut names));
        names.extend(pattern.class.iter().map(|class| format!("class {class}")));
        names.extend(pattern.sectors.iter().map(|sectors| format!("sectors {sectors}")));
    }
    if rule.bearer == Bearer::EachParty || rule.owed == Some(Bearer::EachParty) {
        names.insert("parties".to_owned());
    }
    names
}

/// A zone's name, and every zone that a reading or a party takes it to be.
fn zones(agreement: &Agreement, zone: &Label, names: &mut BTreeSet<String>) {
    let meant = agreement.readings.iter().filter_map(|reading| reading.names.get(zone)).chain([zone]);
    for zone in meant {
        names.insert(format!("zone {zone}"));
        names.extend(
            agreement.zones_of.get(zone).into_iter().flatten().map(|(party, _)| format!("zone {zone} of {party}")),
        );
    }
}
