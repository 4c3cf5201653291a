//! `backstop fusion`: how well reports of one happening are put together, on files of which that is known.

use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::trial::{self, Agreement, Calibration, Measured, SOURCE_KINDS};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct FusionArgs {
    #[command(subcommand)]
    verb: FusionVerb,
}

#[derive(Subcommand)]
enum FusionVerb {
    /// Say how well the model puts the rows of a file together
    Score {
        /// A comma-separated table of observations on a plane; `docs/fusion.md` lists its columns
        file: PathBuf,
        /// The column that says which rows belong together; the model never sees it
        #[arg(long, value_name = "COLUMN")]
        truth: String,
        /// Write the group of each row into this file, one a line, to measure with other programs
        #[arg(long, value_name = "FILE")]
        groups: Option<PathBuf>,
    },
}

pub(super) fn run(common: &Common, args: &FusionArgs) -> Result<Exit, Failure> {
    match &args.verb {
        FusionVerb::Score { file, truth, groups } => score(common, file, truth, groups.as_deref()),
    }
}

fn score(common: &Common, file: &Path, truth: &str, groups: Option<&Path>) -> Result<Exit, Failure> {
    let rows = read(file, truth)?;
    let outcome = trial::run(&rows);
    if let Some(groups) = groups {
        std::fs::write(groups, outcome.groups.iter().map(|group| format!("{group}\n")).collect::<String>())?;
    }
    let measured = trial::measure(&rows, &outcome);
    if common.json {
        return print_json("backstop.fusion-score/1", Exit::Done, as_json(&measured));
    }
    print(&as_text(&measured))
}

fn read(file: &Path, truth: &str) -> Result<Vec<trial::Row>, Failure> {
    let named =
        |why: &dyn std::fmt::Display| Failure::new(Exit::NotFound, format!("cannot read `{}`: {why}", file.display()));
    let opened = File::open(file).map_err(|error| named(&error))?;
    let rows = trial::read(BufReader::new(opened), truth);
    let rows = rows.map_err(|error| Failure::new(Exit::Usage, format!("`{}`: {error}", file.display())))?;
    if rows.is_empty() {
        return Err(Failure::new(
            Exit::CannotTell,
            format!("`{}` has no rows, so nothing can be said", file.display()),
        ));
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
    calibration("existence  ", measured.existence.as_ref(), "there is no column `real`");
    text
}
