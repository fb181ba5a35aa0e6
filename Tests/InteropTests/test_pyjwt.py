"""PyJWT with its `PyJWKClient`: our tokens verify through discovery alone, and nothing else does."""

import time

import jwt
import pytest

from tokens import sign_in, with_changed_claim


def verify(provider, token, audience, pool="default", leeway=0):
    """What the back end of an application does, with nothing but the issuer's address and its own client_id."""
    metadata = provider.metadata(pool)
    key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
    return jwt.decode(
        token, key.key, algorithms=metadata["id_token_signing_alg_values_supported"], audience=audience,
        issuer=provider.issuer(pool), leeway=leeway, options={"require": ["exp", "iat", "iss", "aud", "sub"]})


@pytest.fixture(scope="module")
def signed_in(provider):
    return sign_in(provider, "web")


def test_a_changed_payload_is_refused(provider, signed_in):
    changed = with_changed_claim(signed_in.id_token, "sub", "somebody-else")
    with pytest.raises(jwt.InvalidSignatureError):
        verify(provider, changed, "web")


def test_a_wrong_audience_is_refused(provider, signed_in):
    with pytest.raises(jwt.InvalidAudienceError):
        verify(provider, signed_in.id_token, "backend")


def test_an_access_token_is_no_id_token(provider, signed_in):
    with pytest.raises(jwt.InvalidAudienceError):
        verify(provider, signed_in.access_token, "web")


def test_an_expired_token_is_refused(provider):
    token = sign_in(provider, "brief").id_token
    # It is good in all other respects, as this shows whatever the time is.
    expiry = verify(provider, token, "brief", leeway=3600)["exp"]
    while time.time() <= expiry:
        time.sleep(0.05)
    with pytest.raises(jwt.ExpiredSignatureError):
        verify(provider, token, "brief")


def test_a_token_of_another_pool_is_refused(provider):
    token = sign_in(provider, "other-web", pool="other").id_token
    assert verify(provider, token, "other-web", pool="other")["iss"] == provider.issuer("other")
    # Neither by a verifier of the default pool …
    with pytest.raises(jwt.PyJWKClientError):
        verify(provider, token, "other-web")
    # … nor by one that tries its keys without looking at the name.
    for key in jwt.PyJWKClient(provider.metadata()["jwks_uri"]).get_signing_keys():
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(token, key.key, algorithms=["RS256"], audience="other-web")
    # Its right key would not help: the issuer is another.
    right = jwt.PyJWKClient(provider.metadata("other")["jwks_uri"]).get_signing_key_from_jwt(token)
    with pytest.raises(jwt.InvalidIssuerError):
        jwt.decode(token, right.key, algorithms=["RS256"], audience="other-web", issuer=provider.issuer("default"))


def test_pools_share_no_key(provider):
    sets = [
        {key.key_id for key in jwt.PyJWKClient(provider.metadata(pool)["jwks_uri"]).get_signing_keys()}
        for pool in ("default", "other")
    ]
    assert sets[0] and sets[1] and not sets[0] & sets[1]


def test_a_token_verifies_through_discovery(provider, signed_in):
    claims = verify(provider, signed_in.id_token, "web")
    assert claims["nonce"] == signed_in.nonce
    # The name is at the userinfo endpoint; a token that travels further than it should tells nobody who it is.
    assert "name" not in claims
    assert jwt.get_unverified_header(signed_in.id_token)["alg"] == "RS256"


def test_the_same_person_is_the_same_subject_in_every_application(provider, signed_in):
    again = verify(provider, sign_in(provider, "backend", secret="interop-secret-of-the-back-end").id_token, "backend")
    assert again["sub"] == verify(provider, signed_in.id_token, "web")["sub"]


def test_the_same_person_is_another_subject_in_another_pool(provider, signed_in):
    other = verify(provider, sign_in(provider, "other-web", pool="other").id_token, "other-web", pool="other")
    assert other["sub"] != verify(provider, signed_in.id_token, "web")["sub"]
