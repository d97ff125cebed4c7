//! A restaurant travels between databases of either kind, whole or not at all.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use feedme_kitchen::{Actor, BotId, Change, Command, Mode, OrderNumber, OrderType, Time, UserId};
use feedme_store::accounts::{Account, Accounts, ApiKey, LogEntry, Membership, PasswordHash, Role, Saved};
use feedme_store::carry::{ArrivalError, ImportError, Imported, Terms, export, import};
use feedme_store::factors::{SecondFactor, SharedSecret};
use feedme_store::moment::{Moment, Part, Piece};
use feedme_store::{Epoch, KeptAnswer, KeyScope, RestaurantId, Store};
use feedme_testkit::conformance::Author;
use feedme_testkit::conformance::author::a_day;
use tempfile::TempDir;
use uuid::Uuid;

use crate::Place;

/// The epoch of what arrives.
const NEW: Epoch = Epoch(99);

/// When it arrives: later than all that happens here.
const LATER: Time = Time(1_900_000_000_000);

fn terms(slug: Option<&str>) -> Terms<'_> {
    Terms { slug, skip: 1000, epoch: NEW, now: LATER }
}

async fn exported(place: &Place, slug: &str, file: &Path) {
    export(&mut *place.moment().await, slug, file, |_, _| {}).await.expect("it can be exported");
}

async fn taken_in(place: &Place, file: &Path, terms: Terms<'_>) -> Result<Imported, ImportError> {
    import(&mut *place.arrival().await, file, terms, |_, _| {}).await
}

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn account(n: u128, name: &str, memberships: Vec<Membership>) -> Account {
    Account {
        id: user(n),
        name: name.into(),
        password: Some(PasswordHash(format!("the hash of {name}"))),
        has_second_factor: false,
        memberships,
        is_demonstration: false,
        created_at: Time(1),
        updated_at: Time(2),
        disabled_at: None,
        deleted_at: None,
    }
}

/// A restaurant with everything that one can have: people who are something there or once ordered, keys, answers, a log,
/// removed bots, orders in the history.
async fn a_restaurant(store: &dyn Store, accounts: &dyn Accounts) -> Author {
    let mut author = a_day(store, "default").await;
    let here = |role| vec![Membership { restaurant: Some(author.restaurant), role }];
    for account in [
        account(1, "Mei", vec![Membership { restaurant: None, role: Role::Manager }]),
        account(2, "ravi", here(Role::Vip)),
        account(3, "a former guest", Vec::new()),
        account(4, "a stranger", Vec::new()),
    ] {
        assert_eq!(accounts.save_account(&account, None, None).await.expect("it can be written"), Saved::Done(0));
    }
    let factor = SecondFactor { secret: SharedSecret([5; 20]), made_at: Time(3), confirmed_at: None };
    accounts.offer_second_factor(user(1), &factor).await.expect("it can be written");
    accounts.confirm_second_factor(user(1), &factor.secret, 7, Time(4), &[[6; 32]]).await.expect("it can be written");
    let bot = author.add(Mode::Pull).id;
    author.commit(store).await;
    accounts.save_key(&key(author.restaurant, bot)).await.expect("it can be written");
    let entry = LogEntry {
        at: Time(5),
        kind: "signIn.succeeded".into(),
        restaurant: Some(author.restaurant),
        actor: "ravi".into(),
        subject: "ravi".into(),
        address: Some("10.0.0.7".into()),
        device: None,
    };
    accounts.log(&entry).await.expect("it can be written");
    for n in [2, 3] {
        let id = feedme_kitchen::OrderId(author.fresh());
        let note = Some("no \"onions\"\n<b>ever</b>".to_owned());
        let external_ref = Some("till-7".to_owned());
        let order_type = OrderType::Vip;
        author.must(Command::PlaceOrder { id, order_type, user: Some(user(n)), note, lines: Vec::new(), external_ref });
    }
    let body = vec![0, 255, b'{'];
    let answer = KeptAnswer { fingerprint: [3; 32], status: 201, location: Some("/x".into()), body, at: author.now };
    author.answers.push((KeyScope { caller: "till".into(), key: "k".into() }, answer));
    author.commit(store).await;
    author
}

fn key(restaurant: RestaurantId, bot: BotId) -> ApiKey {
    ApiKey {
        id: Uuid::from_u128(8),
        digest: [9; 32],
        shown: "fm_abc".into(),
        name: "the robot".into(),
        restaurant,
        role: Role::Bot,
        bot: Some(bot),
        created_at: Time(6),
        expires_at: None,
        seen_at: Some(Time(7)),
        revoked_at: None,
    }
}

/// All that a restaurant has.
async fn all_of(moment: &mut dyn Moment, restaurant: RestaurantId) -> Vec<Piece> {
    let mut all = Vec::new();
    for part in Part::ALL {
        moment.begin(restaurant, part).await.expect("it can be read");
        loop {
            let pieces = moment.next().await.expect("it can be read");
            if pieces.is_empty() {
                break;
            }
            assert!(pieces.iter().all(|piece| piece.part() == part));
            all.extend(pieces);
        }
    }
    all
}

fn folder_with(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let file = folder.path().join(name);
    (folder, file)
}

/// From the till to PostgreSQL, and back to a till. Each stop has the same rows and events, passes over numbers, begins a
/// history of its own, and works.
#[tokio::test]
async fn a_restaurant_goes_there_and_back_and_works_on() {
    let stops = [Place::folder(), Place::postgres(), Place::folder()];
    let (store, accounts) = stops[0].open_all().await;
    let mut author = a_restaurant(&*store, &*accounts).await;
    let (_folder, file) = folder_with("default.feedme");
    for (n, leg) in stops.windows(2).enumerate() {
        let [from, to] = leg else { unreachable!("they are pairs") };
        let file = file.with_extension(n.to_string());
        exported(from, "default", &file).await;
        let mode = fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let imported = taken_in(to, &file, terms(None)).await.expect("the file is good");
        assert_eq!(imported.slug, "default");

        let mut before = all_of(&mut *from.moment().await, author.restaurant).await;
        let mut after = all_of(&mut *to.moment().await, author.restaurant).await;
        let last = after.iter().rposition(|piece| piece.part() == Part::Events).expect("there are events");
        let Piece::Events(row) = after.remove(last) else { unreachable!("it was just looked for") };
        assert!(row.payload.contains("numbers.skipped"), "{}", row.payload);
        // Only this restaurant's rows are everywhere; who was everywhere is here now.
        for pieces in [&mut before, &mut after] {
            pieces.sort_by_key(Piece::part);
        }
        assert_eq!(before, after);
        let names: Vec<_> = after
            .iter()
            .filter_map(|piece| {
                if let Piece::Account(it) = piece { Some((&*it.name, it.role, it.password.is_some())) } else { None }
            })
            .collect();
        assert_eq!(
            names,
            [("Mei", Some(Role::Manager), true), ("ravi", Some(Role::Vip), true), ("a former guest", None, false)]
        );
        assert_eq!(to.examined().await.problems, [""; 0]);

        let next = OrderNumber(author.kitchen.counters().next_order.0 + 1000);
        assert_eq!(imported.next_order, next);
        let (store, accounts) = to.open_all().await;
        let version = author.kitchen.version();
        let events = store.events(author.restaurant, version, 10).await.expect("it can be read");
        let [event] = &events[..] else { panic!("one event tells of it: {events:?}") };
        assert_eq!((event.at, event.actor), (LATER, Actor::Operator));
        assert!(matches!(event.change, Change::NumbersSkipped { next_order, .. } if next_order == next));
        let mei = accounts.account(user(1)).await.expect("it can be read").expect("she came along");
        assert!(mei.has_second_factor);
        assert_eq!(mei.memberships, [Membership { restaurant: Some(author.restaurant), role: Role::Manager }]);
        assert_eq!(accounts.recovery_codes(user(1)).await.expect("it can be read"), 1);
        let guest = accounts.account(user(3)).await.expect("it can be read").expect("an order names them");
        assert!(!guest.is_active());

        let mut there = Author::of(&*store, "default").await;
        assert_eq!(there.epoch, NEW);
        let order = there.place(OrderType::Normal);
        assert_eq!(there.order(order).number(), next, "no number is given out twice");
        there.commit(&*store).await;
        author = there;
        drop((store, accounts));
        assert_eq!(to.examined().await.problems, [""; 0]);
    }
}

#[tokio::test]
async fn what_is_there_already_is_not_taken_in() {
    let source = Place::folder();
    let (store, accounts) = source.open_all().await;
    let author = a_restaurant(&*store, &*accounts).await;
    let (_folder, file) = folder_with("default.feedme");
    exported(&source, "default", &file).await;
    for place in Place::each() {
        drop(place.open().await);
        let refused = taken_in(&place, &file, terms(None)).await;
        assert!(
            matches!(&refused, Err(ImportError::Arrival(ArrivalError::SlugTaken(slug))) if slug == "default"),
            "{refused:?}"
        );
        let refused = taken_in(&place, &file, terms(Some("No Slug"))).await;
        assert!(matches!(refused, Err(ImportError::NoSlug(_))), "{refused:?}");
        let (store, accounts) = place.open_all().await;
        let another = account(77, "RAVI", Vec::new());
        accounts.save_account(&another, None, None).await.expect("it can be written");
        drop((store, accounts));
        let refused = taken_in(&place, &file, terms(Some("east"))).await;
        assert!(
            matches!(&refused, Err(ImportError::Arrival(ArrivalError::NameTaken(name))) if name == "ravi"),
            "{refused:?}"
        );
        let (store, accounts) = place.open_all().await;
        assert_eq!(store.restaurant_named("east").await.expect("it can be read"), None, "all or nothing");
        assert_eq!(accounts.account(user(1)).await.expect("it can be read"), None, "all or nothing");
        accounts
            .save_account(&Account { deleted_at: Some(Time(9)), ..another }, None, None)
            .await
            .expect("it can be written");
        drop((store, accounts));
        taken_in(&place, &file, terms(Some("east"))).await.expect("now there is room");
        let refused = taken_in(&place, &file, terms(Some("west"))).await;
        assert!(
            matches!(&refused, Err(ImportError::Arrival(ArrivalError::IsThere(slug))) if slug == "east"),
            "{refused:?}"
        );
        let (store, accounts) = place.open_all().await;
        let slugs = store.restaurants().await.expect("it can be read").into_iter().map(|it| it.slug);
        assert_eq!(slugs.collect::<Vec<_>>(), ["default", "east"]);
        // Who is something everywhere belongs to the chain, and stays.
        assert_eq!(accounts.account(user(4)).await.expect("it can be read"), None);
        assert_eq!(place.examined().await.problems, [""; 0]);
        assert_eq!(Author::of(&*store, "east").await.restaurant, author.restaurant);
    }
}

/// Somebody who is everywhere belongs to a restaurant only where there is no other.
#[tokio::test]
async fn who_is_everywhere_in_a_chain_stays_with_the_chain() {
    for place in Place::each() {
        let (store, accounts) = place.open_all().await;
        let author = a_restaurant(&*store, &*accounts).await;
        let mut west = store.restaurants().await.expect("it can be read").remove(0);
        (west.id.0, west.slug) = (Uuid::from_u128(7), "west".into());
        assert!(store.add_restaurant(&west, Time(0)).await.expect("it can be written"));
        let all = all_of(&mut *place.moment().await, author.restaurant).await;
        let names: Vec<_> = all
            .iter()
            .filter_map(|piece| if let Piece::Account(it) = piece { Some(&*it.name) } else { None })
            .collect();
        assert_eq!(names, ["ravi", "a former guest"]);
    }
}

/// What was cut or changed is refused, and nothing is written.
#[tokio::test]
async fn a_file_that_is_not_whole_is_refused() {
    use std::io::{Read as _, Write as _};
    let source = Place::folder();
    let (store, accounts) = source.open_all().await;
    a_restaurant(&*store, &*accounts).await;
    let (folder, file) = folder_with("default.feedme");
    exported(&source, "default", &file).await;
    let whole = fs::read(&file).expect("it is there");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&whole[..]).read_to_string(&mut text).expect("it is compressed");
    let packed = |text: &str| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(text.as_bytes()).and_then(|()| out.finish()).expect("there is memory")
    };
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let without =
        |n: usize| lines.iter().enumerate().filter(|(at, _)| *at != n).map(|(_, line)| *line).collect::<String>();
    let swapped = [&[lines[0], lines[2], lines[1]], &lines[3..]].concat().concat();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let bad = [
        ("cut", whole[..whole.len() - 9].to_vec()),
        ("cut in the middle", whole[..middle].to_vec()),
        ("without its sum", whole[..whole.len() - 4].to_vec()),
        ("flipped", flipped),
        ("longer", [&whole[..], b"x"].concat()),
        ("twice", [&whole[..], &whole[..]].concat()),
        ("changed", packed(&text.replace("no \\\"onions\\\"", "no \\\"garlic\\\""))),
        (
            "without an order",
            packed(&without(lines.iter().position(|line| line.starts_with("{\"live\"")).expect("one is live"))),
        ),
        (
            "without an event",
            packed(&without(lines.iter().position(|line| line.starts_with("{\"events\"")).expect("there are some"))),
        ),
        ("without an end", packed(&without(lines.len() - 1))),
        ("without a restaurant", packed(&without(0))),
        ("swapped", packed(&swapped)),
        ("empty", Vec::new()),
        ("nothing of ours", b"Dear sir or madam, ".repeat(50)),
    ];
    for place in Place::each() {
        for (what, bytes) in &bad {
            let file = folder.path().join(what);
            fs::write(&file, bytes).expect("there is room");
            let refused = taken_in(&place, &file, terms(None)).await;
            assert!(matches!(refused, Err(ImportError::Damaged { .. })), "{what}: {refused:?}");
        }
        let newer = folder.path().join("newer");
        fs::write(&newer, packed(&text.replacen("\"format\":1", "\"format\":2", 1))).expect("there is room");
        let refused = taken_in(&place, &newer, terms(None)).await;
        assert!(matches!(refused, Err(ImportError::Newer { .. })), "{refused:?}");
        let store = place.open().await;
        let names: Vec<_> = store.restaurants().await.expect("it can be read").into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["FeedMe"], "only the one that every database begins with");
        let version = Author::of(&*store, "default").await.kitchen.version();
        assert_eq!(version.0, 0);
    }
}

#[tokio::test]
async fn a_file_is_never_overwritten_and_none_is_left_half_done() {
    let place = Place::folder();
    let store = place.open().await;
    a_day(&*store, "default").await;
    let (folder, file) = folder_with("default.feedme");
    fs::write(&file, "mine").expect("there is room");
    let refused = export(&mut *place.moment().await, "default", &file, |_, _| {}).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("exists already")));
    assert_eq!(fs::read(&file).expect("it is there"), b"mine");
    let other = folder.path().join("other");
    let refused = export(&mut *place.moment().await, "nowhere", &other, |_, _| {}).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("no restaurant nowhere")));
    place.tamper("UPDATE events SET payload = 'x' WHERE id = 3");
    let refused = export(&mut *place.moment().await, "default", &other, |_, _| {}).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("feedme doctor")));
    let left: Vec<_> = fs::read_dir(folder.path()).expect("it is there").flatten().map(|it| it.file_name()).collect();
    assert_eq!(left, ["default.feedme"]);
}
