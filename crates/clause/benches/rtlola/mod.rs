//! RTLola beside the monitor: the same trace, and what of the four clauses it can say.
//!
//! Takes the path of `rtlola-cli` and facts in order of time; gives what it found and how long its program ran. Places are
//! settled before: it is given the number of the sector. It has no ceiling at each fact, since its windows are looked at
//! at fixed instants, and takes nothing late.

use clause::Fact;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant as Clock;
use terms::{Act, Instant};

/// What it is asked: one for each clause that it can say, and all of them at once.
pub(crate) const ASKED: [(&str, &[&str]); 4] =
    [("C1", &[C1]), ("C2", &[C2]), ("C4", &[C4]), ("C1, C2 and C4", &[C1, C2, C4])];

const INPUTS: &str = "input heavy: Int64\ninput shelled: String\ninput told: String\ninput warned: String\n\
    input warning: String\ninput withdrew: String\ninput last: Bool\n\n";
const C1: &str = "output c1 eval @heavy when heavy == 0 with heavy\n";
/// A term's last instant still belongs to it, hence the millisecond.
const C2: &str = "output c2(i: String)\n  spawn with shelled\n  eval @Local(86400.001s) with true\n  \
    close @told when told == i\n";
const C4: &str = "output c4(k: String, i: String)\n  spawn with (warned, warning)\n  \
    eval @Local(172800.001s) with true\n  close @withdrew when withdrew == k\n";

/// What it found, and how long it ran.
pub(crate) struct Heard {
    pub(crate) breaches: usize,
    pub(crate) seconds: f64,
}

/// Lets the program hear all facts, and then that nothing more happened until `end`.
pub(crate) fn hear(program: &Path, outputs: &[&str], facts: &[(Fact, u64)], end: Instant) -> Heard {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-rtlola");
    std::fs::create_dir_all(&folder).expect("a folder for the files");
    let (specification, events) = (folder.join("clauses.lola"), folder.join("facts.csv"));
    std::fs::write(&specification, format!("{INPUTS}{}", outputs.concat())).expect("a file for the peer");
    std::fs::write(&events, table(facts, end)).expect("a file for the peer");
    let mut command = Command::new(program);
    command.args(["monitor", "--verbosity", "outputs", "--offline", "relative-float-secs", "--csv-in"]);
    let clock = Clock::now();
    let output = command.arg(&events).arg(&specification).output().expect("the peer runs");
    let seconds = clock.elapsed().as_secs_f64();
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    // A clock that nothing stops strikes again and again; a presence is told once for each.
    let told = said.lines().filter_map(|line| line.split_once("[Output][")?.1.split_once(']'));
    let (present, late): (Vec<&str>, Vec<&str>) = told.map(|(which, _)| which).partition(|which| *which == "c1");
    Heard { breaches: present.len() + late.into_iter().collect::<BTreeSet<_>>().len(), seconds }
}

fn table(facts: &[(Fact, u64)], end: Instant) -> String {
    let first = facts.first().map_or(end, |(fact, _)| fact.happened.latest());
    let time = |at: Instant| {
        let ms = at.ms() - first.ms();
        format!("{}.{:03}", ms / 1_000, ms % 1_000)
    };
    let mut rows = "time,heavy,shelled,told,warned,warning,withdrew,last\n".to_owned();
    for (fact, sector) in facts {
        let (id, by) = (&fact.id, fact.by.as_ref().map_or("", |by| by.as_str()));
        let row = if fact.act == Act::HeavyWeapon {
            format!("{sector},#,#,#,#,#")
        } else if fact.act == Act::Shelling {
            format!("#,{id},#,#,#,#")
        } else if let Some(about) = &fact.about {
            format!("#,#,{about},#,#,#")
        } else if fact.act == Act::AccessDenied {
            format!("#,#,#,{by}-{sector},{id},#")
        } else {
            assert_eq!(fact.act, Act::Withdrawal, "the trace has nothing else");
            format!("#,#,#,#,#,{by}-{sector}")
        };
        rows += &format!("{},{row},#\n", time(fact.happened.latest()));
    }
    rows + &format!("{},#,#,#,#,#,#,true\n", time(end))
}
