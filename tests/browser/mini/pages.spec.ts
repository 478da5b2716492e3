// pages.spec.ts - every page as it looks: light, dark with large print, and in English; nothing serious for axe, no error, no
// outside request, nothing wider than the phone. Pictures are kept with the results.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { already, axe, person, until, world } from './lib'

let s: any, ids: Record<string, string> = {}
const resident = { name: '张伟', kind: 'resident' as const, roles: ['owner'] }, technician = { name: '黄师傅', kind: 'staff' as const, roles: ['technician'] }
test.beforeAll(async () => {
  s = await world()
  const o = await s.payer(), paid = await s.payer()
  ids.owner = o.name
  ids.bill = o.bill.id
  ids.room = o.room_id
  ids.repair = await s.in_repair(o, s.tech[4])
  ids.complaint = (await o.want(201, 'POST', '/api/v1/complaints', { kind: 'complaint', category: 'service', title: '电话没人接', text: '打了三次都没人接' })).id
  const n = await s.service.want(201, 'POST', '/api/v1/notices', { title: '停水通知', text: '明天 9 点至 11 点停水。', kind: 'emergency', audience: 'project', roles: ['owner', 'staff'] })
  await s.manager.want(200, 'POST', `/api/v1/notices/${n.id}/publish`, {})
  ids.notice = n.id
  const lift = (await s.manager.want(201, 'POST', '/api/v1/facilities', { code: 'DT-09', name: '9号客梯', category: 'lift', place: '9栋', importance: 'A' })).id
  ids.asset = (await s.manager.want(201, 'POST', `/api/v1/facilities/${lift}/code`, {})).token
  const today = Number(new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10).replaceAll('-', ''))
  const plan = await s.manager.want(201, 'POST', '/api/v1/maint-plans', { name: '空调清洗', kind: 'minor', remind: '', facilities: [lift], every_n: 15, unit: 'day', anchor_day: today, horizon_days: 0, skill: 'hvac', staff: [s.tech[4].account_id], items: [{ kind: 'yes_no', text: '滤网已清洗' }, { kind: 'number', text: '出风温度', measure: '度', min_e3: 5000, max_e3: 18000 }, { kind: 'signature', text: '使用人签字' }] })
  await s.manager.want(200, 'POST', `/api/v1/maint-plans/${plan.id}/activate`, {})
  ids.task = await until(async () => (await s.tech[4].want(200, 'GET', '/api/v1/maint-tasks?open=1')).items.find((x: any) => x.name === '空调清洗')?.id, 20000, 'a task')
  await s.tech[4].want(200, 'POST', `/api/v1/maint-tasks/${ids.task}/start`, {})
  ids.door = (await s.cashier.call('POST', `/api/v1/rooms/${o.room_id}/code`, {})).body.token
  const order = await s.started(paid, 'wechat')
  await s.pay(order)
  await s.reaches(paid, order, 'paid')
})
test.afterAll(async () => { await s?.stop() })

const pages = JSON.parse(fs.readFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../miniprogram-stub/src/pages.json'), 'utf8'))
const all: string[] = [...pages.pages.map((p: any) => p.path), ...pages.subPackages.flatMap((x: any) => x.pages.map((p: any) => `${x.root}/${p.path}`))]
const QUERY: Record<string, () => string> = {
  'pkg-owner/bill/index': () => `?id=${ids.bill}`, 'pkg-owner/pay/index': () => `?bills=${ids.bill}&sum=26850`, 'pkg-owner/repair/index': () => `?id=${ids.repair}`,
  'pkg-owner/complaint/index': () => `?id=${ids.complaint}`, 'pkg-owner/notice/index': () => `?id=${ids.notice}`, 'pkg-owner/invoice-new/index': () => '?payment=1&fen=26850',
  'pkg-owner/people/index': () => `?id=${ids.room}&name=1`, 'pkg-tech/job/index': () => `?id=${ids.repair}`, 'pkg-tech/finish/index': () => `?id=${ids.repair}`, 'pkg-tech/task/index': () => `?id=${ids.task}`,
  'pkg-public/asset/index': () => `?token=${ids.asset}`, 'pkg-public/paycode/index': () => `?token=${ids.door}`, 'pkg-public/receipt/index': () => '?token=AAAAAAAA',
}
for (const [look, settings] of [['light', {}], ['dark-large', { theme: 'dark', large: true }], ['english', { lang: 'en' }]] as const)
  test(`all pages, ${look}`, async ({ browser }, info) => {
    test.setTimeout(300000)
    const owner = await person(browser, s), tech = await person(browser, s), nobody = await person(browser, s)
    await already(owner, s.world.client(ids.owner), resident, settings)
    await already(tech, s.tech[4], technician, settings)
    await nobody.page.addInitScript((v) => localStorage.setItem('anju.settings', JSON.stringify(v)), settings)
    const dir = info.outputPath('screens')
    for (const name of all) {
      const p = name === 'pages/login/index' || name.startsWith('pkg-public') ? nobody : name.startsWith('pkg-tech') ? tech : owner
      await p.go(`/${name}${QUERY[name]?.() ?? ''}`)
      await expect(p.page.locator('.page').last()).toBeVisible()
      await expect(p.page.locator('.bone')).toHaveCount(0)
      await expect(p.page.getByText('undefined')).toHaveCount(0)
      const wide = await p.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      expect(wide, `${name} is wider than the phone`).toBeLessThanOrEqual(0)
      await axe(p.page, `${name} ${look}`)
      await p.page.screenshot({ path: path.join(dir, `${name.replaceAll('/', '-')}.png`) })
      if (look === 'english' && !name.startsWith('pkg-public')) {
        const chinese = await p.page.evaluate(() => /[\u4e00-\u9fff]/.test(document.querySelector('.uni-page-head__title')?.textContent ?? ''))
        expect(chinese, `${name}: the title is in Chinese`).toBe(false)
      }
    }
    for (const p of [owner, tech, nobody]) await p.end()
  })
