//! Which route needs which right. Every route of the interface stands here; one that does not is nobody's.

use std::sync::LazyLock;

use feedme_access::Right;
use feedme_access::Right::{Administer, CancelOrder, Cook, Inspect, Manage, PlaceOrder, SeeBoard, SeeHistory};
use http::Method;

use crate::site::RESTAURANTS;

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: strangers may, and nobody asks who they are.
    Nothing,
    /// To be somebody.
    Anyone,
    /// A right in a restaurant.
    Right(Right),
    /// To run every restaurant.
    Everywhere,
}

/// A route's place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    pub(crate) needs: Needs,
    /// The restaurant that the address names.
    pub(crate) restaurant: Option<&'a str>,
}

/// The routes of a restaurant, which stand at `/api/…` and at `/api/restaurants/{restaurant}/…`.
pub(crate) const OF_RESTAURANTS: &[(Method, &str, Right)] = &[
    (Method::POST, "/api/orders", PlaceOrder),
    // With parameters it is the history: the handler asks for that right, too.
    (Method::GET, "/api/orders", SeeBoard),
    (Method::GET, "/api/orders/{id}", SeeHistory),
    (Method::DELETE, "/api/orders/{id}", Manage),
    (Method::POST, "/api/orders/{id}/cancel", CancelOrder),
    (Method::POST, "/api/orders/{id}/restore", CancelOrder),
    (Method::POST, "/api/orders/{id}/collect", Manage),
    (Method::DELETE, "/api/orders/clear", Manage),
    (Method::POST, "/api/orders/complete", Cook),
    (Method::GET, "/api/bots", SeeBoard),
    (Method::POST, "/api/bots", Manage),
    (Method::DELETE, "/api/bots/newest", Manage),
    (Method::DELETE, "/api/bots/{id}", Manage),
    (Method::POST, "/api/bots/{id}/claim", Cook),
    (Method::POST, "/api/bots/{id}/return", Cook),
    (Method::GET, "/api/board", SeeBoard),
    (Method::GET, "/api/events", SeeBoard),
    (Method::GET, "/api/settings", SeeBoard),
    (Method::PATCH, "/api/settings", Manage),
    (Method::GET, "/api/users", Administer),
    (Method::POST, "/api/users", Administer),
    (Method::PATCH, "/api/users/{id}", Administer),
    (Method::DELETE, "/api/users/{id}", Administer),
    (Method::POST, "/api/users/{id}/restore", Administer),
    (Method::GET, "/api/users/{id}/sessions", Administer),
    (Method::DELETE, "/api/users/{id}/sessions", Administer),
    (Method::DELETE, "/api/users/{id}/sessions/{session}", Administer),
    (Method::DELETE, "/api/users/{id}/second-factor", Administer),
    (Method::POST, "/api/pairings/find", Administer),
    (Method::POST, "/api/pairings/confirm", Administer),
    (Method::GET, "/api/keys", Administer),
    (Method::POST, "/api/keys", Administer),
    (Method::DELETE, "/api/keys/{id}", Administer),
    (Method::GET, "/api/audit", Administer),
];

/// The routes that stand once: those about no restaurant, and those that bring one about, end it or name it.
pub(crate) const OF_SERVER: &[(Method, &str, Needs)] = &[
    (Method::GET, "/livez", Needs::Nothing),
    (Method::GET, "/api/restaurants", Needs::Anyone),
    (Method::POST, "/api/restaurants", Needs::Everywhere),
    (Method::PATCH, "/api/restaurants/{restaurant}", Needs::Right(Manage)),
    (Method::POST, "/api/restaurants/{restaurant}/archive", Needs::Everywhere),
    (Method::POST, "/api/restaurants/{restaurant}/restore", Needs::Everywhere),
    (Method::GET, "/readyz", Needs::Nothing),
    (Method::GET, "/api/auth/ways", Needs::Nothing),
    (Method::POST, "/api/auth/login", Needs::Nothing),
    (Method::POST, "/api/auth/logout", Needs::Nothing),
    (Method::POST, "/api/auth/setup", Needs::Nothing),
    (Method::POST, "/api/auth/switch", Needs::Nothing),
    (Method::POST, "/api/pairings", Needs::Nothing),
    (Method::POST, "/api/pairings/collect", Needs::Nothing),
    (Method::POST, "/api/auth/demonstrate", Needs::Nothing),
    (Method::GET, "/api/health", Needs::Right(Inspect)),
    (Method::GET, "/api/log", Needs::Everywhere),
    (Method::PATCH, "/api/log", Needs::Everywhere),
    (Method::GET, "/api/openapi.json", Needs::Right(Inspect)),
    (Method::GET, "/api/docs", Needs::Right(Inspect)),
    (Method::GET, "/api/docs/", Needs::Right(Inspect)),
    (Method::GET, "/api/docs/{*file}", Needs::Right(Inspect)),
    (Method::GET, "/api/auth/me", Needs::Anyone),
    (Method::POST, "/api/auth/password", Needs::Anyone),
    (Method::GET, "/api/auth/second-factor", Needs::Anyone),
    (Method::POST, "/api/auth/second-factor", Needs::Anyone),
    (Method::DELETE, "/api/auth/second-factor", Needs::Anyone),
    (Method::POST, "/api/auth/second-factor/confirm", Needs::Anyone),
    (Method::POST, "/api/auth/second-factor/recovery-codes", Needs::Anyone),
    (Method::POST, "/api/auth/pin", Needs::Anyone),
    (Method::DELETE, "/api/auth/pin", Needs::Anyone),
    (Method::GET, "/api/auth/sessions", Needs::Anyone),
    (Method::DELETE, "/api/auth/sessions", Needs::Anyone),
    (Method::DELETE, "/api/auth/sessions/{id}", Needs::Anyone),
];

/// What stands at an address: the pattern by which it is documented, and each method with what it needs. The routes of a
/// restaurant that is named in the address are known by the pattern without it.
type Row = (&'static str, Vec<(Method, Needs)>);

static ROUTES: LazyLock<matchit::Router<Row>> = LazyLock::new(|| {
    let mut rows = Vec::<(String, Row)>::new();
    let mut add =
        |path: String, pattern, method: &Method, needs| match rows.iter_mut().find(|(other, _)| *other == path) {
            Some((_, (_, row))) => row.push((method.clone(), needs)),
            None => rows.push((path, (pattern, vec![(method.clone(), needs)]))),
        };
    for (method, path, right) in OF_RESTAURANTS {
        add((*path).to_owned(), path, method, Needs::Right(*right));
        let rest = path.strip_prefix("/api/").expect("every route of a restaurant stands at /api/");
        add(format!("{RESTAURANTS}{{restaurant}}/{rest}"), path, method, Needs::Right(*right));
    }
    for (method, path, needs) in OF_SERVER {
        add((*path).to_owned(), path, method, *needs);
    }
    let mut router = matchit::Router::new();
    for (path, row) in rows {
        router.insert(path, row).expect("no two rows of the table are alike");
    }
    router
});

/// The pattern of what stands at an address; `None` when there is nothing.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    Some(ROUTES.at(path).ok()?.value.0)
}

/// The methods at an address; `None` when there is nothing.
pub(crate) fn methods(path: &str) -> Option<String> {
    let matched = ROUTES.at(path).ok()?;
    let names = matched.value.1.iter().flat_map(|(method, _)| match *method {
        Method::GET => ["GET", "HEAD"].into_iter().take(2),
        ref method => [method.as_str(), ""].into_iter().take(1),
    });
    Some(names.collect::<Vec<_>>().join(","))
}

/// What a request needs; `None` when there is no such route.
pub(crate) fn find<'a>(method: &Method, path: &'a str) -> Option<Found<'a>> {
    let matched = ROUTES.at(path).ok()?;
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let (_, needs) = matched.value.1.iter().find(|(other, _)| other == method)?;
    Some(Found { needs: *needs, restaurant: matched.params.get("restaurant") })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The page that shows the document is no part of it.
    fn is_documented(path: &str) -> bool {
        !path.starts_with("/api/docs")
    }

    #[test]
    fn the_table_has_every_route_of_the_document_and_no_other() {
        let document = serde_json::to_value(crate::openapi()).expect("the document is JSON");
        let mut documented = BTreeSet::new();
        for (path, item) in document["paths"].as_object().expect("a document has paths") {
            let methods = item.as_object().expect("a path has methods").keys();
            documented.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
        }
        let mut listed = BTreeSet::new();
        for (method, path, _) in OF_RESTAURANTS {
            listed.insert(format!("{method} {path}"));
            listed.insert(format!("{method} {}", path.replace("/api/", "/api/restaurants/{restaurant}/")));
        }
        let of_server = OF_SERVER.iter().filter(|(_, path, _)| is_documented(path));
        listed.extend(of_server.map(|(method, path, _)| format!("{method} {path}")));
        assert_eq!(listed, documented);
    }

    #[test]
    fn what_is_in_no_row_is_found_nowhere() {
        for (method, path) in [
            (Method::GET, "/api/nothing"),
            (Method::PUT, "/api/orders"),
            (Method::POST, "/api/orders/"),
            (Method::GET, "/api/restaurants/x"),
            (Method::GET, "/api/restaurants/x/auth/me"),
            (Method::POST, "/api/restaurants/x/auth/login"),
        ] {
            assert_eq!(find(&method, path), None, "{method} {path}");
        }
        assert_eq!(methods("/api/orders").as_deref(), Some("POST,GET,HEAD"));
        assert_eq!(methods("/api/nothing"), None);
    }
}
