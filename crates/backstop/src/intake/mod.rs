//! Intake: the only door for outside facts.
//!
//! Takes files of the kinds in [`IMPORTERS`]; gives the bodies of entries (observations, efforts, maps, totals, and every
//! row that could not be read) in the order of their rows, with a [`Summary`]. Never fetches anything, never touches the
//! store, never drops a row: each one is taken, already held, set aside with a stated reason, or kept unread.

mod held;
mod run;
mod summary;

mod features;
mod items;
mod lines;
mod source_file;
mod table;

mod civil;
mod ground;
mod regions;

mod air_force;
mod allegations;
mod control_line;
mod firms;
mod mod_messages;
mod party_totals;
mod viina;

mod mapped;
mod mapping;
mod sheet;

mod activities;
mod pledge_mapping;
mod pledges;

pub use held::Held;
pub use mapping::Mapping;
pub use pledge_mapping::PledgeMapping;
pub use pledges::{Imported, Pledges, import_pledges};
pub use run::{Checkpoint, Error, Options, Progress, import};
pub use source_file::SourceFile;
pub use summary::{FileSummary, SourceNote, Summary, UnreadNote};

use run::Sink;

/// A kind of file that can be read. The list is the one source of the command line's help, of the dispatch, and of the
/// table in `docs/importing.md`.
pub struct Importer {
    /// The word on the command line.
    pub kind: &'static str,
    /// What it reads.
    pub reads: &'static str,
    /// What becomes of a row.
    pub gives: &'static str,
    /// How well place and time are known.
    pub precision: &'static str,
    /// Under which licence, and what may leave the installation.
    pub licence: &'static str,
    /// Whether the files need a mapping to be understood.
    pub needs_mapping: bool,
    read: fn(&[SourceFile], &Options, &mut Sink<'_>) -> Result<(), Error>,
}

/// Every kind of file that can be read.
pub const IMPORTERS: [Importer; 10] = [
    Importer {
        kind: "viina",
        reads: "VIINA 2.0 news events: the daily JSON, or a CSV of events",
        gives: "press observations; sport, alerts and pages without a day are set aside",
        precision: "a civil day in Kyiv; a settlement (1 to 25 km), or the oblast it stands for",
        licence: "ODbL 1.0; rows may leave, share-alike, with attribution",
        needs_mapping: false,
        read: viina::read,
    },
    Importer {
        kind: "firms",
        reads: "NASA FIRMS active fires, VIIRS CSV",
        gives: "satellite observations of heat, and each pass as effort; static heat sources are set aside",
        precision: "the minute of the pass; the pixel (270 m and more)",
        licence: "open NASA data; rows may leave, with acknowledgement",
        needs_mapping: false,
        read: firms::read,
    },
    Importer {
        kind: "air-force",
        reads: "attack waves as the Ukrainian Air Force and regional commands claim them, CSV",
        gives: "claims by Ukraine; regional rows of a raid counted nationally are set aside",
        precision: "the wave's hours in Kyiv time, or the day; an oblast at best",
        licence: "CC BY-NC-SA as far as known; counts may leave, rows may not",
        needs_mapping: false,
        read: air_force::read,
    },
    Importer {
        kind: "mod-messages",
        reads: "messages of the Russian Ministry of Defence, CSV",
        gives: "claims by Russia; messages that claim nothing about the other side are set aside",
        precision: "the hours the message names in Moscow time, else the day before it; an oblast at best",
        licence: "public official posts; rows may leave, with the source named",
        needs_mapping: false,
        read: mod_messages::read,
    },
    Importer {
        kind: "allegations",
        reads: "dated allegations of breaches, CSV",
        gives: "claims, each with its claimant",
        precision: "from the minute to the day, as the claimant says; an oblast",
        licence: "facts with their public sources; rows may leave",
        needs_mapping: false,
        read: allegations::read,
    },
    Importer {
        kind: "party-totals",
        reads: "totals that parties published, with their parts, CSV",
        gives: "totals as published; the arithmetic is left to the mission",
        precision: "in the claimant's words",
        licence: "facts with their public sources; rows may leave",
        needs_mapping: false,
        read: party_totals::read,
    },
    Importer {
        kind: "control-line",
        reads: "a volunteer map's daily area of control, GeoJSON named YYYYMMDD.geojson",
        gives: "the map of a named source, which is no fact about the ground",
        precision: "the civil day in Kyiv; a drawn outline",
        licence: "GPL-3 repository; nothing may leave",
        needs_mapping: false,
        read: control_line::read,
    },
    Importer {
        kind: "csv",
        reads: "any table of events, CSV in UTF-8, with a mapping file",
        gives: "observations as the mapping says",
        precision: "as the mapping says",
        licence: "as the mapping declares",
        needs_mapping: true,
        read: mapped::read_csv,
    },
    Importer {
        kind: "geojson",
        reads: "a GeoJSON FeatureCollection of events, with a mapping file",
        gives: "observations as the mapping says",
        precision: "as the mapping says",
        licence: "as the mapping declares",
        needs_mapping: true,
        read: mapped::read_geojson,
    },
    Importer {
        kind: "xlsx",
        reads: "the first sheet of a workbook, with a mapping file",
        gives: "observations as the mapping says",
        precision: "as the mapping says",
        licence: "as the mapping declares",
        needs_mapping: true,
        read: mapped::read_xlsx,
    },
];

impl Importer {
    /// The importer that a word names.
    #[must_use]
    pub fn named(kind: &str) -> Option<&'static Importer> {
        IMPORTERS.iter().find(|importer| importer.kind == kind)
    }
}
