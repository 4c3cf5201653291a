//! The features of a GeoJSON FeatureCollection, one at a time.
//!
//! Takes a file, a limit and what to make of a feature; gives each to the sink, and what is broken with its place. Never
//! holds more than one feature.

use super::items::{Items, Next};
use super::run::{Error, Made, Sink};
use super::source_file::SourceFile;

/// Reads every feature of at most `limit` bytes; a longer one is kept unread, with `advice`.
pub(super) fn read_features(
    file: &SourceFile,
    limit: usize,
    advice: &str,
    sink: &mut Sink<'_>,
    make: impl Fn(&[u8]) -> Result<Made, String>,
) -> Result<(), Error> {
    let failed = |error| file.failed(error);
    let mut items = Items::of(file.open().map_err(failed)?, limit);
    let mut found = false;
    loop {
        match items.next().map_err(failed)? {
            Next::Item(item) if item.listed && item.list == "features" => {
                found = true;
                let made = match item.too_long {
                    true => Err(format!("longer than {limit} bytes; {advice}")),
                    false => make(&item.text),
                };
                sink.item(&item, made)?;
            }
            Next::Item(_) => {}
            Next::Broken(broken) => {
                found = true;
                sink.broken(&broken)?;
            }
            Next::End => {
                if !found {
                    sink.problem("the file holds no features; is it a GeoJSON FeatureCollection?".to_owned());
                }
                return Ok(());
            }
        }
    }
}
