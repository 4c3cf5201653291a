//! Results made again on several threads, each from its own copy of the state; the fold runs on one, as entries come in order.
//! What is derived, and what is said of it, is [`verifier::derivation`], which browsers run too. Never says anything else
//! for another number of threads.

use super::{Means, Progress};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use verifier::Answer;
use verifier::derivation::{Changed, Derived, Deriving, Entries, Ground};

/// Progress is told every so many entries.
const TOLD_EVERY: u64 = 4096;

pub(super) fn derive(
    entries: &dyn Entries,
    changed: Option<&Changed>,
    means: &Means,
    progress: &mut dyn FnMut(Progress),
) -> Derived {
    let deriving = Deriving::of(entries);
    let given_out = |name: &str| means.published.as_ref().and_then(|folder| std::fs::read(folder.join(name)).ok());
    let answers: Mutex<BTreeMap<usize, Answer>> = Mutex::default();
    // No more copies of the state than threads wait at a time.
    let (give, take) = sync_channel::<(usize, Box<Ground>)>(means.threads.get());
    let take = Mutex::new(take);
    let size = entries.size();
    let folded = std::thread::scope(|scope| {
        for _ in 0..means.threads.get() {
            scope.spawn(|| {
                while let Some((at, ground)) = next(&take) {
                    let answer = deriving.compare(at, &ground, &given_out);
                    answers.lock().unwrap_or_else(PoisonError::into_inner).insert(at, answer);
                }
            });
        }
        let mut told = |done: u64| {
            if done == size {
                progress(Progress { doing: "deriving what follows now", done, of: size });
            } else if done.is_multiple_of(TOLD_EVERY) {
                progress(Progress { doing: "deriving", done, of: size });
            }
        };
        let folded = deriving.fold(entries, &mut told, &mut |at, ground| {
            // The threads listen until the giver is dropped.
            let _ = give.send((at, Box::new(ground)));
        });
        drop(give);
        folded
    });
    let answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    progress(Progress { doing: "deriving", done: size, of: size });
    deriving.conclude(folded, answers, changed)
}

fn next(take: &Mutex<Receiver<(usize, Box<Ground>)>>) -> Option<(usize, Box<Ground>)> {
    take.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}
