// language.spec.ts - English chosen: every request says so, refusals and messages come in English; and after a session's end
// people go on where they were.
import { expect, test } from '@playwright/test'
import { already, button, field, loginOwner, person, until, world } from './lib'

let s: any
test.beforeAll(async () => { s = await world() })
test.afterAll(async () => { await s?.stop() })
const resident = { name: '业主', kind: 'resident' as const, roles: ['owner'] }

test('requests, refusals and messages in English; back to Chinese by the switch', async ({ browser }) => {
  const p = await person(browser, s), o = await s.owner(), spoken = new Set<string>(), languages: string[] = []
  p.page.on('request', (r) => { if (r.url().includes('/api/')) spoken.add(r.headers()['accept-language'] ?? ''); if (r.url().endsWith('/me/language')) languages.push(r.postDataJSON().lang) })
  await already(p, o, resident, { lang: 'en' })
  await p.go('/pkg-owner/repair/index?id=999999999999')
  await expect(p.page.getByRole('alert')).toContainText('no such order')
  await expect.poll(async () => { // told by itself
    await o.want(201, 'POST', '/api/v1/complaints', { kind: 'praise', title: '好', text: '很好' })
    return (await o.want(200, 'GET', '/api/v1/notifications')).items.some((n: any) => n.title.startsWith('We have your'))
  }).toBe(true)
  await p.go('/pkg-owner/preferences/index')
  await expect(p.page.getByText('Your feedback has arrived')).toBeVisible()
  await expect(p.page.getByText(/[\u4e00-\u9fff]/)).toHaveCount(0)
  const chooser = p.page.waitForEvent('filechooser')
  await p.go('/pkg-owner/repair-new/index')
  await p.page.getByRole('button', { name: 'Add a photo' }).click()
  // @ts-ignore plain JavaScript
  const { jpeg } = await import('../../e2e/lib/index.mjs')
  const upload = p.page.waitForRequest(/\/api\/v1\/files$/)
  await (await chooser).setFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: jpeg() })
  expect((await upload).headers()['accept-language']).toBe('en')
  expect([...spoken]).toEqual(['en'])
  expect(languages, 'told once, whatever the language of the phone').toEqual(['en'])
  await p.go('/pkg-owner/settings/index')
  const told = p.page.waitForRequest(/\/me\/language$/)
  await p.page.getByRole('tab', { name: '中文' }).click()
  expect((await told).postDataJSON()).toEqual({ lang: 'zh' })
  await expect(p.page.getByText('语言')).toBeVisible()
  await p.end()
})

test('a session that ends: said so, and after the login the same page again', async ({ browser }) => {
  const p = await person(browser, s), o = await s.owner(), id = await s.assigned(o, s.tech[4])
  const number = String(13800000100 + Number(/\d+$/.exec(o.name)![0]))
  await loginOwner(p, s, number)
  await expect(p.page.getByText('待缴费用')).toBeVisible()
  await p.go(`/pkg-owner/repair/index?id=${id}`)
  await expect(p.page.getByText('报修进度').first()).toBeVisible()
  await p.page.evaluate(() => { localStorage.setItem('anju.tokens', JSON.stringify({ token: 'x'.repeat(43), refresh: null })) })
  await p.page.reload()
  await expect(p.page.getByText('登录已过期')).toBeVisible()
  await field(p.page, '手机号').fill(number)
  await s.world.shift(61e3)
  const before = (await s.world.captured('sms', number)).length
  await button(p.page, '获取验证码').click()
  const sms = await s.world.capture('sms', number, before + 1)
  await field(p.page, '验证码').fill(/(?<!\d)\d{6}(?!\d)/.exec(JSON.stringify(sms[sms.length - 1].content))![0])
  await p.page.getByRole('checkbox').click()
  await button(p.page, /^登录$/).click()
  await until(async () => p.page.url().includes(`pkg-owner/repair/index?id=${id}`), 15000, 'where they were')
  await p.end()
})
