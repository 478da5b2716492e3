// once.mjs - the main job once (and then a month's bills), as real clients: an owner, a technician and the managers' board, each with HTTPS and
// a WebSocket of their own. Prints every step with the time from the request to each screen; exit 0 only if all of it
// happened in order and no socket missed, repeated or skipped an event of its topic.
// Environment: ANJU_URL, ANJU_CA (certificate), ANJU_SANDBOX. Run by scripts/run --once. Node 18 or newer.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import http from 'node:http';
import { randomUUID } from 'node:crypto';

const require = createRequire(import.meta.url);
const WebSocket = (() => { // node_modules, or Debian's node-ws, where a Node that is not Debian's does not look
  try { return require('ws'); } catch { return require('/usr/share/nodejs/ws'); }
})();
const base = process.env.ANJU_URL, sandbox = process.env.ANJU_SANDBOX;
const ca = readFileSync(process.env.ANJU_CA);
const agent = new https.Agent({ keepAlive: true, ca });
const PASSWORD = 'Anju-Demo-2026';

function request(url, method, { token, body, headers } = {}) {
  return new Promise((resolve, reject) => {
    const data = Buffer.isBuffer(body) ? body : body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const tls = url.startsWith('https:');
    const rq = (tls ? https : http).request(url, {
      method, agent: tls ? agent : undefined,
      headers: {
        ...(data && !Buffer.isBuffer(body) ? { 'content-type': 'application/json' } : {}),
        ...(data || method === 'POST' ? { 'content-length': data ? data.length : 0 } : {}),
        ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers,
      },
    }, (rs) => {
      const parts = [];
      rs.on('data', (d) => parts.push(d));
      rs.on('end', () => {
        const text = Buffer.concat(parts).toString();
        const json = text && rs.headers['content-type']?.includes('json') ? JSON.parse(text) : text;
        resolve({ status: rs.statusCode, json, headers: rs.headers });
      });
    });
    rq.on('error', reject);
    rq.end(data);
  });
}

async function call(token, method, path, body, headers) {
  const write = method === 'POST' ? { 'idempotency-key': randomUUID() } : {};
  const rs = await request(base + path, method, { token, body, headers: { ...write, ...headers } });
  if (rs.status >= 300) throw new Error(`${method} ${path}: ${rs.status} ${JSON.stringify(rs.json)}`);
  return rs.json;
}

const login = (name) => call(null, 'POST', '/api/v1/auth/login', { login: name, password: PASSWORD, platform: 'h5' });

// A screen: one socket that checks its own stream.
class Screen {
  constructor(name) {
    this.name = name;
    this.last = new Map();
    this.events = [];
    this.waiting = new Set();
  }
  async open(token, topics) {
    const { ticket } = await call(token, 'POST', '/api/v1/live/tickets');
    this.ws = new WebSocket(base.replace('https', 'wss') + '/live/v1', 'push', { ca });
    this.ws.on('message', (m) => this.take(JSON.parse(m)));
    this.ws.on('close', (code) => this.fail(new Error(`${this.name}: closed ${code}`)));
    await new Promise((ok, no) => { this.ws.once('open', ok); this.ws.once('error', no); });
    const live = this.next((m) => m.type === 'live');
    this.ws.send(JSON.stringify({ op: 'hello', ticket, resume: Object.fromEntries(topics.map((t) => [t, -1])) }));
    await live;
  }
  async sub(topic) {
    const live = this.next((m) => m.type === 'live');
    this.ws.send(JSON.stringify({ op: 'sub', topics: [topic], resume: { [topic]: 0 } }));
    await live;
  }
  take(m) {
    m.got = performance.now();
    if (m.type === 'gap' || m.type === 'denied') this.fail(new Error(`${this.name}: ${JSON.stringify(m)}`));
    if (m.type === 'event') {
      const last = this.last.get(m.topic);
      const board = m.topic.endsWith(':board');
      if (last !== undefined && (board ? m.seq <= last : m.seq !== last + 1))
        this.fail(new Error(`${this.name}: ${m.topic} went from ${last} to ${m.seq}`));
      this.last.set(m.topic, m.seq);
    }
    this.events.push(m);
    for (const w of this.waiting) if (w.test(m)) { this.waiting.delete(w); clearTimeout(w.timer); w.resolve(m); }
  }
  fail(error) {
    if (this.done) return;
    this.error ??= error;
    for (const w of this.waiting) { clearTimeout(w.timer); w.reject(error); }
    this.waiting.clear();
  }
  next(test, ms = 5000) {
    if (this.error) return Promise.reject(this.error);
    return new Promise((resolve, reject) => {
      const w = { test, resolve, reject };
      w.timer = setTimeout(() => { this.waiting.delete(w); reject(new Error(`${this.name}: nothing arrived in ${ms} ms`)); }, ms);
      this.waiting.add(w);
    });
  }
  close() {
    this.done = true;
    this.ws?.close();
  }
}

const status = (id, state) => (m) =>
  m.type === 'event' && m.event === 'repair.status' && m.data.repair_id === id && m.data.state === state;

// A column 24 wide on a terminal, where Chinese letters take two places.
const column = (text) => text + ' '.repeat(Math.max(1, 24 - [...text].reduce((n, c) => n + (c > '\u2e80' ? 2 : 1), 0)));

// Does the step and waits for every screen; prints the time from sending the request to the screen.
async function step(title, screens, test, act) {
  const seen = screens.map((s) => s.next(test));
  const start = performance.now();
  const [result, ...messages] = await Promise.all([act(), ...seen]);
  const times = screens.map((s, i) => `${s.name} ${(messages[i].got - start).toFixed(1)} ms`);
  console.log(`  ${column(title)}${times.join('   ')}`);
  return { result, message: messages[0] };
}

// The smallest JPEG that is one: 1 x 1, grey, with an Exif block that must not come back.
const JPEG = Buffer.concat([
  Buffer.from('ffd8', 'hex'),
  Buffer.from('ffe10022457869660000', 'hex'), Buffer.from('4d4d002a00000008000188250004000000010000001a00000000', 'hex'),
  Buffer.from('ffdb004300' + '01'.repeat(64), 'hex'), Buffer.from('ffc0000b080001000101011100', 'hex'),
  Buffer.from('ffc4001f0000010501010101010100000000000000000102030405060708090a0b', 'hex'),
  Buffer.from('ffc400b5100002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa', 'hex'),
  Buffer.from('ffda0008010100003f00', 'hex'), Buffer.from('7b40', 'hex'), Buffer.from('ffd9', 'hex'),
]);

async function upload(token) {
  const rs = await request(base + '/api/v1/files', 'POST', { token, body: JPEG, headers: { 'content-type': 'image/jpeg' } });
  if (rs.status !== 201) throw new Error(`upload: ${rs.status} ${JSON.stringify(rs.json)}`);
  return rs.json.id;
}

async function codeLogin(phone) {
  await call(null, 'POST', '/api/v1/auth/code', { purpose: 'login', phone });
  const until = Date.now() + 5000;
  for (;;) {
    const { json } = await request(`${sandbox}/control/sms?phone=${phone}`, 'GET');
    const code = (json.items ?? json).map((m) => m.content?.params?.code).filter((c) => /^\d{6}$/.test(c)).at(-1); // other messages to this phone have none
    if (code) return call(null, 'POST', '/api/v1/auth/login/code', { phone, code, platform: 'h5' });
    if (Date.now() > until) throw new Error('no SMS arrived at the sandbox');
    await new Promise((r) => setTimeout(r, 50));
  }
}

async function main() {
  const owner = await codeLogin('13800000100');
  const manager = await login('manager');
  console.log('logged in: owner by SMS code, manager by password');
  const techs = [];
  for (let i = 1; i <= 6; i++) techs.push({ name: `tech${i}`, ...(await login(`tech${i}`)) });
  const board = new Screen('board'), owners = new Screen('owner');
  const screens = techs.map((t) => Object.assign(new Screen(t.name), { tech: t }));
  await owners.open(owner.token, []);
  await board.open(manager.token, [`project:${owner.project_id}:board`]);
  for (const s of screens) await s.open(s.tech.token, [`project:${owner.project_id}:pool`]);

  const room = (await call(owner.token, 'GET', '/api/v1/bindings')).items[0].room_id;
  const type = (await call(owner.token, 'GET', '/api/v1/fault-types')).items.find((t) => t.mode === 'auto' && t.place === 'any');
  const photo = await upload(owner.token);
  const start = performance.now();
  const offered = Promise.any(screens.map(async (s) => ({ s, m: await s.next((m) => m.event === 'offer.new') })));
  const boardSaw = board.next((m) => m.event === 'repair.status' && m.data.state === 'offered');
  const { repair } = await call(owner.token, 'POST', '/api/v1/repairs',
    { type_id: type.id, room_id: room, description: '厨房水管漏水', photos: [photo], contact_phone: '13800000100' });
  const { s: phone, m: offer } = await offered;
  const onBoard = await boardSaw;
  console.log(`  ${column('报修 report → offer')}${phone.name} ${(offer.got - start).toFixed(1)} ms   board ${(onBoard.got - start).toFixed(1)} ms`);
  phone.ws.send(JSON.stringify({ op: 'seen', offer: offer.data.offer_id }));

  const id = repair.id, me = phone.tech.token;
  await owners.sub(`repair:${id}`);
  const all = [owners, board];
  const act = (token, name, body) => () => call(token, 'POST', `/api/v1/repairs/${id}/${name}`, body ?? {});
  await step('接单 accept', all, status(id, 'assigned'), () => call(me, 'POST', `/api/v1/offers/${offer.data.offer_id}/accept`));
  await phone.sub(`repair:${id}`);
  all.push(phone);
  await step('出发 depart', all, status(id, 'en_route'), act(me, 'depart'));
  await step('已到达 arrive', all, status(id, 'arrived'), act(me, 'arrive'));
  await step('维修中 start', all, status(id, 'in_repair'), act(me, 'start'));
  const cause = (await call(me, 'GET', '/api/v1/causes')).items.find((c) => c.skill === type.skill);
  const after = await upload(me);
  await step('已完成 finish', all, status(id, 'await_confirm'), act(me, 'finish', {
    cause_id: cause.id, measure: '更换角阀并试压', labour_min: 25, photos: [after],
    lines: [{ kind: 'labour', name: '上门维修', qty_e3: 1000, price_fen: 0 }],
  }));
  await step('评价 rate', all, status(id, 'closed'), act(owner.token, 'rate', { stars: 5, note: '很快' }));

  const full = await call(owner.token, 'GET', `/api/v1/repairs/${id}`);
  const path = full.history.map((h) => h.event).join(' ');
  for (const must of ['submit', 'accept', 'depart', 'arrive', 'start', 'finish', 'rate'])
    if (!path.includes(must)) throw new Error(`the history lacks ${must}: ${path}`);
  if (full.repair.cause !== cause.name || full.photos.length !== 2) throw new Error('cause or photos are missing');
  const picture = await request(`${base}/api/v1/files/${photo}`, 'GET', { token: me });
  if (picture.status !== 200 || picture.json.includes('Exif')) throw new Error('the photo does not come back clean');
  const other = await call(null, 'POST', '/api/v1/auth/login', { login: '13800000101', password: PASSWORD });
  const foreign = await request(`${base}/api/v1/repairs/${id}`, 'GET', { token: other.token });
  if (foreign.status !== 404) throw new Error(`another owner got ${foreign.status}`);
  console.log(`done: ${repair.number} from report to close; history: ${path}`);
  await bills(manager, owner, owners, board);
  await online(owner, owners, board);
  await property(owner, manager, owners, board, phone.tech, room);
  for (const s of [owners, board, ...screens]) { if (s.error) throw s.error; s.close(); }
}

// The cashier makes a run, the manager approves it, the owner sees the bill and what it is made of, pays in cash
// at the counter and sees it paid.
async function bills(manager, owner, screen, board) {
  const cashier = await login('cashier'), post = (t, path, body) => call(t.token, 'POST', path, body ?? {});
  const item = await post(manager, '/api/v1/fee-items', { code: 'WY', name: '物业费', kind: 'area', cycle: 'monthly', due_days: 15 });
  await post(manager, `/api/v1/fee-items/${item.id}/prices`, { from_day: 20240101, price_e4: 28000 });
  const { rooms } = await post(manager, `/api/v1/fee-items/${item.id}/rooms`, { from_day: 20240101 });
  const ready = board.next((m) => m.event === 'bill_run.ready');
  const today = Number(new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10).replaceAll('-', ''));
  const start = performance.now();
  const run = await post(cashier, '/api/v1/bill-runs', { day: today });
  const done = await ready;
  await post(cashier, `/api/v1/bill-runs/${run.id}/submit`);
  await post(manager, `/api/v1/bill-runs/${run.id}/approve`);
  const { message } = await step('账单发布 publish', [screen], (m) => m.event === 'bill.published', () => post(cashier, `/api/v1/bill-runs/${run.id}/publish`));
  const bill = await call(owner.token, 'GET', `/api/v1/bills/${message.data.bill_id}`);
  const line = bill.lines[0], want = Math.round(line.explain.area_e4 * line.explain.price_e4 / 1e6);
  if (bill.bill.amount_fen !== want || bill.bill.state !== 'published') throw new Error(`bill: ${JSON.stringify(bill)}`);
  console.log(`billed: ${rooms} rooms in ${(done.got - start).toFixed(0)} ms, approved by a second person; ${bill.bill.room} owes ${(want / 100).toFixed(2)} yuan`);
  let paid;
  await step('柜台收款 paid', [screen], (m) => m.event === 'bill.paid', async () => {
    paid = await post(cashier, '/api/v1/payments', { method: 'cash', bills: [bill.bill.id], tendered_fen: want + 100 });
  });
  const now = await call(owner.token, 'GET', `/api/v1/bills/${bill.bill.id}`);
  if (paid.change_fen !== 100 || now.bill.state !== 'paid' || now.bill.paid_fen !== want) throw new Error(`payment: ${JSON.stringify([paid, now])}`);
  console.log(`paid: receipt ${paid.receipt_no}, change ${(paid.change_fen / 100).toFixed(2)} yuan`);
}

// The owner pays by WeChat and by Alipay on the sandbox's page, as a person would; both screens see it with the commit.
async function online(owner, screen, board) {
  const cashier = await login('cashier');
  const open = async () => (await call(owner.token, 'GET', '/api/v1/bills?view=mine&state=published')).items[0];
  for (const [channel, name] of [['wechat', '微信支付'], ['alipay', '支付宝']]) {
    const bill = await open();
    const { order } = await call(owner.token, 'POST', '/api/v1/pay-orders', { bills: [bill.id], channel, scene: 'qr' });
    const { client } = await call(owner.token, 'POST', `/api/v1/pay-orders/${order.id}/start`);
    await screen.sub(`pay:${order.id}`);
    const page = `${sandbox}/pay?code=${encodeURIComponent(client.qr)}`, html = await (await fetch(page)).text();
    if (!html.includes((bill.amount_fen / 100).toFixed(2))) throw new Error(`the pay page does not show the amount: ${html.slice(0, 500)}`);
    const { message } = await step(`${name} paid`, [screen, board], (m) => m.event === 'pay.status' && m.data.order_id === order.id && m.data.state === 'paid',
      () => fetch(page, { method: 'POST', body: new URLSearchParams({ act: 'pay' }) }));
    const { payment } = await call(cashier.token, 'GET', `/api/v1/payments/${message.data.payment_id}`);
    const now = await call(owner.token, 'GET', `/api/v1/bills/${bill.id}`);
    if (now.bill.state !== 'paid' || payment.method !== channel || payment.amount_fen !== bill.amount_fen) throw new Error(JSON.stringify([payment, now.bill]));
    const receipt = await request(`${base}/api/v1/payments/${payment.id}/receipt.pdf`, 'GET', { token: owner.token });
    if (receipt.status !== 200 || !receipt.json.startsWith('%PDF-')) throw new Error(`receipt: ${receipt.status} ${receipt.json.slice(0, 200)}`);
    console.log(`paid: ${channel} ${(payment.amount_fen / 100).toFixed(2)} yuan, receipt ${payment.receipt_no} (PDF, ${receipt.json.length} bytes)`);
  }
}

// The rest of the property: a complaint from the owner to a rating, a stranger at a lift's code, owners from a spreadsheet, the board.
async function property(owner, manager, screen, board, tech, room) {
  const service = await login('service'), post = (t, path, body) => call(t?.token, 'POST', path, body ?? {});
  await call((await login('admin')).token, 'PUT', '/api/v1/message-settings', { quiet_from: 0, quiet_to: 0, hourly: 100 }); // also at night
  let complaint;
  await step('投诉 complaint', [board], (m) => m.event === 'complaint.status', async () => {
    complaint = await post(owner, '/api/v1/complaints', { kind: 'complaint', category: 'environment', title: '楼道堆物', text: '二单元楼道堆放纸箱', room_id: room });
  });
  const until = Date.now() + 10000;
  for (;;) {
    const { json } = await request(`${sandbox}/control/sms?phone=13900000002`, 'GET');
    if (JSON.stringify(json).includes(complaint.number)) break;
    if (Date.now() > until) throw new Error('the manager got no SMS about the complaint');
    await new Promise((r) => setTimeout(r, 50));
  }
  const act = (t, name, body) => post(t, `/api/v1/complaints/${complaint.id}/${name}`, body);
  await act(service, 'classify', { category: 'environment' });
  await act(service, 'assign', { assignee_id: tech.account_id });
  await act(tech, 'accept');
  await step('办结 resolve', [screen], (m) => m.event === 'complaint.status' && m.data.state === 'resolved', () => act(tech, 'resolve', { note: '已清理并张贴提示' }));
  await act(owner, 'rate', { stars: 5 });
  const closed = await call(owner.token, 'GET', `/api/v1/complaints/${complaint.id}`);
  if ((closed.complaint ?? closed).state !== 'closed') throw new Error(JSON.stringify(closed));
  console.log(`complaint: ${complaint.number}, the manager has an SMS, handled, rated 5`);

  const lift = (await call(service.token, 'GET', '/api/v1/facilities?category=lift')).items[0], code = await call(service.token, 'GET', `/api/v1/facilities/${lift.id}/code`);
  await step('扫码报障 report', [board], (m) => m.event === 'facility.reported', () => post(null, `/api/v1/facility-codes/${code.token}/reports`, { description: '开门有异响' }));
  const report = (await call(service.token, 'GET', '/api/v1/facility-reports?state=waiting')).items[0];
  const fault = (await call(service.token, 'GET', '/api/v1/fault-types')).items.find((t) => t.place === 'public');
  const repair = await post(service, `/api/v1/facility-reports/${report.id}/accept`, { type_id: fault.id });
  console.log(`facility: ${lift.name} reported by its code without log-in, accepted as order ${repair.repair_id ?? repair.id ?? repair.repair?.number}`);

  const csv = Buffer.from('房屋,姓名,手机号,建筑面积\n8栋1单元101,新业主甲,13712340001,89.5\n8栋1单元102,新业主乙,137123,89.5\n');
  const good = Buffer.from(csv.toString().replace('137123,', '13712340002,'));
  const bring = async (body) => {
    const done = board.next((m) => m.event === 'import.done');
    const rs = await request(`${base}/api/v1/imports?kind=owners`, 'POST', { token: manager.token, body, headers: { 'content-type': 'application/octet-stream', 'idempotency-key': randomUUID() } });
    if (rs.status !== 201) throw new Error(`import: ${rs.status} ${JSON.stringify(rs.json)}`);
    await done;
    return call(manager.token, 'GET', `/api/v1/imports/${rs.json.id}`);
  };
  const bad = await bring(csv), wrong = (await call(manager.token, 'GET', `/api/v1/imports/${bad.id}/rows?failed=1`)).items[0];
  const task = await bring(good);
  const applied = board.next((m) => m.event === 'import.done');
  await call(manager.token, 'POST', `/api/v1/imports/${task.id}/apply`, {}, { 'if-match': `"${task.version}"` });
  await applied;
  const done = await call(manager.token, 'GET', `/api/v1/imports/${task.id}`);
  if (bad.failed !== 1 || done.state !== 'applied') throw new Error(JSON.stringify([bad, done]));
  console.log(`import: row ${wrong.row} ${wrong.problems[0].column} ${wrong.problems[0].message}; mended, ${done.made} records made in one transaction`);
  const { counters } = await call(manager.token, 'GET', '/api/v1/board');
  console.log(`board: ${counters.today.reported} orders today, ${counters.technicians.on_duty} technicians on duty, ${counters.maintenance.due_today} maintenance tasks due, ${(counters.takings.amount_fen / 100).toFixed(2)} yuan taken`);
}

main().then(() => { agent.destroy(); process.exit(0); }, (e) => { console.error(`FAILED: ${e.stack}`); process.exit(1); });
