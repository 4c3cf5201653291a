//! `backstop forces` and `backstop sites`: what is asked for against what there is, and what is declared against what was found.
//!
//! Takes a store, an instant and a reader; prints what that reader may see, gaps first. Never prints an exact position to
//! anyone but those who may read the page with it.

use super::guarantees::{AsOf, withheld};
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::http::guarantees::HoldsLine;
use crate::http::strength::{ForceLine, LevelLine, NoticeLine, SiteLine, written};
use serde_json::json;
use std::fmt::Write;

pub(super) fn forces(common: &Common, args: &AsOf) -> Result<Exit, Failure> {
    let guarantees = args.guarantees(common)?;
    let answer = written(&guarantees);
    if common.json {
        let data = json!({ "as_of": answer.as_of, "forces": answer.forces, "withheld": answer.withheld });
        return print_json("backstop.forces/1", Exit::Done, data);
    }
    let mut text = format!("as of {}\n", guarantees.package.civil(guarantees.sheet.at));
    answer.forces.iter().for_each(|force| tell_force(force, &mut text));
    if answer.forces.is_empty() {
        text.push_str("no force is on a page\n");
    }
    text.push_str(&withheld(answer.withheld));
    print(&text)
}

pub(super) fn sites(common: &Common, args: &AsOf) -> Result<Exit, Failure> {
    let guarantees = args.guarantees(common)?;
    let answer = written(&guarantees);
    if common.json {
        let data = json!({ "as_of": answer.as_of, "sites": answer.sites, "withheld": answer.withheld });
        return print_json("backstop.sites/1", Exit::Done, data);
    }
    let mut text = format!("as of {}\n", guarantees.package.civil(guarantees.sheet.at));
    answer.sites.iter().for_each(|site| tell_site(site, &mut text));
    if answer.sites.is_empty() {
        text.push_str("no site is on a page\n");
    }
    text.push_str(&withheld(answer.withheld));
    print(&text)
}

fn answered(holds: &HoldsLine) -> String {
    if holds.because.is_empty() {
        holds.answer.clone()
    } else {
        format!("{}: {}", holds.answer, holds.because.join("; "))
    }
}

fn tell_force(force: &ForceLine, text: &mut String) {
    let credit = force.cited.credit.as_deref().unwrap_or("no source");
    let _ = writeln!(text, "\n{}  {}, {credit}", force.id, force.title);
    let _ = writeln!(text, "  can it be called upon? {}", answered(&force.called));
    for lead in &force.leads {
        let level = lead.level.as_ref().map_or_else(String::new, |level| format!(", {level}"));
        let _ = writeln!(text, "  lead, {}: {}{level}", lead.domain, lead.nation.as_deref().unwrap_or("not public"));
    }
    if !force.headquarters.is_empty() {
        let _ = writeln!(text, "  led from {}", force.headquarters.join(", "));
    }
    if let Some(cell) = &force.cell {
        let _ = writeln!(text, "  coordination: {cell}");
    }
    let columns = ["asked for", "pledged", "authorised", "arrived", "declared", "verified"];
    let _ = writeln!(text, "  {:<28}{}", "", columns.map(|column| format!("{column:<15}")).concat().trim_end());
    for need in &force.needs {
        let name = need.unit.as_ref().map_or(need.domain.clone(), |unit| format!("{}, {unit}", need.domain));
        let mut line = format!("  {name:<28}{:<15}", need.required.as_deref().unwrap_or("not public"));
        for step in &need.steps {
            let cell = match (&step.shown, &step.missing) {
                (None, _) => "not reported".to_owned(),
                (Some(shown), None) => shown.clone(),
                (Some(shown), Some(missing)) => format!("{shown} (-{missing})"),
            };
            let _ = write!(line, "{cell:<15}");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for ceiling in &force.ceilings {
        let domain = ceiling.domain.as_deref().unwrap_or("all together");
        let _ = writeln!(text, "  at most {} in {domain}: {}", ceiling.shown, answered(&ceiling.kept));
    }
    for pledge in &force.pledges {
        let _ =
            writeln!(text, "  pledge {} of {}, {}: {}", pledge.commitment, pledge.debtor, pledge.domain, pledge.says);
        let _ = writeln!(text, "    can it be called upon? {}", answered(&pledge.stands));
        let shown: Vec<String> = pledge.reported.iter().map(|one| format!("{} {}", one.step, one.shown)).collect();
        let shown = if shown.is_empty() { "no amount is reported".to_owned() } else { shown.join(", ") };
        let _ = writeln!(text, "    {shown}");
        if pledge.ready.answer != "yes" {
            let _ = writeln!(text, "    ready in time? {}", answered(&pledge.ready));
        }
        lines("    caveat", &pledge.caveats, text);
        lines("    note", &pledge.notes, text);
    }
    lines("  caveat", &force.caveats, text);
    lines("  gap", &force.cited.gaps, text);
}

fn tell_site(site: &SiteLine, text: &mut String) {
    let credit = site.cited.credit.as_deref().unwrap_or("no source");
    let _ = writeln!(text, "\n{}  {}, {}, {credit}", site.id, site.title, site.kind);
    if let Some(purpose) = &site.purpose {
        let _ = writeln!(text, "  for {purpose}");
    }
    let by = if site.responsible.is_empty() { "nobody is named".to_owned() } else { site.responsible.join(", ") };
    let _ = writeln!(text, "  on the ground of {}; who answers for it: {by}", site.host);
    let place = site.exact.as_ref().or(site.coarse.as_ref());
    let _ = writeln!(text, "  where: {}", place.map_or("not said", String::as_str));
    if !site.protected_by.is_empty() {
        let _ = writeln!(text, "  protected by rules {}", site.protected_by.join(", "));
    }
    match &site.access {
        None => text.push_str("  access: not public\n"),
        Some(those) => {
            for one in those {
                let terms = one.terms.as_ref().map_or_else(String::new, |terms| format!(", {terms}"));
                let _ = writeln!(text, "  access: {}{terms}", one.who);
            }
        }
    }
    if site.stock.is_empty() {
        text.push_str("  stock: not reported\n");
    }
    for one in &site.stock {
        let level = |level: &Option<_>| level.as_ref().map_or("not reported".to_owned(), level_text);
        let _ = writeln!(text, "  {}: declared {}, found {}", one.unit, level(&one.declared), level(&one.found));
        let _ = writeln!(text, "    as declared? {}", answered(&one.agrees));
        if let (Some(most), Some(kept)) = (&one.ceiling, &one.kept) {
            let _ = writeln!(text, "    at most {most}, kept? {}", answered(kept));
        }
    }
    site.notices.iter().for_each(|notice| tell_notice(notice, text));
    lines("  note", &site.notes, text);
    lines("  gap", &site.cited.gaps, text);
}

fn level_text(level: &LevelLine) -> String {
    format!("{} by {}", level.shown, level.deed)
}

fn tell_notice(notice: &NoticeLine, text: &mut String) {
    let by = notice.by.as_deref().unwrap_or("somebody");
    let much = notice.amount.as_ref().map_or_else(String::new, |amount| format!(", {amount}"));
    let to = if notice.to.is_empty() { String::new() } else { format!(" to {}", notice.to.join(", ")) };
    let _ = writeln!(text, "  {} {} by {by}{to}{much}: {}", notice.what, notice.id, notice.state);
    if let Some(wrong) = &notice.contradicted {
        let _ = writeln!(text, "    {wrong}");
    }
}

fn lines(name: &str, of: &[String], text: &mut String) {
    for one in of {
        let _ = writeln!(text, "{name}: {one}");
    }
}
