// integration.mjs - webhooks, service accounts and keys: every operation once with success. SPDX-License-Identifier: MIT
import http from 'node:http'

export async function integration({call, say}) {
    const m = (v) => ({headers: {'if-match': `"${v}"`}})
    const other = http.createServer((rq, rs) => { rq.resume(); rs.writeHead(500).end() })
    await new Promise((r) => other.listen(0, '127.0.0.1', r))
    const url = `http://127.0.0.1:${other.address().port}/`
    const h = await call('createWebhook', {who: 'admin', body: {url, events: ['repair.status']}})
    await call('createWebhook', {who: 'admin', body: {url: 'http://example.cn/', events: ['repair.status']}, status: 422})
    await call('changeWebhook', {who: 'admin', args: {id: h.id}, body: {url, events: ['technician.duty', 'repair.status']}, ...m(1)})
    say((await call('listWebhooks', {who: 'admin'})).items[0].events.length === 2, 'two events')
    await call('listWebhookDeliveries', {who: 'admin', args: {id: h.id}})
    await call('repeatWebhookDelivery', {who: 'admin', args: {id: '1'}, status: 404})
    await call('dropWebhook', {who: 'admin', args: {id: h.id}, ...m(2)})
    other.close()
    const s = await call('createServiceAccount', {who: 'admin', body: {login: 'link-1', name: '对接', grants: [{role: 'auditor'}]}})
    const staff = (await call('listStaff', {who: 'admin', query: '?limit=100'})).items
    say(staff.find((x) => x.id === s.id)?.service && !staff.find((x) => x.login === 'admin').service, 'a program among the staff')
    const k = await call('createAccountKey', {who: 'admin', args: {id: s.id}, body: {name: '夜间', days: 30}})
    say((await call('listAccountKeys', {who: 'admin', args: {id: s.id}})).items.length === 1, 'one key')
    await call('endAccountKey', {who: 'admin', args: {id: s.id, key: k.id}})
}
