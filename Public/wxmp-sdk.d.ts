/** Types of `wxmp-sdk.js`: sign in with WeChat. Globals: `Wxmp`, `AuthingWxmp`, `AuthingFactory.AuthingWxmp`. */

/** Options of every published version of Authing's SDK, and `pool`. One of `appId` and `userPoolId` is needed. */
export interface WxmpOptions {
  /** The application: its `client_id`. */
  appId?: string;
  /** The user pool; only the oldest snippets name it instead of `appId`. */
  userPoolId?: string;
  /** Address of the provider; default: where the script was loaded from. The object is the form of version 1.0. */
  host?: string | { oauth?: string };
  /** The connection, for `getAuthorizationUrl()`; default `wechat:webpage-authorization`. */
  identifier?: string;
  /** Where the visitor comes back to; default for `signIn()`: the current page without query and fragment. */
  redirectUrl?: string;
  /** The user pool that `appId` belongs to, when it is not the default one. */
  pool?: string;
}

export interface SignInOptions<State = unknown> {
  /** Default `openid profile`; add `offline_access` for a refresh token. */
  scope?: string;
  /** `login` asks again, `none` never shows anything. */
  prompt?: "none" | "login" | "consent";
  /** How old, in seconds, the visitor's last sign-in may be. */
  maxAge?: number;
  /** Language of the provider's pages, such as `zh-CN` or `en`. */
  uiLocales?: string;
  /** Instead of the one given to the constructor. */
  redirectUrl?: string;
  /** Anything JSON can hold; `handleCallback()` gives it back. */
  state?: State;
}

/** Claims of an ID token: decoded, not verified. Names and pictures come from `fetchUserInfo()`. */
export interface Claims {
  iss: string;
  sub: string;
  aud: string | string[];
  exp: number;
  iat: number;
  nonce?: string;
  [name: string]: unknown;
}

export interface Session<State = unknown> {
  /** Send this to your back end and verify it there. */
  idToken: string;
  accessToken: string;
  refreshToken?: string;
  scope?: string;
  claims: Claims;
  /** When the access token ends, in milliseconds like `Date.now()`. */
  expiresAt: number;
  /** What `signIn()` was given. */
  state?: State;
}

/** What the provider tells about a visitor; a member that is not known is left out. */
export interface Profile {
  sub: string;
  name?: string;
  nickname?: string;
  picture?: string;
  [name: string]: unknown;
}

/** The user as Authing's callbacks carry it. */
export interface UserInfo {
  id?: string;
  token?: string;
  tokenExpiredAt?: string;
  nickname?: string | null;
  photo?: string | null;
  openid?: string | null;
  unionid?: string | null;
  [name: string]: unknown;
}

/** What `wx.config` of WeChat's JS-SDK wants, besides `jsApiList`. */
export interface JSSDKConfig {
  /** WeChat's AppID of the official account; not the `appId` of the options. */
  appId: string;
  /** Unix seconds. */
  timestamp: number;
  nonceStr: string;
  signature: string;
}

export interface UserInfoAnswer {
  ok: boolean;
  /** The user with its `token`, only when `ok`. */
  userinfo: UserInfo | null;
  /** The same under the name of 5.x. */
  userInfo: UserInfo | null;
  /** Text for the visitor; null when there is no answer at all. */
  message: string | null;
}

/** Codes of the SDK itself; beside them `WxmpError.code` holds any error of OAuth that the provider sent. */
export type WxmpErrorCode =
  | "invalid_option"
  | "insecure_context"
  | "storage_unavailable"
  | "navigation_blocked"
  | "state_mismatch"
  | "issuer_mismatch"
  | "nonce_mismatch"
  | "invalid_answer"
  | "invalid_id_token"
  | "network_error"
  | "temporarily_unavailable"
  | "access_denied"
  | "login_required"
  | "invalid_grant";

export class WxmpError extends Error {
  readonly name: "WxmpError";
  /** Stable, for programs. */
  readonly code: WxmpErrorCode | (string & {});
  /** The error below this one. */
  readonly cause?: unknown;
}

export class AuthingWxmp {
  static readonly WxmpError: typeof WxmpError;

  readonly appId?: string;
  readonly userPoolId?: string;
  readonly identifier: string;
  readonly redirectUrl?: string;
  readonly host: string;
  /** Address that the paths of the pool start from. */
  readonly base: string;
  /** The issuer that tokens must name. */
  readonly issuer: string;

  /** Throws a `WxmpError` with the code `invalid_option`; its message names the option and the remedy. */
  constructor(options: WxmpOptions);

  /** Sends the visitor, with the whole tab, to the provider. */
  signIn<State = unknown>(options?: SignInOptions<State>): Promise<void>;

  /** Finishes the sign-in on the page the visitor came back to; null when the address holds no answer of ours. */
  handleCallback<State = unknown>(): Promise<Session<State> | null>;

  /** Asks the provider for the visitor's name and picture; a `WxmpError` when it refuses. */
  fetchUserInfo(session: Pick<Session, "accessToken" | "claims">): Promise<Profile>;

  /**
   * Asks for the signature that `wx.config` wants for this page, or for `url`.
   *
   * A single-page app in WeChat on iOS must pass the address of the page that was opened first.
   */
  jssdkConfig(url?: string): Promise<JSSDKConfig>;

  /** Whether this page is open inside WeChat; false in WeCom. */
  checkWechatUA(): boolean;

  /** Where to send the visitor, the Authing way. */
  getAuthorizationUrl(): string;

  /** Reads the answer from the address (or from `search`) and removes it from there. Never throws. */
  getUserInfo(search?: string): UserInfoAnswer;
}

export { AuthingWxmp as Wxmp };
export default AuthingWxmp;

type WxmpClass = typeof AuthingWxmp;

declare global {
  var AuthingWxmp: WxmpClass;
  var Wxmp: WxmpClass;
  var AuthingFactory: { AuthingWxmp: WxmpClass };
}
