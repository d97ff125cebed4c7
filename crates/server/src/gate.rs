//! Which requests are listened to at all.
//!
//! In open mode whoever reaches the server is a manager, and every page that a browser on this machine
//! shows reaches it. So what a browser says of the page that asks is believed: a page from elsewhere changes
//! nothing, and a page whose owner pointed its name at this machine (DNS rebinding) does not even read. Tills,
//! bots and `curl` say nothing of the kind, and pass.

use feedme_api::{Code, Problem};
use http::{HeaderName, HeaderValue, Request, header};

use crate::host::Host;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Supervisors ask these under names of their own, and learn nothing but that the server runs.
const PROBES: [&str; 2] = ["/livez", "/readyz"];

/// Refuses a request that a page from elsewhere had a browser send.
pub(crate) fn admit<B>(request: &Request<B>, is_open: bool) -> Result<(), Problem> {
    let headers = request.headers();
    // An address that names its server goes before the header (RFC 9112, 3.2.2).
    let named = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let host = named.or_else(|| headers.get(header::HOST).map(HeaderValue::as_bytes));
    let is_local = host.is_none_or(|host| Host::parse(host).is_some_and(Host::is_local));
    if is_open && !is_local && !PROBES.contains(&request.uri().path()) {
        let detail = "Host: expected `localhost`, a name that ends in `.localhost`, or an IP address; in open mode \
                      the server answers under no other name";
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
