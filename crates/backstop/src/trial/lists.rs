//! A trial on lists of events that others match by a rule: within a window of place and time, by kinds that agree at some level, one to one.
//!
//! Takes lists, what their categories mean at each level, and the window; gives the groups of the rule, and the lists as a mission would have
//! them. The rule is that of MELTT (Donnay, Dunford, McGrath, Backer and Cunningham 2019), which knows neither how well a row knows
//! its place nor a chance; so it is a peer to be compared with, never a way in which a mission puts reports together.

use super::RowError;
use std::collections::{BTreeMap, BTreeSet};
use terms::time::DAY_MS;
use terms::{Act, Instant, Label, Means, Observation, ObservationId, Place, Position, Shape, SourceId, Span};

/// No list has more rows.
const MOST_ROWS: usize = 20_000;

/// One row of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The list, numbered in the order in which the lists are given.
    pub list: usize,
    /// Its name in the list.
    pub event: String,
    /// The day on which it began.
    pub first: Instant,
    /// The day on which it ended.
    pub last: Instant,
    /// Where it was.
    pub place: Position,
    /// Its kind in each taxonomy: one name for each level, the finest first.
    pub kinds: Vec<Vec<String>>,
}

/// How near two rows of different lists must be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Window {
    /// Metres between the places.
    pub metres: f64,
    /// Days between the beginnings, and between the ends.
    pub days: i64,
}

/// Who gets a partner that two rows could have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// The pair whose kinds agree at the finest levels.
    Best,
    /// The row that comes first. The published figures of MELTT's own example came about so.
    First,
}

/// A taxonomy: for each list and category the names of its levels, the finest first.
pub type Taxonomy = BTreeMap<(String, String), Vec<String>>;

/// Reads a taxonomy: `data.source,base.categories`, then a column for each level, the finest first.
///
/// # Errors
///
/// The first row that cannot be read; a category that means two things.
pub fn read_taxonomy(text: &str) -> Result<Taxonomy, RowError> {
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let broken = |error: csv::Error| RowError::Table(error.to_string());
    let header = table.headers().map_err(broken)?.clone();
    for (at, name) in [(0, "data.source"), (1, "base.categories"), (2, "a level")] {
        if header.get(at).is_none_or(|held| at < 2 && !held.trim().eq_ignore_ascii_case(name)) {
            return Err(RowError::NoColumn(name.to_owned()));
        }
    }
    let mut taxonomy = Taxonomy::new();
    for record in table.records() {
        let record = record.map_err(broken)?;
        let mut cells = record.iter().map(|cell| cell.trim().to_owned());
        let (Some(list), Some(category)) = (cells.next(), cells.next()) else { continue };
        let before = taxonomy.insert((list, category.clone()), cells.collect());
        if before.is_some() {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(RowError::Value { line, column: "base.categories".to_owned(), value: category });
        }
    }
    Ok(taxonomy)
}

/// Reads a list: `dataset,event,date,latitude,longitude`, perhaps `enddate`, and a column for each taxonomy.
///
/// # Errors
///
/// The first value that cannot be read, with its line and column; among them a category that its taxonomy does not know.
pub fn read_list(text: &str, list: usize, taxonomies: &[(String, Taxonomy)]) -> Result<Vec<Entry>, RowError> {
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let broken = |error: csv::Error| RowError::Table(error.to_string());
    let header = table.headers().map_err(broken)?.clone();
    let place = |name: &str| header.iter().position(|held| held.trim() == name);
    let kinds = taxonomies.iter().map(|(column, _)| column.as_str());
    let needed = ["dataset", "event", "date", "latitude", "longitude"].into_iter().chain(kinds);
    if let Some(missing) = needed.into_iter().find(|name| place(name).is_none()) {
        return Err(RowError::NoColumn(missing.to_owned()));
    }
    let mut entries = Vec::new();
    for record in table.records() {
        let record = record.map_err(broken)?;
        if entries.len() == MOST_ROWS {
            return Err(RowError::TooMany);
        }
        let cell = |name: &str| place(name).and_then(|at| record.get(at)).unwrap_or_default().trim();
        let wrong = |name: &str| RowError::Value {
            line: record.position().map_or(0, csv::Position::line),
            column: name.to_owned(),
            value: cell(name).to_owned(),
        };
        let day = |name: &str| Instant::parse(&format!("{}T00:00:00Z", cell(name))).ok_or_else(|| wrong(name));
        let degrees = |name: &str| cell(name).parse::<f64>().map_err(|_| wrong(name));
        let (first, lon, lat) = (day("date")?, degrees("longitude")?, degrees("latitude")?);
        let last = if place("enddate").is_some() { day("enddate")? } else { first };
        if last < first {
            return Err(wrong("enddate"));
        }
        let kind = |(column, taxonomy): &(String, Taxonomy)| {
            let levels = taxonomy.get(&(cell("dataset").to_owned(), cell(column).to_owned()));
            levels.cloned().ok_or_else(|| wrong(column))
        };
        entries.push(Entry {
            list,
            event: cell("event").to_owned(),
            first,
            last,
            place: Position::from_degrees(lon, lat).ok_or_else(|| wrong("longitude"))?,
            kinds: taxonomies.iter().map(kind).collect::<Result<_, _>>()?,
        });
    }
    Ok(entries)
}

impl Window {
    /// How coarsely two rows agree, zero at the finest levels and one at the coarsest; otherwise, why they cannot be one happening.
    ///
    /// # Errors
    ///
    /// In words, the first thing that keeps them apart.
    pub fn coarseness(self, a: &Entry, b: &Entry) -> Result<f64, &'static str> {
        let is_episode = |entry: &Entry| entry.first != entry.last;
        let apart = |a: Instant, b: Instant| (a.ms() - b.ms()).abs() > self.days * DAY_MS;
        if a.list == b.list {
            return Err("both are of one list");
        }
        if is_episode(a) != is_episode(b) {
            return Err("one lasted a day, the other longer");
        }
        if apart(a.first, b.first) || apart(a.last, b.last) {
            return Err("too far apart in time");
        }
        if a.place.distance_m(b.place) > self.metres {
            return Err("too far apart");
        }
        let mut coarse = 0.0;
        for (a, b) in a.kinds.iter().zip(&b.kinds) {
            let level = a.iter().zip(b).position(|(a, b)| a == b).ok_or("of different kinds")?;
            coarse += level as f64 / (a.len().max(2) - 1) as f64;
        }
        Ok(coarse / a.kinds.len().max(1) as f64)
    }
}

/// The groups of the rule, by the first row of each: lists are taken one after another, and a row of the next is matched with the first row of a
/// group, at most one with each.
#[must_use]
pub fn matched(entries: &[Entry], window: Window, choice: Choice) -> Vec<usize> {
    let mut group: Vec<usize> = (0..entries.len()).collect();
    let by_day = |list: usize| {
        let mut rows: Vec<usize> = (0..entries.len()).filter(|at| entries[*at].list == list).collect();
        rows.sort_by_key(|at| (entries[*at].first, *at));
        rows
    };
    let lists = entries.iter().map(|entry| entry.list + 1).max().unwrap_or(0);
    let mut heads = by_day(0);
    for list in 1..lists {
        let new = by_day(list);
        let mut pairs = Vec::new();
        for (nth, head) in heads.iter().enumerate() {
            for (next, row) in new.iter().enumerate() {
                let coarse = window.coarseness(&entries[*head], &entries[*row]);
                pairs.extend(coarse.ok().map(|coarse| (coarse, nth, next)));
            }
        }
        if choice == Choice::Best {
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        }
        let (mut had, mut got) = (BTreeSet::new(), BTreeSet::new());
        for (_, nth, next) in pairs {
            if !had.contains(&nth) && !got.contains(&next) {
                had.insert(nth);
                got.insert(next);
                group[new[next]] = heads[nth];
            }
        }
        heads.extend(new.iter().filter(|row| group[**row] == **row));
        heads.sort_by_key(|at| (entries[*at].first, *at));
    }
    group
}

/// The lists as a mission would have them: each row a disc as wide as the window, the days that it lasted, and as its object a name
/// that rows share whose kinds agree at the coarsest levels.
#[must_use]
pub fn reported(entries: &[Entry], window: Window) -> Vec<Observation> {
    let coarsest = |entry: &Entry| entry.kinds.iter().map(|levels| levels.last().cloned()).collect::<Vec<_>>();
    let kinds: BTreeSet<Vec<Option<String>>> = entries.iter().map(coarsest).collect();
    let kinds: BTreeMap<Vec<Option<String>>, usize> = kinds.into_iter().zip(1..).collect();
    let radius_m = libm::round(window.metres).clamp(1.0, 1e6) as u32;
    let observe = |entry: &Entry| {
        let Entry { list, event, first, last, place, .. } = entry;
        let place = Place { shape: Shape::Disc { centre: *place, radius_m }, name: None };
        let days = Span::new(*first, last.shifted(DAY_MS - 1)).expect("invariant: read so");
        let source = SourceId::new(&format!("list-{}", list + 1)).expect("invariant: a label");
        Observation {
            id: ObservationId::of(format!("{list} {event}").as_bytes()),
            object: Label::new(&format!("kind-{}", kinds[&coarsest(entry)])),
            ..Observation::plain(source, Means::Press, Act::Explosion, days, place)
        }
    };
    entries.iter().map(observe).collect()
}

/// Pairs of rows of one group, the earlier first.
#[must_use]
pub fn pairs<T: Ord + Copy>(groups: &[T]) -> BTreeSet<(usize, usize)> {
    let mut members: BTreeMap<T, Vec<usize>> = BTreeMap::new();
    groups.iter().enumerate().for_each(|(at, group)| members.entry(*group).or_default().push(at));
    let of_group = |rows: &Vec<usize>| -> Vec<(usize, usize)> {
        rows.iter().enumerate().flat_map(|(nth, a)| rows[nth + 1..].iter().map(|b| (*a, *b))).collect()
    };
    members.values().flat_map(of_group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: &str = "data.source,base.categories,fine,coarse\n\
        north,gun,Gun,Fire\nnorth,fist,Fist,Hand\nsouth,Gewehr,Gun,Fire\nsouth,Rohr,Barrel,Fire\n";

    fn entries(rows: [&str; 2]) -> Vec<Entry> {
        let taxonomies = [("kind".to_owned(), read_taxonomy(KINDS).expect("a taxonomy"))];
        let head = "dataset,event,date,enddate,latitude,longitude,kind\n";
        let lists = rows.iter().enumerate();
        lists.flat_map(|(nth, rows)| read_list(&format!("{head}{rows}"), nth, &taxonomies).expect("a list")).collect()
    }

    #[test]
    fn who_comes_first_may_take_what_fits_another_better() {
        let all = entries([
            "north,1,2024-05-01,2024-05-01,48.0,30.0,gun\nnorth,2,2024-05-02,2024-05-02,48.0,30.0,gun\n",
            "south,1,2024-05-01,2024-05-01,48.0,30.01,Rohr\nsouth,2,2024-05-01,2024-05-01,48.01,30.0,Gewehr\n",
        ]);
        let window = Window { metres: 4_000.0, days: 2 };
        assert_eq!(matched(&all, window, Choice::First), [0, 1, 0, 1]);
        assert_eq!(matched(&all, window, Choice::Best), [0, 1, 1, 0]);
        assert_eq!(matched(&all, Window { metres: 800.0, days: 2 }, Choice::Best), [0, 1, 0, 3]);
        assert_eq!(matched(&all, Window { metres: 10.0, days: 2 }, Choice::Best), [0, 1, 2, 3]);
    }

    #[test]
    fn what_lasted_is_no_match_for_what_did_not() {
        let all = entries([
            "north,1,2024-05-01,2024-05-01,48.0,30.0,gun\nnorth,2,2024-05-01,2024-05-03,48.0,30.0,fist\n",
            "south,1,2024-05-01,2024-05-02,48.0,30.0,Gewehr\n",
        ]);
        let window = Window { metres: 4_000.0, days: 2 };
        assert_eq!(window.coarseness(&all[0], &all[2]), Err("one lasted a day, the other longer"));
        assert_eq!(window.coarseness(&all[1], &all[2]), Err("of different kinds"));
        assert_eq!(window.coarseness(&all[0], &all[1]), Err("both are of one list"));
        assert_eq!(window.coarseness(&all[2], &all[2].clone()), Err("both are of one list"));
    }

    #[test]
    fn a_category_that_no_taxonomy_knows_is_named_with_its_place() {
        let taxonomies = [("kind".to_owned(), read_taxonomy(KINDS).expect("a taxonomy"))];
        let text = "dataset,event,date,latitude,longitude,kind\nnorth,1,2024-05-01,48.0,30.0,gun\nnorth,2,2024-05-01,48.0,30.0,stick\n";
        let error = read_list(text, 0, &taxonomies).expect_err("an unknown kind").to_string();
        assert!(error.contains("line 3") && error.contains("`stick`") && error.contains("`kind`"), "{error}");
        let twice = format!("{KINDS}north,gun,Gun,Fire\n");
        assert!(read_taxonomy(&twice).is_err());
    }
}
