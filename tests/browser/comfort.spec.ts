/* What makes the console pleasant: finding by a few letters, addresses that keep what one sees, words for codes, sheets to print. */
import { test } from '@playwright/test'
import { choose } from './pages/forms'
import { accessible, address, expect, leave, live, logIn, start, visit, type World } from './world'

let w: World
test.beforeAll(async () => { w = await start() })
test.afterAll(async () => { await w.stop() })

test('found by a few letters: a page, a room, an owner, an order; only what one may see', async ({ browser }) => {
  const repair = await w.report(await w.owner(), '空调暖通')
  const p = await logIn(browser, w, 'manager'), page = p.page, box = page.getByRole('combobox', { name: '快速查找' })
  const find = async (text: string, option: string | RegExp) => {
    await page.keyboard.press('Control+k')
    await expect(box).toBeFocused()
    await box.fill(text)
    await expect(page.getByRole('option', { name: option }).first()).toBeVisible()
  }
  await find('公告', /^页面 *公告/)
  await accessible(page, 'find')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: '公告', level: 1 })).toBeVisible()
  await find('1栋2单元602', /1栋2单元602室/)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: '1栋2单元602室' })).toBeVisible()
  await page.keyboard.press('Escape')
  await find(repair.number, new RegExp(repair.number))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: repair.number })).toBeVisible()
  await expect(page).toHaveURL(new RegExp(`repair=${repair.id}`))
  await leave(p)
  const cashier = await logIn(browser, w, 'cashier')
  await cashier.page.getByRole('button', { name: /快速查找/ }).click()
  await cashier.page.getByRole('combobox', { name: '快速查找' }).fill('审计')
  await expect(cashier.page.getByText('没有找到')).toBeVisible()
  await leave(cashier)
})

test('the address keeps what one sees: a reload and a link show the same', async ({ browser }) => {
  const p = await logIn(browser, w, 'manager'), page = p.page
  await visit(p, w, '/bills')
  await choose(page, page.getByRole('combobox', { name: '状态' }), '待缴', { exact: true })
  await expect(page).toHaveURL(/state=published/)
  await page.getByRole('table', { name: '账单' }).getByRole('row').nth(1).click()
  await expect(page).toHaveURL(/state=published.*bill=|bill=.*state=published/)
  const drawer = page.getByRole('dialog'), title = (await drawer.getByRole('heading').first().textContent())!
  await page.reload()
  await expect(drawer.getByRole('heading', { name: title })).toBeVisible()
  await expect(drawer.getByText('物业费').first()).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page).not.toHaveURL(/bill=/)
  await expect(page).toHaveURL(/state=published/)
  await choose(page, page.getByRole('combobox', { name: '状态' }), '已核销')
  await expect(page.getByText('没有符合条件的记录')).toBeVisible()
  await page.locator('.state-box').getByRole('button', { name: '清空条件' }).click()
  await expect(page.getByRole('table', { name: '账单' }).getByRole('row').nth(1)).toBeVisible()
  await expect(page).not.toHaveURL(/state=/)
  await page.goto(`${address(w)}#/settings?tab=causes`)
  await expect(page.getByRole('button', { name: '故障原因', pressed: true })).toBeVisible()
  await leave(p)
})

test('from a number to what it counts: a bar, a tile, a receipt, an entry of the ledger', async ({ browser }) => {
  const bill = (await w.cashier.want(200, 'GET', '/api/v1/bills?view=board&state=published')).items[0]
  const paid = await w.cashier.want(201, 'POST', '/api/v1/payments', { method: 'cash', bills: [bill.id] })
  const p = await logIn(browser, w, 'manager'), page = p.page
  await visit(p, w, '/reports?report=receivable&by=building')
  await page.getByRole('table', { name: '应收与账龄' }).getByRole('row', { name: /^1栋/ }).click()
  await expect(page).toHaveURL(/\/owners\?building_id=\d+&owing=yes/)
  await visit(p, w, '/')
  await page.locator('[data-tile="repairs.on_hold"]').click()
  await expect(page).toHaveURL(/state=on_hold/)
  await visit(p, w, '/ledger/cash')
  await page.getByRole('row').filter({ hasText: '收款' }).first().getByRole('link', { name: '收款' }).click()
  const receipt = page.getByRole('dialog', { name: `收据 ${paid.receipt_no}` })
  await expect(receipt.getByRole('row').filter({ hasText: bill.room })).toBeVisible()
  await accessible(page, 'receipt')
  await receipt.getByRole('row').filter({ hasText: bill.room }).click()
  await expect(page).toHaveURL(new RegExp(`bill=${bill.id}`))
  await leave(p)
})

test('codes of chosen facilities on one sheet; who has none gets one', async ({ browser }) => {
  const category = (await w.manager.want(200, 'GET', '/api/v1/facility-categories')).items[0].code
  for (const [code, name] of [['QR-1', '一号水泵'], ['QR-2', '二号水泵']]) await w.manager.want(201, 'POST', '/api/v1/facilities', { code, name, category })
  const p = await logIn(browser, w, 'manager'), page = p.page
  await visit(p, w, '/facilities')
  const print = page.getByRole('button', { name: /^打印二维码/ })
  await expect(print).toBeDisabled()
  await page.getByRole('checkbox', { name: '选择 一号水泵' }).check()
  await page.getByRole('checkbox', { name: '选择 二号水泵' }).check()
  await page.getByRole('button', { name: '打印二维码(2)' }).click()
  await expect(page.getByRole('img', { name: /的二维码$/ })).toHaveCount(2)
  await expect(page.getByText('2 / 2 张')).toBeVisible()
  await accessible(page, 'codes')
  await page.reload()
  await expect(page.getByRole('img', { name: '二号水泵 的二维码' })).toBeVisible()
  await page.getByRole('button', { name: '返回' }).click()
  await expect(page.getByRole('table', { name: '设备台账' })).toBeVisible()
  expect((await w.manager.want(200, 'GET', '/api/v1/facilities?search=QR-')).items.map((f: { has_code: boolean }) => f.has_code)).toEqual([true, true])
  await leave(p)
})

test('codes of the machine are words; the way from one entry of the audit to all alike', async ({ browser }) => {
  const p = await logIn(browser, w, 'admin'), page = p.page
  await visit(p, w, '/audit')
  await page.getByRole('row').filter({ hasText: '出账批次:审核通过' }).first().click()
  await page.locator('.el-drawer').getByRole('button', { name: '只看同类操作' }).click()
  await expect(page).toHaveURL(/action=bill_run\.approve/)
  await visit(p, w, '/technicians')
  await expect(page.getByRole('table', { name: '技师与班次' })).toContainText('水暖')
  await visit(p, w, '/health')
  await expect(page.getByText('读取平均耗时')).toBeVisible()
  await expect(page.getByText(/\d MB/)).toBeVisible()
  await leave(p)
})

test('a small screen: the menu comes when called and goes by itself; nothing is wider than the page', async ({ browser }) => {
  const p = await logIn(browser, w, 'manager', { viewport: { width: 1200, height: 900 } }), page = p.page, menu = page.getByRole('navigation', { name: '主菜单' })
  await page.setViewportSize({ width: 800, height: 900 })
  await expect(menu).toBeHidden()
  await live(p)
  await page.getByRole('button', { name: '收起或展开菜单' }).click()
  await menu.getByRole('link', { name: '账单', exact: true }).click()
  await expect(page.getByRole('heading', { name: '账单', level: 1 })).toBeVisible()
  await expect(menu).toBeHidden()
  await accessible(page, 'narrow')
  for (const path of ['/', '/board', '/rooms', '/owners', '/payments', '/facilities']) {
    await visit(p, w, path)
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), path).toBe(true)
  }
  await leave(p)
})

test('a bill run on the screen of one changes when another approves it', async ({ browser }) => {
  const d = new Date(Date.now() + 8 * 3600e3), day = Number(new Date(Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 2)).toISOString().slice(0, 10).replaceAll('-', ''))
  const run = await w.cashier.want(201, 'POST', '/api/v1/bill-runs', { day })
  await expect.poll(async () => (await w.manager.want(200, 'GET', `/api/v1/bill-runs/${run.id}`)).run.state).toBe('ready')
  await w.cashier.want(200, 'POST', `/api/v1/bill-runs/${run.id}/submit`, {})
  const p = await logIn(browser, w, 'cashier')
  await visit(p, w, `/bill-runs/${run.id}`)
  await live(p)
  await expect(p.page.locator('[data-test="run"][data-state="submitted"]')).toBeVisible()
  await w.manager.want(200, 'POST', `/api/v1/bill-runs/${run.id}/approve`, {})
  await expect(p.page.locator('[data-test="run"][data-state="approved"]')).toBeVisible()
  await leave(p)
})
