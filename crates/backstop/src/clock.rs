//! The wall clock: the one place where it is read.
//!
//! Takes nothing; gives the instant. Everything else takes instants as arguments.

use terms::Instant;

/// Now.
///
/// # Panics
/// If the machine's clock stands outside the years 1900 to 2199, because nothing it stamped could be trusted.
pub(crate) fn now() -> Instant {
    let ms = jiff::Timestamp::now().as_millisecond();
    Instant::from_ms(ms).expect("invariant: the machine's clock stands between 1900 and 2199; set it")
}
