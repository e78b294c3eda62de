//! A loopback server that says what it is told.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What the server does with a request.
#[derive(Clone)]
pub(super) enum Reply {
    Bytes(Vec<u8>),
    /// Closes with unread data, which resets the connection.
    Reset,
    /// Says nothing, and keeps the connection.
    Hang(Vec<u8>),
}

/// A loopback server; every connection gets the same reply to each of its requests.
pub(super) struct Server {
    pub(super) port: u16,
    /// The heads of all requests, and how many connections there were.
    seen: Arc<Mutex<(Vec<String>, usize)>>,
}

impl Server {
    pub(super) async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new((Vec::new(), 0)));
        let record = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                record.lock().unwrap().1 += 1;
                tokio::spawn(answer(stream, reply.clone(), Arc::clone(&record)));
            }
        });
        Self { port, seen }
    }

    pub(super) async fn saying(status: &str, headers: &str, body: &str) -> Self {
        Self::start(Reply::Bytes(message(status, headers, body.as_bytes()))).await
    }

    pub(super) fn url(&self) -> Url {
        format!("http://127.0.0.1:{}", self.port).parse().unwrap()
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().0.clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.seen.lock().unwrap().1
    }
}

pub(super) fn message(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

async fn answer(mut stream: TcpStream, reply: Reply, seen: Arc<Mutex<(Vec<String>, usize)>>) {
    let mut pending = Vec::new();
    let mut buffer = [0; 4096];
    if let Reply::Reset = reply {
        let _ = stream.read(&mut buffer[..1]).await;
        return;
    }
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        pending.extend_from_slice(&buffer[..count]);
        if pending.ends_with(b"\r\n\r\n") {
            seen.lock().unwrap().0.push(String::from_utf8_lossy(&pending).into_owned());
            pending.clear();
            match &reply {
                Reply::Bytes(bytes) if stream.write_all(bytes).await.is_err() => return,
                Reply::Bytes(bytes) if !bytes.starts_with(b"HTTP/1.1") => return,
                Reply::Bytes(_) | Reply::Reset => {}
                Reply::Hang(bytes) => {
                    let _ = stream.write_all(bytes).await;
                    std::future::pending::<()>().await;
                }
            }
        }
    }
}
