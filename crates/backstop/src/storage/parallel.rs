//! Takes items and a pure function; gives the results in the order of the items, computed on every core. Never lets the
//! number of cores show in a result.

use std::num::NonZero;
use std::thread;

/// Applies `work` to each item; panics in it are passed on.
pub(super) fn map_in_order<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(cores);
    if cores == 1 || share < 8 {
        return items.into_iter().map(work).collect();
    }
    let mut items = items.into_iter();
    thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = (0..cores)
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
