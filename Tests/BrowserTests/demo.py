"""`wxidp demo` as a process, and the controls of its simulator."""

import os
import queue
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
import requests

ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts"
START_TIMEOUT = 120


class Demo:
    """Provider, simulator and sample shop on four ports in a row, as `wxidp demo --port N` starts them."""

    def __init__(self):
        binary = os.environ.get("WXIDP_BINARY", "")
        if not os.access(binary, os.X_OK):
            pytest.fail("WXIDP_BINARY must name the wxidp program: build it, or run bin/test", pytrace=False)
        self.port = free_ports(4)
        ARTEFACTS.mkdir(exist_ok=True)
        self._log = open(ARTEFACTS / "browser-tests-demo.log", "wb")
        self._process = subprocess.Popen(
            [binary, "demo", "--port", str(self.port)], stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        lines = queue.Queue()
        threading.Thread(target=lambda: [lines.put(line) for line in self._process.stdout], daemon=True).start()
        try:
            self._wait_until_ready(lines)
        except BaseException:
            self.stop()
            raise
        self.simulator = Simulator(self.simulator_url)

    @property
    def provider(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator_url(self):
        return f"http://127.0.0.1:{self.port + 2}"

    def shop(self, host="127.0.0.1", path="/"):
        return f"http://{host}:{self.port + 3}{path}"

    def _wait_until_ready(self, lines):
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            try:
                if lines.get(timeout=0.2).startswith("ready: "):
                    return
            except queue.Empty:
                if self._process.poll() is not None:
                    break
        pytest.fail(
            f"wxidp demo did not become ready (exit {self._process.poll()}): see {self._log.name}", pytrace=False
        )

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._log.close()


class Simulator:
    """The simulator's `/simulator/…` controls."""

    def __init__(self, url):
        self._url = url + "/simulator"

    def behave(self, **changes):
        self._checked(requests.patch(f"{self._url}/behaviour", json=changes, timeout=10))

    def fail_next(self, endpoint, count=1, **fault):
        order = {"endpoint": endpoint, "fault": fault, "count": count}
        self._checked(requests.post(f"{self._url}/faults", json=order, timeout=10))

    def confirm(self, uuid, user):
        """Scans WeChat's own QR code with somebody's phone, and allows."""
        self._checked(requests.post(f"{self._url}/qrconnect/confirm", json={"uuid": uuid, "user": user}, timeout=10))

    def reset(self):
        self._checked(requests.delete(f"{self._url}/behaviour", timeout=10))
        self._checked(requests.delete(f"{self._url}/calls", timeout=10))

    def calls(self, endpoint):
        return [call for call in self._checked(requests.get(f"{self._url}/calls", timeout=10))
                if call["endpoint"] == endpoint]

    @staticmethod
    def _checked(response):
        response.raise_for_status()
        return response.json()


def free_ports(count):
    """The first of `count` free ports in a row."""
    for first in range(20_000 + os.getpid() % 10_000, 60_000, count):
        if all(is_free(port) for port in range(first, first + count)):
            return first
    raise RuntimeError("no free ports")


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False
