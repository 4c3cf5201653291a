//! The whole walk through the command line, as a person would run it: make a store, take in reports, read the bulletin,
//! check the record. Invented reports always; real ones where they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of its own for each test, gone when the test ends well.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Place {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Place(path)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file for the test");
        path
    }

    fn store(&self, name: &str, agreement: &str) -> Store {
        let dir = self.0.join(name);
        let agreement = workspace().join("agreements").join(agreement);
        // The mission's name stands in the bulletin, so stores that are compared share it.
        let made = backstop(&[
            "init",
            text(&dir),
            "--data-class",
            "operational",
            "--mission",
            "test",
            "--agreement",
            text(&agreement),
        ]);
        assert_eq!(made.status.code(), Some(0), "{}", shown(&made));
        Store(dir)
    }
}

struct Store(PathBuf);

impl Store {
    fn run(&self, args: &[&str]) -> Output {
        let mut all = vec!["--store", text(&self.0)];
        all.extend(args);
        backstop(&all)
    }

    /// Runs a command that must end with `code`; gives what it printed.
    fn check(&self, args: &[&str], code: i32) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{}", shown(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn bulletin(&self, date: &str, format: &str) -> String {
        self.check(&["report", "daily", "--date", date, "--format", format, "--unsealed"], 0)
    }

    fn sections(&self, date: &str) -> BTreeMap<String, Vec<serde_json::Value>> {
        let bulletin: serde_json::Value = serde_json::from_str(&self.bulletin(date, "json")).expect("JSON");
        let sections = bulletin["sections"].as_array().expect("sections").iter();
        sections
            .map(|s| (s["key"].as_str().expect("a key").to_owned(), s["rows"].as_array().cloned().unwrap_or_default()))
            .collect()
    }

    fn verify(&self) -> Output {
        backstop(&["verify", text(&self.0)])
    }
}

fn backstop(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_backstop")).args(args).arg("--no-progress").output().expect("the binary runs")
}

fn shown(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a UTF-8 path")
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of real data, where there is one.
fn data() -> Option<PathBuf> {
    let dir = std::env::var_os("BACKSTOP_DATA").map_or_else(|| workspace().join("../shared/data"), PathBuf::from);
    if dir.is_dir() {
        return Some(dir);
    }
    println!("skipped: no data");
    None
}

const EVENTS: &str = r#"{
 "20260411": [[36.23,49.99,"Invented","A",1,["u1"]],[36.6,49.5,"Elsewhere","F",1,["u2"]]],
 "20260412": [[36.23,49.99,"Invented","A",2,["u3","u4"]],[35.0,48.5,"Third","D",1,["u5"]],[35.0,48.5,"Third","O",1,["u6"]]]
}"#;

#[test]
fn a_source_that_knows_the_day_cannot_decide_a_clause_that_starts_at_16() {
    let place = Place::new("day-only");
    let store = place.store("store", "easter-truce-2026");
    let summary = store.check(&["import", "viina", text(&place.file("events.json", EVENTS))], 0);
    assert!(summary.contains("type O: no violent event"), "{summary}");

    let clauses_of = |date: &str| -> Vec<String> {
        let rows = store.sections(date).remove("incidents").expect("incidents");
        rows.iter().map(|row| row["clauses"].as_str().unwrap_or("none").to_owned()).collect()
    };
    for clauses in clauses_of("2026-04-11") {
        assert!(clauses.contains("cannot tell") && clauses.contains("knows only the day"), "{clauses}");
    }
    let next_day = clauses_of("2026-04-12");
    assert_eq!(next_day.len(), 2, "type O is set aside: {next_day:?}");
    for clauses in next_day {
        assert!(clauses.contains("falls under it"), "{clauses}");
    }
}

#[test]
fn silence_is_not_compliance_where_nobody_looked() {
    let place = Place::new("silence");
    let store = place.store("store", "easter-truce-2026");
    let clauses = store.sections("2026-04-12").remove("clauses").expect("clauses");
    let drones = clauses.iter().find(|row| row["rule"] == "E3").expect("the clause on long-range drones");
    assert_eq!(drones["proposed"], "no breach seen");
    assert!(drones["because"].as_str().is_some_and(|why| why.contains("nobody looked")), "{drones}");
    assert!(!clauses.iter().any(|row| row["proposed"] == "complied"));
}

#[test]
fn real_truce_counts_agree_with_the_input() {
    let Some(data) = data() else { return };
    let place = Place::new("real-truce");
    let store = easter(&place, "store", &data, false, "2");
    let file = std::fs::read(data.join("viina/viina-events-2026-jan-apr.json")).expect("the file");
    let events: BTreeMap<String, Vec<serde_json::Value>> = serde_json::from_slice(&file).expect("JSON");
    let mut days_of_page: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (day, rows) in &events {
        for page in rows.iter().flat_map(pages) {
            days_of_page.entry(page).or_default().insert(day);
        }
    }
    for (date, key) in [("2026-04-11", "20260411"), ("2026-04-12", "20260412")] {
        opens_to_its_reports(&store, date);
        // The stated filter, told again from the file alone: pages found on four days, and pages of sport and the like.
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        let unlike: BTreeSet<String> = events[key].iter().map(ToString::to_string).collect();
        for row in unlike.iter().map(|row| serde_json::from_str::<serde_json::Value>(row).expect("JSON")) {
            let pages = pages(&row);
            let stale = !pages.is_empty() && pages.iter().all(|page| days_of_page[page].len() >= 4);
            let leisure = !pages.is_empty()
                && pages
                    .iter()
                    .all(|page| ["/sport/", "//sport.", "/lite/", "/culture/"].iter().any(|part| page.contains(part)));
            if let (Some(act), false, false) = (act_of(&row), stale, leisure) {
                *expected.entry(act.to_owned()).or_default() += 1;
            }
        }
        let counts = store.check(&["report", "daily", "--date", date, "--format", "csv", "--table", "counts"], 0);
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for line in counts.lines().filter(|line| line.contains(",viina,")) {
            let fields: Vec<&str> = line.split(',').collect();
            counted.insert(fields[3].to_owned(), fields[fields.len() - 1].parse().expect("a count"));
        }
        counted.retain(|_, n| *n > 0);
        assert_eq!(counted, expected, "{date}");
    }
}

fn pages(row: &serde_json::Value) -> Vec<String> {
    let addresses = row[5].as_array().expect("addresses").iter().filter_map(|address| address.as_str());
    addresses
        .map(|address| address.split(['?', '#']).next().unwrap_or(address).trim_end_matches('/').to_owned())
        .collect()
}

fn act_of(row: &serde_json::Value) -> Option<&'static str> {
    match row[3].as_str()? {
        "S" => Some("air-strike"),
        "D" => Some("drone-strike"),
        "A" => Some("shelling"),
        "F" => Some("small-arms"),
        "C" => Some("casualties"),
        "V" => Some("armour"),
        _ => None,
    }
}

fn opens_to_its_reports(store: &Store, date: &str) {
    let sections = store.sections(date);
    let ids: Vec<&serde_json::Value> = sections["incidents"].iter().map(|row| &row["id"]).collect();
    assert!(!ids.is_empty());
    for id in &ids {
        assert!(sections["reports"].iter().any(|row| &row["incident"] == *id), "{id} opens to no report");
    }
    assert!(sections["reports"].iter().all(|row| ids.contains(&&row["incident"])));
}

/// The truce of Easter 2026 from five kinds of source, in either order.
fn easter(place: &Place, name: &str, data: &Path, backwards: bool, threads: &str) -> Store {
    let store = place.store(name, "easter-truce-2026");
    let list = |folder: &str, starts: &str| -> Vec<String> {
        let files = std::fs::read_dir(data.join(folder)).expect("a folder of data");
        let files = files.map(|file| text(&file.expect("a file").path()).to_owned());
        let mut files: Vec<String> =
            files.filter(|file| file.rsplit('/').next().is_some_and(|n| n.starts_with(starts))).collect();
        files.sort();
        files
    };
    let mut imports = vec![
        ("viina", list("viina", "viina-events")),
        ("firms", list("firms", "")),
        ("air-force", list("ua_air_force", "")),
        ("mod-messages", list("ru_mod_claims", "")),
        ("control-line", list("deepstate", "2026")),
    ];
    if backwards {
        imports.reverse();
        imports.iter_mut().for_each(|(_, files)| files.reverse());
    }
    for (kind, files) in &imports {
        let mut args = vec!["import", "--threads", threads, kind];
        args.extend(files.iter().map(String::as_str));
        let output = store.run(&args);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{kind}: {}", shown(&output));
    }
    store
}

#[test]
fn twice_in_two_orders_in_one_or_four_threads_is_the_same() {
    let place = Place::new("orders");
    let stores = match data() {
        Some(data) => {
            let first = easter(&place, "one", &data, false, "1");
            let second = easter(&place, "four", &data, true, "4");
            let size = |store: &Store| store.check(&["--json", "status"], 0);
            let before = size(&first);
            let entries = |status: &str| {
                serde_json::from_str::<serde_json::Value>(status).expect("JSON")["data"]["log"]["size"].clone()
            };
            let events = data.join("viina/viina-events-2026-jan-apr.json");
            first.check(&["import", "viina", text(&events)], 0);
            assert_eq!(entries(&before), entries(&size(&first)), "a second import writes nothing");
            [first, second]
        }
        None => {
            let events = place.file("events.json", EVENTS);
            let stores = [place.store("one", "easter-truce-2026"), place.store("four", "easter-truce-2026")];
            stores[0].check(&["import", "--threads", "1", "viina", text(&events)], 0);
            stores[1].check(&["import", "--threads", "4", "viina", text(&events), text(&events)], 0);
            stores
        }
    };
    for date in ["2026-04-11", "2026-04-12"] {
        for format in ["html", "md", "json", "csv"] {
            let [one, other] = [0, 1].map(|at| unnamed(&stores[at].bulletin(date, format)));
            assert!(one == other, "{date} {format} differs");
        }
    }
}

/// The lines of a bulletin in an order of their own, without the names of incidents: those come from what was received first, and
/// these stores received in two orders.
fn unnamed(bulletin: &str) -> Vec<String> {
    let mut rest = bulletin;
    let mut text = String::new();
    while let Some(at) = rest.find("INC-") {
        text.push_str(&rest[..at + 4]);
        rest = rest.get(at + 18..).unwrap_or_default();
    }
    text.push_str(rest);
    let mut lines: Vec<String> =
        text.replace("},{", "},\n{").replace("><", ">\n<").lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn readings_flip_the_answer_to_an_allegation() {
    let place = Place::new("readings");
    let store = place.store("store", "energy-moratorium-2025");
    let rows = "claimant,accused,date_local,time_local,region_as_named_by_claimant,place,object,means,effect,source\n\
                UA MFA,RU,2025-03-20,12:00,Kharkiv oblast,Invented,power substation,UAV,damaged,https://example.org/a\n\
                RU MoD,UA,2025-04-02,05:30,Belgorod oblast,,substation,UAV,damaged,https://example.org/b\n";
    store.check(&["import", "allegations", text(&place.file("allegations.csv", rows))], 0);
    let mut sections = store.sections("2025-04-17");
    assert!(sections.remove("incidents").expect("incidents").is_empty(), "a claim is no incident");
    let claims = sections.remove("claims").expect("claims");
    assert_eq!(claims.len(), 2);
    let would_be = |row: &serde_json::Value| row["would_be"].as_str().expect("text").to_owned();
    assert!(would_be(&claims[0]).contains("reading of Russia: a breach"), "{}", would_be(&claims[0]));
    assert!(would_be(&claims[0]).contains("reading of Ukraine: no breach"), "{}", would_be(&claims[0]));
    assert!(would_be(&claims[1]).contains("reading of Ukraine: a breach"), "{}", would_be(&claims[1]));
}

#[test]
fn published_totals_are_held_against_their_parts() {
    let Some(data) = data() else { return };
    let place = Place::new("totals");
    let store = place.store("store", "energy-moratorium-2025");
    store.check(&["import", "party-totals", text(&data.join("truce_terms/party_totals.csv"))], 0);
    let totals = store.sections("2025-05-11").remove("totals").expect("totals");
    let answer = |total: &str| {
        let row = totals.iter().find(|row| row["total"] == total).expect("a published total");
        (row["sum"].as_str().expect("a sum").to_owned(), row["answer"].as_str().expect("an answer").to_owned())
    };
    let pair = |sum: &str, answer: &str| (sum.to_owned(), answer.to_owned());
    assert_eq!(answer("4900"), pair("4900", "equal"));
    assert_eq!(answer("2935"), pair("2928", "short"));
    assert_eq!(answer("488"), pair("480", "short"));
    assert_eq!(answer("9318"), pair("9304", "short"));
    assert_eq!(answer("14043"), pair("13996", "short"));
    assert_eq!(totals.len(), 19);
}

#[test]
fn verify_says_yes_no_and_cannot_tell() {
    let place = Place::new("verify");
    let store = place.store("store", "easter-truce-2026");
    store.check(&["import", "viina", text(&place.file("events.json", EVENTS))], 0);
    assert_eq!(store.verify().status.code(), Some(0));

    let segment = store.0.join("payloads/00000000.seg");
    let whole = std::fs::read(&segment).expect("the segment");
    assert!(!whole.windows(8).any(|bytes| bytes == b"Invented"), "what was said lies there sealed");
    // In the sealed payload of the last entry, before its check.
    let at = whole.len() - 100;
    let mut changed = whole.clone();
    changed[at] ^= 1;
    std::fs::write(&segment, &changed).expect("a changed byte");
    let verified = store.verify();
    assert_eq!(verified.status.code(), Some(7), "{}", shown(&verified));
    assert!(shown(&verified).contains("entry "), "it names the entry: {}", shown(&verified));

    std::fs::write(&segment, &whole).expect("as it was");
    assert_eq!(store.verify().status.code(), Some(0));
    std::fs::remove_file(store.0.join("log/checkpoint")).expect("a piece taken away");
    let verified = store.verify();
    assert_eq!(verified.status.code(), Some(8), "{}", shown(&verified));
}

#[test]
fn real_world_reports_do_not_enter_a_simulated_store() {
    let place = Place::new("policy");
    let dir = place.0.join("store");
    let made = backstop(&["init", text(&dir), "--data-class", "simulated"]);
    assert_eq!(made.status.code(), Some(0), "{}", shown(&made));
    Store(dir).check(&["import", "viina", text(&place.file("events.json", EVENTS))], 9);
}

#[test]
fn bad_input_gets_an_error_with_its_place_and_loses_nothing() {
    let place = Place::new("bad-input");
    let store = place.store("store", "easter-truce-2026");
    let day = "acq_date,acq_time";
    let head = format!(
        "latitude,longitude,bright_ti4,scan,track,{day},satellite,confidence,version,bright_ti5,frp,daynight,instrument\n"
    );
    let row = |lat: &str, lon: &str, date: &str| {
        format!("{lat},{lon},336.5,0.39,0.44,{date},00:11:00,N20,nominal,2.0NRT,274.45,2.53,N,VIIRS\n")
    };
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("empty.csv", Vec::new(), "empty"),
        ("far-future.csv", (head.clone() + &row("46.4", "35.3", "9999-01-01")).into_bytes(), "9999"),
        ("not-a-number.csv", (head.clone() + &row("NaN", "35.3", "2026-04-11")).into_bytes(), "NaN"),
        ("swapped.csv", (head.clone() + &row("135.3", "46.4", "2026-04-11")).into_bytes(), "latitude"),
        ("encoding.csv", [head.clone().into_bytes(), b"\xff\xfe46.4,35.3\n".to_vec()].concat(), "UTF-8"),
        ("cut.csv", (head.clone() + &row("46.4", "35.3", "2026-04-11")[..20]).into_bytes(), "row 1"),
        ("no-such-columns.csv", b"a,b\n1,2\n".to_vec(), "column"),
    ];
    for (name, bytes, says) in cases {
        let file = place.file(name, bytes);
        let output = store.run(&["import", "firms", text(&file)]);
        assert_eq!(output.status.code(), Some(3), "{name}: {}", shown(&output));
        assert!(shown(&output).contains(says), "{name} should say `{says}`: {}", shown(&output));
    }
    // A JSON file that breaks off keeps what came before.
    let cut = place.file("cut.json", &EVENTS[..120]);
    let output = store.run(&["--json", "import", "viina", text(&cut)]);
    assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    assert_eq!(summary["data"]["taken"], 2, "{summary:#}");
    assert!(summary["data"]["files"][0]["problem"].is_string(), "{summary:#}");
    assert_eq!(store.verify().status.code(), Some(0));
}

#[test]
fn commands_that_are_not_understood_say_what_to_do() {
    let place = Place::new("usage");
    let store = place.store("store", "easter-truce-2026");
    let check = |args: &[&str], code: i32, says: &str| {
        let output = store.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", shown(&output));
        assert!(shown(&output).contains(says), "{args:?} should say `{says}`: {}", shown(&output));
    };
    check(&["import", "no-such-kind", "file"], 2, "there are viina");
    check(&["report", "daily", "--date", "9999-01-01"], 2, "1900 to 2198");
    check(
        &["report", "daily", "--date", "2026-04-12", "--format", "csv", "--table", "nothing"],
        2,
        "clauses, incidents",
    );
    check(&["log", "show", "999999"], 4, "there is no entry 999999");
    check(&["log", "prove", "0"], 0, "c2sp.org/tlog-proof@v1");
    check(&["log", "run"], 0, "backstop run 2");
    check(&["log", "check", "--chances"], 0, "chance of a breach of ");
    check(&["log", "check", "--json"], 0, "\"refused\": 0");
    check(&["log", "check", "--rule", "no-such-rule"], 4, "");
    let nowhere = backstop(&["--store", "/nonexistent", "status"]);
    assert_eq!(nowhere.status.code(), Some(4), "{}", shown(&nowhere));
}

#[test]
fn the_log_is_written_for_a_foreign_monitor() {
    let place = Place::new("foreign-log");
    let store = place.store("store", "easter-truce-2026");
    store.check(&["import", "viina", text(&place.file("events.json", EVENTS))], 0);
    let output = store.run(&["log", "export", "--mfotl", "--at", "2026-04-14T00:00:00Z"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let log = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    let times: Vec<i64> =
        log.lines().map(|line| line[1..].split(' ').next().expect("a time").parse().expect("a number")).collect();
    assert!(times.is_sorted() && times.last() == Some(&1_776_124_800_000), "{log}");
    assert!(log.contains(" from_"), "{log}");
    // A source that knows the day cannot say whether it was after 16:00.
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("left out INC-") && said.contains("known to the instant"), "{said}");
    store.check(&["log", "export", "--mfotl", "--at", "noon"], 2);
}
