"""A back end that takes our access tokens (RFC 9068) with Authlib's resource protector.

All that it knows is the issuer's address and the audience that is its own.
"""

import requests
from authlib.integrations.flask_oauth2 import ResourceProtector, current_token
from authlib.jose import JsonWebKey
from authlib.jose.errors import JoseError
from authlib.oauth2.rfc6750.errors import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from flask import Flask


class Validator(JWTBearerTokenValidator):
    def get_jwks(self):
        metadata = requests.get(self.issuer + "/.well-known/openid-configuration", timeout=10).json()
        return JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())

    def authenticate_token(self, token_string):
        # Authlib 1.6 lets a bad signature and an unknown key through as errors of its own, which would be a 500.
        try:
            return super().authenticate_token(token_string)
        except (JoseError, ValueError) as error:
            raise InvalidTokenError() from error


def create_api(issuer, audience):
    api = Flask(__name__)
    protector = ResourceProtector()
    protector.register_token_validator(Validator(issuer, audience))

    @api.get("/orders")
    @protector("profile")
    def orders():
        return {"of": current_token["sub"], "through": current_token["client_id"]}

    @api.get("/invoices")
    @protector("invoices")
    def invoices():
        return {}

    return api
