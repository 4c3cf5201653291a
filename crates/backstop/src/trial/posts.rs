//! A trial on posts that people grouped: real density, delay and habits, places disturbed.
//!
//! Takes a table of posts, each with the place and day that people established for its incident; disturbs place and day of each post by
//! itself, by a stated error, and groups them as a mission would its reports. Never lets the model see which incident a post is of,
//! the incident's own place, or how many posts it has.

use super::{Row, RowError, Told};
use fusion::{Known, Model, Orders, Parameters, Received, learn, partition, why};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use terms::time::DAY_MS;
use terms::{
    Act, Chance, Instant, Means, Observation, ObservationId, Place, Position, Release, Shape, Source, SourceId,
    SourceKind, Span,
};

/// No trial has more posts.
const MOST_ROWS: usize = 1_000_000;
/// Of a hundred posts of which only the day is known, so many are a day off.
const DAY_OFF_PERCENT: u64 = 20;
const METRES_PER_DEGREE: f64 = 111_194.93;

/// One post.
#[derive(Clone, PartialEq, Debug)]
pub struct Post {
    incident: String,
    day: Instant,
    place: Position,
    account: String,
    /// When it was posted, where that is known.
    posted: Option<Instant>,
    url: String,
}

/// Reads a table with the columns `incident_row,incident_date,latitude,longitude,platform,account,post_time_utc,url`.
///
/// # Errors
///
/// The first value that cannot be read, with its line and column.
pub fn read_posts(input: impl Read) -> Result<Vec<Post>, RowError> {
    let names =
        ["incident_row", "incident_date", "latitude", "longitude", "platform", "account", "post_time_utc", "url"];
    super::looks::rows(input, names, MOST_ROWS, |row| {
        let [incident, date, lat, lon, platform, account, posted, url] = row;
        let degrees = |text: &str| text.parse::<f64>().ok();
        Ok(Post {
            incident: incident.to_owned(),
            day: Instant::parse(&format!("{date}T00:00:00Z")).ok_or(1_usize)?,
            place: Position::from_degrees(degrees(lon).ok_or(3_usize)?, degrees(lat).ok_or(2_usize)?).ok_or(3_usize)?,
            account: format!("{platform} {account}"),
            posted: if posted.is_empty() { None } else { Some(Instant::parse(posted).ok_or(6_usize)?) },
            url: url.to_owned(),
        })
    })
}

/// The posts as a mission would have them, in the order of the table: each a disc of `error_m` about a place that is off by a bell of
/// which nine in ten lie within it; the day on which it was posted, or where that is not known a day that may be off by one.
#[must_use]
pub fn disturbed(posts: &[Post], error_m: u32, seed: u64) -> Vec<Observation> {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let observe = |(nth, post): (usize, &Post)| {
        let mut throw = thrown(seed, nth, &post.url);
        let next = names.len();
        let source = *names.entry(post.account.clone()).or_insert(next);
        let sigma = f64::from(error_m) / 2.146;
        let (east, north) = (bell(&mut throw) * sigma, bell(&mut throw) * sigma);
        let lat = f64::from(post.place.lat_e6()) / 1e6;
        let narrowing = libm::cos(lat.to_radians()).max(0.01);
        let lon = f64::from(post.place.lon_e6()) / 1e6 + east / METRES_PER_DEGREE / narrowing;
        let centre = Position::from_degrees(lon, lat + north / METRES_PER_DEGREE).unwrap_or(post.place);
        let off = throw() % 100;
        let drawn = match off {
            off if off < DAY_OFF_PERCENT / 2 => -1,
            off if off < DAY_OFF_PERCENT => 1,
            _ => 0,
        };
        let day_ms = post.posted.map_or(post.day.ms() + drawn * DAY_MS, |at| at.ms().div_euclid(DAY_MS) * DAY_MS);
        let first = post.day.shifted(day_ms - post.day.ms());
        let day = Span::new(first, first.shifted(DAY_MS - 1)).expect("invariant: a day has a length");
        let place = Place { shape: Shape::Disc { centre, radius_m: error_m }, name: None };
        let source = SourceId::new(&format!("account-{source}")).expect("invariant: a label");
        Observation {
            id: ObservationId::of(format!("{nth} {}", post.url).as_bytes()),
            ..Observation::plain(source, Means::Press, Act::Explosion, day, place)
        }
    };
    posts.iter().enumerate().map(observe).collect()
}

/// Says something with observations as a mission would know them: no looks, no orders, every source a voice of its own.
fn with_known<T>(observations: &[Observation], say: impl FnOnce(Known<'_>) -> T) -> T {
    let ids: BTreeSet<&SourceId> = observations.iter().map(|observation| &observation.source).collect();
    let sources: BTreeMap<SourceId, Source> = ids.into_iter().map(|id| (id.clone(), account(id))).collect();
    let received = |observation| Received { observation, received_at: Instant::EARLIEST };
    let reports: Vec<Received<'_>> = observations.iter().map(received).collect();
    let orders = Orders::default();
    say(Known { reports: &reports, sources: &sources, efforts: &[], orders: &orders })
}

/// What the observations themselves say of their sources, nobody saying which belong together.
#[must_use]
pub fn learned(observations: &[Observation], model: &Model, rounds: u32) -> Parameters {
    with_known(observations, |known| learn(known, model, rounds))
}

/// Groups observations as a mission does: the group of each.
#[must_use]
pub fn grouped(observations: &[Observation], model: &Model) -> Vec<u32> {
    let incidents = with_known(observations, |known| partition(known, model));
    let mut group_of: BTreeMap<ObservationId, u32> = BTreeMap::new();
    for (group, incident) in (0..).zip(&incidents) {
        group_of.extend(incident.members.iter().map(|member| (*member, group)));
    }
    let alone = u32::try_from(incidents.len()).expect("invariant: few groups");
    let of = |(nth, observation): (u32, &Observation)| group_of.get(&observation.id).copied().unwrap_or(alone + nth);
    (0..).zip(observations).map(of).collect()
}

/// Why the model would put two of these observations together or not, taken alone, in words.
#[must_use]
pub fn why_two(observations: &[Observation], (a, b): (usize, usize), model: &Model) -> String {
    let pair = [&observations[a], &observations[b]];
    let sources = pair.iter().map(|one| (one.source.clone(), account(&one.source))).collect();
    let Some((_, terms)) = why(pair, &sources, model) else {
        return "one says too little to be compared, and stands alone".to_owned();
    };
    let nats = |score: i32| format!("{:+.1}", f64::from(score) / 1_024.0);
    let telling = terms.named().into_iter().filter(|(_, score, _)| *score != 0);
    let named: Vec<String> = telling.map(|(name, score, _)| format!("{name} {}", nats(score))).collect();
    format!("{} nats ({})", nats(terms.total()), named.join(", "))
}

fn account(id: &SourceId) -> Source {
    Source {
        id: id.clone(),
        title: id.to_string(),
        kind: SourceKind::Press,
        voice: id.to_string(),
        party: None,
        licence: String::new(),
        attribution: String::new(),
        release: Release::Nothing,
        worth: [(Act::Explosion, Chance::CERTAIN)].into(),
        worth_basis: "grouped by people".to_owned(),
    }
}

/// The truth of a trial, for measuring: which posts are of one incident.
#[must_use]
pub fn truths(posts: &[Post]) -> Vec<Row> {
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let row = |(nth, post): (usize, &Post)| {
        let next = u32::try_from(numbers.len()).expect("invariant: fewer incidents than posts");
        let truth = *numbers.entry(post.incident.clone()).or_insert(next);
        // What a row says of place and time takes no part in measuring.
        let told =
            Told { at: [0; 2], spread: [0; 3], district: false, time_s: 0, within_s: 0, day: true, kind: 6, count: 0 };
        let id = ObservationId::of(format!("{nth} {}", post.url).as_bytes());
        Row { id, kind_of_source: 3, source: 0, told, truth, real: None }
    };
    posts.iter().enumerate().map(row).collect()
}

/// Numbers that follow from a seed and the post (SplitMix64, Steele, Lea and Flood 2014).
fn thrown(seed: u64, nth: usize, url: &str) -> impl FnMut() -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let mut state = url.bytes().fold(0xcbf2_9ce4_8422_2325 ^ seed, fold) ^ (nth as u64).rotate_left(32);
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

/// A bell of width one: twelve even throws added.
fn bell(throw: &mut impl FnMut() -> u64) -> f64 {
    (0..12).map(|_| (throw() >> 11) as f64 / (1_u64 << 53) as f64).sum::<f64>() - 6.0
}

/// The plain rule that a model must beat: posts of one day and within the stated error of one another, in chains.
#[must_use]
pub fn chained(observations: &[Observation]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..observations.len()).collect();
    order.sort_by_key(|at| (observations[*at].happened, observations[*at].id));
    let mut group: Vec<u32> = (0..).take(observations.len()).collect();
    fn root(group: &mut [u32], mut at: u32) -> u32 {
        while group[at as usize] != at {
            group[at as usize] = group[group[at as usize] as usize];
            at = group[at as usize];
        }
        at
    }
    for (nth, at) in order.iter().enumerate() {
        let (a, place_a) = (&observations[*at], observations[*at].place.disc());
        for other in order[nth + 1..].iter().take_while(|other| observations[**other].happened == a.happened) {
            let within = place_a.zip(observations[*other].place.disc());
            if within.is_some_and(|((x, error_m), (y, _))| x.distance_m(y) <= f64::from(error_m)) {
                let (a, b) = (root(&mut group, *at as u32), root(&mut group, *other as u32));
                group[a.max(b) as usize] = a.min(b);
            }
        }
    }
    (0..).take(observations.len()).map(|at| root(&mut group, at)).collect()
}

/// Of pairs of rows that two teams wrote of the same happening, the share that the model puts together. Only distance and days between the two
/// are known, so each pair stands in ground and time of its own, and of precision nothing can be told.
///
/// # Errors
///
/// The first value that cannot be read, with its line and column.
pub fn joined_pairs(input: impl Read, error_m: u32, model: &Model) -> Result<[usize; 2], RowError> {
    const APART_DAYS: i64 = 400;
    let gaps = super::looks::rows(input, ["km", "days"], MOST_ROWS / 100, |[km, days]| {
        let km: f64 = km.parse().ok().filter(|km| (0.0..=500.0).contains(km)).ok_or(0_usize)?;
        let days: i64 = days.parse().ok().filter(|days: &i64| days.abs() < APART_DAYS / 2).ok_or(1_usize)?;
        Ok((km, days))
    })?;
    let observe = |(nth, (km, days)): (usize, &(f64, i64))| {
        let row = |team: &str, km: f64, days: i64| {
            // Few pairs fit one calendar; beyond, they stand next to one another on the ground.
            let (column, turn) = ((nth % 200) as i64, (nth / 200) as f64);
            let first = Instant::EARLIEST.shifted((column * APART_DAYS + 200 + days) * DAY_MS);
            let centre = Position::from_degrees(turn % 300.0 - 150.0 + km * 1_000.0 / METRES_PER_DEGREE, 0.0);
            let centre = centre.expect("invariant: on the equator");
            let place = Place { shape: Shape::Disc { centre, radius_m: error_m }, name: None };
            let day = Span::new(first, first.shifted(DAY_MS - 1)).expect("invariant: a day has a length");
            let source = SourceId::new(team).expect("invariant: a label");
            Observation {
                id: ObservationId::of(format!("{nth} {team}").as_bytes()),
                ..Observation::plain(source, Means::Press, Act::Explosion, day, place)
            }
        };
        [row("one", 0.0, 0), row("other", *km, *days)]
    };
    let observations: Vec<Observation> = gaps.iter().enumerate().flat_map(observe).collect();
    let groups = grouped(&observations, model);
    let together = groups.chunks(2).filter(|pair| pair[0] == pair[1]).count();
    Ok([together, gaps.len()])
}

#[cfg(test)]
mod tests {
    use super::super::{Outcome, Shares, measure};
    use super::*;
    use fusion::Gazetteer;

    /// Incidents far from one another but for a neighbour each; one channel posts of each again and again, others once.
    fn table() -> String {
        let mut text = "incident_row,incident_date,latitude,longitude,platform,account,post_time_utc,url\n".to_owned();
        for incident in 0..120 {
            let (lat, lon) = (46.0 + f64::from(incident / 12) * 0.4, 30.0 + f64::from(incident % 12) * 0.5);
            let day = 1 + incident % 28;
            for post in 0..4 {
                let account = if post < 2 { "always".to_owned() } else { format!("other-{}", (incident + post) % 17) };
                text += &format!(
                    "{incident},2024-05-{day:02},{lat},{lon},telegram,{account},,https://t/{incident}/{post}\n"
                );
            }
        }
        text
    }

    fn shares(posts: &[Post], groups: Vec<u32>) -> Shares {
        measure(&truths(posts), &Outcome { groups, chances: None, pairs: None }).all.shares()
    }

    #[test]
    fn what_posts_say_of_themselves_puts_more_of_them_together() {
        let posts = read_posts(table().as_bytes()).expect("a table");
        let model = |parameters| Model::new(parameters, Gazetteer::new(&[], &[]));
        let believed = model(Parameters::believed());
        let seen = disturbed(&posts, 2_000, 1);
        assert_eq!(seen, disturbed(&posts, 2_000, 1));
        assert_ne!(seen, disturbed(&posts, 2_000, 2));
        let learned = learned(&disturbed(&posts, 2_000, 7), &believed, 1);
        assert_eq!(Parameters::from_text(&learned.to_text()), Ok(learned.clone()));
        let (before, after) =
            (shares(&posts, grouped(&seen, &believed)), shares(&posts, grouped(&seen, &model(learned))));
        assert!(after.f1 > before.f1 + 0.2 && after.precision > 0.9, "{before:?} {after:?}");
        let backwards: Vec<Observation> = seen.iter().rev().cloned().collect();
        let turned: Vec<u32> = grouped(&backwards, &believed).into_iter().rev().collect();
        assert_eq!(shares(&posts, turned), before);
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let text = table().replacen("2024-05-02", "May", 1);
        let error = read_posts(text.as_bytes()).expect_err("no day");
        assert!(error.to_string().contains("`May` is no value for column `incident_date`"), "{error}");
        assert!(error.to_string().starts_with("line 6"), "{error}");
    }

    #[test]
    fn chains_join_what_lies_within_the_error_on_one_day() {
        let posts = read_posts(table().as_bytes()).expect("a table");
        let exact = disturbed(&posts, 1, 1);
        let groups: BTreeSet<u32> = chained(&exact).into_iter().collect();
        assert!(groups.len() >= 120, "{}", groups.len());
        assert!(shares(&posts, chained(&exact)).precision > 0.99);
    }
}
