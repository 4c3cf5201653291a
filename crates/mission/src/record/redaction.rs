//! Entries about entries: payloads that are destroyed, and payloads that are opened later than they were committed to.
//!
//! Takes the nouns; gives payloads and reads them back. Such an entry names another by index and leaf hash, so that it
//! stands beside one place in one log and no other. Never holds what was erased, nor anything from which it follows.

use super::body::BodyError;
use super::canonical::Value;
use super::commitment::{Payload, Salt};
use super::fields::{FieldError, Fields, Writer};
use super::hex::{bytes_of_hex, hex};
use clause::{Footing, Value as Verdict};
use terms::{Label, Party};

/// An entry as another one names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct EntryName {
    /// Its index in the log.
    pub index: u64,
    /// Hash of its leaf, as the log's tree has it.
    pub leaf: [u8; 32],
}

/// The order to destroy what entries say. Readable by all, so it says why and never what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Redaction {
    /// What is destroyed, in the order of the log, each once. Never empty.
    pub entries: Vec<EntryName>,
    /// The office on whose authority, never a private name.
    pub authority: String,
    /// The legal ground.
    pub ground: String,
    /// The offices that approved, each once. Never empty.
    pub approved_by: Vec<String>,
    /// Who had computed the verdicts again before, and found the same.
    pub attested: Vec<AttestedRun>,
}

/// That somebody computed the verdicts again from the record, while it was whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttestedRun {
    /// Who.
    pub by: String,
    /// SHA-256 of the receipt of that run, as `backstop log run` prints it.
    pub receipt: [u8; 32],
}

/// What a redaction does to verdicts, for those who may read verdicts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RedactionEffects {
    /// The redaction's entry.
    pub redaction: u64,
    /// The verdicts that read otherwise without the erased entries.
    pub touched: Vec<Touched>,
}

/// A verdict that rested on an erased entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Touched {
    /// The rule.
    pub rule: Label,
    /// The reading; `None` for the text as written.
    pub reading: Option<Label>,
    /// Whom it is about.
    pub bearer: Option<Party>,
    /// On what footing.
    pub footing: Footing,
    /// What it read with the entries.
    pub was: Verdict,
    /// What the other entries alone gave at that time.
    pub without: Verdict,
}

impl Touched {
    /// Whether a verdict computed without the erased entries may stand. It may if it reads as it did with them. What had
    /// read `breached` is otherwise not known any more; and what reads as the erasure left it is not known either. Anything
    /// else is due to what came later.
    #[must_use]
    pub fn lets_stand(&self, now: Verdict) -> bool {
        now == self.was || (self.was != Verdict::Breached && now != self.without)
    }
}

/// What an entry says that was only committed to when it was logged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reveal {
    /// The entry.
    pub entry: EntryName,
    /// The salt of its commitment.
    pub salt: Salt,
    /// What it says.
    pub payload: Value,
}

impl Reveal {
    /// Whether this is what was committed to.
    #[must_use]
    pub fn opens(&self, commitment: &[u8; 32]) -> bool {
        Payload::new(&self.payload).is_ok_and(|payload| payload.commit(&self.salt) == *commitment)
    }
}

pub(super) fn write_redaction(redaction: &Redaction) -> Value {
    let attested = redaction.attested.iter().map(|attestation| {
        Writer::default().text("by", &attestation.by).text("receipt", hex(&attestation.receipt)).finish()
    });
    Writer::default()
        .put("entries", Value::List(redaction.entries.iter().map(write_name).collect()))
        .text("authority", &redaction.authority)
        .text("ground", &redaction.ground)
        .texts("approved_by", &redaction.approved_by)
        .put("attested", Value::List(attested.collect()))
        .finish()
}

pub(super) fn read_redaction(fields: &mut Fields<'_>) -> Result<Redaction, BodyError> {
    let entries = fields.objects("entries")?.into_iter().map(read_name).collect::<Result<Vec<_>, FieldError>>()?;
    if entries.is_empty() || !entries.is_sorted_by(|one, next| one.index < next.index) {
        return Err(fields.wrong("entries", "one or more entries, each once and in the order of the log").into());
    }
    let approved_by: Vec<String> = fields.texts("approved_by")?.into_iter().map(str::to_owned).collect();
    if approved_by.is_empty() {
        return Err(fields.wrong("approved_by", "one or more offices").into());
    }
    let attested = fields.objects("attested")?.into_iter().map(|mut attestation| {
        let by = attestation.text("by")?.to_owned();
        let receipt = attestation.parsed("receipt", "64 lower-case hex digits", bytes_of_hex)?;
        attestation.finish()?;
        Ok(AttestedRun { by, receipt })
    });
    Ok(Redaction {
        entries,
        authority: fields.text("authority")?.to_owned(),
        ground: fields.text("ground")?.to_owned(),
        approved_by,
        attested: attested.collect::<Result<Vec<_>, FieldError>>()?,
    })
}

pub(super) fn write_effects(effects: &RedactionEffects) -> Value {
    let touched = effects.touched.iter().map(|touched| {
        Writer::default()
            .text("rule", &touched.rule)
            .optional_text("reading", touched.reading.as_ref())
            .optional_text("bearer", touched.bearer.as_ref())
            .text("footing", touched.footing.word())
            .text("was", touched.was.word())
            .text("without", touched.without.word())
            .finish()
    });
    Writer::default()
        .integer("redaction", signed(effects.redaction))
        .put("touched", Value::List(touched.collect()))
        .finish()
}

pub(super) fn read_effects(fields: &mut Fields<'_>) -> Result<RedactionEffects, BodyError> {
    let footing = |word: &str| Footing::JUDGED.into_iter().find(|footing| footing.word() == word);
    let verdict = |word: &str| Verdict::ALL.into_iter().find(|value| value.word() == word);
    let touched = fields.objects("touched")?.into_iter().map(|mut touched| {
        let read = Touched {
            rule: touched.parsed("rule", "a rule id", Label::new)?,
            reading: touched.optional_parsed("reading", "a reading", Label::new)?,
            bearer: touched.optional_parsed("bearer", "a party", Party::new)?,
            footing: touched.parsed("footing", "a footing", footing)?,
            was: touched.parsed("was", "a verdict", verdict)?,
            without: touched.parsed("without", "a verdict", verdict)?,
        };
        touched.finish()?;
        Ok(read)
    });
    let touched = touched.collect::<Result<Vec<_>, FieldError>>()?;
    Ok(RedactionEffects { redaction: fields.integer("redaction")?, touched })
}

pub(super) fn write_reveal(reveal: &Reveal) -> Value {
    Writer::default()
        .put("entry", write_name(&reveal.entry))
        .text("salt", hex(&reveal.salt))
        .put("payload", reveal.payload.clone())
        .finish()
}

pub(super) fn read_reveal(fields: &mut Fields<'_>) -> Result<Reveal, BodyError> {
    let entry = read_name(fields.fields("entry")?)?;
    let salt = fields.parsed("salt", "64 lower-case hex digits", bytes_of_hex)?;
    let payload = fields.optional("payload").ok_or_else(|| fields.wrong("payload", "is missing"))?.clone();
    Ok(Reveal { entry, salt, payload })
}

fn write_name(name: &EntryName) -> Value {
    Writer::default().integer("index", signed(name.index)).text("leaf", hex(&name.leaf)).finish()
}

fn read_name(mut fields: Fields<'_>) -> Result<EntryName, FieldError> {
    let name = EntryName {
        index: fields.integer("index")?,
        leaf: fields.parsed("leaf", "64 lower-case hex digits", bytes_of_hex)?,
    };
    fields.finish()?;
    Ok(name)
}

fn signed(index: u64) -> i64 {
    i64::try_from(index).expect("invariant: a log has fewer than 2^63 entries")
}
