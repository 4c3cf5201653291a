//! Statements in their order. Takes author and number of each as a log is gone through; gives what is wrong with one that
//! does not follow. Never looks at what statements say.

use super::envelope::KeyId;
use std::collections::BTreeMap;

/// The statements of a log as they are gone through, each author's from 1 and without a gap, and none after a dismissal.
#[derive(Default, Debug)]
pub struct Sequence {
    last: BTreeMap<KeyId, u64>,
    dismissed: BTreeMap<KeyId, u64>,
}

impl Sequence {
    /// Takes the next statement of an author; says what is wrong if it does not follow the one before.
    pub fn take(&mut self, author: KeyId, number: u64) -> Option<String> {
        let before = self.last.insert(author, number).unwrap_or_default();
        if let Some(by) = self.dismissed.get(&author) {
            return Some(format!("it is statement {number} of author `{author}`, whom entry {by} dismissed"));
        }
        (number != before + 1)
            .then(|| format!("it is statement {number} of author `{author}`, behind statement {before}"))
    }

    /// Takes an entry that dismisses an author.
    pub fn dismiss(&mut self, author: KeyId, by: u64) {
        self.dismissed.entry(author).or_insert(by);
    }
}
