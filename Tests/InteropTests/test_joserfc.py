"""joserfc: an ID token verifies through the key set of discovery, with a registry that knows RS256 and nothing else."""

import time

import pytest
import requests
from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, InvalidClaimError, InvalidKeyIdError
from joserfc.errors import UnsupportedAlgorithmError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from tokens import sign_in, with_changed_claim


def key_set(provider, pool="default"):
    return KeySet.import_key_set(requests.get(provider.metadata(pool)["jwks_uri"], timeout=10).json())


def verify(provider, token, audience, pool="default", now=None, algorithms=("RS256",)):
    decoded = jwt.decode(token, key_set(provider, pool), registry=JWSRegistry(algorithms=list(algorithms)))
    jwt.JWTClaimsRegistry(
        now=now, iss={"essential": True, "value": provider.issuer(pool)},
        aud={"essential": True, "value": audience}, sub={"essential": True}, exp={"essential": True},
        iat={"essential": True}).validate(decoded.claims)
    return decoded


@pytest.fixture(scope="module")
def signed_in(provider):
    return sign_in(provider, "web", user="alice")


def test_a_changed_payload_is_refused(provider, signed_in):
    with pytest.raises(BadSignatureError):
        verify(provider, with_changed_claim(signed_in.id_token, "sub", "somebody-else"), "web")


def test_a_wrong_audience_is_refused(provider, signed_in):
    with pytest.raises(InvalidClaimError, match="aud"):
        verify(provider, signed_in.id_token, "backend")


def test_an_access_token_is_no_id_token(provider, signed_in):
    with pytest.raises(InvalidClaimError, match="aud"):
        verify(provider, signed_in.access_token, "web")


def test_an_expired_token_is_refused(provider, signed_in):
    expiry = verify(provider, signed_in.id_token, "web").claims["exp"]
    assert expiry > time.time()
    with pytest.raises(ExpiredTokenError):
        verify(provider, signed_in.id_token, "web", now=expiry + 1)


def test_a_token_of_another_pool_is_refused(provider):
    token = sign_in(provider, "other-web", pool="other", user="alice").id_token
    assert verify(provider, token, "other-web", pool="other")
    with pytest.raises(InvalidKeyIdError):
        verify(provider, token, "other-web")
    # Tried with every key of the default pool, whatever its name.
    for key in key_set(provider).keys:
        with pytest.raises(BadSignatureError):
            jwt.decode(token, key, algorithms=["RS256"])


def test_a_registry_without_our_algorithm_refuses(provider, signed_in):
    with pytest.raises(UnsupportedAlgorithmError):
        verify(provider, signed_in.id_token, "web", algorithms=("ES256",))


def test_an_id_token_verifies(provider, signed_in):
    token = verify(provider, signed_in.id_token, "web")
    assert token.claims["nonce"] == signed_in.nonce
    assert token.header["alg"] == "RS256" and token.header["typ"] == "JWT"
