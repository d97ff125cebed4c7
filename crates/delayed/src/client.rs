//! The requests that the service understands.

use std::time::Duration;

use feedme_engine::Timer;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client as Http, RequestBuilder};
use serde::Serialize;

use crate::address::ServiceAddress;
use crate::contact::Met;
use crate::secret::Secret;

/// How long a connection may take: longer than three lost packets.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// How long a request may take, connecting included. Orders cook for ten seconds; whoever takes longer than a
/// third of that to note one is of no use.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Bytes of an answer that are read, so that its connection can be used again. It holds an id; one that is longer
/// costs its connection.
const ANSWER_MAX_BYTES: usize = 4 * 1024;

/// Speaks to the service.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: Http,
    service: ServiceAddress,
    authorization: HeaderValue,
}

/// What the service carries.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    order_id: uuid::Uuid,
    bot_id: uuid::Uuid,
    claim: u64,
}

impl Client {
    pub(crate) fn new(service: ServiceAddress, token: &Secret) -> Result<Self, reqwest::Error> {
        let http = Http::builder()
            .user_agent(concat!("feedme/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN);
        // Without TLS the machine need not have certificates.
        let http = if service.is_encrypted() { http } else { http.tls_certs_only([]) };
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.reveal()))
            .expect("a secret consists of visible ASCII characters");
        authorization.set_sensitive(true);
        Ok(Self { http: http.build()?, service, authorization })
    }

    /// Publishes a message that comes back to the callback after some seconds; one that was published before under
    /// the same id is not published again.
    pub(crate) async fn publish(&self, timer: &Timer, callback: &str, delay_s: u64, id: &str) -> Met {
        let message = Message { order_id: timer.order.0, bot_id: timer.bot.0, claim: timer.claim.0 };
        let message = serde_json::to_vec(&message).expect("a message serialises into memory");
        let request = self
            .http
            .post(self.service.publish(callback))
            .header(CONTENT_TYPE, "application/json")
            .header("Upstash-Method", "POST")
            .header("Upstash-Delay", format!("{delay_s}s"))
            .header("Upstash-Deduplication-Id", id)
            .body(message);
        match self.status(request).await {
            Some(200..300) => Met::Taken,
            Some(500..) | None => Met::NoAnswer,
            Some(status) => Met::Refused(status),
        }
    }

    /// Asks whether the service is there and knows us. Whether it has what is asked for does not matter.
    pub(crate) async fn probe(&self) -> Met {
        match self.status(self.http.get(self.service.probe())).await {
            Some(status @ (401 | 403)) => Met::Refused(status),
            Some(500..) | None => Met::NoAnswer,
            Some(_) => Met::Taken,
        }
    }

    /// The status of the answer, if there is one. Why there is none may name hosts and addresses, so it is for
    /// those alone who ask for everything.
    async fn status(&self, request: RequestBuilder) -> Option<u16> {
        let sent = request.header(AUTHORIZATION, self.authorization.clone()).send().await;
        let mut answer = sent.inspect_err(|error| tracing::debug!(%error, "no answer from the service")).ok()?;
        let mut read = 0;
        while let Ok(Some(piece)) = answer.chunk().await {
            read += piece.len();
            if read > ANSWER_MAX_BYTES {
                break;
            }
        }
        Some(answer.status().as_u16())
    }
}
