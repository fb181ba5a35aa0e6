"""Provider, WeChat and the application's page on sites of their own, as browsers tell them apart."""

import re
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from demo import Simulator
from one_page_site import one_page_site
from public_url import LocalhostProvider

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

# localhost is the provider's site; 127.0.0.1 that of the simulator and of the page.
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
    default_application: web
    connections:
      - identifier: wechat-mp
        kind: official_account
        app_id: wx00000000000000a1
        app_secret: 000000000000000000000000000000a1
        callback_url: PAGE
    applications:
      - client_id: web
        redirect_uris: [PAGE]
        connections: [wechat-mp]
"""

# What Authing publishes, at the address that it comes back to; only the script's address is another. What to do with
# the visitor is the page's own part: here it is written down.
SNIPPET = """\
<!doctype html>
<meta charset="utf-8">
<p id="visitor"></p>
<p id="problem"></p>
<script src="{provider}/wxmp-sdk.js"></script>
<script>
  const authingWxmp = new AuthingWxmp({{ userPoolId: 'default' }})
  const {{ ok, userinfo, message }} = authingWxmp.getUserInfo()
  if (ok) {{
    document.getElementById('visitor').textContent = JSON.stringify(userinfo)
  }} else if (message) {{
    document.getElementById('problem').textContent = message
  }} else if (authingWxmp.checkWechatUA()) {{
    window.location = authingWxmp.getAuthorizationUrl()
  }}
</script>
"""


README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


@pytest.fixture(scope="module")
def site():
    with one_page_site() as site:
        yield site


@pytest.fixture(scope="module")
def provider(site, tmp_path_factory):
    provider = LocalhostProvider(
        tmp_path_factory.mktemp("cross-site"), CONFIGURATION.replace("PAGE", site.url + "/auth/callback"))
    yield provider
    provider.stop()


@pytest.fixture
def simulator(provider):
    simulator = Simulator(provider.simulator_url)
    simulator.reset()
    return simulator


def form(provider, site, **changes):
    fields = {
        "client_id": "web", "redirect_uri": site.url + "/auth/callback", "response_type": "code", "scope": "openid",
        "state": "posted", "code_challenge": CHALLENGE, "code_challenge_method": "S256"} | changes
    inputs = "".join(f'<input name="{name}" value="{escape(value)}">' for name, value in fields.items())
    action = provider.issuer("default") + "/auth"
    return f'<!doctype html><form method="post" action="{action}">{inputs}<button>go</button></form>'


def post(visitor, provider, site, **changes):
    """The visitor's tap on a form of the page, and what the page is told at the end."""
    site.page = form(provider, site, **changes)
    visitor.open(site.url + "/form")
    visitor.tap("button")
    visitor.wait_for(lambda: visitor.url.startswith(site.url + "/auth/callback?"), "the page should get an answer")
    return {name: values[0] for name, values in parse_qs(urlsplit(visitor.url).query).items()}


def test_a_posted_request_of_a_stranger_finds_no_session(provider, simulator, site, any_phone):
    told = post(any_phone(), provider, site, prompt="none")
    assert told["error"] == "login_required" and told["state"] == "posted"
    assert simulator.calls("authorize") == []


def test_a_posted_request_finds_the_session_by_a_get_of_our_own(provider, simulator, site, any_phone):
    """The browser sends no Lax cookie along with the POST. Storing the request and going on by GET brings it back."""
    simulator.behave(defaultUser="xiaoming")
    visitor = any_phone()
    site.page = form(provider, site)
    visitor.open(site.url + "/form")
    visitor.tap("button")
    visitor.reach_consent()
    visitor.allow()
    visitor.wait_for(lambda: "code=" in visitor.url, "the page should get a code")
    asked = len(simulator.calls("authorize"))
    told = post(visitor, provider, site, prompt="none")
    assert told["code"] and told["state"] == "posted" and told["iss"] == provider.issuer("default")
    assert len(simulator.calls("authorize")) == asked


def test_cookies_come_back_from_wechat(provider, simulator, site, any_phone):
    """Lax, because they must come along when another site leads here; out of reach of scripts."""
    simulator.behave(defaultUser="alice")
    visitor = any_phone()
    site.page = form(provider, site)
    visitor.open(site.url + "/form")
    visitor.tap("button")
    visitor.wait_for_page("sign-in")
    assert set(visitor.cookies) == {"wxidp-signin-default"}
    visitor.reach_consent()
    visitor.allow()
    visitor.wait_for(lambda: "code=" in visitor.url, "the page should get a code")
    visitor.open(provider.url + "/nowhere")
    assert "wxidp-session-default" in visitor.cookies
    for cookie in visitor.cookies.values():
        assert (cookie["sameSite"], cookie["httpOnly"], cookie["secure"]) == ("Lax", True, False), cookie["name"]
    assert visitor.run("return document.cookie") == ""


# Each a person of its own: the others are known already, and nothing would be asked.
@pytest.mark.parametrize("user, name", [
    ("emoji-only", "👨‍👩‍👧‍👦🏳️‍🌈"),
    ("html", "<script>alert(1)</script>\"'&<b>"),
])
def test_the_published_snippet(provider, simulator, site, any_phone, user, name):
    simulator.behave(defaultUser=user)
    site.page = SNIPPET.format(provider=provider.url)
    visitor = any_phone()
    visitor.open(site.url + "/auth/callback")
    visitor.reach_consent()
    visitor.allow()
    visitor.wait_for(lambda: visitor.text("#visitor"), "the page should know its visitor")
    assert visitor.run("return JSON.parse(document.getElementById('visitor').textContent).nickname") == name
    assert visitor.run("return JSON.parse(document.getElementById('visitor').textContent).token.split('.').length") == 3
    # Nothing of the answer stays in the address bar.
    assert visitor.url == site.url + "/auth/callback"


def test_the_published_snippet_when_the_visitor_refuses(provider, simulator, site, any_phone):
    simulator.behave(defaultUser="stranger", refusal="authDeny")
    site.page = SNIPPET.format(provider=provider.url)
    visitor = any_phone()
    visitor.open(site.url + "/auth/callback")
    visitor.reach_consent()
    visitor.refuse()
    visitor.wait_for(lambda: visitor.text("#problem"), "the page should be told why not")
    assert "取消" in visitor.text("#problem") and visitor.text("#visitor") == ""
    assert visitor.url == site.url + "/auth/callback"


def test_the_page_of_the_readme(provider, simulator, site, any_phone):
    """Its first sample as it stands, between the two elements that it names."""
    simulator.behave(defaultUser="combining-html")
    sample = re.search(r"^```html\n(.*?)^```$", README, re.MULTILINE | re.DOTALL).group(1)
    assert sample.count("https://id.example.com") == sample.count("'shop-page'") == 1
    site.page = (
        '<!doctype html><meta charset="utf-8"><button id="sign-in">sign in</button><p id="hello"></p>'
        + sample.replace("https://id.example.com", provider.url).replace("'shop-page'", "'web'"))
    visitor = any_phone()
    visitor.open(site.url + "/")
    visitor.tap("#sign-in")
    visitor.reach_consent()
    visitor.allow()
    visitor.wait_for(lambda: visitor.text("#hello"), "the page should greet its visitor")
    assert visitor.text("#hello") == "\"\u0301><\u200dimg src=x onerror=alert(1)>\ufe0f"
    assert visitor.url == site.url + "/auth/callback"
    visitor.wait_for(lambda: site.bearer, "the page should ask its back end")
    assert site.bearer.startswith("Bearer ") and site.bearer.count(".") == 2
