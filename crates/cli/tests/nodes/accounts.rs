//! Two nodes that know whom they let in, and commands beside them.

use std::time::{Duration, Instant};

use feedme_testkit::cluster::Cluster;
use reqwest::Response;

use crate::fleet::{end, serve};
use crate::people::{Browser, user};

/// How soon a stream must end after something was done elsewhere: half a second until the node hears of it, a quarter
/// between two rounds, and what a busy machine takes.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

async fn ends(mut stream: Response) {
    let done = Instant::now();
    let ending = async { while stream.chunk().await.expect("it ends in good order").is_some() {} };
    let ended = tokio::time::timeout(ENDS_WITHIN, ending).await;
    assert!(ended.is_ok(), "a stream goes on after {:?}", done.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_out_anywhere_is_out_at_every_node() {
    let database = Cluster::shared().database();
    let url = database.url();
    let ((mut one, here), (mut other, there)) = (serve(&url, &[]).await, serve(&url, &[]).await);
    user(&url, &["add", "mei", "--role", "manager", "--password-stdin"]).await;
    user(&url, &["add", "ravi", "--role", "normal", "--password-stdin"]).await;

    // What a command does beside them.
    for change in [&["role", "ravi", "vip"][..], &["disable", "ravi"]] {
        let (ravi, mei) = (Browser::signed_in(&here, "ravi").await, Browser::signed_in(&there, "mei").await);
        assert!(ravi.is_in(&there).await && mei.is_in(&here).await, "whoever is in at one is in at the other");
        let (streams, stays) = ([ravi.stream(&here).await, ravi.stream(&there).await], mei.stream(&here).await);
        user(&url, change).await;
        assert!(!ravi.is_in(&there).await && !ravi.is_in(&here).await, "{change:?}");
        for stream in streams {
            ends(stream).await;
        }
        assert!(mei.is_in(&here).await && mei.is_in(&there).await);
        let ended = tokio::time::timeout(Duration::from_secs(1), ends(stays)).await;
        assert!(ended.is_err(), "{change:?} ends nothing of others'");
    }

    // What one node does.
    let mei = Browser::signed_in(&here, "mei").await;
    let stream = mei.stream(&there).await;
    mei.sign_out(&here).await;
    assert!(!mei.is_in(&there).await);
    ends(stream).await;

    end(&mut one).await;
    end(&mut other).await;
}
