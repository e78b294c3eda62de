//! A server before the simulated account: it lets requests through, or answers them as a script says.
//!
//! What the account does to a connection (a reset, a silence) it does too.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::Simulated;

/// What becomes of a request.
pub enum Fate {
    /// The account answers it.
    Pass,
    /// This is the answer.
    Say(Vec<u8>),
}

/// An answer of the script.
pub fn say(status: &str, headers: &[&str], body: &str) -> Fate {
    let mut lines = vec![format!("HTTP/1.1 {status}"), format!("Content-Length: {}", body.len())];
    lines.extend(headers.iter().map(|&header| header.to_owned()));
    Fate::Say(format!("{}\r\n\r\n{body}", lines.join("\r\n")).into_bytes())
}

/// A request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// From 0, in the order of arrival.
    pub number: usize,
    /// Everything before the body.
    pub head: String,
    /// The query's parameters.
    pub query: BTreeMap<String, String>,
}

impl Asked {
    fn new(number: usize, head: String) -> Self {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let url = url::Url::parse("http://gate").and_then(|base| base.join(target)).expect("a request's target");
        let query = url.query_pairs().into_owned().collect();
        Self { number, head, query }
    }

    /// A parameter, or nothing.
    pub fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

type Script = dyn Fn(&Asked) -> Fate + Send + Sync;

struct Inner {
    account: Option<SocketAddr>,
    script: Box<Script>,
    asked: Mutex<Vec<Asked>>,
}

/// Listens on loopback until dropped.
pub struct Gate {
    pub url: String,
    inner: Arc<Inner>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Gate {
    /// Before an account; the script decides each request's fate.
    pub fn before(account: &Simulated, script: impl Fn(&Asked) -> Fate + Send + Sync + 'static) -> Self {
        let address = account.url.strip_prefix("http://").expect("an address").parse().expect("an address");
        Self::start(Some(address), Box::new(script))
    }

    /// Without an account: the script answers everything.
    pub fn alone(script: impl Fn(&Asked) -> Fate + Send + Sync + 'static) -> Self {
        Self::start(None, Box::new(script))
    }

    fn start(account: Option<SocketAddr>, script: Box<Script>) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a socket that tokio takes");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let inner = Arc::new(Inner { account, script, asked: Mutex::default() });
        let (stop, stopped) = oneshot::channel::<()>();
        let served = Arc::clone(&inner);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                let accepting = async {
                    while let Ok((client, _)) = listener.accept().await {
                        tokio::spawn(serve(client, Arc::clone(&served)));
                    }
                };
                tokio::select! {
                    () = accepting => {}
                    _ = stopped => {}
                }
            });
        });
        Self { url, inner, stop: Some(stop), thread: Some(thread) }
    }

    /// All requests so far, in the order of arrival.
    pub fn asked(&self) -> Vec<Asked> {
        self.inner.asked.lock().expect("no panic under the lock").clone()
    }

    pub fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

async fn serve(mut client: TcpStream, inner: Arc<Inner>) {
    while let Ok(Some(head)) = read_head(&mut client).await {
        let asked = {
            let mut all = inner.asked.lock().expect("no panic under the lock");
            let asked = Asked::new(all.len(), head);
            all.push(asked.clone());
            asked
        };
        let reply = match (inner.script)(&asked) {
            Fate::Say(bytes) => Ok(bytes),
            Fate::Pass => forward(&asked.head, inner.account.expect("an account behind the gate")).await,
        };
        let Ok(reply) = reply else {
            let _ = client.set_zero_linger();
            return;
        };
        if client.write_all(&reply).await.is_err() {
            return;
        }
    }
}

/// Asks the account; an error when it breaks the connection.
async fn forward(head: &str, account: SocketAddr) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(account).await?;
    server.write_all(head.as_bytes()).await?;
    let head = read_head(&mut server).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
    let mut body = vec![0; head.lines().find_map(length).unwrap_or(0)];
    server.read_exact(&mut body).await?;
    Ok([head.into_bytes(), body].concat())
}

/// A request without body, or an answer's head; nothing at the connection's end.
async fn read_head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}
