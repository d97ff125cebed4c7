//! The second factor: codes of an authenticator, and recovery codes.

use feedme_access::second_factor;
use feedme_access::token::Digest;
use feedme_api::user::Password;
use feedme_api::{Code, Problem};
use feedme_kitchen::UserId;
use feedme_store::StoreError;
use feedme_store::accounts::Account;
use http::HeaderMap;

use super::guess::Guess;
use super::sign_in::{self, Origin};
use crate::app::App;
use crate::problem::Refused;

/// Demands a code of an account that has a second factor. Tries are counted apart from those at the password, and wait
/// longer: there are a million codes and three of them are good.
pub(crate) async fn demand(
    app: &App,
    account: &Account,
    code: Option<&Password>,
    origin: &Origin,
    headers: &HeaderMap,
) -> Result<(), Refused> {
    if !account.has_second_factor {
        return Ok(());
    }
    let (access, now) = (app.access(), app.engine().now());
    let Some(code) = code.map(Password::reveal) else {
        // Whoever it was knows the password: the owner wants to know.
        access.note(origin.own_entry(now, "signIn.codeNeeded", account)).await;
        let detail = "code: six digits of the authenticator, or a recovery code";
        return Err(Problem::new(Code::SecondFactorNeeded, detail).into());
    };
    let device = sign_in::known_device(access, headers, origin, account.id).await?;
    let guess = Guess::at_code(account.id, device);
    guess.count(access, now).await?;
    if is_right(app, account, code, origin).await? {
        guess.was_right(access).await?;
        return Ok(());
    }
    access.note(origin.own_entry(now, "signIn.failed", account)).await;
    Err(wrong_code())
}

/// The step of a code that shall confirm what was offered; tries are counted like those at a sign-in.
pub(crate) async fn judge(
    app: &App,
    account: &Account,
    code: &str,
    origin: &Origin,
    headers: &HeaderMap,
) -> Result<u64, Refused> {
    let (access, now) = (app.access(), app.engine().now());
    let guess = Guess::at_code(account.id, sign_in::known_device(access, headers, origin, account.id).await?);
    guess.count(access, now).await?;
    let step = step_of(app, account.id, code.trim()).await?.ok_or_else(wrong_code)?;
    guess.was_right(access).await?;
    Ok(step)
}

pub(crate) fn wrong_code() -> Refused {
    Problem::new(Code::WrongCode, "code: it is none that is good now; each is good once").into()
}

async fn is_right(app: &App, account: &Account, code: &str, origin: &Origin) -> Result<bool, StoreError> {
    let accounts = app.access().accounts();
    let code = code.trim();
    if code.len() == usize::from(second_factor::DIGITS) {
        return match step_of(app, account.id, code).await? {
            Some(step) => accounts.use_step(account.id, step).await,
            None => Ok(false),
        };
    }
    let used = accounts.use_recovery_code(account.id, Digest::of_code(code).0).await?;
    if used {
        app.access().note(origin.own_entry(app.engine().now(), "recoveryCode.used", account)).await;
    }
    Ok(used)
}

/// The step of a code of the account's authenticator, whether it is asked for already or not.
pub(crate) async fn step_of(app: &App, user: UserId, code: &str) -> Result<Option<u64>, StoreError> {
    let factor = app.access().accounts().second_factor(user).await?;
    // Authenticators go by the wall clock.
    let now_s = u64::try_from(app.engine().wall_time().0 / 1000).unwrap_or(0);
    Ok(factor.and_then(|factor| second_factor::step_of(&factor.secret, code, now_s)))
}
