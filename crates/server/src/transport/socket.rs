//! A connection below HTTP: its bytes as they are, or encrypted.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::limits::HEADERS_MAX_BYTES;

/// A connection below HTTP.
#[derive(Debug)]
pub(super) enum Socket {
    Plain(TcpStream),
    /// Ten times as large as a plain one.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    pub(super) fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Moves to the runtime that this runs on. An encrypted socket cannot be taken apart, so the runtime that
    /// accepted it goes on telling it when bytes have come.
    pub(super) fn adopt(self) -> io::Result<Self> {
        match self {
            Self::Plain(stream) => TcpStream::from_std(stream.into_std()?).map(Self::Plain),
            Self::Tls(_) => Ok(self),
        }
    }

    /// Why a connection ends whose other side takes nothing. It is reset: said goodbye to, the kernel would keep what
    /// was not taken, for minutes.
    pub(super) fn cut(&self) -> io::Error {
        if let Err(error) = self.tcp().set_zero_linger() {
            tracing::debug!(%error, "a connection cannot be reset");
        }
        io::Error::new(io::ErrorKind::TimedOut, "the other side takes nothing")
    }

    /// Waits until the reader is gone. What it sends meanwhile is nothing that a stream could answer.
    pub(super) async fn gone(&mut self) {
        let mut sent = 0;
        while sent < HEADERS_MAX_BYTES {
            match self.try_some().await {
                Ok(0) | Err(_) => return,
                Ok(read) => sent += read,
            }
        }
    }

    /// Some of what was sent. The room for it is not part of what waits, since thousands wait.
    async fn try_some(&mut self) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => loop {
                stream.readable().await?;
                match stream.try_read(&mut [0; 64]) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    read => return read,
                }
            },
            Self::Tls(stream) => stream.read(&mut [0; 64]).await,
        }
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }

    fn writer(&mut self) -> Pin<&mut (dyn AsyncWrite + Send + Unpin)> {
        match self {
            Self::Plain(stream) => Pin::new(stream),
            Self::Tls(stream) => Pin::new(stream),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writer().poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writer().poll_write_vectored(cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer().poll_shutdown(cx)
    }
}
