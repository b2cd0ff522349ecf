//! Shared data and shared queues.

use std::collections::{BTreeMap, VecDeque};

use crate::status::Status;

/// Values by key, each with a number that changes with it.
#[derive(Debug, Default)]
pub(crate) struct SharedData {
    values: BTreeMap<Vec<u8>, (Vec<u8>, u32)>,
    last: u32,
}

impl SharedData {
    pub(crate) fn get(&self, key: &[u8]) -> Result<(&[u8], u32), Status> {
        let (value, number) = self.values.get(key).ok_or(Status::NotFound)?;
        Ok((value, *number))
    }

    /// Sets a value. A `compare` other than 0 must be the number of the present value; a key that
    /// is new is set whatever `compare` says, as in the reference host.
    pub(crate) fn set(&mut self, key: &[u8], value: &[u8], compare: u32) -> Result<(), Status> {
        if let Some((_, number)) = self.values.get(key)
            && compare != 0
            && compare != *number
        {
            return Err(Status::CasMismatch);
        }
        self.last = self.last.checked_add(1).unwrap_or(1);
        self.values.insert(key.to_vec(), (value.to_vec(), self.last));
        Ok(())
    }
}

/// Queues by name; the root context that registered one last is told when something arrives.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    names: BTreeMap<Vec<u8>, u32>,
    queues: BTreeMap<u32, Queue>,
    arrivals: Vec<Arrival>,
}

#[derive(Debug, Default)]
struct Queue {
    reader: u32,
    items: VecDeque<Vec<u8>>,
}

/// Something was put into a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) reader: u32,
    pub(crate) queue: u32,
}

impl Queues {
    /// The id of a queue, made where there is none; `reader` is told of arrivals from now on.
    pub(crate) fn register(&mut self, name: &[u8], reader: u32) -> Result<u32, Status> {
        let id = match self.names.get(name) {
            Some(id) => *id,
            None => {
                let made = u32::try_from(self.names.len()).map_err(|_| Status::InternalFailure)?;
                let id = made.checked_add(1).ok_or(Status::InternalFailure)?;
                self.names.insert(name.to_vec(), id);
                id
            }
        };
        self.queues.entry(id).or_default().reader = reader;
        Ok(id)
    }

    pub(crate) fn resolve(&self, name: &[u8]) -> Result<u32, Status> {
        self.names.get(name).copied().ok_or(Status::NotFound)
    }

    pub(crate) fn enqueue(&mut self, id: u32, item: &[u8]) -> Result<(), Status> {
        let queue = self.queues.get_mut(&id).ok_or(Status::NotFound)?;
        queue.items.push_back(item.to_vec());
        self.arrivals.push(Arrival { reader: queue.reader, queue: id });
        Ok(())
    }

    pub(crate) fn dequeue(&mut self, id: u32) -> Result<Vec<u8>, Status> {
        let queue = self.queues.get_mut(&id).ok_or(Status::NotFound)?;
        queue.items.pop_front().ok_or(Status::Empty)
    }

    /// What arrived since the last time.
    pub(crate) fn take_arrivals(&mut self) -> Vec<Arrival> {
        std::mem::take(&mut self.arrivals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compare_and_set() {
        let mut shared = SharedData::default();
        assert_eq!(shared.get(b"k"), Err(Status::NotFound));
        shared.set(b"k", b"one", 77).unwrap();
        let (_, number) = shared.get(b"k").unwrap();
        assert_eq!(shared.set(b"k", b"two", number + 1), Err(Status::CasMismatch));
        shared.set(b"k", b"two", number).unwrap();
        assert_eq!(shared.set(b"k", b"three", number), Err(Status::CasMismatch));
        shared.set(b"k", b"", 0).unwrap();
        assert_eq!(shared.get(b"k").unwrap().0, b"");
    }

    #[test]
    fn queues_are_first_in_first_out() {
        let mut queues = Queues::default();
        assert_eq!(queues.resolve(b"q"), Err(Status::NotFound));
        let id = queues.register(b"q", 1).unwrap();
        assert_eq!(queues.register(b"q", 2), Ok(id));
        assert_eq!(queues.resolve(b"q"), Ok(id));
        queues.enqueue(id, b"a").unwrap();
        queues.enqueue(id, b"b").unwrap();
        assert_eq!(queues.dequeue(id).unwrap(), b"a");
        assert_eq!(queues.dequeue(id).unwrap(), b"b");
        assert_eq!(queues.dequeue(id), Err(Status::Empty));
        assert_eq!(queues.dequeue(id + 1), Err(Status::NotFound));
        assert_eq!(queues.enqueue(id + 1, b""), Err(Status::NotFound));
        assert_eq!(queues.take_arrivals(), [Arrival { reader: 2, queue: id }; 2]);
        assert_eq!(queues.take_arrivals(), []);
    }
}
