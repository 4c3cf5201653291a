//! The model on the rows of a trial.
//!
//! Takes rows and parameters; gives what the model makes of them, or better parameters. The names of settlements and
//! districts are those that the rows use. Never hands the truth to the model, unless asked to learn from it.

use super::{Outcome, Row, SOURCE_KINDS};
use fusion::{Datum, Gazetteer, KIND_UNKNOWN, Model, Parameters};
use terms::Chance;

/// What is believed before anything is fitted, for sources like those of a trial.
const PRIOR: &str = include_str!("../../../../assets/fusion/prior.txt");

/// The parameters that are believed before anything is fitted.
#[must_use]
pub fn prior() -> Parameters {
    Parameters::from_text(PRIOR).expect("invariant: a test reads the prior")
}

/// Rows made ready for the model.
#[derive(Clone, Debug)]
pub struct Prepared {
    data: Vec<Datum>,
    truth: Vec<u32>,
    real: Option<Vec<bool>>,
    model: Model,
}

/// The parameters know no such way of reporting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PreparedError(String);

impl std::fmt::Display for PreparedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the parameters know no manner `{}`; add it, with what is believed of it", self.0)
    }
}

impl Prepared {
    /// Prepares rows.
    ///
    /// # Errors
    ///
    /// The first way of reporting that the parameters do not know.
    pub fn new(rows: &[Row], parameters: Parameters) -> Result<Prepared, PreparedError> {
        let data = rows.iter().map(|row| datum(row, &parameters)).collect::<Result<Vec<_>, _>>()?;
        let named = |district: bool| {
            let rows = rows.iter().filter(move |row| is_named(row) && row.told.district == district);
            rows.map(|row| row.told.at).collect::<Vec<_>>()
        };
        let gazetteer = Gazetteer::new(&named(false), &named(true));
        let truth = rows.iter().map(|row| row.truth).collect();
        let real = rows.iter().map(|row| row.real).collect();
        Ok(Prepared { data, truth, real, model: Model::new(parameters, gazetteer) })
    }

    /// What the model makes of the rows.
    #[must_use]
    pub fn run(&self) -> Outcome {
        let solved = fusion::solve(&self.data, &self.model);
        let mut names = solved.groups.clone();
        names.sort_unstable();
        names.dedup();
        let number = |name: &u64| names.binary_search(name).expect("invariant: every group has a name") as u32;
        let chance = |weight: u16| Chance::share(weight.into(), 4_096).expect("invariant: at most all");
        let chances = solved.chances.iter().map(|(name, weight)| (number(name), chance(*weight)));
        Outcome {
            groups: solved.groups.iter().map(number).collect(),
            chances: (!solved.chances.is_empty()).then(|| chances.collect()),
            pairs: Some(solved.pairs.iter().map(|(a, b, weight)| (*a, *b, chance(*weight))).collect()),
        }
    }

    /// Parameters fitted to the groups that the model itself finds, again and again; the truth is not looked at.
    #[must_use]
    pub fn fit_alone(&self, rounds: u32) -> Parameters {
        let mut fitted = self.model.parameters().clone();
        for _ in 0..rounds {
            let together_ppm = fitted.together_ppm;
            let looser = self.model.with(Parameters { together_ppm: fitted.learning_ppm, ..fitted });
            let solved = fusion::solve(&self.data, &looser);
            fitted = Parameters { together_ppm, ..fusion::fit(&self.data, &solved.groups, &looser) };
        }
        fitted
    }

    /// Parameters and calibration fitted to the truth, and the weights of existence where the rows say what is real.
    #[must_use]
    pub fn fit_to_truth(&self) -> Parameters {
        let mut model = self.model.clone();
        // What is believed of kinds and clocks sharpens what is learned of them.
        for _ in 0..3 {
            model = model.with(fusion::fit(&self.data, &self.truth, &model));
        }
        let calibrated = fusion::calibrate(&self.data, &self.truth, &model);
        match &self.real {
            Some(real) => fusion::weigh_existence(&self.data, real, &model.with(calibrated)),
            None => calibrated,
        }
    }

    /// Why two rows were put together or not, as terms of a score: of the better row, of the vaguer one.
    #[must_use]
    pub fn why(&self, a: usize, b: usize) -> (usize, fusion::Terms) {
        fusion::weigh_pair(&self.data, &self.model, a, b)
    }
}

/// Whether a row's place is a name: the press and the parties give no points.
fn is_named(row: &Row) -> bool {
    row.kind_of_source >= 3
}

fn datum(row: &Row, parameters: &Parameters) -> Result<Datum, PreparedError> {
    let told = &row.told;
    let kind = SOURCE_KINDS[usize::from(row.kind_of_source)];
    let name = if is_named(row) {
        let placing = if told.district { "district" } else { "settlement" };
        format!("{kind}-{placing}-{}", if told.day { "day" } else { "hour" })
    } else {
        kind.to_owned()
    };
    // A source may have a manner of its own.
    let manner = parameters.manner(&format!("{name}-{}", row.source)).or_else(|| parameters.manner(&name));
    Ok(Datum {
        id: u64::from_be_bytes(row.id.bytes()),
        manner: manner.ok_or(PreparedError(name))?,
        source: row.source,
        kind: told.kind.min(KIND_UNKNOWN),
        count: told.count,
        object: 0,
        by: 0,
        at: told.at,
        spread: told.spread,
        time_s: told.time_s,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{measure, read};

    #[test]
    fn the_prior_is_in_its_one_form() {
        assert_eq!(prior().to_text(), PRIOR);
    }

    /// Happenings on a plane, each heard by sensors and told by the press, drawn from a seed.
    fn world(seed: u64, happenings: u64) -> String {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut dice = move |sides: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) % sides
        };
        let mut rows = "inc,real,cls,inst,t,ts,x,y,sxx,sxy,syy,lab,cnt,gprec\n".to_owned();
        for happening in 0..happenings {
            let (x, y, t) = (dice(100_000) as f64 / 1e3, dice(100_000) as f64 / 1e3, dice(2_400_000) as f64 / 1e4);
            let mut row = |cls: u64, inst: u64, t: f64, ts: f64, x: f64, y: f64, sigma: f64, lab: u64| {
                let square = sigma * sigma;
                rows += &format!(
                    "{happening},1,{cls},{inst},{t:.4},{ts},{x:.3},{y:.3},{square:.4},0,{square:.4},{lab},0,0\n"
                );
            };
            let mut off = |km: f64| (dice(2_000) as f64 / 1e3 - 1.0) * km;
            row(1, 40, t, 0.03, x + off(0.2), y + off(0.2), 0.2, 0);
            row(0, 3, t + 0.02, 0.06, x + off(1.0), y + off(1.0), 1.2, 6);
            // The nearest of settlements that lie eight kilometres apart.
            let settlement = |v: f64| libm::round(v / 8.0) * 8.0;
            for outlet in 44..46 {
                row(3, outlet, libm::floor(t * 2.0 + 1.0) / 2.0, 0.6, settlement(x), settlement(y), 2.6, 0);
            }
        }
        rows
    }

    #[test]
    fn reports_of_one_happening_are_put_together() {
        let rows = read(world(7, 200).as_bytes(), Some("inc")).expect("rows");
        let prepared = Prepared::new(&rows, prior()).expect("the prior knows all manners");
        let shares = measure(&rows, &prepared.run()).all.shares();
        assert!(shares.precision > 0.9 && shares.recall > 0.6, "{shares:?}");
        // Fitting alone betters it, or leaves it as good, and gives what can be read again.
        let fitted = prepared.fit_alone(2);
        assert_eq!(Parameters::from_text(&fitted.to_text()), Ok(fitted.clone()));
        let again = measure(&rows, &Prepared::new(&rows, fitted).expect("as before").run()).all.shares();
        assert!(again.f1 > shares.f1 - 0.02, "{again:?} after {shares:?}");
    }

    #[test]
    fn a_fit_to_truth_gives_chances_that_it_happened() {
        let rows = read(world(5, 150).as_bytes(), Some("inc")).expect("rows");
        let fitted = Prepared::new(&rows, prior()).expect("as above").fit_to_truth();
        assert_eq!(Parameters::from_text(&fitted.to_text()), Ok(fitted.clone()));
        let measured = measure(&rows, &Prepared::new(&rows, fitted).expect("as above").run());
        // Everything in this world is real, and the model has learned that.
        let existence = measured.existence.expect("weights were fitted");
        assert!(existence.brier < 0.01, "{existence:?}");
        assert!(measured.pairs.expect("always given").error < 0.05);
    }

    #[test]
    fn ten_copies_are_no_more_than_one() {
        let mut parameters = Parameters { existence: vec![300; fusion::FEATURES], ..prior() };
        let rumour = |outlet: u16| format!("rumour,0,3,{outlet},100.5,0.6,40,40,6.76,0,6.76,2,7,0\n");
        let chance = |parameters: &Parameters, outlets: std::ops::Range<u16>| {
            let text = world(9, 200) + &outlets.map(rumour).collect::<String>();
            let rows = read(text.as_bytes(), Some("inc")).expect("rows");
            let outcome = Prepared::new(&rows, parameters.clone()).expect("as above").run();
            let told = (0..rows.len()).filter(|at| rows[*at].real == Some(false)).map(|at| outcome.groups[at]);
            let chances = outcome.chances.expect("weights were given");
            told.map(|group| chances[&group]).max().expect("the rumour was told")
        };
        assert_eq!(chance(&parameters, 60..61), chance(&parameters, 60..70));
        // Were the press not known to copy, ten would count.
        parameters.classes[3].is_copied = false;
        assert!(chance(&parameters, 60..61) < chance(&parameters, 60..70));
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let rows = read(world(3, 60).as_bytes(), Some("inc")).expect("rows");
        let run = |rows: &[Row]| {
            let outcome = Prepared::new(rows, prior()).expect("as above").run();
            let mut groups: Vec<Vec<String>> = vec![Vec::new(); rows.len()];
            for (row, group) in rows.iter().zip(&outcome.groups) {
                groups[*group as usize].push(row.id.to_string());
            }
            let mut pairs: Vec<(String, String, Chance)> = Vec::new();
            for (a, b, chance) in outcome.pairs.expect("the model gives them") {
                let (a, b) = (rows[a as usize].id.to_string(), rows[b as usize].id.to_string());
                pairs.push((a.clone().min(b.clone()), a.max(b), chance));
            }
            groups.iter_mut().for_each(|group| group.sort());
            groups.sort();
            pairs.sort();
            (groups, pairs)
        };
        let mut turned = rows.clone();
        turned.reverse();
        turned.rotate_left(17);
        assert_eq!(run(&rows), run(&turned));
    }

    #[test]
    fn an_unknown_manner_is_named() {
        let mut parameters = prior();
        parameters.manners.retain(|manner| manner.name.as_str() != "patrol");
        let rows = read(world(1, 1).as_bytes(), Some("inc")).expect("rows");
        let error = Prepared::new(&rows, parameters).expect_err("patrols are not known");
        assert_eq!(error.to_string(), "the parameters know no manner `patrol`; add it, with what is believed of it");
    }
}
