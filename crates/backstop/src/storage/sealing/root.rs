//! The root: 88 bytes on which every wrapped key of a generation depends. Takes and gives the file's two halves. Never
//! overwrites the one that counts before the next is durable.

use super::cipher::Key;
use sha2::{Digest, Sha256};

/// Each half has a block of its own, so that writing one cannot tear the other.
pub(super) const HALF_BYTES: u64 = 4096;
const MAGIC: &[u8; 16] = b"backstop-root/1\n";
const CHECK_BYTES: usize = 32;
/// Magic, generation, secret, check.
const ROOT_BYTES: usize = MAGIC.len() + 8 + 32 + CHECK_BYTES;

/// The secret of one generation of record keys.
#[derive(Clone)]
pub(super) struct Root {
    pub(super) generation: u64,
    pub(super) secret: Key,
}

impl Root {
    /// Where this generation's half begins.
    pub(super) fn offset(&self) -> u64 {
        self.generation % 2 * HALF_BYTES
    }

    /// The root of the generation after this, where it has to be reached without a copy of it: whoever destroys this one
    /// keeps no way back.
    pub(super) fn next(&self) -> Root {
        let generation = self.generation + 1;
        Root { generation, secret: self.secret.derive("next root", &[&generation.to_be_bytes()]) }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [MAGIC.as_slice(), &self.generation.to_be_bytes(), &self.secret.0].concat();
        let check = Sha256::digest(&bytes);
        bytes.extend(check);
        bytes
    }

    /// The root in a half; none if it holds none.
    fn parse(half: &[u8]) -> Option<Root> {
        let (body, check) = half.get(..ROOT_BYTES)?.split_at(ROOT_BYTES - CHECK_BYTES);
        let rest = body.strip_prefix(MAGIC).filter(|_| Sha256::digest(body)[..] == *check)?;
        let (generation, secret) = rest.split_first_chunk()?;
        Some(Root { generation: u64::from_be_bytes(*generation), secret: Key(secret.try_into().ok()?) })
    }

    /// The roots of a file, the newest last: two only if a change of generation was cut off.
    pub(super) fn read(file: &[u8]) -> Vec<Root> {
        let mut roots: Vec<Root> = file.chunks(HALF_BYTES as usize).take(2).filter_map(Root::parse).collect();
        roots.sort_by_key(|root| root.generation);
        roots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_half_is_no_root_and_leaves_the_other() {
        let root = |generation| Root { generation, secret: Key([generation as u8; 32]) };
        let (old, new) = (root(6), root(7));
        let mut file = vec![0; 2 * HALF_BYTES as usize];
        let put = |file: &mut Vec<u8>, root: &Root, length: usize| {
            file[root.offset() as usize..][..length].copy_from_slice(&root.to_bytes()[..length]);
        };
        put(&mut file, &old, ROOT_BYTES);
        let generations = |file: &[u8]| Root::read(file).iter().map(|root| root.generation).collect::<Vec<_>>();
        for torn in 0..ROOT_BYTES {
            let mut file = file.clone();
            put(&mut file, &new, torn);
            assert_eq!(generations(&file), [6], "{torn} bytes");
        }
        put(&mut file, &new, ROOT_BYTES);
        assert_eq!(generations(&file), [6, 7]);
        assert_eq!(Root::read(&file)[1].secret.0, [7; 32]);
    }
}
