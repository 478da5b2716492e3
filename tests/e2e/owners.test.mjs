// owners.test.mjs - rooms made by a pattern, people registered in them, let in by their phone, put out by a transfer; bills that
// stay with whose they are; what is shown in clear; one's own data, and its end.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Live, Money, until } from "./lib/index.mjs";

const SELLER = "13911110001", BUYER = "13911110002", q = encodeURIComponent;
let s, w, other, room, seller, buyer, party, rel;
before(async () => {
  s = await Money.start({ seed: [["company", "other"], ["sessions"]] });
  w = s.world;
  other = { ...w.ids, admin: w.client("other_admin") };
});
after(async () => { await s.balances(); await s.stop(); });

async function code(phone, purpose, c) {
  const n = (await w.captured("sms", phone)).length;
  await c.want(204, "POST", "/api/v1/auth/code", { purpose, phone, company: "demo" });
  const all = await w.capture("sms", phone, n + 1);
  return JSON.stringify(all.at(-1).content).match(/(?<!\d)\d{6}(?!\d)/)[0];
}
async function comes_in(phone) {
  const c = w.client(null, { name: phone, device: "" });
  c.take(await c.want(200, "POST", "/api/v1/auth/login/code", { company: "demo", phone, code: await code(phone, "login", c) }));
  return c;
}
const mine = (c) => c.want(200, "GET", "/api/v1/bindings").then((r) => r.items.filter((b) => b.state === "active"));
const bills = (c) => c.want(200, "GET", "/api/v1/bills?view=mine&limit=100").then((r) => r.items);
const desk = (...a) => s.service.want(...a);

test("a building of rooms by a pattern, once", async () => {
  const plan = { building: "99栋", unit_from: 1, unit_to: 2, floor_from: 1, floor_to: 15, skip: [{ floor: 4 }, { floor: 13 }, { floor: 14 }], state: "sold",
    doors: [{ suffix: "01", layout: "三室两厅", area_e4: 1200000, inner_area_e4: 960000 }, { suffix: "02", layout: "两室一厅", area_e4: 890000 }] };
  const look = await desk(200, "POST", "/api/v1/rooms/plan", plan);
  assert.deepEqual([look.total, look.existing], [48, 0]);
  assert.equal(look.items.filter((r) => /^(4|13|14)0/.test(r.name)).length, 0, "no floor 4, 13, 14");
  assert.equal((await desk(201, "POST", "/api/v1/rooms/bulk", plan)).made, 48);
  assert.equal((await s.service.post("/api/v1/rooms/bulk", plan)).status, 409);
  assert.equal((await desk(201, "POST", "/api/v1/rooms/bulk", { ...plan, floor_to: 16, skip_existing: true })).made, 4);
  assert.equal((await s.tech[1].post("/api/v1/rooms/bulk", plan)).status, 403);
  for (const name of ["99栋2单元1502室", "99#2-1502", "９９－２－１５０２", "九十九栋二单元1502", "99/2/1502"]) {
    const hit = (await desk(200, "GET", `/api/v1/rooms?search=${q(name)}`)).items;
    assert.deepEqual(hit.map((r) => r.full_name), ["99栋2单元1502"], name);
    room = hit[0];
  }
  assert.equal((await desk(200, "GET", `/api/v1/rooms?search=${q("99栋1502")}`)).items.length, 2, "in both units");
  const named = await desk(200, "GET", `/api/v1/rooms?building_id=${room.building_id}&layout=${q("三室两厅")}&floor=15`);
  assert.equal(named.items.length, 2);
});

test("who is registered by phone is let in by the phone", async () => {
  party = (await desk(201, "POST", "/api/v1/owners", { name: "钱七", phones: [{ label: "手机", phone: "139-1111-0001" }], email: "qian@example.com", idno: "110101199003070134" })).id;
  rel = (await desk(201, "POST", `/api/v1/owners/${party}/rooms`, { room_id: room.id, role: "owner", share_n: 1, share_d: 1, from_day: 20200101 })).id;
  await s.publish("WY2"); // billed before there is an account
  seller = await comes_in(SELLER);
  assert.equal(seller.project_id, s.project, "the session begins where the room is");
  assert.deepEqual((await mine(seller)).map((b) => [b.room_id, b.role, b.source]), [[room.id, "owner", "match"]]);
  const b = await bills(seller);
  assert.equal(b.length, 1);
  assert.equal(b[0].payer, "钱七", "billed in the register's name");
  // a family member asks for the room and the register knows the number: no desk needed
  const wife = (await desk(201, "POST", "/api/v1/owners", { name: "钱妻", phones: [{ phone: "13911110003" }] })).id;
  const c = await comes_in("13911110003");
  assert.equal((await mine(c)).length, 0);
  await desk(201, "POST", `/api/v1/owners/${wife}/rooms`, { room_id: room.id, role: "family" });
  assert.equal((await c.want(201, "POST", "/api/v1/bindings", { room_id: room.id, role: "family" })).state, "active");
});

test("masked until shown, and showing is written down", async () => {
  const o = await desk(200, "GET", `/api/v1/owners/${party}`);
  assert.equal(o.phone, "139****0001");
  assert.equal(o.email, "q***@example.com");
  for (const c of [s.manager, s.service, s.cashier, s.auditor]) assert.ok(!/13911110001|qian@|0307/.test((await c.get(`/api/v1/owners/${party}`)).text), `${c.name} sees masks`);
  assert.equal((await s.service.post(`/api/v1/owners/${party}/reveal`, { field: "phone" })).status, 422, "a reason is needed");
  assert.equal((await desk(200, "POST", `/api/v1/owners/${party}/reveal`, { field: "phone", reason: "联系业主" })).value, SELLER);
  assert.equal((await s.tech[1].post(`/api/v1/owners/${party}/reveal`, { field: "phone", reason: "想看" })).status, 403);
  assert.equal((await seller.post(`/api/v1/owners/${party}/reveal`, { field: "phone", reason: "想看" })).status, 403);
  assert.equal((await other.admin.post(`/api/v1/owners/${party}/reveal`, { field: "phone", reason: "想看" })).status, 404);
  const seen = (await s.manager.want(200, "GET", `/api/v1/owners/${party}/reveals`)).items;
  assert.deepEqual(seen.map((r) => [r.field, r.reason, r.account_id]), [["phone", "联系业主", s.service.account_id]]);
  const found = await desk(200, "GET", `/api/v1/owners?phone=${SELLER}&room=${q("99#2-1502")}&owing=yes&role=owner`);
  assert.deepEqual(found.items.map((x) => x.id), [party]);
  assert.equal((await desk(200, "GET", `/api/v1/owners?phone=${SELLER}&owing=no`)).items.length, 0);
});

test("edits are guarded by version and leave a trace of every field", async () => {
  const body = { name: "钱七七", reason: "户口更名" };
  assert.equal((await s.service.put(`/api/v1/owners/${party}`, body)).status, 428);
  await desk(204, "PUT", `/api/v1/owners/${party}`, body, { ifMatch: 1 });
  assert.equal((await s.service.put(`/api/v1/owners/${party}`, body, { ifMatch: 1 })).status, 409);
  const [h] = (await desk(200, "GET", `/api/v1/owners/${party}/history`)).items;
  assert.deepEqual([h.field, h.before, h.after, h.reason, h.account_id], ["name", "钱七", "钱七七", "户口更名", s.service.account_id]);
  const m = await desk(200, "GET", `/api/v1/rooms/${room.id}`);
  await desk(204, "PUT", `/api/v1/rooms/${room.id}`, { name: m.name, area_e4: 1201000, state: "occupied", reason: "实测" }, { ifMatch: m.version });
  assert.deepEqual((await desk(200, "GET", `/api/v1/rooms/${room.id}/history`)).items.map((x) => x.field).sort(), ["area_e4", "state"]);
  assert.equal((await s.manager.post(`/api/v1/rooms/${room.id}/close`, { reason: "x" }, { ifMatch: m.version + 1 })).status, 409, "people live in it");
});

test("sold: the seller is out at once and keeps the bills; the buyer is in and does not see them", async () => {
  const old = (await bills(seller))[0], to = (await desk(201, "POST", "/api/v1/owners", { name: "孙买家", phones: [{ phone: BUYER }] })).id;
  buyer = await comes_in(BUYER);
  const home = await Live.open(seller, { from: null });
  const today = Number(new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10).replaceAll("-", ""));
  const sale = { day: today, to: [{ party_id: to, share_n: 1, share_d: 1, pays: true }], reason: "二手房交易" };
  const look = await desk(200, "POST", `/api/v1/rooms/${room.id}/transfers/preview`, sale);
  assert.deepEqual([look.at_once, look.from, look.bills.map((b) => b.id), look.bindings_that_end], [true, ["钱七七"], [old.id], 2]);
  assert.equal((await mine(seller)).length, 1, "a look changes nothing");
  assert.equal((await s.cashier.post(`/api/v1/rooms/${room.id}/transfers`, sale)).status, 403);
  assert.equal((await other.admin.post(`/api/v1/rooms/${room.id}/transfers`, sale)).status, 404);
  const t = await desk(201, "POST", `/api/v1/rooms/${room.id}/transfers`, sale);
  assert.deepEqual([t.state, t.open_bills], ["done", 1]);
  await home.expect(`user:${seller.account_id}`, (m) => m.event === "binding.changed" && m.data.state === "revoked");
  assert.equal((await mine(seller)).length, 0);
  assert.deepEqual((await mine(buyer)).map((b) => b.room_id), [room.id]);
  assert.deepEqual((await bills(buyer)).map((b) => b.id), []);
  assert.equal((await buyer.get(`/api/v1/bills/${old.id}`)).status, 404);
  assert.equal((await buyer.post("/api/v1/pay-orders", { bills: [old.id], channel: "wechat", scene: "qr" })).status, 404);
  assert.deepEqual((await bills(seller)).map((b) => b.id), [old.id], "without a room, but with the debt");
  assert.equal((await desk(200, "GET", `/api/v1/rooms/${room.id}/owners`)).items.find((x) => x.to_day === 99991231).party, "孙买家");
  assert.equal((await s.service.post(`/api/v1/rooms/${room.id}/transfers`, { ...sale, day: 20200101 })).status, 409, "not before the last one");
  seller.bill = old;
});

test("the grid shows who owes, the seller pays, and it shows that too", async () => {
  const cell = async () => (await s.cashier.want(200, "GET", `/api/v1/buildings/${room.building_id}/grid`)).items.find((c) => c.room_id === room.id);
  assert.deepEqual([(await cell()).money, (await cell()).open_fen], ["owing", seller.bill.amount_fen]);
  assert.equal((await seller.post("/api/v1/me/close", { scope: "account", confirm: true })).status, 409, "not with a bill open");
  const o = await s.started(seller, "wechat");
  await s.pay(o);
  await s.reaches(seller, o, "paid");
  assert.equal((await cell()).money, "paid");
});

test("the grid without money for those who have no business with it; who lives there for all of the desk; a unit at a time", async () => {
  const grid = async (who, q = "") => (await who.want(200, "GET", `/api/v1/buildings/${room.building_id}/grid${q}`)).items, find = (rows) => rows.find((c) => c.room_id === room.id);
  const [full, bare] = [find(await grid(s.auditor)), find(await grid(s.service))];
  assert.equal(full.money, "paid");
  assert.ok(full.open_fen >= 0 && full.owners >= 1 && full.accounts >= 1, JSON.stringify(full));
  for (const who of [s.service, s.dispatcher]) for (const c of await grid(who)) assert.deepEqual([c.money, c.open_bills, c.open_fen, c.overdue_fen], [null, null, null, null]);
  assert.deepEqual({ ...bare, money: 0, open_bills: 0, open_fen: 0, overdue_fen: 0 }, { ...full, money: 0, open_bills: 0, open_fen: 0, overdue_fen: 0 }, "all else is the same");
  assert.equal((await s.tech[1].get(`/api/v1/buildings/${room.building_id}/grid`)).status, 403);
  const unit = await grid(s.cashier, `?unit_id=${full.unit_id}`);
  assert.ok(unit.length && unit.length <= (await grid(s.cashier)).length && unit.every((c) => c.unit_id === full.unit_id));
  assert.deepEqual(unit.map((c) => c.floor), unit.map((c) => c.floor).sort((a, b) => b - a), "from the top");
});

test("a number that changes takes its rights along", async () => {
  const c = await code("13911110004", "phone", buyer);
  await buyer.want(204, "POST", "/api/v1/me/phone", { phone: "13911110004", code: c });
  assert.equal((await buyer.get("/api/v1/session")).status, 401, "logged out everywhere");
  await w.shift(61000); // a code a minute for one number
  const again = await comes_in("13911110004");
  assert.equal((await mine(again)).length, 0, "the register does not know that number");
  const found = (await desk(200, "GET", `/api/v1/owners?room=${q("99-2-1502")}&role=owner`)).items.find((x) => x.name === "孙买家");
  await desk(204, "PUT", `/api/v1/owners/${found.id}`, { name: "孙买家", phones: [{ phone: "13911110004" }], reason: "换号" }, { ifMatch: found.version });
  await until(async () => (await mine(again)).length === 1, 5000, "in again");
});

test("prepaid money goes back to who had paid it, by two people", async () => {
  const list = (await desk(200, "GET", `/api/v1/rooms?search=${q("99栋1单元")}`)).items, [a, b] = list;
  const to = (await desk(200, "GET", `/api/v1/owners?name=${q("孙买家")}`)).items[0].id;
  const from = (await desk(201, "POST", "/api/v1/owners", { name: "冯老", phones: [{ phone: "13911110009" }] })).id;
  for (const m of [a, b]) {
    await desk(201, "POST", `/api/v1/owners/${from}/rooms`, { room_id: m.id, role: "owner", from_day: 20200101 });
    for (const x of (await s.manager.want(200, "GET", "/api/v1/bills?view=board&state=published&limit=100")).items.filter((y) => y.room_id === m.id))
      await s.cashier.want(201, "POST", "/api/v1/payments", { method: "cash", bills: [x.id] });
  }
  const sale = { day: 20260601, to: [{ party_id: to, share_n: 1, share_d: 1 }], reason: "二手房" };
  await s.cashier.want(201, "POST", "/api/v1/payments", { method: "cash", prepaid_fen: 9900, prepaid_room_id: a.id });
  const moved = await desk(201, "POST", `/api/v1/rooms/${a.id}/transfers`, { ...sale, prepaid: "transfer", prepaid_room_id: b.id });
  assert.equal(moved.prepaid_fen, 9900);
  const back = await desk(201, "POST", `/api/v1/rooms/${b.id}/transfers`, { ...sale, prepaid: "refund" });
  assert.deepEqual([back.prepaid_fen, back.back_entry_id], [9900, null], "it had followed the seller to the other room");
  await desk(403, "POST", `/api/v1/transfers/${back.id}/pay-back`, { method: "cash" }, { ifMatch: back.version });
  await s.manager.want(204, "POST", `/api/v1/transfers/${back.id}/pay-back`, { method: "cash" }, { ifMatch: back.version });
  assert.equal((await s.manager.post(`/api/v1/transfers/${back.id}/pay-back`, { method: "cash" }, { ifMatch: back.version + 1 })).status, 409);
});

test("one's own data, and being forgotten", async () => {
  const data = await seller.want(200, "GET", "/api/v1/me/data");
  assert.equal(data.account.phone, SELLER);
  assert.equal(data.register[0].idno, "110101199003070134");
  assert.equal(data.bills[0].id, seller.bill.id);
  assert.equal((await s.manager.post("/api/v1/me/close", { scope: "account", confirm: true })).status, 403);
  await seller.want(200, "POST", "/api/v1/me/close", { scope: "account", confirm: true, reason: "搬走了" });
  assert.equal((await seller.get("/api/v1/session")).status, 401);
  const text = (await s.manager.get(`/api/v1/owners/${party}`)).text;
  assert.ok(!/钱七|139\*|qian/.test(text) || (await s.manager.get(`/api/v1/owners/${party}`)).status === 404, text);
  assert.equal((await s.manager.want(200, "GET", `/api/v1/bills/${seller.bill.id}`)).bill.state, "paid", "the books stay");
});

test("another company and another project see none of it", async () => {
  const hp = (await s.admin.want(200, "GET", "/api/v1/projects")).items.find((p) => p.code === "HP").id;
  const elsewhere = w.client(null, { name: "admin" });
  await s.login(elsewhere);
  await elsewhere.want(204, "PUT", "/api/v1/session/project", { project_id: hp });
  for (const c of [other.admin, elsewhere])
    for (const path of [`owners/${party}`, `rooms/${room.id}`, `rooms/${room.id}/owners`, `rooms/${room.id}/history`, `owners/${party}/history`, `owner-rooms/${rel}/history`, `buildings/${room.building_id}/grid`])
      assert.equal((await c.get(`/api/v1/${path}`)).status, 404, `${c.name} ${path}`);
  assert.equal((await elsewhere.want(200, "GET", `/api/v1/owners?name=${q("孙买家")}`)).items.length, 0);
});

test("a sale of tomorrow happens tomorrow, by itself", async () => {
  const [, , c] = (await desk(200, "GET", `/api/v1/rooms?search=${q("99栋1单元")}`)).items, day = (ms) => Number(new Date(ms + 8 * 3600e3).toISOString().slice(0, 10).replaceAll("-", ""));
  const from = (await desk(201, "POST", "/api/v1/owners", { name: "吴老", phones: [{ phone: "13911110010" }] })).id;
  const to = (await desk(201, "POST", "/api/v1/owners", { name: "吴小", phones: [{ phone: "13911110011" }] })).id;
  await desk(201, "POST", `/api/v1/owners/${from}/rooms`, { room_id: c.id, role: "owner", from_day: 20200101 });
  const old = await comes_in("13911110010"), young = await comes_in("13911110011");
  const now = Date.now() + 61000; // the server's, after what was shifted before
  const t = await desk(201, "POST", `/api/v1/rooms/${c.id}/transfers`, { day: day(now + 24 * 3600e3), to: [{ party_id: to }], reason: "赠与" });
  assert.deepEqual([t.state, (await mine(old)).length, (await mine(young)).length], ["planned", 1, 0]);
  assert.ok((await desk(200, "GET", "/api/v1/transfers")).items.some((x) => x.id === t.id));
  await w.shift(24 * 3600e3); // every session ends by that
  await s.login(s.service);
  await until(async () => (await desk(200, "GET", `/api/v1/rooms/${c.id}/transfers`)).items[0].state === "done", 20000, "carried out");
  assert.deepEqual([(await mine(await comes_in("13911110010"))).length, (await mine(await comes_in("13911110011"))).length], [0, 1]);
  assert.deepEqual((await desk(200, "GET", `/api/v1/rooms/${c.id}/owners`)).items.filter((x) => x.to_day === 99991231).map((x) => x.party), ["吴小"]);
});
