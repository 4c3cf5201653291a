//! What it costs to put reports together, at three sizes.
//!
//! Stated work: happenings on 100 by 100 kilometres, one in six minutes, each told by an acoustic network, a patrol and two
//! outlets, of which one copies the other. The denser in time, the more competes for each report, so a larger size lasts
//! longer. Run with `cargo bench -p fusion`; a million reports only with `BACKSTOP_BENCH_MILLION=1`. Never a test: it
//! asserts nothing about time.

#![allow(clippy::disallowed_types, reason = "divan's macro registers benchmarks with a lazy lock")]
#![allow(clippy::disallowed_methods, reason = "the size of a long benchmark comes from the environment")]

use divan::Bencher;
use fusion::{Datum, Gazetteer, KIND_UNKNOWN, Model, Parameters, solve};

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

fn sizes() -> Vec<usize> {
    let most = if std::env::var_os("BACKSTOP_BENCH_MILLION").is_some() { 3 } else { 2 };
    SIZES[..most].to_vec()
}

fn main() {
    divan::main();
}

/// So many reports, the same for every run; places in units of 10 metres.
fn reports(count: usize) -> Vec<Datum> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut dice = move |sides: i32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 11) % sides.unsigned_abs() as u64) as i32
    };
    let mut data = Vec::with_capacity(count);
    while data.len() < count {
        let (x, y) = (dice(10_000), dice(10_000));
        let time_s = data.len() as i64 * 90 + i64::from(dice(360));
        let kind = dice(6) as u8;
        let mut off = |reach: i32| [x + dice(2 * reach) - reach, y + dice(2 * reach) - reach];
        let settlement = [x, y].map(|v| (v + 400) / 800 * 800);
        let told = [
            (2, 40, kind, off(20), 400, time_s),
            (0, 3, KIND_UNKNOWN, off(100), 10_000, time_s + 60),
            (6, 44, kind, settlement, 60_000, (time_s / 1_800 + 1) * 1_800),
            (6, 45, kind, settlement, 60_000, (time_s / 1_800 + 1) * 1_800),
        ];
        for (manner, source, kind, at, spread, time_s) in told {
            let id = data.len() as u64;
            data.push(Datum {
                id,
                manner,
                source,
                kind,
                count: 0,
                object: 0,
                by: 0,
                at,
                spread: [spread, 0, spread],
                time_s,
            });
        }
    }
    data.truncate(count);
    data
}

#[divan::bench(args = sizes(), sample_count = 3, sample_size = 1)]
fn put_together(bencher: Bencher, size: usize) {
    let data = reports(size);
    let prior =
        Parameters::from_text(include_str!("../../../assets/fusion/prior.txt")).expect("the prior is read by a test");
    let named: Vec<[i32; 2]> = data.iter().filter(|d| d.manner == 6).map(|d| d.at).collect();
    let model = Model::new(prior, Gazetteer::new(&named, &[]));
    bencher.counter(divan::counter::ItemsCount::new(size)).bench(|| solve(&data, &model).groups.len());
}
