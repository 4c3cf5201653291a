//! `backstop brief`: what concerns one guarantor or party, for people who have a minute.
//!
//! Takes a store, a party and an instant; prints it, or writes two pages of paper. Never shows what that party may not see.

use super::guarantees::AsOf;
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::brief::Brief;
use crate::station;
use clap::{Args, ValueEnum};
use mission::Moment;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct BriefArgs {
    #[command(flatten)]
    as_of: AsOf,
    /// In which format
    #[arg(long, value_enum, default_value_t = BriefFormat::Text)]
    format: BriefFormat,
    /// Write it into this file
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum BriefFormat {
    /// As text
    Text,
    /// Two pages of A4: PDF/A, tagged
    Pdf,
}

pub(super) fn run(common: &Common, args: &BriefArgs) -> Result<Exit, Failure> {
    let Some(party) = args.as_of.party() else {
        return Err(Failure::new(Exit::Usage, "a brief is for somebody: add `--for PARTY`"));
    };
    let (mission, _) = station::read(common.store()?)?;
    let (at, onlooker) = args.as_of.asked(&mission)?;
    let guarantees = super::guarantees::known(&mission, Moment::at(at), &onlooker)?;
    let data_class = mission.opening().map_or("", |opening| opening.data_class.as_str());
    let brief = Brief::of(&guarantees, party, data_class).map_err(|why| Failure::new(Exit::NotFound, why))?;
    if common.json {
        return print_json("backstop.brief/1", Exit::Done, brief.data());
    }
    let bytes = match args.format {
        BriefFormat::Text => brief.text().into_bytes(),
        BriefFormat::Pdf => brief.pdf().map_err(|fault| Failure::new(Exit::Failed, fault))?,
    };
    match (&args.out, args.format) {
        (Some(file), _) => {
            let failed = |error| Failure::new(Exit::Failed, format!("cannot write `{}`: {error}", file.display()));
            std::fs::write(file, bytes).map_err(failed)?;
            common.say(format!("written to {}", file.display()));
            Ok(Exit::Done)
        }
        (None, BriefFormat::Text) => print(&String::from_utf8_lossy(&bytes)),
        (None, BriefFormat::Pdf) if std::io::stdout().is_terminal() => {
            Err(Failure::new(Exit::Usage, "a PDF is nothing for a terminal: add `-o FILE`"))
        }
        (None, BriefFormat::Pdf) => {
            let failed = |error| Failure::new(Exit::Failed, format!("cannot write: {error}"));
            std::io::stdout().write_all(&bytes).map_err(failed)?;
            Ok(Exit::Done)
        }
    }
}
