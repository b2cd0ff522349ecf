//! Lists of networks of real size: read from files, or made from a seed in the shape of real ones.
//!
//! [`Networks::made`] is modelled on the lists that eight large providers published in July 2025
//! (AWS, Azure, Cloudflare, DigitalOcean, Fastly, GitHub, Google Cloud, Starlink), 69,805
//! prefixes. What was counted there is in the constants below:
//!
//! - how many prefixes of each length stand for themselves, and how many lie inside another;
//! - how many runs of adjacent prefixes the former make (what is left after joining them);
//! - over how many leading bytes (IPv4) or /32 networks (IPv6) they are spread.
//!
//! Prefixes that stand for themselves are dealt to the runs, large before
//! small, so that each follows the one before without a gap. A prefix
//! inside another is put anywhere in one that is larger. Runs may meet by chance, as real ones do.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use ipnet::IpNet;
use policy_table::write::AddressSet;

/// Prefixes in the order of a list, which means nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// What was counted of one family: (length, prefixes that stand for themselves, prefixes inside another).
type Lengths = &'static [(u8, usize, usize)];

#[rustfmt::skip]
const V4_LENGTHS: Lengths = &[
    (11, 2, 0), (12, 11, 0), (13, 25, 0), (14, 66, 0), (15, 224, 0), (16, 661, 0), (17, 690, 1),
    (18, 651, 2), (19, 487, 8), (20, 1002, 9), (21, 627, 23), (22, 998, 226), (23, 840, 1043),
    (24, 4232, 2026), (25, 951, 1349), (26, 793, 3144), (27, 945, 4403), (28, 576, 4749),
    (29, 266, 5098), (30, 257, 2305), (31, 731, 2029), (32, 1163, 9679),
];
const V4_RUNS: usize = 2_078;
const V4_LEADING_BYTES: usize = 154;

#[rustfmt::skip]
const V6_LENGTHS: Lengths = &[
    (29, 2, 0), (32, 10, 0), (33, 1, 0), (34, 2, 0), (35, 3, 0), (36, 169, 0), (37, 1, 0),
    (38, 1, 0), (39, 66, 0), (40, 1371, 3), (41, 24, 0), (42, 227, 0), (43, 2, 0), (44, 64, 0),
    (45, 6, 0), (46, 32, 0), (47, 143, 1), (48, 693, 129), (49, 2, 10), (50, 2, 0), (52, 6, 0),
    (54, 96, 0), (55, 122, 0), (56, 445, 174), (57, 18, 77), (58, 32, 24), (59, 40, 169),
    (60, 114, 2), (61, 102, 6), (62, 236, 44), (63, 319, 88), (64, 769, 532), (96, 5, 0),
    (117, 0, 111), (118, 0, 11), (119, 0, 33), (120, 0, 506), (121, 0, 1984), (122, 0, 1950),
    (123, 1, 2750), (124, 0, 1084), (125, 0, 1756), (126, 0, 247), (127, 2, 152), (128, 46, 496),
];
const V6_RUNS: usize = 2_673;
const V6_ALLOCATIONS: usize = 288;

impl Networks {
    /// A list of the shape of the real ones, another for each seed.
    #[must_use]
    pub fn made(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let leading: Vec<u128> =
            (0..V4_LEADING_BYTES).map(|_| u128::from(random.u8(1..224)) << 120).collect();
        let allocations: Vec<u128> = (0..V6_ALLOCATIONS)
            .map(|_| u128::from(0x2000_0000 | random.u32(..0x1000_0000)) << 96)
            .collect();
        let v4 = family(V4_LENGTHS, V4_RUNS, &leading, 8, &mut random);
        let v6 = family(V6_LENGTHS, V6_RUNS, &allocations, 32, &mut random);
        let v4 = v4.into_iter().map(|(first, length)| {
            let first = u32::try_from(first >> 96).unwrap_or(u32::MAX);
            (IpAddr::V4(Ipv4Addr::from(first)), length)
        });
        let v6 = v6.into_iter().map(|(first, length)| (IpAddr::V6(Ipv6Addr::from(first)), length));
        let mut networks: Vec<IpNet> = v4
            .chain(v6)
            .filter_map(|(first, length)| IpNet::new(first, length).ok())
            .map(|network| network.trunc())
            .collect();
        random.shuffle(&mut networks);
        Self(networks)
    }

    /// All `.txt` files of a folder: one prefix a line, `#` starts a comment.
    ///
    /// # Errors
    /// Where a file cannot be read, or a line is no prefix.
    pub fn read(folder: &Path) -> Result<Self> {
        let entries =
            folder.read_dir().with_context(|| format!("cannot read `{}`", folder.display()))?;
        let mut files: Vec<_> =
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
        files.sort();
        let mut networks = Vec::new();
        for file in files {
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read `{}`", file.display()))?;
            for (number, line) in text.lines().enumerate() {
                let prefix = line.split('#').next().unwrap_or_default().trim();
                if !prefix.is_empty() {
                    networks.push(prefix.parse().with_context(|| {
                        format!(
                            "{}:{}: expected a prefix, found `{prefix}`",
                            file.display(),
                            number + 1
                        )
                    })?);
                }
            }
        }
        ensure!(!networks.is_empty(), "no prefix in the .txt files of `{}`", folder.display());
        Ok(Self(networks))
    }

    /// The prefixes.
    #[must_use]
    pub fn prefixes(&self) -> &[IpNet] {
        &self.0
    }

    /// As `parts` lists of equal length, dealt in turn, so that each has some of every kind.
    #[must_use]
    pub fn split(&self, parts: usize) -> Vec<Self> {
        (0..parts.max(1))
            .map(|part| Self(self.0.iter().copied().skip(part).step_by(parts.max(1)).collect()))
            .collect()
    }

    /// As a set for a table.
    #[must_use]
    pub fn set(&self) -> AddressSet {
        let mut set = AddressSet::default();
        for network in &self.0 {
            match network {
                IpNet::V4(network) => set.insert_v4(network.network(), network.broadcast()),
                IpNet::V6(network) => set.insert_v6(network.network(), network.broadcast()),
            }
        }
        set
    }

    /// Whether an address is in one of them; looks at each, for checking what a table says.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// One family: first addresses in the high bits of a number, and lengths.
fn family(
    lengths: Lengths,
    runs: usize,
    places: &[u128],
    place_bits: u8,
    random: &mut Rng,
) -> Vec<(u128, u8)> {
    let mut alone: Vec<u8> = Vec::new();
    for (length, count, _) in lengths {
        alone.extend(std::iter::repeat_n(*length, *count));
    }
    random.shuffle(&mut alone);
    let mut dealt: Vec<Vec<u8>> = vec![Vec::new(); runs];
    for (number, length) in alone.into_iter().enumerate() {
        // Every run has one; the square puts most of the others into few long runs.
        let share = random.f64();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a position in a short list"
        )]
        let run = if number < runs { number } else { (share * share * runs as f64) as usize };
        if let Some(run) = dealt.get_mut(run) {
            run.push(length);
        }
    }
    let mut networks = Vec::new();
    for mut run in dealt {
        run.sort_unstable();
        let largest = run.first().copied().unwrap_or(0);
        let place = random.choice(places).copied().unwrap_or_default();
        let mut next = (place | random.u128(..) & hosts(place_bits)) & !hosts(largest);
        for length in run {
            networks.push((next, length));
            next = next.wrapping_add(1_u128.checked_shl(128 - u32::from(length)).unwrap_or(0));
        }
    }
    // Sorted by length, the larger ones than any length are the first so many.
    networks.sort_unstable_by_key(|(_, length)| *length);
    let alone = networks.clone();
    for (length, _, inside) in lengths {
        let larger = alone.partition_point(|(_, other)| other < length);
        for _ in 0..*inside {
            let outer = alone.get(random.usize(..larger.max(1))).copied();
            if let Some((first, outer)) = outer {
                networks
                    .push(((first | random.u128(..) & hosts(outer)) & !hosts(*length), *length));
            }
        }
    }
    networks
}

/// The bits that are free in a prefix of this length.
fn hosts(length: u8) -> u128 {
    u128::MAX.checked_shr(length.into()).unwrap_or(0)
}
