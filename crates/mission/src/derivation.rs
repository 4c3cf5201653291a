//! The derivation: what follows from the entries, as hashes that any version of any program can work out again.
//!
//! Takes a view; gives a hash over the list of incidents, and one over the verdicts of each rule, reading and footing, in
//! the bytes of `docs/audit.md`. Never says that what follows is right.

use crate::derived::{Stream, write_incident, write_verdict};
use crate::view::View;
use clause::{Footing, Verdict};
use terms::Label;

/// What follows from the entries at a moment, for a reader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Derivation {
    /// The incidents, in order of time.
    pub incidents: Stream,
    /// The verdicts, in the order in which each stream begins.
    pub verdicts: Vec<VerdictStream>,
}

/// The verdicts on one rule, under one reading, on one footing: one for each bearer, in the order of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerdictStream {
    /// The rule.
    pub rule: Label,
    /// The reading; `None` for the text as written.
    pub reading: Option<Label>,
    /// On what footing.
    pub footing: Footing,
    /// Over the verdicts.
    pub stream: Stream,
}

impl VerdictStream {
    /// `A1, as written, proposed`.
    #[must_use]
    pub fn name(&self) -> String {
        let reading = self.reading.as_ref().map_or("as written", Label::as_str);
        format!("{}, {reading}, {}", self.rule, self.footing.word())
    }
}

impl Derivation {
    /// Where another derivation first differs: the incidents, or the name of a stream of verdicts.
    #[must_use]
    pub fn first_difference(&self, other: &Derivation) -> Option<String> {
        if self.incidents != other.incidents {
            let (one, other) = (self.incidents.count, other.incidents.count);
            return Some(if one == other {
                format!("the list of {one} incidents")
            } else {
                format!("the list of incidents: {one} against {other}")
            });
        }
        let pairs = self.verdicts.iter().zip(&other.verdicts);
        if let Some((one, _)) = pairs.clone().find(|(one, other)| one != other) {
            return Some(format!("the verdicts of {}", one.name()));
        }
        let (one, other) = (self.verdicts.len(), other.verdicts.len());
        (one != other).then(|| format!("the streams of verdicts: {one} against {other}"))
    }
}

impl View {
    /// What follows from what this view knows, as hashes.
    #[must_use]
    pub fn derivation(&self) -> Derivation {
        let mut verdicts: Vec<(VerdictStream, Vec<&Verdict>)> = Vec::new();
        for verdict in &self.verdicts {
            let same = |(stream, _): &&mut (VerdictStream, Vec<&Verdict>)| {
                (&stream.rule, &stream.reading, stream.footing) == (&verdict.rule, &verdict.reading, verdict.footing)
            };
            match verdicts.iter_mut().rev().find(same) {
                Some((_, of)) => of.push(verdict),
                None => {
                    let stream = VerdictStream {
                        rule: verdict.rule.clone(),
                        reading: verdict.reading.clone(),
                        footing: verdict.footing,
                        stream: Stream::of([]),
                    };
                    verdicts.push((stream, vec![verdict]));
                }
            }
        }
        let hashed = |(stream, of): (VerdictStream, Vec<&Verdict>)| VerdictStream {
            stream: Stream::of(of.into_iter().map(write_verdict)),
            ..stream
        };
        Derivation {
            incidents: Stream::of(self.incidents.iter().map(write_incident)),
            verdicts: verdicts.into_iter().map(hashed).collect(),
        }
    }
}
