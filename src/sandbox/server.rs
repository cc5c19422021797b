//! HTTP on loopback, as deep as faults must reach: a connection that closes without an answer, a body without an end.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::answer::Answer;
use super::exchange::{Ending, Outcome};
use super::request::Request;
use super::state::State;

/// The state behind its lock. A test that panics in `edit` must not silence the others.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Arc<Mutex<State>>);

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts connections until the task is dropped, which closes all of them.
pub(super) async fn accept(listener: TcpListener, shared: Shared) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                match accepted {
                    Ok((stream, _)) => drop(connections.spawn(connection(stream, shared.clone()))),
                    // Out of descriptors, most likely: trying again at once would keep the runtime busy.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, shared: Shared) {
    // Small answers must not wait for the acknowledgement of earlier ones.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| respond(request, shared.clone()));
    let mut http = hyper::server::conn::http1::Builder::new();
    http.auto_date_header(false);
    // An error here is a client that went away, or a fault that closes the connection: both are meant.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

/// Closes the connection: hyper writes nothing where the service fails.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped on purpose")]
struct Dropped;

async fn respond(request: hyper::Request<Incoming>, shared: Shared) -> Result<hyper::Response<Body>, Dropped> {
    let request = read(request).await?;
    let outcome = shared.lock().exchange(&request);
    let (answer, ending) = match outcome {
        Outcome::Answered(answer, ending) => (answer, ending),
        Outcome::Held(answer, mut released) => {
            // Nobody is left who could release it: that releases it too.
            let _ = released.wait_for(|released| *released).await;
            (answer, Ending::Whole)
        }
        Outcome::Dropped => return Err(Dropped),
        Outcome::Silent => std::future::pending().await,
    };
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    response(answer, ending)
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, Dropped> {
    let (head, body) = request.into_parts();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: body.collect().await.map_err(|_| Dropped)?.to_bytes(),
    })
}

fn response(answer: Answer, ending: Ending) -> Result<hyper::Response<Body>, Dropped> {
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let body = match ending {
        Ending::Whole => Body::Whole(Some(answer.body)),
        Ending::Never => Body::Endless,
        Ending::After(length) => Body::Cut(Some(answer.body.slice(..length.min(answer.body.len()))), false),
    };
    response.body(body).map_err(|_| Dropped)
}

/// A body that ends, never ends, or breaks off.
enum Body {
    Whole(Option<Bytes>),
    Endless,
    /// Its part, and whether a turn was left for writing it out.
    Cut(Option<Bytes>, bool),
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Dropped>>> {
        Poll::Ready(match &mut *self {
            Self::Whole(data) => data.take().filter(|data| !data.is_empty()).map(|data| Ok(Frame::data(data))),
            Self::Endless => Some(Ok(Frame::data(Bytes::from_static(&[b' '; 16_384])))),
            Self::Cut(data, waited) => match data.take() {
                Some(data) => Some(Ok(Frame::data(data))),
                None if *waited => Some(Err(Dropped)),
                // An error at once would discard what hyper has not written yet.
                None => {
                    *waited = true;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
            },
        })
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match self {
            Self::Whole(data) => hyper::body::SizeHint::with_exact(data.as_ref().map_or(0, |data| data.len() as u64)),
            Self::Endless | Self::Cut(..) => hyper::body::SizeHint::default(),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(data) if data.as_ref().is_none_or(Bytes::is_empty))
    }
}
