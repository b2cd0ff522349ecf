//! Work on all processors that there are.

use std::iter::Enumerate;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::vec::IntoIter;

use policy_table::write::Workers;

/// On how many processors this process may run.
pub(crate) fn count() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Does the same work on every item; the results are in the order of the items, whoever did them.
///
/// The thread that asks does its share and is alone without processors, or threads, to spare. Only
/// it hears what the work of its own items tells.
pub(crate) fn each<T: Send, R: Send>(
    items: Vec<T>,
    hear: &dyn Fn(usize),
    work: impl Fn(T, &dyn Fn(usize)) -> R + Sync,
) -> Vec<R> {
    let helpers = count().min(items.len()).saturating_sub(1);
    let queue = Queue::new(items);
    thread::scope(|scope| {
        let deaf = || queue.work(|item| work(item, &|_| ()));
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, deaf).ok();
        let helpers: Vec<_> = (0..helpers).filter_map(spawn).collect();
        queue.work(|item| work(item, hear));
        for helper in helpers {
            helper.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
    queue.into_results()
}

/// All processors, for a table in the making.
#[derive(Debug, Clone, Copy)]
pub(crate) struct All;

impl Workers for All {
    fn each<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        each(items, &|_| (), |item, _| work(item))
    }
}

/// Items that are worked on by whoever has time.
#[derive(Debug)]
pub(crate) struct Queue<T, R> {
    items: Mutex<Enumerate<IntoIter<T>>>,
    results: Mutex<Vec<(usize, R)>>,
}

impl<T, R> Queue<T, R> {
    pub(crate) fn new(items: Vec<T>) -> Self {
        Self { items: Mutex::new(items.into_iter().enumerate()), results: Mutex::default() }
    }

    /// Works on items until there are none left; others may still be at work on theirs.
    pub(crate) fn work(&self, work: impl Fn(T) -> R) {
        while let Some((position, item)) = self.next() {
            let result = work(item);
            self.results.lock().unwrap_or_else(PoisonError::into_inner).push((position, result));
        }
    }

    fn next(&self) -> Option<(usize, T)> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).next()
    }

    /// The results, in the order of the items.
    pub(crate) fn into_results(self) -> Vec<R> {
        let mut results = self.results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_unstable_by_key(|(position, _)| *position);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

/// Does two things at once, the second on another thread where a processor is to spare.
pub(crate) fn both<A, B: Send>(one: impl FnOnce() -> A, other: impl Fn() -> B + Sync) -> (A, B) {
    thread::scope(|scope| {
        let spawn = || thread::Builder::new().spawn_scoped(scope, &other).ok();
        let helper = if count() > 1 { spawn() } else { None };
        let one = one();
        let other = match helper {
            Some(helper) => helper.join().unwrap_or_else(|panic| resume_unwind(panic)),
            None => other(),
        };
        (one, other)
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let heard = Cell::new(0);
        let squares = each((0..1_000_usize).collect(), &|item| heard.set(item), |item, tell| {
            tell(item);
            item * item
        });
        assert_eq!(squares, (0..1_000).map(|item| item * item).collect::<Vec<_>>());
    }

    #[test]
    fn both_are_done() {
        let mut heard = 0;
        assert_eq!(both(|| heard += 1, || "other"), ((), "other"));
        assert_eq!(heard, 1);
    }

    #[test]
    fn nothing_to_do_is_done() {
        assert!(each(Vec::<u8>::new(), &|_| (), |item, _| item).is_empty());
    }
}
