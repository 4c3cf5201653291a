//! Groups of parties: who their members are, and whether a promise of the group is one of each member.
//!
//! Takes the items that `read` hands over; gives groups. Never takes a member's standing from the group where the text does not
//! say that the group promises for each.

use super::fields::{Item, Read};
use super::package::Cited;
use super::read::{Noun, Reader};
use crate::remark::{Code, remark_in_english};
use terms::Party;

/// A group of parties that promises as one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The party that it is.
    pub of: Party,
    /// Its members, as far as they are known; others are a gap.
    pub members: Vec<Party>,
    /// Whom its promises bind.
    pub promises: Promises,
    /// Sources and gaps.
    pub cited: Cited,
}

/// Whom the promises of a group bind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Promises {
    /// Each of its members.
    Each,
    /// The group, and no member by itself.
    Together,
    /// The text does not say.
    NotSaid,
}

impl Promises {
    /// All, as a page writes them.
    pub const ALL: [Promises; 3] = [Promises::Each, Promises::Together, Promises::NotSaid];

    /// The word used in pages and answers.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Promises::Each => "each",
            Promises::Together => "together",
            Promises::NotSaid => "not-said",
        }
    }
}

impl Reader {
    /// `group Coalition`, its `members` and whom its promises bind.
    pub(super) fn group(&mut self, mut item: Item, anchor: &str) -> Read<()> {
        let (of, span) = item.head.party()?;
        item.head.clone().finish()?;
        let of = self.uses(Noun::Party, (of, span.clone()));
        let mut line = item.one("members", "add `members A, B`, or `members not-said`")?;
        let members = if line.took("not-said") { Vec::new() } else { line.parties()? };
        line.finish()?;
        let members: Vec<Party> = self.all(Noun::Party, members);
        let mut line = item.one("promises", "add `promises each`, `promises together` or `promises not-said`")?;
        let words = Promises::ALL.map(|promises| (promises.word(), promises));
        let promises = line.one_of("way in which a group promises", &words)?;
        line.finish()?;
        let cited = self.cited(&mut item, anchor, true)?;
        item.finish(&["members", "promises", "source", "gap"], &mut self.remarks);
        if self.package.groups.iter().any(|group| group.of == of) {
            let twice = format!("the members of `{of}` are given twice");
            return Err(remark_in_english(Code::Name, span, twice).fix_in_english("keep one of them"));
        }
        if members.contains(&of) {
            let itself = format!("`{of}` is no member of itself");
            return Err(remark_in_english(Code::Name, span, itself).fix_in_english("take it out of `members`"));
        }
        self.package.groups.push(Group { of, members, promises, cited });
        Ok(())
    }
}
