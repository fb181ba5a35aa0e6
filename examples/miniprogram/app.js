const { createSignedSession } = require("./utils/signed-session");
const { createTokenSession } = require("./utils/token-session");
const { provider } = require("./config");

App({
  onLaunch() {
    this.session = createSignedSession({ wx, provider });
    this.profileSession = createTokenSession({ wx, provider });
  },
});
