//! Coming in, staying in, and being shown out.

mod guessing;
mod keys;
mod pairings;
mod pins;
mod second_factor;
mod secrets;
mod sessions;
mod set_up;

use feedme_store::accounts::Role;
use feedme_testkit::{TestApp, Visitor};

/// Good passwords.
const PASSWORD: &str = "velvet otter drums at noon";
const OTHER: &str = "seven kites above the harbour";

/// The restaurant "default" with a manager of it, who signed in from an address.
async fn with_manager() -> (TestApp, Visitor) {
    let app = TestApp::locked().await;
    app.open_account("mei", Role::Manager, Some(app.restaurant("default")), PASSWORD).await;
    let mut mei = app.stranger().at("192.0.2.1");
    mei.sign_in("mei", PASSWORD).await.expect(200);
    (app, mei)
}

async fn is_in(visitor: &mut Visitor) -> bool {
    let answer = visitor.get("/api/auth/me").await;
    if answer.status == 200 {
        return true;
    }
    answer.expect_problem(401, "notSignedIn");
    false
}
