//! The engine in a PostgreSQL database. Takes a file that says how the server is reached, password and all; gives what the server
//! committed. Never takes a commit for durable that the server does not flush, nor an answer for one that did not come.
//!
//! ```text
//! backstop.engine (version)              one row: which layout this is
//! backstop.piece (log, key, bytes)       each piece; inserted, never changed or deleted
//! backstop.head (log, head)              one row for each log
//! ```
//!
//! Each operation is one statement that commits by itself. Where nothing had to be written because it was there, a commit
//! with a record of its own follows: a row of an earlier commit that nobody waited for may be visible before standbys have it.

use super::tls::Tls;
use super::{Begin, Engine, MAX_PIECE_BYTES, Put, Swap, Trouble};
use ledger::VerifyingIdentity;
use ledger::note::MAX_NOTE_BYTES;
use std::future::poll_fn;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Row, Socket};

/// The layout that this program makes and knows.
const VERSION: i32 = 1;
/// How long an operation may take, connecting included, before its answer counts as lost.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long reaching one address may take.
const CONNECTING: Duration = Duration::from_secs(5);
/// Longest file that says how the server is reached.
const MAX_FILE_BYTES: u64 = 4096;

/// What holds for every statement of a connection. Commits wait for the flush, and for standbys where the server names some.
const SESSION: &str = "SET default_transaction_isolation = 'read committed'; SET statement_timeout = '15s'; \
    SET lock_timeout = '10s'; SET client_min_messages = 'warning'; SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') <> 'remote_apply'";

const SCHEMA: &str = "BEGIN; SELECT pg_advisory_xact_lock(7311); CREATE SCHEMA IF NOT EXISTS backstop; \
    CREATE TABLE IF NOT EXISTS backstop.engine (version integer NOT NULL); \
    INSERT INTO backstop.engine SELECT 1 WHERE NOT EXISTS (SELECT FROM backstop.engine); \
    CREATE TABLE IF NOT EXISTS backstop.piece (log text NOT NULL, key text NOT NULL, bytes bytea NOT NULL, \
    PRIMARY KEY (log, key)); \
    ALTER TABLE backstop.piece ALTER bytes SET STORAGE EXTERNAL; \
    CREATE TABLE IF NOT EXISTS backstop.head (log text PRIMARY KEY, head text NOT NULL); COMMIT";

/// A commit that is flushed, and with it all before.
const BARRIER: &str = "SELECT pg_logical_emit_message(true, 'backstop', '')";

/// An engine in a database.
pub(super) struct Postgres {
    log: String,
    config: Config,
    tls: Option<Tls>,
    begin: Begin,
    state: Mutex<State>,
}

struct State {
    /// Gone when the engine is.
    runtime: Option<Runtime>,
    connected: Option<Connected>,
}

struct Connected {
    client: Client,
    /// The server said something that makes an answer doubtful.
    warned: Arc<AtomicBool>,
}

impl Postgres {
    /// The engine of a log in the database that a file names, in the form of libpq: `host=.. user=.. password=.. dbname=..`, or a
    /// `postgresql://` address. Nothing is asked of the server yet.
    ///
    /// # Errors
    /// When the file cannot be read, others may read it, or it names a server beyond this machine without TLS.
    pub(super) fn open(file: &Path, log: &VerifyingIdentity, begin: Begin) -> Result<Postgres, Trouble> {
        let refused = |why: &str| Trouble::Refused(format!("`{}` {why}", file.display()));
        let metadata = std::fs::metadata(file).map_err(|error| refused(&format!("cannot be read: {error}")))?;
        if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
            return Err(refused("is no file of one line that says how the server is reached"));
        }
        if metadata.mode() & 0o077 != 0 {
            return Err(refused("can be read by others, and holds a password; `chmod 600` it"));
        }
        let text = std::fs::read_to_string(file).map_err(|error| refused(&format!("cannot be read: {error}")))?;
        // What the parser says may repeat what it was given.
        let parsed: Result<Config, _> = text.trim().parse();
        let mut config = parsed.map_err(|_| {
            refused("does not say how the server is reached; write `host=HOST user=USER password=PASSWORD dbname=NAME`")
        })?;
        let beyond = config.get_hosts().iter().any(|host| match host {
            Host::Unix(_) => false,
            Host::Tcp(name) => name != "localhost" && !name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
        }) || config.get_hostaddrs().iter().any(|ip| !ip.is_loopback());
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(refused("names no `host`"));
        }
        if beyond && config.get_ssl_mode() == SslMode::Disable {
            return Err(refused(
                "names a server beyond this machine with `sslmode=disable`; without TLS anyone between could answer",
            ));
        }
        if beyond {
            config.ssl_mode(SslMode::Require);
        }
        config.application_name("backstop").target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.connect_timeout(CONNECTING).tcp_user_timeout(PATIENCE).keepalives_idle(PATIENCE);
        let tls = (beyond || config.get_ssl_mode() == SslMode::Require).then(Tls::new);
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = Some(runtime.map_err(|error| refused(&format!("cannot be used: {error}")))?);
        let state = Mutex::new(State { runtime, connected: None });
        Ok(Postgres { log: log.to_string(), config, tls, begin, state })
    }

    /// Does something on a connection, which is kept if the answer came.
    fn ask<T>(&self, work: impl AsyncFn(&Client) -> Result<T, tokio_postgres::Error>) -> Result<T, Trouble> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = state.connected.take();
        let runtime = state.runtime.as_ref().expect("invariant: it goes with the engine");
        let done = runtime.block_on(async {
            tokio::time::timeout(PATIENCE, async {
                let connected = match kept {
                    Some(kept) if !kept.client.is_closed() => kept,
                    Some(_) | None => self.connect().await?,
                };
                let done = work(&connected.client).await.map_err(|error| trouble(&error))?;
                if connected.warned.swap(false, Ordering::SeqCst) {
                    return Err(Trouble::Unanswered(
                        "the server warned that a commit may not have reached its standbys".into(),
                    ));
                }
                Ok((connected, done))
            })
            .await
        });
        let lost = |_| Trouble::Unanswered(format!("nothing came for {} s", PATIENCE.as_secs()));
        let (connected, done) = done.map_err(lost)??;
        state.connected = Some(connected);
        Ok(done)
    }

    async fn connect(&self) -> Result<Connected, Trouble> {
        let warned = Arc::new(AtomicBool::new(false));
        let client = match &self.tls {
            Some(tls) => reach(&self.config, tls.clone(), &warned).await,
            None => reach(&self.config, NoTls, &warned).await,
        };
        let client = client.map_err(|error| trouble(&error))?;
        let asked = client.batch_execute(SESSION).await;
        asked.map_err(|error| trouble(&error))?;
        let settings = "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on', \
            pg_is_in_recovery(), to_regclass('backstop.engine') IS NOT NULL";
        let row = client.query_typed_one(settings, &[]).await.map_err(|error| trouble(&error))?;
        let is = |at: usize| row.try_get::<_, bool>(at).unwrap_or(false);
        if !is(0) {
            let why =
                "the server runs with `fsync` or `full_page_writes` off and loses what it acknowledged; turn them on";
            return Err(Trouble::Refused(why.into()));
        }
        if is(1) {
            return Err(Trouble::Unanswered("the server is a standby and may be behind".into()));
        }
        match (is(2), self.begin) {
            (true, _) => {}
            (false, Begin::IfAbsent) => client.batch_execute(SCHEMA).await.map_err(|error| trouble(&error))?,
            (false, Begin::Never) => {
                return Err(Trouble::Refused("the database holds nothing of Backstop; is it the right one?".into()));
            }
        }
        let row = client.query_typed_one("SELECT version FROM backstop.engine", &[]).await;
        let version = row.and_then(|row| row.try_get::<_, i32>(0)).map_err(|error| trouble(&error))?;
        if version != VERSION {
            let why =
                format!("its tables have layout `{version}`, and this program knows {VERSION}; use a newer Backstop");
            return Err(Trouble::Refused(why));
        }
        warned.store(false, Ordering::SeqCst);
        Ok(Connected { client, warned })
    }
}

impl Engine for Postgres {
    fn put_if_absent(&self, key: &str, bytes: &[u8]) -> Result<Put, Trouble> {
        const INSERT: &str = "INSERT INTO backstop.piece (log, key, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        const SAME: &str = "SELECT bytes = $3 FROM backstop.piece WHERE log = $1 AND key = $2";
        let held = self.ask(async |client| {
            let asked = [(&self.log as _, Type::TEXT), (&key as _, Type::TEXT), (&bytes as _, Type::BYTEA)];
            if client.execute_typed(INSERT, &asked).await? == 1 {
                return Ok(Some(true));
            }
            let row = client.query_typed_opt(SAME, &asked).await?;
            let same = row.map(|row| row.try_get::<_, bool>(0)).transpose()?;
            if same == Some(true) {
                client.query_typed(BARRIER, &[]).await?;
            }
            Ok(same)
        })?;
        match held {
            Some(true) => Ok(Put::Held),
            Some(false) => Ok(Put::Other),
            None => {
                Err(Trouble::Unanswered(format!("`{key}` was there and is not; who deletes rows of backstop.piece?")))
            }
        }
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Trouble> {
        const SELECT: &str = "SELECT CASE WHEN octet_length(bytes) <= $3 THEN bytes END FROM backstop.piece \
            WHERE log = $1 AND key = $2";
        let limit = MAX_PIECE_BYTES as i32;
        let row = self.ask(async |client| {
            let asked = [(&self.log as _, Type::TEXT), (&key as _, Type::TEXT), (&limit as _, Type::INT4)];
            durable(client, client.query_typed_opt(SELECT, &asked).await?).await
        })?;
        let Some(row) = row else { return Ok(None) };
        let bytes: Option<Vec<u8>> = row.try_get(0).map_err(|error| trouble(&error))?;
        bytes.map(Some).ok_or_else(|| Trouble::Refused(format!("`{key}` is longer than any piece may be")))
    }

    fn head(&self) -> Result<Option<String>, Trouble> {
        let row = self.ask(async |client| durable(client, select_head(client, &self.log).await?).await)?;
        row.map(|row| head_of(&row)).transpose()
    }

    fn compare_and_swap_head(&self, expected: Option<&str>, new: &str) -> Result<Swap, Trouble> {
        const INSERT: &str = "INSERT INTO backstop.head (log, head) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        const UPDATE: &str = "UPDATE backstop.head SET head = $2 WHERE log = $1 AND head = $3";
        let row = self.ask(async |client| {
            let (log, new) = ((&self.log as _, Type::TEXT), (&new as _, Type::TEXT));
            let changed = match &expected {
                None => client.execute_typed(INSERT, &[log, new]).await?,
                Some(expected) => client.execute_typed(UPDATE, &[log, new, (expected as _, Type::TEXT)]).await?,
            };
            if changed == 1 {
                return Ok(None);
            }
            Ok(Some(durable(client, select_head(client, &self.log).await?).await?))
        })?;
        let Some(row) = row else { return Ok(Swap::Done) };
        let head = row.map(|row| head_of(&row)).transpose()?;
        Ok(if head.as_deref() == Some(new) { Swap::Done } else { Swap::Other(head) })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.connected = None;
        if let Some(runtime) = state.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn select_head(client: &Client, log: &str) -> Result<Option<Row>, tokio_postgres::Error> {
    const SELECT: &str = "SELECT CASE WHEN octet_length(head) <= $2 THEN head END FROM backstop.head WHERE log = $1";
    let limit = MAX_NOTE_BYTES as i32;
    client.query_typed_opt(SELECT, &[(&log as _, Type::TEXT), (&limit as _, Type::INT4)]).await
}

fn head_of(row: &Row) -> Result<String, Trouble> {
    let head: Option<String> = row.try_get(0).map_err(|error| trouble(&error))?;
    head.ok_or_else(|| Trouble::Refused("the head is longer than any may be".into()))
}

/// What was found, once it is durable.
async fn durable(client: &Client, row: Option<Row>) -> Result<Option<Row>, tokio_postgres::Error> {
    if row.is_some() {
        client.query_typed(BARRIER, &[]).await?;
    }
    Ok(row)
}

async fn reach<T>(config: &Config, tls: T, warned: &Arc<AtomicBool>) -> Result<Client, tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await?;
    tokio::spawn(drive(connection, warned.clone()));
    Ok(client)
}

/// Carries what is asked and answered. A commit that was cut off while it waited for standbys comes with a warning and else as
/// if it were done.
async fn drive<S, T>(mut connection: Connection<S, T>, warned: Arc<AtomicBool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
        if let AsyncMessage::Notice(notice) = message
            && notice.severity() == "WARNING"
        {
            warned.store(true, Ordering::SeqCst);
        }
    }
}

/// What an error means: that the server will not, or that nobody knows.
fn trouble(error: &tokio_postgres::Error) -> Trouble {
    let Some(said) = error.as_db_error() else {
        let mut words = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(error) = source {
            words = format!("{words}: {error}");
            source = error.source();
        }
        return Trouble::Unanswered(words);
    };
    let words = format!("the server says `{}` ({})", said.message(), said.code().code());
    // Classes of SQLSTATE in which asking again gives the same: rights, names, syntax, passwords, limits.
    let final_classes = ["0A", "22", "23", "28", "3D", "42", "54"];
    if final_classes.iter().any(|class| said.code().code().starts_with(class)) {
        Trouble::Refused(words)
    } else {
        Trouble::Unanswered(words)
    }
}
