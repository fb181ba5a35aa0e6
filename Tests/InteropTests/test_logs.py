"""Whatever happens, and however much is logged, no secret stands in the log.

The program runs as it is, at log level trace, so that lines of the libraries count too. Between it and WeChat stands a
listener that knows what WeChat said.
"""

import json
import re
import socket
from collections import defaultdict
from urllib.parse import parse_qsl, urlencode, urlsplit

import flask
import pytest
import requests

from provider import CALLBACK, CONFIGURATION, Provider
from serving import serving
from visitor import Visitor, WECHAT

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
BACKEND_SECRET = "interop-secret-of-the-back-end"

# In addresses that redirect, in forms and in JSON, whoever wrote them.
SECRET_NAMES = {
    "code", "state", "token", "access_token", "id_token", "refresh_token", "openid", "unionid", "secret",
    "code_verifier", "client_secret",
}


class Secrets:
    """What must not be logged, by its kind."""

    def __init__(self):
        self.by_kind = defaultdict(set)
        self.request_ids = set()

    def add(self, kind, value):
        # A number such as code=200 is no secret.
        if isinstance(value, str) and len(value) >= 8:
            self.by_kind[kind].add(value)
            if value.count(".") == 2:
                self.by_kind[f"part of {kind}"].update(value.split(".")[1:])

    def learn(self, pairs):
        for name, value in pairs:
            if name in SECRET_NAMES:
                self.add(name, value)
            elif name == "data":
                self.learn(json.loads(value).items())

    def hear(self, answer, *_, **__):
        """A hook for `requests`: everything that went over the wire."""
        sent = answer.request.body or ""
        self.learn(parse_qsl(sent.decode() if isinstance(sent, bytes) else sent))
        for address in (answer.url, answer.headers.get("Location", "")):
            parts = urlsplit(address)
            self.learn(parse_qsl(parts.query) + parse_qsl(parts.fragment))
        for cookie in answer.cookies:
            self.add("cookie", cookie.value)
        if "json" in answer.headers.get("Content-Type", ""):
            body = answer.json()
            self.learn(body.items() if isinstance(body, dict) else [])
        if "X-Request-Id" in answer.headers:
            self.request_ids.add(answer.headers["X-Request-Id"])

    def found_in(self, log):
        return {kind: value for kind, values in self.by_kind.items() for value in values if value in log}


class WatchedVisitor(Visitor):
    def __init__(self, user, secrets):
        super().__init__(user)
        self._session.hooks["response"].append(secrets.hear)


def listener(secrets):
    """Passes the provider's calls on to the simulator, and remembers what was asked and answered."""
    site = flask.Flask("listener")
    site.config["WECHAT"] = ""

    @site.get("/<path:path>")
    def call(path):
        secrets.learn(flask.request.args.items())
        try:
            answer = requests.get(f"{site.config['WECHAT']}/{path}", params=flask.request.args, timeout=15)
        except requests.RequestException:
            # The provider sees what was seen here.
            flask.request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return ""
        # Cut short or not: the values are in it.
        secrets.learn(re.findall(r'"(\w+)":"([^"]*)"', answer.text))
        return answer.content, answer.status_code

    return site


class Story:
    """One provider and everything that went to and fro."""

    def __init__(self, folder, log_format, site, url, secrets):
        self.secrets = secrets
        self._file = folder / "serve.log"
        template = CONFIGURATION.replace("api_url: http://127.0.0.1:{simulator_port}", f"api_url: {url}")
        self.provider = Provider(folder, template + f"log_level: trace\nlog_format: {log_format}\n")
        site.config["WECHAT"] = self.provider.simulator_url

    def log(self):
        return self._file.read_text(errors="replace")

    def visitor(self, user="xiaoming"):
        return WatchedVisitor(user, self.secrets)

    def ask(self, method, path, **arguments):
        return requests.request(method, self.provider.url + path, timeout=15, allow_redirects=False,
                                hooks={"response": self.secrets.hear}, **arguments)

    def planted(self, name):
        """A value that is searched for, whether the program understands it or not."""
        value = f"planted{len(self.secrets.by_kind['planted'])}{name}"
        self.secrets.add("planted", value)
        return value

    def request(self, client, **changes):
        return f"{self.provider.issuer('default')}/auth?" + urlencode({
            "client_id": client, "redirect_uri": CALLBACK, "response_type": "code",
            "scope": "openid profile offline_access", "state": self.planted("state"), "nonce": "n-0S6_WzA2Mj",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256"} | changes)

    def code(self, client, visitor):
        answer = visitor.sign_in(self.request(client), CALLBACK)
        return dict(parse_qsl(urlsplit(answer).query))["code"]

    def redeem(self, **form):
        return self.ask("POST", "/oidc/token", data=form)

    def fault(self, **fault):
        order = {"endpoint": "exchange", "fault": fault, "count": 1}
        requests.post(f"{self.provider.simulator_url}/simulator/faults", json=order, timeout=10).raise_for_status()

    def wechat_outcomes(self):
        calls = requests.get(f"{self.provider.simulator_url}/simulator/calls", timeout=10).json()
        return [call["outcome"] for call in calls if call["endpoint"] == "exchange"]

    def say(self, text):
        """Bytes on a connection of their own, until the program closes it."""
        address = urlsplit(self.provider.url)
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            connection.sendall(text.encode())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass


@pytest.fixture(params=["text", "json"])
def story(request, tmp_path):
    secrets = Secrets()
    site = listener(secrets)
    with serving(site) as url:
        story = Story(tmp_path, request.param, site, url, secrets)
        yield story
        story.provider.stop()


def sign_in_every_way(story):
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    visitor = story.visitor()
    tokens = story.redeem(client_id="web", code=story.code("web", visitor), **form).json()
    refreshed = story.redeem(grant_type="refresh_token", client_id="web", refresh_token=tokens["refresh_token"]).json()
    story.ask("GET", "/oidc/me", headers={"Authorization": f"Bearer {refreshed['access_token']}"}).raise_for_status()
    story.ask("POST", "/oidc/me", data={"access_token": tokens["access_token"]}).raise_for_status()
    # A server with a secret, in the header and, refused, in the form.
    code = story.code("backend", visitor)
    story.redeem(client_id="backend", client_secret=BACKEND_SECRET, code=code, **form)
    basic = story.ask("POST", "/oidc/token", auth=("backend", BACKEND_SECRET), data={**form, "code": code})
    story.secrets.add("basic", basic.request.headers["Authorization"].removeprefix("Basic "))
    assert basic.status_code == 200, basic.text
    # As Authing's snippet does.
    social = f"/connections/social/wechat-mp?app_id=web&redirect_url={CALLBACK}&state={story.planted('social')}"
    story.visitor("alice").sign_in(story.provider.url + social, CALLBACK)


def go_wrong_every_way(story):
    visitor = story.visitor()
    code = story.code("web", visitor)
    form = {"grant_type": "authorization_code", "client_id": "web", "redirect_uri": CALLBACK}
    story.redeem(**form, code=code, code_verifier=story.planted("verifier" * 6))
    for _ in range(2):
        story.redeem(**form, code=code, code_verifier=VERIFIER)
    story.redeem(**form, code=story.planted("code"), code_verifier=VERIFIER)
    story.redeem(grant_type="refresh_token", client_id="web", refresh_token=story.planted("refresh"))
    story.redeem(grant_type="password", username="somebody", password=story.planted("password"))
    story.ask("POST", "/oidc/token", auth=("backend", story.planted("secret")), data=form)
    story.ask("POST", "/oidc/token", data=b'{"code": "' + story.planted("json").encode() + b'"',
              headers={"Content-Type": "application/json"})
    story.ask("GET", f"/oidc/me?access_token={story.planted('query')}")
    for scheme in ("Bearer", "DPoP", "Basic", ""):
        story.ask("GET", "/oidc/me", headers={"Authorization": f"{scheme} {story.planted('header')}".strip()})
    browser = {"User-Agent": WECHAT, "Accept": "text/html"}
    story.ask("GET", f"/connections/wechat/callback?code={story.planted('code')}&state={story.planted('state')}",
              headers=browser)
    story.ask("GET", f"/connections/wechat/callback?code={story.planted('code')}&state={'0' * 32}",
              headers={**browser, "Cookie": f"wxidp-signin-default={story.planted('cookie').ljust(43, 'x')}"})
    story.ask("GET", f"/oidc/auth?client_id=nobody&state={story.planted('state')}&login_hint={story.planted('hint')}")
    story.ask("GET", f"/nowhere/{story.planted('path')}?code={story.planted('code')}")
    story.ask("PUT", f"/oidc/token?code={story.planted('code')}", data=story.planted("body"))
    # WeChat in trouble: an error, an answer that breaks off within its tokens, an answer that never comes.
    calls = story.wechat_outcomes()
    for fault in [{"kind": "error", "number": 40029}, {"kind": "error", "number": 40125}, {"kind": "truncated"},
                  {"kind": "badGateway"}, {"kind": "resetAfterProcessing"}]:
        story.fault(**fault)
        with pytest.raises(AssertionError, match="at " + story.provider.url):
            story.visitor("stranger").sign_in(story.request("web"), CALLBACK)
    assert story.wechat_outcomes()[len(calls):] == [
        "40029", "40125", "truncated", "badGateway", "resetAfterProcessing"]


def speak_no_http(story):
    head = "Host: 127.0.0.1\r\n"
    for text in [
        f"GET /oidc/auth?state={story.planted('raw')} HTTP/1.1\r\n{head}Cookie: x={story.planted('raw')}\r\n"
        f"Bad Header {story.planted('raw')}\r\n\r\n",
        f"GET /oidc/me HTTP/1.1\r\n{head}Authorization : Bearer {story.planted('raw')}\r\n\r\n",
        f"GET /connections/wechat/callback?code={story.planted('raw')} state={story.planted('raw')} HTTP/1.1\r\n\r\n",
        f"GET /connections/wechat/callback?code=%{story.planted('raw')}%zz&state=%ff HTTP/1.1\r\n{head}\r\n",
        f"{story.planted('raw')}\r\n\r\n",
        f"POST /oidc/token HTTP/1.1\r\n{head}Content-Length: 20000\r\n\r\nrefresh_token={story.planted('raw')}",
        f"POST /oidc/token HTTP/1.1\r\n{head}Content-Length: x{story.planted('raw')}\r\n\r\n",
        f"POST /oidc/token HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\nzz\r\ncode={story.planted('raw')}\r\n",
        f"GET / HTTP/1.1\r\n{head}Cookie: wxidp-session-default={story.planted('raw') * 5000}\r\n\r\n",
        f"GET / HTTP/9.{story.planted('raw')}\r\n{head}\r\n",
    ]:
        try:
            story.say(text)
        except OSError:
            pass  # Cut off: just as good an answer.


def test_nothing_secret_stands_in_the_whole_log(story):
    sign_in_every_way(story)
    go_wrong_every_way(story)
    speak_no_http(story)
    for pool in ("a1", "b2"):
        story.secrets.add("AppSecret", "0" * 30 + pool)
    for address in re.findall(r"interop-secret-of-the-[a-z-]+", CONFIGURATION):
        story.secrets.add("client secret", address)
    # The last line of a request may come after its answer: what ends the process ends the log.
    story.provider.stop()
    log = story.log()

    kinds = set(story.secrets.by_kind)
    assert {"code", "state", "cookie", "id_token", "access_token", "refresh_token", "token", "openid", "secret",
            "planted", "basic"} <= kinds, kinds
    # It is the log of all this, and as full as it gets.
    assert len(story.secrets.request_ids) > 40
    assert [each for each in story.secrets.request_ids if each not in log] == []
    assert ("trace" in log) and ("debug" in log)
    assert story.secrets.found_in(log) == {}
