//! `backstop lsp` as an editor drives it: a scripted session with the real program over its standard input and output.

mod place;

use place::Place;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

struct Editor {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    asked: u64,
    /// The newest remarks on the text.
    remarks: Value,
}

impl Editor {
    /// Starts the server, and initializes it.
    fn start() -> Editor {
        let mut server = Command::new(env!("CARGO_BIN_EXE_backstop"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let input = server.stdin.take().expect("piped");
        let output = BufReader::new(server.stdout.take().expect("piped"));
        let mut editor = Editor { server, input, output, asked: 0, remarks: Value::Null };
        assert_eq!(editor.ask("textDocument/hover", json!({})).expect_err("too early")["code"], -32002);
        let answer = editor.ask("initialize", json!({ "capabilities": {} })).expect("initialized");
        assert_eq!(answer["capabilities"]["positionEncoding"], "utf-16");
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("the server listens");
    }

    fn tell(&mut self, method: &str, parameters: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": parameters }));
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).expect("a header line");
            match line.trim_end().strip_prefix("Content-Length: ") {
                Some(given) => length = given.parse().expect("a length"),
                None if line.trim_end().is_empty() => break,
                None => panic!("`{line}`"),
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    }

    /// The answer to a request; remarks that come before it are kept.
    fn ask(&mut self, method: &str, parameters: Value) -> Result<Value, Value> {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }));
        loop {
            let mut message = self.receive();
            if message["method"] == "textDocument/publishDiagnostics" {
                self.remarks = message["params"]["diagnostics"].take();
            } else if message["id"] == id {
                return match message.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(message["result"].take()),
                };
            }
        }
    }

    /// Waits for the next remarks.
    fn remarks(&mut self) -> Value {
        loop {
            let mut message = self.receive();
            if message["method"] == "textDocument/publishDiagnostics" {
                return message["params"]["diagnostics"].take();
            }
        }
    }
}

/// A text in a folder of its own, and its address.
fn text(name: &str, words: &str) -> (PathBuf, String) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let square = r#"{ "type": "Feature", "version": "1", "source": "drawn for this test", "as_of": "2026-04-01",
        "properties": {}, "geometry": { "type": "Polygon", "coordinates": [[[30, 48], [31, 48], [31, 49], [30, 49], [30, 48]]] } }"#;
    std::fs::write(folder.join("square.geojson"), square).expect("a map for the test");
    std::fs::write(folder.join("agreement.md"), words).expect("a text for the test");
    let address = format!("file://{}/agreement.md", folder.display());
    (folder, address)
}

const TEXT: &str = "---
agreement: test
title: Перемир'я
version: 1
in-force: 2026-04-11 16:00 Europe/Kyiv
ends: 2026-04-13 00:00 Europe/Kyiv
time-zone: Europe/Kyiv
standard: 0.80
keep-threshold: 0.60
final-after: 2 days
---

## Стаття 1. Вогонь

Each Party shall do as follows.

```backstop
parties Північ \"🕊 Північ\", Південь
zone    Square = map \"square.geojson\" as of 2026-04-01
event   fire   = shelling or small-arms
rule A1 of Північ: never fire in Square
  except answer: within 10 minutes after fire by Південь
rule A2 of each party:  after A1 violated must notice within 1 hours
```
";

/// The place of the `nth` letter of `what`, as editors count it.
fn place(what: &str, nth: usize) -> Value {
    let at = TEXT.find(what).expect("it is there") + nth;
    let begin = TEXT[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let units: usize = TEXT[begin..at].chars().map(char::len_utf16).sum();
    json!({ "line": TEXT[..at].matches('\n').count(), "character": units })
}

#[test]
fn an_editor_is_served() {
    let (_, address) = text("lsp-session", TEXT);
    let mut editor = Editor::start();
    let document = json!({ "uri": address, "languageId": "markdown", "version": 1, "text": TEXT });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    let grave = |remarks: Value| -> Vec<Value> {
        let all = remarks.as_array().expect("a list").clone();
        all.into_iter().filter(|remark| remark["severity"].as_u64().is_some_and(|severity| severity < 3)).collect()
    };
    assert_eq!(grave(editor.remarks()), Vec::<Value>::new(), "the text is sound but for notes");
    let document = json!({ "uri": address, "version": 2 });
    let at = |place: Value| json!({ "textDocument": document, "position": place });

    let hover = editor.ask("textDocument/hover", at(place("fire in Square", 9))).expect("an answer");
    let told = hover["contents"]["value"].as_str().expect("words");
    assert!(told.contains("zone    Square = map \"square.geojson\""), "{told}");
    assert!(told.contains("**A1** (never): From 2026-04-11 16:00"), "{told}");
    assert_eq!(hover["range"]["start"], place("fire in Square", 8));

    let found = editor.ask("textDocument/definition", at(place("by Південь", 5))).expect("an answer");
    assert_eq!(found[0]["range"]["start"], place("Південь", 0), "after a dove and Cyrillic letters");
    let found = editor.ask("textDocument/definition", at(place("after A1", 6))).expect("an answer");
    assert_eq!(found[0]["range"]["start"], place("A1 of", 0));

    let symbols = editor.ask("textDocument/documentSymbol", at(place("rule", 0))).expect("an answer");
    assert_eq!(symbols[0]["name"], "Стаття 1. Вогонь");
    let names: Vec<&str> = symbols[0]["children"]
        .as_array()
        .expect("statements")
        .iter()
        .map(|child| child["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, ["Північ", "Square", "fire", "A1", "A2"]);

    let tokens = editor.ask("textDocument/semanticTokens/full", at(place("rule", 0))).expect("an answer");
    let first: Vec<u64> =
        tokens["data"].as_array().expect("numbers")[..15].iter().map(|n| n.as_u64().expect("a number")).collect();
    // `parties`, a keyword; `Північ`, a party that is defined; its name to show, of eleven units.
    assert_eq!(first, [17, 0, 7, 0, 0, 0, 8, 6, 4, 1, 0, 7, 11, 2, 0]);

    let edits = editor.ask("textDocument/formatting", at(place("rule", 0))).expect("an answer");
    assert_eq!(edits.as_array().map(Vec::len), Some(1));
    assert_eq!(edits[0]["newText"], "rule A2 of each party: after A1 violated must notice within 1 hour");

    // A slip in the name of the zone.
    let slip = json!({ "start": place("fire in Square", 8), "end": place("fire in Square", 14) });
    let change = json!([{ "range": slip, "text": "Sqare" }]);
    editor.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": change }));
    let mut remarks = grave(editor.remarks());
    remarks.retain(|remark| remark["range"]["start"] == slip["start"]);
    assert_eq!(remarks[0]["code"], "B002");
    assert_eq!(remarks[0]["range"]["start"], slip["start"]);
    assert!(remarks[0]["message"].as_str().expect("words").contains("help: did you mean `Square`?"));
    let asked = json!({ "textDocument": document, "range": remarks[0]["range"], "context": { "diagnostics": [] } });
    let actions = editor.ask("textDocument/codeAction", asked).expect("an answer");
    assert_eq!(
        actions[0]["edit"]["changes"][&address][0],
        json!({ "range": remarks[0]["range"], "newText": "Square" })
    );

    let completed = editor.ask("textDocument/completion", at(place("fire in Square", 9))).expect("an answer");
    let labels: Vec<&str> = completed["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["label"].as_str().expect("a label"))
        .collect();
    assert_eq!(labels, ["each", "Square"]);

    assert_eq!(editor.ask("shutdown", Value::Null), Ok(Value::Null));
    assert_eq!(editor.ask("shutdown", Value::Null).expect_err("already")["code"], -32600);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.server.wait().expect("it ends").code(), Some(0));
}

#[test]
fn hostile_messages_are_answered_with_errors() {
    let mut editor = Editor::start();
    assert_eq!(editor.ask("textDocument/hover", json!([1])).expect_err("no parameters")["code"], -32602);
    assert_eq!(editor.ask("no/such", json!({})).expect_err("unknown")["code"], -32601);
    editor.input.write_all(b"Content-Length: 4\r\n\r\n[[[[").expect("the server listens");
    assert_eq!(editor.receive()["error"]["code"], -32700);
    editor.send(&json!([1, 2]));
    assert_eq!(editor.receive()["error"]["code"], -32600);
    editor.tell("textDocument/didOpen", json!({ "textDocument": 7 }));
    let other = json!({ "uri": "file:///readme.md", "languageId": "markdown", "version": 1, "text": "# Other" });
    editor.tell("textDocument/didOpen", json!({ "textDocument": other }));
    let asked = json!({ "textDocument": { "uri": "file:///readme.md" } });
    assert_eq!(editor.ask("textDocument/documentSymbol", asked), Ok(Value::Null), "other Markdown is none of ours");
    editor.input.write_all(b"Content-Length: 99999999999999999999\r\n\r\n").expect("the server listens");
    assert_eq!(editor.receive()["error"]["code"], -32700);
    assert_eq!(editor.server.wait().expect("it ends").code(), Some(1), "what follows cannot be told apart");
}

/// The settings of `docs/editors.md`, as Neovim takes them: remarks, hover, formatting, and an end.
#[test]
fn neovim_shows_what_the_server_says() {
    let Place(folder) = &Place::new("neovim");
    let text = include_str!("../../../web/e2e/drafts/half.md");
    std::fs::write(folder.join("agreement.md"), text).expect("a text");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editors/neovim.lua");
    let said = folder.join("said");
    let run = Command::new("nvim")
        .args(["--headless", "-u", "NONE", "-i", "NONE", "-S"])
        .arg(&script)
        .current_dir(folder)
        .env("BACKSTOP", env!("CARGO_BIN_EXE_backstop"))
        .env("SAID", &said)
        .env("XDG_STATE_HOME", folder)
        .env("XDG_CACHE_HOME", folder)
        .stdin(Stdio::null())
        .output();
    let Ok(run) = run else {
        eprintln!("skipped: `nvim` is not installed (package `neovim`)");
        return;
    };
    let said = std::fs::read_to_string(&said).unwrap_or_default();
    let line = text.lines().position(|line| line.starts_with("rule 3.1")).expect("a rule") + 1;
    let expected = format!(
        "remark: {line}\nhover: never fire by party\ndefinition: true\nformatted: rule 3.1 of Commission: after 1.1 violated \
         must notice within 24 hours\nmended: true\nstopped: true\n"
    );
    assert_eq!(said, expected, "{}", String::from_utf8_lossy(&run.stderr));
}
