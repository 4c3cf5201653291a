//! `backstop init`: makes a store, opens the mission, adopts its agreement.

use super::fill::adopted_agreement;
use super::outcome::print_json;
use super::{Common, DataClassArg, Exit, Failure};
use crate::clock::now;
use crate::station::open_mission;
use crate::storage::{DataClass, Settings, Store};
use clap::Args;
use fusion::Parameters;
use serde_json::json;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct InitArgs {
    /// The folder to make
    dir: PathBuf,
    /// What kind of data this store holds, for its whole life
    #[arg(long, value_enum)]
    data_class: DataClassArg,
    /// The agreement's folder, with its `agreement.md`
    #[arg(long, value_name = "PATH")]
    agreement: Option<PathBuf>,
    /// Name of the mission; the folder's name without it
    #[arg(long)]
    mission: Option<String>,
    /// IANA zone in which days are counted; the agreement's without it
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
}

pub(super) fn run(common: &Common, args: &InitArgs) -> Result<Exit, Failure> {
    let agreement = args.agreement.as_deref().map(adopted_agreement).transpose()?;
    if let Some((read, _)) = &agreement
        && read.has_errors()
    {
        common.say(read.rendered(clause::Language::English, common.colour()));
        let why = "the agreement has errors, so nothing was made; mend it and see `backstop agreement check`";
        return Err(Failure::new(Exit::Findings, why));
    }
    let folder = args.dir.file_name().map_or_else(|| "mission".to_owned(), |name| name.to_string_lossy().into_owned());
    let mission = args.mission.clone().unwrap_or(folder);
    let time_zone = match (&args.time_zone, &agreement) {
        (Some(zone), _) => zone.clone(),
        (None, Some((read, _))) => read.agreement.time_zone.clone(),
        (None, None) => "UTC".to_owned(),
    };
    report::Day::new("2026-01-01", &time_zone).map_err(|why| Failure::new(Exit::Usage, why))?;
    let data_class = match args.data_class {
        DataClassArg::Simulated => DataClass::Simulated,
        DataClassArg::Exercise => DataClass::Exercise,
        DataClassArg::Operational => DataClass::Operational,
    };
    let settings = Settings { data_class, mission: short_name(&mission), created_at_ms: now().ms(), seed: None };
    let store = Store::create(&args.dir, &settings)?;
    let same_words = Some(Parameters::SAME_WORDS_PPM);
    let body = agreement.map(|(_, body)| body);
    let station = open_mission(store, &mission, data_class, &time_zone, same_words, body, now())?;
    common.say(format!("made {} ({}), {} entries", args.dir.display(), data_class.word(), station.seal().size));
    common.say(format!("next: backstop --store {} import KIND FILE", args.dir.display()));
    if common.json {
        let data =
            json!({ "store": args.dir, "mission": mission, "data_class": data_class.word(), "time_zone": time_zone });
        return print_json("backstop.init/1", Exit::Done, data);
    }
    Ok(Exit::Done)
}

/// The mission's name as the log's origin may carry it: lower-case letters, digits and `-`. The full name is in the log.
fn short_name(mission: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { ' ' };
    let plain: String = mission.chars().map(plain).collect();
    let short: String = plain.split_whitespace().collect::<Vec<_>>().join("-").chars().take(64).collect();
    if short.is_empty() { "mission".to_owned() } else { short }
}
