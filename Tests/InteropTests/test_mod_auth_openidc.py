"""Apache httpd with mod_auth_openidc as relying party (apache.py): sign-in, userinfo, both kinds of logout."""

import time
from urllib.parse import quote

import requests

from tokens import claims_of, sign_in
from visitor import Visitor


def claims(apache_site, visitor, **headers):
    """What the protected page learns of a visitor, who signs in on the way if need be."""
    page = visitor.open(apache_site + "/members/page", **headers)
    assert page.status_code == 200, page.text
    return page.json()["claims"]


def is_signed_in(apache_site, visitor):
    """Whether the site knows the visitor, without going to the provider."""
    return visitor.get(apache_site + "/members/page").status_code == 200


def test_a_stranger_is_sent_to_the_provider(apache_site, provider):
    answer = Visitor("alice").get(apache_site + "/members/page")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(provider.metadata()["authorization_endpoint"] + "?")
    assert "code_challenge_method=S256" in answer.headers["Location"]


def test_an_invented_answer_signs_nobody_in(apache_site):
    visitor = Visitor("alice")
    visitor.get(apache_site + "/members/page")
    assert visitor.get(apache_site + "/members/callback?code=invented&state=invented").status_code >= 400
    assert not is_signed_in(apache_site, visitor)


def test_an_answer_for_another_browser_signs_nobody_in(apache_site):
    answer = Visitor("alice").sign_in(apache_site + "/members/page", apache_site + "/members/callback")
    other = Visitor("xiaoming")
    other.get(apache_site + "/members/page")
    assert other.get(answer).status_code >= 400
    assert not is_signed_in(apache_site, other)


def test_a_visitor_cannot_bring_claims(apache_site):
    seen = claims(apache_site, Visitor("alice"), **{"X-OIDC-sub": "somebody-else", "X-OIDC-admin": "yes"})
    assert seen["sub"] != "somebody-else" and "admin" not in seen


def test_the_page_sees_the_claims_of_the_id_token(apache_site, provider):
    seen = claims(apache_site, Visitor("alice"))
    assert seen["iss"] == provider.issuer("default") and seen["aud"] == "apache"
    assert seen["sub"] and seen["sid"]


def test_the_page_sees_the_claims_of_userinfo(apache_site):
    # The names stand at the userinfo endpoint only; Chinese and beyond arrive whole.
    assert claims(apache_site, Visitor("alice"))["name"] == "Alice"
    assert claims(apache_site, Visitor("xiaoming"))["nickname"] == "小明🐧"


def test_an_open_page_needs_nobody(apache_site):
    assert requests.get(apache_site + "/", timeout=10).json() == {"path": "/", "claims": {}}


# RP-initiated logout


def test_logout_at_the_site_ends_the_session_at_the_provider(apache_site):
    visitor = Visitor("alice")
    before = claims(apache_site, visitor)
    page = visitor.open(f"{apache_site}/members/callback?logout={quote(apache_site + '/signed-out')}")
    assert page.url == apache_site + "/signed-out"
    assert not is_signed_in(apache_site, visitor)
    after = claims(apache_site, visitor)
    assert after["sub"] == before["sub"] and after["sid"] != before["sid"]


def test_logout_does_not_lead_to_an_address_that_is_not_registered(apache_site, provider):
    visitor = Visitor("alice")
    claims(apache_site, visitor)
    answer = visitor.get(f"{apache_site}/members/callback?logout={quote(apache_site + '/elsewhere')}")
    assert answer.headers["Location"].startswith(provider.metadata()["end_session_endpoint"] + "?")
    page = visitor.get(answer.headers["Location"])
    assert not page.is_redirect and apache_site not in page.text


# Back-channel logout


def logout_elsewhere(flask_site, visitor):
    """The visitor leaves another site, and thereby the provider."""
    assert visitor.open(flask_site + "/logout").url.startswith(flask_site + "/signed-out")


def becomes_signed_out(apache_site, visitor, within=10):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not is_signed_in(apache_site, visitor):
            return True
        time.sleep(0.05)
    return False


def test_an_id_token_is_no_logout_token(apache_site, provider):
    visitor = Visitor("alice")
    seen = claims(apache_site, visitor)
    token = sign_in(provider, "apache", secret="interop-secret-of-the-apache-site", visitor=visitor).id_token
    assert claims_of(token)["sid"] == seen["sid"]
    answer = requests.post(
        apache_site + "/members/callback?logout=backchannel", data={"logout_token": token}, timeout=10)
    assert answer.status_code == 400
    assert is_signed_in(apache_site, visitor)


def test_logout_elsewhere_ends_the_session_here(apache_site, flask_site):
    visitor = Visitor("alice")
    here, there = claims(apache_site, visitor), visitor.open(flask_site + "/").json()
    assert here["sid"] == there["sid"]
    logout_elsewhere(flask_site, visitor)
    assert becomes_signed_out(apache_site, visitor)


def test_logout_elsewhere_ends_no_other_session(apache_site, flask_site):
    leaving, other_browser, other_person = Visitor("alice"), Visitor("alice"), Visitor("xiaoming")
    for each in (leaving, other_browser, other_person):
        claims(apache_site, each)
    leaving.open(flask_site + "/")
    logout_elsewhere(flask_site, leaving)
    assert becomes_signed_out(apache_site, leaving)
    assert is_signed_in(apache_site, other_browser)
    assert is_signed_in(apache_site, other_person)
