//! What this machine is called, and where it is reached.

use std::io;
use std::net::IpAddr;

use feedme_authority::Name;

/// Names and addresses by which this machine is reached, from itself and from others.
pub(super) fn names() -> io::Result<Vec<Name>> {
    let host = host_name();
    let called = [format!("{host}.local"), host, "localhost".into()];
    let mut names: Vec<Name> = Vec::new();
    let addresses = addresses()?.into_iter().chain(["127.0.0.1", "::1"].map(|text| text.parse().expect("an address")));
    for name in called.iter().filter_map(|text| text.parse().ok()).chain(addresses.map(Name::Ip)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// The first label of what this machine is called.
pub(super) fn host_name() -> String {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy();
    name.split('.').next().filter(|label| !label.is_empty()).unwrap_or("localhost").to_ascii_lowercase()
}

/// An address by which other devices reach this machine: in a restaurant, most likely one of IPv4.
pub(crate) fn reached_at() -> Option<IpAddr> {
    let addresses = addresses().unwrap_or_default();
    addresses.iter().find(|address| address.is_ipv4()).or(addresses.first()).copied()
}

/// The addresses of this machine that hold beyond it. Those of one cable alone cannot stand in an address of a page.
fn addresses() -> io::Result<Vec<IpAddr>> {
    let is_for_others = |address: &IpAddr| match address {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_link_local(),
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unicast_link_local(),
    };
    let interfaces = if_addrs::get_if_addrs()?;
    Ok(interfaces.iter().map(if_addrs::Interface::ip).filter(is_for_others).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_called_localhost_and_by_its_own_name() {
        let names: Vec<String> = names().unwrap().iter().map(ToString::to_string).collect();
        let host = host_name();
        for expected in ["localhost", "127.0.0.1", "::1", &host, &format!("{host}.local")] {
            assert_eq!(names.iter().filter(|name| *name == expected).count(), 1, "{expected}: {names:?}");
        }
    }
}
