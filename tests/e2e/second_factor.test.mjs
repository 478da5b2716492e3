// second_factor.test.mjs - the second factor of staff, and proving once more who one is before something that gives power away.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { PASSWORD, Scene } from "./lib/index.mjs";

let s, w;
const STEP = 30e3, now = () => Date.now() + (w.shifted || 0);
before(async () => {
  s = await Scene.start();
  w = s.world;
});
after(() => s.stop());

const A32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const bytes_of = (b32) => Buffer.from([...b32].map((c) => A32.indexOf(c).toString(2).padStart(5, "0")).join("").match(/.{8}/g).map((x) => parseInt(x, 2)));
/* Written from RFC 6238, not from the server. */
function code_of(secret, at) {
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(Math.floor(at / STEP)));
  const mac = createHmac("sha1", bytes_of(secret)).update(count).digest(), at4 = mac[19] & 15;
  return String((mac.readUInt32BE(at4) & 0x7fffffff) % 1e6).padStart(6, "0");
}
async function enrol(c) {
  const { secret, uri, qr_svg } = await c.want(201, "POST", "/api/v1/me/totp");
  assert.match(secret, /^[A-Z2-7]{32}$/);
  assert.ok(uri.startsWith("otpauth://totp/Anju:") && uri.includes(`secret=${secret}`) && qr_svg.startsWith("<svg"));
  const { spare_codes } = await c.want(200, "POST", "/api/v1/me/totp/confirm", { otp: code_of(secret, now()) });
  assert.equal(new Set(spare_codes).size, 10);
  return { secret, spare_codes };
}
const log_in = (login, otp) => w.client(null, { device: "d" }).post("/api/v1/auth/login", { login, password: PASSWORD, ...(otp && { otp }) });
let manager, made;

test("set up by a first code; a wrong one changes nothing; a second set-up is refused", async () => {
  const other = await w.client(null, { device: "elsewhere" });
  assert.equal((await other.login("manager", PASSWORD)).status, 200);
  manager = w.client(null, { device: "d" });
  await manager.login("manager", PASSWORD);
  assert.deepEqual(await manager.want(200, "GET", "/api/v1/me/totp"), { on: false, spare_left: 0, required: false });
  assert.equal((await manager.post("/api/v1/me/totp/confirm", { otp: "123456" })).status, 409, "nothing to confirm yet");
  const first = await manager.want(201, "POST", "/api/v1/me/totp");
  const wrong = await manager.post("/api/v1/me/totp/confirm", { otp: code_of(first.secret, now() + 40 * STEP) });
  assert.deepEqual([wrong.status, wrong.body.error.field], [422, "otp"]);
  assert.equal((await log_in("manager")).status, 200, "not confirmed: the password is enough");
  made = await enrol(manager);
  assert.deepEqual(await manager.want(200, "GET", "/api/v1/me/totp"), { on: true, spare_left: 10, required: false });
  assert.equal((await manager.call("POST", "/api/v1/me/totp")).status, 409);
  assert.equal((await other.get("/api/v1/session")).status, 401, "what was opened by the password alone has ended");
});

test("logging in asks for a code; each is good once, spare ones too; wrong ones lock the account", async () => {
  let r = await log_in("manager");
  assert.deepEqual([r.status, r.code, r.body.error.field], [401, "otp_required", "otp"]);
  await w.shift(2 * STEP);
  const otp = code_of(made.secret, now());
  assert.equal((await log_in("manager", otp)).status, 200);
  r = await log_in("manager", otp);
  assert.deepEqual([r.status, r.body.error.field], [401, "otp"], "used");
  assert.equal((await log_in("manager", made.spare_codes[3])).status, 200);
  assert.equal((await log_in("manager", made.spare_codes[3])).status, 401);
  assert.equal((await manager.want(200, "GET", "/api/v1/me/totp")).spare_left, 9);
  for (let i = 0; i < 4; i++) r = await log_in("manager", String(i).repeat(6));
  assert.deepEqual([(await log_in("manager", code_of(made.secret, now() + STEP))).status], [423], "five failures, of whatever kind");
  await w.shift(16 * 60e3);
  assert.equal((await log_in("manager", code_of(made.secret, now() + STEP))).status, 200, "a clock 30 s ahead");
  await w.shift(3 * STEP);
  assert.equal((await log_in("manager", code_of(made.secret, now() - 3 * STEP))).status, 401, "but not 90 s behind");
});

test("what gives power away asks for a proof not older than 15 minutes", async () => {
  const c = w.client(null, { device: "laptop" });
  const l = await c.login("admin", PASSWORD, { remember: true });
  const key = { name: "数据大屏", days: 1 }, { id } = await c.want(201, "POST", "/api/v1/service-accounts", { login: "screen", name: "大屏", grants: [{ role: "auditor" }] });
  await c.want(201, "POST", `/api/v1/service-accounts/${id}/keys`, key);
  await w.shift(16 * 60e3);
  const r = await c.post(`/api/v1/service-accounts/${id}/keys`, key);
  assert.deepEqual([r.status, r.code], [403, "step_up_required"]);
  assert.equal((await c.get("/api/v1/staff")).status, 200, "reading needs none");
  assert.equal((await c.post("/api/v1/auth/step-up", { password: "Not-My-Password-1" })).status, 401);
  assert.equal((await c.post(`/api/v1/service-accounts/${id}/keys`, key)).code, "step_up_required");
  const phone = await c.post("/api/v1/me/phone", { phone: "13911110099", code: "123456" });
  assert.deepEqual([phone.status, phone.code], [403, "step_up_required"], "a new number recovers the password: that is no way round");
  const { proven_until } = await c.want(200, "POST", "/api/v1/auth/step-up", { password: PASSWORD });
  assert.equal((await c.want(200, "GET", "/api/v1/session")).proven_until, proven_until);
  await c.want(201, "POST", `/api/v1/service-accounts/${id}/keys`, key);
  const again = await w.client(null, { device: "laptop" }).post("/api/v1/auth/refresh", { refresh_token: l.body.refresh_token });
  const remembered = w.client(null, { device: "laptop" });
  remembered.take(again.body);
  assert.equal((await remembered.want(200, "GET", "/api/v1/session")).proven_until, null);
  assert.equal((await remembered.post(`/api/v1/service-accounts/${id}/keys`, key)).code, "step_up_required", "a remembered device proves nothing");
});

test("a company may ask it of those who run it: nothing else works until it is set up; a lost phone is undone by another, or at the machine", async () => {
  const admin = w.client(null, { device: "d" });
  await admin.login("admin", PASSWORD);
  assert.equal((await admin.put("/api/v1/company/security", { totp_required: true })).status, 409, "first one's own");
  const own = await enrol(admin);
  await admin.want(204, "PUT", "/api/v1/company/security", { totp_required: true });
  await manager.want(200, "GET", "/api/v1/session");
  const boss = s.world.ids.manager_id ?? (await admin.want(200, "GET", "/api/v1/staff?limit=100")).items.find((x) => x.login === "manager").id;
  await admin.want(204, "DELETE", `/api/v1/staff/${boss}/totp`);
  assert.equal((await admin.del(`/api/v1/staff/${boss}/totp`)).status, 404);
  const m = w.client(null, { device: "d" });
  assert.equal((await m.login("manager", PASSWORD)).status, 200);
  assert.equal((await m.want(200, "GET", "/api/v1/session")).must_enrol, true);
  const r = await m.get("/api/v1/rooms");
  assert.deepEqual([r.status, r.body.error.field], [403, "second_factor"]);
  await enrol(m);
  assert.equal((await m.get("/api/v1/rooms")).status, 200);
  const cashier = w.client(null, { device: "d" });
  assert.equal((await cashier.login("cashier", PASSWORD)).status, 200, "of those who run it only");
  assert.equal((await cashier.get("/api/v1/session")).body.must_enrol, false);
  assert.equal((await log_in("admin")).code, "otp_required");
  await w.tool("totp-off", "admin");
  assert.equal((await log_in("admin")).status, 200);
  await assert.rejects(w.tool("totp-off", "admin"), { code: 1 });
  assert.equal((await log_in("admin", own.spare_codes[0])).status, 200, "a code that nobody asks for is no fault");
  assert.ok(!(await w.verify()).includes("FAIL"));
});
