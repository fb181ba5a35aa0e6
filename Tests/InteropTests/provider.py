"""A provider with two pools and its simulator, as an operator would start them: `wxidp serve`, `wxidp simulator`."""

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest
import requests

START_TIMEOUT = 60

# Where applications are sent back to. Nothing listens there: the visitor stops before.
CALLBACK = "http://127.0.0.1:9/cb"

SITES = ("flask", "apache")

CONFIGURATION = """\
public_url: http://127.0.0.1:{port}
listen: 127.0.0.1:{port}
ops_listen: 127.0.0.1:{ops_port}
database: sqlite:wxidp.sqlite
master_key_file: master.key
wechat:
  open_url: http://127.0.0.1:{simulator_port}
  api_url: http://127.0.0.1:{simulator_port}
pools:
  - id: default
    name: Interop
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
      - client_id: backend
        client_secret: interop-secret-of-the-back-end
        token_endpoint_auth_method: client_secret_basic
        redirect_uris: ["{callback}"]
        connections: [wechat-mp]
      - client_id: brief
        id_token_lifetime: 1s
        access_token_lifetime: 1s
        redirect_uris: ["{callback}"]
        connections: [wechat-mp]
      - client_id: flask
        client_secret: interop-secret-of-the-flask-site
        # Authlib refreshes what expires within a minute: here at every use.
        access_token_lifetime: 30s
        redirect_uris: ["http://127.0.0.1:{flask_port}/callback"]
        post_logout_redirect_uris: ["http://127.0.0.1:{flask_port}/signed-out"]
        connections: [wechat-mp]
      - client_id: apache
        client_secret: interop-secret-of-the-apache-site
        redirect_uris: ["http://127.0.0.1:{apache_port}/members/callback", "{callback}"]
        post_logout_redirect_uris: ["http://127.0.0.1:{apache_port}/signed-out"]
        backchannel_logout_uri: "http://127.0.0.1:{apache_port}/members/callback?logout=backchannel"
        connections: [wechat-mp]
      - client_id: ruby
        client_secret: interop-secret-of-the-ruby-site
        redirect_uris: ["{callback}"]
        connections: [wechat-mp]
  - id: other
    name: Other
    connections:
      - identifier: wechat-mp
        kind: official_account
        app_id: wx00000000000000b2
        app_secret: 000000000000000000000000000000b2
        callback_url: "#"
    applications:
      - client_id: other-web
        redirect_uris: ["{callback}"]
        connections: [wechat-mp]
"""


class Provider:
    def __init__(self, folder: Path, template=CONFIGURATION):
        program = binary()
        port, ops_port, simulator_port, *site_ports = free_ports(3 + len(SITES))
        # Where the clients that are sites of their own are to listen; their redirect URIs are registered so.
        self.site_ports = dict(zip(SITES, site_ports))
        self.url = f"http://127.0.0.1:{port}"
        self.simulator_url = f"http://127.0.0.1:{simulator_port}"
        self._folder = folder
        self._processes = []
        configuration = folder / "wxidp.yaml"
        configuration.write_text(template.format(
            port=port, ops_port=ops_port, simulator_port=simulator_port, callback=CALLBACK,
            **{f"{name}_port": number for name, number in self.site_ports.items()}))
        try:
            self._start("simulator", [
                program, "simulator", "--config", str(configuration), "--port", str(simulator_port)])
            self._start("serve", [program, "serve", "--config", str(configuration)])
            self._wait_for("simulator", self.simulator_url + "/simulator/state")
            self._wait_for("serve", self.issuer("default") + "/.well-known/openid-configuration")
        except BaseException:
            self.stop()
            raise

    def issuer(self, pool):
        return self.url + ("" if pool == "default" else f"/pools/{pool}") + "/oidc"

    def metadata(self, pool="default"):
        """The discovery document, which is all that a verifier is given."""
        response = requests.get(self.issuer(pool) + "/.well-known/openid-configuration", timeout=10)
        response.raise_for_status()
        return response.json()

    def _start(self, name, command):
        log = open(self._folder / f"{name}.log", "wb")
        self._processes.append((name, subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT), log))

    def _wait_for(self, name, url):
        process = next(process for known, process, _ in self._processes if known == name)
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if requests.get(url, timeout=5).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        log = (self._folder / f"{name}.log").read_text(errors="replace")[-3000:]
        pytest.fail(f"wxidp {name} did not become ready (exit {process.poll()}):\n{log}", pytrace=False)

    def stop(self):
        for _, process, log in reversed(self._processes):
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
            log.close()


def binary():
    """The program under test."""
    path = os.environ.get("WXIDP_BINARY", "")
    if not os.access(path, os.X_OK):
        pytest.fail("WXIDP_BINARY must name the wxidp program: build it, or run bin/test", pytrace=False)
    return path


def free_ports(count):
    """Free ports, all held at once so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
