//! The rules of the house that a machine can check.
//!
//! Takes the tracked files; gives one complaint per broken rule, with its place. Each check is a pure function with a
//! test in which it complains: a rule that cannot fail holds nothing. Never changes a file.

mod documents;
mod layers;
mod manifest;
mod sources;
mod tree;
mod words;
