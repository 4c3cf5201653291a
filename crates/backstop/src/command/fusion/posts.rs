//! `backstop fusion posts`: how well posts that people grouped are put together, each disturbed by a stated error.

use super::super::outcome::{print, print_json};
use super::super::{Common, Exit, Failure};
use super::models;
use crate::trial::{self, Measured, Outcome};
use mission::record::hex::hex;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// What is learned from the posts is learned from another disturbance of theirs, by the middle one of the errors.
const LEARNED_FROM_SEED: u64 = 7;
/// How far off rows of verified lists are taken to be, metres.
const VERIFIED_M: u32 = 1_000;

pub(super) struct Asked<'a> {
    pub(super) file: &'a Path,
    pub(super) pairs: Option<&'a Path>,
    pub(super) parameters: Option<&'a Path>,
    pub(super) errors: &'a [u32],
    pub(super) seed: u64,
}

/// One way of grouping, at one error.
struct Tried {
    way: &'static str,
    error_m: u32,
    measured: Measured,
}

pub(super) fn run(common: &Common, asked: &Asked<'_>) -> Result<Exit, Failure> {
    let wrong = |file: &Path, error| Failure::new(Exit::Usage, format!("`{}`: {error}", file.display()));
    let posts = trial::read_posts(open(asked.file)?).map_err(|error| wrong(asked.file, error))?;
    let models = models(asked.parameters, || {
        let middle = asked.errors.get(asked.errors.len() / 2).copied().unwrap_or(VERIFIED_M);
        trial::disturbed(&posts, middle, LEARNED_FROM_SEED)
    })?;
    let rows = trial::truths(&posts);
    let mut tried = Vec::new();
    for error_m in asked.errors.iter().copied() {
        let observations = trial::disturbed(&posts, error_m, asked.seed);
        let mut try_one = |way, groups| {
            let outcome = Outcome { groups, chances: None, pairs: None };
            tried.push(Tried { way, error_m, measured: trial::measure(&rows, &outcome) });
        };
        try_one("chains", trial::chained(&observations));
        for (way, model) in &models {
            try_one(way, trial::grouped(&observations, model));
        }
    }
    let mut joined = Vec::new();
    if let Some(file) = asked.pairs {
        for (way, model) in &models {
            let found = trial::joined_pairs(open(file)?, VERIFIED_M, model).map_err(|error| wrong(file, error))?;
            joined.push((*way, found));
        }
    }
    if common.json {
        let models =
            models.iter().map(|(way, model)| json!({ "way": way, "parameters": hex(&model.parameters().hash()) }));
        let joined = joined.iter().map(|(way, [together, of])| json!({ "way": way, "together": together, "of": of }));
        let data = json!({ "posts": posts.len(), "models": models.collect::<Vec<_>>(),
            "tried": tried.iter().map(as_json).collect::<Vec<_>>(), "pairs": joined.collect::<Vec<_>>() });
        return print_json("backstop.fusion-posts/1", Exit::Done, data);
    }
    let mut text =
        format!("{} posts\n\n  metres  way       precision  recall     F1   B-cubed  incidents\n", posts.len());
    for Tried { way, error_m, measured } in &tried {
        let (shares, [incidents, happenings]) = (measured.all.shares(), measured.groups);
        let _ = writeln!(
            text,
            "{error_m:>8}  {way:<9} {:>9.3}  {:>6.3}  {:>5.3}   {:>7.3}  {incidents} of {happenings}",
            shares.precision, shares.recall, shares.f1, measured.b_cubed.f1
        );
    }
    for (way, [together, of]) in &joined {
        let _ = writeln!(
            text,
            "\n{together} of {of} pairs of two lists are together, {way}; of precision they tell nothing"
        );
    }
    print(&text)
}

fn as_json(tried: &Tried) -> Value {
    let (shares, b_cubed) = (tried.measured.all.shares(), &tried.measured.b_cubed);
    let [incidents, happenings] = tried.measured.groups;
    json!({ "way": tried.way, "error_m": tried.error_m, "precision": shares.precision, "recall": shares.recall, "f1": shares.f1,
        "b_cubed": { "precision": b_cubed.precision, "recall": b_cubed.recall, "f1": b_cubed.f1 },
        "incidents": incidents, "happenings": happenings })
}

fn open(file: &Path) -> Result<BufReader<File>, Failure> {
    let failed = |error| Failure::new(Exit::NotFound, format!("cannot open `{}`: {error}", file.display()));
    File::open(file).map(BufReader::new).map_err(failed)
}
