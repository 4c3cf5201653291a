//! Publishing: a bulletin as files, and the entries that say in the record which bytes were given out.
//!
//! Takes a mission as it follows from the first so many entries, and a day; gives the files with the entries that name them.
//! Whoever publishes and whoever audits run this one function, so that a difference is one of the record. Never signs.

use crate::{Country, Day, Seal, daily, files, shapes};
use mission::record::hex::hex;
use mission::record::publication::{Attestation, Basis, Publication, PublishedFile};
use mission::{Mission, Moment, Reader, View};
use sha2::{Digest, Sha256};
use terms::Instant;

/// What made a bulletin, as entries name it. Bytes are promised to be equal only where this is.
pub const PROGRAM: &str = concat!("backstop ", env!("CARGO_PKG_VERSION"));

/// A bulletin ready to be given out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Made {
    /// What the record is to say of it.
    pub publication: Publication,
    /// The bytes of its files, in the order in which the publication names them.
    pub texts: Vec<String>,
}

/// The daily bulletin of a day, from a mission that is exactly what the entries under `seal` say.
///
/// # Errors
/// If the day is none, or the mission was never opened.
pub fn make(mission: &Mission, seal: &Seal, day: &str, reader: Reader) -> Result<Made, String> {
    let zone = mission.opening().ok_or("the mission was never opened")?.time_zone.clone();
    let day = Day::new(day, &zone)?;
    let view = view(mission, day.span().latest(), reader);
    let bulletin = daily(&view, &day, &shapes(country_of(&view)));
    let word = match reader {
        Reader::Public => "",
        Reader::Mission => "mission",
    };
    let (mut published, mut texts) = (Vec::new(), Vec::new());
    for file in files(&bulletin, seal, word) {
        published.push(PublishedFile {
            name: file.name,
            format: file.format.to_owned(),
            table: file.table.map(str::to_owned),
            language: file.language.to_owned(),
            bytes: file.text.len() as u64,
            sha256: sha256(file.text.as_bytes()),
        });
        texts.push(file.text);
    }
    let publication = Publication {
        bulletin: "daily".to_owned(),
        day: day.date(),
        time_zone: zone,
        reader,
        from: day.span().earliest(),
        judged_at: day.span().latest(),
        known_until: mission.latest().unwrap_or(Instant::EARLIEST),
        basis: Basis { size: seal.size, root: seal.root.clone() },
        program: PROGRAM.to_owned(),
        files: published,
    };
    Ok(Made { publication, texts })
}

/// What follows from the entries under `seal`, as `by` attests it.
#[must_use]
pub fn attest(mission: &Mission, seal: &Seal, judged_at: Instant, reader: Reader, by: &str) -> Attestation {
    Attestation {
        by: by.to_owned(),
        reader,
        judged_at,
        basis: Basis { size: seal.size, root: seal.root.clone() },
        program: PROGRAM.to_owned(),
        derivation: view(mission, judged_at, reader).derivation(),
    }
}

/// Everything in the log is known; happenings after the instant are left out.
#[must_use]
pub fn view(mission: &Mission, judged_at: Instant, reader: Reader) -> View {
    mission.view(Moment { known_at: Instant::LATEST, judged_at }, reader)
}

/// The map on which the agreement's zones lie.
#[must_use]
pub fn country_of(view: &View) -> Option<Country> {
    let zones = view.adopted.as_ref()?.what.agreement.zones.values();
    zones.into_iter().find_map(|zone| Country::under(&zone.area))
}

/// SHA-256 as 64 lower-case hex digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
