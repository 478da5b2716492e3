// counter.test.mjs - the counter as real clients see it: a receipt on paper, its void, the shift, the books, a download, the
// code on a door, an invoice. Documents are read back with pdftotext and unzip.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { Live, Scene, until } from "./lib/index.mjs";

let s, w, owner, screen, bills, mine;
const text = (pdf) => execFileSync("pdftotext", ["-raw", "-", "-"], { input: pdf, encoding: "utf8" }).replaceAll(" ", "");
const today = () => Number(new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10).replaceAll("-", ""));
const take = (who, bill, more = {}) => who.want(201, "POST", "/api/v1/payments", { method: "cash", bills: [bill.id], ...more });
const receipt = async (who, id) => {
  const r = await who.get(`/api/v1/payments/${id}/receipt.pdf`);
  assert.equal(r.status, 200, r.text.slice(0, 300));
  assert.equal(r.headers["content-type"], "application/pdf");
  assert.match(r.headers["cache-control"], /no-store/);
  return text(r.buffer);
};
const rows = (who, what) => who.want(200, "GET", `/api/v1/reports/${what}`).then((r) => r.items);
const sum = (list, key) => list.reduce((n, r) => n + r[key], 0);
/* The first sheet as rows of text; the document's own words, no library. */
function sheet(buffer) {
  const file = path.join(w.dir, `x${Math.random()}.xlsx`);
  fs.writeFileSync(file, buffer);
  const xml = execFileSync("unzip", ["-p", file, "xl/worksheets/sheet1.xml"], { encoding: "utf8", maxBuffer: 1 << 26 });
  assert.ok(!xml.includes("<f>"), "no formula");
  return [...xml.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map((r) => [...r[1].matchAll(/<c [^>]*>(?:<is><t[^>]*>(.*?)<\/t><\/is>|<v>(.*?)<\/v>)<\/c>/gs)].map((c) => c[1] ?? c[2]));
}

before(async () => {
  s = await Scene.start();
  w = s.world;
  owner = await s.owner();
  screen = await Live.open(s.cashier);
  const m = s.manager, item = await m.want(201, "POST", "/api/v1/fee-items", { code: "WY", name: "物业费", kind: "area", cycle: "monthly", due_days: 15 });
  await m.want(204, "POST", `/api/v1/fee-items/${item.id}/prices`, { from_day: 20240101, price_e4: 28000 });
  await m.want(200, "POST", `/api/v1/fee-items/${item.id}/rooms`, { from_day: 20240101 });
  const run = await s.cashier.want(201, "POST", "/api/v1/bill-runs", { day: today() });
  await until(async () => (await m.want(200, "GET", `/api/v1/bill-runs/${run.id}`)).run.state === "ready", 20000, "the run");
  await s.cashier.want(200, "POST", `/api/v1/bill-runs/${run.id}/submit`, {});
  await m.want(200, "POST", `/api/v1/bill-runs/${run.id}/approve`, {});
  await m.want(200, "POST", `/api/v1/bill-runs/${run.id}/publish`, {});
  await until(async () => (await m.want(200, "GET", `/api/v1/bill-runs/${run.id}`)).run.state === "published", 20000, "publishing");
  bills = (await m.want(200, "GET", "/api/v1/bills?view=board&limit=100")).items.filter((b) => b.room_id !== owner.room_id);
  mine = (await owner.want(200, "GET", "/api/v1/bills")).items[0];
});
after(() => s.stop());

test("a receipt on paper says what was paid, once as the original, then as a reprint, then as void", async () => {
  const paid = await take(s.cashier, mine, { tendered_fen: mine.amount_fen + 400 });
  const number = String(paid.receipt_no).padStart(8, "0"), yuan = (mine.amount_fen / 100).toFixed(2);
  const first = await receipt(s.cashier, paid.id);
  for (const t of [number, yuan, mine.room, "物业费", "现金", "人民币:", "第1次打印", "元"]) assert.ok(first.includes(t), `${t} in\n${first}`);
  assert.ok(/[壹贰叁肆伍陆柒捌玖]佰/.test(first), first);
  assert.ok(!first.includes("补打"));
  assert.ok((await receipt(s.manager, paid.id)).includes("第2次打印(补打)"));
  assert.deepEqual((await s.auditor.want(200, "GET", `/api/v1/payments/${paid.id}/prints`)).items.map((p) => p.n), [1, 2]);

  assert.ok((await receipt(owner, paid.id)).includes("电子凭证"), "the payer's copy is no print");
  for (const t of await Promise.all(Array.from({ length: 24 }, () => receipt(owner, paid.id)))) assert.ok(t.includes(number), "each of many at once is whole");
  await (await s.owner()).want(404, "GET", `/api/v1/payments/${paid.id}/receipt.pdf`);
  await s.tech[1].want(403, "GET", `/api/v1/payments/${paid.id}/receipt.pdf`);
  await w.client().want(401, "GET", `/api/v1/payments/${paid.id}/receipt.pdf`);

  const code = /验证码:([0-9A-Z-]{35})/.exec(first)[1], anybody = w.client();
  const check = await anybody.want(200, "GET", `/api/v1/receipts/verify/${code.toLowerCase()}`);
  assert.deepEqual([check.state, check.amount_fen, check.number.endsWith(number)], ["valid", mine.amount_fen, true]);
  assert.match(check.payer, /^.\*$/);
  await anybody.want(404, "GET", `/api/v1/receipts/verify/${code.slice(0, -1)}${code.endsWith("0") ? 1 : 0}`);

  await s.manager.want(200, "POST", `/api/v1/payments/${paid.id}/void`, { reason: "收错人" });
  const voided = await receipt(s.cashier, paid.id);
  assert.ok(voided.includes("已作废:收错人") && voided.includes("作废"), voided);
  assert.equal((await anybody.want(200, "GET", `/api/v1/receipts/verify/${code}`)).state, "void");
});

test("the shift: counted by the cashier, again by the manager, and then nothing moves any more", async () => {
  const a = await take(s.cashier, bills[0]), b = await take(s.cashier, bills[1], { method: "card", voucher: "POS-1" });
  const open = await s.cashier.want(200, "GET", "/api/v1/cash-shifts/current");
  assert.equal(open.expected_fen, a.amount_fen, "what was voided is not in the drawer");
  const body = { float_fen: 20000, counted_fen: a.amount_fen + 20000 - 50 };
  const r = await s.cashier.want(422, "POST", "/api/v1/cash-shifts", body);
  assert.equal(r.error.field, "reason");
  const shift = await s.cashier.want(201, "POST", "/api/v1/cash-shifts", { ...body, reason: "找零有误" });
  assert.deepEqual([shift.state, shift.difference_fen], ["closed", -50]);
  await s.cashier.want(403, "POST", `/api/v1/cash-shifts/${shift.id}/confirm`, { counted_fen: shift.counted_fen });
  const done = await s.manager.want(200, "POST", `/api/v1/cash-shifts/${shift.id}/confirm`, { counted_fen: shift.counted_fen });
  assert.equal(done.state, "confirmed");
  for (const p of [a, b]) await s.manager.want(409, "POST", `/api/v1/payments/${p.id}/void`, { reason: "太晚了" });
  const paper = text((await s.manager.get(`/api/v1/cash-shifts/${shift.id}/shift.pdf`)).buffer);
  for (const t of ["交班单", "找零有误", "-0.50", "刷卡", "赵收费", "王经理"]) assert.ok(paper.includes(t), `${t} in\n${paper}`);
  await s.cashier.want(409, "POST", "/api/v1/cash-shifts", { float_fen: 0, counted_fen: 0 });
});

test("the reports agree with each other and with the ledger", async () => {
  const trial = Object.fromEntries((await s.manager.want(200, "GET", "/api/v1/ledger/trial")).items.map((r) => [r.account, r.closing_fen]));
  assert.equal(sum(Object.values(trial).map((v) => ({ v })), "v"), 0);
  for (const by of ["building", "item", "month", "payer"]) assert.equal(sum(await rows(s.manager, `receivable?by=${by}`), "arrears_fen"), trial.receivable, by);
  const whole = (await rows(s.manager, "receivable?by=project")).find((r) => r.key === s.project);
  assert.equal(whole.arrears_fen, trial.receivable);
  const takings = await rows(s.manager, "takings?by=method");
  assert.equal(sum(takings, "net_fen"), trial.cash + trial.bank + trial.cash_over_short);
  assert.equal(sum(await rows(s.manager, "takings?by=item"), "taken_fen"), sum(takings, "taken_fen"));
  const book = [];
  for (let after = ""; after !== null;) {
    const p = await s.manager.want(200, "GET", `/api/v1/ledger/accounts/receivable?limit=50${after && `&after=${after}`}`);
    assert.equal(p.opening_fen, book.at(-1)?.balance_fen ?? 0);
    book.push(...p.items);
    after = p.next_after;
  }
  assert.equal(book.at(-1).balance_fen, trial.receivable);
  const said = await w.verify();
  for (const what of ["bills are the sum of their lines", "bills and ledger agree, room by room", "shifts are the sum"])
    assert.ok(said.includes(`ok   ${what}`), said);
});

test("a download is made in the background, tells how far it is, and can be opened", async () => {
  const want = (await s.cashier.want(200, "GET", "/api/v1/payments?limit=100")).items;
  const task = await s.cashier.want(202, "POST", "/api/v1/exports", { kind: "payments", filters: {} });
  const done = await screen.expect(`user:${s.cashier.account_id}`, (m) => m.event === "export.done" && m.data.id === task.id);
  assert.deepEqual([done.data.state, done.data.done_e3], ["done", 1000]);
  await s.manager.want(404, "GET", `/api/v1/exports/${task.id}`);
  const r = await s.cashier.get(`/api/v1/exports/${task.id}/file`);
  assert.equal(r.status, 200);
  const table = sheet(r.buffer);
  assert.match(table[0][0], /导出人 赵收费/);
  assert.equal(table.length, want.length + 2);
  assert.deepEqual(table.slice(2).map((x) => Number(x[0])).sort((a, b) => a - b), want.map((p) => p.receipt_no).sort((a, b) => a - b));
  await w.restart("SIGKILL"); // a task that was waiting or half done comes out all the same
  const second = await s.cashier.want(202, "POST", "/api/v1/exports", { kind: "bills", filters: { state: "published" } });
  await w.restart("SIGKILL");
  let tries = 0; // whoever held it is dead: its lease ends on the server's clock
  await until(async () => {
    const t = await s.cashier.want(200, "GET", `/api/v1/exports/${second.id}`);
    if (t.state === "working" && !tries++) await w.shift(61000);
    return t.state === "done";
  }, 30000, "the export after the crash");
  const all = sheet((await s.cashier.get(`/api/v1/exports/${second.id}/file`)).buffer);
  assert.ok(all.length > 50, `${all.length} rows`);
});

test("the code on the door: masks for anybody, bills for whoever knows the phone, an end for who guesses", async () => {
  const code = await s.service.want(201, "POST", `/api/v1/rooms/${owner.room_id}/code`, {}), anybody = w.client();
  assert.equal(code.link, `https://pay.example.cn/#/pay/${code.token}`);
  const png = await s.service.get(`/api/v1/rooms/${owner.room_id}/code.png`);
  assert.deepEqual([...png.buffer.subarray(1, 4)].map((c) => String.fromCharCode(c)).join(""), "PNG");
  assert.ok(text((await s.service.get(`/api/v1/rooms/${owner.room_id}/code.pdf`)).buffer).includes("扫码缴费"));
  const land = await anybody.want(200, "GET", `/api/v1/codes/${code.token}`);
  assert.deepEqual(Object.keys(land).sort(), ["due", "payer", "project", "room"]);
  assert.ok(land.due && land.room.endsWith("**") && land.payer.endsWith("*"));
  const wrong = await anybody.want(422, "POST", `/api/v1/codes/${code.token}/check`, { last4: "9999" });
  assert.equal(wrong.error.field, "last4");
  const open = await anybody.want(200, "POST", `/api/v1/codes/${code.token}/check`, { last4: "0100" });
  assert.deepEqual([open.due_fen, open.bills.length, open.bills[0].bill_id], [mine.amount_fen, 1, mine.id]);
  assert.match(open.claim, /^[0-9A-Z]{32}$/);
  for (let i = 0; i < 3; i++) await anybody.want(422, "POST", `/api/v1/codes/${code.token}/check`, { last4: "9999" });
  await anybody.want(429, "POST", `/api/v1/codes/${code.token}/check`, { last4: "0100" });
  const next = await s.service.want(201, "POST", `/api/v1/rooms/${owner.room_id}/code`, {});
  await anybody.want(404, "GET", `/api/v1/codes/${code.token}`);
  await s.service.want(204, "DELETE", `/api/v1/rooms/${owner.room_id}/code`);
  await anybody.want(404, "GET", `/api/v1/codes/${next.token}`);
});

test("an invoice from asking to the PDF, for one's own payment only", async () => {
  const paid = await take(s.cashier, mine), other = await take(s.cashier, bills[2]);
  await owner.want(404, "POST", "/api/v1/invoices", { payment_id: other.id, buyer: "person", title: "某人" });
  const bad = await owner.want(422, "POST", "/api/v1/invoices", { payment_id: paid.id, buyer: "company", title: "某公司", tax_no: "91350100M000100Y44" });
  assert.equal(bad.error.field, "tax_no");
  const mine_screen = await Live.open(owner);
  const asked = await owner.want(201, "POST", "/api/v1/invoices", { payment_id: paid.id, buyer: "company", title: "某公司", tax_no: "91350100M000100Y43", mail: "a@example.cn" });
  const act = (action, body) => s.manager.want(200, "POST", `/api/v1/invoices/${asked.id}/${action}`, body);
  await act("process", {});
  const pdf = (await s.manager.get(`/api/v1/payments/${paid.id}/receipt.pdf`)).buffer;
  const file = (await s.manager.call("POST", "/api/v1/files", pdf, { type: "application/pdf" })).body;
  await act("issue", { number: "26350000000001", file_id: file.id });
  await mine_screen.expect(`user:${owner.account_id}`, (m) => m.event === "invoice.changed" && m.data.state === "issued");
  mine_screen.stop();
  assert.deepEqual((await owner.get(`/api/v1/invoices/${asked.id}/file`)).buffer, pdf);
  assert.equal((await owner.want(200, "GET", "/api/v1/invoices")).items[0].mail, "a***@example.cn");
  await (await s.owner()).want(404, "GET", `/api/v1/invoices/${asked.id}`);
});

test("the counter reads one room's bills, and only of its own project; an item's prices with who set them", async () => {
  const of = (who, q) => who.get(`/api/v1/bills?view=board&${q}`);
  const mine_now = (await of(s.cashier, `room_id=${owner.room_id}`)).body.items;
  assert.ok(mine_now.length > 0 && mine_now.every((b) => b.room_id === owner.room_id), JSON.stringify(mine_now));
  assert.deepEqual((await of(s.cashier, `room_id=${owner.room_id}&state=draft`)).body.items, []);
  assert.equal((await of(s.cashier, `room_id=${owner.room_id}&run_id=1`)).status, 422);
  assert.equal((await owner.get(`/api/v1/bills?view=mine&room_id=${owner.room_id}`)).status, 422);
  assert.equal((await of(owner, `room_id=${owner.room_id}`)).status, 403);
  assert.deepEqual((await of(s.cashier, "room_id=1")).body.items, [], "a room that is not ours has no bills");
  const item = (await s.cashier.want(200, "GET", "/api/v1/fee-items")).items.find((i) => i.code === "WY");
  await s.manager.want(204, "POST", `/api/v1/fee-items/${item.id}/prices`, { from_day: 20300101, price_e4: 31000 });
  const prices = (await s.cashier.want(200, "GET", `/api/v1/fee-items/${item.id}/prices`)).items;
  assert.deepEqual(prices.map((p) => [p.from_day, p.price_e4, p.tiers, p.by]), [[20300101, 31000, [], "王经理"], [20240101, 28000, [], "王经理"]]);
  await owner.want(403, "GET", `/api/v1/fee-items/${item.id}/prices`);
});
