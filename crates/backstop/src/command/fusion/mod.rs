//! `backstop fusion`: how well reports of one happening are put together, on files of which that is known.

mod lists;
mod posts;

use super::fill::read_text;
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::clock::now;
use crate::station::{self, Station};
use crate::storage::Store;
use crate::trial::{self, Agreement, Calibration, Measured, Outcome, Prepared, Row, SOURCE_KINDS, Window};
use ::fusion::{Gazetteer, Known, Model, Orders, Parameters, Received};
use clap::{Args, Subcommand};
use mission::record::Body;
use mission::record::body::AdoptedParameters;
use mission::record::hex::hex;
use mission::{Moment, Reader};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use terms::{Chance, Instant, Observation};

#[derive(Args)]
pub(super) struct FusionArgs {
    #[command(subcommand)]
    verb: FusionVerb,
}

#[derive(Subcommand)]
enum FusionVerb {
    /// Print what a store believes of its sources: the parameters that put its reports together
    Believed,
    /// Let a store put its reports together by these parameters from now on
    Adopt {
        /// Parameters, as `backstop fusion believed` or `fit` writes them
        file: PathBuf,
        /// What they were fitted to, in words
        #[arg(long, value_name = "TEXT")]
        basis: String,
    },
    /// Say how well the model puts the rows of a file together
    Score {
        /// A comma-separated table of observations on a plane; `docs/fusion.md` lists its columns
        file: PathBuf,
        /// The column that says which rows belong together; the model never sees it
        #[arg(long, value_name = "COLUMN")]
        truth: String,
        /// What the model believes, as `backstop fusion fit` wrote it; what it believes before any fit without it
        #[arg(long, value_name = "FILE")]
        parameters: Option<PathBuf>,
        /// Write the group of each row into this file, one a line, to measure with other programs
        #[arg(long, value_name = "FILE")]
        groups: Option<PathBuf>,
    },
    /// Fit what the model believes to the rows of a file, or without one to the reports of a store
    Fit {
        /// A table as for `score`
        file: Option<PathBuf>,
        /// The column that says which rows belong together, to learn from; without it from what the model itself finds
        #[arg(long, value_name = "COLUMN", requires = "file")]
        truth: Option<String>,
        /// What is believed before; without it the model's own prior, or of a store what it adopted
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// How often the model finds groups and learns from them, without truth
        #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
        rounds: u32,
        /// Where to write it
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Say how well posts that people grouped are put together, each disturbed by a stated error
    Posts {
        /// A table of posts; `docs/fusion.md` lists its columns
        file: PathBuf,
        /// Pairs of rows of two lists that tell of one happening, by their distance and days
        #[arg(long, value_name = "FILE")]
        pairs: Option<PathBuf>,
        /// What the model believes; without it what is believed of every mission, and what it learns from the posts themselves
        #[arg(long, value_name = "FILE")]
        parameters: Option<PathBuf>,
        /// Errors of place, metres
        #[arg(long, value_name = "METRES", value_delimiter = ',', default_values_t = [1_000, 5_000, 20_000])]
        errors: Vec<u32>,
        /// Which disturbance
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
    },
    /// Match lists of events by a window and taxonomies, as MELTT does, and say where the model differs
    Lists {
        /// Tables of events, in the order in which they are matched; `docs/fusion.md` lists their columns
        #[arg(required = true, num_args = 2..)]
        files: Vec<PathBuf>,
        /// What a column's categories mean at each level, the finest first
        #[arg(long = "taxonomy", value_name = "COLUMN=FILE")]
        taxonomies: Vec<String>,
        /// How far apart two rows of one happening may be, kilometres
        #[arg(long, value_name = "KM", default_value_t = 4.0, value_parser = kilometres)]
        km: f64,
        /// How many days
        #[arg(long, value_name = "DAYS", default_value_t = 2, value_parser = clap::value_parser!(i64).range(0..=365))]
        days: i64,
        /// What the model believes; without it what is believed of every mission, and what it learns from the lists themselves
        #[arg(long, value_name = "FILE")]
        parameters: Option<PathBuf>,
    },
    /// Say in words how likely two rows of a file tell of one happening, and why
    Why {
        /// A table as for `score`
        file: PathBuf,
        /// The line of one row, the header being line 1
        a: usize,
        /// The line of another
        b: usize,
        /// What the model believes
        #[arg(long, value_name = "FILE")]
        parameters: Option<PathBuf>,
    },
}

/// The models to try: that of a file alone, or what is believed and what reports themselves say.
fn models(
    file: Option<&Path>,
    reports: impl FnOnce() -> Vec<Observation>,
) -> Result<Vec<(&'static str, Model)>, Failure> {
    const ROUNDS: u32 = 1;
    let model = |parameters| Model::new(parameters, Gazetteer::new(&[], &[]));
    if let Some(file) = file {
        return Ok(vec![("given", model(parameters_of(file)?))]);
    }
    let believed = model(Parameters::believed());
    let learned = model(trial::learned(&reports(), &believed, ROUNDS));
    Ok(vec![("believed", believed), ("learned", learned)])
}

/// A distance that a window may have.
fn kilometres(text: &str) -> Result<f64, String> {
    let km = text.parse().ok().filter(|km: &f64| (0.001..=1_000.0).contains(km));
    km.ok_or_else(|| "a distance between 0.001 and 1000 kilometres".to_owned())
}

pub(super) fn run(common: &Common, args: &FusionArgs) -> Result<Exit, Failure> {
    match &args.verb {
        FusionVerb::Believed => believed(common),
        FusionVerb::Adopt { file, basis } => adopt(common, file, basis),
        FusionVerb::Score { file, truth, parameters, groups } => {
            let rows = rows(file, Some(truth))?;
            let outcome = prepared(&rows, file, parameters.as_deref())?.run();
            score(common, &rows, &outcome, groups.as_deref())
        }
        FusionVerb::Posts { file, pairs, parameters, errors, seed } => posts::run(
            common,
            &posts::Asked { file, pairs: pairs.as_deref(), parameters: parameters.as_deref(), errors, seed: *seed },
        ),
        FusionVerb::Lists { files, taxonomies, km, days, parameters } => {
            let window = Window { metres: km * 1_000.0, days: *days };
            lists::run(common, &lists::Asked { files, taxonomies, window, parameters: parameters.as_deref() })
        }
        FusionVerb::Fit { file, truth, from, rounds, out } => {
            let fitted = match file {
                None => learned(common, from.as_deref(), *rounds)?,
                Some(file) => {
                    let rows = rows(file, truth.as_deref())?;
                    let prepared = prepared(&rows, file, from.as_deref())?;
                    if truth.is_some() { prepared.fit_to_truth() } else { prepared.fit_alone(*rounds) }
                }
            };
            std::fs::write(out, fitted.to_text())?;
            common.say(format!("parameters {} are in {}", hex(&fitted.hash()), out.display()));
            Ok(Exit::Done)
        }
        FusionVerb::Why { file, a, b, parameters } => {
            let rows = rows(file, None)?;
            let row = |line: usize| {
                let at = line.checked_sub(2).filter(|at| *at < rows.len());
                at.ok_or_else(|| Failure::new(Exit::NotFound, format!("there is no row on line {line}")))
            };
            let (a, b) = (row(*a)?, row(*b)?);
            if a == b {
                return Err(Failure::new(Exit::Usage, "name two rows; a row is always with itself"));
            }
            let prepared = prepared(&rows, file, parameters.as_deref())?;
            why(common, &prepared, a, b)
        }
    }
}

/// What a store's own reports say of its sources.
fn learned(common: &Common, from: Option<&Path>, rounds: u32) -> Result<Parameters, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let view = mission.view(Moment::at(mission.latest().unwrap_or(Instant::EARLIEST)), Reader::Mission);
    let model = match from {
        Some(file) => Model::new(parameters_of(file)?, Gazetteer::new(&[], &[])),
        None => (*view.believed).clone(),
    };
    let reports: Vec<Received<'_>> = view
        .observations
        .values()
        .map(|held| Received { observation: &held.what, received_at: held.received_at })
        .collect();
    let orders = Orders::default();
    let known = Known { reports: &reports, sources: &view.sources, efforts: &[], orders: &orders };
    Ok(::fusion::learn(known, &model, rounds))
}

/// The terms of a score with what each means.
fn why(common: &Common, prepared: &Prepared, a: usize, b: usize) -> Result<Exit, Failure> {
    let outcome = prepared.run();
    let (vaguer, terms) = prepared.why(a, b);
    let better = if vaguer == a { b } else { a };
    let key = (a.min(b) as u32, a.max(b) as u32);
    let pairs = outcome.pairs.as_deref().unwrap_or_default();
    let chance = pairs.binary_search_by_key(&key, |(a, b, _)| (*a, *b)).ok().map(|at| pairs[at].2);
    let together = outcome.groups[a] == outcome.groups[b];
    let named = terms.named();
    let nats = |score: i32| f64::from(score) / 1024.0;
    if common.json {
        let terms: Vec<Value> =
            named.iter().map(|(name, score, _)| json!({ "term": name, "score_1024": score })).collect();
        return print_json(
            "backstop.fusion-why/1",
            Exit::Done,
            json!({ "together": together, "chance_ppm": chance.map(Chance::ppm), "weighed_line": vaguer + 2, "terms": terms }),
        );
    }
    let mut text = format!("Lines {} and {} are {}together.\n", a + 2, b + 2, if together { "" } else { "not " });
    text += &match chance {
        Some(chance) => format!(
            "That they tell of one happening is {} ({chance}), after all that competes for them.\n",
            chance.word()
        ),
        None => "They are too far apart in place or time to be held against one another.\n".to_owned(),
    };
    text +=
        &format!("Taken alone, line {} held against line {}, the more precise; in nats:\n\n", vaguer + 2, better + 2);
    for (name, score, means) in named {
        let _ = writeln!(text, "{name:<10} {:>+7.2}  {means}", nats(score));
    }
    let _ = writeln!(text, "{:<10} {:>+7.2}", "sum", nats(terms.total()));
    print(&text)
}

fn score(common: &Common, rows: &[Row], outcome: &Outcome, groups: Option<&Path>) -> Result<Exit, Failure> {
    if let Some(groups) = groups {
        std::fs::write(groups, outcome.groups.iter().map(|group| format!("{group}\n")).collect::<String>())?;
    }
    let measured = trial::measure(rows, outcome);
    if common.json {
        return print_json("backstop.fusion-score/1", Exit::Done, as_json(&measured));
    }
    print(&as_text(&measured))
}

fn prepared(rows: &[Row], file: &Path, parameters: Option<&Path>) -> Result<Prepared, Failure> {
    let parameters = parameters.map_or_else(|| Ok(trial::prior()), parameters_of)?;
    Prepared::new(rows, parameters).map_err(|error| Failure::new(Exit::Usage, format!("`{}`: {error}", file.display())))
}

fn parameters_of(path: &Path) -> Result<Parameters, Failure> {
    Parameters::from_text(&read_text(path)?)
        .map_err(|error| Failure::new(Exit::Usage, format!("`{}`: {error}", path.display())))
}

fn rows(file: &Path, truth: Option<&str>) -> Result<Vec<Row>, Failure> {
    let opened = File::open(file)
        .map_err(|error| Failure::new(Exit::NotFound, format!("cannot read `{}`: {error}", file.display())))?;
    let rows = trial::read(BufReader::new(opened), truth);
    let rows = rows.map_err(|error| Failure::new(Exit::Usage, format!("`{}`: {error}", file.display())))?;
    if rows.is_empty() {
        let why = format!("`{}` has no rows, so nothing can be said", file.display());
        return Err(Failure::new(Exit::CannotTell, why));
    }
    Ok(rows)
}

fn ppm(share: f64) -> i64 {
    libm::round(share * 1e6) as i64
}

fn agreement(agreement: &Agreement) -> Value {
    let shares = agreement.shares();
    json!({
        "pairs_true": agreement.truly, "pairs_together": agreement.put, "pairs_right": agreement.right,
        "precision_ppm": ppm(shares.precision), "recall_ppm": ppm(shares.recall), "f1_ppm": ppm(shares.f1),
    })
}

fn calibration(calibration: &Calibration) -> Value {
    let bins = calibration.bins.iter();
    let bins: Vec<Value> =
        bins.map(|bin| json!({ "count": bin.count, "said_ppm": ppm(bin.said), "came_ppm": ppm(bin.came) })).collect();
    json!({
        "count": calibration.count, "brier_ppm": ppm(calibration.brier), "error_ppm": ppm(calibration.error), "bins": bins,
    })
}

fn as_json(measured: &Measured) -> Value {
    let by_kind = measured.by_kind.iter().map(|(a, b, pairs)| {
        let mut row = agreement(pairs);
        row["sources"] = json!([SOURCE_KINDS[*a], SOURCE_KINDS[*b]]);
        row
    });
    let b_cubed = &measured.b_cubed;
    json!({
        "rows": measured.rows,
        "all": agreement(&measured.all),
        "across": agreement(&measured.across),
        "sensors": agreement(&measured.sensors),
        "by_sources": by_kind.collect::<Vec<_>>(),
        "b_cubed": {
            "precision_ppm": ppm(b_cubed.precision), "recall_ppm": ppm(b_cubed.recall), "f1_ppm": ppm(b_cubed.f1),
        },
        "incidents": measured.groups[0],
        "happenings": measured.groups[1],
        "real": measured.real.map(|[incidents, happenings]| json!({
            "incidents": incidents, "happenings": happenings, "error_ppm": count_error(incidents, happenings).map(ppm),
        })),
        "corrected": measured.counted.map(|counted| json!({
            "expected": counted.expected.round() as u64, "spread": counted.spread.round() as u64,
        })),
        "calibration": {
            "pairs": measured.pairs.as_ref().map(calibration),
            "existence": measured.existence.as_ref().map(calibration),
        },
    })
}

/// How far the count of incidents is off; nothing where nothing happened.
fn count_error(incidents: usize, happenings: usize) -> Option<f64> {
    (happenings > 0).then(|| incidents as f64 / happenings as f64 - 1.0)
}

fn as_text(measured: &Measured) -> String {
    let mut text = String::new();
    let mut row = |name: &str, pairs: &Agreement| {
        let shares = pairs.shares();
        let _ = writeln!(
            text,
            "{name:<20}  {:>9}  {:>9}  {:>9.3}  {:>6.3}  {:>5.3}",
            pairs.truly, pairs.put, shares.precision, shares.recall, shares.f1
        );
    };
    row("all", &measured.all);
    row("across kinds", &measured.across);
    row("sensors alone", &measured.sensors);
    for (a, b, pairs) in &measured.by_kind {
        row(&format!("{} {}", SOURCE_KINDS[*a], SOURCE_KINDS[*b]), pairs);
    }
    let head = format!(
        "{} rows\n\n{:<20}  {:>9}  {:>9}  {:>9}  {:>6}  {:>5}\n",
        measured.rows, "pairs", "true", "together", "precision", "recall", "F1"
    );
    let mut text = head + &text + "\n";
    let b_cubed = &measured.b_cubed;
    let _ = writeln!(
        text,
        "B-cubed      {:.3} precision, {:.3} recall, {:.3} F1",
        b_cubed.precision, b_cubed.recall, b_cubed.f1
    );
    let _ = writeln!(text, "incidents    {} of {} happenings, real or not", measured.groups[0], measured.groups[1]);
    match measured.real {
        Some([incidents, happenings]) => {
            let error =
                count_error(incidents, happenings).map_or_else(|| "-".to_owned(), |e| format!("{:+.1} %", e * 100.0));
            let _ = writeln!(text, "count        {incidents} mostly real, of {happenings} real ones told of: {error}");
        }
        None => text.push_str("count        cannot tell: there is no column `real`\n"),
    }
    match &measured.counted {
        Some(counted) => {
            let truly = measured.real.map_or_else(String::new, |[_, happenings]| {
                let error = count_error(counted.expected.round() as usize, happenings);
                error.map_or_else(String::new, |error| format!(": {:+.1} %", error * 100.0))
            });
            let _ = writeln!(
                text,
                "corrected    {:.0} ± {:.0} real happenings{truly}",
                counted.expected,
                2.0 * counted.spread
            );
        }
        None => text.push_str("corrected    cannot tell: the model gives incidents no chance\n"),
    }
    let mut calibration = |name: &str, calibration: Option<&Calibration>, otherwise: &str| match calibration {
        Some(c) => {
            let _ = writeln!(text, "{name}  error {:.4}, Brier {:.4}, of {} chances", c.error, c.brier, c.count);
            for bin in &c.bins {
                let _ = writeln!(text, "             said {:.3}  came {:.3}  {}", bin.said, bin.came, bin.count);
            }
        }
        None => {
            let _ = writeln!(text, "{name}  cannot tell: {otherwise}");
        }
    };
    calibration("pairs      ", measured.pairs.as_ref(), "the model gives pairs no chance");
    calibration(
        "existence  ",
        measured.existence.as_ref(),
        "the model gives incidents no chance, or there is no column `real`",
    );
    text
}

fn believed(common: &Common) -> Result<Exit, Failure> {
    let (mission, _) = station::read(common.store()?)?;
    let moment = Moment::at(Instant::LATEST);
    let parameters = mission.believed(moment).parameters();
    let adopted = mission.adopted_parameters(moment);
    let sha256 = hex(&parameters.hash());
    if common.json {
        let basis = adopted.map(|held| json!({ "entry": held.entry, "basis": held.what.basis }));
        let data = json!({ "sha256": sha256, "adopted": basis, "parameters": parameters.to_text() });
        return print_json("backstop.parameters/1", Exit::Done, data);
    }
    common.say(match adopted {
        Some(held) => format!("{sha256}, adopted by entry {}: {}", held.entry, held.what.basis),
        None => format!("{sha256}, which every store begins with: none were adopted"),
    });
    print(&parameters.to_text())
}

fn adopt(common: &Common, file: &Path, basis: &str) -> Result<Exit, Failure> {
    let parameters = parameters_of(file)?;
    if let Some(manner) = parameters.lacks() {
        let why = format!(
            "`{}` knows no manner `{manner}`, so such reports would all stand alone; begin with what `backstop fusion \
             believed` prints",
            file.display()
        );
        return Err(Failure::new(Exit::Usage, why));
    }
    let sha256 = hex(&parameters.hash());
    let mut station = Station::of(Store::open(common.store()?)?)?;
    let held = station.mission().believed(Moment::at(Instant::LATEST)).parameters().same_words_ppm;
    if let Some(share_ppm) = held.filter(|_| parameters.same_words_ppm.is_none()) {
        let why = "copies by words, references, place and time are no longer looked for";
        common.say(format!("{why}; add the line `same-words {share_ppm}` to look for them"));
    }
    let entry = station.reader().size();
    let adopted = AdoptedParameters { parameters: Box::new(parameters), basis: basis.to_owned() };
    station.write(&[Body::ParametersAdopted(adopted)], now())?;
    station.publish()?;
    if common.json {
        return print_json("backstop.adopted/1", Exit::Done, json!({ "entry": entry, "sha256": sha256 }));
    }
    print(&format!("adopted {sha256} by entry {entry}\n"))
}

#[cfg(test)]
mod tests {
    use super::super::{Command, run};
    use super::*;
    use clap::Parser;

    /// Two sensors and the press tell of one happening, a party of another.
    const TABLE: &str = "inc,real,cls,inst,t,ts,x,y,sxx,sxy,syy,lab,cnt,gprec\n\
        a,1,1,40,30.00,0.03,50.0,50.0,0.04,0,0.04,0,0,0\n\
        a,1,0,3,30.02,0.06,50.3,50.2,1.4,0.1,1.4,6,3,0\n\
        a,1,3,44,30.50,0.6,48,48,6.76,0,6.76,0,0,0\n\
        b,0,4,84,60.00,0.6,90,10,6.76,0,6.76,2,7,0\n";

    fn check(folder: &Path, arguments: &[&str], expected: Result<Exit, &str>) {
        let arguments = arguments.iter().map(|argument| argument.replace("DIR", &folder.display().to_string()));
        let arguments: Vec<String> =
            ["backstop", "-q", "fusion"].map(str::to_owned).into_iter().chain(arguments).collect();
        let command = Command::try_parse_from(&arguments).expect("a command line");
        let found = run(&command).map_err(|failure| format!("{failure:?}"));
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{arguments:?}"),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{arguments:?}: {found}"),
            (found, expected) => panic!("{arguments:?}: {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn a_file_is_scored_fitted_and_explained() {
        let folder = std::env::temp_dir().join(format!("backstop-fusion-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("table.csv"), TABLE).expect("a file");
        let check = |arguments: &[&str], expected| check(&folder, arguments, expected);
        check(&["score", "DIR/table.csv", "--truth", "inc", "--groups", "DIR/groups"], Ok(Exit::Done));
        let groups = std::fs::read_to_string(folder.join("groups")).expect("groups were written");
        let groups: Vec<&str> = groups.lines().collect();
        assert_eq!((groups.len(), groups[0] == groups[1], groups[0] == groups[3]), (4, true, false), "{groups:?}");
        check(&["fit", "DIR/table.csv", "--out", "DIR/alone"], Ok(Exit::Done));
        check(&["fit", "DIR/table.csv", "--truth", "inc", "--from", "DIR/alone", "--out", "DIR/known"], Ok(Exit::Done));
        check(&["score", "DIR/table.csv", "--truth", "inc", "--parameters", "DIR/known"], Ok(Exit::Done));
        check(&["why", "DIR/table.csv", "2", "3"], Ok(Exit::Done));
        check(&["why", "DIR/table.csv", "2", "5", "--parameters", "DIR/alone"], Ok(Exit::Done));
        check(&["why", "DIR/table.csv", "2", "6"], Err("there is no row on line 6"));
        check(&["score", "DIR/table.csv", "--truth", "nothing"], Err("there is no column `nothing`"));
        check(&["score", "DIR/table.csv", "--truth", "inc", "--parameters", "DIR/groups"], Err("line 1: expected"));
        std::fs::remove_dir_all(&folder).expect("the folder is ours");
    }

    #[test]
    fn every_kind_of_source_has_a_row() {
        let rows = trial::read(TABLE.as_bytes(), Some("inc")).expect("rows");
        let outcome = Prepared::new(&rows, trial::prior()).expect("known manners").run();
        let measured = trial::measure(&rows, &outcome);
        let text = as_text(&measured);
        assert!(text.contains("acoustic press") && text.contains("existence    cannot tell"), "{text}");
        let json = as_json(&measured);
        assert_eq!(json["all"]["pairs_true"], 3);
        assert_eq!(json["by_sources"].as_array().map(Vec::len), Some(15));
    }
}
