//! Whoever is out after a promotion is out, however many changes of accounts were lost with the old primary.

use crate::fleet::{end, serve};
use crate::pair::{BACK_WITHIN, Pair};
use crate::people::{Browser, user};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_accounts_is_not_taken_for_one_that_was_lost() {
    let pair = Pair::start(false);
    let url = pair.url();
    let (mut node, address) = serve(&url, &[]).await;
    user(&url, &["add", "mei", "--role", "manager", "--password-stdin"]).await;
    user(&url, &["add", "ravi", "--role", "normal", "--password-stdin"]).await;
    user(&url, &["add", "lee", "--role", "normal", "--password-stdin"]).await;
    let ravi = Browser::signed_in(&address, "ravi").await;
    pair.standby.cut_off().unwrap_or_else(|error| panic!("{error}"));
    for role in ["vip", "normal", "vip", "normal"] {
        user(&url, &["role", "lee", role]).await;
    }
    // The node has heard of all that.
    assert!(ravi.is_in(&address).await);
    pair.fail_over();
    let since = std::time::Instant::now();
    while !reqwest::get(format!("{address}/readyz")).await.is_ok_and(|answer| answer.status() == 200) {
        assert!(since.elapsed() < BACK_WITHIN, "the node does not come back");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // With the last one they are as many as were lost.
    for role in ["vip", "normal", "vip"] {
        user(&url, &["role", "lee", role]).await;
    }
    user(&url, &["disable", "ravi"]).await;
    assert!(!ravi.is_in(&address).await, "whoever is out is out");
    end(&mut node).await;
}
