"""A client in another language: Ruby, with Debian's ruby-openid-connect (openid_client.rb)."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from provider import CALLBACK
from tokens import sign_in, wait_until_expired, with_changed_claim
from visitor import Visitor

CLIENT = Path(__file__).with_name("openid_client.rb")


def start(*arguments):
    # Debian's, whichever other ruby comes first in the PATH.
    ruby = shutil.which("ruby", path="/usr/bin") or pytest.fail("ruby is missing: run bin/setup test", pytrace=False)
    return subprocess.Popen(
        [ruby, str(CLIENT), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, encoding="utf-8")


def finish(process, line):
    try:
        output, errors = process.communicate(line + "\n", timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    return json.loads(output)


def sign_in_with_ruby(provider, user, change=lambda returned: returned, secret="interop-secret-of-the-ruby-site"):
    """What the client learns, or why it refuses. `change` stands between the person's browser and the client."""
    process = start("sign-in", provider.issuer("default"), "ruby", secret, CALLBACK)
    try:
        address = process.stdout.readline().strip()
        assert address.startswith(provider.metadata()["authorization_endpoint"]), address or process.stderr.read()
        returned = change(Visitor(user).sign_in(address, CALLBACK))
    except BaseException:
        process.kill()
        raise
    return finish(process, returned)


def verify(provider, token, client_id, nonce, pool="default"):
    return finish(start("verify", provider.issuer(pool), client_id, nonce), token)


@pytest.fixture(scope="module")
def signed_in(provider):
    return sign_in(provider, "web", user="alice")


def test_a_changed_payload_is_refused(provider, signed_in):
    changed = with_changed_claim(signed_in.id_token, "sub", "somebody-else")
    assert "VerificationFailed" in verify(provider, changed, "web", signed_in.nonce)["error"]


def test_a_wrong_audience_is_refused(provider, signed_in):
    assert "InvalidAudience" in verify(provider, signed_in.id_token, "backend", signed_in.nonce)["error"]


def test_a_wrong_nonce_is_refused(provider, signed_in):
    assert "InvalidNonce" in verify(provider, signed_in.id_token, "web", "another")["error"]


def test_an_expired_token_is_refused(provider):
    token = sign_in(provider, "brief", user="alice")
    wait_until_expired(token.id_token)
    assert "ExpiredToken" in verify(provider, token.id_token, "brief", token.nonce)["error"]


def test_a_token_of_another_pool_is_refused(provider):
    token = sign_in(provider, "other-web", pool="other", user="alice")
    assert verify(provider, token.id_token, "other-web", token.nonce, pool="other")["sub"]
    assert "KidNotFound" in verify(provider, token.id_token, "other-web", token.nonce)["error"]


def test_a_wrong_client_secret_is_refused(provider):
    assert sign_in_with_ruby(provider, "alice", secret="guessed") == {"error": "invalid_client"}


def test_an_unknown_code_is_refused(provider):
    answer = sign_in_with_ruby(provider, "alice", lambda returned: returned.replace("code=", "code=x"))
    assert answer == {"error": "invalid_grant"}


def test_an_answer_of_another_issuer_is_refused(provider):
    answer = sign_in_with_ruby(provider, "alice", lambda returned: returned.replace("iss=http", "iss=https"))
    assert answer == {"error": "Refused: another issuer"}


def test_a_person_signs_in(provider):
    seen = sign_in_with_ruby(provider, "xiaoming")
    assert seen["id_token"]["iss"] == provider.issuer("default") and seen["id_token"]["aud"] == "ruby"
    assert seen["userinfo"]["sub"] == seen["id_token"]["sub"]
    assert seen["userinfo"]["nickname"] == "小明🐧"
