"""Is the simulator a WeChat to social-core's two Weixin backends?"""

from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest
from social_core.backends.weixin import WeixinOAuth2, WeixinOAuth2APP
from social_core.exceptions import AuthCanceled, AuthStateForbidden
from social_core.strategy import BaseStrategy

from simulator import ACCOUNT, CALLBACK, WEBSITE, _simulator, wechat  # noqa: F401

SETTINGS = {
    "SOCIAL_AUTH_WEIXIN_KEY": WEBSITE[0],
    "SOCIAL_AUTH_WEIXIN_SECRET": WEBSITE[1],
    "SOCIAL_AUTH_WEIXINAPP_KEY": ACCOUNT[0],
    "SOCIAL_AUTH_WEIXINAPP_SECRET": ACCOUNT[1],
    "SOCIAL_AUTH_WEIXINAPP_SCOPE": ["snsapi_userinfo"],
    "SOCIAL_AUTH_WEIXINAPP_IGNORE_DEFAULT_SCOPE": True,
    "SOCIAL_AUTH_PIPELINE": (
        "social_core.pipeline.social_auth.social_details",
        "social_core.pipeline.social_auth.social_uid",
        "test_simulator_social_core.as_user",
    ),
}


def as_user(details, uid, response, **_):
    """The last step of a sign-in: no database, just what is known."""
    return {"user": SimpleNamespace(uid=uid, response=response, **details)}


class Site(BaseStrategy):
    """A site as far as social-core needs one."""

    def __init__(self):
        super().__init__(storage=SimpleNamespace(user=None))
        self.session, self.data = {}, {}

    def get_setting(self, name):
        return SETTINGS[name]

    def session_get(self, name, default=None):
        return self.session.get(name, default)

    def session_set(self, name, value):
        self.session[name] = value

    def session_pop(self, name):
        return self.session.pop(name, None)

    def request_data(self, merge=True):
        return self.data

    def get_pipeline(self, backend=None):
        return SETTINGS["SOCIAL_AUTH_PIPELINE"]

    def build_absolute_uri(self, path=None):
        return path

    def complete(self, backend, address):
        assert address.startswith(CALLBACK)
        self.data = backend.data = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
        return backend.auth_complete()


@pytest.mark.parametrize("user, nickname", [("xiaoming", "小明🐧"), ("alice", "Alice")])
def test_a_website_signs_people_in_by_qr_code(wechat, user, nickname):
    site = Site()
    backend = WeixinOAuth2(site, CALLBACK)
    person = site.complete(backend, wechat.scan(backend.auth_url(), user))
    assert person.username == nickname
    assert person.uid.startswith("o") and len(person.uid) == 28
    assert person.response["unionid"].startswith("o")


def test_a_code_of_a_website_works_once(wechat):
    site = Site()
    backend = WeixinOAuth2(site, CALLBACK)
    address = wechat.scan(backend.auth_url())
    site.complete(backend, address)
    with pytest.raises(AuthCanceled):
        site.complete(backend, address)


def test_a_changed_state_is_noticed(wechat):
    wechat.control("behaviour", "PATCH", stateReturn="appended")
    site = Site()
    backend = WeixinOAuth2(site, CALLBACK)
    with pytest.raises(AuthStateForbidden):
        site.complete(backend, wechat.scan(backend.auth_url()))


def test_an_account_signs_people_in_inside_wechat(wechat):
    # Its parameters are sorted, which happens to be WeChat's order: also a strict WeChat lets it in.
    wechat.control("behaviour", "PATCH", strictPattern=True)
    site = Site()
    backend = WeixinOAuth2APP(site, CALLBACK)
    person = site.complete(backend, wechat.open(backend.auth_url(), "xiaoming"))
    assert person.username == "小明🐧"


def test_the_same_person_has_one_unionid_at_both(wechat):
    site = Site()
    website, account = WeixinOAuth2(site, CALLBACK), WeixinOAuth2APP(site, CALLBACK)
    first = site.complete(website, wechat.scan(website.auth_url(), "alice"))
    second = site.complete(account, wechat.open(account.auth_url(), "alice"))
    assert first.response["unionid"] == second.response["unionid"]
    assert first.uid != second.uid
