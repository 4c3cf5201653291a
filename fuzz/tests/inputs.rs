//! Every seed, everything that once made a target fail, and some plain rubbish, through every target, without a fuzzer.
//! Takes the files of `seeds/` and `found/`; fails as the target does.

use fuzz::{TARGETS, Target};

/// Most of the seeds of one target that are tried here; the fuzzer takes them all.
const SEEDS_MOST: usize = 12;

fn check(target: &Target, inputs: &[Vec<u8>]) {
    for (number, input) in inputs.iter().enumerate() {
        let ran = std::panic::catch_unwind(|| (target.run)(input));
        assert!(ran.is_ok(), "{}: input {number}, {:?}", target.name, String::from_utf8_lossy(input));
    }
}

#[test]
fn seeds_what_was_found_and_rubbish_pass() {
    let rubbish = [vec![], vec![0], vec![255; 40], b"\n\n\n".to_vec(), (0..=255).collect(), vec![b'{'; 300]];
    for target in &TARGETS {
        let seeds = target.seeds();
        assert!(!seeds.is_empty(), "{} starts from nothing", target.name);
        let step = seeds.len().div_ceil(SEEDS_MOST);
        check(target, &seeds.into_iter().step_by(step).collect::<Vec<_>>());
        check(target, &target.found());
        check(target, &rubbish);
    }
    for folder in ["backstop-fuzz", "backstop-fuzz-backup"] {
        let _ = std::fs::remove_dir_all(std::env::temp_dir().join(format!("{folder}-{}", std::process::id())));
    }
}
