//! What two nodes change at once.

use feedme_server::AccessOptions;
use feedme_store::accounts::Role;
use serde_json::json;

use super::{OTHER, PASSWORD, account, at, is_in, signed_in, two, two_as};

/// Each has read that the other is left.
#[tokio::test(start_paused = true)]
async fn of_two_managers_who_disable_each_other_at_two_nodes_one_is_left() {
    for what in ["role", "disabled", "deleted"] {
        let (here, there) = two().await;
        let (mei_id, ravi_id) =
            (account(&here, "mei", Role::Manager).await, account(&here, "ravi", Role::Manager).await);
        let (mut mei, mut ravi) = (signed_in(&here, "mei").await, signed_in(&there, "ravi").await);
        let (of_mei, of_ravi) = (format!("/api/users/{mei_id}"), format!("/api/users/{ravi_id}"));
        let (one, other) = if what == "deleted" {
            tokio::join!(mei.delete(&of_ravi), ravi.delete(&of_mei))
        } else {
            let patch = if what == "role" { json!({ "role": "NORMAL" }) } else { json!({ "disabled": true }) };
            tokio::join!(mei.patch(&of_ravi, &patch), ravi.patch(&of_mei, &patch))
        };
        let mut came = [one.status.as_u16(), other.status.as_u16()];
        came.sort_unstable();
        assert_eq!(came, [200, 409], "{what}");
    }
}

/// What one changes is not undone by what the other had read.
#[tokio::test(start_paused = true)]
async fn two_who_change_one_account_at_two_nodes_both_do() {
    let (here, there) = two().await;
    account(&here, "mei", Role::Manager).await;
    let ravi = account(&here, "ravi", Role::Normal).await;
    let mut mei = signed_in(&here, "mei").await;
    let mut abroad = at(&there, &mei);
    let path = format!("/api/users/{ravi}");
    let (role, disabled) = (json!({ "role": "VIP" }), json!({ "disabled": true }));
    let (one, other) = tokio::join!(mei.patch(&path, &role), abroad.patch(&path, &disabled));
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
    let users = mei.get("/api/users").await.expect(200)["users"].take();
    let ravi = users.as_array().unwrap().iter().find(|it| it["username"] == "ravi").unwrap();
    assert_eq!((&ravi["role"], ravi["disabledAt"].is_string()), (&json!("VIP"), true));
}

#[tokio::test(start_paused = true)]
async fn a_demonstration_account_is_made_once_by_two_nodes() {
    let (here, there) = two_as(AccessOptions { open: true, ..AccessOptions::default() }).await;
    let asked = json!({ "username": "vip" });
    let (mut one, mut other) = (here.stranger(), there.stranger());
    let came = tokio::join!(one.post("/api/auth/demonstrate", &asked), other.post("/api/auth/demonstrate", &asked));
    let (one, other) = (came.0.expect(200), came.1.expect(200));
    assert_eq!(one["user"]["id"], other["user"]["id"]);
}

/// Whoever guesses at every node in turn has as many tries as at one.
#[tokio::test(start_paused = true)]
async fn guesses_are_counted_together() {
    let (here, there) = two().await;
    account(&here, "mei", Role::Manager).await;
    for n in 0..5 {
        let app = if n % 2 == 0 { &here } else { &there };
        app.stranger().sign_in("mei", OTHER).await.expect_problem(401, "wrongCredentials");
    }
    for app in [&here, &there] {
        app.stranger().sign_in("mei", PASSWORD).await.expect_problem(429, "tooManyTries");
    }
}

/// A load balancer sends each of these wherever it likes.
#[tokio::test(start_paused = true)]
async fn a_screen_is_let_in_through_any_node() {
    let (here, there) = two().await;
    account(&here, "mei", Role::Manager).await;
    let mei = signed_in(&here, "mei").await;
    let bot = at(&here, &mei).post("/api/bots", &json!({ "mode": "pull" })).await.expect(201)["bot"]["id"].take();
    let mut screen = here.stranger();
    let begun = screen.post_empty("/api/pairings").await.expect(201);
    let lets_in = json!({ "code": begun["code"], "name": "grill", "role": "BOT", "botId": bot });
    at(&there, &mei).post("/api/pairings/confirm", &lets_in).await.expect(200);
    let collected = screen.post("/api/pairings/collect", &json!({ "secret": begun["secret"], "cookie": true })).await;
    assert_eq!(collected.expect(200)["status"], "paired");
    assert!(is_in(&mut at(&there, &screen)).await);
}
