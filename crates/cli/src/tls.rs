//! `feedme tls`: a certificate for a server that is known inside the building only.

mod folder;
mod here;
mod qr;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use feedme_authority::{Authority, AuthorityError, Certificate, Issued, Name};

use crate::say;
use folder::Folder;

pub(crate) use folder::FileError;
pub(crate) use here::reached_at;

/// How long a server's certificate lasts at most: what browsers grant a public one, and over a year, so that renewing
/// can be a yearly habit.
const DAYS_MAX: u16 = 397;

/// Shorter, a certificate could end while nobody thinks of it.
const DAYS_MIN: u16 = 90;

/// The ports of the example that `init` prints.
const HTTPS_PORT: u16 = 8443;
const TRUST_PORT: u16 = 8080;

/// What `feedme tls` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct TlsArgs {
    #[command(subcommand)]
    command: TlsCommand,
}

#[derive(Debug, clap::Subcommand)]
enum TlsCommand {
    /// Make an authority of your own, if there is none yet, and a certificate for this server
    Init(InitArgs),
    /// Make a new certificate for the names of the present one; a running server takes it up by itself
    Renew(RenewArgs),
}

#[derive(Debug, clap::Args)]
struct Common {
    /// The folder for the certificates and their keys
    #[arg(long, value_name = "DIR", default_value = "feedme-tls")]
    out: PathBuf,

    /// How many days the server's certificate lasts
    #[arg(long, value_name = "N", default_value_t = DAYS_MAX, value_parser = clap::value_parser!(u16).range(i64::from(DAYS_MIN)..=i64::from(DAYS_MAX)))]
    days: u16,
}

#[derive(Debug, clap::Args)]
struct InitArgs {
    #[command(flatten)]
    common: Common,

    /// A further name by which devices reach this server, as in kitchen.local; may be repeated
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<Name>,

    /// A further address by which devices reach this server; may be repeated
    #[arg(long = "ip", value_name = "ADDR")]
    addresses: Vec<std::net::IpAddr>,
}

#[derive(Debug, clap::Args)]
struct RenewArgs {
    #[command(flatten)]
    common: Common,
}

const AFTER_HELP: &str = "\
Browsers encrypt only towards a server that somebody vouches for. For a server inside a building nobody does, so the
restaurant becomes its own authority: `init` makes one, and each device is told once to trust it.

Files in the folder:
  ca.crt       the authority, for every device; give it to anybody
  ca.key       its key, needed only to renew. Keep it safe, best away from the server
  server.crt   the server's certificate, for --tls-cert
  server.key   its key, for --tls-key

The authority may vouch for private names and addresses alone, and for those given when it was made. It lasts ten
years; run again, `init` keeps it, so that no device has to be told twice.

Examples:
  feedme tls init                               for what this machine is called and its addresses
  feedme tls init --name kitchen.local --ip 192.168.1.7
  feedme serve --tls-cert feedme-tls/server.crt --tls-key feedme-tls/server.key
  feedme tls renew                              once a year; a running server takes it up";

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsCommandError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// What is there is of no use, or does not vouch.
    #[error("the authority in {} is of no use", folder.display())]
    Authority {
        /// Where it is.
        folder: PathBuf,
        /// Why.
        source: AuthorityError,
    },
    /// It vouches for less than is asked.
    #[error(
        "{reason}. To make another, move ca.crt and ca.key out of {}; each device must then trust the new one",
        folder.display()
    )]
    OtherNames {
        /// Where it is.
        folder: PathBuf,
        /// What it vouches for.
        reason: AuthorityError,
    },
    /// The authority cannot sign.
    #[error("{} holds an authority without its key, ca.key: bring the key, or move ca.crt away to make another authority, which each device must then trust", .0.display())]
    NoKey(PathBuf),
    /// Nothing was made yet.
    #[error("there is no certificate to renew in {}: `feedme tls init` makes one", .0.display())]
    NothingToRenew(PathBuf),
    /// The machine does not say what it is called.
    #[error("failed to ask for this machine's addresses")]
    Here(#[source] std::io::Error),
}

/// Runs `feedme tls`.
pub(crate) fn run(args: TlsArgs) -> Result<(), TlsCommandError> {
    match args.command {
        TlsCommand::Init(args) => init(args),
        TlsCommand::Renew(args) => renew(&args.common),
    }
}

fn init(args: InitArgs) -> Result<(), TlsCommandError> {
    let folder = Folder::open(&args.common.out)?;
    let given = args.names.into_iter().chain(args.addresses.into_iter().map(Name::Ip));
    let mut names = here::names().map_err(TlsCommandError::Here)?;
    for name in given {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let (authority, is_new) = match folder.authority()? {
        Some(authority) => (authority, false),
        None => (make(&folder, &names)?, true),
    };
    let certificate = issue(&folder, &authority, &names, &args.common)?;
    tell(&folder, &authority, is_new, &certificate);
    Ok(())
}

fn renew(args: &Common) -> Result<(), TlsCommandError> {
    let folder = Folder::open(&args.out)?;
    let nothing = || TlsCommandError::NothingToRenew(args.out.clone());
    let authority = folder.authority()?.ok_or_else(nothing)?;
    let names = folder.certificate()?.ok_or_else(nothing)?.names();
    let certificate = issue(&folder, &authority, &names, args)?;
    tell_certificate(&folder, &certificate);
    say(format_args!("A running server takes it up within half a minute, or at once on SIGHUP."));
    Ok(())
}

fn make(folder: &Folder, names: &[Name]) -> Result<Authority, TlsCommandError> {
    let unusable = |source| TlsCommandError::Authority { folder: folder.path().to_owned(), source };
    let called = format!("FeedMe at {}", here::host_name());
    let authority = Authority::make(&called, names, SystemTime::now()).map_err(unusable)?;
    let Issued { certificate, key } = authority.to_pem();
    folder.write_authority(&certificate, &key)?;
    Ok(authority)
}

fn issue(
    folder: &Folder,
    authority: &Authority,
    names: &[Name],
    args: &Common,
) -> Result<Certificate, TlsCommandError> {
    let lasts = Duration::from_hours(24 * u64::from(args.days));
    let issued = authority.issue(names, lasts, SystemTime::now()).map_err(|reason| match reason {
        AuthorityError::NotPermitted(_) | AuthorityError::EndsTooSoon => {
            TlsCommandError::OtherNames { folder: folder.path().to_owned(), reason }
        }
        source => TlsCommandError::Authority { folder: folder.path().to_owned(), source },
    })?;
    folder.write_server(&issued.certificate, &issued.key)?;
    Ok(Certificate::from_pem(issued.certificate.as_bytes()).expect("it was just made"))
}

/// What was done, and what to do next.
fn tell(folder: &Folder, authority: &Authority, is_new: bool, certificate: &Certificate) {
    let made = if is_new { "made" } else { "kept" };
    let (ca, ends) = (folder.file("ca.crt"), date(authority.certificate().ends()));
    say(format_args!("Authority ({made}): {}, until {ends}", ca.display()));
    say(format_args!("  SHA-256 {}", authority.certificate().fingerprint()));
    tell_certificate(folder, certificate);
    say(format_args!(
        "\nServe with it:\n  feedme serve --listen 0.0.0.0:{HTTPS_PORT} --tls-cert {} --tls-key {} --trust-listen \
         0.0.0.0:{TRUST_PORT}",
        folder.file("server.crt").display(),
        folder.file("server.key").display()
    ));
    let host = here::reached_at().map_or_else(here::host_name, |address| address.to_string());
    let page = format!("http://{host}:{TRUST_PORT}/");
    say(format_args!("\nThen open {page} on each device, and compare the SHA-256 above with what it shows.\n"));
    if let Some(code) = qr::render(&page) {
        say(format_args!("{code}"));
    }
    say(format_args!(
        "Keep {} safe: it is needed only for `feedme tls renew`, before {}.",
        folder.file("ca.key").display(),
        date(certificate.ends())
    ));
}

fn tell_certificate(folder: &Folder, certificate: &Certificate) {
    let names: Vec<String> = certificate.names().iter().map(ToString::to_string).collect();
    let (file, ends) = (folder.file("server.crt"), date(certificate.ends()));
    say(format_args!("Certificate (made): {}, until {ends}, for\n  {}", file.display(), names.join(", ")));
}

/// The day of a moment, in UTC.
pub(crate) fn date(moment: SystemTime) -> String {
    jiff::Timestamp::try_from(moment).map_or_else(|_| "?".into(), |moment| moment.strftime("%Y-%m-%d").to_string())
}
