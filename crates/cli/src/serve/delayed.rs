//! The delayed-message service, where one is used: its settings, and how it is set to work.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use feedme_delayed::{CallbackAddress, Delayed, Publisher, Secret, ServiceAddress, SetUpError, Settings};
use feedme_engine::{Driver, Ids, outside};
use feedme_kitchen::Time;
use serde::Deserialize;

use super::config::ConfigError;

/// The variables that hold the secrets. There are no flags for them: every user of a machine sees those.
const TOKEN: &str = "FEEDME_DELAYED_TOKEN";
const CURRENT_KEY: &str = "FEEDME_DELAYED_CURRENT_KEY";
const NEXT_KEY: &str = "FEEDME_DELAYED_NEXT_KEY";

/// What `feedme serve` takes about it.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct DelayedArgs {
    /// Have orders completed through a delayed-message service with `QStash`'s protocol, at this address
    /// [default: the server's own timers complete them, and nothing is needed]
    #[arg(id = "delayed_url", long = "delayed-url", value_name = "URL", env = "FEEDME_DELAYED_URL")]
    url: Option<String>,

    /// Where that service calls back: this server's `/api/orders/complete`, as the service reaches it
    #[arg(id = "delayed_callback", long = "delayed-callback", value_name = "URL", env = "FEEDME_DELAYED_CALLBACK")]
    callback: Option<String>,

    /// A TOML file with `token`, `current_key` and `next_key`, for what is not in `FEEDME_DELAYED_TOKEN`,
    /// `FEEDME_DELAYED_CURRENT_KEY` and `FEEDME_DELAYED_NEXT_KEY`
    #[arg(id = "delayed_secrets", long = "delayed-secrets", value_name = "FILE", env = "FEEDME_DELAYED_SECRETS")]
    secrets: Option<PathBuf>,
}

/// What may stand in the configuration's file about it.
#[derive(Debug, Default)]
pub(super) struct DelayedKeys {
    pub(super) url: Option<String>,
    pub(super) callback: Option<String>,
    pub(super) secrets: Option<PathBuf>,
}

/// What may stand in the file with secrets.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretsFile {
    token: Option<String>,
    current_key: Option<String>,
    next_key: Option<String>,
}

/// Puts flags, file and environment together; `None` when no service is used.
pub(super) fn resolve(
    args: DelayedArgs,
    file: DelayedKeys,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Settings>, ConfigError> {
    let callback = args.callback.or(file.callback);
    let secrets = args.secrets.or(file.secrets);
    let Some(url) = args.url.or(file.url) else {
        return match (callback, secrets) {
            (None, None) => Ok(None),
            _ => Err(wrong("delayed_url", &"it is missing, but other settings of the service are there")),
        };
    };
    let service = ServiceAddress::parse(&url).map_err(|error| wrong("delayed_url", &error))?;
    let callback = callback.ok_or_else(|| wrong("delayed_callback", &"it is missing, but `delayed_url` is there"))?;
    let callback = CallbackAddress::parse(&callback).map_err(|error| wrong("delayed_callback", &error))?;
    let kept = secrets.as_deref().map_or(Ok(SecretsFile::default()), SecretsFile::read)?;
    let secret = |name: &'static str, key: &str, kept: Option<String>| {
        let text = variable(name).or(kept).ok_or_else(|| {
            wrong(name, &format_args!("it is not set, nor is there a `{key}` in a file named by `delayed_secrets`"))
        })?;
        Secret::parse(&text).map_err(|error| wrong(name, &error))
    };
    Ok(Some(Settings {
        service,
        callback,
        token: secret(TOKEN, "token", kept.token)?,
        current_key: secret(CURRENT_KEY, "current_key", kept.current_key)?,
        next_key: secret(NEXT_KEY, "next_key", kept.next_key)?,
    }))
}

impl SecretsFile {
    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        // What the parser says of a mistake shows the line that it is in.
        toml::from_str(&text).map_err(|_| {
            let path = path.display();
            wrong("delayed_secrets", &format_args!("expected `token`, `current_key` and `next_key` as TOML in {path}"))
        })
    }
}

fn wrong(key: &'static str, what: &dyn Display) -> ConfigError {
    ConfigError::Value { key, what: what.to_string() }
}

/// Who drives the engine, and with a service what publishes and what judges its callbacks.
pub(super) fn set_up(
    settings: Option<Settings>,
    ids: &Ids,
    now: Time,
) -> Result<(Driver, Option<(Delayed, Publisher)>), SetUpError> {
    let Some(settings) = settings else { return Ok((Driver::Timers, None)) };
    tracing::info!(service = %settings.service, callback = %settings.callback, "a delayed-message service drives");
    let (outside, starts) = outside();
    let delayed = Delayed::new(settings, starts, ids.uuid(now))?;
    Ok((Driver::Outside(outside), Some(delayed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(url: &str, callback: &str) -> DelayedArgs {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        DelayedArgs { url: some(url), callback: some(callback), secrets: None }
    }

    const URL: &str = "https://delayed.example";
    const CALLBACK: &str = "https://feedme.example/api/orders/complete";

    #[expect(clippy::unnecessary_wraps, reason = "it stands for an environment, which may lack a variable")]
    fn all_set(name: &str) -> Option<String> {
        Some(format!("secret-{name}"))
    }

    #[test]
    fn without_any_of_it_the_servers_own_timers_are_enough() {
        let settings = resolve(DelayedArgs::default(), DelayedKeys::default(), all_set).expect("nothing is asked for");
        assert_eq!(settings, None);
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let unset = |_: &str| None;
        for (url, callback, variable, named) in [
            ("", CALLBACK, &all_set as &dyn Fn(&str) -> Option<String>, "delayed_url is wrong: it is missing"),
            ("delayed.example", CALLBACK, &all_set, "delayed_url is wrong: expected an address"),
            ("http://delayed.example", CALLBACK, &all_set, "delayed_url is wrong: expected https"),
            (URL, "", &all_set, "delayed_callback is wrong: it is missing"),
            (URL, "https://feedme.example/", &all_set, "delayed_callback is wrong: expected an address that ends"),
            (URL, CALLBACK, &unset, "FEEDME_DELAYED_TOKEN is wrong: it is not set"),
            (URL, CALLBACK, &|_| Some("two words".into()), "FEEDME_DELAYED_TOKEN is wrong: expected 1 to 1024"),
        ] {
            let said = resolve(args(url, callback), DelayedKeys::default(), variable).expect_err(named).to_string();
            assert!(said.starts_with(named), "{said}");
            assert!(!said.contains("two words"), "{said}");
        }
    }

    #[test]
    fn secrets_come_from_a_file_or_before_it_from_the_environment_and_are_never_shown() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("secrets.toml");
        std::fs::write(&path, "token = 'filed-1'\ncurrent_key = 'filed-2'\nnext_key = 'filed-3'\n").expect("written");
        let keys =
            || DelayedKeys { url: Some(URL.into()), callback: Some(CALLBACK.into()), secrets: Some(path.clone()) };
        let variable = |name: &str| (name == CURRENT_KEY).then(|| "set-2".into());
        let settings = resolve(DelayedArgs::default(), keys(), variable).expect("all is there").expect("it is used");
        assert_eq!(settings.token, Secret::parse("filed-1").expect("it is one"));
        assert_eq!(settings.current_key, Secret::parse("set-2").expect("it is one"));
        let shown = format!("{settings:?}");
        assert!(!shown.contains("filed") && !shown.contains("set-2"), "{shown}");

        std::fs::write(&path, "token = filed-1\n").expect("written");
        let error = anyhow::Error::from(resolve(DelayedArgs::default(), keys(), |_| None).expect_err("it is no TOML"));
        let shown = format!("{error:#} {error:?}");
        assert!(shown.contains("secrets.toml") && !shown.contains("filed"), "{shown}");
    }
}
