"""Apache httpd with mod_auth_openidc in front of a back end, on loopback and with a configuration of its own."""

import contextlib
import json
import shutil
import subprocess
import time

import pytest
import requests

from serving import serving

START_TIMEOUT = 20
MODULES = "/usr/lib/apache2/modules"

CONFIGURATION = """\
ServerRoot "{folder}"
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile "{folder}/apache.pid"
DefaultRuntimeDir "{folder}"
ErrorLog "{folder}/error.log"
LogLevel warn auth_openidc:info
# Without effect unless started by root.
User nobody
Group nogroup

LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so

OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {client_secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCPKCEMethod S256
OIDCScope "openid profile"
OIDCRedirectURI http://127.0.0.1:{port}/members/callback
OIDCCryptoPassphrase {passphrase}
# The module takes these headers out of what visitors send before it sets its own.
OIDCClaimPrefix X-OIDC-
OIDCRemoteUserClaim sub

ProxyPass "/" "{back_end}/"
<Location "/members">
    AuthType openid-connect
    Require valid-user
</Location>
"""


def echo(environment, start_response):
    """The back end: answers with the claims that Apache passed on."""
    # WSGI reads header bytes as Latin-1; the module writes UTF-8.
    claims = {name.removeprefix("HTTP_X_OIDC_").lower(): value.encode("latin-1").decode()
              for name, value in environment.items() if name.startswith("HTTP_X_OIDC_")}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"path": environment["PATH_INFO"], "claims": claims}).encode()]


@contextlib.contextmanager
def apache(folder, provider, client_id, client_secret, passphrase):
    """`http://127.0.0.1:PORT`, where `/members` is for those who are signed in and the rest for everybody."""
    program = shutil.which("apache2", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.fail("apache2 is missing: run bin/setup test", pytrace=False)
    port = provider.site_ports["apache"]
    with serving(echo) as back_end:
        configuration = folder / "httpd.conf"
        configuration.write_text(CONFIGURATION.format(
            folder=folder, port=port, modules=MODULES, issuer=provider.issuer("default"), client_id=client_id,
            client_secret=client_secret, passphrase=passphrase, back_end=back_end))
        with open(folder / "output.log", "wb") as output:
            process = subprocess.Popen(
                [program, "-f", str(configuration), "-D", "FOREGROUND"], stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_for(f"http://127.0.0.1:{port}/", process, folder)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(url, process, folder):
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    logs = "".join(log.read_text(errors="replace") for log in sorted(folder.glob("*.log")))
    pytest.fail(f"apache2 did not become ready (exit {process.poll()}):\n{logs[-3000:]}", pytrace=False)
