//! `backstop serve`: the store, in a browser.
//!
//! Reads the store anew when its log has grown, so that an import that runs beside it is seen. Never writes.

use super::{Common, Exit, Failure, ReaderArg};
use crate::http::{Shared, Snapshot, serve};
use crate::station;
use crate::storage;
use crate::witness::Standing;
use clap::Args;
use fusion::Pools;
use mission::{Moment, Reader};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[derive(Args)]
pub(super) struct ServeArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:7311", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Serve what only the mission may see; without it, what licences let out
    #[arg(long, value_enum, default_value = "public")]
    reader: ReaderArg,
    /// Threads that answer; what they answer does not depend on how many there are
    #[arg(long, default_value_t = THREADS, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

/// How many threads answer unless the operator says otherwise.
pub(super) const THREADS: u16 = 2;

pub(super) fn run(common: &Common, args: &ServeArgs) -> Result<Exit, Failure> {
    let dir = common.store()?.to_owned();
    let reader: Reader = args.reader.into();
    let mut pools = Pools::default();
    let shared = Shared::new(snapshot(&dir, reader, &mut pools)?, dir.to_owned());
    runtime(args.threads)?.block_on(async {
        let listener = listen(args.listen).await?;
        common.say(format!("serving {} at http://{}/", dir.display(), listener.local_addr()?));
        if !args.listen.ip().is_loopback() {
            common.say("warning: this address can be reached from other machines, and there is no sign-in yet");
        }
        let watched = shared.clone();
        let watch = tokio::spawn(async move { watch(&dir, reader, &watched, pools).await });
        let served = serve(listener, shared, interrupted()).await;
        watch.abort();
        served.map_err(Failure::from)
    })?;
    Ok(Exit::Done)
}

/// What is known of a store now, for a reader.
pub(super) fn snapshot(dir: &Path, reader: Reader, pools: &mut Pools) -> Result<Snapshot, Failure> {
    let store = storage::Reader::open(dir)?;
    let (mission, seal) = station::of(&store)?;
    let moment = Moment::at(mission.latest().unwrap_or_else(crate::clock::now));
    Ok(Snapshot::of(Arc::new(mission), seal, moment, reader, pools).vouched_by(&Standing::of(&store)))
}

/// Shows a new snapshot whenever the published log has grown, or who vouches for it has changed.
async fn watch(dir: &Path, reader: Reader, shared: &Shared, mut pools: Pools) {
    let published = || storage::Reader::open(dir).map(|store| (store.size(), Standing::of(&store)));
    let mut shown = published().ok();
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let Ok(now) = published().map(Some) else { continue };
        if now == shown {
            continue;
        }
        let dir = dir.to_owned();
        let mut kept = std::mem::take(&mut pools);
        let taken = tokio::task::spawn_blocking(move || (snapshot(&dir, reader, &mut kept), kept)).await;
        let Ok((snapshot, kept)) = taken else { return };
        pools = kept;
        match snapshot {
            Ok(snapshot) => {
                shared.show(snapshot);
                shown = now;
            }
            Err(failure) => {
                let _ = failure.report(false);
            }
        }
    }
}

/// The runtime of the server: the only asynchronous part of Backstop.
pub(super) fn runtime(threads: u16) -> Result<tokio::runtime::Runtime, Failure> {
    let threads = usize::from(threads);
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().map_err(Failure::from)
}

/// Binds an address, or says which one is taken and what to do.
pub(super) async fn listen(address: std::net::SocketAddr) -> Result<tokio::net::TcpListener, Failure> {
    tokio::net::TcpListener::bind(address).await.map_err(|error| {
        Failure::new(
            Exit::Failed,
            format!("cannot listen on {address}: {error}; name another with `--listen 127.0.0.1:0`"),
        )
    })
}

/// Resolves when the operator stops the server.
pub(super) async fn interrupted() {
    // Without signals the server runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
