//! An open text: what the editor holds, read.
//!
//! Takes the text as it changes and the maps beside it; gives the agreement, the remarks and the outline of the newest
//! version, read once for each. Never holds a text beyond the limit.

use super::place::{Lines, Stretch};
use clause::{Agreement, AgreementFiles, Outline, Remark};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// No open text is longer; the language reads half of it.
pub(super) const TEXT_MOST_BYTES: usize = 2 << 20;
/// No map is larger.
const MAP_MOST_BYTES: u64 = 4 << 20;
/// No text has more maps.
const MAPS_MOST: usize = 64;

/// An open text.
pub(super) struct OpenText {
    pub(super) files: AgreementFiles,
    pub(super) version: i64,
    pub(super) lines: Lines,
    /// Whether the editor has not been told the remarks of this version.
    pub(super) untold: bool,
    folder: Option<PathBuf>,
    read: Option<ReadText>,
}

/// What one version of a text says.
pub(super) struct ReadText {
    pub(super) agreement: Agreement,
    pub(super) remarks: Vec<Remark>,
    pub(super) outline: Outline,
}

impl OpenText {
    pub(super) fn new(address: &str, text: String, version: i64) -> OpenText {
        let folder = path(address).and_then(|path| path.parent().map(Path::to_owned));
        let files = AgreementFiles { files: folder.as_deref().map(maps).unwrap_or_default(), text };
        OpenText { lines: Lines::of(&files.text), files, version, untold: true, folder, read: None }
    }

    pub(super) fn text(&self) -> &str {
        &self.files.text
    }

    /// Puts words in place of a stretch, or of the whole text; whether it stays within the limit.
    pub(super) fn change(&mut self, stretch: Option<Stretch>, words: &str) -> bool {
        let bytes = stretch.map_or(0..self.text().len(), |stretch| {
            let start = self.lines.byte(self.text(), stretch.start);
            start..self.lines.byte(self.text(), stretch.end).max(start)
        });
        if self.text().len() - bytes.len() + words.len() > TEXT_MOST_BYTES {
            return false;
        }
        self.files.text.replace_range(bytes, words);
        self.lines = Lines::of(&self.files.text);
        (self.read, self.untold) = (None, true);
        true
    }

    /// Looks at the maps again.
    pub(super) fn look_again(&mut self) {
        let found = self.folder.as_deref().map(maps).unwrap_or_default();
        if found != self.files.files {
            self.files.files = found;
            (self.read, self.untold) = (None, true);
        }
    }

    /// What the newest version says.
    pub(super) fn read(&mut self) -> &ReadText {
        let files = &self.files;
        self.read.get_or_insert_with(|| {
            let (agreement, remarks) = clause::read(files);
            ReadText { agreement, remarks, outline: clause::outline(&files.text) }
        })
    }
}

/// Whether an address or a language names an agreement's text: other Markdown is none of ours.
pub(super) fn concerns(address: &str, language: &str) -> bool {
    language == "backstop" || address.ends_with("/agreement.md")
}

/// The file of a `file:` address.
fn path(address: &str) -> Option<PathBuf> {
    let rest = address.strip_prefix("file://")?;
    let escaped = &rest[rest.find('/')?..];
    let (mut bytes, mut at) = (Vec::new(), escaped.bytes());
    while let Some(byte) = at.next() {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        bytes.push(match byte {
            b'%' => u8::try_from(digit(at.next()?)? * 16 + digit(at.next()?)?).ok()?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

/// The maps of a folder, as many as the limits let in; what is left out has its remark, since it is not beside the text.
fn maps(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.retain(|file| file.extension().is_some_and(|extension| extension == "geojson"));
    found.sort();
    let small = |file: &PathBuf| std::fs::metadata(file).is_ok_and(|of| of.is_file() && of.len() <= MAP_MOST_BYTES);
    let read = |file: PathBuf| {
        let name = file.file_name()?.to_string_lossy().into_owned();
        Some((name, std::fs::read(file).ok()?))
    };
    found.into_iter().filter(small).take(MAPS_MOST).filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_paths() {
        assert_eq!(path("file:///a%20b/%D0%86.md"), Some(PathBuf::from("/a b/І.md")));
        assert_eq!(path("file://host/a"), Some(PathBuf::from("/a")));
        for wrong in ["untitled:1", "file://", "file:///%", "file:///%f", "file:///%ff", "file:///%zz"] {
            assert_eq!(path(wrong), None, "{wrong}");
        }
    }
}
