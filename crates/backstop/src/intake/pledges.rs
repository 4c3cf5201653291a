//! Tables of pledges and deliveries: CSV, a workbook, or activities in IATI XML.
//!
//! Takes a file and the package that names its commitments; gives a deed for each row, on a rung of the commitment that it
//! names. Never makes a commitment out of a row, never converts an amount, never takes a giver's word for a receipt. What
//! cannot be taken is kept unread with its line, or, where the table is closed to others, stops the whole file.

use super::activities::read_activities;
use super::held::Held;
use super::lines::Spot;
use super::pledge_mapping::{Mapped, PledgeMapping};
use super::run::{Checkpoint, Error, Made, Progress, Sink};
use super::sheet::read_sheet;
use super::source_file::SourceFile;
use super::summary::Summary;
use super::table::read_table;
use clause::guarantee::{Amount, Commitment, Deed, DeedKind, Package, Paper};
use mission::record::Body;
use mission::record::body::{Audience, RecordedDeed};
use mission::record::hex::hex;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use terms::source::{Release, Source, SourceKind};
use terms::{Instant, Label, Party, SourceId, Span};

/// Without these a row says nothing.
pub(super) const COLUMNS: [&str; 6] = ["commitment", "what", "by", "amount", "unit", "happened"];
/// What a row may say beside them.
pub(super) const MORE: [&str; 3] = ["document", "reference", "note"];
/// Texts longer than this are no note.
const NOTE_LIMIT_BYTES: usize = 4 * 1024;

/// What rows are held against.
pub struct Pledges<'a> {
    /// The package, as those who may read the deeds see it.
    pub package: &'a Package,
    /// For whom the deeds are.
    pub audience: Audience,
    /// The deeds that are recorded, as far as those may read them whom the table is for.
    pub recorded: BTreeMap<Label, RecordedDeed>,
    /// Nothing that happens later is taken.
    pub now: Instant,
    /// What the columns of the table mean, where they are not ours.
    pub mapping: Option<PledgeMapping>,
}

/// What an import of pledges did.
pub struct Imported {
    /// Its counts.
    pub summary: Summary,
    /// Commitments of which the table speaks in more than one unit: they stand side by side and are never converted.
    pub mixed: BTreeMap<Label, BTreeSet<String>>,
}

/// Reads a table and appends the deeds that are new.
///
/// # Errors
/// If the file cannot be read, is of no known kind, or `append` refuses.
pub fn import_pledges(
    pledges: &Pledges<'_>,
    file: &SourceFile,
    resume: Option<Checkpoint>,
    held: &mut Held,
    append: &mut dyn FnMut(Vec<Body>) -> Result<(), String>,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Imported, Error> {
    let files = [file.clone()];
    let mut sink = Sink::new("pledges", &files, resume, held, append, progress)?;
    let source = source();
    // Of a table that is closed to others the record says nothing but its deeds.
    let closed = matches!(pledges.audience, Audience::Named(_));
    if !closed {
        sink.declare(&source)?;
    }
    sink.begin(0, &source.id);
    let mut rows = Rows { pledges, seen: BTreeMap::new(), mixed: BTreeMap::new() };
    let name = file.name().to_lowercase();
    let columns = pledges.mapping.as_ref().map_or_else(|| COLUMNS.to_vec(), PledgeMapping::columns);
    if name.ends_with(".csv") {
        let delimiter = pledges.mapping.as_ref().map_or(b',', |mapping| mapping.delimiter);
        read_table(file, &columns, delimiter, &mut sink, &mut |record| {
            rows.row(&|column| record.get(column).to_owned(), record.spot())
        })?;
    } else if name.ends_with(".xlsx") {
        let make = &mut |get: &dyn Fn(&str) -> Option<std::borrow::Cow<'static, str>>, spot: Spot| {
            rows.row(&|column| get(column).map_or_else(String::new, |text| text.trim().to_owned()), spot)
        };
        let sheet = pledges.mapping.as_ref().and_then(|mapping| mapping.sheet.as_deref());
        read_sheet(file, sheet, &columns, &mut sink, make)?;
    } else if name.ends_with(".xml") && pledges.mapping.is_some() {
        return Err(Error::Mapping("activities in IATI XML need no mapping; leave it out".to_owned()));
    } else if name.ends_with(".xml") {
        read_activities(file, pledges.package, &mut sink, &mut |get, spot| rows.row(get, spot))?;
    } else {
        return Err(Error::Mapping(format!("`{}` is no .csv, .xlsx or .xml file; save it as one", file.name())));
    }
    let mixed = std::mem::take(&mut rows.mixed).into_iter().filter(|(_, units)| units.len() > 1).collect();
    if !closed {
        sink.end()?;
    }
    Ok(Imported { summary: sink.finish()?, mixed })
}

fn source() -> Source {
    Source {
        id: SourceId::new("pledges").expect("invariant: `pledges` is a label"),
        title: "tables of pledges and deliveries".to_owned(),
        kind: SourceKind::Dataset,
        voice: "pledges".to_owned(),
        party: None,
        licence: "not stated".to_owned(),
        attribution: "the givers and receivers, each row with its document".to_owned(),
        release: Release::Nothing,
        worth: BTreeMap::new(),
        worth_basis: "not estimated: a row says what its giver or receiver says".to_owned(),
    }
}

/// A cell by the name of its column; empty where there is none.
pub(super) type Get<'a> = &'a dyn Fn(&str) -> String;

/// The rows of one table so far.
struct Rows<'a> {
    pledges: &'a Pledges<'a>,
    seen: BTreeMap<Label, Spot>,
    mixed: BTreeMap<Label, BTreeSet<String>>,
}

impl Rows<'_> {
    fn row(&mut self, get: Get<'_>, spot: Spot) -> Result<Made, String> {
        let deed = match &self.pledges.mapping {
            None => self.deed(get)?,
            Some(mapping) => {
                let mut cells: BTreeMap<&str, String> = BTreeMap::new();
                for column in COLUMNS.into_iter().chain(MORE) {
                    match mapping.of(column, get)? {
                        Mapped::Text(text) => cells.insert(column, text),
                        Mapped::Aside => return Ok(Made::Aside("set aside by the mapping")),
                    };
                }
                self.deed(&|column| cells.get(column).cloned().unwrap_or_default())?
            }
        };
        if let Some(first) = self.seen.get(&deed.id) {
            let line = first.line;
            return Err(format!("the same as line {line}; if both are meant, give each a `reference` of its own"));
        }
        self.seen.insert(deed.id.clone(), spot);
        if let (Some(about), Some(amount)) = (&deed.about, &deed.amount) {
            self.mixed.entry(about.clone()).or_default().insert(amount.unit.clone());
        }
        let body = Body::DeedRecorded(RecordedDeed { deed, audience: self.pledges.audience.clone() });
        // The same row with another note or document, or for other readers.
        if self.held_otherwise(&body) {
            return Ok(Made::Aside("recorded already with another note or document, or for others"));
        }
        Ok(Made::Bodies(vec![body]))
    }

    fn held_otherwise(&self, body: &Body) -> bool {
        let Body::DeedRecorded(recorded) = body else { return false };
        self.pledges.recorded.get(&recorded.deed.id).is_some_and(|other| other != recorded)
    }

    fn deed(&self, get: Get<'_>) -> Result<Deed, String> {
        let package = self.pledges.package;
        let needed = |column: &str| match get(column) {
            text if text.is_empty() => Err(format!("`{column}` is empty")),
            text => Ok(text),
        };
        let commitment = package.commitment(&needed("commitment")?)?;
        let what = rung(&needed("what")?)?;
        let by = get("by");
        if by.is_empty() {
            return Err("`by` is empty: it is not said who gives or receives; name the state".to_owned());
        }
        let by =
            package.party(&by).cloned().ok_or_else(|| format!("the package names no `{by}`; name a party of it"))?;
        allowed(package, commitment, what, &by)?;
        let amount = amount(&needed("amount")?, &needed("unit")?)?;
        let happened = self.when(what, &needed("happened")?)?;
        let (document, note) = (get("document"), get("note"));
        if document.len() + note.len() > NOTE_LIMIT_BYTES {
            return Err(format!("`document` and `note` are longer than {NOTE_LIMIT_BYTES} bytes; shorten them"));
        }
        let mut deed =
            Deed::plain(id(commitment, what, &by, &amount, happened, &get("reference")), what, Some(by), happened);
        deed.about = Some(commitment.id.clone());
        deed.amount = Some(amount);
        deed.paper = (!document.is_empty()).then_some(Paper { title: document, sha256: None, withheld: false });
        deed.note = note;
        Ok(deed)
    }

    fn when(&self, what: DeedKind, text: &str) -> Result<Span, String> {
        // A workbook's day is its midnight.
        let text = text.strip_suffix(" 00:00:00").unwrap_or(text);
        let form = "write a day as `2026-03-02`, or a time as `2026-03-02 10:00`";
        let happened = self.pledges.package.span(text).map_err(|why| format!("{why}; {form}"))?;
        if happened.earliest() > self.pledges.now {
            let what = if what == DeedKind::Received { "a receipt" } else { "a deed" };
            return Err(format!("{what} on {text} lies in the future; only what was done is recorded"));
        }
        Ok(happened)
    }
}

fn rung(text: &str) -> Result<DeedKind, String> {
    let rungs: Vec<DeedKind> = DeedKind::ALL.into_iter().filter(|kind| kind.is_rung()).collect();
    let words: Vec<&str> = rungs.iter().map(|kind| kind.word()).collect();
    let found = rungs.iter().find(|kind| kind.word() == text.to_lowercase());
    found.copied().ok_or_else(|| format!("`{text}` is no rung of delivery; write one of {}", words.join(", ")))
}

/// Who may say so: a giver of what it gives, the receiver of what came, and of law also bodies.
fn allowed(package: &Package, commitment: &Commitment, what: DeedKind, by: &Party) -> Result<(), String> {
    let (id, debtor, receiver) = (&commitment.id, &commitment.debtor, commitment.confirms());
    if what == DeedKind::Received {
        return if by == receiver {
            Ok(())
        } else {
            Err(format!(
                "{by} calls it received, and only {receiver} confirms receipt of {id}; what a giver counts is `sent`"
            ))
        };
    }
    let body = what == DeedKind::Legal && package.bodies.iter().any(|(body, _)| body == by);
    if by == debtor || body { Ok(()) } else { Err(format!("{id} is a promise of {debtor}, and the row is by {by}")) }
}

fn amount(number: &str, unit: &str) -> Result<Amount, String> {
    if number.starts_with(['-', '\u{2212}', '(']) {
        return Err(format!(
            "`{number}` is negative; what takes something back is a deed of its own, under `replaces`"
        ));
    }
    if let Some(other) = number.split_whitespace().find(|part| part.chars().any(char::is_alphabetic)) {
        let twice = if other == unit { "its unit twice" } else { "two units" };
        return Err(format!("`{number}` with unit `{unit}` has {twice}; write the number alone, in one unit"));
    }
    let wrong = || {
        let fix = "write digits with at most three places after a point and no signs between: 1200, 12.5";
        format!("`{number} {unit}` is no amount; {fix}, and a unit such as `EUR`")
    };
    Amount::parse(&format!("{number} {unit}")).ok_or_else(wrong)
}

/// A name that follows from what the row says, so that the same row is the same deed however often it comes.
fn id(commitment: &Commitment, what: DeedKind, by: &Party, amount: &Amount, happened: Span, reference: &str) -> Label {
    let mut hash = Sha256::new();
    let (earliest, latest) = (happened.earliest().to_string(), happened.latest().to_string());
    let amount = amount.to_string();
    for part in [commitment.id.as_str(), what.word(), by.as_str(), &amount, &earliest, &latest, reference] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Label::new(&format!("row-{}", &hex(&hash.finalize())[..20])).expect("invariant: hex digits make a label")
}
