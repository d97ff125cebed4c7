//! Settings.

use axum::response::Response;
use feedme_api::settings::{Settings, SettingsPatch};
use feedme_kitchen::{Command, Kitchen};
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::answer;
use crate::app::App;
use crate::call::Call;
use crate::problem::Refused;
use crate::site::Read;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(get_settings, change_settings)]
}

/// Read the settings
#[utoipa::path(get, path = "/api/settings", tag = "settings", responses(
    (status = 200, description = "The settings", body = Settings),
))]
async fn get_settings(Read { site, .. }: Read) -> Response {
    let settings = Settings::from(site.feed.with(Kitchen::settings));
    answer::json(answer::to_json(&settings).into())
}

/// Change settings
///
/// What is missing stays as it is. A new cook time holds for later starts, a new policy for later picks.
#[utoipa::path(patch, path = "/api/settings", tag = "settings", request_body = SettingsPatch, responses(
    (status = 200, description = "The settings as they are now", body = Settings),
))]
async fn change_settings(call: Call) -> Result<Response, Refused> {
    let body: SettingsPatch = call.json()?;
    call.execute(Command::ChangeSettings(body.into_patch()?), answer::settings).await
}
