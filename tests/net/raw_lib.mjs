// raw_lib.mjs - a probe process, raw connections with plain or TLS transport, answers taken apart, WebSocket frames.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import tls from "node:tls";

export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

export async function until(test, ms, what) {
  const end = Date.now() + ms;
  for (;;) {
    const v = await test();
    if (v) return v;
    if (Date.now() > end) throw new Error(`${what} not within ${ms} ms`);
    await sleep(10);
  }
}

export class Probe {
  static async start(binary, args, secure) {
    const p = new Probe();
    p.secure = !!secure;
    const all = secure ? ["--tls", secure.cert, secure.key, ...args] : args;
    p.child = spawn(binary, all, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ASAN_OPTIONS: "detect_leaks=1" } });
    p.err = "";
    p.child.stderr.on("data", (d) => (p.err += d));
    p.exited = once(p.child, "exit").then(([code, signal]) => (p.exit = { code, signal }));
    let out = "";
    p.child.stdout.on("data", (d) => (out += d));
    await until(() => out.includes("\n") || p.exit, 5000, "the probe's port");
    if (p.exit) throw new Error(`probe did not start: ${p.err}`);
    p.port = JSON.parse(out).port;
    return p;
  }
  get alive() { return !this.exit; }
  cpuMs() { // of all threads, from schedstat (nanoseconds on a processor)
    let ns = 0;
    try {
      for (const t of fs.readdirSync(`/proc/${this.child.pid}/task`))
        ns += Number(fs.readFileSync(`/proc/${this.child.pid}/task/${t}/schedstat`, "utf8").split(" ")[0]);
    } catch { return 0; }
    return ns / 1e6;
  }
  async cpuShare(ms) {
    const from = this.cpuMs(), t = performance.now();
    await sleep(ms);
    return (this.cpuMs() - from) / (performance.now() - t);
  }
  lws() { // 4.1 is .so.17
    const maps = fs.readFileSync(`/proc/${this.child.pid}/maps`, "utf8");
    return Number(/libwebsockets\.so\.(\d+)/.exec(maps)?.[1] ?? 0);
  }
  async connect(opts = {}) {
    const s = this.secure
      ? tls.connect({ port: this.port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["http/1.1"], ...opts })
      : net.connect({ port: this.port, host: "127.0.0.1", allowHalfOpen: true, ...opts });
    const c = new Conn(s);
    await new Promise((ok, no) => { s.once(this.secure ? "secureConnect" : "connect", ok); s.once("error", no); s.once("close", () => no(new Error("closed"))); });
    s.setNoDelay(true);
    return c;
  }
  async get(path, ms = 2000) {
    const c = await this.connect();
    c.write(`GET ${path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n`);
    await c.wait(() => c.responses().length > 0 || c.ended, ms);
    c.destroy();
    const r = c.responses()[0];
    if (!r) throw new Error("no answer");
    return r;
  }
  async stats() { return JSON.parse((await this.get("/stats")).body); }
  async stop(signal = "SIGTERM", ms = 8000) {
    if (!this.exit) this.child.kill(signal);
    await Promise.race([this.exited, sleep(ms)]);
    if (!this.exit) { this.child.kill("SIGKILL"); await this.exited; }
    return this.exit;
  }
}

export class Conn {
  constructor(s) {
    this.s = s;
    this.data = Buffer.alloc(0);
    this.ended = this.closed = false;
    this.waiters = new Set();
    const wake = () => { for (const w of [...this.waiters]) w(); };
    s.on("data", (d) => { this.data = Buffer.concat([this.data, d]); wake(); });
    s.on("end", () => { this.ended = true; wake(); });
    s.on("error", (e) => { this.error = e.code; wake(); });
    s.on("close", () => { this.closed = this.ended = true; wake(); });
  }
  write(d) { if (!this.s.destroyed) this.s.write(d); }
  wait(test, ms) { // true when test came true in time
    if (test()) return Promise.resolve(true);
    return new Promise((ok) => {
      const w = () => { if (test()) { this.waiters.delete(w); clearTimeout(t); ok(true); } };
      const t = setTimeout(() => { this.waiters.delete(w); ok(test()); }, ms);
      this.waiters.add(w);
    });
  }
  destroy() { this.s.destroy(); }
  reset() { this.s.resetAndDestroy ? (this.s.resetAndDestroy?.() ?? 0) : this.s.destroy(); }
  responses() { // complete answers so far; 100 Continue counts as one without a body
    const out = [];
    let at = 0;
    for (;;) {
      const end = this.data.indexOf("\r\n\r\n", at);
      if (end < 0) break;
      const lines = this.data.subarray(at, end).toString("latin1").split("\r\n");
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(lines[0])?.[1] ?? 0);
      const headers = {};
      for (const l of lines.slice(1)) headers[l.slice(0, l.indexOf(":")).toLowerCase()] = l.slice(l.indexOf(":") + 1).trim();
      const n = status === 100 || status === 101 || status === 204 || status === 304 || this.noBody ? 0 : Number(headers["content-length"] ?? 0);
      if (this.data.length < end + 4 + n) break;
      out.push({ status, headers, body: this.data.subarray(end + 4, end + 4 + n).toString("utf8"), bytes: n });
      at = end + 4 + n;
      if (status === 101) break;
    }
    this.rest = this.data.subarray(at);
    return out;
  }
}

// ---- WebSocket ----
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const upgrade = (extra = {}, path = "/live/v1") => {
  const h = { Host: "t", Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "push", ...extra };
  return `GET ${path} HTTP/1.1\r\n` + Object.entries(h).filter(([, v]) => v !== null).map(([k, v]) => `${k}: ${v}\r\n`).join("") + "\r\n";
};
export function frame(op, payload = "", { fin = true, mask = true, rsv = 0 } = {}) {
  const p = Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
  const head = [(fin ? 0x80 : 0) | rsv | op];
  const m = mask ? 0x80 : 0;
  if (p.length < 126) head.push(m | p.length);
  else if (p.length < 65536) head.push(m | 126, p.length >> 8, p.length & 255);
  else head.push(m | 127, 0, 0, 0, 0, (p.length >>> 24) & 255, (p.length >>> 16) & 255, (p.length >>> 8) & 255, p.length & 255);
  if (!mask) return Buffer.concat([Buffer.from(head), p]);
  const k = [1, 2, 3, 4], body = Buffer.from(p);
  for (let i = 0; i < body.length; i++) body[i] ^= k[i & 3];
  return Buffer.concat([Buffer.from(head), Buffer.from(k), body]);
}
export const closeFrame = (code, why = "") => frame(8, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(why)]));
export function frames(buf) {
  const out = [];
  for (let at = 0; buf.length - at >= 2;) {
    let n = buf[at + 1] & 127, h = 2;
    if (n === 126) { if (buf.length - at < 4) break; n = buf.readUInt16BE(at + 2); h = 4; }
    else if (n === 127) { if (buf.length - at < 10) break; n = Number(buf.readBigUInt64BE(at + 2)); h = 10; }
    if (buf.length - at < h + n) break;
    const p = buf.subarray(at + h, at + h + n);
    out.push({ op: buf[at] & 15, fin: !!(buf[at] & 128), payload: p, text: p.toString("utf8"), code: (buf[at] & 15) === 8 && n >= 2 ? p.readUInt16BE(0) : 0 });
    at += h + n;
  }
  return out;
}
export class Ws {
  static async open(probe, extra, path) {
    const w = new Ws();
    w.c = await probe.connect();
    w.c.write(upgrade(extra, path));
    await w.c.wait(() => w.c.responses().length > 0 || w.c.ended, 3000);
    w.response = w.c.responses()[0];
    const accept = createHash("sha1").update(KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
    w.ok = w.response?.status === 101 && w.response.headers["sec-websocket-accept"] === accept && w.response.headers["sec-websocket-protocol"] === "push";
    return w;
  }
  frames() { this.c.responses(); return frames(this.c.rest ?? Buffer.alloc(0)); }
  send(b) { this.c.write(b); }
  async next(test, ms = 3000) {
    await this.c.wait(() => this.frames().some(test) || this.c.ended, ms);
    return this.frames().find(test);
  }
  closeCode(ms) { return this.next((f) => f.op === 8, ms).then((f) => f?.code); }
  echo(text) { this.send(frame(1, text)); return this.next((f) => f.op === 1 && f.text === text); }
}

export const fnv = (b) => { let h = 2166136261; for (const c of Buffer.from(b)) h = Math.imul(h ^ c, 16777619) >>> 0; return h; };
