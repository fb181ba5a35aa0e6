"""The program as an operator runs it: what it says when it cannot start, how it tells its health, how it ends."""

import contextlib
import fcntl
import os
import re
import socket
import subprocess
import threading
import time

import pytest
import requests

from provider import CALLBACK, CONFIGURATION, START_TIMEOUT, Provider, free_ports
from tokens import sign_in
from visitor import Visitor

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

# What is wrong with it, by line: (the file's line, the key that the program names, a part of the remedy)
BAD = """\
public_url: http://id.example.com
pools:
  - id: default
    name: Bad
    connections:
      - identifier: mp
        kind: official_account
        app_id: wx00000000000000a1
        app_secret: ${SECRET_THAT_NOBODY_SET}
        callback_url: "#"
    applications:
      - client_id: web
        redirect_uri: ["https://www.example.com/cb"]
"""
WRONG = [
    (1, "public_url", "use https"),
    (9, "pools[0].connections[0].app_secret", "SECRET_THAT_NOBODY_SET"),
    (13, "pools[0].applications[0].redirect_uri", "`redirect_uris`"),
]


class Service(Provider):
    """A provider with what only its operator sees."""

    def __init__(self, folder):
        super().__init__(folder, CONFIGURATION)
        self.configuration = folder / "wxidp.yaml"
        self.operations_url = "http://" + re.search(r"ops_listen: (\S+)", self.configuration.read_text()).group(1)

    @property
    def process(self):
        return next(process for name, process, _ in self._processes if name == "serve")

    def log(self):
        return (self._folder / "serve.log").read_text()

    def wait_for_line(self, text):
        deadline = time.monotonic() + START_TIMEOUT
        while text not in self.log():
            assert time.monotonic() < deadline, f"no line with {text}:\n{self.log()[-2000:]}"
            time.sleep(0.02)


@pytest.fixture
def service(tmp_path):
    service = Service(tmp_path)
    yield service
    service.stop()


def program():
    binary = os.environ.get("WXIDP_BINARY", "")
    if not os.access(binary, os.X_OK):
        pytest.fail("WXIDP_BINARY must name the wxidp program: build it, or run bin/test", pytrace=False)
    return binary


def wxidp(*arguments):
    return subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_bad_file_is_refused_with_file_line_and_key(tmp_path, command):
    file = tmp_path / "bad.yaml"
    file.write_text(BAD)
    ended = wxidp(command, "--config", file)
    assert ended.returncode == 1 and ended.stdout == ""
    lines = ended.stderr.removeprefix("wxidp: ").splitlines()
    # All problems at once, a line for each and nothing else.
    assert len(lines) == len(WRONG), ended.stderr
    for line, (number, key, remedy) in zip(lines, WRONG):
        assert line.startswith(f"{file}:{number}: {key}: ") and remedy in line
    assert sorted(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_file_that_is_not_there(tmp_path, command):
    ended = wxidp(command, "--config", tmp_path / "none.yaml")
    assert ended.returncode == 1 and ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1 and f"{tmp_path}/none.yaml" in ended.stderr


def test_check_says_that_a_good_file_is_good(service):
    ended = wxidp("check", "--config", service.configuration)
    assert ended.returncode == 0, ended.stderr
    assert "well-formed, 2 pool(s)" in ended.stdout and "FAILED" not in ended.stdout


def test_serve_on_a_port_in_use(service):
    ended = wxidp("serve", "--config", service.configuration)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("wxidp: ")
    assert "already in use" in ended.stderr and "listen" in ended.stderr
    # The one that was there first goes on.
    assert service.metadata()["issuer"] == service.issuer("default")


def test_demo_on_a_port_in_use():
    # The last of the four ports in a row.
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ended = wxidp("demo", "--port", taken - 3)
    assert ended.returncode == 1 and ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert re.search(r"port \d+ is in use", ended.stderr) and "--port" in ended.stderr


def test_health_is_told_on_the_operators_address_alone(service):
    for path, body in [("/healthz", "ok\n"), ("/readyz", "ready\n")]:
        answer = requests.get(service.operations_url + path, timeout=10)
        assert (answer.status_code, answer.text) == (200, body)
        assert requests.get(service.url + path, timeout=10).status_code == 404
    assert requests.get(service.operations_url + "/oidc/.well-known/jwks.json", timeout=10).status_code == 404


@contextlib.contextmanager
def out_of_reach(database):
    """Takes all locks of SQLite's write-ahead index, so that nobody else can read or write."""
    first_lock, locks = 120, 8
    with open(f"{database}-shm", "r+b") as index:
        fcntl.lockf(index, fcntl.LOCK_EX | fcntl.LOCK_NB, locks, first_lock)
        yield


def test_not_ready_while_the_database_does_not_answer(service, tmp_path):
    with out_of_reach(tmp_path / "wxidp.sqlite"):
        answer = requests.get(service.operations_url + "/readyz", timeout=30)
        assert (answer.status_code, answer.text) == (503, "the database does not answer\n")
        assert requests.get(service.operations_url + "/healthz", timeout=1).status_code == 200
    assert requests.get(service.operations_url + "/readyz", timeout=10).status_code == 200


def test_sigterm_lets_a_visitor_finish(service):
    # Known from now on, so that the next visit is one silent exchange.
    sign_in(service, "web")
    order = {"endpoint": "exchange", "fault": {"kind": "slow", "seconds": 2}, "count": 1}
    requests.post(service.simulator_url + "/simulator/faults", json=order, timeout=10).raise_for_status()
    callbacks = service.log().count("callback bound=true")
    answers = []
    visit = threading.Thread(target=lambda: answers.append(Visitor("xiaoming").sign_in(
        f"{service.issuer('default')}/auth?client_id=web&redirect_uri={CALLBACK}&response_type=code&scope=openid"
        f"&code_challenge={CHALLENGE}&code_challenge_method=S256&state=kept", CALLBACK)))
    visit.start()
    deadline = time.monotonic() + START_TIMEOUT
    while service.log().count("callback bound=true") == callbacks:
        assert visit.is_alive() and time.monotonic() < deadline
        time.sleep(0.02)
    service.process.terminate()
    visit.join(timeout=20)
    assert len(answers) == 1 and "code=" in answers[0] and "state=kept" in answers[0]
    assert service.process.wait(timeout=20) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(service.url + "/", timeout=5)


@contextlib.contextmanager
def simulator(*arguments):
    port, = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [program(), "simulator", "--port", str(port), *arguments],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            assert process.poll() is None and time.monotonic() < deadline, "the simulator did not start"
            with contextlib.suppress(requests.ConnectionError):
                requests.get(url + "/simulator/state", timeout=5)
                break
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        assert process.wait(timeout=15) == 0


def errcode(url, app, secret):
    return requests.get(url + "/sns/oauth2/access_token", timeout=10, params={
        "appid": app, "secret": secret, "code": "x", "grant_type": "authorization_code"}).json()["errcode"]


def test_the_simulator_alone_with_accounts_of_the_command_line():
    with simulator("--app", "wx1:first-secret", "--app", "wx2:second-secret:www.example.com") as url:
        apps = requests.get(url + "/simulator/state", timeout=10).json()["apps"]
        assert {app["appID"]: app["redirectHosts"] for app in apps} == {
            "wx1": ["127.0.0.1", "localhost"], "wx2": ["www.example.com"]}
        assert errcode(url, "wx1", "second-secret") == 40125
        assert errcode(url, "wx1", "first-secret") == errcode(url, "wx2", "second-secret") == 40029


def test_the_simulator_alone_with_an_example_account():
    with simulator() as url:
        app, = requests.get(url + "/simulator/state", timeout=10).json()["apps"]
        assert errcode(url, app["appID"], "0123456789abcdef0123456789abcdef") == 40029


def test_an_account_without_a_secret_is_refused():
    ended = wxidp("simulator", "--app", "wx1")
    assert ended.returncode == 1 and ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1 and "APPID:SECRET" in ended.stderr
