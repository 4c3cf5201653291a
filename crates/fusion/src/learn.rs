//! Learning: what a mission's own reports say of its sources, when nobody says which belong together.
//!
//! Takes what is known and what is believed; gives better parameters. First from how many reports lie near one another: near enough for
//! one happening, for others of one episode, or no nearer than chance (the Palm likelihood of a Neyman-Scott process; Tanaka, Ogata
//! and Stoyan 2008), so that it matters little what was believed of how often sources report. Then from the groups that the model finds. Never learns from orders
//! of people, nor from claims.

use crate::background::Background;
use crate::datum::Datum;
use crate::fit::fit;
use crate::link::Ties;
use crate::parameters::{CLASSES, Parameters};
use crate::partition::Known;
use crate::posterior::solve_within;
use crate::projection::{Numbers, families};
use crate::weigh::Model;
use terms::Observation;

/// A kind of source with fewer reports keeps what was believed of it.
const ENOUGH: usize = 100;
/// Reports are held against one another this near, units of 10 metres and seconds.
const NEAR: i64 = 3_000;
const SOON_S: i64 = 3 * 86_400;
/// Of each report, so many that follow it in time at most.
const MOST_AFTER: usize = 2_048;
const ROUNDS: usize = 60;
/// No source is believed to tell less often than this of one happening again, nor more often, parts per million.
const REPORTS_PPM: (f64, f64) = (1_000.0, 4_000_000.0);
/// An hour on a square kilometre, in the units of data.
const KM2_HOUR: f64 = 10_000.0 * 3_600.0;
const KM2_DAYS_100: f64 = 2_400.0;

/// Parameters learned from a mission's reports, in so many rounds of grouping and fitting.
#[must_use]
pub fn learn(known: Known<'_>, model: &Model, rounds: u32) -> Parameters {
    let observations: Vec<&Observation> =
        known.reports.iter().map(|report| report.observation).filter(|observation| !observation.is_claim()).collect();
    let (families, _) = families(&observations, known.sources, model.parameters(), &mut Numbers::new());
    let mut learned = model.parameters().clone();
    for class in 0..CLASSES {
        let of_class = |data: &[Datum]| -> Vec<Datum> {
            let mut data: Vec<Datum> = data.iter().filter(|datum| model.class(datum) == class).copied().collect();
            data.sort_by_key(|datum| (datum.time_s, datum.id));
            data
        };
        let data: Vec<Vec<Datum>> = families.iter().map(|family| of_class(&family.data)).collect();
        if data.iter().map(Vec::len).sum::<usize>() >= ENOUGH {
            near_one_another(&data, class, model, &mut learned);
        }
    }
    for _ in 0..rounds {
        let together_ppm = learned.together_ppm;
        let looser = model.with(Parameters { together_ppm: learned.learning_ppm, ..learned.clone() });
        let (mut data, mut homes) = (Vec::new(), Vec::new());
        for (nth, family) in families.iter().enumerate() {
            let solved = solve_within(&family.data, &looser, Background::Believed, &Ties::default());
            data.extend(family.data.iter().copied());
            homes.extend(solved.groups.into_iter().map(|group| (nth, group)));
        }
        learned = Parameters { together_ppm, ..fit(&data, &homes, &looser) };
    }
    learned
}

/// Two reports of one kind of source, as densities in the units of data: were they of one happening, or of one episode.
struct Pair {
    is_own: bool,
    one: f64,
    episode: f64,
}

/// How many reports of the same source, of others, of the same episode and of nothing common lie near a report.
fn near_one_another(families: &[Vec<Datum>], class: usize, model: &Model, learned: &mut Parameters) {
    let pairs: Vec<Pair> = families.iter().flat_map(|data| pairs(data, model)).collect();
    let reports = families.iter().map(Vec::len).sum::<usize>() as f64;
    let window = std::f64::consts::PI * (NEAR * NEAR) as f64 * 2.0 * SOON_S as f64;
    // Expected near a report: of its own source, of others; the same for episodes; by chance, on a unit.
    let mut one = [0.3, 0.3];
    let mut episode = [0.1, 0.1];
    let mut chance = [0.5 / window, 0.5 / window];
    for _ in 0..ROUNDS {
        let (mut ones, mut episodes, mut chances) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        for pair in &pairs {
            let who = usize::from(!pair.is_own);
            let parts = [one[who] * pair.one, episode[who] * pair.episode, chance[who]];
            let all: f64 = parts.iter().sum::<f64>() + 1e-300;
            ones[who] += parts[0] / all;
            episodes[who] += parts[1] / all;
            chances[who] += parts[2] / all;
        }
        for who in 0..2 {
            // A pair stands near each of its two reports; half a report is believed beforehand.
            one[who] = (2.0 * ones[who] + 0.5) / (reports + 1.0);
            episode[who] = (2.0 * episodes[who] + 0.5) / (reports + 1.0);
            chance[who] = (2.0 * chances[who] + 0.5) / ((reports + 1.0) * window);
        }
    }
    // Were each next report as likely as the one before, a report would meet twice as many as are still to come.
    let ppm = |expected: f64| libm::round((expected * 1e6).clamp(REPORTS_PPM.0, REPORTS_PPM.1)) as i64;
    let of_class = &mut learned.classes[class];
    of_class.same_ppm[1..].fill(ppm(one[0] / 2.0));
    of_class.again_ppm[1..].fill(ppm(one[1] / 2.0));
    of_class.after_ppm.iter_mut().enumerate().filter(|(set, _)| set >> class & 1 == 1).for_each(|(_, after)| {
        *after = ppm(1.0 + one[1] / 2.0);
    });
    of_class.siblings_ppm = ppm(episode[0] + episode[1]);
    let usual = (chance[0] + chance[1]) * KM2_HOUR * KM2_DAYS_100;
    let mut of_manner = vec![0_u64; learned.manners.len()];
    families.iter().flatten().for_each(|datum| of_manner[usize::from(datum.manner)] += 1);
    for (manner, count) in learned.manners.iter_mut().zip(of_manner).filter(|(_, count)| *count > 0) {
        manner.usual_ppm = libm::round(usual * 1e6 * count as f64 / reports).max(1.0) as i64;
    }
}

/// The pairs of one family that lie near one another.
fn pairs(data: &[Datum], model: &Model) -> Vec<Pair> {
    let [far, short, long] = model.parameters().episode;
    let mut pairs = Vec::new();
    for (at, a) in data.iter().enumerate() {
        let after = data[at + 1..].iter().take(MOST_AFTER).take_while(|b| b.time_s - a.time_s <= SOON_S);
        for b in after {
            let off = [i64::from(b.at[0]) - i64::from(a.at[0]), i64::from(b.at[1]) - i64::from(a.at[1])];
            if off[0] * off[0] + off[1] * off[1] > NEAR * NEAR {
                continue;
            }
            let spread: Vec<f64> = (0..3).map(|k| (a.spread[k] + b.spread[k]) as f64).collect();
            let ([mean_a, var_a], [mean_b, var_b]) = (model.clock.lag(a.manner), model.clock.lag(b.manner));
            let gap = (b.time_s - a.time_s - mean_b + mean_a) as f64;
            let variance = (var_a + var_b) as f64;
            let off = off.map(|off| off as f64);
            let within = |wider: f64, longer: f64| place(off, &spread, wider) * bell(gap, variance + longer);
            let far = 2.0 * (far * far) as f64;
            let longer = |width: i64| (width * width) as f64;
            pairs.push(Pair {
                is_own: a.source == b.source,
                one: within(0.0, 0.0),
                episode: (within(far, longer(short)) + within(far, longer(long))) / 2.0,
            });
        }
    }
    pairs
}

/// The density of a bell in two dimensions with this covariance, wider by so much to each side.
fn place(off: [f64; 2], spread: &[f64], wider: f64) -> f64 {
    let [xx, xy, yy] = [spread[0] + wider, spread[1], spread[2] + wider];
    let determinant = (xx * yy - xy * xy).max(1.0);
    let form = (yy * off[0] * off[0] - 2.0 * xy * off[0] * off[1] + xx * off[1] * off[1]) / determinant;
    libm::exp(-form / 2.0) / (std::f64::consts::TAU * libm::sqrt(determinant))
}

fn bell(off: f64, variance: f64) -> f64 {
    libm::exp(-off * off / (2.0 * variance)) / libm::sqrt(std::f64::consts::TAU * variance)
}
