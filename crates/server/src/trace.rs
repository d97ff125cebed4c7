//! What is traced of a request: it belongs to the trace of the order that it is about.

use std::time::SystemTime;

use axum::response::Response;
use feedme_kitchen::OrderId;
use feedme_telemetry::{Asked, Traces};
use http::{HeaderMap, HeaderValue, Method, Request, header};
use uuid::Uuid;

use crate::measure::{method, route};

/// How a caller names the span in which it asks (W3C Trace Context).
const TRACEPARENT: &str = "traceparent";

/// A request that may be about an order.
pub(crate) struct Traced<'a> {
    traces: &'a Traces,
    began: SystemTime,
    method: &'static str,
    route: &'static str,
    /// The order that the address names; one that is placed has no name yet.
    order: Option<OrderId>,
    traceparent: Option<HeaderValue>,
}

impl<'a> Traced<'a> {
    /// Notes a request that changes an order, or places one.
    pub(crate) fn begin<B>(traces: &'a Traces, request: &Request<B>) -> Option<Self> {
        let (path, method) = (request.uri().path(), method(request.method()));
        let route = route(path);
        let is_of_orders = route == "/api/orders" || route.starts_with("/api/orders/{id}");
        if !is_of_orders || request.method() == Method::GET || request.method() == Method::HEAD {
            return None;
        }
        let traceparent = request.headers().get(TRACEPARENT).cloned();
        Some(Self { traces, began: SystemTime::now(), method, route, order: order(path), traceparent })
    }

    /// It is answered. One that placed nothing is about no order.
    pub(crate) fn end(self, response: &Response) {
        let Some(order) = self.order.or_else(|| placed(response.headers())) else { return };
        self.traces.asked(&Asked {
            order,
            method: self.method,
            route: self.route,
            status: response.status().as_u16(),
            began: self.began,
            traceparent: self.traceparent.as_ref().and_then(|value| value.to_str().ok()),
        });
    }
}

fn placed(headers: &HeaderMap) -> Option<OrderId> {
    order(headers.get(header::LOCATION)?.to_str().ok()?)
}

/// The order that an address names.
fn order(path: &str) -> Option<OrderId> {
    let (_, rest) = path.split_once("/orders/")?;
    rest.split('/').next()?.parse::<Uuid>().ok().map(OrderId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_orders_wherever_the_restaurant_stands() {
        let id = "01a20bdc-05d3-7ad6-9016-e2d40ae21d39";
        let known = Some(OrderId(id.parse().expect("it is one")));
        assert_eq!(order(&format!("/api/orders/{id}")), known);
        assert_eq!(order(&format!("/api/orders/{id}/cancel")), known);
        assert_eq!(order(&format!("/api/restaurants/harbour/orders/{id}/collect")), known);
        assert_eq!(order("/api/orders/complete"), None);
        assert_eq!(order("/api/orders"), None);
    }
}
