//! A witness between the program and the API: it passes every byte on and notes every request as it arrives.
//!
//! It outlives the program's lives, so that its address, which keys the ledger, stays the same.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::support::Simulated;

/// What the harness sends in place of a request. Connections are accepted in order, so once it has been seen, all of
/// the connections before it have.
const FENCE: &str = "FENCE\r\n";

/// How long a connection of a dead client may take to end.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Noted {
    /// The query of every request since the last look, as it arrived.
    asked: Vec<String>,
    open: usize,
    fences: usize,
}

#[derive(Default)]
struct Shared {
    noted: Mutex<Noted>,
    changed: Condvar,
}

pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    upstream: Arc<Mutex<Option<SocketAddr>>>,
    accepting: Option<JoinHandle<()>>,
}

impl Proxy {
    pub fn to(server: &Simulated) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let upstream = Arc::new(Mutex::new(Some(address_of(server))));
        let (noting, target) = (Arc::clone(&shared), Arc::clone(&upstream));
        let accepting = thread::spawn(move || {
            for client in listener.incoming() {
                let Some(server) = *target.lock().unwrap() else { return };
                noting.noted.lock().unwrap().open += 1;
                let noting = Arc::clone(&noting);
                thread::spawn(move || {
                    // A broken connection is how a killed client ends.
                    let _ = client.and_then(|client| pass_on(client, server, &noting));
                    noting.noted.lock().unwrap().open -= 1;
                    noting.changed.notify_all();
                });
            }
        });
        Self { address, shared, upstream, accepting: Some(accepting) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on another account answers, under the same address.
    pub fn switch_to(&self, server: &Simulated) {
        *self.upstream.lock().unwrap() = Some(address_of(server));
    }

    /// What arrived since the last call. The client must be dead: all that it sent is awaited.
    pub fn take_asked(&self) -> Vec<String> {
        let mut fence = TcpStream::connect(self.address).unwrap();
        fence.write_all(FENCE.as_bytes()).unwrap();
        drop(fence);
        let (mut noted, waited) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.noted.lock().unwrap(), PATIENCE, |noted| {
                noted.fences == 0 || noted.open > 0
            })
            .unwrap();
        assert!(!waited.timed_out(), "{} connections outlive their client", noted.open);
        noted.fences = 0;
        std::mem::take(&mut noted.asked)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        *self.upstream.lock().unwrap() = None;
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn address_of(server: &Simulated) -> SocketAddr {
    server.url.trim_start_matches("http://").parse().unwrap()
}

/// Notes and forwards requests, which have no bodies, until the client is gone.
fn pass_on(client: TcpStream, server: SocketAddr, shared: &Shared) -> std::io::Result<()> {
    let mut upstream = TcpStream::connect(server)?;
    upstream.set_nodelay(true)?;
    client.set_nodelay(true)?;
    let (mut answers, mut back) = (upstream.try_clone()?, client.try_clone()?);
    let answering = thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let mut reader = BufReader::new(client);
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|bytes| bytes > 0) {
        if head == FENCE {
            shared.noted.lock().unwrap().fences += 1;
            break;
        }
        if head.ends_with("\r\n\r\n") {
            let target = head.split(' ').nth(1).expect("a request line");
            let query = target.strip_prefix("/v2/Attempts/Summary?").expect("the one resource");
            shared.noted.lock().unwrap().asked.push(query.to_owned());
            upstream.write_all(head.as_bytes())?;
            head.clear();
        }
    }
    let _ = upstream.shutdown(Shutdown::Both);
    let _ = answering.join();
    Ok(())
}
