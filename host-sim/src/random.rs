//! Where WASI's `random_get` takes its bytes from.

/// The system's randomness, or a sequence that a seed repeats.
#[derive(Debug)]
pub(crate) enum Random {
    System,
    Seeded(u64),
}

impl Random {
    /// Fills `bytes`; false when the system has no randomness to give.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) -> bool {
        match self {
            Self::System => getrandom::fill(bytes).is_ok(),
            Self::Seeded(state) => {
                for chunk in bytes.chunks_mut(8) {
                    let word = split_mix(state).to_le_bytes();
                    chunk.iter_mut().zip(word).for_each(|(byte, random)| *byte = random);
                }
                true
            }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough for a test that must repeat.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_sequence() {
        let (mut one, mut two) = ([0; 20], [0; 20]);
        assert!(Random::Seeded(7).fill(&mut one) && Random::Seeded(7).fill(&mut two));
        assert_eq!(one, two);
        assert!(Random::Seeded(8).fill(&mut two));
        assert_ne!(one, two);
    }
}
