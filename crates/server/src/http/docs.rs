//! The document that describes the routes, and the page that shows it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use feedme_api::problem::{PROBLEM_JSON, ProblemBody};
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Content, PathItem, Ref, RefOr, Required, Response as Described, ResponseBuilder};
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::answer;
use crate::app::App;
use crate::http::{of_restaurants, of_server};
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
    describe_problems(&mut router.get_openapi_mut().paths);
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
    SwaggerUi::new("/api/docs").config(Config::from("/api/openapi.json")).into()
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

/// Gives every operation the answers that all have in common.
fn describe_problems(paths: &mut Paths) {
    for item in paths.paths.values_mut() {
        for operation in operations(item) {
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

fn any_problem() -> Described {
    ResponseBuilder::new()
        .description("A problem; its `code` says which")
        .content(PROBLEM_JSON, problem_content())
        .build()
}

fn problem_content() -> Content {
    Content::new(Some(RefOr::<utoipa::openapi::Schema>::Ref(Ref::from_schema_name(ProblemBody::name()))))
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten()
}
