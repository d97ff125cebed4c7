//! Names, archiving and coming back.

use feedme_kitchen::{
    BotId, Change, Claim, Command, Completion, Event, Kitchen, Mode, OrderId, Outcome, Profile, Refusal, SettingsPatch,
    Time, check,
};
use uuid::Uuid;

use crate::story::{CUSTOMER, Duration, Normal, Story, Vip};

fn profile(name: &str, archived_at: Option<Time>) -> Outcome {
    Outcome::Restaurant(Profile { name: name.into(), archived_at })
}

fn rename(story: &mut Story, name: &str) -> Result<Outcome, Refusal> {
    story.ask(Command::RenameRestaurant(name.into()))
}

#[test]
fn a_restaurant_is_called_what_it_was_called_last() {
    let mut story = Story::new();
    assert_eq!(rename(&mut story, "By the station"), Ok(profile("By the station", None)));
    assert_eq!(rename(&mut story, "By the river"), Ok(profile("By the river", None)));
    assert_eq!(rename(&mut story, "By the river"), Ok(profile("By the river", None)));
    assert_eq!(story.news(), "renamed By the station, renamed By the river", "its own name is no news");
}

#[test]
fn what_it_was_called_when_it_opened_is_no_event() {
    let mut kitchen = Kitchen::default().opened_as("By the sea");
    assert_eq!((&*kitchen.profile().name, kitchen.version().0), ("By the sea", 0));
    let change = Change::RestaurantRenamed("By the sea".into());
    let version = kitchen.version().next();
    let event = Event { version, at: Time(0), actor: feedme_kitchen::Actor::Open, change };
    assert!(kitchen.apply(&event).is_err(), "it is called that already");
}

#[test]
fn a_restaurant_with_orders_to_do_is_not_archived() {
    let mut story = Story::new();
    story.add_bot();
    story.place(Normal);
    story.place(Vip);
    let busy = Err(Refusal::OrdersActive { waiting: 1, cooking: 1 });
    assert_eq!(story.ask(Command::ArchiveRestaurant), busy);
    story.advance(20.s());
    assert_eq!(story.ask(Command::ArchiveRestaurant), Ok(profile("", Some(story.now))));
    assert_eq!(story.board(), "waiting / cooking / ready V2 N1 / idle 1", "its bot and what is ready stay");
    assert_eq!(story.kitchen.profile().archived_at, Some(story.now));
}

#[test]
fn an_archived_restaurant_refuses_whatever_would_change_it() {
    let mut story = Story::new();
    let bot = story.add_bot();
    story.place(Normal);
    story.advance(10.s());
    story.ask(Command::ArchiveRestaurant).expect("nothing is to do");
    story.news();
    let (order, customer) = (story.id(1), CUSTOMER);
    for command in [
        Command::PlaceOrder {
            id: OrderId(Uuid::from_u128(99)),
            order_type: Normal,
            user: None,
            note: None,
            lines: vec![],
            external_ref: None,
        },
        Command::CancelOrder(order),
        Command::CancelOwnOrder { order, customer },
        Command::UndoOwnCancellation { order, customer },
        Command::CollectOrder(order),
        Command::DeleteOrder(order),
        Command::RestoreOrder(order),
        Command::ClearOrders,
        Command::AddBot { id: BotId(Uuid::from_u128(98)), mode: Mode::Auto },
        Command::RemoveBot(bot.id),
        Command::RemoveNewestBot,
        Command::ClaimOrder(bot.id),
        Command::ReturnOrder { bot: bot.id, claim: Claim(1) },
        Command::ChangeSettings(SettingsPatch::default()),
        Command::RenameRestaurant("Another".into()),
    ] {
        assert_eq!(story.ask(command.clone()), Err(Refusal::RestaurantArchived), "{command:?}");
    }
    assert_eq!(story.news(), "");
}

#[test]
fn the_kitchen_goes_on_tidying_an_archived_restaurant() {
    let mut story = Story::new();
    let bot = story.add_bot();
    story.place(Normal);
    story.advance(10.s());
    let at = story.now;
    story.ask(Command::ArchiveRestaurant).expect("nothing is to do");
    let late = story.complete(1, &bot, Claim(1));
    assert_eq!(late, Ok(Completion::AlreadyFinal), "a report that comes late changes nothing");
    story.ask(Command::SkipNumbers { count: 3 }).expect("never refused");
    story.now.0 += 60.mins();
    story.ask(Command::ArchiveOrders).expect("never refused");
    assert_eq!(story.board(), "waiting / cooking / ready / idle 1");
    assert_eq!(story.ask(Command::ArchiveRestaurant), Ok(profile("", Some(at))), "again: unchanged");
    assert_eq!(check::violations(&story.kitchen), [""; 0]);
}

#[test]
fn a_restored_restaurant_goes_on_where_it_was() {
    let mut story = Story::new();
    story.add_bot();
    assert_eq!(story.ask(Command::RestoreRestaurant), Ok(profile("", None)), "it was never archived");
    story.ask(Command::ArchiveRestaurant).expect("nothing is to do");
    story.now.0 += 60.mins();
    assert_eq!(story.ask(Command::RestoreRestaurant), Ok(profile("", None)));
    assert_eq!(story.place(Normal), 1);
    assert_eq!(story.board(), "waiting / cooking N1@1 / ready / idle");
    assert_eq!(story.news(), "bot 1 added, restaurant archived, restaurant restored, placed N1, started N1@1");
}
