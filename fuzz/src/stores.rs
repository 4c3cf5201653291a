//! Whole stores with one file replaced or harmed: settings, keys, segments, tiles, checkpoint; and what authorities of
//! timestamps answer. Takes bytes; panics when the verifier or the reader does, or when a changed store passes. Works in a
//! folder of its own among the temporary ones, which whoever runs it removes.

use backstop::storage::{DataClass, NewEntry, Reader, Settings, Store, Verification, verify};
use mission::record::canonical::Value;
use mission::record::envelope::Class;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};

/// The files that can be harmed, by the first byte of an input.
const FILES: [&str; 12] = [
    "payloads/00000000.seg",
    "store.toml",
    "keys/log.pub",
    "keys/author.pub",
    "log/checkpoint",
    "log/tile/entries/000.p/7",
    "log/tile/0/000.p/7",
    "log/tile/0/001",
    "payloads/00000001.seg",
    "record-keys/root",
    "record-keys/table-00000000",
    "record-keys/page-00000000-00000000",
];

struct Sound {
    folder: PathBuf,
    bytes: [Vec<u8>; FILES.len()],
}

fn sound() -> &'static Sound {
    static SOUND: LazyLock<Sound> = LazyLock::new(|| {
        let folder = std::env::temp_dir().join(format!("backstop-fuzz-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let settings = Settings {
            data_class: DataClass::Simulated,
            mission: "fuzz".into(),
            created_at_ms: 1_775_900_000_000,
            seed: Some([5; 32]),
        };
        let mut store = Store::create(&folder, &settings).expect("a store");
        for numbers in [0..3, 3..7] {
            store.append(numbers.map(entry).collect()).expect("appended");
            store.publish().expect("published");
        }
        drop(store);
        let bytes = FILES.map(|name| fs::read(folder.join(name)).unwrap_or_default());
        Sound { folder, bytes }
    });
    &SOUND
}

fn entry(number: i64) -> NewEntry {
    let text = Value::Text(format!("observation {number}"));
    let payload = Value::Fields(BTreeMap::from([("number".into(), Value::Integer(number)), ("text".into(), text)]));
    NewEntry { kind: "observation".into(), class: Class::Mission, received_at_ms: 1_775_900_000_000 + number, payload }
}

/// Which file; then how: whole new bytes, or `(place, length, new bytes)` cut into it.
pub(crate) fn store(bytes: &[u8]) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let [which, how, rest @ ..] = bytes else { return };
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(|earlier| earlier.into_inner());
    let sound = sound();
    let which = usize::from(*which) % FILES.len();
    let was = &sound.bytes[which];
    let is = if how & 1 == 0 { rest.to_vec() } else { harmed(was, rest) };
    let file = sound.folder.join(FILES[which]);
    fs::write(&file, &is).expect("written");
    let verification = verify(&sound.folder);
    let yes = matches!(verification, Verification::Yes { .. });
    if let Ok(reader) = Reader::open(&sound.folder) {
        let _ = reader.entries().take_while(Result::is_ok).count();
        let _ = (reader.leaf(6), reader.payload(0), reader.prove(5), reader.prove_consistency(3));
    }
    match was.is_empty() {
        true => fs::remove_file(&file).expect("removed"),
        false => fs::write(&file, was).expect("written"),
    }
    assert!(!yes || is == *was || says_the_same(FILES[which], was, &is), "{} was changed and passes", FILES[which]);
}

/// An outside authority's whole answer.
pub(crate) fn timestamp(bytes: &[u8]) {
    let _ = backstop::timestamp::read(bytes);
}

pub(crate) fn harmed(was: &[u8], rest: &[u8]) -> Vec<u8> {
    let [place_high, place_low, length, new @ ..] = rest else { return was.to_vec() };
    let place = usize::from(u16::from_be_bytes([*place_high, *place_low])) % (was.len() + 1);
    let end = (place + usize::from(*length)).min(was.len());
    [&was[..place], new, &was[end..]].concat()
}

/// Whether a change is none to what the file says: other words of TOML, ends of line, a line by an unknown key.
fn says_the_same(name: &str, was: &[u8], is: &[u8]) -> bool {
    let text = |bytes| String::from_utf8(Vec::from(bytes)).unwrap_or_default();
    match name {
        // `verify` reads what it needs of the settings; the form of TOML is free, and the time of creation is only told.
        "store.toml" => true,
        "keys/log.pub" | "keys/author.pub" => text(was).trim() == text(is).trim(),
        "log/checkpoint" => text(is).starts_with(text(was).split("\n\n").next().unwrap_or_default()),
        // One half of the root counts, to the end of its check; what follows whole lines and slots was being written.
        "record-keys/root" => is.get(..88) == was.get(..88),
        "record-keys/table-00000000" | "record-keys/page-00000000-00000000" => is.starts_with(was),
        _ => false,
    }
}
