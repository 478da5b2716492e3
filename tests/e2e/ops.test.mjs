// ops.test.mjs - starting, stopping, reloading and dying as an operator sees it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import tls from "node:tls";
import { ANJUD, Live, make_cert, PASSWORD, raw_socket, Scene, until, World } from "./lib/index.mjs";

const world = async (t, options) => {
  const w = await World.start(options);
  t.after(() => w.stop());
  return w;
};
const fingerprint = (w) => new Promise((ok, no) => {
  const c = tls.connect({ host: "127.0.0.1", port: w.port, rejectUnauthorized: false }, () => { ok(c.getPeerCertificate().fingerprint256); c.destroy(); });
  c.on("error", no);
});

test("SIGTERM: what was begun is answered, readyz says so, sockets hear 1012, exit 0", async (t) => {
  const w = await world(t);
  const probe = w.client(null, { sockets: 1 }), l = await Live.open(w.client("owner0"), { reconnect: false });
  assert.equal((await probe.get("/readyz")).status, 200); // a connection from before the drain
  // Hashing is slow: these are under way when the signal comes, on connections that stand
  const phones = Array.from({ length: 10 }, () => w.client(null, { sockets: 1 }));
  await Promise.all(phones.map((c) => c.get("/livez")));
  const answers = phones.map((c, i) => c.login(`1380000010${i}`, PASSWORD));
  for (let i = 0; i < 3; i++) await probe.get("/livez"); // the loop has been round: they have been read
  const from = w.anjud.lines.length;
  w.anjud.signal("SIGTERM");
  await w.anjud.log((x) => x.event === "stop.draining", 5000, from);
  const ready = await probe.get("/readyz").catch((e) => e);
  if (ready.status) assert.deepEqual([ready.status, ready.body.draining], [503, true]);
  const statuses = (await Promise.all(answers)).map((r) => r.status);
  assert.deepEqual([...new Set(statuses)], [200], `nothing begun is dropped: ${statuses}`);
  await l.closed(1012);
  const e = await w.anjud.exited;
  assert.deepEqual(e, { code: 0, signal: null }, w.anjud.tail());
  await w.anjud.log((x) => x.event === "stop.drained", 1000, from);
  l.stop();
});

test("a stop under load loses nothing that was acknowledged, and a restart is not even noticed by who tries again", async (t) => {
  const s = await Scene.start();
  t.after(() => s.stop());
  const w = s.world, owners = [], ids = [];
  for (let i = 0; i < 4; i++) owners.push(await s.owner());
  let going = true;
  const load = owners.map(async (o) => {
    while (going) {
      const r = await o.insist("POST", "/api/v1/repairs", { type_id: s.types["门窗维修"].id, room_id: o.room_id, description: "x" });
      assert.equal(r.status, 201, r.text);
      ids.push(r.body.repair.id);
      const c = await o.insist("POST", `/api/v1/repairs/${r.body.repair.id}/cancel`, {});
      assert.equal(c.status, 200, c.text);
    }
  });
  for (let k = 0; k < 2; k++) {
    const at = ids.length + 20;
    await until(() => ids.length >= at, 20000, "load");
    const old = w.anjud;
    await w.restart("SIGTERM");
    assert.equal(old.exit.code, 0, old.tail());
  }
  const at = ids.length + 10;
  await until(() => ids.length >= at, 20000, "load");
  going = false;
  await Promise.all(load);
  for (const id of ids) assert.equal((await s.manager.repair(id)).state, "cancelled");
});

test("SIGHUP takes a new certificate and new limits; a broken one is refused and the old one stays", async (t) => {
  const w = await world(t), c = w.client("manager"), l = await Live.open(w.client("owner0")), old = await fingerprint(w);
  const fresh = await make_cert(w.dir, "fresh");
  fs.copyFileSync(fresh.key, w.key);
  fs.copyFileSync(fresh.cert, w.cert);
  let from = w.anjud.lines.length;
  w.anjud.signal("SIGHUP");
  await w.anjud.log((x) => x.event === "reload", 5000, from);
  await until(async () => (await fingerprint(w)) !== old, 5000, "the new certificate");
  assert.equal((await l.ping()).type, "pong", "who was connected stays connected");
  w.ca = fs.readFileSync(w.cert);
  const now = await fingerprint(w);
  fs.writeFileSync(w.cert, "this is no certificate");
  from = w.anjud.lines.length;
  w.anjud.signal("SIGHUP");
  await w.anjud.log((x) => x.event === "reload", 5000, from);
  const d = w.client("manager");
  assert.equal((await d.get("/api/v1/session")).status, 200);
  assert.equal(await fingerprint(w), now);
  fs.copyFileSync(fresh.cert, w.cert);
  w.configure({ rate_per_user: 1 });
  from = w.anjud.lines.length;
  w.anjud.signal("SIGHUP");
  await w.anjud.log((x) => x.event === "reload", 5000, from);
  await until(async () => (await d.get("/api/v1/session")).status === 429, 5000, "the new limit");
  assert.equal((await d.get("/api/v1/session")).headers["retry-after"] > 0, true);
  l.stop();
  void c;
});

test("the supervisor starts a killed worker again, at the same port, and a stop reaches the worker", async (t) => {
  const w = await world(t, { supervised: true }), first = w.worker, l = await Live.open(w.client("owner0"));
  assert.notEqual(first, w.anjud.pid);
  for (let k = 0, pid = first; k < 3; k++) {
    const from = w.anjud.lines.length, back = l.next("back");
    process.kill(pid, "SIGKILL");
    const again = await w.anjud.log((x) => x.event === "start.listening", 20000, from);
    assert.equal(again.port, w.port);
    assert.notEqual(again.pid, pid);
    pid = again.pid;
    await w.anjud.log((x) => x.event === "supervisor.worker_died", 1000, from);
    await back;
  }
  assert.equal((await w.client("manager").get("/api/v1/session")).status, 200);
  l.stop();
  assert.deepEqual(await w.anjud.end("SIGTERM"), { code: 0, signal: null }, w.anjud.tail());
});

test("a supervisor that is killed takes its worker along", async (t) => {
  const w = await world(t, { supervised: true }), worker = w.worker;
  w.anjud.signal("SIGKILL");
  await w.anjud.exited;
  await until(() => { try { process.kill(worker, 0); return fs.readFileSync(`/proc/${worker}/stat`, "utf8").includes(") Z "); } catch { return true; } }, 15000, "no worker without its parent");
});

test("a worker that was stopped for a moment goes on; the watchdog does not bite it", async (t) => {
  const w = await world(t, { supervised: true, config: { watchdog_s: 1 } }), c = w.client("manager");
  assert.equal((await c.get("/livez")).status, 200);
  process.kill(w.worker, "SIGSTOP");
  const stopped = performance.now();
  await until(() => performance.now() - stopped > 2500, 5000, "longer than the watchdog waits");
  process.kill(w.worker, "SIGCONT");
  assert.equal((await c.get("/livez")).status, 200);
  assert.ok(!w.anjud.lines.some((x) => x.event === "supervisor.worker_died"));
});

test("it starts with Redis down and says so", async (t) => {
  const w = await world(t, { redis: "later" }), r = await w.client().get("/readyz");
  assert.deepEqual([r.status, r.body.ready, r.body.redis], [200, true, "down"]);
  await w.start_redis();
  await until(async () => (await w.client().get("/readyz")).body.redis === "up", 15000, "up");
});

test("a configuration with a mistake is refused with file and line", async (t) => {
  const w = await world(t, { start: false, demo: false });
  const attempt = (line) => new Promise((ok) => {
    const file = `${w.dir}/bad.conf`;
    fs.writeFileSync(file, fs.readFileSync(w.conf, "utf8") + `\n# a comment\n${line}\n`, { mode: 0o600 });
    const n = fs.readFileSync(file, "utf8").split("\n").length - 1;
    execFile(ANJUD, ["-c", file, "--no-supervisor"], (e, out, err) => ok({ code: e?.code, err, at: `bad.conf:${n}:` }));
  });
  for (const line of ["no_such_key = 1", "idle_s = soon", "idle_s = 0", "log_level = loud", "just words", "sms_provider = pigeon", "data_dir = \"x\" y", "wechat_api_url = https://api.weixin.qq.com"]) {
    const r = await attempt(line);
    assert.equal(r.code, 2, `${line}: ${r.err}`);
    assert.ok(r.err.includes(r.at), `${line}: ${r.err}`);
  }
  fs.chmodSync(w.key, 0o644);
  assert.match((await attempt("")).err, /tls_key_file.*chmod 600/s);
  fs.chmodSync(w.key, 0o600);
  const plain = `${w.dir}/plain.conf`;
  fs.writeFileSync(plain, "bind = 0.0.0.0\n", { mode: 0o600 });
  await new Promise((ok) => execFile(ANJUD, ["check-config", "-c", plain], (e, out, err) => { assert.equal(e?.code, 2); assert.match(err, /plain\.conf:1: bind: without TLS/); ok(); }));
});

test("metrics are valid Prometheus text and count what happens", async (t) => {
  const w = await world(t), c = w.client("manager");
  const read = async () => {
    const r = await c.get("/metrics"), families = {}, values = {};
    assert.equal(r.status, 200);
    assert.match(r.headers["content-type"], /^text\/plain; version=0\.0\.4/);
    assert.ok(r.text.endsWith("\n"));
    let current = null;
    for (const line of r.text.trim().split("\n")) {
      let m;
      if ((m = /^# HELP ([a-z_]+) \S.*$/.exec(line))) { assert.ok(!families[m[1]]?.help, `HELP twice: ${line}`); families[m[1]] = { help: 1 }; current = m[1]; continue; }
      if ((m = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line))) { assert.equal(m[1], current); assert.ok(!families[current].type, `TYPE twice: ${line}`); families[current].type = m[2]; continue; }
      m = /^([a-z_]+)(\{[a-z_]+="[^"\\]*"(?:,[a-z_]+="[^"\\]*")*\})? (-?[0-9.e+-]+|\+Inf)$/.exec(line);
      assert.ok(m, `no metric: ${line}`);
      const base = families[m[1]] ? m[1] : m[1].replace(/_(bucket|sum|count)$/, "");
      assert.equal(base, current, `outside its family: ${line}`);
      assert.ok(!(m[1] + (m[2] || "") in values), `twice: ${line}`);
      values[m[1] + (m[2] || "")] = Number(m[3]);
    }
    return { families, values };
  };
  const a = await read(), l = await Live.open(w.client("owner0"));
  for (let i = 0; i < 5; i++) await c.get("/api/v1/session");
  await c.get("/api/v1/nothing");
  const b = await read(), diff = (k) => b.values[k] - a.values[k];
  assert.ok(diff('anju_requests_total{class="2xx"}') >= 5);
  assert.ok(diff('anju_requests_total{class="4xx"}') >= 1);
  assert.equal(b.values.anju_net_websockets, 1);
  assert.equal(b.values.anju_store_writable, 1);
  for (const [name, f] of Object.entries(b.families))
    if (f.type === "histogram") {
      const lanes = Object.keys(b.values).filter((k) => k.startsWith(`${name}_count`));
      assert.ok(lanes.length, name);
      for (const k of lanes) {
        const label = /\{(.*)\}/.exec(k)?.[1] ?? "", buckets = Object.entries(b.values).filter(([x]) => x.startsWith(`${name}_bucket`) && x.includes(label));
        assert.equal(buckets.at(-1)[1], b.values[k], `${k}: the last bucket holds all`);
        for (let i = 1; i < buckets.length; i++) assert.ok(buckets[i][1] >= buckets[i - 1][1], `${k} must not fall`);
      }
    }
  l.stop();
});

test("the limits for one session and one address", async (t) => {
  const w = await world(t, { config: { rate_per_user: 5 } });
  const c = w.client("owner0"), all = await Promise.all(Array.from({ length: 40 }, () => c.get("/api/v1/session")));
  const good = all.filter((r) => r.status === 200).length, held = all.filter((r) => r.status === 429);
  assert.ok(good >= 10 && good <= 20, `${good} of 40 at 5 a second with a burst of 10`);
  assert.equal(good + held.length, 40);
  assert.ok(held.every((r) => Number(r.headers["retry-after"]) > 0 && r.code === "rate_limited"));
  assert.equal((await w.client("owner1").get("/api/v1/session")).status, 200, "the neighbour is not held up");
});

test("two servers cannot share one store by accident, and a second start finds its data", async (t) => {
  const w = await world(t), c = w.client("manager");
  const before = (await c.want(200, "GET", "/api/v1/rooms?limit=200")).items.length;
  assert.match(await w.tool("demo"), /has data already/);
  await w.restart("SIGTERM");
  assert.equal((await c.want(200, "GET", "/api/v1/rooms?limit=200")).items.length, before);
  const hello = raw_socket(w); // a client that is mute is not waited for
  await once(hello, "open");
  assert.deepEqual(await w.anjud.end("SIGTERM"), { code: 0, signal: null });
});
