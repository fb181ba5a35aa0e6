// The contract of wx_login_middleware: log in once, then sign every request.
//
//   const session = createSignedSession({ wx, provider: "https://id.example.com" });
//   const { data } = await session.request({ url: "https://api.example.com/orders", data: { page: 2 } });

const { sha1 } = require("./sha1");
const { encoded, target, withQuery } = require("./address");
const { loginCode, send } = require("./http");

const TOKEN = "WX-LOGIN-STOKEN";
const SIGNATURE = "WX-LOGIN-SIG";
const STORED = "wxidp.signed-session";
// A login that ends within a minute is not begun a request with.
const MARGIN = 60 * 1000;

function has(headers, name) {
  return Object.keys(headers).some((key) => key.toLowerCase() === name.toLowerCase());
}

// SG1:<ts>:<nonce>:<hex>, where hex is the SHA-1 of uri:ts:nonce:skey.
function signature(uri, skey, ts, nonce) {
  return `SG1:${ts}:${nonce}:${sha1(`${uri}:${ts}:${nonce}:${skey}`)}`;
}

function createSignedSession({ wx, provider, loginPath = "/login", now = Date.now, random = Math.random }) {
  // Counts up from a random start: no two requests of one login share moment and number.
  let nonce = Math.floor(random() * 2 ** 52);
  let login = wx.getStorageSync(STORED) || null;
  let underWay = null;

  async function begin() {
    const appid = wx.getAccountInfoSync().miniProgram.appId;
    const code = await loginCode(wx);
    const { data } = await send(wx, {
      url: provider + loginPath,
      method: "POST",
      header: { "content-type": "application/json" },
      data: { appid, code },
    });
    login = {
      openid: data.openid,
      stoken: data.stoken,
      skey: data.skey,
      endsAt: data.expires_in ? now() + data.expires_in * 1000 : null,
    };
    wx.setStorageSync(STORED, login);
    return login;
  }

  // The login that lives, or a new one; whoever asks meanwhile waits for the same.
  function ensure() {
    if (login && (login.endsAt === null || login.endsAt - now() > MARGIN)) return Promise.resolve(login);
    if (!underWay) {
      underWay = begin().finally(() => {
        underWay = null;
      });
    }
    return underWay;
  }

  function forget() {
    login = null;
    wx.removeStorageSync(STORED);
  }

  async function signedOnce({ url, data, method = "GET", header = {}, ...rest }) {
    const current = await ensure();
    const isGet = method.toUpperCase() === "GET";
    // wx.request would append the data of a GET after it was signed.
    const address = encoded(isGet ? withQuery(url, data) : url);
    const headers = { ...header };
    if (!has(headers, TOKEN)) headers[TOKEN] = current.stoken;
    if (!has(headers, SIGNATURE)) {
      nonce += 1;
      headers[SIGNATURE] = signature(target(address), current.skey, now(), nonce);
    }
    const options = { ...rest, url: address, method, header: headers };
    if (!isGet && data !== undefined) options.data = data;
    return send(wx, options);
  }

  // A login that the provider no longer knows is begun anew, once.
  async function request(options) {
    const before = await ensure();
    try {
      return await signedOnce(options);
    } catch (problem) {
      const isContract = problem.data && problem.data.code === "auth-login-session-fail";
      const isOurs = problem.statusCode === 401 && (isContract || options.url.startsWith(`${provider}/`));
      if (!isOurs) throw problem;
      if (login === before) forget();
      return signedOnce(options);
    }
  }

  async function logout() {
    if (!login) return;
    try {
      await signedOnce({ url: `${provider}${loginPath}/logout`, method: "POST" });
    } finally {
      forget();
    }
  }

  // `code` is what a button with open-type="getPhoneNumber" gave.
  async function linkPhone(code, { link = false } = {}) {
    const { data } = await request({
      url: `${provider}/api/v1/miniprogram/phone`,
      method: "POST",
      header: { "content-type": "application/json" },
      data: { code, link },
    });
    return data;
  }

  return { login: ensure, request, logout, linkPhone };
}

module.exports = { createSignedSession, signature };
