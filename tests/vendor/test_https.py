"""The same over TLS: the certificate is checked before a byte of a request leaves."""

from __future__ import annotations

import datetime
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from generations.vendor import errors, wire
from generations.vendor.client import FlowClient

from .peer import JOB, TOKEN, Peer, answer

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 500


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a peer")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "peer.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    wire.tls.cache_clear()
    yield
    wire.tls.cache_clear()


def test_a_certificate_nobody_vouches_for_gets_nothing(tls):
    with Peer(answer(201, {"jobid": JOB}), tls=tls) as peer:
        with pytest.raises(errors.NotSent):
            FlowClient(peer.base, TOKEN).send_video({"prompt": "x"})
        with pytest.raises(errors.ReadFailed):
            FlowClient(peer.base, TOKEN).accounts(tries=1)
    assert peer.heard == []


def test_a_certificate_for_another_name_gets_nothing(tls, trusted):
    with Peer(answer(201, {"jobid": JOB}), tls=tls) as peer, pytest.raises(errors.NotSent):
        FlowClient(peer.base.replace("127.0.0.1", "localhost"), TOKEN).send_video({"prompt": "x"})
    assert peer.heard == []


def test_sending_asking_and_fetching_work_over_tls(tls, trusted):
    acts = answer(201, {"jobid": JOB}), answer(200, {}), answer(200, PNG, kind="image/png")
    with Peer(*acts, tls=tls) as peer:
        client = FlowClient(peer.base, TOKEN)
        assert client.send_video({"prompt": "x"}).job_id == JOB
        assert client.accounts() == {}
        assert client.download(f"{peer.origin}/1", lambda piece: None).bytes == len(PNG)
