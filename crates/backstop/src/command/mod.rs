//! The command line.
//!
//! Takes arguments; runs one command. Data goes to standard output, messages and progress to standard error. Exit codes
//! are part of the face: 7 (checked and wrong) and 8 (cannot tell) are never merged. This list of commands is the source
//! of the parser, the help, the man pages and the completions.

mod agreement;
mod alerts;
mod audit;
mod author;
mod backup;
mod brief;
mod certificates;
mod coverage;
mod demo;
mod difference;
mod engine;
mod evacuate;
mod evidence;
mod export;
mod fill;
mod forces;
mod fusion;
mod guarantees;
mod import;
mod incident;
mod init;
mod judged;
mod log;
mod lsp;
mod manual;
mod meter;
mod mirror;
mod notices;
mod opening;
mod outcome;
mod party;
mod pledges;
mod reader;
mod receipts;
mod redact;
mod report;
mod restore;
mod scorecard;
mod serve;
mod status;
mod tamper;
mod timestamp;
mod verify;
mod witness;

pub use outcome::{Exit, Failure};

use agreement::LanguageArg;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use terms::Instant;

/// Watches a ceasefire: holds its text as checkable clauses, takes in reports, and says what is kept, what is broken and
/// what cannot be told.
#[derive(Parser)]
#[command(name = "backstop", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Command {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "Examples:
  backstop demo
  backstop init truce --data-class operational --agreement agreements/easter-truce-2026
  backstop --store truce import viina viina-events.json

Exit codes: 0 done or verified, 2 usage, 3 findings, 4 not found, 6 locked, 7 checked and wrong, 8 cannot tell,
9 refused by policy, 1 anything else.";

/// What every command understands.
#[derive(Args)]
struct Common {
    /// The store: a folder made by `backstop init`
    #[arg(long, global = true, value_name = "DIR", env = "BACKSTOP_STORE")]
    store: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long, global = true)]
    json: bool,
    /// No messages and no progress
    #[arg(short, long, global = true)]
    quiet: bool,
    /// No progress
    #[arg(long, global = true)]
    no_progress: bool,
    /// No colour, as with the variable `NO_COLOR`
    #[arg(long, global = true)]
    no_color: bool,
}

impl Common {
    fn store(&self) -> Result<&Path, Failure> {
        self.store.as_deref().ok_or_else(|| {
            Failure::new(Exit::Usage, "no store is named; add `--store DIR` or make one with `backstop init DIR`")
        })
    }

    /// A message to people, on standard error.
    fn say(&self, message: impl std::fmt::Display) {
        if !self.quiet {
            eprintln!("{message}");
        }
    }

    /// Whether standard error is a terminal that wants colour.
    fn colour(&self) -> bool {
        use std::io::IsTerminal;
        !self.no_color && std::env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal()
    }
}

/// The instant that an argument names, or another where there is none.
fn instant_or(argument: Option<&str>, otherwise: impl FnOnce() -> Instant) -> Result<Instant, Failure> {
    let Some(text) = argument else { return Ok(otherwise()) };
    let why = || Failure::new(Exit::Usage, format!("`{text}` is no time; write it as `2026-04-12T12:00:00Z`"));
    Instant::parse(text).ok_or_else(why)
}

#[derive(Subcommand)]
enum Verb {
    /// Replay 72 hours of an invented ceasefire and show them in the browser
    Demo(DemoArgs),
    /// Make a store
    Init(init::InitArgs),
    /// Take in reports of one kind
    Import(ImportArgs),
    /// Say what the store holds
    Status,
    /// Write a bulletin
    Report(ReportArgs),
    /// Check offline: a store or a published file, a receipt, evidence against a log, or opened fields
    Verify(VerifyArgs),
    /// Check a store or a mirror, derive every published result from the entries anew, and compare the bytes
    Audit(audit::AuditArgs),
    /// Countersign other people's logs, or say who countersigns this store's
    Witness(witness::WitnessArgs),
    /// Erase what entries say, for ever: logs who ordered it and why, then destroys the keys
    #[command(after_help = REDACTION)]
    Redact(RedactArgs),
    /// Say which organisations may read which class of a copy of the store
    Reader(reader::ReaderArgs),
    /// Admit authors elsewhere, sign statements, and record those that they send
    Author(author::AuthorArgs),
    /// Make a sealed copy of the whole store, and restore, verify and replay it before it counts
    Backup(backup::BackupArgs),
    /// Make a store of a backup, or check that one could be made
    Restore(restore::RestoreArgs),
    /// Write the whole mission as files that anyone reads: entries, rows with licences, texts, bulletins, evidence, the log
    Export(export::ExportArgs),
    /// Hand the record to named custodians, each a verified copy of its own, and record who got what
    #[command(after_help = evacuate::EVACUATION)]
    Evacuate(evacuate::EvacuateArgs),
    /// Let a store that was restored or handed over record again
    Resume(restore::ResumeArgs),
    /// Look into the log
    Log(LogArgs),
    /// Take in evidence, keep its chain of custody, give it out
    Evidence(evidence::EvidenceArgs),
    /// Have outside authorities say when the log stood as it stands
    Timestamp(timestamp::TimestampArgs),
    /// Check, show, run or compare agreements
    Agreement(AgreementArgs),
    /// Check or adopt a page of guarantees, and record what guarantors did
    Guarantees(guarantees::GuaranteesArgs),
    /// Say which clocks of guarantors run, ran out or were met, and how each was reckoned
    Clocks(guarantees::ClocksArgs),
    /// Say what guarantors promised, whether it can be called upon, and what came of it
    Commitments(guarantees::AsOf),
    /// Say what each force asks for in each domain, and what of it is pledged, authorised, arrived and there
    Forces(guarantees::AsOf),
    /// Say of hubs and protected facilities what is declared to be there, and what inspections found
    Sites(guarantees::AsOf),
    /// Say what concerns one guarantor or party: what it owes and until when, what it promised and what came of it
    Brief(brief::BriefArgs),
    /// Say what was told in a form, by whom to whom, and whether both ends confirm it: the log of the hotline
    #[command(visible_alias = "hotline")]
    Notices(notices::NoticesArgs),
    /// Say who was told of which clock of guarantors, send what has come, say that it was read
    Alerts(alerts::AlertsArgs),
    /// Play a page of guarantees over what happened, hour by hour
    Simulate(guarantees::SimulateArgs),
    /// Say why reports are put together, or order it otherwise
    Incident(incident::IncidentArgs),
    /// Say who looked, what would have been seen, and where one more post would help most
    Coverage(coverage::CoverageArgs),
    /// Say how well reports of one happening are put together, and what is believed of sources
    Fusion(fusion::FusionArgs),
    /// Serve an editor: the language server of agreements, over standard input and output
    Lsp,
    /// Serve the store to browsers
    Serve(serve::ServeArgs),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Write the man pages into a folder
    Man {
        /// The folder
        dir: PathBuf,
    },
    /// Print the OpenAPI document of the server
    Openapi,
    #[command(name = crate::metadata::VERB, hide = true)]
    ReadMetadata,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
struct DemoArgs {
    #[command(subcommand)]
    verb: Option<DemoVerb>,
    /// Simulated seconds per second
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    speed: u32,
    /// Seed of the scenario
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep the store when the demo ends
    #[arg(long)]
    keep: bool,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:7311", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
}

#[derive(Subcommand)]
enum DemoVerb {
    /// Change one byte of a demo's record, and show that verify and audit find it
    Tamper {
        /// Change the store itself and not a copy of it, so that the running demo's Audit page shows it
        #[arg(long)]
        in_place: bool,
        /// Do not ask
        #[arg(long, requires = "in_place")]
        yes: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum DataClassArg {
    Simulated,
    Exercise,
    Operational,
}

#[derive(Args)]
struct ImportArgs {
    /// The kind; `backstop import --help` lists them
    kind: String,
    /// The files, in the order in which they are to be read
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The mapping of columns, for `csv`, `geojson` and `xlsx`
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Read everything and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Threads that sign entries; what is written is the same for any number
    #[arg(long, value_name = "N")]
    threads: Option<std::num::NonZero<usize>>,
    /// Go on where an interrupted import of the same files stopped
    #[arg(long)]
    resume: bool,
}

#[derive(Args)]
struct ReportArgs {
    #[command(subcommand)]
    verb: ReportVerb,
}

#[derive(Subcommand)]
enum ReportVerb {
    /// The bulletin of one day
    Daily {
        /// The day, in the mission's time zone
        #[arg(long, value_name = "YYYY-MM-DD")]
        date: String,
        /// How to write it
        #[arg(long, value_enum, default_value = "md")]
        format: Format,
        /// Which table, for `csv`
        #[arg(long, default_value = "incidents", value_name = "NAME")]
        table: String,
        /// Who will read it; the public sees only what licences let out
        #[arg(long, value_enum, default_value = "public")]
        reader: ReaderArg,
        /// Leave out the last line with the log's position, which depends on the order of arrival
        #[arg(long)]
        unsealed: bool,
    },
    /// Give a bulletin out: every format as a file with its proof beside it, and an entry that names their bytes
    Publish {
        /// Which bulletin
        #[arg(value_enum)]
        bulletin: BulletinArg,
        /// The day, in the mission's time zone
        #[arg(long, value_name = "YYYY-MM-DD")]
        date: String,
        /// The folder for the files
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Who will read it; the public sees only what licences let out
        #[arg(long, value_enum, default_value = "public")]
        reader: ReaderArg,
        /// The office that attests what follows from the entries, never a private name
        #[arg(long, value_name = "OFFICE", default_value = "operator")]
        by: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum BulletinArg {
    Daily,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Html,
    Md,
    Json,
    Csv,
}

#[derive(Clone, Copy, ValueEnum)]
enum ReaderArg {
    Public,
    Mission,
}

#[derive(Args)]
struct VerifyArgs {
    /// A store's folder, a published file with its proof beside it, a receipt, a file of evidence, or of opened fields
    path: PathBuf,
    /// Your own trust file (c2sp.org/tlog-policy): whose cosignatures you believe, and how many are enough
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// For a receipt under a policy: the leaf that it is about, as `backstop log show` prints it first
    #[arg(long, value_name = "FILE", requires = "policy")]
    entry: Option<PathBuf>,
    /// The log's public key as you were given it, for a published file; without it a file's own word is all there is
    #[arg(long, value_name = "FILE")]
    log_key: Option<PathBuf>,
    /// For a copy of a store: the secret of a reader; `keys/reader.key` without it
    #[arg(long, value_name = "FILE")]
    reader_key: Option<PathBuf>,
}

const REDACTION: &str = "The envelope, every proof and every other entry stay valid, and the order can be read by everyone: it \
says who and on what ground, so never say there what is to be erased. Copies and backups elsewhere are not reached. A row that \
is imported again is recorded again.";

#[derive(Args)]
struct RedactArgs {
    /// Their indexes
    #[arg(value_name = "ENTRY", required_unless_present = "finish")]
    entries: Vec<u64>,
    /// The office on whose authority
    #[arg(long, value_name = "OFFICE")]
    authority: Option<String>,
    /// The legal ground
    #[arg(long, value_name = "TEXT")]
    ground: Option<String>,
    /// An office that approved; can be given more than once
    #[arg(long, value_name = "OFFICE")]
    approved_by: Vec<String>,
    /// Who computed the verdicts again before, with the SHA-256 of the receipt; can be given more than once
    #[arg(long, value_name = "NAME=SHA256")]
    attested: Vec<String>,
    /// Show what would be lost, and erase nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Destroy what earlier redactions name and what is there all the same, as after restoring a backup
    #[arg(long, conflicts_with_all = ["entries", "dry_run"])]
    finish: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum ClassArg {
    Public,
    Mission,
    Restricted,
}

#[derive(Args)]
struct LogArgs {
    #[command(subcommand)]
    verb: LogVerb,
}

#[derive(Subcommand)]
enum LogVerb {
    /// The signed head of the log
    Head,
    /// Give the log a second home, which has everything before anyone gets a receipt; or make a lost store anew from it
    Join(engine::JoinArgs),
    /// Say whether the log's second home agrees with what is here
    Engine {
        /// Compare every piece, not only the heads
        #[arg(long)]
        whole: bool,
    },
    /// One entry: envelope and payload
    Show {
        /// Its index, from 0
        index: u64,
    },
    /// Write what is known as the log of a foreign monitor, under the signature of `backstop agreement export`
    Export {
        /// In the format of MonPoly and VeriMon
        #[arg(long, required_unless_present = "to")]
        mfotl: bool,
        /// Instead, write the log itself with what everyone may read into this folder, for any static host
        #[arg(long, value_name = "DIR", conflicts_with = "mfotl")]
        to: Option<PathBuf>,
        /// The last instant of it, as RFC 3339; the latest that the store knows without it
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// On what the facts rest
        #[arg(long, value_enum, default_value = "proposed")]
        footing: FootingArg,
    },
    /// The receipt of one entry, which anyone can check offline; or the proof that the log only grew
    Prove {
        /// Its index, from 0
        #[arg(required_unless_present = "old")]
        index: Option<u64>,
        /// Prove instead that the log of so many entries is the beginning of the present one, as witnesses are sent it
        #[arg(long, value_name = "SIZE", conflicts_with = "index")]
        old: Option<u64>,
    },
    /// The newest entries, one a line
    Tail {
        /// How many
        #[arg(long, short = 'n', default_value_t = 10, value_name = "N")]
        count: u64,
        /// Go on as the log grows
        #[arg(long, short)]
        follow: bool,
    },
    /// Copy a log and what everyone may read of it; run again, it copies what is new and refuses another history
    Mirror {
        /// A store, a folder, or the address of a running server or any static host
        source: String,
        /// The folder of the copy
        dir: PathBuf,
        /// The log's public key as you were given it; without it the first one seen is believed
        #[arg(long, value_name = "FILE")]
        log_key: Option<PathBuf>,
        /// Go on as the log grows
        #[arg(long, short)]
        follow: bool,
    },
    /// Open some fields of one entry: a file that anyone checks offline, in which the others stay closed
    Open {
        /// Its index, from 0
        index: u64,
        /// A field of the payload; can be given more than once
        #[arg(long, value_name = "NAME", required = true)]
        field: Vec<String>,
    },
    /// Log a commitment to an entry now, and what it says later: delayed publication
    Commit {
        /// The kind of entry: `observation`
        kind: String,
        /// What it says, as JSON
        payload: PathBuf,
        /// Where to keep what opens it; nothing else does
        #[arg(long, value_name = "FILE")]
        keep: PathBuf,
        /// Who may read it once it is open
        #[arg(long, value_enum, default_value = "mission")]
        class: ClassArg,
    },
    /// Open an entry that was only committed to
    Reveal {
        /// The file that `backstop log commit` kept
        kept: PathBuf,
    },
    /// Hold the certificate of every instance at the head of the log against the log, without the engine that made it
    Check {
        /// Only those of this rule
        #[arg(long, value_name = "RULE")]
        rule: Option<String>,
        /// How likely each breach is, without a claim that facts are independent
        #[arg(long)]
        chances: bool,
    },
    /// What the verdicts at the head of the log rest on, as hashes
    Run {
        /// Compare with this receipt of a run
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum FootingArg {
    Proposed,
    Established,
    Ruled,
}

#[derive(Args)]
struct AgreementArgs {
    #[command(subcommand)]
    verb: AgreementVerb,
}

#[derive(Subcommand)]
enum AgreementVerb {
    /// Read the text and list what a drafter should look at
    Check {
        /// The agreement's folder or its `agreement.md`
        path: PathBuf,
        /// How to write it; `sarif` is SARIF 2.1.0
        #[arg(long, value_enum, default_value = "text")]
        format: CheckFormat,
        /// In which language the remarks are
        #[arg(long, value_enum, default_value = "en")]
        language: LanguageArg,
    },
    /// Set the blocks of the text in their canonical shape
    Fmt {
        /// The agreement's folder or its `agreement.md`
        path: PathBuf,
        /// Write nothing; list the lines that would change, and leave with 1 if there are any
        #[arg(long)]
        check: bool,
    },
    /// Print each rule and power read back as one sentence
    Show {
        /// The agreement's folder or its `agreement.md`
        path: PathBuf,
        /// In which language
        #[arg(long, value_enum, default_value = "en")]
        language: LanguageArg,
    },
    /// Say what a rule of a text means, what it hears and what it keeps; or what the code of a remark means
    Explain {
        /// The rule's or power's name, with PATH; without it a code, as `B002`
        #[arg(value_name = "RULE")]
        what: String,
        /// The agreement's folder or its `agreement.md`
        path: Option<PathBuf>,
        /// In which language the rule is read back, and the remarks are
        #[arg(long, value_enum, default_value = "en")]
        language: LanguageArg,
    },
    /// Run the text over a scenario: which clause speaks, what stays undetermined, which clock starts
    Simulate {
        /// The agreement's folder or its `agreement.md`
        path: PathBuf,
        /// A page with the tables and `At:` lines of a case
        scenario: PathBuf,
    },
    /// Say how what is said of a rule went through the mission's time, step by step, each with what changed it
    History {
        /// The rule's name
        rule: String,
        /// What was said at each instant with what was known by then, or what is to be said about each with all that
        /// is known now
        #[arg(long, value_enum, default_value = "then")]
        account: AccountArg,
        /// Up to when, as RFC 3339; the latest that the store knows without it
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// Who will read it
        #[arg(long, value_enum, default_value = "mission")]
        reader: ReaderArg,
    },
    /// Write the rules for a foreign monitor, and name those that it cannot be told
    Export {
        /// The agreement's folder or its `agreement.md`
        path: PathBuf,
        /// As MFOTL, in the syntax of MonPoly and VeriMon
        #[arg(long, required = true)]
        mfotl: bool,
        /// Write each into a file of this folder instead of printing them
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Judge a scenario at each of its moments, and print what that rests on, as hashes
    Run {
        /// The agreement's folder or its `agreement.md`
        path: PathBuf,
        /// A page with the tables and `At:` lines of a case
        scenario: PathBuf,
        /// Compare with these receipts of a run
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Compare two versions by words, by meaning and by effect
    Diff {
        /// The old version's folder or `agreement.md`
        old: PathBuf,
        /// The new version's folder or `agreement.md`
        new: PathBuf,
        /// Judge both on what this page tells, instead of on the edges of both texts
        #[arg(long, value_name = "FILE")]
        scenario: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum AccountArg {
    Then,
    Now,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    Text,
    Sarif,
}

/// Runs the command that the arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let command = match Command::try_parse() {
        Ok(command) => command,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage.code() } else { 0 });
        }
    };
    if let Verb::ReadMetadata = command.verb {
        return crate::metadata::child();
    }
    let exit = run(&command).unwrap_or_else(|failure| failure.report(command.common.json));
    ExitCode::from(exit.code())
}

fn run(command: &Command) -> Result<Exit, Failure> {
    let common = &command.common;
    match &command.verb {
        Verb::Demo(args) => match &args.verb {
            Some(DemoVerb::Tamper { in_place, yes }) => tamper::run(common, tamper::Where::asked(*in_place, *yes)),
            None => demo::run(common, args),
        },
        Verb::Init(args) => init::run(common, args),
        Verb::Import(args) => import::run(common, args),
        Verb::Status => status::run(common),
        Verb::Report(args) => report::run(common, args),
        Verb::Verify(args) => verify::run(common, args),
        Verb::Audit(args) => audit::run(common, args),
        Verb::Witness(args) => witness::run(common, args),
        Verb::Redact(args) => redact::run(common, args),
        Verb::Reader(args) => reader::run(common, args),
        Verb::Author(args) => author::run(common, args),
        Verb::Backup(args) => backup::run(common, args),
        Verb::Restore(args) => restore::run(common, args),
        Verb::Export(args) => export::run(common, args),
        Verb::Evacuate(args) => evacuate::run(common, args),
        Verb::Resume(args) => restore::resume(common, args),
        Verb::Log(args) => log::run(common, &args.verb),
        Verb::Evidence(args) => evidence::run(common, args),
        Verb::Timestamp(args) => timestamp::run(common, args),
        Verb::Agreement(args) => agreement::run(common, &args.verb),
        Verb::Guarantees(args) => guarantees::run(common, args),
        Verb::Clocks(args) => guarantees::clocks(common, args),
        Verb::Commitments(args) => guarantees::commitments(common, args),
        Verb::Forces(args) => forces::forces(common, args),
        Verb::Sites(args) => forces::sites(common, args),
        Verb::Brief(args) => brief::run(common, args),
        Verb::Notices(args) => notices::run(common, args),
        Verb::Alerts(args) => alerts::run(common, args),
        Verb::Simulate(args) => guarantees::simulate(common, args),
        Verb::Incident(args) => incident::run(common, args),
        Verb::Coverage(args) => coverage::run(common, args),
        Verb::Fusion(args) => fusion::run(common, args),
        Verb::Lsp => lsp::run(),
        Verb::Serve(args) => serve::run(common, args),
        Verb::Completions { shell } => manual::completions(*shell),
        Verb::Man { dir } => manual::pages(dir),
        Verb::Openapi => outcome::print(&crate::http::openapi()),
        Verb::ReadMetadata => unreachable!("invariant: a child of ours is sent on before"),
    }
}
