// auth.test.mjs - logging in and out, in every way there is, and what stops the wrong people.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Live, PASSWORD, Scene, until } from "./lib/index.mjs";

let s, w;
before(async () => {
  s = await Scene.start({ sandbox: true });
  w = s.world;
});
after(() => s.stop());

const anybody = (device = "phone-a") => w.client(null, { device });
const HOUR = 3600000;
let codes = 0; // 20 codes an hour for one address: the clock moves on before that
async function ask(c, body, status = 204) {
  if (++codes % 15 === 0) await w.shift(HOUR + 1000);
  const r = await c.post("/api/v1/auth/code", body);
  assert.equal(r.status, status, r.text);
  return r;
}
async function sms_code(phone, purpose = "login", c = anybody("")) {
  const n = (await w.captured("sms", phone)).length;
  await ask(c, { purpose, phone });
  const all = await w.capture("sms", phone, n + 1);
  return JSON.stringify(all[all.length - 1].content).match(/(?<!\d)\d{6}(?!\d)/)[0];
}

test("password log-in: right, wrong, unknown: the same words and the same kind of time", async () => {
  const c = anybody();
  const ok = await c.login("manager", PASSWORD);
  assert.equal(ok.status, 200, ok.text);
  assert.ok(ok.body.token.length === 43 && ok.body.roles.includes("manager") && ok.body.must_change_password === false);
  assert.equal(ok.body.refresh_token, null, "no remember-me unless asked for");
  const me = await c.want(200, "GET", "/api/v1/session");
  assert.equal(me.account_id, ok.body.account_id);
  const time = async (login, password) => {
    const all = [];
    for (let i = 0; i < 4; i++) {
      const t = performance.now(), r = await anybody().post("/api/v1/auth/login", { login, password });
      all.push(performance.now() - t);
      assert.equal(r.status, 401);
      time.last = r.body.error;
    }
    return all.sort((a, b) => a - b)[0];
  };
  const wrong = await time("cashier", "Wrong-Password-1"), w1 = time.last;
  const unknown = await time("nobody_at_all", "Wrong-Password-1"), w2 = time.last;
  assert.deepEqual({ ...w1, request_id: 0 }, { ...w2, request_id: 0 }, "nobody learns which logins exist");
  assert.ok(unknown > wrong / 3, `an unknown login must cost a hash too: ${unknown} ms, known ${wrong} ms`);
  assert.equal((await anybody().login("13800000105", PASSWORD)).status, 200, "owners by phone and preset password");
  assert.equal((await anybody().login("setup", PASSWORD)).status, 401);
  assert.equal((await anybody().post("/api/v1/auth/login", { login: "manager", password: PASSWORD, company: "other" })).status, 422);
});

test("five failures lock the account, longer each time; the right password does not help meanwhile", async () => {
  const c = anybody(), bad = () => c.post("/api/v1/auth/login", { login: "dispatcher", password: "Wrong-1234" });
  for (let i = 0; i < 5; i++) assert.equal((await bad()).status, 401);
  let r = await c.post("/api/v1/auth/login", { login: "dispatcher", password: PASSWORD });
  assert.deepEqual([r.status, r.code], [423, "locked"]);
  await w.shift(15 * 60000 + 1000);
  assert.equal((await c.post("/api/v1/auth/login", { login: "dispatcher", password: PASSWORD })).status, 200);
  for (let i = 0; i < 5; i++) assert.equal((await bad()).status, 401);
  await w.shift(15 * 60000 + 1000);
  for (let i = 0; i < 5; i++) assert.equal((await bad()).status, i < 5 ? 401 : 423);
  await w.shift(15 * 60000 + 1000);
  r = await c.post("/api/v1/auth/login", { login: "dispatcher", password: PASSWORD });
  assert.equal(r.status, 423, "the second lock in a row lasts longer");
  await w.shift(15 * 60000 + 1000);
  assert.equal((await c.post("/api/v1/auth/login", { login: "dispatcher", password: PASSWORD })).status, 200);
});

test("an address that keeps guessing is stopped before any hash", async () => {
  await w.shift(HOUR);
  let stopped = 0;
  for (let i = 0; i < 40 && !stopped; i++) {
    const r = await anybody().post("/api/v1/auth/login", { login: `guess${i}`, password: "Wrong-1234" });
    if (r.status === 429) stopped = i;
    else assert.equal(r.status, 401);
  }
  assert.equal(stopped, 30, "30 failures in 15 minutes");
  await w.shift(15 * 60000 + 1000);
});

test("the administrator issues an account; it is good for nothing until the password is changed", async () => {
  const body = { login: "newman", name: "新员工", phone: "13900000777", email: "newman@example.com", password: "Start-1234-x", grants: [{ role: "cashier" }] };
  for (const [change, field] of [[{ password: "short1A" }, "password"], [{ password: "alllowercase" }, "password"], [{ password: "Newman-2026" }, "password"],
    [{ password: "Aa123456!" }, "password"], [{ phone: "123" }, "phone"], [{ email: "nonsense" }, "email"], [{ login: "13900000777" }, "login"],
    [{ grants: [] }, "grants"], [{ grants: [{ role: "owner" }] }, "grants"], [{ grants: [{ role: "emperor" }] }, null]]) {
    const r = await s.admin.post("/api/v1/staff", { ...body, ...change });
    assert.ok([403, 422].includes(r.status), `${JSON.stringify(change)}: ${r.status} ${r.text}`);
    if (field) assert.match(r.body.error.field, new RegExp(`${field}|password`), r.text);
  }
  assert.equal((await s.admin.post("/api/v1/staff", { ...body, grants: [{ role: "platform_admin" }] })).status, 403, "nobody makes himself more than he is");
  assert.equal((await s.manager.post("/api/v1/staff", body)).status, 403);
  await s.admin.want(201, "POST", "/api/v1/staff", body);
  assert.equal((await s.admin.post("/api/v1/staff", body)).status, 409);
  const c = anybody(), r = await c.login("newman", body.password);
  assert.equal(r.body.must_change_password, true);
  assert.equal((await c.get("/api/v1/session")).status, 200);
  const early = await c.get("/api/v1/repairs?view=board");
  assert.deepEqual([early.status, early.body.error.field], [403, "password"]);
  assert.equal((await c.post("/api/v1/live/tickets")).status, 403);
  const change = (old_password, new_password) => c.post("/api/v1/me/password", { old_password, new_password });
  assert.equal((await change("wrong-Old-1", "Fresh-Start-77")).status, 422);
  assert.equal((await change(body.password, body.password)).status, 422, "not the same again");
  assert.equal((await change(body.password, "password1")).status, 422);
  assert.equal((await change(body.password, "Fresh-Start-77")).status, 204);
  assert.equal((await c.get("/api/v1/repairs?view=board")).status, 200, "the session that changed it goes on");
  assert.equal((await change("Fresh-Start-77", body.password)).status, 422, "one of the last five");
  assert.equal((await anybody().login("newman", body.password)).status, 401);
  assert.equal((await anybody().login("newman", "Fresh-Start-77")).status, 200);
});

test("log-in by SMS code: known and new numbers, the same answer; each code once, five tries, five minutes", async () => {
  const known = await ask(anybody(""), { purpose: "login", phone: "13800000106" });
  const fresh = await ask(anybody(""), { purpose: "login", phone: "13512345678" });
  assert.deepEqual([known.status, known.text], [fresh.status, fresh.text]);
  const code_of = async (p) => JSON.stringify((await w.capture("sms", p, 1)).pop().content).match(/(?<!\d)\d{6}(?!\d)/)[0];
  const login = (phone, code, c = anybody()) => c.post("/api/v1/auth/login/code", { phone, code });
  const a = await login("13800000106", await code_of("13800000106"));
  assert.deepEqual([a.status, a.body.new_account, a.body.roles], [200, false, ["owner"]]);
  assert.equal((await login("13800000106", await code_of("13800000106"))).status, 401, "used up");
  const b = await login("13512345678", await code_of("13512345678"));
  assert.deepEqual([b.status, b.body.new_account, b.body.roles], [200, true, []], "an account without a room");
  const nobody = w.client(null, { token: b.body.token });
  assert.equal((await nobody.get("/api/v1/repairs?view=mine")).status, 403);
  assert.equal((await nobody.get("/api/v1/bindings")).status, 200);

  const good = await sms_code("13512345679"), other = good === "000000" ? "111111" : "000000";
  for (let i = 0; i < 5; i++) assert.equal((await login("13512345679", other)).status, 401);
  assert.equal((await login("13512345679", good)).status, 401, "after five wrong tries the right one is dead too");
  const slow = await sms_code("13512345680");
  await w.shift(5 * 60000 + 1000);
  assert.equal((await login("13512345680", slow)).status, 401);
  const purpose = await sms_code("13800000107", "recover");
  assert.equal((await login("13800000107", purpose)).status, 401, "a code for one thing is no good for another");
});

test("codes cost money: one a minute, five an hour, ten a day, three numbers a device", async () => {
  await w.shift(2 * HOUR);
  const send = (phone, device = "") => w.client(null, { device }).post("/api/v1/auth/code", { purpose: "login", phone });
  const phone = "13512340001";
  assert.equal((await send(phone)).status, 204);
  assert.equal((await send(phone)).status, 429);
  for (let i = 0; i < 4; i++) {
    await w.shift(61000);
    assert.equal((await send(phone)).status, 204);
  }
  await w.shift(61000);
  assert.equal((await send(phone)).status, 429, "the sixth within the hour");
  for (let i = 0; i < 5; i++) {
    await w.shift(HOUR);
    assert.equal((await send(phone)).status, 204, `number ${i + 6} of the day`);
  }
  await w.shift(HOUR);
  assert.equal((await send(phone)).status, 429, "the eleventh of the day");
  for (let i = 0; i < 3; i++) assert.equal((await send(`1351234001${i}`, "one-device")).status, 204);
  assert.equal((await send("13512340013", "one-device")).status, 429, "a fourth number from one device");
  assert.equal((await send("12345", "")).status, 422);
  await w.shift(HOUR + 1000);
  let n = 0;
  while ((await send(`135123402${String(n).padStart(2, "0")}`)).status === 204) n++;
  assert.equal(n, 20, "20 an hour from one address");
  await w.shift(HOUR + 1000);
});

test("a forgotten password comes back by phone or by mail, and ends every session", async () => {
  await s.login(s.admin);
  const old = anybody(), c = anybody("");
  assert.equal((await old.login("newman", "Fresh-Start-77")).status, 200);
  const code = await sms_code("13900000777", "recover");
  assert.equal((await c.post("/api/v1/auth/recover", { phone: "13900000777", code, new_password: "weak" })).status, 422);
  const recover = (more) => c.post("/api/v1/auth/recover", { new_password: "Found-Again-88", ...more });
  assert.equal((await recover({ phone: "13900000777", code: code === "123456" ? "654321" : "123456" })).status, 401);
  assert.equal((await recover({ phone: "13900000777", email: "newman@example.com", code })).status, 422, "one or the other");
  assert.equal((await recover({ phone: "13900000777", code })).status, 204);
  assert.equal((await old.get("/api/v1/session")).status, 401, "whoever was in is out");
  assert.equal((await anybody().login("newman", "Found-Again-88")).status, 200);

  await ask(c, { purpose: "recover", email: "newman@example.com" });
  const mail = JSON.stringify((await w.capture("mail", "newman@example.com", 1)).pop());
  const known = await ask(c, { purpose: "recover", phone: "13511112222" });
  assert.equal(known.text, "");
  const by_mail = (mail.match(/(?<!\d)\d{6}(?!\d)/g) || []).pop() ?? Buffer.from(mail.match(/[A-Za-z0-9+/=]{40,}/)[0], "base64").toString().match(/\d{6}/)[0];
  assert.equal((await c.post("/api/v1/auth/recover", { email: "newman@example.com", code: by_mail, new_password: "By-Mail-2026" })).status, 204);
  assert.equal((await anybody().login("newman", "By-Mail-2026")).status, 200);
  assert.equal((await c.post("/api/v1/auth/code", { purpose: "login", email: "newman@example.com" })).status, 422);
  assert.equal((await w.captured("sms", "13511112222")).length, 0, "an unknown number gets no message");
});

for (const platform of ["wechat", "alipay"])
  test(`${platform}: the first time it asks for the phone number, then never again`, async () => {
    const c = anybody(), path = `/api/v1/auth/login/${platform}`, user = `user-${platform}`;
    let k = 0;
    const code = () => `${user}.${++k}`;
    const first = await c.post(path, { code: code() });
    assert.deepEqual([first.status, first.body.error.field], [404, "phone_code"], first.text);
    const phone_code = platform === "wechat" ? "13800000108.1" : await alipay_phone("13800000108");
    const second = await c.post(path, { code: code(), phone_code });
    assert.equal(second.status, 200, second.text);
    assert.deepEqual([second.body.new_account, second.body.roles], [false, ["owner"]]);
    const third = await c.post(path, { code: code() });
    assert.equal(third.status, 200, third.text);
    assert.equal(third.body.account_id, second.body.account_id);
    assert.equal((await c.post(path, { code: `${user}.1` })).status, 401, "a code works once");
    assert.equal((await c.post(path, { code: "bad.1" })).status, 401);
    await w.tell_sandbox("fault", { kind: platform, mode: "500", n: 5 });
    const down = await c.post(path, { code: code() });
    assert.ok([502, 503, 504].includes(down.status), `the platform is down: ${down.status} ${down.text}`);
    await w.tell_sandbox("fault", { kind: platform, mode: "none", n: 0 });
  });

/* What my.getPhoneNumber() hands to the page: encrypted with the content key, signed by the gateway. */
async function alipay_phone(phone) {
  const { createCipheriv, createSign } = await import("node:crypto"), fs = await import("node:fs"), keys = `${w.dir}/keys`;
  const aes = Buffer.from(fs.readFileSync(`${keys}/alipay_aes`, "utf8").trim(), "base64"), cipher = createCipheriv("aes-128-cbc", aes, Buffer.alloc(16));
  const response = cipher.update(JSON.stringify({ code: "10000", msg: "Success", mobile: phone }), "utf8", "base64") + cipher.final("base64");
  const sign = createSign("RSA-SHA256").update(`"${response}"`).sign(fs.readFileSync(`${keys}/alipay_gateway_private.pem`), "base64");
  return JSON.stringify({ response, sign, sign_type: "RSA2", encrypt_type: "AES", charset: "UTF-8" });
}

test("remember-me rotates; a stolen copy gives itself away and costs the whole family", async () => {
  const c = anybody("tablet-1"), r = await c.login("13800000109", PASSWORD, { remember: true });
  assert.ok(r.body.refresh_token);
  assert.equal((await w.client(null, { device: "" }).post("/api/v1/auth/login", { login: "13800000109", password: PASSWORD, remember: true })).body.refresh_token, null,
    "nothing is remembered for no device");
  const refresh = (token, device = "tablet-1") => w.client(null, { device }).post("/api/v1/auth/refresh", { refresh_token: token });
  const a = await refresh(r.body.refresh_token);
  assert.equal(a.status, 200, a.text);
  assert.ok(a.body.refresh_token && a.body.refresh_token !== r.body.refresh_token && a.body.token !== r.body.token);
  const lost = await refresh(r.body.refresh_token);
  assert.equal(lost.status, 200, "an answer lost on the way may be asked for again, by the same device, at once");
  await w.shift(11000);
  assert.equal((await refresh(r.body.refresh_token)).status, 401, "an old one later is a copy");
  assert.equal((await refresh(a.body.refresh_token)).status, 401, "the family is dead");
  assert.equal((await w.client(null, { token: a.body.token }).get("/api/v1/session")).status, 401, "and its sessions with it");

  const d = await anybody("tablet-2").login("13800000109", PASSWORD, { remember: true });
  assert.equal((await refresh(d.body.refresh_token, "another-device")).status, 401, "bound to the device");
  assert.equal((await refresh(d.body.refresh_token, "tablet-2")).status, 401);
  assert.equal((await refresh("x".repeat(43))).status, 401);
  const e = await anybody("tablet-3").login("13800000109", PASSWORD, { remember: true });
  await w.shift(31 * 24 * HOUR);
  assert.equal((await refresh(e.body.refresh_token, "tablet-3")).status, 401, "after 30 days");
});

test("sessions are listed, ended one by one or all but this, with their sockets", async () => {
  const login = async (d) => { const c = anybody(d); assert.equal((await c.login("13800000110", PASSWORD)).status, 200); return c; };
  const a = await login("dev-a"), b = await login("dev-b"), c = await login("dev-c");
  const list = (await a.want(200, "GET", "/api/v1/sessions")).items;
  assert.deepEqual(list.map((x) => x.device).sort(), ["dev-a", "dev-b", "dev-c"]);
  assert.ok(!JSON.stringify(list).includes(a.token));
  const [lb, lc] = [await Live.open(b, { reconnect: false }), await Live.open(c, { reconnect: false })];
  await a.want(204, "DELETE", `/api/v1/sessions/${b.session_id}`);
  assert.equal((await lb.closed(4401, 2000)).code, 4401);
  assert.equal((await b.get("/api/v1/session")).status, 401);
  assert.equal((await c.get("/api/v1/session")).status, 200);
  assert.equal((await a.del(`/api/v1/sessions/${b.session_id}`)).status, 404);
  const other = anybody("dev-x");
  await other.login("13800000111", PASSWORD);
  assert.equal((await other.del(`/api/v1/sessions/${a.session_id}`)).status, 404, "not somebody else's");
  await a.want(204, "POST", "/api/v1/sessions/end-others", {});
  await lc.closed(4401, 2000);
  assert.equal((await a.get("/api/v1/session")).status, 200);
  assert.equal((await c.get("/api/v1/session")).status, 401);
  await a.want(204, "DELETE", "/api/v1/session");
  assert.equal((await a.get("/api/v1/session")).status, 401);
});

test("a change of role, password, phone or state ends what was built on it", async () => {
  await s.login(s.admin);
  const staff = async () => (await s.admin.want(200, "GET", "/api/v1/staff?limit=100")).items.find((x) => x.login === "newman");
  const enter = async (password) => {
    const c = anybody("desk-9");
    assert.equal((await c.login("newman", password)).status, 200);
    return [c, await Live.open(c, { reconnect: false })];
  };
  let [c, l] = await enter("By-Mail-2026"), me = await staff();
  assert.equal((await s.admin.put(`/api/v1/staff/${me.id}/grants`, { grants: [{ role: "dispatcher" }] })).status, 428);
  assert.equal((await s.admin.put(`/api/v1/staff/${me.id}/grants`, { grants: [{ role: "dispatcher" }] }, { ifMatch: me.version + 7 })).status, 409);
  await s.admin.want(204, "PUT", `/api/v1/staff/${me.id}/grants`, { grants: [{ role: "dispatcher" }] }, { ifMatch: me.version });
  await l.closed(4401, 2000);
  assert.equal((await c.get("/api/v1/session")).status, 401);

  [c, l] = await enter("By-Mail-2026");
  assert.deepEqual((await c.want(200, "GET", "/api/v1/session")).roles, ["dispatcher"]);
  await s.admin.want(204, "POST", `/api/v1/staff/${me.id}/password`, { password: "Reset-Once-55" });
  await l.closed(4401, 2000);
  assert.equal((await anybody().login("newman", "By-Mail-2026")).status, 401);
  const first = anybody("desk-9");
  assert.equal((await first.login("newman", "Reset-Once-55")).body.must_change_password, true);
  assert.equal((await first.post("/api/v1/me/password", { old_password: "Reset-Once-55", new_password: "Third-Time-66" })).status, 204);

  [c, l] = await enter("Third-Time-66");
  const code = await sms_code("13900000778", "phone", c);
  assert.equal((await c.post("/api/v1/me/phone", { phone: "13900000778", code: code === "000001" ? "000002" : "000001" })).status, 401);
  await c.want(204, "POST", "/api/v1/me/phone", { phone: "13900000778", code });
  await l.closed(4401, 2000);

  [c, l] = await enter("Third-Time-66");
  await s.admin.want(204, "POST", `/api/v1/staff/${me.id}/disable`, {});
  await l.closed(4401, 2000);
  assert.equal((await c.get("/api/v1/session")).status, 401);
  assert.equal((await anybody().login("newman", "Third-Time-66")).status, 401);
  await s.admin.want(204, "POST", `/api/v1/staff/${me.id}/enable`, {});
  assert.equal((await anybody().login("newman", "Third-Time-66")).status, 200);
  assert.equal((await s.admin.post(`/api/v1/staff/${s.admin.account_id}/disable`)).status, 403, "not oneself");
});

test("a session ends by itself: unused, and at the latest after its time", async () => {
  const c = anybody("idle");
  const { expires_at } = (await c.login("13800000112", PASSWORD)).body;
  const ends = async () => (await c.want(200, "GET", "/api/v1/sessions")).items.find((x) => x.id === c.session_id).expires_at;
  await w.shift(23 * HOUR);
  assert.equal((await c.get("/api/v1/session")).status, 200);
  await until(async () => (await ends()) > expires_at, 5000, "the slide: that it was used is written behind the answer");
  await w.shift(23 * HOUR);
  assert.equal((await c.get("/api/v1/session")).status, 200, "used, so it slid on");
  await w.shift(25 * HOUR);
  assert.equal((await c.get("/api/v1/session")).status, 401);
});

test("a password older than 90 days must be changed", async () => {
  await w.shift(91 * 24 * HOUR);
  const r = await anybody().login("auditor", PASSWORD);
  assert.deepEqual([r.status, r.body.must_change_password], [200, true]);
});

test("no code, password or number ever reached the log; the audit chain is whole", async () => {
  const text = w.anjud.lines.map((l) => JSON.stringify(l)).join("\n") + w.anjud.text;
  for (const secret of [PASSWORD, "Fresh-Start-77", "13900000777", "13512345678", "newman@example.com"]) assert.ok(!text.includes(secret), `${secret} is in the log`);
  assert.match(await w.verify(), /ok {3}audit chain/);
});
