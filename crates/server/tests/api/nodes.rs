//! Two nodes on one database: what is done to accounts at one holds at the other from then on.

mod changes;
mod elsewhere;
mod questions;

use std::sync::Arc;

use feedme_kitchen::UserId;
use feedme_server::AccessOptions;
use feedme_store::accounts::Role;
use feedme_testkit::{MemoryStore, Screen, Span as _, TestApp, Visitor};

/// Good passwords.
const PASSWORD: &str = "velvet otter drums at noon";
const OTHER: &str = "seven kites above the harbour";

/// Two nodes that let in only those they know.
async fn two() -> (TestApp, TestApp) {
    two_as(AccessOptions::default()).await
}

async fn two_as(options: AccessOptions) -> (TestApp, TestApp) {
    let store = Arc::new(MemoryStore::new().shared());
    let (here, there) = (
        TestApp::node(1, store.clone(), store.clone(), options.clone()).await,
        TestApp::node(2, store.clone(), store, options).await,
    );
    for app in [&here, &there] {
        let restaurant = app.engine.restaurant("default").await.unwrap().unwrap();
        app.engine.feed(restaurant).await.unwrap().expect("it is served");
    }
    (here, there)
}

/// Makes an account in "default".
async fn account(app: &TestApp, name: &str, role: Role) -> UserId {
    app.open_account(name, role, Some(app.restaurant("default")), PASSWORD).await
}

/// Somebody who signed in at a node.
async fn signed_in(app: &TestApp, name: &str) -> Visitor {
    let mut visitor = app.stranger();
    visitor.sign_in(name, PASSWORD).await.expect(200);
    visitor
}

/// The same browser, asking another node.
fn at(app: &TestApp, visitor: &Visitor) -> Visitor {
    let mut there = visitor.clone();
    there.app = app.clone();
    there
}

async fn is_in(visitor: &mut Visitor) -> bool {
    let answer = visitor.get("/api/board").await;
    if answer.status == 200 {
        return true;
    }
    answer.expect_problem(401, "notSignedIn");
    false
}

/// Demands that a stream ends soon, though nobody asks that node for anything.
async fn ends(screen: &mut Screen) {
    let ending = async { while screen.next_event().await.is_some() {} };
    tokio::time::timeout(1.s(), ending).await.expect("it ends within a second");
}

/// Demands that a stream goes on, for longer than it takes to end.
async fn goes_on(screen: &mut Screen) {
    let ending = async { while screen.next().await.is_some() {} };
    assert!(tokio::time::timeout(3.s(), ending).await.is_err(), "the stream ended");
}
