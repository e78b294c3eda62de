//! The account on the loopback interface, over real HTTP/1.1 with keep-alive.
//!
//! Connections are accepted here rather than by a framework, because a fault must be able to reset one: without an
//! answer, and for the client's kernel to see.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use super::account::Account;
use super::connection::serve;
use super::settings::Settings;
use super::tls::Tls;
use super::world::World;
use super::worlds::Worlds;
use crate::clock::Clock;

/// How long to leave the listener alone when it cannot accept, as when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A bound server: clients can connect, and are served once it runs.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    account: Arc<Account>,
    tls: Option<Arc<Tls>>,
}

impl Server {
    /// Binds a port of 127.0.0.1; 0 = any free one.
    ///
    /// # Errors
    /// If the port is taken or may not be used.
    pub async fn bind(port: u16, settings: Settings, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, account: Arc::new(Account::new(settings, clock)), tls: None })
    }

    /// The same, reached by TLS and through a proxy as well.
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        Self { tls: Some(Arc::new(tls)), ..self }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The one account's past.
    #[must_use]
    pub fn world(&self) -> &World {
        self.account.worlds().one()
    }

    /// Each account's past, by its SID.
    #[must_use]
    pub fn worlds(&self) -> &Worlds {
        self.account.worlds()
    }

    /// Serves until `shutdown` resolves, then cuts every connection.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) {
        let mut connections = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(serve(stream, Arc::clone(&self.account), self.tls.clone()));
                    }
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                },
            }
        }
        connections.shutdown().await;
    }

    /// Serves as a task of the current runtime until the handle is stopped or dropped.
    #[must_use]
    pub fn spawn(self) -> RunningServer {
        let (stop, stopped) = oneshot::channel();
        let (address, account) = (self.address, Arc::clone(&self.account));
        let task = tokio::spawn(self.run_until(async {
            // A dropped handle stops the server too.
            let _: Result<(), _> = stopped.await;
        }));
        RunningServer { address, account, stop, task }
    }
}

/// A server that runs in the background.
pub struct RunningServer {
    address: SocketAddr,
    account: Arc<Account>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl RunningServer {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The one account's past.
    #[must_use]
    pub fn world(&self) -> &World {
        self.account.worlds().one()
    }

    /// Each account's past, by its SID.
    #[must_use]
    pub fn worlds(&self) -> &Worlds {
        self.account.worlds()
    }

    /// Requests that have arrived, whatever became of them.
    #[must_use]
    pub fn requests_received(&self) -> u64 {
        self.account.records.received()
    }

    /// Requests that the rate limit refused; 429 faults are not among them.
    #[must_use]
    pub fn requests_throttled(&self) -> u64 {
        self.account.records.throttled()
    }

    /// The most requests that were being answered at the same time.
    #[must_use]
    pub fn most_concurrent_requests(&self) -> u64 {
        self.account.records.most_in_flight()
    }

    /// Cuts every connection and waits until the port is free.
    pub async fn stop(self) {
        // The receiver is gone only if the task is, and then there is nothing to stop.
        let _: Result<(), ()> = self.stop.send(());
        let _: Result<(), _> = self.task.await;
    }
}

#[cfg(test)]
mod tests;
