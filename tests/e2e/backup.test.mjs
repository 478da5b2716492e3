// backup.test.mjs - a copy taken under load comes back whole; what is damaged, foreign or in the way is refused; a company starts
// from nothing by one command.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { ANJUD, make_database, onPg, Scene, until, upload, World } from "./lib/index.mjs";

const run = promisify(execFile);
const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0" };
const anjud = (...args) => run(ANJUD, args, { env, maxBuffer: 1 << 24 });
const refused = async (why, ...args) => assert.match((await anjud(...args).then(() => ({ stderr: "it worked" }), (e) => e)).stderr, why);

/* An empty place with the world's configuration, and its secret when it may have it. */
async function place(w, name, secret = true) {
  const dir = path.join(w.dir, name), conf = `${dir}.conf`, config = { ...w.config, data_dir: dir, port: 0 };
  fs.mkdirSync(dir, { mode: 0o700 });
  if (secret) fs.copyFileSync(path.join(w.config.data_dir, "secret.key"), path.join(dir, "secret.key"));
  if (onPg) config.store_url = (await make_database(process.env.ANJU_TEST_PG)).url;
  fs.writeFileSync(conf, Object.entries(config).map(([k, v]) => `${k} = "${v}"\n`).join(""), { mode: 0o600 });
  return { dir, conf, config };
}

test("a copy taken under load restores to a store that verifies and has everything acknowledged before it", { timeout: 300000 }, async (t) => {
  const s = await Scene.start();
  t.after(() => s.stop());
  const w = s.world, acknowledged = [], owners = [];
  for (let i = 0; i < 4; i++) owners.push(await s.owner());
  const file = await upload(owners[0]);
  assert.equal(file.status, 201);
  let going = true;
  const load = owners.map(async (o) => {
    while (going) {
      const r = await o.report({ type_id: s.types["门窗维修"].id, room_id: o.room_id, description: "x" });
      acknowledged.push(r.id);
      await o.must(r.id, "cancel");
    }
  });
  await until(() => acknowledged.length > 40, 30000, "load");
  const before = [...acknowledged], copy = path.join(w.dir, "copy");
  await anjud("backup", "-c", w.conf, copy);
  const until_n = acknowledged.length + 20;
  await until(() => acknowledged.length > until_n, 30000, "the server goes on");
  going = false;
  await Promise.all(load);
  const m = JSON.parse(fs.readFileSync(path.join(copy, "manifest.json"), "utf8"));
  assert.deepEqual([m.engine, m.files >= 1, /^[0-9a-f]{64}$/.test(m.store_sha256)], [onPg ? "postgresql" : "sqlite", true, true]);
  assert.ok(!fs.readdirSync(copy).includes("secret.key"), "the secret is kept apart");
  for (const f of fs.readdirSync(copy, { recursive: true })) assert.equal(fs.statSync(path.join(copy, f)).mode & 0o077, 0, `${f} is ours only`);

  const back = await place(w, "back");
  const { stdout } = await anjud("restore", "-c", back.conf, copy);
  assert.ok(!/FAIL/.test(stdout) && /audit chain/.test(stdout), stdout);
  const again = await World.start({ ...w.options, start: false, demo: false });
  t.after(() => again.stop({ check: false }));
  again.configure({ ...back.config, port: 0 });
  await again.up();
  again.who = w.who;
  again.ca = w.ca;
  const o = again.client("manager");
  for (const id of before) assert.equal((await o.get(`/api/v1/repairs/${id}`)).status, 200, `order ${id} was acknowledged before the copy began`);
  const picture = await again.client("owner0").get(file.body.url);
  assert.equal(picture.status, 200);
  assert.equal(picture.buffer.compare((await owners[0].get(file.body.url)).buffer), 0, "the upload, byte for byte");
});

test("what cannot be restored is refused, and nothing is overwritten", { timeout: 120000 }, async (t) => {
  const w = await World.start();
  t.after(() => w.stop());
  const copy = path.join(w.dir, "copy");
  await anjud("backup", "-c", w.conf, copy);
  await refused(/exists/i, "backup", "-c", w.conf, copy);
  await refused(/not empty|exists; move it away/, "restore", "-c", w.conf, copy);
  await refused(/secret/, "restore", "-c", (await place(w, "nosecret", false)).conf, copy);
  const other = await place(w, "othersecret", false);
  fs.writeFileSync(path.join(other.dir, "secret.key"), "ab".repeat(32) + "\n", { mode: 0o600 });
  await refused(/another secret/, "restore", "-c", other.conf, copy);
  const good = await place(w, "good"), store = path.join(copy, onPg ? "store.pgdump" : "store.db"), bytes = fs.readFileSync(store);
  bytes[bytes.length >> 1] ^= 1;
  fs.writeFileSync(store, bytes);
  await refused(/SHA-256/, "restore", "-c", good.conf, copy);
  fs.rmSync(path.join(copy, "manifest.json"));
  await refused(/manifest/, "restore", "-c", good.conf, copy);
  assert.deepEqual(fs.readdirSync(good.dir).filter((f) => f.startsWith("anju.db")), []);
});

test("a company from nothing: one file, one command, and the administrator logs in and goes on", { timeout: 120000 }, async (t) => {
  const w = await World.start({ demo: false, start: false });
  t.after(() => w.stop({ check: false }));
  const plan = { company: { code: "new", name: "新安物业" },
    projects: [{ code: "YG", name: "阳光花园", province: "江苏省", city: "江城市", district: "滨江区", street: "阳光路", door_number: "88号", land_area: "32000", building_area: "86000.5", kinds: "residential,retail" }],
    staff: [{ login: "admin", name: "系统管理员", phone: "13900000001", grants: [{ role: "company_admin" }] }, { login: "wang", name: "王经理", grants: [{ role: "manager", project: "YG" }] }] };
  const file = path.join(w.dir, "company.json"), put = (p) => fs.writeFileSync(file, JSON.stringify(p));
  put({ ...plan, staff: [plan.staff[1]] });
  await refused(/company_admin/, "onboard", "-c", w.conf, file);
  put({ ...plan, staff: [plan.staff[0], { login: "x", name: "x", grants: [{ role: "manager", project: "NO" }] }] });
  await refused(/no project NO|login/, "onboard", "-c", w.conf, file);
  put({ ...plan, staff: [plan.staff[0], { login: "xx", name: "x", grants: [{ role: "owner" }] }] });
  await refused(/not a role of staff/, "onboard", "-c", w.conf, file);
  put(plan);
  const { stdout } = await anjud("onboard", "-c", w.conf, file);
  await refused(/taken/, "onboard", "-c", w.conf, file);
  const password = /admin\s+(\S+)/.exec(stdout)[1];
  await w.up();
  const c = w.client(null), r = await c.login("admin", password, { company: "new" });
  assert.deepEqual([r.status, r.body.must_change_password], [200, true], r.text);
  assert.equal((await c.get("/api/v1/rooms")).status, 403, "first a password of one's own");
  await c.want(204, "POST", "/api/v1/me/password", { old_password: password, new_password: "Neu-Wohnen-2026" });
  assert.equal((await c.login("admin", "Neu-Wohnen-2026", { company: "new" })).status, 200);
  const [p] = (await c.want(200, "GET", "/api/v1/projects")).items;
  assert.equal(p.name, "阳光花园");
  assert.ok((await c.want(200, "GET", "/api/v1/fault-types")).items.length >= 5, "catalogues to start with");
});
