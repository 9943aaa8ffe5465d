//! Which addresses may be asked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::Uri;
use http::uri::Scheme;
use url::{Host, Url};

use super::Allowed;

/// Ports that are asked at public addresses: what web servers listen on, and nothing that takes a request for something else.
const PORTS: [u16; 3] = [443, 80, 8443];

/// Where an address leads (the special-purpose registries of RFC 6890).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Anywhere on the internet.
    Public,
    /// This machine, or a network whose addresses mean something else in every house.
    Private,
    /// No server of anybody's: many receivers, none, a neighbour on the same wire (where clouds answer with credentials), or an
    /// address inside an address.
    Never,
}

/// What may be said about an address before its name is looked up.
///
/// # Errors
/// Why it is not asked.
pub fn check(uri: &Uri, allowed: Allowed) -> Result<(), &'static str> {
    let text = uri.to_string();
    let url = Url::parse(&text).map_err(|_| "it is no address")?;
    if uri.scheme() != Some(&Scheme::HTTPS) && !(allowed.private && uri.scheme() == Some(&Scheme::HTTP)) {
        return Err("it is not https");
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || uri.authority().is_none_or(|it| it.as_str().contains('@'))
    {
        return Err("it holds a name or password");
    }
    // Two readers of one address have to see one host. What only one of them understands, such as 0x7f.1, is a trick.
    if !url.host_str().zip(uri.host()).is_some_and(|(one, other)| one.eq_ignore_ascii_case(other)) {
        return Err("its host is written in an unusual way");
    }
    let port = url.port_or_known_default().unwrap_or_default();
    if !allowed.private && !PORTS.contains(&port) {
        return Err("its port is none of 443, 80 and 8443");
    }
    // A host that is an address already leads to nothing else when it is looked up.
    match url.host() {
        Some(Host::Ipv4(it)) => check_all(uri.scheme(), &[SocketAddr::new(it.into(), port)], allowed),
        Some(Host::Ipv6(it)) => check_all(uri.scheme(), &[SocketAddr::new(it.into(), port)], allowed),
        Some(Host::Domain(_)) | None => Ok(()),
    }
}

/// Whether all of these addresses, to which one name leads, may be asked. One that may not condemns the name: whoever mixes
/// them hopes that the wrong one is taken.
///
/// # Errors
/// Why none is.
pub fn check_all(scheme: Option<&Scheme>, addresses: &[SocketAddr], allowed: Allowed) -> Result<(), &'static str> {
    for address in addresses {
        match reach(address.ip()) {
            Reach::Private if allowed.private => {}
            Reach::Public if scheme == Some(&Scheme::HTTPS) && PORTS.contains(&address.port()) => {}
            Reach::Public => return Err("a public address is asked over https at port 443, 80 or 8443 only"),
            Reach::Private => return Err("it leads into a private network"),
            Reach::Never => return Err("it leads to no server"),
        }
    }
    Ok(())
}

/// Where an address leads.
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [127 | 10, ..] | [192, 168, ..] | [100, 64..=127, ..] | [172, 16..=31, ..] => Reach::Private,
        // "This network", many receivers and what is reserved, neighbours on the wire, protocol assignments, the old relays to
        // IPv6, benchmarks, documentation.
        [0 | 224..=255, ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Reach::Never,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..=0xfdff, ..] => Reach::Private,
        // Protocol assignments with Teredo, documentation (two ranges), 6to4: inside of 2000::/3 and yet nobody's server.
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] | [0x2002, ..] => Reach::Never,
        [0x2000..=0x3fff, ..] => Reach::Public,
        // All else is unassigned, of the wire, for many receivers, or carries an IPv4 address inside.
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First and last address of every range with what was meant, and the neighbours outside.
    #[test]
    fn every_range_from_its_first_to_its_last_address() {
        use Reach::{Never, Private, Public};
        for (address, expected) in [
            ("0.0.0.0", Never),
            ("0.255.255.255", Never),
            ("1.0.0.0", Public),
            ("9.255.255.255", Public),
            ("10.0.0.0", Private),
            ("10.255.255.255", Private),
            ("11.0.0.0", Public),
            ("100.63.255.255", Public),
            ("100.64.0.0", Private),
            ("100.127.255.255", Private),
            ("100.128.0.0", Public),
            ("126.255.255.255", Public),
            ("127.0.0.0", Private),
            ("127.255.255.255", Private),
            ("128.0.0.0", Public),
            ("169.253.255.255", Public),
            ("169.254.0.0", Never),
            ("169.254.169.254", Never),
            ("169.254.255.255", Never),
            ("169.255.0.0", Public),
            ("172.15.255.255", Public),
            ("172.16.0.0", Private),
            ("172.31.255.255", Private),
            ("172.32.0.0", Public),
            ("192.0.0.0", Never),
            ("192.0.0.255", Never),
            ("192.0.1.0", Public),
            ("192.0.2.1", Never),
            ("192.88.99.1", Never),
            ("192.167.255.255", Public),
            ("192.168.0.0", Private),
            ("192.168.255.255", Private),
            ("192.169.0.0", Public),
            ("198.17.255.255", Public),
            ("198.18.0.0", Never),
            ("198.19.255.255", Never),
            ("198.20.0.0", Public),
            ("198.51.100.1", Never),
            ("203.0.113.1", Never),
            ("223.255.255.255", Public),
            ("224.0.0.0", Never),
            ("240.0.0.0", Never),
            ("255.255.255.255", Never),
            ("::", Never),
            ("::1", Private),
            ("::2", Never),
            ("::127.0.0.1", Never),
            ("::ffff:8.8.8.8", Never),
            ("::ffff:127.0.0.1", Never),
            ("64:ff9b::a9fe:a9fe", Never),
            ("64:ff9b:1::1", Never),
            ("100::1", Never),
            ("1fff:ffff::1", Never),
            ("2000::1", Public),
            ("2001::1", Never),
            ("2001:1ff:ffff::1", Never),
            ("2001:200::1", Public),
            ("2001:db8::1", Never),
            ("2001:db9::1", Public),
            ("2002:a9fe:a9fe::", Never),
            ("2003::1", Public),
            ("2a00:1450:4001::1", Public),
            ("3ffe::1", Public),
            ("3fff::1", Never),
            ("3fff:fff::1", Never),
            ("3fff:1000::1", Public),
            ("4000::1", Never),
            ("fbff::1", Never),
            ("fc00::1", Private),
            ("fdff::1", Private),
            ("fe80::1", Never),
            ("fec0::1", Never),
            ("ff02::1", Never),
        ] {
            assert_eq!(reach(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn one_wrong_address_condemns_the_name() {
        let (good, bad) = ("93.184.216.34:443".parse().unwrap(), "10.0.0.1:443".parse().unwrap());
        let https = Some(&Scheme::HTTPS);
        assert_eq!(check_all(https, &[good], Allowed::default()), Ok(()));
        assert!(check_all(https, &[good, bad], Allowed::default()).is_err());
        assert!(check_all(https, &[bad, good], Allowed::default()).is_err());
        assert_eq!(check_all(https, &[bad, good], Allowed { private: true }), Ok(()));
        // What is allowed for private networks is not allowed for the internet.
        let odd = "93.184.216.34:9200".parse().unwrap();
        assert!(check_all(https, &[odd], Allowed { private: true }).is_err());
        assert!(check_all(Some(&Scheme::HTTP), &[good], Allowed { private: true }).is_err());
    }
}
