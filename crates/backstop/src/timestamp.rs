//! Timestamps of outside authorities over a checkpoint (RFC 3161): everything in the log before it existed then.
//!
//! Takes a signed checkpoint and an authority's whole answer; gives the request, and what the answer says. Never judges an
//! authority's certificate: that is left to a tool that nobody here wrote, with the line to run it.

use cms::signed_data::SignedData;
use der::asn1::{Int, OctetString};
use der::oid::ObjectIdentifier;
use der::{Any, Decode, Encode};
use mission::record::evidence::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use terms::Instant;
use verifier::Answer;
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion, TstInfo};

const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// No answer of an authority is longer.
pub const MAX_RESPONSE_BYTES: usize = 1 << 20;

/// A request for a timestamp over these bytes, in DER; it asks for the authority's certificate. The `nonce` comes back in the answer.
///
/// # Panics
/// Never: each part of the request has a form in DER.
#[must_use]
pub fn request(checkpoint: &str, nonce: [u8; 8]) -> Vec<u8> {
    // A leading 1 keeps the number positive and of one length.
    let nonce: Vec<u8> = [&[1], nonce.as_slice()].concat();
    let null = Any::new(der::Tag::Null, Vec::new()).expect("invariant: NULL is a value");
    let request = TimeStampReq {
        version: TspVersion::V1,
        message_imprint: MessageImprint {
            hash_algorithm: cms::cert::x509::spki::AlgorithmIdentifier { oid: SHA_256, parameters: Some(null) },
            hashed_message: OctetString::new(Sha256::digest(checkpoint).as_slice())
                .expect("invariant: 32 bytes are few"),
        },
        req_policy: None,
        nonce: Some(Int::new(&nonce).expect("invariant: nine bytes are few")),
        cert_req: true,
        extensions: None,
    };
    request.to_der().expect("invariant: a request has a form in DER")
}

/// What an authority's answer says, before anyone has checked its signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// The instant that it names.
    pub at: Instant,
    /// The SHA-256 that it stands over.
    pub over: [u8; 32],
    /// The policy of the authority, as dotted numbers.
    pub policy: String,
}

/// Why an answer says nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unsaid {
    /// The authority refused: its status and its words.
    Refused(String),
    /// The answer could not be read here; another tool may be able to.
    Unreadable(String),
}

impl fmt::Display for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsaid::Refused(why) => write!(f, "the authority refused: {why}"),
            Unsaid::Unreadable(why) => write!(f, "the answer is not a timestamp that can be read here: {why}"),
        }
    }
}

/// Reads an authority's whole answer.
///
/// # Errors
/// When it refused, or its answer cannot be read.
pub fn read(response: &[u8]) -> Result<Said, Unsaid> {
    let unreadable = |why: &dyn fmt::Display| Unsaid::Unreadable(why.to_string());
    if response.len() > MAX_RESPONSE_BYTES {
        return Err(unreadable(&format!("it has more than {MAX_RESPONSE_BYTES} bytes")));
    }
    let answer = TimeStampResp::from_der(response).map_err(|error| unreadable(&error))?;
    let Some(token) = answer.time_stamp_token else {
        return Err(Unsaid::Refused(format!("{:?}", answer.status.status)));
    };
    let signed =
        token.content.to_der().and_then(|der| SignedData::from_der(&der)).map_err(|error| unreadable(&error))?;
    let content = signed.encap_content_info.econtent.ok_or_else(|| unreadable(&"it holds no content"))?;
    let info = content.decode_as::<OctetString>().and_then(|bytes| TstInfo::from_der(bytes.as_bytes()));
    let info = info.map_err(|error| unreadable(&error))?;
    let over = info.message_imprint.hashed_message.as_bytes().try_into();
    let over = over.map_err(|_| unreadable(&"it stands over another kind of hash"))?;
    if info.message_imprint.hash_algorithm.oid != SHA_256 {
        return Err(unreadable(&"it stands over another kind of hash"));
    }
    let ms = i64::try_from(info.gen_time.to_unix_duration().as_millis()).unwrap_or(i64::MAX);
    let at = Instant::from_ms(ms).ok_or_else(|| unreadable(&"its time lies outside the years 1900 to 2199"))?;
    Ok(Said { at, over, policy: info.policy.to_string() })
}

/// Checks a timestamp: what it stands over here, and its signature and certificates by OpenSSL against the authority's
/// certificates in `authorities`.
#[must_use]
pub fn check(timestamp: &Timestamp, response: &[u8], authorities: &Path) -> Answer {
    match read(response) {
        Ok(said) if said.over != <[u8; 32]>::from(Sha256::digest(&timestamp.checkpoint)) => {
            return Answer::No("it stands over other bytes than this checkpoint".to_owned());
        }
        Err(Unsaid::Refused(why)) => return Answer::No(format!("the authority refused: {why}")),
        Ok(_) | Err(Unsaid::Unreadable(_)) => {}
    }
    let folder = std::env::temp_dir().join(format!("backstop-timestamp-{}", std::process::id()));
    let answer = write_files(&folder, timestamp, response).and_then(|()| {
        Command::new("openssl")
            .args(["ts", "-verify", "-data"])
            .arg(folder.join("checkpoint"))
            .arg("-in")
            .arg(folder.join("response.tsr"))
            .arg("-CAfile")
            .arg(authorities)
            .stdin(Stdio::null())
            .output()
    });
    let _ = std::fs::remove_dir_all(&folder);
    match answer {
        Err(error) => Answer::CannotTell(format!("`openssl` could not be run ({error}); install it and try again")),
        Ok(output) if output.status.success() => Answer::Yes(String::new()),
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr);
            let told = words.lines().find(|line| line.contains("error")).unwrap_or("it gave no reason");
            if words.contains("certificate") {
                return Answer::CannotTell(format!("openssl does not trust the authority's certificate: {told}"));
            }
            Answer::No(format!("openssl says that it does not hold: {told}"))
        }
    }
}

/// Writes the two files that the line of [`command`] names.
///
/// # Errors
/// If the folder cannot be made or written.
pub fn write_files(folder: &Path, timestamp: &Timestamp, response: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("checkpoint"), &timestamp.checkpoint)?;
    std::fs::write(folder.join("response.tsr"), response)
}

/// The line by which anyone checks the two files with a stock tool.
#[must_use]
pub fn command() -> &'static str {
    "openssl ts -verify -data checkpoint -in response.tsr -CAfile AUTHORITY.pem"
}
