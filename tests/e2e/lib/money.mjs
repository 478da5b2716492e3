// money.mjs - the demo company with merchants at the sandbox's payment channels and published bills to pay.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { Scene } from "./scene.mjs";
import { until } from "./server.mjs";

export const day_of = (ms) => Number(new Date(ms + 8 * 3600e3).toISOString().slice(0, 10).replaceAll("-", ""));

export class Money extends Scene {
  /* Options as for World; certificates: WeChat Pay signs with platform certificates instead of its public key. */
  static async start(options = {}) {
    const s = Object.assign(new Money(), await Scene.start({ sandbox: true, ...options }));
    s.now = Date.now();
    s.merchant = { wechat: await s.wechat_merchant(options.certificates), alipay: await s.alipay_merchant() };
    await s.publish();
    return s;
  }
  key(name) { return fs.readFileSync(path.join(this.world.channels.keys, name), "utf8").trim(); }
  async wechat_merchant(certificates) {
    const c = this.world.channels;
    await this.sandbox("settings", certificates ? { certificates: 1, public_key: 0 } : { certificates: 0, public_key: 1 });
    return (await this.admin.want(201, "POST", "/api/v1/merchants", { channel: "wechat", name: "安居物业(微信)", appid: c.wechat_appid,
      mchid: c.wechat_mchid, serial: c.wechat_serial, private_key: this.key("wechat_merchant_private.pem"), apiv3_key: this.key("wechat_apiv3_key"),
      ...(certificates ? {} : { public_key_id: c.wechat_public_key_id, public_key: this.key("wechat_platform_public.pem") }) })).id;
  }
  async alipay_merchant() {
    const c = this.world.channels;
    return (await this.admin.want(201, "POST", "/api/v1/merchants", { channel: "alipay", name: "安居物业(支付宝)", appid: c.alipay_appid,
      mchid: c.alipay_seller, private_key: this.key("alipay_app_private.pem"), public_key: this.key("alipay_gateway_public.pem") })).id;
  }
  /* Every room owes a month's fee. */
  async publish(code = "WY") {
    const m = this.manager, item = await m.want(201, "POST", "/api/v1/fee-items", { code, name: "物业费", kind: "area", cycle: "monthly", due_days: 15 });
    await m.want(204, "POST", `/api/v1/fee-items/${item.id}/prices`, { from_day: 20240101, price_e4: 28000 });
    await m.want(200, "POST", `/api/v1/fee-items/${item.id}/rooms`, { from_day: 20240101 });
    const run = await this.cashier.want(201, "POST", "/api/v1/bill-runs", { day: day_of(this.now) });
    const state = (want) => until(async () => (await m.want(200, "GET", `/api/v1/bill-runs/${run.id}`)).run.state === want, 30000, `run ${want}`);
    await state("ready");
    await this.cashier.want(200, "POST", `/api/v1/bill-runs/${run.id}/submit`, {});
    await m.want(200, "POST", `/api/v1/bill-runs/${run.id}/approve`, {});
    await this.cashier.want(200, "POST", `/api/v1/bill-runs/${run.id}/publish`, {});
    await state("published");
  }
  async owner() {
    if (this.relogin) await this.login(this.world.client(`owner${this.owners}`)); // in the seed's sessions a day has passed
    return super.owner();
  }
  async login(...clients) { // whoever is called the same logs in anew
    await super.login(...clients);
    for (const c of clients) Object.assign(this.world.who[c.name], { token: c.token });
  }
  async payer() { // an owner nobody has used yet, with an open bill
    const o = await this.owner();
    o.bill = (await o.want(200, "GET", "/api/v1/bills?view=mine&state=published")).items[0];
    assert.ok(o.bill, "the owner has a bill");
    return o;
  }
  async order(who, channel, more = {}) {
    return (await who.want(201, "POST", "/api/v1/pay-orders", { bills: [who.bill.id], channel, scene: "qr", ...more })).order;
  }
  async started(who, channel, more = {}) {
    const o = await this.order(who, channel, more);
    const a = await who.want(200, "POST", `/api/v1/pay-orders/${o.id}/start`);
    assert.equal(a.order.state, "pending");
    return Object.assign(a.order, { client: a.client });
  }
  sandbox(what, body = {}) { return this.world.tell_sandbox(`pay/${what}`, body); }
  async sandbox_orders(query = "") { return this.world.ask_sandbox(`pay/orders?${query}`); }
  pay(order, more = {}) { return this.sandbox("order", { out_trade_no: order.number, ...more }); }
  async state(who, order) { return (await who.want(200, "GET", `/api/v1/pay-orders/${order.id}`)).order; }
  reaches(who, order, state, ms = 20000) {
    return until(async () => { const o = await this.state(who, order); return o.state === state && o; }, ms, `order ${order.number} ${state}`);
  }
  async bill(who) { return (await who.want(200, "GET", `/api/v1/bills/${who.bill.id}`)).bill; }
  async refunds(query = "") { return (await this.manager.want(200, "GET", `/api/v1/refunds${query}`)).items; }
  alarms() { return this.manager.want(200, "GET", "/api/v1/finance/alarms?limit=100").then((r) => r.items); }
  /* Every success the channels know is on our books, and the store agrees with itself. */
  async balances() {
    const out = await this.world.verify();
    assert.ok(!out.includes("FAIL"), out);
    return out;
  }
}
