//! The document that describes the routes, and the page that shows it.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use feedme_api::examples::examples;
use feedme_api::problem::{PROBLEM_JSON, ProblemBody};
use http::{StatusCode, Uri};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Content, PathItem, Ref, RefOr, Required, Response as Described, ResponseBuilder, Schema};
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::answer;
use crate::app::App;
use crate::gate;
use crate::http::{of_restaurants, of_server, unknown_route};
use crate::site::RESTAURANTS;

#[derive(OpenApi)]
#[openapi(
    info(title = "FeedMe", description = "\
        The order engine of a restaurant whose kitchen is run by cooking bots.\n\n\
        Every route stands at `/api/…` for the caller's own restaurant, and those of a restaurant also at \
        `/api/restaurants/{restaurant}/…`. Times are RFC 3339 in UTC with milliseconds. Whatever does not \
        succeed answers with a problem (RFC 9457) whose `code` never changes its meaning. Every mutation \
        takes an `Idempotency-Key`.", license(name = "Apache-2.0 OR MIT")),
    tags(
        (name = "orders", description = "Placing orders, finding them, and what may happen to them"),
        (name = "bots", description = "The fleet, and the protocol of pull bots"),
        (name = "board", description = "What screens show, and the live events that keep it current"),
        (name = "restaurants", description = "The restaurants of a chain: what they are called, and how busy they are"),
        (name = "settings", description = "What a restaurant may set for itself"),
        (name = "auth", description = "Who calls"),
        (name = "health", description = "How the server is doing"),
    ),
    components(schemas(ProblemBody<'static>))
)]
struct Document;

/// The documented routes.
pub(super) fn documented() -> OpenApiRouter<App> {
    let mut router = OpenApiRouter::with_openapi(Document::openapi());
    for routes in of_server() {
        router = router.routes(routes);
    }
    for (schemas, paths, handlers) in of_restaurants() {
        let named = in_restaurant(&paths);
        router = router.routes((schemas.clone(), paths, handlers.clone())).routes((schemas, named, handlers));
    }
    let document = router.get_openapi_mut();
    describe_common(&mut document.paths);
    show_examples(&mut document.components.get_or_insert_default().schemas);
    router
}

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(get_openapi)]
}

/// Read this document
#[utoipa::path(get, path = "/api/openapi.json", tag = "health", responses(
    (status = 200, description = "OpenAPI 3.1", content_type = "application/json"),
))]
async fn get_openapi(State(app): State<App>) -> Response {
    answer::json(app.openapi())
}

/// The page at `/api/docs`. It loads nothing from elsewhere.
pub(super) fn page() -> Router<App> {
    let page: Router<App> = SwaggerUi::new("/api/docs").config(Config::from("/api/openapi.json")).into();
    page.layer(map_response(missing_file))
}

/// A file that the page does not have is a problem like any other address that leads nowhere.
async fn missing_file(uri: Uri, response: Response) -> Response {
    if response.status() == StatusCode::NOT_FOUND { unknown_route(uri).await.into_response() } else { response }
}

/// The same operations at the addresses that name a restaurant.
fn in_restaurant(paths: &Paths) -> Paths {
    let mut named = Paths::new();
    for (path, item) in &paths.paths {
        let rest = path.strip_prefix("/api/").expect("every route of a restaurant stands at /api/");
        let mut item = item.clone();
        operations(&mut item).for_each(name_restaurant);
        named.paths.insert(format!("{RESTAURANTS}{{restaurant}}/{rest}"), item);
    }
    named
}

fn name_restaurant(operation: &mut Operation) {
    let parameter = ParameterBuilder::new()
        .name("restaurant")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The restaurant's name in addresses."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).examples(["default"]).build()))
        .build();
    operation.parameters.get_or_insert_default().insert(0, RefOr::T(parameter));
    if let Some(id) = &mut operation.operation_id {
        id.push_str("_in_restaurant");
    }
}

/// Shows an example of whatever is answered.
fn show_examples(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    for (name, example) in examples() {
        match schemas.get_mut(&*name) {
            Some(RefOr::T(Schema::Object(object))) => object.examples.push(example),
            _ => debug_assert!(false, "{name} describes no answer"),
        }
    }
}

/// Gives every operation what all of its kind have in common.
fn describe_common(paths: &mut Paths) {
    for (path, item) in &mut paths.paths {
        for mutation in [&mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten() {
            mutation.parameters.get_or_insert_default().push(RefOr::T(idempotency_key()));
            for (status, description) in OF_MUTATIONS {
                let response = ResponseBuilder::new().description(*description).build();
                mutation.responses.responses.entry((*status).into()).or_insert(RefOr::T(response));
            }
        }
        let is_counted = !gate::is_probe(path);
        for operation in operations(item) {
            if is_counted {
                let description = "Too many requests; see `Retry-After`";
                let response = ResponseBuilder::new().description(description).build();
                operation.responses.responses.entry("429".into()).or_insert(RefOr::T(response));
            }
            let responses = &mut operation.responses.responses;
            for (status, response) in &mut *responses {
                if let RefOr::T(response) = response
                    && status.starts_with(['4', '5'])
                    && response.content.is_empty()
                {
                    response.content.insert(PROBLEM_JSON.into(), problem_content().into());
                }
            }
            responses.insert("default".into(), RefOr::T(any_problem()));
        }
    }
}

/// What may become of every mutation, beyond what its own route says.
const OF_MUTATIONS: &[(&str, &str)] = &[
    ("400", "The body is not valid JSON, or not HTTP"),
    ("409", "The first request with this `Idempotency-Key` is not done yet"),
    ("413", "The body is larger than 64 KiB"),
    ("415", "The body is not `application/json`"),
    ("422", "A field is missing, unknown or out of range, or the key was used for another request"),
    ("503", "The queue is full, the database away, or ordering paused; nothing changed: see `Retry-After`"),
    ("504", "It may have happened: ask again with the same `Idempotency-Key`"),
];

fn idempotency_key() -> Parameter {
    let key = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255)).build();
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Made by the caller, one for each thing that shall happen once. A second request with it gets the \
             first answer, with `Idempotency-Replayed: true`. Kept for seven days.",
        ))
        .schema(Some(key))
        .build()
}

fn any_problem() -> Described {
    ResponseBuilder::new()
        .description("A problem; its `code` says which")
        .content(PROBLEM_JSON, problem_content())
        .build()
}

fn problem_content() -> Content {
    Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name(ProblemBody::name()))))
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten()
}
