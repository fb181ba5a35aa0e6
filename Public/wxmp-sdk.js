/*!
 * wxmp-sdk: sign in with WeChat (微信登录), for pages opened inside WeChat and anywhere else.
 *
 * The modern way, authorization code with PKCE:
 *
 *     <script src="https://id.example.com/wxmp-sdk.js"></script>
 *
 *     const wxmp = new Wxmp({ appId: 'web' })
 *     const session = await wxmp.handleCallback()    // null when nobody is coming back from a sign-in
 *     if (!session) button.onclick = () => wxmp.signIn()
 *     else hello.textContent = (await wxmp.fetchUserInfo(session)).name
 *
 * The Authing way, unchanged but for the address of the script:
 *
 *     const authingWxmp = new AuthingWxmp({ userPoolId: 'default' })
 *     if (authingWxmp.checkWechatUA()) window.location = authingWxmp.getAuthorizationUrl()
 *     const { ok, userinfo, message } = authingWxmp.getUserInfo()
 *
 * Nothing in the browser proves who somebody is. Send the ID token to your back end and verify it there.
 */
(function (root, factory) {
  'use strict';
  // `currentScript` is only there while the script itself runs, so it is read before anything else.
  const script = root.document && root.document.currentScript;
  const address = script && script.src ? script.src : '';

  if (typeof module === 'object' && module && module.exports) {
    module.exports = factory(root, address);
  } else if (typeof define === 'function' && define.amd) {
    define([], function () { return factory(root, address); });
  } else {
    root.Wxmp = root.AuthingWxmp = factory(root, address);
    root.AuthingFactory = Object.assign(root.AuthingFactory || {}, { AuthingWxmp: root.AuthingWxmp });
  }
}(typeof self !== 'undefined' ? self : this, function (window, scriptAddress) {
  'use strict';

  /** How long a started sign-in may take, in milliseconds. */
  const LIFETIME = 30 * 60 * 1000;

  /** Under which names started sign-ins are kept; one name per sign-in, so that two tabs don't disturb each other. */
  const PREFIX = 'wxmp.';

  /** The connection that the 1.1 SDK, which knew no `identifier`, always named. */
  const DEFAULT_IDENTIFIER = 'wechat:webpage-authorization';

  const OPTIONS = ['appId', 'userPoolId', 'host', 'identifier', 'redirectUrl', 'pool'];

  /** What an answer may carry; all of it leaves the address bar once it is read. */
  const ANSWER = ['code', 'message', 'data', 'state', 'iss', 'error', 'error_description', 'error_uri'];

  /** The fragment of WeChat's own address, which browsers carry along when every step after it is a plain redirect. */
  const WECHAT_MARK = 'wechat_redirect';

  /**
   * What went wrong, for programs.
   *
   * `code` is one of ours (`invalid_option`, `insecure_context`, `storage_unavailable`, `navigation_blocked`,
   * `state_mismatch`, `issuer_mismatch`, `nonce_mismatch`, `invalid_answer`, `invalid_id_token`, `network_error`)
   * or the error the provider sent (`access_denied`, `login_required`, `invalid_grant`, …).
   */
  class WxmpError extends Error {
    /**
     * @param {string} code    stable, for programs
     * @param {string} message what happened and what to do about it, for developers
     * @param {*} [cause]      the error below this one
     */
    constructor(code, message, cause) {
      super(message);
      this.name = 'WxmpError';
      this.code = code;
      this.cause = cause;
    }
  }

  /**
   * A visitor's way to sign in with WeChat. `AuthingWxmp` and `Wxmp` are two names of this class.
   *
   * Takes the options of every published version of Authing's SDK: 1.0 `{ userPoolId, host: { oauth } }`,
   * 1.1 `{ appId, host }`, 1.3 `{ appId, host, identifier, redirectUrl }` and 5.x with the same four.
   */
  class Wxmp {
    /**
     * @param {object} options
     * @param {string} [options.appId]       the application, which is its `client_id`
     * @param {string} [options.userPoolId]  the user pool; only the oldest snippets name it instead of `appId`
     * @param {string|{oauth: string}} [options.host] address of the provider; default: where this script is from
     * @param {string} [options.identifier]  the connection, only for `getAuthorizationUrl()`
     * @param {string} [options.redirectUrl] where the visitor comes back to; default for `signIn()`: this page
     * @param {string} [options.pool]        user pool that `appId` belongs to, when not the default one
     * @throws {WxmpError} `invalid_option`; the message names the option and the remedy
     */
    constructor(options) {
      const checked = checkOptions(options);
      /** @readonly */ this.appId = checked.appId;
      /** @readonly */ this.userPoolId = checked.userPoolId;
      /** @readonly */ this.identifier = checked.identifier || DEFAULT_IDENTIFIER;
      /** @readonly */ this.redirectUrl = checked.redirectUrl;
      /** @readonly */ this.host = checked.host;
      /** @readonly */ this.base = poolBase(checked.host, checked.pool);
      /** @readonly */ this.issuer = this.base + '/oidc';
    }

    // The modern way

    /**
     * Sends the visitor to the provider. The whole tab goes there, also from inside a frame: WeChat shows a white
     * page to whoever tries in a frame.
     *
     * @param {object} [options]
     * @param {string} [options.scope]       default `openid profile`; add `offline_access` for a refresh token
     * @param {string} [options.prompt]      `login` to ask again, `none` to never show anything
     * @param {number} [options.maxAge]      how old, in seconds, the visitor's last sign-in may be
     * @param {string} [options.uiLocales]   language of the provider's pages, such as `zh-CN` or `en`
     * @param {string} [options.redirectUrl] instead of the one given to the constructor
     * @param {*} [options.state]            anything JSON can hold; `handleCallback()` gives it back
     * @returns {Promise<void>} settled when the browser starts to leave
     * @throws {WxmpError}
     */
    async signIn(options) {
      const wanted = options || {};
      if (!this.appId) {
        throw invalid('appId is not provided: signIn() needs the client_id of your application');
      }
      const transaction = {
        state: random(16, hex),
        nonce: random(16, hex),
        verifier: random(32, base64url),
        redirectUri: wanted.redirectUrl === undefined
          ? this.redirectUrl || window.location.origin + window.location.pathname
          : checkUrl('redirectUrl', wanted.redirectUrl),
        issuer: this.issuer,
        appState: wanted.state,
      };
      const address = this.issuer + '/auth?' + query({
        client_id: this.appId,
        redirect_uri: transaction.redirectUri,
        response_type: 'code',
        scope: wanted.scope || 'openid profile',
        state: transaction.state,
        nonce: transaction.nonce,
        code_challenge: await pkceChallenge(transaction.verifier),
        code_challenge_method: 'S256',
        prompt: wanted.prompt,
        max_age: wanted.maxAge,
        ui_locales: wanted.uiLocales,
      });
      remember('code.' + transaction.state, transaction);
      try {
        // Of a window of another origin the address may be written; its methods may not even be read.
        (window.top || window).location.href = address;
      } catch (error) {
        throw new WxmpError('navigation_blocked', 'This frame may not leave for the sign-in: give its sandbox '
          + 'attribute allow-top-navigation-by-user-activation, or sign in outside the frame', error);
      }
    }

    /**
     * Finishes the sign-in on the page the visitor came back to: checks the answer in the address, removes it from
     * there, and exchanges it for tokens. An answer can be taken once.
     *
     * @returns {Promise<?{idToken: string, accessToken: string, refreshToken: (string|undefined), scope: string,
     *     claims: object, expiresAt: number, state: *}>} null when the address holds no answer of this provider;
     *     another provider's is left where it is. `claims` are what
     *     the ID token says, decoded but not verified: not for trusting; names come from `fetchUserInfo()`. `expiresAt`
     *     is when the access token ends, in milliseconds like `Date.now()`; `state` is what `signIn()` was given.
     * @throws {WxmpError}
     */
    handleCallback() {
      // A framework that runs an effect twice gets the same promise twice, not a second attempt.
      if (!this.inFlight) {
        const done = () => { this.inFlight = null; };
        this.inFlight = finishSignIn(this);
        this.inFlight.then(done, done);
      }
      return this.inFlight;
    }

    /**
     * Asks the provider for the visitor's name and picture, which the ID token does not carry.
     *
     * @param {{accessToken: string, claims: {sub: string}}} session what `handleCallback()` gave
     * @returns {Promise<object>} `sub`, and with the scope `profile` the `name`, `nickname` and `picture` that are known
     * @throws {WxmpError}
     */
    async fetchUserInfo(session) {
      const user = await request(this.issuer + '/me', {
        headers: { Authorization: 'Bearer ' + session.accessToken },
      });
      // OpenID Connect Core 5.3.2: an answer about somebody else must not be used.
      if (user.sub !== session.claims.sub) {
        throw new WxmpError('invalid_answer', 'The provider answered about another visitor');
      }
      return user;
    }

    /**
     * What `wx.config` of WeChat's JS-SDK wants for this page, besides `jsApiList`. The page must be on a host that
     * sign-ins return to.
     *
     * A single-page app in WeChat on iOS: WeChat takes the address of the page that was opened first, whatever the
     * history says now. Remember `location.href` when the app starts, and pass that there; on Android pass nothing.
     *
     * @param {string} [url] the page, as the browser shows it; default: this one. A fragment is cut off.
     * @returns {Promise<{appId: string, timestamp: number, nonceStr: string, signature: string}>}
     * @throws {WxmpError} `access_denied` for another host; `temporarily_unavailable` when WeChat gives nothing
     */
    async jssdkConfig(url) {
      const page = String(url === undefined ? window.location.href : url).split('#')[0];
      const config = await request(this.base + '/api/v1/wechat/'
        + encodeURIComponent(this.identifier).replace(/%3A/g, ':') + '/jssdk-config?'
        + query({ app_id: this.appId, url: page }));
      if (!config.signature || !config.nonceStr || !config.timestamp || !config.appId) {
        throw new WxmpError('invalid_answer', 'The provider gave no signature');
      }
      return config;
    }

    // The Authing way

    /**
     * Whether this page is open inside WeChat. WeCom (企业微信) is not WeChat: its visitors cannot sign in there.
     *
     * @returns {boolean}
     */
    checkWechatUA() {
      const userAgent = window.navigator.userAgent;
      return /micromessenger/i.test(userAgent) && !/wxwork/i.test(userAgent);
    }

    /**
     * Where to send the visitor. Each call starts a sign-in of its own, with a `state` that `getUserInfo()` checks.
     *
     * @returns {string} an absolute URL
     * @throws {WxmpError}
     */
    getAuthorizationUrl() {
      const state = random(16, hex);
      remember('user.' + state, {});
      if (!this.appId) {
        // Asked at the root of the host, for every pool.
        return withoutPool(this.host) + '/oauth/wechatmp/url/' + encodeURIComponent(this.userPoolId)
          + '?' + query({ state: state });
      }
      return this.base + '/connections/social/' + encodeURIComponent(this.identifier).replace(/%3A/g, ':')
        + '?' + query({ app_id: this.appId, redirect_url: this.redirectUrl, state: state });
    }

    /**
     * Reads the answer that the visitor brought back in the address, and removes it from there. Never throws.
     *
     * @param {string} [search] the answer, when it is not in the address of this page
     * @returns {{ok: boolean, userinfo: ?object, userInfo: ?object, message: ?string}} `userinfo` (5.x calls it
     *     `userInfo`) holds the user with its `token`, only when `ok`; `message` is text for the visitor, and null
     *     when there is no answer at all.
     */
    getUserInfo(search) {
      const params = search === undefined ? takeAnswer(isUserAnswer) : takeGivenAnswer(search);
      if (params) {
        this.userInfoAnswer = readUserAnswer(params);
      }
      // Asked again on the same page, the answer is the same, as it was when it stayed in the address.
      return this.userInfoAnswer || userAnswer(null, null);
    }
  }

  // Steps of the modern way

  async function finishSignIn(wxmp) {
    // Pages may use other providers too; what belongs to none of our sign-ins and does not name us is theirs.
    const isOurs = (params) => isCodeAnswer(params)
      && (params.get('iss') === wxmp.issuer || remembered('code.' + params.get('state')).length > 0);
    const params = takeAnswer(isOurs);
    if (!params) {
      return null;
    }
    const transaction = recall('code.' + params.get('state'));
    if (!transaction) {
      throw new WxmpError('state_mismatch', 'This browser did not start the sign-in that came back, started it '
        + 'more than 30 minutes ago, or has finished it already: start again with signIn()');
    }
    // Both, so that an answer of another provider, or of another pool, is never taken to this one (RFC 9207).
    if (params.get('iss') !== wxmp.issuer || transaction.issuer !== wxmp.issuer) {
      throw new WxmpError('issuer_mismatch', 'The answer is not from ' + wxmp.issuer
        + ': "host" and "pool" must name the provider that answers, as its discovery document spells it');
    }
    if (params.has('error')) {
      throw new WxmpError(params.get('error'), params.get('error_description') || params.get('error'));
    }
    const tokens = await exchange(wxmp, params.get('code'), transaction);
    return {
      idToken: tokens.id_token,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      scope: tokens.scope,
      claims: checkIdToken(wxmp, tokens.id_token, transaction),
      expiresAt: Date.now() + Number(tokens.expires_in || 0) * 1000,
      state: transaction.appState,
    };
  }

  async function exchange(wxmp, code, transaction) {
    const tokens = await request(wxmp.issuer + '/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: query({
        grant_type: 'authorization_code',
        code: code,
        redirect_uri: transaction.redirectUri,
        client_id: wxmp.appId,
        code_verifier: transaction.verifier,
      }),
    });
    if (!tokens.id_token || !tokens.access_token) {
      throw new WxmpError('invalid_answer', 'The provider gave no tokens');
    }
    return tokens;
  }

  /** Asks the provider across origins, without cookies; gives the JSON object it answers with. */
  async function request(address, options) {
    let response;
    let body;
    try {
      response = await window.fetch(address, Object.assign({ credentials: 'omit', cache: 'no-store' }, options));
      body = await response.json();
    } catch (error) {
      throw new WxmpError('network_error', 'No readable answer from ' + address + ': is the network there, and is '
        + 'this page\'s origin the origin of one of the application\'s redirect URIs?', error);
    }
    if (!response.ok || !body) {
      const error = String(body && body.error || 'invalid_answer');
      throw new WxmpError(error, body && body.error_description || 'The provider refused: ' + error);
    }
    return body;
  }

  /**
   * The claims of an ID token that came over TLS from the provider itself. The signature and `exp` are left to the
   * back end: phones with a wrong clock are common, and a check in the page protects nobody.
   */
  function checkIdToken(wxmp, token, transaction) {
    let claims;
    try {
      claims = JSON.parse(decodeBase64url(token.split('.')[1]));
    } catch (error) {
      throw new WxmpError('invalid_id_token', 'The ID token cannot be read', error);
    }
    if (!claims || claims.nonce !== transaction.nonce) {
      throw new WxmpError('nonce_mismatch', 'The ID token is of another sign-in: start again with signIn()');
    }
    if (claims.iss !== wxmp.issuer || [].concat(claims.aud).indexOf(wxmp.appId) < 0) {
      throw new WxmpError('invalid_id_token', 'The ID token is for another application or from another provider');
    }
    return claims;
  }

  async function pkceChallenge(verifier) {
    if (!window.crypto || !window.crypto.subtle) {
      throw new WxmpError('insecure_context', 'signIn() needs a secure page: open this page with https://, or '
        + 'for development at http://localhost or http://127.0.0.1');
    }
    const bytes = new TextEncoder().encode(verifier);
    return base64url(new Uint8Array(await window.crypto.subtle.digest('SHA-256', bytes)));
  }

  // Steps of the Authing way

  function readUserAnswer(params) {
    if (!recall('user.' + params.get('state'))) {
      return userAnswer(null, say('登录已失效，请返回重新登录。', 'This sign-in is no longer valid. Please sign in again.'));
    }
    if (params.get('code') !== '200') {
      return userAnswer(null, params.get('message') || say('登录没有完成，请重试。', 'Not signed in. Please try again.'));
    }
    try {
      const user = JSON.parse(params.get('data'));
      if (user && typeof user === 'object') {
        return userAnswer(user, params.get('message'));
      }
    } catch (error) {
      // Told below, as to a page that shows `message` the reason makes no difference.
    }
    return userAnswer(null, say('登录结果无法读取，请重试。', 'The answer cannot be read. Please sign in again.'));
  }

  function userAnswer(user, message) {
    return { ok: user !== null, userinfo: user, userInfo: user, message: message };
  }

  function say(chinese, english) {
    return /^zh/i.test(window.navigator.language || 'zh') ? chinese : english;
  }

  // The address of the page

  function isUserAnswer(params) {
    return params.has('code') && (params.has('data') || params.has('message'));
  }

  function isCodeAnswer(params) {
    return params.has('state') && (params.has('code') || params.has('error')) && !isUserAnswer(params);
  }

  /** The answer, from the fragment or else from the query, where it is not left behind; null when there is none. */
  function takeAnswer(isAnswer) {
    const read = (part) => new URLSearchParams(trim(window.location[part]));
    const part = ['hash', 'search'].filter((name) => isAnswer(read(name)))[0];
    if (!part) {
      return null;
    }
    const params = read(part);
    cleanAddress(part);
    return params;
  }

  function takeGivenAnswer(text) {
    ['hash', 'search'].filter((part) => trim(window.location[part]) === trim(text)).forEach(cleanAddress);
    const params = new URLSearchParams(trim(text));
    return params.has('code') ? params : null;
  }

  /** Removes an answer from the address bar and the history, and leaves everything else there as it was. */
  function cleanAddress(part) {
    const location = window.location;
    const keep = (name, mark) => {
      const isAnswer = (pair) => name === part && ANSWER.indexOf(pair.split('=')[0]) >= 0;
      const isMark = (pair) => name === 'hash' && pair === WECHAT_MARK;
      const rest = trim(location[name]).split('&').filter((pair) => !isAnswer(pair) && !isMark(pair)).join('&');
      return rest && mark + rest;
    };
    try {
      const address = location.pathname + keep('search', '?') + keep('hash', '#');
      window.history.replaceState(window.history.state, '', address);
    } catch (error) {
      // A few web views refuse. The answer works once only, so that leaving it there is untidy, not unsafe.
    }
  }

  function trim(text) {
    return String(text || '').replace(/^[?#]/, '');
  }

  function query(members) {
    const params = new URLSearchParams();
    Object.keys(members).forEach((name) => {
      if (members[name] !== undefined && members[name] !== null) {
        params.set(name, members[name]);
      }
    });
    return params.toString();
  }

  // Memory of started sign-ins: web views lose one kind of storage or the other, so both are used, and a cookie
  // where neither works.

  function storages() {
    return ['sessionStorage', 'localStorage'].map((kind) => {
      try {
        const storage = window[kind];
        storage.setItem(PREFIX + 'probe', '1');
        storage.removeItem(PREFIX + 'probe');
        return storage;
      } catch (error) {
        return null; // Switched off, full, or a sandboxed frame: touching it is enough to throw.
      }
    }).filter(Boolean);
  }

  function remember(name, value) {
    const record = JSON.stringify({ until: Date.now() + LIFETIME, value: value });
    const kept = storages().filter((storage) => {
      try {
        forgetExpired(storage);
        storage.setItem(PREFIX + name, record);
        return true;
      } catch (error) {
        return false; // Room for the probe was not room for this.
      }
    });
    if (kept.length > 0) {
      return;
    }
    writeCookie(PREFIX + name, record, LIFETIME / 1000);
    if (readCookie(PREFIX + name) !== record) {
      throw new WxmpError('storage_unavailable', 'This browser keeps neither storage nor cookies for this page, '
        + 'or has no room left, so that it could not recognise the answer: allow one of them, or clear some');
    }
  }

  /** Every record under a name, expired ones too. */
  function remembered(name) {
    const key = PREFIX + name;
    return storages().map((storage) => storage.getItem(key)).concat(readCookie(key)).filter(Boolean);
  }

  /** What was remembered under a name, once: it is gone everywhere afterwards. */
  function recall(name) {
    const record = parse(remembered(name)[0]);
    storages().forEach((storage) => storage.removeItem(PREFIX + name));
    writeCookie(PREFIX + name, '', 0);
    return record && record.until > Date.now() ? record.value : null;
  }

  function forgetExpired(storage) {
    Object.keys(storage).filter((key) => key.indexOf(PREFIX) === 0).forEach((key) => {
      const record = parse(storage.getItem(key));
      if (!record || record.until <= Date.now()) {
        storage.removeItem(key);
      }
    });
  }

  function readCookie(name) {
    try {
      const start = name + '=';
      const pair = window.document.cookie.split('; ').filter((text) => text.indexOf(start) === 0)[0];
      return pair ? decodeURIComponent(pair.slice(start.length)) : null;
    } catch (error) {
      return null;
    }
  }

  function writeCookie(name, value, seconds) {
    const secure = window.location.protocol === 'https:' ? '; Secure' : '';
    try {
      window.document.cookie = name + '=' + encodeURIComponent(value)
        + '; path=/; SameSite=Lax; max-age=' + seconds + secure;
    } catch (error) {
      // A sandboxed frame; whoever needs the cookie reads it back and sees that it is not there.
    }
  }

  function parse(text) {
    try {
      return JSON.parse(text);
    } catch (error) {
      return null;
    }
  }

  // Options

  function checkOptions(given) {
    if (!given || typeof given !== 'object') {
      throw invalid('options are not provided: write new Wxmp({ appId: "…" }) with your client_id');
    }
    Object.keys(given).forEach((name) => {
      const meant = OPTIONS.filter((option) => option.toLowerCase() === name.toLowerCase())[0];
      if (meant && meant !== name) {
        throw invalid('option "' + name + '" is unknown: write "' + meant + '"');
      }
    });
    ['appId', 'userPoolId', 'identifier', 'pool'].forEach((name) => {
      if (given[name] !== undefined && (typeof given[name] !== 'string' || given[name].trim() === '')) {
        throw invalid(name + ' is not provided: it must be a string that is not empty'
          + (name === 'appId' ? ', the client_id of your application' : '; leave it out if you have none'));
      }
    });
    if (!given.appId && !given.userPoolId) {
      throw invalid('appId is not provided: pass the client_id of your application as appId');
    }
    return {
      appId: given.appId,
      userPoolId: given.userPoolId,
      identifier: given.identifier,
      pool: given.pool,
      host: checkHost(given.host),
      redirectUrl: given.redirectUrl === undefined ? undefined : checkUrl('redirectUrl', given.redirectUrl),
    };
  }

  function checkHost(given) {
    // 1.0 wrote { oauth: address }.
    const host = given && typeof given === 'object' ? given.oauth : given;
    if (host === undefined || host === null) {
      const own = scriptHost();
      if (!own) {
        throw invalid('host is not provided: pass the address of your provider, such as https://id.example.com, '
          + 'or load this script from there with a script element');
      }
      return own;
    }
    const checked = checkUrl('host', host);
    if (checked.indexOf('?') >= 0) {
      throw invalid('host must be the address of your provider alone, such as https://id.example.com');
    }
    return checked.replace(/\/+$/, '');
  }

  /** Where this script came from: an origin, with the pool when it is `/pools/{pool}/wxmp-sdk.js`. */
  function scriptHost() {
    const found = /^(https?:\/\/[^/?#]+)(\/pools\/[^/?#]+(?=\/wxmp-sdk))?/.exec(scriptAddress);
    return found ? found[1] + (found[2] || '') : '';
  }

  function checkUrl(name, value) {
    if (typeof value !== 'string' || !/^https?:\/\/[^/?#\s]+[^#\s]*$/i.test(value)) {
      throw invalid(name + ' must be a full address that starts with https:// and has no #, not '
        + JSON.stringify(value));
    }
    return value;
  }

  function withoutPool(host) {
    return host.replace(/\/pools\/[^/]+$/, '');
  }

  function poolBase(host, pool) {
    if (!pool) {
      return host;
    }
    return withoutPool(host) + (pool === 'default' ? '' : '/pools/' + encodeURIComponent(pool));
  }

  function invalid(message) {
    return new WxmpError('invalid_option', message);
  }

  // Bytes

  function random(count, encode) {
    if (!window.crypto || !window.crypto.getRandomValues) {
      throw new WxmpError('insecure_context', 'This browser has no source of random numbers: use a newer one');
    }
    return encode(window.crypto.getRandomValues(new Uint8Array(count)));
  }

  function hex(bytes) {
    return Array.from(bytes).map((byte) => (byte + 256).toString(16).slice(1)).join('');
  }

  function base64url(bytes) {
    return window.btoa(String.fromCharCode.apply(null, bytes))
      .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  }

  function decodeBase64url(text) {
    const binary = window.atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  }

  // Named and default exports for those who import it, and `AuthingWxmp.WxmpError` for those who don't.
  return Object.assign(Wxmp, { AuthingWxmp: Wxmp, Wxmp: Wxmp, WxmpError: WxmpError, default: Wxmp });
}));
