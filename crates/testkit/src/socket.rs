//! The application behind a real socket, in real time: for what only a connection can show.

use std::net::SocketAddr;
use std::time::Duration;

use feedme_server::{Limits, ServeOptions, ServiceOptions, serve};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::app::TestApp;

/// How long a test waits for something that should have happened long ago.
const PATIENCE: Duration = Duration::from_secs(10);

/// The application behind a socket.
#[derive(Debug)]
pub struct SocketApp {
    /// Where it listens.
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

/// A connection to it, for bytes of any kind.
#[derive(Debug)]
pub struct Socket<S = TcpStream>(pub S);

impl SocketApp {
    /// Serves an application on a free port.
    pub async fn serve(app: &TestApp, limits: Limits) -> Self {
        Self::serve_on(TcpListener::bind("127.0.0.1:0").await.expect("a port is free"), app, limits)
    }

    /// Serves an application on a listener.
    pub fn serve_on(listener: TcpListener, app: &TestApp, limits: Limits) -> Self {
        let delayed = app.delayed.clone();
        Self::run(
            listener,
            app,
            ServeOptions { service: ServiceOptions { limits, delayed, ..ServiceOptions::default() }, tls: None },
        )
    }

    /// Serves an application on a free port, with a certificate if need be.
    pub async fn with(app: &TestApp, options: ServeOptions) -> Self {
        Self::run(TcpListener::bind("127.0.0.1:0").await.expect("a port is free"), app, options)
    }

    fn run(listener: TcpListener, app: &TestApp, options: ServeOptions) -> Self {
        let address = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let (engine, access) = (app.engine.clone(), app.access.clone());
        let served = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or(()) };
            serve(listener, engine, access, options, stopped).await;
        });
        Self { address, stop, served }
    }

    /// Connects.
    pub async fn connect(&self) -> Socket {
        Socket(TcpStream::connect(self.address).await.expect("it accepts"))
    }

    /// Sends bytes on a connection of their own and reads until the server closes it.
    pub async fn exchange(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut socket = self.connect().await;
        socket.send(bytes).await;
        socket.rest().await
    }

    /// Tells it to stop, without waiting.
    pub fn stop(self) -> JoinHandle<()> {
        let _ = self.stop.send(());
        self.served
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Sends bytes. The server may have closed the connection meanwhile.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// Reads until some text has come, and gives back all that came.
    pub async fn until(&mut self, text: &str) -> String {
        let mut read = Vec::new();
        let found = tokio::time::timeout(PATIENCE, async {
            while !String::from_utf8_lossy(&read).contains(text) {
                if self.0.read_buf(&mut read).await.unwrap_or(0) == 0 {
                    return false;
                }
            }
            true
        });
        let found = found.await.unwrap_or(false);
        let read = String::from_utf8_lossy(&read).into_owned();
        assert!(found, "no {text:?} in {read:?}");
        read
    }

    /// Reads until the server closes the connection.
    pub async fn rest(&mut self) -> String {
        let mut read = Vec::new();
        let closed =
            tokio::time::timeout(PATIENCE, async { while self.0.read_buf(&mut read).await.unwrap_or(0) > 0 {} });
        closed.await.expect("the server closes the connection");
        String::from_utf8_lossy(&read).into_owned()
    }
}
