//! A network that fails at the worst moment: it carries what is said to a server and back, and breaks when it is told to.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// A relay on a port of its own. Its threads end with the process.
pub struct Relay {
    pub port: u16,
    faults: Arc<Faults>,
}

#[derive(Default)]
struct Faults {
    swallow: AtomicBool,
    swallowed: AtomicU32,
    closed: AtomicBool,
    close: AtomicBool,
}

impl Relay {
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let faults = Arc::new(Faults::default());
        let known = Arc::clone(&faults);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if !known.closed.load(Ordering::SeqCst) {
                    carry(client, TcpStream::connect(("127.0.0.1", port)).unwrap(), &known);
                }
            }
        });
        Self { port: own, faults }
    }

    /// The next commit reaches the server, and its answer is lost with the connection.
    pub fn swallow_the_next_answer_to_a_commit(&self) {
        self.faults.swallow.store(true, Ordering::SeqCst);
    }

    /// After that nobody is let through any more.
    pub fn let_nobody_in_again(&self) {
        self.faults.close.store(true, Ordering::SeqCst);
    }

    pub fn swallowed(&self) -> u32 {
        self.faults.swallowed.load(Ordering::SeqCst)
    }
}

fn carry(mut client: TcpStream, mut server: TcpStream, faults: &Arc<Faults>) {
    let (mut back_from, mut back_to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let mute = Arc::new(AtomicBool::new(false));
    let (muted, faults) = (Arc::clone(&mute), Arc::clone(faults));
    std::thread::spawn(move || {
        let mut bytes = [0; 1 << 16];
        while let Ok(length @ 1..) = client.read(&mut bytes) {
            let commits = bytes[..length].windows(7).any(|part| part == b"COMMIT\0");
            let swallow = commits && faults.swallow.swap(false, Ordering::SeqCst);
            mute.store(swallow, Ordering::SeqCst);
            if server.write_all(&bytes[..length]).is_err() {
                break;
            }
            if swallow {
                // The server has answered by now, to nobody.
                std::thread::sleep(Duration::from_millis(500));
                faults.swallowed.fetch_add(1, Ordering::SeqCst);
                faults.closed.store(faults.close.load(Ordering::SeqCst), Ordering::SeqCst);
                break;
            }
        }
        let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
    });
    std::thread::spawn(move || {
        let mut bytes = [0; 1 << 16];
        while let Ok(length @ 1..) = back_from.read(&mut bytes) {
            if !muted.load(Ordering::SeqCst) && back_to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
    });
}
