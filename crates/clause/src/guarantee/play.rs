//! The tabletop: a package played over what happened, hour by hour.
//!
//! Takes a package and a page; gives the text that a room would read: at each moment what became known, which clock runs
//! under which reading, who owes what; and at the end where the text falls silent. Asks `sheet` and nothing else, so that a
//! tabletop cannot say what a mission would not.

use super::deed::{Breach, Deed};
use super::force::ForceStand;
use super::package::{ClockRule, Commitment, Package};
use super::page::Tabletop;
use super::run::{ClockStand, Run};
use super::sheet::{Sheet, sheet};
use super::site::SiteStand;
use super::trigger::Trigger;
use crate::calendar::elapsed_text;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use terms::time::{HOUR_MS, MINUTE_MS};
use terms::{Instant, Label};

/// No play has more moments.
const MOMENTS_MOST: usize = 2_000;

/// The play of a page, as text.
#[must_use]
pub fn play(package: &Package, page: &Tabletop) -> String {
    let table = Table { package, page };
    let mut out = format!("{}, version {}, sources read up to {}\n", package.title, package.version, package.as_of);
    let _ = writeln!(out, "H is {}\n", package.civil(page.hour_zero));
    let mut agenda: BTreeSet<Instant> = page.deeds.iter().map(|(known, _)| *known).collect();
    agenda.extend(page.breaches.iter().map(|(known, _)| *known));
    agenda.insert(page.until);
    agenda.retain(|at| *at <= page.until);
    let mut before: BTreeMap<String, String> = BTreeMap::new();
    let mut spoke = Spoke::default();
    if let Some(first) = agenda.first() {
        before.extend(posts(&table.sheet(first.shifted(-1))));
    }
    let mut moments = 0;
    while let Some(at) = agenda.pop_first() {
        moments += 1;
        if moments > MOMENTS_MOST {
            let _ =
                writeln!(out, "more than {MOMENTS_MOST} moments; what comes after {} is not played", package.civil(at));
            break;
        }
        let now = table.sheet(at);
        let ends = now.runs.iter().filter_map(|run| run.due);
        agenda.extend(ends.map(|due| due.shifted(1)).filter(|end| *end > at && *end <= page.until));
        table.moment(&now, &mut before, &mut spoke, &mut out);
    }
    table.end(&table.sheet(page.until), &spoke, &mut out);
    out
}

/// What the package has spoken of in the course of a play.
#[derive(Default)]
struct Spoke {
    /// Deeds and breaches that started or met a clock.
    of: BTreeSet<String>,
    /// Commitments that could be called upon or not, and then otherwise.
    turned: BTreeSet<Label>,
    /// Lines about forces and sites that changed.
    posts: BTreeSet<String>,
}

/// What there is to say of forces and sites.
fn posts(sheet: &Sheet) -> Vec<(String, String)> {
    let forces = sheet.forces.iter().flat_map(ForceStand::lines);
    forces.chain(sheet.sites.iter().flat_map(SiteStand::lines)).collect()
}

struct Table<'a> {
    package: &'a Package,
    page: &'a Tabletop,
}

impl Table<'_> {
    /// How everything stands with what is known by then.
    fn sheet(&self, at: Instant) -> Sheet {
        let known = |known: &Instant| *known <= at;
        let deeds: Vec<Deed> =
            self.page.deeds.iter().filter(|(when, _)| known(when)).map(|(_, deed)| deed.clone()).collect();
        let breaches: Vec<Breach> =
            self.page.breaches.iter().filter(|(when, _)| known(when)).map(|(_, breach)| breach.clone()).collect();
        sheet(self.package, &deeds, &breaches, at)
    }

    /// What became known at a moment, and which clocks stand otherwise than before.
    fn moment(&self, now: &Sheet, before: &mut BTreeMap<String, String>, spoke: &mut Spoke, out: &mut String) {
        let at = now.at;
        let mut lines = String::new();
        for (_, breach) in self.page.breaches.iter().filter(|(known, _)| *known == at) {
            let by = breach.by.as_ref().map_or("by whom is not known".to_owned(), |by| format!("by {by}"));
            let late = self.late(breach.happened.latest(), at);
            let _ = writeln!(lines, "  breach {} {by}, {}{late}", breach.id, breach.footing.word());
        }
        for (_, deed) in self.page.deeds.iter().filter(|(known, _)| *known == at) {
            let about = deed.about.as_ref().map_or_else(String::new, |about| format!(" about {about}"));
            let note = if deed.note.is_empty() { String::new() } else { format!(": {}", deed.note) };
            let late = self.late(deed.happened.latest(), at);
            let much = deed.amount.as_ref().map_or_else(String::new, |amount| format!(", {amount}"));
            let longer = deed.longer.map_or_else(String::new, |longer| format!(", {longer} more"));
            let _ = writeln!(lines, "  {}{about}{much}{longer}{late}{note}", deed.named());
        }
        for run in &now.runs {
            spoke.of.insert(run.trigger.clone());
            if let ClockStand::Discharged { by, .. } | ClockStand::Late { by, .. } = &run.stands {
                spoke.of.insert(by.clone());
            }
            let (name, told) = (run.name(), self.told(run));
            if before.insert(name.clone(), told.clone()).as_ref() == Some(&told) {
                continue;
            }
            lines.push_str(&told);
        }
        for one in &now.commitments {
            let told = format!("{}{}", one.binds.word(), one.binds.reasons().join("; "));
            let was = before.insert(format!("commitment {}", one.id), told.clone());
            if was.is_some_and(|was| was != told) {
                spoke.turned.insert(one.id.clone());
                let (word, why) = (one.binds.word(), one.binds.reasons().join("; "));
                let why = if why.is_empty() { String::new() } else { format!(": {why}") };
                let _ = writeln!(lines, "  commitment {}, can it be called upon? {word}{why}", one.id);
            }
        }
        for (name, told) in posts(now) {
            if before.insert(name.clone(), told.clone()).as_ref() != Some(&told) {
                let _ = writeln!(lines, "  {name}: {told}");
                spoke.posts.insert(name);
            }
        }
        let other = |name: &str| ["commitment ", "force ", "site "].iter().any(|noun| name.starts_with(noun));
        let gone: Vec<String> = before
            .keys()
            .filter(|name| !other(name) && now.runs.iter().all(|run| run.name() != **name))
            .cloned()
            .collect();
        for name in gone {
            before.remove(&name);
            let _ = writeln!(lines, "  clock {name}: does not run after all");
        }
        if !lines.is_empty() {
            let _ = writeln!(out, "{}  {}\n{lines}", self.hour(at), self.package.civil(at));
        }
    }

    /// `, which happened 2 h before`, where it was known later than it happened.
    fn late(&self, happened: Instant, known: Instant) -> String {
        match known.ms() - happened.ms() {
            0 => String::new(),
            ms if ms > 0 => format!(", {} after it happened", elapsed_text(ms)),
            ms => format!(", {} before it ends", elapsed_text(ms)),
        }
    }

    /// `H+24:00`.
    fn hour(&self, at: Instant) -> String {
        let ms = at.ms() - self.page.hour_zero.ms();
        let sign = if ms < 0 { '-' } else { '+' };
        let ms = ms.abs();
        format!("H{sign}{}:{:02}", ms / HOUR_MS, ms % HOUR_MS / MINUTE_MS)
    }

    fn told(&self, run: &Run) -> String {
        let mut out = String::new();
        let reading = run.reading.as_ref().map_or_else(String::new, |reading| format!(" as `{reading}`"));
        let owes = match self.parts(run) {
            Some((_, commitment)) => {
                format!("{} owes {}: {}", commitment.debtor, commitment.beneficiary, commitment.says)
            }
            None => String::new(),
        };
        let _ = writeln!(out, "  clock {}{reading}, started by {}: {}", run.clock, run.trigger, self.stand(run));
        let _ = writeln!(out, "    {}", run.arithmetic);
        match &run.stands {
            ClockStand::Running | ClockStand::Paused { .. } | ClockStand::Expired => {
                let _ = writeln!(out, "    {owes}");
            }
            ClockStand::Pending
            | ClockStand::Discharged { .. }
            | ClockStand::Late { .. }
            | ClockStand::NotBound(_)
            | ClockStand::Void(_)
            | ClockStand::CannotTell(_) => {}
        }
        if run.stands == ClockStand::Expired {
            let follows = self.parts(run).and_then(|(rule, _)| rule.on_expiry.clone());
            let silent = "the text does not say what follows".to_owned();
            let _ = writeln!(out, "    then: {}", follows.unwrap_or(silent));
        }
        for note in &run.notes {
            let _ = writeln!(out, "    note: {note}");
        }
        out
    }

    fn stand(&self, run: &Run) -> String {
        let word = run.stands.word();
        match &run.stands {
            ClockStand::Running => {
                let due = run.due.unwrap_or(Instant::LATEST);
                format!("{word} until {}", self.hour(due))
            }
            ClockStand::Paused { left_ms, .. } => format!("{word} with {} left", elapsed_text(*left_ms)),
            ClockStand::Discharged { by, .. } => format!("{word} by {by}"),
            ClockStand::Late { by, late_ms, .. } => format!("{word} by {}, met by {by}", elapsed_text(*late_ms)),
            ClockStand::Expired => format!("{word} at {}", self.hour(run.due.unwrap_or(Instant::LATEST))),
            ClockStand::Pending => word.to_owned(),
            ClockStand::NotBound(why) | ClockStand::CannotTell(why) => format!("{word}: {}", why.join("; ")),
            ClockStand::Void(why) => format!("{word}: {why}"),
        }
    }

    fn parts(&self, run: &Run) -> Option<(&ClockRule, &Commitment)> {
        let rule = self.package.clocks.iter().find(|rule| rule.id == run.clock)?;
        let commitment = self.package.commitments.iter().find(|one| one.id == run.commitment)?;
        Some((rule, commitment))
    }

    fn end(&self, last: &Sheet, spoke: &Spoke, out: &mut String) {
        let _ = writeln!(out, "At the end, {}, {}", self.hour(last.at), self.package.civil(last.at));
        for run in &last.runs {
            let reading = run.reading.as_ref().map_or_else(String::new, |reading| format!(" as `{reading}`"));
            let _ = writeln!(out, "  {}{reading}, {}: {}", run.clock, run.trigger, self.stand(run));
        }
        for (name, told) in posts(last).into_iter().filter(|(name, _)| spoke.posts.contains(name)) {
            let _ = writeln!(out, "  {name}: {told}");
        }
        let _ = writeln!(out, "\nWhere the text falls silent");
        // Of the clocks that this page could concern: those that started, and those that its deeds and breaches speak of.
        let touched: BTreeSet<&Label> = last.runs.iter().map(|run| &run.clock).collect();
        let idle: BTreeSet<&Label> = last.idle.iter().map(|idle| &idle.clock).collect();
        for one in last.idle.iter().filter(|one| touched.contains(&one.clock)) {
            let reading = one.reading.as_ref().map_or_else(String::new, |reading| format!(" as `{reading}`"));
            let _ = writeln!(out, "  {}{reading} did not start: it waits for {}", one.clock, one.awaits);
        }
        let waiting: Vec<&str> = idle.difference(&touched).map(|clock| clock.as_str()).collect();
        if !waiting.is_empty() {
            let _ = writeln!(out, "  nothing started {}", waiting.join(", "));
        }
        let package = self.package;
        let mut gaps = BTreeSet::new();
        for run in &last.runs {
            let Some((rule, commitment)) = self.parts(run) else { continue };
            let cited = [(&rule.id, &rule.cited), (&commitment.id, &commitment.cited)];
            for (id, cited) in cited {
                gaps.extend(cited.gaps.iter().map(|gap| format!("{id}: {gap}")));
            }
            if rule.discharged.is_none() {
                gaps.insert(format!("{}: the text sets no test of what meets it", rule.id));
            }
            if rule.on_expiry.is_none() {
                gaps.insert(format!("{}: the text does not say what follows when it runs out", rule.id));
            }
        }
        for one in self.package.commitments.iter().filter(|one| spoke.turned.contains(&one.id)) {
            gaps.extend(one.cited.gaps.iter().map(|gap| format!("{}: {gap}", one.id)));
            let conditions = one.when.iter().filter_map(|id| self.package.conditions.get(id));
            let of = conditions.flat_map(|condition| condition.cited.gaps.iter().map(move |gap| (&condition.id, gap)));
            gaps.extend(of.map(|(id, gap)| format!("{id}: {gap}")));
        }
        let of_posts = package.forces.iter().map(|one| ("force", &one.id, &one.cited));
        let of_posts = of_posts.chain(package.sites.iter().map(|one| ("site", &one.id, &one.cited)));
        let changed = |noun: &str, id: &Label| {
            spoke.posts.iter().any(|name| name.strip_prefix(&format!("{noun} {id},")).is_some())
        };
        for (_, id, cited) in of_posts.filter(|(noun, id, _)| changed(noun, id)) {
            gaps.extend(cited.gaps.iter().map(|gap| format!("{id}: {gap}")));
        }
        for gap in gaps {
            let _ = writeln!(out, "  {gap}");
        }
        for named in self.unheard(spoke) {
            let _ = writeln!(out, "  nothing in the package speaks of {named}");
        }
    }

    /// Deeds and breaches that started, met or ended nothing, and are about nothing that the package has.
    fn unheard(&self, spoke: &Spoke) -> Vec<String> {
        let (package, heard) = (self.package, &spoke.of);
        let known: BTreeSet<&str> = package
            .instruments
            .iter()
            .map(|one| one.id.as_str())
            .chain(package.conditions.keys().map(Label::as_str))
            .chain(package.commitments.iter().map(|one| one.id.as_str()))
            .chain(package.clocks.iter().map(|one| one.id.as_str()))
            .chain(package.forces.iter().map(|one| one.id.as_str()))
            .chain(package.sites.iter().map(|one| one.id.as_str()))
            .collect();
        let all: BTreeSet<&str> = self.page.deeds.iter().map(|(_, deed)| deed.id.as_str()).collect();
        let deeds = self.page.deeds.iter().filter(|(_, deed)| {
            let about = deed.about.as_ref().map_or("", Label::as_str);
            let told = self.page.deeds.iter().any(|(_, other)| other.about.as_ref() == Some(&deed.id));
            !heard.contains(deed.id.as_str()) && !known.contains(about) && !all.contains(about) && !told
        });
        let ends = |breach: &Breach| {
            let voids = package.commitments.iter().flat_map(|one| &one.voids);
            voids.map(|(_, trigger)| trigger).any(|trigger| match trigger {
                Trigger::Breach { by, .. } => breach.by.is_none() || by.is_none() || *by == breach.by,
                Trigger::Deed(_) | Trigger::Expiry(_) | Trigger::Discharge(_) | Trigger::Moment(_) => false,
            })
        };
        let breaches = self.page.breaches.iter().filter(|(_, one)| !heard.contains(&one.id) && !ends(one));
        let mut unheard: Vec<String> = deeds.map(|(_, deed)| deed.named()).collect();
        unheard.extend(breaches.map(|(_, breach)| format!("breach {}", breach.id)));
        unheard
    }
}
