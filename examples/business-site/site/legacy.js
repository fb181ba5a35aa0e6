// The calls of Authing's SDK, as pages written for it make them; only the address of the script is another. This shop's
// own: a tap starts it, and visitors come back to /auth/callback, so the other half, getUserInfo(), is in sign-in.js.
const userPoolId = document.body.dataset.pool;

const authingWxmp = new AuthingWxmp({ userPoolId });

document.getElementById('sign-in').onclick = () => {
  if (authingWxmp.checkWechatUA()) {
    window.location = authingWxmp.getAuthorizationUrl();
  } else {
    showProblem({ message: say('openInWechat') });
  }
};
