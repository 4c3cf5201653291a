//! Forces and sites for the page and the command line: what is asked for against what there is, what is declared against what
//! was found, as of an instant.
//!
//! Takes what a view holds of guarantees; gives the shapes of the answer. An exact position is in it only for those who may
//! read the page that says it.

use super::Shared;
use super::answers::span;
use super::guarantees::{Asked, CitedLine, HoldsLine, Named, SourceLine, answered, cited_line, holds, source_lines};
use super::model::{Problem, Span};
use super::whom::Whom;
use axum::extract::{Query, State};
use axum::response::Response;
use clause::guarantee::{
    Access, Amount, Commitment, Force, ForceStand, Level, NeedStand, Notified, Package, PledgeStand, Site, SiteStand,
    StockStand,
};
use mission::Guarantees;
use serde::Serialize;
use std::collections::BTreeMap;
use terms::{Label, Party};
use utoipa::ToSchema;

/// Forces and sites, and how they stand.
#[derive(Serialize, ToSchema)]
#[schema(as = Strength)]
pub(crate) struct Answer {
    /// As of when.
    pub(crate) as_of: String,
    /// The package's title.
    pub(crate) title: String,
    /// Parties and bodies, in the page's order.
    pub(crate) parties: Vec<Named>,
    /// Where things were read.
    pub(crate) sources: Vec<SourceLine>,
    /// Forces.
    pub(crate) forces: Vec<ForceLine>,
    /// Hubs, protected facilities, headquarters.
    pub(crate) sites: Vec<SiteLine>,
    /// How many pages and deeds this reader may not read.
    pub(crate) withheld: usize,
}

/// A force.
#[derive(Serialize, ToSchema)]
pub(crate) struct ForceLine {
    pub(crate) id: String,
    pub(crate) title: String,
    /// In which document.
    pub(crate) instrument: Option<String>,
    article: Option<String>,
    /// What must hold before it is deployed.
    when: Vec<String>,
    /// Whether that holds.
    pub(crate) called: HoldsLine,
    /// Who leads in each domain.
    pub(crate) leads: Vec<LeadLine>,
    /// The sites from which it is led.
    pub(crate) headquarters: Vec<String>,
    /// The body that holds it together with others.
    pub(crate) cell: Option<String>,
    /// What is asked for against what there is; where the way breaks off first, first.
    pub(crate) needs: Vec<NeedLine>,
    /// The pledges to it.
    pub(crate) pledges: Vec<PledgeLine>,
    /// What it must not exceed.
    pub(crate) ceilings: Vec<ForceCeilingLine>,
    pub(crate) caveats: Vec<String>,
    pub(crate) cited: CitedLine,
}

/// Who leads in a domain.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeadLine {
    /// `land`, `air`, `sea`, `regeneration`, `logistics`, `monitoring`, `demining`.
    pub(crate) domain: String,
    /// Nobody where it is not public.
    pub(crate) nation: Option<String>,
    /// At what level of command.
    pub(crate) level: Option<String>,
}

/// What is asked for in one domain and one unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct NeedLine {
    pub(crate) domain: String,
    /// Nothing where neither what is asked for nor what is pledged has one.
    pub(crate) unit: Option<String>,
    /// How much is asked for; nothing where it is not public.
    pub(crate) required: Option<String>,
    /// By when.
    by: Option<Span>,
    /// In words.
    pub(crate) says: Option<String>,
    /// How far it has come.
    pub(crate) steps: Vec<StepLine>,
}

/// What is reported on one step.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepLine {
    /// `pledged`, `authorised`, `arrived`, `declared`, `verified`.
    pub(crate) step: String,
    /// How much; nothing where nobody reports anything, which is no zero.
    pub(crate) shown: Option<String>,
    /// What is missing, by what is surely reported.
    pub(crate) missing: Option<String>,
    /// Whether it is as much as is asked for.
    pub(crate) met: HoldsLine,
}

/// A pledge to a force.
#[derive(Serialize, ToSchema)]
pub(crate) struct PledgeLine {
    pub(crate) commitment: String,
    pub(crate) debtor: String,
    pub(crate) says: String,
    pub(crate) domain: String,
    /// When it is to be ready.
    ready_by: Option<Span>,
    /// Whether it was.
    pub(crate) ready: HoldsLine,
    /// Whether it can be called upon.
    pub(crate) stands: HoldsLine,
    pub(crate) caveats: Vec<String>,
    /// What is reported, by unit and step.
    pub(crate) reported: Vec<ReportedLine>,
    notices: Vec<NoticeLine>,
    /// What does not count, and why.
    pub(crate) notes: Vec<String>,
}

/// So much on one step, in one unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportedLine {
    pub(crate) step: String,
    /// With its unit.
    pub(crate) shown: String,
    deeds: Vec<String>,
}

/// What a force must not exceed.
#[derive(Serialize, ToSchema)]
pub(crate) struct ForceCeilingLine {
    /// All together without it.
    pub(crate) domain: Option<String>,
    /// With its unit.
    pub(crate) shown: String,
    /// The rule of the agreement that sets it.
    rule: Option<String>,
    says: Option<String>,
    pub(crate) kept: HoldsLine,
}

/// A typed notice.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeLine {
    pub(crate) id: String,
    /// `declaration`, `inspection`.
    pub(crate) what: String,
    pub(crate) by: Option<String>,
    pub(crate) to: Vec<String>,
    /// How much it says.
    pub(crate) amount: Option<String>,
    sent: Span,
    /// Its legal time: when it was received.
    received: Option<Span>,
    /// By which deed that is confirmed.
    pub(crate) received_by: Option<String>,
    /// When the sender took up the receipt.
    closed: Option<Span>,
    /// `sent`, `received`, `acknowledged by both`.
    pub(crate) state: String,
    pub(crate) contradicted: Option<String>,
    document: Option<String>,
}

/// A site.
#[derive(Serialize, ToSchema)]
pub(crate) struct SiteLine {
    pub(crate) id: String,
    pub(crate) title: String,
    /// `hub`, `facility`, `headquarters`.
    pub(crate) kind: String,
    pub(crate) purpose: Option<String>,
    instrument: Option<String>,
    article: Option<String>,
    pub(crate) host: String,
    pub(crate) responsible: Vec<String>,
    /// The commitments to set it up.
    promised: Vec<String>,
    /// The rules of the agreement that protect it.
    pub(crate) protected_by: Vec<String>,
    /// Who may enter; nothing where it is not public.
    pub(crate) access: Option<Vec<AccessLine>>,
    /// Where it is, as roughly as may be said to anyone.
    pub(crate) coarse: Option<String>,
    /// Where it is exactly, for those who may know it.
    pub(crate) exact: Option<String>,
    pub(crate) stock: Vec<StockLine>,
    /// The last inspection, or the last time that one was refused.
    visited: Option<VisitLine>,
    pub(crate) notices: Vec<NoticeLine>,
    /// What does not count, and why.
    pub(crate) notes: Vec<String>,
    pub(crate) cited: CitedLine,
}

/// Who may enter a site.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccessLine {
    pub(crate) who: String,
    /// On which terms.
    pub(crate) terms: Option<String>,
}

/// An inspection, or a refusal of one.
#[derive(Serialize, ToSchema)]
pub(crate) struct VisitLine {
    id: String,
    /// `inspection`, `refusal`.
    what: String,
    by: Option<String>,
    at: Span,
    note: String,
}

/// What is declared and what was found, in one unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct StockLine {
    pub(crate) unit: String,
    pub(crate) declared: Option<LevelLine>,
    pub(crate) found: Option<LevelLine>,
    /// Whether an inspection found what is declared.
    pub(crate) agrees: HoldsLine,
    /// How much may be there at most.
    pub(crate) ceiling: Option<String>,
    /// Whether it is kept.
    pub(crate) kept: Option<HoldsLine>,
}

/// So much is there.
#[derive(Serialize, ToSchema)]
pub(crate) struct LevelLine {
    pub(crate) shown: String,
    pub(crate) deed: String,
    /// From when it counts: of a declaration, when it was received.
    from: Span,
    pub(crate) doubt: Option<String>,
}

/// Forces and sites: what is asked for and what there is, what is declared and what was found.
#[utoipa::path(get, path = "/strength", params(Asked), responses(
    (status = 200, body = Answer), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn strength(State(shared): State<Shared>, whom: Whom, Query(asked): Query<Asked>) -> Response {
    answered(&shared, whom, &asked, written).await
}

/// Forces and sites in the shape of the answer.
pub(crate) fn written(guarantees: &Guarantees) -> Answer {
    let (package, sheet) = (&*guarantees.package, &guarantees.sheet);
    let serving = package.commitments.iter().zip(&sheet.commitments).filter(|(one, _)| one.serves.is_some());
    let serving: BTreeMap<&Label, (&Commitment, HoldsLine)> =
        serving.map(|(one, stand)| (&one.id, (one, holds(&stand.binds)))).collect();
    let named = |(id, shown): &(Party, String)| Named { id: id.to_string(), says: shown.clone() };
    Answer {
        as_of: sheet.at.to_string(),
        title: package.title.clone(),
        parties: package.parties.iter().chain(&package.bodies).map(named).collect(),
        sources: source_lines(package),
        forces: package
            .forces
            .iter()
            .zip(&sheet.forces)
            .map(|(one, stand)| force(package, &serving, one, stand))
            .collect(),
        sites: package.sites.iter().zip(&sheet.sites).map(|(one, stand)| site(package, one, stand)).collect(),
        withheld: guarantees.withheld,
    }
}

fn number(thousandths: u64) -> String {
    Amount { thousandths, unit: String::new() }.number()
}

fn between(least: u64, most: u64) -> String {
    if least == most { number(least) } else { format!("{} \u{2013} {}", number(least), number(most)) }
}

fn names<T: ToString>(of: &[T]) -> Vec<String> {
    of.iter().map(T::to_string).collect()
}

fn force(
    package: &Package,
    serving: &BTreeMap<&Label, (&Commitment, HoldsLine)>,
    one: &Force,
    stand: &ForceStand,
) -> ForceLine {
    let lead = |lead: &clause::guarantee::Lead| LeadLine {
        domain: lead.domain.word().to_owned(),
        nation: lead.nation.as_ref().map(Party::to_string),
        level: lead.level.clone(),
    };
    let ceiling = |(ceiling, kept): &(clause::guarantee::Ceiling, _)| ForceCeilingLine {
        domain: ceiling.domain.map(|domain| domain.word().to_owned()),
        shown: ceiling.amount.to_string(),
        rule: ceiling.rule.as_ref().map(Label::to_string),
        says: ceiling.says.clone(),
        kept: holds(kept),
    };
    ForceLine {
        id: one.id.to_string(),
        title: one.title.clone(),
        instrument: one.instrument.as_ref().map(Label::to_string),
        article: one.article.clone(),
        when: names(&one.when),
        called: holds(&stand.called),
        leads: one.leads.iter().map(lead).collect(),
        headquarters: names(&one.headquarters),
        cell: one.cell.as_ref().map(Party::to_string),
        needs: stand.needs.iter().map(|need| need_line(one, need)).collect(),
        pledges: stand
            .pledges
            .iter()
            .filter_map(|pledge| pledge_line(serving.get(&pledge.commitment)?, pledge))
            .collect(),
        ceilings: stand.ceilings.iter().map(ceiling).collect(),
        caveats: one.caveats.clone(),
        cited: cited_line(package, &one.cited),
    }
}

fn need_line(force: &Force, stand: &NeedStand) -> NeedLine {
    let unit = |amount: &Option<Amount>| amount.as_ref().map(|amount| amount.unit.clone());
    let need = force.needs.iter().find(|need| need.domain == stand.domain && unit(&need.amount) == stand.unit);
    let bare = || force.needs.iter().find(|need| need.domain == stand.domain && need.amount.is_none());
    let step = |step: &clause::guarantee::StepStand| StepLine {
        step: step.step.word().to_owned(),
        shown: step.least_thousandths.zip(step.most_thousandths).map(|(least, most)| between(least, most)),
        missing: step.missing_thousandths.map(number),
        met: holds(&step.met),
    };
    NeedLine {
        domain: stand.domain.word().to_owned(),
        unit: stand.unit.clone(),
        required: stand.required_thousandths.map(number),
        by: stand.by.map(span),
        says: need.or_else(bare).and_then(|need| need.says.clone()),
        steps: stand.steps.iter().map(step).collect(),
    }
}

fn pledge_line((one, stands): &(&Commitment, HoldsLine), stand: &PledgeStand) -> Option<PledgeLine> {
    let service = one.serves.as_ref()?;
    let reported = |of: &clause::guarantee::Reported| ReportedLine {
        step: of.step.word().to_owned(),
        shown: format!("{} {}", between(of.least_thousandths, of.most_thousandths), of.unit),
        deeds: names(&of.deeds),
    };
    Some(PledgeLine {
        commitment: one.id.to_string(),
        debtor: one.debtor.to_string(),
        says: one.says.clone(),
        domain: stand.domain.word().to_owned(),
        ready_by: service.ready.map(span),
        ready: holds(&stand.ready),
        stands: HoldsLine { answer: stands.answer.clone(), because: stands.because.clone() },
        caveats: one.caveats.clone(),
        reported: stand.reported.iter().map(reported).collect(),
        notices: stand.notified.iter().map(notice).collect(),
        notes: stand.notes.clone(),
    })
}

fn notice(of: &Notified) -> NoticeLine {
    let deed = &of.deed;
    NoticeLine {
        id: deed.id.to_string(),
        what: deed.what.word().to_owned(),
        by: deed.by.as_ref().map(Party::to_string),
        to: names(&deed.to),
        amount: deed.amount.as_ref().map(Amount::to_string),
        sent: span(deed.happened),
        received: of.received.as_ref().map(|(at, _)| span(*at)),
        received_by: of.received.as_ref().map(|(_, by)| by.to_string()),
        closed: of.closed.as_ref().map(|(at, _)| span(*at)),
        state: of.word().to_owned(),
        contradicted: of.contradicted.clone(),
        document: deed.paper.as_ref().map(|paper| paper.title.clone()),
    }
}

fn site(package: &Package, one: &Site, stand: &SiteStand) -> SiteLine {
    let access = match &one.access {
        Access::NotSaid => None,
        Access::These(those) => {
            let line =
                |(who, terms): &(Party, Option<String>)| AccessLine { who: who.to_string(), terms: terms.clone() };
            Some(those.iter().map(line).collect())
        }
    };
    let exact = package.exact.iter().find(|exact| exact.site == one.id);
    SiteLine {
        id: one.id.to_string(),
        title: one.title.clone(),
        kind: one.kind.word().to_owned(),
        purpose: one.purpose.clone(),
        instrument: one.instrument.as_ref().map(Label::to_string),
        article: one.article.clone(),
        host: one.host.to_string(),
        responsible: names(&one.responsible),
        promised: names(&one.promised),
        protected_by: names(&one.protected_by),
        access,
        coarse: one.coarse.clone(),
        exact: exact.map(|exact| degrees(exact.position)),
        stock: stand.stock.iter().map(stock).collect(),
        visited: stand.visited.as_ref().map(|deed| VisitLine {
            id: deed.id.to_string(),
            what: deed.what.word().to_owned(),
            by: deed.by.as_ref().map(Party::to_string),
            at: span(deed.happened),
            note: deed.note.clone(),
        }),
        notices: stand.notified.iter().map(notice).collect(),
        notes: stand.notes.clone(),
        cited: cited_line(package, &one.cited),
    }
}

fn stock(of: &StockStand) -> StockLine {
    let level = |level: &Level| LevelLine {
        shown: level.amount.number(),
        deed: level.deed.to_string(),
        from: span(level.from),
        doubt: level.doubt.clone(),
    };
    StockLine {
        unit: of.levels.unit.clone(),
        declared: of.levels.declared.as_ref().map(level),
        found: of.levels.verified.as_ref().map(level),
        agrees: holds(&of.agrees),
        ceiling: of.ceiling.as_ref().map(|(most, _)| most.number()),
        kept: of.ceiling.as_ref().map(|(_, kept)| holds(kept)),
    }
}

/// `54.281230 S, 36.495120 W`.
fn degrees(position: terms::Position) -> String {
    let side = |e6: i32, sides: [char; 2]| {
        let size = e6.unsigned_abs();
        format!("{}.{:06} {}", size / 1_000_000, size % 1_000_000, sides[usize::from(e6 < 0)])
    };
    format!("{}, {}", side(position.lat_e6(), ['N', 'S']), side(position.lon_e6(), ['E', 'W']))
}
