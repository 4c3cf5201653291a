//! `backstop fusion lists`: lists of events matched by a rule, beside what the model makes of the same rows, with every difference.

use super::super::fill::read_text;
use super::super::outcome::{print, print_json};
use super::super::{Common, Exit, Failure};
use super::models;
use crate::trial::{self, Choice, Entry, Window};
use mission::record::hex::hex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub(super) struct Asked<'a> {
    pub(super) files: &'a [PathBuf],
    pub(super) taxonomies: &'a [String],
    pub(super) window: Window,
    pub(super) parameters: Option<&'a Path>,
}

/// What one way makes of the rows.
struct Way {
    name: String,
    /// The parameters, where it is the model.
    parameters: Option<String>,
    pairs: BTreeSet<(usize, usize)>,
    /// How many groups have rows of exactly these lists.
    overlap: BTreeMap<Vec<usize>, usize>,
}

/// Pairs that one way puts together and another leaves apart.
struct Difference<'a> {
    pair: (usize, usize),
    with: &'a str,
    without: &'a str,
    why: String,
}

pub(super) fn run(common: &Common, asked: &Asked<'_>) -> Result<Exit, Failure> {
    let (entries, names) = read(asked)?;
    let observations = trial::reported(&entries, asked.window);
    let rule =
        |name: &str, choice| way(&entries, name.to_owned(), None, &trial::matched(&entries, asked.window, choice));
    let (first, best) = (rule("rule, first come", Choice::First), rule("rule, best fit", Choice::Best));
    let models = models(asked.parameters, || observations.clone())?;
    let modelled: Vec<Way> = models
        .iter()
        .map(|(name, model)| {
            let groups = trial::grouped(&observations, model);
            way(&entries, format!("model, {name}"), Some(hex(&model.parameters().hash())), &groups)
        })
        .collect();
    let fit = |(a, b): (usize, usize)| asked.window.coarseness(&entries[a], &entries[b]);
    let coarseness =
        |pair| fit(pair).map_or_else(str::to_owned, |coarse| format!("kinds agree, coarseness {coarse:.2}"));
    let taken = |pair| fit(pair).map_or_else(str::to_owned, |_| "one to one: another fits better".to_owned());
    let mut differences = between(&first, &best, coarseness);
    differences.extend(between(&best, &first, coarseness));
    for (way, (_, model)) in modelled.iter().zip(&models) {
        differences.extend(between(&best, way, |pair| trial::why_two(&observations, pair, model)));
        differences.extend(between(way, &best, taken));
    }
    let ways: Vec<&Way> = [&first, &best].into_iter().chain(&modelled).collect();
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

/// What one way puts together and another leaves apart, each with why.
fn between<'a>(with: &'a Way, without: &'a Way, why: impl Fn((usize, usize)) -> String) -> Vec<Difference<'a>> {
    let pairs = with.pairs.difference(&without.pairs);
    pairs.map(|pair| Difference { pair: *pair, with: &with.name, without: &without.name, why: why(*pair) }).collect()
}

fn way<T: Ord + Copy>(entries: &[Entry], name: String, parameters: Option<String>, groups: &[T]) -> Way {
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
