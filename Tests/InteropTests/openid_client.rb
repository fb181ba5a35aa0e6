# A client in Ruby, with nothing but Debian's ruby-openid-connect.
#
#   ruby openid_client.rb sign-in ISSUER CLIENT_ID CLIENT_SECRET REDIRECT_URI
#       prints the address to open; reads, as a line, the address that the person came back to; prints what it learnt
#   ruby openid_client.rb verify ISSUER CLIENT_ID NONCE
#       reads an ID token as a line; prints its claims
#
# A refusal is one line of JSON too: {"error": …}.

require "digest"
require "json"
require "openid_connect"

class Refused < StandardError; end

class Client
  def initialize(issuer, client_id)
    # The gem asks by https unless told otherwise; on loopback there is no TLS.
    SWD.url_builder = URI::HTTP if URI(issuer).scheme == "http"
    @issuer = issuer
    @client_id = client_id
    @metadata = OpenIDConnect::Discovery::Provider::Config.discover!(issuer)
  end

  def verify(token, nonce)
    # The algorithm is ours to choose, not the token's.
    claims = JSON::JWT.decode(token, @metadata.jwks, :RS256)
    OpenIDConnect::ResponseObject::IdToken.new(claims).verify!(issuer: @issuer, client_id: @client_id, nonce: nonce)
    claims
  end

  def sign_in(secret, redirect_uri)
    client = OpenIDConnect::Client.new(
      identifier: @client_id, secret: secret, redirect_uri: redirect_uri,
      authorization_endpoint: @metadata.authorization_endpoint, token_endpoint: @metadata.token_endpoint,
      userinfo_endpoint: @metadata.userinfo_endpoint)
    state, nonce, verifier = Array.new(3) { SecureRandom.urlsafe_base64(32) }
    returned = yield client.authorization_uri(
      scope: %w[openid profile], state: state, nonce: nonce, code_challenge_method: "S256",
      code_challenge: Base64.urlsafe_encode64(Digest::SHA256.digest(verifier), padding: false))
    answer = URI.decode_www_form(URI(returned).query).to_h
    raise Refused, "another state" unless answer["state"] == state
    raise Refused, "another issuer" unless answer["iss"] == @issuer

    client.authorization_code = answer.fetch("code")
    tokens = client.access_token!(:basic, code_verifier: verifier)
    claims = verify(tokens.id_token, nonce)
    userinfo = tokens.userinfo!
    raise Refused, "userinfo of another person" unless userinfo.sub == claims[:sub]

    { id_token: claims, userinfo: userinfo.as_json }
  end
end

def ask(line)
  puts line
  $stdin.gets.chomp
end

$stdout.sync = true
command, issuer, client_id, *rest = ARGV
begin
  client = Client.new(issuer, client_id)
  result = case command
           when "sign-in" then client.sign_in(*rest) { |address| ask(address) }
           when "verify" then client.verify($stdin.gets.chomp, *rest)
           end
  puts JSON.generate(result)
rescue Rack::OAuth2::Client::Error => e
  puts JSON.generate(error: e.response["error"])
rescue StandardError => e
  puts JSON.generate(error: "#{e.class}: #{e.message}")
end
