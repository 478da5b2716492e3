// integration.test.mjs - other programs: webhooks that are signed, tried again and switched off; service accounts and their keys.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { Scene, until } from "./lib/index.mjs";

let s, w, hook, got = [], answer = 200;
before(async () => {
  s = await Scene.start();
  w = s.world;
  hook = http.createServer((rq, rs) => {
    let body = "";
    rq.on("data", (d) => (body += d));
    rq.on("end", () => { got.push({ headers: rq.headers, body }); rs.writeHead(answer, answer === 302 ? { location: "http://127.0.0.1:1/" } : {}).end(); });
  }).listen(0, "127.0.0.1");
  await once(hook, "listening");
});
after(async () => { hook.close(); await s.stop(); });
const url = () => `http://127.0.0.1:${hook.address().port}/anju`;

test("a webhook hears what happens on the board, signed, once, in the project it asked for", async () => {
  const { id, secret } = await s.admin.want(201, "POST", "/api/v1/webhooks", { url: url(), events: ["repair.status", "complaint.status"], project_id: s.project });
  assert.equal(secret.length, 43);
  const [first] = (await s.admin.want(200, "GET", "/api/v1/webhooks")).items;
  assert.ok(!JSON.stringify(first).includes(secret), "the secret is shown once");
  const o = await s.owner(), same = { url: "https://erp.example.cn/a", events: ["repair.status"] };
  const two = [await s.admin.post("/api/v1/webhooks", same, { key: "once-only" }), await s.admin.post("/api/v1/webhooks", same, { key: "once-only" })];
  assert.notEqual(two[0].body.secret, two[1].body.secret, "no stored answer keeps a secret");
  for (const r of two) await s.admin.want(204, "DELETE", `/api/v1/webhooks/${r.body.id}`, undefined, { ifMatch: 1 });
  await s.report(o, "门窗维修"); // the first look at a project only marks where it begins
  await until(async () => { await s.report(o, "门窗维修").then((r) => o.must(r.id, "cancel")); return got.length; }, 20000, "the first delivery");
  got.length = 0;
  const r = await s.report(o, "门窗维修");
  const mine = () => got.filter((g) => g.body.includes(r.id));
  await until(() => mine().length, 10000, "a delivery of this order");
  const [d] = mine(), [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(d.headers["anju-signature"]);
  assert.equal(v1, createHmac("sha256", secret).update(`${t}.${d.body}`).digest("hex"));
  const body = JSON.parse(d.body);
  assert.deepEqual([body.event, body.project_id, body.id], ["repair.status", s.project, d.headers["anju-delivery"]]);
  assert.ok(!/1380000\d{4}/.test(d.body), "no phone in clear");
  await o.must(r.id, "cancel");
  await until(() => got.some((g) => g.body.includes(r.id) && g.body.includes("cancelled")), 10000, "the end of it");
  const seen = got.map((g) => JSON.parse(g.body).id);
  assert.equal(new Set(seen).size, seen.length, "nothing twice");
  const list = (await s.admin.want(200, "GET", `/api/v1/webhooks/${id}/deliveries?limit=100`)).items;
  assert.ok(list.some((x) => x.state === "done" && x.status === 200));
});

test("a receiver that never answers holds up nobody else", async () => {
  const deaf = http.createServer(() => {}).listen(0, "127.0.0.1"); // takes the request and says nothing
  await once(deaf, "listening");
  const { id } = await s.admin.want(201, "POST", "/api/v1/webhooks", { url: `http://127.0.0.1:${deaf.address().port}/`, events: ["repair.status"], project_id: s.project });
  const o = await s.owner(), tried = async () => (await s.admin.want(200, "GET", `/api/v1/webhooks/${id}/deliveries?limit=100`)).items;
  for (let i = 0; i < 3; i++) { // before it is known to be slow, and after
    got.length = 0;
    const r = await s.report(o, "门窗维修");
    await o.must(r.id, "cancel");
    await until(() => got.some((g) => g.body.includes(r.id) && g.body.includes("cancelled")), 6000, "the other's deliveries");
    await until(async () => (await tried()).some((d) => d.attempts), 5000, "the deaf one is tried");
  }
  await until(async () => (await tried()).some((d) => d.attempts && d.status === 0 && d.error), 20000, "its time is up");
  deaf.closeAllConnections();
  deaf.close();
  const h = (await s.admin.want(200, "GET", "/api/v1/webhooks")).items.find((x) => x.id === id);
  await s.admin.want(204, "DELETE", `/api/v1/webhooks/${id}`, undefined, { ifMatch: h.version });
});

test("what is not taken is tried again, later and later, then dead, and once more by hand", async () => {
  const [h] = (await s.admin.want(200, "GET", "/api/v1/webhooks")).items, o = await s.owner();
  const latest = async () => (await s.admin.want(200, "GET", `/api/v1/webhooks/${h.id}/deliveries?limit=1`)).items[0];
  answer = 302; // a redirect is no yes
  got.length = 0;
  const r = await s.report(o, "门窗维修");
  await until(async () => (await latest()).body.data.repair_id === r.id && (await latest()).attempts === 1 && (await latest()).status === 302, 10000, "the first try");
  const id = (await latest()).id, of = async () => (await s.admin.want(200, "GET", `/api/v1/webhooks/${h.id}/deliveries?limit=50`)).items.find((x) => x.id === id);
  for (const [i, minutes] of [1, 5, 30, 120, 360, 1440].entries()) {
    answer = 402 + i; // another answer each time: the count alone rises before the answer is written down
    await w.shift(minutes * 60000 + 1000);
    await s.login(s.admin);
    await until(async () => (await of()).status === answer, 10000, `try ${i + 2}`);
    assert.equal((await of()).attempts, i + 2);
  }
  await until(async () => (await of()).state === "dead", 10000, "dead");
  answer = 200;
  got.length = 0;
  await s.admin.want(204, "POST", `/api/v1/webhook-deliveries/${id}/again`);
  await until(async () => (await of()).state === "done", 10000, "done in the end");
  assert.ok(got.some((g) => g.headers["anju-delivery"] === id));
  await s.admin.want(404, "POST", `/api/v1/webhook-deliveries/${id}/again`);
});

test("after a week without one success it is switched off and says why; switched on again it goes on", async () => {
  const [h] = (await s.admin.want(200, "GET", "/api/v1/webhooks")).items;
  answer = 500;
  await s.login(s.admin, s.service);
  const o = w.client("owner20");
  await s.login(o);
  o.room_id = (await o.want(200, "GET", "/api/v1/bindings")).items[0].room_id;
  await s.report(o, "门窗维修");
  const now = async () => (await s.admin.want(200, "GET", "/api/v1/webhooks")).items.find((x) => x.id === h.id);
  await until(async () => (await now()).failing_since, 10000, "it fails");
  await w.shift(8 * 24 * 3600000);
  await s.login(s.admin, o);
  await until(async () => !(await now()).enabled, 20000, "switched off");
  assert.match((await now()).off_reason, /500/);
  const v = (await now()).version;
  await s.admin.want(409, "PUT", `/api/v1/webhooks/${h.id}`, { url: url(), events: ["repair.status"] }, { ifMatch: v + 1 });
  answer = 200;
  await s.admin.want(204, "PUT", `/api/v1/webhooks/${h.id}`, { url: url(), events: ["repair.status"] }, { ifMatch: v });
  got.length = 0;
  await s.report(o, "公共照明", { room_id: undefined, place: "大堂" }).catch(() => s.report(o, "门窗维修"));
  await until(() => got.length, 20000, "it goes on");
  await s.admin.want(204, "DELETE", `/api/v1/webhooks/${h.id}`, undefined, { ifMatch: (await now()).version });
});

test("bad addresses and events are refused; only administrators", async () => {
  const post = (body) => s.admin.post("/api/v1/webhooks", body);
  for (const bad of ["ftp://x.example.cn/", "https://user@example.cn/", "http://example.cn/", "javascript:alert(1)"]) {
    const r = await post({ url: bad, events: ["repair.status"] });
    assert.deepEqual([r.status, r.body.error.field], [422, "url"], bad);
  }
  assert.equal((await post({ url: url(), events: ["no.such"] })).body.error.field, "events[0]");
  assert.equal((await post({ url: url(), events: ["repair.status"], project_id: "999999999999" })).body.error.field, "project_id");
  await s.login(s.manager);
  assert.equal((await s.manager.post("/api/v1/webhooks", { url: url(), events: ["repair.status"] })).status, 403);
});

test("a service account logs in by nothing but its keys, does what its roles allow, and ends when they end", async () => {
  await s.login(s.admin);
  const { id } = await s.admin.want(201, "POST", "/api/v1/service-accounts", { login: "erp-link", name: "财务系统", grants: [{ role: "auditor", project_id: s.project }] });
  assert.equal((await s.admin.post("/api/v1/service-accounts", { login: "root-link", name: "x", grants: [{ role: "company_admin" }] })).status, 403);
  const me = (await s.admin.want(200, "GET", "/api/v1/staff?limit=100")).items.find((x) => x.id === id);
  assert.equal((await s.admin.put(`/api/v1/staff/${id}/grants`, { grants: [{ role: "company_admin" }] }, { ifMatch: me.version })).status, 403, "nor later");
  assert.equal((await w.client(null).login("erp-link", "", { company: "demo" })).status >= 400, true);
  const { token, id: key } = await s.admin.want(201, "POST", `/api/v1/service-accounts/${id}/keys`, { name: "夜间对账", days: 365, project_id: s.project });
  const p = w.client(null, { token });
  assert.equal((await p.get("/api/v1/reports/receivable")).status, 200);
  assert.equal((await p.post("/api/v1/payments", { method: "cash", bills: ["1"] })).status, 403);
  const [k] = (await s.admin.want(200, "GET", `/api/v1/service-accounts/${id}/keys`)).items;
  assert.deepEqual([k.name, JSON.stringify(k).includes(token)], ["夜间对账", false]);
  await w.shift(60 * 24 * 3600000); // no idle time-out for a program
  assert.equal((await p.get("/api/v1/reports/receivable")).status, 200);
  await s.login(s.admin);
  assert.equal((await s.admin.get(`/api/v1/service-accounts/${s.tech[1].account_id}/keys`)).status, 404, "a person has no keys");
  assert.equal((await s.admin.post(`/api/v1/service-accounts/${s.tech[1].account_id}/keys`, { name: "x", days: 1 })).status, 404);
  await s.admin.want(204, "DELETE", `/api/v1/service-accounts/${id}/keys/${key}`);
  assert.equal((await p.get("/api/v1/reports/receivable")).status, 401, "ended at once");
});
