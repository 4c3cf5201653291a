//! `backstop`: parses the command line, runs one command, exits with its code.

use backstop::command;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::main()
}
