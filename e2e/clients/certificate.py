"""Makes a key with a self-signed certificate, in the forms in which the client libraries want them."""

import datetime
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A tool of a partner")])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder()
    .subject_name(name)
    .issuer_name(name)
    .public_key(key.public_key())
    .serial_number(x509.random_serial_number())
    .not_valid_before(now - datetime.timedelta(days=1))
    .not_valid_after(now + datetime.timedelta(days=30))
    .sign(key, hashes.SHA256())
)
private = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
print(
    json.dumps(
        {
            "key": private.decode(),
            "pem": certificate.public_bytes(serialization.Encoding.PEM).decode(),
            "sha1": certificate.fingerprint(hashes.SHA1()).hex(),
            "sha256": certificate.fingerprint(hashes.SHA256()).hex(),
        }
    )
)
