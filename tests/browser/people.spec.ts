/* Who may see what, dead sessions, and how people like to look at things. */
import { test } from '@playwright/test'
import { accessible, address, expect, leave, live, logIn, PASSWORD, start, visit, visitor, type World } from './world'

let w: World
test.beforeAll(async () => { w = await start() })
test.afterAll(async () => { await w.stop() })

test('menus, pages and buttons follow the role', async ({ browser }) => {
  const see = async (who: string) => {
    const p = await logIn(browser, w, who)
    const names = await p.page.getByRole('navigation', { name: '主菜单' }).getByRole('link').allTextContents()
    return { p, names }
  }
  const cashier = await see('cashier')
  expect(cashier.names).toContain('收费台')
  for (const n of ['员工', '操作审计', '消息模板', '服务账号', '维保计划', '设置']) expect(cashier.names).not.toContain(n)
  await cashier.p.page.goto(`${address(w)}#/staff`)
  await expect(cashier.p.page.getByRole('heading', { name: '没有这个页面' })).toBeVisible()
  await visit(cashier.p, w, '/fee-items')
  await expect(cashier.p.page.getByRole('button', { name: '新建收费项目' })).toHaveCount(0)
  await leave(cashier.p)

  const auditor = await see('auditor')
  expect(auditor.names).toContain('操作审计')
  expect(auditor.names).not.toContain('收费台')
  await visit(auditor.p, w, '/owners')
  await expect(auditor.p.page.getByRole('button', { name: '登记业主' })).toHaveCount(0)
  await leave(auditor.p)
})

test('a session that is ended elsewhere leads to the log-in, and back to the page', async ({ browser }) => {
  const p = await logIn(browser, w, 'service')
  await visit(p, w, '/complaints')
  await live(p)
  const id = (await w.admin.want(200, 'GET', '/api/v1/staff')).items.find((s: any) => s.login === 'service').id
  await w.admin.want(204, 'POST', `/api/v1/staff/${id}/disable`, {})
  await expect(p.page.getByText('登录已失效,请重新登录')).toBeVisible()
  await w.admin.want(204, 'POST', `/api/v1/staff/${id}/enable`, {})
  await p.page.getByLabel('账号或手机号').fill('service')
  await p.page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await p.page.keyboard.press('Enter')
  await expect(p.page.getByRole('heading', { name: '投诉建议' })).toBeVisible()
  await leave(p, /401/)
})

test('a new member of staff must set a password of their own first', async ({ browser }) => {
  await w.admin.want(201, 'POST', '/api/v1/staff', { login: 'newcomer', name: '新同事', password: 'First-Password-1', grants: [{ role: 'manager' }] })
  const p = await visitor(browser, w, 'newcomer')
  await p.page.goto(address(w))
  await p.page.getByLabel('账号或手机号').fill('newcomer')
  await p.page.getByLabel('密码', { exact: true }).fill('First-Password-1')
  await p.page.keyboard.press('Enter')
  await expect(p.page.getByRole('heading', { name: '修改密码' })).toBeVisible()
  await p.page.goto(`${address(w)}#/owners`)
  await expect(p.page.getByRole('heading', { name: '修改密码' })).toBeVisible()
  await p.page.getByLabel('当前密码').fill('First-Password-1')
  await p.page.getByLabel('新密码').fill('Second-Password-2')
  await p.page.getByLabel('再输一次').fill('Second-Password-2')
  await p.page.keyboard.press('Enter')
  await expect(p.page.getByRole('heading', { name: '工作台' })).toBeVisible()
  await leave(p)
})

test('dark, large print and English', async ({ browser }, info) => {
  const p = await logIn(browser, w, 'manager')
  await live(p)
  const menu = async (name: string) => {
    await p.page.locator('[data-test="user"]').click()
    await p.page.getByRole('menuitem', { name }).click()
  }
  const size = () => p.page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize))
  const before = await size()
  await menu('深色模式')
  await expect(p.page.locator('html')).toHaveClass(/dark/)
  await menu('大字模式')
  expect(await size()).toBeGreaterThanOrEqual(before * 1.2)
  await visit(p, w, '/board')
  await p.page.screenshot({ path: info.outputPath('dark-large.png') })
  await accessible(p.page, 'dark and large')
  await menu('English')
  await expect(p.page.getByRole('heading', { name: 'Repair board' })).toBeVisible()
  await expect(p.page.locator('html')).toHaveAttribute('lang', 'en')
  for (const path of ['/', '/owners', '/counter', '/reports', '/settings']) {
    await visit(p, w, path)
    const text = await p.page.locator('main').evaluate((m) => [...m.querySelectorAll('h1, h2, label, button, th')].map((e) => e.textContent).join('\n'))
    const left = text.split('\n').filter((l) => /[一-鿿]/.test(l) && !/栋|座|单元|室|阳光|花园|物业/.test(l))
    expect(left, path).toEqual([])
  }
  await p.page.reload()
  await expect(p.page.getByRole('navigation', { name: 'Main menu' })).toBeVisible()
  await leave(p)
})
