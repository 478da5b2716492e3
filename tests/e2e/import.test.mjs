// import.test.mjs - owners and rooms from a spreadsheet: named errors, all or nothing, the same file once, taken back until used.
// ANJU_IMPORT_ROWS (1,200) rows in the large one, one in a hundred wrong.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import fs from "node:fs";
import { number, read_xlsx, Scene, until, xlsx, zip } from "./lib/index.mjs";

const ROWS = number("ANJU_IMPORT_ROWS", 1200);
const HEAD = ["房屋", "户型", "建筑面积", "姓名*", "手机号", "电子邮箱", "证件号", "身份", "份额", "起始日期", "到期日期", "缴费人", "备注"];
const row = (room, name, phone, more = {}) => [room, more.layout ?? "两室一厅", more.area ?? "89.55", name, phone, more.email ?? "", more.idno ?? "", more.role ?? "业主",
  more.share ?? "", more.from ?? "2026-01-01", more.to ?? "", more.pays ?? "是", more.note ?? ""];
let s, w;
before(async () => { s = await Scene.start({ seed: [["company", "other"], ["sessions"]] }); w = s.world; });
after(() => s.stop());

const key = () => ({ key: `import-${Math.random()}` });
async function start(who, body, kind = "owners", type = "application/octet-stream") {
  return who.call("POST", `/api/v1/imports?kind=${kind}`, body, { type });
}
async function settled(id, who = s.manager, ms = 240000) {
  let t;
  await until(async () => { t = await who.want(200, "GET", `/api/v1/imports/${id}`); return t.step === ""; }, ms, "the import's step");
  return t;
}
async function checked(body, kind, who = s.manager) {
  const r = await start(who, body, kind);
  assert.equal(r.status, 201, r.text);
  assert.deepEqual([r.body.state, r.body.step], ["waiting", "check"]);
  return settled(r.body.id, who);
}
const problems = async (id) => (await s.manager.want(200, "GET", `/api/v1/imports/${id}/rows?failed=1&limit=500`)).items;
async function apply(t, more = {}) {
  await s.manager.want(202, "POST", `/api/v1/imports/${t.id}/apply`, more, { ifMatch: t.version, ...key() });
  return settled(t.id);
}

test("a good file: rooms, people, shares and leases are there afterwards, found by any spelling, phones masked", async () => {
  const t = await checked(xlsx([["在表头下方填写"], HEAD,
    row("51栋1单元101", "张三丰", 13900001001, { share: "1/2", email: "zhang@example.cn", idno: "110101199003074477" }), row("51栋1单元101", "李四光", "139 0000 1002", { role: "共有人", share: "50%", area: "" }),
    row("５１＃１－１０２", "王五", "+8613900001003"), row("51-1-102", "赵六", "13900001004", { role: "租户", from: "2026/2/1", to: "2027年1月31日", pays: "否", area: "" }),
    row("51栋1单元103", "张三丰", "13900001001")]));
  assert.deepEqual([t.state, t.rows, t.failed], ["checked", 5, 0], JSON.stringify(await problems(t.id)));
  const a = await apply(t);
  assert.deepEqual([a.state, a.made], ["applied", 3 + 4 + 5], a.reason);
  const list = (await s.manager.want(200, "GET", `/api/v1/owners?room=${encodeURIComponent("51栋1单元102室")}`)).items;
  assert.deepEqual(list.map((o) => o.name).sort(), ["王五", "赵六"]);
  assert.ok(list.every((o) => !/1390000100\d/.test(JSON.stringify(o))), "masked");
  const [zhang] = (await s.manager.want(200, "GET", "/api/v1/owners?phone=13900001001")).items;
  assert.equal(zhang.name, "张三丰");
  const again = await start(s.manager, xlsx([["在表头下方填写"], HEAD]));
  assert.equal(again.status, 422, "no rows");
});

test("the dry run names each row and column; nothing happens while one is wrong", async () => {
  const before = (await s.manager.want(200, "GET", "/api/v1/owners?limit=1")).items[0]?.id;
  const bad = [row("52栋101", "", "13900002001"), row("101", "甲", "13900002002"), row("52栋102", "乙", "12345"), row("52栋103", "丙", "13900002003", { area: "八十九" }), row("52栋104", "丁", "13900002004", { area: "" }),
    row("52栋105", "戊", "13900002005", { role: "房东" }), row("52栋106", "己", "13900002006", { from: "2026-02-30" }), row("52栋107", "庚", "13900002007", { from: "2026-05-01", to: "2026-04-30" }),
    row("52栋108", "辛", "13900002008", { email: "not an address" }), row("52栋109", "壬", "13900002009", { share: "150%" }), row("52栋110", "癸", "13900002010"), row("52栋110", "癸", "13900002010"),
    row("52栋111", "子", "13900002010"), row("52栋112", "丑", "13900002012", { share: "60%" }), row("52栋112", "寅", "13900002013", { share: "60%", role: "共有人", area: "" }), row("51栋1单元101", "王麻子", "13900001001"),
    row("51栋1单元101", "卯", "13900002014", { area: "1" }), row("52栋113", "辰", "13900002015", { pays: "也许" })];
  const t = await checked(xlsx([HEAD, row("52栋100", "好人", "13900002000"), ...bad]));
  const wrong = Object.fromEntries((await problems(t.id)).map((r) => [r.row, r.problems.map((p) => p.key).join()]));
  assert.deepEqual(wrong, { 3: "name", 4: "room", 5: "phone", 6: "area", 7: "area", 8: "role", 9: "from_day", 10: "to_day", 11: "email", 12: "share", 14: "name", 15: "name", 17: "share", 18: "phone,room", 19: "area", 20: "pays" });
  assert.deepEqual([t.rows, t.failed], [19, 16]);
  const no = await s.manager.call("POST", `/api/v1/imports/${t.id}/apply`, {}, { ifMatch: t.version, ...key() });
  assert.deepEqual([no.status, no.body.error.field], [409, "failed"], no.text);
  assert.equal((await s.manager.want(200, "GET", "/api/v1/owners?limit=1")).items[0]?.id, before);
  const file = await s.manager.get(`/api/v1/imports/${t.id}/failed`), rows = read_xlsx(file.buffer);
  assert.deepEqual([rows.length, rows[0].at(-1)], [17, "错误原因"]);
  assert.match(rows[1].at(-1), /姓名必填/);
  // Mended, the very file of the failed rows goes in again
  const name = rows[0].indexOf("姓名*");
  const fixed = [rows[0], rows[1].map((v, i) => (i === name ? "补名" : v))], u = await checked(xlsx(fixed));
  assert.deepEqual([u.failed, u.rows], [0, 1], JSON.stringify(await problems(u.id)));
  // The good ones alone, by choice
  const a = await apply(t, { skip_failed: true });
  assert.deepEqual([a.state, a.reason], ["applied", ""]);
  assert.equal((await s.manager.want(200, "GET", "/api/v1/owners?phone=13900002000")).items.length, 1);
  assert.equal((await s.manager.want(200, "GET", "/api/v1/owners?phone=13900002014")).items.length, 0);
});

test("CSV in UTF-8 with a mark and in GB18030", async () => {
  const gb = Buffer.from("b7bfcedd2cd0d5c3fb2cbda8d6fec3e6bbfd2ccad6bbfabac50d0a35335f31303129", "hex"); // 房屋,姓名,建筑面积,手机号 / 53_101)
  const gbk = Buffer.concat([gb.subarray(0, gb.length - 7), Buffer.from("35332d313031", "hex"), Buffer.from("2cd5c5c8fd2c38302e352c31333930303030333030310d0a", "hex")]);
  const t = await checked(gbk);
  assert.deepEqual([t.rows, t.failed], [1, 0], JSON.stringify(await problems(t.id)));
  const u = await checked(Buffer.from("\ufeff房屋,姓名,建筑面积,手机号\r\n\"53-102\",\"李,四\",80.5,13900003002\r\n"));
  assert.deepEqual([u.rows, u.failed], [1, 0]);
  const cells = (await s.manager.want(200, "GET", `/api/v1/imports/${u.id}/rows`)).items[0].cells;
  assert.equal(cells.name, "李,四");
});

test("files that mean harm are refused at once, with the reason, and nothing stays", async () => {
  const one = xlsx([HEAD, row("1栋1", "甲", "13900004001")]);
  const sheet = (xml) => zip({ "[Content_Types].xml": "<Types/>", "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>', "xl/worksheets/sheet1.xml": xml });
  const cases = {
    formula: [xlsx([HEAD, [{ f: "HYPERLINK(\"http://x\")" }]]), /A2/], bomb: [sheet("<worksheet>" + " ".repeat(150 << 20)), /过大/],
    xxe: [sheet('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row><c t="inlineStr"><is><t>&x;</t></is></c></row></sheetData></worksheet>'), /文档类型/],
    "polyglot behind": [Buffer.concat([one, Buffer.from("<script>")]), /多余/], "polyglot before": [Buffer.concat([Buffer.from("%PDF-1.7\n"), one]), /xlsx 或 CSV/],
    html: [Buffer.from("<table><tr><td>x</td></tr></table>"), /xlsx 或 CSV/], "old xls": [Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.alloc(512)]), /另存为/],
    "wrong encoding": [Buffer.from([0xff, 0xfe, 0x41, 0, 0x42, 0]), /编码|UTF-8/], macro: [zip({ "[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>", "xl/vbaProject.bin": "x" }), /宏/],
    "many parts": [zip(Object.fromEntries(Array.from({ length: 2100 }, (_, i) => [`p${i}`, ""]))), /过多/], "no heading": [xlsx([["a", "b"], ["c", "d"]]), /表头/],
    "missing column": [xlsx([["房屋", "手机号"], ["1-1", "13900004001"]]), /姓名/],
  };
  for (const [name, [body, why]] of Object.entries(cases)) {
    const r = await start(s.manager, body);
    assert.deepEqual([r.status, r.body.error.field], [422, "file"], `${name}: ${r.text}`);
    assert.match(r.body.error.message, why, name);
  }
  const parts = zip(Object.fromEntries(Array.from({ length: 65000 }, (_, i) => [`p${i}`, ""])));
  const r = await start(s.manager, parts);
  assert.equal(r.status, 422, r.text);
  assert.ok(!(await s.manager.want(200, "GET", "/api/v1/imports")).items.some((i) => i.step === "read"), "nothing stays behind");
});

test("the same file once; taken back it may come again; used, it stays", async () => {
  const file = xlsx([HEAD, row("54栋1单元101", "孙七", "13900005001"), row("54栋1单元102", "周八", "13900005002")]);
  const a = await apply(await checked(file));
  assert.equal(a.state, "applied", a.reason);
  const twice = await start(s.manager, file);
  assert.deepEqual([twice.status, twice.body.error.field], [409, "file"]);
  await s.manager.want(202, "POST", `/api/v1/imports/${a.id}/undo`, undefined, { ifMatch: a.version, ...key() });
  const u = await settled(a.id);
  assert.deepEqual([u.state, u.reason], ["undone", ""]);
  assert.equal((await s.manager.want(200, "GET", "/api/v1/owners?phone=13900005001")).items.length, 0);
  assert.equal((await s.manager.want(200, "GET", `/api/v1/rooms?search=${encodeURIComponent("54栋")}`)).items.length, 0);
  assert.ok(!(await s.manager.want(200, "GET", "/api/v1/buildings")).items.some((b) => b.name.startsWith("54")), "nor the building that came with them");
  const b = await apply(await checked(file));
  assert.equal(b.state, "applied", b.reason);
  const [sun] = (await s.manager.want(200, "GET", "/api/v1/owners?phone=13900005001")).items;
  const o = await s.manager.want(200, "GET", `/api/v1/owners/${sun.id}`);
  await s.manager.want(204, "PUT", `/api/v1/owners/${sun.id}`, { kind: "person", name: "孙七七", reason: "更正姓名" }, { ifMatch: o.version ?? o.owner?.version });
  await s.manager.want(202, "POST", `/api/v1/imports/${b.id}/undo`, undefined, { ifMatch: b.version, ...key() });
  const kept = await settled(b.id);
  assert.deepEqual([kept.state, /不能撤销/.test(kept.reason)], ["applied", true], kept.reason);
  assert.equal((await s.manager.want(200, "GET", "/api/v1/owners?phone=13900005002")).items.length, 1, "all or nothing, backwards too");
});

test("what changed between dry run and apply makes the whole apply fail, with the row", async () => {
  const t = await checked(xlsx([HEAD, row("55栋101", "吴九", "13900006001"), row("55栋102", "郑十", "13900006002")]));
  await s.manager.want(201, "POST", "/api/v1/owners", { kind: "person", name: "别人", phones: [{ phone: "13900006002" }] }, key());
  const a = await apply(t);
  assert.equal(a.state, "checked");
  assert.match(a.reason, /第 3 行/);
  assert.equal((await s.manager.want(200, "GET", "/api/v1/owners?phone=13900006001")).items.length, 0, "nothing of it");
});

test("others: no right, another company's task, a stale version", async () => {
  const t = await checked(xlsx([HEAD, row("56栋101", "冯一", "13900007001")]));
  for (const who of [s.cashier, s.tech[1], w.client("owner0")]) assert.equal((await who.get(`/api/v1/imports/${t.id}`)).status, 403);
  assert.equal((await w.client(null).get(`/api/v1/imports/${t.id}`)).status, 401);
  assert.equal((await s.manager.call("POST", `/api/v1/imports/${t.id}/apply`, {}, { ifMatch: t.version + 1, ...key() })).status, 409);
  assert.equal((await s.manager.call("POST", `/api/v1/imports/${t.id}/apply`, {}, key())).status, 428);
  assert.equal((await s.manager.call("POST", `/api/v1/imports/${t.id}/undo`, undefined, { ifMatch: t.version, ...key() })).status, 409);
  assert.equal((await start(s.manager, Buffer.from("x,y\n1,2\n"), "cats")).status, 422);
  const tpl = await s.manager.get("/api/v1/import-templates/owners"), rows = read_xlsx(tpl.buffer);
  assert.ok(rows[1].includes("姓名*") && rows[1].includes("手机号"));
  assert.equal((await s.manager.get("/api/v1/import-templates/cats")).status, 404);
});

test(`${ROWS} rows, one in a hundred wrong: each named, the rest in one transaction, little memory`, { timeout: 900000 }, async (t) => {
  const rows = [HEAD], bad = [];
  for (let i = 0; i < ROWS; i++) {
    const wrong = i % 100 === 50;
    if (wrong) bad.push(i + 2);
    rows.push(row(`${60 + Math.floor(i / 1000)}栋${1 + Math.floor(i / 100) % 10}单元${101 + i % 100}`, `住户${i}`, wrong ? "123" : String(15000000000 + i), { email: `o${i}@example.cn`, idno: `11010119900307${String(i).padStart(5, "0")}` }));
  }
  const file = xlsx(rows), hwm = () => Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${w.worker ?? w.anjud.pid}/status`, "utf8"))?.[1] ?? 0) >> 10;
  let from = performance.now();
  const lap = () => { const ms = performance.now() - from; from = performance.now(); return (ms / 1000).toFixed(1); };
  const r = await start(s.manager, file);
  assert.equal(r.status, 201, r.text);
  const read = lap(), c = await settled(r.body.id), check = lap();
  assert.deepEqual([c.state, c.rows, c.failed], ["checked", ROWS, bad.length]);
  const named = [];
  for (let after = 0; after != null;) {
    const page = await s.manager.want(200, "GET", `/api/v1/imports/${c.id}/rows?failed=1&limit=500&after=${after}`);
    named.push(...page.items);
    after = page.next_after;
  }
  assert.deepEqual(named.map((x) => x.row), bad);
  assert.ok(named.every((x) => x.problems.length === 1 && x.problems[0].key === "phone"));
  lap();
  let slowest = 0, going = true; // others write meanwhile
  const other = (async () => { const o = await s.owner(); while (going) { const t0 = performance.now(); const x = await s.report(o, "门窗维修"); await o.must(x.id, "cancel"); slowest = Math.max(slowest, performance.now() - t0); } })();
  const a = await apply(c, { skip_failed: true }), applied = lap();
  going = false;
  await other;
  assert.deepEqual([a.state, a.made], ["applied", 3 * (ROWS - bad.length)], a.reason);
  t.diagnostic(`${(file.length / 1048576).toFixed(1)} MB: read ${read} s, checked ${check} s, applied ${applied} s; another's write waited ${slowest.toFixed(0)} ms at most; ${hwm()} MB resident at most`);
});

test("rooms alone and facilities go the same way, and back", async () => {
  const r = await apply(await checked(xlsx([["楼栋", "单元", "房号", "户型", "建筑面积", "楼层"], ["57栋", "1单元", "101", "一室", 45.5, 1], ["57栋", "1单元", "102", "一室", 45.5, 1]]), "rooms"));
  assert.deepEqual([r.state, r.made], ["applied", 2], r.reason);
  const head = ["编号", "名称", "类别", "型号", "价格", "重要性", "下次检验"];
  const bad = await checked(xlsx([head, ["LT-91", "", "电梯", "X", "1.234", "D", "不知道"], ["LT-92", "客梯", "没有的类别", "", "", "", ""]]), "facilities");
  const wrong = Object.fromEntries((await problems(bad.id)).map((x) => [x.row, x.problems.map((p) => p.key).sort().join()]));
  assert.deepEqual([bad.failed, /importance/.test(wrong[2]), /inspect_due/.test(wrong[2]), /price/.test(wrong[2]), /category/.test(wrong[3])], [2, true, true, true, true], JSON.stringify(wrong));
  const good = xlsx([head, ["LT-91", "9 号客梯", "电梯", "GeN2", "250000", "A", "2027-03-01"], ["LT-92", "10 号客梯", "电梯", "GeN2", "250000.50", "B", ""]]);
  const f = await apply(await checked(good, "facilities"));
  assert.deepEqual([f.state, f.made], ["applied", 2], f.reason);
  const list = (await s.manager.want(200, "GET", "/api/v1/facilities?search=LT-9")).items;
  assert.deepEqual(list.map((x) => x.code).sort(), ["LT-91", "LT-92"]);
  await s.manager.want(202, "POST", `/api/v1/imports/${f.id}/undo`, undefined, { ifMatch: f.version, ...key() });
  const u = await settled(f.id);
  assert.deepEqual([u.state, u.reason], ["undone", ""]);
});

test("what the register exports goes in again: in another project it makes the same people, rooms and shares", async () => {
  await s.manager.want(422, "POST", "/api/v1/exports", { kind: "owners", filters: {} });
  const e = await s.manager.want(202, "POST", "/api/v1/exports", { kind: "owners", filters: { reason: "迁移到新项目" } });
  await until(async () => (await s.manager.want(200, "GET", `/api/v1/exports/${e.id}`)).state === "done", 60000, "the export");
  const file = (await s.manager.get(`/api/v1/exports/${e.id}/file`)).buffer, rows = read_xlsx(file);
  assert.ok(rows.some((r) => r.includes("13900001001")), "in clear: that is what the reason is for");
  const project = await s.admin.want(201, "POST", "/api/v1/projects", { code: "NEU", name: "新项目", province: "江苏省", city: "江城市", district: "滨江区", street: "新路", door_number: "1号", kinds: "residential" });
  const into = await s.admin.call("PUT", "/api/v1/session/project", { project_id: project.id });
  assert.ok(into.status < 300, into.text);
  const r = await s.admin.call("POST", "/api/v1/imports?kind=owners", file, { type: "application/octet-stream" });
  assert.equal(r.status, 201, r.text);
  const t = await settled(r.body.id, s.admin);
  assert.deepEqual([t.failed, t.state], [0, "checked"], JSON.stringify((await s.admin.want(200, "GET", `/api/v1/imports/${t.id}/rows?failed=1&limit=5`)).items));
  await s.admin.want(202, "POST", `/api/v1/imports/${t.id}/apply`, {}, { ifMatch: t.version, ...key() });
  const a = await settled(t.id, s.admin);
  assert.equal(a.state, "applied", a.reason);
  const [zhang] = (await s.admin.want(200, "GET", "/api/v1/owners?phone=13900001001")).items;
  assert.equal(zhang.name, "张三丰");
});
