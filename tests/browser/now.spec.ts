/* What happens now: log-in, counters that move by themselves, dispatching from the board, the wall screen. */
import { test } from '@playwright/test'
import { Board, Dashboard } from './pages/board'
import { accessible, address, expect, leave, live, logIn, PASSWORD, start, visit, visitor, type World } from './world'

let w: World
test.beforeAll(async () => { w = await start() })
test.afterAll(async () => { await w.stop() })

test('a wrong password says so, a right one opens the dashboard, logging out closes it', async ({ browser }) => {
  const p = await visitor(browser, w, 'manager')
  await p.page.goto(address(w))
  await accessible(p.page, 'login')
  await p.page.getByRole('button', { name: '登录', exact: true }).click()
  await expect(p.page.getByRole('alert')).toHaveText('请填写账号和密码')
  await p.page.getByLabel('账号或手机号').fill('manager')
  await p.page.getByLabel('密码', { exact: true }).fill('wrong-Password-1')
  await p.page.keyboard.press('Enter')
  await expect(p.page.getByRole('alert')).toContainText(/账号或密码/)
  await p.page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await p.page.keyboard.press('Enter')
  await expect(p.page.getByRole('heading', { name: '工作台' })).toBeVisible()
  await p.page.reload()
  await expect(p.page.getByRole('heading', { name: '工作台' })).toBeVisible()
  await p.page.locator('[data-test="user"]').click()
  await p.page.getByRole('menuitem', { name: '退出登录' }).click()
  await expect(p.page.getByRole('heading', { name: '登录' })).toBeVisible()
  await p.page.goto(`${address(w)}#/owners`)
  await expect(p.page.getByRole('heading', { name: '登录' })).toBeVisible()
  await leave(p, /401/)
})

test('the first page is light enough', async ({ browser }) => {
  const p = await visitor(browser, w, 'nobody')
  let bytes = 0
  const sizes: Promise<void>[] = []
  p.page.on('requestfinished', (r) => sizes.push(r.sizes().then((s) => { bytes += s.responseBodySize })))
  await p.page.goto(address(w))
  await p.page.waitForLoadState('networkidle')
  await Promise.all(sizes)
  expect(bytes).toBeLessThan(150 * 1024)
  await leave(p)
})

test('a reported fault moves the counters of an open dashboard', async ({ browser }) => {
  const p = await logIn(browser, w, 'manager')
  await live(p)
  const d = new Dashboard(p.page), before = Number(await d.tile('repairs.waiting').textContent())
  const owner = await w.owner()
  const t0 = Date.now()
  await w.report(owner, '空调暖通')
  await expect(d.tile('repairs.waiting')).toHaveText(String(before + 1))
  expect(Date.now() - t0).toBeLessThan(6000)
  await leave(p)
})

test('a dispatcher gives a job from the board; accepting and finishing move the card without a reload', async ({ browser }) => {
  const p = await logIn(browser, w, 'dispatcher')
  await visit(p, w, '/board')
  await live(p)
  const board = new Board(p.page), tech = w.tech[4], owner = await w.owner()
  const r = await w.report(owner, '空调暖通', { description: '空调不制冷' })
  await expect(board.lane('waiting').locator(`[data-repair="${r.number}"]`)).toBeVisible()
  await board.dispatch(r.number, '黄师傅')
  await expect(board.card(r.number)).toContainText('已派待接')
  const offer = (await tech.offers()).find((o: any) => o.repair.id === r.id)
  await tech.want(200, 'POST', `/api/v1/offers/${offer.offer_id}/accept`, {})
  await expect(board.lane('assigned').locator(`[data-repair="${r.number}"]`)).toContainText('黄师傅')
  await tech.must(r.id, 'arrive')
  await expect(board.lane('working').locator(`[data-repair="${r.number}"]`)).toContainText('已到达')
  const drawer = await board.open(r.number)
  await expect(drawer).toContainText('空调不制冷')
  await tech.must(r.id, 'start')
  await expect(drawer.locator('.timeline')).toContainText('维修中')
  await accessible(p.page, 'drawer')
  await p.page.keyboard.press('Escape')
  await p.page.getByRole('button', { name: '表格' }).click()
  await expect(p.page.getByRole('row').filter({ hasText: r.number })).toContainText('维修中')
  await tech.must(r.id, 'finish', w.finish())
  await expect(p.page.getByRole('row').filter({ hasText: r.number })).toContainText('待确认')
  await leave(p)
})

test('the line is lost and found again: a banner, then what was missed', async ({ browser }) => {
  const p = await logIn(browser, w, 'dispatcher')
  await visit(p, w, '/board')
  await live(p)
  await w.world.restart('SIGTERM')
  const owner = await w.owner()
  const r = await w.report(owner, '空调暖通')
  await expect(new Board(p.page).card(r.number)).toBeVisible({ timeout: 60e3 }) // the next try may be 30 s away
  await live(p)
  await expect(p.page.locator('.conn-banner')).toHaveCount(0)
  await leave(p, /WebSocket|Failed to load resource|ERR_/)
})

test('the wall screen is dark, whole and alive', async ({ browser }, info) => {
  const p = await logIn(browser, w, 'manager', { viewport: { width: 1920, height: 1080 } })
  await p.page.goto(`${address(w)}#/screen`)
  await expect(p.page.locator('.cell').first()).toBeVisible()
  const [inner, scroll] = await p.page.evaluate(() => [innerHeight, document.documentElement.scrollHeight])
  expect(scroll).toBeLessThanOrEqual(inner)
  const owner = await w.owner(), r = await w.report(owner, '空调暖通')
  await expect(p.page.locator('.list')).toContainText(r.number)
  await accessible(p.page, 'screen')
  await p.page.screenshot({ path: info.outputPath('screen.png') })
  await leave(p)
})
