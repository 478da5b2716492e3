// storm.test.mjs - very many payment notices, doubled, shuffled, forged, replayed and cut, while owners look at their bills:
// exactly the genuine ones are booked, once. ANJU_STORM_ORDERS (450) orders get about 2.2 notices each, within ANJU_STORM_S (6).
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Money, number, PASSWORD } from "./lib/index.mjs";

const ORDERS = number("ANJU_STORM_ORDERS", 450), SECONDS = number("ANJU_STORM_S", 6), BROWSERS = 200;
let s, w;
before(async () => {
  s = await Money.start({ seed: [["rooms", ORDERS], ["sessions"]], config: { pay_expire_min: 120 } });
  w = s.world;
}, { timeout: 300000 });
after(async () => { await s.balances(); await s.stop(); });

async function many(list, width, work) {
  let i = 0;
  await Promise.all(Array.from({ length: width }, async () => { while (i < list.length) await work(list[i++]); }));
}
async function all_of(who, path) {
  const list = [];
  for (let before = ""; ;) {
    const page = await who.want(200, "GET", `${path}${path.includes("?") ? "&" : "?"}limit=100${before && `&before=${before}`}`);
    list.push(...page.items);
    if (!(before = page.next_before)) return list;
  }
}

test(`${ORDERS} paid orders, ${Math.round(ORDERS / 0.45)} notices in ${SECONDS} s, ${BROWSERS} owners browsing`, { timeout: 600000 }, async (t) => {
  const bills = (await all_of(s.manager, "/api/v1/bills?view=board&state=published")).slice(0, ORDERS), orders = [];
  assert.equal(bills.length, ORDERS);
  await many(bills, 24, async (b) => {
    const { order } = await s.cashier.want(201, "POST", "/api/v1/pay-orders", { bills: [b.id], channel: "wechat", scene: "qr", counter: true });
    await s.cashier.want(200, "POST", `/api/v1/pay-orders/${order.id}/start`);
    orders.push(order);
  });
  let browsing = true, looks = 0, slow = 0;
  const owners = Array.from({ length: BROWSERS }, (_, i) => w.client(`owner${i % 40}`, { sockets: 1 }));
  const crowd = owners.map(async (o) => {
    while (browsing) {
      const from = performance.now();
      await o.want(200, "GET", "/api/v1/bills?view=mine");
      looks++;
      slow = Math.max(slow, performance.now() - from);
      await new Promise((r) => setTimeout(r, 200 + Math.random() * 800)); // the time a person takes
    }
  });
  const n = Math.round(ORDERS / 0.45);
  await s.sandbox("storm", { n, seconds: SECONDS, threads: 16, pay: true, channel: "wechat", dup: 300, forged: 100, replayed: 100, truncated: 50 });
  const report = await w.ask_sandbox("pay/storm?wait=1");
  browsing = false;
  await Promise.all(crowd);
  t.diagnostic(`${JSON.stringify(report)}; ${looks} pages looked at, the slowest in ${slow.toFixed(0)} ms`);
  const paid = (await all_of(s.cashier, "/api/v1/pay-orders")).filter((o) => orders.some((x) => x.id === o.id));
  assert.equal(paid.filter((o) => o.state === "paid").length, ORDERS, "every order is paid");
  const payments = (await all_of(s.cashier, "/api/v1/payments")).filter((p) => p.order_id);
  assert.equal(payments.length, ORDERS, "booked once each");
  assert.equal(new Set(payments.map((p) => p.order_id)).size, ORDERS);
  assert.equal(payments.reduce((a, p) => a + p.amount_fen, 0), bills.reduce((a, b) => a + b.amount_fen, 0), "to the fen");
  for (const bad of ["forged", "replayed", "truncated"]) assert.deepEqual([report.kinds[bad].sent > 0, report.kinds[bad].taken], [true, 0], bad);
  assert.deepEqual([report.kinds.genuine.taken, report.kinds.genuine.unanswered, report.kinds.dup.unanswered], [ORDERS, 0, 0]);
  const theirs = await s.sandbox_orders("state=paid");
  assert.equal(theirs.length, ORDERS);
});
