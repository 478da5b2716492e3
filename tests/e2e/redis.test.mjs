// redis.test.mjs - Redis is wiped, killed and away in the middle of many jobs: none is lost, none is offered twice at
// once, and HTTP keeps answering.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Live, number, Scene, until } from "./lib/index.mjs";

const JOBS = number("ANJU_REDIS_JOBS", 300), OUTAGE_MS = number("ANJU_REDIS_OUTAGE_MS", JOBS >= 2000 ? 10000 : 2500), TEAM = 12;
let s, w;
before(async () => {
  s = await Scene.start({ redis: true, seed: [["technicians", TEAM, "plumbing"], ["sessions"]],
    config: { requeue_s: 2, offer_s: 3600 } });
  w = s.world;
});
after(() => s.stop());
const redis_state = async () => (await w.client().get("/readyz")).body.redis;

test("the queue really goes through the streams", async () => {
  await until(async () => (await redis_state()) === "up", 10000, "the bus is up");
  await until(async () => (await w.redis_cli("GET", "anju:epoch")).trim().length === 32, 10000, "an epoch");
  const streams = (await w.redis_cli("KEYS", "d:*")).trim().split("\n");
  assert.ok(streams.includes(`d:{p${s.project}}:s:plumbing`), streams.join(" "));
  const owner = await s.owner(), r = await s.report(owner, "水管漏水");
  await until(async () => (await s.manager.repair(r.id)).state === "offered", 10000, "offered");
  const info = await w.redis_cli("XINFO", "STREAM", `d:{p${s.project}}:s:plumbing`);
  const added = Number(/entries-added\n(\d+)/.exec(info)?.[1] ?? /last-generated-id\n(\d+)/.exec(info)[1]);
  assert.ok(added >= 1);
});

test(`${JOBS} jobs while Redis is wiped, killed, gone for ${OUTAGE_MS} ms and back`, { timeout: 1200000 }, async () => {
  const techs = Array.from({ length: TEAM }, (_, i) => w.client(`t${String(i).padStart(3, "0")}`)).concat(s.tech[1], s.tech[2]);
  const board = await Live.open(s.manager, { topics: [s.board], from: null });
  const live = [];
  for (const t of techs) live.push(await Live.open(t));
  const open = new Map(), offered = new Set(), held = new Map(), problems = [];
  for (const l of live) {
    l.on("event", (m) => {
      if (m.event === "offer.new") {
        const id = m.data.repair.repair_id;
        if (open.has(id)) problems.push(`${id} was offered to ${l.name} while ${open.get(id)} still had it`);
        open.set(id, l.name);
        offered.add(id);
        l.client.insist("POST", `/api/v1/offers/${m.data.offer_id}/accept`, {}).then((r) => {
          if (r.status !== 200) return problems.push(`accept: ${r.status} ${r.text}`);
          if (held.has(id)) problems.push(`${id} has two holders`);
          held.set(id, l.name);
          return l.client.insist("POST", `/api/v1/repairs/${id}/arrive`, {}); // then finished, so that nobody is ever full
        }).then(() => l.client.act(id, "start")).then(() => l.client.act(id, "finish", { cause_id: s.cause.P01, measure: "修好" }));
      }
      if (m.event === "offer.gone") open.delete(m.data.repair_id);
    });
  }
  const ids = [];
  let slowest = 0, n = 0;
  const report = async () => {
    const i = n++, t = performance.now();
    const r = await s.service.post("/api/v1/repairs", { type_id: s.types["水管漏水"].id, place: `泵房 ${i}`, description: `第 ${i} 个` });
    slowest = Math.max(slowest, performance.now() - t);
    assert.equal(r.status, 201, `HTTP keeps answering: ${r.status} ${r.text}`);
    ids.push(r.body.repair.id);
  };
  const some = async (k) => { for (let i = 0; i < k; i += 5) await Promise.all([0, 1, 2, 3, 4].map(report)); };
  const part = Math.ceil(JOBS / 6);
  await some(part);
  await w.redis_cli("FLUSHALL");
  await some(part);
  w.redis.signal("SIGKILL");
  await w.redis.exited;
  const down = performance.now();
  await some(part);
  await until(async () => (await redis_state()) === "down", 10000, "readyz says it is down");
  assert.equal((await w.client().get("/readyz")).status, 200, "degraded, not unready");
  while (performance.now() - down < OUTAGE_MS) await report();
  await w.start_redis();
  await some(part);
  await until(async () => (await redis_state()) === "up", 15000, "the bus is up again");
  await some(part);
  await Promise.all([w.redis_cli("FLUSHALL"), some(part)]);
  await until(() => held.size >= ids.length || problems.length, Math.max(60000, ids.length * 60), `all jobs held: ${held.size} of ${ids.length}`).catch((e) => problems.push(e.message));
  const lost = ids.filter((id) => !held.has(id));
  assert.deepEqual(problems.slice(0, 10), []);
  assert.deepEqual(lost, [], "0 lost");
  console.log(`# ${ids.length} jobs, slowest report ${Math.round(slowest)} ms`);
  assert.ok(slowest < 5000, `the slowest report took ${slowest} ms`);
  for (const l of [board, ...live]) l.stop();
  const text = await w.verify();
  assert.ok(!text.includes("FAIL"), text);
});

test("it starts and serves with Redis down, and takes it when it comes", async () => {
  await w.redis.end("SIGKILL");
  await w.restart("SIGTERM");
  assert.equal(await redis_state(), "down");
  const owner = await s.owner(), a = await s.report(owner, "水管漏水");
  await until(async () => (await s.manager.repair(a.id)).state === "offered", 10000, "offered without Redis");
  await w.start_redis();
  await until(async () => (await redis_state()) === "up", 15000, "up");
  const b = await s.report(owner, "水管漏水");
  await until(async () => (await s.manager.repair(b.id)).state === "offered", 10000, "offered with Redis");
});

test("log-in limits are shared by Redis and open when it is away", async () => {
  const one = () => w.client(null, { device: "" }).post("/api/v1/auth/refresh", { refresh_token: "x".repeat(43) });
  assert.equal((await one()).status, 401);
});
