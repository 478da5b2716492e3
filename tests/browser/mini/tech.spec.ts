// tech.spec.ts - maintenance with a scan, a failed item and a signature; a patrol; leave; the fault somebody reports by the code.
import { expect, test } from '@playwright/test'
import { codeOf } from '../pages/security'
import { already, axe, button, field, loginStaff, PASSWORD, person, until, world } from './lib'

let s: any, lift: string, code: any
const HOUR = 3600e3
const day = (ms: number) => Number(new Date(ms + 8 * HOUR).toISOString().slice(0, 10).replaceAll('-', ''))
const who = { name: '徐师傅', kind: 'staff' as const, roles: ['technician'] }
test.beforeAll(async () => {
  s = await world()
  lift = (await s.manager.want(201, 'POST', '/api/v1/facilities', { code: 'DT-09', name: '9号客梯', category: 'lift', place: '9栋', importance: 'A', reg_no: '梯00001', inspected_day: 20260601, inspect_due: 20270601 })).id
  code = await s.manager.want(201, 'POST', `/api/v1/facilities/${lift}/code`, {})
})
test.afterAll(async () => { await s?.stop() })
const plan = async (body: object) => {
  const p = await s.manager.want(201, 'POST', '/api/v1/maint-plans', { kind: 'minor', remind: '', ...body })
  await s.manager.want(200, 'POST', `/api/v1/maint-plans/${p.id}/activate`, {})
  return p
}
const task_of = (p: any) => until(async () => (await s.manager.want(200, 'GET', `/api/v1/maint-tasks?plan_id=${p.id}&limit=100`)).items.find((x: any) => x.day === day(Date.now())), 20000, 'a task')

test('a maintenance task: scanned, answered, one item failed, signed, submitted', async ({ browser }, info) => {
  const p = await person(browser, s)
  const made = await plan({ name: '九号客梯保养', facilities: [lift], every_n: 15, unit: 'day', anchor_day: day(Date.now()), horizon_days: 0, scan: true, skill: 'lift', staff: [s.tech[6].account_id], items: [
    { kind: 'yes_no', text: '制动器间隙正常', required: true }, { kind: 'number', text: '平层误差', measure: 'mm', min_e3: -10000, max_e3: 10000, required: true },
    { kind: 'choice', text: '机房温度', choices: ['正常', '偏高'], bad: ['偏高'], required: true }, { kind: 'photo', text: '机房照片', required: true }, { kind: 'signature', text: '使用单位签字', required: true }] })
  const t = await task_of(made)
  await already(p, s.tech[6], who)
  await p.go('/pkg-tech/tasks/index')
  await expect(p.page.getByText('九号客梯保养').first()).toBeVisible()
  await axe(p.page, 'tasks')
  await p.go(`/pkg-tech/task/index?id=${t.id}`)
  await button(p.page, '扫码开始').click()
  await field(p.page, '二维码内容或编号').fill('not-the-code-of-this')
  await button(p.page.getByRole('dialog'), '确定').click()
  await expect(p.page.getByRole('dialog').getByRole('alert')).toBeVisible()
  await field(p.page, '二维码内容或编号').fill(code.link)
  await axe(p.page, 'scan')
  await button(p.page.getByRole('dialog'), '确定').click()
  await expect(p.page.getByText('还差 5 项')).toBeVisible()
  await p.page.getByRole('radiogroup', { name: '制动器间隙正常' }).getByRole('radio', { name: '否' }).click()
  await field(p.page, '问题说明').fill('制动器间隙偏大')
  await field(p.page, '-10 – 10 mm').fill('3.5')
  await p.page.getByRole('radio', { name: '正常', exact: true }).click()
  const chooser = p.page.waitForEvent('filechooser')
  await button(p.page, '拍照').click()
  // @ts-ignore plain JavaScript
  const { jpeg } = await import('../../e2e/lib/index.mjs')
  await (await chooser).setFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: jpeg() })
  await expect(button(p.page, '重新上传')).toBeVisible()
  await button(p.page, '签名').click()
  const pad = p.page.locator('.sign')
  await pad.scrollIntoViewIfNeeded()
  const at = (await pad.boundingBox())!, cdp = await p.ctx.newCDPSession(p.page)
  const touch = (type: string, x: number, y: number) => cdp.send('Input.dispatchTouchEvent', { type: type as 'touchStart', touchPoints: type === 'touchEnd' ? [] : [{ x: at.x + x, y: at.y + y }] })
  await touch('touchStart', 30, 60)
  for (let i = 1; i < 12; i++) await touch('touchMove', 30 + i * 15, 60 + (i % 3) * 20)
  await touch('touchEnd', 0, 0)
  await button(p.page.locator('.card').filter({ has: pad }), '确定').click()
  await expect(p.page.locator('.item-sign img, .item-sign')).not.toHaveCount(0)
  await expect(p.page.getByText('1 项不合格,提交后会自动生成维修工单')).toBeVisible()
  await axe(p.page, 'task')
  await p.page.screenshot({ path: info.outputPath('task.png'), fullPage: true })
  await button(p.page, '提交验收').click()
  await expect(p.page.getByRole('status').filter({ hasText: '待验收' })).toBeVisible()
  const done = await until(async () => { const d = await s.manager.want(200, 'GET', `/api/v1/maint-tasks/${t.id}`); return d.task.state === 'await_accept' && d }, 15000, 'submitted')
  expect(done.results.map((r: any) => [r.n, r.pass])).toEqual([[1, false], [2, true], [3, true], [4, true], [5, true]])
  expect(done.results[3].file_id && done.results[4].file_id).toBeTruthy()
  expect(done.results[0].repair_id).toBeTruthy()
  await axe(p.page, 'task done')
  await p.end()
})

test('a patrol: each point by its code, one of them with a fault', async ({ browser }) => {
  const minute = Math.floor(((Date.now() + 8 * HOUR) / 60e3) % 1440), near = (d: number) => Math.max(0, Math.min(1439, minute + d))
  const route = await s.manager.want(201, 'POST', '/api/v1/patrol-routes', { name: '电梯巡查', points: [{ name: '机房', at_min: near(-10), window_min: 60 }, { name: '底坑', at_min: near(-5), window_min: 60 }] })
  const made = await plan({ name: '九号巡查', kind: 'patrol', anchor_day: day(Date.now()), route_id: route.id, staff: [s.tech[6].account_id] }), t = await task_of(made)
  await s.tech[6].want(204, 'POST', '/api/v1/duty', { on: false }) // the failed item has become an order, which is offered on the whole screen
  const p = await person(browser, s)
  await already(p, s.tech[6], who)
  await p.go(`/pkg-tech/task/index?id=${t.id}`)
  await button(p.page, /^开始$/).click()
  for (const [i, fault] of [[0, false], [1, true]] as const) {
    await button(p.page, '扫码打点').click()
    await field(p.page, '二维码内容或编号').fill(route.points[i].token)
    if (fault) {
      await p.page.getByRole('switch', { name: '发现异常' }).click()
      await field(p.page, '备注').fill('照明灯坏了')
      await axe(p.page, 'patrol')
    }
    await button(p.page.getByRole('dialog'), '确定').click()
    await expect(p.page.getByText('按时')).toHaveCount(i + 1)
  }
  await expect(p.page.getByText('已报修')).toHaveCount(1)
  await button(p.page, '提交验收').click()
  await expect(p.page.getByRole('status').filter({ hasText: '待验收' })).toBeVisible()
  await p.end()
})

test('a point that wants to know where the phone is: said why it is refused, then checked on the spot', async ({ browser }) => {
  const at_min = Math.floor(((Date.now() + 8 * HOUR) / 60e3) % 1440), point = { at_min, window_min: 60, lat_e6: 39908730, lng_e6: 116397130, radius_m: 60 } // in the coordinates of the maps
  const route = await s.manager.want(201, 'POST', '/api/v1/patrol-routes', { name: '定位巡查', points: [{ name: '东门', ...point }, { name: '西门', ...point }] })
  const made = await plan({ name: '定位巡查', kind: 'patrol', anchor_day: day(Date.now()), route_id: route.id, staff: [s.tech[6].account_id] }), t = await task_of(made)
  const p = await person(browser, s)
  await already(p, s.tech[6], who)
  await p.go(`/pkg-tech/task/index?id=${t.id}`)
  await button(p.page, /^开始$/).click()
  const sheet = p.page.getByRole('dialog')
  await button(p.page, '扫码打点').click()
  await field(p.page, '二维码内容或编号').fill(route.points[0].token)
  await button(sheet, '确定').click()
  await expect(sheet.getByRole('alert')).toContainText('请打开定位并允许使用')
  await p.ctx.grantPermissions(['geolocation'])
  await p.ctx.setGeolocation({ latitude: 39.90734, longitude: 116.39089 }) // the same place, as a browser says it
  await button(sheet, '确定').click()
  await expect(p.page.getByText('按时')).toHaveCount(1)
  await button(p.page, '扫码打点').click()
  await field(p.page, '二维码内容或编号').fill(route.points[1].token)
  await button(sheet, '确定').click()
  await expect(p.page.getByText('按时')).toHaveCount(2)
  const checks = (await s.manager.want(200, 'GET', `/api/v1/maint-tasks/${t.id}`)).points
  for (const c of checks) expect(c.away_m).toBeLessThan(20)
  await p.end()
})

test('leave: asked, decided live; the roster', async ({ browser }) => {
  const p = await person(browser, s)
  await already(p, s.tech[6], who)
  await p.go('/pkg-tech/roster/index')
  await button(p.page, /^请假$/).click()
  await field(p.page, '请假原因').fill('家里有事')
  await axe(p.page, 'leave')
  await button(p.page.getByRole('dialog'), '提交').click()
  await expect(p.page.getByText('待审批', { exact: true })).toBeVisible()
  await axe(p.page, 'roster')
  const w = (await s.manager.want(200, 'GET', '/api/v1/leave/waiting')).items[0]
  await s.manager.want(204, 'POST', `/api/v1/leave/${w.id}/approve`, {}, { ifMatch: w.version })
  await expect(p.page.getByText('已批准')).toBeVisible()
  await p.end()
})

test('a passer-by scans a lift and reports a fault, without an account', async ({ browser }) => {
  const p = await person(browser, s)
  await p.page.goto(`${s.url}/m/#/facility/${code.token}`)
  await expect(p.page.getByText('9号客梯')).toBeVisible()
  await axe(p.page, 'asset')
  await field(p.page, '发现了什么问题').fill('关门时夹人')
  await button(p.page, /^提交$/).click()
  await expect(p.page.getByText('已收到,谢谢')).toBeVisible()
  await until(async () => (await s.dispatcher.want(200, 'GET', '/api/v1/facility-reports')).items.some((x: any) => x.description === '关门时夹人'), 5000, 'the desk has it')
  await p.page.goto(`${s.url}/m/#/pkg-public/asset/index?token=AAAAAAAAAAAAAAAA`)
  await p.page.reload()
  await expect(p.page.getByRole('alert')).toBeVisible()
  await p.end()
})

test('photos before the work; the job handed to a colleague with a reason, and nothing about how busy he is', async ({ browser }) => {
  const p = await person(browser, s), q = await person(browser, s), o = await s.owner(), id = await s.arrived(o, s.tech[4])
  await already(p, s.tech[4], { name: '黄师傅', kind: 'staff', roles: ['technician'] })
  await already(q, s.tech[5], { name: '吴师傅', kind: 'staff', roles: ['technician'] })
  await q.go('/pkg-tech/duty/index')
  await expect(q.page.getByText('上班中', { exact: true })).toBeVisible()
  await p.go(`/pkg-tech/job/index?id=${id}`)
  const chooser = p.page.waitForEvent('filechooser')
  await p.page.getByRole('button', { name: '添加照片' }).click()
  // @ts-ignore plain JavaScript
  const { jpeg } = await import('../../e2e/lib/index.mjs')
  await (await chooser).setFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: jpeg() })
  await expect(p.page.getByText('1/6')).toBeVisible()
  await button(p.page, '开始维修').click()
  await expect(button(p.page, /^完工$/)).toBeVisible()
  expect((await s.admin.want(200, 'GET', `/api/v1/repairs/${id}`)).photos.map((x: any) => x.stage)).toEqual(['before'])

  await button(p.page, '转单').click()
  const sheet = p.page.getByRole('dialog'), send = button(sheet, '提交')
  const busy = s.tech[5].account_id
  await expect(sheet.getByRole('radio')).toHaveCount(1) // the only other one with this skill
  await expect(sheet.getByRole('radio')).toContainText('上班中')
  await expect(sheet.getByText(/\d+\/\d+/)).toHaveCount(1) // of the text, not of his jobs
  await axe(p.page, 'transfer')
  await sheet.getByRole('radio').click()
  await expect(send).toHaveAttribute('disabled', /.*/)
  await button(sheet, '不会修这类故障').click()
  await send.click()
  await expect(p.page.getByText(/已转给 .*,等待对方接单/)).toBeVisible()
  await expect(q.page.getByRole('alertdialog')).toBeVisible() // he is asked at once
  await expect(q.page.getByRole('alertdialog').locator('img')).toHaveCount(1) // with what has been photographed
  await button(q.page.getByRole('alertdialog'), '接单').click()
  await expect.poll(async () => (await s.admin.repair(id)).holder_id).toBe(busy)
  expect((await s.history(s.admin, id)).find((h: any) => h.event === 'transfer').note).toBe('不会修这类故障')

  // on hold until a day; the reason in words, no code
  await button(q.page, '出发').click()
  await button(q.page, '我已到达').click()
  await button(q.page, '挂起').click()
  await q.page.getByRole('dialog').getByRole('radio', { name: '明天' }).click()
  await button(q.page.getByRole('dialog'), '提交').click()
  await expect(q.page.getByText(/等配件 · 预计恢复 .* 09:00/)).toBeVisible()
  await expect(q.page.locator('.tl').first()).toContainText('等配件')
  for (const x of [p, q]) await x.end()
})

test('without a network a job cannot be handed over, and it is said why', async ({ browser }) => {
  const p = await person(browser, s), o = await s.owner(), id = await s.arrived(o, s.tech[4])
  await already(p, s.tech[4], { name: '黄师傅', kind: 'staff', roles: ['technician'] })
  await p.go(`/pkg-tech/job/index?id=${id}`)
  await expect(button(p.page, '转单')).toBeVisible()
  await p.page.route(/\/colleagues$/, (r) => r.abort('internetdisconnected'))
  await button(p.page, '转单').click()
  await expect(p.page.getByRole('dialog').getByRole('alert')).toContainText('没有网络时不能转单')
  await p.page.unroute(/\/colleagues$/)
  await button(p.page.getByRole('dialog'), '重试').click()
  await expect(p.page.getByRole('dialog').getByRole('radio')).toHaveCount(1)
  await p.end()
})

test('a second factor: asked for when there is one, and let in with it', async ({ browser }) => {
  const me = s.world.client('tech3')
  await me.want(200, 'POST', '/api/v1/auth/step-up', { password: PASSWORD })
  const { secret } = await me.want(201, 'POST', '/api/v1/me/totp'), now = () => Date.now() + (s.world.shifted || 0)
  const { spare_codes } = await me.want(200, 'POST', '/api/v1/me/totp/confirm', { otp: codeOf(secret, now()) })
  const p = await person(browser, s)
  await p.go('/pages/login/index')
  await p.page.getByRole('tab', { name: '员工' }).click()
  await field(p.page, '账号').fill('tech3')
  await field(p.page, '密码').fill(PASSWORD)
  await p.page.getByRole('checkbox').click()
  await button(p.page, /^登录$/).click()
  await field(p.page, '动态口令').fill('000000')
  await axe(p.page, 'one-time code')
  await expect(field(p.page, '动态口令')).toHaveAttribute('autocomplete', 'one-time-code')
  await button(p.page, /^登录$/).click()
  await expect(p.page.getByRole('alert')).toContainText('动态口令错误或已使用')
  await field(p.page, '动态口令').fill(spare_codes[0])
  await button(p.page, /^登录$/).click()
  await expect(p.page.getByRole('switch', { name: '上班开关' })).toBeVisible()
  await p.end()
})

test('a technician of two projects: one at a time, the one that was chosen', async ({ browser }) => {
  const id = s.world.client('tech2').account_id, all = (await s.admin.want(200, 'GET', '/api/v1/projects')).items
  const other = all.find((x: any) => x.id !== s.project), staff = (await s.admin.want(200, 'GET', '/api/v1/staff')).items.find((x: any) => x.id === id)
  await s.admin.want(200, 'POST', '/api/v1/auth/step-up', { password: PASSWORD })
  await s.admin.want(204, 'PUT', `/api/v1/staff/${id}/grants`, { grants: [s.project, other.id].map((project_id) => ({ role: 'technician', project_id })) }, { ifMatch: staff.version })
  const p = await person(browser, s)
  await loginStaff(p, 'tech2')
  await expect(p.page.getByRole('switch', { name: '上班开关' })).toBeVisible()
  await p.go('/pages/me/index')
  await p.page.getByRole('button', { name: '当前项目' }).click()
  await axe(p.page, 'projects')
  const stands = async () => p.page.evaluate(async () => {
    const get = (k: string) => JSON.parse(localStorage.getItem(`anju.${k}`)!)
    const r = await fetch('/api/v1/session', { headers: { authorization: `Bearer ${get('tokens').token}`, 'x-device-id': get('device') } })
    return (await r.json()).project_id
  })
  const to = (await stands()) === other.id ? all.find((x: any) => x.id === s.project) : other
  await button(p.page.getByRole('dialog'), to.name).click()
  await expect(p.page.getByRole('switch', { name: '上班开关' })).toBeVisible()
  expect(await stands()).toBe(to.id)
  await p.go('/pages/me/index')
  await expect(p.page.getByRole('button', { name: '当前项目' })).toContainText(to.name)

  // work of the other project that waits in the phone is said there, and the session stands here again
  const skilled = (await s.manager.want(200, 'GET', '/api/v1/technicians')).items.find((x: any) => x.id === id)
  await s.manager.want(204, 'PUT', `/api/v1/technicians/${id}`, { skills: [...skilled.skills, 'hvac'], shifts: skilled.shifts, max_open: 100 })
  const o = await s.owner(), hands = s.world.client('tech2')
  await s.login(hands)
  await hands.want(204, 'PUT', '/api/v1/session/project', { project_id: s.project })
  const job = await s.assigned(o, hands)
  await p.page.evaluate(([project, id]) => {
    const me = JSON.parse(localStorage.getItem('anju.me')!), key = `anju.queue.${me.accountId}`
    localStorage.setItem(key, JSON.stringify([{ id: 'waited-in-the-phone-1', object: `repair:${id}`, action: 'depart', method: 'POST', path: `/api/v1/repairs/${id}/depart`, body: {}, uploads: [], at: 1, project }]))
  }, [s.project, job])
  if ((await stands()) === s.project) { // stand in the other one
    await p.page.getByRole('button', { name: '当前项目' }).click()
    await button(p.page.getByRole('dialog'), other.name).click()
    await expect(p.page.getByRole('switch', { name: '上班开关' })).toBeVisible()
  }
  await p.page.reload()
  await until(async () => (await s.admin.repair(job)).state === 'en_route', 15000, 'said in its own project')
  await until(async () => (await stands()) === other.id, 15000, 'where it stood')
  await p.end()
})
