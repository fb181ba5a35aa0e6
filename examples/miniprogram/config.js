// Where the provider and your own back end are. WeChat's console must list both under 服务器域名 (request 合法域名).
module.exports = {
  provider: "https://id.example.com",
  api: "https://api.example.com",
  // Where a chosen picture is uploaded to; answers with the https address it can be seen at.
  uploadURL: "https://api.example.com/uploads",
};
