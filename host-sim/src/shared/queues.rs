//! Shared queues.

use std::collections::{BTreeMap, VecDeque};

use crate::status::Status;

/// Queues by VM id and name; whoever registered one last is told when something arrives.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    names: BTreeMap<(Vec<u8>, Vec<u8>), u32>,
    queues: BTreeMap<u32, Queue>,
    arrivals: Vec<(Reader, u32)>,
}

#[derive(Debug)]
struct Queue {
    reader: Reader,
    items: VecDeque<Vec<u8>>,
}

/// The root context that is told of what arrives, and the VM it lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) vm: u64,
    pub(crate) root: u32,
}

impl Queues {
    /// The id of a queue, made where there is none; `reader` is told of arrivals from now on.
    pub(crate) fn register(
        &mut self,
        vm_id: &[u8],
        name: &[u8],
        reader: Reader,
    ) -> Result<u32, Status> {
        let made = u32::try_from(self.names.len()).map_err(|_| Status::InternalFailure)?;
        let key = (vm_id.to_vec(), name.to_vec());
        let id = match self.names.get(&key) {
            Some(id) => *id,
            None => {
                let id = made.checked_add(1).ok_or(Status::InternalFailure)?;
                self.names.insert(key, id);
                id
            }
        };
        let queue = self.queues.entry(id).or_insert(Queue { reader, items: VecDeque::new() });
        queue.reader = reader;
        Ok(id)
    }

    pub(crate) fn resolve(&self, vm_id: &[u8], name: &[u8]) -> Result<u32, Status> {
        let key = (vm_id.to_vec(), name.to_vec());
        self.names.get(&key).copied().ok_or(Status::NotFound)
    }

    pub(crate) fn enqueue(&mut self, id: u32, item: &[u8]) -> Result<(), Status> {
        let queue = self.queues.get_mut(&id).ok_or(Status::NotFound)?;
        queue.items.push_back(item.to_vec());
        self.arrivals.push((queue.reader, id));
        Ok(())
    }

    pub(crate) fn dequeue(&mut self, id: u32) -> Result<Vec<u8>, Status> {
        let queue = self.queues.get_mut(&id).ok_or(Status::NotFound)?;
        queue.items.pop_front().ok_or(Status::Empty)
    }

    /// What arrived for a VM since the last time: the root context and the queue of each.
    pub(crate) fn take_arrivals(&mut self, vm: u64) -> Vec<(u32, u32)> {
        if self.arrivals.is_empty() {
            return Vec::new();
        }
        let all = std::mem::take(&mut self.arrivals);
        let (mine, others) = all.into_iter().partition(|(reader, _)| reader.vm == vm);
        self.arrivals = others;
        let mine: Vec<(Reader, u32)> = mine;
        mine.into_iter().map(|(reader, queue)| (reader.root, queue)).collect()
    }

    /// A VM is gone: nobody waits for what has arrived for it.
    pub(crate) fn forget(&mut self, vm: u64) {
        self.arrivals.retain(|(reader, _)| reader.vm != vm);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(vm: u64, root: u32) -> Reader {
        Reader { vm, root }
    }

    #[test]
    fn queues_are_first_in_first_out() {
        let mut queues = Queues::default();
        assert_eq!(queues.resolve(b"", b"q"), Err(Status::NotFound));
        let id = queues.register(b"", b"q", reader(0, 1)).unwrap();
        assert_eq!(queues.register(b"", b"q", reader(0, 2)), Ok(id));
        assert_ne!(queues.register(b"other", b"q", reader(0, 2)), Ok(id));
        assert_eq!(queues.resolve(b"", b"q"), Ok(id));
        queues.enqueue(id, b"a").unwrap();
        queues.enqueue(id, b"b").unwrap();
        assert_eq!(queues.dequeue(id).unwrap(), b"a");
        assert_eq!(queues.dequeue(id).unwrap(), b"b");
        assert_eq!(queues.dequeue(id), Err(Status::Empty));
        assert_eq!(queues.dequeue(id + 9), Err(Status::NotFound));
        assert_eq!(queues.enqueue(id + 9, b""), Err(Status::NotFound));
        assert_eq!(queues.take_arrivals(0), [(2, id); 2]);
        assert_eq!(queues.take_arrivals(0), []);
    }

    #[test]
    fn arrivals_wait_for_the_vm_that_registered_last() {
        let mut queues = Queues::default();
        let id = queues.register(b"", b"q", reader(7, 1)).unwrap();
        queues.register(b"", b"q", reader(8, 1)).unwrap();
        queues.enqueue(id, b"a").unwrap();
        assert_eq!(queues.take_arrivals(7), []);
        assert_eq!(queues.take_arrivals(8), [(1, id)]);
        queues.enqueue(id, b"b").unwrap();
        queues.forget(8);
        assert_eq!(queues.take_arrivals(8), []);
    }
}
