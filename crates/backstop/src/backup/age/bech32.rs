//! Keys as people copy them: Bech32 (BIP 173) without its limit of length, as age writes keys. Takes a prefix and bytes; gives
//! text, and the way back. Never reads a text of which one character was changed.

const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const CHECK_LETTERS: usize = 6;

/// The text in lower case.
pub(super) fn encode(prefix: &str, bytes: &[u8]) -> String {
    let mut values = regroup(bytes, 8, 5, Rest::Padded).expect("invariant: padding always fits");
    let mut checked = spread(prefix);
    checked.extend(&values);
    checked.extend([0; CHECK_LETTERS]);
    let check = polymod(&checked) ^ 1;
    values.extend((0..CHECK_LETTERS).map(|at| (check >> (5 * (CHECK_LETTERS - 1 - at)) & 31) as u8));
    let letters = values.iter().map(|value| char::from(LETTERS[usize::from(*value)]));
    format!("{prefix}1{}", letters.collect::<String>())
}

/// The bytes of a text in one case under this prefix, which is in lower case; none for any other text.
pub(super) fn decode(prefix: &str, text: &str) -> Option<Vec<u8>> {
    let lower = text.to_ascii_lowercase();
    if text != lower && text != text.to_ascii_uppercase() {
        return None;
    }
    let letters = lower.strip_prefix(prefix)?.strip_prefix('1')?;
    let value = |letter: u8| LETTERS.iter().position(|known| *known == letter).map(|at| at as u8);
    let values = letters.bytes().map(value).collect::<Option<Vec<u8>>>()?;
    let length = values.len().checked_sub(CHECK_LETTERS)?;
    let mut checked = spread(prefix);
    checked.extend(&values);
    (polymod(&checked) == 1).then_some(())?;
    regroup(&values[..length], 5, 8, Rest::Zeros)
}

/// What becomes of bits that fill no whole group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Zeros are added.
    Padded,
    /// They are fewer than a group of the other side, and zeros; or the text is none of ours.
    Zeros,
}

fn regroup(values: &[u8], from: u32, to: u32, rest: Rest) -> Option<Vec<u8>> {
    let (mut held, mut bits, mut out) = (0_u32, 0, Vec::new());
    for value in values {
        held = (held << from | u32::from(*value)) & 0xfff;
        bits += from;
        while bits >= to {
            bits -= to;
            out.push((held >> bits & ((1 << to) - 1)) as u8);
        }
    }
    let left = held & ((1 << bits) - 1);
    match rest {
        Rest::Padded if bits > 0 => out.push((left << (to - bits)) as u8),
        Rest::Padded => {}
        Rest::Zeros => (bits < from && left == 0).then_some(())?,
    }
    Some(out)
}

/// The prefix as it enters the check.
fn spread(prefix: &str) -> Vec<u8> {
    prefix.bytes().map(|byte| byte >> 5).chain([0]).chain(prefix.bytes().map(|byte| byte & 31)).collect()
}

/// BIP 173, "Checksum".
fn polymod(values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.iter().fold(1, |check, value| {
        let top = check >> 25;
        let shifted = (check & 0x01ff_ffff) << 5 ^ u32::from(*value);
        let chosen = GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1);
        chosen.fold(shifted, |check, (_, term)| check ^ term)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_bip_173_are_read_and_damaged_ones_are_not() {
        assert_eq!(decode("a", "A12UEL5L"), Some(Vec::new()));
        assert_eq!(
            decode("abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw").map(|bytes| bytes.len()),
            Some(20)
        );
        for text in ["A12uEL5L", "a12uel5x", "a12uel5", "b12uel5l", "a1", "1", "", "a12uelbl"] {
            assert_eq!(decode("a", text), None, "{text}");
        }
    }

    #[test]
    fn every_changed_letter_of_a_key_is_noticed() {
        let text = encode("age", &[7; 32]);
        assert_eq!(decode("age", &text).as_deref(), Some([7; 32].as_slice()));
        assert_eq!(decode("age", &text.to_uppercase()).as_deref(), Some([7; 32].as_slice()));
        for at in 4..text.len() {
            for letter in LETTERS {
                let mut other = text.clone().into_bytes();
                other[at] = *letter;
                let other = String::from_utf8(other).expect("ASCII");
                assert!(other == text || decode("age", &other).is_none(), "{other}");
            }
        }
    }
}
