// pictures.spec.ts - the README's pictures of the residents' and technicians' pages: ANJU_PICTURES=1 npx playwright test pictures
import path from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { root } from '../../e2e/lib/index.mjs'
import { already, button, person, world } from './lib'

let s: any
test.beforeAll(async () => { s = await world() })
test.afterAll(async () => { await s?.stop() })
const take = async (page: Page, name: string) => {
  await expect(page.locator('.bone')).toHaveCount(0)
  await expect(page.locator('.uni-simple-toast__text').first()).toBeHidden()
  await page.screenshot({ path: path.join(root, 'server/pictures', `${name}.png`), animations: 'disabled' })
}

test('pictures', async ({ browser }) => {
  const look = { deviceScaleFactor: 1.5, viewport: { width: 375, height: 760 } }
  const owner = await person(browser, s, look), tech = await person(browser, s, look), o = await s.payer()
  await already(owner, o, { name: '张伟', kind: 'resident', roles: ['owner'] })
  await already(tech, s.tech[4], { name: '黄师傅', kind: 'staff', roles: ['technician'] })
  const id = await s.in_repair(o, s.tech[4])
  const n = await s.service.want(201, 'POST', '/api/v1/notices', { title: '停水通知', text: '明天 9 点至 11 点停水。', kind: 'emergency', audience: 'project', roles: ['owner', 'staff'] })
  await s.manager.want(200, 'POST', `/api/v1/notices/${n.id}/publish`, {})
  await owner.go('/pages/home/index')
  await expect(owner.page.getByText('停水通知')).toBeVisible()
  await take(owner.page, 'mini-home')
  await owner.go(`/pkg-owner/repair/index?id=${id}`)
  await expect(owner.page.locator('.tl').filter({ hasText: '维修中' })).toHaveCount(1)
  await take(owner.page, 'mini-repair')
  await owner.go('/pages/bills/index')
  await expect(button(owner.page, '去缴费')).toBeVisible()
  await take(owner.page, 'mini-bills')
  await tech.go('/pkg-tech/duty/index')
  await expect(tech.page.getByText('上班中', { exact: true })).toBeVisible()
  const next = await s.owner(), r = await next.report({ type_id: s.types['空调暖通'].id, room_id: next.room_id, description: '客厅空调不制冷,室外机有异响', contact_phone: '13800000101' })
  await s.dispatcher.must(r.id, 'assign', { technician_id: s.tech[4].account_id })
  await expect(tech.page.getByRole('alertdialog').getByText('客厅空调不制冷')).toBeVisible()
  await take(tech.page, 'mini-offer')
  await button(tech.page.getByRole('alertdialog'), '接单').click()
  await expect(button(tech.page, '出发')).toBeVisible()
  await take(tech.page, 'mini-job')
  await owner.end()
  await tech.end()
})
