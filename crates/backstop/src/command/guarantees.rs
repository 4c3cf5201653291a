//! `backstop guarantees`, `clocks`, `commitments` and `simulate`: what guarantors promised, and how it stands.
//!
//! Takes a page of guarantees, a page with a table of deeds, or a store; prints remarks, a play, or clocks and commitments
//! as of an instant. Never adopts a page with an error, and never says of a closed page more than that it is there.

use super::fill::read_text;
use super::outcome::{print, print_json};
use super::pledges::PledgesArgs;
use super::{Common, Exit, Failure, instant_or};
use crate::brief;
use crate::clock::now;
use crate::http::feed;
use crate::http::guarantees::{Answer, ClockLine, CommitmentLine, written};
use crate::station::{self, Station, present};
use crate::storage::{Reader, Store};
use clap::{Args, Subcommand};
use clause::guarantee::{self, Deed, GUARANTEES_FILE, Notice, Package};
use clause::{AgreementFiles, Language, Remark, Severity};
use mission::record::Body;
use mission::record::body::{AdoptedGuarantees, Audience, RecordedDeed, RecordedNotice};
use mission::{Guarantees, Mission, Moment, Onlooker};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use terms::{Instant, Party};

#[derive(Args)]
pub(super) struct GuaranteesArgs {
    #[command(subcommand)]
    verb: GuaranteesVerb,
}

#[derive(Subcommand)]
enum GuaranteesVerb {
    /// Say what in a page of guarantees is wrong or not said, with its place and its fix
    Check {
        /// The folder with `guarantees.md`, or the page
        path: PathBuf,
    },
    /// Adopt a page; a page of the same name takes the place of the one before
    Adopt {
        /// The folder with `guarantees.md`, or the page
        path: PathBuf,
        #[command(flatten)]
        audience: AudienceArgs,
    },
    /// Record what was done and told: the tables of a page that begin `| deed |` and `| notice |`
    Record {
        /// The page
        file: PathBuf,
        #[command(flatten)]
        audience: AudienceArgs,
    },
    /// Say what came of promises between two versions of a page, from a draft to what was signed
    Diff {
        /// The folder with `guarantees.md`, or the page, as it was
        before: PathBuf,
        /// As it is
        after: PathBuf,
    },
    /// Take in a table of pledges and deliveries, each row a deed: CSV, XLSX or IATI XML
    Import(PledgesArgs),
}

/// For whom a page or a deed is; for the mission's own staff, if nothing is said.
#[derive(Args)]
pub(super) struct AudienceArgs {
    /// For everyone: published with the log, for ever
    #[arg(long, conflicts_with = "reader")]
    open: bool,
    /// For this party, closed to the others; can be given more than once
    #[arg(long, value_name = "PARTY")]
    reader: Vec<String>,
}

impl AudienceArgs {
    pub(super) fn audience(&self) -> Result<Audience, Failure> {
        Ok(match (self.open, self.reader.as_slice()) {
            (true, _) => Audience::Everyone,
            (false, []) => Audience::Mission,
            (false, names) => Audience::Named(parties(names)?),
        })
    }
}

/// As of when, and for whom.
#[derive(Args)]
pub(super) struct AsOf {
    /// As of this instant, with what was known by then
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// As this party may see it: what lies open, and what is closed to others and not to it
    #[arg(long = "for", value_name = "PARTY", conflicts_with = "public")]
    party: Option<String>,
    /// As anyone may see it
    #[arg(long)]
    public: bool,
}

#[derive(Args)]
pub(super) struct ClocksArgs {
    #[command(flatten)]
    as_of: AsOf,
    /// All that is known of one clock, by the name in the first column
    #[arg(long, value_name = "CLOCK")]
    explain: Option<String>,
    /// As an iCalendar file: an event for each clock that has an end to be kept
    #[arg(long, conflicts_with = "explain")]
    ics: bool,
}

#[derive(Args)]
pub(super) struct SimulateArgs {
    /// The folder with `guarantees.md`, or the page
    path: PathBuf,
    /// A page with tables of deeds and breaches, and a line `Until: TIME`
    scenario: PathBuf,
}

pub(super) fn run(common: &Common, args: &GuaranteesArgs) -> Result<Exit, Failure> {
    match &args.verb {
        GuaranteesVerb::Check { path } => check(common, path),
        GuaranteesVerb::Adopt { path, audience } => adopt(common, path, audience.audience()?),
        GuaranteesVerb::Diff { before, after } => super::difference::run(common, before, after),
        GuaranteesVerb::Import(args) => super::pledges::run(common, args),
        GuaranteesVerb::Record { file, audience } => record(common, file, &audience.audience()?),
    }
}

/// A page as read.
pub(super) struct ReadPage {
    text: String,
    package: Package,
    remarks: Vec<Remark>,
}

impl ReadPage {
    fn rendered(&self, colour: bool) -> String {
        let files = [(GUARANTEES_FILE.to_owned(), self.text.clone().into_bytes())];
        let files = AgreementFiles { text: String::new(), files: files.into() };
        let text = clause::render(&self.remarks, &files, Language::English, colour);
        if text.is_empty() { text } else { text + "\n" }
    }

    fn count(&self, severity: Severity) -> usize {
        self.remarks.iter().filter(|remark| remark.severity() == severity).count()
    }

    /// The page, if it has no error.
    fn sound(self, path: &Path) -> Result<ReadPage, Failure> {
        if self.count(Severity::Error) == 0 {
            return Ok(self);
        }
        let advice = format!("`backstop guarantees check {}` lists them", path.display());
        Err(Failure::new(Exit::Findings, format!("`{}` has errors; {advice}", path.display())))
    }
}

/// The package of a page, if it has no error.
pub(super) fn sound(page: ReadPage, path: &Path) -> Result<Package, Failure> {
    page.sound(path).map(|page| page.package)
}

pub(super) fn read_page(path: &Path) -> Result<ReadPage, Failure> {
    let text = page_text(path)?;
    let (package, remarks) = guarantee::read(&text);
    Ok(ReadPage { text, package, remarks })
}

fn page_text(path: &Path) -> Result<String, Failure> {
    read_text(&if path.is_dir() { path.join(GUARANTEES_FILE) } else { path.to_owned() })
}

fn check(common: &Common, path: &Path) -> Result<Exit, Failure> {
    let page = read_page(path)?;
    let (errors, warnings) = (page.count(Severity::Error), page.count(Severity::Warning));
    let exit = if errors + warnings > 0 { Exit::Findings } else { Exit::Done };
    let package = &page.package;
    if common.json {
        let remark = |remark: &Remark| json!({ "code": remark.code.word(), "severity": remark.severity().word(), "line": remark.line, "column": remark.column, "message": remark.message.to_string(), "notes": remark.notes.iter().map(ToString::to_string).collect::<Vec<_>>(), "fix": remark.fix.as_ref().map(ToString::to_string) });
        let remarks: Vec<_> = page.remarks.iter().map(remark).collect();
        let data = json!({ "package": package.name.as_str(), "version": package.version, "instruments": package.instruments.len(), "commitments": package.commitments.len(), "clocks": package.clocks.len(), "forces": package.forces.len(), "sites": package.sites.len(), "remarks": remarks });
        return print_json("backstop.guarantees-check/1", exit, data);
    }
    print(&page.rendered(common.colour()))?;
    let gaps = package.instruments.iter().map(|one| &one.cited);
    let gaps = gaps.chain(package.commitments.iter().map(|one| &one.cited));
    let gaps = gaps
        .chain(package.clocks.iter().map(|one| &one.cited))
        .chain(package.conditions.values().map(|one| &one.cited))
        .chain(package.forces.iter().map(|one| &one.cited))
        .chain(package.sites.iter().map(|one| &one.cited));
    let gaps: usize = gaps.map(|cited| cited.gaps.len()).sum();
    common.say(format!(
        "{} instruments, {} commitments, {} clocks, {} forces, {} sites, {gaps} stated gaps; {errors} errors, {warnings} warnings, {} notes",
        package.instruments.len(),
        package.commitments.len(),
        package.clocks.len(),
        package.forces.len(),
        package.sites.len(),
        page.count(Severity::Note)
    ));
    Ok(exit)
}

fn adopt(common: &Common, path: &Path, audience: Audience) -> Result<Exit, Failure> {
    let text = page_text(path)?;
    let mut station = Station::of(Store::open(common.store()?)?)?;
    let open = station.mission().guarantees(Moment::at(now()), &Onlooker::Public);
    let (package, remarks) = match open.filter(|_| audience != Audience::Everyone) {
        Some(open) => guarantee::read_closed(&text, &open.package),
        None => guarantee::read(&text),
    };
    let page = ReadPage { text, package, remarks };
    if page.count(Severity::Error) > 0 {
        common.say(page.rendered(common.colour()));
        return Err(Failure::new(Exit::Findings, "the page has errors, so it was not adopted; mend it first"));
    }
    // In a page for everyone it would lie in the log for ever.
    if let Some(exact) = page.package.exact.first().filter(|_| audience == Audience::Everyone) {
        let why =
            format!("line {} says exactly where `{}` is, and the page is for everyone", exact.cited.line, exact.site);
        let advice = "put `position` into a page of its own, adopted without `--open`";
        return Err(Failure::new(Exit::Refused, format!("{why}; {advice}")));
    }
    let named = format!("{}, version {}", page.package.title, page.package.version);
    let whom = match &audience {
        Audience::Everyone => "everyone".to_owned(),
        Audience::Mission => "the mission's own staff".to_owned(),
        Audience::Named(readers) => names(readers),
    };
    let body = Body::GuaranteesAdopted(AdoptedGuarantees { text: page.text, audience });
    station.write(&[body], now())?;
    station.publish()?;
    common.say(format!("adopted {named}, for {whom}"));
    Ok(Exit::Done)
}

fn record(common: &Common, file: &Path, audience: &Audience) -> Result<Exit, Failure> {
    let page = read_text(file)?;
    let mut station = Station::of(Store::open(common.store()?)?)?;
    let known = known(station.mission(), Moment::at(now()), &onlooker(audience))?;
    let fault = |fault: clause::Fault| Failure::new(Exit::Usage, format!("`{}`, {fault}", file.display()));
    let notices = guarantee::notices(&page, &known.package).map_err(fault)?;
    // A page of notices alone is whole; one with neither is told that it lacks deeds.
    let deeds = if notices.is_empty() || page.lines().any(|line| line.starts_with("| deed |")) {
        guarantee::deeds(&page, &known.package).map_err(fault)?
    } else {
        Vec::new()
    };
    let deeds: Vec<_> = deeds.into_iter().map(|(_, deed)| deed).collect();
    let before = known.deeds.iter().map(|held| &held.what.deed.id);
    let before: BTreeSet<_> = before.chain(known.notices.iter().map(|held| &held.what.notice.id)).collect();
    let told: Vec<Deed> = notices.iter().map(Notice::deed).collect();
    let mut new = BTreeSet::new();
    let both = || deeds.iter().chain(&told);
    if let Some(twice) = both().find(|deed| before.contains(&deed.id) || !new.insert(&deed.id)) {
        let why = format!(
            "a deed `{}` is recorded already; a correction has a name of its own, and names it under `replaces`",
            twice.id
        );
        return Err(Failure::new(Exit::Usage, why));
    }
    let ahead = both().find(|deed| deed.happened.earliest() > now());
    if let Some(deed) = ahead {
        let why = format!("`{}` lies in the future; only what was done is recorded", deed.id);
        return Err(Failure::new(Exit::Usage, why));
    }
    let counts = (deeds.len(), notices.len());
    let body = |deed| Body::DeedRecorded(RecordedDeed { deed, audience: audience.clone() });
    let told = |notice| Body::NoticeRecorded(RecordedNotice { notice, audience: audience.clone() });
    // Notices first: a receipt in the same page is about one.
    let bodies: Vec<Body> = notices.into_iter().map(told).chain(deeds.into_iter().map(body)).collect();
    station.write(&bodies, now())?;
    station.publish()?;
    common.say(match counts {
        (deeds, 0) => format!("recorded {deeds} deeds"),
        (deeds, notices) => format!("recorded {deeds} deeds, {notices} notices"),
    });
    Ok(Exit::Done)
}

/// Names resolve as those see them who may read the deeds.
pub(super) fn onlooker(audience: &Audience) -> Onlooker {
    match audience {
        Audience::Everyone => Onlooker::Public,
        Audience::Mission => Onlooker::Mission,
        Audience::Named(readers) => Onlooker::Of(readers[0].clone()),
    }
}

fn parties(names: &[String]) -> Result<Vec<Party>, Failure> {
    let wrong = |name: &String| Failure::new(Exit::Usage, format!("`{name}` is no name of a party"));
    let named = names.iter().map(|name| Party::new(name).ok_or_else(|| wrong(name)));
    let mut parties = named.collect::<Result<Vec<_>, _>>()?;
    parties.sort();
    parties.dedup();
    Ok(parties)
}

fn names(parties: &[Party]) -> String {
    parties.iter().map(Party::as_str).collect::<Vec<_>>().join(", ")
}

pub(super) fn known(mission: &Mission, moment: Moment, onlooker: &Onlooker) -> Result<Guarantees, Failure> {
    mission.guarantees(moment, onlooker).ok_or_else(|| {
        let advice = "`backstop guarantees adopt PATH` adopts one";
        Failure::new(Exit::NotFound, format!("no page of guarantees was adopted by then; {advice}"))
    })
}

impl AsOf {
    /// For which party, if for one.
    pub(super) fn party(&self) -> Option<&str> {
        self.party.as_deref()
    }

    pub(super) fn guarantees(&self, common: &Common) -> Result<Guarantees, Failure> {
        let (mission, _) = station::read(common.store()?)?;
        let (at, onlooker) = self.asked(&mission)?;
        known(&mission, Moment::at(at), &onlooker)
    }

    /// The instant and the onlooker that are asked for.
    pub(super) fn asked(&self, mission: &Mission) -> Result<(Instant, Onlooker), Failure> {
        let at = instant_or(self.as_of.as_deref(), || present(mission))?;
        let onlooker = match (&self.party, self.public) {
            (Some(name), _) => Onlooker::Of(parties(std::slice::from_ref(name))?.remove(0)),
            (None, true) => Onlooker::Public,
            (None, false) => Onlooker::Mission,
        };
        Ok((at, onlooker))
    }
}

pub(super) fn clocks(common: &Common, args: &ClocksArgs) -> Result<Exit, Failure> {
    let guarantees = args.as_of.guarantees(common)?;
    let answer = written(&guarantees);
    if args.ics {
        let store = Reader::open(common.store()?)?;
        let data_class = store.settings().data_class.word();
        return print(&feed::clocks(&answer, data_class, &store.checkpoint().origin));
    }
    if let Some(id) = &args.explain {
        return explain(common, &guarantees, &answer, id);
    }
    if common.json {
        let data =
            json!({ "as_of": answer.as_of, "clocks": answer.clocks, "idle": answer.idle, "withheld": answer.withheld });
        return print_json("backstop.clocks/1", Exit::Done, data);
    }
    let mut text = format!("as of {}\n", guarantees.package.civil(guarantees.sheet.at));
    for clock in &answer.clocks {
        let due = guarantees.sheet.runs.iter().find(|run| run.name() == clock.id).and_then(|run| run.due);
        let due = due.map_or_else(|| "stopped".to_owned(), |due| guarantees.package.civil(due));
        let _ = writeln!(text, "{:<44} {:<11} {:<16} {due}", clock.id, clock.state, clock.debtor);
    }
    for idle in &answer.idle {
        let reading = idle.reading.as_ref().map_or_else(String::new, |reading| format!("/{reading}"));
        let _ = writeln!(text, "{:<44} not started; waits for {}", format!("{}{reading}", idle.clock), idle.awaits);
    }
    if answer.clocks.is_empty() && answer.idle.is_empty() {
        text.push_str("no clock is set\n");
    }
    text.push_str(&withheld(answer.withheld));
    print(&text)
}

pub(super) fn withheld(count: usize) -> String {
    brief::withheld(count).map_or_else(String::new, |closed| closed + "\n")
}

fn explain(common: &Common, guarantees: &Guarantees, answer: &Answer, id: &str) -> Result<Exit, Failure> {
    let found = answer.clocks.iter().find(|clock| clock.id == id);
    let Some(clock) = found else {
        let why = format!("no clock `{id}` runs or ran as of then; `backstop clocks` lists them");
        return Err(Failure::new(Exit::NotFound, why));
    };
    if common.json {
        return print_json("backstop.clock/1", Exit::Done, json!(clock));
    }
    print(&explained(guarantees, answer, clock))
}

fn explained(guarantees: &Guarantees, answer: &Answer, clock: &ClockLine) -> String {
    let package = &guarantees.package;
    let mut text = String::new();
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "{key:<12} {value}");
    };
    line("clock", &clock.id);
    line("as of", &package.civil(guarantees.sheet.at));
    if let Some(commitment) = answer.commitments.iter().find(|one| one.id == clock.commitment) {
        let instrument = answer.instruments.iter().find(|one| one.id == commitment.instrument);
        let title = instrument.map_or("", |one| one.title.as_str());
        line("promise", &format!("{} to {}: {}", commitment.debtor, commitment.beneficiary, commitment.says));
        line("in", &format!("{title} ({})", commitment.instrument));
        line("wording", &format!("{}; binds: {}", commitment.word, commitment.binds));
        if let Some(credit) = &commitment.cited.credit {
            line("source", credit);
        }
        commitment.cited.gaps.iter().for_each(|gap| line("gap", gap));
    }
    if let Some(reading) = &clock.reading {
        let says = answer.readings.iter().find(|one| one.id == *reading).map_or("", |one| one.says.as_str());
        line("reading", &format!("{reading}: {says}"));
    }
    line("state", &clock.state);
    clock.because.iter().for_each(|why| line("because", why));
    line("started by", &clock.started_by);
    line("arithmetic", &clock.arithmetic);
    if let Some(by) = &clock.met_by {
        line("met by", by);
    }
    for told in &clock.told {
        let answer = told.acknowledged.as_ref().map_or("not confirmed".to_owned(), |by| format!("confirmed by {by}"));
        line("told", &format!("{} by {}, {answer}", told.who, told.by));
    }
    line("on expiry", clock.on_expiry.as_deref().unwrap_or("the text does not say"));
    clock.notes.iter().for_each(|note| line("note", note));
    text
}

pub(super) fn commitments(common: &Common, args: &AsOf) -> Result<Exit, Failure> {
    let guarantees = args.guarantees(common)?;
    let answer = written(&guarantees);
    if common.json {
        let data = json!({ "as_of": answer.as_of, "commitments": answer.commitments, "withheld": answer.withheld });
        return print_json("backstop.commitments/1", Exit::Done, data);
    }
    let mut text = format!("as of {}\n", guarantees.package.civil(guarantees.sheet.at));
    for one in &answer.commitments {
        tell(one, &mut text);
    }
    text.push_str(&withheld(answer.withheld));
    print(&text)
}

fn tell(one: &CommitmentLine, text: &mut String) {
    let _ = writeln!(text, "\n{}  {} to {}: {}", one.id, one.debtor, one.beneficiary, one.says);
    let credit = one.cited.credit.as_deref().unwrap_or("no source");
    let _ = writeln!(text, "  {}, {}, in {}, {credit}", one.class, one.word, one.instrument);
    let because =
        if one.stands.because.is_empty() { String::new() } else { format!(": {}", one.stands.because.join("; ")) };
    let _ = writeln!(text, "  can it be called upon? {}{because}", one.stands.answer);
    for member in &one.members {
        let because = &member.stands.because;
        let because = if because.is_empty() { String::new() } else { format!(": {}", because.join("; ")) };
        let _ = writeln!(text, "  from {}? {}{because}", member.who, member.stands.answer);
    }
    for caveat in &one.caveats {
        let _ = writeln!(text, "  caveat: {caveat}");
    }
    if one.rungs.is_empty() {
        let _ = writeln!(text, "  deliveries: not reported");
    }
    for rung in &one.rungs {
        let _ = writeln!(text, "  {:<10} {}", rung.rung, rung.shown);
    }
    for gap in &one.cited.gaps {
        let _ = writeln!(text, "  gap: {gap}");
    }
}

pub(super) fn simulate(common: &Common, args: &SimulateArgs) -> Result<Exit, Failure> {
    let page = read_page(&args.path)?.sound(&args.path)?;
    let scenario = read_text(&args.scenario)?;
    let fault = |fault: clause::Fault| Failure::new(Exit::Usage, format!("`{}`, {fault}", args.scenario.display()));
    let tabletop = guarantee::tabletop(&scenario, &page.package).map_err(fault)?;
    let text = guarantee::play(&page.package, &tabletop);
    if common.json {
        return print_json(
            "backstop.tabletop/1",
            Exit::Done,
            json!({ "package": page.package.name.as_str(), "text": text }),
        );
    }
    print(&text)
}
