//! A PostgreSQL server of our own: made in a folder of its own, reached by a socket there with a password, killed and started
//! again as a test asks. Takes Debian's binaries; never touches another server of this machine.
//!
//! Where they are missing a test is skipped and says so; under CI it fails.

#![allow(dead_code, reason = "tests and a benchmark share it, and none of them needs all of it")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// In every file that says how the server is reached; found nowhere else.
pub(crate) const PASSWORD: &str = "only-in-the-file-4711";
const LOOK_EVERY: Duration = Duration::from_millis(5);
const LOOKS: u32 = 6_000;

/// A server that goes with its folder when the test does.
pub(crate) struct Cluster {
    folder: PathBuf,
    binaries: PathBuf,
    /// The user that it runs as, if this is root, whom it refuses.
    user: Option<(u32, u32)>,
    running: Option<Child>,
    /// Beside the socket in its folder, where it is reached over TCP: with TLS or not at all.
    port: Option<u16>,
}

impl Cluster {
    /// Makes one and starts it; none if PostgreSQL is missing here.
    pub(crate) fn start() -> Option<Cluster> {
        // In memory where the system has such a place: a killed process loses nothing that it wrote.
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Cluster::start_in(memory) } else { Cluster::start_in(&std::env::temp_dir()) }
    }

    /// As `start`, in a folder of this one.
    pub(crate) fn start_in(place: &Path) -> Option<Cluster> {
        let Some(binaries) = binaries() else {
            let missing = "no PostgreSQL server (Debian: postgresql)";
            assert!(std::env::var_os("CI").is_none(), "{missing}, and `.ci/run` installs it");
            println!("skipped: {missing}");
            return None;
        };
        let mut cluster = Cluster::empty(place, binaries);
        let secret = cluster.folder.join("secret");
        fs::write(&secret, PASSWORD).expect("written");
        let data = cluster.data();
        let mut initdb = cluster.command("initdb");
        initdb.args(["--no-sync", "-E", "UTF8", "--locale=C", "-U", "backstop", "-A", "scram-sha-256", "--pwfile"]);
        initdb.arg(&secret).arg("-D").arg(&data).stdin(Stdio::null());
        let made = initdb.output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        cluster.run();
        Some(cluster)
    }

    /// The folder of a server that is still to be made.
    fn empty(place: &Path, binaries: PathBuf) -> Cluster {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("backstop-pg-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = place.join(name);
        fs::create_dir_all(&folder).expect("a place");
        let user = user();
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid)).expect("root may");
        }
        Cluster { folder, binaries, user, running: None, port: None }
    }

    /// A second server that follows this one; from now on each commit here waits until that one has it too.
    pub(crate) fn standby(&self) -> Cluster {
        let mut standby = Cluster::empty(self.folder.parent().expect("it has a place"), self.binaries.clone());
        let mut copy = self.command("pg_basebackup");
        copy.args(["-R", "-X", "stream", "-c", "fast", "--no-sync", "-U", "backstop", "-h"]).arg(&self.folder);
        copy.arg("-D").arg(standby.data()).env("PGPASSWORD", PASSWORD).stdin(Stdio::null());
        let copied = copy.output().expect("pg_basebackup runs");
        assert!(copied.status.success(), "pg_basebackup: {}", String::from_utf8_lossy(&copied.stderr));
        standby.run();
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.sql("SELECT pg_reload_conf()");
        for _ in 0..LOOKS {
            if self.sql("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").trim() == "1" {
                return standby;
            }
            std::thread::sleep(LOOK_EVERY);
        }
        panic!("the standby does not follow: {}", fs::read_to_string(standby.folder.join("log")).unwrap_or_default());
    }

    /// Where the server's socket lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Ends the server and starts it again with TLS for this certificate, reached over TCP besides; gives the port.
    pub(crate) fn secure(&mut self, certificate: &Path, key: &Path) -> u16 {
        self.kill();
        for (from, name) in [(certificate, "server.crt"), (key, "server.key")] {
            let to = self.data().join(name);
            fs::copy(from, &to).expect("copied");
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).expect("set");
            if let Some((uid, gid)) = self.user {
                chown(&to, Some(uid), Some(gid)).expect("root may");
            }
        }
        let only = "local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(self.data().join("pg_hba.conf"), only).expect("written");
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
        self.port = Some(free.port());
        self.run();
        free.port()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A file that says how the server is reached.
    pub(crate) fn connection(&self) -> PathBuf {
        let file = self.folder.join("connection");
        let text = format!("host={} user=backstop password={PASSWORD} dbname=postgres\n", self.folder.display());
        fs::write(&file, text).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
        file
    }

    /// Starts the server, and waits until it answers.
    pub(crate) fn run(&mut self) {
        for _ in 0..50 {
            let mut postgres = self.command("postgres");
            postgres.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
            match self.port {
                None => postgres.args(["-c", "listen_addresses="]),
                Some(_) => postgres.args(["-c", "listen_addresses=127.0.0.1", "-c", "ssl=on"]),
            };
            let settings = ["shared_buffers=16MB", "max_connections=30", "autovacuum=off"];
            settings.iter().for_each(|setting| _ = postgres.args(["-c", setting]));
            postgres.stdin(Stdio::null()).stdout(Stdio::null());
            let log = fs::OpenOptions::new().create(true).append(true).open(self.folder.join("log")).expect("a log");
            let mut child = postgres.stderr(log).spawn().expect("postgres runs");
            for _ in 0..LOOKS {
                // What a killed server left may still hold its memory; then the new one ends at once.
                if child.try_wait().expect("a child").is_some() {
                    break;
                }
                if self.answers() {
                    self.running = Some(child);
                    return;
                }
                std::thread::sleep(LOOK_EVERY);
            }
            let _ = child.kill();
            let _ = child.wait();
            std::thread::sleep(LOOK_EVERY * 10);
        }
        panic!("the server does not start: {}", fs::read_to_string(self.folder.join("log")).unwrap_or_default());
    }

    fn answers(&self) -> bool {
        let mut ready = Command::new(self.binaries.join("pg_isready"));
        self.port.iter().for_each(|port| _ = ready.env("PGPORT", port.to_string()));
        let status = ready.arg("-q").arg("-h").arg(&self.folder).status();
        status.is_ok_and(|status| status.success())
    }

    /// Kills the server where it stands: what it had not flushed, only the page cache of this machine has.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().expect("it runs");
            child.wait().expect("it ends");
        }
    }

    /// Kills one of its processes that serves a client; the server then ends all, and recovers by itself.
    pub(crate) fn kill_one_session(&self) {
        let Some(child) = &self.running else { return };
        let listed = Command::new("ps").args(["-o", "pid=,args=", "--ppid", &child.id().to_string()]).output();
        let listed = String::from_utf8_lossy(&listed.expect("ps runs").stdout).into_owned();
        let session = listed.lines().find(|line| line.contains("backstop postgres"));
        if let Some(pid) = session.and_then(|line| line.split_whitespace().next()) {
            let _ = Command::new("kill").args(["-9", pid]).status();
        }
    }

    /// Under which port a pooler lies beside the server's own socket.
    pub(crate) const POOLED: u16 = 6432;

    /// A pooler in session mode before this server; none if there is no such program.
    pub(crate) fn pool(&self) -> Option<Child> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].into_iter().find(|path| Path::new(path).exists());
        let Some(program) = program else {
            let missing = "no pooler (Debian: pgbouncer)";
            assert!(std::env::var_os("CI").is_none(), "{missing}, and `.ci/run` installs it");
            println!("skipped: {missing}");
            return None;
        };
        let (folder, port) = (self.folder.display(), Cluster::POOLED);
        let settings = format!(
            "[databases]\n* = host={folder}\n[pgbouncer]\nlisten_addr =\nlisten_port = {port}\nunix_socket_dir = {folder}\n\
             pool_mode = session\nauth_type = plain\nauth_file = {folder}/users\nlogfile = {folder}/pooler.log\n"
        );
        let files = [("pooler.ini", settings), ("users", format!("\"backstop\" \"{PASSWORD}\"\n"))];
        for (name, text) in files {
            fs::write(self.folder.join(name), text).expect("written");
        }
        let _ = fs::remove_file(self.folder.join(format!(".s.PGSQL.{port}")));
        let mut command = self.command(program);
        command.arg(self.folder.join("pooler.ini")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut pooler = command.spawn().expect("pgbouncer runs");
        for _ in 0..LOOKS {
            if self.folder.join(format!(".s.PGSQL.{port}")).exists() {
                return Some(pooler);
            }
            assert!(pooler.try_wait().expect("a child").is_none(), "the pooler ended at once");
            std::thread::sleep(LOOK_EVERY);
        }
        panic!("the pooler does not start: {}", fs::read_to_string(self.folder.join("pooler.log")).unwrap_or_default());
    }

    /// Runs SQL as its owner, and gives what it prints.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "backstop",
            "-d",
            "postgres",
            "-c",
            sql,
            "-h",
        ]);
        self.port.iter().for_each(|port| _ = psql.env("PGPORT", port.to_string()));
        let output = psql.arg(&self.folder).env("PGPASSWORD", PASSWORD).output().expect("psql runs");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        self.port.iter().for_each(|port| _ = command.env("PGPORT", port.to_string()));
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid).current_dir(&self.folder);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where the programs are: on the path, or where Debian keeps them.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    places.extend(versions.map(|version| version.path().join("bin")));
    let has = |place: &Path| {
        ["initdb", "postgres", "psql", "pg_isready", "pg_basebackup"].iter().all(|it| place.join(it).exists())
    };
    places.into_iter().find(|place| has(place))
}

fn user() -> Option<(u32, u32)> {
    let number = |what: &str, user: &[&str]| {
        let output = Command::new("id").arg(what).args(user).output().ok()?;
        String::from_utf8_lossy(&output.stdout).trim().parse::<u32>().ok()
    };
    (number("-u", &[]) == Some(0)).then(|| {
        let postgres = number("-u", &["postgres"]).zip(number("-g", &["postgres"]));
        postgres.expect("Debian's package makes the user `postgres`")
    })
}
