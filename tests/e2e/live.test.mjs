// live.test.mjs - the promise of the live stream: in order, nothing twice, nothing left out, nothing to the wrong one.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import { Live, raw_socket, Scene, until } from "./lib/index.mjs";

let s, w;
before(async () => {
  s = await Scene.start({ seed: [["technicians", 3, "general"], ["company", "other"], ["sessions"]] });
  w = s.world;
  await s.roomy("tech4", "tech5");
});
after(() => s.stop());
const note = (c, id, text) => c.must(id, "comment", { note: text });
const ended = (ws) => new Promise((ok) => ws.once("close", (code, reason) => ok({ code, reason: reason.toString() })));
const ticket = async (c) => (await c.want(201, "POST", "/api/v1/live/tickets", {})).ticket;

test("dropped again and again under load, a client misses nothing", async () => {
  const owner = await s.owner(), r = await s.report(owner, "空调暖通"), topic = `repair:${r.id}`;
  const l = await Live.open(owner, { topics: [topic] });
  for (let i = 0; i < 120; i++) {
    await note(owner, r.id, `第 ${i} 条`);
    if (i % 10 === 5) l.drop();
  }
  await l.expect(topic, (m) => m.data.note === "第 119 条");
  assert.deepEqual(l.of(topic).filter((m) => m.data.event === "comment").map((m) => m.data.note), Array.from({ length: 120 }, (_, i) => `第 ${i} 条`));
  assert.ok(l.connects > 6, `${l.connects} connections`);
  l.stop();
});

test("kill -9 of the server under load: what was acknowledged arrives, once and in order", async () => {
  const owner = await s.owner(), r = await s.report(owner, "空调暖通"), topic = `repair:${r.id}`;
  const l = await Live.open(owner, { topics: [topic] }), acked = [];
  let going = true;
  const load = (async () => {
    for (let i = 0; going; i++) {
      const a = await owner.insist("POST", `/api/v1/repairs/${r.id}/comment`, { note: `n${i}` });
      assert.equal(a.status, 200, a.text);
      acked.push(`n${i}`);
    }
  })();
  for (let k = 0; k < 3; k++) {
    const at = acked.length + 25;
    await until(() => acked.length >= at, 20000, "load");
    await w.restart("SIGKILL");
  }
  const at = acked.length + 25;
  await until(() => acked.length >= at, 20000, "load after the last restart");
  going = false;
  await load;
  await l.expect(topic, (m) => m.data.note === acked[acked.length - 1]);
  assert.deepEqual(l.of(topic).filter((m) => m.data.event === "comment").map((m) => m.data.note), acked);
  l.stop();
});

test("SIGTERM closes with 1012, and the clients come back by themselves", async () => {
  const owner = await s.owner(), l = await Live.open(owner);
  const back = l.next("back", 20000);
  await w.restart("SIGTERM");
  assert.equal(l.closes[0].code, 1012);
  await back;
  const r = await s.report(owner, "空调暖通");
  await l.step(`user:${owner.account_id}`, r.id, "submit");
  l.stop();
});

test("from now on, and gone before the first event: nothing in between is missed", async () => {
  const owner = await s.owner(), l = await Live.open(owner, { from: -1 });
  const back = l.next("back", 20000);
  l.drop();
  const r = await s.report(owner, "空调暖通"); // while nobody listens
  await back;
  await l.step(`user:${owner.account_id}`, r.id, "submit");
  l.stop();
});

test("too far behind: the client is told of the gap and goes on from now", async () => {
  const owner = await s.owner(), r = await s.report(owner, "空调暖通"), topic = `repair:${r.id}`;
  for (let i = 0; i < 510; i += 30) await Promise.all(Array.from({ length: 30 }, (_, k) => note(owner, r.id, `${i + k}`)));
  const l = await Live.open(owner, { topics: [topic] });
  assert.deepEqual(l.gaps.sort(), [topic, `user:${owner.account_id}`], "more than one read carries");
  assert.equal(l.of(topic).length, 0);
  await note(owner, r.id, "danach");
  await l.expect(topic, (m) => m.data.note === "danach");
  l.stop();
  const ahead = await Live.open(owner, { topics: [topic], from: 999999 });
  assert.deepEqual(ahead.gaps.sort(), [topic, `user:${owner.account_id}`], "a number from another life is a gap too");
  ahead.stop();
});

test("what one may not see is denied, in the same words whether it exists or not", async () => {
  const owner = await s.owner(), other = await s.owner(), r = await s.report(owner, "空调暖通");
  const foreign = w.ids, try_all = async (client, topics) => {
    const l = await Live.open(client);
    await l.sub(topics);
    assert.deepEqual([...l.denied].sort(), [...topics].sort(), client.name);
    l.stop();
  };
  const nothing = ["repair:1", "repair:999999999999", `repair:${foreign.repair_id}`, `project:${foreign.project_id}:board`, `project:${foreign.project_id}:pool`, "project:1:board", "user:1"];
  await try_all(other, [`repair:${r.id}`, `user:${owner.account_id}`, s.board, s.pool, ...nothing]);
  await try_all(s.tech[1], [`repair:${r.id}`, s.board, `user:${owner.account_id}`, ...nothing]);
  await try_all(s.cashier, [s.pool, `user:${owner.account_id}`, ...nothing]);
  await try_all(s.admin, [s.pool, ...nothing]);
  await try_all(w.client("other_admin"), [`repair:${r.id}`, s.board, s.pool]);
  await try_all(w.client("other_owner"), [`repair:${r.id}`, s.board, s.pool]);
  const l = await Live.open(owner); // names that are no topics are simply ignored
  l.send({ op: "sub", topics: ["repair:", "repair:-1", "repair:1x", "x", "", "a".repeat(5000), "project:1:secret", 7, null] });
  await l.ping();
  assert.equal(l.denied.size, 0);
  l.stop();
});

test("a right taken away ends the stream in the same moment: binding revoked", async () => {
  const owner = await s.owner(), r = await s.report(owner, "空调暖通"), topic = `repair:${r.id}`;
  const b = (await owner.want(200, "GET", "/api/v1/bindings")).items[0];
  const l = await Live.open(owner, { topics: [topic] });
  await note(s.service, r.id, "vorher");
  await l.expect(topic, (m) => m.data.note === "vorher");
  await s.service.want(204, "POST", `/api/v1/bindings/${b.id}/revoke`, { reason: "搬走" });
  const [denied] = await Promise.all([until(() => l.denied.has(topic), 5000, "denied"), note(s.service, r.id, "nachher")]);
  assert.ok(denied);
  await l.expect(`user:${owner.account_id}`, (m) => m.event === "binding.changed" && m.data.state === "revoked");
  await note(s.service, r.id, "noch eins");
  await l.ping();
  assert.ok(!l.events.some((m) => ["nachher", "noch eins"].includes(m.data.note)));
  assert.ok(!l.events.some((m) => m.topic.startsWith("user:") && m.data.repair_id === r.id && m.data.event === "comment" && m.data.version > 4), "nor by the inbox");
  assert.equal((await owner.get(`/api/v1/repairs/${r.id}`)).status, 404);
  l.stop();
});

test("a right taken away ends the stream in the same moment: job transferred", async () => {
  const owner = await s.owner(), [, , , , tech4, tech5] = s.tech, id = await s.arrived(owner, tech4), topic = `repair:${id}`;
  const l = await Live.open(tech4, { topics: [topic] });
  await tech4.must(id, "transfer", { technician_id: tech5.account_id, note: "忙" });
  await until(() => l.denied.has(topic), 5000, "denied");
  await note(s.service, id, "geheim");
  await l.ping();
  assert.ok(!l.events.some((m) => m.data.note === "geheim"));
  l.stop();
});

test("tickets: once, for 30 seconds, for nobody else", async () => {
  const owner = await s.owner(), t = await ticket(owner);
  const l = new Live(owner, { reconnect: false });
  await l.connect_with(t);
  const again = new Live(owner, { reconnect: false });
  await assert.rejects(again.connect_with(t), { code: 4401 });
  const late = await ticket(owner);
  await w.shift(31000);
  await assert.rejects(new Live(owner, { reconnect: false }).connect_with(late), { code: 4401 });
  await assert.rejects(new Live(owner, { reconnect: false }).connect_with("x".repeat(43)), { code: 4401 });
  const gone = w.client("owner39"), dead = await ticket(gone);
  await gone.want(204, "DELETE", "/api/v1/session");
  await assert.rejects(new Live(gone, { reconnect: false }).connect_with(dead), { code: 4401 });
  l.stop();
});

test("what is no protocol is closed, and nobody else notices", async () => {
  const owner = await s.owner(), good = await Live.open(owner);
  const say = async (text, before_hello = false) => {
    const ws = raw_socket(w);
    await once(ws, "open");
    const end = ended(ws);
    if (!before_hello) ws.send(JSON.stringify({ op: "hello", ticket: await ticket(owner), resume: {} }));
    for (const t of [].concat(text)) ws.send(t);
    return (await end).code;
  };
  assert.equal(await say('{"op":"sub","topics":[]}', true), 1008, "first hello");
  assert.equal(await say('{"op":"hello"}', true), 1008);
  assert.equal(await say('{"op":"hello","ticket":"short"}', true), 1008);
  assert.equal(await say("{", true), 1008);
  assert.equal(await say("[]", true), 1008);
  assert.equal(await say('{"op":"dance"}'), 1008);
  assert.equal(await say(JSON.stringify({ op: "ping", x: "y".repeat(17000) })), 1009);
  assert.equal(await say(Buffer.from([1, 2, 3])), 1003, "text only");
  assert.equal(await say(Array.from({ length: 60 }, () => '{"op":"ping"}')), 1008, "too many messages");
  const silent = raw_socket(w);
  const { code } = await ended(silent);
  assert.ok([1008, 1006, 4401].includes(code), `nobody said hello: ${code}`);
  for (const [options, why] of [[{ protocol: "other" }, "protocol"], [{ path: "/live/v2" }, "path"], [{ headers: { origin: "https://evil.example" } }, "origin"]]) {
    const ws = raw_socket(w, options);
    const [e] = await once(ws, "error");
    assert.match(e.message, /40[0-9]|hang up|subprotocol/i, why);
  }
  await good.ping();
  good.stop();
});

test("65 topics are one too many; two tabs each get everything; the ninth connection replaces the first", async () => {
  const owner = await s.owner(), r = await s.report(owner, "空调暖通"), topic = `repair:${r.id}`;
  const tabs = [];
  for (let i = 0; i < 8; i++) tabs.push(await Live.open(owner, { topics: i < 2 ? [topic] : [], reconnect: false }));
  await note(owner, r.id, "beide");
  await Promise.all(tabs.slice(0, 2).map((l) => l.expect(topic, (m) => m.data.note === "beide")));
  const ninth = await Live.open(owner, { reconnect: false });
  await tabs[0].closed(4409);
  await Promise.all(tabs.slice(1).map((l) => l.ping()));
  const many = Array.from({ length: 70 }, (_, i) => `repair:${100000 + i}`);
  await ninth.sub(many.slice(0, 60));
  assert.equal(ninth.denied.size, 60);
  for (const l of [...tabs, ninth]) l.stop();
});

test("a client that does not read is sent away with 4008, others are not held up, and it catches up afterwards", async () => {
  const owner = await s.owner(), watcher = s.manager, r = await s.report(owner, "空调暖通"), topic = `repair:${r.id}`;
  const slow = await Live.open(watcher, { topics: [topic] }), quick = await Live.open(owner, { topics: [topic] });
  slow.ws._socket.pause();
  const long = "很长的备注".repeat(95);
  let n = 0;
  const closing = slow.next("closed", 60000);
  const resyncs = async () => Number(/anju_live_resyncs (\d+)/.exec((await s.admin.get("/metrics")).text)[1]);
  const before = await resyncs();
  while ((await resyncs()) === before && n < 400 * 40) {
    await Promise.all(Array.from({ length: 20 }, () => note(owner, r.id, `${++n} ${long}`)));
    assert.ok(n < 12000, "it should have been sent away by now");
  }
  await quick.expect(topic, (m) => m.data.note.startsWith(`${n} `), 20000);
  quick.check();
  slow.ws._socket?.resume();
  const c = await closing;
  assert.ok([4008, 1006].includes(c.code), `closed with ${c.code}`);
  await until(() => slow.live, 10000, "back");
  await note(owner, r.id, "am Ende");
  await slow.expect(topic, (m) => m.data.note === "am Ende", 20000);
  await quick.expect(topic, (m) => m.data.note === "am Ende");
  if (!slow.gaps.length) assert.equal(slow.of(topic).length, quick.of(topic).length, "nothing is missing");
  slow.stop();
  quick.stop();
});

test("the board sees all orders of its project in their last state, whoever conflated what", async () => {
  const board = await Live.open(s.dispatcher, { topics: [s.board], from: null }), owner = await s.owner();
  const ids = [];
  for (let i = 0; i < 10; i++) ids.push((await s.report(owner, "空调暖通")).id);
  await Promise.all(ids.map((id) => owner.must(id, "cancel")));
  await Promise.all(ids.map((id) => board.expect(s.board, (m) => m.data.repair_id === id && m.data.state === "cancelled")));
  const hp = w.client("owner35");
  const b = (await hp.want(200, "GET", "/api/v1/bindings")).items[0];
  const elsewhere = await hp.report({ type_id: s.types["空调暖通"].id, room_id: b.room_id, description: "另一个项目" });
  await board.ping();
  assert.ok(!board.events.some((m) => m.topic === s.board && m.data.repair_id === elsewhere.id));
  board.stop();
});
