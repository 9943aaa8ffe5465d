//! Who is calling, when proxies stand in between.

use std::net::IpAddr;
use std::str::FromStr;

/// The text was neither an address nor `address/prefix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANetwork;

impl std::fmt::Display for NotANetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not an address or address/prefix")
    }
}

impl std::error::Error for NotANetwork {}

/// A range of addresses such as `10.0.0.0/8` or `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether `address` lies in this range; an IPv4 address written as IPv6 counts as the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                same_prefix(u128::from(base.to_bits()) << 96, u128::from(address.to_bits()) << 96, self.prefix)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => same_prefix(base.to_bits(), address.to_bits(), self.prefix),
            _ => false,
        }
    }
}

fn same_prefix(a: u128, b: u128, prefix: u8) -> bool {
    prefix == 0 || (a ^ b) >> (128 - u32::from(prefix)) == 0
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (base, prefix) = text.split_once('/').map_or((text, None), |(base, prefix)| (base, Some(prefix)));
        let base = base.parse::<IpAddr>().map_err(|_| NotANetwork)?.to_canonical();
        let widest = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(widest), str::parse).map_err(|_| NotANetwork)?;
        if prefix > widest { Err(NotANetwork) } else { Ok(Self { base, prefix }) }
    }
}

/// The address to put into the log and to count tries against: the rightmost hop that is not one of our own proxies.
///
/// `forwarded` are the values of `X-Forwarded-For` in the order received. They are read only when `peer` itself is
/// trusted: anybody else can write what they like (threat 40). An unreadable hop ends the search, since whatever stands
/// to its left was not written by a proxy of ours.
pub fn client_address<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[Network],
) -> IpAddr {
    let mut client = peer.to_canonical();
    for hop in forwarded.flat_map(|value| value.split(',')).rev() {
        if !trusted.iter().any(|network| network.contains(client)) {
            break;
        }
        let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
        client = hop.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_the_rightmost_hop_we_do_not_run() {
        let trusted: Vec<Network> = ["10.0.0.0/8", "::1"].iter().map(|n| n.parse().unwrap()).collect();
        for (peer, forwarded, expected) in [
            ("203.0.113.7", vec!["127.0.0.1"], "203.0.113.7"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.4"], "198.51.100.4"),
            ("10.0.0.1", vec!["127.0.0.1, 198.51.100.4"], "198.51.100.4"),
            ("10.0.0.1", vec!["6.6.6.6", "198.51.100.4, 10.9.9.9"], "198.51.100.4"),
            ("10.0.0.1", vec!["198.51.100.4, nonsense"], "10.0.0.1"),
            ("::1", vec!["2001:db8::5"], "2001:db8::5"),
            ("::ffff:10.0.0.1", vec!["198.51.100.4"], "198.51.100.4"),
        ] {
            let client = client_address(peer.parse().unwrap(), forwarded.iter().copied(), &trusted);
            assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn ranges_are_read_strictly() {
        for bad in ["", "10.0.0.0/33", "10.0.0.0/", "10/8", "::/129", "example"] {
            assert_eq!(bad.parse::<Network>(), Err(NotANetwork), "{bad}");
        }
        assert!("0.0.0.0/0".parse::<Network>().unwrap().contains("1.2.3.4".parse().unwrap()));
        assert!(!"0.0.0.0/0".parse::<Network>().unwrap().contains("2001:db8::1".parse().unwrap()));
    }
}
