//! Names for observations, efforts and incidents that people can say on a radio.
//!
//! Takes the bytes that make a thing what it is; gives 60 bits of their SHA-256 in Crockford's base 32,
//! `OBS-7K2Q-H4M9-TXW3`. The same content has the same id in every store and every order of arrival. Never random.

use sha2::{Digest, Sha256};
use std::fmt;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn digest60(content: &[u8]) -> u64 {
    let hash = Sha256::digest(content);
    let head: [u8; 8] = hash[..8].try_into().expect("invariant: SHA-256 has 32 bytes");
    u64::from_be_bytes(head) >> 4
}

fn write_id(f: &mut fmt::Formatter<'_>, prefix: &str, id: u64) -> fmt::Result {
    f.write_str(prefix)?;
    for group in (0..3).rev() {
        f.write_str("-")?;
        for letter in (0..4).rev() {
            let index = id >> (5 * (group * 4 + letter)) & 31;
            write!(f, "{}", char::from(ALPHABET[index as usize]))?;
        }
    }
    Ok(())
}

fn parse_id(text: &str, prefix: &str) -> Option<u64> {
    let groups: Vec<&str> = text.strip_prefix(prefix)?.strip_prefix('-')?.split('-').collect();
    if groups.len() != 3 || groups.iter().any(|group| group.len() != 4) {
        return None;
    }
    let letters = groups.iter().flat_map(|group| group.bytes());
    letters.into_iter().try_fold(0u64, |id, letter| {
        let value = ALPHABET.iter().position(|a| *a == letter.to_ascii_uppercase())?;
        Some(id << 5 | value as u64)
    })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(u64);

        impl $name {
            /// The id of these bytes.
            #[must_use]
            pub fn of(content: &[u8]) -> $name {
                $name(digest60(content))
            }

            /// The id that a text such as the one of `Display` names.
            #[must_use]
            pub fn parse(text: &str) -> Option<$name> {
                parse_id(text, $prefix).map($name)
            }

            /// The id's bytes, for hashing and ordering.
            #[must_use]
            pub fn bytes(self) -> [u8; 8] {
                self.0.to_be_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_id(f, $prefix, self.0)
            }
        }
    };
}

id!(
    /// Names one observation.
    ObservationId,
    "OBS"
);
id!(
    /// Names one effort.
    EffortId,
    "EFF"
);
id!(
    /// Names one incident.
    IncidentId,
    "INC"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back() {
        let id = ObservationId::of(b"five explosions");
        assert_eq!(ObservationId::parse(&id.to_string()), Some(id));
        assert_eq!(id.to_string().len(), "OBS-7K2Q-H4M9-TXW3".len());
        assert_eq!(ObservationId::parse("INC-7K2Q-H4M9-TXW3"), None);
        assert_eq!(ObservationId::parse("OBS-7K2Q-H4M9"), None);
    }
}
