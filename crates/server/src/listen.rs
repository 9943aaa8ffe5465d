//! Taking ports. They are taken before anything else is built, since a port of 0 becomes part of every address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs as _};

use anyhow::{Context as _, Result};

use crate::config::Endpoint;

/// A port we hold.
#[derive(Debug)]
pub struct Taken {
    /// As configured, with the port it became.
    pub endpoint: Endpoint,
    /// More than one where a name stands for several addresses of this machine.
    pub listeners: Vec<TcpListener>,
}

impl Taken {
    /// Takes the port.
    pub fn take(endpoint: &Endpoint) -> Result<Self> {
        let failed = || {
            format!(
                "failed to listen on {endpoint}; another program may use it already (--http and --https name another)"
            )
        };
        if endpoint.host.eq_ignore_ascii_case("localhost") {
            let first = bind((Ipv4Addr::LOCALHOST, endpoint.port).into()).with_context(failed)?;
            let port = first.local_addr()?.port();
            let mut listeners = vec![first];
            // Browsers try either; a machine without IPv6 does with the one.
            listeners.extend(bind((Ipv6Addr::LOCALHOST, port).into()).ok());
            return Ok(Self { endpoint: Endpoint { port, ..endpoint.clone() }, listeners });
        }
        let address = (endpoint.host.as_str(), endpoint.port)
            .to_socket_addrs()
            .with_context(failed)?
            .next()
            .with_context(|| format!("{endpoint} names no address"))?;
        let listener = bind(address).with_context(failed)?;
        let port = listener.local_addr()?.port();
        Ok(Self { endpoint: Endpoint { port, ..endpoint.clone() }, listeners: vec![listener] })
    }

    /// Whether only this machine can reach it.
    pub fn is_loopback(&self) -> bool {
        self.listeners.iter().all(|it| it.local_addr().is_ok_and(|address| is_loopback(address.ip())))
    }
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}
