/* Money and data: a run reviewed by a second person, the counter by keys, an import with errors, a complaint handled. */
import { test } from '@playwright/test'
import { until, xlsx } from '../e2e/lib/index.mjs'
import { BillRuns } from './pages/billing'
import { Complaints } from './pages/complaints'
import { choose } from './pages/forms'
import { Counter } from './pages/counter'
import { Imports } from './pages/imports'
import { accessible, expect, leave, live, logIn, start, visit, type World } from './world'

let w: World
const month = (n: number) => {
  const d = new Date(Date.now() + 8 * 3600e3)
  return new Date(Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + n, 2)).toISOString().slice(0, 10)
}

/* Another month's bills by the API, so that a room owes more than one. */
async function publish(day: string): Promise<void> {
  const run = await w.cashier.want(201, 'POST', '/api/v1/bill-runs', { day: Number(day.replaceAll('-', '')) })
  const state = (want: string) => until(async () => (await w.manager.want(200, 'GET', `/api/v1/bill-runs/${run.id}`)).run.state === want, 30000, want)
  await state('ready')
  await w.cashier.want(200, 'POST', `/api/v1/bill-runs/${run.id}/submit`, {})
  await w.manager.want(200, 'POST', `/api/v1/bill-runs/${run.id}/approve`, {})
  await w.cashier.want(200, 'POST', `/api/v1/bill-runs/${run.id}/publish`, {})
  await state('published')
}

test.beforeAll(async () => {
  w = await start()
  await publish(month(1))
})
test.afterAll(async () => { await w.stop() })

test('a bill run: made by one, reviewed and approved by another, published', async ({ browser }) => {
  const maker = await logIn(browser, w, 'cashier'), checker = await logIn(browser, w, 'manager')
  await visit(maker, w, '/bill-runs')
  const runs = new BillRuns(maker.page)
  await runs.start(month(2))
  await runs.reaches('ready')
  await accessible(maker.page, 'run')
  await runs.step('提交审核').click()
  await runs.reaches('submitted')
  await expect(maker.page.getByText('等待另一位有权限的同事审核')).toBeVisible()
  await expect(runs.step('审核通过')).toHaveCount(0)
  const path = new URL(maker.page.url()).hash.slice(1)
  await visit(checker, w, path)
  const review = new BillRuns(checker.page)
  await review.reaches('submitted')
  await checker.page.getByRole('table', { name: '账单' }).getByRole('row').nth(1).click()
  await expect(checker.page.getByRole('dialog').getByText('物业费')).toBeVisible()
  await checker.page.keyboard.press('Escape')
  await review.step('审核通过').click()
  await review.reaches('approved')
  await review.step('发布').click()
  await checker.page.getByRole('dialog').getByRole('button', { name: '发布' }).click()
  await review.reaches('published')
  await leave(maker)
  await leave(checker)
})

test('the counter by keys alone: find, pay with change, print, next; under fifteen seconds', async ({ browser }) => {
  const p = await logIn(browser, w, 'cashier')
  await visit(p, w, '/counter')
  await accessible(p.page, 'counter')
  const c = new Counter(p.page), key = p.page.keyboard
  const t0 = Date.now()
  await c.find('2-1-101')
  const due = Math.round(Number((await c.due.textContent())!.replaceAll(',', '')) * 100)
  expect(due).toBeGreaterThan(0)
  const note = Math.ceil(due / 10000) * 10000
  await key.type('1')
  await key.press('Enter')
  await expect(p.page.getByRole('alert')).toHaveText('实收不足')
  await key.press('Backspace')
  await key.type(String(note / 100))
  await expect(c.change).toHaveText(((note - due) / 100).toFixed(2))
  await key.press('Enter')
  await expect(c.paid).toContainText('收据号')
  await expect(c.paid).toBeFocused()
  expect(Date.now() - t0).toBeLessThan(15e3)
  const receipt = p.page.waitForResponse(/receipt\.pdf/), tab = p.page.waitForEvent('popup')
  await key.press('F9')
  expect((await receipt).status()).toBe(200)
  await tab
  await p.page.bringToFront()
  await key.press('Escape')
  await expect(p.page.getByLabel('查找房间')).toBeFocused()
  await c.find('2-1-101')
  await expect(p.page.getByText(/没有待缴账单/)).toBeVisible()
  const paid = (await w.manager.want(200, 'GET', '/api/v1/payments')).items[0]
  expect([paid.amount_fen, paid.change_fen, paid.method]).toEqual([due, note - due, 'cash'])
  await leave(p)
})

test('from a room to the counter: its bills are there, and in the list of bills the room has its name', async ({ browser }) => {
  const p = await logIn(browser, w, 'cashier')
  await visit(p, w, '/rooms')
  await p.page.getByRole('button', { name: /^1001室/ }).first().click()
  await p.page.getByRole('button', { name: '去收款' }).click()
  await expect(p.page.getByLabel('查找房间')).toHaveValue(/1001室$/)
  await expect(new Counter(p.page).due).not.toHaveText('0.00')
  await expect(p.page.getByLabel('实收现金')).toBeFocused()
  const room = (await w.manager.want(200, 'GET', '/api/v1/rooms?search=2-2-1001&limit=1')).items[0]
  await visit(p, w, `/bills?room_id=${room.id}`)
  await expect(p.page.locator('main').getByText(room.full_name).first()).toBeVisible()
  await leave(p)
})

test('some bills only, by card, with its slip', async ({ browser }) => {
  const p = await logIn(browser, w, 'cashier')
  await visit(p, w, '/counter')
  const c = new Counter(p.page), key = p.page.keyboard
  await c.find('2-1-102')
  const all = await c.due.textContent()
  await key.press('F4')
  await key.press('Space')
  await expect(c.due).not.toHaveText(all!)
  await key.press('F8')
  await expect(p.page.getByLabel('凭证号')).toBeFocused()
  await key.press('Enter')
  await expect(p.page.getByRole('alert')).toHaveText('请填写凭证号')
  await key.type('POS-778812')
  await key.press('Enter')
  await expect(c.paid).toContainText('收据号')
  const paid = (await w.manager.want(200, 'GET', '/api/v1/payments')).items[0]
  expect([paid.method, paid.voucher]).toEqual(['card', 'POS-778812'])
  await leave(p)
})

test('closing the shift: a difference needs its reason, another person counts again', async ({ browser }) => {
  const bill = (await w.cashier.want(200, 'GET', '/api/v1/bills?view=board&state=published')).items[0]
  await w.cashier.want(201, 'POST', '/api/v1/payments', { method: 'cash', bills: [bill.id] })
  const p = await logIn(browser, w, 'cashier')
  await visit(p, w, '/counter')
  await p.page.getByRole('button', { name: '交班' }).click()
  const dialog = p.page.getByRole('dialog', { name: '交班' })
  await dialog.getByLabel('备用金').fill('100')
  await expect(dialog.getByText(/应有现金/)).not.toContainText(' 100.00')
  await dialog.getByLabel('实点现金').fill('100')
  await dialog.getByRole('button', { name: '交班' }).click()
  await expect(dialog.getByRole('alert').first()).toBeVisible()
  await dialog.getByLabel('差异原因').fill('浏览器测试')
  await dialog.getByRole('button', { name: '交班' }).click()
  await expect(dialog).toBeHidden()
  const m = await logIn(browser, w, 'manager')
  await visit(m, w, '/shifts')
  await m.page.getByRole('button', { name: '复点确认' }).first().click()
  await m.page.getByRole('dialog').getByLabel('复点金额').fill('100')
  await m.page.getByRole('dialog').getByRole('button', { name: '确认' }).click()
  await expect(m.page.getByRole('row').filter({ hasText: '已确认' })).toHaveCount(1)
  await leave(p, /4(09|22)/)
  await leave(m)
})

const HEAD = ['房屋', '户型', '建筑面积', '姓名*', '手机号', '电子邮箱', '证件号', '身份', '份额', '起始日期', '到期日期', '缴费人', '备注']
const row = (room: string, name: string, phone: string) => [room, '两室一厅', '89.55', name, phone, '', '', '业主', '', '2026-01-01', '', '是', '']

test('an import with errors changes nothing; corrected it is applied and found, and taken back until used', async ({ browser }) => {
  const p = await logIn(browser, w, 'manager')
  await visit(p, w, '/imports')
  await live(p)
  const i = new Imports(p.page)
  const template = p.page.waitForEvent('download')
  await p.page.getByRole('button', { name: '下载模板' }).click()
  expect((await template).suggestedFilename()).toContain('.xlsx')
  await i.upload('业主.xlsx', xlsx([HEAD, row('61栋1单元101', '周全', '13900009001'), row('61栋1单元102', '', '13900009002'), row('61栋1单元103', '吴缺', '12345')]))
  await i.settled('checked')
  await expect(i.task).toContainText('3 行,2 行有误')
  await expect(p.page.getByRole('table', { name: '有误的行' })).toContainText('姓名')
  await expect(p.page.getByRole('button', { name: '执行导入' })).toBeDisabled()
  await accessible(p.page, 'import')
  const failed = p.page.waitForEvent('download')
  await p.page.getByRole('button', { name: '下载有误的行' }).click()
  await failed
  await visit(p, w, '/owners?name=周全')
  await expect(p.page.getByText('没有符合条件的记录')).toBeVisible()

  await visit(p, w, '/imports')
  await i.upload('业主.xlsx', xlsx([HEAD, row('61栋1单元101', '周全', '13900009001'), row('61栋1单元102', '郑齐', '13900009002')]))
  await i.settled('checked')
  await p.page.getByRole('button', { name: '执行导入' }).click()
  await i.settled('applied')
  const task = new URL(p.page.url()).hash.slice(1)
  await visit(p, w, '/owners?name=周全')
  const found = p.page.getByRole('row').filter({ hasText: '周全' })
  await expect(found).toContainText('139****9001')
  await found.click()
  await p.page.getByRole('button', { name: '查看' }).first().click()
  const dialog = p.page.getByRole('dialog', { name: '查看明文' })
  await dialog.getByRole('button', { name: '查看' }).click()
  await expect(dialog.getByRole('alert')).toHaveText('必填')
  await dialog.getByLabel('原因').fill('核对身份')
  await dialog.getByRole('button', { name: '查看' }).click()
  await expect(p.page.locator('[data-secret="phone"]').first()).toHaveText('13900009001')
  await expect(p.page.getByRole('table', { name: '明文查看记录' })).toContainText('核对身份')
  await visit(p, w, task)
  await p.page.getByRole('button', { name: '撤销导入' }).click()
  await expect(i.task.getByRole('alert')).toContainText('不能撤销')

  await visit(p, w, '/imports')
  await i.upload('业主.xlsx', xlsx([HEAD, row('62栋1单元101', '林九', '13900009003')]))
  await i.settled('checked')
  await p.page.getByRole('button', { name: '执行导入' }).click()
  await i.settled('applied')
  await p.page.getByRole('button', { name: '撤销导入' }).click()
  await i.settled('undone')
  await visit(p, w, '/owners?name=林九')
  await expect(p.page.getByText('没有符合条件的记录')).toBeVisible()
  await leave(p)
})

test('a complaint: classified, given out, answered, resolved; the owner sees only what is theirs to see', async ({ browser }) => {
  const p = await logIn(browser, w, 'service')
  await visit(p, w, '/complaints')
  await live(p)
  const owner = await w.owner()
  await owner.want(201, 'POST', '/api/v1/complaints', { kind: 'complaint', category: 'environment', title: '楼道有异味', text: '三天了', room_id: owner.room_id })
  const c = new Complaints(p.page)
  await expect(c.row('楼道有异味')).toContainText('待受理')
  await c.open('楼道有异味')
  await accessible(p.page, 'complaint')
  await c.step('楼道有异味', '分类', async (d) => choose(p.page, d.getByRole('combobox', { name: '类别' }), '环境'))
  await c.step('楼道有异味', '转办', async (d) => choose(p.page, d.getByRole('combobox', { name: '处理人' }), '刘师傅'))
  const drawer = p.page.locator('.el-drawer').filter({ hasText: '楼道有异味' })
  await expect(drawer.locator('.timeline')).toContainText('转办 → 已转办')
  await c.step('楼道有异味', '内部备注', (d) => d.getByLabel('说明').fill('请先通风'))
  await c.step('楼道有异味', '回复业主', (d) => d.getByLabel('回复内容').fill('已安排保洁'))
  const id = (await w.service.want(200, 'GET', '/api/v1/complaints?view=board&search=' + encodeURIComponent('异味'))).items[0].id
  await w.tech[2].want(200, 'POST', `/api/v1/complaints/${id}/accept`, {})
  await expect(drawer.locator('.timeline')).toContainText('处理中')
  await w.tech[2].want(200, 'POST', `/api/v1/complaints/${id}/resolve`, { note: '已清理' })
  await expect(c.row('楼道有异味')).toContainText('已办结')
  const mine = await owner.want(200, 'GET', `/api/v1/complaints/${id}`)
  const told = JSON.stringify(mine)
  expect(told).toContain('已安排保洁')
  expect(told).not.toContain('请先通风')
  await leave(p)
})
