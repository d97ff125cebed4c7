//! Whoever is out at one node is out at all, on open streams too.

use feedme_access::second_factor::code_at;
use feedme_store::accounts::Role;
use feedme_testkit::{Span as _, Visitor};
use serde_json::json;

use super::{OTHER, PASSWORD, account, at, ends, goes_on, is_in, signed_in, two};

/// What somebody does here, to whoever asks there.
#[derive(Clone, Copy, Debug)]
enum Does {
    SignOut,
    ChangeRole,
    Disable,
    Delete,
    SetPassword,
    ChangePassword,
    EndTheSession,
    EndAllSessions,
    EndOnesOthers,
    AddSecondFactor,
}

const ALL: [Does; 10] = [
    Does::SignOut,
    Does::ChangeRole,
    Does::Disable,
    Does::Delete,
    Does::SetPassword,
    Does::ChangePassword,
    Does::EndTheSession,
    Does::EndAllSessions,
    Does::EndOnesOthers,
    Does::AddSecondFactor,
];

/// Does it. `ravi` is at the first node, in another browser.
async fn carry_out(does: Does, mei: &mut Visitor, ravi: &mut Visitor, there: &Visitor) {
    let user = ravi.get("/api/auth/me").await.expect(200)["user"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/users/{user}");
    let done = match does {
        Does::SignOut => at(&mei.app, there).post_empty("/api/auth/logout").await,
        Does::ChangeRole => mei.patch(&path, &json!({ "role": "VIP" })).await,
        Does::Disable => mei.patch(&path, &json!({ "disabled": true })).await,
        Does::Delete => mei.delete(&path).await,
        Does::SetPassword => mei.patch(&path, &json!({ "password": OTHER })).await,
        Does::ChangePassword => ravi.post("/api/auth/password", &json!({ "current": PASSWORD, "new": OTHER })).await,
        Does::EndTheSession => {
            let listed = at(&mei.app, there).get("/api/auth/sessions").await.expect(200)["sessions"].take();
            let own = listed.as_array().unwrap().iter().find(|it| it["current"] == true).unwrap();
            mei.delete(&format!("{path}/sessions/{}", own["id"].as_str().unwrap())).await
        }
        Does::EndAllSessions => mei.delete(&format!("{path}/sessions")).await,
        Does::EndOnesOthers => ravi.delete("/api/auth/sessions").await,
        Does::AddSecondFactor => {
            ravi.post("/api/auth/second-factor", &json!({ "password": PASSWORD })).await.expect(201);
            let accounts = &ravi.app.accounts;
            let user = accounts.account_named("ravi").await.unwrap().unwrap().id;
            let secret = accounts.second_factor(user).await.unwrap().unwrap().secret;
            let code = code_at(&secret, u64::try_from(ravi.app.engine.wall_time().0 / 1000).unwrap());
            ravi.post("/api/auth/second-factor/confirm", &json!({ "code": code })).await
        }
    };
    assert_eq!(done.status, 200, "{does:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_out_at_one_node_is_out_at_the_other_at_once() {
    for does in ALL {
        let (here, there) = two().await;
        account(&here, "mei", Role::Manager).await;
        account(&here, "ravi", Role::Normal).await;
        let (mut mei, mut ravi) = (signed_in(&here, "mei").await, signed_in(&here, "ravi").await);
        let mut abroad = at(&there, &signed_in(&here, "ravi").await);
        let mut mei_abroad = at(&there, &mei);
        assert!(is_in(&mut abroad).await && is_in(&mut mei_abroad).await);
        let (mut screen, mut other) = (abroad.screen().await, mei_abroad.screen().await);

        carry_out(does, &mut mei, &mut ravi, &abroad).await;
        // Before anybody told the other node.
        assert!(!is_in(&mut abroad).await, "{does:?}");
        ends(&mut screen).await;
        assert!(is_in(&mut mei_abroad).await, "{does:?} is no business of others");
        goes_on(&mut other).await;
    }
}

/// Nobody asks the other node for anything: its streams end by what it hears by itself.
#[tokio::test(start_paused = true)]
async fn streams_end_at_the_other_node_though_nobody_asks_it() {
    for does in ALL {
        let (here, there) = two().await;
        account(&here, "mei", Role::Manager).await;
        account(&here, "ravi", Role::Normal).await;
        let (mut mei, mut ravi) = (signed_in(&here, "mei").await, signed_in(&here, "ravi").await);
        let mut abroad = at(&there, &signed_in(&here, "ravi").await);
        let (mut screen, mut other) = (abroad.screen().await, at(&there, &mei).screen().await);
        tokio::time::sleep(5.s()).await;
        carry_out(does, &mut mei, &mut ravi, &abroad).await;
        ends(&mut screen).await;
        goes_on(&mut other).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_was_revoked_at_one_node_is_good_at_none() {
    let (here, there) = two().await;
    account(&here, "mei", Role::Manager).await;
    let mut mei = signed_in(&here, "mei").await;
    let made = mei.post("/api/keys", &json!({ "name": "till", "role": "NORMAL" })).await.expect(201);
    let mut till = there.stranger();
    till.key = made["secret"].as_str().map(str::to_owned);
    assert!(is_in(&mut till).await, "it is good at the other node at once");
    let mut screen = till.screen().await;
    mei.delete(&format!("/api/keys/{}", made["key"]["id"].as_str().unwrap())).await.expect(200);
    assert!(!is_in(&mut till).await);
    ends(&mut screen).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_signed_in_at_one_node_is_in_at_the_other_at_once() {
    let (here, there) = two().await;
    account(&here, "mei", Role::Manager).await;
    let mei = signed_in(&here, "mei").await;
    assert!(is_in(&mut at(&there, &mei)).await);
    // And again after they were out.
    at(&there, &mei).post_empty("/api/auth/logout").await.expect(200);
    assert!(!is_in(&mut at(&here, &mei)).await);
    assert!(is_in(&mut at(&here, &signed_in(&there, "mei").await)).await);
}

/// Whoever changes their own password stays, and so does what they look at.
#[tokio::test(start_paused = true)]
async fn a_session_that_is_kept_is_kept_at_every_node_with_its_streams() {
    let (here, there) = two().await;
    account(&here, "mei", Role::Manager).await;
    let mut mei = signed_in(&here, "mei").await;
    let mut abroad = at(&there, &mei);
    let mut screen = abroad.screen().await;
    mei.post("/api/auth/password", &json!({ "current": PASSWORD, "new": OTHER })).await.expect(200);
    assert!(is_in(&mut abroad).await);
    goes_on(&mut screen).await;
}

/// Twelve hours count from when any node saw them.
#[tokio::test(start_paused = true)]
async fn a_session_that_is_used_at_one_node_is_not_idle_at_the_other() {
    let (here, there) = two().await;
    account(&here, "mei", Role::Manager).await;
    let mut mei = signed_in(&here, "mei").await;
    let mut abroad = at(&there, &mei);
    assert!(is_in(&mut abroad).await);
    // Long enough for the other node to hear of all there is: later it has no reason to look anybody up.
    tokio::time::sleep(5.s()).await;
    for used_after in [4.hours(), 4.hours(), 4.hours().saturating_sub(1.minutes())] {
        tokio::time::advance(used_after).await;
        assert!(is_in(&mut mei).await);
    }
    // Before the other node forgets whose time is over, which it does every ten minutes.
    tokio::time::advance(1.minutes() + 1.ms()).await;
    assert!(is_in(&mut abroad).await, "the other node saw it a moment ago");
    tokio::time::advance(12.hours() + 1.ms()).await;
    assert!(!is_in(&mut abroad).await && !is_in(&mut mei).await);
}
