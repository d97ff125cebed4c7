//! `feedme user`: who can sign in.

mod password;
mod print;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use feedme_store::sqlite::DATABASE_FILE;
use http::Method;
use serde_json::{Value, json};

use crate::data_folder::DataFolder;
use crate::database::DatabaseArgs;
use crate::exit::Exit;
use crate::operator::{Line, OperatorError};
use crate::say;
use password::PasswordError;

/// What `feedme user` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct UserArgs {
    #[command(subcommand)]
    action: Action,

    #[command(flatten)]
    data: DataFolder,

    #[command(flatten)]
    database: DatabaseArgs,

    /// The restaurant, by its name in addresses; `add` takes several, and the account belongs to each
    #[arg(long, value_name = "NAME", default_value = "default", global = true)]
    restaurant: Vec<String>,

    /// Print JSON, as the interface answers it
    #[arg(long, global = true)]
    json: bool,
}

const AFTER_HELP: &str = "\
It works beside a running server, which learns of every change at once, and without one. Whoever may read the data
folder may do this; nobody is asked for a password of theirs. Sessions of an account end with every change to it.

A password is asked for, or read from standard input with --password-stdin; it is never an argument, which other users
of the machine could read. It has 15 to 128 characters, 12 with a second factor, and is none that
people commonly use.

Examples:
  feedme user add mei --role manager         let Mei run the restaurant
  feedme user add ada --role manager --restaurant east --restaurant west
                                             Ada runs two of the restaurants
  feedme user list                           who can sign in, and as what
  feedme user role ravi vip                  from now on Ravi places VIP orders
  feedme user disable ravi                   Ravi is out, on every screen, at once
  feedme user password mei                   Mei forgot hers
  feedme user forget-second-factor mei       Mei lost her telephone, and the recovery codes
  pwgen 24 1 | feedme user add till --role normal --password-stdin";

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
enum Action {
    /// Make an account
    Add {
        /// The name to sign in with
        name: String,

        /// What the account may do
        #[arg(long, value_enum)]
        role: Role,

        /// In every restaurant, not in one
        #[arg(long)]
        everywhere: bool,

        #[command(flatten)]
        password: password::Source,
    },
    /// List the accounts
    List,
    /// Change what an account may do
    Role {
        /// Whose
        name: String,

        /// What it may do from now on
        #[arg(value_enum)]
        role: Role,
    },
    /// Let nobody sign in to an account, and end its sessions
    Disable {
        /// Whose
        name: String,
    },
    /// Let somebody sign in again
    Enable {
        /// Whose
        name: String,
    },
    /// Set a password
    Password {
        /// Whose
        name: String,

        #[command(flatten)]
        password: password::Source,
    },
    /// Ask for no second factor any more, for somebody who lost it with the recovery codes; sessions end
    ForgetSecondFactor {
        /// Whose
        name: String,
    },
    /// Delete an account; its orders stay
    Delete {
        /// Whose
        name: String,
    },
}

/// What an account may do.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Role {
    /// Place NORMAL orders
    Normal,
    /// Place VIP orders
    Vip,
    /// Everything
    Manager,
    /// Look at the board
    Display,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Vip => "VIP",
            Self::Manager => "MANAGER",
            Self::Display => "DISPLAY",
        }
    }
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UserError {
    /// There is no password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The server or the database does not do it.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// There is nothing to look at, and only a first account makes a beginning.
    #[error("there is no database in {}", .0.display())]
    NoDatabase(PathBuf),
    /// Nobody has that name.
    #[error("there is no account {name} in the restaurant {restaurant}; `feedme user list` shows who is there")]
    Unknown {
        /// Which name.
        name: String,
        /// Where it was looked for.
        restaurant: String,
    },
    /// Only a new account is given several restaurants at a time.
    #[error("--restaurant: one restaurant, unless an account is added")]
    OneRestaurant,
    /// Threads cannot be had.
    #[error("failed to set up")]
    Setup(#[source] std::io::Error),
}

impl UserError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Password(PasswordError::NoTerminal) | Self::OneRestaurant => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}

/// Does what was asked.
pub(crate) fn run(args: &UserArgs) -> Result<(), UserError> {
    let database = args.database.or_in(&args.data.path);
    let missing = database.folder().filter(|folder| !folder.join(DATABASE_FILE).exists());
    if let Some(folder) = missing.filter(|_| !matches!(args.action, Action::Add { .. })) {
        return Err(UserError::NoDatabase(folder.to_owned()));
    }
    if args.restaurant.len() > 1 && !matches!(args.action, Action::Add { .. }) {
        return Err(UserError::OneRestaurant);
    }
    // Asked for first: nothing is held open while somebody types.
    let password = match &args.action {
        Action::Add { password, .. } | Action::Password { password, .. } => Some(password.read()?),
        _ => None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(UserError::Setup)?;
    runtime.block_on(async {
        let line = Line::open(&database).await?;
        let done = Desk { args, line: &line }.carry_out(password.as_deref()).await;
        line.close().await;
        done
    })
}

/// The accounts of one restaurant.
struct Desk<'a> {
    args: &'a UserArgs,
    line: &'a Line,
}

impl Desk<'_> {
    async fn carry_out(&self, password: Option<&str>) -> Result<(), UserError> {
        match &self.args.action {
            Action::List => {
                let list = self.list().await?;
                if self.args.json { print_json(&list) } else { print::list(&list) }
            }
            Action::Add { name, role, everywhere, .. } => {
                let mut body =
                    json!({ "username": name, "password": password, "role": role.name(), "everywhere": everywhere });
                if self.args.restaurant.len() > 1 {
                    body["restaurants"] = json!(self.args.restaurant);
                }
                let made = self.line.ask(Method::POST, &self.users(), Some(&body)).await?;
                self.print(&made, "can sign in now");
            }
            Action::Role { name, role } => {
                self.change(name, &json!({ "role": role.name() }), "has another role now; its sessions ended").await?;
            }
            Action::Disable { name } => {
                self.change(name, &json!({ "disabled": true }), "can sign in no more; its sessions ended").await?;
            }
            Action::Enable { name } => self.change(name, &json!({ "disabled": false }), "can sign in again").await?,
            Action::Password { name, .. } => {
                self.change(name, &json!({ "password": password }), "has a new password; its sessions ended").await?;
            }
            Action::ForgetSecondFactor { name } => {
                let path = format!("{}/second-factor", self.path_of(name).await?);
                let changed = self.line.ask(Method::DELETE, &path, None).await?;
                self.print(&changed, "signs in with the password alone now; its sessions ended");
            }
            Action::Delete { name } => {
                let path = self.path_of(name).await?;
                let deleted = self.line.ask(Method::DELETE, &path, None).await?;
                self.print(&deleted, "is deleted; its sessions ended");
            }
        }
        Ok(())
    }

    async fn change(&self, name: &str, patch: &Value, said: &str) -> Result<(), UserError> {
        let path = self.path_of(name).await?;
        let changed = self.line.ask(Method::PATCH, &path, Some(patch)).await?;
        self.print(&changed, said);
        Ok(())
    }

    async fn list(&self) -> Result<Value, UserError> {
        Ok(self.line.ask(Method::GET, &self.users(), None).await?)
    }

    /// Where the account of that name stands. Deleted ones gave their name back.
    async fn path_of(&self, name: &str) -> Result<String, UserError> {
        let list = self.list().await?;
        let is_it = |user: &&Value| {
            let is_named = |other: &str| other.to_lowercase() == name.trim().to_lowercase();
            user["deletedAt"].is_null() && user["username"].as_str().is_some_and(is_named)
        };
        let found = list["users"].as_array().into_iter().flatten().find(is_it).and_then(|user| user["id"].as_str());
        let unknown = || UserError::Unknown { name: name.to_owned(), restaurant: self.restaurant().to_owned() };
        Ok(format!("{}/{}", self.users(), found.ok_or_else(unknown)?))
    }

    /// The restaurant at which it is asked.
    fn restaurant(&self) -> &str {
        self.args.restaurant.first().map_or("default", String::as_str)
    }

    fn users(&self) -> String {
        format!("/api/restaurants/{}/users", print::encoded(self.restaurant()))
    }

    fn print(&self, answer: &Value, said: &str) {
        if self.args.json {
            print_json(answer);
        } else {
            say(format_args!("{} {said}.", print::shown(&answer["user"]["username"])));
        }
    }
}

fn print_json(answer: &Value) {
    say(format_args!("{answer:#}"));
}
