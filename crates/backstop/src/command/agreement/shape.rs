//! `backstop agreement fmt`: the blocks of a text in their canonical shape.
//!
//! Takes a text; writes it back formatted, or with `--check` only lists the lines that would change. Never touches prose
//! or a statement that cannot be read, and never writes a file that is in shape already.

use super::super::fill::{read_text, text_path};
use super::super::outcome::{print, print_json};
use super::super::{Common, Exit, Failure};
use serde_json::json;
use std::path::Path;

pub(super) fn run(common: &Common, path: &Path, check: bool) -> Result<Exit, Failure> {
    let file = text_path(path);
    let text = read_text(&file)?;
    let formatted = clause::format(&text);
    // Formatting keeps every line break, so that the lines stand side by side.
    let pairs = text.split('\n').zip(formatted.split('\n')).enumerate();
    let lines: Vec<usize> = pairs.filter(|(_, (was, is))| was != is).map(|(at, _)| at + 1).collect();
    if !check && !lines.is_empty() {
        std::fs::write(&file, &formatted)
            .map_err(|error| Failure::new(Exit::Failed, format!("cannot write `{}`: {error}", file.display())))?;
    }
    let exit = if check && !lines.is_empty() { Exit::Failed } else { Exit::Done };
    if common.json {
        let data =
            json!({ "file": file.display().to_string(), "lines": lines, "written": !check && !lines.is_empty() });
        return print_json("backstop.agreement-format/1", exit, data);
    }
    if check {
        let place = |line: &usize| format!("{}:{line}: not in canonical shape\n", file.display());
        print(&lines.iter().map(place).collect::<String>())?;
    }
    match (check, lines.len()) {
        (_, 0) => common.say("in canonical shape"),
        (true, count) => common.say(format!("{count} lines; run `backstop agreement fmt {}`", path.display())),
        (false, count) => common.say(format!("{count} lines set anew")),
    }
    Ok(exit)
}
