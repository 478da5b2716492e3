// offline.spec.ts - a basement: the technician goes on without a network, also over a restart of the app; everything is said
// in order afterwards, once; what no longer fits is shown, not swallowed.
import { expect, test } from '@playwright/test'
import { already, axe, button, field, person, until, world } from './lib'
// @ts-ignore plain JavaScript
import { jpeg } from '../../e2e/lib/index.mjs'

let s: any
test.beforeAll(async () => { s = await world() })
test.afterAll(async () => { await s?.stop() })
const who = { name: '黄师傅', kind: 'staff' as const, roles: ['technician'] }

test('arrive, start and finish with a photo in a basement; the app is closed and opened in between', async ({ browser }, info) => {
  const p = await person(browser, s), o = await s.owner(), id = await s.assigned(o, s.tech[4])
  await already(p, s.tech[4], who)
  await p.go(`/pkg-tech/job/index?id=${id}`)
  await expect(button(p.page, '出发')).toBeVisible()
  await p.go(`/pkg-tech/finish/index?id=${id}`) // the lists are on the phone from now on
  await expect(p.page.getByRole('radio', { name: '滤网堵塞' })).toBeVisible()
  await p.go(`/pkg-tech/job/index?id=${id}`)
  await expect(button(p.page, '出发')).toBeVisible()

  p.sockets.block(true)
  await p.page.route(/\/api\//, (r) => r.abort('internetdisconnected'))
  await button(p.page, '出发').click()
  await button(p.page, '我已到达').click()
  await button(p.page, '开始维修').click()
  await expect(p.page.getByText('待同步 3 项')).toBeVisible()
  await expect(button(p.page, /^完工$/)).toBeVisible()
  expect((await s.admin.repair(id)).state).toBe('assigned')
  await axe(p.page, 'job offline')
  await button(p.page, /^完工$/).click()
  await p.page.getByRole('radio', { name: '滤网堵塞' }).click()
  await field(p.page, '处理措施').fill('清洗滤网')
  const chooser = p.page.waitForEvent('filechooser')
  await p.page.getByRole('button', { name: '添加照片' }).click()
  await (await chooser).setFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: jpeg() })
  await expect(p.page.getByText('1/6')).toBeVisible()
  await button(p.page, /^完工$/).click()
  await expect(p.page.getByText('待同步 4 项')).toBeVisible()
  await p.page.screenshot({ path: info.outputPath('offline.png') })

  await p.page.reload() // the app was closed
  await p.go(`/pkg-tech/job/index?id=${id}`)
  await expect(p.page.getByText('待同步 4 项')).toBeVisible() // the job is on the phone, with what waits played on top
  await expect(p.page.getByText('空调暖通').first()).toBeVisible()
  await p.go('/pkg-tech/queue/index')
  await expect(p.page.locator('.card').filter({ hasText: '待同步' })).toHaveCount(4)
  await expect(p.page.locator('.card').first()).toContainText('空调暖通 · ')
  await expect(p.page.locator('.card').first()).toContainText('没有网络')
  await axe(p.page, 'queue')
  await p.page.unroute(/\/api\//)
  p.sockets.block(false)
  await button(p.page, '立即同步').click()
  await expect(p.page.getByText('全部已同步')).toBeVisible()
  const steps = (await s.history(s.admin, id)).map((h: any) => h.event).filter((e: string) => ['depart', 'arrive', 'start', 'finish'].includes(e))
  expect(steps).toEqual(['depart', 'arrive', 'start', 'finish'])
  const detail = await s.admin.want(200, 'GET', `/api/v1/repairs/${id}`)
  expect(detail.photos.filter((x: any) => x.stage === 'after')).toHaveLength(1)
  await p.end()
})

test('an answer lost on the way: the step is said again and counts once', async ({ browser }) => {
  const p = await person(browser, s), o = await s.owner(), id = await s.assigned(o, s.tech[4])
  await already(p, s.tech[4], who)
  await p.go(`/pkg-tech/job/index?id=${id}`)
  let lost = 0
  await p.page.route(/\/depart$/, async (r) => { if (lost++ === 0) { await r.fetch(); await r.abort('connectionreset') } else await r.continue() })
  await button(p.page, '出发').click()
  await until(async () => lost > 1, 15000, 'said again by itself')
  await expect(p.page.getByText('待同步')).toHaveCount(0)
  expect((await s.history(s.admin, id)).filter((h: any) => h.event === 'depart')).toHaveLength(1)
  await p.end()
})

test('the job was taken away meanwhile: the conflict is shown and waits for a person', async ({ browser }) => {
  const p = await person(browser, s), o = await s.owner(), id = await s.assigned(o, s.tech[4])
  await already(p, s.tech[4], who)
  await p.go(`/pkg-tech/job/index?id=${id}`)
  await expect(button(p.page, '出发')).toBeVisible()
  p.sockets.block(true)
  await p.page.route(/\/api\//, (r) => r.abort('internetdisconnected'))
  await button(p.page, '出发').click()
  await button(p.page, '我已到达').click()
  await expect(p.page.getByText('待同步 2 项')).toBeVisible()
  await s.manager.must(id, 'void', { note: '业主取消' })
  await p.go('/pkg-tech/queue/index')
  await p.page.unroute(/\/api\//)
  p.sockets.block(false)
  await button(p.page, '立即同步').click()
  await expect(p.page.getByText('有冲突')).toHaveCount(1)
  await expect(p.page.getByRole('alert').first()).toBeVisible()
  await axe(p.page, 'conflict')
  await button(p.page, '放弃').click()
  await p.page.locator('.uni-modal__btn_primary').click()
  await expect(p.page.locator('.card')).toHaveCount(1)
  await p.end()
})
