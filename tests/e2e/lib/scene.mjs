// scene.mjs - the people and things of the demo company, and an order driven to any state.
import assert from "node:assert/strict";
import { PASSWORD, World } from "./server.mjs";

/* The smallest JPEG our checks take, with a camera's EXIF block that says where it was taken. */
export function jpeg({ gps = true, comment = "" } = {}) {
  const u16 = (n) => Buffer.from([n >> 8, n & 255]);
  const segment = (marker, data) => Buffer.concat([Buffer.from([0xff, marker]), u16(data.length + 2), data]);
  const le16 = (n) => { const b = Buffer.alloc(2); b.writeUInt16LE(n); return b; }, le32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b; };
  const entry = (tag, type, count, value) => Buffer.concat([le16(tag), le16(type), le32(count), value]);
  const ifd0 = Buffer.concat([le16(2), entry(0x0112, 3, 1, le32(6)), entry(0x8825, 4, 1, le32(8 + 2 + 24 + 4)), le32(0)]);
  const gpsifd = Buffer.concat([le16(1), entry(1, 2, 2, Buffer.from("N\0\0\0")), le32(0)]);
  const exif = Buffer.concat([Buffer.from("Exif\0\0II*\0"), le32(8), ifd0, gpsifd, Buffer.from("GPS-HERE-31.2304N-121.4737E")]);
  const dqt = Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 1)]);
  const sof = Buffer.from([8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
  const dht = (c) => Buffer.concat([Buffer.from([c]), Buffer.from([0, 1, ...Array(14).fill(0)]), Buffer.from([0])]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...(gps ? [segment(0xe1, exif)] : []), ...(comment ? [segment(0xfe, Buffer.from(comment))] : []),
    segment(0xdb, dqt), segment(0xc0, sof), segment(0xc4, dht(0)), segment(0xc4, dht(0x10)), segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.from([0x00, 0x3f]), Buffer.from([0xff, 0xd9])]);
}

export async function upload(client, data = jpeg(), type = "image/jpeg") {
  return client.call("POST", "/api/v1/files", data, { type });
}

export class Scene {
  static async start(options = {}) {
    const s = new Scene();
    s.world = await World.start(options);
    const w = s.world;
    for (const n of ["admin", "manager", "dispatcher", "cashier", "service", "auditor"]) s[n] = w.client(n);
    s.admin.prove = PASSWORD;
    s.tech = [null, ...[1, 2, 3, 4, 5, 6].map((i) => w.client(`tech${i}`))];
    s.types = await s.admin.types();
    const causes = (await s.admin.want(200, "GET", "/api/v1/causes")).items;
    s.cause = Object.fromEntries(causes.map((c) => [c.code, c.id]));
    s.material = Object.fromEntries((await s.admin.want(200, "GET", "/api/v1/materials")).items.map((m) => [m.name, m]));
    s.project = s.admin.project_id;
    s.board = `project:${s.project}:board`;
    s.pool = `project:${s.project}:pool`;
    s.owners = 0;
    return s;
  }
  async stop() { await this.world.stop(); }
  /* The sessions of the seed end after a day of the server's clock. */
  async login(...clients) {
    for (const c of clients) {
      const i = /^owner(\d+)$/.exec(c.name), r = await c.login(i ? String(13800000100 + Number(i[1])) : c.name, PASSWORD, { company: "demo" });
      assert.equal(r.status, 200, `${c.name} logs in: ${r.text}`);
    }
  }
  /* An owner nobody has used yet, with the room. */
  async owner() {
    const o = this.world.client(`owner${this.owners++}`);
    o.room_id = (await o.want(200, "GET", "/api/v1/bindings")).items[0].room_id;
    return o;
  }
  /* Skills as in the demo, as many jobs as the test likes. */
  async roomy(...names) {
    const list = (await this.manager.want(200, "GET", "/api/v1/technicians")).items;
    for (const n of names) {
      const t = list.find((x) => x.id === this.world.who[n].account_id);
      await this.manager.want(204, "PUT", `/api/v1/technicians/${t.id}`, { skills: t.skills, shifts: t.shifts, max_open: 100 });
    }
  }
  report(owner, type, more = {}, o) {
    return owner.report({ type_id: this.types[type].id, room_id: owner.room_id, description: `${type}: 请尽快处理`, ...more }, o);
  }
  /* Type "空调暖通" is given out by hand, so the test decides who gets it. */
  async assigned(owner, tech, more) {
    const r = await this.report(owner, "空调暖通", more);
    await this.dispatcher.must(r.id, "assign", { technician_id: tech.account_id });
    const offer = (await tech.offers()).find((o) => o.repair.id === r.id);
    assert.ok(offer, "the technician sees the offer");
    await tech.want(200, "POST", `/api/v1/offers/${offer.offer_id}/accept`, {});
    return r.id;
  }
  async arrived(owner, tech, more) {
    const id = await this.assigned(owner, tech, more);
    await tech.must(id, "arrive");
    return id;
  }
  async in_repair(owner, tech, more) {
    const id = await this.arrived(owner, tech, more);
    await tech.must(id, "start");
    return id;
  }
  finish(more = {}) { return { cause_id: this.cause.H01, measure: "清洗滤网", labour_min: 30, ...more }; }
  labour(fen) { return { kind: "labour", name: "人工", qty_e3: 1000, price_fen: fen }; }
  async await_confirm(owner, tech, more) {
    const id = await this.in_repair(owner, tech, more);
    await tech.must(id, "finish", this.finish());
    return id;
  }
  async charged(owner, tech, more) { // in repair, with a price the owner has agreed to
    const id = await this.arrived(owner, tech, more);
    await tech.must(id, "quote", { quote_fen: 100000 });
    await owner.must(id, "quote_accept");
    await tech.must(id, "start");
    return id;
  }
  async await_pay(owner, tech, more) {
    const id = await this.charged(owner, tech, more);
    await tech.must(id, "finish", this.finish({ lines: [this.labour(5000)] }));
    return id;
  }
  async history(client, id) { return (await client.want(200, "GET", `/api/v1/repairs/${id}`)).history; }
}
