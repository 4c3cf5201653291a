//! The real program, run in a place of a test's own: a command to its end, or a server until it is dropped.

#![allow(dead_code, reason = "each test program uses a part")]

use crate::place::Place;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The tree that the tests were built from.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("invariant: the tree is there")
}

/// Runs a command in a place; gives its exit code and all that it said, on both ways out.
pub(crate) fn says(place: &Place, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    let output = command.args(args).current_dir(&place.0).output().expect("the program runs");
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().expect("a code"), format!("{said}{told}"))
}

/// Runs a command that must leave with this code; gives all that it said.
#[track_caller]
pub(crate) fn leaves(place: &Place, code: i32, args: &[&str]) -> String {
    let (found, said) = says(place, args);
    assert_eq!(found, code, "{args:?}\n{said}");
    said
}

/// A server that runs until it is dropped.
pub(crate) struct Served {
    child: Child,
    address: String,
}

impl Served {
    /// Starts `serve` with these arguments, and waits until it says where it listens.
    pub(crate) fn of(place: &Place, args: &[&str]) -> Served {
        let mut child = Command::new(env!("CARGO_BIN_EXE_backstop"))
            .args(["--store", "store", "serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .current_dir(&place.0)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut told = BufReader::new(child.stderr.take().expect("piped"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(told.read_line(&mut line).expect("messages"), 0, "it ended: {said}");
            said += &line;
            if let Some((_, address)) = line.split_once("at http://") {
                break address.trim().trim_end_matches('/').to_owned();
            }
        };
        // What follows is read and dropped, so that the server never waits for a reader.
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        Served { child, address }
    }

    /// What it answers at a path, headers and all.
    pub(crate) fn answers(&self, path: &str) -> String {
        self.answers_to("GET", path, &[], "")
    }

    /// What it answers to a request with headers and a body.
    pub(crate) fn answers_to(&self, method: &str, path: &str, headers: &[&str], body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        let more: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let (host, length) = (&self.address, body.len());
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n{body}"
        )
        .expect("asked");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answered");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
