// server.mjs - a private world for one test file: data folder, certificate, database, anjud, anju-sandbox, redis-server.
// Everything it starts dies with the test. Nothing here waits for a time, only for events with a deadline.
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client } from "./http.mjs";

const run = promisify(execFile);
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
export const ANJUD = process.env.ANJUD || path.join(root, ".build/dev/anjud");
const build = path.dirname(ANJUD);
const SANDBOX = process.env.ANJU_SANDBOX || path.join(build, "tests/sandbox/anju-sandbox");
const SEED = process.env.ANJU_E2E_SEED || path.join(build, "tests/e2e/e2e-seed");
export const PASSWORD = "Anju-Demo-2026";
export const onPg = !!process.env.ANJU_TEST_PG;
export const number = (name, dflt) => Number(process.env[name] || dflt);

/* Leaks are looked for by the unit tests: the worker is not dumpable, so a leak checker could not attach to it. */
const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0:abort_on_error=0:exitcode=99", UBSAN_OPTIONS: "print_stacktrace=1",
  TSAN_OPTIONS: `exitcode=98:halt_on_error=0${process.env.TSAN_OPTIONS ? ":" + process.env.TSAN_OPTIONS : ""}` };
const alive = new Set();
process.on("exit", () => { for (const c of alive) try { process.kill(c.pid, "SIGKILL"); } catch { /* gone */ } });
for (const s of ["SIGINT", "SIGTERM"]) process.on(s, () => process.exit(130));

/* Runs test() again and again until it gives something; for what cannot be waited for by an event. */
export async function until(test, ms, what) {
  const end = Date.now() + ms;
  for (;;) {
    const v = await test();
    if (v) return v;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((r) => setTimeout(r, 15));
  }
}

export class Process {
  constructor(command, args, options = {}) {
    this.name = path.basename(command);
    this.lines = [];
    this.text = "";
    this.waiting = new Set();
    this.child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env, ...options });
    this.pid = this.child.pid;
    alive.add(this.child);
    this.child.unref(); // a test that failed half-way must still be able to end
    this.child.stdout.unref();
    this.child.stderr.unref();
    this.done = once(this.child, "exit").then(([code, signal]) => {
      alive.delete(this.child);
      this.exit = { code, signal };
      for (const w of this.waiting) w();
      return this.exit;
    });
    for (const s of [this.child.stdout, this.child.stderr]) {
      let rest = "";
      s.setEncoding("utf8");
      s.on("data", (d) => {
        const parts = (rest + d).split("\n");
        rest = parts.pop();
        for (const l of parts) this.line(l);
      });
      s.on("end", () => rest && this.line(rest));
    }
  }
  /* Whoever waits for the end keeps the test alive until then. */
  get exited() {
    if (!this.exit) this.child.ref();
    return this.done;
  }
  line(l) {
    let j = null;
    if (l[0] === "{") try { j = JSON.parse(l); } catch { /* not ours */ }
    if (!j && this.text.length < 200000) this.text += l + "\n";
    if (j && j.event !== "http.access") {
      this.lines.push(j);
      if (this.lines.length > 5000) this.lines.splice(0, 1000);
    }
    for (const w of this.waiting) w();
  }
  /* The first log line (from number `from` on) that fits; rejects when the process ends without it. */
  log(fits, ms = 20000, from = 0, what = "log line") {
    return new Promise((ok, no) => {
      const look = () => {
        const l = this.lines.slice(from).find(fits);
        if (!l && !this.exit) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        l ? ok(l) : no(new Error(`${this.name} ended (${JSON.stringify(this.exit)}) before: ${what}\n${this.tail()}`));
      };
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        no(new Error(`${this.name}: ${what} not within ${ms} ms\n${this.tail()}`));
      }, ms);
      this.waiting.add(look);
      look();
    });
  }
  tail() { return this.lines.slice(-12).map((l) => JSON.stringify(l)).join("\n") + "\n" + this.text.slice(-6000); }
  signal(s) { if (!this.exit) process.kill(this.pid, s); }
  async end(signal = "SIGTERM", ms = 25000) {
    this.signal(signal);
    const timer = setTimeout(() => this.signal("SIGKILL"), ms);
    const e = await this.exited;
    clearTimeout(timer);
    return e;
  }
}

async function make_cert(dir, name = "server") {
  const cert = path.join(dir, `${name}.crt`), key = path.join(dir, `${name}.key`);
  await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
    "-keyout", key, "-out", cert, "-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
  fs.chmodSync(key, 0o600);
  return { cert, key };
}

async function free_port() {
  const s = net.createServer().listen(0, "127.0.0.1");
  await once(s, "listening");
  const { port } = s.address();
  s.close();
  await once(s, "close");
  return port;
}

export async function make_database(admin) {
  const name = `e2e_${process.pid}_${randomBytes(4).toString("hex")}`;
  await run("psql", ["-qX", "-v", "ON_ERROR_STOP=1", "-c", `CREATE DATABASE ${name}`, admin]);
  return { name, url: admin.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`) };
}

export class World {
  /* options: keep_clock (a restart keeps the shift), env {}, demo (true), sandbox, redis, supervised, config {}, seed [[...args]], start (true) */
  static async start(options = {}) {
    const w = new World();
    w.options = options;
    w.dir = fs.mkdtempSync(path.join(os.tmpdir(), "anju-e2e-"));
    fs.chmodSync(w.dir, 0o700);
    try {
      await w.prepare();
      if (options.start !== false) await w.up();
    } catch (e) {
      await w.stop({ check: false });
      throw e;
    }
    return w;
  }
  async prepare() {
    const o = this.options, d = this.dir;
    Object.assign(this, await make_cert(d));
    this.ca = fs.readFileSync(this.cert);
    this.config = { data_dir: path.join(d, "data"), port: 0, tls_cert_file: this.cert, tls_key_file: this.key, test_hooks: true, public_url: "https://pay.example.cn",
      sms_aliyun_url: "http://127.0.0.1:1", sms_tencent_url: "http://127.0.0.1:1", wechat_api_url: "http://127.0.0.1:1",
      alipay_gateway_url: "http://127.0.0.1:1", wechat_pay_url: "http://127.0.0.1:1", rate_per_ip: 100000, rate_per_user: 100000, watchdog_s: 0, drain_s: 10, access_min: 1440, session_h: 720,
      event_keep_h: 8760, schema_dir: path.join(root, "schema") };
    if (onPg && !o.sqlite) {
      this.database = await make_database(process.env.ANJU_TEST_PG);
      this.config.store_url = this.database.url;
    }
    if (o.sandbox) await this.start_sandbox();
    if (o.redis) {
      this.config.redis_url = `unix:${d}/redis.sock`;
      if (o.redis !== "later") await this.start_redis();
    }
    Object.assign(this.config, o.config);
    this.configure({});
    if (o.demo !== false) await this.tool("demo");
    this.ids = {};
    this.who = {};
    for (const args of o.seed || [["sessions"]])
      if (o.demo !== false) await this.seed(...args);
  }
  configure(change) {
    Object.assign(this.config, change);
    this.conf = path.join(this.dir, "anju.conf");
    fs.writeFileSync(this.conf, Object.entries(this.config).map(([k, v]) => `${k} = "${v}"\n`).join(""), { mode: 0o600 });
  }
  async start_sandbox() {
    this.sandbox = new Process(SANDBOX, ["--keys", path.join(this.dir, "keys"), "--no-limits"]);
    const s = await this.sandbox.log((l) => l.smtp_port, 20000, 0, "sandbox ports");
    const k = (n) => path.join(s.keys, n), url = `http://127.0.0.1:${s.port}`;
    this.control = url + "/control";
    this.channels = s; // numbers and keys of the payment channels
    this.config.port = await free_port(); // they must know where to call before the server listens
    this.config.public_url = `https://127.0.0.1:${this.config.port}`;
    Object.assign(this.config, { sms_aliyun_url: url, sms_tencent_url: url, wechat_api_url: url, alipay_gateway_url: url + "/gateway.do",
      wechat_pay_url: url,
      sms_key_id: s.sms_key_id, sms_key_file: k("sms_secret"), sms_app_id: s.sms_app_id, sms_sign: "安居", sms_template_code: "SMS_1",
      sms_template_notice: "SMS_2", smtp_url: `smtp://127.0.0.1:${s.smtp_port}`, smtp_from: "anju@example.com",
      wechat_appid: s.wechat_appid, wechat_secret_file: k("wechat_secret"), wechat_template_repair: "tmpl-repair",
      alipay_appid: s.alipay_appid, alipay_key_file: k("alipay_app_private.pem"),
      alipay_public_file: k("alipay_gateway_public.pem"), alipay_aes_file: k("alipay_aes") });
  }
  async start_redis() {
    this.redis = new Process("redis-server", ["--port", "0", "--unixsocket", path.join(this.dir, "redis.sock"), "--save", "", "--appendonly",
      "no", "--dir", this.dir, "--daemonize", "no"]);
    await until(async () => (await this.redis_cli("PING").catch(() => "")).includes("PONG"), 10000, "redis");
  }
  async redis_cli(...args) {
    return (await run("redis-cli", ["-s", path.join(this.dir, "redis.sock"), ...args])).stdout;
  }
  async tool(...args) {
    const { stdout, stderr } = await run(ANJUD, [args[0], "-c", this.conf, ...args.slice(1)], { env, maxBuffer: 1 << 24 });
    return stdout + stderr;
  }
  async seed(...args) {
    const { stdout } = await run(SEED, ["-c", this.conf, ...args.map(String)], { env, maxBuffer: 1 << 24 });
    for (const l of stdout.trim().split("\n")) {
      if (l[0] !== "{") continue;
      const j = JSON.parse(l);
      if (j.who) this.who[j.who] = j;
      else Object.assign(this.ids, j);
    }
  }
  async up() {
    this.starts = (this.starts || 0) + 1;
    const t = performance.now();
    this.anjud = new Process(ANJUD, ["-c", this.conf, ...(this.options.supervised ? [] : ["--no-supervisor"])],
      this.options.env ? { env: { ...env, ...this.options.env } } : {});
    const l = await this.anjud.log((x) => x.event === "start.listening", 30000, 0, "start.listening");
    this.start_ms = performance.now() - t;
    this.port = l.port;
    this.worker = l.pid;
    if (this.config.port === 0) this.configure({ port: l.port }); // a restart comes back at the same address
    this.history = (this.history || []).concat(this.anjud);
    if (this.options.keep_clock && this.shifted) await this.client().want(200, "POST", "/api/v1/test/clock", { ms: this.shifted });
    return this;
  }
  async kill() {
    this.anjud.signal("SIGKILL");
    await this.anjud.exited;
  }
  async restart(signal = "SIGKILL") {
    await this.anjud.end(signal);
    await this.up();
  }
  /* Moves the server's clock; what is due then happens by itself. */
  async shift(ms) {
    const r = await this.client().post("/api/v1/test/clock", { ms });
    if (r.status !== 200) throw new Error(`clock: ${r.status} ${r.text}`);
    this.now = r.body.now;
    this.shifted = (this.shifted || 0) + ms;
    if (this.control) await this.tell_sandbox("clock", { ms }); // providers refuse requests from another time
  }
  client(who, extra = {}) {
    const s = who ? this.who[who] : null;
    if (who && !s) throw new Error(`nobody called ${who} was seeded`);
    return new Client(this, { name: who || "anonymous", ...(s || {}), ...extra });
  }
  async captured(kind, to) {
    const name = kind === "sms" ? "phone" : kind === "mail" ? "to" : "openid";
    const r = await fetch(`${this.control}/${kind === "message" ? "messages" : kind}?${name}=${encodeURIComponent(to)}`);
    return r.json();
  }
  async capture(kind, to, n, ms = 10000) {
    return until(async () => {
      const all = await this.captured(kind, to);
      return all.length >= n && all;
    }, ms, `${n} ${kind} to ${to}`);
  }
  async tell_sandbox(what, body = {}) {
    const r = await fetch(`${this.control}/${what}`, { method: "POST", body: JSON.stringify(body) });
    const answer = await r.json().catch(() => ({}));
    if (!r.ok) throw new Error(`sandbox ${what} ${JSON.stringify(body)}: ${r.status} ${JSON.stringify(answer)}`);
    return answer;
  }
  async ask_sandbox(what) { return (await fetch(`${this.control}/${what}`)).json(); }
  async verify() {
    try {
      return await this.tool("verify");
    } catch (e) {
      throw new Error(`anjud verify: ${e.stdout}${e.stderr}`);
    }
  }
  /* Ends everything; a sanitizer's word in any log fails the test. */
  async stop({ check = true } = {}) {
    const bad = [];
    for (const l of this.lives || []) { // left over by a test that failed
      l.stopped = true;
      l.ws?.terminate();
    }
    for (const c of this.clients || []) c.close();
    if (this.anjud) await this.anjud.end("SIGTERM");
    if (this.redis) await this.redis.end("SIGKILL");
    if (this.sandbox) await this.sandbox.end("SIGKILL");
    for (const p of [...(this.history || []), this.sandbox])
      if (p && /AddressSanitizer|ThreadSanitizer|runtime error:/.test(p.text)) bad.push(p.text.slice(0, 12000));
    if (this.database)
      await run("psql", ["-qX", "-c", `DROP DATABASE IF EXISTS ${this.database.name} WITH (FORCE)`, process.env.ANJU_TEST_PG]).catch(() => {});
    if (process.env.ANJU_KEEP) console.error(`kept: ${this.dir}`);
    else fs.rmSync(this.dir, { recursive: true, force: true });
    if (check && bad.length) throw new Error(`sanitizer report:\n${bad.join("\n")}`);
  }
}
export { make_cert };
