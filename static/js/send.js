/* Requests of our own: same origin, with the CSRF token that stands on <body hx-headers>. */
export const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");

export function post(url, fields) {
  return fetch(url, {
    method: "POST",
    headers: { ...headers, "HX-Request": "true" },
    body: new URLSearchParams(fields),
    keepalive: true,
  });
}

export function getFragment(url) {
  return fetch(url, { headers: { "HX-Request": "true" }, redirect: "manual", cache: "no-store" });
}
