//! What a template may see: itself, two faces, and what is said. Nothing else answers.

use serde_json::Value;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Dict, Duration, IntoValue};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};

/// The faces of the app, as its fonts' makers give them out; see `assets/fonts/LICENCE`.
const FACES: [&[u8]; 2] = [
    include_bytes!("../../../assets/fonts/IBMPlexSans-Regular.ttf"),
    include_bytes!("../../../assets/fonts/IBMPlexSans-SemiBold.ttf"),
];

/// The faces, read.
pub(crate) fn faces() -> Vec<Font> {
    FACES.iter().flat_map(|face| Font::iter(Bytes::new(*face))).collect()
}

pub(crate) struct World {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    faces: Vec<Font>,
    main: Source,
}

impl World {
    pub(crate) fn of(template: &str, said: &Value) -> World {
        let mut inputs = Dict::new();
        inputs.insert("said".into(), said.to_string().into_value());
        let path = VirtualPath::new("main.typ").expect("invariant: a name without a way out of the folder");
        let main = RootedPath::new(VirtualRoot::Project, path).intern();
        let faces = faces();
        World {
            library: LazyHash::new(Library::builder().with_inputs(inputs).build()),
            book: LazyHash::new(FontBook::from_fonts(&faces)),
            faces,
            main: Source::new(main, template.to_owned()),
        }
    }
}

impl typst::World for World {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.faces.get(index).cloned()
    }

    /// No template may ask what day it is.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
