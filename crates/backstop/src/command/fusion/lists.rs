//! `backstop fusion lists`: lists of events matched by a rule, beside what the model makes of the same rows, with every difference.

use super::super::fill::read_text;
use super::super::outcome::{print, print_json};
use super::super::{Common, Exit, Failure};
use super::parameters_of;
use crate::trial::{self, Choice, Entry, Window};
use ::fusion::{Gazetteer, Model, Parameters};
use mission::record::hex::hex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use terms::Observation;

const ROUNDS: u32 = 1;

pub(super) struct Asked<'a> {
    pub(super) files: &'a [PathBuf],
    pub(super) taxonomies: &'a [String],
    pub(super) window: Window,
    pub(super) parameters: Option<&'a Path>,
}

/// What one way makes of the rows.
struct Way {
    name: &'static str,
    /// The parameters, where it is the model.
    parameters: Option<String>,
    pairs: BTreeSet<(usize, usize)>,
    /// How many groups have rows of exactly these lists.
    overlap: BTreeMap<Vec<usize>, usize>,
}

/// Pairs that one way puts together and another leaves apart.
struct Difference {
    pair: (usize, usize),
    with: &'static str,
    without: &'static str,
    why: String,
}

pub(super) fn run(common: &Common, asked: &Asked<'_>) -> Result<Exit, Failure> {
    let (entries, names) = read(asked)?;
    let observations = trial::reported(&entries, asked.window);
    let rule = |name, choice| way(&entries, name, None, &trial::matched(&entries, asked.window, choice));
    let (best, first) = (rule("rule, best fit", Choice::Best), rule("rule, first come", Choice::First));
    let models: Vec<(&str, Model)> = models(&observations, asked)?;
    let mut ways = vec![first, best];
    for (name, model) in &models {
        let groups = trial::grouped(&observations, model);
        ways.push(way(&entries, name, Some(hex(&model.parameters().hash())), &groups));
    }
    let mut differences = Vec::new();
    let [first, best, ..] = &ways[..] else { unreachable!("two rules") };
    for (one, other) in [(first, best), (best, first)] {
        for pair in one.pairs.difference(&other.pairs) {
            let fit = |at: (usize, usize)| asked.window.coarseness(&entries[at.0], &entries[at.1]);
            let why = fit(*pair).map_or_else(str::to_owned, |coarse| format!("kinds agree, coarseness {coarse:.2}"));
            differences.push(Difference { pair: *pair, with: one.name, without: other.name, why });
        }
    }
    for (way, (_, model)) in ways[2..].iter().zip(&models) {
        let told = |pair: (usize, usize)| trial::why_two(&observations, pair, model);
        for pair in best.pairs.difference(&way.pairs) {
            differences.push(Difference { pair: *pair, with: best.name, without: way.name, why: told(*pair) });
        }
        for pair in way.pairs.difference(&best.pairs) {
            let why = match asked.window.coarseness(&entries[pair.0], &entries[pair.1]) {
                Err(why) => why.to_owned(),
                Ok(_) => "one to one: another fits better".to_owned(),
            };
            differences.push(Difference { pair: *pair, with: way.name, without: best.name, why });
        }
    }
    let shown = |at: usize| format!("{} {}", names[entries[at].list], entries[at].event);
    if common.json {
        let ways: Vec<Value> = ways.iter().map(|way| as_json(way, &names, shown)).collect();
        let differences = differences.iter().map(|one| {
            json!({ "pair": [shown(one.pair.0), shown(one.pair.1)], "together_by": one.with, "apart_by": one.without,
                "why": one.why })
        });
        let data = json!({ "rows": entries.len(), "lists": names, "metres": asked.window.metres, "days": asked.window.days,
            "ways": ways, "differences": differences.collect::<Vec<_>>() });
        return print_json("backstop.fusion-lists/1", Exit::Done, data);
    }
    let Window { metres, days } = asked.window;
    let (km, lists) = (metres / 1_000.0, names.len());
    let mut text = format!("{} rows of {lists} lists, within {km} km and {days} days\n\n", entries.len());
    text += "  way               groups  of several lists  pairs\n";
    for way in &ways {
        let groups: usize = way.overlap.values().sum();
        let several = groups_of_several(way);
        let _ = writeln!(text, "  {:<17} {groups:>6}  {several:>16}  {:>5}", way.name, way.pairs.len());
    }
    let mut last = ("", "");
    for one in &differences {
        if last != (one.with, one.without) {
            let _ = writeln!(text, "\nTogether by {}, apart by {}", one.with, one.without);
            last = (one.with, one.without);
        }
        let (a, b) = (&entries[one.pair.0], &entries[one.pair.1]);
        let (km, days) = (a.place.distance_m(b.place) / 1_000.0, (b.first.ms() - a.first.ms()) / terms::time::DAY_MS);
        let _ = writeln!(
            text,
            "  {} and {}, {km:.1} km and {days:+} days: {}",
            shown(one.pair.0),
            shown(one.pair.1),
            one.why
        );
    }
    print(&text)
}

/// The rows of all lists, and the lists' names.
fn read(asked: &Asked<'_>) -> Result<(Vec<Entry>, Vec<String>), Failure> {
    let wrong = |file: &Path, error| Failure::new(Exit::Usage, format!("`{}`: {error}", file.display()));
    let mut taxonomies = Vec::new();
    for given in asked.taxonomies {
        let Some((column, file)) = given.split_once('=') else {
            let said = format!("`{given}` names no taxonomy; write `--taxonomy COLUMN=FILE`");
            return Err(Failure::new(Exit::Usage, said));
        };
        let file = Path::new(file);
        let taxonomy = trial::read_taxonomy(&read_text(file)?).map_err(|error| wrong(file, error))?;
        taxonomies.push((column.to_owned(), taxonomy));
    }
    let (mut entries, mut names) = (Vec::new(), Vec::new());
    for (list, file) in asked.files.iter().enumerate() {
        entries.extend(trial::read_list(&read_text(file)?, list, &taxonomies).map_err(|error| wrong(file, error))?);
        names.push(file.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned()));
    }
    Ok((entries, names))
}

fn models(observations: &[Observation], asked: &Asked<'_>) -> Result<Vec<(&'static str, Model)>, Failure> {
    let model = |parameters| Model::new(parameters, Gazetteer::new(&[], &[]));
    if let Some(file) = asked.parameters {
        return Ok(vec![("model, given", model(parameters_of(file)?))]);
    }
    let believed = model(Parameters::believed());
    let learned = model(trial::learned(observations, &believed, ROUNDS));
    Ok(vec![("model, believed", believed), ("model, learned", learned)])
}

fn way<T: Ord + Copy>(entries: &[Entry], name: &'static str, parameters: Option<String>, groups: &[T]) -> Way {
    let mut members: BTreeMap<T, Vec<usize>> = BTreeMap::new();
    groups.iter().zip(entries).for_each(|(group, entry)| members.entry(*group).or_default().push(entry.list));
    let mut overlap = BTreeMap::new();
    members.into_values().for_each(|lists| *overlap.entry(lists).or_default() += 1);
    Way { name, parameters, pairs: trial::pairs(groups), overlap }
}

fn groups_of_several(way: &Way) -> usize {
    way.overlap.iter().filter(|(lists, _)| lists.len() > 1).map(|(_, groups)| groups).sum()
}

fn as_json(way: &Way, names: &[String], shown: impl Fn(usize) -> String) -> Value {
    let overlap = way.overlap.iter().map(|(lists, groups)| {
        let lists: Vec<&String> = lists.iter().map(|list| &names[*list]).collect();
        json!({ "lists": lists, "groups": groups })
    });
    let together: Vec<[String; 2]> = way.pairs.iter().map(|(a, b)| [shown(*a), shown(*b)]).collect();
    json!({ "way": way.name, "parameters": way.parameters, "together": together,
        "groups": way.overlap.values().sum::<usize>(), "of_several": groups_of_several(way),
        "overlap": overlap.collect::<Vec<_>>() })
}
