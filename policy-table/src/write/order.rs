//! From handles, in the order of the calls, to numbers, in the order of the format.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::format::NONE;
use crate::wire::{index, length};

/// Distinct values with their numbers in sorted order.
pub(super) fn numbered<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, u32> {
    let mut numbers: BTreeMap<T, u32> = values.map(|value| (value, 0)).collect();
    for (number, slot) in numbers.values_mut().enumerate() {
        *slot = length(number);
    }
    numbers
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
