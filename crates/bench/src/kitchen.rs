//! Many finished orders, made the way they are made in life.

use crate::restaurant::Restaurant;

/// Orders placed before they are drained: so many are active at most.
const PORTION: usize = 10_000;

/// Places and completes orders until so many are in the history.
pub(crate) async fn cook(restaurant: &Restaurant, orders: usize) -> anyhow::Result<()> {
    let mut cooked = 0;
    while cooked < orders {
        restaurant.place(PORTION, 1024).await?;
        restaurant.drain(512).await?;
        cooked += PORTION;
    }
    Ok(())
}
