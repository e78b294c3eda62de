//! One connection, until its client closes it or a fault resets it.
//!
//! It begins with a request, or with TLS where there is any; a request may be for a tunnel, and TLS begins then. One
//! connection is one task, so that a client that hangs holds up nobody else; within TLS nothing begins anew.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use hyper::http::uri::Scheme;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::account::Account;
use super::answer::Reply;
use super::proxy::{self, Way, Wire};
use super::tls::Tls;

/// The first byte of every handshake, and of no request.
const HANDSHAKE: u8 = 0x16;

/// How a conversation ended.
enum End<S> {
    Closed,
    /// The client is to see a broken connection.
    Reset(S),
    /// TLS follows, of which this much has been read already.
    Tunnel(S, Bytes),
}

/// Serves one client.
pub(super) async fn serve(stream: TcpStream, account: Arc<Account>, tls: Option<Arc<Tls>>) {
    // Small answers must not wait for the client's acknowledgement; without the option they are only slower.
    let _: io::Result<()> = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return reset_if_due(converse(stream, &account, Wire::Plain).await);
    };
    let (stream, sent) = if begins_with_tls(&stream).await {
        (stream, Bytes::new())
    } else {
        match converse(stream, &account, Wire::BesidesTls).await {
            End::Tunnel(stream, sent) => (stream, sent),
            end => return reset_if_due(end),
        }
    };
    let (reader, writer) = stream.into_split();
    let whole = tokio::io::join(io::Cursor::new(sent).chain(reader), writer);
    let Some(encrypted) = tls.accept(whole).await else { return };
    if let End::Reset(encrypted) = converse(encrypted, &account, Wire::Encrypted).await {
        let (_reader, writer) = encrypted.into_inner().0.into_inner();
        let _: io::Result<()> = writer.as_ref().set_zero_linger();
        // Dropped, it would end the connection in order.
        writer.forget();
    }
}

/// Closing with unsent data dropped sends RST instead of FIN. If the option fails the client sees an orderly end
/// without an answer, which is a broken connection too.
fn reset_if_due(end: End<TcpStream>) {
    if let End::Reset(stream) = end {
        let _: io::Result<()> = stream.set_zero_linger();
    }
}

async fn begins_with_tls(stream: &TcpStream) -> bool {
    let mut first = [0];
    matches!(stream.peek(&mut first).await, Ok(1)) && first == [HANDSHAKE]
}

/// Answers requests, one after the other.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(stream: S, account: &Arc<Account>, wire: Wire) -> End<S> {
    let is_tunnel = Arc::new(AtomicBool::new(false));
    let service = service_fn(|mut request| {
        let (account, is_tunnel) = (Arc::clone(account), Arc::clone(&is_tunnel));
        async move {
            match proxy::way(&request, wire) {
                Way::Account => {
                    if wire == Wire::Encrypted {
                        request.extensions_mut().insert(Scheme::HTTPS);
                    }
                    account.handle(request).await
                }
                Way::Tunnel => {
                    is_tunnel.store(true, Ordering::Relaxed);
                    Ok(Reply::default())
                }
                Way::Refused(reply) => Ok(reply),
            }
        }
    });
    // Flushed together with a later answer, the word that a tunnel is open would never come: there is none.
    let together = wire != Wire::BesidesTls;
    let mut connection = http1::Builder::new().pipeline_flush(together).serve_connection(TokioIo::new(stream), service);
    let ended = Pin::new(&mut connection).await;
    let parts = connection.into_parts();
    let mut stream = parts.io.into_inner();
    match ended {
        Err(error) if error.is_user() => End::Reset(stream),
        Ok(()) if is_tunnel.load(Ordering::Relaxed) => End::Tunnel(stream, parts.read_buf),
        _ => {
            // After a tunnel that was refused, nobody has done so yet.
            let _: io::Result<()> = stream.shutdown().await;
            End::Closed
        }
    }
}
