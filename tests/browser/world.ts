/* world.ts - a server with demo data and published bills for one test file, and people in browsers. Whatever they meet:
 * no error on the console, no request to another host. */
import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test'
import AxeBuilder from '@axe-core/playwright'
import { Money, PASSWORD, root } from '../e2e/lib/index.mjs'

export { expect, PASSWORD }
export type World = Awaited<ReturnType<typeof Money.start>> & Record<string, any>
export interface Person { page: Page; context: BrowserContext; errors: string[]; outside: string[]; name: string }

export const start = (options = {}): Promise<World> => Money.start({ sqlite: true, ...options, config: { static_dir: `${root}/.build/web`, ...(options as { config?: object }).config } }) as Promise<World>
export const address = (w: World) => `https://127.0.0.1:${w.world.port}/console/`

/* Somebody with a browser, watched from the first request on. expected: errors that the test provokes. */
export async function visitor(browser: Browser, w: World, name: string, options: object = {}): Promise<Person> {
  const context = await browser.newContext({ ...options })
  const page = await context.newPage()
  const p: Person = { page, context, errors: [], outside: [], name }
  context.on('request', (r) => {
    // chrome and chrome-extension: the browser's own PDF viewer
    if (!new RegExp(`^(https://127\\.0\\.0\\.1:${w.world.port}/|wss://127\\.0\\.0\\.1:${w.world.port}/|data:|blob:|chrome-extension:|chrome:)`).test(r.url())) p.outside.push(r.url())
  })
  page.on('pageerror', (e) => p.errors.push(e.message))
  page.on('console', (m) => m.type() === 'error' && p.errors.push(m.text()))
  return p
}
export async function logIn(browser: Browser, w: World, login: string, options: object = {}): Promise<Person> {
  const p = await visitor(browser, w, login, options)
  await p.page.goto(address(w))
  await p.page.getByLabel(/账号或手机号|Account or phone/).fill(login)
  await p.page.getByLabel(/^(密码|Password)$/).fill(PASSWORD)
  await p.page.getByRole('button', { name: /^(登录|Log in)$/ }).click()
  await expect(p.page.getByRole('navigation', { name: /主菜单|Main menu/ })).toBeVisible()
  return p
}
export async function visit(p: Person, w: World, path: string): Promise<void> {
  await p.page.goto(`${address(w)}#${path}`)
  await expect(p.page.locator('main h1').first()).toBeVisible()
}
export const live = (p: Person) => expect(p.page.locator('[data-test="conn"][data-state="live"]')).toBeVisible()

/* Nothing went wrong while they were here. */
export async function leave(p: Person, allowed: RegExp = /^$/): Promise<void> {
  expect(p.outside, `${p.name} asks no other host`).toEqual([])
  expect(p.errors.filter((e) => !allowed.test(e)), `${p.name}'s console`).toEqual([])
  await p.context.close()
}
/* A message at the top of the page comes and goes when it likes, and half faded it is grey on grey to a machine: it is looked at where it is held. */
export async function accessible(page: Page, what: string, only = ''): Promise<void> {
  await page.evaluate(() => document.getAnimations().filter((a) => a.effect?.getComputedTiming().endTime !== Infinity).forEach((a) => a.finish()))
  const axe = new AxeBuilder({ page })
  const r = await (only ? axe.include(only) : axe.exclude('.el-message')).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze()
  const bad = r.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${what}: ${v.id} ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.html.slice(0, 140)}`).join(' | ')}`)
  expect.soft(bad).toEqual([])
}
