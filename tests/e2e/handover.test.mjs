// handover.test.mjs - handing over rooms (交房、入住): a list, a day, an inspection whose faults become orders, keys and readings and a
// signature, the room's state, the first day of its fees.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { jpeg, Live, Scene, until, upload } from "./lib/index.mjs";

const ABSENT = "999999999999", ymd = (days) => Number(new Date(Date.now() + days * 86400e3 + 8 * 3600e3).toISOString().slice(0, 10).replaceAll("-", ""));
let s, w, c, rooms, room, item;
before(async () => {
  s = await Scene.start({ sandbox: true, seed: [["company", "other"], ["sessions"]] });
  [w, c] = [s.world, s.service];
  await s.admin.want(204, "PUT", "/api/v1/message-settings", { quiet_from: 0, quiet_to: 0, hourly: 100 }); // whatever time of day it is
  rooms = (await s.manager.want(200, "GET", "/api/v1/rooms?limit=30")).items;
  room = rooms[0];
});
after(() => s.stop());

const plan = (list, more = {}, who = c) => who.call("POST", "/api/v1/handovers", { rooms: list, day: ymd(3), ...more }, { key: `ho-${Math.random()}` });
const act = (id, what, body = {}, who = c, o = {}) => who.call("POST", `/api/v1/handovers/${id}/${what}`, body, { key: `ho-${Math.random()}`, ...o });
const must = async (id, what, body, who) => { const r = await act(id, what, body, who); assert.equal(r.status, 200, `${what}: ${r.text}`); return r.body; };
const get = (id, who = c) => who.want(200, "GET", `/api/v1/handovers/${id}`);
const photo = async (who = c, mark = String(Math.random())) => (await upload(who, jpeg({ comment: mark }))).body.id;
const one = async (r) => { const p = await plan([r.id]); assert.equal(p.status, 201, p.text); return p.body.items[0].id; };
const all_ok = async (id) => (await get(id)).checks.map((x) => ({ n: x.n, result: "ok" }));

test("the list of the project: the program's own first, then what the manager says; a handover keeps the one it began with", async () => {
  const own = (await c.want(200, "GET", "/api/v1/handover-items")).items;
  assert.ok(own.length >= 5 && own.every((x) => x.name && x.fault_type_id === null));
  const before = await one(rooms[1]), type = s.types["管道疏通"]?.id ?? Object.values(s.types)[0].id;
  assert.equal((await c.call("PUT", "/api/v1/handover-items", { items: [{ name: "x" }] })).status, 403);
  for (const [items, field] of [[[], "items"], [[{ name: "" }], "items[0].name"], [[{ name: "x", fault_type_id: ABSENT }], "items[0].fault_type_id"], [[{ name: "x", fault_type_id: w.ids.type_id }], "items[0].fault_type_id"]]) {
    const r = await s.manager.call("PUT", "/api/v1/handover-items", { items });
    assert.deepEqual([r.status, r.body.error.field], [422, field], r.text);
  }
  await s.manager.want(204, "PUT", "/api/v1/handover-items", { items: [{ name: "门窗" }, { name: "地漏", fault_type_id: type }, { name: "墙面" }, { name: "阳台" }] });
  item = { type };
  assert.equal((await get(before)).checks.length, own.length, "begun with the old one");
  assert.deepEqual((await get(await one(rooms[2]))).checks.map((x) => x.name), ["门窗", "地漏", "墙面", "阳台"]);
});

test("planning many at once: one a room at a time, no other company's, no day gone by", async () => {
  const two = await plan([rooms[2].id, rooms[3].id, rooms[4].id]);
  assert.deepEqual([two.status, two.body.items.length, two.body.skipped], [201, 2, 1], "one is under way");
  const before = (await c.want(200, "GET", "/api/v1/handovers?limit=100")).items.length;
  for (const [list, more, field] of [[[rooms[5].id, ABSENT], {}, "rooms[1]"], [[w.ids.room_id], {}, "rooms[0]"], [[rooms[5].id], { day: ymd(-1) }, "day"], [[rooms[5].id], { day: 20260231 }, "day"], [[], {}, "rooms"]]) {
    const r = await plan(list, more);
    assert.deepEqual([r.status, r.body.error.field], [422, field], r.text);
  }
  assert.equal((await c.want(200, "GET", "/api/v1/handovers?limit=100")).items.length, before, "nothing of it");
  for (const who of [s.cashier, s.auditor, s.dispatcher, s.tech[1], w.client("owner5")]) assert.equal((await plan([rooms[6].id], {}, who)).status, 403);
  const race = await Promise.all([1, 2, 3].map(() => plan([rooms[6].id])));
  assert.equal(race.reduce((n, r) => n + (r.body.items?.length ?? 0), 0), 1, "of three at once, one");
  const [building, state] = [rooms[3].building_id, "planned"], list = (await s.auditor.want(200, "GET", `/api/v1/handovers?building_id=${building}&state=${state}&limit=100`)).items;
  assert.ok(list.length && list.every((h) => h.state === state));
  assert.deepEqual((await c.want(200, "GET", `/api/v1/handovers?room_id=${rooms[3].id}`)).items.map((h) => h.room_id), [rooms[3].id]);
  assert.equal((await c.want(200, "GET", `/api/v1/handovers?from=${ymd(4)}`)).items.length, 0);
});

test("six pictures an item, however often it is looked at", async () => {
  const id = await one(rooms[9]), ok = await all_ok(id), pics = [];
  await must(id, "notify");
  for (let i = 0; i < 7; i++) pics.push(await photo());
  const look = (n, photos) => act(id, "inspect", { checks: ok.map((x) => (x.n === n ? { ...x, photos } : x)) });
  assert.equal((await look(1, pics.slice(0, 6))).status, 200);
  assert.equal((await look(1, pics.slice(0, 6))).status, 200, "the same again");
  const r = await look(1, [pics[6]]);
  assert.deepEqual([r.status, r.body.error?.field], [422, "checks[0].photos"], r.text);
  assert.equal((await look(2, [pics[6]])).status, 200, "it is still free for another item");
});

test("the whole way: told, inspected, faults repaired, keys, readings and signature, the room's state, fees from the day", async () => {
  const owner = await s.manager.want(201, "POST", "/api/v1/owners", { kind: "person", name: "周新房", phones: [{ phone: "13800000120" }] });
  await s.manager.want(201, "POST", `/api/v1/owners/${owner.id}/rooms`, { room_id: room.id, role: "owner", pays: true });
  const m = s.manager, water = await m.want(201, "POST", "/api/v1/fee-items", { code: "SF", name: "水费", kind: "metered", cycle: "monthly", due_days: 15 }), fee = await m.want(201, "POST", "/api/v1/fee-items", { code: "WY", name: "物业费", kind: "area", cycle: "monthly", due_days: 15 });
  const meter = await m.want(201, "POST", "/api/v1/meters", { item_id: water.id, room_id: room.id, serial: "S-1", from_day: ymd(-30), first_e3: 1000 });
  const foreign = await m.want(201, "POST", "/api/v1/meters", { item_id: water.id, room_id: rooms[9].id, serial: "S-2", from_day: ymd(-30), first_e3: 0 });
  const r0 = await m.want(200, "GET", `/api/v1/rooms/${room.id}`);
  await m.want(204, "PUT", `/api/v1/rooms/${room.id}`, { name: r0.name, layout: r0.layout, area_e4: r0.area_e4, floor: r0.floor, use: r0.use, state: "sold", reason: "未交" }, { ifMatch: r0.version });
  const board = await Live.open(m, { topics: [s.board], from: null }), id = await one(room);
  assert.deepEqual([(await get(id)).handover.person, (await get(id)).actions.sort()], ["周新房", ["cancel", "change", "notify"]]);
  for (const step of ["inspect", "hand_over"]) assert.equal((await act(id, step)).status, 409, `${step} before anybody was told`);
  await must(id, "change", { day: ymd(5) });
  await must(id, "notify", { note: "请带身份证" });
  const sms = await until(async () => (await w.captured("sms", "13800000120")).find((x) => /交房/.test(JSON.stringify(x))), 15000, "the SMS");
  assert.match(JSON.stringify(sms), new RegExp(String(ymd(5)).replace(/(....)(..)(..)/, "$1-$2-$3")));
  await board.expect(s.board, (e) => e.event === "handover.status" && e.data.handover_id === id && e.data.state === "notified");
  assert.deepEqual((await get(id)).room_meters.map((x) => [x.meter_id, x.serial, x.item]), [[meter.id, "S-1", "水费"]], "only its own");
  // What was found
  const pics = [await photo(), await photo()], stranger = await photo(s.dispatcher);
  const good = [{ n: 1, result: "failed", note: "窗框变形", photos: pics }, { n: 2, result: "failed", note: "返水" }, { n: 3, result: "failed", note: "空鼓" }, { n: 4, result: "none" }];
  for (const [checks, field] of [[good.slice(0, 3), "checks"], [[...good.slice(0, 3), { n: 4, result: "bad" }], "checks[3].result"], [[{ n: 9, result: "ok" }, ...good], "checks[0].n"], [[{ n: 1, result: "failed" }, ...good.slice(1)], "checks[0].note"], [[...good.slice(0, 3), { n: 4, result: "ok", photos: [stranger] }], "checks[3].photos"]]) {
    const r = await act(id, "inspect", { checks });
    assert.deepEqual([r.status, r.body.error.field], [422, field], r.text);
  }
  assert.ok((await get(id)).checks.every((x) => x.result === "" && x.repair_id === null), "nothing of those");
  await must(id, "inspect", { checks: good });
  let d = await get(id);
  const [a, b, x] = d.checks.map((y) => y.repair_id);
  assert.ok(a && b && a === x && a !== b, "one order a kind of fault");
  assert.deepEqual(d.checks[0].photos.sort(), [...pics].sort());
  const order = (await s.dispatcher.want(200, "GET", `/api/v1/repairs/${a}`)).repair;
  assert.ok(order.room_id === room.id && /窗框变形/.test(order.description) && /空鼓/.test(order.description) && !/返水/.test(order.description), order.description);
  assert.equal((await s.auditor.get(`/api/v1/files/${pics[0]}`)).status, 200);
  for (const who of [s.tech[2], w.client("owner6"), w.client("other_admin")]) assert.equal((await who.get(`/api/v1/files/${pics[0]}`)).status, 404);
  // Again after the repair: the orders stay the items', and no second one is made
  const open = (await s.dispatcher.want(200, "GET", "/api/v1/repairs?view=board&limit=100")).items.length;
  await must(id, "inspect", { checks: [{ n: 3, result: "failed", note: "仍空鼓" }] });
  assert.equal((await s.dispatcher.want(200, "GET", "/api/v1/repairs?view=board&limit=100")).items.length, open);
  // Handing over
  const sign = await photo(), body = { keys: 5, signature_id: sign, room_state: "occupied", readings: [{ meter_id: meter.id, reading_e3: 1500 }] };
  for (const [more, field, status] of [[{ signature_id: undefined }, "signature_id", 422], [{ readings: [{ meter_id: foreign.id, reading_e3: 1 }] }, "readings[0].meter_id", 422], [{ readings: [{ meter_id: meter.id, reading_e3: 10 }] }, "readings[0].reading_e3", 422],
    [{ day: ymd(1) }, "day", 422], [{ fee_items: [fee.id] }, "fee_items", 403]]) {
    const r = await act(id, "hand_over", { ...body, ...more });
    assert.deepEqual([r.status, r.body.error.field], [status, field], r.text);
  }
  assert.equal((await m.want(200, "GET", `/api/v1/rooms/${room.id}`)).state, "sold");
  const own = await photo(m);
  const late = await act(id, "hand_over", { ...body, signature_id: own, fee_items: [fee.id], fee_from: ymd(400) }, m);
  assert.deepEqual([late.status, late.body.error.field], [422, "fee_from"]);
  const stale = await act(id, "hand_over", body, m, { ifMatch: 1 });
  assert.equal(stale.status, 409);
  const done = await must(id, "hand_over", { ...body, signature_id: own, fee_items: [fee.id], fee_from: ymd(0) }, m);
  assert.deepEqual([done.state, done.keys, done.signature_id, done.room_state, done.handed_day, done.fee_from], ["handed_over", 5, own, "occupied", ymd(0), ymd(0)]);
  d = await get(id);
  assert.deepEqual(d.meters.map((y) => [y.serial, y.item, y.reading_e3]), [["S-1", "水费", 1500]]);
  assert.deepEqual(d.history.map((y) => y.event), ["plan", "change", "notify", "inspect", "inspect", "hand_over"]);
  assert.deepEqual(d.actions, []);
  assert.equal((await m.want(200, "GET", `/api/v1/rooms/${room.id}`)).state, "occupied");
  assert.ok((await m.want(200, "GET", `/api/v1/rooms/${room.id}/history`)).items.some((y) => y.field === "state" && y.reason === "交房"));
  const next = Number(String(ymd(40)).slice(0, 6)) * 100 + 1, preview = JSON.stringify(await m.want(200, "GET", `/api/v1/bill-runs/preview?day=${next}&room_id=${room.id}`));
  assert.ok(preview.includes("物业费"), "the room pays from then on");
  for (const step of ["change", "notify", "inspect", "hand_over", "cancel"]) assert.equal((await act(id, step, { ...body, day: ymd(1), note: "x" })).status, 409, step);
  board.stop();
});

test("called off with a reason; then the room may be planned again", async () => {
  const id = await one(rooms[7]), r = await act(id, "cancel");
  assert.deepEqual([r.status, r.body.error.field], [422, "note"]);
  assert.deepEqual([(await must(id, "cancel", { note: "业主出差" })).reason], ["业主出差"]);
  const bare = await s.manager.want(201, "POST", "/api/v1/rooms", { building: "88栋", unit: "1单元", name: "101", area_e4: 500000 }), under = await plan([bare.id]);
  const close = (version) => s.manager.call("POST", `/api/v1/rooms/${bare.id}/close`, { reason: "合并" }, { ifMatch: version });
  assert.match((await close(1)).body.error.message, /进行中的交房/);
  await must(under.body.items[0].id, "cancel", { note: "合并" });
  assert.equal((await close(1)).status, 204);
  const again = await one(rooms[7]);
  assert.notEqual(again, id);
  await must(again, "notify"); // nobody is registered: the desk calls
  assert.equal((await act(again, "inspect", { checks: await all_ok(again) })).status, 200);
  assert.equal((await act(again, "dance")).status, 404);
  assert.equal((await act(w.ids.room_id, "notify")).status, 404);
});

test("the store holds together", async () => { assert.ok(!(await w.verify()).includes("FAIL")); });
