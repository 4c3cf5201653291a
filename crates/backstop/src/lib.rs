//! Backstop: the only crate with input and output.
//!
//! Takes files, requests, keys and the wall clock; gives the commands of `backstop`. Everything below this crate is
//! pure. Modules stand in the order of the walk: what comes in, where it is kept, what is shown. Asks other
//! machines only when a command names their address, and never shows what is not in the log.

pub mod intake;

pub mod storage;

pub mod witness;

pub mod station;

pub mod timestamp;

mod metadata;

pub mod basemap;

pub mod file_proof;

pub mod audit;

pub mod mirror;

pub mod backup;

pub mod export;

pub mod alert;

mod brief;

pub mod onlooker;

pub mod http;

pub mod demo;

pub mod trial;

pub mod command;

mod editor;

mod clock;

mod client;
