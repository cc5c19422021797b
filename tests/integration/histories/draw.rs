//! Chance that can be replayed.

/// Draws from one seed, always the same (splitmix64, <https://prng.di.unimi.it/splitmix64.c>).
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).unwrap()
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    /// One of these.
    pub fn of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let len = u32::try_from(all.len()).unwrap();
        (len > 0).then(|| all[self.below(len) as usize].clone())
    }
}
