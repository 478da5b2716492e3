// live.mjs - the live client library: one subscriber over WSS that keeps the books. For each topic it checks that the
// numbers go up by one, that nothing comes twice and nothing is left out (boards may skip: they conflate), and it
// resumes by itself after a lost connection.
import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import assert from "node:assert/strict";

let WebSocket;
try {
  WebSocket = createRequire(import.meta.url)("ws");
} catch {
  try {
    WebSocket = createRequire("/usr/share/nodejs/")("ws");
  } catch {
    throw new Error("the ws package is missing: run `npm ci` in tests/e2e, or install Debian's node-ws");
  }
}
WebSocket = WebSocket.WebSocket || WebSocket;
export { WebSocket };

export const raw_socket = (world, { headers = {}, protocol = "push", path = "/live/v1" } = {}) =>
  new WebSocket(`wss://127.0.0.1:${world.port}${path}`, protocol, { ca: world.ca, perMessageDeflate: false, headers, handshakeTimeout: 10000 });

/* A key twice in one object: JSON.parse would hide it, stricter readers refuse it. */
function twice(text) {
  const open = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "{" || c === "[") open.push(c === "{" ? new Set() : null);
    else if (c === "}" || c === "]") open.pop();
    else if (c === '"') {
      let e = i + 1;
      while (text[e] !== '"') e += text[e] === "\\" ? 2 : 1;
      const s = text.slice(i + 1, e);
      i = e;
      if (text[e + 1] !== ":") continue;
      const keys = open[open.length - 1];
      if (keys.has(s)) return s;
      keys.add(s);
    }
  }
  return null;
}

const skips = (topic) => topic.endsWith(":board");

export class Live extends EventEmitter {
  /* topics: names; from: number each starts after (0: everything kept, null: from now) */
  constructor(client, { topics = [], from = 0, name = client.name, reconnect = true } = {}) {
    super();
    this.setMaxListeners(0);
    Object.assign(this, { client, world: client.world, name, reconnect });
    this.wanted = new Set(topics);
    this.last = new Map(topics.map((t) => [t, from])); // topic -> number of the last event, null: unknown
    this.first = new Map();
    this.events = [];
    this.problems = [];
    this.closes = [];
    this.gaps = [];
    this.denied = new Set();
    this.connects = 0;
    this.stopped = false;
    (this.world.lives ||= new Set()).add(this);
    if (client.account_id && !topics.includes(`user:${client.account_id}`)) this.last.set(`user:${client.account_id}`, from);
  }
  static async open(client, options = {}) {
    const l = new Live(client, options);
    await l.connect();
    return l;
  }
  async connect() {
    const t = await this.client.call("POST", "/api/v1/live/tickets", {});
    if (t.status !== 201) {
      const e = new Error(`${this.name}: no ticket: ${t.status} ${t.text}`);
      e.refused = t.status === 401 || t.status === 403;
      throw e;
    }
    return this.connect_with(t.body.ticket);
  }
  connect_with(ticket) {
    const ws = (this.ws = raw_socket(this.world));
    this.connects++;
    ws.on("open", () => ws.send(JSON.stringify({ op: "hello", ticket, resume: Object.fromEntries(this.last) })));
    ws.on("message", (d) => this.ws === ws && this.message(d.toString()));
    ws.on("error", (e) => { this.error = e; });
    ws.on("close", (code, reason) => {
      if (this.ws !== ws) return;
      this.live = false;
      const c = { code, reason: reason.toString() };
      this.closes.push(c);
      this.emit("closed", c);
      if (this.reconnect && !this.stopped && code !== 4401 && code !== 4409) this.again();
    });
    return new Promise((ok, no) => {
      const done = () => { ws.off("close", failed); ok(this); };
      const failed = (code, reason) => { this.off("live", done); no(Object.assign(new Error(`${this.name}: closed ${code} ${reason} before live`), { code })); };
      this.once("live", done);
      ws.once("close", failed);
    });
  }
  /* Back with growing pauses, as a real client: at once it would only meet the restart. */
  async again() {
    for (let wait = 20; !this.stopped; wait = Math.min(wait * 2, 500)) {
      await new Promise((r) => setTimeout(r, wait * (0.5 + Math.random())));
      if (this.stopped) return;
      try {
        await this.connect();
        this.emit("back");
        return;
      } catch (e) {
        if (e.refused) return;
        if (typeof e.code === "number") return; // the close handler has started another round
      }
    }
  }
  message(text) {
    const m = JSON.parse(text), double = twice(text);
    if (double) this.problems.push(`"${double}" twice in ${text}`);
    if (m.type === "event") this.event(m);
    else if (m.type === "live") { this.positions(m.topics); this.live = true; this.emit("live"); }
    else if (m.type === "gap") { this.gaps.push(m.topic); this.last.set(m.topic, null); this.emit("gap", m.topic); }
    else if (m.type === "denied") { this.denied.add(m.topic); this.emit("denied", m.topic); }
    else this.emit(m.type, m);
  }
  // "live" says where each topic stands: what we have seen, or where we begin when we asked for "from now"
  positions(topics) {
    for (const [topic, seq] of Object.entries(topics)) {
      const last = this.last.get(topic);
      if (last === undefined || last === null || last < 0) this.last.set(topic, seq);
      else if (last !== seq && !skips(topic)) this.problems.push(`live says ${topic} stands at ${seq}, we have ${last}`);
    }
  }
  event(m) {
    const last = this.last.get(m.topic);
    if (this.denied.has(m.topic)) this.problems.push(`${m.topic} ${m.seq} after it was denied`);
    if (last === undefined) this.problems.push(`${m.topic} ${m.seq} was never asked for`);
    else if (last !== null && m.seq <= last) this.problems.push(`${m.topic} ${m.seq} again, after ${last}`);
    else if (last !== null && m.seq !== last + 1 && !skips(m.topic)) this.problems.push(`${m.topic} ${m.seq} after ${last}: ${m.seq - last - 1} left out`);
    this.last.set(m.topic, m.seq);
    if (!this.first.has(m.topic)) this.first.set(m.topic, m.seq);
    m.got = performance.now();
    this.events.push(m);
    this.emit("event", m);
  }
  send(m) { this.ws.send(typeof m === "string" ? m : JSON.stringify(m)); }
  /* Subscribes and waits until it is live (or denied). */
  async sub(topics, from = 0) {
    for (const t of topics) { this.last.set(t, from); this.denied.delete(t); }
    const live = this.next("live");
    this.send({ op: "sub", topics, resume: Object.fromEntries(topics.map((t) => [t, from])) });
    await live;
  }
  unsub(topics) {
    this.send({ op: "unsub", topics });
    for (const t of topics) this.last.delete(t);
  }
  next(name, ms = 10000) {
    return new Promise((ok, no) => {
      const timer = setTimeout(() => { this.off(name, fn); no(new Error(`${this.name}: no ${name} within ${ms} ms`)); }, ms);
      const fn = (x) => { clearTimeout(timer); ok(x); };
      this.once(name, fn);
    });
  }
  /* The first event that fits, already here or yet to come. fits: a function, or an event's type. */
  expect(topic, fits, ms = 15000) {
    const fn = typeof fits === "function" ? fits : (m) => m.event === fits;
    const ok_event = (m) => (topic === null || m.topic === topic) && fn(m);
    const have = this.events.find(ok_event);
    if (have) return Promise.resolve(have);
    const at = new Error();
    return new Promise((ok, no) => {
      const seen = (m) => { if (ok_event(m)) { clearTimeout(timer); this.off("event", seen); ok(m); } };
      const timer = setTimeout(() => {
        this.off("event", seen);
        const last = this.events.slice(-8).map((m) => `${m.topic} ${m.seq} ${m.event} ${m.data?.event ?? ""} ${m.data?.state ?? ""}`);
        at.message = `${this.name}: expected ${fits} on ${topic} within ${ms} ms; last were:\n${last.join("\n")}`;
        no(at);
      }, ms);
      this.on("event", seen);
    });
  }
  /* An order's step as the table names it */
  step(topic, repair_id, event, ms) {
    return this.expect(topic, (m) => m.event === "repair.status" && m.data.repair_id === repair_id && m.data.event === event, ms);
  }
  closed(code, ms = 10000) {
    const fits = (c) => code === undefined || c.code === code;
    const have = this.closes.find(fits);
    if (have) return Promise.resolve(have);
    return new Promise((ok, no) => {
      const timer = setTimeout(() => { this.off("closed", fn); no(new Error(`${this.name}: no close ${code ?? ""} within ${ms} ms; saw ${JSON.stringify(this.closes)}`)); }, ms);
      const fn = (c) => { if (fits(c)) { clearTimeout(timer); this.off("closed", fn); ok(c); } };
      this.on("closed", fn);
    });
  }
  async ping() {
    const pong = this.next("pong");
    this.send({ op: "ping" });
    return pong;
  }
  drop() { this.ws.terminate(); } // as when the phone leaves the network
  of(topic) { return this.events.filter((m) => m.topic === topic); }
  /* Everything the rules above found wrong. */
  check() { assert.deepEqual(this.problems, [], `${this.name}: the live stream broke its promise`); }
  stop() {
    this.stopped = true;
    this.ws?.terminate();
    this.world.lives.delete(this);
    this.check();
  }
}
