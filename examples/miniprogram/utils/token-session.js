// The contract of the mini-program tutorial: log in, then send a Bearer token; and the profile that belongs to it.
//
//   const session = createTokenSession({ wx, provider: "https://id.example.com" });
//   await session.saveProfile({ nickname: "小明", avatar: "https://cdn.example.com/a.png" });

const { loginCode, send } = require("./http");

const STORED = "wxidp.token-session";
const MARGIN = 60 * 1000;

function createTokenSession({ wx, provider, verifyPath = "/v1/verify", now = Date.now }) {
  const profileURL = provider + verifyPath.replace(/[^/]*$/, "profile");
  let login = wx.getStorageSync(STORED) || null;
  let underWay = null;

  async function begin() {
    const appId = wx.getAccountInfoSync().miniProgram.appId;
    const jsCode = await loginCode(wx);
    const { data } = await send(wx, {
      url: provider + verifyPath,
      method: "POST",
      header: { "content-type": "application/json" },
      data: { jsCode, appId },
    });
    login = { token: data.token, endsAt: data.expires_in ? now() + data.expires_in * 1000 : null };
    wx.setStorageSync(STORED, login);
    return login;
  }

  function ensure() {
    if (login && (login.endsAt === null || login.endsAt - now() > MARGIN)) return Promise.resolve(login);
    if (!underWay) {
      underWay = begin().finally(() => {
        underWay = null;
      });
    }
    return underWay;
  }

  async function authorized(options) {
    const { token } = await ensure();
    const header = { "content-type": "application/json", Authorization: `Bearer ${token}` };
    try {
      return await send(wx, { ...options, header });
    } catch (problem) {
      if (problem.statusCode !== 401) throw problem;
      login = null;
      wx.removeStorageSync(STORED);
      const fresh = await ensure();
      return send(wx, { ...options, header: { ...header, Authorization: `Bearer ${fresh.token}` } });
    }
  }

  async function profile() {
    return (await authorized({ url: profileURL, method: "GET" })).data;
  }

  async function saveProfile({ nickname, avatar }) {
    return (await authorized({ url: profileURL, method: "POST", data: { nickname, avatar } })).data;
  }

  return { login: ensure, profile, saveProfile };
}

module.exports = { createTokenSession };
