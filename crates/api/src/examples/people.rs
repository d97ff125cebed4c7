//! Examples of accounts, sessions, keys, and the log of them.

use std::borrow::Cow;

use serde_json::Value;
use uuid::Uuid;

use super::{OPENS, example, id};
use crate::Timestamp;
use crate::audit::{AuditEntry, AuditPage, AuditSource};
use crate::factor::{RecoveryCodes, SecondFactor, SecondFactorOffer, Someone};
use crate::pairing::{Collected, PairingBegun, PairingStatus, PairingView};
use crate::user::{
    AccountAnswer, AccountList, AccountView, Ended, KeyAnswer, KeyList, KeyView, NewKey, Role, SessionList,
    SessionView, User, UserAnswer, Via, Ways,
};

const ADDRESS: &str = "192.168.1.20";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

pub(super) fn people() -> Vec<(Cow<'static, str>, Value)> {
    let day_ms = 24 * 60 * 60_000;
    let at = |after_ms| Timestamp(OPENS.plus_ms(after_ms));
    let account = AccountView {
        id: id(0, 4),
        username: "mei".into(),
        role: Role::Manager,
        everywhere: true,
        restaurants: Vec::new(),
        second_factor: true,
        created_at: at(0),
        disabled_at: None,
        deleted_at: None,
    };
    let session = SessionView {
        id: id(0, 5),
        current: true,
        via: Via::Password,
        created_at: at(0),
        seen_at: at(4_000),
        expires_at: at(7 * day_ms),
        address: Some(ADDRESS.into()),
        device: Some(BROWSER.into()),
    };
    let key = KeyView {
        id: id(0, 6),
        name: "Television over the counter".into(),
        shown: "feedme_4kQ9Zt".into(),
        role: Role::Display,
        bot_id: None::<Uuid>,
        created_at: at(0),
        expires_at: Some(at(365 * day_ms)),
        seen_at: Some(at(4_000)),
        revoked_at: None,
    };
    let entry = AuditEntry {
        at: at(0),
        source: AuditSource::Account,
        kind: "signIn.succeeded".into(),
        actor: "mei".into(),
        subject: "mei".into(),
        restaurant: Some("default".into()),
        address: Some(ADDRESS.into()),
        device: Some(BROWSER.into()),
    };
    let someone = Someone { id: id(0, 4), username: "mei".into() };
    vec![
        example::<User<'_>>(&User::OPEN),
        example::<UserAnswer<'_>>(&UserAnswer { user: User::OPEN }),
        example::<Ways>(&Ways { open: false, set_up: true, demonstrations: Vec::new(), people: vec![someone.clone()] }),
        example::<Someone>(&someone),
        example::<AccountView>(&account),
        example::<AccountAnswer>(&AccountAnswer { user: account.clone() }),
        example::<AccountList>(&AccountList { users: vec![account] }),
        example::<SessionView>(&session),
        example::<SessionList>(&SessionList { sessions: vec![session] }),
        example::<Ended>(&Ended { ended: 1 }),
        example::<KeyView>(&key),
        example::<SecondFactor>(&SecondFactor { enabled: true, required: true, recovery_codes_left: 9 }),
        example::<SecondFactorOffer>(&SecondFactorOffer {
            secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into(),
            uri: "otpauth://totp/FeedMe:mei?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=FeedMe".into(),
        }),
        example::<RecoveryCodes>(&RecoveryCodes { recovery_codes: vec!["K7MQ9-WTX3B-4HZRP".into()] }),
        example::<PairingBegun>(&PairingBegun {
            code: "KX7M-9QWT".into(),
            secret: "9f3c…".into(),
            expires_at: at(600_000),
        }),
        example::<PairingView>(&PairingView {
            address: Some(ADDRESS.into()),
            device: Some(BROWSER.into()),
            created_at: at(0),
            expires_at: at(600_000),
        }),
        example::<Collected>(&Collected { status: PairingStatus::Paired, key: Some(key.clone()), secret: None }),
        example::<KeyAnswer>(&KeyAnswer { key: key.clone() }),
        example::<KeyList>(&KeyList { keys: vec![key.clone()] }),
        example::<NewKey>(&NewKey { key, secret: "feedme_4kQ9Zt…".into() }),
        example::<AuditEntry>(&entry),
        example::<AuditPage>(&AuditPage { entries: vec![entry], next_cursor: Some("a29-126f".into()) }),
    ]
}
