//! Speaking to the server as its operator: through the socket in the data folder when it runs, else to the same routes
//! in this process. Either way one request gets one answer.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use feedme_engine::{Engine, Ids, Options, StartError};
use feedme_server::{Access, AccessOptions, Service, ServiceOptions, bind_operator, serve_operator};
use feedme_telemetry::Log;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::database::{self, Database, OpenError, Opened};

/// The socket's name in the data folder.
const SOCKET: &str = "feedme.sock";

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OperatorError {
    /// No server listens, and the database cannot be opened: a server without the socket may hold it.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What the database holds cannot be used.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The server is there but does not answer.
    #[error("failed to speak to the server through {}", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: anyhow::Error,
    },
    /// It answers with something that is no JSON.
    #[error("the server's answer makes no sense: {0}")]
    Nonsense(String),
    /// It says no.
    #[error("{0}")]
    Refused(String),
}

/// The way to the routes.
#[derive(Debug)]
pub(crate) enum Line {
    /// To a server that runs.
    Socket(PathBuf),
    /// To the routes in this process: no server runs.
    Here {
        /// The routes.
        service: Service,
        /// What they are over.
        engine: Engine,
    },
}

impl Line {
    /// Finds the server of a data folder, or opens the database: one on PostgreSQL beside all who serve it.
    pub(crate) async fn open(database: &Database) -> Result<Self, OperatorError> {
        if let Some(folder) = database.folder()
            && let Some(line) = Self::running(folder).await?
        {
            return Ok(line);
        }
        let ids = Arc::new(Ids::random());
        let holder = database::holder(&ids);
        let Opened { store, accounts, clock, lanes } = database.open(&holder, &ids).await?;
        let access = Access::new(accounts, AccessOptions::default());
        let engine = Engine::start(store, clock, ids, Options { holder, lanes, ..Options::default() }).await?;
        Ok(Self::Here { service: Service::new(engine.clone(), access, ServiceOptions::default()), engine })
    }

    /// Finds the server of a data folder; `None` when none runs.
    pub(crate) async fn running(folder: &Path) -> Result<Option<Self>, OperatorError> {
        let path = folder.join(SOCKET);
        match UnixStream::connect(&path).await {
            Ok(_) => Ok(Some(Self::Socket(path))),
            // No server was ever there, or one died.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                Ok(None)
            }
            Err(error) => Err(OperatorError::Socket { path, source: error.into() }),
        }
    }

    /// Asks for something. An answer that is a problem is an error.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, OperatorError> {
        let bytes = body.map(Value::to_string).unwrap_or_default();
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(Bytes::from(bytes))).expect("our addresses are legal");
        let (status, answer) = match self {
            Self::Socket(path) => {
                let failed = |source| OperatorError::Socket { path: path.clone(), source };
                through(path, request).await.map_err(failed)?
            }
            Self::Here { service, .. } => {
                let (parts, body) = service.answer_operator(request).await.into_parts();
                let bytes = body.collect().await.map_err(|error| OperatorError::Nonsense(error.to_string()))?;
                (parts.status, bytes.to_bytes())
            }
        };
        let answer: Value =
            serde_json::from_slice(&answer).map_err(|error| OperatorError::Nonsense(error.to_string()))?;
        if status.is_success() {
            return Ok(answer);
        }
        Err(OperatorError::Refused(answer["detail"].as_str().unwrap_or(status.as_str()).to_owned()))
    }

    /// Hangs up.
    pub(crate) async fn close(self) {
        if let Self::Here { engine, .. } = self {
            engine.stop().await;
        }
    }
}

async fn through(path: &Path, request: Request<Full<Bytes>>) -> anyhow::Result<(StatusCode, Bytes)> {
    let stream = UnixStream::connect(path).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let bytes = body.collect().await?.to_bytes();
    connection.abort();
    Ok((parts.status, bytes))
}

/// Listens for commands until told to stop. A server without the socket serves all the same: its commands wait until it
/// is stopped.
pub(crate) fn listen(
    data: &Path,
    engine: Engine,
    access: Access,
    log: &Log,
    mut stopping: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let path = data.join(SOCKET);
    let bound = bind_operator(&path);
    let options = ServiceOptions { log: Some(log.clone()), ..ServiceOptions::default() };
    tokio::spawn(async move {
        let listener = match bound {
            Ok(listener) => listener,
            Err(error) => {
                let path = path.display();
                tracing::warn!(%error, %path, "no socket for commands: `feedme user` works once the server is stopped");
                return;
            }
        };
        let service = Service::new(engine, access, options);
        serve_operator(listener, service, async {
            let _ = stopping.wait_for(|stop| *stop).await;
        })
        .await;
        let _ = std::fs::remove_file(&path);
    })
}
