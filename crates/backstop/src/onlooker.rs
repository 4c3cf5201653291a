//! How a guarantor or party proves to a server who it is: a token that only two can make, the holder of the party's secret and the
//! store itself.
//!
//! Takes a reader's secret and the other's public key (X25519, RFC 7748); gives a token for one log, one party and a time that ends, and
//! holds one against the keys that the record admits. The server keeps nothing of it. Whoever has the token is that party until it ends,
//! so it goes over HTTPS or stays on one machine.

use crate::storage::{ReaderKey, ReaderSecret};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use mission::Mission;
use mission::record::commitment::hmac;
use terms::time::{DAY_MS, MINUTE_MS};
use terms::{Instant, Party};

/// A token that holds for longer is not believed.
pub const LONGEST_MS: i64 = 7 * DAY_MS;
/// Two clocks may differ by so much.
const ASTRAY_MS: i64 = 5 * MINUTE_MS;
/// First part of a token.
const WORD: &str = "backstop-onlooker-1";
/// No token is longer.
const MOST_BYTES: usize = 1024;

/// A token of a party for the log of that origin, until an instant; none if the store's key is none.
#[must_use]
pub fn token(own: &ReaderSecret, store: ReaderKey, origin: &str, party: &Party, until: Instant) -> Option<String> {
    let mark = marked(&own.shared_key(store, WORD)?, origin, party, until);
    let (party, mark) = (BASE64_URL_SAFE_NO_PAD.encode(party.as_str()), BASE64_URL_SAFE_NO_PAD.encode(mark));
    Some(format!("{WORD}.{party}.{}.{mark}", until.ms()))
}

/// Whom a token proves, by what the record admits now. One answer for every fault: nobody learns which parties there are.
#[must_use]
pub fn proven(token: &str, store: &ReaderSecret, mission: &Mission, origin: &str, now: Instant) -> Option<Party> {
    if token.len() > MOST_BYTES {
        return None;
    }
    let parts: Vec<&str> = token.split('.').collect();
    let [WORD, party, until, mark] = parts[..] else { return None };
    let party = Party::new(&String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(party).ok()?).ok()?)?;
    let until = Instant::from_ms(until.parse().ok()?)?;
    let mark: [u8; 32] = BASE64_URL_SAFE_NO_PAD.decode(mark).ok()?.try_into().ok()?;
    let left_ms = until.ms() - now.ms();
    if !(0..=LONGEST_MS + ASTRAY_MS).contains(&left_ms) {
        return None;
    }
    let key = ReaderKey::parse(&mission.onlookers().get(&party)?.what.key)?;
    let key = store.shared_key(key, WORD)?;
    // Compared under a hash of both, so that the time it takes tells nothing of how much was right.
    let same = hmac(&key, &mark) == hmac(&key, &marked(&key, origin, &party, until));
    same.then_some(party)
}

fn marked(key: &[u8; 32], origin: &str, party: &Party, until: Instant) -> [u8; 32] {
    hmac(key, format!("{WORD}\n{origin}\n{party}\n{}\n", until.ms()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mission::record::Body;
    use mission::record::body::AdmittedOnlooker;

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("a time")
    }

    #[test]
    fn a_token_proves_one_party_to_one_log_until_it_ends() {
        let [store, north, other] = [1, 2, 3].map(|seed| ReaderSecret::new([seed; 32]));
        let party = |name: &str| Party::new(name).expect("a party");
        let mut mission = Mission::default();
        let admit = |mission: &mut Mission, name: &str, secret: &ReaderSecret| {
            let body =
                Body::OnlookerAdmitted(AdmittedOnlooker { party: party(name), key: secret.public().to_string() });
            mission.apply(0, at("2026-03-01T00:00:00Z"), body.kind(), &body.write());
        };
        admit(&mut mission, "North", &north);
        admit(&mut mission, "Південь", &other);
        let (now, until) = (at("2026-03-02T00:00:00Z"), at("2026-03-03T00:00:00Z"));
        let token = token(&north, store.public(), "log.example", &party("North"), until).expect("a token");
        let check = |token: &str, origin: &str, now: Instant| proven(token, &store, &mission, origin, now);
        assert_eq!(check(&token, "log.example", now), Some(party("North")));
        assert_eq!(check(&token, "log.example", until), Some(party("North")));
        assert_eq!(check(&token, "log.example", until.shifted(1)), None, "it has ended");
        assert_eq!(check(&token, "other.example", now), None, "another log");
        assert_eq!(check(&token, "log.example", at("2026-02-01T00:00:00Z")), None, "it would hold for too long");
        let as_south = super::token(&north, store.public(), "log.example", &party("Південь"), until).expect("a token");
        assert_eq!(check(&as_south, "log.example", now), None, "with another's secret");
        let south = super::token(&other, store.public(), "log.example", &party("Південь"), until).expect("a token");
        assert_eq!(check(&south, "log.example", now), Some(party("Південь")));
        for place in 0..token.len() {
            let mut turned = token.clone().into_bytes();
            turned[place] ^= 1;
            let turned = String::from_utf8_lossy(&turned).into_owned();
            assert_eq!(check(&turned, "log.example", now), None, "{turned}");
        }
        let gone = Body::OnlookerDismissed(party("North"));
        mission.apply(1, now, gone.kind(), &gone.write());
        assert_eq!(proven(&token, &store, &mission, "log.example", now), None, "dismissed");
    }
}
