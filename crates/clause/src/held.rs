//! The facts that a rule is held against, by the part that they play.
//!
//! Takes a matter; gives its facts as subjects, as what must have come before, and as answers. Never judges.

use crate::fact::Fact;
use crate::matter::{Mark, Marks, Matter};
use crate::rule::{First, Kernel, Pattern, Trigger};

/// The facts that a rule of a kind is held against, by their part.
#[derive(Default)]
pub(crate) struct Held {
    /// Those that it forbids, counts, asks for, or that start its duty; in the window.
    pub(crate) subjects: Marks,
    /// Those that must have come first.
    pub(crate) before: Marks,
    /// Those that answer, or keep the duty; whenever they happened.
    pub(crate) answers: Marks,
    /// Those of the answers that name nothing, where an answer is to be about what it answers.
    pub(crate) loose: Marks,
}

/// The patterns of a rule, by the part that their facts play; `None` where the rule leans on more than facts.
pub(crate) struct Asks<'a> {
    pub(crate) subjects: &'a Pattern,
    pub(crate) before: Option<&'a Pattern>,
    pub(crate) answers: Option<&'a Pattern>,
}

/// What a rule asks of facts alone.
pub(crate) fn asks(kernel: &Kernel) -> Option<Asks<'_>> {
    let asks = |subjects, before, answers| Some(Asks { subjects, before, answers });
    match kernel {
        Kernel::Never { pattern, .. } | Kernel::AtMost { pattern, .. } => asks(pattern, None, None),
        Kernel::By { pattern, .. } | Kernel::Between { pattern, .. } | Kernel::AtLeastOnce { pattern, .. } => {
            asks(pattern, None, Some(pattern))
        }
        Kernel::OnlyAfter { pattern, first: First::Fact(first) } => asks(pattern, Some(first), None),
        Kernel::OnlyAfter { pattern, first: First::Verdict(_) } => asks(pattern, None, None),
        Kernel::Response { trigger: Trigger::Fact { pattern, preceded }, response, .. } => {
            asks(pattern, preceded.as_ref().map(|(before, _)| before), Some(response))
        }
        Kernel::Response { trigger: Trigger::Verdict(_) | Trigger::Quiet { .. }, .. }
        | Kernel::Always { .. }
        | Kernel::May { .. }
        | Kernel::TextOnly { .. } => None,
    }
}

impl Held {
    /// Everything that the matter holds against its rule.
    pub(crate) fn of(matter: &Matter<'_>) -> Held {
        let Some(asks) = asks(&matter.rule().kernel) else { return Held::default() };
        Held {
            subjects: matter.subjects(asks.subjects),
            before: asks.before.map(|pattern| matter.answers(pattern)).unwrap_or_default(),
            ..asks.answers.map(|pattern| Held::answering(matter, pattern)).unwrap_or_default()
        }
    }

    /// The answers alone.
    pub(crate) fn answering(matter: &Matter<'_>, pattern: &Pattern) -> Held {
        let answers = matter.answers(pattern);
        let loose = answers.iter().filter(|mark| pattern.about_it && mark.fact.about.is_none()).cloned().collect();
        Held { answers, loose, ..Held::default() }
    }

    /// The answers that may be meant for a trigger, wherever they lie.
    pub(crate) fn meant_for<'h>(&'h self, matter: &Matter<'_>, trigger: &Fact) -> impl Iterator<Item = &'h Mark> {
        let linked: Vec<&Mark> =
            matter.roll.linked(trigger).filter_map(|fact| self.answers.get(fact.happened, &fact.id)).collect();
        linked.into_iter().filter(|mark| mark.fact.id != trigger.id)
    }
}
