"""The samples of the READMEs and of docs, cut out and run as they stand; only issuer and client are others."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import flask
import pytest

from serving import serving
from tokens import claims_of, sign_in, wait_until_expired, with_changed_claim

ROOT = Path(__file__).resolve().parents[2]
BACKEND_SECRET = "interop-secret-of-the-back-end"

# Prints the verified subject of each token on the command line, or REFUSED.
PYTHON_ENDING = """
import sys
for token in sys.argv[1:]:
    try:
        print(verify(token)["sub"])
    except jwt.PyJWTError:
        print("REFUSED")
"""
NODE_ENDING = """
for (const token of process.argv.slice(2)) {
  try {
    console.log(verify(token).sub);
  } catch (error) {
    if (error.name !== 'Error' && error.name !== 'SyntaxError') throw error;
    console.log('REFUSED');
  }
}
"""


def block(document, language, containing):
    """The one block of that language in which `containing` stands."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / document).read_text(), re.MULTILINE | re.DOTALL)
    found = [block for block in blocks if containing in block]
    assert len(found) == 1, f"{document} has {len(found)} blocks of {language} with {containing}"
    return found[0]


def for_issuer(code, issuer, client="web"):
    """Nothing but the two names of the reader's own installation is replaced, and both must be there."""
    for example, own in [("https://id.example.com/oidc", issuer), ("shop-page", client)]:
        assert code.count(example) == 1
        code = code.replace(example, own)
    return code


def run(language, code, folder, tokens):
    suffix, ending, program = {
        "python": ("py", PYTHON_ENDING, sys.executable), "js": ("mjs", NODE_ENDING, "node")}[language]
    file = folder / f"sample.{suffix}"
    file.write_text(code + ending)
    return subprocess.run([program, str(file), *tokens], capture_output=True, text=True, timeout=60)


def verdicts(language, code, folder, tokens):
    ended = run(language, code, folder, tokens)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()


# All of them begin with the two names that a reader replaces.
BEGINNING = "CLIENT_ID"
README_SAMPLES = [(document, language) for document in ("README.md", "README.zh-CN.md")
                  for language in ("python", "js")]
SAMPLES = [*README_SAMPLES, ("docs/verify/python.md", "python")]


@pytest.mark.parametrize("document, language", SAMPLES)
def test_a_sample_believes_our_tokens_and_no_other(provider, tmp_path, document, language):
    code = for_issuer(block(document, language, BEGINNING), provider.issuer("default"))
    signed_in = sign_in(provider, "web", user="alice")
    good = signed_in.id_token
    header, payload, signature = good.split(".")
    refused = {
        "an access token": signed_in.access_token,
        "a changed claim": with_changed_claim(good, "sub", "somebody-else"),
        "another signature": f"{header}.{payload}.{signature[::-1]}",
        "no signature": f"{header}.{payload}.",
        "alg none": f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.",
        "another application's": sign_in(provider, "backend", user="alice", secret=BACKEND_SECRET).id_token,
        "another pool's": sign_in(provider, "other-web", pool="other", user="alice").id_token,
        "no token": "x.y.z",
    }
    said = verdicts(language, code, tmp_path, [good, *refused.values()])
    assert said[0] == claims_of(good)["sub"]
    assert dict(zip(refused, said[1:])) == {what: "REFUSED" for what in refused}


# The sample of docs/verify allows clocks that differ by five seconds, so it would be a long wait.
@pytest.mark.parametrize("document, language", README_SAMPLES)
def test_a_sample_refuses_what_has_expired(provider, tmp_path, document, language):
    code = for_issuer(block(document, language, BEGINNING), provider.issuer("default"), "brief")
    token = sign_in(provider, "brief").id_token
    wait_until_expired(token)
    assert verdicts(language, code, tmp_path, [token]) == ["REFUSED"]


@pytest.mark.parametrize("document, language", SAMPLES)
def test_a_sample_does_not_start_with_the_discovery_document_of_another_issuer(
        provider, tmp_path, document, language):
    site = flask.Flask("another")
    site.get("/.well-known/openid-configuration")(provider.metadata)
    with serving(site) as url:
        ended = run(language, for_issuer(block(document, language, BEGINNING), url), tmp_path, [])
    assert ended.returncode == 1 and "Error: " in ended.stderr and "issuer" in ended.stderr


def test_the_flask_sample_answers_as_the_page_says(provider):
    namespace = {"app": flask.Flask("sample"), "request": flask.request}
    for sample in [for_issuer(block("docs/verify/python.md", "python", BEGINNING), provider.issuer("default")),
                   block("docs/verify/python.md", "python", '@app.get("/api/me")')]:
        exec(sample, namespace)
    site = namespace["app"].test_client()
    for headers in [{}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic eDp5"}]:
        refused = site.get("/api/me", headers=headers)
        assert refused.status_code == 401 and refused.get_json() == {"error": "invalid_token"}
        assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    token = sign_in(provider, "web").id_token
    bearer = {"Authorization": f"Bearer {token}"}
    assert site.get("/api/me", headers=bearer).get_json() == {"user": claims_of(token)["sub"]}
    # A key set that nobody answers for says nothing about the token.
    keys = namespace["keys"]
    namespace["keys"] = type(keys)("http://127.0.0.1:9/", timeout=5)
    assert site.get("/api/me", headers=bearer).status_code == 503


DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])
YAML = re.compile(r"^```ya?ml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONFIGURATIONS = [
    pytest.param(text, id=f"{document.relative_to(ROOT)}-{number}")
    for document in DOCUMENTS for number, text in enumerate(YAML.findall(document.read_text()), 1)]


def secret_for(name):
    """What a reader would put into this variable."""
    return "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG" if name.endswith("_KEY") else "0123456789abcdef" * 2


# Where a sample stands that shows applications alone.
AROUND = """\
public_url: https://id.example.com
pools:
  - id: default
    connections:
      - {identifier: wechat-mp, kind: official_account, app_id: wx0123456789abcdef, app_secret: x, callback_url: "#"}
    applications:
"""


def checked(text, folder):
    """What `wxidp check` says of a sample."""
    if text.startswith("- client_id:"):
        text = AROUND + textwrap.indent(text, "      ")
    file = folder / "wxidp.yaml"
    file.write_text(text)
    variables = {name: secret_for(name) for name in re.findall(r"\$\{([A-Z0-9_]+)\}", text)}
    return subprocess.run(
        [os.environ["WXIDP_BINARY"], "check", "--offline", "--config", str(file)],
        env={**os.environ, **variables}, capture_output=True, text=True, timeout=60)


def test_there_are_configurations_to_read():
    assert len(CONFIGURATIONS) >= 10


@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_a_configuration_is_read(text, tmp_path):
    said = checked(text, tmp_path)
    assert said.returncode == 0 and "well-formed" in said.stdout, said.stdout + said.stderr
    assert "does not act on" not in said.stdout, said.stdout


def test_a_configuration_with_a_slip_is_not_read(tmp_path):
    """So that the test above can fail."""
    said = checked(block("README.md", "yaml", "public_url:").replace("app_secret:", "app_secrte:"), tmp_path)
    assert said.returncode == 1 and "app_secrte" in said.stderr + said.stdout
