// complaints.test.mjs - a complaint from its submission to its close: the managers' mail and SMS really arrive, who sees what,
// every refusal, the clocks, the bill and the repair order it leads to.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Live, Money, until, upload } from "./lib/index.mjs";

const HOUR = 3600e3, DAY = 24 * HOUR, MANAGER = "13900000002", BOSS = { phone: "13922223333", email: "boss@example.com" };
let s, w;
before(async () => {
  s = await Money.start();
  w = s.world;
  // nobody waits for the morning here
  await s.admin.want(204, "PUT", "/api/v1/message-settings", { quiet_from: 0, quiet_to: 0, hourly: 100 });
  await s.admin.want(201, "POST", "/api/v1/staff", { login: "boss", name: "郑经理", password: "Start-1234-x", ...BOSS, grants: [{ role: "manager", project_id: s.project }] });
});
after(() => s.stop());

const words = { kind: "complaint", category: "service", title: "保安态度差", text: "门岗拒绝登记访客" };
const submit = (c, more = {}) => c.want(201, "POST", "/api/v1/complaints", { ...words, room_id: c.room_id, ...more });
const act = (c, id, action, body = {}, o) => c.post(`/api/v1/complaints/${id}/${action}`, body, o);
const must = (c, id, action, body = {}, o) => c.want(200, "POST", `/api/v1/complaints/${id}/${action}`, body, o);
const detail = (c, id) => c.want(200, "GET", `/api/v1/complaints/${id}`);
async function working(owner, tech, more) {
  const c = await submit(owner, more);
  await must(s.service, c.id, "classify", { category: "service" });
  await must(s.service, c.id, "assign", { assignee_id: tech.account_id });
  await must(tech, c.id, "accept");
  return c;
}
async function resolved(owner, tech, more) {
  const c = await working(owner, tech, more);
  await must(tech, c.id, "resolve", { note: "已培训当班保安" });
  return c;
}

const made = {};
/* A department with these people in it, made when it is asked for first. */
async function department(name, people = [s.service, s.dispatcher]) {
  if (made[name]) return made[name];
  made[name] = (await s.admin.want(201, "POST", "/api/v1/departments", { name })).id;
  await s.admin.want(204, "PUT", `/api/v1/departments/${made[name]}/members`, { members: people.map((p) => ({ account_id: p.account_id })) }, { ifMatch: 1 });
  return made[name];
}

test("payers of a published run hear of it, once each", async () => {
  const owner = await s.payer(), inbox = async () => (await owner.want(200, "GET", "/api/v1/notifications?limit=100")).items.filter((n) => n.kind === "bill_published");
  const [n] = await until(async () => { const l = await inbox(); return l.length && l; }, 10000, "the message about the bills");
  const runs = new Set((await inbox()).map((x) => x.object_id));
  assert.equal((await inbox()).length, runs.size, "one a run");
  assert.match(n.text, /\d+\.\d\d 元,请于 \d{4}-\d\d-\d\d 前缴纳/);
});

test("the main way: managers hear by mail and SMS, the owner follows every step, a good rating closes it", async () => {
  const owner = await s.owner(), [, tech] = s.tech, photo = await upload(owner);
  const mine = await Live.open(owner), board = await Live.open(s.service, { topics: [s.board], from: null });
  const key = randomUUID(), body = { ...words, room_id: owner.room_id, urgency: "high", files: [photo.body.id], contact_name: "张伟", contact_phone: "13800000100" };
  const c = await owner.want(201, "POST", "/api/v1/complaints", body, { key });
  assert.match(c.number, /^YG-T\d{6}-\d{4}$/);
  assert.equal((await owner.want(201, "POST", "/api/v1/complaints", body, { key })).id, c.id, "asked twice, submitted once");
  assert.equal(c.contact_phone, "138****0100");

  const told = (m) => JSON.stringify(m.content).includes(c.number);
  const sms = (await w.capture("sms", BOSS.phone, 1)).filter(told), mail = (await w.capture("mail", BOSS.email, 1)).filter((m) => m.content.subject.includes(c.number));
  assert.equal(sms.length, 1, "one SMS to the manager");
  assert.equal(mail.length, 1, "one mail to the manager");
  assert.ok(mail[0].content.text.includes("保安态度差") && mail[0].content.text.includes("请于"), mail[0].content.text);
  assert.ok((await w.capture("sms", MANAGER, 1)).some(told), "the other manager of the project has a phone only");
  const inbox = (await owner.want(200, "GET", "/api/v1/notifications")).items;
  assert.ok(inbox.some((n) => n.kind === "complaint_ack" && n.object_id === c.id && n.text.includes(c.number)), "an acknowledgement");
  const user = `user:${owner.account_id}`, topic = `complaint:${c.id}`;
  await mine.expect(user, (m) => m.event === "notification.new" && m.data.object_id === c.id);
  await mine.sub([topic]);
  await board.expect(s.board, (m) => m.event === "complaint.status" && m.data.complaint_id === c.id && m.data.event === "submit");
  const seen = (event) => mine.expect(topic, (m) => m.event === "complaint.status" && m.data.event === event);

  assert.equal((await act(s.service, c.id, "assign", { assignee_id: tech.account_id })).code, "bad_transition", "not before it is classified");
  assert.equal((await act(owner, c.id, "classify", { category: "fee" })).status, 403);
  assert.equal((await act(s.service, c.id, "classify", { category: "nonsense" })).status, 422);
  await must(s.service, c.id, "classify", { category: "security" });
  assert.equal((await act(s.service, c.id, "assign", { assignee_id: owner.account_id })).status, 422, "an owner handles nothing");
  assert.equal((await tech.get(`/api/v1/complaints/${c.id}`)).status, 404);
  await must(s.service, c.id, "assign", { assignee_id: tech.account_id, department_id: await department("工程部") });
  await tech.want(200, "GET", `/api/v1/complaints/${c.id}`);
  assert.equal((await s.tech[2].get(`/api/v1/complaints/${c.id}`)).status, 404);
  assert.equal((await tech.get(`/api/v1/files/${photo.body.id}`)).status, 200, "the handler sees the photo");
  assert.equal((await s.tech[2].get(`/api/v1/files/${photo.body.id}`)).status, 404);
  await must(tech, c.id, "accept");
  await seen("accept");
  const secret = (await upload(tech)).body.id;
  await must(tech, c.id, "note", { note: "内部:保安已写检讨", files: [secret] });
  await must(tech, c.id, "reply", { note: "正在核实" });
  assert.equal((await seen("reply")).data.note, "正在核实");
  assert.ok(!mine.events.some((m) => JSON.stringify(m).includes("内部")), "internal notes are never pushed to the owner");
  assert.equal((await owner.get(`/api/v1/files/${secret}`)).status, 404, "nor are their files");
  await must(owner, c.id, "comment", { note: "谢谢" });
  const evidence = (await upload(tech)).body.id;
  const r = await must(tech, c.id, "resolve", { note: "已培训当班保安", files: [evidence] });
  assert.equal((await owner.get(`/api/v1/files/${evidence}`)).status, 200);
  assert.equal((await act(owner, c.id, "rate", { stars: 5 }, { ifMatch: r.version - 1 })).code, "version_conflict");
  assert.equal((await act(owner, c.id, "rate", { stars: 6 })).status, 422);
  const done = await must(owner, c.id, "rate", { stars: 5, note: "很好" }, { ifMatch: r.version });
  assert.equal(done.state, "closed");
  await seen("rate");
  const own = await detail(owner, c.id), desk = await detail(s.service, c.id);
  assert.deepEqual(own.history.map((h) => h.event), ["submit", "accept", "reply", "comment", "resolve", "rate"]);
  assert.deepEqual(desk.history.map((h) => h.n), desk.history.map((_, i) => i + 1));
  assert.equal(desk.history.length, done.version);
  assert.ok(!JSON.stringify(own).includes("内部"));
  assert.ok(!("accused_id" in own.complaint) && "accused_id" in desk.complaint);
  mine.stop();
  board.stop();
});

test("anonymous: neither the handler nor the manager learns who, only the auditor, and that is written down", async () => {
  const owner = await s.owner(), [, tech] = s.tech;
  const c = await working(owner, tech, { anonymous: true, place: "地库", contact_name: "某某", contact_phone: "13800009999" });
  for (const who of [tech, s.service, s.manager, s.admin, s.auditor]) {
    const d = await detail(who, c.id), text = JSON.stringify(d);
    for (const v of [owner.account_id, owner.room_id, "某某", "138****9999"]) assert.ok(!text.includes(v), `${who.name} sees ${v}`);
    assert.ok(d.history.some((h) => h.by === "匿名"));
  }
  for (const who of [tech, s.service, s.manager]) assert.equal((await who.post(`/api/v1/complaints/${c.id}/identity`, {})).status, 403, who.name);
  const who = await s.auditor.want(200, "POST", `/api/v1/complaints/${c.id}/identity`, {});
  assert.deepEqual([who.account_id, who.phone], [owner.account_id, "13800009999"]);
  const audit = (await s.auditor.want(200, "GET", "/api/v1/audit?limit=20")).items;
  assert.ok(audit.some((a) => a.action === "complaint.reveal" && a.object_id === c.id));
  assert.equal((await act(s.manager, c.id, "link_bill", { bill_id: "1" })).code, "bad_transition");
  const sent = (await s.admin.want(200, "GET", "/api/v1/messages?kind=complaint_ack&limit=1")).items[0];
  assert.deepEqual([sent.account_id, sent.account, sent.to], [null, "", ""], "nor does the delivery log say who");
  await must(tech, c.id, "link_repair", { type_id: s.types["公共照明"].id });
  const repair = (await detail(s.service, c.id)).complaint.repair_id;
  assert.equal((await s.manager.repair(repair)).room_id, null, "the order does not give the room away");
});

test("what is bad goes up: dissatisfied, reopened, the accused out of it", async () => {
  const owner = await s.owner(), [, tech, tech2] = s.tech;
  const c = await resolved(owner, tech), topic = `complaint:${c.id}`;
  const his = await Live.open(tech), other = await Live.open(tech2);
  await his.sub([topic]);
  await other.sub([topic]);
  assert.ok(!his.denied.has(topic) && other.denied.has(topic), "the handler listens, a colleague does not");
  const gone = his.next("denied");
  const again = await must(owner, c.id, "rate", { stars: 2, note: "态度依旧" });
  assert.equal(await gone, topic, "it has left him, and so has its topic");
  his.stop();
  other.stop();
  assert.equal(again.state, "assigned");
  assert.deepEqual([again.level, again.reopened], [1, 1]);
  assert.equal((await tech.get(`/api/v1/complaints/${c.id}`)).status, 404, "it has left him");
  assert.deepEqual((await detail(s.service, c.id)).history.slice(-2).map((h) => h.event), ["dissatisfied", "superior"]);
  const d = await working(owner, tech2);
  await must(s.service, d.id, "classify", { category: "service", accused_id: tech2.account_id });
  assert.equal((await tech2.get(`/api/v1/complaints/${d.id}`)).status, 404, "he is the accused");
  assert.equal((await act(s.service, d.id, "assign", { assignee_id: tech2.account_id })).status, 422);
  for (const [id, why] of [["999999999999", "none"], [(await s.admin.want(201, "POST", "/api/v1/departments", { name: "空部门" })).id, "nobody in it"]]) {
    const r = await s.service.call("POST", `/api/v1/complaints/${d.id}/assign`, { department_id: id }, { key: `dep-${why}` });
    assert.deepEqual([r.status, r.body.error.field], [422, "department_id"], why);
  }
  await must(s.service, d.id, "assign", { department_id: await department("客服部") });
  assert.equal((await must(s.dispatcher, d.id, "accept")).handler_id, s.dispatcher.account_id);
  await must(owner, d.id, "withdraw", { note: "和解" });
  assert.equal((await act(owner, d.id, "withdraw")).code, "bad_transition");
});

test("a department's people hear of it, see it and take it; once one has, it is not the others' any more", async () => {
  const owner = await s.owner(), c = await submit(owner), id = await department("水暖班", [s.tech[1], s.tech[2]]), [one, two] = [s.tech[1], s.tech[2]];
  await must(s.service, c.id, "classify", { category: "facility" });
  const inbox = async (who) => (await who.want(200, "GET", "/api/v1/notifications?limit=100")).items.filter((n) => n.kind === "complaint_task" && n.object_id === c.id).length;
  for (const who of [one, two]) assert.equal((await who.get(`/api/v1/complaints/${c.id}`)).status, 404);
  const given = await must(s.service, c.id, "assign", { department_id: id });
  assert.deepEqual([given.department, given.department_id, given.handler_id], ["水暖班", id, null]);
  for (const who of [one, two]) {
    assert.equal(await inbox(who), 1);
    await who.want(200, "GET", `/api/v1/complaints/${c.id}`);
    assert.ok((await who.want(200, "GET", "/api/v1/complaints?view=assigned&limit=100")).items.some((x) => x.id === c.id));
  }
  assert.equal((await s.tech[6].get(`/api/v1/complaints/${c.id}`)).status, 404, "another department's");
  assert.equal(await inbox(s.tech[6]), 0);
  const stream = await Live.open(two, { topics: [`complaint:${c.id}`] });
  const both = await Promise.all([one, two].map((x) => act(x, c.id, "accept")));
  const winner = both.findIndex((r) => r.status === 200);
  assert.equal(both.filter((r) => r.status === 200).length, 1, JSON.stringify(both.map((r) => r.status)));
  const loser = winner === 0 ? two : one;
  assert.equal((await loser.get(`/api/v1/complaints/${c.id}`)).status, 404);
  assert.ok(!(await loser.want(200, "GET", "/api/v1/complaints?view=assigned&limit=100")).items.some((x) => x.id === c.id));
  if (loser === two) await until(() => stream.denied.has(`complaint:${c.id}`), 5000, "the stream ends too");
  stream.stop();
});

test("two desks at once: one of them is too late", async () => {
  const c = await submit(await s.owner());
  const both = await Promise.all([s.service, s.manager].map((x) => act(x, c.id, "classify", { category: "fee" }, { ifMatch: 1 })));
  assert.deepEqual(both.map((r) => r.status).sort(), [200, 409]);
});

const dispute_of = async (bill) => (await s.cashier.want(200, "GET", `/api/v1/bills/${bill.id}/disputes`)).items.at(-1);
const left = async (bill) => (await s.cashier.want(200, "GET", "/api/v1/finance/alarms?state=open&limit=100")).items.some((a) => a.kind === "dispute_left" && a.ref_id === bill.id);
const end = (who, bill, body = {}) => who.call("POST", `/api/v1/bills/${bill.id}/disputes/close`, { outcome: "已核实", ...body });

test("a bill in dispute: no late fee while the complaint is open; when it is over another person says whether it was upheld", async () => {
  const owner = await s.payer(), [, tech] = s.tech, { bill } = owner;
  const c = await working(owner, tech, { category: "fee", title: "物业费算错" });
  assert.equal((await act(tech, c.id, "link_bill", { bill_id: bill.id })).status, 403);
  const foreign = (await s.payer()).bill.id;
  assert.equal((await act(s.manager, c.id, "link_bill", { bill_id: foreign })).status, 422, "a bill of another room");
  await must(s.manager, c.id, "link_bill", { bill_id: bill.id });
  assert.equal((await act(s.manager, c.id, "link_bill", { bill_id: bill.id })).code, "already_exists");
  assert.equal((await dispute_of(bill)).to_day, 0);
  await must(tech, c.id, "resolve", { note: "账单无误,已解释" });
  assert.equal(await left(bill), false, "resolved is not over");
  await must(owner, c.id, "rate", { stars: 4 });
  assert.equal((await dispute_of(bill)).to_day, 0, "the owner's stars let nothing off");
  assert.ok(await left(bill), "the books are told");
  assert.equal((await end(s.manager, bill)).status, 403, "nor does who opened it");
  assert.equal((await end(s.cashier, bill)).status, 204);
  assert.ok((await dispute_of(bill)).upheld);
  await s.balances();
});

test("a dispute goes along when its complaint is merged; taken back, it is not upheld", async () => {
  const owner = await s.payer(), [, tech] = s.tech, { bill } = owner;
  const main = await working(owner, tech, { category: "fee", title: "物业费重复" }), c = await working(owner, tech, { category: "fee", title: "物业费算错" });
  await must(s.manager, c.id, "link_bill", { bill_id: bill.id });
  await must(s.manager, c.id, "merge", { target_id: main.id });
  assert.equal((await dispute_of(bill)).to_day, 0);
  assert.equal(await left(bill), false);
  await must(owner, main.id, "withdraw", { note: "算清楚了" });
  const d = await dispute_of(bill);
  assert.deepEqual([d.to_day > 0, d.upheld], [true, false]);
});

test("a category with managers and a deadline of its own; filters, numbers, analysis", async () => {
  const owner = await s.owner();
  const put = (body, o) => s.admin.put("/api/v1/complaint-categories/elevator", { name: "电梯", due_h: 5, enabled: true, managers: [s.cashier.account_id], ...body }, o);
  assert.equal((await put({})).status, 204);
  assert.equal((await put({})).code, "version_conflict");
  assert.equal((await s.manager.put("/api/v1/complaint-categories/elevator", { name: "电梯", due_h: 500, enabled: true, managers: [] }, { ifMatch: 1 })).status, 403, "the other projects' too");
  assert.equal((await put({ managers: [owner.account_id] }, { ifMatch: 1 })).status, 422);
  assert.equal((await s.service.put("/api/v1/complaint-categories/elevator", { name: "x", due_h: 1, enabled: true })).status, 403);
  const c = await submit(owner, { category: "elevator", kind: "suggestion" });
  assert.ok(Math.abs(Date.parse(c.due_at) - Date.parse(c.created_at) - 5 * HOUR) < 1000);
  await until(async () => (await w.captured("sms", "13900000004")).length, 10000, "the cashier's SMS");
  const list = async (q) => (await s.service.want(200, "GET", `/api/v1/complaints?view=board&${q}`)).items;
  assert.deepEqual((await list("category=elevator")).map((x) => x.id), [c.id]);
  assert.deepEqual((await list("kind=suggestion")).map((x) => x.id), [c.id]);
  assert.ok((await list("state=closed")).every((x) => x.state === "closed"));
  assert.ok((await list("level=1")).length >= 1);
  const first = await s.service.want(200, "GET", "/api/v1/complaints?view=board&limit=2");
  const next = await s.service.want(200, "GET", `/api/v1/complaints?view=board&limit=2&before=${first.next_before}`);
  assert.ok(Number(next.items[0].id) < Number(first.items[1].id));
  assert.equal((await s.cashier.get("/api/v1/complaints?view=board")).status, 403);
  assert.equal((await owner.get("/api/v1/complaints/analysis")).status, 403);
  for (const by of ["category", "handler", "building", "month", "kind"]) {
    const a = (await s.manager.want(200, "GET", `/api/v1/complaints/analysis?by=${by}`)).items;
    assert.ok(a.length && a.every((x) => x.complaints > 0), by);
  }
  const home = await s.manager.want(200, "GET", "/api/v1/home"), counts = await s.manager.want(200, "GET", "/api/v1/complaints/counts");
  assert.equal(home.waiting.complaints, counts.waiting);
});

test("the clocks: overdue tells the managers, a day later the company; seven days of silence close", async () => {
  const owner = await s.owner(), [, tech] = s.tech;
  const late = await working(owner, tech), quiet = await resolved(owner, tech);
  const state = async (id) => (await detail(s.service, id)).complaint;
  const due = Date.parse((await state(late.id)).due_at) - Date.parse((await state(late.id)).created_at);
  const move = async (ms) => { // sessions do not outlive days
    await w.shift(ms);
    await s.login(s.service, s.admin);
  };
  await move(due + 1000);
  await until(async () => (await state(late.id)).escalation === 1, 10000, "level 1");
  await until(async () => (await w.captured("mail", BOSS.email)).some((m) => m.content.subject.includes(late.number) && m.content.subject.includes("超时")), 10000, "the mail about it");
  await move(DAY);
  await until(async () => (await state(late.id)).escalation === 2, 10000, "level 2");
  const admin = (await s.admin.want(200, "GET", "/api/v1/notifications?limit=100")).items;
  assert.ok(admin.some((n) => n.kind === "complaint_overdue" && n.object_id === late.id));
  assert.ok((await s.service.want(200, "GET", "/api/v1/complaints?view=board&overdue=1")).items.some((x) => x.id === late.id));
  const loud = async () => [(await s.service.want(200, "GET", "/api/v1/complaints?view=board&escalated=1&limit=100")).items.some((x) => x.id === late.id), (await s.service.want(200, "GET", "/api/v1/board")).counters.complaints.escalated];
  const [listed, counted] = await loud();
  assert.ok(listed && counted > 0);
  await s.login(tech);
  await must(tech, late.id, "resolve", { note: "已处理" });
  assert.deepEqual(await loud(), [false, counted - 1], "what is resolved alarms nobody any more");
  assert.equal((await state(quiet.id)).state, "resolved");
  await move(7 * DAY);
  await until(async () => (await state(quiet.id)).state === "closed", 10000, "closed by silence");
  assert.equal((await state(quiet.id)).stars, 0);
});
