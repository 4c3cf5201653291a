//! Whether a duty may have been kept by a time, though that it was is not known.
//!
//! Takes the instances of the rule that is asked about; gives the reason why one may have been kept by then, or nothing.
//! Never says that a duty was not kept where a doubtful answer, or one that nobody told of, may have kept it.

use crate::bears::{Sector, Test};
use crate::fact::{Reason, Why};
use crate::instance::Instance;
use crate::matter::Matter;
use crate::rule::{Decided, Kernel, OnVerdict, Pattern, Rule};
use crate::start::{Judged, theirs};
use terms::Span;

/// Why the rule may have been met before something had surely happened; `None` if it was surely not.
pub(crate) fn may_be_kept(matter: &Matter<'_>, on: &OnVerdict, judged: &Judged, happened: Span) -> Option<Reason> {
    if on.came != Decided::Met {
        return None;
    }
    let rule = matter.agreement().rule(&on.rule).expect("invariant: a checked rule leans on checked rules");
    let (pattern, needed) = answers(rule)?;
    theirs(matter, on, judged).find_map(|(instance, _)| {
        let until = instance.interest.latest().min(happened.latest());
        let during = Span::new(instance.interest.earliest(), until)?;
        answered(matter, rule, instance, pattern, needed, during)
    })
}

/// What keeps a rule, and how many of them.
fn answers(rule: &Rule) -> Option<(&Pattern, Option<u32>)> {
    match &rule.kernel {
        Kernel::By { pattern, quantity } | Kernel::Between { pattern, quantity } => Some((pattern, *quantity)),
        Kernel::AtLeastOnce { pattern, .. } => Some((pattern, None)),
        Kernel::Response { response, .. } => Some((response, None)),
        Kernel::Never { .. }
        | Kernel::Always { .. }
        | Kernel::AtMost { .. }
        | Kernel::OnlyAfter { .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => None,
    }
}

/// Why one instance of the rule may have been answered in a span.
fn answered(
    matter: &Matter<'_>,
    rule: &Rule,
    instance: &Instance,
    pattern: &Pattern,
    needed: Option<u32>,
    during: Span,
) -> Option<Reason> {
    let key = &instance.key;
    let sector = Sector::named(matter.agreement(), rule, key.sector.as_ref());
    let test = Test { rule, owed: key.owed.as_ref(), sector, ..matter.test };
    let theirs = Matter { test, bearer: key.bearer.as_ref(), ..*matter };
    let marks = theirs.answers(pattern);
    let most: Option<u64> =
        marks.touching(during).map(|mark| if needed.is_some() { mark.number().1 } else { Some(1) }).sum();
    if most.is_none_or(|most| most >= u64::from(needed.unwrap_or(1))) {
        return Some(Reason::new(Why::Time, format!("whether `{key}` was met by then is not sure")));
    }
    theirs.unseen(pattern, during)
}
