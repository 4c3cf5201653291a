//! Evidence: sealed where it lies, and closed for good with the entry that took it in.

use super::*;
use backstop::station;
use backstop::storage::Reader;
use mission::record::hex::hex;

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
    says(&add(&store, &letter), 0);
    let (first, second) = ("3", "5");
    // What the entry says does not open the item: its key is in there only as the entry's own key wraps it.
    let wrapped = |entry: &str| {
        let shown = says(&["--store", &store, "log", "show", entry], 0).out;
        assert!(!shown.contains("sealed_under"), "{shown}");
        let at = shown.find("key_wrapped").expect("a wrapped key") + "key_wrapped".len();
        shown[at..].chars().filter(char::is_ascii_hexdigit).take(96).collect::<String>()
    };
    assert!([first, "4"].iter().all(|entry| wrapped(entry) != wrapped(second)));
    // For who may read the entries in the store, both acquisitions open the one item.
    let reader = Reader::open(folder).expect("opened");
    let (mission, _) = station::of(&reader).expect("folded");
    let of = |name: &str| {
        let exhibit = mission.evidence().iter().find(|(held, _)| held.to_string() == name).expect("held").1;
        reader.item_keys(exhibit).expect("read")
    };
    assert_eq!(of(&name).len(), 2);
    assert_eq!(of(&name)[0], of(&name)[1], "the same bytes again are the same item, under the same key");
    let gone = of(&name)[0];
    let taken_away = place.0.join("taken-away");
    copy(folder, &taken_away);

    let redact = |entry: &str| says(&[&["--store", &store, "redact", entry, "--yes"][..], &ORDER].concat(), 0).err;
    let told = redact(first);
    assert!(!told.contains("sealed_under") && !told.contains("key_wrapped"), "{told}");
    // The other acquisition of the same bytes stands, and so do they.
    says(&["--store", &store, "evidence", "check", &name], 0);
    let out = place.path("copy");
    let leaves = ["--by", "laboratory", "--reason", "to look at"];
    says(&[&["--store", &store, "evidence", "export", &name, "--out", &out][..], &leaves].concat(), 0);
    assert_eq!(fs::read_to_string(&out).expect("a copy"), LETTER.repeat(9000));

    let told = redact(second);
    assert!(told.contains(&format!("destroyed the bytes of `{name}`")), "{told}");
    for spelt in [gone.bytes().to_vec(), hex(gone.bytes()).into_bytes()] {
        assert_eq!(holding(folder, &spelt), Vec::<PathBuf>::new());
        assert_eq!(holding(&taken_away, &spelt), Vec::<PathBuf>::new(), "nor does it lie in a copy, but wrapped");
    }
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
