//! One editor's session: which texts are open, and which request asks what.
//!
//! Takes one message at a time; gives the messages to send. Answers every request, with an error where it must; passes
//! over every notice that it does not know.

use super::answer;
use super::place::{Position, Stretch};
use super::text::{OpenText, TEXT_MOST_BYTES, concerns};
use super::wire::{Failed, failed};
use clause::Language;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// No more texts are open at once.
const TEXTS_MOST: usize = 64;

/// One editor's session.
#[derive(Default)]
pub(super) struct Session {
    texts: BTreeMap<String, OpenText>,
    stage: Stage,
    language: Option<Language>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    New,
    Running,
    ShutDown,
    /// `exit` was said; with `shutdown` before it, as it should be, or without.
    Ended {
        in_order: bool,
    },
}

/// A text that a request names.
#[derive(Deserialize)]
struct Named {
    uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfText {
    text_document: Named,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AtPlace {
    text_document: Named,
    position: Position,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfStretch {
    text_document: Named,
    range: Stretch,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    text_document: OpenedText,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OpenedText {
    uri: String,
    language_id: String,
    version: i64,
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    text_document: ChangedText,
    content_changes: Vec<Change>,
}

#[derive(Deserialize)]
struct ChangedText {
    uri: String,
    version: i64,
}

#[derive(Deserialize)]
struct Change {
    range: Option<Stretch>,
    text: String,
}

/// A request's result, or why there is none.
type Answer = Result<Value, (Failed, String)>;

impl Session {
    /// Whether `exit` was said.
    pub(super) fn ended(&self) -> bool {
        matches!(self.stage, Stage::Ended { .. })
    }

    /// Whether `shutdown` was said, and nothing after it but `exit`.
    pub(super) fn shut_down(&self) -> bool {
        matches!(self.stage, Stage::ShutDown | Stage::Ended { in_order: true })
    }

    /// The remarks on every text whose newest version has not been spoken of.
    pub(super) fn remarks(&mut self) -> Vec<Value> {
        let untold = self.texts.iter_mut().filter(|(_, text)| text.untold);
        let told = untold.map(|(address, text)| {
            text.untold = false;
            let diagnostics = answer::diagnostics(text);
            notice(
                "textDocument/publishDiagnostics",
                json!({ "uri": address, "version": text.version, "diagnostics": diagnostics }),
            )
        });
        told.collect()
    }

    /// What is to be sent upon a message.
    pub(super) fn handle(&mut self, message: Value) -> Vec<Value> {
        let Value::Object(mut message) = message else {
            return vec![failed(&Value::Null, Failed::NoRequest, "a message is no object")];
        };
        let id = message.remove("id").filter(|id| id.is_number() || id.is_string());
        let parameters = message.remove("params").unwrap_or(Value::Null);
        match (message.get("method").and_then(Value::as_str), id) {
            (Some(method), Some(id)) => match self.request(method, parameters) {
                Ok(result) => vec![json!({ "jsonrpc": "2.0", "id": id, "result": result })],
                Err((why, message)) => vec![failed(&id, why, &message)],
            },
            (Some(method), None) => self.noticed(method, parameters),
            // An answer: this server asks nothing.
            (None, _) if message.contains_key("result") || message.contains_key("error") => Vec::new(),
            (None, id) => {
                vec![failed(&id.unwrap_or(Value::Null), Failed::NoRequest, "a message has no `method`")]
            }
        }
    }

    fn request(&mut self, method: &str, parameters: Value) -> Answer {
        match (self.stage, method) {
            (Stage::New, "initialize") => {
                self.stage = Stage::Running;
                let language = parameters.pointer("/initializationOptions/language").and_then(Value::as_str);
                self.language = language.and_then(Language::from_code);
                return Ok(answer::capabilities());
            }
            (Stage::New, _) => return Err((Failed::NotInitialized, "`initialize` comes first".to_owned())),
            (Stage::Running, "shutdown") => {
                self.stage = Stage::ShutDown;
                return Ok(Value::Null);
            }
            (Stage::Running, _) => {}
            (Stage::ShutDown | Stage::Ended { .. }, _) => {
                return Err((Failed::NoRequest, "the server was shut down".to_owned()));
            }
        }
        let language = self.language.unwrap_or(Language::English);
        match method {
            "textDocument/hover" => self.at_place(parameters, |text, _, at| answer::hover(text, at, language)),
            "textDocument/definition" => self.at_place(parameters, answer::definition),
            "textDocument/completion" => self.at_place(parameters, |text, _, at| answer::completion(text, at)),
            "textDocument/documentSymbol" => self.of_text(parameters, answer::symbols),
            "textDocument/formatting" => self.of_text(parameters, answer::formatting),
            "textDocument/semanticTokens/full" => self.of_text(parameters, answer::tokens),
            "textDocument/codeAction" => {
                let asked: OfStretch = parse(parameters)?;
                let address = asked.text_document.uri;
                Ok(self.texts.get_mut(&address).map_or(json!([]), |text| answer::actions(text, &address, asked.range)))
            }
            _ => Err((Failed::NoSuchMethod, format!("`{method}` is not served"))),
        }
    }

    fn of_text(&mut self, parameters: Value, of: impl Fn(&mut OpenText) -> Value) -> Answer {
        let asked: OfText = parse(parameters)?;
        Ok(self.texts.get_mut(&asked.text_document.uri).map_or(Value::Null, of))
    }

    fn at_place(&mut self, parameters: Value, of: impl Fn(&mut OpenText, &str, usize) -> Value) -> Answer {
        let asked: AtPlace = parse(parameters)?;
        let address = asked.text_document.uri;
        Ok(self.texts.get_mut(&address).map_or(Value::Null, |text| {
            let at = text.lines.byte(text.text(), asked.position);
            of(text, &address, at)
        }))
    }

    fn noticed(&mut self, method: &str, parameters: Value) -> Vec<Value> {
        match (self.stage, method) {
            (Stage::New, "exit") => self.stage = Stage::Ended { in_order: false },
            (Stage::Running, "exit") => self.stage = Stage::Ended { in_order: false },
            (Stage::ShutDown, "exit") => self.stage = Stage::Ended { in_order: true },
            (Stage::Running, "textDocument/didOpen") => {
                return parse(parameters).map_or_else(|_| Vec::new(), |opened: Opened| self.open(opened.text_document));
            }
            (Stage::Running, "textDocument/didChange") => {
                return parse(parameters).map_or_else(|_| Vec::new(), |changed: Changed| self.change(changed));
            }
            (Stage::Running, "textDocument/didClose") => {
                if let Ok(closed) = parse::<OfText>(parameters) {
                    return self.close(&closed.text_document.uri);
                }
            }
            (Stage::Running, "textDocument/didSave" | "workspace/didChangeWatchedFiles") => {
                self.texts.values_mut().for_each(OpenText::look_again);
            }
            (Stage::New | Stage::Running | Stage::ShutDown | Stage::Ended { .. }, _) => {}
        }
        Vec::new()
    }

    fn open(&mut self, opened: OpenedText) -> Vec<Value> {
        if !concerns(&opened.uri, &opened.language_id) {
            return Vec::new();
        }
        if opened.text.len() > TEXT_MOST_BYTES {
            return vec![too_long(&opened.uri)];
        }
        if self.texts.len() >= TEXTS_MOST && !self.texts.contains_key(&opened.uri) {
            return vec![said(&format!("more than {TEXTS_MOST} texts are open; close one of them first"))];
        }
        let text = OpenText::new(&opened.uri, opened.text, opened.version);
        self.texts.insert(opened.uri, text);
        Vec::new()
    }

    fn change(&mut self, changed: Changed) -> Vec<Value> {
        let address = changed.text_document.uri;
        let Some(text) = self.texts.get_mut(&address) else { return Vec::new() };
        text.version = changed.text_document.version;
        for change in changed.content_changes {
            if !text.change(change.range, &change.text) {
                // What is held is no longer what the editor holds.
                let mut messages = self.close(&address);
                messages.push(too_long(&address));
                return messages;
            }
        }
        Vec::new()
    }

    /// Forgets a text, and takes back the remarks upon it.
    fn close(&mut self, address: &str) -> Vec<Value> {
        let closed = self.texts.remove(address);
        let nothing = || notice("textDocument/publishDiagnostics", json!({ "uri": address, "diagnostics": [] }));
        closed.map(|_| nothing()).into_iter().collect()
    }
}

fn parse<T: for<'de> Deserialize<'de>>(parameters: Value) -> Result<T, (Failed, String)> {
    serde_json::from_value(parameters).map_err(|error| (Failed::Parameters, error.to_string()))
}

fn notice(method: &str, parameters: Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": parameters })
}

/// A warning that the editor shows.
fn said(message: &str) -> Value {
    notice("window/showMessage", json!({ "type": 2, "message": message }))
}

fn too_long(address: &str) -> Value {
    said(&format!(
        "`{address}` is longer than {TEXT_MOST_BYTES} bytes and is not looked at; open it again when shorter"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ADDRESS: &str = "file:///nowhere/agreement.md";

    fn running() -> Session {
        let mut session = Session::default();
        session.handle(json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {} }));
        let text = include_str!("../../../../agreements/varo-2026/agreement.md").replace("Mission", "Місія🕊");
        let opened = json!({ "uri": ADDRESS, "languageId": "markdown", "version": 1, "text": text });
        session.handle(notice("textDocument/didOpen", json!({ "textDocument": opened })));
        session
    }

    const METHODS: [&str; 12] = [
        "textDocument/hover",
        "textDocument/definition",
        "textDocument/completion",
        "textDocument/documentSymbol",
        "textDocument/formatting",
        "textDocument/semanticTokens/full",
        "textDocument/codeAction",
        "textDocument/didChange",
        "textDocument/didOpen",
        "textDocument/didSave",
        "initialize",
        "nothing",
    ];

    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let keys = prop_oneof![Just("method"), Just("id"), Just("params"), Just("textDocument"), Just("uri")];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(keys.prop_map(str::to_owned), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        // A whole agreement is read in each case.
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn any_message_is_survived(messages in prop::collection::vec((0..METHODS.len(), anything()), 0..12)) {
            let mut session = running();
            for (method, parameters) in messages {
                session.handle(parameters.clone());
                let answers = session.handle(json!({ "id": 1, "method": METHODS[method], "params": parameters }));
                prop_assert_eq!(answers.len(), 1, "every request has its answer");
                session.handle(json!({ "method": METHODS[method], "params": parameters }));
            }
        }

        #[test]
        fn any_change_and_place_is_survived(
            changes in prop::collection::vec(
                (0u32..200, 0u32..160, 0u32..200, 0u32..160, "[a-zа-я🕊\"`#:=\r\n ]{0,8}"), 0..10,
            ),
        ) {
            let mut session = running();
            for (line, character, end_line, end_character, words) in changes {
                let position = json!({ "line": line, "character": character });
                let range = json!({ "start": position, "end": { "line": end_line, "character": end_character } });
                let document = json!({ "uri": ADDRESS, "version": 2 });
                let change = json!([{ "range": range, "text": words }]);
                session.handle(notice("textDocument/didChange", json!({ "textDocument": document, "contentChanges": change })));
                session.remarks();
                for method in &METHODS[..7] {
                    let asked = json!({ "textDocument": document, "position": position, "range": range });
                    let answers = session.handle(json!({ "id": 1, "method": method, "params": asked }));
                    prop_assert!(answers[0].get("result").is_some(), "{}", answers[0]);
                }
            }
        }
    }

    #[test]
    fn a_text_beyond_the_limit_is_let_go() {
        let mut session = running();
        let change = json!([{ "text": "x".repeat(TEXT_MOST_BYTES + 1) }]);
        let document = json!({ "uri": ADDRESS, "version": 2 });
        let sent = session
            .handle(notice("textDocument/didChange", json!({ "textDocument": document, "contentChanges": change })));
        assert_eq!(sent.len(), 2);
        assert_eq!(sent[1]["method"], "window/showMessage");
        assert!(session.remarks().is_empty());
    }
}
