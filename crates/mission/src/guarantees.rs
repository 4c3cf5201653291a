//! Guarantees as of a moment, for one onlooker: the pages and deeds that they may read, and the sheet that follows.
//!
//! Takes the adopted pages, the deeds and the incidents that a view holds; gives one package and its sheet. Never shows one
//! guarantor what another's closed page holds: what an onlooker may not read is left out before anything is read of it,
//! and only counted.

use crate::incident::SeenIncident;
use crate::record::body::{AdoptedGuarantees, Audience, FindingResult, RecordedDeed, RecordedNotice};
use crate::state::{Held, Mission};
use crate::view::{Moment, Reader};
use clause::guarantee::{Breach, Deed, DeedKind, Package, Sheet, read, read_closed, sheet};
use clause::{Bears, Footing, Remark};
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Chance, Instant, Label, Party, Span};

/// A page of guarantees as adopted and as read.
#[derive(Debug)]
pub struct Page {
    /// The very bytes.
    pub text: String,
    /// For whom it is.
    pub audience: Audience,
    /// As read.
    pub package: Arc<Package>,
    /// What whoever adopts it should look at.
    pub remarks: Vec<Remark>,
}

/// Who looks at guarantees.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Onlooker {
    /// The mission's own staff: everything.
    Mission,
    /// One guarantor or party: what is for everyone, and what is closed to others and not to them.
    Of(Party),
    /// Anyone: what lies open.
    Public,
}

impl Onlooker {
    /// The word for the staff and for anyone, and the name of a party.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Onlooker::Mission => Reader::Mission.word(),
            Onlooker::Of(party) => party.as_str(),
            Onlooker::Public => Reader::Public.word(),
        }
    }

    /// The onlooker of that name; none if it can be no party's.
    #[must_use]
    pub fn named(name: &str) -> Option<Onlooker> {
        Reader::from_word(name).map(Onlooker::from).or_else(|| Party::new(name).map(Onlooker::Of))
    }

    /// As which reader they see everything else.
    #[must_use]
    pub fn reader(&self) -> Reader {
        match self {
            Onlooker::Mission => Reader::Mission,
            Onlooker::Of(_) | Onlooker::Public => Reader::Public,
        }
    }

    /// The audience of what is written for them.
    #[must_use]
    pub fn audience(&self) -> Audience {
        match self {
            Onlooker::Mission => Audience::Mission,
            Onlooker::Of(party) => Audience::Named(vec![party.clone()]),
            Onlooker::Public => Audience::Everyone,
        }
    }

    /// Whether they may read what is for that audience.
    #[must_use]
    pub fn may_read(&self, audience: &Audience) -> bool {
        match (self, audience) {
            (Onlooker::Mission, _) | (_, Audience::Everyone) => true,
            (Onlooker::Of(party), Audience::Named(readers)) => readers.contains(party),
            (Onlooker::Of(_) | Onlooker::Public, Audience::Mission) | (Onlooker::Public, Audience::Named(_)) => false,
        }
    }
}

impl From<Reader> for Onlooker {
    fn from(reader: Reader) -> Onlooker {
        match reader {
            Reader::Mission => Onlooker::Mission,
            Reader::Public => Onlooker::Public,
        }
    }
}

/// All guarantees as of a moment, for one onlooker.
#[derive(Clone, Debug)]
pub struct Guarantees {
    /// What was promised.
    pub package: Arc<Package>,
    /// What was done, in log order.
    pub deeds: Arc<Vec<Arc<Held<RecordedDeed>>>>,
    /// What was told in a form, in log order.
    pub notices: Arc<Vec<Arc<Held<RecordedNotice>>>>,
    /// How it stands.
    pub sheet: Sheet,
    /// How many pages and deeds this onlooker may not read.
    pub withheld: usize,
}

impl Mission {
    /// Reads a page that is adopted now.
    pub(crate) fn read_page(&self, adopted: AdoptedGuarantees, at: Instant) -> Page {
        let AdoptedGuarantees { text, audience } = adopted;
        let open = (audience != Audience::Everyone).then(|| self.open_package(at)).flatten();
        let (mut package, remarks) = match open {
            Some(open) => read_closed(&text, &open),
            None => read(&text),
        };
        // The command refuses such a page; one that was written past it is not shown on top of that.
        if audience == Audience::Everyone {
            package.exact.clear();
        }
        Page { text, audience, package: Arc::new(package), remarks }
    }

    /// What lies open by then.
    fn open_package(&self, known_at: Instant) -> Option<Arc<Package>> {
        joined(self.pages(known_at, &Onlooker::Public).into_iter())
    }

    /// The pages that an onlooker may read, the last of each name, in log order.
    pub(crate) fn pages(&self, known_at: Instant, onlooker: &Onlooker) -> Vec<&Arc<Held<Page>>> {
        let known = self.guarantees.iter().filter(|held| held.received_at <= known_at);
        // A closed page takes the place of none but one that the same may read.
        let mut last: BTreeMap<(&Label, &Audience), &Arc<Held<Page>>> = BTreeMap::new();
        for held in known.filter(|held| onlooker.may_read(&held.what.audience)) {
            last.insert((&held.what.package.name, &held.what.audience), held);
        }
        let mut pages: Vec<_> = last.into_values().collect();
        pages.sort_by_key(|held| held.entry);
        pages
    }

    /// One package of the pages that an onlooker may read; nothing where there is none.
    pub(crate) fn package(&self, known_at: Instant, onlooker: &Onlooker) -> Option<Arc<Package>> {
        joined(self.pages(known_at, onlooker).into_iter())
    }

    /// All guarantees as of a moment, for an onlooker; nothing where no page is known to them.
    #[must_use]
    pub fn guarantees(&self, moment: Moment, onlooker: &Onlooker) -> Option<Guarantees> {
        if self.pages(moment.known_at, onlooker).is_empty() {
            return None;
        }
        let incidents = self.incidents_at(moment, onlooker.reader());
        self.guarantees_with(moment, onlooker, &incidents)
    }

    pub(crate) fn guarantees_with(
        &self,
        moment: Moment,
        onlooker: &Onlooker,
        incidents: &[SeenIncident],
    ) -> Option<Guarantees> {
        let known = |at: Instant| at <= moment.known_at;
        let package = self.package(moment.known_at, onlooker)?;
        let readable =
            |held: &&Arc<Held<RecordedDeed>>| known(held.received_at) && onlooker.may_read(&held.what.audience);
        let deeds: Vec<_> = self.deeds.iter().filter(readable).cloned().collect();
        let told =
            |held: &&Arc<Held<RecordedNotice>>| known(held.received_at) && onlooker.may_read(&held.what.audience);
        let notices: Vec<_> = self.notices.iter().filter(told).cloned().collect();
        let closed = |audience: &Audience, at| known(at) && !onlooker.may_read(audience);
        let withheld = self.guarantees.iter().filter(|held| closed(&held.what.audience, held.received_at)).count()
            + self.deeds.iter().filter(|held| closed(&held.what.audience, held.received_at)).count()
            + self.notices.iter().filter(|held| closed(&held.what.audience, held.received_at)).count();
        let mut done: Vec<Deed> = deeds.iter().map(|held| held.what.deed.clone()).collect();
        done.extend(notices.iter().map(|held| held.what.notice.deed()));
        done.extend(acts(incidents, &package));
        let breaches: Vec<Breach> = incidents.iter().filter_map(|seen| breach(self, seen)).collect();
        let sheet = sheet(&package, &done, &breaches, moment.judged_at);
        Some(Guarantees { package, deeds: Arc::new(deeds), notices: Arc::new(notices), sheet, withheld })
    }
}

/// One package of all pages.
fn joined<'a>(mut pages: impl Iterator<Item = &'a Arc<Held<Page>>>) -> Option<Arc<Package>> {
    let first = Arc::clone(&pages.next()?.what.package);
    let mut rest = pages.peekable();
    if rest.peek().is_none() {
        return Some(first);
    }
    let all = rest.fold(Package::clone(&first), |package, held| package.with(&held.what.package));
    Some(Arc::new(all))
}

/// An incident as the breach that it may be, on the firmest footing that it has reached; none if it falls under no rule.
pub(crate) fn breach(mission: &Mission, seen: &SeenIncident) -> Option<Breach> {
    let falls = seen.bearings.iter().filter(|bearing| matches!(bearing.bears, Bears::Falls));
    let mut rules: Vec<Label> = falls.map(|bearing| bearing.rule.clone()).collect();
    rules.dedup();
    let doubts = seen.bearings.iter().filter(|bearing| matches!(bearing.bears, Bears::Undetermined(_)));
    let doubtful: Vec<Label> = doubts.map(|bearing| bearing.rule.clone()).collect();
    let (rules, mut doubt) = match (rules.is_empty(), doubtful.is_empty()) {
        (true, true) => return None,
        (true, false) => (doubtful, Some("whether it falls under the rule cannot be told".to_owned())),
        (false, _) => (rules, None),
    };
    let ruled = seen.rulings.last().map(|held| held.what.breach);
    let footing = match (ruled, seen.finding()) {
        // What was ruled no breach, or was found not to have happened, starts nothing.
        (Some(false), _) | (None, Some(FindingResult::NotEstablished)) => return None,
        (Some(true), _) => Footing::Ruled,
        (None, Some(FindingResult::Established)) => Footing::Established,
        (None, Some(FindingResult::UnableToVerify) | None) => Footing::Proposed,
    };
    let standard = mission.agreements.last().map_or(Chance::CERTAIN, |held| held.what.agreement.standard);
    if footing == Footing::Proposed && seen.incident.chance < standard {
        let why = format!("the machine holds it {} and nobody has established it", seen.incident.chance.word());
        doubt = doubt.or(Some(why));
    }
    let by = match seen.attribution() {
        Some(attribution) => attribution.party.clone(),
        None => seen.incident.by.clone(),
    };
    let (happened, id) = (seen.incident.happened, seen.incident.id.to_string());
    Some(Breach { happened, id, rules, by, footing, doubt })
}

/// Findings and rulings as deeds: each bears on every rule that the incident falls under. Only what establishes or rules a
/// breach is one.
pub(crate) fn acts(incidents: &[SeenIncident], package: &Package) -> Vec<Deed> {
    let mut acts = Vec::new();
    let mut act = |entry: u64, at: Instant, what: DeedKind, by: &str, about: Option<Label>| {
        let id = Label::new(&format!("entry-{entry}")).expect("invariant: a number in a label");
        let mut deed = Deed::plain(id, what, package.party(by).cloned(), Span::at(at));
        deed.about = about;
        acts.push(deed);
    };
    for seen in incidents {
        for held in seen.findings.iter().filter(|held| held.what.result == FindingResult::Established) {
            let rule = seen.bearings.iter().find(|bearing| matches!(bearing.bears, Bears::Falls));
            let about = rule.map(|bearing| bearing.rule.clone());
            act(held.entry, held.received_at, DeedKind::Finding, &held.what.signed_by, about);
        }
        for held in seen.rulings.iter().filter(|held| held.what.breach) {
            act(held.entry, held.received_at, DeedKind::Ruling, &held.what.body, Some(held.what.rule.clone()));
        }
    }
    acts
}
