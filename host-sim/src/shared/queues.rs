//! Shared queues.

use std::collections::{BTreeMap, VecDeque};

use crate::holdings::ENTRY;
use crate::status::Status;

/// Queues by VM id and name; whoever registered one last is told when something arrives.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    names: BTreeMap<(Vec<u8>, Vec<u8>), u32>,
    queues: BTreeMap<u32, Queue>,
    /// What has arrived for each VM and it was not told of: the root context, and the queue.
    arrivals: BTreeMap<u64, VecDeque<(u32, u32)>>,
}

#[derive(Debug)]
struct Queue {
    /// None when its VM is gone.
    reader: Option<Reader>,
    items: VecDeque<Vec<u8>>,
}

/// The root context that is told of what arrives, and the VM it lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) vm: u64,
    pub(crate) root: u32,
}

impl Queues {
    /// The id of a queue, made where there is none; `reader` is told of arrivals from now on. As in the
    /// reference host (`SharedQueue::registerQueue`) nobody is told where the reader is gone, not even the
    /// one before it: a root context whose configuration was refused takes its queues along.
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
        let new = Queue { reader: None, items: VecDeque::new() };
        self.queues.entry(id).or_insert(new).reader = Some(reader);
        Ok(id)
    }

    pub(crate) fn resolve(&self, vm_id: &[u8], name: &[u8]) -> Result<u32, Status> {
        let key = (vm_id.to_vec(), name.to_vec());
        self.names.get(&key).copied().ok_or(Status::NotFound)
    }

    pub(crate) fn enqueue(&mut self, id: u32, item: &[u8]) -> Result<(), Status> {
        let queue = self.queues.get_mut(&id).ok_or(Status::NotFound)?;
        queue.items.push_back(item.to_vec());
        if let Some(Reader { vm, root }) = queue.reader {
            self.arrivals.entry(vm).or_default().push_back((root, id));
        }
        Ok(())
    }

    pub(crate) fn dequeue(&mut self, id: u32) -> Result<Vec<u8>, Status> {
        let queue = self.queues.get_mut(&id).ok_or(Status::NotFound)?;
        queue.items.pop_front().ok_or(Status::Empty)
    }

    /// The first that has arrived for a VM and that it was not told of: the root context and the
    /// queue.
    pub(crate) fn take_arrival(&mut self, vm: u64) -> Option<(u32, u32)> {
        self.arrivals.get_mut(&vm)?.pop_front()
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        let names = self.names.keys().map(|(vm_id, name)| vm_id.len() + name.len() + 4 * ENTRY);
        let items = self.queues.values().flat_map(|queue| &queue.items);
        let items = items.map(|item| item.len() + ENTRY);
        let arrivals = self.arrivals.values().map(VecDeque::len);
        names.chain(items).chain(arrivals.map(|count| count * ENTRY)).sum()
    }

    /// A VM is gone: nobody waits for what has arrived for it, or will arrive.
    pub(crate) fn forget(&mut self, vm: u64) {
        self.arrivals.remove(&vm);
        for queue in self.queues.values_mut() {
            queue.reader = queue.reader.filter(|reader| reader.vm != vm);
        }
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
        assert_eq!(queues.take_arrival(0), Some((2, id)));
        assert_eq!(queues.take_arrival(0), Some((2, id)));
        assert_eq!(queues.take_arrival(0), None);
    }

    #[test]
    fn arrivals_wait_for_the_vm_that_registered_last() {
        let mut queues = Queues::default();
        let id = queues.register(b"", b"q", reader(7, 1)).unwrap();
        queues.register(b"", b"q", reader(8, 1)).unwrap();
        queues.enqueue(id, b"a").unwrap();
        assert_eq!(queues.take_arrival(7), None);
        assert_eq!(queues.take_arrival(8), Some((1, id)));
        queues.enqueue(id, b"b").unwrap();
        queues.forget(8);
        let held = queues.held();
        queues.enqueue(id, b"").unwrap();
        assert_eq!(queues.take_arrival(8), None);
        assert_eq!(queues.held() - held, ENTRY, "the item, and nothing for a VM that is gone");
    }
}
