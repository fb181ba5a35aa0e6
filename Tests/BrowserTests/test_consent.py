"""Pages that ask before anything is handed over. The sample site has no such application, so this provider has."""

import sys
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "InteropTests"))

from demo import Simulator  # noqa: E402
from phone import Phone  # noqa: E402
from provider import CALLBACK  # noqa: E402
from public_url import LocalhostProvider  # noqa: E402

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
LONG_NAME = "青禾书店桌面阅读器" + "Supercalifragilisticexpialidocious" * 2

# Another site than the simulator's 127.0.0.1, so that each return from WeChat is one across sites.
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
        open_platform: main
        scope: snsapi_base
        callback_url: "#"
      - identifier: full
        kind: official_account
        app_id: wx00000000000000a1
        app_secret: 000000000000000000000000000000a1
        open_platform: main
        callback_url: "#"
    applications:
      - client_id: counter
        redirect_uris: ["{callback}"]
        connections: [silent]
      - client_id: shop
        redirect_uris: ["{callback}"]
        connections: [full]
      - client_id: reader
        client_name: """ + LONG_NAME + """
        application_type: native
        redirect_uris: ["{callback}"]
        connections: [full]
"""


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    provider = LocalhostProvider(tmp_path_factory.mktemp("consent"), CONFIGURATION)
    yield provider
    provider.stop()


@pytest.fixture
def simulator(provider):
    simulator = Simulator(provider.simulator_url)
    simulator.reset()
    return simulator


@pytest.fixture(params=["zh-CN", "en"])
def visitor(request):
    visitor = Phone(languages=request.param, dark=request.param == "en", size=(360, 640), scripts=False)
    visitor.open("about:blank")
    yield visitor
    violations = visitor.policy_violations()
    visitor.close()
    assert violations == []


def open_request(visitor, provider, client, **changes):
    visitor.open(provider.issuer("default") + "/auth?" + urlencode({
        "client_id": client, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid profile",
        "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256"} | changes))


def answer(visitor):
    """What the application is told; nothing listens there, so the address is all there is to see."""
    visitor.wait_for(lambda: visitor.url.startswith(CALLBACK), "the application should be called back")
    return {name: values[0] for name, values in parse_qs(urlsplit(visitor.url).query).items()}


def at_the_confirmation(visitor, provider, simulator):
    simulator.behave(defaultUser="long-name", consent="allow")
    open_request(visitor, provider, "reader")
    if visitor.marker == "sign-in":
        visitor.tap(Phone.MAIN)
    visitor.wait_for_page("confirm")


def test_a_person_may_decline_a_native_application(provider, simulator, visitor):
    at_the_confirmation(visitor, provider, simulator)
    visitor.tap("button[value=deny]")
    told = answer(visitor)
    assert told["error"] == "access_denied" and told["state"] == "s"
    assert "code" not in told


def test_a_native_application_is_confirmed_by_its_person_each_time(provider, simulator, visitor):
    at_the_confirmation(visitor, provider, simulator)
    visitor.shoot(f"page-confirm-{visitor.language}")
    assert LONG_NAME in visitor.text(".details")
    assert "http://127.0.0.1:9" in visitor.text(".details")
    visitor.tap(Phone.MAIN)
    assert "code" in answer(visitor)
    # Signed in now, and asked again: any program on this machine could have opened the address.
    at_the_confirmation(visitor, provider, simulator)


def known_without_a_profile(visitor, provider, simulator, user):
    simulator.behave(defaultUser=user)
    open_request(visitor, provider, "counter", scope="openid")
    assert "code" in answer(visitor)
    assert simulator.calls("profile") == []


@pytest.mark.parametrize("users", [{"zh-CN": "xiaoming", "en": "alice"}])
def test_a_known_person_may_keep_the_profile_back(provider, simulator, visitor, users):
    language = "en" if visitor.run("return navigator.language") == "en" else "zh-CN"
    known_without_a_profile(visitor, provider, simulator, users[language])
    open_request(visitor, provider, "shop")
    visitor.wait_for_page("ask-profile")
    visitor.shoot(f"page-ask-profile-{visitor.language}")
    visitor.tap("a.link")
    assert "code" in answer(visitor)
    assert simulator.calls("profile") == []
    # Once is enough.
    open_request(visitor, provider, "shop")
    assert "code" in answer(visitor)


@pytest.mark.parametrize("users", [{"zh-CN": "html", "en": "combining-html"}])
def test_a_known_person_may_give_the_profile(provider, simulator, visitor, users):
    language = "en" if visitor.run("return navigator.language") == "en" else "zh-CN"
    known_without_a_profile(visitor, provider, simulator, users[language])
    open_request(visitor, provider, "shop")
    visitor.wait_for_page("ask-profile")
    visitor.tap(Phone.MAIN)
    visitor.allow()
    assert "code" in answer(visitor)
    assert len(simulator.calls("profile")) == 1
