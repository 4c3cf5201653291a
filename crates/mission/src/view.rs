//! The view: the mission as of an instant, for one reader.
//!
//! Takes the state, the instant up to which entries count, the instant at which clauses are judged, and who reads;
//! gives everything a screen or a bulletin may show. What a reader may not see is not in it: withheld rows are counted,
//! never listed. Never rules; verdicts are computed, rulings are only repeated.

use crate::absent::{Absent, Resting};
use crate::incident::{Acts, Bearing, SeenIncident, at_once, see};
use crate::record::body::{AdoptedDetection, ControlMap, Grouping, Import, Interpretation, Opening, Total, UnreadRow};
use crate::run_receipt::{Run, RunReceipt};
use crate::state::{Adopted, Held, Mission, Trouble};
use crate::totals::{Arithmetic, arithmetic};
use crate::versions::{Amendment, Former};
use crate::watching::watching;
use clause::{Agreement, Clock, Fact, Footing, Verdict, Watch};
use coverage::{Coverage, coverage};
use fusion::{Incident, Known, Model, Pools};
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Act, Area, Chance, Effort, Instant, Label, Observation, ObservationId, Release, Source, SourceId, Span};

/// Who reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reader {
    /// The mission's own staff: everything.
    Mission,
    /// Anyone: only what the licences of the sources let out.
    Public,
}

impl Reader {
    /// The word used in entries and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Reader::Mission => "mission",
            Reader::Public => "public",
        }
    }

    /// The reader that the word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Reader> {
        [Reader::Mission, Reader::Public].into_iter().find(|reader| reader.word() == word)
    }
}

/// Which entries count, and at which instant clauses are judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// Entries received later are not known.
    pub known_at: Instant,
    /// Happenings that begin later are left out, and windows that end later are open.
    pub judged_at: Instant,
}

impl Moment {
    /// What is known at an instant, judged at the same.
    #[must_use]
    pub fn at(instant: Instant) -> Moment {
        Moment { known_at: instant, judged_at: instant }
    }
}

/// A statement of a party, kept apart from incidents.
#[derive(Clone, Debug)]
pub struct Claim {
    /// What was said.
    pub held: Arc<Held<Observation>>,
    /// What each clause would say under each reading, if it were established.
    pub would_be: Vec<Bearing>,
}

/// A published total with its arithmetic.
#[derive(Clone, Debug)]
pub struct CheckedTotal {
    /// As published.
    pub held: Arc<Held<Total>>,
    /// Its parts added up.
    pub arithmetic: Arithmetic,
}

/// How well one zone was watched.
#[derive(Clone, Debug)]
pub struct SectorCoverage {
    /// The zone.
    pub zone: Label,
    /// Its ground.
    pub area: Area,
    /// How well it was watched.
    pub coverage: Coverage,
    /// Of happenings such as the mission was told of, the share that would have been seen; nothing where it adopted no detection.
    pub seen: Option<Chance>,
}

/// The mission as of an instant, for one reader.
#[derive(Clone, Debug)]
pub struct View {
    /// Name, data class, time zone; `None` in a store that was never opened.
    pub opening: Option<Opening>,
    /// Which entries count and when clauses are judged.
    pub moment: Moment,
    /// Who reads.
    pub reader: Reader,
    /// When the newest entry that counts was received.
    pub latest: Option<Instant>,
    /// The version of the agreement that governs.
    pub adopted: Option<Arc<Held<Adopted>>>,
    /// Versions that governed before, oldest first.
    pub former: Vec<Former>,
    /// The ruling that settles a rule's reading, by rule.
    pub settled: BTreeMap<Label, Arc<Held<Interpretation>>>,
    /// Declared sources.
    pub sources: BTreeMap<SourceId, Source>,
    /// Observations that the reader may see, by id.
    pub observations: BTreeMap<ObservationId, Arc<Held<Observation>>>,
    /// How many rows of each source are withheld from this reader.
    pub withheld: BTreeMap<SourceId, u64>,
    /// Looks.
    pub efforts: Vec<Effort>,
    /// What fusion believes of the sources.
    pub believed: Arc<Model>,
    /// How well each means is believed to see, where the mission adopted that.
    pub detection: Option<Arc<Held<AdoptedDetection>>>,
    /// Orders that stand on how reports are put together, in log order.
    pub groupings: Vec<Arc<Held<Grouping>>>,
    /// Incidents in order of time.
    pub incidents: Vec<SeenIncident>,
    /// What the incidents say, on each footing: what verdicts rest on.
    pub facts: Vec<Fact>,
    /// Verdicts in the order of the text.
    pub verdicts: Vec<Verdict>,
    /// Those of them that were final and have changed since.
    pub amendments: Vec<Amendment>,
    /// Running obligations.
    pub clocks: Vec<Clock>,
    /// Statements of parties.
    pub claims: Vec<Claim>,
    /// Published totals, checked.
    pub totals: Vec<CheckedTotal>,
    /// Maps of control by named sources.
    pub maps: Vec<Arc<Held<ControlMap>>>,
    /// Rows that could not be read.
    pub unread: Vec<Arc<Held<UnreadRow>>>,
    /// Files that were read.
    pub imports: Vec<Arc<Held<Import>>>,
    /// Entries that this version could not read.
    pub troubles: Vec<Trouble>,
    /// Entries received by then whose payload cannot be read now: erased, sealed, withheld. Closed guarantees are no part of
    /// it: they are counted where guarantees are.
    pub absent: Vec<Absent>,
    /// How many findings, attributions and rulings name no observation that is held.
    pub adrift: usize,
}

/// What is known at a moment, judged: the part of a view that verdicts rest on.
pub(crate) struct Judged {
    sources: BTreeMap<SourceId, Source>,
    observations: Vec<Arc<Held<Observation>>>,
    withheld: BTreeMap<SourceId, u64>,
    efforts: Vec<Effort>,
    detection: Option<Arc<Held<AdoptedDetection>>>,
    incidents: Vec<SeenIncident>,
    facts: Vec<Fact>,
    resting: Vec<Resting>,
    pub(crate) verdicts: Vec<Verdict>,
    clocks: Vec<Clock>,
}

impl Mission {
    /// The mission as of a moment, for a reader.
    #[must_use]
    pub fn view(&self, moment: Moment, reader: Reader) -> View {
        self.view_of(moment, reader, at_once)
    }

    /// The same, where what was put together for an earlier moment is kept: what stayed as it was costs little.
    #[must_use]
    pub fn view_with(&self, moment: Moment, reader: Reader, pools: &mut Pools) -> View {
        self.view_of(moment, reader, |known, model| pools.partition(known, model))
    }

    fn view_of(
        &self,
        moment: Moment,
        reader: Reader,
        put_together: impl FnOnce(Known<'_>, &Arc<Model>) -> Vec<Incident>,
    ) -> View {
        let mut versions = self.versions(moment);
        let adopted = versions.pop().map(|(held, _)| held);
        let agreement = adopted.as_ref().map(|held| &held.what.agreement);
        let mut judged = self.known(agreement, moment, reader, put_together);
        judged.judge(agreement, moment);
        let amendments = agreement.map_or_else(Vec::new, |a| self.amend(a, &mut judged.verdicts, moment, reader));
        let former = versions.into_iter().filter_map(|(adopted, until)| {
            let until = until?;
            let agreement = adopted.what.agreement.superseded_at(until);
            let verdicts = judged.verdicts_of(&agreement, moment);
            Some(Former { adopted, until, verdicts })
        });
        let former = former.collect();
        let Judged { sources, observations: mut all, withheld, efforts, incidents, facts, verdicts, clocks, .. } =
            judged;
        all.retain(|held| may_see(reader, &sources, &held.what.source));
        let claims = all.iter().filter(|held| held.what.is_claim()).map(|held| Claim {
            held: held.clone(),
            would_be: crate::incident::bearings(agreement, &alleged(&held.what)),
        });
        let claims = claims.collect();
        View {
            opening: self.opening.clone(),
            moment,
            reader,
            latest: self.latest.filter(|latest| *latest <= moment.known_at),
            settled: agreement.map_or_else(BTreeMap::new, |agreement| self.settled(agreement, moment)),
            adopted,
            former,
            observations: all.into_iter().map(|held| (held.what.id, held)).collect(),
            withheld,
            efforts,
            believed: self.believed.at(moment.known_at).clone(),
            detection: self.detection(moment).cloned(),
            groupings: self.groupings(moment).cloned().collect(),
            facts,
            verdicts,
            amendments,
            clocks,
            claims,
            totals: known_of(&self.totals, moment)
                .map(|held| CheckedTotal { held: held.clone(), arithmetic: arithmetic(&held.what) })
                .collect(),
            maps: known_of(&self.maps, moment).filter(|held| may_see(reader, &sources, &held.what.source)).collect(),
            unread: known_of(&self.unread, moment).collect(),
            imports: known_of(&self.imports, moment).collect(),
            troubles: self.troubles.clone(),
            absent: self.missing(moment).cloned().collect(),
            adrift: self.adrift(),
            incidents,
            sources,
        }
    }

    /// What incidents, verdicts and bulletins may lack at a moment.
    fn missing(&self, moment: Moment) -> impl Iterator<Item = &Absent> {
        let known = self.absent().filter(move |absent| absent.received_at <= moment.known_at);
        known.filter(|absent| !absent.is_closed_guarantee())
    }

    /// What is known at a moment, judged under one agreement.
    pub(crate) fn judged(&self, agreement: &Agreement, moment: Moment, reader: Reader) -> Judged {
        let mut judged = self.known(Some(agreement), moment, reader, at_once);
        judged.judge(Some(agreement), moment);
        judged
    }

    /// The incidents that count for a reader at a moment, with nothing judged.
    #[must_use]
    pub fn incidents_at(&self, moment: Moment, reader: Reader) -> Vec<SeenIncident> {
        let adopted = self.versions(moment).pop().map(|(held, _)| held);
        self.known(adopted.as_ref().map(|held| &held.what.agreement), moment, reader, at_once).incidents
    }

    /// The same, where `pools` keep what was put together before.
    #[must_use]
    pub fn incidents_with(&self, moment: Moment, reader: Reader, pools: &mut Pools) -> Vec<SeenIncident> {
        let adopted = self.versions(moment).pop().map(|(held, _)| held);
        let agreement = adopted.as_ref().map(|held| &held.what.agreement);
        self.known(agreement, moment, reader, |known, model| pools.partition(known, model)).incidents
    }

    /// What is known at a moment and may count for a reader, grouped into incidents.
    fn known(
        &self,
        agreement: Option<&Agreement>,
        moment: Moment,
        reader: Reader,
        put_together: impl FnOnce(Known<'_>, &Arc<Model>) -> Vec<Incident>,
    ) -> Judged {
        let known = |received_at: Instant| received_at <= moment.known_at;
        let happened = |observation: &Observation| observation.happened.earliest() <= moment.judged_at;
        let sources: BTreeMap<SourceId, Source> = self
            .sources
            .iter()
            .filter(|(_, held)| known(held.received_at))
            .map(|(id, held)| (id.clone(), held.what.clone()))
            .collect();
        let mut observations: Vec<Arc<Held<Observation>>> = self
            .observations
            .values()
            .filter(|held| known(held.received_at) && happened(&held.what))
            .cloned()
            .collect();
        let mut withheld: BTreeMap<SourceId, u64> = BTreeMap::new();
        for held in &observations {
            if !may_see(reader, &sources, &held.what.source) {
                *withheld.entry(held.what.source.clone()).or_default() += 1;
            }
        }
        observations.retain(|held| may_count(reader, &sources, &held.what.source));
        let efforts: Vec<Effort> = self
            .efforts
            .values()
            .filter(|held| known(held.received_at) && held.what.span.earliest() <= moment.judged_at)
            .map(|held| held.what.clone())
            .collect();
        let believed = self.believed.at(moment.known_at);
        let put_together = |known: Known<'_>| put_together(known, believed);
        let mut incidents =
            see(put_together, &Acts::of(self), moment.known_at, agreement, &observations, &sources, &efforts);
        let facts = incidents.iter().flat_map(SeenIncident::facts).collect();
        if reader == Reader::Public {
            incidents.iter_mut().for_each(|seen| seen.incident.place = seen.incident.place.rounded());
            observations.iter_mut().for_each(round);
        }
        let (resting, verdicts, clocks) = (self.resting(moment.known_at), Vec::new(), Vec::new());
        let detection = self.detection(moment).cloned();
        Judged { sources, observations, withheld, efforts, detection, incidents, facts, resting, verdicts, clocks }
    }
}

impl Judged {
    fn judge(&mut self, agreement: Option<&Agreement>, moment: Moment) {
        let Some(agreement) = agreement else { return };
        self.verdicts = self.verdicts_of(agreement, moment);
        self.clocks = self.watching(moment, |watch| clause::clocks(agreement, &self.facts, watch, moment.judged_at));
    }

    fn verdicts_of(&self, agreement: &Agreement, moment: Moment) -> Vec<Verdict> {
        let mut verdicts =
            self.watching(moment, |watch| clause::judge(agreement, &self.facts, watch, moment.judged_at));
        for resting in &self.resting {
            verdicts.iter_mut().for_each(|verdict| resting.mark(verdict));
        }
        verdicts
    }

    fn watching<T>(&self, moment: Moment, say: impl FnOnce(&Watch<'_>) -> T) -> T {
        let detection = self.detection.as_ref().map(|held| &held.what.detection);
        watching(&self.sources, &self.efforts, detection, moment, say)
    }
}

impl View {
    /// Every instance of every rule, with its certificate: what each verdict adds up.
    #[must_use]
    pub fn instances(&self) -> Vec<clause::Instance> {
        let Some(held) = &self.adopted else { return Vec::new() };
        let (agreement, at) = (&held.what.agreement, self.moment.judged_at);
        watching(&self.sources, &self.efforts, self.detection(), self.moment, |watch| {
            clause::instances(agreement, &self.facts, watch, at)
        })
    }

    /// Asks the checker, which reckons nothing as the engine does, about what is known here. Nothing without an agreement.
    pub fn checking<T>(&self, ask: impl FnOnce(&clause::Checker<'_>) -> T) -> Option<T> {
        let agreement = &self.adopted.as_ref()?.what.agreement;
        let answer = watching(&self.sources, &self.efforts, self.detection(), self.moment, |watch| {
            ask(&clause::Checker::of(agreement, &self.facts, watch, self.moment.judged_at))
        });
        Some(answer)
    }

    /// How well each zone of the agreement was watched over a span, by any means.
    #[must_use]
    pub fn coverage(&self, span: Span) -> Vec<SectorCoverage> {
        let Some(held) = &self.adopted else { return Vec::new() };
        let acts = acts_on_the_ground();
        let zones = held.what.agreement.zones.iter();
        self.with_looks(|looks| {
            let sector = |(label, zone): (&Label, &clause::Zone)| SectorCoverage {
                zone: label.clone(),
                area: zone.area.clone(),
                coverage: coverage(Some(&zone.area), &acts, span, looks),
                seen: self.seen(&zone.area, span),
            };
            zones.map(sector).collect()
        })
    }

    /// What the verdicts rest on, as hashes; `log` is the position and root of the log that was read. Nothing without an
    /// agreement. What later happenings or withheld rows would add is not in it: a reader's receipt is of that reader's view.
    #[must_use]
    pub fn run_receipt(&self, log: (u64, &str)) -> Option<RunReceipt> {
        let agreement = &self.adopted.as_ref()?.what.agreement;
        let facts: Vec<Fact> = self.incidents.iter().flat_map(SeenIncident::facts).collect();
        let (at, verdicts) = (self.moment.judged_at, self.verdicts.as_slice());
        Some(watching(&self.sources, &self.efforts, self.detection(), self.moment, |watch| {
            RunReceipt::of(&Run { agreement, facts: &facts, watch, at, log: Some(log), verdicts })
        }))
    }

    /// The earliest and the latest instant of anything seen, said or looked for.
    #[must_use]
    pub fn covers(&self) -> Option<Span> {
        let seen = self.observations.values().map(|held| held.what.happened);
        seen.chain(self.efforts.iter().map(|effort| effort.span)).reduce(Span::join)
    }
}

fn known_of<T>(all: &[Arc<Held<T>>], moment: Moment) -> impl Iterator<Item = Arc<Held<T>>> + '_ {
    all.iter().filter(move |held| held.received_at <= moment.known_at).cloned()
}

/// The kinds of act that a share of ground and time watched is about.
#[must_use]
pub fn acts_on_the_ground() -> Vec<Act> {
    Act::ALL.into_iter().filter(|act| act.on_the_ground()).collect()
}

/// Whether a reader may see the rows of a source.
fn may_see(reader: Reader, sources: &BTreeMap<SourceId, Source>, source: &SourceId) -> bool {
    let release = sources.get(source).map_or(Release::Nothing, |source| source.release);
    match reader {
        Reader::Mission => true,
        Reader::Public => release == Release::Rows,
    }
}

/// Whether the rows of a source may stand behind a number that a reader sees.
pub(crate) fn may_count(reader: Reader, sources: &BTreeMap<SourceId, Source>, source: &SourceId) -> bool {
    let release = sources.get(source).map_or(Release::Nothing, |source| source.release);
    match reader {
        Reader::Mission => true,
        Reader::Public => release != Release::Nothing,
    }
}

/// Leaves of a wedge its disc: where observers stand is nobody's but the mission's.
fn round(held: &mut Arc<Held<Observation>>) {
    if held.what.place.wedge().is_some() {
        let what = &mut Arc::make_mut(held).what;
        what.place = what.place.rounded();
    }
}

/// A statement, as the fact that it would be if it were established.
fn alleged(claim: &Observation) -> Fact {
    Fact {
        id: claim.id.to_string(),
        revision: 1,
        act: claim.act,
        object: claim.object.clone(),
        happened: claim.happened,
        place: claim.place.rounded(),
        by: claim.by.clone(),
        at: claim.at.clone(),
        count: claim.count,
        about: claim.about.as_ref().map(ToString::to_string),
        chance: terms::Chance::CERTAIN,
        footing: Footing::Alleged,
    }
}
