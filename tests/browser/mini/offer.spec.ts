// offer.spec.ts - a job goes from one phone to the next: time out, refusal, and two phones at once.
import { expect, test } from '@playwright/test'
import { already, axe, button, person, world } from './lib'

let s: any
test.beforeAll(async () => { s = await world({ keep_clock: true }) })
test.afterAll(async () => { await s?.stop() })
const tech = async (browser: any, n: number) => {
  const p = await person(browser, s)
  await already(p, s.tech[n], { name: `技师${n}`, kind: 'staff', roles: ['technician'] })
  await p.go('/pkg-tech/duty/index')
  await expect(p.page.getByText('上班中', { exact: true })).toBeVisible()
  return p
}

test('not answered in time: it leaves the first phone and comes to the second', async ({ browser }, info) => {
  const one = await tech(browser, 1), two = await tech(browser, 2), o = await s.owner()
  await s.report(o, '水管漏水', { description: '厨房水管漏水' })
  const cards = [one, two].map((p) => p.page.getByRole('alertdialog'))
  await expect.poll(async () => (await cards[0]!.count()) + (await cards[1]!.count())).toBe(1)
  const first = (await cards[0]!.count()) ? 0 : 1, second = 1 - first
  const people = [one, two]
  await people[first]!.page.screenshot({ path: info.outputPath('first.png') })
  const told = expect(people[first]!.page.getByText('派单已超时,已转给其他师傅')).toBeVisible()
  await s.world.shift(61000)
  await Promise.all([told, expect(cards[second]!).toBeVisible(), expect(cards[first]!).toHaveCount(0)])
  await expect(cards[second]!.locator('.offer-hole')).toHaveText(/^(1:00|0:[345]\d)$/) // the server's clock, which is a minute ahead of the phone's
  await button(cards[second]!, '接单').click()
  await expect(button(people[second]!.page, '出发')).toBeVisible()
  await one.end()
  await two.end()
})

test('refused with a reason: the other one is asked at once', async ({ browser }) => {
  const one = await tech(browser, 1), two = await tech(browser, 2), o = await s.owner()
  await s.report(o, '马桶堵塞', { description: '卫生间马桶堵塞' })
  const cards = [one, two].map((p) => p.page.getByRole('alertdialog'))
  await expect.poll(async () => (await cards[0]!.count()) + (await cards[1]!.count())).toBe(1)
  const first = (await cards[0]!.count()) ? 0 : 1
  await button(cards[first]!, '拒单').click()
  await axe([one, two][first]!.page, 'decline')
  await button([one, two][first]!.page, '手上正忙').click()
  await expect(cards[1 - first]!).toBeVisible()
  await expect(cards[first]!).toHaveCount(0)
  await button(cards[1 - first]!, '接单').click()
  await expect(button([one, two][1 - first]!.page, '出发')).toBeVisible()
  await one.end()
  await two.end()
})

test('taken back by the desk while it is on the screen: the card goes, and says why', async ({ browser }) => {
  const four = await tech(browser, 4), o = await s.owner(), r = await s.report(o, '空调暖通')
  await s.dispatcher.must(r.id, 'assign', { technician_id: s.tech[4].account_id })
  await expect(four.page.getByRole('alertdialog')).toBeVisible()
  await s.dispatcher.must(r.id, 'assign', { technician_id: s.tech[5].account_id })
  await expect(four.page.getByRole('alertdialog')).toHaveCount(0)
  await expect(four.page.getByText('已被其他师傅接单')).toBeVisible()
  await four.end()
})

test('refused while an older list is on its way: it does not come back, and nothing is said of it', async ({ browser }) => {
  const four = await tech(browser, 4), o = await s.owner()
  const a = await s.report(o, '空调暖通', { description: '客厅空调不冷' }), b = await s.report(o, '空调暖通', { description: '卧室空调漏水' })
  const card = four.page.getByRole('alertdialog')
  await s.dispatcher.must(a.id, 'assign', { technician_id: s.tech[4].account_id })
  await expect(card.getByText('客厅空调不冷')).toBeVisible()
  let let_go = () => undefined as void, asked = () => undefined as void
  const held = new Promise<void>((ok) => { let_go = ok }), answered = new Promise<void>((ok) => { asked = ok })
  await four.page.route('**/api/v1/offers', async (route) => {
    const answer = await route.fetch()
    asked()
    await held
    await route.fulfill({ response: answer })
  })
  await s.dispatcher.must(b.id, 'assign', { technician_id: s.tech[4].account_id })
  await answered
  await button(card, '拒单').click()
  await button(four.page, '手上正忙').click()
  await expect(card).toHaveCount(0)
  let_go()
  await expect(card.getByText('卧室空调漏水')).toBeVisible()
  await expect(card.getByText('还有')).toHaveCount(0)
  await button(card, '接单').click()
  await expect(button(four.page, '出发')).toBeVisible()
  await expect(four.page.locator('.offer-gone')).toHaveCount(0)
  await four.end()
})

test('off duty, on duty, and the pool', async ({ browser }) => {
  const three = await tech(browser, 3), o = await s.owner()
  await three.page.locator('uni-switch').click()
  await expect(three.page.getByText('已下班', { exact: true }).first()).toBeVisible()
  expect((await s.tech[3].want(200, 'GET', '/api/v1/duty')).on_duty).toBe(false)
  await three.page.locator('uni-switch').click()
  await expect(three.page.getByText('上班中', { exact: true })).toBeVisible()
  await three.page.getByRole('button', { name: '工单' }).click()
  await three.page.getByRole('tab', { name: '抢单' }).click()
  await s.report(o, '门窗维修', { description: '窗户关不上' })
  await expect(three.page.getByText('窗户关不上')).toBeVisible() // pushed, without a reload
  await axe(three.page, 'pool')
  await button(three.page, /^抢单$/).click()
  await expect(button(three.page, '出发')).toBeVisible()
  await three.end()
})
