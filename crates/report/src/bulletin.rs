//! The daily bulletin: its sections, in the order in which a duty officer reads them.
//!
//! Takes a view and a day; gives sections of sentences and tables that every format writes out. Depends on what is
//! known, never on the order in which it arrived.

use crate::day::Day;
use crate::map::{Basemap, map};
use crate::table::{Table, instant_shown};
use crate::{claims, clauses, coverage, incidents, sources};
use mission::{Reader, View};

/// A daily bulletin, before it is written in any format.
#[derive(Clone, Debug)]
pub struct Bulletin {
    /// `Daily bulletin, 2026-04-12: …`.
    pub title: String,
    /// The mission's name.
    pub mission: String,
    /// `simulated`, `exercise` or `operational`.
    pub data_class: String,
    /// The day it is about.
    pub day: Day,
    /// What to know before reading a number.
    pub head: Vec<String>,
    /// The sections.
    pub sections: Vec<Section>,
    /// The map as SVG.
    pub map: String,
}

/// One section: sentences, a table, notes.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name in files and addresses.
    pub key: &'static str,
    /// Its heading.
    pub heading: String,
    /// Sentences above the table.
    pub lead: Vec<String>,
    /// The table.
    pub table: Option<Table>,
    /// Sentences below it.
    pub notes: Vec<String>,
}

/// The bulletin of a day, from a view judged at the end of that day.
#[must_use]
pub fn daily(view: &View, day: &Day, basemap: &Basemap) -> Bulletin {
    let opening = view.opening.as_ref();
    let mission = opening.map_or_else(|| "mission not opened".to_owned(), |o| o.mission.clone());
    let data_class = opening.map_or("unknown", |o| o.data_class.as_str()).to_owned();
    let mut sections = vec![clauses::section(view, day)];
    sections.extend(incidents::sections(view, day));
    sections.push(coverage::section(view, day));
    sections.extend(claims::sections(view, day));
    sections.extend(sources::sections(view, day));
    Bulletin {
        title: format!("Daily bulletin {}: {mission}", day.date()),
        head: head(view, day, &data_class),
        sections,
        map: map(view, day, basemap),
        mission,
        data_class,
        day: day.clone(),
    }
}

fn head(view: &View, day: &Day, data_class: &str) -> Vec<String> {
    let mut head = Vec::new();
    if data_class != "operational" {
        head.push(format!("{} DATA. Nothing in this bulletin happened in a real place.", data_class.to_uppercase()));
    }
    match &view.adopted {
        Some(held) => {
            let agreement = &held.what.agreement;
            head.push(format!(
                "Agreement: {}, version {} (sha256 {})",
                agreement.title, agreement.version, agreement.sha256
            ));
        }
        None => head.push("No agreement is adopted: no clause can be judged.".to_owned()),
    }
    head.push(format!(
        "Happenings until {}; clauses judged at that instant.",
        instant_shown(view.moment.judged_at, day.zone())
    ));
    head.push(match view.reader {
        Reader::Public => {
            "For the public: rows that a source's licence does not let out are counted, not shown.".to_owned()
        }
        Reader::Mission => "For the mission only: holds rows that may not leave this installation.".to_owned(),
    });
    head.push(
        "Incidents are proposed by a machine until people sign a finding. Claims of the parties are kept apart and are \
         never counted as incidents."
            .to_owned(),
    );
    head
}
