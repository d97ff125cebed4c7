//! Many connections that take turns.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use futures::future::join_all;
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::pace::{Pace, Turn};
use crate::progress::with_ticks;
use crate::target::Target;

/// Lets each connection do `work` for turn after turn until there are no more. Gives the time it took.
pub(crate) async fn drive<W>(
    target: &Rc<Target>,
    connections: usize,
    pace: &Rc<Pace>,
    tick: impl FnMut(),
    work: W,
) -> io::Result<Duration>
where
    W: AsyncFn(&mut Connection, Turn) + 'static,
{
    let mut pool: Vec<_> = (0..connections).map(|_| Connection::new(Rc::clone(target))).collect();
    join_all(pool.iter_mut().map(Connection::warm_up)).await;

    let work = Rc::new(work);
    let mut workers = JoinSet::new();
    pace.start();
    for mut connection in pool {
        let (pace, work) = (Rc::clone(pace), Rc::clone(&work));
        workers.spawn_local(async move {
            while let Some(turn) = pace.next().await {
                work(&mut connection, turn).await;
            }
        });
    }
    let finish = async { while workers.join_next().await.is_some() {} };
    let all = async { tokio::join!(pace.run(), finish).0 };
    with_ticks(tick, all).await?;
    Ok(pace.elapsed())
}
