// scope.test.mjs - who may call what, generated from the route table; and that what is another's looks as if it did not exist.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { bodies, complete, kind_of, Live, Scene, upload } from "./lib/index.mjs";

const ABSENT = "999999999999", UNTIL = 24 * 3600000;
let s, w, routes, people, mine, other, hp;
before(async () => {
  s = await Scene.start({ seed: [["company", "other"], ["sessions"]] });
  w = s.world;
  routes = (await w.tool("routes")).trim().split("\n").map((l) => {
    const [method, path, op, lane, roles, scope, max, flags] = l.split(" ");
    return { method, path, op, lane, roles: roles.split(","), scope, max: Number(max), flags };
  });
  const revoked = w.client("owner38");
  await revoked.want(204, "DELETE", "/api/v1/session");
  people = [
    { name: "anonymous", client: w.client(), dead: true },
    { name: "revoked token", client: revoked, dead: true },
    { name: "made-up token", client: w.client(null, { token: "A".repeat(43) }), dead: true },
    { name: "owner", client: w.client("owner0"), roles: ["owner"] },
    { name: "other owner", client: w.client("owner1"), roles: ["owner"] },
    { name: "technician", client: w.client("tech4"), roles: ["technician"] },
    { name: "cashier", client: s.cashier, roles: ["cashier"] },
    { name: "service", client: s.service, roles: ["customer_service"] },
    { name: "dispatcher", client: s.dispatcher, roles: ["dispatcher"] },
    { name: "auditor", client: s.auditor, roles: ["auditor"] },
    { name: "manager", client: s.manager, roles: ["manager"] },
    { name: "admin", client: s.admin, roles: ["company_admin"] },
  ];
  other = { ...await complete(w, "other", w.ids), admin: w.client("other_admin"), owner: w.client("other_owner"), tech: w.client("other_technician") };
  // and what is ours
  const owner = await s.owner(), r = await s.report(owner, "空调暖通", { contact_phone: "13800000100" });
  await s.dispatcher.must(r.id, "assign", { technician_id: s.tech[4].account_id });
  mine = { owner, repair: r.id, room: owner.room_id, offer: (await s.tech[4].offers())[0].offer_id, file: (await upload(owner)).body.id,
    binding: (await owner.want(200, "GET", "/api/v1/bindings")).items[0].id };
  // a manager of the second project only
  const projects = (await s.admin.want(200, "GET", "/api/v1/projects")).items;
  const second = projects.find((p) => p.code === "HP").id;
  await s.admin.want(201, "POST", "/api/v1/staff", { login: "hpman", name: "湖畔经理", password: "Start-1234-x", grants: [{ role: "manager", project_id: second }] });
  hp = w.client();
  assert.equal((await hp.login("hpman", "Start-1234-x", { company: "demo" })).status, 200);
  await hp.want(204, "POST", "/api/v1/me/password", { old_password: "Start-1234-x", new_password: "Lake-Side-26" });
  hp.second = second;
});
after(() => s.stop());

const fill = (path, id, action = "comment") => path.replace("{id}", id).replace("{action}", action).replace("{n}", 1).replace("{merchant}", id).replace("{account}", "cash");
const words = (r) => ({ status: r.status, code: r.body?.error?.code, message: r.body?.error?.message, field: r.body?.error?.field });
const is_error = (r) => r.body?.error?.code && r.body.error.message && "field" in r.body.error && r.body.error.request_id;

test("each route and each person: never 5xx, and 401, 403 or in, as the row says", async () => {
  const ends_session = new Set(["logOut", "endOtherSessions"]), skip_upload = Buffer.from("x");
  let n = 0;
  for (const r of routes) {
    for (const p of people) {
      if (!p.dead && ends_session.has(r.op)) continue;
      const body = r.max ? (r.flags.includes("upload") ? skip_upload : {}) : undefined;
      const a = await p.client.call(r.method, fill(r.path, ABSENT), body, { ifMatch: 1, key: r.method === "POST" ? undefined : null });
      const what = `${p.name} ${r.method} ${r.path}: ${a.status} ${a.text.slice(0, 200)}`;
      n++;
      assert.ok(a.status < 500, what);
      if (a.status >= 400 && !r.path.startsWith("/notify/")) assert.ok(is_error(a), what); // the channels have words of their own
      const open = r.roles.includes("public");
      if (open) continue;
      if (p.dead) assert.equal(a.status, 401, what);
      else if (r.roles.includes("logged_in") || p.roles.some((x) => r.roles.includes(x))) assert.notEqual(a.status, 401, what);
      else assert.equal(a.status, 403, what);
    }
  }
  assert.ok(n > 600, `${n} cases`);
});

test("another company's things look exactly like things that do not exist", async () => {
  let n = 0;
  for (const r of routes.filter((x) => x.path.includes("{id}") && !x.path.includes("/offers/"))) {
    const foreign = other[kind_of(r.path)];
    assert.ok(foreign, `no foreign id for ${r.path}`);
    const actions = r.op === "actOnRepair" ? ["assign", "grab", "comment", "void", "cancel", "visit", "force_finish", "rate", "urge", "transfer"]
      : r.op === "actOnFeeRequest" ? ["approve", "reject", "withdraw"] : r.op === "actOnBillRun" ? ["submit", "approve", "cancel"] : r.op === "actOnInvoice" ? ["process", "issue", "reject", "cancel", "reverse"]
      : r.op === "actOnHandover" ? ["change", "notify", "inspect", "hand_over", "cancel"] : r.op === "actOnMaintPlan" ? ["activate", "pause", "resume", "end"] : r.op === "actOnMaintTask" ? ["start", "submit", "accept", "reject", "skip", "transfer"]
      : r.op === "actOnComplaint" ? ["classify", "assign", "accept", "reply", "note", "comment", "resolve", "rate", "withdraw", "link_repair"] : r.op === "actOnNotice" ? ["publish", "unpublish", "withdraw"] : [null];
    for (const p of people.filter((x) => !x.dead && (r.roles.includes("logged_in") || x.roles.some((y) => r.roles.includes(y)))))
      for (const action of actions) {
        const body = r.max ? bodies[r.op] ?? {} : undefined, go = (id) => p.client.call(r.method, fill(r.path, id, action), body, { ifMatch: 1 });
        const [f, a] = [await go(foreign), await go(ABSENT)];
        const what = `${p.name} ${r.method} ${r.path} ${action ?? ""}: ${f.status} ${f.text.slice(0, 200)}, absent ${a.status} ${a.text.slice(0, 200)}`;
        n++;
        assert.deepEqual(words(f), words(a), what);
        assert.ok([404, 409, 422].includes(f.status) || (r.op === "actOnFeeRequest" && f.status === 403), what); // about the action, before any id is looked at
      }
  }
  assert.ok(n > 150, `${n} cases`);
  // ids inside bodies
  const post = async (c, path, body, status) => { const r = await c.post(path, body); assert.equal(r.status, status, `${path} ${JSON.stringify(body)}: ${r.text}`); return r; };
  const report = { type_id: s.types["空调暖通"].id, room_id: mine.room, description: "x" };
  await post(mine.owner, "/api/v1/repairs", { ...report, room_id: other.room_id }, 422);
  await post(s.service, "/api/v1/repairs", { ...report, room_id: other.room_id }, 422);
  await post(s.service, "/api/v1/repairs", { ...report, type_id: other.type_id }, (await s.service.post("/api/v1/repairs", { ...report, type_id: ABSENT })).status);
  await post(mine.owner, "/api/v1/repairs", { ...report, photos: [other.file_id] }, 422);
  await post(s.dispatcher, `/api/v1/repairs/${mine.repair}/assign`, { technician_id: other.technician_id }, 422);
  await post(mine.owner, "/api/v1/bindings", { room_id: other.room_id, role: "family" }, 422);
  await post(s.admin, "/api/v1/staff", { login: "spy01", name: "x", password: "Start-1234-x", grants: [{ role: "manager", project_id: other.project_id }] }, 422);
  assert.equal((await s.admin.put("/api/v1/session/project", { project_id: other.project_id })).status, 404);
  const item = (await s.manager.want(201, "POST", "/api/v1/fee-items", { code: "OO", name: "一次", kind: "one_off", cycle: "monthly", part_month: "actual", rounding: "half_up" })).id, room = mine.room;
  const inside = [
    ["cashier", "payments", (id) => ({ method: "cash", bills: [id] }), other.bill_id], ["cashier", "payments", (id) => ({ method: "cash", prepaid_fen: 1, prepaid_room_id: id }), other.room_id],
    ["cashier", "pay-orders", (id) => ({ bills: [id], channel: "wechat", scene: "qr", counter: true }), other.bill_id], ["owner", "pay-orders", (id) => ({ bills: [id], channel: "wechat", scene: "qr" }), other.bill_id],
    ["cashier", "fee-requests", (id) => ({ kind: "write_off", bill_id: id, reason: "x" }), other.bill_id], ["cashier", "fee-requests", (id) => ({ kind: "vacancy", room_id: id, from_day: 20260101, to_day: 20260102, reason: "x" }), other.room_id],
    ["manager", "charges", (id) => ({ item_id: id, room_id: room, amount_fen: 1, day: 20261101 }), other.fee_item_id], ["manager", "charges", (id) => ({ item_id: item, room_id: id, amount_fen: 1, day: 20261101 }), other.room_id],
    ["manager", "shares", (id) => ({ item_id: id, basis: "area", from_day: 20261001, to_day: 20261031, total_fen: 1 }), other.fee_item_id],
    ["manager", "meters", (id) => ({ item_id: id, room_id: room, serial: "SPY", from_day: 20261101, first_e3: 0 }), other.fee_item_id], ["manager", "discounts", (id) => ({ name: "x", kind: "vacant", off_e4: 1, from_day: 20260101, item_id: id }), other.fee_item_id],
    ["owner", "invoices", (id) => ({ payment_id: id, buyer: "person", title: "x" }), other.payment_id], ["cashier", "invoices", (id) => ({ payment_id: id, buyer: "person", title: "x" }), other.payment_id],
    ["manager", "exports", (id) => ({ kind: "shift", shift_id: id }), other.cash_shift_id], ["admin", "recon/runs", (id) => ({ merchant_id: id, day: 20260101 }), other.merchant_id],
    ["manager", "facilities", (id) => ({ code: "SPY", name: "x", category: "lift", parent_id: id }), other.facility_id], ["manager", "facilities", (id) => ({ code: "SPY", name: "x", category: "lift", supplier_id: id }), other.supplier_id],
    ["manager", "facilities", (id) => ({ code: "SPY", name: "x", category: "lift", keeper_id: id }), other.technician_id], ["service", "repairs", (id) => ({ ...report, facility_id: id }), other.facility_id],
    ["manager", "maint-plans", (id) => ({ name: "SPY", kind: "minor", anchor_day: 20270101, skill: "lift", facilities: [id] }), other.facility_id],
    ["manager", "maint-plans", (id) => ({ name: "SPY", kind: "minor", anchor_day: 20270101, staff: [id] }), other.technician_id], ["manager", "maint-plans", (id) => ({ name: "SPY", kind: "patrol", anchor_day: 20270101, skill: "lift", route_id: id }), other.patrol_route_id],
    ["manager", "patrol-routes", (id) => ({ name: "SPY", points: [{ name: "x", at_min: 0, window_min: 1, facility_id: id }] }), other.facility_id],
    ["manager", `rooms/${room}/payers`, (id) => ({ from_day: 20270101, payer_id: id }), other.technician_id],
  ];
  for (const [who, path, body, id] of inside) {
    assert.ok(id, path);
    const c = who === "owner" ? mine.owner : s[who], [f, a] = [await c.post(`/api/v1/${path}`, body(id)), await c.post(`/api/v1/${path}`, body(ABSENT))];
    assert.deepEqual(words(f), words(a), `${who} ${path}: ${f.text}, absent: ${a.text}`);
    assert.ok([404, 422].includes(f.status), `${who} ${path} ${JSON.stringify(body(id))}: ${f.text}`);
  }
  const shift = { skills: [], max_open: 5, shifts: [{ project_id: other.project_id, weekdays: 127, from_min: 0, to_min: 60 }] };
  assert.notEqual((await s.manager.put(`/api/v1/technicians/${s.tech[6].account_id}`, shift)).status, 204, "a shift in another company's project");
});

test("no list, count or search ever shows another company", async () => {
  const lists = routes.filter((r) => r.method === "GET" && r.path.startsWith("/api/") && !r.path.includes("{"));
  const theirs = [...Object.values(w.ids), "别处", "other_"], ours = [mine.repair, mine.room, "阳光花园", "陈师傅", "水管漏水"];
  const look = async (c, needles, name) => {
    for (const r of lists)
      for (const query of ["", "?view=board", "?view=mine", "?view=jobs", "?view=pool", "?search=9", "?search=%25", "?search=别处", "?by=technician", "?by=place", "?by=repeat", "?limit=100"]) {
        const a = await c.get(r.path + encodeURI(query).replace(/%2525/g, "%25"));
        assert.ok(a.status < 500, `${name} ${r.path}${query}: ${a.text}`);
        for (const x of needles) assert.ok(!a.text.includes(x), `${name} sees ${x} by ${r.path}${query}`);
      }
  };
  for (const p of people.filter((x) => !x.dead)) await look(p.client, theirs, p.name);
  await look(other.admin, ours, "their admin");
  await look(other.owner, ours, "their owner");
  await look(other.tech, ours, "their technician");
});

test("a manager of one project is nobody in the other", async () => {
  assert.equal((await hp.get(`/api/v1/repairs/${mine.repair}`)).status, 404);
  for (const a of ["assign", "void", "comment", "force_finish"]) assert.equal((await hp.act(mine.repair, a, { note: "x", technician_id: s.tech[4].account_id })).status, 404, a);
  assert.equal((await hp.put("/api/v1/session/project", { project_id: s.project })).status, 404);
  assert.equal((await hp.call("GET", `/api/v1/rooms/${mine.room}/bindings`)).status, 404);
  assert.equal((await hp.post(`/api/v1/rooms/${mine.room}/bindings`, bodies.registerBinding)).status >= 400, true);
  assert.equal((await hp.post(`/api/v1/bindings/${mine.binding}/revoke`, {})).status, 404);
  assert.ok(!(await hp.want(200, "GET", "/api/v1/repairs?view=board")).items.length);
  assert.deepEqual((await hp.want(200, "GET", "/api/v1/projects")).items.map((p) => p.id), [hp.second]);
  assert.equal((await hp.get(`/api/v1/files/${mine.file}`)).status, 404);
  const l = await Live.open(hp);
  await l.sub([s.board, `repair:${mine.repair}`]);
  assert.equal(l.denied.size, 2);
  l.stop();
  const stock = await hp.post(`/api/v1/materials/${s.material["角阀"].id}/stock`, { qty_e3: 1000, reason: "偷" });
  assert.ok(stock.status >= 400, `another project's stock: ${stock.status}`);
});

test("owners among themselves: a neighbour's order, room, binding and session do not exist", async () => {
  const neighbour = w.client("owner7"), same = async (method, path, absent, body) => {
    const [f, a] = [await neighbour.call(method, path, body), await neighbour.call(method, absent, body)];
    assert.deepEqual(words(f), words(a), path);
    assert.equal(f.status, 404, path);
  };
  await same("GET", `/api/v1/repairs/${mine.repair}`, `/api/v1/repairs/${ABSENT}`);
  for (const a of ["cancel", "rate", "urge", "comment", "rework", "quote_accept"]) await same("POST", `/api/v1/repairs/${mine.repair}/${a}`, `/api/v1/repairs/${ABSENT}/${a}`, { note: "x", stars: 5 });
  for (const a of ["approve", "reject", "revoke"]) await same("POST", `/api/v1/bindings/${mine.binding}/${a}`, `/api/v1/bindings/${ABSENT}/${a}`, {});
  await same("DELETE", `/api/v1/sessions/${mine.owner.session_id}`, `/api/v1/sessions/${ABSENT}`);
  await same("GET", `/api/v1/files/${mine.file}`, `/api/v1/files/${ABSENT}`);
  const list = (await neighbour.get("/api/v1/repairs?view=mine")).text;
  assert.ok(!list.includes(mine.repair));
});

test("applications for a room: only the desk or its owner decides, and nobody about himself", async () => {
  const son = w.client("owner9"), b = (await son.want(201, "POST", "/api/v1/bindings", { room_id: mine.room, role: "family" }));
  assert.equal(b.state, "applied");
  assert.equal((await son.post(`/api/v1/bindings/${b.id}/approve`)).status, 403);
  assert.equal((await w.client("owner7").post(`/api/v1/bindings/${b.id}/approve`)).status, 404);
  assert.equal((await s.cashier.post(`/api/v1/bindings/${b.id}/approve`)).status, 403);
  assert.equal((await other.admin.post(`/api/v1/bindings/${b.id}/approve`)).status, 404);
  assert.equal((await son.get(`/api/v1/repairs/${mine.repair}`)).status, 404, "not before it is approved");
  await mine.owner.want(204, "POST", `/api/v1/bindings/${b.id}/approve`, {});
  assert.equal((await son.get(`/api/v1/repairs/${mine.repair}`)).status, 200);
  assert.equal((await mine.owner.post(`/api/v1/bindings/${b.id}/approve`)).status, 409, "decided already");
  await mine.owner.want(204, "POST", `/api/v1/bindings/${b.id}/revoke`, { reason: "搬出" });
  assert.equal((await son.get(`/api/v1/repairs/${mine.repair}`)).status, 404);
  const rival = await son.want(201, "POST", "/api/v1/bindings", { room_id: mine.room, role: "owner" });
  assert.equal((await mine.owner.post(`/api/v1/bindings/${rival.id}/approve`)).status, 404, "who else owns the room is for the desk to say");
});

test("unknown paths and methods, odd ids and queries", async () => {
  const c = s.manager;
  assert.equal((await c.get("/api/v1/nothing")).status, 404);
  const m = await c.del("/api/v1/repairs");
  assert.equal(m.status, 405);
  assert.match(m.headers.allow, /GET/);
  for (const id of ["0", "-1", "+1", "1.0", "0x1", "1e3", "9".repeat(30), "%00", "' OR 1=1 --", "null", "１"]) {
    const r = await c.get(`/api/v1/repairs/${encodeURIComponent(id)}`);
    assert.ok([400, 404].includes(r.status), `${id}: ${r.status}`);
  }
  for (const q of ["limit=0", "limit=101", "limit=x", "before=-1", "state=nope", "view=all", "open=2", "search=" + "x".repeat(201), "search=%ff"]) {
    const r = await c.get(`/api/v1/repairs?${q.startsWith("view") ? "" : "view=board&"}${q}`);
    assert.ok([400, 422].includes(r.status), `${q}: ${r.status} ${r.text}`);
  }
  assert.equal(Math.floor((await w.client("manager").get("/api/v1/repairs?view=board&search=%")).status / 100), 4, "half an escape is refused before it comes to us");
  assert.equal((await c.get("/api/v1/repairs?view=board&search=" + encodeURIComponent("'; DROP TABLE repair; --"))).status, 200);
  assert.equal((await c.get("/api/v1/repairs?view=board")).body.items.length > 0, true);
});

test("a token that has run out opens nothing", async () => {
  await w.shift(UNTIL + 1000);
  for (const r of routes.filter((x) => x.method === "GET" && !x.roles.includes("public")))
    assert.equal((await s.admin.get(fill(r.path, ABSENT))).status, 401, r.path);
});

test("the store holds together", async () => { assert.ok(!(await w.verify()).includes("FAIL")); });
