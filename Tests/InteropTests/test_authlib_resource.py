"""Authlib's resource protector at a back end (protected_api.py)."""

import pytest
import requests

from protected_api import create_api
from serving import serving
from tokens import sign_in, wait_until_expired, with_changed_claim


@pytest.fixture(scope="module")
def api(provider):
    # Without `resource` in the request, the audience of an access token is the issuer.
    with serving(create_api(provider.issuer("default"), provider.issuer("default"))) as url:
        yield url


@pytest.fixture(scope="module")
def signed_in(provider):
    return sign_in(provider, "web", user="alice")


def ask(api, token, path="/orders"):
    headers = {"Authorization": "Bearer " + token} if token else {}
    return requests.get(api + path, headers=headers, timeout=10)


def assert_refused(response):
    assert (response.status_code, response.json()["error"]) == (401, "invalid_token")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_no_token_is_refused(api):
    assert ask(api, None).status_code == 401


def test_an_id_token_is_refused(api, signed_in):
    assert_refused(ask(api, signed_in.id_token))


def test_an_id_token_is_refused_even_where_its_audience_is_expected(provider, signed_in):
    # A back end that is set to the audience of ID tokens by mistake.
    with serving(create_api(provider.issuer("default"), "web")) as mistaken:
        assert_refused(ask(mistaken, signed_in.id_token))


def test_a_changed_token_is_refused(api, signed_in):
    assert_refused(ask(api, with_changed_claim(signed_in.access_token, "sub", "somebody-else")))


def test_an_expired_token_is_refused(provider, api):
    token = sign_in(provider, "brief", user="alice").access_token
    wait_until_expired(token)
    assert_refused(ask(api, token))


def test_a_token_of_another_pool_is_refused(provider, api):
    token = sign_in(provider, "other-web", pool="other", user="alice").access_token
    with serving(create_api(provider.issuer("other"), provider.issuer("other"))) as other:
        assert ask(other, token).status_code == 200
    assert_refused(ask(api, token))


def test_a_token_for_another_audience_is_refused(provider, signed_in):
    with serving(create_api(provider.issuer("default"), "https://another-api.example.com")) as another:
        assert_refused(ask(another, signed_in.access_token))


def test_a_scope_that_was_not_granted_is_refused(api, signed_in):
    answer = ask(api, signed_in.access_token, "/invoices")
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


def test_an_access_token_is_accepted(api, signed_in):
    answer = ask(api, signed_in.access_token)
    assert answer.status_code == 200
    assert answer.json()["of"] and answer.json()["through"] == "web"
