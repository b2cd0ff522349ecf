//! "Grants", "Clients" and "Keys".

use super::{Broken, Cold, Sections, below, bits_below, holds, none_or_below, range};

pub fn check(sections: &Sections<'_>, rules: usize, cold: &Cold) -> Result<(), Broken> {
    let grants = check_grants(sections)?;
    for class in sections.words("classes") {
        holds(below(class[0], grants), "classes: a grant that exists")?;
        holds(none_or_below(class[1], rules), "classes: an address rule or NONE")?;
        holds(class[2] & !1 == 0, "classes: known flags")?;
    }
    let clients = check_clients(sections)?;
    cold.check_client_ids(sections, clients)?;
    for attributes in sections.words("attributes") {
        holds(none_or_below(attributes[0], rules), "attributes: an address rule or NONE")?;
        holds(none_or_below(attributes[1], grants), "attributes: a grant or NONE")?;
        holds(attributes[2] & !1 == 0, "attributes: known flags")?;
    }
    for window in sections.bytes("windows").chunks(16) {
        let time = |at: usize| i64::from_le_bytes(window[at..at + 8].try_into().unwrap());
        holds(time(0) < time(8), "windows: begin is before end")?;
    }
    check_keys(sections, clients)
}

fn check_grants(sections: &Sections<'_>) -> Result<usize, Broken> {
    let starts = sections.words("grant_starts");
    let members = sections.words("grant_members");
    let first = starts.first().ok_or("grant_starts: one record more for the end")?;
    holds(first[0] == 0, "grants begin with the section")?;
    holds(starts.last().unwrap()[0] as usize == members.len(), "grants fill the section")?;
    for pair in starts.windows(2) {
        let members = &members[range(pair[0][0], pair[1][0], members.len(), "members")?];
        holds(members.windows(2).all(|pair| pair[0] < pair[1]), "members of a grant rise")?;
        let collections = sections.count("collections");
        let exist = members.iter().all(|member| below(member[0], collections));
        holds(exist, "members are collections that exist")?;
    }
    Ok(starts.len() - 1)
}

/// How many clients there are.
pub fn check_clients(sections: &Sections<'_>) -> Result<usize, Broken> {
    let classes = sections.count("classes");
    let width = (bits_below(classes).div_ceil(8) as usize).max(1);
    let clients = sections.bytes("clients");
    holds(clients.len().is_multiple_of(width), "clients: a whole number of classes")?;
    for class in clients.chunks(width) {
        holds(number(class) < classes as u128, "clients: a class that exists")?;
    }
    Ok(clients.len() / width)
}

fn check_keys(sections: &Sections<'_>, clients: usize) -> Result<(), Broken> {
    let buckets = sections.words("key_buckets");
    let keys = buckets.last().ok_or("key_buckets: one record more for the end")?[0] as usize;
    let bucket_bits = (0..32).find(|bits| keys >> bits <= 16).unwrap();
    holds(buckets.len() == (1 << bucket_bits) + 1, "2^b buckets and one more for the end")?;
    holds(buckets[0][0] == 0, "the first bucket begins with the section")?;
    let (attributes, windows) = (sections.count("attributes"), sections.count("windows"));
    let bits = [bits_below(clients), bits_below(attributes), bits_below(windows)];
    let all_bits: u32 = bits.iter().sum();
    holds(all_bits <= 64, "together they are at most 64 bits")?;
    let kept = 16 - bucket_bits / 8;
    let record = kept + all_bits.div_ceil(8) as usize;
    let records = sections.bytes("key_records");
    holds(records.len() == keys * record, "the records of all keys and nothing else")?;
    let mut digests = Vec::new();
    for (bucket, pair) in buckets.windows(2).enumerate() {
        for key in range(pair[0][0], pair[1][0], keys, "keys of a bucket")? {
            let (digest, tail) = records[key * record..(key + 1) * record].split_at(kept);
            // The whole digest, big-endian: what only the bucket says, then what the record says.
            let only_bucket = bucket_bits / 8 * 8;
            let leading = (bucket as u128) >> (bucket_bits - only_bucket);
            let leading = leading.checked_shl(128 - only_bucket as u32).unwrap_or(0);
            let digest = digest.iter().fold(0, |digest, byte| digest << 8 | u128::from(*byte));
            let digest = leading | digest;
            let named = digest.checked_shr(128 - bucket_bits as u32).unwrap_or(0);
            holds(named == bucket as u128, "a key is in the bucket that its digest names")?;
            digests.push(digest);
            let tail = number(tail);
            let client = tail & ((1 << bits[0]) - 1);
            let attribute = tail >> bits[0] & ((1 << bits[1]) - 1);
            let window = tail >> (bits[0] + bits[1]);
            holds(client < clients as u128, "a client that exists")?;
            holds(attribute < attributes as u128, "attributes that exist")?;
            holds(window < windows as u128, "a window that exists, and no bits beyond")?;
        }
    }
    holds(digests.windows(2).all(|pair| pair[0] < pair[1]), "digests rise")
}

fn number(bytes: &[u8]) -> u128 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u128::from(*byte))
}
