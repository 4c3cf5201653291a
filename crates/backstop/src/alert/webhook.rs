//! An alert as a signed request to another program, as the Standard Webhooks specification has it: an id that stays the same when it
//! is tried again, the time, and HMAC-SHA256 over both and the body.
//!
//! Takes an address, a key and what to say; gives whether the other side took it. Any other answer is a refusal; none is unknown.

use super::Outcome;
use crate::client::agent;
use base64::{Engine, prelude::BASE64_STANDARD};
use mission::record::body::Alert;
use mission::record::commitment::hmac;
use std::time::Duration;
use terms::Instant;

/// The other side has so long to take it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends an alert, signed as of `at`.
pub(super) fn send(url: &str, secret: &[u8], alert: &Alert, at: Instant) -> Outcome {
    let time = at.ms().div_euclid(1000).to_string();
    let signature = format!("v1,{}", BASE64_STANDARD.encode(signed(secret, alert.id.as_str(), &time, &alert.text)));
    let asked = agent(PATIENCE)
        .post(url)
        .header("content-type", "application/json")
        .header("webhook-id", alert.id.as_str())
        .header("webhook-timestamp", &time)
        .header("webhook-signature", &signature)
        .send(alert.text.as_bytes());
    match asked {
        Ok(answer) if answer.status().is_success() => Outcome::sent(format!("answered {}", answer.status().as_u16())),
        Ok(answer) => Outcome::refused(format!("answered {}", answer.status().as_u16())),
        Err(error) if never_went(&error) => Outcome::refused(format!("no way there: {error}")),
        Err(error) => Outcome::unknown(format!("no answer: {error}")),
    }
}

/// The signature: over id, time and body, each after a full stop.
fn signed(secret: &[u8], id: &str, time: &str, body: &str) -> [u8; 32] {
    // A key shorter than a block is filled with zeros (RFC 2104).
    let mut key = [0; 64];
    key.iter_mut().zip(secret).for_each(|(byte, of)| *byte = *of);
    hmac(&key, format!("{id}.{time}.{body}").as_bytes())
}

/// Whether nothing of the request can have reached the other side.
fn never_went(error: &ureq::Error) -> bool {
    let refused = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
    matches!(
        error,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::BadUri(_) | ureq::Error::Tls(_)
    ) || matches!(error, ureq::Error::Io(error) if refused(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own test suites.
    #[test]
    fn a_signature_is_the_published_one() {
        let secret = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64");
        let made = signed(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#);
        assert_eq!(BASE64_STANDARD.encode(made), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
