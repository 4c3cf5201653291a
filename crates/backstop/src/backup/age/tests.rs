//! The format held against its specification and against the stock `age` (package `age`), which opens ours and writes what we open.

use super::*;
use std::path::PathBuf;
use std::process::Command;

fn identity(byte: u8) -> Identity {
    Identity([byte; 32])
}

#[test]
fn keys_are_spelled_as_the_specification_spells_them() {
    let text = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    let read = Identity::parse_file(&format!("# a remark\n\n{text}\n")).expect("one key");
    assert_eq!(read[0].0, [0x42; 32]);
    let recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    assert_eq!(read[0].recipient().to_string(), recipient);
    assert_eq!(Recipient::parse(recipient), Some(read[0].recipient()));
    assert!(read[0].to_file().contains(text));
    assert_eq!(Recipient::parse(&bech32::encode("age", &[0; 32])), None, "small order");
    for text in ["", "# nothing\n", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj\n"] {
        assert!(Identity::parse_file(text).is_err(), "{text}");
    }
}

#[test]
fn every_length_comes_back_to_each_recipient_and_to_nobody_else() {
    let (one, other, stranger) = (identity(1), identity(2), identity(3));
    for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
        let plain: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        let sealed = seal(&[one.recipient(), other.recipient()], &plain).expect("sealed");
        for reader in [&one, &other] {
            assert_eq!(open(&[stranger.clone(), reader.clone()], &sealed).as_ref(), Ok(&plain), "{length}");
        }
        assert_eq!(open(std::slice::from_ref(&stranger), &sealed), Err(Closed::NoKeyFits));
    }
}

#[test]
fn every_changed_bit_and_every_cut_is_noticed() {
    let one = identity(1);
    let sealed = seal(&[one.recipient()], b"what was said").expect("sealed");
    for bit in 0..sealed.len() * 8 {
        let mut other = sealed.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(open(std::slice::from_ref(&one), &other).is_err(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert!(open(std::slice::from_ref(&one), &sealed[..length]).is_err(), "{length} bytes");
    }
    let chunked = seal(&[one.recipient()], &[5; 2 * CHUNK_BYTES]).expect("sealed");
    let cut = chunked.len() - CHUNK_BYTES - TAG_BYTES;
    assert!(open(&[one], &chunked[..cut]).is_err(), "cut between two chunks");
}

#[test]
fn the_stock_program_opens_ours_and_we_open_its() {
    if Command::new("age").arg("--version").output().is_err() {
        eprintln!("skipped: `age` is not installed (package `age`)");
        return;
    }
    let folder = std::env::temp_dir().join(format!("backstop-age-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    let path = |name: &str| -> PathBuf { folder.join(name) };
    let (one, other) = (Identity::draw().expect("a key"), Identity::draw().expect("a key"));
    std::fs::write(path("key"), one.to_file()).expect("written");
    for length in [0, 13, CHUNK_BYTES, 200_000] {
        let plain: Vec<u8> = (0..length).map(|n| (n % 249) as u8).collect();
        std::fs::write(path("ours.age"), seal(&[other.recipient(), one.recipient()], &plain).expect("sealed"))
            .expect("written");
        let opened = Command::new("age").arg("-d").arg("-i").arg(path("key")).arg(path("ours.age")).output();
        let opened = opened.expect("age runs");
        assert!(opened.status.success() && opened.stdout == plain, "{}", String::from_utf8_lossy(&opened.stderr));
        std::fs::write(path("plain"), &plain).expect("written");
        let mut sealing = Command::new("age");
        sealing.arg("-r").arg(one.recipient().to_string()).arg("-r").arg(other.recipient().to_string());
        let sealed = sealing.arg("-o").arg(path("theirs.age")).arg(path("plain")).status().expect("age runs");
        assert!(sealed.success());
        let theirs = std::fs::read(path("theirs.age")).expect("there");
        assert_eq!(open(std::slice::from_ref(&one), &theirs), Ok(plain));
        std::fs::remove_file(path("theirs.age")).expect("removed");
    }
    let made = Command::new("age-keygen").output().expect("age-keygen runs");
    let text = String::from_utf8(made.stdout).expect("UTF-8");
    let read = Identity::parse_file(&text).expect("a key");
    assert!(text.contains(&format!("# public key: {}", read[0].recipient())));
    std::fs::remove_dir_all(folder).expect("removed");
}
