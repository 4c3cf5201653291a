//! The same promises and the same faults over PostgreSQL, with a server of our own.

#[path = "../../../../tests/cluster/mod.rs"]
mod cluster;

use super::*;
use crate::storage::engine::Trouble;
use crate::storage::engine::postgres::Postgres;
use cluster::{Cluster, PASSWORD};
use std::os::unix::fs::PermissionsExt;

fn engine(cluster: &Cluster, log: &VerifyingIdentity) -> Arc<dyn Engine> {
    Arc::new(Postgres::open(&cluster.connection(), log, Begin::IfAbsent).expect("an engine"))
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    let first = needle[0];
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == first);
    starts.into_iter().any(|(at, _)| bytes[at..].starts_with(needle))
}

#[test]
fn a_database_keeps_what_it_takes_and_every_fault_of_it_keeps_the_promises() {
    let Some(mut cluster) = Cluster::start() else { return };
    let never = Postgres::open(&cluster.connection(), &identity(1), Begin::Never).expect("a file");
    assert!(never.get("begin").expect_err("nothing").to_string().contains("right one"));

    suite(&|log| engine(&cluster, log));
    let tried = faulty::every_operation(&|log| engine(&cluster, log), 3);
    println!("{tried} faults of the engine");

    let secrets = erasure::erased_opens_nowhere(&|log| engine(&cluster, log));

    // A head and a piece outlive the server that is killed, and an engine finds it again by itself.
    let kept = engine(&cluster, &identity(1));
    let head = kept.head().expect("a head");
    cluster.kill();
    assert!(matches!(kept.head(), Err(Trouble::Unanswered(_))));
    // What a thief of the server's disk finds, journal included: nothing that opens what was erased.
    let files = crate::storage::tests::files(&cluster.data());
    let disk: Vec<u8> = files.iter().flat_map(|file| fs::read(file).expect("read")).collect();
    assert!(holds(&disk, b"\"kind\":\"batch\""), "the scan finds what is there");
    assert!(!secrets.iter().any(|secret| holds(&disk, secret)), "a secret lies on the server's disk");
    cluster.run();
    assert_eq!(kept.head(), Ok(head.clone()));
    cluster.kill_one_session();
    assert_eq!((0..100_000).find_map(|_| kept.head().ok()), Some(head), "it is asked again, and answers");

    cluster.sql("UPDATE backstop.engine SET version = 2");
    let newer = engine(&cluster, &identity(1)).head().expect_err("another layout");
    assert!(matches!(&newer, Trouble::Refused(why) if why.contains("newer Backstop")), "{newer}");
    cluster.sql("UPDATE backstop.engine SET version = 1");
    // A server that loses what it acknowledged is refused.
    cluster.sql("ALTER SYSTEM SET full_page_writes = off");
    cluster.sql("SELECT pg_reload_conf()");
    let careless = engine(&cluster, &identity(1)).head().expect_err("careless");
    assert!(matches!(&careless, Trouble::Refused(why) if why.contains("full_page_writes")), "{careless}");
}

#[test]
fn the_file_of_a_connection_is_read_with_care_and_never_repeated() {
    let scratch = Scratch::new();
    let file = scratch.path();
    let open = |text: &str, mode: u32| {
        fs::write(&file, text).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("set");
        Postgres::open(&file, &identity(1), Begin::Never).map(drop).map_err(|trouble| trouble.to_string())
    };
    let refusal = |text: &str, mode: u32| open(text, mode).expect_err("refused");
    let local = format!("host=localhost user=u password={PASSWORD} dbname=d");
    assert_eq!(open(&local, 0o600), Ok(()));
    assert!(refusal(&local, 0o640).contains("chmod 600"));
    let far = format!("host=db.example user=u password={PASSWORD} dbname=d");
    assert_eq!(open(&far, 0o600), Ok(()));
    assert!(refusal(&format!("{far} sslmode=disable"), 0o600).contains("TLS"));
    assert!(refusal(&format!("{local} hostaddr=192.0.2.1 sslmode=disable"), 0o600).contains("TLS"));
    assert!(refusal(&format!("user=u password={PASSWORD}"), 0o600).contains("names no `host`"));
    let unknown = refusal(&format!("host=localhost passwort={PASSWORD}"), 0o600);
    assert!(unknown.contains("dbname=NAME") && !unknown.contains(PASSWORD), "{unknown}");
    assert!(refusal(&"x".repeat(5_000), 0o600).contains("one line"));
}
