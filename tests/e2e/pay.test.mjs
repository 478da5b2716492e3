// pay.test.mjs - paying online against channels that behave as the real ones do, and as they do on bad days.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Live, Money, until } from "./lib/index.mjs";

let s, w;
before(async () => { s = await Money.start({ seed: [["company", "other"], ["sessions"]] }); w = s.world; });
after(async () => { await s.balances(); await s.stop(); });

for (const channel of ["wechat", "alipay"])
  test(`${channel}: an owner pays by code; "paid" reaches owner and board with the commit`, async () => {
    const p = await s.payer(), o = await s.started(p, channel);
    const owner = await Live.open(p, { topics: [`pay:${o.id}`] }), board = await Live.open(s.cashier, { topics: [s.board] });
    assert.match(o.client.qr, channel === "wechat" ? /^weixin:/ : /^https?:/);
    if (channel === "alipay") await s.sandbox("scan", { out_trade_no: o.number });
    await s.pay(o);
    await owner.expect(`pay:${o.id}`, (m) => m.type === "event" && m.event === "pay.status" && m.data.state === "paid");
    await board.expect(s.board, (m) => m.event === "pay.status" && m.data.order_id === o.id && m.data.state === "paid");
    const now = await s.state(p, o), bill = await s.bill(p);
    assert.equal(now.state, "paid");
    assert.equal(bill.state, "paid");
    const { payment } = await s.cashier.want(200, "GET", `/api/v1/payments/${now.payment_id}`);
    assert.equal(payment.method, channel);
    assert.equal(payment.amount_fen, o.amount_fen);
    assert.equal(payment.order_id, o.id);
    const [known] = await s.sandbox_orders(`out_trade_no=${o.number}`);
    assert.equal(known.state, "paid");
    await s.sandbox("idle");
    owner.stop();
    board.stop();
  });

test("in the mini-program: parameters for requestPayment, only after logging in through it", async () => {
  const p = await s.payer();
  const r = await p.want(409, "POST", "/api/v1/pay-orders", { bills: [p.bill.id], channel: "wechat", scene: "mini" });
  assert.equal(r.error.field, "scene");
  const phone = String(13800000100 + Number(/\d+/.exec(p.name)[0])), c = w.client();
  const l = await c.post("/api/v1/auth/login/wechat", { code: "payer.1", phone_code: `${phone}.1`, company: "demo" });
  assert.equal(l.status, 200, l.text);
  c.take(l.body);
  c.bill = p.bill;
  const o = await s.started(c, "wechat", { scene: "mini" });
  assert.match(o.client.package, /^prepay_id=/);
  assert.deepEqual(Object.keys(o.client).sort(), ["nonceStr", "package", "paySign", "signType", "timeStamp"]);
  const again = await c.want(200, "POST", `/api/v1/pay-orders/${o.id}/start`);
  assert.equal(again.client.package, o.client.package); // the same prepay, whoever taps twice
  await s.pay(o);
  await s.reaches(c, o, "paid");
});

test("one live order a bill; the same key the same order; others see nothing", async () => {
  const p = await s.payer(), key = randomUUID(), body = { bills: [p.bill.id], channel: "wechat", scene: "qr" };
  const one = await p.want(201, "POST", "/api/v1/pay-orders", body, { key }), two = await p.want(201, "POST", "/api/v1/pay-orders", body, { key });
  assert.equal(one.order.id, two.order.id);
  const other = await p.want(409, "POST", "/api/v1/pay-orders", { ...body, channel: "alipay" });
  assert.equal(other.error.field, "bills");
  const cash = await s.cashier.want(409, "POST", "/api/v1/payments", { method: "cash", bills: [p.bill.id] });
  assert.match(cash.error.message, /online|线上/);
  const stranger = await s.owner();
  await stranger.want(404, "GET", `/api/v1/pay-orders/${one.order.id}`);
  await stranger.want(404, "POST", `/api/v1/pay-orders/${one.order.id}/start`);
  await stranger.want(404, "POST", "/api/v1/pay-orders", body);
  await w.client("other_admin").want(404, "GET", `/api/v1/pay-orders/${one.order.id}`);
  const closed = await p.want(200, "POST", `/api/v1/pay-orders/${one.order.id}/cancel`);
  assert.equal(closed.order.state, "closed");
  await s.cashier.want(201, "POST", "/api/v1/payments", { method: "cash", bills: [p.bill.id] });
  assert.equal((await s.bill(p)).state, "paid");
});

test("twenty phones at once on one bill: one order", async () => {
  const p = await s.payer(), body = { bills: [p.bill.id], channel: "wechat", scene: "qr" };
  const all = await Promise.all(Array.from({ length: 20 }, () => p.post("/api/v1/pay-orders", body)));
  assert.equal(all.filter((r) => r.status === 201).length, 1);
  assert.equal(all.filter((r) => r.status === 409).length, 19);
});

test("the amount is the server's: unknown fields are refused", async () => {
  const p = await s.payer();
  const r = await p.want(422, "POST", "/api/v1/pay-orders", { bills: [p.bill.id], channel: "wechat", scene: "qr", amount_fen: 1 });
  assert.equal(r.error.field, "amount_fen");
  await p.want(422, "POST", "/api/v1/pay-orders", { bills: [p.bill.id], channel: "PayBean", scene: "qr" });
});

test("a notice that never comes: the page's check finds the payment, and so does the sweeper", async () => {
  const p = await s.payer(), o = await s.started(p, "wechat");
  await s.pay(o, { notify: false });
  assert.equal((await p.want(200, "POST", `/api/v1/pay-orders/${o.id}/check`)).order.state, "pending"); // asked seconds ago
  await w.shift(6000);
  assert.equal((await p.want(200, "POST", `/api/v1/pay-orders/${o.id}/check`)).order.state, "paid");
  const q = await s.payer(), o2 = await s.started(q, "alipay");
  await s.sandbox("scan", { out_trade_no: o2.number });
  await s.pay(o2, { notify: false });
  await w.shift(20000);
  await s.reaches(q, o2, "paid");
});

test("duplicates, replays and a late second notice book once", async () => {
  const p = await s.payer(), o = await s.started(p, "wechat");
  await s.pay(o, { notify: false });
  const all = await Promise.all(Array.from({ length: 8 }, () => s.sandbox("notify", { out_trade_no: o.number })));
  assert.deepEqual(all.map((r) => r.status), Array(8).fill(200));
  assert.equal((await s.bill(p)).state, "paid");
  const page = await s.cashier.want(200, "GET", "/api/v1/payments?limit=100");
  assert.equal(page.items.filter((x) => x.order_id === o.id).length, 1);
});

test("forged, damaged and wrong notices change nothing and are refused", async () => {
  for (const channel of ["wechat", "alipay"]) {
    const p = await s.payer(), o = await s.started(p, channel);
    if (channel === "alipay") await s.sandbox("scan", { out_trade_no: o.number });
    await s.pay(o, { notify: false });
    for (const kind of ["forged", "truncated", "amount", ...(channel === "wechat" ? ["probe"] : [])]) {
      const r = await s.sandbox("notify", { out_trade_no: o.number, kind });
      assert.equal(r.taken, false, `${channel} ${kind}: ${JSON.stringify(r)}`);
      assert.equal((await s.state(p, o)).state, "pending", `${channel} ${kind}`);
    }
    assert.ok((await s.alarms()).some((a) => a.kind === "mismatch" && a.ref_id === o.id), "a wrong amount is somebody's business");
    assert.equal((await s.sandbox("notify", { out_trade_no: o.number })).taken, true);
    assert.equal((await s.state(p, o)).state, "paid");
  }
  const r = await w.client().call("POST", `/notify/wechatpay/${s.merchant.alipay}`, "{}", { type: "application/json" });
  assert.equal(r.status, 404);
});

test("money for a closed order: booked while the bill wants it, sent back when it does not", async () => {
  const p = await s.payer(), late = await s.started(p, "wechat");
  await p.want(200, "POST", `/api/v1/pay-orders/${late.id}/cancel`);
  await s.pay(late, { late: true });
  await s.reaches(p, late, "paid_late");
  assert.equal((await s.bill(p)).state, "paid");

  const q = await s.payer(), first = await s.started(q, "wechat");
  await q.want(200, "POST", `/api/v1/pay-orders/${first.id}/cancel`);
  const second = await s.started(q, "alipay");
  await s.sandbox("scan", { out_trade_no: second.number });
  await s.pay(second);
  await s.reaches(q, second, "paid");
  const phone = await Live.open(q);
  await s.pay(first, { late: true });
  await s.reaches(q, first, "returned");
  await phone.expect(`user:${q.account_id}`, (m) => m.event === "pay.returned" && m.data.order_id === first.id);
  await w.shift(30000); // the channel takes its time
  const refund = await until(async () => (await s.refunds()).find((r) => r.automatic && r.amount_fen === first.amount_fen && r.state === "success"), 20000, "the refund");
  assert.match(refund.number, /^DP/);
  assert.equal((await s.sandbox_orders(`out_trade_no=${first.number}`))[0].refunded_fen ?? first.amount_fen, first.amount_fen);
  assert.ok((await s.alarms()).some((a) => a.kind === "double_payment" && a.ref_id === first.id));
  phone.stop();
});

test("the payer is faster than our closing: paid, not closed", async () => {
  const p = await s.payer(), o = await s.started(p, "wechat");
  await s.pay(o, { notify: false });
  const a = await p.want(200, "POST", `/api/v1/pay-orders/${o.id}/cancel`);
  assert.equal(a.order.state, "paid");
});

test("out of time: closed at the channel, the bill is free", async () => {
  const p = await s.payer(), o = await s.started(p, "wechat");
  const created = await s.order(await s.payer(), "alipay"); // never sent
  await w.shift(17 * 60000);
  await s.reaches(p, o, "closed");
  assert.notEqual((await s.sandbox_orders(`out_trade_no=${o.number}`))[0].state, "notpay");
  await s.reaches(s.cashier, created, "closed");
  await s.started(p, "alipay");
});

test("an answer that is lost leaves the order unknown, and the same bytes again find it", async () => {
  const p = await s.payer(), o = await s.order(p, "wechat");
  await w.tell_sandbox("fault", { kind: "wxpay", mode: "drop_after", n: 1 });
  const a = await p.want(200, "POST", `/api/v1/pay-orders/${o.id}/start`);
  assert.equal(a.order.state, "unknown");
  assert.equal(a.client, null);
  await p.want(409, "POST", "/api/v1/pay-orders", { bills: [p.bill.id], channel: "alipay", scene: "qr" });
  const b = await p.want(200, "POST", `/api/v1/pay-orders/${o.id}/start`);
  assert.equal(b.order.state, "pending");
  await s.pay(o);
  await s.reaches(p, o, "paid");
});

test("refunds: two people, never more than was paid, partly and wholly, by both channels", async () => {
  for (const channel of ["wechat", "alipay"]) {
    const p = await s.payer(), o = await s.started(p, channel);
    if (channel === "alipay") await s.sandbox("scan", { out_trade_no: o.number });
    await s.pay(o);
    const { payment_id } = await s.reaches(p, o, "paid");
    const ask = (fen, want = 201) => s.cashier.want(want, "POST", `/api/v1/payments/${payment_id}/refunds`, { amount_fen: fen, reason: "多收" });
    await ask(o.amount_fen + 1, 422);
    const part = await ask(100);
    await ask(o.amount_fen - 99, 422); // what is asked for is reserved
    await s.cashier.want(403, "POST", `/api/v1/refunds/${part.id}/approve`, {});
    const two = await Promise.all([0, 1].map(() => s.manager.post(`/api/v1/refunds/${part.id}/approve`)));
    assert.deepEqual(two.map((r) => r.status).sort(), [200, 409]);
    const done = (r) => until(async () => (await s.manager.want(200, "GET", `/api/v1/refunds/${r.id}`)).state === "success", 20000, `${channel} refund`);
    await w.shift(15000);
    await done(part);
    assert.equal((await s.bill(p)).paid_fen, o.amount_fen - 100);
    assert.equal((await s.bill(p)).state, "partial");
    const rest = await ask(o.amount_fen - 100);
    await s.manager.want(200, "POST", `/api/v1/refunds/${rest.id}/approve`, {});
    await w.shift(70000); // WeChat wants a minute between two
    await until(async () => { await w.shift(15000); return (await s.manager.want(200, "GET", `/api/v1/refunds/${rest.id}`)).state === "success"; }, 20000, "the rest");
    const bill = await s.bill(p);
    assert.equal(bill.state, "published");
    assert.equal(bill.paid_fen, 0);
    const { payment } = await s.cashier.want(200, "GET", `/api/v1/payments/${payment_id}`);
    assert.equal(payment.back_fen, o.amount_fen);
    await ask(1, 422);
    await s.manager.want(409, "POST", `/api/v1/payments/${payment_id}/void`, { reason: "x" });
  }
});

test("a refund the payer's card refuses waits for a person; short of balance it waits for money", async () => {
  const p = await s.payer(), o = await s.started(p, "wechat");
  await s.pay(o);
  const { payment_id } = await s.reaches(p, o, "paid");
  await s.sandbox("outcome", { channel: "wechat", outcome: "abnormal" });
  const r = await s.cashier.want(201, "POST", `/api/v1/payments/${payment_id}/refunds`, { amount_fen: 100, reason: "退" });
  await s.manager.want(200, "POST", `/api/v1/refunds/${r.id}/approve`, {});
  await until(async () => { await w.shift(15000); return (await s.manager.want(200, "GET", `/api/v1/refunds/${r.id}`)).state === "abnormal"; }, 20000, "abnormal");
  assert.ok((await s.alarms()).some((a) => a.kind === "refund_abnormal" && a.ref_id === r.id));
  assert.equal((await s.bill(p)).state, "paid");
  await s.sandbox("outcome", { channel: "wechat", outcome: "success" });
  await s.sandbox("refund-outcome", { out_refund_no: r.number, outcome: "success" });
  await until(async () => (await s.manager.want(200, "GET", `/api/v1/refunds/${r.id}`)).state === "success", 20000, "success after all");
  await s.sandbox("balance", { channel: "wechat", fen: 0 });
  const poor = await s.cashier.want(201, "POST", `/api/v1/payments/${payment_id}/refunds`, { amount_fen: 50, reason: "退" });
  await s.manager.want(200, "POST", `/api/v1/refunds/${poor.id}/approve`, {});
  await w.shift(70000);
  await until(async () => (await s.manager.want(200, "GET", `/api/v1/refunds/${poor.id}`)).note.includes("NOT_ENOUGH"), 20000, "not enough");
  await s.sandbox("balance", { channel: "wechat", fen: -1 });
  await until(async () => { await w.shift(70000); return (await s.manager.want(200, "GET", `/api/v1/refunds/${poor.id}`)).state === "success"; }, 20000, "paid back");
});

test("cash goes back at the counter, after approval", async () => {
  const p = await s.payer();
  const paid = await s.cashier.want(201, "POST", "/api/v1/payments", { method: "cash", bills: [p.bill.id], prepaid_fen: 5000, prepaid_room_id: p.room_id });
  assert.equal(paid.amount_fen, p.bill.amount_fen + 5000);
  const r = await s.cashier.want(201, "POST", `/api/v1/payments/${paid.id}/refunds`, { amount_fen: 300, reason: "退" });
  await s.cashier.want(409, "POST", `/api/v1/refunds/${r.id}/pay-out`, {});
  await s.manager.want(200, "POST", `/api/v1/refunds/${r.id}/approve`, {});
  assert.equal((await s.cashier.want(200, "POST", `/api/v1/refunds/${r.id}/pay-out`, {})).state, "success");
  assert.equal((await s.bill(p)).paid_fen, p.bill.amount_fen - 300);
});

test("by the code on the door: four digits, the bills, paid without a login, and nothing of another room", async () => {
  const p = await s.payer(), q = await s.payer(), anybody = w.client();
  const last4 = (o) => String(13800000100 + Number(/\d+/.exec(o.name)[0])).slice(-4);
  const { token } = await s.manager.want(201, "POST", `/api/v1/rooms/${p.room_id}/code`, {});
  const seen = await anybody.want(200, "GET", `/api/v1/codes/${token}`);
  assert.ok(seen.due && !JSON.stringify(seen).includes(p.bill.room), JSON.stringify(seen));
  await anybody.want(422, "POST", `/api/v1/codes/${token}/check`, { last4: "0000" });
  const { claim, bills } = await anybody.want(200, "POST", `/api/v1/codes/${token}/check`, { last4: last4(p) });
  assert.ok(bills.some((b) => b.bill_id === p.bill.id));
  const body = { claim, bills: [p.bill.id], channel: "wechat" };
  await anybody.want(404, "POST", "/api/v1/code-orders", { ...body, bills: [q.bill.id] });
  await anybody.want(401, "POST", "/api/v1/code-orders", { ...body, claim: claim.slice(0, -2) + "xx" });
  const a = await anybody.want(201, "POST", "/api/v1/code-orders", body), again = await anybody.want(201, "POST", "/api/v1/code-orders", body);
  assert.equal(again.order.id, a.order.id); // the page was opened twice
  const png = await s.cashier.get(`/api/v1/pay-orders/${a.order.id}/code.png`);
  assert.deepEqual([png.status, png.buffer.subarray(1, 4).toString()], [200, "PNG"]);
  await s.pay(a.order);
  await s.reaches(p, a.order, "paid"); // and the owner hears of it
  assert.equal((await anybody.want(200, "POST", `/api/v1/code-orders/${a.order.id}/check`, { claim })).order.state, "paid");
  const mine = await s.started(q, "wechat");
  await anybody.want(404, "POST", `/api/v1/code-orders/${mine.id}/cancel`, { claim });
});

test("collection is paused while notices arrive: new orders are refused, what was paid still books", async () => {
  const p = await s.payer(), o = await s.started(p, "wechat");
  await s.admin.want(204, "POST", `/api/v1/merchants/${s.merchant.wechat}/close`);
  const q = await s.payer();
  const r = await q.want(409, "POST", "/api/v1/pay-orders", { bills: [q.bill.id], channel: "wechat", scene: "qr" });
  assert.equal(r.error.field, "channel");
  await s.pay(o);
  await s.reaches(p, o, "paid");
  s.merchant.wechat = await s.wechat_merchant();
  await s.started(q, "wechat");
});

test("WeChat Pay with platform certificates: fetched, rotated in the middle, unknown serials asked for once", async () => {
  const c = await Money.start({ certificates: true });
  try {
    const p = await c.payer(), o = await c.started(p, "wechat");
    await c.pay(o, { notify: false });
    await c.sandbox("rotate"); // the notice is signed with one we have never seen
    await c.world.shift(61000);
    assert.equal((await c.sandbox("notify", { out_trade_no: o.number })).taken, true);
    assert.equal((await c.state(p, o)).state, "paid");
    const q = await c.payer(), o2 = await c.started(q, "wechat");
    await c.sandbox("rotate");
    await c.world.shift(61000);
    assert.equal((await q.want(200, "POST", `/api/v1/pay-orders/${o2.id}/check`)).order.state, "pending"); // answered by the new one
    await c.pay(o2);
    await c.reaches(q, o2, "paid");
    await c.balances();
  } finally { await c.stop(); }
});

test("rights: who sees and does what", async () => {
  const p = await s.payer();
  await p.want(403, "GET", "/api/v1/refunds");
  await p.want(403, "GET", "/api/v1/merchants");
  await s.cashier.want(403, "POST", "/api/v1/merchants", {});
  const list = await s.admin.want(200, "GET", "/api/v1/merchants");
  assert.ok(!JSON.stringify(list).includes("PRIVATE KEY"));
  await s.service.want(403, "GET", "/api/v1/pay-orders");
});
