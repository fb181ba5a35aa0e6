"""The simulator in WeChat's place, for client libraries that call WeChat by its own addresses."""

import subprocess
import time
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from provider import START_TIMEOUT, binary, free_ports
from visitor import WECHAT

ACCOUNT = ("wx00000000000000a1", "000000000000000000000000000000a1")
MINI_PROGRAM = ("wx00000000000000c3", "000000000000000000000000000000c3")
WEBSITE = ("wx00000000000000d4", "000000000000000000000000000000d4")
MOBILE_APP = ("wx00000000000000e5", "000000000000000000000000000000e5")

# Where codes are sent back to. Nothing listens there: the visitor stops before.
CALLBACK = "http://127.0.0.1:9/cb"


class Simulator:
    def __init__(self, folder):
        [port] = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        self._log = open(folder / "simulator.log", "wb")
        options = [("app", ACCOUNT), ("mini-program", MINI_PROGRAM), ("website", WEBSITE), ("mobile-app", MOBILE_APP)]
        self._process = subprocess.Popen(
            [binary(), "simulator", "--port", str(port)]
            + [word for name, (app, secret) in options for word in (f"--{name}", f"{app}:{secret}")],
            stdout=self._log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                requests.get(self.url + "/simulator/state", timeout=5).raise_for_status()
                return
            except requests.ConnectionError:
                time.sleep(0.05)
        self.stop()
        pytest.fail("wxidp simulator did not become ready", pytrace=False)

    def stop(self):
        self._process.terminate()
        self._process.wait(timeout=15)
        self._log.close()

    def control(self, path, method="POST", **body):
        """A request to /simulator/…; what it answers."""
        response = requests.request(method, f"{self.url}/simulator/{path}", json=body, timeout=10)
        response.raise_for_status()
        return response.json()

    def reset(self):
        """Behaviour and clock as at the start, so that one test leaves nothing to the next."""
        self.control("behaviour", "DELETE")
        self.control("clock", set=int(time.time()))

    def open(self, address, user="xiaoming"):
        """Opens an authorize address inside WeChat, allows what it asks, and returns where it leads."""
        phone = requests.Session()
        phone.headers.update({"User-Agent": WECHAT, "SIMULATOR-USER": user, "Accept-Language": "zh-CN"})
        response = phone.get(address, allow_redirects=False, timeout=10)
        while True:
            location = response.headers.get("Location", "")
            if location and not location.startswith("/"):
                return location
            if location:
                response = phone.get(self.url + location, allow_redirects=False, timeout=10)
                continue
            ticket = response.text.partition('name="ticket" value="')[2].partition('"')[0]
            assert ticket, response.text
            response = phone.post(
                self.url + "/connect/oauth2/authorize/decision", data={"ticket": ticket, "decision": "allow"},
                allow_redirects=False, timeout=10)

    def scan(self, address, user="xiaoming"):
        """Opens a QR page at a desktop, scans and allows it, and returns where the desktop goes."""
        page = requests.get(address, timeout=10)
        uuid = page.text.partition('data-uuid="')[2].partition('"')[0]
        assert uuid, page.text
        return self.control("qrconnect/confirm", uuid=uuid, user=user)["address"]


class _ToSimulator(HTTPAdapter):
    """Carries requests for WeChat's hosts to the simulator, as a changed DNS would."""

    def __init__(self, url):
        super().__init__()
        self._url = url

    def send(self, request, **options):
        parts = urlsplit(request.url)
        request.headers["Host"] = parts.netloc
        request.url = self._url + request.path_url
        return super().send(request, **options)


@pytest.fixture(scope="session")
def _simulator(tmp_path_factory):
    simulator = Simulator(tmp_path_factory.mktemp("simulator"))
    yield simulator
    simulator.stop()


@pytest.fixture
def wechat(_simulator, monkeypatch):
    """The simulator; requests to open.weixin.qq.com and api.weixin.qq.com go there, from whatever library."""
    adapter = _ToSimulator(_simulator.url)
    usual = requests.Session.get_adapter

    def chosen(session, url):
        ours = url.startswith(("https://open.weixin.qq.com/", "https://api.weixin.qq.com/"))
        return adapter if ours else usual(session, url)

    monkeypatch.setattr(requests.Session, "get_adapter", chosen)
    _simulator.reset()
    return _simulator
