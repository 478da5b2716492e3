// http.mjs - one client of the API: HTTPS with keep-alive, JSON, idempotency keys, a token of its own.
import { randomUUID } from "node:crypto";
import https from "node:https";
import assert from "node:assert/strict";

export class Answer {
  constructor(status, headers, buffer) {
    this.status = status;
    this.headers = headers;
    this.buffer = buffer;
  }
  get text() { return this.buffer.toString("utf8"); }
  get body() {
    if (this.json === undefined) try { this.json = JSON.parse(this.text); } catch { this.json = null; }
    return this.json;
  }
  get code() { return this.body?.error?.code; }
}

export class Client {
  constructor(world, { name = "", token = null, device = "e2e-device", sockets = 64, ...rest } = {}) {
    Object.assign(this, rest, { world, name, token, device });
    this.agent = new https.Agent({ keepAlive: true, maxSockets: sockets, ca: world.ca });
    (world.clients ||= []).push(this);
  }
  close() { this.agent.destroy(); }
  /* As once(); whoever has a password to prove (client.prove) does so when asked, like a screen does, and asks again. */
  async call(method, path, body, o = {}) {
    const key = method === "POST" && o.key === undefined ? randomUUID() : o.key, r = await this.once(method, path, body, { ...o, key });
    if (!this.prove || r.status !== 403 || r.code !== "step_up_required") return r;
    const p = await this.once("POST", "/api/v1/auth/step-up", { password: this.prove });
    return p.status === 200 ? this.once(method, path, body, { ...o, key }) : p;
  }
  /* key: undefined makes one for a POST, null sends none. Rejects only when no answer came. */
  once(method, path, body, { key, ifMatch, headers = {}, type = "application/json", timeout = 20000, agent = this.agent } = {}) {
    const data = body === undefined ? null : Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    const h = { ...headers };
    if (this.token) h.authorization ??= `Bearer ${this.token}`;
    if (this.device) h["x-device-id"] ??= this.device;
    if (data) { h["content-type"] ??= type; h["content-length"] = data.length; }
    if (method === "POST" && key === undefined) key = randomUUID();
    if (key) h["idempotency-key"] = key;
    if (ifMatch) h["if-match"] = `"${ifMatch}"`;
    return new Promise((ok, no) => {
      const rq = https.request({ host: "127.0.0.1", port: this.world.port, path, method, headers: h, agent, timeout }, (rs) => {
        const parts = [];
        rs.on("data", (d) => parts.push(d));
        rs.on("end", () => ok(new Answer(rs.statusCode, rs.headers, Buffer.concat(parts))));
        rs.on("error", no);
        rs.on("aborted", () => no(new Error("the answer was cut off")));
      });
      rq.on("timeout", () => rq.destroy(new Error(`no answer to ${method} ${path} within ${timeout} ms`)));
      rq.on("error", (e) => { e.sent = rq.reusedSocket ? "reused" : "fresh"; no(e); });
      rq.end(data);
    });
  }
  get(path, o) { return this.call("GET", path, undefined, o); }
  post(path, body = {}, o) { return this.call("POST", path, body, o); }
  put(path, body, o) { return this.call("PUT", path, body, o); }
  del(path, o) { return this.call("DELETE", path, undefined, o); }
  /* The same, but anything but the wanted status is a failure that tells what was answered. */
  async want(status, method, path, body, o) {
    const r = await this.call(method, path, body, o);
    assert.equal(r.status, status, `${this.name}: ${method} ${path} answered ${r.status} ${r.text.slice(0, 400)}`);
    if (status >= 400) {
      assert.ok(r.body?.error?.code && r.body.error.message && r.body.error.request_id, `an error must say what it is: ${r.text}`);
    }
    return r.body;
  }
  /* Until it is answered at all: across a restart of the server, with the same key. */
  async insist(method, path, body, o = {}) {
    const key = o.key ?? randomUUID(), end = Date.now() + (o.within ?? 30000);
    for (;;) {
      try {
        const r = await this.call(method, path, body, { ...o, key });
        if (r.status !== 503) return r;
      } catch (e) {
        if (Date.now() > end) throw e;
      }
      if (Date.now() > end) throw new Error(`${method} ${path}: still 503`);
      await new Promise((r) => setTimeout(r, 20));
    }
  }
  async login(login, password, more = {}) {
    const r = await this.post("/api/v1/auth/login", { login, password, ...more });
    if (r.status === 200) this.take(r.body);
    return r;
  }
  take(l) {
    this.token = l.token;
    this.refresh_token = l.refresh_token;
    this.account_id = l.account_id;
    this.session_id = l.session_id;
    this.project_id = l.project_id;
  }
  act(id, action, body = {}, o) { return this.post(`/api/v1/repairs/${id}/${action}`, body, o); }
  async must(id, action, body = {}, o) { return this.want(200, "POST", `/api/v1/repairs/${id}/${action}`, body, o); }
  async types() {
    const l = await this.want(200, "GET", "/api/v1/fault-types");
    return Object.fromEntries(l.items.map((t) => [t.name, t]));
  }
  async report(body, o) { return (await this.want(201, "POST", "/api/v1/repairs", body, o)).repair; }
  async repair(id) { return (await this.want(200, "GET", `/api/v1/repairs/${id}`)).repair; }
  async offers() { return (await this.want(200, "GET", "/api/v1/offers")).items; }
}
