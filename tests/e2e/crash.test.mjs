// crash.test.mjs - kill -9 at random moments under load: what was acknowledged is there, and everything goes on.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Live, number, Scene, until } from "./lib/index.mjs";

const ROUNDS = number("ANJU_CRASH_ROUNDS", 8);
let s, w;
before(async () => {
  s = await Scene.start({ seed: [["technicians", 4, "general"], ["sessions"]] });
  w = s.world;
});
after(() => s.stop());

test(`${ROUNDS} rounds of kill -9 under load`, { timeout: 1800000 }, async () => {
  const starts = [], owners = [], techs = [0, 1, 2, 3].map((i) => w.client(`t00${i}`)), acked = new Map(), grabbed = new Map();
  for (let i = 0; i < 6; i++) owners.push(await s.owner());
  const screens = [await Live.open(s.manager, { topics: [s.board], from: null })];
  for (const o of owners) screens.push(await Live.open(o));
  let going = true, writes = 0;
  const pool = [];
  const work = [
    ...owners.map(async (o, k) => {
      for (let i = 0; going; i++) {
        const description = `${k}-${i}-${randomUUID()}`;
        const r = await o.insist("POST", "/api/v1/repairs", { type_id: s.types["门窗维修"].id, room_id: o.room_id, description });
        assert.equal(r.status, 201, r.text);
        const id = r.body.repair.id;
        assert.ok(!acked.has(id), "an order answered twice");
        acked.set(id, { description, owner: o });
        writes++;
        pool.push(id);
        if (pool.length > 12) {
          const old = pool.shift(), mine = acked.get(old);
          const c = await mine.owner.insist("POST", `/api/v1/repairs/${old}/cancel`, {});
          assert.ok([200, 409].includes(c.status), c.text);
          if (c.status === 200) { mine.cancelled = true; writes++; }
        }
      }
    }),
    ...techs.map(async (t) => {
      while (going) {
        const id = pool[Math.floor(Math.random() * pool.length)];
        if (!id) { await t.insist("GET", "/api/v1/session"); continue; }
        const r = await t.insist("POST", `/api/v1/repairs/${id}/grab`, {});
        assert.ok([200, 404, 409, 403].includes(r.status), r.text);
        if (r.status === 200) {
          assert.ok(!grabbed.has(id) || grabbed.get(id) === t.account_id, `${id} was given to two`);
          grabbed.set(id, t.account_id);
          writes++;
        }
      }
    }),
  ];
  const failed = Promise.race(work.map((p) => p.then(() => new Promise(() => {}), (e) => Promise.reject(e))));
  failed.catch(() => {});
  for (let k = 0; k < ROUNDS; k++) {
    const at = writes + 10 + Math.floor(Math.random() * 60);
    await Promise.race([failed, until(() => writes >= at, 30000, "load")]);
    await w.restart("SIGKILL");
    starts.push(w.start_ms);
  }
  const at = writes + 20;
  await Promise.race([failed, until(() => writes >= at, 30000, "load after the last restart")]);
  going = false;
  await Promise.all(work);

  for (const [id, a] of acked) {
    const r = await s.manager.get(`/api/v1/repairs/${id}`);
    assert.equal(r.status, 200, `${id} was acknowledged and is gone`);
    assert.equal(r.body.repair.description, a.description);
    if (a.cancelled) assert.equal(r.body.repair.state, "cancelled");
    else if (grabbed.has(id)) assert.equal(r.body.repair.holder_id, grabbed.get(id));
  }
  await Promise.all(screens.map((l) => until(() => l.live, 10000, `${l.name} is live`)));
  for (const [i, o] of owners.entries()) {
    const mine = [...acked].filter(([, a]) => a.owner === o).map(([id]) => id), l = screens[i + 1];
    for (const id of mine) await l.step(`user:${o.account_id}`, id, "submit");
    assert.equal(l.gaps.length, 0, "no gap");
  }
  for (const l of screens) l.stop();
  const worst = Math.max(...starts);
  console.log(`# ${acked.size} orders acknowledged, ${ROUNDS} kills, worst start ${Math.round(worst)} ms`);
  const limit = process.env.ANJUD?.includes("release") ? 1000 : 5000;
  assert.ok(worst < limit, `ready again within ${limit} ms: ${starts.map(Math.round)}`);
  const text = await w.verify();
  assert.ok(!text.includes("FAIL"), text);
});
