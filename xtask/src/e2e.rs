//! Takes the demo and Chromium; gives whether the app works as a person would use it.
//! Never leaves the server running, and never talks beyond this machine.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::run::{Failure, build_program, run};
use crate::web::npm;

/// How long the demo may take until it answers. It is built before, so this is its own start.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// How long it may take to stop by itself.
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

const CHROMIUM: &str = "/usr/bin/chromium";

/// Whether there is a browser to look with.
pub(crate) fn has_browser() -> bool {
    Path::new(CHROMIUM).exists()
}

/// Starts the demo on a free port, runs `npm run e2e` against it, and stops it.
pub(crate) fn check() -> Result<(), Failure> {
    let program = build_program("backstop")?;
    let address = free_address()?;
    // A place of its own, so that the byte that is changed at the end is this demo's.
    let place = Place::new()?;
    let mut demo = Demo::start(&program, &address, &place)?;
    demo.wait_until_ready(&address)?;
    let mut look = npm(&["run", "e2e"]);
    run(look
        .env("BASE", format!("http://{address}"))
        .env("CHROMIUM", CHROMIUM)
        .env("PROGRAM", program)
        .env("PLACE", &place.0))
}

/// A folder for temporary files that goes when it goes out of scope.
struct Place(PathBuf);

impl Place {
    fn new() -> Result<Place, Failure> {
        let place = Place(std::env::temp_dir().join(format!("backstop-e2e-{}", std::process::id())));
        std::fs::create_dir_all(&place.0)
            .map_err(|error| Failure::new(format!("cannot make `{}`: {error}", place.0.display())))?;
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running demo, stopped when it goes out of scope, whatever came before.
struct Demo(Child);

impl Demo {
    /// Starts the program by its own name, so that ending the child ends the server.
    fn start(program: &Path, address: &str, place: &Place) -> Result<Demo, Failure> {
        let mut demo = Command::new(program);
        demo.args(["demo", "--no-open", "--listen", address]).env("TMPDIR", &place.0);
        let started = demo.stdin(Stdio::null()).spawn();
        started.map(Demo).map_err(|error| Failure::new(format!("cannot start the demo: {error}")))
    }

    fn wait_until_ready(&mut self, address: &str) -> Result<(), Failure> {
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Ok(Some(status)) = self.0.try_wait() {
                return Err(Failure::new(format!("the demo ended before it answered: {status}")));
            }
            if started.elapsed() > READY_WITHIN {
                return Err(Failure::new(format!("the demo did not answer within {} s", READY_WITHIN.as_secs())));
            }
            sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for Demo {
    /// Asks the demo to stop, as Ctrl-C does, so that it takes its store away; insists if it does not.
    fn drop(&mut self) {
        let asked = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let started = Instant::now();
        while asked.is_ok() && started.elapsed() < STOPPED_WITHIN {
            if let Ok(Some(_)) = self.0.try_wait() {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        // Already gone is as good as stopped.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_address() -> Result<String, Failure> {
    let bound = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    bound.map(|address| address.to_string()).map_err(|error| Failure::new(format!("no free port: {error}")))
}
