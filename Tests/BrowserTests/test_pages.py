"""Every page of the provider, in both languages, on the smallest phone, with scripts switched off."""

import re
from urllib.parse import urlencode

import pytest
import requests

from phone import DESKTOP, Phone, SAFARI

# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

LANGUAGES = {"zh-CN": "zh-CN,zh;q=0.9", "en": "en-GB,en;q=0.8"}


@pytest.fixture(scope="module")
def reader():
    """One browser that plays one person after the other."""
    reader = Phone(size=(360, 640), scripts=False)
    yield reader
    violations = reader.policy_violations()
    reader.close()
    assert violations == []


class Visit:
    """Ways to the pages. Nobody allows anything at WeChat unless a way says so, so that everyone stays unknown."""

    def __init__(self, demo, simulator, reader):
        self.demo, self.simulator, self.reader = demo, simulator, reader

    def request(self, **changes):
        """The address of an authorization request; None leaves a parameter out."""
        parameters = {
            "client_id": "demo-shop", "redirect_uri": self.demo.shop(path="/auth/callback"), "response_type": "code",
            "scope": "openid profile", "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        } | changes
        return f"{self.demo.provider}/oidc/auth?" + urlencode({k: v for k, v in parameters.items() if v is not None})

    def open(self, **changes):
        self.reader.open(self.request(**changes))

    def fail(self, count=1, **fault):
        """The silent exchange meets trouble."""
        self.simulator.fail_next("exchange", count=count, **fault)
        self.open()

    def error(self, number, count=1):
        self.fail(count=count, kind="error", number=number)

    def callback(self, **parameters):
        self.reader.open(f"{self.demo.provider}/connections/wechat/callback?" + urlencode(parameters))

    def lose_the_cookie(self):
        self.reader.reach_consent()
        self.reader.forget_cookies()
        self.reader.allow()

    def from_another_browser(self):
        self.simulator.behave(userAgentGate=True)
        self.reader.become(SAFARI, LANGUAGES[self.language], dark=self.language == "en")
        self.open()

    def on_the_snapshot_page(self):
        self.simulator.behave(snapshot="always", snapshotDelivery="redirect")
        self.open()
        self.reader.tap(Phone.MAIN)

    def without_the_cookie(self):
        self.open()
        self.lose_the_cookie()

    def cancelled_without_the_cookie(self):
        self.simulator.behave(refusal="authDeny")
        self.open()
        self.reader.reach_consent()
        self.reader.forget_cookies()
        self.reader.refuse()

    def without_cookies(self):
        self.without_the_cookie()
        self.reader.tap(Phone.MAIN)
        self.lose_the_cookie()

    def back_to_a_finished_sign_in(self):
        # A person who is nobody else's in these tests: this one ends signed in, and so known.
        self.simulator.behave(defaultUser="escaped-nul")
        self.open(prompt="login")
        beginning = self.reader.attribute(Phone.MAIN, "href")
        self.reader.tap(Phone.MAIN)
        self.reader.allow()
        self.reader.wait_for(lambda: "code=" in self.reader.url, "the shop should get a code")
        code = re.search(r"[?&]code=([^&]+)", self.reader.url).group(1)
        spent = requests.post(f"{self.demo.provider}/oidc/token", timeout=10, data={
            "grant_type": "authorization_code", "client_id": "demo-shop", "code": code, "code_verifier": VERIFIER,
            "redirect_uri": self.demo.shop(path="/auth/callback")})
        assert spent.status_code == 200, spent.text
        self.reader.open(beginning)


NO_STATE = "0" * 32

# All but internal-error, which is in test_storage_trouble.py; confirm and ask-profile are in test_consent.py.
# marker: (HTTP status, whether there is something to press, the way there)
PAGES = {
    "sign-in": (200, True, lambda visit: visit.open()),
    "sign-in-again": (200, True, lambda visit: visit.open(prompt="login")),
    "open-in-wechat": (200, True, Visit.from_another_browser),
    "snapshot": (200, False, Visit.on_the_snapshot_page),
    "one-more-tap": (400, True, Visit.without_the_cookie),
    "cookies-blocked": (400, False, Visit.without_cookies),
    "refused": (200, False, Visit.cancelled_without_the_cookie),
    "code-refused": (400, True, lambda visit: visit.error(40163)),
    "already-finished": (200, False, Visit.back_to_a_finished_sign_in),
    "start-again": (400, False, lambda visit: visit.callback(code="x", state=NO_STATE)),
    "unknown-client": (400, False, lambda visit: visit.open(client_id="nobody")),
    "redirect-not-allowed": (400, False, lambda visit: visit.open(redirect_uri="https://evil.example/cb")),
    "bad-request": (400, False, lambda visit: visit.callback(code="<script>", state=NO_STATE)),
    "not-found": (404, False, lambda visit: visit.reader.open(visit.demo.provider + "/nowhere")),
    # -1 is an answer, so it is asked again twice.
    "wechat-busy": (503, True, lambda visit: visit.error(-1, count=3)),
    "wechat-slow": (504, True, lambda visit: visit.fail(kind="slow", seconds=6)),
    "wechat-unreadable": (502, True, lambda visit: visit.fail(kind="badGateway")),
    "too-many-sign-ins": (503, True, lambda visit: visit.error(45011)),
    "connection-misconfigured": (502, False, lambda visit: visit.error(40125)),
    "account-limited": (403, False, lambda visit: visit.error(50002)),
}


def check_page(reader, marker, language, status, has_main, name=None):
    """Waits for a page and looks at it; `name` tells its screenshot from others of the same page."""
    reader.wait_for_page(marker)
    reader.shoot(f"page-{name or marker}-{language}")
    assert reader.status == status
    assert reader.language == language
    assert (re.search("[\u4e00-\u9fff]", reader.text("h1")) is not None) == (language == "zh-CN")
    assert reader.is_shown(Phone.MAIN) == has_main
    if has_main:
        assert re.search("微信|登录|继续|同意|WeChat|Sign in|Sign out|Continue|Allow", reader.text(Phone.MAIN))
    assert re.fullmatch("[0-9a-f]{16}", reader.text(".request code"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("marker", PAGES)
def test_page(demo, simulator, reader, marker, language):
    status, has_main, go = PAGES[marker]
    simulator.behave(defaultUser="stranger")
    reader.become(languages=LANGUAGES[language], dark=language == "en")
    visit = Visit(demo, simulator, reader)
    visit.language = language
    go(visit)
    check_page(reader, marker, language, status, has_main)


def test_the_language_that_the_application_asks_for_wins(demo, simulator, reader):
    simulator.behave(defaultUser="stranger")
    reader.become(languages="zh-CN")
    visit = Visit(demo, simulator, reader)
    visit.open(ui_locales="fr en")
    reader.wait_for_page("sign-in")
    assert reader.language == "en"
    # It stays so when something goes wrong later on.
    simulator.fail_next("exchange", kind="badGateway")
    reader.reach_consent()
    reader.allow()
    reader.wait_for_page("wechat-unreadable")
    assert reader.language == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_holds_the_simulated_phone_is_chosen_in_a_list(demo, reader, language):
    reader.become(languages=LANGUAGES[language], dark=language == "en")
    reader.open(demo.simulator_url + "/")
    assert reader.language == language
    assert not reader.is_shown("button[value=alice][aria-current=true]")
    reader.tap("button[value=alice]")
    reader.wait_for(lambda: reader.is_shown("button[value=alice][aria-current=true]"), "alice should be chosen")
    reader.shoot(f"simulator-{language}")


def test_the_simulated_snapshot_offers_the_full_service(demo, simulator, reader):
    simulator.behave(defaultUser="stranger", snapshot="always", snapshotDelivery="frame")
    reader.become()
    Visit(demo, simulator, reader).open()
    reader.tap(Phone.MAIN)
    reader.wait_for(lambda: reader.is_shown("iframe"), "the snapshot should be shown")
    # Our pages let nobody frame them, not even on the same machine.
    reader.wait_for(lambda: "frame-ancestors" in "".join(reader.policy_violations()), "the frame should be refused")
    reader.shoot("simulator-snapshot")
    reader.tap("a.button.main")
    reader.wait_for(lambda: reader.is_shown(Phone.ALLOW), "WeChat should ask")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_wechat_says_to_other_browsers(demo, simulator, reader, language):
    simulator.behave(userAgentGate=True)
    reader.become(DESKTOP, LANGUAGES[language], dark=language == "en")
    reader.open(demo.simulator_url + "/connect/oauth2/authorize?appid=x")
    assert "请在微信客户端打开链接" in reader.text("h1")
    reader.shoot(f"simulator-gate-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_wechat_says_when_the_domain_is_not_registered(demo, simulator, reader, language):
    reader.become(languages=LANGUAGES[language], dark=language == "en")
    reader.open(demo.simulator_url + "/connect/oauth2/authorize?" + urlencode({
        "appid": "wx0123456789abcdef", "redirect_uri": "https://evil.example/cb", "response_type": "code",
        "scope": "snsapi_base", "state": "s"}) + "#wechat_redirect")
    assert "10003" in reader.text("h1")
    assert not reader.is_shown("a, button")
    reader.shoot(f"simulator-10003-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_that_wechat_tells_nobody(demo, simulator, reader, language):
    simulator.behave(defaultUser="stranger", refusal="noRedirect")
    reader.become(languages=LANGUAGES[language], dark=language == "en")
    Visit(demo, simulator, reader).open()
    reader.reach_consent()
    reader.refuse()
    reader.wait_for(lambda: "已拒绝授权" in reader.text("h1"), "WeChat should end it")
    assert reader.url.startswith(demo.simulator_url + "/")
    assert simulator.calls("profile") == []
    reader.shoot(f"simulator-refused-{language}")
