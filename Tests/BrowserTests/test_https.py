"""Over https a browser holds our cookies under names that no other host of the domain can set."""

import pytest

from demo import Simulator
from provider import CALLBACK
from public_url import TLSProvider
from test_consent import open_request

CONFIGURATION = """\
public_url: https://localhost:{port}
listen: 127.0.0.1:{port}
ops_listen: 127.0.0.1:{ops_port}
tls:
  certificate: chain.pem
  key: key.pem
wechat:
  open_url: http://127.0.0.1:{simulator_port}
  api_url: http://127.0.0.1:{simulator_port}
pools:
  - id: default
    name: 青禾书店
    connections:
      - identifier: wechat-mp
        kind: official_account
        app_id: wx00000000000000a1
        app_secret: 000000000000000000000000000000a1
        callback_url: "#"
    applications:
      - client_id: web
        redirect_uris: ["{callback}"]
        connections: [wechat-mp]
"""


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    provider = TLSProvider(tmp_path_factory.mktemp("https"), CONFIGURATION)
    yield provider
    provider.stop()


def assert_kept_to_this_host(cookies, names):
    assert set(cookies) == set(names)
    for name, cookie in cookies.items():
        assert cookie["secure"] and cookie["httpOnly"], name
        assert (cookie["sameSite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "localhost"), name


def test_sign_in_over_https(provider, any_phone):
    Simulator(provider.simulator_url).behave(defaultUser="xiaoming")
    visitor = any_phone(any_certificate=True)
    open_request(visitor, provider, "web")
    visitor.wait_for_page("sign-in")
    assert visitor.run("return performance.getEntriesByType('navigation')[0].nextHopProtocol") == "h2"
    assert_kept_to_this_host(visitor.cookies, ["__Host-wxidp-signin-default"])
    visitor.reach_consent()
    visitor.allow()
    visitor.wait_for(lambda: visitor.url.startswith(CALLBACK), "the application should be called back")
    assert "code=" in visitor.url
    visitor.open(provider.url + "/nowhere")
    assert "__Host-wxidp-session-default" in visitor.cookies
    assert_kept_to_this_host(visitor.cookies, {"__Host-wxidp-signin-default", "__Host-wxidp-session-default"}
                             & set(visitor.cookies))
    # The session is found again under that name.
    visits = len(Simulator(provider.simulator_url).calls("authorize"))
    open_request(visitor, provider, "web", prompt="none")
    visitor.wait_for(lambda: visitor.url.startswith(CALLBACK), "the application should be called back")
    assert "code=" in visitor.url
    assert len(Simulator(provider.simulator_url).calls("authorize")) == visits
