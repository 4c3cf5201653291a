//! Pages to play a package on: what was done and which breaches are known, as tables in Markdown.
//!
//! Takes the page and the package; gives deeds, breaches and the moments to look at, or the first line that is wrong.
//! Never guesses: a word that it does not know is a fault.

use super::deed::{Amount, Breach, Deed, DeedKind, Paper};
use super::package::Package;
use crate::calendar::Duration;
use crate::fact::Footing;
use crate::names::advised;
use crate::scenario::{EXPECTED, Fault, PAGE_MOST_BYTES, Row, Told, fenced, instant, rows, span};
use std::collections::BTreeSet;
use terms::{Instant, Label, Party};

/// What a page tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tabletop {
    /// What was done, each with when it came to be known.
    pub deeds: Vec<(Instant, Deed)>,
    /// The breaches that are known, each with when it came to be known.
    pub breaches: Vec<(Instant, Breach)>,
    /// From which instant hours are counted: that of the first happening, unless the page says.
    pub hour_zero: Instant,
    /// Up to when it is played.
    pub until: Instant,
}

/// The page of guarantees that a case carries, if it carries one: its text in a fence ` ````guarantees `.
#[must_use]
pub fn carried(page: &str) -> Option<String> {
    fenced(page, "guarantees").into_iter().next().map(|(_, text)| text)
}

/// What a page tells, in the words of a package.
///
/// # Errors
/// The first line that is not understood.
pub fn tabletop(page: &str, package: &Package) -> Result<Tabletop, Fault> {
    if page.len() > PAGE_MOST_BYTES {
        return Err(Fault { line: 1, message: format!("the page is longer than {PAGE_MOST_BYTES} bytes; split it") });
    }
    let told = Teller { package };
    let each = |row: &Row<'_>| row.told(told.deed(row));
    let deeds: Vec<(Instant, Deed)> = rows(page, "| deed |")?.iter().map(each).collect::<Result<_, _>>()?;
    let each = |row: &Row<'_>| row.told(told.breach(row));
    let breaches: Vec<(Instant, Breach)> = rows(page, "| breach |")?.iter().map(each).collect::<Result<_, _>>()?;
    let mut seen = BTreeSet::new();
    for row in rows(page, "| deed |")?.iter().chain(&rows(page, "| breach |")?) {
        let id = row.cell("deed").or_else(|| row.cell("breach")).unwrap_or_default().to_owned();
        if !seen.insert(id.clone()) {
            return Err(Fault {
                line: row.line,
                message: format!("`{id}` stands twice; give one of them another name"),
            });
        }
    }
    let moment = |key: &str| -> Result<Option<Instant>, Fault> {
        let mut lines = page.lines().enumerate().take_while(|(_, line)| *line != EXPECTED);
        let found = lines.find_map(|(at, line)| Some((at, line.strip_prefix(key)?)));
        let fault = |at: usize| move |message| Fault { line: at + 1, message };
        found.map(|(at, text)| instant(text, &package.calendar).map_err(fault(at))).transpose()
    };
    let first = deeds.iter().map(|(_, deed)| deed.happened).chain(breaches.iter().map(|(_, one)| one.happened)).min();
    let nothing = || Fault { line: 1, message: "the page has no row; add a table that begins `| deed |`".to_owned() };
    let hour_zero = moment("H: ")?.or(first.map(terms::Span::earliest)).ok_or_else(nothing)?;
    let bare =
        || Fault { line: 1, message: "the page does not say how long to play: add a line `Until: TIME`".to_owned() };
    Ok(Tabletop { deeds, breaches, hour_zero, until: moment("Until: ")?.ok_or_else(bare)? })
}

/// The deeds that a page tells, each with when it came to be known, in the order of its table.
///
/// # Errors
/// The first line that is not understood.
pub fn deeds(page: &str, package: &Package) -> Result<Vec<(Instant, Deed)>, Fault> {
    if page.len() > PAGE_MOST_BYTES {
        return Err(Fault { line: 1, message: format!("the page is longer than {PAGE_MOST_BYTES} bytes; split it") });
    }
    let told = Teller { package };
    let mut seen = BTreeSet::new();
    let mut deeds = Vec::new();
    for row in rows(page, "| deed |")? {
        let (known, deed) = row.told(told.deed(&row))?;
        if !seen.insert(deed.id.clone()) {
            let message = format!("`{}` stands twice; give one of them another name", deed.id);
            return Err(Fault { line: row.line, message });
        }
        deeds.push((known, deed));
    }
    if deeds.is_empty() {
        let message = "the page has no deed; add a table that begins `| deed |`".to_owned();
        return Err(Fault { line: 1, message });
    }
    Ok(deeds)
}

struct Teller<'a> {
    package: &'a Package,
}

impl Teller<'_> {
    fn deed(&self, row: &Row<'_>) -> Told<(Instant, Deed)> {
        let id = row.needed("deed")?;
        let what = row.needed("what")?;
        let happened = span(row.needed("happened")?, &self.package.calendar)?;
        let words = || DeedKind::ALL.map(DeedKind::word).join(", ");
        let to = row.cell("to").unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        let deed = Deed {
            happened,
            id: Label::new(id).ok_or_else(|| format!("`{id}` is no name"))?,
            what: DeedKind::from_word(what).ok_or_else(|| format!("`{what}` is no deed; they are {}", words()))?,
            by: row.cell("by").map(|name| self.party(name)).transpose()?,
            to: to.map(|name| self.party(name)).collect::<Told<_>>()?,
            about: row.label("about")?,
            amount: row.cell("amount").map(amount).transpose()?,
            longer: row.cell("longer").map(longer).transpose()?,
            paper: row.cell("document").map(|title| Paper { title: title.to_owned(), sha256: None, withheld: false }),
            replaces: row.label("replaces")?,
            note: row.cell("note").unwrap_or_default().to_owned(),
        };
        self.complete(row, &deed)?;
        Ok((self.known(row, happened.latest())?, deed))
    }

    /// Notices of a level are typed: each says all that the other end needs to answer it.
    fn complete(&self, row: &Row<'_>, deed: &Deed) -> Told<()> {
        let needed: &[&str] = if deed.what == DeedKind::Declaration {
            &["by", "to", "about", "amount"]
        } else if matches!(deed.what, DeedKind::Inspection | DeedKind::Refusal) {
            &["by", "about"]
        } else {
            return Ok(());
        };
        if let Some(missing) = needed.iter().find(|column| row.cell(column).is_none()) {
            let (what, all) = (deed.what.word(), needed.join("`, `"));
            return Err(format!("a `{what}` without `{missing}` is no whole notice; it needs `{all}`"));
        }
        let sites = self.package.sites.iter().map(|one| one.id.as_str());
        let names = || sites.clone().chain(self.package.commitments.iter().map(|one| one.id.as_str()));
        let about = deed.about.as_ref().map_or("", Label::as_str);
        if names().any(|name| name == about) {
            return Ok(());
        }
        Err(advised(format!("no site and no commitment is called `{about}`"), about, names()))
    }

    fn breach(&self, row: &Row<'_>) -> Told<(Instant, Breach)> {
        let happened = span(row.needed("happened")?, &self.package.calendar)?;
        let rules = row.cell("rules").unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        let breach = Breach {
            happened,
            id: row.needed("breach")?.to_owned(),
            rules: rules
                .map(|name| Label::new(name).ok_or_else(|| format!("`{name}` is no rule")))
                .collect::<Told<_>>()?,
            by: row.cell("by").map(|name| self.party(name)).transpose()?,
            footing: match row.cell("footing") {
                None | Some("proposed") => Footing::Proposed,
                Some("alleged") => Footing::Alleged,
                Some("established") => Footing::Established,
                Some("ruled") => Footing::Ruled,
                Some(other) => {
                    return Err(format!("`{other}` is no footing; it is alleged, proposed, established or ruled"));
                }
            },
            doubt: row.cell("doubt").map(str::to_owned),
        };
        Ok((self.known(row, happened.latest())?, breach))
    }

    fn known(&self, row: &Row<'_>, otherwise: Instant) -> Told<Instant> {
        row.cell("known").map_or(Ok(otherwise), |text| instant(text, &self.package.calendar))
    }

    fn party(&self, name: &str) -> Told<Party> {
        let all = self.package.parties.iter().chain(&self.package.bodies).map(|(party, _)| party.as_str());
        let found = self.package.party(name).cloned();
        found.ok_or_else(|| advised(format!("the package names no `{name}`"), name, all))
    }
}

fn amount(text: &str) -> Told<Amount> {
    Amount::parse(text).ok_or_else(|| format!("`{text}` is no amount; write `4 aircraft` or `12.5 EUR-million`"))
}

fn longer(text: &str) -> Told<Duration> {
    Duration::from_words(text).ok_or_else(|| format!("`{text}` is no length of time; write `24 hours` or `5 days`"))
}
