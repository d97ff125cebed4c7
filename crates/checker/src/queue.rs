//! Under the strict policy no NORMAL order starts while a VIP order waits; within a class the lowest number
//! goes first, so whatever was returned has its old place.

use std::collections::{BTreeSet, HashMap};

use feedme_kitchen::{Change, Order, OrderId, OrderNumber, OrderType, Policy, Status};

use super::{Final, demand};

pub(super) fn check(last: &Final, found: &mut Vec<String>) {
    let mut waiting = Waiting::default();
    let mut policy = last.first.settings().policy;
    last.first.board().filter(|order| order.status() == Status::Pending).for_each(|order| waiting.enter(order));
    for event in &last.events {
        match &event.change {
            Change::SettingsChanged(settings) => policy = settings.policy,
            Change::OrdersCleared { cancelled, .. } => cancelled.iter().for_each(|id| waiting.leave(*id)),
            Change::OrderStarted(order) => {
                let number = order.number();
                let before = waiting.first(order.ticket.order_type);
                demand(found, before == Some(number), || format!("{number} started, but {before:?} was first"));
                let vip = waiting.first(OrderType::Vip);
                let fair = policy != Policy::Strict || order.ticket.order_type == OrderType::Vip || vip.is_none();
                demand(found, fair, || format!("{number} started while VIP {vip:?} waited"));
                waiting.leave(order.id());
            }
            change => {
                let Some(order) = change.order() else { continue };
                if order.status() == Status::Pending && order.deleted_at.is_none() {
                    waiting.enter(order);
                } else {
                    waiting.leave(order.id());
                }
            }
        }
    }
}

#[derive(Default)]
struct Waiting {
    places: HashMap<OrderId, (OrderType, OrderNumber)>,
    classes: BTreeSet<(OrderType, OrderNumber)>,
}

impl Waiting {
    fn enter(&mut self, order: &Order) {
        let place = (order.ticket.order_type, order.number());
        self.places.insert(order.id(), place);
        self.classes.insert(place);
    }

    fn leave(&mut self, order: OrderId) {
        if let Some(place) = self.places.remove(&order) {
            self.classes.remove(&place);
        }
    }

    fn first(&self, order_type: OrderType) -> Option<OrderNumber> {
        let all = (order_type, OrderNumber(0))..=(order_type, OrderNumber(u64::MAX));
        self.classes.range(all).next().map(|(_, number)| *number)
    }
}
