/* The pictures of the README: ANJU_PICTURES=1 npx playwright test pictures. Written to server/pictures. */
import path from 'node:path'
import { test } from '@playwright/test'
import { root } from '../e2e/lib/index.mjs'
import { address, expect, leave, live, logIn, start, visit, type World } from './world'

let w: World
test.beforeAll(async () => { w = await start() })
test.afterAll(async () => { await w?.stop() })
const file = (name: string) => path.join(root, 'server/pictures', `${name}.png`)

test('pictures', async ({ browser }) => {
  for (const type of ['空调暖通', '水管漏水', '电路故障']) if (w.types[type]) await w.report(await w.owner(), type)
  const owner = await w.owner()
  await w.in_repair(owner, w.tech[4])
  await w.assigned(await w.owner(), w.tech[5])
  const bill = (await w.cashier.want(200, 'GET', '/api/v1/bills?view=board&state=published')).items[0]
  await w.cashier.want(201, 'POST', '/api/v1/payments', { method: 'cash', bills: [bill.id] })
  const p = await logIn(browser, w, 'manager', { viewport: { width: 1360, height: 850 } })
  await live(p)
  const take = async (name: string, ready: string) => {
    await expect(p.page.locator(ready).first()).toBeVisible()
    await expect(p.page.locator('.skeleton')).toHaveCount(0)
    await p.page.screenshot({ path: file(name), animations: 'disabled' })
  }
  await take('console-dashboard', '.chart canvas')
  await visit(p, w, '/board')
  await take('console-board', '[data-repair]')
  await visit(p, w, '/rooms')
  await take('console-rooms', '.cell')
  await visit(p, w, '/counter')
  await p.page.keyboard.type('2-1-102')
  await expect(p.page.getByRole('option').first()).toBeVisible()
  await p.page.keyboard.press('Enter')
  await p.page.getByLabel('实收现金').fill('400')
  await take('console-counter', '[data-test="change"]')
  await p.page.setViewportSize({ width: 1600, height: 900 })
  await p.page.goto(`${address(w)}#/screen`)
  await take('console-screen', '.cell')
  await leave(p)
})
