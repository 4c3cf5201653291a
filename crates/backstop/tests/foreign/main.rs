//! A log that our store made, harmed in every way we could think of, before the eyes of programs that nobody here wrote.
//!
//! Takes the store under test; gives for each kind of harm and each verifier whether it refuses. `docs/foreign-eyes.md` is
//! the table, made and compared here. A verifier that is not installed is skipped, and the test says so.

mod classes;
mod edges;
mod ours;
mod page;
mod peers;
mod world;

use classes::{CLASSES, unseen};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use world::World;

/// Who looks, in the order of the table's columns.
pub(crate) const VERIFIERS: [&str; 7] =
    ["ours", "Go x/mod", "aics-tlog", "tlog-scales", "signed_note, tlog_tiles", "ct-merkle", "aics-witness"];

/// What each verifier said, by verifier and folder of the case; absent verifiers are absent.
pub(crate) type Verdicts = BTreeMap<String, BTreeMap<String, String>>;

/// The parts of a check, in order; a verdict that is no `yes` begins with one.
pub(crate) const PARTS: [&str; 5] = ["key", "checkpoint", "tree", "history", "receipt"];

/// A folder that goes when the test does.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Scratch {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = base.join(format!("backstop-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a place for temporary files");
        Scratch(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Every kind of harm is refused by every verifier that can see it, and the untouched log by none.
#[test]
fn each_verifier_refuses_each_kind_of_harm() {
    let scratch = Scratch::new("foreign-eyes");
    let world = World::new(&scratch.path().join("world"));
    let cases = scratch.path().join("cases");
    let mut folders: Vec<String> = vec!["00-untouched".into()];
    world.case(&cases.join(&folders[0]));
    for (number, class) in CLASSES.iter().enumerate() {
        let name = format!("{:02}-{}", number + 1, class.part);
        (class.harm)(&world, &world.case(&cases.join(&name)));
        folders.push(name);
    }
    let mut verdicts = peers::outside(&cases, scratch.path());
    verdicts.extend(peers::crates(&cases, &folders));
    verdicts.insert("ours".into(), ours::verdicts(&world, &cases, &folders));
    let mut wrong = Vec::new();
    for (verifier, said) in &verdicts {
        for (number, folder) in folders.iter().enumerate() {
            let said = said.get(folder).unwrap_or_else(|| panic!("{verifier} did not look at {folder}"));
            let complaint = match number.checked_sub(1).map(|number| &CLASSES[number]) {
                None => (said != "yes").then(|| "refuses what nobody touched".to_owned()),
                Some(class) => {
                    let expected = unseen(class.harms, verifier);
                    match (said.as_str(), expected) {
                        ("yes", Some(_)) => None,
                        ("yes", None) => Some("accepts it".to_owned()),
                        (_, Some(why)) => Some(format!("refuses it, and the table says it does not see it: {why}")),
                        (_, None) => too_early(class.part, said),
                    }
                }
            };
            wrong.extend(complaint.map(|words| {
                let harm = number.checked_sub(1).map_or("nothing", |number| CLASSES[number].harms);
                format!("{verifier} on `{harm}`: {words} ({said})")
            }));
        }
    }
    if std::env::var_os("SHOW_VERDICTS").is_some() {
        println!("{verdicts:#?}");
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// A refusal before the part that was touched is an accident of the harness, and no refusal of the harm.
fn too_early(touched: &str, said: &str) -> Option<String> {
    let place = |part: &str| PARTS.iter().position(|known| *known == part);
    let (refused, touched) = (place(said.split(':').next().unwrap_or_default()), place(touched));
    (refused < touched).then(|| "refuses a part that nobody touched".to_owned())
}

#[test]
fn the_page_is_up_to_date() {
    page::check();
}
