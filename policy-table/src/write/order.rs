//! From handles, in the order of the calls, to numbers, in the order of the format.

use alloc::vec::Vec;
use core::hash::Hash;

use hashbrown::HashMap;

use crate::format::NONE;
use crate::wire::{index, length};

/// Distinct values, in the order in which they came.
#[derive(Debug)]
pub(super) struct Distinct<T> {
    pub(super) values: Vec<T>,
    positions: HashMap<T, u32>,
    /// The value that came last: often the next is the same.
    last: Option<(T, u32)>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self { values: Vec::new(), positions: HashMap::default(), last: None }
    }
}

impl<T: Copy + Eq + Hash> Distinct<T> {
    /// The position of a value, which is added where it is not yet there.
    pub(super) fn position(&mut self, value: T) -> u32 {
        if let Some((_, position)) = self.last.filter(|(last, _)| *last == value) {
            return position;
        }
        let position = *self.positions.entry(value).or_insert_with(|| {
            self.values.push(value);
            length(self.values.len() - 1)
        });
        self.last = Some((value, position));
        position
    }
}

/// Values in sorted order, and for each position in `values` the number that it has there.
pub(super) fn numbered<T: Ord + Copy>(values: impl Iterator<Item = T>) -> (Vec<T>, Vec<u32>) {
    let mut order: Vec<(T, u32)> = values.zip(0..).collect();
    order.sort_unstable();
    let mut numbers = alloc::vec![NONE; order.len()];
    for (number, (_, position)) in order.iter().enumerate() {
        if let Some(slot) = numbers.get_mut(index(*position)) {
            *slot = length(number);
        }
    }
    (order.into_iter().map(|(value, _)| value).collect(), numbers)
}

/// For each item, its position when all are sorted by name.
pub(super) fn sorted_positions<T>(items: &[T], name: impl Fn(&T) -> &str) -> Vec<u32> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|position| items.get(*position).map(&name));
    let mut positions = alloc::vec![NONE; items.len()];
    for (position, item) in order.into_iter().enumerate() {
        if let Some(slot) = positions.get_mut(item) {
            *slot = length(position);
        }
    }
    positions
}

/// The inverse of [`sorted_positions`]: which item stands at each position.
pub(super) fn order_of(positions: &[u32]) -> Vec<usize> {
    let mut order = alloc::vec![0; positions.len()];
    for (item, position) in positions.iter().enumerate() {
        if let Some(slot) = order.get_mut(index(*position)) {
            *slot = item;
        }
    }
    order
}

/// Which of `count` handles occur.
pub(super) fn marked(count: usize, handles: impl Iterator<Item = u32>) -> Vec<bool> {
    let mut marks = alloc::vec![false; count];
    for handle in handles {
        if let Some(mark) = marks.get_mut(index(handle)) {
            *mark = true;
        }
    }
    marks
}

/// The number that a handle got.
pub(super) fn renumber(numbers: &[u32], handle: u32) -> u32 {
    numbers.get(index(handle)).copied().unwrap_or(NONE)
}
