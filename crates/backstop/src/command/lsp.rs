//! `backstop lsp`: the language server over standard input and output.
//!
//! Takes nothing but the editor's messages; leaves with 0 after an orderly end, with 1 otherwise, as the protocol asks.

use super::{Exit, Failure};

pub(super) fn run() -> Result<Exit, Failure> {
    let in_order = crate::editor::serve(std::io::stdin(), std::io::stdout())?;
    Ok(if in_order { Exit::Done } else { Exit::Failed })
}
