//! What guarantors and staff were told of clocks, in the record: an alert before it is sent, and each step with it after.
//!
//! Takes the nouns; gives payloads and reads them back; the written form is fixed for ever. An alert names the channel it goes out by
//! and never an address. Never says that something was sent of which that is not known.

use super::body::{Audience, BodyError};
use super::canonical::Value;
use super::fields::{Fields, Writer};
use super::guarantees::{read_audience, write_audience};
use super::hex::hex;
use clause::guarantee::Occasion;
use sha2::{Digest, Sha256};
use terms::{Instant, Label};

/// By what an alert goes out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Carrier {
    /// Shown in the app, and sent nowhere.
    App,
    /// E-mail.
    Mail,
    /// A signed request to another program.
    Webhook,
}

impl Carrier {
    /// The word used in entries and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Carrier::App => "app",
            Carrier::Mail => "mail",
            Carrier::Webhook => "webhook",
        }
    }

    /// The carrier that the word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Carrier> {
        [Carrier::App, Carrier::Mail, Carrier::Webhook].into_iter().find(|carrier| carrier.word() == word)
    }
}

/// That somebody is to be told of a clock. Written before it is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alert {
    /// Its name, which follows from what it is: the same is not raised twice.
    pub id: Label,
    /// By which channel.
    pub channel: Label,
    /// By what.
    pub carrier: Carrier,
    /// For whom; what it says holds nothing that they may not see.
    pub audience: Audience,
    /// The name of the clock's run.
    pub run: String,
    /// What of it.
    pub occasion: Occasion,
    /// When that came.
    pub at: Instant,
    /// In one line.
    pub subject: String,
    /// The very text, as it is sent.
    pub text: String,
}

impl Alert {
    /// The name of an alert: what is told of which run and instant, by which channel.
    #[must_use]
    pub fn name(channel: &Label, run: &str, occasion: Occasion, at: Instant) -> Label {
        let said = [channel.as_str(), run, occasion.word(), &occasion.distance_ms().to_string(), &at.ms().to_string()];
        let hash = Sha256::digest(said.join("\n"));
        Label::new(&format!("alert-{}", hex(&hash[..8]))).expect("invariant: a word and hex digits")
    }
}

/// What happens with an alert.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Handling {
    /// It is about to be sent. If nothing follows, whether it was is unknown.
    Attempted,
    /// The other side took it.
    Sent,
    /// It surely did not go out.
    Refused,
    /// Whether it went out cannot be told; it is not sent again.
    Unknown,
    /// Somebody says that they have read it.
    Acknowledged,
}

impl Handling {
    /// The word used in entries and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Handling::Attempted => "attempted",
            Handling::Sent => "sent",
            Handling::Refused => "refused",
            Handling::Unknown => "unknown",
            Handling::Acknowledged => "acknowledged",
        }
    }

    /// The step that the word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Handling> {
        let all = [Handling::Attempted, Handling::Sent, Handling::Refused, Handling::Unknown, Handling::Acknowledged];
        all.into_iter().find(|step| step.word() == word)
    }
}

/// A step with an alert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertStep {
    /// Which alert.
    pub alert: Label,
    /// For whom the alert is.
    pub audience: Audience,
    /// What happened.
    pub step: Handling,
    /// Who acknowledged, or who answered: an office, a party, a server's word; never a private name.
    pub by: String,
    /// In words: what the other side said, or a remark.
    pub note: String,
}

pub(super) fn write_alert(alert: &Alert) -> Value {
    let writer = Writer::default()
        .text("id", &alert.id)
        .text("channel", &alert.channel)
        .text("carrier", alert.carrier.word())
        .text("run", &alert.run)
        .text("occasion", alert.occasion.word())
        .integer("distance_ms", alert.occasion.distance_ms())
        .integer("at_ms", alert.at.ms())
        .text("subject", &alert.subject)
        .text("text", &alert.text);
    write_audience(writer, &alert.audience).finish()
}

pub(super) fn read_alert(fields: &mut Fields<'_>) -> Result<Alert, BodyError> {
    let distance_ms = fields.integer("distance_ms")?;
    let occasion = fields
        .parsed("occasion", "an occasion that goes with its distance", |word| Occasion::from_word(word, distance_ms))?;
    Ok(Alert {
        id: fields.parsed("id", "a name", Label::new)?,
        channel: fields.parsed("channel", "a name", Label::new)?,
        carrier: fields.parsed("carrier", "`app`, `mail` or `webhook`", Carrier::from_word)?,
        audience: read_audience(fields)?,
        run: fields.text("run")?.to_owned(),
        occasion,
        at: fields.instant("at_ms")?,
        subject: fields.text("subject")?.to_owned(),
        text: fields.text("text")?.to_owned(),
    })
}

pub(super) fn write_step(step: &AlertStep) -> Value {
    let writer = Writer::default()
        .text("alert", &step.alert)
        .text("step", step.step.word())
        .text("by", &step.by)
        .text("note", &step.note);
    write_audience(writer, &step.audience).finish()
}

pub(super) fn read_step(fields: &mut Fields<'_>) -> Result<AlertStep, BodyError> {
    Ok(AlertStep {
        alert: fields.parsed("alert", "a name", Label::new)?,
        audience: read_audience(fields)?,
        step: fields.parsed("step", "a step with an alert", Handling::from_word)?,
        by: fields.text("by")?.to_owned(),
        note: fields.text("note")?.to_owned(),
    })
}
