//! Policy documents of any size, for benches of the compiler.
//!
//! Everything in them follows from a seed through SHA-256, so that two runs compile the same
//! bytes and nothing of their size has to be kept in the repository.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Keys a client.
const KEYS_PER_CLIENT: usize = 10;

/// How many distinct lists of prefixes the keys of a policy have.
const ADDRESS_SETS: usize = 1_000;

/// The policy that the budgets are about: ten keys a client, each key with one of 1,000 lists of
/// one to three prefixes.
#[derive(Debug, Clone, Copy)]
pub struct ReferencePolicy {
    /// How many keys it has.
    pub keys: usize,
    /// Whether each key has a validity window of its own.
    pub dates: bool,
    /// Whether the rows of the key file stand in no order, as those of an export may, rather than
    /// client by client: then a program that sorts them finds them sorted.
    pub shuffled: bool,
    /// What tells two policies of the same size apart.
    pub seed: u64,
}

/// A policy about addresses: 1,000 keys, and so many prefixes as cloud providers publish.
#[derive(Debug, Clone, Copy)]
pub struct AddressPolicy {
    /// How many prefixes it has, a quarter of them IPv6.
    pub prefixes: usize,
    /// Whether each key has its part of them, or all keys name one list of all.
    pub split: bool,
    /// What tells two policies of the same size apart.
    pub seed: u64,
}

impl ReferencePolicy {
    /// Writes the policy as `policy.yaml` and one `keys.csv` for all clients; returns the
    /// document's path.
    ///
    /// # Errors
    /// As the file system says.
    pub fn write_csv(&self, folder: &Path) -> io::Result<PathBuf> {
        let (path, mut document) = begin(folder)?;
        writeln!(document, "key_files: [ keys.csv ]\nclients:")?;
        for client in 0..self.keys.div_ceil(KEYS_PER_CLIENT) {
            writeln!(document, "  client-{client:07}: {{ collections: [ orders ] }}")?;
        }
        document.flush()?;
        let mut rows = BufWriter::new(File::create(folder.join("keys.csv"))?);
        let dates = if self.dates { ",not_before,expires" } else { "" };
        writeln!(rows, "client,name,sha256,allowed_ips{dates}")?;
        let mut order: Vec<usize> = (0..self.keys).collect();
        if self.shuffled {
            order.sort_by_cached_key(|key| draw(self.seed, "row", key));
        }
        for key in order {
            let (client, number) = (key / KEYS_PER_CLIENT, key % KEYS_PER_CLIENT);
            write!(rows, "client-{client:07},key-{number},{}", hex(&self.digest(key)))?;
            match self.prefixes(key).as_slice() {
                [one] => write!(rows, ",{one}")?,
                several => write!(rows, ",\"{}\"", several.join(","))?,
            }
            if self.dates {
                let (not_before, expires) = self.window(key);
                write!(rows, ",{not_before},{expires}")?;
            }
            writeln!(rows)?;
        }
        rows.flush()?;
        Ok(path)
    }

    /// Writes the policy as one `policy.yaml`, keys within their clients; returns its path.
    ///
    /// # Errors
    /// As the file system says.
    pub fn write_yaml(&self, folder: &Path) -> io::Result<PathBuf> {
        let (path, mut document) = begin(folder)?;
        writeln!(document, "clients:")?;
        for key in 0..self.keys {
            let (client, number) = (key / KEYS_PER_CLIENT, key % KEYS_PER_CLIENT);
            if number == 0 {
                writeln!(
                    document,
                    "  client-{client:07}:\n    collections: [ orders ]\n    keys:"
                )?;
            }
            let digest = hex(&self.digest(key));
            let prefixes = self.prefixes(key).join(", ");
            write!(
                document,
                "      key-{number}: {{ sha256: \"{digest}\", allowed_ips: [ {prefixes} ]"
            )?;
            if self.dates {
                let (not_before, expires) = self.window(key);
                write!(document, ", not_before: {not_before}, expires: {expires}")?;
            }
            writeln!(document, " }}")?;
        }
        document.flush()?;
        Ok(path)
    }

    fn digest(&self, key: usize) -> [u8; 32] {
        draw(self.seed, "key", key)
    }

    /// The prefixes of a key: those of one of the sets.
    fn prefixes(&self, key: usize) -> Vec<String> {
        let set = number(&draw(self.seed, "set of key", key)) % ADDRESS_SETS;
        let count = set % 3 + 1;
        (0..count).map(|part| prefix(&draw(self.seed, "prefix", set * 3 + part))).collect()
    }

    /// Some second of 2025, and one of 2035.
    fn window(&self, key: usize) -> (String, String) {
        let drawn = draw(self.seed, "window", key);
        let time = |year: usize, at: usize| {
            let part = |place: usize, below: u8| {
                drawn.get(at + place).copied().unwrap_or_default() % below
            };
            let (month, day) = (part(0, 12) + 1, part(1, 28) + 1);
            let (hour, minute, second) = (part(2, 24), part(3, 60), part(4, 60));
            format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
        };
        (time(2025, 0), time(2035, 8))
    }
}

impl AddressPolicy {
    /// How many keys it has.
    pub const KEYS: usize = 1_000;

    /// Writes the policy as `policy.yaml`, and the list of all prefixes as `networks.txt` where
    /// the keys name it; returns the document's path.
    ///
    /// # Errors
    /// As the file system says.
    pub fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        let (path, mut document) = begin(folder)?;
        if !self.split {
            writeln!(document, "ip_lists:\n  networks: {{ file: networks.txt }}")?;
            let mut list = BufWriter::new(File::create(folder.join("networks.txt"))?);
            for prefix in self.part(0, 1) {
                writeln!(list, "{prefix}")?;
            }
            list.flush()?;
        }
        writeln!(document, "clients:")?;
        for key in 0..Self::KEYS {
            let (client, number) = (key / KEYS_PER_CLIENT, key % KEYS_PER_CLIENT);
            if number == 0 {
                writeln!(
                    document,
                    "  client-{client:07}:\n    collections: [ orders ]\n    keys:"
                )?;
            }
            let digest = hex(&draw(self.seed, "key", key));
            let prefixes = if self.split {
                self.part(key, Self::KEYS).collect::<Vec<_>>().join(", ")
            } else {
                "{ list: networks }".to_owned()
            };
            writeln!(
                document,
                "      key-{number}: {{ sha256: \"{digest}\", allowed_ips: [ {prefixes} ] }}"
            )?;
        }
        document.flush()?;
        Ok(path)
    }

    /// Every `step`th prefix from `first`.
    fn part(&self, first: usize, step: usize) -> impl Iterator<Item = String> {
        (first..self.prefixes).step_by(step).map(|at| prefix(&draw(self.seed, "network", at)))
    }
}

/// The document up to its clients.
fn begin(folder: &Path) -> io::Result<(PathBuf, impl Write)> {
    let path = folder.join("policy.yaml");
    let mut document = BufWriter::new(File::create(&path)?);
    writeln!(
        document,
        "version: 1\ncollections:\n  orders:\n    base_path: /orders\n    endpoints: [ {{ methods: [GET], path: \"/{{id}}\" }} ]"
    )?;
    Ok((path, document))
}

/// A prefix as cloud providers publish them: three of four IPv4, /16 to /28, the others IPv6, /40
/// to /56.
fn prefix(drawn: &[u8; 32]) -> String {
    let [family, length, bytes @ ..] = drawn;
    if family % 4 > 0 {
        let length = u32::from(length % 13 + 16);
        let bits = u32::from_be_bytes(bytes.first_chunk().copied().unwrap_or_default());
        // Nothing in 0.0.0.0/8 and 224.0.0.0/3.
        let bits = bits % 0xDF00_0000 + 0x0100_0000;
        format!("{}/{length}", Ipv4Addr::from(bits >> (32 - length) << (32 - length)))
    } else {
        let length = u32::from(length % 17 + 40);
        let bits = u128::from_be_bytes(bytes.first_chunk().copied().unwrap_or_default());
        let bits = bits >> 3 | 1 << 125;
        format!("{}/{length}", Ipv6Addr::from(bits >> (128 - length) << (128 - length)))
    }
}

fn draw(seed: u64, what: &str, number: impl Display) -> [u8; 32] {
    Sha256::digest(format!("not-a-real-key-of-a-bench {seed} {what} {number}")).into()
}

fn number(drawn: &[u8; 32]) -> usize {
    usize::from(u16::from_be_bytes(drawn.first_chunk().copied().unwrap_or_default()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
