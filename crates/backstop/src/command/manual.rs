//! Completions and man pages, generated from the one list of commands.

use super::{Command, Exit, Failure};
use clap::CommandFactory;
use std::path::Path;

pub(super) fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Command::command(), "backstop", &mut script);
    super::outcome::print(&String::from_utf8_lossy(&script))
}

pub(super) fn pages(dir: &Path) -> Result<Exit, Failure> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(Command::command(), dir)?;
    Ok(Exit::Done)
}
