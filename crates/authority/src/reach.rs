//! What an authority may speak for.
//!
//! Every tablet of the restaurant trusts the authority, and its key lies beside the server. Whoever steals the key
//! must not be able to pose as a bank; so the authority's own certificate says that it stands for private names and
//! addresses only, and browsers hold it to that.

use std::net::IpAddr;

use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::X509Certificate;

use crate::name::Name;

/// Names that mean something only where they are used: RFC 6762, RFC 6761, RFC 8375, and what ICANN set aside.
const PRIVATE_NAMES: [&str; 4] = ["local", "localhost", "home.arpa", "internal"];

/// Networks that lead nowhere from outside, each with the bits that it begins with: RFC 1122, RFC 1918, RFC 3927,
/// RFC 6598, RFC 4291, RFC 4193.
const PRIVATE_NETWORKS: [(&str, u8); 9] = [
    ("127.0.0.0", 8),
    ("10.0.0.0", 8),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("169.254.0.0", 16),
    ("100.64.0.0", 10),
    ("::1", 128),
    ("fc00::", 7),
    ("fe80::", 10),
];

/// Constrains an authority to what is private, and to `names`.
pub(crate) fn constraints(names: &[Name]) -> NameConstraints {
    let networks = PRIVATE_NETWORKS.map(|(network, bits)| {
        let network: IpAddr = network.parse().expect("the table holds addresses");
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(network, bits))
    });
    let private = PRIVATE_NAMES.map(|name| GeneralSubtree::DnsName(name.into()));
    let own = names.iter().map(|name| match name {
        Name::Dns(name) => GeneralSubtree::DnsName(name.clone()),
        Name::Ip(address) => {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, bits))
        }
    });
    let permitted_subtrees = private.into_iter().chain(networks).chain(own).collect();
    NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() }
}

/// Whether an authority may speak for a name.
pub(crate) fn permits(authority: &X509Certificate<'_>, name: &Name) -> bool {
    let Ok(Some(constraints)) = authority.name_constraints() else { return true };
    let Some(permitted) = &constraints.value.permitted_subtrees else { return true };
    permitted.iter().any(|subtree| match (&subtree.base, name) {
        (GeneralName::DNSName(within), Name::Dns(name)) => is_within(name, within),
        (GeneralName::IPAddress(network), Name::Ip(IpAddr::V4(address))) => is_in(&address.octets(), network),
        (GeneralName::IPAddress(network), Name::Ip(IpAddr::V6(address))) => is_in(&address.octets(), network),
        _ => false,
    })
}

fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether an address is in a network, which is an address and as many bytes of mask.
fn is_in(address: &[u8], network: &[u8]) -> bool {
    let Some((network, mask)) = network.split_at_checked(address.len()) else { return false };
    mask.len() == address.len()
        && address.iter().zip(network).zip(mask).all(|((address, network), mask)| address & mask == network & mask)
}
