//! Whom a connection over TLS believes.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use entente_app::wiring::FetchError;
use entente_delivery::Http;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{Names, PATIENCE, PRIVATE, get};

/// A server that answers every connection over TLS as `name`, with the PEM of what has to be trusted for it.
fn serve(name: &str, times: usize) -> (SocketAddr, String) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming().take(times) {
            let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream.unwrap());
            // A client that does not believe us goes away, which is what some of the tests are about.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            let _ = stream.flush();
        }
    });
    (address, made.cert.pem())
}

fn client(to: SocketAddr, trusted: Option<&str>) -> Http {
    Http::with(PRIVATE, trusted, PATIENCE, Names::new(&[&[to]])).unwrap()
}

#[test]
fn a_certificate_has_to_be_trusted_and_for_this_name() {
    let (to, pem) = serve("login.example", 3);
    let url = |host: &str| format!("https://{host}:{}/", to.port());
    assert_eq!(get(&client(to, Some(&pem)), &url("login.example")).unwrap().body(), b"ok");
    assert!(matches!(get(&client(to, None), &url("login.example")), Err(FetchError::Tls(_))));
    assert!(matches!(get(&client(to, Some(&pem)), &url("other.example")), Err(FetchError::Tls(_))));
}

#[test]
fn authorities_to_trust_have_to_be_pem() {
    let broken = "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n";
    assert!(Http::new(PRIVATE, Some(broken)).is_err());
}
