//! The account on the loopback interface, over real HTTP/1.1 with keep-alive.
//!
//! Connections are accepted here rather than by a framework, because a fault must be able to reset one: without an
//! answer, and for the client's kernel to see.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use super::account::Account;
use super::settings::Settings;
use super::world::World;
use crate::clock::Clock;

/// How long to leave the listener alone when it cannot accept, as when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A bound server: clients can connect, and are served once it runs.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    account: Arc<Account>,
}

impl Server {
    /// Binds a port of 127.0.0.1; 0 = any free one.
    ///
    /// # Errors
    /// If the port is taken or may not be used.
    pub async fn bind(port: u16, settings: Settings, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, account: Arc::new(Account::new(settings, clock)) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The account's past.
    #[must_use]
    pub fn world(&self) -> &World {
        self.account.world()
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
                        connections.spawn(serve(stream, Arc::clone(&self.account)));
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

    /// The account's past.
    #[must_use]
    pub fn world(&self) -> &World {
        self.account.world()
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

/// One connection, until the client closes it or a fault resets it.
async fn serve(stream: TcpStream, account: Arc<Account>) {
    // Small answers must not wait for the client's acknowledgement; without the option they are only slower.
    let _: io::Result<()> = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let account = Arc::clone(&account);
        async move { account.handle(request).await }
    });
    let mut connection = http1::Builder::new().pipeline_flush(true).serve_connection(TokioIo::new(stream), service);
    if Pin::new(&mut connection).await.is_err_and(|error| error.is_user()) {
        // Closing with unsent data dropped sends RST instead of FIN. If the option fails the client sees an orderly
        // end without an answer, which is a broken connection too.
        let _: io::Result<()> = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

#[cfg(test)]
mod tests;
