//! `backstop reader`: who may read what of a copy.

use super::*;

#[test]
fn a_reader_reads_its_classes_of_a_copy_until_it_is_removed() {
    let place = Place::new("readers");
    let store = place.store(4);
    let secret = place.path("north.secret");
    let made = says(&["reader", "new", &secret], 0);
    let key = made.out.trim();
    assert!(made.err.contains("north.secret") && key.starts_with("backstop-reader/1 "), "{key}");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(&secret).expect("made").permissions().mode() & 0o777, 0o600);
    assert!(!made.out.contains(fs::read_to_string(&secret).expect("made").trim()), "the secret is not printed");
    refuses(&["reader", "new", &secret], 2, &["north.secret", "there already"]);
    refuses(&["reader", "new", &place.path("no/folder")], 1, &["no/folder"]);
    let other = data(&["reader", "new", &place.path("south.secret")], 0, "backstop.reader-new/1");
    let south = other["key"].as_str().expect("a key");

    let add = |name: &str, key: &str, class: &str, code: i32, parts: &[&str]| {
        let args = ["--store", &store, "reader", "add", name, key, "--class", class];
        if code == 0 {
            drop(says(&args, 0));
        } else {
            refuses(&args, code, parts);
        }
    };
    add("north", key, "mission", 0, &[]);
    add("north", "a key", "mission", 2, &["backstop reader new"]);
    add("North", south, "mission", 2, &["`North`", "lower-case"]);
    add("store", south, "mission", 2, &["`store`"]);
    add("south", key, "mission", 2, &["another reader has this key"]);
    add("south", south, "public", 2, &["`public` is open to everyone"]);
    says(&["--store", &store, "reader", "add", "south", south], 2);
    let added = data(
        &["--store", &store, "reader", "add", "south", south, "--class", "restricted"],
        0,
        "backstop.reader-add/1",
    );
    assert_eq!(added["name"], "south");
    let listed = says(&["--store", &store, "reader", "list"], 0).out;
    let north =
        listed.lines().find(|line| line.starts_with(&format!("north  mission  {key}  since 20"))).expect(&listed);
    assert!(north.ends_with(", entry 5"), "{north}");
    let said = says(&["--store", &store, "log", "show", "5"], 0).out;
    assert!(said.contains("reader.entitled") && said.contains("north"), "{said}");
    let listed = data(&["--store", &store, "reader", "list"], 0, "backstop.readers/1");
    let names = listed["readers"].as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name"));
    assert_eq!(names.collect::<Vec<_>>(), ["north", "south", "store"]);

    // A copy without the store's own secrets is read by whoever is entitled, and by no one else.
    let taken = |name: &str| {
        let copied = place.path(name);
        copy(Path::new(&store), Path::new(&copied));
        ["reader.key", "author.key", "log.key"]
            .iter()
            .for_each(|key| fs::remove_file(Path::new(&copied).join("keys").join(key)).expect("there"));
        copied
    };
    let first = taken("first");
    assert!(says(&["verify", &first], 0).out.contains("sealed: no key to them here"));
    assert!(
        says(&["verify", &first, "--reader-key", &place.path("south.secret")], 0)
            .out
            .contains("sealed: no key to them here")
    );
    let read = says(&["verify", &first, "--reader-key", &secret], 0).out;
    assert!(!read.contains("sealed"), "{read}");
    refuses(
        &["verify", &first, "--reader-key", &place.file("no.secret", "nothing\n")],
        2,
        &["holds no reader's secret"],
    );

    refuses(&["--store", &store, "reader", "remove", "nobody"], 4, &["`nobody`", "reader list"]);
    refuses(&["--store", &store, "reader", "remove", "store"], 2, &["`store`"]);
    let removed = data(&["--store", &store, "reader", "remove", "north"], 0, "backstop.reader-remove/1");
    assert_eq!(removed["name"], "north");
    let said = says(&["--store", &store, "log", "show", "7"], 0).out;
    assert!(said.contains("reader.removed") && said.contains("north"), "{said}");
    // Who was let in is never erased; neither is that it ended.
    for entry in ["5", "7"] {
        let erase = [&["--store", &store, "redact", entry, "--yes"][..], &ORDER].concat();
        refuses(&erase, 9, &["reader.", "never erased"]);
    }
    let second = taken("second");
    assert!(says(&["verify", &second, "--reader-key", &secret], 0).out.contains("sealed: no key to them here"));
    assert!(!says(&["verify", &first, "--reader-key", &secret], 0).out.contains("sealed"), "what it took it keeps");
    assert!(says(&["verify", &store], 0).out.ends_with("verified\n"));
}
