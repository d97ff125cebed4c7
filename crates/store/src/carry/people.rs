//! Lines about people: accounts, keys, and what was done to them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use feedme_kitchen::{BotId, Time, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::line::{bytes, ms};
use crate::accounts::{ApiKey, LogEntry, PasswordHash, Role};
use crate::factors::{SecondFactor, SharedSecret};
use crate::moment::Person;
use crate::record::damaged;
use crate::{RestaurantId, StoreError};

#[derive(Serialize, Deserialize)]
pub(super) struct PersonRecord {
    id: Uuid,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second_factor: Option<SecondFactorRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    recovery_codes: Vec<String>,
    created: i64,
    updated: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disabled: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct SecondFactorRecord {
    secret: String,
    made: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirmed: Option<i64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct KeyRecord {
    id: Uuid,
    digest: String,
    shown: String,
    name: String,
    role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bot: Option<Uuid>,
    created: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<i64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LogRecord {
    at: i64,
    kind: String,
    actor: String,
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

fn role(name: &str) -> Result<Role, StoreError> {
    Role::of_name(name).ok_or_else(|| damaged(format_args!("there is no role {name}")))
}

impl From<&Person> for PersonRecord {
    fn from(person: &Person) -> Self {
        let factor = person.second_factor.as_ref().map(|factor| SecondFactorRecord {
            secret: BASE64.encode(factor.secret.0),
            made: factor.made_at.0,
            confirmed: ms(factor.confirmed_at),
        });
        Self {
            id: person.id.0,
            name: person.name.clone(),
            role: person.role.map(|role| role.name().to_owned()),
            password: person.password.as_ref().map(|password| password.0.clone()),
            second_factor: factor,
            recovery_codes: person.recovery_codes.iter().map(|digest| BASE64.encode(digest)).collect(),
            created: person.created_at.0,
            updated: person.updated_at.0,
            disabled: ms(person.disabled_at),
            deleted: ms(person.deleted_at),
        }
    }
}

impl TryFrom<PersonRecord> for Person {
    type Error = StoreError;

    fn try_from(record: PersonRecord) -> Result<Self, StoreError> {
        let factor = record.second_factor.map(|factor| {
            let secret = SharedSecret(bytes(&factor.secret)?);
            Ok::<_, StoreError>(SecondFactor {
                secret,
                made_at: Time(factor.made),
                confirmed_at: factor.confirmed.map(Time),
            })
        });
        let person = Self {
            id: UserId(record.id),
            name: record.name,
            role: record.role.as_deref().map(role).transpose()?,
            password: record.password.map(PasswordHash),
            second_factor: factor.transpose()?,
            recovery_codes: record.recovery_codes.iter().map(|code| bytes(code)).collect::<Result<_, _>>()?,
            created_at: Time(record.created),
            updated_at: Time(record.updated),
            disabled_at: record.disabled.map(Time),
            deleted_at: record.deleted.map(Time),
        };
        Ok(person.or_a_name())
    }
}

impl From<&ApiKey> for KeyRecord {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id,
            digest: BASE64.encode(key.digest),
            shown: key.shown.clone(),
            name: key.name.clone(),
            role: key.role.name().to_owned(),
            bot: key.bot.map(|bot| bot.0),
            created: key.created_at.0,
            expires: ms(key.expires_at),
            seen: ms(key.seen_at),
            revoked: ms(key.revoked_at),
        }
    }
}

impl KeyRecord {
    pub(super) fn key(self, restaurant: RestaurantId) -> Result<ApiKey, StoreError> {
        Ok(ApiKey {
            id: self.id,
            digest: bytes(&self.digest)?,
            shown: self.shown,
            name: self.name,
            restaurant,
            role: role(&self.role)?,
            bot: self.bot.map(BotId),
            created_at: Time(self.created),
            expires_at: self.expires.map(Time),
            seen_at: self.seen.map(Time),
            revoked_at: self.revoked.map(Time),
        })
    }
}

impl From<&LogEntry> for LogRecord {
    fn from(entry: &LogEntry) -> Self {
        Self {
            at: entry.at.0,
            kind: entry.kind.clone(),
            actor: entry.actor.clone(),
            subject: entry.subject.clone(),
            address: entry.address.clone(),
            device: entry.device.clone(),
        }
    }
}

impl LogRecord {
    pub(super) fn entry(self, restaurant: RestaurantId) -> LogEntry {
        let Self { at, kind, actor, subject, address, device } = self;
        LogEntry { at: Time(at), kind, restaurant: Some(restaurant), actor, subject, address, device }
    }
}
