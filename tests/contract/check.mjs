// check.mjs ANJUD SOURCE [--tables] - the contract against the program: the route table, live answers, broken bodies, the live
// channel, the state table in schema/README.md. Prints what differs; exits 1 if anything does. --tables: without a server.
// SPDX-License-Identifier: MIT
import fs from 'node:fs'
import path from 'node:path'
import {execFileSync} from 'node:child_process'
import {generateKeyPairSync} from 'node:crypto'
import {pathToFileURL} from 'node:url'
import {counter} from './counter.mjs'
import {handover} from './handover.mjs'
import {imports} from './imports.mjs'
import {integration} from './integration.mjs'
import {organisation} from './organisation.mjs'
import {estate} from './estate.mjs'
import {second_factor} from './second_factor.mjs'
import {service} from './service.mjs'
import {facility} from './facility.mjs'

let Ajv, YAML, WebSocket
try {
    Ajv = (await import('ajv/dist/2020.js')).default
    YAML = await import('yaml')
    WebSocket = (await import('ws')).default
} catch {
    console.error('contract: packages are missing; run "npm ci" in tests/contract')
    process.exit(1)
}
const [anjud, source] = process.argv.slice(2).map(p => path.resolve(p))
const {startServer} = await import(pathToFileURL(path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), 'server.mjs')))
const load = name => YAML.parse(fs.readFileSync(`${source}/schema/${name}`, 'utf8'), {merge: true})
const api = load('openapi.yaml'), live = load('asyncapi.yaml')

let failures = 0, checks = 0
const say = (ok, what) => {
    checks++
    if (!ok && ++failures <= 60)
        console.log(`FAIL ${what}`)
    return ok
}

const ajv = new Ajv({strict: false, validateFormats: false, allErrors: true})
ajv.addSchema(api, 'openapi').addSchema(live, 'asyncapi')
const validators = new Map()
const valid = (ref, value, what) => {
    if (!validators.has(ref))
        validators.set(ref, ajv.compile({$ref: ref}))
    const check = validators.get(ref)
    return say(check(value), `${what}: ${ajv.errorsText(check.errors)}`)
}
const pointer = (...parts) => parts.map(p => '/' + encodeURIComponent(p.replaceAll('~', '~0').replaceAll('/', '~1'))).join('')
const deref = x => x?.$ref ? x.$ref.slice(2).split('/').reduce((o, k) => o[k], api) : x

const ops = new Map()
for (const [p, methods] of Object.entries(api.paths))
    for (const [method, op] of Object.entries(methods))
        ops.set(op.operationId, {op, path: p, method: method.toUpperCase(), params: (op.parameters ?? []).map(deref)})

// ---- a: the route table, both ways ----
function compareRoutes() {
    const rows = execFileSync(anjud, ['routes'], {encoding: 'utf8'}).trim().split('\n').map(l => l.split(' '))
    const seen = new Set()
    for (const [method, p, id, lane, roles, scope, max, flags] of rows) {
        const o = ops.get(id)
        seen.add(id)
        if (!say(o, `${id} is not in openapi.yaml`))
            continue
        const same = (what, a, b) => say(String(a) === String(b), `${id}: ${what} is ${b} in the program, ${a} in openapi.yaml`)
        const list = flags.split(',').filter(f => f !== '-')
        same('method and path', `${o.method} ${o.path}`, `${method} ${p}`)
        same('x-lane', o.op['x-lane'], lane)
        same('x-roles', o.op['x-roles'], roles)
        same('x-scope', o.op['x-scope'], scope)
        same('x-max-body', o.op['x-max-body'], max)
        same('x-flags', o.op['x-flags'] ?? [], list)
        same('security', o.op.security?.length === 0, roles === 'public')
        same('Idempotency-Key', o.params.some(x => x.name === 'Idempotency-Key' && x.required), list.includes('idempotent'))
        same('request body', !!o.op.requestBody, Number(max) > 0)
        same('path parameters', o.params.filter(x => x.in === 'path').map(x => x.name), [...p.matchAll(/{(\w+)}/g)].map(m => m[1]))
        say(/[\u4e00-\u9fff]/.test(o.op.summary), `${id}: the summary is not Chinese`)
    }
    for (const id of ops.keys())
        say(seen.has(id), `${id} of openapi.yaml is not in the program`)
}

// ---- d: the copy of the state table ----
function compareStates() {
    const tables = execFileSync(anjud, ['states'], {encoding: 'utf8'}).trim().split('\n\n')
    const readme = fs.readFileSync(`${source}/schema/README.md`, 'utf8')
    const diagrams = [...readme.matchAll(/```mermaid\s+stateDiagram[\s\S]*?```/g)].map(m => m[0])
    tables.forEach((table, i) => {
        say(readme.includes(table + '\n'), `schema/README.md does not hold table ${i + 1} of "anjud states"`)
        const used = new Set(table.split('\n').slice(2).flatMap(l => l.split('|')[1].trim().split(', ')))
        for (const s of used)
            say(new RegExp(`\\b${s}\\b`).test(diagrams[i] ?? ''), `the state diagram ${i + 1} lacks ${s}`)
    })
}

// ---- calling ----
let base
const token = {}, done = new Set()
let keys = 0

async function send(id, {who, args = {}, query = '', body, headers = {}, raw} = {}) {
    const o = ops.get(id)
    const url = o.path.replace(/{(\w+)}/g, (_, k) => args[k])
    const h = {'accept-language': 'en', ...headers}
    if (who)
        h.authorization = `Bearer ${token[who] ?? who}`
    if (o.params.some(p => p.name === 'Idempotency-Key') && !('idempotency-key' in h))
        h['idempotency-key'] = `k${process.pid}-${++keys}`
    if (body !== undefined && !h['content-type'])
        h['content-type'] = 'application/json'
    const r = await fetch(base + url + query, {method: o.method, headers: h,
        body: raw ?? (body === undefined ? undefined : typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body))})
    const bytes = new Uint8Array(await r.arrayBuffer())
    const type = r.headers.get('content-type') ?? ''
    let json
    if (type.startsWith('application/json'))
        json = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes))
    return {status: r.status, json, type, bytes, headers: r.headers, o, id}
}

function checkAnswer(r) {
    const shown = `${r.id} ${r.status}`
    const documented = r.o.op.responses[r.status]
    if (!say(documented, `${shown} is not documented: ${JSON.stringify(r.json)}`))
        return
    if (r.status >= 400 && !(r.id === 'readyz' && r.status === 503)) {
        valid('openapi#/components/schemas/Error', r.json, shown)
        return
    }
    const content = deref(documented).content
    if (content?.['application/json'])
        valid(`openapi#${pointer('paths', r.o.path, r.o.method.toLowerCase(), 'responses', String(r.status), 'content', 'application/json', 'schema')}`, r.json, shown)
    else if (!content)
        say(r.bytes.length === 0, `${shown} has a body`)
    if (r.status < 300)
        done.add(r.id)
}

async function call(id, opts = {}) {
    const r = await send(id, opts)
    checkAnswer(r)
    const want = opts.status ?? Number(Object.keys(r.o.op.responses)[0])
    if (!say(r.status === want, `${id}: ${r.status} instead of ${want}: ${JSON.stringify(r.json)}`) && opts.status === undefined)
        throw new Error(`${id} failed`)
    return r.json ?? r
}

// ---- the live channel ----
class Client {
    constructor(who) {
        this.who = who
        this.messages = []
        this.seq = new Map()
    }
    async open() {
        const {ticket} = await call('createLiveTicket', {who: this.who})
        this.ws = new WebSocket(base.replace('http', 'ws') + '/live/v1', 'push')
        await new Promise((resolve, reject) => this.ws.on('open', resolve).on('error', reject))
        this.ws.on('message', text => this.hear(JSON.parse(text)))
        this.say({op: 'hello', ticket})
        await this.until(m => m.type === 'live', 'live')
        return this
    }
    say(m) {
        const name = {hello: 'Hello', sub: 'Sub', unsub: 'Unsub', ack: 'Ack', seen: 'Seen', ping: 'Ping'}[m.op]
        valid(`asyncapi#/components/schemas/${name}`, m, `what ${this.who} says`)
        this.ws.send(JSON.stringify(m))
    }
    hear(m) {
        const name = {live: 'Live', event: 'Event', gap: 'Gap', denied: 'Denied', pong: 'Pong'}[m.type]
        this.messages.push(m)
        if (!say(name, `unknown message ${JSON.stringify(m)}`) || !valid(`asyncapi#/components/schemas/${name}`, m, `message ${m.type}`) || m.type !== 'event')
            return
        const kind = m.topic.endsWith(':board') ? 'board' : m.topic.endsWith(':pool') ? 'pool' : m.topic.split(':')[0]
        const known = live.components.schemas.Event['x-events'][m.event]
        if (!say(known?.topics.includes(kind), `${m.event} on ${m.topic} is not documented`))
            return
        valid(`asyncapi${known.data.$ref}`, m.data, `${m.event} on ${kind}`)
        const last = this.seq.get(m.topic)
        say(last === undefined || (kind === 'board' ? m.seq > last : m.seq === last + 1), `${m.topic}: ${m.seq} after ${last}`)
        this.seq.set(m.topic, m.seq)
        events.add(m.event)
    }
    async until(test, what) {
        for (let i = 0; i < 400; i++) {
            const m = this.messages.find(test)
            if (m)
                return m
            await new Promise(r => setTimeout(r, 25))
        }
        throw new Error(`${this.who} never heard ${what}`)
    }
}
const events = new Set()

async function closeCode(first) {
    const ws = new WebSocket(base.replace('http', 'ws') + '/live/v1', 'push')
    return new Promise((resolve, reject) => ws.on('open', () => ws.send(first)).on('close', resolve).on('error', reject))
}

// ---- payments whose channel cannot be reached: everything up to the call, and what is left afterwards ----
async function payOnline(bills) {
    const {privateKey, publicKey} = generateKeyPairSync('rsa', {modulusLength: 2048})
    const private_key = privateKey.export({type: 'pkcs8', format: 'pem'}), public_key = publicKey.export({type: 'spki', format: 'pem'})
    const wechat = {channel: 'wechat', name: '某物业', appid: 'wx1', mchid: '1600000000', serial: 'AB12', private_key, apiv3_key: 'k'.repeat(32),
        public_key_id: 'PUB_KEY_ID_1', public_key}
    const merchant = await call('createMerchant', {who: 'admin', body: wechat})
    await call('createMerchant', {who: 'admin', body: {...wechat, private_key: 'no key'}, status: 422})
    await call('createMerchant', {who: 'admin', body: {channel: 'alipay', name: '某物业', appid: '2021009912345678', mchid: '2088999912345678', private_key, public_key}})
    await call('listMerchants', {who: 'auditor'})
    const order = {bills: [bills[3].id], channel: 'wechat', scene: 'qr', counter: true}
    const made = (await call('createPayOrder', {who: 'cashier', body: order})).order
    await call('createPayOrder', {who: 'cashier', body: order, status: 409})
    await call('startPayOrder', {who: 'cashier', args: {id: made.id}})
    await call('checkPayOrder', {who: 'auditor', args: {id: made.id}})
    await call('cancelPayOrder', {who: 'cashier', args: {id: made.id}})
    await call('getPayOrder', {who: 'cashier', args: {id: made.id}})
    await call('listPayOrders', {who: 'cashier', query: '?limit=5'})
    await call('listPayOrders', {who: 'owner', query: '?view=mine'})
    const cash = await call('takePayment', {who: 'cashier', body: {method: 'cash', bills: [bills[2].id]}})
    const refund = async () => (await call('requestRefund', {who: 'cashier', args: {id: cash.id}, body: {amount_fen: 100, reason: '多收'}})).id
    const first = await refund(), second = await refund()
    await call('approveRefund', {who: 'manager', args: {id: first}, body: {}})
    await call('approveRefund', {who: 'manager', args: {id: first}, body: {}, status: 409})
    await call('payOutRefund', {who: 'cashier', args: {id: first}, body: {}})
    await call('rejectRefund', {who: 'manager', args: {id: second}, body: {reason: '不退'}})
    await call('getRefund', {who: 'auditor', args: {id: first}})
    await call('listRefunds', {who: 'auditor'})
    await call('listFinanceAlarms', {who: 'auditor'})
    const day = Number(new Date(Date.now() - 16 * 3600e3).toISOString().slice(0, 10).replaceAll('-', ''))
    const run = await call('runRecon', {who: 'admin', body: {merchant_id: merchant.id, day}})
    await call('getReconRun', {who: 'auditor', args: {id: run.id}})
    await call('listReconRuns', {who: 'auditor'})
    await call('listReconItems', {who: 'auditor'})
    await call('closeMerchant', {who: 'admin', args: {id: merchant.id}})
    await call('testCrash', {body: {after: 0}})
    for (const id of ['notifyWechatPay', 'notifyWechatPayRefund', 'notifyAlipay']) {
        const r = await send(id, {args: {merchant: merchant.id}, raw: '{}', headers: {'content-type': 'text/odd'}})
        say(r.status === 403 || r.status === 404, `${id} takes a forged notice: ${r.status}`)
    }
}

// ---- b: live answers ----
async function logIn(who, login = who) {
    const l = await call('logIn', {body: {login, password: 'Anju-Demo-2026'}, headers: {'x-device-id': 'contract'}})
    token[who] = l.token
    return l
}

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

async function liveAnswers() {
    for (const who of ['admin', 'manager', 'dispatcher', 'service', 'cashier', 'auditor', 'tech1', 'tech2'])
        await logIn(who)
    const owner = await logIn('owner', '13800000100')
    for (const id of ['livez', 'readyz', 'metrics'])
        await call(id)
    const techs = (await call('listTechnicians', {who: 'dispatcher'})).items
    const tech = n => techs.find(t => t.name === ['陈师傅', '刘师傅', '杨师傅'][n - 1]).id
    const projects = (await call('listProjects', {who: 'admin'})).items
    const rooms = (await call('listRooms', {who: 'manager', query: '?search=1%E6%A0%8B1%E5%8D%95%E5%85%83101&limit=5'})).items
    const room = rooms[0].id
    const types = (await call('listFaultTypes', {who: 'owner'})).items
    const type = name => types.find(t => t.name === name).id
    const causes = (await call('listCauses', {who: 'tech1'})).items
    const materials = (await call('listMaterials', {who: 'tech1'})).items
    for (const [id, who] of [['getSession', 'owner'], ['listSessions', 'owner'], ['listStaff', 'admin'], ['getDuty', 'tech1'],
        ['listMyBindings', 'owner'], ['listWaitingBindings', 'manager'], ['countRepairs', 'manager'], ['listOffers', 'tech1']])
        await call(id, {who})
    await call('listRoomBindings', {who: 'manager', args: {id: room}})

    // the main job, watched by everybody
    const board = await new Client('dispatcher').open(), phone = await new Client('tech1').open(), home = await new Client('owner').open()
    const pid = projects[0].id
    board.say({op: 'sub', topics: [`project:${pid}:board`]})
    phone.say({op: 'sub', topics: [`project:${pid}:pool`], resume: {[`project:${pid}:pool`]: null}})
    home.say({op: 'sub', topics: [`project:${pid}:board`]})
    await home.until(m => m.type === 'denied', 'denied')
    home.say({op: 'ping'})
    await home.until(m => m.type === 'pong', 'pong')
    await board.until(m => m.type === 'live' && board.messages.filter(x => x.type === 'live').length > 1, 'live again')
    for (const t of techs.filter(t => t.name !== '陈师傅'))
        await call('saveTechnician', {who: 'manager', args: {id: t.id}, body: {max_open: 5, skills: ['none'], shifts: [{weekdays: 127, from_min: 0, to_min: 1440}]}})
    const photo = await call('uploadFile', {who: 'owner', body: png, headers: {'content-type': 'image/png'}})
    await call('getFile', {who: 'owner', args: {id: photo.id}, status: 200})
    const report = {type_id: type('水管漏水'), room_id: room, description: '厨房水管漏水', contact_phone: '13800000100', photos: [photo.id]}
    const first = await send('reportRepair', {who: 'owner', body: report, headers: {'idempotency-key': 'once'}})
    checkAnswer(first)
    const again = await send('reportRepair', {who: 'owner', body: report, headers: {'idempotency-key': 'once'}})
    checkAnswer(again)
    say(again.headers.get('idempotent-replay') === 'true' && again.json.repair.id === first.json.repair.id, 'a replay is the first answer')
    await call('reportRepair', {who: 'owner', body: {...report, description: 'x'}, headers: {'idempotency-key': 'once'}, status: 422})
    await call('reportRepair', {who: 'owner', body: report, headers: {'idempotency-key': ''}, status: 400})
    const id = first.json.repair.id
    home.say({op: 'sub', topics: [`repair:${id}`], resume: {[`repair:${id}`]: 0}})
    const offer = (await phone.until(m => m.event === 'offer.new' && m.data.repair.repair_id === id, 'the offer')).data.offer_id
    phone.say({op: 'ack', offer})
    phone.say({op: 'seen', offer})
    await call('seeOffer', {who: 'tech1', args: {id: offer}})
    await call('listOffers', {who: 'tech1'})
    await call('acceptOffer', {who: 'tech2', args: {id: offer}, status: 404})
    await call('acceptOffer', {who: 'tech1', args: {id: offer}})
    await call('revealRepairContact', {who: 'tech1', args: {id}})
    const act = (who, action, body = {}, more = {}) => call('actOnRepair', {who, args: {id: more.id ?? id, action}, body, ...more})
    await act('owner', 'urge')
    await act('tech1', 'depart')
    await act('tech1', 'arrive', {}, {status: 409, headers: {'if-match': '"1"'}})
    await act('tech1', 'arrive')
    await act('tech1', 'quote', {quote_fen: 8000})
    await act('owner', 'quote_accept')
    await act('tech1', 'start')
    await act('tech1', 'hold', {reason: 'part'})
    await act('tech1', 'resume')
    await act('owner', 'comment', {note: '辛苦了'})
    await act('tech1', 'finish', {cause_id: causes[0].id, measure: '更换角阀', labour_min: 30, lines: [{kind: 'material', material_id: materials[0].id, qty_e3: 1000, price_fen: materials[0].price_min_fen}, {kind: 'labour', name: '人工', qty_e3: 500, price_fen: 5000}]})
    await act('manager', 'waive', {note: '保修期内'})
    await act('owner', 'rate', {stars: 5, tags: '及时', note: '很好'})
    await act('owner', 'rate', {stars: 5}, {status: 409})
    await act('owner', 'teleport', {}, {status: 404})
    await home.until(m => m.event === 'repair.status' && m.topic === `repair:${id}` && m.data.event === 'rate', 'the end')
    await call('getRepair', {who: 'owner', args: {id}})
    await call('getRepair', {who: 'manager', args: {id}})
    await call('getRepair', {who: 'tech2', args: {id}, status: 404})
    for (const view of ['mine', 'board', 'jobs', 'pool'])
        await call('listRepairs', {who: {mine: 'owner', board: 'manager', jobs: 'tech1', pool: 'tech1'}[view], query: `?view=${view}&limit=5`})
    for (const by of ['type', 'cause', 'technician', 'place', 'repeat'])
        await call('analyseRepairs', {who: 'manager', query: `?by=${by}`})
    for (const q of ['?view=all', '?state=odd', '?limit=0', '?limit=101', '?before=x', '?open=2'])
        say((await call('listRepairs', {who: 'manager', query: q, status: 422})).error?.field, `listRepairs${q}: no field`)

    // the rest of dispatch: decline, hand over, the pool
    const second = (await call('reportRepair', {who: 'owner', body: {...report, photos: []}})).repair.id
    const next = (await phone.until(m => m.event === 'offer.new' && m.data.repair.repair_id === second, 'the second offer')).data.offer_id
    say((await call('listCandidates', {who: 'dispatcher', args: {id: second}})).items.every(c => c.max_open > 0 && !c.on_leave), 'candidates with their cap, nobody on leave')
    await call('declineOffer', {who: 'tech1', args: {id: next}, body: {reason: '手上有活'}})
    await act('manager', 'void', {note: '重复'}, {id: second})
    await call('setDuty', {who: 'tech1', body: {on: false}})
    await call('setDuty', {who: 'tech1', body: {on: true}})
    await call('saveTechnician', {who: 'manager', args: {id: tech(1)}, body: {max_open: 5, skills: ['plumbing', 'general']}})
    const pooled = (await call('reportRepair', {who: 'owner', body: {type_id: type('门窗维修'), room_id: room, description: '门锁坏'}})).repair.id
    await phone.until(m => m.event === 'pool.new' && m.data.repair_id === pooled, 'the pool')
    await act('tech1', 'grab', {}, {id: pooled})
    say((await call('listColleagues', {who: 'tech1', args: {id: pooled}})).items.every(c => c.id !== tech(1)), 'colleagues without the holder')
    await phone.until(m => m.event === 'pool.gone' && m.data.repair_id === pooled, 'the pool again')
    await act('owner', 'cancel', {note: '修好了'}, {id: pooled})
    await phone.until(m => m.event === 'job.gone', 'the end of the job')

    // whoever is no technician any more hands his jobs back
    const leaving = (await call('listStaff', {who: 'admin', query: '?limit=100'})).items.find(x => x.login === 'tech2')
    await call('saveTechnician', {who: 'manager', args: {id: leaving.id}, body: {max_open: 5, skills: ['general']}})
    const held = (await call('reportRepair', {who: 'owner', body: {type_id: type('门窗维修'), room_id: room, description: '窗户坏'}})).repair.id
    await act('tech2', 'grab', {}, {id: held})
    await call('setStaffGrants', {who: 'admin', args: {id: leaving.id}, body: {grants: [{role: 'cashier'}]}, headers: {'if-match': String(leaving.version)}})
    say((await call('getRepair', {who: 'manager', args: {id: held}})).repair.state === 'queued', 'a former technician still holds his job')

    // the office
    const project = {code: 'ZZ', name: '某园', province: '某省', city: '某市', district: '某区', street: '某路', door_number: '1号'}
    const made = await call('createProject', {who: 'admin', body: project})
    await call('createProject', {who: 'admin', body: project, status: 409})
    await call('changeProject', {who: 'admin', args: {id: made.id}, body: project, status: 428})
    await call('changeProject', {who: 'admin', args: {id: made.id}, body: project, headers: {'if-match': '9'}, status: 409})
    await call('changeProject', {who: 'admin', args: {id: made.id}, body: project, headers: {'if-match': '"1"'}})
    await estate({call, say, project: made.id})
    await call('createRoom', {who: 'manager', body: {building: '9栋', unit: '1单元', name: '101室', area_e4: 893500}})
    const tenant = await call('registerBinding', {who: 'service', args: {id: room}, body: {name: '租客', phone: '13700000001', role: 'tenant', expires_on: '20991231'}})
    await call('revokeBinding', {who: 'owner', args: {id: tenant.id}, body: {reason: '搬走'}})
    const free = (await call('listRooms', {who: 'manager', query: '?limit=200'})).items.at(-1).id
    const apply = async role => (await call('applyBinding', {who: 'owner', body: {room_id: free, role}})).id
    await call('rejectBinding', {who: 'service', args: {id: await apply('tenant')}, body: {}})
    await call('approveBinding', {who: 'service', args: {id: await apply('owner')}, body: {reason: '已核实'}})
    await board.until(m => m.event === 'binding.applied', 'the application')
    await home.until(m => m.event === 'binding.changed' && m.data.state === 'active', 'the binding')
    const fault = {name: '其他', skill: 'general', mode: 'assign', respond_ms: 60000, arrive_ms: 60000, finish_ms: 60000}
    const kind = await call('createFaultType', {who: 'manager', body: fault})
    await call('changeFaultType', {who: 'manager', args: {id: kind.id}, body: {...fault, enabled: false}, headers: {'if-match': '1'}})
    await call('createCause', {who: 'manager', body: {skill: 'general', code: 'G99', name: '其他'}})
    const part = await call('createMaterial', {who: 'manager', body: {name: '合页', measure: '个', price_min_fen: 100, price_max_fen: 900}})
    await call('moveStock', {who: 'manager', args: {id: part.id}, body: {qty_e3: 5000, reason: '采购'}})
    const staff = await call('createStaff', {who: 'admin', body: {login: 'newbie', name: '新人', password: 'First-Word-1', grants: [{role: 'cashier', project_id: pid}]}})
    await call('setStaffGrants', {who: 'admin', args: {id: staff.id}, body: {grants: []}, headers: {'if-match': '1'}})
    await call('resetStaffPassword', {who: 'admin', args: {id: staff.id}, body: {password: 'Second-Word-2'}})
    const fresh = await call('logIn', {body: {login: 'newbie', password: 'Second-Word-2', remember: true}, headers: {'x-device-id': 'd1'}})
    await call('listSessions', {who: fresh.token, status: 403})
    await call('changePassword', {who: fresh.token, body: {old_password: 'Second-Word-2', new_password: 'Third-Word-33'}})
    const renewed = await call('refreshSession', {body: {refresh_token: fresh.refresh_token}, headers: {'x-device-id': 'd1'}})
    const sessions = (await call('listSessions', {who: renewed.token})).items
    await call('endSession', {who: renewed.token, args: {id: sessions.find(s => s.id !== renewed.session_id).id}})
    await call('endOtherSessions', {who: renewed.token})
    await call('logOut', {who: renewed.token})
    await call('getSession', {who: renewed.token, status: 401})
    await call('disableStaff', {who: 'admin', args: {id: staff.id}})
    await call('enableStaff', {who: 'admin', args: {id: staff.id}})
    await call('chooseProject', {who: 'admin', body: {project_id: projects[1].id}})
    await call('chooseProject', {who: 'admin', body: {project_id: pid}})
    await call('addMessageQuota', {who: 'owner', body: {template: 'repair', n: 1}})
    await call('sendCode', {body: {purpose: 'recover', phone: '13800000101'}})
    await call('logInByWechat', {body: {code: 'x'}, status: 501})
    await call('logInByAlipay', {body: {code: 'x'}, status: 501})
    await call('testShiftClock', {body: {ms: 0}})
    say(owner.kind === 'resident', 'the owner is a resident')

    // fees and bills
    const fee = {code: 'WY', name: '物业费', kind: 'fixed'}
    const item = await call('createFeeItem', {who: 'manager', body: fee})
    await call('changeFeeItem', {who: 'manager', args: {id: item.id}, body: fee, headers: {'if-match': '1'}})
    const spare = await call('createFeeItem', {who: 'manager', body: {...fee, code: 'WX'}})
    await call('deleteFeeItem', {who: 'manager', args: {id: spare.id}, headers: {'if-match': '1'}})
    await call('setFeePrice', {who: 'manager', args: {id: item.id}, body: {from_day: 20260101, price_e4: 1000000}})
    say((await call('listFeePrices', {who: 'cashier', args: {id: item.id}})).items[0].price_e4 === 1000000, 'the price as it was set')
    await call('assignFeeToRooms', {who: 'manager', args: {id: item.id}, body: {from_day: 20261001}})
    await call('endFeeOfRoom', {who: 'manager', args: {id: item.id}, body: {room_id: free, last_day: 20261031}})
    const water = await call('createFeeItem', {who: 'manager', body: {code: 'SF', name: '水费', kind: 'metered'}})
    const meter = await call('createMeter', {who: 'manager', body: {item_id: water.id, room_id: room, serial: 'W-1', from_day: 20261001}})
    await call('readMeter', {who: 'manager', args: {id: meter.id}, body: {day: 20261031, reading_e3: 5000}})
    const run = await call('startBillRun', {who: 'cashier', body: {day: 20261130}})
    for (let i = 0; i < 200 && (await call('getBillRun', {who: 'manager', args: {id: run.id}})).run.state !== 'ready'; i++)
        await new Promise(r => setTimeout(r, 50))
    await call('listBillRuns', {who: 'manager'})
    const left = (await call('listBills', {who: 'manager', query: `?view=board&limit=100&run_id=${run.id}`})).items.at(-1)
    await call('voidBill', {who: 'cashier', args: {id: left.id}, body: {reason: '未入住'}})
    await call('actOnBillRun', {who: 'cashier', args: {id: run.id, action: 'submit'}, body: {}})
    await call('actOnBillRun', {who: 'manager', args: {id: run.id, action: 'approve'}, body: {}})
    await call('actOnBillRun', {who: 'manager', args: {id: run.id, action: 'publish'}, body: {}})
    await call('listFeeItems', {who: 'manager'})
    let bills = []
    for (let i = 0; i < 200 && bills[0]?.state !== 'published'; i++, await new Promise(r => setTimeout(r, 50)))
        bills = (await call('listBills', {who: 'manager', query: '?view=board&limit=5'})).items
    await call('listBills', {who: 'owner'})
    say((await call('listBills', {who: 'auditor', query: '?view=board&overdue=1'})).items.every(b => b.overdue), 'overdue ones only')
    await call('listBills', {who: 'auditor', query: '?view=board&overdue=1&state=paid', status: 422})
    await call('listBills', {who: 'owner', query: '?overdue=1', status: 422})
    await call('getBill', {who: 'manager', args: {id: bills[0].id}})
    const paid = await call('takePayment', {who: 'cashier', body: {method: 'cash', bills: [bills[0].id], tendered_fen: 1000000}})
    await call('listPayments', {who: 'auditor', query: '?limit=5'})
    await call('getPayment', {who: 'auditor', args: {id: paid.id}})
    await call('voidPayment', {who: 'manager', args: {id: paid.id}, body: {reason: '收错'}})
    await counter({call, say, bills, room: rooms[0]})
    await imports({call, say})
    await organisation({call, say})
    await integration({call, say})
    await call('voidBill', {who: 'manager', args: {id: bills[0].id}, body: {reason: '重出'}, status: 409})
    const undo = await call('createFeeRequest', {who: 'cashier', body: {kind: 'void', bill_id: bills[0].id, reason: '重出'}})
    await call('actOnFeeRequest', {who: 'manager', args: {id: undo.id, action: 'approve'}, body: {}})
    await payOnline(bills)
    await fees(room, run.id, meter.id)
    await service({call, say, room, tech: tech(1), fault: type('门窗维修'), png})
    await facility({call, say, png, types: type})
    await handover({call, say, png})
    await call('listAudit', {who: 'auditor', query: '?limit=200'})
    await call('listLogIns', {who: 'auditor'})
    await second_factor({call, say, logIn}, 'Anju-Demo-2026')

    // the live channel's refusals
    say(await closeCode('{"op":"hello","ticket":"0123456789012345678901234567890123456789012"}') === 4401, 'a bad ticket closes with 4401')
    say(await closeCode('{"op":"sub","topics":[]}') === 1008, 'no hello closes with 1008')
    say(await closeCode('not json') === 1008, 'no JSON closes with 1008')
    for (const c of [board, phone, home])
        c.ws.close()
    for (const e of ['offer.new', 'offer.gone', 'repair.status', 'job.urged', 'job.gone', 'pool.new', 'pool.gone', 'technician.duty', 'binding.applied', 'binding.changed', 'complaint.status', 'notification.new'])
        say(events.has(e), `never heard: ${e}`)
    const cannot = ['repeatWebhookDelivery', 'logInByCode', 'logInByWechat', 'logInByAlipay', 'recoverPassword', 'changePhone', 'notifyWechatPay',
        'notifyWechatPayRefund', 'notifyAlipay', 'closeReconItem', 'closeFinanceAlarm',
        'requeueMessage', 'discardMessage', 'getPayOrderCode', 'payByRoomCode', 'checkCodeOrder', 'cancelCodeOrder'] // need a code or a provider: e2e's
    for (const op of ops.keys())
        say(done.has(op) || cannot.includes(op), `${op} was never answered with success`)
}

// Fee kinds, late fees, requests, review; on a room with a published bill of its own
async function fees(room, oldRun, meter) {
    const m = {who: 'manager'}, id = x => ({...m, args: {id: x.id ?? x}})
    const until = async (run, state) => {
        for (let i = 0; i < 200 && (await call('getBillRun', id(run))).run.state !== state; i++)
            await new Promise(r => setTimeout(r, 50))
    }
    const kind = async (code, k, more) => call('createFeeItem', {...m, body: {code, name: code, kind: k, ...more}})
    const all = (await call('listMeters', m)).items, of = async q => (await call('listMeters', {...m, query: `?${q}`})).items.map(x => x.id)
    say((await of(`item_id=${all[0].item_id}&room_id=${all[0].room_id}`)).includes(all[0].id), 'meters of an item and a room')
    say(!(await of(`item_id=${all[0].id}`)).length, 'and none of another item')
    await call('listMissingReadings', {...m, query: '?from=20261101&to=20261130'})
    await call('listOddReadings', {...m, query: '?from=20261101&to=20261130'})
    await call('correctReading', {...id(meter), body: {reading_e3: 6000, reason: '抄错'}})
    const csv = Buffer.from('表号,日期,读数\nW-1,2026-11-01,7\nW-9,x,y\n').toString('base64')
    await call('checkReadings', {...m, body: {csv}})
    await call('importReadings', {...m, body: {csv}})
    await call('swapMeter', {...id(meter), body: {day: 20261101, final_e3: 7000, serial: 'W-2'}})
    await call('createParkingSpace', {...m, body: {name: 'A-01'}})
    const space = (await call('listParkingSpaces', m)).items[0], parking = await kind('TC', 'parking')
    await call('leaseParkingSpace', {...id(parking), body: {space_id: space.id, room_id: room, from_day: 20261001}})
    await call('endParkingLease', {...id(parking), body: {space_id: space.id, last_day: 20261031}})
    const deposit = await kind('YJ', 'deposit'), shared = await kind('GT', 'shared')
    const charge = await call('createCharge', {...m, body: {item_id: deposit.id, room_id: room, amount_fen: 100, day: 20261101}})
    await call('cancelCharge', id(charge))
    await call('createCharge', {...m, body: {item_id: deposit.id, room_id: room, amount_fen: 20000, day: 20261101}})
    await call('listCharges', m)
    await call('assignFeeToRooms', {...id(shared), body: {from_day: 20261001}})
    const share = await call('createShare', {...m, body: {item_id: shared.id, basis: 'household', from_day: 20261001, to_day: 20261031, total_fen: 1000}})
    await call('listShares', m)
    await call('listShareParts', id(share))
    await call('cancelShare', id(share))
    const discount = await call('createDiscount', {...m, body: {name: '空置', kind: 'vacant', off_e4: 3000, from_day: 20270101}})
    await call('listDiscounts', m)
    await call('endDiscount', id(discount))
    await call('setPayer', {...id(room), body: {from_day: 20300101, name: '开发商'}})
    await call('listPayers', id(room))
    await call('getBillingSetting', m)
    await call('setBillingSetting', {...m, body: {auto_runs: false, due_floor_days: 7}})
    await call('listAutoRuns', m)
    await call('previewBillRun', {...m, query: '?day=20261130'})
    await call('listBillOddities', id(oldRun))
    const run = await call('startBillRun', {who: 'cashier', body: {day: 20261130, room_id: room}})
    await until(run, 'ready')
    const bill = (await call('listBills', {...m, query: `?view=board&run_id=${run.id}`})).items[0]
    await call('editBillLine', {...m, args: {id: bill.id, n: 1}, body: {amount_fen: 30000, reason: '合同价'}})
    await call('actOnBillRun', {who: 'cashier', args: {id: run.id, action: 'submit'}, body: {}})
    await call('actOnBillRun', {...m, args: {id: run.id, action: 'approve'}, body: {}})
    await call('actOnBillRun', {...m, args: {id: run.id, action: 'publish'}, body: {publish_on: 20991231}})
    await call('actOnBillRun', {...m, args: {id: run.id, action: 'publish'}, body: {}})
    await until(run, 'published')
    await call('openDispute', {...id(bill), body: {reason: '金额不对'}})
    await call('listDisputes', id(bill))
    await call('closeDispute', {...id(bill), body: {outcome: '无误'}, status: 403})
    await call('closeDispute', {...id(bill), who: 'cashier', body: {outcome: '无误'}})
    const rq = await call('createFeeRequest', {who: 'cashier', body: {kind: 'adjust', bill_id: bill.id, line_n: 1, amount_fen: -100, reason: '减免'}})
    await call('actOnFeeRequest', {...m, args: {id: rq.id, action: 'approve'}, body: {}})
    await call('getFeeRequest', id(rq))
    await call('listFeeRequests', m)
}

// ---- c: broken bodies ----
function sample(schema) {
    const s = deref(schema)
    if (s.examples)
        return s.examples[0]
    if (s.enum)
        return s.enum[0]
    switch (s.type) {
    case 'boolean': return true
    case 'integer': return Math.max(s.minimum ?? 0, Math.min(1, s.maximum ?? 1))
    case 'array': return [sample(s.items)]
    case 'object': return Object.fromEntries(Object.entries(s.properties ?? {}).map(([k, v]) => [k, sample(v)]))
    default: return 'x'.repeat(Math.max(s.minLength ?? 1, 1))
    }
}

// Every way to break one field: [what, body text, path of the field]
function* broken(schema, whole, at = []) {
    const s = deref(schema)
    const put = v => {
        const copy = structuredClone(whole)
        if (!at.length)
            return v
        let o = copy
        for (const k of at.slice(0, -1))
            o = o[k]
        o[at.at(-1)] = v
        return copy
    }
    const name = at.reduce((p, k) => typeof k === 'number' ? `${p}[${k}]` : p ? `${p}.${k}` : k, '')
    const here = at.reduce((o, k) => o[k], whole)
    if (s.type === 'object' && s.properties) {
        for (const k of s.required ?? []) {
            const {[k]: _, ...rest} = here
            yield ['without', put(rest), name ? `${name}.${k}` : k]
        }
        yield ['with an unknown key in', put({...here, no_such_key: 1}), name ? `${name}.no_such_key` : 'no_such_key']
        for (const [k, v] of Object.entries(s.properties))
            yield* broken(v, whole, [...at, k])
        const k = Object.keys(here)[0]
        if (k && !at.length)
            yield ['with a duplicate', JSON.stringify(here).replace('{', `{${JSON.stringify(k)}:${JSON.stringify(here[k])},`), k]
        if (at.length)
            yield ['with text for', put('x'), name]
        return
    }
    if (s.type === 'array') {
        yield ['with text for', put('x'), name]
        if (s.maxItems !== undefined)
            yield ['with too many', put(Array.from({length: s.maxItems + 1}, () => sample(s.items))), name]
        if (s.minItems)
            yield ['with too few', put([]), name]
        yield* broken(s.items, whole, [...at, 0])
        return
    }
    yield ['with an object for', put({}), name]
    if (s.enum) {
        yield ['with another word for', put('no_such_word'), name]
        yield ['with a number for', put(1), name]
    } else if (s.type === 'string') {
        yield ['with a number for', put(7), name]
        if (s.maxLength !== undefined && s.maxLength < 3000)
            yield ['with too long a', put('9'.repeat(s.maxLength + 1)), name]
        if (s.minLength)
            yield ['with too short a', put(s.minLength > 1 ? '9'.repeat(s.minLength - 1) : ''), name]
        if (schema.$ref?.endsWith('/Id'))
            for (const v of ['0', '-1', '1x', '12345678901234567'])
                yield ['with no id for', put(v), name]
    } else if (s.type === 'integer') {
        yield ['with text for', put('1'), name]
        yield ['with a fraction for', put(1.5), name]
        if (s.maximum !== undefined)
            yield ['above', put(s.maximum + 1), name]
        if (s.minimum !== undefined)
            yield ['below', put(s.minimum - 1), name]
    } else if (s.type === 'boolean') {
        yield ['with text for', put('true'), name]
        yield ['with a number for', put(1), name]
    }
}

// The limits are the program's own: the largest and the smallest value written here must pass its field table, and
// what is called optional here must be.
function* edges(schema, whole, at = []) {
    const s = deref(schema)
    const name = at.reduce((p, k) => typeof k === 'number' ? `${p}[${k}]` : p ? `${p}.${k}` : k, '')
    const put = v => {
        const copy = structuredClone(whole)
        at.slice(0, -1).reduce((o, k) => o[k], copy)[at.at(-1)] = v
        return copy
    }
    if (s.type === 'object' && s.properties) {
        const least = Object.fromEntries((s.required ?? []).map(k => [k, sample(s.properties[k])]))
        yield [null, at.length ? put(least) : least]
        for (const [k, v] of Object.entries(s.properties))
            yield* edges(v, whole, [...at, k])
    } else if (s.type === 'array') {
        if (s.maxItems)
            yield [name, put(Array.from({length: s.maxItems}, () => sample(s.items)))]
        yield* edges(s.items, whole, [...at, 0])
    } else if (s.type === 'string' && !s.pattern && !s.format?.startsWith('date') && s.format !== 'email' && !s.enum) {
        yield [name, put('x'.repeat(s.maxLength))]
        yield [name, put('x'.repeat(s.minLength))]
    } else if (s.type === 'integer') {
        yield [name, put(s.maximum)]
        yield [name, put(s.minimum)]
    }
}

async function brokenBodies() {
    let n = 0
    const roleOf = o => {
        const roles = o.op['x-roles']
        if (roles.includes('public'))
            return undefined
        return roles.includes('technician') && roles.length === 1 ? 'tech1' : 'admin'
    }
    for (const [id, o] of ops) {
        const schema = deref(o.op.requestBody)?.content['application/json']?.schema
        if (!schema)
            continue
        const args = {id: '1', action: id === 'actOnBillRun' ? 'submit' : 'comment'}, headers = {'if-match': '"1"'}, who = roleOf(o)
        const s = deref(schema)
        if (s.properties) {
            for (const [what, body, field] of broken(schema, sample(schema))) {
                n++
                const r = await send(id, {who, args, headers, body: typeof body === 'string' ? body : JSON.stringify(body)})
                checkAnswer(r)
                if (say(r.status === 400 || r.status === 422, `${id} ${what} ${field}: ${r.status} ${JSON.stringify(r.json)}`))
                    say(r.json.error.field === field, `${id} ${what} ${field}: the answer names ${r.json.error.field}`)
            }
            for (const [k, body] of edges(s, sample(schema))) {
                const r = await send(id, {who, args, headers, body})
                checkAnswer(r)
                const {field, message} = r.json?.error ?? {}
                say(!(field === k && /^(at |must |not )|items$/.test(message) && !/later than|not a day/.test(message)), `${id} with ${k} at its limit: ${JSON.stringify(r.json)}`)
                say(k || message !== 'required', `${id} with what is required only: ${JSON.stringify(r.json)}`)
            }
            for (const text of ['{', '[]', 'null', '"x"', '{"a":1}x', '{"a":"\u0001"}']) {
                const r = await send(id, {who, args, headers, body: text})
                checkAnswer(r)
                say(r.status === 400 || r.status === 422, `${id} with ${JSON.stringify(text)}: ${r.status}`)
            }
            const r = await send(id, {who, args, headers: {...headers, 'content-type': 'text/plain'}, body: '{}'})
            checkAnswer(r)
            say(r.status === 415, `${id} as text/plain: ${r.status}`)
        }
        const big = await send(id, {who, args, headers, body: ' '.repeat(o.op['x-max-body'] + 1)})
        checkAnswer(big)
        say(big.status === 413, `${id} with ${o.op['x-max-body'] + 1} bytes: ${big.status}`)
    }
    for (const [id, o] of ops) {
        if (o.op['x-roles'].includes('public'))
            continue
        for (const who of [undefined, 'x'.repeat(43)]) {
            const r = await send(id, {who, args: {id: '1', action: 'comment'}, headers: {'if-match': '1'}})
            checkAnswer(r)
            say(r.status === 401, `${id} without a session: ${r.status}`)
        }
    }
    console.log(`${n} broken bodies`)
}

async function wrongRoles() {
    const who = {platform_admin: null, company_admin: 'admin', manager: 'manager', dispatcher: 'dispatcher', customer_service: 'service',
        auditor: 'auditor', technician: 'tech1', owner: 'owner'}
    for (const [id, o] of ops) {
        const roles = o.op['x-roles']
        if (roles.includes('public') || roles.includes('logged_in'))
            continue
        for (const [role, name] of Object.entries(who)) {
            if (!name || roles.includes(role))
                continue
            const r = await send(id, {who: name, args: {id: '1', action: 'comment'}, headers: {'if-match': '1'}})
            checkAnswer(r)
            say(r.status === 403, `${id} as ${role}: ${r.status}`)
        }
    }
}

compareRoutes()
compareStates()
let server
if (!process.argv.includes('--tables')) try {
    server = await startServer(anjud, source)
    base = server.base
    await liveAnswers()
    await wrongRoles()
    await brokenBodies()
    await server.stop()
} catch (e) {
    failures++
    console.log(`FAIL ${e.stack}`)
    console.log(server?.showLog() ?? '')
    server?.kill()
}
console.log(`${checks} checks, ${failures} failed`)
process.exit(failures ? 1 : 0)
