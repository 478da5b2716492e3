// dispatch.test.mjs - who gets the job: modes, offers, the ladder behind them, and many hands reaching at once.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { Live, number, Scene, until } from "./lib/index.mjs";

const CROWD = number("ANJU_GRAB_CROWD", 200), ROUNDS = number("ANJU_GRAB_ROUNDS", 20), FUZZ_S = number("ANJU_FUZZ_S", 10);
const user = (c) => `user:${c.account_id}`;
const offer_of = (l, id, n = 1) => l.expect(user(l.client), (m) => m.event === "offer.new" && m.data.repair.repair_id === id &&
  l.events.filter((e) => e.event === "offer.new" && e.data.repair.repair_id === id).indexOf(m) === n - 1);
const accept = (c, offer_id) => c.call("POST", `/api/v1/offers/${offer_id}/accept`, {});
const decline = (c, offer_id, reason = "在忙") => c.call("POST", `/api/v1/offers/${offer_id}/decline`, { reason });

describe("one team", () => {
  let s, w, live;
  before(async () => {
    s = await Scene.start({ sandbox: true });
    w = s.world;
    await s.roomy("tech1", "tech2", "tech3", "tech4", "tech5", "tech6");
    live = [null];
    for (const t of s.tech.slice(1)) live.push(await Live.open(t));
  });
  after(async () => { for (const l of live.slice(1)) l.stop(); await s.stop(); });
  const clear = async (...ids) => { for (const id of ids) await s.manager.must(id, "void", { note: "清理" }); };
  /* Whoever is asked first; then the next, each time among those not asked yet */
  const next_offer = (id, nth) => until(() => {
    const all = live.slice(1).flatMap((l) => l.events.filter((m) => m.event === "offer.new" && m.data.repair.repair_id === id).map((m) => ({ l, m })));
    all.sort((a, b) => a.m.got - b.m.got);
    return all[nth];
  }, 10000, `offer ${nth + 1} of ${id}`);

  test("grab: everybody with the skill sees it in the pool, one gets it, it is gone for the others", async () => {
    const owner = await s.owner(), [, , , tech3, , tech5] = s.tech;
    await live[3].sub([s.pool], null);
    await live[5].sub([s.pool], null);
    const r = await s.report(owner, "门窗维修");
    await Promise.all([3, 5].map((i) => live[i].expect(s.pool, (m) => m.event === "pool.new" && m.data.repair_id === r.id)));
    assert.ok((await tech3.want(200, "GET", "/api/v1/repairs?view=pool")).items.some((x) => x.id === r.id));
    assert.ok(!(await s.tech[6].want(200, "GET", "/api/v1/repairs?view=pool")).items.some((x) => x.id === r.id), "not without the skill");
    assert.equal((await s.tech[6].act(r.id, "grab")).status, 403);
    const got = await tech3.must(r.id, "grab");
    assert.deepEqual([got.state, got.holder_id], ["assigned", tech3.account_id]);
    await live[5].expect(s.pool, (m) => m.event === "pool.gone" && m.data.repair_id === r.id);
    const late = await tech5.act(r.id, "grab");
    assert.deepEqual([late.status, late.code], [409, "taken"]);
    assert.equal((await tech5.get(`/api/v1/repairs/${r.id}`)).status, 404);
    const urgent = await s.report(owner, "门窗维修", { urgency: "emergency" });
    await next_offer(urgent.id, 0);
    assert.equal((await tech5.act(urgent.id, "grab")).status >= 403, true, "an emergency is not left to be grabbed");
    await clear(r.id, urgent.id);
    live[3].unsub([s.pool]); live[5].unsub([s.pool]);
  });

  test("assign: by hand, to somebody who fits; a second assignment withdraws the first", async () => {
    const owner = await s.owner(), [, , , , tech4, tech5] = s.tech;
    const r = await s.report(owner, "空调暖通");
    const c = (await s.dispatcher.want(200, "GET", `/api/v1/repairs/${r.id}/candidates`)).items;
    assert.deepEqual(c.map((x) => x.id).sort(), [tech4.account_id, tech5.account_id].sort());
    assert.equal((await s.dispatcher.act(r.id, "assign", { technician_id: s.tech[1].account_id })).status, 422);
    assert.equal((await s.dispatcher.act(r.id, "assign", { technician_id: s.manager.account_id })).status, 422);
    await s.dispatcher.must(r.id, "assign", { technician_id: tech4.account_id });
    const first = await offer_of(live[4], r.id);
    await s.dispatcher.must(r.id, "assign", { technician_id: tech5.account_id });
    await live[4].expect(user(tech4), (m) => m.event === "offer.gone" && m.data.offer_id === first.data.offer_id && m.data.state === "withdrawn");
    const late = await accept(tech4, first.data.offer_id);
    assert.deepEqual([late.status, late.code], [409, "taken"]);
    const second = await offer_of(live[5], r.id);
    assert.equal((await accept(tech4, second.data.offer_id)).status, 404, "not his offer");
    assert.equal((await accept(tech5, second.data.offer_id)).status, 200);
    await clear(r.id);
  });

  test("automatic: skill, duty, shift and load decide", async () => {
    const owner = await s.owner(), [, tech1, tech2] = s.tech;
    const list = (await s.manager.want(200, "GET", "/api/v1/technicians")).items, row = (t) => list.find((x) => x.id === t.account_id);
    const save = (t, more) => s.manager.want(204, "PUT", `/api/v1/technicians/${t.account_id}`, { skills: row(t).skills, shifts: row(t).shifts, max_open: 100, ...more });
    const next = async () => {
      const r = await s.report(owner, "水管漏水"), { l, m } = await next_offer(r.id, 0);
      return { id: r.id, tech: l.client, offer: m.data.offer_id };
    };
    const a = await next();
    assert.equal((await accept(a.tech, a.offer)).status, 200);
    const b = await next();
    assert.notEqual(b.tech, a.tech, "the one with fewer jobs");
    await clear(a.id, b.id);
    await tech1.want(204, "POST", "/api/v1/duty", { on: false });
    const c = await next();
    assert.equal(c.tech, tech2, "off duty: not asked");
    await tech1.want(204, "POST", "/api/v1/duty", { on: true });
    await save(tech2, { max_open: 1 });
    const d = await next();
    assert.equal(d.tech, tech1, "full: not asked");
    await clear(c.id, d.id);
    await save(tech2, { shifts: [{ weekdays: 127, from_min: 0, to_min: 1 }] });
    const e = await next(), f = await next();
    assert.deepEqual([e.tech, f.tech], [tech1, tech1], "off shift: not asked");
    await save(tech2, { shifts: [] });
    await save(tech1, { skills: ["general"] });
    const g = await next();
    assert.equal(g.tech, tech2, "without the skill: not asked");
    await save(tech1, {});
    await save(tech2, {});
    await clear(e.id, f.id, g.id);
    // nobody at all: it waits, and the first who comes on duty is asked at once
    await tech1.want(204, "POST", "/api/v1/duty", { on: false });
    await tech2.want(204, "POST", "/api/v1/duty", { on: false });
    const board = await Live.open(s.dispatcher, { topics: [s.board], from: null });
    const h = await s.report(owner, "水管漏水");
    await board.expect(s.board, (m) => m.event === "repair.waiting" && m.data.repair_id === h.id);
    await tech2.want(204, "POST", "/api/v1/duty", { on: true });
    assert.equal((await next_offer(h.id, 0)).l.client, tech2);
    await tech1.want(204, "POST", "/api/v1/duty", { on: true });
    await clear(h.id);
    board.stop();
  });

  test("declined and expired offers go to the next one, and then to the manager", async () => {
    const owner = await s.owner();
    const board = await Live.open(s.manager, { topics: [s.board], from: null });
    const r = await s.report(owner, "马桶堵塞");
    const first = await next_offer(r.id, 0);
    assert.equal((await decline(first.l.client, first.m.data.offer_id, "")).status, 422, "a reason is needed");
    assert.equal((await decline(s.tech[6], first.m.data.offer_id)).status, 404);
    assert.equal((await decline(first.l.client, first.m.data.offer_id)).status, 204);
    assert.equal((await decline(first.l.client, first.m.data.offer_id)).status, 204, "a second tap");
    const second = await next_offer(r.id, 1);
    assert.notEqual(second.l, first.l, "the next one");
    assert.equal((await accept(first.l.client, first.m.data.offer_id)).code, "taken");
    await w.shift(61000);
    await second.l.expect(user(second.l.client), (m) => m.event === "offer.gone" && m.data.offer_id === second.m.data.offer_id && m.data.state === "expired");
    assert.equal((await accept(second.l.client, second.m.data.offer_id)).code, "taken", "too late");
    const third = await next_offer(r.id, 2);
    await w.shift(61000);
    await board.expect(s.board, (m) => m.event === "repair.escalated" && m.data.repair_id === r.id);
    const fourth = await next_offer(r.id, 3);
    assert.ok(third && fourth, "the order keeps going round");
    assert.equal((await s.manager.repair(r.id)).escalated, true);
    await board.step(s.board, r.id, "escalate");
    assert.equal((await accept(fourth.l.client, fourth.m.data.offer_id)).status, 200);
    const steps = (await s.history(s.manager, r.id)).map((h) => h.event);
    assert.equal(steps.filter((e) => e === "offer").length, 4);
    assert.equal(steps.filter((e) => e === "escalate").length, 1, "the manager is told once");
    await clear(r.id);
    board.stop();
  });

  test("the ladder: no acknowledgement, a WeChat message when there is a quota, then an SMS; seeing it stops the ladder", async () => {
    const owner = await s.owner(), [, , , , tech4] = s.tech, phone = "13900000014", openid = "o-demo-tech4";
    live[4].reconnect = false;
    live[4].drop();
    await live[4].closed();
    const assign = async () => {
      const r = await s.report(owner, "空调暖通");
      await s.dispatcher.must(r.id, "assign", { technician_id: tech4.account_id });
      return r.id;
    };
    await tech4.want(204, "POST", "/api/v1/me/message-quota", { template: "repair", n: 1 });
    await w.tell_sandbox("consent", { openid, template: "tmpl-repair", n: 5 });
    const a = await assign();
    await w.shift(6000);
    const m = (await w.capture("message", openid, 1)).pop();
    assert.ok(JSON.stringify(m).includes("pkg-tech/duty/index"), "it leads to the offer");
    assert.equal((await w.captured("sms", phone)).length, 0);
    await w.shift(25000);
    const sms = (await w.capture("sms", phone, 1)).pop();
    assert.ok(JSON.stringify(sms).includes("空调暖通"));
    await clear(a);
    const b = await assign(); // the quota is used up: nothing but the SMS
    await w.shift(6000);
    await w.shift(25000);
    await w.capture("sms", phone, 2);
    assert.equal((await w.captured("message", openid)).length, 1);
    await clear(b);
    // an acknowledgement by the socket stops it
    live[4] = await Live.open(tech4);
    const c = await assign(), o = await offer_of(live[4], c);
    live[4].send({ op: "ack", offer: o.data.offer_id });
    await live[4].ping(); // operations are taken in order
    live[4].send({ op: "seen", offer: o.data.offer_id });
    await until(async () => (await tech4.offers()).find((x) => x.offer_id === o.data.offer_id)?.seen_at, 5000, "seen");
    await w.shift(31000);
    await w.shift(31000); // it expires; had the ladder gone on, the SMS would have been sent before
    await live[4].expect(user(tech4), (x) => x.event === "offer.gone" && x.data.offer_id === o.data.offer_id);
    assert.equal((await w.captured("sms", phone)).length, 2);
    await clear(c);
  });

  test("off duty, disabled, or without the role: offers and jobs not begun go back at once", async () => {
    const owner = await s.owner(), [, , , tech3, tech4, tech5, tech6] = s.tech;
    const board = await Live.open(s.manager, { topics: [s.board], from: null });
    const r = await s.report(owner, "空调暖通");
    await s.dispatcher.must(r.id, "assign", { technician_id: tech4.account_id });
    await offer_of(live[4], r.id);
    await tech4.want(204, "POST", "/api/v1/duty", { on: false });
    await board.step(s.board, r.id, "release");
    assert.equal((await s.manager.repair(r.id)).state, "queued");
    await tech4.want(204, "POST", "/api/v1/duty", { on: true });
    // disabled: what he holds but has not begun goes too
    await s.dispatcher.must(r.id, "assign", { technician_id: tech5.account_id });
    const o = await offer_of(live[5], r.id);
    assert.equal((await accept(tech5, o.data.offer_id)).status, 200);
    const held = await s.report(owner, "空调暖通");
    await s.dispatcher.must(held.id, "assign", { technician_id: tech5.account_id });
    await s.admin.want(204, "POST", `/api/v1/staff/${tech5.account_id}/disable`, {});
    await live[5].closed(4401, 3000);
    for (const id of [r.id, held.id]) {
      const now = await s.manager.repair(id);
      assert.deepEqual([now.state, now.holder_id], ["queued", null]);
    }
    await s.admin.want(204, "POST", `/api/v1/staff/${tech5.account_id}/enable`, {});
    await s.login(tech5);
    live[5] = await Live.open(tech5);
    // the role taken away
    await s.dispatcher.must(r.id, "assign", { technician_id: tech4.account_id });
    const o4 = await offer_of(live[4], r.id, 2);
    assert.equal((await accept(tech4, o4.data.offer_id)).status, 200);
    const version = (await s.admin.want(200, "GET", "/api/v1/staff?limit=100")).items.find((x) => x.id === tech4.account_id).version;
    await s.admin.want(204, "PUT", `/api/v1/staff/${tech4.account_id}/grants`, { grants: [{ role: "cashier" }] }, { ifMatch: version });
    const after = await s.manager.repair(r.id);
    assert.deepEqual([after.state, after.holder_id], ["queued", null], "whoever is no technician any more hands his jobs back");
    await s.admin.want(204, "PUT", `/api/v1/staff/${tech4.account_id}/grants`, { grants: [{ role: "technician" }] }, { ifMatch: version + 1 });
    await s.login(tech4);
    live[4] = await Live.open(tech4);
    await clear(r.id, held.id);
    board.stop();
    void tech3, tech6;
  });

  test("the store holds together", async () => { assert.match(await w.verify(), /ok {3}at most one open offer/); });
});

describe("round robin", () => {
  test("60 jobs among the technicians with the skill: each the same, ±1, also across a restart in the middle", async (t) => {
    const s = await Scene.start(), w = s.world, got = {};
    t.after(() => s.stop());
    await s.roomy("tech1", "tech2");
    const extra = await s.admin.want(201, "POST", "/api/v1/staff", { login: "plumber3", name: "第三人", password: "Start-1234-x", grants: [{ role: "technician" }] });
    await s.manager.want(204, "PUT", `/api/v1/technicians/${extra.id}`, { skills: ["plumbing"], max_open: 100 });
    const third = w.client();
    await third.login("plumber3", "Start-1234-x");
    await third.want(204, "POST", "/api/v1/me/password", { old_password: "Start-1234-x", new_password: "Plumber-2026" });
    await third.want(204, "POST", "/api/v1/duty", { on: true });
    const techs = [s.tech[1], s.tech[2], third], live = [];
    for (const x of techs) live.push(await Live.open(x));
    let owner;
    for (let i = 0; i < 60; i++) {
      if (i % 15 === 0) owner = await s.owner();
      if (i === 20) { await w.restart("SIGKILL"); await Promise.all(live.map((l) => l.live || l.next("back"))); }
      if (i === 40) { await w.restart("SIGTERM"); await Promise.all(live.map((l) => l.live || l.next("back"))); }
      const r = await s.report(owner, "马桶堵塞");
      const { l, m } = await Promise.any(live.map((x) => offer_of(x, r.id).then((e) => ({ l: x, m: e }))));
      const id = l.client.account_id;
      got[id] = (got[id] || 0) + 1;
      if (i % 3) assert.equal((await accept(l.client, m.data.offer_id)).status, 200);
      else await s.manager.must(r.id, "void", { note: "不影响轮次" });
    }
    const n = Object.values(got);
    assert.equal(n.length, 3);
    assert.ok(Math.max(...n) - Math.min(...n) <= 1, JSON.stringify(got));
    for (const l of live) l.stop();
    await w.verify();
  });
});

describe("many hands", () => {
  let s, w, crowd;
  before(async () => {
    s = await Scene.start({ seed: [["technicians", CROWD, "general"], ["sessions"]], config: { offer_s: 2, offer_ack_s: 1, offer_sms_s: 1, requeue_s: 1 } });
    w = s.world;
    crowd = Array.from({ length: CROWD }, (_, i) => w.client(`t${String(i).padStart(3, "0")}`, { sockets: 1 }));
  });
  after(() => s.stop());

  test(`${CROWD} technicians grab one job at the same moment, ${ROUNDS} rounds: one winner each`, { timeout: 1200000 }, async () => {
    await Promise.all(crowd.map((t) => t.get("/api/v1/session"))); // connections and session cache are warm
    const wins = new Map();
    for (let i = 0; i < ROUNDS; i++) {
      const r = await s.service.report({ type_id: s.types["门窗维修"].id, place: `大堂 ${i}`, description: "门关不上" });
      const all = await Promise.all(crowd.map((t) => t.act(r.id, "grab")));
      const won = all.flatMap((a, k) => (a.status === 200 ? [crowd[k]] : []));
      assert.equal(won.length, 1, `round ${i}: ${won.length} winners`);
      for (const a of all) assert.ok(a.status === 200 || (a.status === 409 && a.code === "taken"), `${a.status} ${a.text}`);
      const now = await s.manager.repair(r.id);
      assert.deepEqual([now.state, now.holder_id], ["assigned", won[0].account_id]);
      wins.set(won[0].name, (wins.get(won[0].name) || 0) + 1);
    }
    await w.verify();
  });

  test(`grab, assign, transfer, decline and cancel for ${FUZZ_S} s: never two holders, every history legal`, { timeout: 1200000 }, async () => {
    const end = Date.now() + FUZZ_S * 1000, team = crowd.slice(0, 12), owners = [];
    for (let i = 0; i < 6; i++) owners.push(await s.owner());
    const open = [], seen = {}, pick = (l) => l[Math.floor(Math.random() * l.length)];
    const tally = (name, r) => {
      const k = `${name} ${r.status}`;
      seen[k] = (seen[k] || 0) + 1;
      assert.ok(r.status < 500 || r.status === 503, `${name}: ${r.status} ${r.text}`);
    };
    const until_end = async (fn) => { while (Date.now() < end) await fn(); };
    const jobs = [
      ...owners.map((o) => until_end(async () => {
        const r = await o.post("/api/v1/repairs", { type_id: pick([s.types["门窗维修"], s.types["空调暖通"]]).id, room_id: o.room_id, description: "模糊测试" });
        tally("report", r);
        if (r.status === 201) { open.push(r.body.repair.id); if (open.length > 30) open.shift(); }
        if (open.length) tally("cancel", await o.act(pick(open), "cancel"));
      })),
      ...team.map((t) => until_end(async () => {
        const act = Math.random();
        if (!open.length) { await t.get("/api/v1/session"); return; }
        if (act < 0.4) tally("grab", await t.act(pick(open), "grab"));
        else if (act < 0.6) {
          const mine = await t.offers();
          if (mine.length) tally(act < 0.5 ? "decline" : "accept", act < 0.5 ? await decline(t, pick(mine).offer_id) : await accept(t, pick(mine).offer_id));
        } else if (act < 0.75) tally("transfer", await t.act(pick(open), "transfer", { technician_id: pick(team).account_id, note: "忙" }));
        else if (act < 0.85) tally("return", await t.act(pick(open), "return", { note: "忙" }));
        else if (act < 0.95) tally("arrive", await t.act(pick(open), pick(["arrive", "depart", "start"])));
        else { const on = Math.random() < 0.7; tally("duty", await t.call("POST", "/api/v1/duty", { on })); }
      })),
      ...[s.dispatcher, s.manager].map((d) => until_end(async () => {
        if (!open.length) { await d.get("/api/v1/session"); return; }
        tally("assign", await d.act(pick(open), "assign", { technician_id: pick(team).account_id }));
        if (d === s.manager) tally("void", await d.act(pick(open), pick(["void", "force_finish", "transfer"]), { note: "管", technician_id: pick(team).account_id }));
      })),
    ];
    await Promise.all(jobs);
    for (const k of ["report 201", "cancel 200", "grab 200", "grab 409", "assign 200", "transfer 200"]) assert.ok(seen[k] > 0, `${k} never happened: ${JSON.stringify(seen)}`);
    const text = await w.verify();
    assert.ok(!text.includes("FAIL"), text);
    const done = (await s.manager.get("/metrics")).text;
    assert.match(done, /anju_store_writable 1/);
  });
});
