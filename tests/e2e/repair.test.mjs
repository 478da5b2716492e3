// repair.test.mjs - the life of a repair order over HTTPS and WSS: every step, every refusal.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { jpeg, Live, Scene, until, upload } from "./lib/index.mjs";

let s;
before(async () => {
  s = await Scene.start();
  await s.roomy("tech1", "tech2", "tech4", "tech5");
});
after(() => s.stop());

test("the main job: report with photo, offer, arrive, repair, finish, rate, closed; everybody watches", async () => {
  const owner = await s.owner(), [, tech1, tech2] = s.tech;
  const board = await Live.open(s.dispatcher, { topics: [s.board], from: null });
  const screens = [board, await Live.open(owner), await Live.open(tech1), await Live.open(tech2)];
  const photo = jpeg(), up = await upload(owner, photo);
  assert.equal(up.status, 201, up.text);
  assert.ok(photo.includes("GPS-HERE") && photo.includes("Exif"));

  const r = await s.report(owner, "水管漏水", { photos: [up.body.id], contact_name: "张伟", contact_phone: "13800000100" });
  assert.match(r.number, /^YG-\d{6}-\d{4}$/);
  assert.equal(r.contact_phone, "138****0100");
  const [, mine] = screens, own = `user:${owner.account_id}`;
  await Promise.all([mine.step(own, r.id, "submit"), board.step(s.board, r.id, "triage")]);

  // The job finds the technician by itself
  const offered = await Promise.any([tech1, tech2].map((t, i) => screens[i + 2].expect(`user:${t.account_id}`,
    (m) => m.event === "offer.new" && m.data.repair.repair_id === r.id)));
  const tech = offered.topic === `user:${tech1.account_id}` ? tech1 : tech2, phone = tech === tech1 ? screens[2] : screens[3];
  await board.step(s.board, r.id, "offer");
  phone.send({ op: "seen", offer: offered.data.offer_id });
  await until(async () => (await tech.offers()).find((o) => o.offer_id === offered.data.offer_id)?.seen_at, 5000, "seen_at");
  assert.equal((await s.tech[6].call("GET", `/api/v1/repairs/${r.id}`)).status, 404, "other technicians do not see it");

  const topic = `repair:${r.id}`;
  const taken = await tech.want(200, "POST", `/api/v1/offers/${offered.data.offer_id}/accept`, {});
  assert.equal(taken.state, "assigned");
  assert.equal(taken.holder_id, tech.account_id);
  await mine.sub([topic]);
  await phone.sub([topic]);
  const again = await tech.want(200, "POST", `/api/v1/offers/${offered.data.offer_id}/accept`, {});
  assert.equal(again.version, taken.version, "a second tap changes nothing");

  const watch = async (event, progress) => {
    const seen = await Promise.all([mine.step(own, r.id, event), mine.step(topic, r.id, event), phone.step(topic, r.id, event), board.step(s.board, r.id, event)]);
    for (const m of seen) if (progress !== undefined) assert.equal(m.data.progress, progress, `${event} on ${m.topic}`);
    return seen[0];
  };
  await watch("accept", 0);
  await tech.must(r.id, "depart");
  await watch("depart", 0);
  await tech.must(r.id, "arrive");
  await watch("arrive", 1);
  await tech.must(r.id, "start", { photos: [(await upload(tech)).body.id] });
  await watch("start", 2);
  const done = await tech.must(r.id, "finish", { cause_id: s.cause.P01, measure: "更换角阀", labour_min: 20,
    photos: [(await upload(tech)).body.id], lines: [{ kind: "material", material_id: s.material["角阀"].id, qty_e3: 1000, price_fen: 0 }] });
  assert.equal(done.state, "await_confirm");
  await watch("route", 3);
  const rated = await owner.must(r.id, "rate", { stars: 5, tags: "准时", note: "很好" });
  assert.equal(rated.state, "closed");
  await watch("rate", 3);

  const whole = await owner.want(200, "GET", `/api/v1/repairs/${r.id}`);
  assert.deepEqual(whole.photos.map((p) => p.stage), ["report", "before", "after"]);
  assert.deepEqual(whole.lines.map((l) => [l.kind, l.name, l.amount_fen]), [["material", "角阀", 0]]);
  const steps = await s.history(s.manager, r.id);
  assert.deepEqual(steps.map((h) => h.event), ["submit", "triage", "offer", "accept", "depart", "arrive", "start", "finish", "route", "rate"]);
  assert.deepEqual(steps.map((h) => h.n), steps.map((_, i) => i + 1));
  assert.ok(!(await s.history(owner, r.id)).some((h) => h.internal), "internal steps are not the owner's");

  // Where the picture was taken stays with the owner
  const back = await tech.call("GET", up.body.url);
  assert.equal(back.status, 200);
  assert.equal(back.headers["content-type"], "image/jpeg");
  assert.ok(!back.buffer.includes("GPS-HERE"), "the EXIF location is gone");
  for (const l of screens) l.stop();
});

test("a quote: refused holds the work up, accepted opens it, and the bill stays within it", async () => {
  const owner = await s.owner(), tech = s.tech[4];
  const id = await s.arrived(owner, tech);
  await tech.must(id, "quote", { quote_fen: 8000 });
  assert.equal((await tech.act(id, "start")).code, "bad_transition");
  assert.equal((await tech.act(id, "quote_accept")).status, 403, "the technician cannot say yes for the owner");
  await owner.must(id, "quote_refuse");
  assert.equal((await tech.act(id, "start")).code, "bad_transition");
  assert.equal((await owner.act(id, "quote_accept")).code, "bad_transition", "nothing waits for an answer");
  await tech.must(id, "quote", { quote_fen: 6000 });
  const r = await owner.must(id, "quote_accept");
  assert.deepEqual([r.quote_fen, r.quote_state], [6000, "accepted"]);
  await tech.must(id, "start");
  assert.equal((await tech.act(id, "finish", s.finish({ lines: [s.labour(6001)] }))).status, 422, "dearer than agreed");
  const d = await tech.must(id, "finish", s.finish({ lines: [s.labour(6000)] }));
  assert.deepEqual([d.state, d.charge_fen], ["await_pay", 6000]);
  assert.equal((await owner.act(id, "rate", { stars: 5 })).code, "bad_transition", "not before it is paid");
  assert.equal((await tech.act(id, "waive", { note: "x" })).status, 403);
  assert.equal((await s.manager.act(id, "waive", {})).status, 422, "a waiver needs a reason");
  const w = await s.manager.must(id, "waive", { note: "老客户" });
  assert.deepEqual([w.state, w.charge_fen], ["await_confirm", 0]);
});

test("hold and resume: the clocks stop for the owner's reasons only, and the timer resumes by itself", async () => {
  const owner = await s.owner(), tech = s.tech[4];
  const id = await s.in_repair(owner, tech);
  const before = await tech.repair(id);
  assert.equal((await tech.act(id, "hold", { reason: "lunch" })).status, 422);
  await tech.must(id, "hold", { reason: "part", note: "等配件" });
  await s.world.shift(60000);
  const r1 = await tech.must(id, "resume");
  assert.equal(r1.state, "in_repair");
  assert.equal(r1.finish_due, before.finish_due, "waiting for a part is our time");
  await tech.must(id, "hold", { reason: "owner_absent" });
  await s.world.shift(600000);
  const r2 = await tech.must(id, "resume");
  const moved = Date.parse(r2.finish_due) - Date.parse(before.finish_due);
  assert.ok(moved >= 600000 && moved < 630000, `the deadline moved by the time held: ${moved}`);
  const live = await Live.open(owner);
  await tech.must(id, "hold", { reason: "third_party", until: new Date(Date.parse(s.world.now) + 3600000).toISOString().replace("Z", "+00:00") });
  await s.world.shift(3601000);
  const m = await live.step(`user:${owner.account_id}`, id, "resume");
  assert.equal(m.data.state, "in_repair");
  live.stop();
  await s.manager.must(id, "void", { note: "测试结束" });
});

test("transfer, return, cancel, visit, rework: who holds it and who hears of it", async () => {
  const owner = await s.owner(), [, , , , tech4, tech5] = s.tech;
  const id = await s.arrived(owner, tech4);
  const phone = await Live.open(tech4, { topics: [`repair:${id}`] });
  assert.equal((await tech4.act(id, "transfer", { technician_id: tech4.account_id, note: "x" })).status, 422);
  assert.equal((await tech4.act(id, "transfer", { technician_id: tech5.account_id })).status, 422, "a reason is needed");
  assert.equal((await tech4.act(id, "transfer", { technician_id: s.tech[1].account_id, note: "x" })).status, 422, "without the skill");
  assert.equal((await tech4.act(id, "return", { note: "x" })).code, "bad_transition", "not after arrival");
  const colleagues = (await tech4.want(200, "GET", `/api/v1/repairs/${id}/colleagues`)).items;
  assert.deepEqual(colleagues.map((c) => c.id), [tech5.account_id], "with the skill, without himself");
  assert.deepEqual(Object.keys(colleagues[0]).sort(), ["at_work", "id", "name", "online"], "how busy they are is not his business");
  await tech5.want(404, "GET", `/api/v1/repairs/${id}/colleagues`);
  await s.dispatcher.want(403, "GET", `/api/v1/repairs/${id}/colleagues`);
  const t = await tech4.must(id, "transfer", { technician_id: tech5.account_id, note: "要焊接" });
  assert.deepEqual([t.state, t.holder_id], ["offered", null]);
  assert.equal((await tech4.act(id, "arrive")).status, 409, "no longer his");
  await tech4.want(404, "GET", `/api/v1/repairs/${id}/colleagues`);
  const offer = (await tech5.offers()).find((o) => o.repair.id === id);
  assert.equal(offer.kind, "transfer");
  await tech5.want(200, "POST", `/api/v1/offers/${offer.offer_id}/accept`, {});
  await tech5.must(id, "depart");
  const back = await tech5.must(id, "return", { note: "车坏了" });
  assert.deepEqual([back.state, back.holder_id], ["queued", null]);
  phone.stop();

  await s.dispatcher.must(id, "assign", { technician_id: tech4.account_id });
  const again = (await tech4.offers()).find((o) => o.repair.id === id);
  await tech4.want(200, "POST", `/api/v1/offers/${again.offer_id}/accept`, {});
  await tech4.must(id, "arrive");
  await tech4.must(id, "start");
  await tech4.must(id, "finish", s.finish());
  assert.equal((await owner.act(id, "rework", {})).status, 422);
  const rw = await owner.must(id, "rework", { note: "还在漏" });
  assert.deepEqual([rw.state, rw.reopened, rw.holder_id], ["queued", 1, null]);
  assert.equal((await owner.act(id, "cancel")).status, 200);

  // A return visit for what the desk reported
  const r = await s.service.report({ type_id: s.types["空调暖通"].id, room_id: owner.room_id, description: "电话报修", channel: "phone", contact_phone: "13800000103" });
  assert.equal(r.channel, "phone");
  await s.dispatcher.must(r.id, "assign", { technician_id: tech4.account_id });
  const o3 = (await tech4.offers()).find((o) => o.repair.id === r.id);
  await tech4.want(200, "POST", `/api/v1/offers/${o3.offer_id}/accept`, {});
  for (const a of ["arrive", "start"]) await tech4.must(r.id, a);
  assert.equal((await tech4.must(r.id, "finish", s.finish())).state, "await_visit");
  assert.equal((await tech4.act(r.id, "visit", { satisfied: true })).status, 403, "not by the technician");
  assert.equal((await s.dispatcher.act(r.id, "visit", { satisfied: true })).status, 403, "not the dispatcher's");
  assert.equal((await s.service.act(r.id, "visit", { satisfied: false })).status, 422, "a reason for not being satisfied");
  assert.equal((await s.service.must(r.id, "visit", { satisfied: false, note: "没修好" })).state, "queued");
  assert.equal((await s.manager.must(r.id, "void", { note: "重复" })).state, "rejected");
});

test("cancel frees the holder at once, and is not possible after arrival", async () => {
  const owner = await s.owner(), tech = s.tech[5];
  const id = await s.assigned(owner, tech);
  const phone = await Live.open(tech, { topics: [`repair:${id}`] });
  const c = await owner.must(id, "cancel", { note: "自己修好了" });
  assert.deepEqual([c.state, c.holder_id, c.progress], ["cancelled", null, -1]);
  await phone.expect(`user:${tech.account_id}`, (m) => m.event === "job.gone" && m.data.repair_id === id);
  assert.equal((await tech.act(id, "arrive")).status, 409);
  const other = await s.arrived(owner, tech);
  assert.equal((await owner.act(other, "cancel")).code, "bad_transition");
  await s.manager.must(other, "void", { note: "清理" });
  phone.stop();
});

test("void gives the material back, force finish says what happens to the charge", async () => {
  const owner = await s.owner(), tech = s.tech[4];
  const stock = async () => (await s.manager.want(200, "GET", "/api/v1/materials")).items.find((m) => m.name === "软管").stock_e3;
  const free = await s.in_repair(owner, tech);
  assert.equal((await tech.act(free, "finish", s.finish({ lines: [s.labour(1)] }))).code, "bad_transition", "nobody pays what he was not asked about");
  await s.manager.must(free, "void", { note: "清理" });
  const id = await s.charged(owner, tech), before = await stock(), hose = s.material["软管"].id;
  const line = (more) => ({ kind: "material", material_id: hose, qty_e3: 2000, price_fen: 2000, ...more });
  assert.equal((await tech.act(id, "finish", s.finish({ lines: [line({ price_fen: 3001 })] }))).status, 422, "price out of range");
  assert.equal((await tech.act(id, "finish", s.finish({ lines: [line({ qty_e3: 999000000 })] }))).status, 422, "not in stock");
  assert.equal((await tech.act(id, "finish", s.finish({ cause_id: undefined }))).status, 422);
  assert.equal((await tech.act(id, "finish", s.finish({ measure: undefined }))).status, 422);
  const d = await tech.must(id, "finish", s.finish({ lines: [line(), s.labour(1000)] }));
  assert.deepEqual([d.state, d.charge_fen], ["await_pay", 5000]);
  assert.equal(await stock(), before - 2000);
  assert.equal((await s.dispatcher.act(id, "void", { note: "x" })).status, 403);
  assert.equal((await s.manager.act(id, "void")).status, 422);
  assert.equal((await s.manager.must(id, "void", { note: "录错" })).state, "rejected");
  assert.equal(await stock(), before, "the stock is whole again");
  assert.equal((await s.manager.act(id, "void", { note: "录错" })).code, "bad_transition");
  assert.equal(await stock(), before, "and not given back twice");

  const f = await s.in_repair(owner, tech);
  assert.equal((await s.manager.act(f, "force_finish")).status, 422);
  const forced = await s.manager.must(f, "force_finish", { note: "技师离职" });
  assert.deepEqual([forced.state, forced.forced], ["await_visit", true]);
  assert.equal((await s.service.must(f, "visit", { satisfied: true })).state, "closed");
});

test("urge is limited, comments may be internal, the phone number is for the holder and the desk", async () => {
  const owner = await s.owner(), [, , , , tech, other] = s.tech;
  const id = await s.assigned(owner, tech, { contact_phone: "13811112222", contact_name: "张先生" });
  const phone = await Live.open(tech), board = await Live.open(s.dispatcher, { topics: [s.board], from: null }), mine = await Live.open(owner, { topics: [`repair:${id}`] });
  await owner.must(id, "urge");
  await phone.expect(`user:${tech.account_id}`, (m) => m.event === "job.urged" && m.data.repair_id === id);
  assert.equal((await owner.act(id, "urge")).status, 429);
  await s.world.shift(30 * 60000 + 1000);
  await owner.must(id, "urge");
  await s.service.must(id, "comment", { note: "业主很急,注意态度", internal: true });
  await tech.must(id, "comment", { note: "十分钟后到" });
  await board.expect(s.board, (m) => m.data.repair_id === id && m.data.note === "业主很急,注意态度");
  await mine.expect(`repair:${id}`, (m) => m.data.note === "十分钟后到");
  assert.ok(!mine.events.some((m) => JSON.stringify(m).includes("注意态度")), "an internal note never reaches the owner");
  const notes = (h) => h.filter((e) => e.event === "comment").map((e) => e.note);
  assert.deepEqual(notes(await s.history(owner, id)), ["十分钟后到"]);
  assert.deepEqual(notes(await s.history(s.service, id)), ["业主很急,注意态度", "十分钟后到"]);
  await owner.must(id, "comment", { note: "业主的话", internal: true });
  assert.ok(notes(await s.history(owner, id)).includes("业主的话"), "an owner has no internal notes");

  const reveal = (c) => c.call("POST", `/api/v1/repairs/${id}/contact`, {});
  assert.deepEqual((await reveal(tech)).body, { phone: "13811112222" });
  assert.deepEqual((await reveal(s.service)).body, { phone: "13811112222" });
  assert.equal((await reveal(owner)).status, 403);
  assert.ok([403, 404, 409].includes((await reveal(other)).status));
  assert.ok([403, 404].includes((await reveal(s.cashier)).status));
  for (const c of [owner, tech, s.service]) {
    const text = (await c.get(`/api/v1/repairs/${id}`)).text;
    assert.ok(!text.includes("13811112222"), "the number is masked wherever it was not asked for");
  }
  for (const l of [phone, board, mine]) l.stop();
  await s.manager.must(id, "void", { note: "清理" });
});

test("one report, however often it is sent", async () => {
  const owner = await s.owner(), key = randomUUID();
  const body = { type_id: s.types["门窗维修"].id, room_id: owner.room_id, description: "门锁坏了" };
  const all = await Promise.all(Array.from({ length: 50 }, () => owner.post("/api/v1/repairs", body, { key })));
  assert.deepEqual([...new Set(all.map((r) => r.status))], [201]);
  assert.equal(new Set(all.map((r) => r.body.repair.id)).size, 1, "50 requests with one key make one order");
  assert.equal(all.filter((r) => r.headers["idempotent-replay"] === "true").length, 49);
  assert.equal(new Set(all.map((r) => r.text)).size, 1, "and all get the same answer");
  const other = await owner.post("/api/v1/repairs", { ...body, description: "别的" }, { key });
  assert.deepEqual([other.status, other.code], [422, "idempotency_mismatch"]);
  const none = await owner.post("/api/v1/repairs", body, { key: null });
  assert.equal(none.status, 400);
  const mine = (await owner.want(200, "GET", "/api/v1/repairs?view=mine&open=1")).items;
  assert.equal(mine.length, 1);
  const second = await owner.post("/api/v1/repairs", body);
  assert.deepEqual(second.body.duplicates, [mine[0].id], "a hint that it may be known already");
  // a neighbour's key is his own
  const neighbour = await s.owner();
  const r = await neighbour.post("/api/v1/repairs", { ...body, room_id: neighbour.room_id }, { key });
  assert.equal(r.status, 201);
  assert.notEqual(r.body.repair.id, mine[0].id);
});

test("If-Match: whoever acts on an old picture is told", async () => {
  const owner = await s.owner(), tech = s.tech[4];
  const id = await s.assigned(owner, tech), seen = await tech.get(`/api/v1/repairs/${id}`);
  const version = seen.body.repair.version;
  assert.equal(seen.headers.etag, `"${version}"`);
  const a = await tech.act(id, "arrive", {}, { ifMatch: version });
  assert.equal(a.status, 200);
  assert.equal(a.headers.etag, `"${version + 1}"`);
  const late = await tech.act(id, "start", {}, { ifMatch: version });
  assert.deepEqual([late.status, late.code], [409, "version_conflict"]);
  assert.equal((await tech.repair(id)).state, "arrived");
  const five = await Promise.all(Array.from({ length: 5 }, () => tech.act(id, "start", {}, { ifMatch: version + 1 })));
  assert.deepEqual(five.map((r) => r.status).sort(), [200, 409, 409, 409, 409]);
  await s.manager.must(id, "void", { note: "清理" });
});

test("what the table does not allow is refused, whoever asks and in whatever state", async () => {
  const owner = await s.owner(), stranger = await s.owner(), tech = s.tech[4], colleague = s.tech[5];
  const people = { owner, tech, colleague, stranger, dispatcher: s.dispatcher, manager: s.manager, service: s.service, cashier: s.cashier, auditor: s.auditor };
  const events = (await s.world.tool("states")).split("\n\n")[0].split("\n").slice(2).map((l) => l.split("|").map((x) => x.trim())).filter((l) => l.length > 5);
  const names = [...new Set([...events.map((l) => l[2]), "submit"])];
  const legal = (state, ev) => events.some((l) => l[2] === ev && l[1].split(", ").includes(state));
  const by = (state, ev, actors) => events.some((l) => l[2] === ev && l[1].split(", ").includes(state) && l[4].split(", ").some((a) => actors.includes(a)));
  const actors = { owner: ["owner"], tech: ["holder", "technician"], colleague: ["technician"], stranger: [], dispatcher: ["desk"],
    manager: ["desk", "manager"], service: ["desk", "customer_service"], cashier: [], auditor: [] };
  const states = { queued: async () => (await s.report(owner, "空调暖通")).id, assigned: () => s.assigned(owner, tech),
    arrived: () => s.arrived(owner, tech), in_repair: () => s.in_repair(owner, tech),
    on_hold: async () => { const i = await s.arrived(owner, tech); await tech.must(i, "hold", { reason: "other" }); return i; },
    await_pay: () => s.await_pay(owner, tech), await_confirm: () => s.await_confirm(owner, tech),
    cancelled: async () => { const i = await s.assigned(owner, tech); await owner.must(i, "cancel"); return i; },
    rejected: async () => { const i = await s.assigned(owner, tech); await s.manager.must(i, "void", { note: "x" }); return i; } };
  let n = 0;
  for (const [state, make] of Object.entries(states)) {
    const id = await make(), version = (await s.manager.repair(id)).version;
    for (const [who, client] of Object.entries(people))
      for (const ev of names) {
        if (by(state, ev, actors[who])) continue; // allowed: the other tests are about that
        const r = await client.act(id, ev, { note: "不行" });
        n++;
        assert.ok([403, 404, 409].includes(r.status), `${who} ${ev} in ${state}: ${r.status} ${r.text}`);
        assert.ok(r.body?.error?.code && r.body.error.message && r.body.error.request_id, r.text);
        if (legal(state, ev) && r.status === 409) assert.equal(r.code, "taken", `${who} ${ev} in ${state}: ${r.text}`);
      }
    assert.equal((await s.manager.repair(id)).version, version, `${state}: nothing of it left a trace`);
    if (!["cancelled", "rejected"].includes(state)) await s.manager.must(id, "void", { note: "清理" });
  }
  assert.ok(n > 1000, `${n} refusals`);
  assert.equal((await owner.act("1", "cancel")).status, 404);
  assert.equal((await owner.act("999", "no_such_action")).status, 404);
});

test("reports that make no sense are refused with the field that is wrong", async () => {
  const owner = await s.owner(), good = { type_id: s.types["门窗维修"].id, room_id: owner.room_id, description: "坏了" };
  const bad = async (change, field, status = 422) => {
    const r = await owner.post("/api/v1/repairs", { ...good, ...change });
    assert.equal(r.status, status, `${JSON.stringify(change)}: ${r.text}`);
    if (field) assert.equal(r.body.error.field, field, r.text);
  };
  await bad({ description: undefined }, "description");
  await bad({ description: "" }, "description");
  await bad({ description: "x".repeat(1001) }, "description");
  await bad({ type_id: "1" });
  await bad({ room_id: "1" }, "room_id");
  await bad({ room_id: s.world.ids.none || "999999999999" }, "room_id");
  await bad({ type_id: s.types["公共照明"].id }, "type_id");
  await bad({ contact_phone: "23800000000" }, "contact_phone");
  await bad({ urgency: "panic" }, "urgency");
  await bad({ unknown_field: 1 }, "unknown_field");
  await bad({ photos: ["1"] });
  await bad({ slot_from: "2030-01-02T10:00:00+08:00", slot_to: "2030-01-02T09:00:00+08:00" }, "slot_to");
  const stranger = await s.owner();
  await bad({ room_id: stranger.room_id }, "room_id");
  const photo = (await upload(stranger)).body.id;
  await bad({ photos: [photo] });
  assert.equal((await owner.call("POST", "/api/v1/repairs", "{", {})).status, 400);
  assert.equal((await owner.call("POST", "/api/v1/repairs", '{"description":"a","description":"b"}', {})).status, 400);
  assert.equal((await owner.call("POST", "/api/v1/repairs", JSON.stringify(good), { type: "text/plain" })).status, 415);
  assert.equal((await owner.call("POST", "/api/v1/repairs", JSON.stringify({ ...good, description: "长".repeat(9000) }), {})).status, 413);
  // 20 open orders in one room, then no more
  for (let i = 0; i < 20; i++) await owner.report({ ...good, description: `第 ${i}` });
  assert.equal((await owner.post("/api/v1/repairs", good)).status, 429);
});

test("warnings, and closing by itself without made-up stars", async () => {
  const owner = await s.owner(), tech = s.tech[4];
  const board = await Live.open(s.manager, { topics: [s.board], from: null });
  const late = await s.report(owner, "空调暖通");
  await s.world.shift(49 * 60000);
  await board.expect(s.board, (m) => m.event === "sla.warning" && m.data.clock === "respond" && m.data.repair.repair_id === late.id);
  await s.world.shift(12 * 60000);
  await board.expect(s.board, (m) => m.event === "sla.overdue" && m.data.clock === "respond" && m.data.repair.repair_id === late.id);
  await owner.must(late.id, "cancel");
  const id = await s.await_confirm(owner, tech);
  await s.world.shift(49 * 3600000);
  await board.step(s.board, id, "auto_close", 60000); // after every other clock that two days let run out
  await s.login(s.service);
  const r = await s.service.repair(id);
  assert.deepEqual([r.state, r.stars], ["await_visit", 0]);
  board.stop();
});

test("the store holds together after all that", async () => {
  assert.match(await s.world.verify(), /ok {3}audit chain/);
});
