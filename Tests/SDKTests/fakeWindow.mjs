// A browser as far as the SDK looks at it: an address, three kinds of memory, random numbers, and a network that the
// test answers for. Nothing in here knows anything about signing in.

import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';

const source = readFileSync(new URL('../../Public/wxmp-sdk.js', import.meta.url), 'utf8');

export const WECHAT = 'Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) '
  + 'Mobile/15E148 MicroMessenger/8.0.31(0x18001f2f) NetType/WIFI Language/zh_CN';

export class FakeStorage {
  setItem(key, value) { this[key] = String(value); }
  getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; }
  removeItem(key) { delete this[key]; }
}

/** A window at `address`; `script` is the address its `<script>` element names. */
export function fakeWindow({ address = 'https://shop.example/page', script = 'https://id.example/wxmp-sdk.js',
  userAgent = WECHAT, language = 'zh-CN', random = webcrypto.getRandomValues.bind(webcrypto) } = {}) {
  const cookies = new Map();
  const window = {
    location: locationOf(address),
    navigator: { userAgent, language },
    history: {
      state: { page: 1 },
      replaced: [],
      replaceState(state, title, url) {
        this.replaced.push({ state, url });
        window.location = locationOf(new URL(url, window.location.href).href);
      },
    },
    document: {
      currentScript: script ? { src: script } : null,
      get cookie() { return [...cookies].map(([name, value]) => `${name}=${value}`).join('; '); },
      set cookie(text) {
        const [pair] = text.split(';');
        const name = pair.slice(0, pair.indexOf('='));
        if (/max-age=0\b/.test(text)) { cookies.delete(name); } else { cookies.set(name, pair.slice(name.length + 1)); }
      },
    },
    sessionStorage: new FakeStorage(),
    localStorage: new FakeStorage(),
    crypto: { subtle: webcrypto.subtle, getRandomValues: random },
    btoa, atob,
    went: [],
    requests: [],
    answer: async () => { throw new TypeError('nothing listens here'); },
    async fetch(url, options) {
      window.requests.push({ url, ...options, form: Object.fromEntries(new URLSearchParams(options.body)) });
      return window.answer(url, options);
    },
  };
  window.top = window;
  window.arriveAt = (href) => { window.location = locationOf(href); };
  return window;

  function locationOf(href) {
    const { origin, protocol, pathname, search, hash } = new URL(href);
    return {
      origin, protocol, pathname, search, hash,
      get href() { return href; },
      set href(to) { window.went.push(to); },
    };
  }
}

/** Loads the SDK as a plain script does, and gives the class. */
export function load(window) {
  new Function('self', 'module', 'define', source)(window, undefined, undefined);
  return window.AuthingWxmp;
}

/** Loads the SDK as CommonJS (`module`) or AMD (`define`) would. */
export function loadAs(window, { module, define }) {
  new Function('self', 'module', 'define', source)(window, module, define);
}

/** Moves the window to another address, as the browser does when somebody comes back. */
export function arriveAt(window, address) {
  window.arriveAt(address);
}

/** A window of another origin around this one: its address may be written, and nothing of it read. */
export function foreignTop(go) {
  const location = { set href(to) { go(to); } };
  return { location: new Proxy(location, { get() { throw new Error('SecurityError'); } }) };
}

/** Storage that is full: there is room for a probe and not for a sign-in. */
export function fullStorage() {
  const storage = new FakeStorage();
  storage.setItem = function (key, value) {
    if (value.length > 10) { throw new Error('QuotaExceededError'); }
    FakeStorage.prototype.setItem.call(this, key, value);
  };
  return Object.defineProperty(storage, 'setItem', { enumerable: false });
}

/** A storage that a browser has switched off: already reading the property throws. */
export function withoutStorage(window, ...kinds) {
  for (const kind of kinds) {
    Object.defineProperty(window, kind, { get() { throw new Error('SecurityError'); } });
  }
}

export const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

/** An ID token as far as a browser can tell. */
export const idToken = (claims) =>
  `${base64url('{"alg":"RS256"}')}.${base64url(JSON.stringify(claims))}.${base64url('signature')}`;
