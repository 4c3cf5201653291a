//! `backstop notices`: what one end told another in a form, and whether both ends say that it came: the log of the hotline.
//!
//! Takes a store, an instant and a reader; prints what that reader may see. Never takes what was sent for received: a notice counts from
//! its receipt.

use super::guarantees::{AsOf, withheld};
use super::outcome::{print, print_json};
use super::{Common, Exit, Failure};
use crate::http::notices::{TypedNotice, written};
use clap::Args;
use serde_json::json;
use std::fmt::Write;

#[derive(Args)]
pub(super) struct NoticesArgs {
    #[command(flatten)]
    as_of: AsOf,
    /// Only those that nobody has confirmed yet
    #[arg(long)]
    open: bool,
}

pub(super) fn run(common: &Common, args: &NoticesArgs) -> Result<Exit, Failure> {
    let guarantees = args.as_of.guarantees(common)?;
    let mut answer = written(&guarantees);
    if args.open {
        answer.notices.retain(|notice| notice.received.is_none() && notice.corrected_by.is_none());
    }
    if common.json {
        return print_json("backstop.notices/1", Exit::Done, json!(answer));
    }
    let mut text = format!("as of {}\n", guarantees.package.civil(guarantees.sheet.at));
    answer.notices.iter().for_each(|notice| tell(notice, &mut text));
    if answer.notices.is_empty() {
        text.push_str("no notice stands open or was sent\n");
    }
    text.push_str(&withheld(answer.withheld));
    print(&text)
}

fn tell(notice: &TypedNotice, text: &mut String) {
    let _ = writeln!(
        text,
        "\n{}  {}, {} to {}, sent {}: {}",
        notice.id,
        notice.form,
        notice.by,
        notice.to.join(", "),
        notice.sent.earliest,
        notice.state
    );
    for field in &notice.says {
        let _ = writeln!(text, "  {:<16} {}", field.name, field.text);
    }
    if let Some(by) = &notice.corrected_by {
        let _ = writeln!(text, "  corrected by {by}; it counts no more");
        return;
    }
    match &notice.received {
        Some(_) if notice.contradicted.is_some() => text.push_str("  from when it counts cannot be told\n"),
        Some(receipt) => {
            let _ = writeln!(text, "  counts from {}, by {}", receipt.at.latest, receipt.by);
        }
        None => text.push_str("  nobody it was sent to confirms that it came; it does not count yet\n"),
    }
    if let Some(closed) = &notice.acknowledged {
        let _ = writeln!(text, "  acknowledged by its sender {}, by {}", closed.at.latest, closed.by);
    }
    for wrong in notice.contradicted.iter().chain(&notice.fault) {
        let _ = writeln!(text, "  {wrong}");
    }
    if !notice.note.is_empty() {
        let _ = writeln!(text, "  {}", notice.note);
    }
}
