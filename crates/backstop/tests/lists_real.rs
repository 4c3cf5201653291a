//! `backstop fusion lists` on the example that MELTT publishes, where it is at hand: its figures come out, and the rows that it shows.

use std::path::PathBuf;
use std::process::Command;

/// Groups of the example that its authors print row by row: events of the three lists, zero for none.
const SHOWN: [[u32; 3]; 10] = [
    [0, 55, 57],
    [0, 8, 10],
    [0, 39, 36],
    [0, 44, 44],
    [1, 2, 2],
    [3, 1, 1],
    [7, 0, 4],
    [9, 5, 8],
    [10, 7, 7],
    [12, 10, 6],
];

#[test]
fn the_published_matches_come_out_and_every_difference_has_a_reason() {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let folder = std::env::var_os("BACKSTOP_DATA").map_or(beside, PathBuf::from).join("meltt_crash");
    if !folder.is_dir() {
        println!("skipped: no data");
        return;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    command.current_dir(&folder).args(["--json", "fusion", "lists"]);
    command.args(["crash_data1.csv", "crash_data2.csv", "crash_data3.csv", "--km", "4", "--days", "2"]);
    for (column, file) in [("model_tax", "model"), ("color_tax", "color"), ("damage_tax", "damage")] {
        command.args(["--taxonomy", &format!("{column}=crash_{file}_tax.csv")]);
    }
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let data = &said["data"];
    assert_eq!(data["rows"], 195);
    // Both ways of the rule give the published figures: 140 of 195 remain, 34 of them matched, overlapping as published.
    for way in &data["ways"].as_array().expect("ways")[..2] {
        assert_eq!((&way["groups"], &way["of_several"]), (&140.into(), &34.into()), "{way}");
        let mut overlap: Vec<(String, u64)> = way["overlap"]
            .as_array()
            .expect("overlap")
            .iter()
            .map(|one| (one["lists"].to_string().replace("crash_data", ""), one["groups"].as_u64().expect("a number")))
            .collect();
        overlap.sort();
        let expected = [
            (r#"["1","2","3"]"#, 21),
            (r#"["1","2"]"#, 5),
            (r#"["1","3"]"#, 4),
            (r#"["1"]"#, 41),
            (r#"["2","3"]"#, 4),
            (r#"["2"]"#, 34),
            (r#"["3"]"#, 31),
        ];
        assert_eq!(overlap, expected.map(|(lists, groups)| (lists.to_owned(), groups)));
    }
    // The rows that its authors show are those of first come; best fit has others for two of them.
    let pairs = |name: &str| -> Vec<[String; 2]> {
        let ways = data["ways"].as_array().expect("ways");
        let way = ways.iter().find(|way| way["way"] == name).expect("the way");
        serde_json::from_value(way["together"].clone()).expect("pairs")
    };
    let shown: Vec<[String; 2]> = SHOWN
        .iter()
        .flat_map(|events| {
            let named: Vec<String> = (1..)
                .zip(events)
                .filter(|(_, event)| **event != 0)
                .map(|(list, event)| format!("crash_data{list} {event}"))
                .collect();
            (1..named.len()).map(|at| [named[0].clone(), named[at].clone()]).collect::<Vec<_>>()
        })
        .collect();
    let (first, best) = (pairs("rule, first come"), pairs("rule, best fit"));
    assert!(shown.iter().all(|pair| first.contains(pair)), "{shown:?}");
    assert_eq!(shown.iter().filter(|pair| !best.contains(pair)).count(), 2, "{shown:?}");
    let differences = data["differences"].as_array().expect("differences");
    assert!(
        !differences.is_empty() && differences.iter().all(|one| one["why"].as_str().is_some_and(|why| !why.is_empty()))
    );
}
