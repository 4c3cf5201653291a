//! A backup with one file replaced or harmed. Takes bytes; panics when the check does, or when it passes a backup that is not what
//! was written. Works in a folder of its own among the temporary ones, which whoever runs it removes.

use crate::stores::harmed;
use backstop::backup::{Former, Given, Identity, Keep, Order, Signing, check, make, wipe};
use backstop::storage::{DataClass, Settings, Store};
use std::fs;
use std::path::PathBuf;
use std::slice::from_ref;
use std::sync::{LazyLock, Mutex};
use terms::Instant;
use verifier::Answer;

struct Sound {
    folder: PathBuf,
    key: Identity,
    files: Vec<(PathBuf, Vec<u8>)>,
}

fn sound() -> &'static Sound {
    static SOUND: LazyLock<Sound> = LazyLock::new(|| {
        let folder = std::env::temp_dir().join(format!("backstop-fuzz-backup-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let settings =
            Settings { data_class: DataClass::Exercise, mission: "fuzz".into(), created_at_ms: 1, seed: None };
        drop(Store::create(&folder.join("store"), &settings).expect("a store"));
        let key = Identity::draw().expect("a key");
        let order = Order {
            store: &folder.join("store"),
            to: &folder.join("copy"),
            secrets_to: None,
            recipients: &[key.recipient()],
            signing: Signing::Included,
            former: Former::Replaced,
            scratch: &folder.join("scratch"),
            at: Instant::EARLIEST,
        };
        make(&order, &mut |_| {}).expect("a backup");
        let listed = ["copy", "copy/blocks"].map(|part| fs::read_dir(folder.join(part)).expect("listed"));
        let mut paths: Vec<PathBuf> = listed.into_iter().flatten().flatten().map(|file| file.path()).collect();
        paths.retain(|path| path.is_file() && !path.ends_with("lock"));
        // Names of blocks follow from a key that is new each time; their order does not have to.
        paths.sort_by_key(|path| fs::metadata(path).map_or(0, |it| it.len()));
        let files = paths.into_iter().map(|path| (path.clone(), fs::read(path).expect("read"))).collect();
        Sound { folder, key, files }
    });
    &SOUND
}

/// Which file; then how: whole new bytes, or `(place, length, new bytes)` cut into it.
pub(crate) fn backup(bytes: &[u8]) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let [which, how, rest @ ..] = bytes else { return };
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(|earlier| earlier.into_inner());
    let Sound { folder, key, files } = sound();
    let (path, was) = &files[usize::from(*which) % files.len()];
    let is = if how & 1 == 0 { rest.to_vec() } else { harmed(was, rest) };
    fs::write(path, &is).expect("written");
    let into = folder.join("checked");
    let (secret, log_key) = (None, None);
    let given = Given {
        folder: &folder.join("copy"),
        head: None,
        secret,
        identities: from_ref(key),
        log_key,
        into: &into,
        keep: Keep::Nothing,
    };
    let checked = check(&given, &mut |_| {}).expect("a disk");
    wipe(&into).expect("wiped");
    fs::write(path, was).expect("put back");
    assert!(is == *was || !matches!(checked.answer(), Answer::Yes(_)), "{} was changed and passes", path.display());
}
