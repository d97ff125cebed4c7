use super::*;

fn with_file(content: &str, args: ServeArgs) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("feedme.toml");
    std::fs::write(&path, content).expect("a file can be written");
    Config::resolve(ServeArgs { config: Some(path), ..args })
}

#[test]
fn defaults_serve_on_loopback_with_hourly_backups_beside_the_data() {
    let config = Config::resolve(ServeArgs::default()).expect("defaults are valid");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database.folder(), Some(Path::new("feedme-data")));
    assert_eq!(config.backups, PathBuf::from("feedme-data-backups"));
    assert_eq!((config.backups_keep, config.backups_every), (24, Duration::from_hours(1)));
}

#[test]
fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
    let args = ServeArgs { data: Some("/from/flag".into()), ..ServeArgs::default() };
    let config = with_file("data = '/from/file'\nbackups_keep = 3\n", args).expect("it is valid");
    assert_eq!(config.database.folder(), Some(Path::new("/from/flag")));
    assert_eq!(config.backups, PathBuf::from("/from/flag-backups"));
    assert_eq!(config.backups_keep, 3);
    assert!(config.log.starts_with("info"));
}

#[test]
fn the_authority_lies_beside_the_certificate_unless_told_otherwise() {
    let content = "tls_cert = 'tls/server.crt'\ntls_key = 'tls/server.key'\ntrust_listen = '127.0.0.1:8081'\n";
    let authority = |args| with_file(content, args).expect("it is valid").encryption?.trust.map(|page| page.authority);
    assert_eq!(authority(ServeArgs::default()), Some("tls/ca.crt".into()));
    let args = ServeArgs { tls_ca: Some("/else/where.crt".into()), ..ServeArgs::default() };
    assert_eq!(authority(args), Some("/else/where.crt".into()));
}

#[test]
fn a_replica_is_of_a_database_on_postgresql() {
    let replica = |content| with_file(content, ServeArgs::default()).map(|config| config.database);
    let folder = replica("replica = 'postgres://b.example/feedme'");
    assert!(matches!(folder, Err(ConfigError::Value { key: "replica", .. })), "{folder:?}");
    let both = "database = 'postgres://a.example/feedme'\nreplica = 'postgres://b.example/feedme'";
    let Ok(Database::Postgres(options)) = replica(both) else { panic!("it is valid") };
    assert_eq!(options.replica.as_deref(), Some("postgres://b.example/feedme"));
}

#[test]
fn open_mode_has_to_be_asked_for() {
    let asked = |content| with_file(content, ServeArgs::default()).expect("it is valid").open;
    assert_eq!(["", "open = false", "open = true"].map(asked), [false, false, true]);
    assert!(Config::resolve(ServeArgs { open: true, ..ServeArgs::default() }).expect("it is valid").open);
}

#[test]
fn names_are_told_by_flag_or_file() {
    let hosts = |content, args| with_file(content, args).expect("it is valid").hosts;
    assert_eq!(hosts("hosts = ['a.example', '*.b.example']", ServeArgs::default()), ["a.example", "*.b.example"]);
    let args = ServeArgs { hosts: vec!["c.example".into()], ..ServeArgs::default() };
    assert_eq!(hosts("hosts = ['a.example']", args), ["c.example"]);
}

#[test]
fn proxies_are_told_by_flag_or_file() {
    let proxies = |content, args| with_file(content, args).expect("it is valid").proxies;
    let parse = |texts: &[&str]| Proxies::parse(texts).expect("they are networks");
    assert_eq!(proxies("", ServeArgs::default()), Proxies::default());
    let content = "proxies = ['10.0.0.0/24', '::1']";
    assert_eq!(proxies(content, ServeArgs::default()), parse(&["10.0.0.0/24", "::1"]));
    let args = ServeArgs { proxies: vec!["192.0.2.1".into()], ..ServeArgs::default() };
    assert_eq!(proxies(content, args), parse(&["192.0.2.1"]));
}

#[test]
fn rates_are_told_by_flag_or_file_and_may_be_none() {
    let rates = |content, args| {
        let limits = with_file(content, args).expect("it is valid").limits;
        (limits.caller_per_s, limits.stranger_per_s)
    };
    assert_eq!(rates("", ServeArgs::default()), (50, 20));
    assert_eq!(rates("caller_rate = 7\naddress_rate = 0", ServeArgs::default()), (7, 0));
    let args = ServeArgs { caller_rate: Some(0), address_rate: Some(9), ..ServeArgs::default() };
    assert_eq!(rates("caller_rate = 7\naddress_rate = 0", args), (0, 9));
}

/// Every byte of a file that is right, replaced and cut off.
#[test]
fn whatever_a_file_holds_it_is_read_or_refused_with_words() {
    let right = "listen = '127.0.0.1:80'\ndata = '/x'\nhosts = ['a.example', '*.b']\nproxies = ['10.0.0.0/8', '::1']\n\
                 backups_every = 60\ncaller_rate = 50\nopen = false\nlog = 'info'\nlog_format = 'json'\n";
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("feedme.toml");
    let read = |content: &[u8]| {
        std::fs::write(&path, content).expect("a file can be written");
        Config::resolve(ServeArgs { config: Some(path.clone()), ..ServeArgs::default() })
    };
    read(right.as_bytes()).expect("it is valid");
    let mut refused = 0;
    for at in 0..right.len() {
        for byte in *b"'\"[{=.\n\x00\xff9#" {
            let mut wrong = right.as_bytes().to_vec();
            wrong[at] = byte;
            if let Err(error) = read(&wrong) {
                refused += 1;
                assert!(!format!("{:#}", anyhow::Error::from(error)).is_empty());
            }
        }
        let _ = read(&right.as_bytes()[..at]);
    }
    assert!(refused > right.len(), "most of it is wrong");
}

#[test]
fn what_is_wrong_is_named() {
    for (content, named) in [
        ("lissten = '127.0.0.1:1'", "unknown field `lissten`"),
        ("listen = 'here'", "listen = 'here'"),
        ("backups_every = 0", "backups_every"),
        ("log = 'a=b=c'", "log is wrong"),
        ("tls_cert = 'a.crt'", "tls_key is wrong"),
        ("tls_key = 'a.key'", "tls_cert is wrong"),
        ("trust_listen = '127.0.0.1:1'", "trust_listen is wrong"),
        ("caller_rate = 1000001", "caller_rate is wrong"),
        ("address_rate = -1", "address_rate = -1"),
        ("proxies = ['10.0.0.0/33']", "proxies is wrong"),
        ("proxies = ['10.0.0.7', '0.0.0.0/0']", "0.0.0.0/0 is too wide"),
        ("proxies = ['10.0.0.7']\nopen = true", "proxies is wrong"),
    ] {
        let error = anyhow::Error::from(with_file(content, ServeArgs::default()).expect_err(content));
        let said = format!("{error:#}");
        assert_eq!(said.matches(named).count(), 1, "{content}: {said}");
    }
}
