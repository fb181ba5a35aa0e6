const { api, uploadURL } = require("../../config");

// Uploads the picture that chooseAvatar put into a temporary file; only an https address can be kept.
function upload(filePath) {
  return new Promise((resolve, reject) => {
    wx.uploadFile({
      url: uploadURL,
      filePath,
      name: "file",
      success: ({ statusCode, data }) =>
        statusCode >= 200 && statusCode < 300 ? resolve(JSON.parse(data).url) : reject(new Error(`HTTP ${statusCode}`)),
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    });
  });
}

Page({
  data: { openid: "", orders: null, phone: "", nickname: "", avatar: "", problem: "" },

  async onLoad() {
    await this.attempt(async () => {
      const { openid } = await getApp().session.login();
      const { nickname, avatar } = await getApp().profileSession.profile();
      this.setData({ openid, nickname: nickname || "", avatar: avatar || "" });
    });
  },

  // A request to a back end of one's own, signed.
  async onOrders() {
    await this.attempt(async () => {
      const { data } = await getApp().session.request({ url: `${api}/orders`, data: { page: 1 } });
      this.setData({ orders: data });
    });
  },

  // A refusal has no code; that is an answer, not a failure.
  async onPhone({ detail }) {
    if (!detail.code) return;
    await this.attempt(async () => {
      const { phone_number: phone } = await getApp().session.linkPhone(detail.code);
      this.setData({ phone });
    });
  },

  async onAvatar({ detail }) {
    await this.attempt(async () => this.setData({ avatar: await upload(detail.avatarUrl) }));
  },

  async onProfile({ detail }) {
    await this.attempt(async () => {
      // WeChat checks what was typed when the field loses its focus, and empties it when it refuses.
      const nickname = (detail.value.nickname || "").trim();
      const avatar = this.data.avatar || undefined;
      if (!nickname && !avatar) return;
      const saved = await getApp().profileSession.saveProfile({ nickname: nickname || undefined, avatar });
      this.setData({ nickname: saved.nickname || "", avatar: saved.avatar || "" });
    });
  },

  async onLogout() {
    await this.attempt(async () => {
      await getApp().session.logout();
      this.setData({ openid: "", orders: null });
    });
  },

  async attempt(work) {
    try {
      await work();
      this.setData({ problem: "" });
    } catch (problem) {
      this.setData({ problem: problem.message });
    }
  },
});
