// Signing in with code and PKCE. The same script serves the front page and the page the visitor comes back to.
(async () => {
  const wxmp = new Wxmp({
    appId: document.body.dataset.client,
    redirectUrl: location.origin + '/auth/callback',
  });
  document.getElementById('sign-in').onclick = () => wxmp.signIn().catch(showProblem);

  // Visitors of the page /legacy come back to the same address, in the older way.
  const { ok, userinfo, message } = wxmp.getUserInfo();
  if (ok) {
    return showMember({ name: userinfo.nickname, picture: userinfo.photo, idToken: userinfo.token });
  } else if (message) {
    return showProblem({ message });
  }

  try {
    const session = await wxmp.handleCallback();
    if (!session) {
      return showWelcome();
    }
    const { name, picture } = await wxmp.fetchUserInfo(session);
    return showMember({ name, picture, idToken: session.idToken });
  } catch (error) {
    return showProblem(error);
  }
})();
