"""Authlib's Flask client, as a site that runs on loopback (flask_site.py)."""

from urllib.parse import parse_qs, urlencode, urlsplit

from visitor import Visitor


def callback(flask_site, visitor):
    """The parameters that a visitor would bring back to the site, not delivered yet."""
    return {name: values[0] for name, values in
            parse_qs(urlsplit(visitor.sign_in(flask_site + "/login", flask_site + "/callback")).query).items()}


def test_a_state_of_somebody_else_is_refused(flask_site):
    answer = callback(flask_site, Visitor("alice"))
    refused = Visitor("xiaoming").open(f"{flask_site}/callback?{urlencode(answer)}")
    assert (refused.status_code, refused.json()) == (403, {"error": "mismatching_state"})


def test_a_code_of_somebody_else_is_refused(flask_site):
    victim, attacker = Visitor("alice"), Visitor("xiaoming")
    stolen = callback(flask_site, victim)["code"]
    # The attacker's own state, so that only the verifier of PKCE is left to tell the difference.
    answer = dict(callback(flask_site, attacker), code=stolen)
    refused = attacker.open(f"{flask_site}/callback?{urlencode(answer)}")
    assert (refused.status_code, refused.json()) == (403, {"error": "invalid_grant"})


def test_a_person_signs_in(flask_site):
    home = Visitor("alice").open(flask_site + "/")
    assert home.status_code == 200
    assert home.json()["sub"] and home.json()["refreshed"] == 0


def test_userinfo_tells_of_the_same_person(flask_site):
    visitor = Visitor("alice")
    signed_in = visitor.open(flask_site + "/").json()
    profile = visitor.open(flask_site + "/profile").json()
    assert profile["sub"] == signed_in["sub"]
    assert profile["name"] == "Alice"


def test_an_access_token_about_to_expire_is_refreshed(flask_site):
    visitor = Visitor("alice")
    signed_in = visitor.open(flask_site + "/").json()
    for round in (1, 2):
        # Each needs the refresh token that the one before brought.
        assert visitor.open(flask_site + "/profile").json()["sub"] == signed_in["sub"]
        assert visitor.open(flask_site + "/").json()["refreshed"] == round


def test_two_people_are_two_subjects(flask_site):
    alice, xiaoming = (Visitor(name).open(flask_site + "/").json() for name in ("alice", "xiaoming"))
    assert alice["sub"] != xiaoming["sub"]


def test_logout_ends_the_session_at_the_provider_and_returns_with_the_state(flask_site):
    visitor = Visitor("alice")
    before = visitor.open(flask_site + "/").json()
    answer = visitor.open(flask_site + "/logout")
    assert answer.url.startswith(flask_site + "/signed-out"), answer.text
    assert answer.json() == {"state_is_mine": True}
    after = visitor.open(flask_site + "/").json()
    assert after["sub"] == before["sub"] and after["sid"] != before["sid"]
