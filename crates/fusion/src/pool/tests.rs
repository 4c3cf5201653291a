//! Holds a pool against all put together at once, on random histories of reports and orders.

use super::*;
use crate::gazetteer::Gazetteer;
use crate::parameters::Parameters;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

fn model() -> Arc<Model> {
    Arc::new(Model::new(Parameters::believed(), Gazetteer::new(&[], &[])))
}

/// A report as a few small numbers say it: near others, often a repeat of one.
fn datum(model: &Model, id: u64, [class, grain, source, kind, count]: [u8; 5], [x, y, minute]: [i16; 3]) -> Datum {
    const CLASSES: [&str; 4] = ["monitor", "sensor", "satellite", "press"];
    const GRAINS: [(&str, i64); 4] = [("minute", 4), ("quarter", 5), ("hour", 20), ("day", 300)];
    let (grain, fine) = GRAINS[usize::from(grain) % 4];
    let name = format!("{}-{grain}", CLASSES[usize::from(class) % 4]);
    let variance = fine * fine;
    Datum {
        id,
        manner: model.parameters.manner(&name).expect("a manner of missions"),
        source: u16::from(source % 5),
        kind: kind % 7,
        count: u32::from(count % 3),
        object: 0,
        by: 0,
        at: [i32::from(x % 8) * 60, i32::from(y % 8) * 60],
        spread: [variance, 0, variance],
        time_s: i64::from(minute.rem_euclid(40)) * 180,
    }
}

/// What happens to a pool.
#[derive(Clone, Debug)]
enum Step {
    Tell([u8; 5], [i16; 3]),
    /// The report with this number, in the order told, says something else.
    Revise(usize, [u8; 5], [i16; 3]),
    Forget(usize),
    Together(usize, usize),
    Apart(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let told = || (any::<[u8; 5]>(), any::<[i16; 3]>());
    prop_oneof![
        12 => told().prop_map(|(said, at)| Step::Tell(said, at)),
        2 => (any::<usize>(), told()).prop_map(|(which, (said, at))| Step::Revise(which, said, at)),
        3 => any::<usize>().prop_map(Step::Forget),
        1 => any::<(usize, usize)>().prop_map(|(a, b)| Step::Together(a, b)),
        1 => any::<(usize, usize)>().prop_map(|(a, b)| Step::Apart(a, b)),
    ]
}

/// A history of reports and orders, as a list that a pool is told to hold.
struct History {
    model: Arc<Model>,
    here: Vec<Datum>,
    told: u64,
    together: Vec<(u64, u64)>,
    apart: Vec<(u64, u64)>,
}

impl History {
    fn new(model: &Arc<Model>) -> History {
        History { model: Arc::clone(model), here: Vec::new(), told: 0, together: Vec::new(), apart: Vec::new() }
    }

    fn take(&mut self, step: &Step) {
        let count = self.here.len();
        let two = |a: usize, b: usize| (self.here[a % count].id, self.here[b % count].id);
        match step {
            Step::Tell(said, at) => {
                // Ids that do not grow with time, as hashes do not.
                self.told += 1;
                self.here.push(datum(&self.model, self.told.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 4, *said, *at));
            }
            _ if count == 0 => {}
            Step::Revise(which, said, at) => {
                let id = self.here[which % count].id;
                self.here[which % count] = datum(&self.model, id, *said, *at);
            }
            Step::Forget(which) => {
                self.here.swap_remove(which % count);
            }
            Step::Together(a, b) => self.together.push(two(*a, *b)),
            Step::Apart(a, b) => self.apart.push(two(*a, *b)),
        }
    }

    fn ties(&self) -> Ties {
        let place = |id: u64| self.here.iter().position(|datum| datum.id == id).map(|at| at as u32);
        let both = |(a, b): &(u64, u64)| Some((place(*a)?, place(*b)?));
        Ties::new(self.together.iter().filter_map(both), self.apart.iter().filter_map(both))
    }
}

fn at_once(History { here, model, .. }: &History, ties: &Ties) -> Solved {
    solve_within(here, model, Background::Believed, ties)
}

/// Holds a pool, changed by so many steps at a time, against all put together at once.
fn check(cases: u32, most_steps: usize, batches: impl Strategy<Value = usize>) {
    let model = model();
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let histories = (proptest::collection::vec(step(), 1..most_steps), batches);
    let one = |(steps, batch): (Vec<Step>, usize)| {
        let (mut pool, mut history) = (Pool::new(Arc::clone(&model)), History::new(&model));
        for steps in steps.chunks(batch) {
            steps.iter().for_each(|step| history.take(step));
            let ties = history.ties();
            pool.hold(&history.here, &ties);
            prop_assert_eq!(pool.solved(&history.here), at_once(&history, &ties));
        }
        Ok(())
    };
    if let Err(found) = runner.run(&histories, one) {
        panic!("{found}");
    }
}

#[test]
fn one_by_one_is_all_at_once() {
    check(200, 90, Just(1));
}

#[test]
fn in_batches_is_all_at_once() {
    check(200, 250, 5usize..100);
}

#[test]
fn what_was_taken_out_leaves_nothing() {
    let model = model();
    let data: Vec<Datum> =
        (0..40).map(|at| datum(&model, at * 7 % 40, [at as u8; 5], [at as i16, 3, at as i16])).collect();
    let mut pool = Pool::new(Arc::clone(&model));
    pool.hold(&data, &Ties::default());
    let before = pool.solved(&data);
    assert!(before.pairs.len() > 20, "{} pairs", before.pairs.len());
    for at in 40..80 {
        pool.tell(datum(&model, at, [at as u8; 5], [at as i16, 2, at as i16]));
    }
    pool.settle();
    (40..80).for_each(|id| pool.forget(id));
    pool.settle();
    assert_eq!(pool.solved(&data), before);
    data.iter().for_each(|datum| pool.forget(datum.id));
    pool.settle();
    assert_eq!(pool.solved(&[]), at_once(&History::new(&model), &Ties::default()));
}

#[test]
fn a_crowd_is_put_together_at_once() {
    let model = model();
    // One who knows the place but only the day asks all who know the minute, one more than it may; they hardly meet one another.
    let one = |id: u64, [class, grain]: [u8; 2], sigma: i64| {
        let variance = sigma * sigma;
        let datum = datum(&model, id, [class, grain, id as u8, 0, 0], [0, 0, 0]);
        Datum { spread: [variance, 0, variance], time_s: id as i64 * 36, ..datum }
    };
    let mut data: Vec<Datum> = (0..=MOST as u64).map(|id| one(id, [0, 0], 300)).collect();
    data.push(one(MOST as u64 / 2 + 10_000, [3, 3], 5));
    data.last_mut().expect("one").time_s = 43_200;
    data.reverse();
    let mut pool = Pool::new(Arc::clone(&model));
    let alone = |model: &Model, data: &[Datum]| solve_within(data, model, Background::Believed, &Ties::default());
    pool.hold(&data, &Ties::default());
    let crowded = pool.solved(&data);
    assert!(crowded.crowded > 0);
    assert_eq!(crowded, alone(&model, &data));
    data.truncate(30);
    pool.hold(&data, &Ties::default());
    assert_eq!(pool.solved(&data), alone(&model, &data));
}
