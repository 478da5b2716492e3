// matrix.test.mjs - who gets what, for every operation of the contract: schema/openapi.yaml says roles, scope and path parameters; each
// is tried by everybody, on their own object and on everybody else's. An answer that says more than the document allows is a wrong one.
// Places of the seed: a is ours; n another room of the same project, with other people; b another project of the same company; z another company.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { bodies, complete, kind_of, root, upload, World } from "./lib/index.mjs";

/* The contract's own parser: npm ci in tests/contract. */
const { parse } = createRequire(path.join(root, "tests/contract/package.json"))("yaml");
const api = parse(fs.readFileSync(path.join(root, "schema/openapi.yaml"), "utf8"), { merge: true });
const deref = (x) => (x?.$ref ? x.$ref.slice(2).split("/").reduce((o, k) => o[k], api) : x);
const ABSENT = "999999999999", GARBAGE = ["x", "0", "-1", "9".repeat(20)];
const STAFF = ["platform_admin", "company_admin", "manager", "dispatcher", "cashier", "customer_service", "technician", "auditor"], RESIDENTS = ["owner", "family", "tenant"];
const PRIVATE = ["self", "room", "order"]; // scopes in which a resident's or technician's neighbour is a stranger

const WIDE = ["platform_admin", "company_admin"]; // granted in all of the company's projects: b is theirs as well as a
/* The test's own, not a person's. */
const SKIP = new Set(["testShiftClock", "testCrash"]);
const ENDS = ["logOut", "endOtherSessions", "closeMyAccount"]; // would leave nobody to ask with
/* These end what the others need; in this order. */
const LAST = ["closeDays", "dropWebhook", "setStaffGrants", "resetStaffPassword", "disableStaff", "enableStaff", "revokeBinding", "endSession", "endOtherSessions", "closeMyAccount", "logOut"];
/* Done once; to the next it is not there. */
const ONCE = ["cancelCharge", "closeMerchant", "closeFinanceAlarm", "closeReconItem", "endDiscount", "repeatWebhookDelivery", "deleteRosterSlot"];
const FIRST = ["cancelCharge"]; // before a run bills it
/* Where the domain decides beyond role and scope. */
const MONEYLESS = ["dispatcher", "customer_service", "technician"], NOT_ASKED = { roles: RESIDENTS, on: ["own"], why: "the office asked for this invoice; a resident sees those they asked for" };
const TAKEN = { roles: ["technician"], on: ["other person"], may: (r) => r.body?.error?.message === "已被其他师傅接单", why: "whoever may have seen it in the pool is told that somebody else has it, and nothing more" };
const NO_MONEY = { roles: MONEYLESS, on: ["own"], why: "money is not their work" }, FOUR_EYES = { roles: ["company_admin"], on: ["own"], why: "they did it themselves: a second person decides" };
const CONFIDENTIAL = { roles: ["cashier", "technician", "family", "tenant"], on: ["own"], why: "between who complains, who handles it and the desk" };
const REGISTER = { roles: ["cashier"], on: ["own"], why: "this file is of people; a cashier brings arrears" };
const BEYOND = {
  getImport: REGISTER, listImportRows: REGISTER, getImportFailedRows: REGISTER, applyImport: REGISTER, undoImport: REGISTER,
  getRepair: TAKEN, revealRepairContact: TAKEN, actOnRepair: TAKEN,
  getBill: [{ roles: ["technician"], on: ["own"], why: "money is not their work" }, { roles: ["tenant"], on: ["own"], why: "from before the lease" }],
  listPayOrders: { roles: MONEYLESS, on: ["absent"], why: "money is not their work" }, getPayOrder: NO_MONEY, startPayOrder: NO_MONEY, checkPayOrder: NO_MONEY, cancelPayOrder: NO_MONEY,
  getReceipt: { roles: ["family", "tenant"], on: ["own"], why: "for who paid and for the owner" },
  getInvoice: NOT_ASKED, getInvoiceFile: NOT_ASKED, actOnInvoice: NOT_ASKED,
  voidPayment: FOUR_EYES, approveRefund: FOUR_EYES, rejectRefund: FOUR_EYES, confirmCashShift: FOUR_EYES,
  getComplaint: CONFIDENTIAL, actOnComplaint: CONFIDENTIAL, revealComplaintIdentity: { ...CONFIDENTIAL, roles: ["cashier", "technician"] },
  revokeBinding: { roles: ["dispatcher", "cashier", "technician", "auditor"], on: ["own"], why: "who lives there is for the room's own people and the desk" },
  getNotice: [{ roles: ["dispatcher", "cashier", "technician", "auditor", "newcomer"], on: ["own"], why: "addressed to the residents of a room" }, { roles: [...WIDE, "manager", "customer_service"], on: ["other person"], why: "who publishes notices sees them all" }],
  readNotice: { roles: [...STAFF, "newcomer"], on: ["own"], why: "addressed to residents" },
  saveComplaintCategory: { roles: ["manager"], on: ["absent"], why: "a new category is every project's; a manager sets whom it tells in theirs" },
  startExport: { roles: ["dispatcher", "customer_service"], on: ["absent", "own"], why: "of what they may read; the contract's example is of bills" },
  listLogIns: { roles: ["auditor"], on: ["absent"], why: "the whole company's, and this auditor is one project's" },
  dropStaffSecondFactor: { roles: WIDE, on: ["own"], why: "they have set up none" },
  endParkingLease: { on: ["own"], why: "item and space are one question, and this space pays nothing" },
  checkPatrolPoint: { on: ["own"], why: "only by whoever has begun the patrol" },
};

const sample = (schema) => {
  const s = deref(schema);
  if (s.examples) return s.examples[0];
  if (s.enum) return s.enum[0];
  if (s.type === "boolean") return true;
  if (s.type === "integer") return Math.max(s.minimum ?? 0, Math.min(1, s.maximum ?? 1));
  if (s.type === "array") return [sample(s.items)];
  if (s.type === "object") return Object.fromEntries((s.required ?? []).map((k) => [k, sample(s.properties[k])]));
  return "x".repeat(Math.max(s.minLength ?? 1, 1));
};
const FIXED = { n: "1", day: "20261231", code: "fee", account: "cash", kind: "system", key: ABSENT, channel: "inapp", lang: "zh", token: "none", file: ABSENT };
const operations = Object.entries(api.paths).flatMap(([p, methods]) => Object.entries(methods).filter(([, o]) => o.operationId).map(([method, o]) => {
  const params = (o.parameters ?? []).map(deref).filter((x) => x.in === "path").map((x) => ({ name: x.name, schema: deref(x.schema) }));
  const json = deref(o.requestBody)?.content?.["application/json"]?.schema;
  return { op: o.operationId, method: method.toUpperCase(), path: p, roles: [o["x-roles"]].flat(), scope: o["x-scope"], id: params.find((x) => x.name === "id" || x.name === "merchant"),
    actions: params.find((x) => x.name === "action")?.schema.enum ?? [null], params, upload: (o["x-flags"] ?? []).includes("upload"),
    body: o.requestBody && (bodies[o.operationId] ?? (json ? sample(json) : "x")) };
})).filter((o) => !SKIP.has(o.op));
const is_public = (o) => o.roles.includes("public");

let w, place, people, own;
const told = new Set(), wrong = [], counts = {};
const count = (what) => { counts[what] = (counts[what] ?? 0) + 1; };
const words = (r) => JSON.stringify([r.status, r.body?.error?.code, r.body?.error?.field, r.body?.error?.message]);
function bad(o, who, on, action, answer, why) { wrong.push(`${who} ${o.op}${action ? ":" + action : ""} (${o.scope}) on ${on}: ${why}: ${answer.status} ${answer.text.slice(0, 160)}`); }

function call(o, client, { id = ABSENT, action = o.actions[0], version = 999999 } = {}) {
  const where = o.path.replace(/{(\w+)}/g, (_, k) => encodeURIComponent(k === "id" || k === "merchant" ? id : k === "action" ? action : (o.params.find((p) => p.name === k).schema.enum ?? [FIXED[k]])[0]));
  return client.call(o.method, where, o.upload ? Buffer.from("x") : o.body || undefined, { ifMatch: version });
}
/* jobs: functions; so many at a time, that the answers are the server's work and not the wire's */
async function all(jobs, lanes = 12) {
  let next = 0;
  await Promise.all(Array.from({ length: lanes }, async () => { while (next < jobs.length) await jobs[next++](); }));
}
const listed = (o, p) => o.roles.includes("logged_in") || o.roles.includes(p.role);
const beyond = (o, p, on) => [BEYOND[o.op]].flat().find((b) => b && (!b.roles || b.roles.includes(p.role)) && b.on.includes(on));
const needed = (o, p, on) => void told.add([o.op, p.role, on].join());
/* About the session or the role, and not about a code or a claim in the body. */
const turned_away = (r) => (r.status === 401 && r.body?.error?.field === null) || r.status === 403;

before(async () => {
  w = await World.start({ start: false, seed: [], sandbox: true });
  const seeded = {};
  for (const [company, project, tag] of [["home", "A", "a"], ["home", "A", "n"], ["home", "B", "b"], ["away", "Z", "z"]]) {
    w.ids = {};
    await w.seed("place", company, project, tag);
    seeded[tag] = w.ids;
  }
  await w.up();
  place = {};
  for (const tag of ["a", "n", "b", "z"]) place[tag] = await complete(w, tag, seeded[tag]);
  place.a.staff_id = place.b.staff_id; // a colleague's account, that may be ended
  const as = (role, tag = "a", more = "") => w.client(`${tag}_${role === "company_admin" ? "admin" : role}${more}`);
  people = [...STAFF, ...RESIDENTS, "newcomer"].map((role) => ({ role, client: as(role) }));
  const revoked = as("newcomer", "z", ".spare");
  await revoked.want(204, "DELETE", "/api/v1/session");
  people.push({ role: "anonymous", client: w.client(), dead: true }, { role: "revoked", client: revoked, dead: true });
  /* What belongs to one person and not to a room or project: each role has its own, in a and in n. */
  own = { a: {}, n: {}, b: {}, z: {} };
  const kinds = { customer_service: "repairs", dispatcher: "repairs" };
  for (const tag of Object.keys(own))
    for (const role of [...STAFF, ...RESIDENTS, "newcomer"]) {
      const c = as(role, tag), o = (own[tag][role] = {}), make = async (p, body) => { const r = await c.post(`/api/v1/${p}`, body); return r.status < 300 ? r.body.id : undefined; };
      o.session_id = as(role, tag, ".spare").session_id;
      o.file_id = (await upload(c)).body.id;
      o.notification_id = (await c.want(200, "GET", "/api/v1/notifications")).items[0]?.id;
      if (RESIDENTS.includes(role)) o.binding_id = (await c.want(200, "GET", "/api/v1/bindings")).items[0].id;
      if (!STAFF.includes(role)) continue;
      o.leave_id = await make("leave", { from: "2036-01-01T08:00:00+08:00", to: "2036-01-02T08:00:00+08:00", note: "x" });
      if (role !== "technician") o.export_id = await make("exports", { kind: kinds[role] ?? "bills" });
      if (!["technician", "dispatcher"].includes(role)) o.owner_filter_id = await make("owner-filters", { name: "x", query: {} });
    }
  for (const tag of Object.keys(own)) place[tag].binding_id = own[tag].tenant.binding_id;
});
after(() => w.stop());

/* Belong to a person: everybody's own is another. */
const PERSONAL = ["session_id", "file_id", "leave_id", "export_id", "owner_filter_id", "notification_id"];
const object = (o, p, tag) => {
  const kind = o.path.includes("{merchant}") ? "merchant_id" : kind_of(o.path);
  return (PERSONAL.includes(kind) && o.scope !== "company") || (o.op === "revokeBinding" && RESIDENTS.includes(p.role)) ? own[tag][p.role]?.[kind] : place[tag][kind];
};

test("whoever is not listed gets 403, without a session 401, and the listed are let in", async () => {
  await all(operations.flatMap((o) => people.map((p) => async () => {
    if (!p.dead && ENDS.includes(o.op)) return;
    const r = await call(o, p.client);
    count(is_public(o) ? "public" : p.dead ? "without a session" : listed(o, p) ? "listed" : "not listed");
    if (r.status >= 500) bad(o, p.role, "absent", null, r, "5xx");
    else if (is_public(o)) { if (turned_away(r) && !o.path.startsWith("/notify/") && !o.path.includes("/auth/")) bad(o, p.role, "absent", null, r, "public"); }
    else if (p.dead) { if (r.status !== 401) bad(o, p.role, "absent", null, r, "must be 401"); }
    else if (!listed(o, p)) { if (r.status !== 403) bad(o, p.role, "absent", null, r, "must be 403"); }
    else if (turned_away(r) && o.actions[0] === null && (beyond(o, p, "absent") ? needed(o, p, "absent") : true)) bad(o, p.role, "absent", null, r, "listed, but turned away");
  })));
});

test("what is another's answers like what does not exist, and what is no id is named", async () => {
  const jobs = [], plain = new Set(), asked = new Set();
  for (const o of operations.filter((x) => x.id && !is_public(x)))
    for (const p of people.filter((x) => !x.dead && listed(o, x)))
      for (const action of o.actions) {
        const tags = ["z", ...(o.scope === "company" || WIDE.includes(p.role) ? [] : ["b"]), ...(PRIVATE.includes(o.scope) && (o.scope === "self" || [...RESIDENTS, "newcomer", "technician"].includes(p.role)) ? ["n"] : [])];
        jobs.push(async () => {
          const absent = await call(o, p.client, { action });
          asked.add(o.op);
          count("absent");
          if (absent.status === 404) plain.add(o.op);
          if (absent.status >= 500 || absent.status < 400) bad(o, p.role, "absent", action, absent, "no refusal");
          for (const tag of tags) {
            const id = object(o, p, tag) ?? place[tag][kind_of(o.path)];
            if (!id) { if (!(kind_of(o.path) in place.z)) bad(o, p.role, tag, action, absent, `no object of kind ${kind_of(o.path)}`); continue; }
            const on = { z: "other company", b: "other project", n: "other person" }[tag];
            const r = await call(o, p.client, { id, action }), more = beyond(o, p, on);
            count(on);
            if (more && (!more.may || more.may(r))) { needed(o, p, on); continue; }
            if (words(r) !== words(absent)) bad(o, p.role, on, action, r, `not like absent (${absent.status} ${absent.text.slice(0, 120)})`);
          }
          if (action === o.actions[0])
            for (const id of GARBAGE) {
              const r = await call(o, p.client, { id, action });
              count("garbage");
              if (r.status >= 500 || r.status < 400) bad(o, p.role, `garbage ${id}`, action, r, "no refusal");
              else if (r.body?.error?.field !== "id" && !beyond(o, p, "garbage")) bad(o, p.role, `garbage ${id}`, action, r, "does not name the id");
            }
        });
      }
  await all(jobs);
  for (const op of asked) if (!plain.has(op)) wrong.push(`${op}: nobody was told 404, so nothing was compared`);
});

test("no list tells of another's things", async () => {
  const lists = operations.filter((o) => o.method === "GET" && !o.params.length && !is_public(o));
  const of = (tag) => [...Object.values(place[tag]), ...Object.values(own[tag]).flatMap((x) => Object.values(x))].filter((x) => x && !Object.values(place.a).includes(x));
  const SHARED = new Set(["project_id", "staff_id", "technician_id", "type_id", "supplier_id", "department_id", "position_id", "block_id", "message_id", "leave_id", "merchant_id"]);
  const project_only = (tag) => Object.entries(place[tag]).filter(([k]) => !SHARED.has(k)).map(([, v]) => v);
  const things = (tag) => project_only(tag).filter((x) => !Object.values(place.a).includes(x));
  await all(lists.flatMap((o) => people.filter((p) => !p.dead && listed(o, p)).flatMap((p) => ["", "?view=mine", "?view=board", "?limit=100"].map((query) => async () => {
    const r = await p.client.get(o.path + query), see = (ids, whose) => { for (const x of ids) if (r.text.includes(`"${x}"`)) bad(o, p.role, `${whose} by list${query}`, null, r, `shows ${Object.entries(place[whose]).find(([, v]) => v === x)?.[0] ?? x}`); };
    count("lists");
    if (r.status >= 500) bad(o, p.role, "list", null, r, "5xx");
    if (beyond(o, p, "list")) return;
    see(of("z"), "z");
    if (o.scope !== "company") see(things("b"), "b");
    if (PRIVATE.includes(o.scope) && [...RESIDENTS, "newcomer"].includes(p.role)) see(things("n"), "n");
  }))));
});

test("whoever is listed reaches what is their own", async () => {
  const rank = (o) => (LAST.includes(o.op) ? 3 + LAST.indexOf(o.op) : o.method === "GET" ? 0 : FIRST.includes(o.op) ? 1 : 2);
  const went = new Set();
  for (const o of operations.filter((x) => !is_public(x) && !ENDS.includes(x.op)).sort((a, b) => rank(a) - rank(b))) {
    const jobs = people.filter((p) => !p.dead && listed(o, p)).map((p) => async () => {
      const id = o.id ? object(o, p, "a") : undefined, more = beyond(o, p, "own"), answers = [];
      if (o.id && (!id || (p.role === "newcomer" && o.scope !== "self"))) return;
      for (const action of o.actions) {
        const r = await call(o, p.client, { id, action });
        count("own");
        answers.push(r);
        if (r.status >= 500 || (r.status === 401 && turned_away(r))) bad(o, p.role, "own", action, r, "must be answered");
        if (r.status < 300 && (o.method === "DELETE" || ONCE.includes(o.op))) went.add(o.op);
      }
      const absent = o.id && words(await call(o, p.client, { action: o.actions[0] }));
      const hidden = (r) => r.status === 403 || (r.status === 404 && words(r) === absent && !went.has(o.op));
      if (answers.every(hidden)) more ? needed(o, p, "own") : o.id && bad(o, p.role, "own", null, answers[0], "must be reachable");
    });
    if (o.method === "GET") await all(jobs); else for (const j of jobs) await j();
  }
});

test("no wrong answer", async () => {
  console.log(`# ${operations.length} operations, ${people.length} people: ${JSON.stringify(counts)}, ${Object.values(counts).reduce((a, b) => a + b, 0)} answers`);
  for (const [op, list] of Object.entries(BEYOND))
    for (const b of [list].flat())
      for (const role of b.roles ?? [])
        for (const on of b.on) if (!told.has([op, role, on].join())) wrong.push(`${op}: the exception for ${role} on ${on} was not needed: ${b.why}`);
  console.log(wrong.slice(0, 60).map((x) => `# ${x}`).join("\n"));
  if (process.env.ANJU_KEEP_WRONG) fs.writeFileSync(process.env.ANJU_KEEP_WRONG, wrong.join("\n"));
  assert.equal(wrong.length, 0, `${wrong.length} wrong answers`);
  assert.ok(!(await w.verify()).includes("FAIL"));
});
