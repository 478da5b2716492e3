// recon.test.mjs - the day after: the channels' bills against our books, both ways, with every kind of difference.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { day_of, Money, until } from "./lib/index.mjs";

let s, w;
before(async () => {
  s = await Money.start({ keep_clock: true });
  w = s.world;
  await w.shift(await to_noon()); // nothing of this test falls on either side of midnight by accident
  s.relogin = true;
  await s.login(s.admin, s.manager, s.cashier);
  await s.sandbox("settings", { wechat_refund_ms: 0, alipay_refund_ms: 0, refund_gap_ms: 0 });
});
after(async () => { await s.balances(); await s.stop(); });

const now = async () => Date.parse((await w.client().want(200, "POST", "/api/v1/test/clock", { ms: 0 })).now);
const runs = async () => (await s.admin.want(200, "GET", "/api/v1/recon/runs?limit=100")).items;
const of = async (channel, day) => (await runs()).find((r) => r.merchant_id === s.merchant[channel] && r.day === day);
const items = async (run) => (await s.admin.want(200, "GET", `/api/v1/recon/items?run_id=${run.id}&limit=100`)).items;
const settled = (channel, day, rounds, state) => until(async () => {
  const r = await of(channel, day);
  return r && r.rounds >= rounds && r.state !== "waiting" && (!state || r.state === state) && r;
}, 30000, `${channel} ${day} reconciled`);
async function again(channel, day, state) {
  const was = await of(channel, day);
  await s.admin.want(201, "POST", "/api/v1/recon/runs", { merchant_id: s.merchant[channel], day });
  return settled(channel, day, was.rounds + 1, state);
}
async function paid(channel, more = {}) {
  const p = await s.payer();
  const o = await s.started(p, channel);
  if (channel === "alipay") await s.sandbox("scan", { out_trade_no: o.number });
  await s.pay(o, more);
  if (more.notify !== false) Object.assign(o, await s.reaches(p, o, "paid"));
  return Object.assign(o, { payer: p });
}
const to_noon = async () => 86400e3 - ((await now()) + 8 * 3600e3) % 86400e3 + 12 * 3600e3; // of the next day
async function morning() { // after the bills are there
  await w.shift(await to_noon());
  await s.login(s.admin, s.manager, s.cashier);
}
async function refunded(o, fen) {
  const r = await s.cashier.want(201, "POST", `/api/v1/payments/${o.payment_id}/refunds`, { amount_fen: fen, reason: "退" });
  await s.manager.want(200, "POST", `/api/v1/refunds/${r.id}/approve`, {});
  return until(async () => { await w.shift(5000); const x = await s.manager.want(200, "GET", `/api/v1/refunds/${r.id}`); return x.state === "success" && x; }, 20000, "refund");
}

test("a good day of both channels agrees to the fen, by itself, and the fees are booked", async () => {
  const day = day_of(await now());
  for (const channel of ["wechat", "alipay"]) {
    const a = await paid(channel);
    await paid(channel);
    await refunded(a, 100);
  }
  await morning();
  for (const channel of ["wechat", "alipay"]) {
    const r = await settled(channel, day, 1);
    assert.deepEqual([r.state, r.open_items, r.pays, r.refunds, r.pay_fen, r.refund_fen], ["done", 0, 2, 1, r.our_pay_fen, 100], JSON.stringify(r));
    assert.equal(r.our_refund_fen, 100);
    assert.ok(r.fee_e5 > 0);
    const file = fs.readdirSync(path.join(w.config.data_dir, "bills")).find((f) => f.startsWith(`${s.merchant[channel]}-${day}-`));
    assert.ok(file, "the file is kept");
    const twice = await again(channel, day, "done"); // harmless
    assert.equal(twice.open_items, 0);
  }
});

test("a payment nobody told us about is found by the bill and booked", async () => {
  const day = day_of(await now()), o = await paid("wechat", { notify: false });
  const ms = await to_noon();
  await w.kill(); // and the sweeper never came to it either: down for the rest of the day
  w.shifted += ms;
  await w.tell_sandbox("clock", { ms });
  await w.tell_sandbox("fault", { kind: "wxpay.query", mode: "500", n: 3 });
  await w.up();
  await s.login(s.admin, s.manager, s.cashier, o.payer);
  const r = await settled("wechat", day, 1);
  const done = r.state === "done" ? r : await again("wechat", day, "done");
  assert.equal(done.open_items, 0);
  assert.equal((await s.bill(o.payer)).state, "paid");
});

test("differences: missing here, missing there, another amount, a refund from the console; resolved, closed, run again", async () => {
  const day = day_of(await now());
  const dropped = await paid("wechat"), altered = await paid("wechat"), console_refund = await paid("alipay");
  const { out_refund_no } = await s.sandbox("refund", { out_trade_no: console_refund.number, amount: 77 });
  await s.sandbox("bill", { channel: "wechat", day, edit: "drop", number: dropped.number });
  await s.sandbox("bill", { channel: "wechat", day, edit: "amount", number: altered.number, amount: altered.amount_fen + 1 });
  await s.sandbox("bill", { channel: "wechat", day, edit: "add", number: "X0000000000000000001", amount: 4200 });
  await morning();
  const r = await settled("wechat", day, 1), list = await items(r);
  const kind = (k) => list.find((i) => i.kind === k);
  assert.equal(r.state, "matched");
  assert.deepEqual(list.map((i) => i.kind).sort(), ["amount", "channel_only", "local_only"]);
  assert.equal(kind("local_only").number, dropped.number);
  assert.equal(kind("amount").channel_fen, kind("amount").our_fen + 1);
  assert.equal(kind("channel_only").number, "X0000000000000000001");
  assert.ok((await s.alarms()).filter((a) => a.kind === "recon" && a.ref_id === r.id).length === 3);
  // the console's refund is imported as what it is
  const a = await settled("alipay", day, 1);
  assert.equal(a.state, "done", JSON.stringify([a, await items(a)]));
  const ours = (await s.refunds("?state=success&limit=100")).find((x) => x.number === out_refund_no);
  assert.deepEqual([ours.amount_fen, ours.automatic], [77, true]);
  // a person looks at one; the others stay until the channel's file is right
  await s.admin.want(204, "POST", `/api/v1/recon/items/${kind("channel_only").id}/close`, { reason: "别的系统的收款" });
  await s.admin.want(404, "POST", `/api/v1/recon/items/${kind("channel_only").id}/close`, { reason: "再关一次" });
  await s.admin.want(204, "POST", `/api/v1/recon/items/${kind("amount").id}/close`, { reason: "上报", escalate: true });
  const second = await again("wechat", day);
  assert.equal(second.open_items, 2, JSON.stringify(await items(second), null, 1)); // escalated and still missing; what was closed stays closed
  assert.equal((await items(second)).find((i) => i.kind === "channel_only").state, "closed");
});

test("a bill that comes too early is asked for again; a day without money agrees with nothing", async () => {
  const day = day_of(await now());
  await s.sandbox("creating", { channel: "wechat", n: 1 });
  await morning();
  await until(async () => (await of("wechat", day))?.note === "not ready", 20000, "not ready");
  await w.shift(16 * 60000);
  const r = await settled("wechat", day, 2);
  assert.deepEqual([r.state, r.pays, r.our_pays], ["done", 0, 0], JSON.stringify([r, await items(r)]));
});

test("only for those whose business it is", async () => {
  await s.cashier.want(403, "GET", "/api/v1/recon/runs");
  const r = await s.admin.want(422, "POST", "/api/v1/recon/runs", { merchant_id: s.merchant.wechat, day: day_of(await now()) });
  assert.equal(r.error.field, "day");
  await s.admin.want(404, "POST", "/api/v1/recon/runs", { merchant_id: "1", day: 20260101 });
});
