// money.test.mjs - money that means something to another module: a charged repair and its bill, a prepaid account and the next
// bill, an invoice whose payment went back.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Money, until } from "./lib/index.mjs";

let s, w;
before(async () => { s = await Money.start({}); w = s.world; await s.roomy("tech4"); });
after(async () => { await s.balances(); await s.stop(); });

const repair_bill = (o) => until(async () => (await o.want(200, "GET", "/api/v1/bills?view=mine&state=published&limit=100")).items.find((b) => b.amount_fen === 5000), 10000, "the bill of the repair");

test("a charged repair makes a bill; paid online, the order goes on by itself", async () => {
  const p = await s.payer(), id = await s.await_pay(p, s.tech[4]);
  const bill = await repair_bill(p), full = await p.want(200, "GET", `/api/v1/bills/${bill.id}`);
  assert.equal(full.lines[0].name, "维修费");
  assert.equal(full.lines[0].explain.repair_id, id);
  p.bill = bill;
  const o = await s.started(p, "wechat");
  await s.pay(o);
  await s.reaches(p, o, "paid");
  await until(async () => (await p.repair(id)).state === "await_confirm", 10000, "to be rated");
  await p.must(id, "rate", { stars: 5 });
});

test("a waived charge takes its bill away", async () => {
  const p = await s.payer(), id = await s.await_pay(p, s.tech[4]);
  const bill = await repair_bill(p);
  await s.manager.must(id, "waive", { note: "保修期内" });
  await until(async () => (await s.manager.want(200, "GET", `/api/v1/bills/${bill.id}`)).bill.state === "void", 10000, "void");
});

test("an order whose bill is voided goes on: nobody will pay it", async () => {
  const p = await s.payer(), id = await s.await_pay(p, s.tech[4]);
  const bill = await repair_bill(p);
  await s.manager.want(409, "POST", `/api/v1/bills/${bill.id}/void`, { reason: "重复收费" });
  const rq = await s.cashier.want(201, "POST", "/api/v1/fee-requests", { kind: "void", bill_id: bill.id, reason: "重复收费" });
  await s.manager.want(200, "POST", `/api/v1/fee-requests/${rq.id}/approve`, {});
  await until(async () => (await p.repair(id)).state === "await_confirm", 10000, "to be rated");
  await p.must(id, "rate", { stars: 4 });
});

const told = (id, state = "open") => until(async () => (await s.cashier.want(200, "GET", `/api/v1/finance/alarms?state=${state}`)).items.find((a) => a.kind === "repair_kept" && a.ref_id === id), 10000, "the books are told");

test("what was paid for an order that is let off is not forgotten: the books decide", async () => {
  const p = await s.payer();
  await s.cashier.want(201, "POST", "/api/v1/payments", { method: "cash", prepaid_fen: p.bill.amount_fen + 700, prepaid_room_id: p.room_id });
  await until(async () => (await s.bill(p)).state === "paid", 10000, "the older bill is paid from the account");
  const half = await s.await_pay(p, s.tech[4]);
  const bill = await until(async () => (await p.want(200, "GET", "/api/v1/bills?view=mine&limit=100")).items.find((b) => b.amount_fen === 5000 && b.paid_fen === 700), 10000, "paid in part");
  await s.manager.must(half, "waive", { note: "保修期内" });
  assert.match((await told(half)).text, /7\.00 元/);
  assert.equal((await s.manager.want(200, "GET", `/api/v1/bills/${bill.id}`)).bill.state, "partial");

  const q = await s.payer(), whole = await s.await_pay(q, s.tech[4]);
  q.bill = await repair_bill(q);
  await s.cashier.want(201, "POST", "/api/v1/payments", { method: "cash", bills: [q.bill.id] });
  await until(async () => (await q.repair(whole)).state === "await_confirm", 10000, "to be rated");
  await s.manager.must(whole, "void", { note: "误报" });
  assert.match((await told(whole)).text, /50\.00 元/);
});

test("a prepaid account pays what is open, and the next bill, by itself", async () => {
  const p = await s.payer();
  await s.cashier.want(201, "POST", "/api/v1/payments", { method: "cash", prepaid_fen: p.bill.amount_fen + 700, prepaid_room_id: p.room_id });
  await until(async () => (await s.bill(p)).state === "paid", 10000, "paid from the account");
  await s.publish("WY2");
  const next = (await p.want(200, "GET", "/api/v1/bills?view=mine&limit=1")).items[0];
  await until(async () => (await p.want(200, "GET", `/api/v1/bills/${next.id}`)).bill.paid_fen === 700, 10000, "what was left");
});
