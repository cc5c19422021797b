//! A server on loopback that remembers what it was told.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// One request.
#[derive(Clone, Debug)]
pub struct Heard {
    pub method: String,
    pub path: String,
    pub body: Vec<u8>,
    pub at: Instant,
}

impl Heard {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// An answer: status, a header, body.
pub type Answer = (u16, Option<(&'static str, &'static str)>, &'static str);

/// The server; it stops with its test's runtime.
#[derive(Clone)]
pub struct Ear {
    pub root: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Ear {
    /// Takes everything, as a Teams workflow does.
    pub async fn open() -> Self {
        Self::answering(&[(202, None, "")]).await
    }

    /// Gives these answers in turn, and the last one for ever.
    pub async fn answering(answers: &'static [Answer]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let ear = Self { root, heard: Arc::default() };
        let this = ear.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let this = this.clone();
                let service = service_fn(move |request| this.clone().hear(request, answers));
                let server = hyper::server::conn::http1::Builder::new();
                // A client that goes away is no failure of the test.
                tokio::spawn(async move { drop(server.serve_connection(TokioIo::new(stream), service).await) });
            }
        });
        ear
    }

    async fn hear(
        self,
        request: hyper::Request<Incoming>,
        answers: &'static [Answer],
    ) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let (method, path) = (parts.method.to_string(), parts.uri.to_string());
        let mut heard = self.heard.lock().unwrap();
        let (status, header, body_back) = answers[heard.len().min(answers.len() - 1)];
        heard.push(Heard { method, path, body, at: Instant::now() });
        let response = hyper::Response::builder().status(status);
        let response = header.into_iter().fold(response, |response, (name, value)| response.header(name, value));
        Ok(response.body(Full::new(Bytes::from_static(body_back.as_bytes()))).unwrap())
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// A server that takes connections and never says a word.
    pub async fn silent() -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
            }
        });
        port
    }
}
