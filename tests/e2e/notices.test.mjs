// notices.test.mjs - notices and the ways of messages: who sees what, pushing, receipts, the home page; quota, fallback to SMS,
// the second SMS cloud, templates, dead letters.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import fs from "node:fs";
import { Live, Scene, until, upload } from "./lib/index.mjs";

let s, w;
before(async () => {
  s = await Scene.start({ sandbox: true, keep_clock: true });
  w = s.world;
  const backup = Object.fromEntries(["key_id", "key_file", "app_id", "sign", "template_code", "template_notice"].map((k) => [`sms_backup_${k}`, w.config[`sms_${k}`]]));
  w.configure({ ...backup, sms_backup_provider: "tencent", wechat_template_notice: "tmpl-notice", alipay_template_notice: "tmpl-notice" });
  await w.restart("SIGTERM");
  await s.admin.want(204, "PUT", "/api/v1/message-settings", { quiet_from: 0, quiet_to: 0, hourly: 100 });
});
after(() => s.stop());

const words = { title: "停水通知", text: "明日 9 点至 17 点停水,请提前储水", kind: "important", audience: "project", roles: ["owner", "family", "tenant"] };
const draft = (c, more = {}) => c.want(201, "POST", "/api/v1/notices", { ...words, ...more });
const act = (c, id, action, body = {}, o) => c.post(`/api/v1/notices/${id}/${action}`, body, o);
async function published(c, more) {
  const n = await draft(c, more), r = await act(c, n.id, "publish");
  assert.equal(r.status, 200, r.text);
  return r.body;
}
const number_of = (o) => "138000001" + String(Number(/\d+/.exec(o.name)[0])).padStart(2, "0");
const about = async (phone, what) => (await w.captured("sms", phone)).filter((m) => JSON.stringify(m.content).includes(what)); // SMS that say so
const comes = (phone, what) => until(async () => { const l = await about(phone, what); return l.length && l; }, 10000, `an SMS about ${what}`);
const hour = () => w.shift(3600e3 + 1000); // the project's next push

test("to whom it is addressed, and to nobody else", async () => {
  const a = await s.owner(), b = await s.owner(), lake = w.client("owner35");
  const live = await Live.open(a);
  const file = (await upload(s.service)).body.id;
  const n = await draft(s.service, { files: [file] });
  assert.equal((await a.get(`/api/v1/notices/${n.id}`)).status, 404, "a draft is nobody's");
  assert.equal((await act(s.service, n.id, "publish", {}, { ifMatch: 7 })).code, "version_conflict");
  assert.equal((await act(s.service, n.id, "publish")).status, 200);
  assert.equal((await a.want(200, "GET", `/api/v1/notices/${n.id}`)).notice.read_at, null);
  assert.equal((await a.get(`/api/v1/files/${file}`)).status, 200);
  assert.equal((await lake.get(`/api/v1/notices/${n.id}`)).status, 404, "another project's owner");
  assert.equal((await lake.get(`/api/v1/files/${file}`)).status, 404);
  assert.equal((await s.tech[1].get(`/api/v1/notices/${n.id}`)).status, 404, "not for staff");
  await live.expect(`user:${a.account_id}`, (m) => m.event === "notification.new" && m.data.object_id === n.id);
  const one = await published(s.service, { audience: "rooms", targets: [a.room_id], kind: "common" });
  assert.equal((await b.get(`/api/v1/notices/${one.id}`)).status, 404, "another room");
  const list = (c) => c.want(200, "GET", "/api/v1/notices").then((r) => r.items.map((x) => x.id));
  assert.deepEqual(await list(a), [one.id, n.id]);
  assert.deepEqual(await list(b), [n.id]);
  assert.deepEqual(await list(lake), []);
  for (const c of [a, s.tech[1], s.cashier, s.auditor]) assert.equal((await c.post("/api/v1/notices", words)).status, 403, c.name);
  assert.equal((await s.manager.post("/api/v1/notices", { ...words, audience: "company" })).status, 403);
  assert.equal((await s.manager.post("/api/v1/notices", { ...words, audience: "rooms", targets: [lake.room_id ?? "1"] })).status, 422);
  assert.equal((await s.manager.put(`/api/v1/notices/${n.id}`, words)).code, "bad_transition", "what is out is not changed");
  assert.equal((await act(s.manager, n.id, "withdraw")).status, 422, "without a reason");
  assert.equal((await act(s.manager, n.id, "withdraw", { note: "改期" })).status, 200);
  assert.deepEqual(await list(b), []);
  assert.equal((await act(s.manager, one.id, "withdraw", { note: "其推送不再占用下一个小时" })).status, 200);
  live.stop();
});

test("scheduled: it appears by itself; an hour lies between two pushes; an emergency does not wait", async () => {
  const a = await s.owner();
  await hour();
  const live = await Live.open(a), user = `user:${a.account_id}`, told = (n) => live.expect(user, (m) => m.event === "notification.new" && m.data.object_id === n.id);
  const at = (ms) => new Date(Date.now() + w.shifted + ms).toISOString();
  const n = await published(s.manager, { publish_at: at(600e3) });
  assert.equal(n.state, "scheduled");
  assert.equal((await a.get(`/api/v1/notices/${n.id}`)).status, 404);
  await w.shift(601e3);
  await told(n);
  const second = await published(s.manager), alarm = await published(s.manager, { kind: "emergency", title: "燃气泄漏" });
  await told(alarm);
  const phone = number_of(a);
  await comes(phone, "燃气泄漏");
  assert.equal((await a.want(200, "GET", `/api/v1/notices/${second.id}`)).notice.state, "published", "to be read, if not pushed");
  assert.ok(!live.events.some((m) => m.data.object_id === second.id));
  await hour();
  await told(second);
  const own = await draft(s.service, { kind: "emergency" });
  assert.equal((await act(s.service, own.id, "publish")).status, 403, "emergencies are the manager's");
  live.stop();
});

test("receipts: who has read it, which rooms have not; home shows what matters", async () => {
  const a = await s.owner(), n = await published(s.manager, { audience: "rooms", targets: [a.room_id, (await s.owner()).room_id], pinned: true });
  const home = await a.want(200, "GET", "/api/v1/home");
  assert.ok(home.notices.some((x) => x.id === n.id));
  assert.ok(home.unread_notices > 0 && home.unread_messages >= 0);
  assert.ok(home.shortcuts.some((x) => x.key === "pay") && !home.shortcuts.some((x) => x.key === "dispatch"));
  assert.ok(!("waiting" in home) && !("work" in home) && "resident" in home);
  await a.want(204, "POST", `/api/v1/notices/${n.id}/read`);
  assert.equal((await a.want(200, "GET", "/api/v1/home")).unread_notices, home.unread_notices - 1);
  const r = await s.manager.want(200, "GET", `/api/v1/notices/${n.id}/receipts`);
  assert.deepEqual(r, { people: 2, read: 1, rooms: 2, rooms_read: 1 });
  const rooms = (await s.manager.want(200, "GET", `/api/v1/notices/${n.id}/unread-rooms`)).items;
  assert.equal(rooms.length, 1);
  assert.notEqual(rooms[0].room_id, a.room_id);
  assert.equal((await a.get(`/api/v1/notices/${n.id}/receipts`)).status, 403);
  const job = await s.tech[1].want(200, "GET", "/api/v1/home"), desk = await s.manager.want(200, "GET", "/api/v1/home");
  assert.ok("work" in job && !("waiting" in job) && !("resident" in job));
  assert.ok("waiting" in desk && desk.shortcuts.some((x) => x.key === "dispatch"));
});

test("a subscribe message while there is quota, then SMS; what the platform refuses falls through to SMS", async () => {
  const a = await s.owner(), phone = number_of(a);
  const login = await w.client().post("/api/v1/auth/login/wechat", { code: `walker.${Date.now()}`, phone_code: `${phone}.1`, company: "demo" });
  assert.equal(login.status, 200, login.text);
  const submit = () => a.want(201, "POST", "/api/v1/complaints", { kind: "inquiry", title: "停车", text: "车位怎么租", room_id: a.room_id });
  const log = async (q) => (await s.admin.want(200, "GET", `/api/v1/messages?account_id=${a.account_id}&kind=complaint_ack&${q}`)).items;
  await comes(phone, (await submit()).number);
  assert.deepEqual((await log("channel=wechat")).map((m) => [m.state, m.reason]), [["suppressed", "quota"]]);
  await a.want(204, "POST", "/api/v1/me/message-quota", { template: "complaint", n: 2 });
  assert.deepEqual((await a.want(200, "GET", "/api/v1/me/message-preferences")).quota, [{ provider: "wechat", template: "complaint", left: 2 }]);
  const second = await submit(); // the platform takes it: nothing says no here
  const sent = (await until(async () => { const l = await log("channel=wechat&state=sent"); return l.length && l; }, 10000, "sent by WeChat"))[0];
  assert.equal(sent.provider, "wechat");
  const openid = (await w.ask_sandbox("messages?openid=")).pop().to;
  assert.equal((await about(phone, second.number)).length, 0, "and not by SMS too");
  await w.tell_sandbox("consent", { openid, template: "tmpl-notice", n: 0 });
  await comes(phone, (await submit()).number); // 43101: the user has taken back his consent
  assert.ok((await log("channel=wechat")).some((m) => m.state === "suppressed" && m.reason === "refused"));
});

test("whoever has chosen English is written to in English, whatever the request that caused it says", async () => {
  const a = await s.owner(), last = async () => (await a.want(200, "GET", "/api/v1/notifications")).items[0];
  const submit = () => a.want(201, "POST", "/api/v1/complaints", { kind: "praise", title: "好", text: "很好", room_id: a.room_id });
  await a.want(204, "PUT", "/api/v1/me/language", { lang: "en" });
  const c = await submit();
  assert.match((await until(async () => { const n = await last(); return n?.text.includes(c.number) && n; }, 10000, "the answer")).title, /^We have your /);
  await a.want(204, "PUT", "/api/v1/me/language", { lang: "zh" });
  const d = await submit();
  assert.match((await until(async () => { const n = await last(); return n?.text.includes(d.number) && n; }, 10000, "the answer")).title, /^您的/);
});

test("the second SMS cloud takes over when the first one fails", async () => {
  const a = await s.owner(), phone = number_of(a);
  w.configure({ sms_template_notice: "bad-template" });
  await w.restart("SIGTERM");
  const c = await a.want(201, "POST", "/api/v1/complaints", { kind: "praise", title: "好", text: "很好", room_id: a.room_id });
  assert.equal((await comes(phone, c.number))[0].content.provider, "tencent");
  const sent = async () => (await s.admin.want(200, "GET", `/api/v1/messages?account_id=${a.account_id}&channel=sms&state=sent`)).items[0];
  const row = await until(sent, 10000, "what was sent is written down"); // after the cloud had it
  assert.equal(row.provider, "tencent");
  assert.match(row.to, /^138\*\*\*\*/);
  await w.shift(61e3); // a minute later the cloud is asked
  await until(async () => (await s.admin.want(200, "GET", `/api/v1/messages?account_id=${a.account_id}&channel=sms&state=delivered`)).items[0]?.delivered_at, 10000, "the receipt");
  w.configure({ sms_template_notice: "SMS_2" });
  await w.restart("SIGTERM");
});

test("words of one's own, blocked numbers, dead letters", async () => {
  const a = await s.owner(), phone = number_of(a);
  const tmpl = "/api/v1/message-templates/complaint_ack/sms/zh", submit = () => a.want(201, "POST", "/api/v1/complaints", { kind: "inquiry", title: "问", text: "问", room_id: a.room_id });
  assert.equal((await s.admin.put(tmpl, { body: "收到 {nonsense}" })).status, 422);
  assert.equal((await s.manager.put(tmpl, { body: "收到 {number}" })).status, 403);
  await s.admin.want(204, "PUT", tmpl, { body: "安居已收到 {number}" });
  assert.equal((await s.admin.want(200, "POST", `${tmpl}/preview`, { body: "收到 {number}" }, { key: null })).body, "收到 [number]");
  const c = await submit();
  await comes(phone, `安居已收到 ${c.number}`);
  await s.admin.want(204, "DELETE", tmpl);
  const block = await s.admin.want(201, "POST", "/api/v1/message-blocks", { to: phone, reason: "本人要求" });
  await submit();
  const log = (await s.admin.want(200, "GET", `/api/v1/messages?to=${phone}&state=suppressed`)).items;
  assert.deepEqual(log.map((m) => m.reason), ["blacklist"]);
  await s.admin.want(204, "DELETE", `/api/v1/message-blocks/${block.id}`);
  // an address that does not exist: given up, tried again by hand, given up for good
  await s.admin.want(201, "POST", "/api/v1/staff", { login: "ghost", name: "幽灵", password: "Start-1234-x", phone: "13933334444", email: "nobody@example.com", grants: [{ role: "manager", project_id: s.project }] });
  await submit();
  const dead = async () => (await s.admin.want(200, "GET", "/api/v1/messages?state=dead&channel=mail")).items[0];
  const first = await until(dead, 10000, "the dead letter");
  assert.match(first.error, /550/);
  assert.equal((await s.auditor.post(`/api/v1/messages/${first.id}/requeue`)).status, 403);
  await s.admin.want(204, "POST", `/api/v1/messages/${first.id}/requeue`);
  await until(async () => (await dead())?.id === first.id, 10000, "dead again");
  await s.admin.want(204, "POST", `/api/v1/messages/${first.id}/discard`, { reason: "地址不存在" });
  assert.equal((await s.admin.post(`/api/v1/messages/${first.id}/requeue`)).code, "bad_transition");
  const stats = (await s.admin.want(200, "GET", "/api/v1/messages/stats")).items;
  assert.ok(stats.some((x) => x.channel === "mail" && x.state === "discarded" && x.messages === 1));
  const audit = (await s.auditor.want(200, "GET", "/api/v1/audit?object=message&limit=10")).items.map((x) => x.action);
  assert.ok(audit.includes("message.requeue") && audit.includes("message.discard"));
  assert.ok(!fs.readFileSync(w.conf, "utf8").includes(phone));
});
