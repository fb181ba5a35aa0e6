"""A Flask site that signs people in with Authlib: code and PKCE, userinfo, refresh, logout."""

import secrets

from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, request, session


def create_site(url, issuer, client_id, client_secret):
    site = Flask(__name__)
    site.secret_key = secrets.token_bytes(32)
    # The cookie carries a random key only; tokens stay on the server.
    tokens = {}

    def keep(token, refresh_token=None, access_token=None):
        tokens[session["key"]].update(token, refreshed=tokens[session["key"]]["refreshed"] + 1)

    provider = OAuth(site).register(
        "wxidp", client_id=client_id, client_secret=client_secret,
        server_metadata_url=issuer + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile offline_access", "code_challenge_method": "S256"},
        fetch_token=lambda: tokens.get(session.get("key")), update_token=keep)

    @site.get("/")
    def home():
        if session.get("key") not in tokens:
            return redirect("/login")
        token = tokens[session["key"]]
        return {"sub": token["userinfo"]["sub"], "sid": token["userinfo"]["sid"], "refreshed": token["refreshed"]}

    @site.get("/login")
    def login():
        return provider.authorize_redirect(url + "/callback")

    @site.get("/callback")
    def callback():
        # Compares the state, redeems the code with the verifier, verifies the ID token and its nonce.
        token = provider.authorize_access_token()
        session["key"] = secrets.token_urlsafe(32)
        tokens[session["key"]] = dict(token, refreshed=0)
        return redirect("/")

    @site.get("/profile")
    def profile():
        return provider.userinfo()

    @site.get("/logout")
    def log_out():
        token = tokens.pop(session.pop("key"))
        session["logout_state"] = secrets.token_urlsafe(16)
        return redirect(add_params_to_uri(provider.load_server_metadata()["end_session_endpoint"], {
            "id_token_hint": token["id_token"], "post_logout_redirect_uri": url + "/signed-out",
            "state": session["logout_state"]}.items()))

    @site.get("/signed-out")
    def signed_out():
        return {"state_is_mine": request.args.get("state") == session.pop("logout_state", "")}

    @site.errorhandler(OAuthError)
    def refused(error):
        return {"error": error.error}, 403

    return site
