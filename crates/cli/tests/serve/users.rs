//! `feedme user`, with and without a server.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::binary::{Running, client};
use crate::text;

const PASSWORD: &str = "velvet otter drums at noon";
const OTHER: &str = "seven kites above the harbour";

/// Runs `feedme user` with something on its standard input.
fn user(words: &[&str], data: &Path, input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feedme"));
    command.arg("user").args(words).arg("--data").arg(data);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it has an input");
    // Whoever asks for no password does not read it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn done(words: &[&str], data: &Path, input: &str) -> String {
    let output = user(words, data, input);
    assert!(output.status.success(), "{words:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn refused(words: &[&str], data: &Path, input: &str, code: i32) -> String {
    let output = user(words, data, input);
    assert_eq!(output.status.code(), Some(code), "{words:?}: {}", text(&output.stdout));
    text(&output.stderr)
}

fn add(name: &str, role: &str, data: &Path) -> String {
    done(&["add", name, "--role", role, "--password-stdin"], data, &format!("{PASSWORD}\n"))
}

/// Signs in; the cookie of the session, or the status without one.
fn sign_in(server: &Running, name: &str, password: &str) -> Result<String, u16> {
    let login = client().post(server.url("/api/auth/login")).json(&json!({ "username": name, "password": password }));
    let response = login.send().expect("it answers");
    let cookies = response.headers().get_all("set-cookie").iter().map(|it| it.to_str().expect("it is ASCII"));
    let session = cookies.filter_map(|it| it.split(';').next()).find(|it| it.starts_with("feedme_session="));
    session.map(str::to_owned).ok_or(response.status().as_u16())
}

fn status(server: &Running, path: &str, cookie: &str) -> u16 {
    let response = client().get(server.url(path)).header("cookie", cookie).send().expect("it answers");
    response.status().as_u16()
}

#[test]
fn whoever_lost_their_second_factor_comes_in_again() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let data = folder.path().join("data");
    add("mei", "manager", &data);
    let server = Running::locked(&data);
    let session = sign_in(&server, "mei", PASSWORD).expect("the password is right");
    let post = |path: &str, body: Value| {
        let request = client().post(server.url(path)).header("cookie", &session).json(&body);
        request.send().expect("it answers").json::<Value>().expect("it answers with JSON")
    };
    let offer = post("/api/auth/second-factor", json!({ "password": PASSWORD }));
    let secret = totp_rs::Secret::try_from_base32(offer["secret"].as_str().expect("there is one")).expect("base 32");
    let code = totp_rs::Builder::new().with_secret(secret).build_noncompliant().generate_current().to_string();
    assert_eq!(
        post("/api/auth/second-factor/confirm", json!({ "code": code }))["recoveryCodes"].as_array().map(Vec::len),
        Some(10)
    );
    assert_eq!(sign_in(&server, "mei", PASSWORD), Err(401));
    assert!(done(&["forget-second-factor", "MEI"], &data, "").contains("mei signs in with the password alone now"));
    assert_eq!(status(&server, "/api/board", &session), 401, "its sessions end");
    assert!(sign_in(&server, "mei", PASSWORD).is_ok());
}

#[test]
fn accounts_are_managed_without_a_server() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let data = folder.path().join("data");
    assert!(refused(&["list"], &data, "", 1).contains("there is no database"));
    assert!(!data.exists(), "whoever only looks makes nothing");
    assert_eq!(add("Mei", "manager", &data), "Mei can sign in now.\n");
    add("ravi", "normal", &data);
    assert!(done(&["role", "RAVI", "vip"], &data, "").contains("ravi has another role now"));
    done(&["disable", "ravi"], &data, "");
    let listed = done(&["list"], &data, "");
    let rows: Vec<Vec<_>> = listed.lines().map(|line| line.split_whitespace().take(4).collect()).collect();
    assert_eq!(rows[0], ["NAME", "ROLE", "WHERE", "STATE"]);
    assert_eq!(rows[1..], [["Mei", "MANAGER", "default", "active"], ["ravi", "VIP", "default", "disabled"]]);
    let both = ["--restaurant", "default", "--restaurant", "south"];
    assert!(refused(&[&["list"], &both[..]].concat(), &data, "", 2).contains("one restaurant"));
    let ada = [&["add", "ada", "--role", "normal", "--password-stdin"], &both[..]].concat();
    assert!(refused(&ada, &data, PASSWORD, 1).contains("you run none called south"));
    done(&["enable", "ravi"], &data, "");
    done(&["delete", "ravi"], &data, "");
    let listed: Value = serde_json::from_str(&done(&["list", "--json"], &data, "")).expect("it is JSON");
    assert_eq!((&listed["users"][1]["username"], listed["users"][1]["deletedAt"].is_string()), (&json!("ravi"), true));
    assert!(add("ravi", "display", &data).contains("can sign in"), "a deleted account gives its name back");

    let mut server = Running::locked(&data);
    assert!(sign_in(&server, "mei", PASSWORD).is_ok());
    server.interrupt();
    assert_eq!(server.line(), "", "it has no more to say: nobody is invited");
}

#[test]
fn a_running_server_learns_of_every_change_at_once() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let server = Running::locked(folder.path());
    let socket = folder.path().join("feedme.sock");
    let mode = std::fs::metadata(&socket).expect("the socket is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    add("mei", "manager", folder.path());
    let cookie = sign_in(&server, "mei", PASSWORD).expect("she can sign in");
    assert_eq!(status(&server, "/api/users", &cookie), 200);
    add("ravi", "manager", folder.path());
    let of_ravi = sign_in(&server, "ravi", PASSWORD).expect("he can sign in");
    done(&["role", "ravi", "normal"], folder.path(), "");
    assert_eq!(status(&server, "/api/board", &of_ravi), 401);
    done(&["password", "ravi", "--password-stdin"], folder.path(), OTHER);
    assert_eq!(sign_in(&server, "ravi", PASSWORD), Err(401));
    let of_ravi = sign_in(&server, "ravi", OTHER).expect("he can sign in with the new one");
    done(&["disable", "ravi"], folder.path(), "");
    assert_eq!((status(&server, "/api/board", &of_ravi), sign_in(&server, "ravi", OTHER)), (401, Err(401)));
    assert_eq!(status(&server, "/api/users", &cookie), 200, "and nobody else is out");

    assert_eq!(server.terminate().code(), Some(0));
    assert!(!socket.exists());
    assert!(done(&["list"], folder.path(), "").contains("ravi"));
}

#[test]
fn a_server_that_died_leaves_a_socket_that_is_in_nobodys_way() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    drop(Running::locked(folder.path()));
    assert!(folder.path().join("feedme.sock").exists(), "it was killed");
    add("mei", "manager", folder.path());
    let server = Running::locked(folder.path());
    add("ravi", "vip", folder.path());
    assert!(sign_in(&server, "ravi", PASSWORD).is_ok());
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let data = folder.path();
    add("mei", "manager", data);
    for (words, input, said) in [
        (&["add", "mei", "--role", "vip", "--password-stdin"][..], PASSWORD, "another account has this name"),
        (&["add", "bo", "--role", "vip", "--password-stdin"], "short", "15 to 128 characters"),
        (&["add", "bo", "--role", "vip", "--password-stdin"], "passwordpassword", "harder to guess"),
        (&["add", "<bo>", "--role", "vip", "--password-stdin"], PASSWORD, "letters, digits"),
        (&["disable", "nobody"], "", "there is no account nobody in the restaurant default"),
        (&["delete", "mei"], "", "nobody would be left to run a restaurant"),
        (&["list", "--restaurant", "no/where"], "", "there is no such restaurant"),
    ] {
        let error = refused(words, data, input, 1);
        assert!(error.contains(said), "{words:?}: {error}");
    }
    let error = refused(&["password", "mei"], data, PASSWORD, 2);
    assert!(error.contains("--password-stdin"), "{error}");
    let error = refused(&["add", "bo", "--role", "king", "--password-stdin"], data, PASSWORD, 2);
    assert!(error.contains("normal, vip, manager, display"), "{error}");
    let error = refused(&["add", "bo", "--role", "vip", "--password", PASSWORD], data, "", 2);
    assert!(error.contains("--password"), "{error}");
}

#[test]
fn a_server_without_accounts_shows_the_link_and_what_else_leads_in() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut server = Running::locked(folder.path());
    let said = server.line();
    let (_, link) = said.split_once("/set-up#").expect("it shows a link");
    let link = link.trim_end();
    assert!(server.line().contains("feedme user add NAME --role manager"));
    assert_eq!(status(&server, "/api/board", ""), 401);
    let body = json!({ "link": link, "username": "mei", "password": PASSWORD });
    let made = client().post(server.url("/api/auth/setup")).json(&body).send().expect("it answers");
    assert_eq!(made.status(), 201);
    assert!(done(&["list"], folder.path(), "").contains("everywhere"));
}
