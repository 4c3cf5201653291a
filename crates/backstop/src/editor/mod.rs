//! The language server: the drafter's tools inside an editor.
//!
//! Takes messages of the Language Server Protocol 3.17 from one reader; gives answers and remarks to one writer. Never
//! changes a file, never opens a connection, never reads more than the maps beside an open text. A hostile message gets an
//! error and no more.

mod answer;
mod place;
mod session;
mod text;
mod wire;

use session::Session;
use std::io::{BufReader, Read, Write};
use std::sync::mpsc::{TryRecvError, sync_channel};
use std::thread;
use wire::{Incoming, read_message, write_message};

/// So many messages wait at most; then the reader waits, and with it the editor.
const WAITING_MOST: usize = 64;

/// Serves until the editor says `exit` or goes away; whether it said `shutdown` before, as the protocol demands.
///
/// # Errors
/// The writer's.
pub(crate) fn serve(input: impl Read + Send + 'static, mut output: impl Write) -> std::io::Result<bool> {
    let (sender, receiver) = sync_channel(WAITING_MOST);
    thread::spawn(move || {
        let mut input = BufReader::new(input);
        while let Some(incoming) = read_message(&mut input) {
            let last = matches!(incoming, Incoming::Lost(_));
            if sender.send(incoming).is_err() || last {
                break;
            }
        }
    });
    let mut session = Session::default();
    loop {
        // Remarks are made once no message waits: a burst of changes is read once.
        let incoming = match receiver.try_recv() {
            Ok(incoming) => incoming,
            Err(TryRecvError::Empty) => {
                for message in session.remarks() {
                    write_message(&mut output, &message)?;
                }
                match receiver.recv() {
                    Ok(incoming) => incoming,
                    Err(_) => return Ok(session.shut_down()),
                }
            }
            Err(TryRecvError::Disconnected) => return Ok(session.shut_down()),
        };
        let answers = match incoming {
            Incoming::Message(message) => session.handle(message),
            Incoming::Refused(why) | Incoming::Lost(why) => vec![wire::refusal(&why)],
        };
        for message in answers {
            write_message(&mut output, &message)?;
        }
        if session.ended() {
            return Ok(session.shut_down());
        }
    }
}
