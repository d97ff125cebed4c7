//! Whether the time that signing in takes tells who has an account.
//!
//! Wrong passwords for names that somebody has and for names that nobody has are sent in turns, over one connection, and
//! each comes from an address of its own: the server believes this program as its proxy. Each name is tried four times,
//! which is less than what makes it wait.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::Args;
use crate::compared::{compare, without_outliers};
use crate::server::Server;
use crate::table::Table;

/// Accounts, and as many names that nobody has.
const NAMES: usize = 100;

/// How often each is tried: five are free, and one is left.
const TRIES: usize = 4;

/// Tries before it counts: caches are filled, and the connection is warm.
const WARM_UP: usize = 20;

const PASSWORD: &str = "velvet otter drums at noon";

pub(crate) fn measure(args: &Args, table: &mut Table) -> anyhow::Result<()> {
    let server = Server::locked(args, &["--proxy", "127.0.0.1", "--address-rate", "0"])?;
    // Names of one length, in an order that says nothing.
    let known = |n: usize| format!("guest {:04}", n * 2);
    let unknown = |n: usize| format!("guest {:04}", n * 2 + 1);
    for n in 0..NAMES {
        server.add_user(args, &known(n), PASSWORD)?;
    }
    let mut connection = Connection::open(&server)?;
    for n in 0..WARM_UP {
        connection.sign_in(&format!("nobody {n:03}"))?;
    }
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for turn in 0..NAMES * TRIES {
        let n = turn % NAMES;
        // Neither is always the first: what the machine does meanwhile meets both.
        if turn.is_multiple_of(2) {
            with.push(connection.sign_in(&known(n))?);
            without.push(connection.sign_in(&unknown(n))?);
        } else {
            without.push(connection.sign_in(&unknown(n))?);
            with.push(connection.sign_in(&known(n))?);
        }
    }
    for (name, with, without) in [
        ("all", with.clone(), without.clone()),
        ("without the slowest hundredth", without_outliers(&with), without_outliers(&without)),
    ] {
        let said = compare(&with, &without);
        let [median_with, median_without] = said.medians;
        let tries = format!("{} tries, {name}", with.len());
        table.add(format!("sign-in, wrong password, median ({name})"), median_with, "µs", tries.clone());
        table.add(format!("sign-in, name that nobody has, median ({name})"), median_without, "µs", tries);
        let [from, to] = said.within;
        let beside = format!("95 % within {from:.0} to {to:.0} µs (Welch); 0 within: not told apart");
        table.add(format!("difference of the means ({name})"), said.difference, "µs", beside);
        let [from, to] = said.larger_within;
        let beside = format!("95 % within {from:.3} to {to:.3}; 0.5: not told apart. Mann-Whitney p = {:.3}", said.p);
        table.add(format!("how often the first takes longer ({name})"), said.larger, "", beside);
    }
    Ok(())
}

/// A connection to the server, which it stays.
struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
    tries: u32,
}

impl Connection {
    fn open(server: &Server) -> anyhow::Result<Self> {
        let host = server.address.strip_prefix("http://").context("it is an address")?.to_owned();
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self { stream: BufReader::new(stream), host, tries: 0 })
    }

    /// Signs in with a wrong password, from a new address. How many microseconds the answer took.
    fn sign_in(&mut self, name: &str) -> anyhow::Result<f64> {
        let address = std::net::Ipv4Addr::from_bits(u32::from_be_bytes([10, 0, 0, 0]) + self.tries);
        self.tries += 1;
        let body = format!(r#"{{"username":"{name}","password":"something else altogether"}}"#);
        let request = format!(
            "POST /api/auth/login HTTP/1.1\r\nhost: {}\r\nx-forwarded-for: {address}\r\ncontent-type: \
             application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        let begun = Instant::now();
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut line, mut length, mut status) = (String::new(), 0, None);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end();
            if status.is_none() {
                status = Some(line.to_owned());
            }
            if let Some(bytes) = line.strip_prefix("content-length: ") {
                length = bytes.parse()?;
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        let took = begun.elapsed();
        let status = status.unwrap_or_default();
        anyhow::ensure!(status.starts_with("HTTP/1.1 401"), "{status}: {}", String::from_utf8_lossy(&body));
        Ok(took.as_secs_f64() * 1e6)
    }
}
