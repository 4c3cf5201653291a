//! What commands on agreements share: reading an agreement's folder.
//!
//! Takes a folder; gives the agreement with its remarks and the body that adopts it. Limits what it reads.

use super::{Exit, Failure};
use crate::station::adopts;
use clause::{Agreement, AgreementFiles, Language, Remark, Severity};
use mission::record::Body;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// No file of an agreement is larger.
const LARGEST_FILE_BYTES: u64 = 4 << 20;
/// No agreement has more files.
const MOST_FILES: usize = 64;

/// An agreement with what it was read from.
pub(super) struct ReadAgreement {
    pub(super) agreement: Agreement,
    pub(super) remarks: Vec<Remark>,
    pub(super) files: AgreementFiles,
}

impl ReadAgreement {
    pub(super) fn has_errors(&self) -> bool {
        self.remarks.iter().any(|remark| remark.severity() == Severity::Error)
    }

    pub(super) fn rendered(&self, language: Language, colour: bool) -> String {
        clause::render(&self.remarks, &self.files, language, colour)
    }
}

/// Reads an agreement's folder, or the folder of an `agreement.md`.
pub(super) fn read_agreement(path: &Path) -> Result<ReadAgreement, Failure> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new(".")) };
    let text = read_text(&text_path(path))?;
    let mut files = BTreeMap::new();
    for item in std::fs::read_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })? {
        let file = item?.path();
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if file.extension().is_some_and(|extension| extension == "geojson") {
            files.insert(name, read_text(&file)?.into_bytes());
        }
    }
    if files.len() > MOST_FILES {
        return Err(Failure::new(Exit::Usage, format!("`{}` holds more than {MOST_FILES} maps", folder.display())));
    }
    let files = AgreementFiles { text, files };
    let (agreement, remarks) = clause::read(&files);
    Ok(ReadAgreement { agreement, remarks, files })
}

/// The text of an agreement that is named by its folder or by its text.
pub(super) fn text_path(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("agreement.md") } else { path.to_owned() }
}

/// Reads a text of limited size.
pub(super) fn read_text(file: &Path) -> Result<String, Failure> {
    let named =
        |why: &dyn std::fmt::Display| Failure::new(Exit::NotFound, format!("cannot read `{}`: {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|error| named(&error))?.len();
    if size > LARGEST_FILE_BYTES {
        return Err(named(&format!("it has {size} bytes; the limit is {LARGEST_FILE_BYTES}")));
    }
    let bytes = std::fs::read(file).map_err(|error| named(&error))?;
    String::from_utf8(bytes)
        .map_err(|error| named(&format!("byte {} is not UTF-8; save it as UTF-8", error.utf8_error().valid_up_to())))
}

/// Reads an agreement's folder, and gives the body that adopts it.
pub(super) fn adopted_agreement(path: &Path) -> Result<(ReadAgreement, Body), Failure> {
    let read = read_agreement(path)?;
    let body = adopts(&read.files);
    Ok((read, body))
}
