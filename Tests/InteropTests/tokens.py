"""Signing in with Authlib's client, and changing what came out."""

import base64
import json
import time
from dataclasses import dataclass

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

from provider import CALLBACK
from visitor import Visitor


@dataclass
class SignIn:
    id_token: str
    access_token: str
    nonce: str
    session: OAuth2Session


def sign_in(provider, client_id, pool="default", user="xiaoming", secret=None, visitor=None):
    """The whole way, as an application that uses Authlib goes it: discovery, code, PKCE, token endpoint."""
    metadata = provider.metadata(pool)
    session = OAuth2Session(
        client_id, secret, scope="openid profile", redirect_uri=CALLBACK, code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if secret else "none")
    verifier, nonce = generate_token(48), generate_token(20)
    address, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    answer = (visitor or Visitor(user)).sign_in(address, CALLBACK)
    # Authlib compares the state itself.
    tokens = session.fetch_token(
        metadata["token_endpoint"], authorization_response=answer, state=state, code_verifier=verifier)
    return SignIn(tokens["id_token"], tokens["access_token"], nonce, session)


def claims_of(token):
    """What a token says, without asking whether it is true."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def wait_until_expired(token):
    """For the applications whose tokens live for a second. Some clients compare whole seconds."""
    while int(time.time()) <= claims_of(token)["exp"]:
        time.sleep(0.05)


def with_changed_claim(token, name, value):
    """The same header and signature around another payload."""
    header, _, signature = token.split(".")
    claims = claims_of(token)
    assert claims[name] != value
    claims[name] = value
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return ".".join([header, changed, signature])
