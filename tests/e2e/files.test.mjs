// files.test.mjs - uploads that mean harm, the quota, and who may fetch what.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { jpeg, Scene, upload } from "./lib/index.mjs";

let s, w;
before(async () => {
  s = await Scene.start({ seed: [["company", "other"], ["sessions"]], config: { file_quota_mb_day: 12 } });
  w = s.world;
  await s.roomy("tech4");
});
after(() => s.stop());

const crc_table = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n >>> 0; });
const crc = (b) => { let c = 0xffffffff; for (const x of b) c = crc_table[(c ^ x) & 255] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0; };
function png(width, height, { extra = null } = {}) {
  const chunk = (type, data) => {
    const n = Buffer.alloc(4), c = Buffer.alloc(4), body = Buffer.concat([Buffer.from(type), data]);
    n.writeUInt32BE(data.length);
    c.writeUInt32BE(crc(body));
    return Buffer.concat([n, body, c]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), chunk("IHDR", head), ...(extra ? [chunk("eXIf", Buffer.from(extra))] : []),
    chunk("IDAT", deflateSync(Buffer.alloc(Math.min(width, 16) * Math.min(height, 16) + 16))), chunk("IEND", Buffer.alloc(0))]);
}
const multipart = (name, data, { field = "file", type = "image/jpeg", boundary = "XbX", copies = 1, tail = "--" } = {}) => [Buffer.concat([
  ...Array.from({ length: copies }, () => Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`), data, Buffer.from("\r\n")])),
  Buffer.from(`--${boundary}${tail}\r\n`)]), `multipart/form-data; boundary=${boundary}`];

test("a picture goes in and comes out without where it was taken", async () => {
  const o = await s.owner();
  const r = await upload(o);
  assert.deepEqual([r.status, r.body.type, r.body.width, r.body.height], [201, "image/jpeg", 8, 8], r.text);
  const back = await o.get(r.body.url);
  assert.equal(back.status, 200);
  assert.equal(Number(back.headers["content-length"]), back.buffer.length);
  assert.match(back.headers["content-security-policy"], /default-src 'none'/);
  assert.match(back.headers["x-content-type-options"] ?? "", /nosniff/);
  assert.match(back.headers["cache-control"], /private/);
  for (const t of ["GPS-HERE", "31.2304"]) assert.ok(!back.buffer.includes(t), t);
  const p = await o.call("POST", "/api/v1/files", png(16, 16, { extra: "GPS-IN-PNG" }), { type: "image/png" });
  assert.equal(p.status, 201, p.text);
  assert.ok(!(await o.get(p.body.url)).buffer.includes("GPS-IN-PNG"));
  const [body, type] = multipart("水管.jpg", jpeg()), m = await o.call("POST", "/api/v1/files", body, { type });
  assert.deepEqual([m.status, m.body?.name], [201, "水管.jpg"], m.text);
  assert.match((await o.get(m.body.url)).headers["content-disposition"], /^inline; filename\*=UTF-8''%E6%B0%B4/);
});

test("what is not what it says is not taken, and leaves nothing behind", async () => {
  const o = await s.owner(), fs = await import("node:fs"), files = () => fs.readdirSync(`${w.dir}/data/files`, { recursive: true }).filter((f) => /[0-9a-f]{32}$/.test(f)).length;
  const before = files();
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), html = Buffer.from("<!doctype html><script>alert(1)</script>");
  const cases = { empty: Buffer.alloc(0), svg, html, "html as jpeg": html, text: Buffer.from("hello"), elf: Buffer.from("\x7fELF\x02\x01\x01" + "\0".repeat(64)),
    zip: Buffer.from("PK\x03\x04" + "\0".repeat(64)), gif: Buffer.from("GIF89a" + "\0".repeat(32)), "jpeg head only": Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
    "cut jpeg": jpeg().subarray(0, 60), "huge png": png(65500, 65500), "png of nothing": png(0, 0), "cut png": png(16, 16).subarray(0, 30),
    "phar": Buffer.concat([Buffer.from("<?php __HALT_COMPILER(); ?>"), jpeg()]), "damaged webp": Buffer.from("RIFF\x10\0\0\0WEBPVP8 " + "\0".repeat(8)), "bmp": Buffer.from("BM" + "\0".repeat(64)), "exe": Buffer.from("MZ" + "\0".repeat(64)) };
  for (const [name, data] of Object.entries(cases)) {
    for (const type of ["image/jpeg", "image/png", "application/octet-stream"]) {
      const r = await o.call("POST", "/api/v1/files", data, { type }).catch((e) => assert.fail(`${name} as ${type}: ${e.message}`));
      assert.ok([400, 413, 415, 422].includes(r.status), `${name} as ${type}: ${r.status} ${r.text}`);
      assert.ok(r.body?.error?.code, r.text);
    }
  }
  for (const [name, options] of [["two files", { copies: 2 }], ["no end", { tail: "" }], ["long boundary", { boundary: "x".repeat(300) }]]) {
    const [body, type] = multipart("a.jpg", jpeg(), options), r = await o.call("POST", "/api/v1/files", body, { type }).catch((e) => assert.fail(`${name}: ${e.message}`));
    assert.ok([400, 413, 415, 422].includes(r.status), `${name}: ${r.status} ${r.text}`);
  }
  const big = await o.call("POST", "/api/v1/files", Buffer.concat([jpeg(), Buffer.alloc((10 << 20) + 1)]), { type: "image/jpeg" }).catch((e) => ({ status: 413, error: e }));
  assert.equal(big.status, 413);
  assert.equal(files(), before, "nothing of it was kept");
});

test("names are only names: no way out of the folder, no header of their own", async () => {
  const o = await s.owner();
  for (const name of ["../../../../etc/passwd", "..\\..\\boot.ini", "a\x00b.jpg", "%2e%2e%2f", "x".repeat(255) + ".jpg", "evil\u202egpj.exe", "\u2066a\u2069.jpg", "..／..／passwd", "a;b=c.jpg", "x.html", ".htaccess", ""]) {
    const [body, type] = multipart(name, jpeg()), r = await o.call("POST", "/api/v1/files", body, { type });
    assert.ok([201, 400, 422].includes(r.status), `${JSON.stringify(name)}: ${r.status} ${r.text}`);
    if (r.status !== 201) continue;
    assert.ok(!/[\/\\\x00-\x1f\u202e\u2066]/.test(r.body.name ?? ""), `${JSON.stringify(name)} became ${JSON.stringify(r.body.name)}`);
    const g = await o.get(r.body.url);
    assert.equal(g.status, 200);
    assert.equal(g.headers["content-type"], "image/jpeg");
    assert.ok(!/[\r\n]/.test(g.headers["content-disposition"]));
  }
});

test("a trailing script in a picture does not come out again", async () => {
  const o = await s.owner(), r = await upload(o, Buffer.concat([jpeg(), Buffer.from("<script>alert(1)</script>")]));
  if (r.status === 201) assert.ok(!(await o.get(r.body.url)).buffer.includes("<script>"), "what follows the end of the picture is cut off");
  else assert.equal(r.status, 422);
  const c = await upload(o, jpeg({ comment: "<?php system($_GET[0]) ?>" }));
  if (c.status === 201) assert.ok(!(await o.get(c.body.url)).buffer.includes("<?php"), "comments are dropped");
});

test("a file is seen by who sees its order; for the others it does not exist", async () => {
  const o = await s.owner(), stranger = await s.owner(), tech = s.tech[4], id = (await upload(o)).body.id, url = `/api/v1/files/${id}`;
  const absent = await stranger.get("/api/v1/files/999999999999"), words = (r) => ({ ...r.body.error, request_id: 0 });
  for (const c of [stranger, tech, s.manager, w.client("other_admin"), w.client("other_owner")]) {
    const r = await c.get(url);
    assert.equal(r.status, 404, c.name);
    assert.deepEqual(words(r), words(absent));
  }
  assert.equal((await w.client().get(url)).status, 401);
  const order = await s.report(o, "空调暖通", { photos: [id] });
  assert.equal((await s.manager.get(url)).status, 200, "the desk sees the order");
  assert.equal((await tech.get(url)).status, 404);
  await s.dispatcher.must(order.id, "assign", { technician_id: tech.account_id });
  assert.equal((await tech.get(url)).status, 200, "the technician with the offer");
  assert.equal((await stranger.get(url)).status, 404);
  assert.equal((await w.client("other_admin").get(url)).status, 404);
  const again = await o.post("/api/v1/repairs", { type_id: s.types["空调暖通"].id, room_id: o.room_id, description: "x", photos: [id] });
  assert.equal(again.status, 422, "one picture, one order");
  for (const bad of ["0", "-1", "abc", "1e3", "99999999999999999999", "%00", "..%2f..%2fetc%2fpasswd"]) assert.ok([400, 404].includes((await o.get(`/api/v1/files/${bad}`)).status), bad);
});

test("the quota of a day is counted, also for what comes at the same moment", async () => {
  const o = await s.owner(), filler = Buffer.alloc(2 << 20, 0x20);
  const big = Buffer.concat([jpeg({ gps: false }).subarray(0, -2), filler, Buffer.from([0xff, 0xd9])]); // inside the picture's data
  const all = await Promise.all(Array.from({ length: 12 }, () => upload(o, big)));
  const taken = all.filter((r) => r.status === 201).length;
  assert.ok(taken >= 4 && taken <= 6, `${taken} of 12 with 2 MiB each fit into 12 MiB: ${all.map((r) => r.status)}`);
  for (const r of all) assert.ok([201, 429, 503].includes(r.status), r.text);
  assert.equal((await upload(o, big)).status, 429);
  await w.shift(24 * 3600000 + 1000);
  await s.login(o);
  assert.equal((await upload(o, big)).status, 201, "tomorrow is another day");
});
