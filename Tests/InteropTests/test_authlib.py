"""Authlib, as client and as verifier."""

import time

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import BadSignatureError, ExpiredTokenError, InvalidClaimError
from authlib.oidc.core import CodeIDToken

from provider import CALLBACK
from tokens import sign_in, with_changed_claim
from visitor import Visitor


def verify(provider, token, client_id, nonce=None, access_token=None, pool="default", now=None):
    metadata = provider.metadata(pool)
    keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
    claims = JsonWebToken(["RS256"]).decode(
        token, keys, claims_cls=CodeIDToken,
        claims_options={
            "iss": {"essential": True, "value": provider.issuer(pool)},
            "aud": {"essential": True, "value": client_id},
        },
        claims_params={"nonce": nonce, "client_id": client_id, "access_token": access_token})
    claims.validate(now=now)
    return claims


@pytest.fixture(scope="module")
def signed_in(provider):
    return sign_in(provider, "backend", user="alice", secret="interop-secret-of-the-back-end")


def test_a_changed_payload_is_refused(provider, signed_in):
    with pytest.raises(BadSignatureError):
        verify(provider, with_changed_claim(signed_in.id_token, "sub", "somebody-else"), "backend")


def test_a_wrong_audience_is_refused(provider, signed_in):
    with pytest.raises(InvalidClaimError):
        verify(provider, signed_in.id_token, "web")


def test_a_wrong_nonce_is_refused(provider, signed_in):
    with pytest.raises(InvalidClaimError):
        verify(provider, signed_in.id_token, "backend", nonce="another")


def test_an_expired_token_is_refused(provider, signed_in):
    expiry = verify(provider, signed_in.id_token, "backend")["exp"]
    with pytest.raises(ExpiredTokenError):
        verify(provider, signed_in.id_token, "backend", now=expiry + 1)
    assert expiry > time.time()


def test_a_token_of_another_pool_is_refused(provider):
    token = sign_in(provider, "other-web", pool="other", user="alice").id_token
    assert verify(provider, token, "other-web", pool="other")
    with pytest.raises(ValueError, match="(?i)key"):
        verify(provider, token, "other-web")


@pytest.fixture
def answered(provider):
    """A client that holds an answer with a code, not exchanged yet."""
    metadata = provider.metadata()
    client = OAuth2Session("web", scope="openid", redirect_uri=CALLBACK, code_challenge_method="S256",
                           token_endpoint_auth_method="none")
    address, _ = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier="v" * 43)
    answer = Visitor("alice").sign_in(address, CALLBACK)
    return lambda verifier: client.fetch_token(
        metadata["token_endpoint"], authorization_response=answer, code_verifier=verifier)


def test_a_code_needs_its_verifier(answered):
    with pytest.raises(OAuthError) as refused:
        answered("w" * 43)
    assert refused.value.error == "invalid_grant"


def test_a_code_works_once(answered):
    assert answered("v" * 43)["id_token"]
    with pytest.raises(OAuthError) as refused:
        answered("v" * 43)
    assert refused.value.error == "invalid_grant"


def test_the_client_signs_in_and_the_token_verifies(provider, signed_in):
    claims = verify(provider, signed_in.id_token, "backend", signed_in.nonce, signed_in.access_token)
    assert claims["sub"] and claims["nonce"] == signed_in.nonce


def test_the_access_token_opens_userinfo(provider, signed_in):
    answer = signed_in.session.get(provider.metadata()["userinfo_endpoint"], timeout=10)
    assert answer.status_code == 200
    assert answer.json()["sub"] == verify(provider, signed_in.id_token, "backend")["sub"]
    assert answer.json()["name"] == "Alice"
    refused = requests.get(
        provider.metadata()["userinfo_endpoint"], timeout=10,
        headers={"Authorization": "Bearer " + with_changed_claim(signed_in.access_token, "sub", "x")})
    assert refused.status_code == 401
