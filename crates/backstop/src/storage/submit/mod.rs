//! Recording what authors elsewhere have signed. Takes statements with what they say, possibly hostile, and gives each its receipt or
//! the reason why it was refused. Never records a statement twice, never one whose signature, commitment or number does not
//! hold, and never lets one of them stand in the way of the others.

mod numbers;

#[cfg(test)]
mod tests;

use super::error::Error;
use super::keys::PublicKeys;
use super::parallel::map_in_order;
use super::reader::Reader;
use super::segment::Record;
use super::store::{NewEntry, Receipt, Store, must_be_a_batch};
use super::unsealed::{Content, Unsealed};
pub(super) use numbers::Numbers;

use numbers::stated;

use ledger::tree::leaf_hash;
use mission::record::Body;
use mission::record::body::{Admission, Dismissal};
use mission::record::canonical::{NotCanonical, Value, decode, encode};
use mission::record::commitment::{Payload, Salt};
use mission::record::envelope::{self, Class, EnvelopeError, KeyId, MAX_STATEMENT_BYTES};
use mission::record::hex::{bytes_of_hex, hex};
use std::collections::BTreeMap;
use std::fmt;

/// What authors elsewhere may say. All other kinds are the station's own acts: an order to erase is not sent in.
pub const STATED_KINDS: [&str; 2] = ["observation", "effort"];

/// The value of the field `format` of a line that a device hands over.
const SUBMISSION: &str = "backstop-submission/1";

/// A leaf so far ahead is read on to, rather than looked up.
const READ_ON_MOST: u64 = 1_000;

/// A statement with what is needed to record it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Envelope and signature, as [`envelope::state`] gives them.
    pub statement: Vec<u8>,
    /// The salt of its commitment.
    pub salt: Salt,
    /// What it says, canonical.
    pub payload: Vec<u8>,
}

/// What became of a statement that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is recorded now.
    Recorded(Receipt),
    /// It was recorded before; this is the receipt of then.
    Before(Receipt),
}

/// Why a statement was not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no statement, or its author did not sign it.
    Statement(EnvelopeError),
    /// This store knows no such author.
    UnknownAuthor(KeyId),
    /// Its author was dismissed before it came in.
    Dismissed {
        /// The author.
        author: KeyId,
        /// The entry that says so.
        by: u64,
    },
    /// It is of a kind that is not sent in.
    Kind(String),
    /// What it says is no payload.
    Payload(NotCanonical),
    /// It commits to something else than what came with it.
    OtherPayload,
    /// Statements before it are missing.
    Gap {
        /// Its number.
        number: u64,
        /// The number that is awaited.
        awaited: u64,
    },
    /// Its author has signed another statement under the same number: the two together convict the key.
    OtherStands {
        /// The number.
        number: u64,
        /// The other one, envelope and signature.
        other: Vec<u8>,
    },
}

/// A statement that holds in itself: an admitted author signed it, and it commits to what came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    statement: Vec<u8>,
    salt: Salt,
    payload: Vec<u8>,
    author: KeyId,
    class: Class,
    number: u64,
}

impl Submission {
    /// Looks at a statement for itself, without the log.
    ///
    /// # Errors
    /// Why it does not hold.
    pub fn check(self, keys: &PublicKeys) -> Result<Checked, Refusal> {
        let Submission { statement, salt, payload } = self;
        if statement.len() > MAX_STATEMENT_BYTES {
            return Err(Refusal::Statement(EnvelopeError::Shape("a statement has at most 65,514 bytes")));
        }
        // When it is received is not what its author signs.
        let leaf = envelope::receive(&statement, 0);
        let (envelope, _) = envelope::open(&leaf).map_err(Refusal::Statement)?;
        let unnumbered = || Refusal::Statement(EnvelopeError::Field("a statement has a number, from 1"));
        let number = envelope.written.ok_or_else(unnumbered)?.number;
        if !STATED_KINDS.contains(&envelope.kind.as_str()) {
            return Err(Refusal::Kind(envelope.kind));
        }
        let key = keys.authors.get(&envelope.author).ok_or(Refusal::UnknownAuthor(envelope.author))?;
        envelope::verify(&leaf, key).map_err(Refusal::Statement)?;
        let payload = Payload::from_bytes(payload).map_err(Refusal::Payload)?;
        if payload.commit(&salt) != envelope.commitment {
            return Err(Refusal::OtherPayload);
        }
        let (author, class, payload) = (envelope.author, envelope.class, payload.into_bytes());
        Ok(Checked { statement, salt, payload, author, class, number })
    }

    /// Reads a line of a file that a device hands over; none if it is no such line.
    pub fn parse(line: &[u8]) -> Option<Submission> {
        let Ok(Value::Fields(mut fields)) = decode(line) else { return None };
        let (Value::Text(format), Value::Text(salt), Value::Text(statement)) =
            (fields.remove("format")?, fields.remove("salt")?, fields.remove("statement")?)
        else {
            return None;
        };
        let payload = encode(&fields.remove("payload")?);
        (format == SUBMISSION && fields.is_empty()).then_some(())?;
        Some(Submission { statement: statement.into_bytes(), salt: bytes_of_hex(&salt)?, payload })
    }

    /// The line of a file that a device hands over, without its end; none if what it says is not canonical or the statement no text.
    pub fn to_line(&self) -> Option<Vec<u8>> {
        let fields = [
            ("format".to_owned(), Value::Text(SUBMISSION.to_owned())),
            ("payload".to_owned(), decode(&self.payload).ok()?),
            ("salt".to_owned(), Value::Text(hex(&self.salt))),
            ("statement".to_owned(), Value::Text(String::from_utf8(self.statement.clone()).ok()?)),
        ];
        Some(encode(&Value::Fields(fields.into())))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Statement(error) => error.fmt(f),
            Refusal::UnknownAuthor(author) => {
                write!(f, "no author `{author}` is admitted here; `backstop author admit` admits one")
            }
            Refusal::Dismissed { author, by } => {
                write!(
                    f,
                    "author `{author}` was dismissed by entry {by}; what came in before stands, and nothing comes after"
                )
            }
            Refusal::Kind(kind) => {
                write!(f, "entries of kind `{kind}` are not sent in; these are: {}", STATED_KINDS.join(", "))
            }
            Refusal::Payload(error) => write!(f, "payload {error}"),
            Refusal::OtherPayload => f.write_str("the statement commits to something else than this payload and salt"),
            Refusal::Gap { number, awaited } => {
                write!(f, "it is the author's statement {number}, but {awaited} has not come in; send that first")
            }
            Refusal::OtherStands { number, .. } => {
                write!(
                    f,
                    "the author has signed another statement {number}, which is recorded; sign this one under a new number"
                )
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// Where a statement that holds is to be found.
enum Place {
    /// Among those that are recorded now, for the first time.
    Now(usize),
    /// Among those that are recorded now, earlier in this batch.
    Again(usize),
    /// In the log.
    Before(Receipt),
}

/// What is known of a statement before it is given a place.
enum Found {
    /// It was recorded before.
    Before(Receipt),
    /// It holds in itself.
    Checked(Checked),
}

/// Leaves of the log, looked up mostly in their order: then each is read on from the one before.
struct Leaves<'a> {
    reader: &'a Reader,
    next: u64,
    records: Option<Box<dyn Iterator<Item = Result<Record, Error>> + 'a>>,
}

impl Leaves<'_> {
    fn leaf(&mut self, index: u64) -> Result<Vec<u8>, Error> {
        let ahead = index.checked_sub(self.next).filter(|ahead| *ahead < READ_ON_MOST);
        let (mut records, skip) = match (self.records.take(), ahead) {
            (Some(records), Some(ahead)) => (records, ahead),
            (_, _) => (Box::new(self.reader.records(index)) as Box<dyn Iterator<Item = _>>, 0),
        };
        let missing = Error::NoEntry { index, size: self.reader.size() };
        let record = records.nth(skip as usize).unwrap_or(Err(missing))?;
        (self.next, self.records) = (index + 1, Some(records));
        Ok(record.leaf)
    }
}

/// A batch as it is gone through.
struct Batch<'a> {
    numbers: &'a Numbers,
    leaves: Leaves<'a>,
    accepted: Vec<Unsealed>,
    /// Author and number of each that was accepted, and where it is among them.
    positions: BTreeMap<(KeyId, u64), usize>,
}

impl Store {
    /// Records statements of authors elsewhere, received at this time. When this returns, every one that was accepted is durable
    /// at the index of its receipt. A statement that is sent again, in this batch or years later, gets the receipt of the first time.
    ///
    /// # Errors
    /// When the batch is too large, the time lies before that of the last entry, or as for [`Store::append`]; then nothing was
    /// recorded.
    pub fn submit(
        &mut self,
        submissions: &[Submission],
        received_at_ms: i64,
    ) -> Result<Vec<Result<Submitted, Refusal>>, Error> {
        must_be_a_batch(submissions.len())?;
        let numbers = self.take_numbers()?;
        // What stands in the log byte for byte was checked when it came in.
        let known = {
            let mut leaves = Leaves { reader: &self.reader, next: 0, records: None };
            let known = submissions.iter().map(|submission| known(submission, &numbers, &mut leaves));
            known.collect::<Result<Vec<Option<Receipt>>, Error>>()?
        };
        let keys = self.reader.keys();
        let found = map_in_order(self.threads(), submissions.iter().zip(known).collect(), |(submission, known)| {
            known.map_or_else(
                || submission.clone().check(keys).map(Found::Checked),
                |receipt| Ok(Found::Before(receipt)),
            )
        });
        self.take_in(found, numbers, received_at_ms)
    }

    /// As [`Store::submit`], of statements that were looked at before: on another thread, while the one before was being written.
    ///
    /// # Errors
    /// As for [`Store::submit`].
    pub fn submit_checked(
        &mut self,
        checked: Vec<Checked>,
        received_at_ms: i64,
    ) -> Result<Vec<Result<Submitted, Refusal>>, Error> {
        must_be_a_batch(checked.len())?;
        let numbers = self.take_numbers()?;
        self.take_in(checked.into_iter().map(|checked| Ok(Found::Checked(checked))).collect(), numbers, received_at_ms)
    }

    fn take_in(
        &mut self,
        found: Vec<Result<Found, Refusal>>,
        mut numbers: Numbers,
        received_at_ms: i64,
    ) -> Result<Vec<Result<Submitted, Refusal>>, Error> {
        let (places, accepted, positions) = {
            let leaves = Leaves { reader: &self.reader, next: 0, records: None };
            let mut batch = Batch { numbers: &numbers, leaves, accepted: Vec::new(), positions: BTreeMap::new() };
            let mut places = Vec::new();
            for found in found {
                places.push(match found {
                    Ok(Found::Checked(checked)) => batch.place(checked, received_at_ms)?,
                    Ok(Found::Before(receipt)) => Ok(Place::Before(receipt)),
                    Err(refusal) => Err(refusal),
                });
            }
            (places, batch.accepted, batch.positions)
        };
        let receipts = self.record(accepted)?;
        let mut authors: Vec<(usize, KeyId)> = positions.into_iter().map(|((author, _), at)| (at, author)).collect();
        authors.sort_unstable();
        for (receipt, (_, author)) in receipts.iter().zip(authors) {
            numbers.note(&self.reader, author, receipt.index)?;
        }
        self.numbers = Some(numbers);
        let submitted = |place| match place {
            Place::Now(position) => Submitted::Recorded(receipts[position]),
            Place::Again(position) => Submitted::Before(receipts[position]),
            Place::Before(receipt) => Submitted::Before(receipt),
        };
        Ok(places.into_iter().map(|place| place.map(submitted)).collect())
    }

    /// Admits an author elsewhere, by an entry: statements are recorded from now on. The key is the line of its public half; the name is
    /// for people.
    ///
    /// # Errors
    /// When the key or the name is none, or one of them is taken, or as for [`Store::append`].
    pub fn admit(&mut self, name: &str, line: &str, at_ms: i64) -> Result<KeyId, Error> {
        let directory = self.reader.directory().join("keys");
        let (id, path) = self.reader.keys.may_admit(&*self.reader.disk, &directory, name, line)?;
        let body = Body::AuthorAdmitted(Admission { name: name.to_owned(), key: line.to_owned() });
        let (kind, payload) = (body.kind().to_owned(), body.write());
        self.append(vec![NewEntry { kind, class: Class::Public, received_at_ms: at_ms, payload }])?;
        // If we crash here, the author is admitted and not yet known: whoever asked was not answered, and asks again.
        self.reader.keys.admit(&*self.reader.disk, &path, line)?;
        Ok(id)
    }

    /// Dismisses an author elsewhere, by an entry: what came in stands, and nothing more of the author's is recorded.
    ///
    /// # Errors
    /// When there is no such author, it is the store itself or dismissed already, no ground is given, or as for [`Store::append`].
    pub fn dismiss(&mut self, author: KeyId, ground: &str, at_ms: i64) -> Result<Receipt, Error> {
        if !self.reader.keys.authors.contains_key(&author) || author == self.author() {
            let problem = format!("no author `{author}` elsewhere is admitted; `backstop author list` names them");
            return Err(Error::Settings(problem));
        }
        if let Some(by) = self.take_numbers()?.dismissed(author) {
            return Err(Error::Settings(format!("author `{author}` was dismissed by entry {by} already")));
        }
        if ground.trim().is_empty() {
            return Err(Error::Settings("a dismissal has a ground, which everyone can read".into()));
        }
        let body = Body::AuthorDismissed(Dismissal { author, ground: ground.to_owned() });
        let (kind, payload) = (body.kind().to_owned(), body.write());
        let receipts = self.append(vec![NewEntry { kind, class: Class::Public, received_at_ms: at_ms, payload }])?;
        // They are read anew, with this.
        self.numbers = None;
        Ok(receipts[0])
    }

    /// The number that the next statement of this author has: what a device that lost its count asks.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn awaited(&mut self, author: KeyId) -> Result<u64, Error> {
        let numbers = self.take_numbers()?;
        Ok(self.numbers.insert(numbers).next(author))
    }

    /// The numbers, to be put back when they are true again: after an error they are read anew.
    fn take_numbers(&mut self) -> Result<Numbers, Error> {
        self.numbers.take().map_or_else(|| Numbers::load(&self.reader), Ok)
    }
}

impl Batch<'_> {
    /// Finds a place for a statement that holds in itself.
    fn place(&mut self, checked: Checked, received_at_ms: i64) -> Result<Result<Place, Refusal>, Error> {
        let Checked { statement, salt, payload, author, class, number } = checked;
        let latest = self.positions.range((author, 0)..=(author, u64::MAX)).next_back();
        let awaited = latest.map_or_else(|| self.numbers.next(author), |((_, latest), _)| latest + 1);
        if let Some(by) = self.numbers.dismissed(author).filter(|_| number >= awaited) {
            return Ok(Err(Refusal::Dismissed { author, by }));
        }
        if number > awaited {
            return Ok(Err(Refusal::Gap { number, awaited }));
        }
        if number == awaited {
            let content = Content::Signed { leaf: envelope::receive(&statement, received_at_ms), salt, payload };
            self.positions.insert((author, number), self.accepted.len());
            self.accepted.push(Unsealed { class, received_at_ms, content });
            return Ok(Ok(Place::Now(self.accepted.len() - 1)));
        }
        let (stands, place) = match self.positions.get(&(author, number)) {
            Some(position) => (self.accepted[*position].leaf().to_vec(), Place::Again(*position)),
            None => {
                let (leaf, receipt) = recorded(self.numbers, &mut self.leaves, author, number)?;
                (leaf, Place::Before(receipt))
            }
        };
        let other = envelope::statement_of(&stands).unwrap_or_default().to_vec();
        Ok(if other == statement { Ok(place) } else { Err(Refusal::OtherStands { number, other }) })
    }
}

/// The receipt of a statement that stands in the log byte for byte.
fn known(submission: &Submission, numbers: &Numbers, leaves: &mut Leaves<'_>) -> Result<Option<Receipt>, Error> {
    // When it is received is not what its author signs.
    let Some((author, number)) = stated(&envelope::receive(&submission.statement, 0)) else { return Ok(None) };
    if number >= numbers.next(author) {
        return Ok(None);
    }
    let (leaf, receipt) = recorded(numbers, leaves, author, number)?;
    Ok((envelope::statement_of(&leaf) == Some(submission.statement.as_slice())).then_some(receipt))
}

/// The leaf of a statement that was recorded, and its receipt.
fn recorded(
    numbers: &Numbers,
    leaves: &mut Leaves<'_>,
    author: KeyId,
    number: u64,
) -> Result<(Vec<u8>, Receipt), Error> {
    let index = numbers.find(leaves.reader, author, number)?;
    let missing = || format!("statement {number} of {author} is missing, and later ones are there");
    let index = index.ok_or_else(|| Error::damaged(&leaves.reader.payloads(), 0, missing()))?;
    let leaf = leaves.leaf(index)?;
    numbers.confirm(&leaf, author, number)?;
    let receipt = Receipt { index, leaf: leaf_hash(&leaf) };
    Ok((leaf, receipt))
}
