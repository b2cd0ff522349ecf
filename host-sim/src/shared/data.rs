//! Shared data.

use std::collections::BTreeMap;

use crate::holdings::ENTRY;
use crate::status::Status;

/// Values by VM id and key, each with a number that changes with it.
#[derive(Debug, Default)]
pub(crate) struct SharedData {
    vms: BTreeMap<String, Values>,
    last: u32,
}

/// Values of one VM id.
type Values = BTreeMap<Vec<u8>, (Vec<u8>, u32)>;

impl SharedData {
    pub(crate) fn get(&self, vm_id: &str, key: &[u8]) -> Result<(&[u8], u32), Status> {
        let values = self.vms.get(vm_id).ok_or(Status::NotFound)?;
        let (value, number) = values.get(key).ok_or(Status::NotFound)?;
        Ok((value, *number))
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        let values = self.vms.values().flatten();
        values.map(|(key, (value, _))| key.len() + value.len() + 2 * ENTRY).sum()
    }

    /// Sets a value. A `compare` other than 0 must be the number of the present value; a key that
    /// is new is set whatever `compare` says, as in the reference host.
    pub(crate) fn set(
        &mut self,
        vm_id: &str,
        key: &[u8],
        value: &[u8],
        compare: u32,
    ) -> Result<(), Status> {
        if let Ok((_, number)) = self.get(vm_id, key)
            && compare != 0
            && compare != number
        {
            return Err(Status::CasMismatch);
        }
        self.last = self.last.checked_add(1).unwrap_or(1);
        let values = self.vms.entry(vm_id.to_owned()).or_default();
        values.insert(key.to_vec(), (value.to_vec(), self.last));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compare_and_set() {
        let mut shared = SharedData::default();
        assert_eq!(shared.get("", b"k"), Err(Status::NotFound));
        shared.set("", b"k", b"one", 77).unwrap();
        let (_, number) = shared.get("", b"k").unwrap();
        assert_eq!(shared.set("", b"k", b"two", number + 1), Err(Status::CasMismatch));
        shared.set("", b"k", b"two", number).unwrap();
        assert_eq!(shared.set("", b"k", b"three", number), Err(Status::CasMismatch));
        shared.set("", b"k", b"", 0).unwrap();
        assert_eq!(shared.get("", b"k").unwrap().0, b"");
    }

    #[test]
    fn every_vm_id_has_its_own() {
        let mut shared = SharedData::default();
        shared.set("one", b"k", b"v", 0).unwrap();
        assert_eq!(shared.get("two", b"k"), Err(Status::NotFound));
    }
}
