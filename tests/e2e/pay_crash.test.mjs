// pay_crash.test.mjs - the crash matrix of the money path: the server dies before or after its n-th commit or outgoing call,
// n = 1, 2, 3 ... until the whole path runs through. After each death it starts again, everything settles, and then the books
// balance, the channel's successes equal our bookings, and nothing that was answered is missing.
// ANJU_PAY_CRASH_STEP=4 dies at every fourth point only, another offset each time. LOSSY: what was not synced is lost.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { ANJUD, Money, number, onPg, until } from "./lib/index.mjs";

const STEP = number("ANJU_PAY_CRASH_STEP", 1), LAST = 400;
const lossy = path.join(path.dirname(ANJUD), "tests/faults/liblossy.so");
let s, w;

async function prepare(options) {
  s = await Money.start({ seed: [["sessions"]], keep_clock: true, ...options });
  w = s.world;
  await s.sandbox("settings", { scale: 1000 }); // the channel repeats its notices a thousand times faster
  await s.sandbox("settings", { wechat_refund_ms: 0, alipay_refund_ms: 0, refund_gap_ms: 0 });
}

/* One payer's life: order, start, pay, refund of a part. What was answered is noted in `said`. */
async function path_of(p, channel, said) {
  const o = await s.order(p, channel);
  said.order = o;
  const started = await p.want(200, "POST", `/api/v1/pay-orders/${o.id}/start`);
  assert.equal(started.order.state, "pending");
  said.started = true;
  if (channel === "alipay") await s.sandbox("scan", { out_trade_no: o.number });
  await s.pay(o);
  const paid = await s.reaches(p, o, "paid", 8000);
  said.paid = paid;
  const r = await s.cashier.want(201, "POST", `/api/v1/payments/${paid.payment_id}/refunds`, { amount_fen: 100, reason: "多收" });
  said.refund = r;
  await s.manager.want(200, "POST", `/api/v1/refunds/${r.id}/approve`, {});
  said.approved = true;
  await until(async () => (await s.manager.want(200, "GET", `/api/v1/refunds/${r.id}`)).state === "success", 8000, "refund");
}

async function settled(p, channel, said) {
  const o = said.order;
  if (!o) return;
  const known = (await s.sandbox_orders(`out_trade_no=${o.number}`))[0];
  const want = known?.state === "paid" || known?.state === "refunded" ? ["paid", "paid_late"] : null;
  if (want) await until(async () => { await w.shift(20000); return want.includes((await s.state(p, o)).state); }, 30000, `order ${o.number} booked`);
  const now = await s.state(p, o); // what was answered is there
  if (said.started) assert.notEqual(now.state, "created");
  if (said.paid) assert.equal(now.payment_id, said.paid.payment_id);
  if (said.refund) {
    const r = await s.manager.want(200, "GET", `/api/v1/refunds/${said.refund.id}`);
    if (said.approved) await until(async () => { await w.shift(20000); return (await s.manager.want(200, "GET", `/api/v1/refunds/${r.id}`)).state === "success"; }, 30000, "refund");
  }
  if (!want) { // not paid there: close it, so that nothing stays open
    await until(async () => { await w.shift(120000); return ["closed", "failed"].includes((await s.state(p, o)).state); }, 30000, "closed");
  }
}

/* The provider's list against our own, order by order and refund by refund. */
async function agree() {
  const theirs = (await s.sandbox_orders()).filter((o) => o.state === "paid" || o.state === "refunded").map((o) => o.out_trade_no).sort();
  const ours = [];
  for (let before = ""; ;) {
    const page = await s.manager.want(200, "GET", `/api/v1/pay-orders?limit=100${before && `&before=${before}`}`);
    ours.push(...page.items.filter((o) => ["paid", "paid_late", "returned"].includes(o.state)).map((o) => o.number));
    if (!(before = page.next_before)) break;
  }
  assert.deepEqual(ours.sort(), theirs);
  const back = (await w.ask_sandbox("pay/refunds")).filter((r) => r.state === "success").map((r) => r.out_refund_no).sort();
  const given = [];
  for (let before = ""; ;) {
    const page = await s.manager.want(200, "GET", `/api/v1/refunds?state=success&limit=100${before && `&before=${before}`}`);
    given.push(...page.items.map((r) => r.number));
    if (!(before = page.next_before)) break;
  }
  assert.deepEqual(given.sort(), back);
}

async function matrix(t) {
  const where = {};
  let n = 1 + Math.floor(Math.random() * STEP), deaths = 0, ran_through = 0;
  for (; n < LAST && ran_through < 2; n += STEP) {
    const channel = deaths % 2 ? "alipay" : "wechat", p = await s.payer(), said = {};
    const born = w.anjud;
    await w.client().want(200, "POST", "/api/v1/test/crash", { after: n });
    let died = null;
    try {
      await path_of(p, channel, said);
      await w.client().want(200, "POST", "/api/v1/test/crash", { after: 0 });
      ran_through++;
    } catch (e) {
      if (!born.exit) await Promise.race([born.exited, new Promise((_, no) => setTimeout(() => no(e), 2000))]); // an error without a death is an error
      died = e;
    }
    if (died) {
      deaths++;
      const point = born.lines.find((l) => l.event === "test.crash")?.where;
      assert.ok(point, `died by itself: ${born.tail()}`);
      where[point] = (where[point] || 0) + 1;
      await w.up();
      assert.ok(w.start_ms < 5000);
    }
    await settled(p, channel, said);
    if (s.owners >= 38) { // every owner has paid: a new bill for everybody
      s.owners = 0;
      await s.publish(`X${n}`);
    }
  }
  await s.sandbox("idle", { ms: 20000 });
  await agree();
  await s.balances();
  t.diagnostic(`${deaths} deaths: ${JSON.stringify(where)}; the path has about ${n} points`);
  assert.equal(ran_through, 2, "the path never ran through");
  if (STEP > 1) return;
  assert.ok(where["commit.before"] && where["commit.after"], "never died around a commit");
  assert.ok(where["call.before"] || where["call.after"], "never died around a call");
}

test("kill -9 at the points of the payment path", { timeout: 1800000 }, async (t) => {
  await prepare({});
  try { await matrix(t); } finally { await s.stop(); }
});

test("power cuts at the points of the payment path", { timeout: 1800000, skip: onPg ? "PostgreSQL keeps its own files" : !fs.existsSync(lossy) && "liblossy.so is not built" }, async (t) => {
  await prepare({ env: { LD_PRELOAD: lossy, ASAN_OPTIONS: "detect_leaks=0:verify_asan_link_order=0:exitcode=99" } });
  try { await matrix(t); } finally { await s.stop(); }
});

test("kill -9 at the points of a reconciliation that finds money nobody told us about", { timeout: 1800000 }, async (t) => {
  await prepare({});
  try {
    const now = async () => Date.parse((await w.client().want(200, "POST", "/api/v1/test/clock", { ms: 0 })).now);
    const noon = async () => w.shift(86400e3 - ((await now()) + 8 * 3600e3) % 86400e3 + 12 * 3600e3);
    await noon();
    s.relogin = true;
    await s.login(s.admin, s.manager, s.cashier);
    const day = Number(new Date((await now()) + 8 * 3600e3).toISOString().slice(0, 10).replaceAll("-", "")), orders = [];
    for (let i = 0; i < 12; i++) { // closed here, and paid all the same when nobody looks any more
      const p = await s.payer(), o = await s.started(p, "wechat");
      await p.want(200, "POST", `/api/v1/pay-orders/${o.id}/cancel`);
      orders.push(o);
    }
    await w.shift(11 * 60000);
    await until(async () => (await w.ask_sandbox("pay/orders?state=closed")).length === orders.length, 20000, "closed there");
    await w.shift(60000);
    for (const o of orders) await s.pay(o, { late: true, notify: false });
    await noon();
    await s.login(s.admin, s.manager, s.cashier);
    const where = {};
    let deaths = 0;
    const run = async () => (await s.admin.want(200, "GET", "/api/v1/recon/runs")).items.find((r) => r.merchant_id === s.merchant.wechat && r.day === day);
    for (let n = 1, through = 0; n < 120 && through < 2; n += STEP) {
      const born = w.anjud;
      await w.client().want(200, "POST", "/api/v1/test/crash", { after: n });
      try {
        const was = await run();
        await s.admin.want(201, "POST", "/api/v1/recon/runs", { merchant_id: s.merchant.wechat, day });
        await until(async () => { const r = await run(); return r.state === "done" && r.rounds > (was?.rounds ?? 0); }, 8000, "done");
        await w.client().want(200, "POST", "/api/v1/test/crash", { after: 0 });
        through++;
      } catch (e) {
        if (!born.exit) await Promise.race([born.exited, new Promise((_, no) => setTimeout(() => no(e), 2000))]);
        const point = born.lines.find((l) => l.event === "test.crash")?.where;
        assert.ok(point, `died by itself: ${born.tail()}`);
        where[point] = (where[point] || 0) + 1;
        deaths++;
        await w.up();
      }
    }
    const r = await run();
    assert.deepEqual([r.state, r.open_items, r.pays, r.our_pays, r.pay_fen], ["done", 0, 12, 12, r.our_pay_fen]);
    for (const o of orders) assert.equal((await s.state(s.manager, o)).state, "paid_late");
    await agree();
    await s.balances();
    t.diagnostic(`${deaths} deaths: ${JSON.stringify(where)}`);
    assert.ok(deaths > 5);
  } finally { await s.stop(); }
});

test("the disk that forgets has teeth: without fsync an answered order is gone", { skip: onPg || !fs.existsSync(lossy) }, async () => {
  await prepare({ config: { test_sync_normal: true }, env: { LD_PRELOAD: lossy, ASAN_OPTIONS: "detect_leaks=0:verify_asan_link_order=0:exitcode=99" } });
  try {
    const p = await s.payer(), o = await s.order(p, "wechat");
    await w.restart("SIGKILL");
    const r = await p.call("GET", `/api/v1/pay-orders/${o.id}`);
    assert.notEqual(r.status, 200);
  } finally { await s.stop(); }
});
