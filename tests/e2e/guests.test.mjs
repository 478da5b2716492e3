// guests.test.mjs - an owner lets family and tenants into the own room and shows them out again; the register knows whoever was let in.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Live, Scene, until } from "./lib/index.mjs";

let s, w;
before(async () => {
  s = await Scene.start({ sandbox: true, seed: [["company", "other"], ["sessions"]] });
  w = s.world;
  await s.admin.want(204, "PUT", "/api/v1/message-settings", { quiet_from: 0, quiet_to: 0, hourly: 100 }); // whatever time of day it is
});
after(() => s.stop());

const ymd = (days) => new Date(Date.now() + days * 86400e3 + 8 * 3600e3).toISOString().slice(0, 10).replaceAll("-", "");
const invite = (who, room, body, o) => who.call("POST", `/api/v1/rooms/${room}/bindings`, { name: "家人", role: "family", ...body }, { key: `guest-${Math.random()}`, ...o });
const people = (who, room) => who.want(200, "GET", `/api/v1/rooms/${room}/bindings`).then((r) => r.items);
const register = async (phone) => (await s.manager.want(200, "GET", `/api/v1/owners?phone=${phone}`)).items;
const rooms_of = async (party) => (await s.manager.want(200, "GET", `/api/v1/owners/${party}`)).relations;
const out = (who, id) => who.call("POST", `/api/v1/bindings/${id}/revoke`, { reason: "搬出" });

test("family by phone and name: in at once, told, in the register once, masked to the owner, out at once", async () => {
  const o = await s.owner(), phone = "13655550001";
  const r = await invite(o, o.room_id, { name: "李小明", phone });
  assert.equal(r.status, 201, r.text);
  assert.deepEqual([r.body.role, r.body.state, r.body.source, r.body.person, r.body.phone], ["family", "active", "register", "李*", "136****0001"]);
  await until(async () => (await w.captured("sms", phone)).some((m) => /家属/.test(JSON.stringify(m))), 15000, "the SMS");
  const [p, ...more] = await register(phone);
  assert.deepEqual([p.name, more.length], ["李小明", 0]);
  assert.deepEqual((await rooms_of(p.id)).map((x) => [x.room_id, x.role]), [[o.room_id, "family"]]);
  assert.ok((await people(o, o.room_id)).some((b) => b.id === r.body.id && b.person === "李*" && !JSON.stringify(b).includes(phone)));
  assert.ok((await people(s.service, o.room_id)).some((b) => b.person === "李小明"));
  assert.equal((await invite(o, o.room_id, { phone })).status, 409, "is of the room already");
  assert.equal((await out(o, r.body.id)).status, 204);
  assert.deepEqual(await rooms_of(p.id), [], "nor by the register");
  assert.equal((await invite(o, o.room_id, { phone })).status, 201, "may come again");
  assert.equal((await register(phone)).length, 1, "never a second entry");
  const audit = (await s.admin.want(200, "GET", "/api/v1/audit?limit=100")).items.map((a) => a.action);
  for (const a of ["binding.put", "binding.state", "party.create", "party_room.create", "party_room.end"]) assert.ok(audit.includes(a), a);
  const of = (await s.admin.want(200, "GET", "/api/v1/audit?action=party_room&limit=100")).items.map((a) => a.action);
  assert.ok(of.includes("party_room.create") && of.every((a) => a.startsWith("party_room.")), "by the name of what was done");
  assert.equal((await s.admin.get("/api/v1/audit?action=party%25")).status, 422);
});

test("a tenant needs a last day, sees the room while it lasts, and nothing from the moment the owner ends it", async () => {
  const o = await s.owner(), guest = w.client("owner30"), phone = "13800000130", role = "tenant";
  for (const [body, field] of [[{ role }, "expires_on"], [{ role, expires_on: ymd(-1) }, "expires_on"], [{ role, expires_on: "20261399" }, "expires_on"], [{ role: "owner" }, "role"]]) {
    const r = await invite(o, o.room_id, { phone, ...body });
    assert.deepEqual([r.status, r.body.error.field], [422, field], r.text);
  }
  const order = await s.report(o, "空调暖通");
  assert.equal((await guest.get(`/api/v1/repairs/${order.id}`)).status, 404);
  const r = await invite(o, o.room_id, { phone, role, expires_on: ymd(30) });
  assert.equal(r.status, 201, r.text);
  assert.ok(r.body.expires_at.startsWith(`${ymd(31).slice(0, 4)}-`));
  assert.equal((await guest.get(`/api/v1/repairs/${order.id}`)).status, 200);
  const live = await Live.open(guest, { topics: [`user:${guest.account_id}`], from: null });
  await live.sub([`repair:${order.id}`]);
  assert.equal(live.denied.size, 0);
  const [p] = await register(phone), [x] = (await rooms_of(p.id)).filter((y) => y.room_id === o.room_id);
  assert.deepEqual([x.role, x.to_day], ["tenant", Number(ymd(30))]);
  assert.equal((await out(o, r.body.id)).status, 204);
  assert.equal((await guest.get(`/api/v1/repairs/${order.id}`)).status, 404, "at once");
  await live.expect(`user:${guest.account_id}`, (e) => e.event === "binding.changed" && e.data.state === "revoked");
  assert.ok(live.denied.has(`repair:${order.id}`), "and the stream");
  assert.ok(!(await guest.want(200, "GET", "/api/v1/bindings")).items.some((b) => b.room_id === o.room_id));
  live.stop();
});

test("not another's room, not by family, not the owner's own seat; a limit a room", async () => {
  const [o, n] = [await s.owner(), await s.owner()], absent = await invite(o, "999999999999", { phone: "13655550100" }), foreign = await invite(o, n.room_id, { phone: "13655550100" });
  assert.deepEqual([foreign.status, foreign.body.error.message], [404, absent.body.error.message]);
  assert.equal((await o.get(`/api/v1/rooms/${n.room_id}/bindings`)).status, 404);
  assert.equal((await invite(o, w.ids.room_id, { phone: "13655550100" })).status, 404, "another company's");
  const kin = w.client("owner31");
  assert.equal((await invite(o, o.room_id, { phone: "13800000131" })).status, 201);
  assert.equal((await invite(kin, o.room_id, { phone: "13655550101" })).status, 404, "family does not invite");
  const co = await invite(s.service, o.room_id, { name: "共有人", phone: "13655550102", role: "owner" });
  assert.equal(co.status, 201, co.text);
  assert.equal((await invite(o, o.room_id, { phone: "13655550102" })).status, 409, "an owner is not made family");
  assert.equal((await out(o, co.body.id)).status, 404, "nor shown out by another");
  const [p] = await register("13655550102");
  assert.ok((await rooms_of(p.id)).some((x) => x.room_id === o.room_id && ["owner", "co_owner"].includes(x.role)), "the desk's registration is in the register as well");
  let last;
  for (let i = 0; i < 20; i++) last = await invite(o, o.room_id, { phone: String(13655550200 + i) });
  assert.deepEqual([last.status, last.body.error.field], [409, "id"], last.text);
  const all = (await people(o, o.room_id)).filter((b) => b.role === "family");
  assert.equal(all.length, 20);
  assert.equal((await out(o, all[5].id)).status, 204);
  assert.equal((await invite(o, o.room_id, { phone: "13655550250" })).status, 429, "nor twenty others the same day");
});

test("a tenant who asked is let in until a day, and is in the register until then", async () => {
  const o = await s.owner(), a = w.client("owner33"), b = await a.want(201, "POST", "/api/v1/bindings", { room_id: o.room_id, role: "tenant" });
  const approve = (body) => o.call("POST", `/api/v1/bindings/${b.id}/approve`, body);
  for (const body of [undefined, {}, { expires_on: "20261332" }, { expires_on: ymd(-1) }]) {
    const r = await approve(body);
    assert.deepEqual([r.status, r.body.error.field], [422, "expires_on"], r.text);
  }
  assert.equal((await approve({ expires_on: ymd(30) })).status, 204);
  const [entry] = await register("13800000133");
  assert.deepEqual((await rooms_of(entry.id)).map((x) => [x.room_id, x.role, x.to_day]), [[o.room_id, "tenant", Number(ymd(30))]]);
});

test("an approved application is in the register too, under the entry that has the phone", async () => {
  const o = await s.owner(), a = w.client("owner32"), b = await a.want(201, "POST", "/api/v1/bindings", { room_id: o.room_id, role: "family" });
  const entry = await s.manager.want(201, "POST", "/api/v1/owners", { kind: "person", name: "登记过的人", phones: [{ phone: "13800000132" }] });
  await o.want(204, "POST", `/api/v1/bindings/${b.id}/approve`, {});
  const list = await register("13800000132");
  assert.deepEqual(list.map((x) => x.id), [entry.id]);
  assert.deepEqual((await rooms_of(entry.id)).map((x) => [x.room_id, x.role]), [[o.room_id, "family"]]);
  // and the register ends it: on a day to come first, which the binding knows
  let [x] = await rooms_of(entry.id);
  const mine = async () => (await a.want(200, "GET", "/api/v1/bindings")).items.find((y) => y.id === b.id);
  assert.equal((await mine()).expires_at, null);
  await s.manager.call("POST", `/api/v1/owner-rooms/${x.id}/end`, { last_day: Number(ymd(3)), reason: "搬走" }, { ifMatch: x.version });
  assert.ok((await mine()).expires_at > ymd(3).replace(/(....)(..)(..)/, "$1-$2-$3"), "out when the day has come");
  // and then at once: the relation goes, the binding with it
  [x] = await rooms_of(entry.id);
  const r = await s.manager.call("POST", `/api/v1/owner-rooms/${x.id}/end`, { last_day: Number(ymd(-1)), reason: "登记有误" }, { ifMatch: x.version });
  assert.ok(r.status < 300, r.text);
});

test("the store holds together", async () => { assert.ok(!(await w.verify()).includes("FAIL")); });
