// wx.request as a promise that is kept only by an answer from 200 to 299.

function send(wx, options) {
  return new Promise((resolve, reject) => {
    wx.request({
      ...options,
      success(response) {
        const { statusCode, data } = response;
        if (statusCode >= 200 && statusCode < 300) {
          resolve(response);
        } else {
          reject(Object.assign(new Error(`HTTP ${statusCode}`), { statusCode, data }));
        }
      },
      fail(problem) {
        reject(new Error(problem && problem.errMsg ? problem.errMsg : "request failed"));
      },
    });
  });
}

function loginCode(wx) {
  return new Promise((resolve, reject) => {
    wx.login({
      success({ code, errMsg }) {
        if (code) resolve(code);
        else reject(new Error(errMsg || "wx.login gave no code"));
      },
      fail(problem) {
        reject(new Error(problem && problem.errMsg ? problem.errMsg : "wx.login failed"));
      },
    });
  });
}

module.exports = { send, loginCode };
