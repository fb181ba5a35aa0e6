// What the shop's pages share: their words, and how they show a visitor.

const TEXTS = {
  zh: {
    shop: '青禾书店',
    headline: '今晚读点什么？',
    invitation: '登录后可以收藏书单、领取会员价，换一台手机也不会丢。',
    signIn: '微信登录',
    otherWay: '用 Authing 旧代码登录',
    hello: '欢迎',
    member: '会员编号',
    issuer: '签发方',
    again: '返回',
    back: '返回首页',
    verified: '身份已由书店后台验证',
    unverified: '后台未能验证身份，请重新登录',
    nameless: '微信用户',
    legacyHeadline: '旧代码，照常登录',
    legacyInvitation: '这个页面照旧调用 Authing 的接口，只换了脚本的地址。',
    openInWechat: '请在微信中打开本页',
    access_denied: '你取消了登录，需要时可以再点一次。',
    network_error: '网络不通，请稍后重试。',
    state_mismatch: '登录已失效，请重新登录。',
    problem: '登录没有完成，请重试。',
  },
  en: {
    shop: 'Green Field Books',
    headline: 'What shall we read tonight?',
    invitation: 'Sign in to keep your reading list and member prices, also on your next phone.',
    signIn: 'Sign in with WeChat',
    otherWay: 'Sign in the Authing way',
    hello: 'Welcome',
    member: 'Member no.',
    issuer: 'Issued by',
    again: 'Back',
    back: 'Back to the shop',
    verified: 'Verified by the shop’s own server',
    unverified: 'The shop’s server could not verify you. Please sign in again',
    nameless: 'WeChat user',
    legacyHeadline: 'Old code, same sign-in',
    legacyInvitation: 'This page makes the same calls as with Authing; only the address of the script is another.',
    openInWechat: 'Please open this page in WeChat',
    access_denied: 'You declined. Tap again whenever you like.',
    network_error: 'No network. Please try again in a moment.',
    state_mismatch: 'This sign-in is no longer valid. Please sign in again.',
    problem: 'Not signed in. Please try again.',
  },
};

const language = /^zh/i.test(navigator.language) ? 'zh' : 'en';

function say(key) {
  return TEXTS[language][key];
}

function element(id) {
  return document.getElementById(id);
}

function showWelcome() {
  element('member').hidden = true;
  element('welcome').hidden = false;
}

/** Each phrase in a box of its own, so that lines of Chinese break between phrases. */
function showText(node, text) {
  node.textContent = '';
  text.match(/[^，。！？]+[，。！？]?/g).forEach((phrase) => {
    const box = document.createElement('span');
    box.textContent = phrase;
    node.append(box);
  });
}

/** `error` is a WxmpError, whose code chooses the words, or an object with a message for the visitor. */
function showProblem(error) {
  showText(element('message'), (error.code ? say(error.code) : error.message) || say('problem'));
  element('message').dataset.code = error.code || '';
  element('message').hidden = false;
  showWelcome();
}

/**
 * Shows who signed in. Names are strangers' text, so they are set as text and never as HTML; what is shown first comes
 * from the browser, and counts only once the shop's back end has verified the token.
 */
async function showMember({ name, picture, idToken }) {
  element('name').textContent = name || say('nameless');
  element('initial').textContent = firstCharacter(name || say('nameless'));
  if (/^https?:\/\//.test(picture || '')) {
    const avatar = element('avatar');
    avatar.onload = () => { avatar.hidden = false; };
    avatar.referrerPolicy = 'no-referrer';
    avatar.src = picture;
  }
  element('welcome').hidden = true;
  element('member').hidden = false;

  const response = await fetch('/api/me', { headers: { Authorization: 'Bearer ' + idToken } }).catch(() => null);
  const verified = element('verified');
  verified.hidden = false;
  verified.classList.toggle('failed', !response || !response.ok);
  verified.textContent = response && response.ok ? say('verified') : say('unverified');
  if (response && response.ok) {
    const claims = await response.json();
    element('subject').textContent = claims.sub;
    element('issuer').textContent = claims.iss;
  }
}

/** What a person takes for one character: an emoji of a whole family is several to a program. */
function firstCharacter(text) {
  const parts = Intl.Segmenter ? Array.from(new Intl.Segmenter().segment(text), (part) => part.segment) : [...text];
  return parts.filter((part) => part.trim())[0] || '';
}

document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
document.title = say('shop');
document.querySelectorAll('[data-say]').forEach((node) => { showText(node, say(node.dataset.say)); });
