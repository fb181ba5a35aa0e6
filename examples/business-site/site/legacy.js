// Authing's published snippet, where only the address of the script is another.
const userPoolId = document.body.dataset.pool;

const authingWxmp = new AuthingWxmp({ userPoolId });

document.getElementById('sign-in').onclick = () => {
  if (authingWxmp.checkWechatUA()) {
    window.location = authingWxmp.getAuthorizationUrl();
  } else {
    showProblem({ message: say('openInWechat') });
  }
};

const { ok, userinfo, message } = authingWxmp.getUserInfo();
if (ok) {
  showMember({ name: userinfo.nickname, picture: userinfo.photo, idToken: userinfo.token });
} else if (message) {
  showProblem({ message });
}
