// facility.test.mjs - a lift's life with the real server: registered, a code on it, a fault reported by a passer-by and
// repaired; a plan that makes tasks by itself, reminds by socket and SMS, a failed item that becomes an order, acceptance by
// somebody else; a patrol; the server killed while days pass. And who may not.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Live, Scene, until, upload } from "./lib/index.mjs";

let s, w, m, tech, board, phone, lift, code, photo;
const HOUR = 3600e3;
const day_of = (ms) => Number(new Date(ms + 8 * HOUR).toISOString().slice(0, 10).replaceAll("-", ""));
const now = () => Date.now() + (w.shifted || 0);
const today = (days = 0) => day_of(now() + days * 24 * HOUR);
/* To half past eight in the morning, `days` from today. */
const morning = async (days) => {
  const start = Math.floor((now() + 8 * HOUR) / (24 * HOUR)) * 24 * HOUR - 8 * HOUR;
  await w.shift(Math.round(start + days * 24 * HOUR + 8.5 * HOUR - now()));
  await again();
};
/* Sessions of the seed end after a day of the server's clock: everybody logs in anew and listens on. */
async function again() {
  board?.stop();
  phone?.stop();
  await s.login(m, tech, s.tech[1], s.service, s.admin, s.dispatcher);
  board = await Live.open(s.dispatcher);
  await board.sub([s.board]);
  phone = await Live.open(tech);
}
const tasks = (plan, more = "") => m.want(200, "GET", `/api/v1/maint-tasks?plan_id=${plan.id}&limit=100${more}`).then((r) => r.items);
const task_of = (plan, day) => until(async () => (await tasks(plan)).find((t) => t.day === day), 15000, `a task for ${day}`);
const act = (who, t, action, body = {}, status = 200) => who.want(status, "POST", `/api/v1/maint-tasks/${t.id}/${action}`, body);
const facility = async (id = lift) => (await m.want(200, "GET", `/api/v1/facilities/${id}`)).facility;
const heard_by = (number, words) => until(async () => (await w.captured("sms", number)).some((x) => JSON.stringify(x).includes(words)), 10000, `${words} by SMS to ${number}`);
const lift_input = { code: "DT-09", name: "9号客梯", category: "lift", place: "9栋", importance: "A", reg_no: "梯00001", inspected_day: 20260601, inspect_due: 20270601 };
async function plan_of(body) {
  const p = await m.want(201, "POST", "/api/v1/maint-plans", { kind: "minor", remind: "", ...body });
  await m.want(200, "POST", `/api/v1/maint-plans/${p.id}/activate`, {});
  return p;
}

before(async () => {
  s = await Scene.start({ sandbox: true, keep_clock: true, seed: [["sessions"], ["company", "other"]] });
  w = s.world;
  m = s.manager;
  tech = s.tech[6]; // lift, electric
  await w.shift(1);
  await morning(1);
});
after(() => s.stop());

test("the register: who keeps it, who sees it, what an edit leaves behind", async () => {
  lift = (await m.want(201, "POST", "/api/v1/facilities", lift_input)).id;
  await m.want(409, "POST", "/api/v1/facilities", lift_input);
  for (const who of [tech, s.service]) await who.want(403, "POST", "/api/v1/facilities", { ...lift_input, code: "X" });
  await tech.want(200, "GET", `/api/v1/facilities/${lift}`);
  const etag = (await m.get(`/api/v1/facilities/${lift}`)).headers.etag;
  assert.equal(etag, '"1"');
  await m.want(428, "PUT", `/api/v1/facilities/${lift}`, lift_input);
  const both = await Promise.all([1, 2].map((i) => m.put(`/api/v1/facilities/${lift}`, { ...lift_input, place: `9栋${i}单元` }, { ifMatch: 1 })));
  assert.deepEqual(both.map((r) => r.status).sort(), [200, 409], "two edits of one version");
  const edits = (await m.want(200, "GET", `/api/v1/facilities/${lift}/history?kind=edit`)).items;
  assert.deepEqual(edits.map((e) => [e.field, e.before]), [["place", "9栋"]]);
  assert.deepEqual((await tech.want(200, "GET", "/api/v1/facilities?search=dt-09")).items.map((f) => f.id), [lift]);

  photo = (await upload(m)).body.id;
  await m.want(204, "POST", `/api/v1/facilities/${lift}/files`, { file_id: photo, kind: "photo" });
  assert.equal((await tech.get(`/api/v1/files/${photo}`)).status, 200, "staff of the project see it");
});

test("another company, and the residents, see nothing of it", async () => {
  await w.shift(-26 * HOUR); // while their sessions live
  const them = w.client("other_admin");
  for (const path of [`facilities/${lift}`, `facilities/${lift}/history`]) await them.want(404, "GET", `/api/v1/${path}`);
  for (const list of ["facilities", "maint-tasks", "maint-plans"]) assert.ok(!(await them.get(`/api/v1/${list}?limit=100`)).text.includes("9号客梯"));
  assert.equal((await them.get(`/api/v1/files/${photo}`)).status, 404);
  for (const o of [w.client("owner0"), s.cashier]) {
    await o.want(403, "GET", `/api/v1/facilities/${lift}`);
    await o.want(403, "POST", "/api/v1/facilities", { ...lift_input, code: "X" });
  }
  assert.equal((await w.client("owner3").get(`/api/v1/files/${photo}`)).status, 404);
  await w.shift(26 * HOUR);
});

test("a file of facilities: nothing of it, or all of it", async () => {
  const take = (csv, path = "import") => m.want(200, "POST", `/api/v1/facilities/${path}`, { csv: Buffer.from(csv).toString("base64") });
  const bad = await take("编号,名称,类别,价格\nP-1,一号泵,water,12.5\nDT-09,重复,lift,\nP-2,二号泵,没有,x\n");
  assert.equal(bad.applied, false);
  assert.deepEqual(bad.errors.map((e) => [e.row, e.column]), [[3, "编号"], [4, "类别"], [4, "价格"]]);
  const good = "编号,名称,类别,价格\nP-1,一号泵,water,12.5\nP-2,二号泵,给排水,8\n";
  assert.deepEqual([(await take(good, "import/check")).rows, (await m.want(200, "GET", "/api/v1/facilities?search=P-")).items.length], [2, 0]);
  assert.equal((await take(good)).applied, true);
  assert.equal((await m.want(200, "GET", `/api/v1/facilities?search=${encodeURIComponent("号泵")}`)).items.length, 2);
});

test("a passer-by scans the code and reports; the desk makes an order of it; the lift stands still until it is done", async () => {
  code = await m.want(201, "POST", `/api/v1/facilities/${lift}/code`, {});
  assert.equal(code.link, `${w.config.public_url}/#/facility/${code.token}`);
  const nobody = w.client(), page = await nobody.want(200, "GET", `/api/v1/facility-codes/${code.token}`);
  assert.deepEqual([page.name, page.category, page.up, page.state], ["9号客梯", "电梯", true, "in_use"]);
  assert.ok(!/keeper|phone|price/.test(JSON.stringify(page)), "nothing personal, nothing of the books");
  const forged = code.token.slice(0, -1) + (code.token.endsWith("0") ? "1" : "0");
  await nobody.want(404, "GET", `/api/v1/facility-codes/${forged}`);
  await nobody.want(422, "POST", `/api/v1/facility-codes/${code.token}/reports`, { description: "x" });
  const said = await nobody.want(201, "POST", `/api/v1/facility-codes/${code.token}/reports`, { description: "关门夹人", contact_phone: "13812345678" });
  await board.expect(s.board, (e) => e.event === "facility.reported" && e.data.report_id === said.id);
  for (let i = 1; i < 5; i++) await nobody.want(201, "POST", `/api/v1/facility-codes/${code.token}/reports`, { description: `再报 ${i}` });
  await nobody.want(429, "POST", `/api/v1/facility-codes/${code.token}/reports`, { description: "又来" });
  const [mine] = (await s.service.want(200, "GET", "/api/v1/facility-reports?state=waiting&limit=100")).items.filter((r) => r.id === said.id);
  assert.equal(mine.contact_phone, "138****5678");
  await tech.want(403, "GET", "/api/v1/facility-reports");
  const r = await s.service.want(201, "POST", `/api/v1/facility-reports/${said.id}/accept`, { type_id: s.types["电梯故障"].id });
  await s.service.want(409, "POST", `/api/v1/facility-reports/${said.id}/accept`, { type_id: s.types["电梯故障"].id });
  assert.deepEqual([r.facility_id, r.channel, r.public_area], [lift, "staff", true]);
  await board.expect(s.board, (e) => e.event === "facility.status" && e.data.facility_id === lift && !e.data.up); // an emergency
  assert.equal((await facility()).up, false);
  const offer = (await phone.expect(null, (e) => e.event === "offer.new" && e.data.repair.repair_id === r.id)).data.offer_id;
  await tech.want(200, "POST", `/api/v1/offers/${offer}/accept`, {});
  for (const a of ["arrive", "start"]) await tech.must(r.id, a);
  const photo = (await upload(tech)).body.id;
  await tech.must(r.id, "finish", { cause_id: s.cause.L01, measure: "调整门机", labour_min: 40, photos: [photo], facility_up: true });
  assert.equal((await facility()).up, true);
  const story = (await m.want(200, "GET", `/api/v1/facilities/${lift}/history`)).items.map((e) => e.kind + (e.field ? `:${e.field}` : ""));
  assert.deepEqual(story.slice(0, 4), ["up", "repair:finished", "down", "repair:opened"]);
  assert.deepEqual((await m.want(200, "GET", `/api/v1/repairs?view=board&facility_id=${lift}`)).items.map((x) => x.id), [r.id]);
  assert.equal((await m.want(200, "GET", "/api/v1/facility-stats/pareto?category=lift")).items[0].cause, "门机故障");
  await m.want(204, "DELETE", `/api/v1/facilities/${lift}/code`);
  await nobody.want(404, "GET", `/api/v1/facility-codes/${code.token}`);
  code = await m.want(201, "POST", `/api/v1/facilities/${lift}/code`, {});
});

test("a statutory plan by itself: made, reminded, done with the code scanned, a failed item repaired, accepted by another", async () => {
  const p = await m.want(201, "POST", "/api/v1/maint-plans/from-template", { code: "lift_half_month", name: "9号客梯半月保养", anchor_day: today(8), remind: "7,1,0", early_days: 1,
    late_days: 1, scan: true, facilities: [lift], staff: [tech.account_id] });
  await s.service.want(403, "POST", `/api/v1/maint-plans/${p.id}/activate`, {});
  await m.want(200, "POST", `/api/v1/maint-plans/${p.id}/activate`, {});
  const whole = await m.want(200, "GET", `/api/v1/maint-plans/${p.id}`);
  assert.deepEqual([whole.statutory, whole.every_n, whole.unit, whole.state, whole.items.length], [true, 15, "day", "active", 9]);
  const due = today(8);
  assert.equal((await tasks(p)).length, 0, "eight days ahead: not yet");
  await morning(1);
  const t = await task_of(p, due);
  assert.equal(t.holder_id, tech.account_id);
  await phone.expect(null, (e) => e.event === "maint.reminder" && e.data.task_id === t.id);
  await heard_by("13900000016", "9号客梯半月保养"); // and by SMS
  await s.tech[1].want(404, "GET", `/api/v1/maint-tasks/${t.id}`);
  assert.ok(!(await s.tech[1].want(200, "GET", `/api/v1/maint-tasks?limit=100`)).items.some((x) => x.id === t.id), "not his");
  await act(tech, t, "start", {}, 422); // too early without a reason
  await act(tech, t, "start", { note: "提前" }, 422); // and the code
  await act(tech, t, "start", { note: "提前", token: code.token });
  const { items } = await tech.want(200, "GET", `/api/v1/maint-tasks/${t.id}`);
  const sign = (await upload(tech)).body.id, answers = items.map((it, i) => ({ n: i + 1, ...(it.kind === "signature" ? { file_id: sign } : it.kind === "text" ? { value: "" } : { value: "yes" }) }));
  await act(tech, t, "submit", { answers: answers.slice(1) }, 422);
  answers[2] = { n: 3, value: "no", note: "制动器间隙偏大" };
  const at = await act(tech, t, "submit", { answers, labour_min: 90, cost_fen: 20000 });
  assert.deepEqual([at.state, at.failed], ["await_accept", 1]);
  const [failed] = (await m.want(200, "GET", `/api/v1/maint-tasks/${t.id}`)).results.filter((r) => !r.pass);
  const order = await m.repair(failed.repair_id);
  assert.deepEqual([order.facility_id, order.channel], [lift, "inspection"]);
  assert.match(order.description, /制动器间隙偏大/);
  await act(s.service, t, "reject", { note: "签字不清" });
  await act(tech, t, "submit", { answers, labour_min: 90, cost_fen: 20000 });
  assert.equal((await m.want(200, "GET", `/api/v1/repairs?view=board&facility_id=${lift}`)).items.length, 2, "one order for all submissions");
  await act(tech, t, "accept", {}, 403);
  await act(m, t, "accept");
  await phone.expect(null, (e) => e.event === "maint.task" && e.data.task_id === t.id && e.data.state === "done");
  const d = await m.want(200, "GET", `/api/v1/facilities/${lift}`);
  assert.deepEqual([d.costs.tasks, d.costs.maintenance_fen], [1, 20000]);
  const c = (await m.want(200, "GET", `/api/v1/maint-tasks/compliance?by=plan&from=${today(-1)}&to=${today(30)}`)).items.find((x) => x.key === p.id);
  assert.deepEqual([c.due, c.in_time, c.rate_e4], [1, 1, 10000]);
  await m.want(422, "POST", `/api/v1/maint-plans/${p.id}/pause`, {}); // the law asks for it
  await m.want(200, "POST", `/api/v1/maint-plans/${p.id}/pause`, { reason: "停梯大修" });
});

test("killed while days pass: no slot twice, none lost, what nobody made is in the gap log", async () => {
  const first = today(1), every = await plan_of({ name: "每日查看", kind: "daily", anchor_day: first, horizon_days: 0, catch_up: "all", skill: "lift", facilities: [lift] });
  const latest = await plan_of({ name: "每日清洁", kind: "daily", anchor_day: first, horizon_days: 0, skill: "lift", facilities: [lift] });
  await morning(1);
  await task_of(every, today());
  await task_of(latest, today());
  await w.kill();
  w.shifted += 4 * 24 * HOUR; // a server that is away sees no clock: the next one finds it moved
  await w.tell_sandbox("clock", { ms: 4 * 24 * HOUR });
  await w.up();
  await again();
  await task_of(every, today());
  await task_of(latest, today());
  await w.shift(-30 * HOUR);
  await w.restart();
  await w.shift(30 * HOUR);
  await again();
  const days = (l) => l.map((t) => t.slot).sort((a, b) => a - b);
  const want = [0, 1, 2, 3, 4].map((i) => today(i - 4));
  await until(async () => (await tasks(every)).length >= 5, 10000, "all five days");
  assert.deepEqual(days(await tasks(every)), want);
  const gaps = (await m.want(200, "GET", `/api/v1/maint-plans/${latest.id}/gaps`)).items;
  assert.deepEqual([...days(await tasks(latest)), ...days(gaps)].sort((a, b) => a - b), want);
  assert.deepEqual([gaps.length, ...new Set(gaps.map((g) => g.reason))], [3, "missed"]);
  for (const t of [...(await tasks(every)), ...(await tasks(latest))].filter((x) => x.state === "scheduled")) await act(m, t, "skip", { note: "测试" });
  for (const p of [every, latest]) await m.want(200, "POST", `/api/v1/maint-plans/${p.id}/end`, {});
});

test("late is told to the managers; statutory work is skipped by two", async () => {
  const p = await plan_of({ name: "年检准备", anchor_day: today(1), unit: "year", statutory: true, skill: "lift", facilities: [lift] });
  const t = await task_of(p, today(1));
  await morning(2);
  await until(async () => (await m.want(200, "GET", `/api/v1/maint-tasks/${t.id}`)).task.overdue, 10000, "late");
  await heard_by("13900000002", "年检准备"); // the manager
  assert.ok((await m.want(200, "GET", "/api/v1/maint-tasks?overdue=1&open=1&limit=100")).items.some((x) => x.id === t.id));
  await act(m, t, "skip", {}, 422);
  assert.equal((await act(m, t, "skip", { note: "停用" })).skip_asked, true);
  await act(m, t, "skip", { note: "停用" }, 403);
  assert.equal((await act(s.admin, t, "skip", { note: "同意" })).state, "skipped");
});

test("a patrol: only by the codes of its points, once each; what was not seen is missed", async () => {
  const minute = Math.floor(((now() + 8 * HOUR) / 60e3) % 1440), at = (d) => Math.max(0, Math.min(1439, minute + d));
  const points = [{ name: "机房", at_min: at(-10), window_min: 60, facility_id: lift }, { name: "底坑", at_min: at(120), window_min: 30 }, { name: "顶层", at_min: at(-120), window_min: 30 }, { name: "车库", at_min: at(0), window_min: 60 }];
  const route = await m.want(201, "POST", "/api/v1/patrol-routes", { name: "电梯巡查", points });
  await tech.want(403, "GET", `/api/v1/patrol-routes/${route.id}`); // the codes are on the walls, not in the phone
  const p = await plan_of({ name: "电梯巡查", kind: "patrol", anchor_day: today(), route_id: route.id, staff: [tech.account_id] });
  const t = await task_of(p, today()), check = (i, more = {}, status = 200) => tech.want(status, "POST", `/api/v1/maint-tasks/${t.id}/checks`, { token: route.points[i].token, ...more });
  await check(0, {}, 403);
  await act(tech, t, "start");
  assert.deepEqual([(await check(0)).state, (await check(1)).state, (await check(2, { fault: true, note: "灯坏" })).state], ["on_time", "early", "late"]);
  await check(0, {}, 409);
  await tech.want(422, "POST", `/api/v1/maint-tasks/${t.id}/checks`, { token: code.token });
  await act(tech, t, "submit");
  const seen = (await m.want(200, "GET", `/api/v1/maint-tasks/${t.id}`)).points;
  assert.deepEqual(seen.map((x) => x.state), ["on_time", "early", "late", "missed"]);
  assert.ok(seen[2].repair_id && !seen[2].ok);
  await act(m, t, "reject", { note: "补检车库" });
  assert.equal((await check(3)).state, "reinspected");
  await act(tech, t, "submit");
  await act(m, t, "accept");
});

test("by the hours run: a task when the meter passes the mark", async () => {
  const p = await plan_of({ name: "千小时保养", cycle: "usage", step_e3: 1000000, skill: "lift", facilities: [lift] });
  const read = (h, status = 200) => tech.want(status, "POST", `/api/v1/facilities/${lift}/readings`, { value_e3: h * 1000 });
  await read(999);
  await read(1001);
  const [t] = await until(async () => { const l = await tasks(p); return l.length && l; }, 10000, "a task by usage");
  assert.equal(t.slot, 1000000);
  await read(900, 422);
  await m.want(200, "POST", `/api/v1/facilities/${lift}/state`, { state: "scrapped", reason: "更新换代" });
  assert.equal((await tasks(p))[0].state, "skipped", "nobody looks after what is scrapped");
  const [end] = (await m.want(200, "GET", `/api/v1/maint-tasks/${t.id}`)).history.slice(-1);
  assert.deepEqual([end.event, end.to, end.note], ["skip", "skipped", "更新换代"]);
  await read(2500);
  await m.want(409, "POST", `/api/v1/facilities/${lift}/code`, {});
  assert.equal((await tasks(p)).length, 1);
});

test("the streams kept their promise, and the store holds together", async () => {
  board.stop();
  phone.stop();
  assert.match(await w.verify(), /every active plan goes on/);
});
