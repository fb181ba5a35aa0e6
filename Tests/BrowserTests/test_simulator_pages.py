"""The simulator's QR page, alone and embedded by wxLogin.js, and its own page, in a real browser."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

from one_page_site import one_page_site
from phone import DESKTOP

SITE = "wx00000000000000f6"

EMBEDDING = """<!doctype html><title>shop</title><div id="login"></div>
<script src="{simulator}/connect/zh_CN/htmledition/js/wxLogin.js"></script>
<script>
new WxLogin({{id: "login", appid: "{app}", scope: "snsapi_login", redirect_uri: encodeURIComponent("{callback}"),
  state: "s1", self_redirect: {inside}, onReady: () => document.body.dataset.ready = "yes",
  onQRcodeReady: () => document.body.dataset.code = "yes"}});
</script>"""


@pytest.fixture
def website(demo, simulator):
    """A website app at the simulator, and where the simulator is."""
    url = f"{demo.simulator_url}/simulator/apps/{SITE}"
    requests.put(url, json={"kind": "website", "displayName": "书店", "secret": "x"}, timeout=10).raise_for_status()
    yield demo.simulator_url
    requests.delete(url, timeout=10).raise_for_status()


def scan(simulator_url, action="confirm", user="alice"):
    """Does with a phone what the newest waiting code asks for."""
    home = requests.get(simulator_url, timeout=10).text
    uuid = home.partition("/connect/confirm?uuid=")[2].partition('"')[0]
    requests.post(f"{simulator_url}/simulator/qrconnect/{action}", json={"uuid": uuid, "user": user},
                  timeout=10).raise_for_status()


def switches(simulator_url):
    return requests.get(simulator_url + "/simulator/behaviour", timeout=10).json()


def address(simulator_url, callback, extra=""):
    return (f"{simulator_url}/connect/qrconnect?appid={SITE}&redirect_uri={quote(callback, safe='')}"
            f"&response_type=code&scope=snsapi_login&state=s1{extra}#wechat_redirect")


def test_the_page_goes_to_the_callback_when_a_phone_agrees(phone, website):
    with one_page_site() as site:
        site.page = "<p id=back>back</p>"
        desktop = phone(user_agent=DESKTOP, size=(1280, 800))
        desktop.open(address(website, site.url + "/cb"))
        desktop.shoot("simulator-qr-desktop")
        scan(website, "scan")
        desktop.wait_for(lambda: desktop.text("#info") == "扫描成功，请在手机上确认。", "the page should tell of the scan")
        scan(website)
        desktop.wait_for(lambda: desktop.url.startswith(site.url), "the desktop should be sent back")
        query = parse_qs(urlsplit(desktop.url).query)
        assert query["state"] == ["s1"] and len(query["code"][0]) == 32


def test_the_page_says_that_the_phone_refused(phone, website):
    desktop = phone(user_agent=DESKTOP, size=(360, 640), languages="en")
    desktop.open(address(website, "http://127.0.0.1:9/cb", "&lang=en"))
    desktop.shoot("simulator-qr-small")
    scan(website, "refuse")
    desktop.wait_for(lambda: desktop.text("#info").startswith("Refused."), "the page should tell of the refusal")


@pytest.mark.parametrize("inside", [True, False])
def test_wxlogin_embeds_the_page_and_goes_back_inside_or_outside(phone, website, inside):
    with one_page_site() as site:
        site.page = EMBEDDING.format(
            simulator=website, app=SITE, callback=site.url + "/cb", inside=str(inside).lower())
        desktop = phone(user_agent=DESKTOP, size=(1280, 800))
        desktop.open(site.url)
        desktop.wait_for(lambda: desktop.run("return document.body.dataset.code") == "yes", "onQRcodeReady should come")
        # The callback shows itself, whoever frames it.
        site.page = "<p id=back>back</p>"
        scan(website)
        if inside:
            frame = desktop.driver.find_element("css selector", "#login iframe")
            desktop.driver.switch_to.frame(frame)
            desktop.wait_for(lambda: desktop.is_shown("#back"), "the callback should load in the frame")
            desktop.driver.switch_to.default_content()
            assert desktop.url.rstrip("/") == site.url
        else:
            desktop.wait_for(lambda: "/cb?code=" in desktop.url, "the callback should load in the whole window")


def test_a_person_can_scan_and_change_switches_by_hand(phone, website):
    requests.get(address(website, "http://127.0.0.1:9/cb"), timeout=10).raise_for_status()
    hand = phone(size=(360, 640))
    hand.open(website)
    hand.shoot("simulator-home")
    hand.tap("#codes a.button")
    hand.wait_for(lambda: hand.is_shown("button[value=allow]"), "the phone should ask")
    hand.shoot("simulator-question")
    hand.tap("button[value=allow]")
    hand.wait_for(lambda: hand.text("h1") == "已登录", "the phone should say that the desktop is signed in")
    hand.open(website)
    hand.type("#s-errorPage", "10009")
    hand.tap("button[value=switches]")
    hand.wait_for(lambda: switches(website).get("errorPage") == 10009, "the switch should be set")
    assert switches(website)["consent"] == "ask"
    hand.tap("button[value=reset]")
    hand.wait_for(lambda: "errorPage" not in switches(website), "the switches should be reset")
