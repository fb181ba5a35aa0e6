"""What people see when they sign out, look at what they allowed, or let a device in; and on the way back by form."""

import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from werkzeug.wrappers import Request, Response

sys.path.insert(0, str(Path(__file__).parents[1] / "InteropTests"))

from demo import Simulator  # noqa: E402
from phone import Phone  # noqa: E402
from public_url import LocalhostProvider  # noqa: E402
from serving import serving  # noqa: E402
from test_pages import CHALLENGE, LANGUAGES, check_page  # noqa: E402

LONG_NAME = "青禾书店桌面阅读器" + "Supercalifragilisticexpialidocious" * 2
CANCEL = "button[value=deny]"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# Whoever types too many wrong codes is somebody else's: the provider counts for each person.
GUESSERS = {"zh-CN": "xiaoming", "en": "html"}

CONFIGURATION = """\
public_url: http://localhost:{port}
listen: 127.0.0.1:{port}
ops_listen: 127.0.0.1:{ops_port}
database: sqlite:wxidp.sqlite
master_key_file: master.key
wechat:
  open_url: http://127.0.0.1:{simulator_port}
  api_url: http://127.0.0.1:{simulator_port}
pools:
  - id: default
    name: 青禾书店
    connections:
      - identifier: silent
        kind: official_account
        app_id: wx00000000000000a1
        app_secret: 000000000000000000000000000000a1
        scope: snsapi_base
        callback_url: "#"
    applications:
      - client_id: shop
        client_name: 青禾书店 Greenfield Books
        redirect_uris: ["APPLICATION/callback"]
        post_logout_redirect_uris: ["APPLICATION/signed-out"]
      - client_id: review
        client_name: 书评 Reviews
        first_party: false
        redirect_uris: ["APPLICATION/callback"]
      - client_id: reader
        client_name: """ + LONG_NAME + """
        first_party: false
        redirect_uris: ["APPLICATION/callback"]
      - client_id: tv
        client_name: 客厅电视 Living room TV
        grant_types: [""" + DEVICE_GRANT + """]
"""


class Application:
    """The site that people come back to; keeps the forms that it is sent."""

    def __init__(self):
        self.url = ""
        self.forms = []

    def __call__(self, environ, start_response):
        request = Request(environ)
        if request.method == "POST":
            self.forms.append(request.form.to_dict())
        return Response("<title>Application</title>", content_type="text/html")(environ, start_response)


@pytest.fixture(scope="module")
def application():
    application = Application()
    with serving(application) as application.url:
        yield application


@pytest.fixture(scope="module")
def provider(tmp_path_factory, application):
    configuration = CONFIGURATION.replace("APPLICATION", application.url)
    provider = LocalhostProvider(tmp_path_factory.mktemp("account"), configuration)
    yield provider
    provider.stop()


@pytest.fixture
def simulator(provider):
    simulator = Simulator(provider.simulator_url)
    simulator.reset()
    return simulator


@pytest.fixture(scope="module", params=[False], ids=["scripts-off"])
def reader(request):
    """One browser that plays one person after the other."""
    reader = Phone(size=(360, 640), scripts=request.param)
    yield reader
    violations = reader.policy_violations()
    reader.close()
    assert violations == []


@pytest.fixture(params=LANGUAGES)
def language(request, reader):
    reader.become(languages=LANGUAGES[request.param], dark=request.param == "en")
    return request.param


class Visit:
    """Ways to the pages. Signing in is silent here, so a person is known without a tap."""

    def __init__(self, provider, simulator, application, reader, language):
        self.oidc, self.simulator, self.application = provider.issuer("default"), simulator, application
        self.reader, self.language = reader, language

    def go(self, path, **parameters):
        self.reader.open(f"{self.oidc}/{path}?" + urlencode(parameters))

    def ask(self, client="shop", **changes):
        self.go("auth", **({
            "client_id": client, "redirect_uri": self.application.url + "/callback", "response_type": "code",
            "scope": "openid", "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256"} | changes))

    def returned(self):
        self.reader.wait_for(lambda: self.reader.url.startswith(self.application.url), "the application should come")

    def sign_in(self, user="alice"):
        self.simulator.behave(defaultUser=user)
        self.ask()
        self.returned()

    # Signing out

    def at_the_logout(self, **parameters):
        self.sign_in()
        self.go("session/end", **parameters)

    def sign_out(self):
        self.at_the_logout(client_id="shop")
        self.reader.wait_for_page("confirm-logout")
        self.reader.tap(Phone.MAIN)

    def stay(self):
        self.at_the_logout(client_id="shop")
        self.reader.wait_for_page("confirm-logout")
        self.reader.tap(CANCEL)

    # What was allowed

    def confirmation(self, client="review"):
        self.sign_in()
        # Asked even where it was allowed before.
        self.ask(client, scope="openid profile email phone wechat offline_access", prompt="consent")

    def allow(self, client):
        self.confirmation(client)
        self.reader.wait_for_page("confirm")
        self.reader.tap(Phone.MAIN)
        self.returned()

    def consents(self):
        self.allow("review")
        self.allow("reader")
        self.go("consents")
        self.reader.wait_for_page("consents")

    def withdraw_everything(self):
        self.consents()
        for left in (2, 1):
            self.reader.wait_for(lambda: self.reader.count(CANCEL) == left, f"{left} applications should be listed")
            self.reader.tap(CANCEL)
        self.reader.wait_for_page("no-consents")

    # Letting a device in

    def enter(self, code):
        self.go("device", user_code=code)
        self.reader.wait_for(lambda: self.reader.is_shown("input[name=user_code]"), "a code should be asked for")
        if not self.reader.attribute("input[name=user_code]", "value"):
            self.reader.type("input[name=user_code]", code)
        self.reader.tap(Phone.MAIN)

    def device(self):
        """The device shows its code, and the person enters it."""
        self.simulator.behave(defaultUser="alice")
        self.codes = requests.post(self.oidc + "/device/auth", timeout=10, data={
            "client_id": "tv", "scope": "openid profile"}).json()
        self.enter(self.codes["user_code"])
        self.reader.wait_for_page("device-confirm")

    def device_gets(self):
        return requests.post(self.oidc + "/token", timeout=10, data={
            "grant_type": DEVICE_GRANT, "client_id": "tv", "device_code": self.codes["device_code"]})

    def let_the_device_in(self):
        self.device()
        self.reader.tap(Phone.MAIN)
        self.reader.wait_for_page("device-done")
        assert "id_token" in self.device_gets().json()

    def turn_the_device_away(self):
        self.device()
        self.reader.tap(CANCEL)
        self.reader.wait_for_page("device-denied")
        assert self.device_gets().json()["error"] == "access_denied"

    def guess(self):
        self.sign_in(GUESSERS[self.language])
        for _ in range(5):
            self.enter("bbbb-bbbb")
            self.reader.wait_for_page("device-code-unknown")
        self.enter("bbbb-bbbb")


# screenshot: (marker, HTTP status, whether there is something green to press, the way there)
PAGES = {
    "confirm-logout": ("confirm-logout", 200, True, lambda visit: visit.at_the_logout(client_id="shop")),
    "confirm-logout-nobody": ("confirm-logout", 200, True, lambda visit: visit.at_the_logout()),
    "signed-out": ("signed-out", 200, False, Visit.sign_out),
    "still-signed-in": ("still-signed-in", 200, False, Visit.stay),
    "logout-unverified": (
        "logout-unverified", 400, True,
        lambda visit: visit.at_the_logout(client_id="shop", post_logout_redirect_uri="https://evil.example/")),
    "logout-unverified-signed-out": (
        "logout-unverified", 400, False, lambda visit: visit.go("session/end", id_token_hint="x")),
    "confirm-third-party": ("confirm", 200, True, Visit.confirmation),
    "consents": ("consents", 200, False, Visit.consents),
    "no-consents": ("no-consents", 200, False, Visit.withdraw_everything),
    "consents-signed-out": ("consents-signed-out", 200, False, lambda visit: visit.go("consents")),
    "device": ("device", 200, True, lambda visit: visit.go("device")),
    "device-prefilled": ("device", 200, True, lambda visit: visit.go("device", user_code="wdjbmjht")),
    "device-code-unknown": ("device-code-unknown", 400, True, lambda visit: visit.enter("WDJB-MJHT")),
    "device-confirm": ("device-confirm", 200, True, Visit.device),
    "device-done": ("device-done", 200, False, Visit.let_the_device_in),
    "device-denied": ("device-denied", 200, False, Visit.turn_the_device_away),
    "too-many-attempts": ("too-many-attempts", 429, False, Visit.guess),
    "returning": ("returning", 200, True, lambda visit: visit.ask(response_mode="form_post")),
}


@pytest.fixture
def visit(provider, simulator, application, reader, language):
    application.forms.clear()
    return Visit(provider, simulator, application, reader, language)


@pytest.mark.parametrize("name", PAGES)
def test_page(visit, name):
    marker, status, has_main, go = PAGES[name]
    go(visit)
    check_page(visit.reader, marker, visit.language, status, has_main, name=name)


def test_what_was_withdrawn_has_to_be_asked_for_again(visit):
    visit.withdraw_everything()
    visit.ask("review")
    visit.reader.wait_for_page("confirm")


def test_whoever_confirms_goes_back_to_the_application_signed_out(visit):
    visit.at_the_logout(
        client_id="shop", post_logout_redirect_uri=visit.application.url + "/signed-out", state="left")
    visit.reader.wait_for_page("confirm-logout")
    visit.reader.tap(Phone.MAIN)
    visit.returned()
    assert visit.reader.url == visit.application.url + "/signed-out?state=left"
    visit.go("consents")
    visit.reader.wait_for_page("consents-signed-out")


def test_an_answer_by_form_takes_a_press_without_scripts(visit):
    visit.ask(response_mode="form_post")
    visit.reader.wait_for_page("returning")
    assert visit.application.forms == []
    visit.reader.tap(Phone.MAIN)
    visit.returned()
    (form,) = visit.application.forms
    assert form["code"] and form["state"] == "s"


@pytest.mark.parametrize("reader", [True], indirect=True, ids=["scripts-on"])
def test_an_answer_by_form_goes_off_by_itself_with_scripts(visit):
    visit.ask(response_mode="form_post")
    visit.returned()
    (form,) = visit.application.forms
    assert form["code"] and form["state"] == "s"
