//! Evidence: sealed where it lies, and closed for good with the entry that took it in.

use super::*;

const LETTER: &str = "CANARY-the-letter-that-she-wrote";

fn add<'a>(store: &'a str, file: &'a str) -> Vec<&'a str> {
    let how = ["--method", "handed over", "--custodian", "records office"];
    [&["--store", store, "evidence", "add", file], how.as_slice()].concat()
}

#[test]
fn an_erased_acquisition_takes_the_bytes_with_it() {
    let place = Place::new("items");
    let store = place.store(2);
    let folder = Path::new(&store);
    let letter = place.file("letter.txt", LETTER.repeat(9000));
    let other = place.file("other.txt", "another letter");
    let name = says(&add(&store, &letter), 0).out[..64].to_owned();
    says(&add(&store, &other), 0);
    assert_eq!(holding(folder, LETTER.as_bytes()), Vec::<PathBuf>::new(), "it is sealed where it lies");
    // The same bytes again are the same item, under the same key.
    says(&add(&store, &letter), 0);
    let (first, second) = ("3", "5");
    let sealed = |entry: &str| says(&["--store", &store, "log", "show", entry], 0).out;
    let key = |entry: &str| {
        let shown = sealed(entry);
        let at = shown.find("sealed_under").expect("a key");
        shown[at..].chars().filter(char::is_ascii_hexdigit).collect::<String>()[5..69].to_owned()
    };
    assert_eq!(key(first), key(second));
    assert_ne!(key(first), key("4"));
    let taken_away = place.0.join("taken-away");
    copy(folder, &taken_away);

    let redact = |entry: &str| says(&[&["--store", &store, "redact", entry, "--yes"][..], &ORDER].concat(), 0).err;
    let told = redact(first);
    assert!(!told.contains(&key(second)) && !told.contains("sealed_under"), "{told}");
    // The other acquisition of the same bytes stands, and so do they.
    says(&["--store", &store, "evidence", "check", &name], 0);
    let out = place.path("copy");
    let leaves = ["--by", "laboratory", "--reason", "to look at"];
    says(&[&["--store", &store, "evidence", "export", &name, "--out", &out][..], &leaves].concat(), 0);
    assert_eq!(fs::read_to_string(&out).expect("a copy"), LETTER.repeat(9000));

    let gone = key(second);
    let told = redact(second);
    assert!(told.contains(&format!("destroyed the bytes of `{name}`")), "{told}");
    assert_eq!(holding(folder, gone.as_bytes()), Vec::<PathBuf>::new());
    assert_eq!(holding(folder, LETTER.as_bytes()), Vec::<PathBuf>::new());
    assert!(!folder.join("evidence").join(&name[..2]).join(format!("{name}.sealed")).exists());
    // Put back from elsewhere, the sealed bytes open no more.
    let there = taken_away.join("evidence").join(&name[..2]).join(format!("{name}.sealed"));
    let here = folder.join("evidence").join(&name[..2]).join(format!("{name}.sealed"));
    fs::create_dir_all(here.parent().expect("a folder")).expect("made");
    fs::copy(there, &here).expect("put back");
    let checked = says(&["--store", &store, "evidence", "check", &name], 8).out;
    assert!(checked.contains("cannot tell (not there)"), "{checked}");
    says(&["--store", &store, "redact", "--finish"], 0);
    assert!(!here.exists(), "and are destroyed again");
    says(&["verify", &store], 0);
    let listed = says(&["--store", &store, "evidence", "list"], 0).out;
    assert!(listed.contains("other.txt"), "what was not ordered erased stays: {listed}");
}

/// What an earlier version took in lies as it came. It is read, and `check` says that it is not sealed.
#[test]
fn an_item_that_lies_as_it_came_is_named() {
    let place = Place::new("plain");
    let store = place.store(2);
    let letter = place.file("letter.txt", LETTER);
    let name = says(&add(&store, &letter), 0).out[..64].to_owned();
    let folder = Path::new(&store).join("evidence").join(&name[..2]);
    fs::remove_file(folder.join(format!("{name}.sealed"))).expect("removed");
    fs::copy(&letter, folder.join(&name)).expect("as an earlier version left it");
    let checked = says(&["--store", &store, "evidence", "check"], 0);
    assert!(checked.out.contains("bytes unchanged: yes"), "{}", checked.out);
    assert!(checked.err.contains("1 item lies unsealed"), "{}", checked.err);
    let erased = [&["--store", &store, "redact", "3", "--yes"][..], &ORDER].concat();
    assert!(says(&erased, 0).err.contains("destroyed the bytes"));
    assert_eq!(holding(Path::new(&store), LETTER.as_bytes()), Vec::<PathBuf>::new());
}
