//! The real binary.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

/// Runs `feedme` to its end; the data folder is the last word.
pub(crate) fn feedme(words: &[&str], data: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_feedme")).args(words).arg(data).output().expect("the binary starts")
}

/// A running server.
pub(crate) struct Running {
    child: Child,
    address: String,
    output: BufReader<ChildStdout>,
}

impl Running {
    /// Starts it on a free port and waits until it says that it serves.
    pub(crate) fn start(data: &Path) -> Self {
        Self::from(Command::new(env!("CARGO_BIN_EXE_feedme")), data)
    }

    /// Starts one that lets in only those it knows.
    pub(crate) fn locked(data: &Path) -> Self {
        Self::with(Command::new(env!("CARGO_BIN_EXE_feedme")), &["serve", "--log", "error"], data)
    }

    /// Starts it by a command that leads to the binary.
    pub(crate) fn from(command: Command, data: &Path) -> Self {
        Self::with(command, &["serve", "--open", "--log", "error"], data)
    }

    /// Starts it with other words.
    pub(crate) fn with(mut command: Command, words: &[&str], data: &Path) -> Self {
        let mut child = command
            .args(words)
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut output = BufReader::new(child.stdout.take().expect("it has an output"));
        let address = address_in(&mut output);
        Self { child, address, output }
    }

    /// Where it serves.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The address in the next line that it says.
    pub(crate) fn next_address(&mut self) -> String {
        address_in(&mut self.output)
    }

    /// Waits until it logs some text.
    pub(crate) fn logs(&mut self, text: &str) {
        let errors = self.child.stderr.as_mut().expect("it has a log");
        // What comes after the line in one piece with it is lost; nobody asks for it.
        let line = BufReader::new(errors).lines().map_while(Result::ok).find(|line| line.contains(text));
        assert!(line.is_some(), "it ended without {text:?}");
    }

    /// SIGHUP.
    pub(crate) fn hang_up(&self) {
        self.signal(rustix::process::Signal::HUP);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.child.id().cast_signed()).expect("a pid is positive");
        rustix::process::kill_process(pid, signal).expect("it can be signalled");
    }

    /// The next line that it says.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("its output can be read");
        line
    }

    /// Something's address.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Places an order; the status it got, or 0 without an answer.
    pub(crate) fn place(&self) -> u16 {
        let client = client();
        let order = client.post(format!("{}/api/orders", self.address)).json(&serde_json::json!({ "type": "VIP" }));
        order.send().map_or(0, |response| response.status().as_u16())
    }

    /// Reads something.
    pub(crate) fn get(&self, path: &str) -> String {
        let response = client().get(format!("{}{path}", self.address)).send().expect("it answers");
        response.text().expect("it answers with text")
    }

    /// SIGTERM.
    pub(crate) fn interrupt(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// SIGTERM, and how it ended.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        self.interrupt();
        self.child.wait().expect("it ends")
    }

    /// Waits until it ends by itself; how it ended, and what it said.
    pub(crate) fn ended(mut self) -> (ExitStatus, String) {
        let mut said = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            std::io::Read::read_to_string(&mut errors, &mut said).expect("what it says can be read");
        }
        (self.child.wait().expect("it ends"), said)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address_in(output: &mut impl BufRead) -> String {
    let mut line = String::new();
    output.read_line(&mut line).expect("its output can be read");
    let address = line.split_whitespace().find(|word| word.starts_with("http"));
    address.unwrap_or_else(|| panic!("it does not say where it serves: {line}")).to_owned()
}

pub(crate) fn client() -> reqwest::blocking::Client {
    let client = reqwest::blocking::Client::builder().timeout(Duration::from_secs(20)).pool_max_idle_per_host(0);
    client.build().expect("a client can be made")
}
