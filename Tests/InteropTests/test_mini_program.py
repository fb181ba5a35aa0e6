"""The mini program of examples/miniprogram and the back end of examples/protected-api, as their README says."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import requests

from provider import CONFIGURATION, START_TIMEOUT, Provider, free_ports
from tokens import sign_in

APP_ID = "wx00000000000000c3"
HERE = Path(__file__).parent
MINI = f"""\
      - {{{{identifier: mini, kind: mini_program, app_id: {APP_ID}, app_secret: 000000000000000000000000000000c3}}}}
"""


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    template = CONFIGURATION.replace("    applications:\n", MINI + "    applications:\n", 1)
    provider = Provider(tmp_path_factory.mktemp("mini"), template)
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def api(provider, tmp_path_factory):
    binary = Path(os.environ["WXIDP_BINARY"]).parent / "protected-api"
    assert os.access(binary, os.X_OK), f"{binary} was not built"
    [port] = free_ports(1)
    log = open(tmp_path_factory.mktemp("api") / "api.log", "wb")
    process = subprocess.Popen(
        [str(binary)], env={**os.environ, "PROVIDER": provider.url, "PORT": str(port)}, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_TIMEOUT
    try:
        while True:
            try:
                requests.get(url, timeout=5)
                break
            except requests.ConnectionError:
                assert process.poll() is None and time.monotonic() < deadline, "protected-api did not start"
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=15)
        log.close()


def test_a_mini_program_signs_its_requests_and_nobody_repeats_them(provider, api):
    node = shutil.which("node")
    assert node, "node is needed: install nodejs"
    run = subprocess.run(
        [node, str(HERE / "mini_program.mjs"), provider.url, provider.simulator_url, api, APP_ID],
        capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen["orders"]["openid"] == seen["openid"]
    assert seen["orders"]["sub"] == seen["saved"]["id"], "both contracts name the same person"
    assert seen["statuses"] == {"replay": 401, "moved": 401, "unsigned": 401, "afterLogout": 401}
    assert seen["again"] == 200, "a login that has ended is begun anew"
    assert seen["saved"]["nickname"] == "小明"
    assert seen["profile"] == seen["saved"]


def test_the_back_end_takes_access_tokens_and_nothing_else(provider, api):
    tokens = sign_in(provider, "web")

    def me(token):
        return requests.get(f"{api}/me", headers={"Authorization": f"Bearer {token}"}, timeout=10)

    good = me(tokens.access_token)
    assert good.status_code == 200
    assert good.json()["client"] == "web"
    for token in (tokens.id_token, tokens.access_token[:-4] + "AAAA", "x"):
        refused = me(token)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert me(sign_in(provider, "other-web", pool="other").access_token).status_code == 401
    bare = requests.get(f"{api}/me", timeout=10)
    assert bare.headers["WWW-Authenticate"] == 'Bearer realm="protected-api"'
