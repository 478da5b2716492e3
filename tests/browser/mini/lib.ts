// lib.ts - the built H5 pages served by the real server, people with phones in front of it.
import AxeBuilder from '@axe-core/playwright'
import { expect, type Browser, type BrowserContext, type Locator, type Page } from '@playwright/test'
// @ts-ignore the end-to-end library is plain JavaScript
import { Money, PASSWORD, root, until } from '../../e2e/lib/index.mjs'

export { until, PASSWORD }

/** The demo company with bills, payment sandbox and Redis; the pages below /m/, as scripts/web has built them. */
export async function world(options: Record<string, any> = {}): Promise<any> {
  const s: any = await Money.start({ redis: true, sqlite: true, ...options, config: { static_dir: `${root}/.build/web`, ...options.config } })
  s.url = `https://127.0.0.1:${s.world.port}`
  return s
}

export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ignoreHTTPSErrors: true }
export interface Person { ctx: BrowserContext; page: Page; outside: string[]; errors: string[]; sockets: { drop(code?: number): void; block(on: boolean): void }; go(path: string): Promise<void>; end(): Promise<void> }

/** A phone of its own. Sockets go through a switch, so that a test can cut them as a tunnel would. */
export async function person(browser: Browser, s: any, more: object = {}): Promise<Person> {
  const ctx = await browser.newContext({ ...phone, ...more }), outside: string[] = [], errors: string[] = []
  const page = await ctx.newPage(), open = new Set<any>()
  let blocked = false
  page.on('request', (r) => { if (!r.url().startsWith(s.url) && !/^(data|blob):/.test(r.url())) outside.push(r.url()) })
  page.on('pageerror', (e) => errors.push(e.message))
  page.on('console', (m) => {
    if (m.type() !== 'error' || /net::ERR_(INTERNET_DISCONNECTED|CONNECTION_RESET|CONNECTION_REFUSED|FAILED)|WebSocket/.test(m.text())) return
    if (/status of (4(0[149]|22|29))/.test(m.text())) return // an answer the page shows in words
    errors.push(m.text())
  })
  await page.routeWebSocket(/\/live\/v1/, (ws) => {
    if (blocked) { void ws.close(); return }
    const server = ws.connectToServer()
    open.add(ws)
    ws.onClose(() => { open.delete(ws); void server.close() })
    server.onClose((code, reason) => { open.delete(ws); void ws.close({ code, reason }) })
  })
  return {
    ctx, page, outside, errors,
    sockets: {
      drop(code = 3001) { for (const ws of [...open]) { open.delete(ws); void ws.close({ code }) } },
      block(on: boolean) { blocked = on; if (on) this.drop() },
    },
    go: async (p) => { await page.goto(`${s.url}/m/#${p}`) },
    async end() {
      expect(outside, 'no outside host').toEqual([])
      expect(errors, 'no error in the console').toEqual([])
      await ctx.close()
    },
  }
}
/** uni-app wraps every button; the text inside does not take the click. */
export const button = (page: Page | Locator, text: string | RegExp): Locator => page.locator('uni-button').filter({ hasText: text })
export const field = (page: Page | Locator, label: string): Locator => page.locator(`input[aria-label="${label}"], textarea[aria-label="${label}"]`)

export async function loginOwner(p: Person, s: any, number: string) {
  await p.go('/pages/login/index')
  await field(p.page, '手机号').fill(number)
  const before = (await s.world.captured('sms', number)).length
  await button(p.page, '获取验证码').click()
  const sms = await s.world.capture('sms', number, before + 1)
  const code = /(?<!\d)\d{6}(?!\d)/.exec(JSON.stringify(sms[sms.length - 1].content))![0]
  await field(p.page, '验证码').fill(code)
  await p.page.getByRole('checkbox').click()
  await button(p.page, /^登录$/).click()
}
export async function loginStaff(p: Person, login: string) {
  await p.go('/pages/login/index')
  await p.page.getByRole('tab', { name: '员工' }).click()
  await field(p.page, '账号').fill(login)
  await field(p.page, '密码').fill(PASSWORD)
  await p.page.getByRole('checkbox').click()
  await button(p.page, /^登录$/).click()
}
/** A session of the seed put into the phone's storage: for tests that are not about logging in. */
export async function already(p: Person, client: any, who: { name: string; kind: 'staff' | 'resident'; roles: string[] }, settings: object = {}) {
  const put = { tokens: { token: client.token, refresh: null }, me: { accountId: client.account_id, name: who.name, kind: who.kind, roles: who.roles, projectId: client.project_id ?? null }, device: client.device, settings }
  await p.page.addInitScript((all) => {
    if (localStorage.getItem('anju.tokens')) return
    for (const [k, v] of Object.entries(all)) localStorage.setItem(`anju.${k}`, JSON.stringify(v))
  }, put)
}
export async function axe(page: Page, name: string) {
  await page.evaluate(() => document.getAnimations().filter((a) => a.effect?.getComputedTiming().endTime !== Infinity).forEach((a) => a.finish()))
  const r = await new AxeBuilder({ page }).exclude('.uni-simple-toast__text').withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze() // half faded a toast is grey on grey to a machine
  const bad = r.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
  expect(bad.map((v) => `${v.id} ${v.nodes.map((n) => n.html.slice(0, 160) + ' ' + (n.failureSummary ?? '').slice(0, 200)).join('\n   ')}`), `axe: ${name}`).toEqual([])
}
