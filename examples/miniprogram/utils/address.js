// Addresses as they travel: what is signed must be, byte for byte, what the server receives.

// Encodes what may not stand in an address; what is encoded already stays as it is.
function encoded(address) {
  return address.replace(/[^\x21-\x7e]+/g, (text) => encodeURIComponent(text));
}

// Appends parameters, as wx.request does with the `data` of a GET, but before the address is signed.
function withQuery(address, data) {
  const pairs = Object.keys(data || {})
    .filter((name) => data[name] !== undefined)
    .map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(String(data[name]))}`);
  if (pairs.length === 0) return address;
  const [base, fragment] = splitFragment(address);
  const mark = base.includes("?") ? (/[?&]$/.test(base) ? "" : "&") : "?";
  return base + mark + pairs.join("&") + fragment;
}

// Path and query of an absolute address: the request target.
function target(address) {
  const rest = splitFragment(address)[0].replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, "");
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function splitFragment(address) {
  const hash = address.indexOf("#");
  return hash < 0 ? [address, ""] : [address.slice(0, hash), address.slice(hash)];
}

module.exports = { encoded, withQuery, target };
