//! Takes items and a pure function; gives the results in the order of the items, computed on several threads. Never lets the
//! number of threads show in a result.

use std::num::NonZero;
use std::thread;

/// As many threads as there are cores for this process.
pub(super) fn every_core() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// Applies `work` to each item on `threads` threads; panics in it are passed on.
pub(crate) fn map_in_order<T: Send, R: Send>(
    threads: NonZero<usize>,
    items: Vec<T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let share = items.len().div_ceil(threads.get());
    if threads.get() == 1 || share < 8 {
        return items.into_iter().map(work).collect();
    }
    let mut items = items.into_iter();
    thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = (0..threads.get())
            .map(|_| items.by_ref().take(share).collect::<Vec<T>>())
            .map(|items| scope.spawn(move || items.into_iter().map(work).collect::<Vec<R>>()))
            .collect();
        let results = workers.into_iter().flat_map(|worker| match worker.join() {
            Ok(results) => results,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        results.collect()
    })
}
