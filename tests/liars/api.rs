//! The API on loopback: it counts a world's attempts, lies as it is told to, and keeps a log.

use std::collections::HashSet;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use chrono::DateTime;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, DATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use verify_rollup::clock::{Clock, SystemClock};

use crate::liar::{At, Lie, Reply, Told, When, Zero, answer};
use crate::question::Question;
use crate::world::{Counts, World};

/// One thread serves all accounts.
static SERVING: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
});

/// What was asked and what was said.
#[derive(Debug, Clone)]
pub struct Entry {
    pub question: Question,
    pub reply: Reply,
    /// What an honest API would have said.
    pub honest: Counts,
}

#[derive(Default)]
pub struct State {
    pub world: World,
    pub lies: Vec<Told>,
    /// How often each lie could have been told.
    touched: Vec<u32>,
    /// Requests of this life.
    pub log: Vec<Entry>,
    /// Pages that were refused once.
    pub struck: HashSet<usize>,
    /// From this request on nothing is answered.
    pub kill_at: Option<u32>,
}

/// A listening account; it ends with the value.
pub struct Api {
    pub url: String,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

impl Api {
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let bound = SERVING.block_on(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).expect("a port");
        let url = format!("http://{}", bound.local_addr().expect("it is bound"));
        let serving = SERVING.spawn(accept(bound, Arc::clone(&state)));
        Self { url, state, serving }
    }

    /// A new life begins: requests count from 1 again. Shares are of `usual` requests.
    pub fn begin(&self, world: &World, lies: &[Told], usual: usize) {
        let lies: Vec<Told> = lies.iter().map(|(lie, when)| (lie.clone(), resolved(*when, usual))).collect();
        let touched = vec![0; lies.len()];
        *self.state.lock().expect("no panic") = State { world: world.clone(), lies, touched, ..State::default() };
    }

    /// At this request of the life the program is to be killed; `None` = never more.
    pub fn kill_at(&self, request: Option<u32>) {
        self.state.lock().expect("no panic").kill_at = request;
    }

    /// Whether the request of the kill has arrived.
    pub fn is_struck(&self) -> bool {
        let state = self.state.lock().expect("no panic");
        state.kill_at.is_some_and(|at| state.log.len() >= at as usize)
    }

    pub fn log(&self) -> Vec<Entry> {
        self.state.lock().expect("no panic").log.clone()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A share becomes the number of a request.
fn resolved(when: When, usual: usize) -> When {
    let request = |at| match at {
        At::Share(share) => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let number = (usual as f32 * share).ceil() as u32;
            At::Request(number.max(1))
        }
        at @ At::Request(_) => at,
    };
    match when {
        When::From(at) => When::From(request(at)),
        When::During(from, to) => When::During(request(from), request(to)),
        other => other,
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        // Small answers must not wait for the client's acknowledgement; without the option they are only slower.
        let _ = stream.set_nodelay(true);
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = service_fn(move |request| handle(request, Arc::clone(&state)));
            // A broken connection is how a killed client ends.
            let _ = http1::Builder::new().auto_date_header(false).serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn handle(request: Request<Incoming>, state: Arc<Mutex<State>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let query = request.uri().query().unwrap_or("").to_owned();
    let host = SystemClock.now().timestamp();
    let response = match request.uri().path() {
        "/v2/Attempts" => crate::pages::respond(&query, &mut state.lock().expect("no panic"), host),
        _ => respond(&query, &mut state.lock().expect("no panic")),
    };
    let Some(response) = response else {
        return std::future::pending().await;
    };
    Ok(response)
}

/// `None` = never.
fn respond(query: &str, state: &mut State) -> Option<Response<Full<Bytes>>> {
    let host = SystemClock.now().timestamp();
    let question = match Question::parse(query) {
        Ok(question) => question,
        Err(message) => return Some(error(400, message.as_str(), Some(host))),
    };
    let request = u32::try_from(state.log.len()).expect("few requests") + 1;
    let first_time = state.log.iter().all(|entry| entry.question != question);
    let mut lies = Vec::new();
    for ((lie, when), touched) in state.lies.iter().zip(&mut state.touched) {
        if lie.touches(&question, first_time) {
            *touched += 1;
            let is_time = match *when {
                When::Always => true,
                When::From(At::Request(from)) => request >= from,
                When::During(At::Request(from), At::Request(to)) => (from..to).contains(&request),
                When::Nth(nth) => *touched == nth,
                When::From(_) | When::During(..) => unreachable!("shares were resolved"),
            };
            if is_time {
                lies.push(lie);
            }
        }
    }
    let shift = lies.iter().find_map(|lie| if let Lie::Clock(shift) = lie { Some(*shift) } else { None });
    let now = host + shift.unwrap_or(0);
    let reply = answer(&state.world, &lies, &question, request, now);
    let Reply::Counts(honest) = answer(&state.world, &[], &question, request, now) else { unreachable!("no lies") };
    let is_struck = state.kill_at.is_some_and(|at| request >= at);
    let date = (!lies.contains(&&Lie::NoDate)).then_some(now);
    let zeros = lies.iter().find_map(|lie| if let Lie::Zeros(zero) = lie { Some(*zero) } else { None });
    let are_floats = lies.contains(&&Lie::Floats);
    state.log.push(Entry { question, reply, honest });
    if is_struck {
        return None;
    }
    Some(match reply {
        Reply::Counts(counts) => reply_with(200, body(counts, zeros.unwrap_or(Zero::Plain), are_floats), date),
        Reply::Refused(message) => error(400, message, date),
        Reply::Status(504) => reply_with(504, "<html><body>504 Gateway Time-out</body></html>".to_owned(), date),
        Reply::Status(status) => error(status, "An internal server error has occurred", date),
        Reply::ErrorInBody => {
            let text = r#"{"code": 20500, "message": "An internal server error has occurred", "status": 500}"#;
            reply_with(200, text.to_owned(), date)
        }
        Reply::CodeInBody => reply_with(200, r#"{"code": 60200, "message": "Invalid parameter"}"#.to_owned(), date),
        Reply::Silence | Reply::Page => return None,
    })
}

pub fn error(status: u16, message: &str, now: Option<i64>) -> Response<Full<Bytes>> {
    let code = if status == 400 { 60_200 } else { 20_500 };
    let text = format!(r#"{{"code": {code}, "message": "{message}", "more_info": "", "status": {status}}}"#);
    reply_with(status, text, now)
}

pub fn reply_with(status: u16, text: String, now: Option<i64>) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status).header(CONTENT_TYPE, "application/json");
    if let Some(now) = now.and_then(|now| DateTime::from_timestamp(now, 0)) {
        response = response.header(DATE, now.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    }
    response.body(Full::new(Bytes::from(text))).expect("a valid response")
}

/// The counts in the API's words, or in the odd ones of a lie.
fn body(counts: Counts, zeros: Zero, are_floats: bool) -> String {
    let unconverted = counts.attempts - counts.converted;
    if counts.attempts == 0 && zeros == Zero::EmptyObject {
        return "{}".to_owned();
    }
    let mut fields = Vec::new();
    for (name, count) in
        [("total_attempts", counts.attempts), ("total_converted", counts.converted), ("total_unconverted", unconverted)]
    {
        match (count, zeros) {
            (0, Zero::LeftOut | Zero::EmptyObject) => {}
            (0, Zero::Null) => fields.push(format!(r#""{name}": null"#)),
            (0, Zero::Minus) => fields.push(format!(r#""{name}": -0"#)),
            (count, _) if are_floats => fields.push(format!(r#""{name}": {count}.0"#)),
            (count, _) => fields.push(format!(r#""{name}": {count}"#)),
        }
    }
    let rate = if counts.attempts == 0 {
        "null".to_owned()
    } else {
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let rate = 100.0 * counts.converted as f64 / counts.attempts as f64;
        format!(r#""{rate:.9}""#)
    };
    fields.push(format!(r#""conversion_rate_percentage": {rate}"#));
    fields.push(r#""url": "https://verify.twilio.com/v2/Attempts/Summary""#.to_owned());
    format!("{{{}}}", fields.join(", "))
}
