// owner.spec.ts - the rest of what an owner does: feedback with an answer and stars, notices with a receipt, messages, rooms
// and invitations, preferences, one's data, the end of the account.
import fs from 'node:fs'
import { expect, test } from '@playwright/test'
import { already, axe, button, field, loginOwner, person, until, world } from './lib'

let s: any
test.beforeAll(async () => { s = await world() })
test.afterAll(async () => { await s?.stop() })
const resident = { name: '业主', kind: 'resident' as const, roles: ['owner'] }

test('feedback: sent, answered live, settled, rated', async ({ browser }) => {
  const p = await person(browser, s), o = await s.owner()
  await already(p, o, resident)
  await p.go('/pkg-owner/complaints/index')
  await expect(p.page.getByText('还没有提交过投诉或建议')).toBeVisible()
  await axe(p.page, 'complaints')
  await button(p.page, '我要反馈').click()
  await p.page.getByRole('radio', { name: '环境卫生' }).click()
  await field(p.page, '标题').fill('垃圾清运不及时')
  await field(p.page, '详细说明').fill('2 栋楼下的垃圾桶三天没有清运')
  await axe(p.page, 'complaint-new')
  await button(p.page, '提交').click()
  await expect(p.page.getByText(/承诺在 .* 前办结/)).toBeVisible()
  await axe(p.page, 'complaint')
  const id = /id=(\d+)/.exec(p.page.url())![1]!
  const act = (who: any, action: string, body: object = {}) => who.want(200, 'POST', `/api/v1/complaints/${id}/${action}`, body)
  await act(s.service, 'classify', { category: 'environment' })
  await act(s.service, 'assign', { assignee_id: s.service.account_id })
  await act(s.service, 'accept')
  await expect(p.page.getByRole('status').filter({ hasText: '处理中' })).toBeVisible()
  await act(s.service, 'reply', { note: '已联系清运公司,今天下午处理' })
  await expect(p.page.getByText('已联系清运公司,今天下午处理')).toBeVisible()
  await button(p.page, '补充说明').click()
  await field(p.page, '内容').fill('今天还会有人来吗')
  await button(p.page.getByRole('dialog'), '提交').click()
  await expect(p.page.getByText('今天还会有人来吗')).toBeVisible()
  await act(s.service, 'resolve', { note: '已清运,并改为每天两次' })
  await expect(p.page.getByText('您对处理结果满意吗?')).toBeVisible()
  await p.page.getByRole('button', { name: '4 星' }).click()
  await axe(p.page, 'complaint rate')
  await button(p.page, '提交评价').click()
  await expect(p.page.getByText('您的评价:4 星')).toBeVisible()
  await p.end()
})

test('a notice: on the first page at once, opened, and the desk sees that it was read', async ({ browser }) => {
  const p = await person(browser, s), o = await s.owner()
  await already(p, o, resident)
  await p.go('/pages/home/index')
  await expect(p.page.getByText('待缴费用')).toBeVisible()
  const n = await s.service.want(201, 'POST', '/api/v1/notices', { title: '停水通知', text: '明天 9 点至 11 点停水,请提前储水。', kind: 'important', audience: 'project', roles: ['owner', 'family', 'tenant'] })
  await s.service.want(200, 'POST', `/api/v1/notices/${n.id}/publish`, {})
  await expect(p.page.getByText('停水通知')).toBeVisible() // nobody reloaded
  await p.page.getByRole('button', { name: '公告' }).first().click()
  await axe(p.page, 'notices')
  await p.page.getByText('停水通知').click()
  await expect(p.page.getByText('明天 9 点至 11 点停水,请提前储水。')).toBeVisible()
  await expect(p.page.getByText('已读')).toBeVisible()
  await axe(p.page, 'notice')
  const seen = await s.service.want(200, 'GET', `/api/v1/notices/${n.id}/receipts`)
  expect(JSON.stringify(seen)).toMatch(/"read\w*":1/)
  await p.go('/pkg-owner/messages/index')
  await expect(p.page.getByText('停水通知').first()).toBeVisible()
  await axe(p.page, 'messages')
  await button(p.page, '全部已读').click()
  await expect.poll(async () => (await o.want(200, 'GET', '/api/v1/notifications/unread')).unread).toBe(0)
  await p.end()
})

test('preferences: what may be switched off is off at the server', async ({ browser }) => {
  const p = await person(browser, s), o = await s.owner()
  await already(p, o, resident)
  await p.go('/pkg-owner/preferences/index')
  const before = (await o.want(200, 'GET', '/api/v1/me/message-preferences')).items, one = before.find((x: any) => x.optional && x.wanted)
  const at = { sms: '短信', mail: '邮件', wechat: '微信', alipay: '支付宝' }[one.channel as string]
  await p.page.locator(`uni-switch[aria-label="${one.title} ${at}"]`).first().click()
  await expect.poll(async () => (await o.want(200, 'GET', '/api/v1/me/message-preferences')).items.find((x: any) => x.kind === one.kind && x.channel === one.channel).wanted).toBe(false)
  await axe(p.page, 'preferences')
  await p.end()
})

test('an invitation: copied by the owner, opened by a new account, asked, let in by the desk, live', async ({ browser }) => {
  const owner = await person(browser, s, { permissions: ['clipboard-read', 'clipboard-write'] }), o = await s.owner()
  await already(owner, o, resident)
  await owner.go('/pkg-owner/rooms/index')
  await axe(owner.page, 'rooms')
  await button(owner.page, '邀请家人').click()
  await expect(owner.page.getByText('邀请链接已复制')).toBeVisible()
  const link = `/pkg-owner/bind/index?room=${o.room_id}&role=family&name=x`
  const guest = await person(browser, s)
  await loginOwner(guest, s, '13955550001')
  await expect(guest.page.getByText('按登记手机自动绑定')).toBeVisible()
  await axe(guest.page, 'bind')
  await guest.go(link)
  await button(guest.page, '提交申请').click()
  await expect(guest.page.getByText('申请已提交')).toBeVisible()
  await guest.go('/pkg-owner/rooms/index')
  await expect(guest.page.getByText('待审核')).toBeVisible()
  const waiting = (await s.service.want(200, 'GET', '/api/v1/bindings/waiting')).items.find((b: any) => b.room_id === o.room_id)
  await s.service.want(204, 'POST', `/api/v1/bindings/${waiting.id}/approve`, {})
  await expect(guest.page.getByText('已绑定')).toBeVisible() // told over the socket
  await owner.end()
  await guest.end()
})

test('one\'s data, and the end of the account: refused while bills are open, then done', async ({ browser }) => {
  const p = await person(browser, s), number = '13955550002'
  await loginOwner(p, s, number)
  await expect(p.page.getByText('按登记手机自动绑定')).toBeVisible() // where somebody without a room arrives
  await p.go('/pkg-owner/account/index')
  await axe(p.page, 'account')
  const down = p.page.waitForEvent('download')
  await button(p.page, /^导出$/).click()
  const data = JSON.parse(fs.readFileSync(await (await down).path(), 'utf8'))
  expect(data.account.id).toBeTruthy()
  await button(p.page, '注销账号').first().click()
  await field(p.page, '请输入“注销”确认').fill('注销')
  await button(p.page.getByRole('dialog'), '注销账号').click()
  await expect(p.page.getByText('欢迎使用安居')).toBeVisible()
  const q = await person(browser, s), o = await s.payer()
  await already(q, o, resident)
  await q.go('/pkg-owner/account/index')
  await button(q.page, '注销账号').first().click()
  await field(q.page, '请输入“注销”确认').fill('注销')
  await button(q.page.getByRole('dialog'), '注销账号').click()
  await expect(q.page.getByRole('dialog').getByRole('alert')).toBeVisible()
  await p.end()
  await q.end()
})

test('the session ended elsewhere: to the login, with the reason, and back in', async ({ browser }) => {
  const p = await person(browser, s)
  await loginOwner(p, s, '13800000130')
  await expect(p.page.getByText('待缴费用')).toBeVisible()
  await p.page.evaluate(() => { // the remembered login is gone as well
    const t = JSON.parse(localStorage.getItem('anju.tokens')!)
    localStorage.setItem('anju.tokens', JSON.stringify({ token: `${t.token.slice(0, -4)}AAAA`, refresh: null }))
  })
  await p.page.reload()
  await expect(p.page.getByText('登录已过期,请重新登录')).toBeVisible()
  await axe(p.page, 'login')
  await p.end()
})

test('remembered: a dead session is renewed without a word', async ({ browser }) => {
  const p = await person(browser, s)
  await loginOwner(p, s, '13800000131')
  await expect(p.page.getByText('待缴费用')).toBeVisible()
  await p.page.evaluate(() => {
    const t = JSON.parse(localStorage.getItem('anju.tokens')!)
    localStorage.setItem('anju.tokens', JSON.stringify({ ...t, token: `${t.token.slice(0, -4)}AAAA` }))
  })
  await p.page.reload()
  await expect(p.page.getByText('待缴费用')).toBeVisible()
  await until(async () => (await p.page.locator('.conn .note').count()) === 0, 10000, 'live again')
  await p.end()
})
