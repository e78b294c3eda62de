//! `SplitMix64`, the generator of what is drawn and must never change: simulated accounts, spot checks, tests.
//!
//! G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. A library's
//! generator may give other numbers in its next version; stored ledgers and golden numbers would contradict it. The
//! state is the caller's, so that each stream is as private, or as shared, as it has to be.

/// What the state advances by.
pub const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// The next 64 bits of a stream.
pub const fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(GAMMA);
    mix(*state)
}

/// The finisher: every bit of the outcome depends on every bit of the number.
#[must_use]
pub const fn mix(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of the authors' own program.
    #[test]
    fn the_generator_is_splitmix64() {
        let mut state = 1_234_567;
        let first = [next(&mut state), next(&mut state), next(&mut state)];
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }
}
