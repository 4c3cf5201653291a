//! The forces and sites of a page of guarantees: what is asked for, who leads, who hosts, who may enter.
//!
//! Takes the items that `read` hands over; gives forces, sites and exact positions. Never takes an exact position into a
//! page that is for everyone: whoever adopts it is stopped.

use super::deed::Amount;
use super::fields::{Cursor, Item, Read};
use super::force::{Ceiling, Domain, Force, Lead, Need, Service};
use super::read::{Noun, Reader};
use super::site::{Access, Exact, Site, SiteKind};
use crate::remark::{Code, remark_in_english};
use terms::{Label, Party, Position, Span};

impl Reader {
    pub(super) fn force(&mut self, mut item: Item, anchor: &str) -> Read<()> {
        let (id, span) = item.head.label("the name of the force", "write `force name \"what it is called\"`")?;
        let title = item.head.text("what it is called")?;
        item.head.clone().finish()?;
        let (instrument, article) = self.within(&mut item)?;
        let when = self.conditions(&mut item, "when")?;
        let leads = self.leads(&mut item)?;
        let headquarters = self.named(&mut item, "headquarters", Noun::Site, "a site")?;
        let cell = match item.maybe("cell")? {
            None => None,
            Some(mut line) => Some(self.last_party(&mut line)?),
        };
        let needs = self.needs(&mut item)?;
        let mut ceilings = Vec::new();
        for mut line in item.all("ceiling") {
            let domain = Domain::ALL.into_iter().find(|domain| line.took(domain.word()));
            let amount = line.amount()?;
            let rule =
                if line.took("rule") { Some(line.label("a rule", "name a rule of the agreement")?.0) } else { None };
            ceilings.push(Ceiling { domain, amount, rule, says: line.maybe_text() });
            line.finish()?;
        }
        let caveats = texts(&mut item, "caveat")?;
        let cited = self.cited(&mut item, anchor, true)?;
        let known = ["in", "when", "lead", "headquarters", "cell", "needs", "ceiling", "caveat", "source", "gap"];
        item.finish(&known, &mut self.remarks);
        self.define(Noun::Force, id.as_str(), &span)?;
        let force =
            Force { id, title, instrument, article, when, leads, headquarters, cell, needs, ceilings, caveats, cited };
        self.package.forces.push(force);
        Ok(())
    }

    fn leads(&mut self, item: &mut Item) -> Read<Vec<Lead>> {
        let mut leads: Vec<Lead> = Vec::new();
        for mut line in item.all("lead") {
            let place = line.span.clone();
            let domain = line.domain()?;
            let nation = if line.took("not-said") {
                None
            } else {
                let party = line.party()?;
                Some(self.uses(Noun::Party, party))
            };
            let level = line.maybe_text();
            line.finish()?;
            if leads.iter().any(|lead| lead.domain == domain && (lead.nation.is_none() || nation.is_none())) {
                let both = format!("who leads in `{}` is said, and said not to be public", domain.word());
                return Err(
                    remark_in_english(Code::Unexpected, place, both).fix_in_english("keep one of the two lines")
                );
            }
            leads.push(Lead { domain, nation, level });
        }
        Ok(leads)
    }

    fn needs(&mut self, item: &mut Item) -> Read<Vec<Need>> {
        let mut needs: Vec<Need> = Vec::new();
        for mut line in item.all("needs") {
            let place = line.span.clone();
            let domain = line.domain()?;
            let amount = if line.took("not-said") { None } else { Some(line.amount()?) };
            let by = self.by(&mut line)?;
            let says = line.maybe_text();
            line.finish()?;
            let unit = |of: &Option<Amount>| of.as_ref().map(|amount| amount.unit.clone());
            if needs.iter().any(|one| one.domain == domain && unit(&one.amount) == unit(&amount)) {
                let twice = format!("what is asked for in `{}` is given twice in one unit", domain.word());
                return Err(remark_in_english(Code::Unexpected, place, twice)
                    .fix_in_english("add the two up yourself, or keep one of them"));
            }
            needs.push(Need { domain, amount, by, says });
        }
        Ok(needs)
    }

    /// `serves FORCE land by 2026-03-10`, of a commitment.
    pub(super) fn serves(&mut self, item: &mut Item) -> Read<Option<Service>> {
        let Some(mut line) = item.maybe("serves")? else { return Ok(None) };
        let force = line.label("a force", "name a force, and a domain: `serves FORCE land`")?;
        let force = self.uses(Noun::Force, force);
        let domain = line.domain()?;
        let ready = self.by(&mut line)?;
        line.finish()?;
        Ok(Some(Service { force, domain, ready }))
    }

    fn by(&mut self, line: &mut Cursor) -> Read<Option<Span>> {
        if !line.took("by") {
            return Ok(None);
        }
        let day = line.until(&[]);
        self.span(day).map(Some)
    }

    pub(super) fn site(&mut self, mut item: Item, anchor: &str) -> Read<()> {
        let (id, span) = item.head.label("the name of the site", "write `site name \"what it is called\"`")?;
        let title = item.head.text("what it is called")?;
        item.head.clone().finish()?;
        let kind = self.choice(&mut item, "kind", "kind of site", &SiteKind::ALL.map(|kind| (kind.word(), kind)))?;
        let purpose = text(&mut item, "purpose")?;
        let (instrument, article) = self.within(&mut item)?;
        let host = self.last_party(&mut item.one("host", "add `host A`, on whose ground it stands")?)?;
        let mut responsible = Vec::new();
        for mut line in item.all("responsible") {
            let named = line.parties()?;
            line.finish()?;
            responsible.extend(self.all(Noun::Party, named));
        }
        let promised = self.named(&mut item, "promised", Noun::Commitment, "a commitment")?;
        let mut protected_by = Vec::new();
        for mut line in item.all("protected-by") {
            protected_by
                .extend(line.labels("a rule", "name rules of the agreement")?.into_iter().map(|(rule, _)| rule));
            line.finish()?;
        }
        let access = self.access(&mut item)?;
        let mut ceilings: Vec<Amount> = Vec::new();
        for mut line in item.all("ceiling") {
            let (place, most) = (line.span.clone(), line.amount()?);
            line.finish()?;
            if ceilings.iter().any(|other| other.unit == most.unit) {
                let twice = format!("`{}` has two ceilings", most.unit);
                return Err(remark_in_english(Code::Unexpected, place, twice).fix_in_english("keep one of them"));
            }
            ceilings.push(most);
        }
        let coarse = text(&mut item, "coarse")?;
        let cited = self.cited(&mut item, anchor, true)?;
        let known = [
            "kind",
            "purpose",
            "in",
            "host",
            "responsible",
            "promised",
            "protected-by",
            "access",
            "ceiling",
            "coarse",
            "source",
            "gap",
        ];
        item.finish(&known, &mut self.remarks);
        self.define(Noun::Site, id.as_str(), &span)?;
        self.package.sites.push(Site {
            id,
            title,
            kind,
            purpose,
            instrument,
            article,
            host,
            responsible,
            promised,
            protected_by,
            access,
            ceilings,
            coarse,
            cited,
        });
        Ok(())
    }

    fn access(&mut self, item: &mut Item) -> Read<Access> {
        let mut those: Vec<(Party, Option<String>)> = Vec::new();
        let lines = item.all("access");
        let place = item.key.span.clone();
        for mut line in lines {
            if line.took("not-said") {
                line.finish()?;
                return if those.is_empty() {
                    Ok(Access::NotSaid)
                } else {
                    let both = "who may enter is said, and said not to be public";
                    Err(remark_in_english(Code::Unexpected, place, both)
                        .fix_in_english("keep the names, or `access not-said`"))
                };
            }
            let party = line.party()?;
            let party = self.uses(Noun::Party, party);
            let terms = line.maybe_text();
            line.finish()?;
            those.push((party, terms));
        }
        if those.is_empty() {
            let silent = remark_in_english(Code::Unexpected, place, "it is not said who may enter it");
            return Err(silent.fix_in_english("add `access A \"on which terms\"` for each, or `access not-said`"));
        }
        Ok(Access::These(those))
    }

    /// `position of SITE "54.28123 S, 36.49512 W"`.
    pub(super) fn exact(&mut self, mut item: Item, anchor: &str) -> Read<()> {
        let form = "write `position of SITE \"54.28123 S, 36.49512 W\"`";
        item.head.the("of", form)?;
        let site = item.head.label("a site", form)?;
        let site = self.uses(Noun::Site, site);
        let place = item.head.here();
        let written = item.head.text("a position")?;
        item.head.clone().finish()?;
        let wrong = || {
            remark_in_english(Code::Unexpected, place.clone(), format!("`{written}` is no position"))
                .fix_in_english(form)
        };
        let position = degrees(&written).ok_or_else(wrong)?;
        let cited = self.cited(&mut item, anchor, true)?;
        item.finish(&["source", "gap"], &mut self.remarks);
        self.package.exact.push(Exact { site, position, cited });
        Ok(())
    }

    /// `in INSTRUMENT "article 5"`.
    fn within(&mut self, item: &mut Item) -> Read<(Option<Label>, Option<String>)> {
        let Some(mut line) = item.maybe("in")? else { return Ok((None, None)) };
        let instrument = line.label("an instrument", "name the document that it stands in")?;
        let instrument = self.uses(Noun::Instrument, instrument);
        let article = line.maybe_text();
        line.finish()?;
        Ok((Some(instrument), article))
    }

    fn named(&mut self, item: &mut Item, key: &str, noun: Noun, what: &str) -> Read<Vec<Label>> {
        let mut found = Vec::new();
        for mut line in item.all(key) {
            let named = line.labels(what, &format!("write `{key} name, name`"))?;
            line.finish()?;
            found.extend(self.all(noun, named));
        }
        Ok(found)
    }

    fn last_party(&mut self, line: &mut Cursor) -> Read<Party> {
        let party = line.party()?;
        line.clone().finish()?;
        Ok(self.uses(Noun::Party, party))
    }
}

impl Cursor {
    fn domain(&mut self) -> Read<Domain> {
        self.one_of("domain", &Domain::ALL.map(|domain| (domain.word(), domain)))
    }
}

fn text(item: &mut Item, key: &str) -> Read<Option<String>> {
    let Some(mut line) = item.maybe(key)? else { return Ok(None) };
    let text = line.text("the words")?;
    line.finish()?;
    Ok(Some(text))
}

pub(super) fn texts(item: &mut Item, key: &str) -> Read<Vec<String>> {
    let mut texts = Vec::new();
    for mut line in item.all(key) {
        texts.push(line.text(&format!("the {key}"))?);
        line.finish()?;
    }
    Ok(texts)
}

/// `54.28123 S, 36.49512 W`, with at most six places.
fn degrees(text: &str) -> Option<Position> {
    let (lat, lon) = text.split_once(',')?;
    let micro = |text: &str, forwards: &str, backwards: &str| -> Option<i32> {
        let (number, side) = text.trim().split_once(' ')?;
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || part.len() > 6 || !digits(whole) || !digits(part) {
            return None;
        }
        let size = whole.parse::<i32>().ok()? * 1_000_000 + format!("{part:0<6}").parse::<i32>().ok()?;
        if side == forwards {
            Some(size)
        } else if side == backwards {
            Some(-size)
        } else {
            None
        }
    };
    Position::new(micro(lon, "E", "W")?, micro(lat, "N", "S")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_to_the_microdegree() {
        let shown = |text: &str| degrees(text).map(|at| (at.lat_e6(), at.lon_e6()));
        assert_eq!(shown("54.28123 S, 36.49512 W"), Some((-54_281_230, -36_495_120)));
        assert_eq!(shown("48 N, 37.5 E"), Some((48_000_000, 37_500_000)));
        for wrong in ["", "48 N", "48 E, 37 N", "91 N, 0 E", "48.1234567 N, 1 E", "-48 N, 1 E", "48N, 37E"] {
            assert_eq!(shown(wrong), None, "{wrong}");
        }
    }
}
