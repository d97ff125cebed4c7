//! Which requests are listened to at all.
//!
//! Every page that a browser shows can reach the server, in open mode as a manager, otherwise with the cookies of
//! whoever is signed in. So what a browser says of the page that asks is believed: a page from elsewhere changes
//! nothing, and a page whose owner pointed its name at this machine (DNS rebinding) does not even read. Tills,
//! bots and `curl` say nothing of the kind, and pass. So does what claims to be a callback of the delayed-message
//! service, under the name that the service was told: it is judged by its signature.

use feedme_api::{Code, Problem};
use http::{HeaderName, HeaderValue, Request, header};

use crate::host::Host;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Supervisors ask these under names of their own, and learn nothing but that the server runs.
const PROBES: [&str; 2] = ["/livez", "/readyz"];

/// Whether an address is one that supervisors ask.
pub(crate) fn is_probe(path: &str) -> bool {
    PROBES.contains(&path)
}

/// Under which names requests may come, besides those that lead nowhere else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    /// The server's own; `*.` before one stands for every name below it.
    pub(crate) own: &'a [String],
    /// The name under which this request alone may come: only what claims to be a callback has one.
    pub(crate) callback: Option<&'a str>,
}

impl Names<'_> {
    fn have(self, host: Host<'_>) -> bool {
        host.is_local() || self.own.iter().map(String::as_str).chain(self.callback).any(|name| host.is(name))
    }
}

/// Refuses a request that a page from elsewhere had a browser send, or that comes under a name that is not ours.
pub(crate) fn admit<B>(request: &Request<B>, names: Names<'_>) -> Result<(), Problem> {
    let headers = request.headers();
    // An address that names its server goes before the header (RFC 9112, 3.2.2).
    let named = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let host = named.or_else(|| headers.get(header::HOST).map(HeaderValue::as_bytes));
    let is_ours = host.is_none_or(|host| Host::parse(host).is_some_and(|host| names.have(host)));
    if !is_ours && !is_probe(request.uri().path()) {
        let detail = "Host: expected `localhost`, a name that ends in `.localhost`, an IP address, or a name that the \
                      server was told: one of its certificate, or of `--host`";
        return Err(Problem::new(Code::UnknownHost, detail));
    }
    if request.method().is_safe() {
        return Ok(());
    }
    let from_elsewhere = headers.get_all(SEC_FETCH_SITE).iter().any(|site| site != "same-origin" && site != "none")
        || headers.get_all(header::ORIGIN).iter().any(|origin| !is_of(origin, host));
    if from_elsewhere {
        let detail = "a page from elsewhere may change nothing here: `Sec-Fetch-Site` must be `same-origin` or `none`, \
                      and `Origin` name the same host and port as `Host`, if they are there";
        return Err(Problem::new(Code::CrossSite, detail));
    }
    Ok(())
}

/// Whether an origin is this host at this port. The scheme does not count: a proxy may have ended TLS.
fn is_of(origin: &HeaderValue, host: Option<&[u8]>) -> bool {
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    authority.zip(host).is_some_and(|((_, authority), host)| authority.as_bytes().eq_ignore_ascii_case(host))
}
