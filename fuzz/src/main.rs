//! The fuzzer's program. Takes libFuzzer's arguments, with the target's name in `FUZZ_TARGET`; runs that target for ever or
//! as long as it is told. With `FUZZ_SEEDS` set to a folder it writes the seeds of every target there and ends.

#![no_main]
#![allow(unsafe_code, reason = "the macro exports the function that libFuzzer calls")]

use fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;
use std::path::Path;
use std::sync::OnceLock;

static CHOSEN: OnceLock<&Target> = OnceLock::new();

fn choose() {
    if let Some(folder) = std::env::var_os("FUZZ_SEEDS") {
        write_seeds(Path::new(&folder));
        std::process::exit(0);
    }
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let Some(target) = Target::named(&name) else {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("`{name}` is no target; set FUZZ_TARGET to one of: {}", names.join(", "));
        std::process::exit(2);
    };
    CHOSEN.get_or_init(|| target);
}

fn write_seeds(folder: &Path) {
    for target in &TARGETS {
        let folder = folder.join(target.name);
        std::fs::create_dir_all(&folder).expect("a folder for seeds");
        for (number, seed) in target.seeds().iter().enumerate() {
            std::fs::write(folder.join(format!("{number:03}")), seed).expect("a seed is written");
        }
    }
}

fuzz_target!(init: choose(), |bytes: &[u8]| {
    (CHOSEN.get().expect("invariant: chosen before the first input").run)(bytes);
});
