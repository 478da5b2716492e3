// arrears.test.mjs - what residents owed before (历史欠费), from a spreadsheet: each fault by row and column, a second person applies, bills and
// books agree, no late fee unless asked for, taken back until somebody used one. ANJU_ARREARS_ROWS (600) rows in the large file.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { number, read_xlsx, Scene, until, xlsx } from "./lib/index.mjs";

const ROWS = number("ANJU_ARREARS_ROWS", 600), DAY = 24 * 3600e3;
const HEAD = ["房屋*", "费用项目*", "账期起*", "账期止*", "应缴日期*", "金额*", "原单号", "备注", "违约金起算日"];
const row = (room, amount, more = {}) => [room, more.item ?? "WY", more.from ?? "2025-01-01", more.to ?? "2025-01-31", more.due ?? "2025-02-15", amount, more.number ?? "", more.note ?? "", more.late ?? ""];
const day = (days) => new Date(Date.now() + days * DAY + 8 * 3600e3).toISOString().slice(0, 10), day_of = (ms) => Number(new Date(ms + 8 * 3600e3).toISOString().slice(0, 10).replaceAll("-", "")), key = () => ({ key: `arrears-${Math.random()}` });
let s, w, m, item, plain;
before(async () => {
  s = await Scene.start({ seed: [["sessions"]] });
  [w, m] = [s.world, s.manager];
  item = await m.want(201, "POST", "/api/v1/fee-items", { code: "WY", name: "物业服务费", kind: "area", cycle: "monthly", due_days: 15, late_rate_e6: 1000, late_cap_e4: 3000 });
  plain = await m.want(201, "POST", "/api/v1/fee-items", { code: "LJ", name: "垃圾清运费", kind: "fixed", cycle: "monthly", due_days: 15 });
  await m.want(201, "POST", "/api/v1/fee-items", { code: "LJ2", name: "垃圾清运费", kind: "fixed", cycle: "monthly", due_days: 15 });
});
after(() => s.stop());

const start = (who, rows) => who.call("POST", "/api/v1/imports?kind=arrears", xlsx(rows), { type: "application/octet-stream" });
async function settled(id, ms = 240000) {
  let t;
  await until(async () => { t = await m.want(200, "GET", `/api/v1/imports/${id}`); return t.step === ""; }, ms, "the import's step");
  return t;
}
async function checked(rows, who = s.cashier) {
  const r = await start(who, rows);
  assert.equal(r.status, 201, r.text);
  return settled(r.body.id);
}
const problems = async (id) => (await m.want(200, "GET", `/api/v1/imports/${id}/rows?failed=1&limit=500`)).items;
const ask = (what, t, who = m, body = what === "apply" ? {} : undefined) => who.call("POST", `/api/v1/imports/${t.id}/${what}`, body, { ifMatch: t.version, ...key() });
async function done(what, t) {
  const r = await ask(what, t);
  assert.equal(r.status, 202, r.text);
  return settled(t.id);
}
const name_of = async (o) => (await m.want(200, "GET", `/api/v1/rooms/${o.room_id}`)).full_name;
const mine = async (o) => (await o.want(200, "GET", "/api/v1/bills?view=mine")).items;
const receivable = async (by = "project") => (await m.want(200, "GET", `/api/v1/reports/receivable?by=${by}`)).items;
const sum = (rows, k = "arrears_fen") => rows.reduce((a, r) => a + r[k], 0);
const sound = async () => assert.ok(!(await w.verify()).includes("FAIL"));

test("the template names its columns, and only those who may run bills get so far", async () => {
  const head = read_xlsx((await m.get("/api/v1/import-templates/arrears")).buffer)[1];
  assert.deepEqual(head.slice(0, 9), HEAD);
  for (const who of [s.service, s.dispatcher, s.auditor, w.client("owner9")]) assert.equal((await start(who, [HEAD, row("1-1-101", "1.00")])).status, 403);
  const t = await checked([HEAD, row("没有的房", "1.00")]);
  assert.equal((await s.service.get(`/api/v1/imports/${t.id}`)).status, 403);
  assert.ok(!(await s.service.want(200, "GET", "/api/v1/imports")).items.some((x) => x.id === t.id), "nor in the list");
  assert.ok((await s.cashier.want(200, "GET", "/api/v1/imports")).items.some((x) => x.id === t.id));
  assert.equal((await s.cashier.call("POST", "/api/v1/imports?kind=owners", xlsx([HEAD, row("1-1-101", "1.00")]), { type: "application/octet-stream" })).status, 403, "the register is not the till's");
});

test("every fault by row and column, and nothing happens while one is there", async () => {
  const o = await s.owner(), room = await name_of(o), was = await receivable(), feb = { from: "2025-02-01", to: "2025-02-28", due: "2025-03-15" };
  const good = await done("apply", await checked([HEAD, row(room, "88.00", { from: "2024-12-01", to: "2024-12-31" })]));
  assert.equal(good.state, "applied", good.reason);
  const bad = [["没有的房", "1.00"], [room, "1.00", { item: "电费" }], [room, "1.00", { item: "垃圾清运费" }], [room, "0"], [room, "-5"], [room, "1.005"], [room, "0.30000000000000004"], [room, "一百"], [room, "100000000.01"],
    [room, "1.00", { to: "2024-12-01" }], [room, "1.00", { due: "2024-12-31" }], [room, "1.00", { from: "2025-02-30" }], [room, "1.00", { from: "2024-12-15", to: "2025-01-05" }], [room, ""], [room, "1.00", { from: "2014-01-01" }],
    [room, "1.00", { late: "2025-02-15" }], [room, "1.00", { item: "LJ", late: "2026-01-01" }], [room, "1.00", { due: "2099-01-01" }]];
  const rows = [HEAD, row(room, "10.10"), row(room, "20.20", { from: "2025-01-31", to: "2025-02-10" }), row(room, "30.30", feb), row(room, "0.07", { ...feb, item: "LJ" }), ...bad.map((b) => row(...b))];
  const t = await checked(rows), wrong = Object.fromEntries((await problems(t.id)).map((r) => [r.row, [...new Set(r.problems.map((p) => p.key))].join()]));
  assert.deepEqual(wrong, { 3: "from_day", 6: "room", 7: "item", 8: "item", 9: "amount", 10: "amount", 11: "amount", 12: "amount", 13: "amount", 14: "amount", 15: "to_day", 16: "due_day", 17: "from_day", 18: "from_day", 19: "amount", 20: "to_day", 21: "late_from", 22: "late_from", 23: "due_day" });
  assert.deepEqual([t.failed, t.total_fen], [19, 1010 + 3030 + 7], "what the good rows add up to");
  const no = await ask("apply", t);
  assert.deepEqual([no.status, no.body.error.field], [409, "failed"], no.text);
  assert.equal(sum(await receivable()), sum(was) + 8800);
  const back = await done("undo", good);
  assert.deepEqual([back.state, back.reason], ["undone", ""]);
  assert.equal(sum(await receivable()), sum(was));
  await sound();
});

test("four eyes: whoever brought the file does not apply it, whatever they are", async () => {
  const o = await s.owner(), t = await checked([HEAD, row(await name_of(o), "12.34")], m), own = await ask("apply", t, m);
  assert.equal(own.status, 403, own.text);
  assert.equal((await settled(t.id)).state, "checked");
  assert.equal((await ask("apply", t, s.service)).status, 403);
  assert.equal((await ask("apply", t, s.cashier)).status, 202);
  const a = await settled(t.id);
  assert.deepEqual([a.state, a.asked_by, a.account_id, a.made], ["applied", w.who.cashier.account_id, w.who.manager.account_id, 1]);
  assert.equal((await ask("undo", a, s.cashier)).status, 403, "published bills are a manager's to take back");
  assert.equal((await done("undo", a)).state, "undone");
});

test("bills as they were due, of who owed then: seen by the owner, aged, in the books to the fen; nobody is written to", async () => {
  const o = await s.owner(), room = await name_of(o), told = (await s.admin.want(200, "GET", "/api/v1/messages?limit=100")).items.length, bell = (await o.want(200, "GET", "/api/v1/notifications")).items.length;
  const was = await receivable(), month = await receivable("month"), year = { from: "2024-01-01", to: "2025-06-30", due: "2024-01-31" };
  const t = await checked([HEAD, row(room, "1234.5", { ...year, number: "OLD-7", note: "原系统" }), row(room, "¥66.66", { item: "LJ", from: "2026-08-01", to: "2026-08-31", due: day(-20) })]);
  assert.deepEqual([t.failed, t.total_fen], [0, 123450 + 6666], JSON.stringify(await problems(t.id)));
  const a = await done("apply", t);
  assert.deepEqual([a.state, a.made], ["applied", 2], a.reason);
  const bills = (await mine(o)).filter((b) => [123450, 6666].includes(b.amount_fen)), old = bills.find((b) => b.amount_fen === 123450);
  assert.deepEqual([bills.length, old.state, old.due_day, old.period_from, old.period_to, old.late_fen], [2, "published", 20240131, 20240101, 20250630, 0]);
  assert.equal(old.payer, (await o.want(200, "GET", "/api/v1/bindings")).items[0].person, "the owner's");
  const line = (await o.want(200, "GET", `/api/v1/bills/${old.id}`)).lines[0];
  assert.deepEqual([line.name, line.explain.kind, line.explain.number, line.explain.note], ["物业服务费", "arrears", "OLD-7", "原系统"]);
  const now = await receivable();
  assert.equal(sum(now), sum(was) + 123450 + 6666);
  const age = (rows, k) => rows.reduce((x, r) => x + r.age_fen[k], 0);
  assert.equal(age(now, "older") - age(was, "older"), 123450);
  assert.equal(age(now, "d30") - age(was, "d30"), 6666);
  const months = await receivable("month"), of = (rows, k) => rows.find((r) => Number(String(r.name).replace("-", "")) === k)?.arrears_fen ?? 0;
  assert.equal(sum(months) - sum(month), 123450 + 6666);
  assert.ok(of(months, 202401) > of(month, 202401) && of(months, 202506) > of(month, 202506), "spread over its months");
  assert.equal((await s.admin.want(200, "GET", "/api/v1/messages?limit=100")).items.length, told, "no message");
  assert.equal((await o.want(200, "GET", "/api/v1/notifications")).items.length, bell);
  // A run does not bill again what came along, though the period is longer than any of the item's before
  await m.want(204, "POST", `/api/v1/fee-items/${item.id}/prices`, { from_day: 20240101, price_e4: 28000 });
  await m.want(200, "POST", `/api/v1/fee-items/${item.id}/rooms`, { from_day: 20240101 });
  const look = async (d, x) => (await m.want(200, "GET", `/api/v1/bill-runs/preview?day=${d}&room_id=${x.room_id}`));
  assert.ok(!JSON.stringify(await look(20250615, o)).includes("物业服务费"), "May 2025 is billed");
  assert.ok(JSON.stringify(await look(20250615, await s.owner())).includes("物业服务费"), "another room's is not");
  // Paid at the counter like any other; then it stays
  const open = await m.want(200, "GET", `/api/v1/bills/${old.id}`);
  assert.ok(open);
  const pay = await s.cashier.call("POST", "/api/v1/payments", { method: "transfer", voucher: "T-1", bills: [old.id] }, key());
  assert.equal(pay.status, 201, pay.text);
  const kept = await done("undo", a);
  assert.deepEqual([kept.state, /不能撤销.*已有收款/.test(kept.reason)], ["applied", true], kept.reason);
  assert.equal((await mine(o)).find((b) => b.amount_fen === 6666).state, "published", "all or nothing");
  await sound();
});

test("no late fee by itself; from a chosen day by the item's terms; a dispute keeps it from being taken back", async () => {
  const [o, p] = [await s.owner(), await s.owner()], from = day(-9);
  const t = await checked([HEAD, row(await name_of(o), "100.00"), row(await name_of(p), "100.00", { late: from })]), a = await done("apply", t);
  assert.equal(a.state, "applied", a.reason);
  const fen = async (x) => (await mine(x)).find((b) => b.amount_fen === 10000);
  const late = (await fen(p)).late_fen;
  assert.ok(late >= 90 && late <= 100, `nine days at 1 per mille of 100 yuan: ${late}`);
  assert.equal((await fen(o)).late_fen, 0);
  // Part of it let off: what is due is what the counter takes, to the fen
  const let_off = await s.cashier.want(201, "POST", "/api/v1/fee-requests", { kind: "late_waiver", bill_id: (await fen(p)).id, amount_fen: 40, reason: "老业主" });
  await m.want(200, "POST", `/api/v1/fee-requests/${let_off.id}/approve`, {});
  const less = await fen(p);
  assert.deepEqual([less.late_fen, less.late_waived_fen, less.due_fen], [late - 40, 40, 10000 + late - 40]);
  const taken = await s.cashier.want(201, "POST", "/api/v1/payments", { method: "cash", bills: [less.id], tendered_fen: less.due_fen });
  assert.deepEqual([taken.amount_fen, taken.change_fen], [less.due_fen, 0]);
  const paid = await m.want(200, "GET", `/api/v1/bills/${less.id}`);
  assert.deepEqual([paid.bill.state, paid.bill.due_fen], ["paid", 0]);
  await s.cashier.want(201, "POST", `/api/v1/bills/${(await fen(o)).id}/disputes`, { reason: "业主称已在原公司缴清" });
  const kept = await done("undo", a);
  assert.deepEqual([kept.state, /争议/.test(kept.reason)], ["applied", true], kept.reason);
  await sound();
});

test("the file, then the world changed: the whole apply fails and names the row; the same file twice; undone it may come again", async () => {
  const o = await s.owner(), room = await name_of(o), jan = row(room, "5.55"), feb = row(room, "6.66", { from: "2025-02-01", to: "2025-02-28", due: "2025-03-15" });
  const one = await checked([HEAD, jan, feb]), two = await checked([HEAD, feb, row(room, "1.00", { from: "2023-02-01", to: "2023-02-28", due: "2023-03-15" })]);
  const a = await done("apply", one), was = sum(await receivable());
  const b = await done("apply", two);
  assert.deepEqual([b.state, /第 2 行/.test(b.reason)], ["checked", true], b.reason);
  assert.equal(sum(await receivable()), was, "nothing of it");
  const again = await start(s.cashier, [HEAD, jan, feb]);
  assert.deepEqual([again.status, again.body.error.field], [409, "file"]);
  const u = await done("undo", a);
  assert.deepEqual([u.state, u.reason], ["undone", ""]);
  assert.equal(sum(await receivable()), was - 555 - 666);
  assert.ok(!(await mine(o)).some((x) => [555, 666].includes(x.amount_fen)), "the owner does not see them any more");
  const c = await done("apply", await checked([HEAD, jan, feb]));
  assert.equal(c.state, "applied", c.reason);
  await sound();
});

test(`${ROWS} rows in one transaction: bills, books and reports agree, and back`, { timeout: 900000 }, async (t) => {
  const rooms = [];
  for (let before = ""; rooms.length < 200;) {
    const page = await m.want(200, "GET", `/api/v1/rooms?limit=100${before && `&before=${before}`}`);
    rooms.push(...page.items.map((r) => r.full_name));
    before = page.next_before;
    if (!before) break;
  }
  const was = sum(await receivable()), rows = [HEAD];
  let total = 0;
  for (let i = 0; i < ROWS; i++) {
    const y = 2000 + Math.floor(Math.floor(i / rooms.length) / 12), mo = String(Math.floor(i / rooms.length) % 12 + 1).padStart(2, "0"), fen = 1000 + (i * 37) % 99991;
    rows.push(row(rooms[i % rooms.length], `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}`, { from: `${y}-${mo}-01`, to: `${y}-${mo}-28`, due: `${y}-${mo}-28`, item: "LJ" }));
    total += fen;
  }
  let from = performance.now();
  const lap = () => { const ms = performance.now() - from; from = performance.now(); return (ms / 1000).toFixed(1); };
  const r = await start(s.cashier, rows);
  assert.equal(r.status, 201, r.text);
  const read = lap(), c = await settled(r.body.id, 600000), check = lap();
  assert.deepEqual([c.failed, c.total_fen], [0, total], JSON.stringify((await problems(c.id)).slice(0, 3)));
  from = performance.now();
  assert.equal((await ask("apply", c)).status, 202);
  const a = await settled(c.id, 600000), applied = lap();
  assert.deepEqual([a.state, a.made], ["applied", ROWS], a.reason);
  assert.equal(sum(await receivable()), was + total);
  await sound();
  from = performance.now();
  assert.equal((await ask("undo", a)).status, 202);
  const u = await settled(a.id, 600000), undone = lap();
  assert.deepEqual([u.state, u.reason], ["undone", ""]);
  assert.equal(sum(await receivable()), was);
  await sound();
  t.diagnostic(`${ROWS} rows over ${rooms.length} rooms: read ${read} s, checked ${check} s, applied ${applied} s, undone ${undone} s`);
});

test("a closed month takes no more arrears, by row", async () => {
  await m.want(200, "POST", "/api/v1/ledger/lock", { day: day_of(Date.now() - DAY) });
  const t = await checked([HEAD, row(await name_of(await s.owner()), "1.00")]);
  assert.deepEqual((await problems(t.id)).map((r) => r.problems.map((p) => p.key).join()), ["due_day"]);
});
