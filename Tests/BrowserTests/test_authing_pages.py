"""Authing's own SDK builds in a real browser: answers in the query, and popups that tell the page which opened them."""

import base64
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from authing_pages import LEGACY, OPENER
from demo import Simulator
from one_page_site import one_page_site
from phone import DESKTOP
from public_url import LocalhostProvider

# localhost is the provider's site; 127.0.0.1 that of the simulator and of both pages.
CONFIGURATION = """\
public_url: http://localhost:{port}
listen: 127.0.0.1:{port}
ops_listen: 127.0.0.1:{ops_port}
wechat:
  open_url: http://127.0.0.1:{simulator_port}
  api_url: http://127.0.0.1:{simulator_port}
pools:
  - id: default
    name: 青禾书店
    compatibility: {{authing: {{enabled: true}}}}
    connections:
      - identifier: wechat-mp
        kind: official_account
        app_id: wx00000000000000a1
        app_secret: 000000000000000000000000000000a1
        callback_url: "#"
      - identifier: wechat-old
        kind: official_account
        app_id: wx00000000000000b2
        app_secret: 000000000000000000000000000000b2
        callback_url: SHOP/auth/callback?keep=1
        legacy_query_response: true
    applications:
      - client_id: web
        redirect_uris: [SHOP/auth/callback]
        connections: [wechat-mp]
      - client_id: third
        first_party: false
        redirect_uris: [SHOP/third/callback]
        connections: [wechat-mp]
      - client_id: old
        redirect_uris: [SHOP/auth/callback?keep=1]
        connections: [wechat-old]
"""


@pytest.fixture(scope="module")
def shop():
    with one_page_site() as site:
        yield site


@pytest.fixture(scope="module")
def attacker():
    with one_page_site() as site:
        yield site


@pytest.fixture(scope="module")
def provider(shop, tmp_path_factory):
    provider = LocalhostProvider(tmp_path_factory.mktemp("authing"), CONFIGURATION.replace("SHOP", shop.url))
    yield provider
    provider.stop()


@pytest.fixture
def simulator(provider):
    simulator = Simulator(provider.simulator_url)
    simulator.reset()
    return simulator


def start(provider, **parameters):
    identifier = parameters.pop("identifier", "wechat-mp")
    return f"{provider.url}/connections/social/{identifier}?{urlencode(parameters)}"


# Answers in the query

def answer_of(visitor, shop, url):
    visitor.open(url)
    visitor.reach_consent()
    visitor.allow()
    visitor.wait_for(lambda: visitor.url.startswith(shop.url), "the page should get an answer")
    return json.loads(visitor.text("#answer"))


@pytest.mark.parametrize("build, member, user, name", [
    (1, "userinfo", "html", "<script>alert(1)</script>\"'&<b>"),
    (5, "userInfo", "emoji-only", "👨‍👩‍👧‍👦🏳️‍🌈"),
])
def test_an_old_build_reads_its_visitor(provider, simulator, shop, any_phone, build, member, user, name):
    simulator.behave(defaultUser=user)
    shop.page = LEGACY.format(build=build)
    visitor = any_phone()
    answer = answer_of(visitor, shop, start(provider, identifier="wechat-old", app_id="old"))
    assert answer["ok"] is True and answer["message"]
    assert answer[member]["nickname"] == name and answer[member]["token"].count(".") == 2
    query = parse_qs(urlsplit(visitor.url).query)
    assert query["keep"] == ["1"] and "undefined" not in visitor.url and "+" not in visitor.url
    assert json.loads(query["data"][0]) == answer[member]


@pytest.mark.parametrize("build, member", [(1, "userinfo"), (5, "userInfo")])
def test_an_old_build_reads_a_refusal(provider, simulator, shop, any_phone, build, member):
    simulator.behave(defaultUser="stranger", refusal="authDeny")
    shop.page = LEGACY.format(build=build)
    visitor = any_phone()
    visitor.open(start(provider, identifier="wechat-old", app_id="old"))
    visitor.reach_consent()
    visitor.refuse()
    visitor.wait_for(lambda: visitor.url.startswith(shop.url), "the page should get an answer")
    answer = json.loads(visitor.text("#answer"))
    assert answer["ok"] is False and "取消" in answer["message"] and answer[member] is None


def test_an_old_build_at_a_page_that_nobody_answered(shop, any_phone):
    """Nothing in the address: no error, and nobody is signed in."""
    visitor = any_phone()
    for build, ok in [(1, False), (5, None)]:
        shop.page = LEGACY.format(build=build)
        visitor.open(shop.url + "/auth/callback")
        answer = json.loads(visitor.text("#answer"))
        assert answer["ok"] is ok and answer["message"] is None and "threw" not in answer


# Popups

def open_popup(visitor, site, url):
    """The tap on a page of `site`; returns when there was a popup, which may be closed already."""
    site.page = OPENER.format(start=json.dumps(url))
    visitor.open(site.url + "/page")
    visitor.tap("#sign-in")
    visitor.wait_for(lambda: visitor.run("return Boolean(window.popup)"), "a popup should open")


def look_at_popup(visitor):
    """Goes to the popup's window; the other one is returned."""
    own = visitor.driver.current_window_handle
    visitor.driver.switch_to.window(next(handle for handle in visitor.driver.window_handles if handle != own))
    return own


def signed_in(any_phone, simulator, provider, shop, **options):
    """A visitor with a session. What opens as a popup is a browser outside WeChat, as the main window's User-Agent is
    not its own."""
    simulator.behave(defaultUser="alice")
    visitor = any_phone(**options)
    shop.page = LEGACY.format(build=1)
    visitor.open(start(provider, app_id="web"))
    visitor.wait_for(lambda: visitor.marker == "sign-in" or visitor.url.startswith(shop.url), "a page should come")
    if visitor.marker == "sign-in":
        visitor.reach_consent()
        visitor.allow()
    visitor.wait_for(lambda: visitor.url.startswith(shop.url), "the page should get an answer")
    return visitor


def wait_until_closed(visitor):
    visitor.wait_for(lambda: visitor.run("return window.popup.closed"), "the popup should close itself")


def claims_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def test_a_popup_tells_the_page_that_opened_it(provider, simulator, shop, any_phone):
    visitor = signed_in(any_phone, simulator, provider, shop, size=(1280, 800))
    open_popup(visitor, shop, start(provider, app_id="web", from_guard="1", protocol="oidc", uuid="1"))
    wait_until_closed(visitor)
    visitor.wait_for(lambda: visitor.text("#signed-in"), "the page should know its visitor")
    heard = json.loads(visitor.text("#heard"))
    assert [message["origin"] for message in heard] == [provider.url]
    assert set(heard[0]["data"]) == {"code", "message", "data", "event"}
    assert visitor.text("#signed-in") == heard[0]["data"]["data"]["nickname"] == "Alice"
    claims = claims_of(heard[0]["data"]["data"]["token"])
    assert claims["aud"] == "web" and claims["data"]["id"] == claims["sub"]


def test_a_page_of_another_origin_hears_nothing(provider, simulator, shop, attacker, any_phone):
    """The person is signed in, so that nothing is asked; the answer stays in the popup all the same."""
    visitor = signed_in(any_phone, simulator, provider, shop, size=(1280, 800))
    for parameters in [{}, {"redirect_url": shop.url + "/auth/callback"}]:
        open_popup(visitor, attacker, start(provider, app_id="web", from_guard="1", **parameters))
        wait_until_closed(visitor)
        # Its own message comes behind anything that the popup could have sent.
        visitor.run("window.postMessage({ event: { source: 'itself' } }, '*')")
        visitor.wait_for(lambda: visitor.text("#heard"), "the page should hear itself")
        heard = json.loads(visitor.text("#heard"))
        assert [message["data"]["event"]["source"] for message in heard] == ["itself"]
        assert visitor.text("#signed-in") == ""
    open_popup(
        visitor, attacker, start(provider, app_id="web", from_guard="1", redirect_url=attacker.url + "/page"))
    look_at_popup(visitor)
    visitor.wait_for_page("redirect-not-allowed")


def test_a_popup_tells_that_the_person_cancelled(provider, simulator, shop, any_phone):
    visitor = signed_in(any_phone, simulator, provider, shop, size=(1280, 800))
    open_popup(visitor, shop, start(provider, app_id="third", from_guard="1", lang="zh-CN"))
    own = look_at_popup(visitor)
    visitor.wait_for_page("confirm")
    visitor.tap("button[value=deny]")
    visitor.driver.switch_to.window(own)
    wait_until_closed(visitor)
    visitor.wait_for(lambda: visitor.text("#failed"), "the page should be told why not")
    assert visitor.text("#failed") == "403 你已取消登录。" and visitor.text("#signed-in") == ""


def test_without_an_opener_the_page_can_be_read(provider, simulator, shop, any_phone):
    """Somebody opens the address itself: nothing to tell, nothing to close, and no token left in the page."""
    visitor = signed_in(any_phone, simulator, provider, shop)
    visitor.impersonate(DESKTOP)
    visitor.open(start(provider, app_id="web", from_guard="1"))
    visitor.wait_for_page("popup-done")
    visitor.shoot("popup-done")
    assert "请手动关闭" in visitor.text("p.text")
    assert visitor.count("meta[name=wxidp-message]") == visitor.count("meta[name=wxidp-target]") == 0
    assert visitor.run("return document.documentElement.outerHTML.includes('eyJ')") is False


def test_inside_wechat_the_window_itself_goes_back(provider, simulator, shop, any_phone):
    visitor = signed_in(any_phone, simulator, provider, shop)
    visitor.open(start(provider, app_id="web", from_guard="1"))
    visitor.wait_for(lambda: visitor.url.startswith(shop.url), "the page should get an answer")
    answer = {name: values[0] for name, values in parse_qs(urlsplit(visitor.url).fragment).items()}
    assert answer["code"] == "200" and json.loads(answer["data"])["nickname"] == "Alice"
