// examples/miniprogram over a real network: `wx` is node's fetch and the simulator's phone.
// node mini_program.mjs <provider> <simulator> <api> <appid>; prints what it saw as JSON.

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createSignedSession } = require('../../examples/miniprogram/utils/signed-session.js');
const { createTokenSession } = require('../../examples/miniprogram/utils/token-session.js');

const [provider, simulator, api, appId] = process.argv.slice(2);
const storage = new Map();
const sent = [];

const wx = {
  getAccountInfoSync: () => ({ miniProgram: { appId } }),
  getStorageSync: (key) => storage.get(key) ?? '',
  setStorageSync: (key, value) => storage.set(key, value),
  removeStorageSync: (key) => storage.delete(key),
  async login({ success, fail }) {
    const response = await fetch(`${simulator}/simulator/miniprogram/login`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ app: appId }),
    });
    if (response.ok) success(await response.json());
    else fail({ errMsg: `login:fail ${response.status}` });
  },
  async request({ url, method = 'GET', header = {}, data, success, fail }) {
    sent.push({ url, method, header });
    try {
      const body = data === undefined || method === 'GET' ? undefined : JSON.stringify(data);
      const response = await fetch(url, { method, headers: header, body });
      const text = await response.text();
      let answer = text;
      try { answer = JSON.parse(text); } catch { /* wx.request leaves what is not JSON as it is */ }
      success({ statusCode: response.status, data: answer });
    } catch (problem) {
      fail({ errMsg: problem.message });
    }
  },
};

async function status(work) {
  try {
    return (await work()).statusCode;
  } catch (problem) {
    return problem.statusCode;
  }
}

const session = createSignedSession({ wx, provider });
const { openid } = await session.login();
const orders = (await session.request({ url: `${api}/orders`, data: { q: '小明 & Co', page: 1 } })).data;
const recorded = sent.at(-1);
const replay = await fetch(recorded.url, { headers: recorded.header });
const moved = await fetch(`${api}/orders?page=2`, { headers: recorded.header });
const unsigned = await fetch(`${api}/orders`);
await session.logout();
const { header } = recorded;
const afterLogout = await fetch(`${api}/orders`, { headers: { ...header, 'WX-LOGIN-SIG': 'SG1:1:1:x' } });
const again = await status(() => session.request({ url: `${api}/orders` }));

const tokens = createTokenSession({ wx, provider });
const saved = await tokens.saveProfile({ nickname: '小明', avatar: 'https://cdn.example.com/a.png' });

console.log(JSON.stringify({
  openid, orders, saved, again,
  statuses: { replay: replay.status, moved: moved.status, unsigned: unsigned.status, afterLogout: afterLogout.status },
  profile: await tokens.profile(),
}));
