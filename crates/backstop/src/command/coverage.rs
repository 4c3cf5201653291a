//! `backstop coverage`: who looked, what would have been seen, what each loss cost, and where one more post would help most.

use super::fill::read_text;
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::clock::now;
use crate::station::{self, Station};
use crate::storage::Store;
use crate::trial::{Trial, Weighed, weigh};
use ::coverage::{Detection, History, Least, Survey};
use clap::{Args, Subcommand};
use mission::record::Body;
use mission::record::body::AdoptedDetection;
use mission::{Moment, Reader, SectorCoverage, View};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use terms::time::DAY_MS;
use terms::{Act, Chance, Instant, Span};

#[derive(Args)]
pub(super) struct CoverageArgs {
    #[command(subcommand)]
    verb: Option<CoverageVerb>,
    /// Of which act to say what would have been seen; without it the act that the mission was told of most often
    #[arg(long, value_name = "ACT")]
    act: Option<String>,
    /// RFC 3339: from when; without it, from 24 hours before the end
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// RFC 3339: until when, and nothing received later; without it, until the newest entry
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// This zone alone
    #[arg(long, value_name = "ZONE")]
    sector: Option<String>,
}

#[derive(Subcommand)]
enum CoverageVerb {
    /// Print how well each means is believed to see
    Believed,
    /// Let a store believe from now on what a file says of how well each means sees
    Adopt {
        /// Detection, as `backstop coverage believed` or `fit` writes it
        file: PathBuf,
        /// What it was fitted to or assumed from, in words
        #[arg(long, value_name = "TEXT")]
        basis: String,
    },
    /// Fit how well each means sees to what watchers saw of one another's incidents: a store's own, or two tables
    Fit {
        /// Looks, as `docs/coverage.md` says, in place of a store
        #[arg(long, value_name = "FILE", requires = "sightings")]
        looks: Option<PathBuf>,
        /// Happenings and who saw them; those that nobody saw are not learned from
        #[arg(long, value_name = "FILE", requires = "looks")]
        sightings: Option<PathBuf>,
        /// What is believed before
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// Where to write it
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Set what would have been seen against what was, on happenings of which all are known
    Score {
        /// Looks
        looks: PathBuf,
        /// Happenings and who saw them, with those that nobody saw
        sightings: PathBuf,
        /// How well each means is believed to see
        #[arg(long, value_name = "FILE")]
        detection: Option<PathBuf>,
    },
}

/// What is believed before anything was fitted.
const BELIEVED: &str = include_str!("../../../../assets/coverage/believed.txt");

pub(super) fn run(common: &Common, args: &CoverageArgs) -> Result<Exit, Failure> {
    match &args.verb {
        None => show(common, args),
        Some(CoverageVerb::Believed) => believed(common),
        Some(CoverageVerb::Adopt { file, basis }) => adopt(common, file, basis),
        Some(CoverageVerb::Fit { looks, sightings, from, out }) => {
            let before = detection(from.as_deref())?;
            let (histories, least) = match (looks, sightings) {
                (Some(looks), Some(sightings)) => (trial(looks, sightings)?.histories(&before), Least::One),
                _ => (newest(common.store()?)?.histories(&before), Least::Two),
            };
            let histories: Vec<History> = histories.into_iter().filter(|history| least.holds(history)).collect();
            let fitted = ::coverage::fit(&before, &histories, least);
            std::fs::write(out, fitted.to_text())?;
            common.say(format!("fitted to {} happenings, each seen by somebody: {}", histories.len(), out.display()));
            Ok(if histories.is_empty() { Exit::CannotTell } else { Exit::Done })
        }
        Some(CoverageVerb::Score { looks, sightings, detection: file }) => {
            let trial = trial(looks, sightings)?;
            score(common, &trial, &weigh(&trial, &detection(file.as_deref())?))
        }
    }
}

fn detection(file: Option<&Path>) -> Result<Detection, Failure> {
    let text = file.map_or_else(|| Ok(BELIEVED.to_owned()), read_text)?;
    let named = file.map_or_else(|| "what is believed".to_owned(), |file| format!("`{}`", file.display()));
    Detection::from_text(&text).map_err(|error| Failure::new(Exit::Usage, format!("{named}: {error}")))
}

fn trial(looks: &Path, sightings: &Path) -> Result<Trial, Failure> {
    let open = |file: &Path| {
        let failed = |error| Failure::new(Exit::NotFound, format!("cannot open `{}`: {error}", file.display()));
        File::open(file).map(BufReader::new).map_err(failed)
    };
    let wrong = |error| {
        let (looks, sightings) = (looks.display(), sightings.display());
        Failure::new(Exit::Usage, format!("`{looks}` or `{sightings}`: {error}; docs/coverage.md lists their columns"))
    };
    Trial::read(open(looks)?, open(sightings)?).map_err(wrong)
}

fn newest(dir: &Path) -> Result<View, Failure> {
    let (mission, _) = station::read(dir)?;
    Ok(mission.view(Moment::at(mission.latest().unwrap_or(Instant::EARLIEST)), Reader::Mission))
}

fn believed(common: &Common) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let Some(held) = mission.detection(Moment::at(Instant::LATEST)) else {
        common.say("none was adopted: each look is taken to see all that it could. This is where a fit begins:");
        return print(BELIEVED);
    };
    let (detection, basis) = (&held.what.detection, &held.what.basis);
    if common.json {
        let data = json!({ "sha256": detection.hash(), "entry": held.entry, "basis": basis, "detection": detection.to_text() });
        return print_json("backstop.detection/1", Exit::Done, data);
    }
    common.say(format!("{}, adopted by entry {}: {basis}", detection.hash(), held.entry));
    print(&detection.to_text())
}

fn adopt(common: &Common, file: &Path, basis: &str) -> Result<Exit, Failure> {
    let detection = detection(Some(file))?;
    let sha256 = detection.hash();
    let mut station = Station::of(Store::open(common.store()?)?)?;
    let entry = station.reader().size();
    station.write(&[Body::DetectionAdopted(AdoptedDetection { detection, basis: basis.to_owned() })], now())?;
    station.publish()?;
    if common.json {
        return print_json("backstop.adopted/1", Exit::Done, json!({ "entry": entry, "sha256": sha256 }));
    }
    print(&format!("adopted {sha256} by entry {entry}\n"))
}

/// Zones of the agreement, with what was watched and what would have been seen.
fn show(common: &Common, args: &CoverageArgs) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let instant = |name: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => Instant::parse(text).map(Some).ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                format!("`--{name} {text}` is no instant; write one such as 2026-04-11T13:00:00Z"),
            )
        }),
    };
    let to = instant("to", &args.to)?.or(mission.latest()).unwrap_or(Instant::EARLIEST);
    let from = instant("from", &args.from)?.unwrap_or(to.shifted(-DAY_MS));
    let span = Span::new(from, to)
        .ok_or_else(|| Failure::new(Exit::Usage, format!("`--from {from}` is later than `--to {to}`")))?;
    let view = mission.view(Moment::at(to), Reader::Mission);
    let named = args.act.as_deref().map(|word| {
        Act::from_word(word)
            .ok_or_else(|| Failure::new(Exit::Usage, format!("`{word}` is no kind of act; the glossary lists them")))
    });
    let act = named.transpose()?.or_else(|| view.acts_told().first().map(|(act, _)| *act));
    let mut sectors = view.coverage(span);
    if let Some(wanted) = &args.sector {
        sectors.retain(|sector| sector.zone.as_str() == wanted);
    }
    if sectors.is_empty() {
        let why = args
            .sector
            .as_ref()
            .map_or("the agreement draws no zone".to_owned(), |zone| format!("the agreement draws no zone `{zone}`"));
        return Err(Failure::new(Exit::NotFound, why));
    }
    let surveyed = |sector: &SectorCoverage| act.and_then(|act| view.survey(&sector.area, act, span));
    let told: Vec<(SectorCoverage, Option<Survey>)> = sectors
        .into_iter()
        .map(|sector| {
            let survey = surveyed(&sector);
            (sector, survey)
        })
        .collect();
    if common.json {
        let data = json!({ "from": from.to_string(), "to": to.to_string(), "act": act.map(Act::word),
            "detection": view.detection().map(Detection::hash), "sectors": told.iter().map(as_json).collect::<Vec<_>>() });
        return print_json("backstop.coverage/1", Exit::Done, data);
    }
    print(&as_text(act, span, &told))
}

fn as_json((sector, survey): &(SectorCoverage, Option<Survey>)) -> Value {
    let by_means = sector
        .coverage
        .by_means
        .iter()
        .map(|(means, share)| json!({ "means": means.word(), "watched_ppm": share.ppm() }));
    let blind = sector.coverage.blind.iter().map(|blind| {
        json!({ "from": blind.span.earliest().to_string(), "to": blind.span.latest().to_string(), "why": blind.why.to_string() })
    });
    json!({ "sector": sector.zone.as_str(), "watched_ppm": sector.coverage.watched.ppm(),
        "by_means": by_means.collect::<Vec<_>>(), "blind": blind.collect::<Vec<_>>(), "survey": survey.as_ref().map(survey_json) })
}

fn survey_json(survey: &Survey) -> Value {
    let hours = survey.seen.hours.iter().map(|(at, chance)| json!({ "at": at.to_string(), "seen_ppm": chance.ppm() }));
    let lost = survey
        .lost
        .iter()
        .map(|lost| json!({ "source": lost.source.as_str(), "why": lost.why.word(), "cost_ppm": lost.cost.ppm() }));
    let posts = survey.posts.iter().map(|post| {
        json!({ "means": post.means.word(), "gain_ppm": post.gain.ppm(), "lon_e6": post.place.lon_e6(),
            "lat_e6": post.place.lat_e6(), "reach_m": post.reach_m })
    });
    json!({ "seen_ppm": survey.seen.chance.ppm(), "surely_ppm": survey.seen.surely().ppm(),
        "levels_ppm": survey.seen.levels.map(Chance::ppm), "night_ppm": survey.night.ppm(),
        "hours": hours.collect::<Vec<_>>(), "lost": lost.collect::<Vec<_>>(), "lost_left_out": survey.lost_left_out,
        "posts": posts.collect::<Vec<_>>() })
}

fn as_text(act: Option<Act>, span: Span, told: &[(SectorCoverage, Option<Survey>)]) -> String {
    let mut text = format!("{} to {}\n\n", span.earliest(), span.latest());
    for (sector, survey) in told {
        let means = sector.coverage.by_means.iter().map(|(means, share)| format!("{} {share}", means.word()));
        let means: Vec<String> = means.collect();
        let means = if means.is_empty() { "nobody looked".to_owned() } else { means.join(", ") };
        let _ = writeln!(text, "{}: {} of ground and time watched; {means}", sector.zone, sector.coverage.watched);
        let (Some(act), Some(survey)) = (act, survey) else { continue };
        let worst = survey.seen.hours.iter().min_by_key(|(at, chance)| (*chance, *at));
        let _ = writeln!(text, "  {} would have been seen: {}", act.word(), survey.seen.chance);
        if let Some((at, chance)) = worst.filter(|_| survey.seen.hours.len() > 1) {
            let _ = writeln!(text, "  in the worst hour, about {at}: {chance}");
        }
        let surely = survey.seen.surely();
        let _ = match surely.ppm() {
            0 => writeln!(text, "  even the loudest could have passed"),
            _ => writeln!(text, "  seen nine times in ten: the loudest {surely} of such happenings"),
        };
        if survey.night > Chance::NEVER {
            let _ = writeln!(text, "  darkness cost {}", survey.night);
        }
        for lost in survey.lost.iter().filter(|lost| lost.cost > Chance::NEVER) {
            let _ = writeln!(text, "  lost: {} {}, cost {}", lost.source, lost.why.word(), lost.cost);
        }
        for post in &survey.posts {
            let (lon, lat) = (f64::from(post.place.lon_e6()) / 1e6, f64::from(post.place.lat_e6()) / 1e6);
            let _ = writeln!(
                text,
                "  would help: {} at {lat:.4}, {lon:.4}, {} km round: +{}",
                post.means.word(),
                post.reach_m / 1000,
                post.gain
            );
        }
    }
    if told.iter().all(|(_, survey)| survey.is_none()) {
        text.push_str("\nWhat would have been seen cannot be told: no detection is adopted (`backstop coverage adopt`) or nothing was told of.\n");
    }
    text
}

fn score(common: &Common, trial: &Trial, weighed: &Weighed) -> Result<Exit, Failure> {
    let [looks, happenings] = trial.size();
    let (calibration, [said, seen]) = (&weighed.calibration, weighed.mean);
    if common.json {
        let bins = calibration.bins.iter().map(|bin| json!({ "count": bin.count, "said": bin.said, "seen": bin.came }));
        let data = json!({ "looks": looks, "happenings": happenings, "said": said, "seen": seen,
            "error": calibration.error, "brier": calibration.brier, "bins": bins.collect::<Vec<_>>(),
            "well_watched": { "share": weighed.well[0], "seen": weighed.well_seen[0] },
            "well_watched_naive": { "share": weighed.well[1], "seen": weighed.well_seen[1] } });
        return print_json("backstop.coverage-score/1", Exit::Done, data);
    }
    let mut text = format!(
        "{happenings} happenings, {looks} looks\nsaid {said:.3}, seen {seen:.3}; error {:.4}, Brier {:.4}\n\n     of   said   seen\n",
        calibration.error, calibration.brier
    );
    for bin in &calibration.bins {
        let _ = writeln!(text, "{:>7}  {:.3}  {:.3}", bin.count, bin.said, bin.came);
    }
    for (name, share, seen) in [
        ("0.9 or more", weighed.well[0], weighed.well_seen[0]),
        ("0.9 or more, had sources no loudness in common", weighed.well[1], weighed.well_seen[1]),
    ] {
        let seen = seen.map_or("none".to_owned(), |seen| format!("{seen:.3}"));
        let _ = writeln!(text, "{name}: {:.2} % of happenings; of them seen: {seen}", share * 100.0);
    }
    print(&text)
}

#[cfg(test)]
mod tests {
    use super::super::{Command, run};
    use super::*;
    use clap::Parser;

    const LOOKS: &str = "source,means,from,until,area,able\n\
        east,sound,2026-06-01T00:00:00Z,2026-06-30T23:59:59Z,disc 30.05 48 8000,all\n\
        west,sound,2026-06-01T00:00:00Z,2026-06-30T23:59:59Z,disc 30 48 8000,shelling\n\
        above,satellite,2026-06-10T10:00:00Z,2026-06-10T10:05:00Z,outline 29 47 31 47 31 49 29 49,all\n";

    /// Each post hears a third of what happens between them; what nobody saw stands in the table too.
    fn sightings() -> String {
        let seen = |nth: usize| ["east west", "east", "east", "west", "west", "", "", "", ""][nth % 9];
        let row = |nth: usize| format!("shelling,2026-06-{:02}T12:00:00Z,30.025,48,{}\n", 1 + nth % 28, seen(nth));
        "act,at,lon,lat,seen_by\n".to_owned() + &(0..120).map(row).collect::<String>()
    }

    fn check(folder: &Path, arguments: &[&str], expected: Result<Exit, &str>) {
        let arguments = arguments.iter().map(|argument| argument.replace("DIR", &folder.display().to_string()));
        let arguments: Vec<String> =
            ["backstop", "-q", "coverage"].map(str::to_owned).into_iter().chain(arguments).collect();
        let command = Command::try_parse_from(&arguments).expect("a command line");
        let found = run(&command).map_err(|failure| format!("{failure:?}"));
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{arguments:?}"),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{arguments:?}: {found}"),
            (found, expected) => panic!("{arguments:?}: {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn tables_are_fitted_and_scored() {
        let folder = std::env::temp_dir().join(format!("backstop-coverage-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("looks.csv"), LOOKS).expect("a file");
        std::fs::write(folder.join("seen.csv"), sightings()).expect("a file");
        std::fs::write(folder.join("bad.csv"), LOOKS.replace("disc 30.05 48 8000", "disc 30.05 8000")).expect("a file");
        let check = |arguments: &[&str], expected| check(&folder, arguments, expected);
        check(&["fit", "--looks", "DIR/looks.csv", "--sightings", "DIR/seen.csv", "--out", "DIR/fit"], Ok(Exit::Done));
        check(&["score", "DIR/looks.csv", "DIR/seen.csv", "--detection", "DIR/fit"], Ok(Exit::Done));
        let wrong = Err("line 2: `disc 30.05 8000` is no value for column `area`");
        check(&["score", "DIR/bad.csv", "DIR/seen.csv"], wrong);
        check(&["score", "DIR/looks.csv", "DIR/seen.csv", "--detection", "DIR/seen.csv"], Err("line 1: expected"));
        check(&["score", "DIR/looks.csv", "DIR/nothing"], Err("cannot open"));
        check(&["fit", "--out", "DIR/fit"], Err("no store is named"));

        let fitted = detection(Some(&folder.join("fit"))).expect("a text");
        let (looks, seen) = (folder.join("looks.csv"), folder.join("seen.csv"));
        let trial = trial(&looks, &seen).expect("tables");
        let weighed = [detection(None).expect("believed"), fitted].map(|detection| weigh(&trial, &detection));
        let off = |weighed: &Weighed| (weighed.mean[0] - weighed.mean[1]).abs();
        assert!(off(&weighed[1]) < off(&weighed[0]), "{weighed:?}");
        std::fs::remove_dir_all(&folder).expect("the folder is ours");
    }

    #[test]
    fn what_is_believed_can_be_read() {
        let detection = detection(None).expect("our own file");
        assert!(detection.acuity(terms::Means::Sound, Act::Shelling).is_some());
        assert!(Detection::from_text(include_str!("../../../../assets/coverage/varo.txt")).is_ok());
    }
}
