//! Where things of a name stand, found fast among hundreds of thousands.
//!
//! Takes names in order; gives the places of one, in that order. A name is found by a fixed hash, so whoever asks compares the name
//! itself as well: two names may share a hash. Nothing ever stands in the order of a hash.

use terms::Label;

/// Places by the hash of a name, and in their order within it.
pub(super) struct Index(Vec<(u64, u32)>);

impl Index {
    /// The index of names, each at its place; what has none is in no place.
    pub(super) fn of<'a>(names: impl Iterator<Item = Option<&'a Label>>) -> Index {
        // A page and a log hold far fewer than 2^32; what lies beyond is not looked for.
        let places = (0..=u32::MAX).zip(names);
        let mut places: Vec<(u64, u32)> =
            places.filter_map(|(place, name)| Some((hash(name?.as_str()), place))).collect();
        places.sort_unstable();
        Index(places)
    }

    /// The places where this name may stand, in their order.
    pub(super) fn at(&self, name: &Label) -> impl Iterator<Item = usize> {
        let wanted = hash(name.as_str());
        let first = self.0.partition_point(|(hash, _)| *hash < wanted);
        self.0[first..].iter().take_while(move |(hash, _)| *hash == wanted).map(|(_, place)| *place as usize)
    }
}

/// FNV-1a, 64 bits: the same on every machine.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_in_their_order() {
        let names: Vec<Option<Label>> = ["a", "b", "", "a", "c", "a"].map(Label::new).into();
        let index = Index::of(names.iter().map(Option::as_ref));
        let places = |name| index.at(&Label::new(name).expect("a label")).collect::<Vec<_>>();
        assert_eq!((places("a"), places("b"), places("d")), (vec![0, 3, 5], vec![1], vec![]));
        // The value that the description of the hash publishes.
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
    }
}
