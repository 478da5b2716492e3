import { describe, expect, test } from 'vitest'
import { beyond, byRoom, isOpen, type Bill } from './bills'
import { answered, fails, malformed, missing, tokenOf, type Item } from './checklist'
import { categoryText } from './category'
import { explain } from './explain'
import { gcjOf } from './gcj'
import { addEnglish, has, lang, t, word } from './i18n'
import en from './locales/en'
import zh from './locales/zh'
import { lineInputs, linesTotal } from './lines'
import { fen, lineAmount, thousandths, yuan } from './money'
import { chargeProblem, jobView, progressOf, type Repair } from './steps'
import { timely } from './queue'
import { targetOf } from './targets'
import { goodTaxNo } from './taxno'
import { atDay, clock, countdown, day, dayOf, monthStart, ms, period, rfc3339, secondsLeft, when } from './time'
import { uuid } from './uuid'

describe('money', () => {
  test('fen to text', () => expect([0, 5, 99, 100, 26850, -105, 123456789].map(yuan)).toEqual(['0.00', '0.05', '0.99', '1.00', '268.50', '-1.05', '1,234,567.89']))
  test('text to fen, without floating point', () => {
    expect(['0', '1.1', '19.99', '0.07', '1234567.8', ' 5 '].map(fen)).toEqual([0, 110, 1999, 7, 123456780, 500])
    expect(['', '-1', '1.234', '1,000', 'abc', '1.', '.5', '1e3'].map(fen)).toEqual(Array(8).fill(null))
    for (let i = 0; i < 20000; i += 7) expect(fen(yuan(i).replaceAll(',', ''))).toBe(i)
  })
  test('quantities and lines', () => {
    expect(['1', '1.5', '0.125'].map(thousandths)).toEqual([1000, 1500, 125])
    expect(lineAmount(1500, 333)).toBe(500) // 499.5 rounds up
    const ok = { kind: 'labour' as const, material: '', name: '人工', qty: '1.5', price: '10' }
    expect(linesTotal([ok])).toBe(1500)
    expect(lineInputs([ok, { kind: 'material', material: '7', name: '角阀', qty: '2', price: '15' }])).toEqual([
      { kind: 'labour', qty_e3: 1500, price_fen: 1000, name: '人工' }, { kind: 'material', qty_e3: 2000, price_fen: 1500, material_id: '7' }])
    expect(lineInputs([{ ...ok, price: '' }])).toBeNull()
    expect(lineInputs([{ ...ok, qty: '0' }])).toBeNull()
  })
})
describe('time', () => {
  test('RFC 3339 both ways, in the clock of the place', () => {
    expect(ms('2026-11-27T08:05:00.000+08:00')).toBe(Date.UTC(2026, 10, 27, 0, 5))
    expect(ms('2026-11-27T00:05:00Z')).toBe(Date.UTC(2026, 10, 27, 0, 5))
    expect(ms('2026-11-26T19:05:00-05:00')).toBe(Date.UTC(2026, 10, 27, 0, 5))
    expect(ms('yesterday')).toBeNaN()
    expect(rfc3339(Date.UTC(2026, 10, 26, 16, 30))).toBe('2026-11-27T00:30:00.000+08:00')
    expect(clock('2026-11-26T16:30:00Z')).toBe('00:30')
    expect(dayOf(Date.UTC(2026, 10, 26, 16, 0))).toBe(20261127)
    expect(day(20261127)).toBe('2026-11-27')
    expect(day(0)).toBe('')
  })
  test('periods', () => {
    expect(period(20261101, 20261130)).toBe('2026-11')
    expect(period(20240201, 20240229)).toBe('2024-02')
    expect(period(20261101, 20261231)).toBe('2026-11-01 – 2026-12-31')
    expect(period(20261105, 20261105)).toBe('2026-11-05')
  })
  test('today, yesterday, this year, before', () => {
    const now = ms('2026-11-27T00:10:00+08:00')
    expect(when('2026-11-27T00:05:00+08:00', now)?.key).toBe('today')
    expect(when('2026-11-26T23:55:00+08:00', now)?.key).toBe('yesterday')
    expect(when('2026-11-23T08:05:00+08:00', now)).toEqual({ key: 'date', text: '11-23', clock: '08:05' })
    expect(when('2025-11-23T08:05:00+08:00', now)?.text).toBe('2025-11-23')
    expect(when(null, now)).toBeNull()
  })
  test('a day later at nine by the clock of the place, also around midnight', () => {
    for (const [now, back, start] of [['2026-01-01T00:00:00+08:00', 0, '2026-01'], ['2026-01-31T23:59:59+08:00', 1, '2025-12'], ['2026-12-31T00:00:00+08:00', -1, '2027-01']] as const) expect(rfc3339(monthStart(ms(now), back)), now).toBe(`${start}-01T00:00:00.000+08:00`)
    for (const now of ['2026-11-23T00:00:00+08:00', '2026-11-23T23:59:59+08:00']) expect(rfc3339(atDay(ms(now), 1, 9)), now).toBe('2026-11-24T09:00:00.000+08:00')
  })
  test('a countdown by the server', () => {
    expect([secondsLeft(5001, 0), secondsLeft(5000, 0), secondsLeft(1, 9)]).toEqual([6, 5, 0])
    expect([5, 65, 3725].map(countdown)).toEqual(['0:05', '1:05', '1:02:05'])
  })
})
describe('texts', () => {
  test('zh and en have the same keys, and none is empty', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
    for (const [k, v] of [...Object.entries(zh), ...Object.entries(en)]) expect(v, k).not.toBe('')
  })
  test('the same places to fill in', () => {
    const places = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()
    for (const k of Object.keys(zh) as (keyof typeof zh)[]) expect(places(en[k]), k).toEqual(places(zh[k]))
  })
  test('filled in; unknown codes stay readable', () => {
    lang.value = 'zh'
    expect(t('bills.chosen', { n: 3 })).toBe('已选 3 笔')
    lang.value = 'en'
    expect(t('bills.chosen', { n: 3 })).toBe('已选 3 笔') // until the English is there
    addEnglish(en)
    expect(t('bills.chosen', { n: 3 })).toBe('3 selected')
    lang.value = 'zh'
    expect(word('rstate', 'arrived')).toBe('已到达')
    expect(word('rstate', 'unheard_of')).toBe('unheard_of')
    expect(has('rstate.arrived')).toBe(true)
  })
  test('every state, event and step of the contract has a word', () => {
    const states = ['new', 'queued', 'offered', 'assigned', 'en_route', 'arrived', 'in_repair', 'on_hold', 'done', 'await_pay', 'await_confirm', 'await_visit', 'closed', 'cancelled', 'rejected']
    for (const s of states) expect(has(`rstate.${s}`), s).toBe(true)
    for (const s of ['created', 'unknown', 'pending', 'closing', 'closed', 'failed', 'paid', 'paid_late', 'returned']) expect(has(`order.${s}`), s).toBe(true)
    for (const s of ['new', 'classified', 'assigned', 'in_progress', 'resolved', 'reopened', 'closed', 'merged', 'withdrawn']) expect(has(`cstate.${s}`), s).toBe(true)
    for (const s of ['submitted', 'processing', 'issued', 'rejected', 'canceled', 'reversal_required', 'reversed']) expect(has(`invoice.${s}`), s).toBe(true)
  })
})
describe('the next step', () => {
  const job = (state: Repair['state'], more: Partial<Repair> = {}) => ({ state, quote_state: '', started_at: null, ...more }) as Repair
  test('one at a time', () => {
    const next = (s: Repair['state']) => jobView(job(s), []).next
    expect(['assigned', 'en_route', 'arrived', 'in_repair', 'on_hold', 'await_confirm', 'closed', 'queued'].map((s) => next(s as Repair['state']))).toEqual(
      ['depart', 'arrive', 'start', 'finish', 'resume', null, null, null])
  })
  test('the server may allow less', () => expect(jobView(job('arrived', { actions: ['hold'] as any }), []).next).toBeNull())
  test('what waits in the queue is played on top', () => {
    const v = jobView(job('assigned', { actions: ['depart', 'arrive'] as any }), [{ action: 'arrive' }, { action: 'start' }])
    expect([v.state, v.next, v.also]).toEqual(['in_repair', 'finish', []])
  })
  test('hold and resume lead back to where it was', () => {
    expect(jobView(job('arrived'), [{ action: 'hold' }]).state).toBe('on_hold')
    expect(jobView(job('arrived'), [{ action: 'hold' }, { action: 'resume' }]).state).toBe('arrived')
    expect(jobView(job('on_hold', { started_at: '2026-11-27T08:00:00.000+08:00' }), [{ action: 'resume' }]).state).toBe('in_repair')
  })
  test('a conflict, and a price that waits, stop it', () => {
    const v = jobView(job('assigned'), [{ action: 'arrive', problem: {} }])
    expect([v.state, v.next]).toEqual(['assigned', null])
    expect(jobView(job('arrived', { quote_state: 'asked' }), []).next).toBeNull()
    expect(jobView(job('arrived', { quote_state: 'refused' }), []).next).toBeNull()
    expect(jobView(job('arrived', { quote_state: 'accepted' }), []).next).toBe('start')
  })
  test('a quote that waits in the queue stops it as one that waits for the owner', () => {
    expect(jobView(job('arrived'), [{ action: 'quote' }])).toMatchObject({ next: null, quoteOpen: true })
    expect(jobView(job('arrived', { quote_state: 'accepted' }), [{ action: 'quote' }]).next).toBeNull()
    expect(jobView(job('arrived'), [{ action: 'quote' }, { action: 'start' }]).next).toBeNull()
  })
  test('a charge the server would refuse', () => {
    const of = (more: Partial<Repair>, chargeable: boolean, total: number) => chargeProblem({ public_area: false, quote_state: '', quote_fen: 0, ...more } as Repair, chargeable, total)
    const yes = { quote_state: 'accepted', quote_fen: 5000 } as Partial<Repair>
    expect([of({}, true, 0), of({}, false, 0), of(yes, true, 5000)]).toEqual(['', '', ''])
    expect([of({}, true, 1), of({ quote_state: 'asked', quote_fen: 5000 } as Partial<Repair>, true, 1), of(yes, true, 5001)]).toEqual(['unasked', 'unasked', 'above'])
    expect([of(yes, false, 1), of({ ...yes, public_area: true }, true, 1)]).toEqual(['free', 'free'])
  })
  test('a day that has gone by is not said any more', () => {
    const now = ms('2026-11-27T09:00:00+08:00'), body = { reason: 'part', until: '2026-11-27T09:00:00.000+08:00' }
    expect(timely(body, now)).toEqual({ reason: 'part' })
    expect(timely(body, now - 1)).toEqual(body)
    expect(timely({ note: 'x' }, now)).toEqual({ note: 'x' })
  })
  test('progress', () => expect((['queued', 'arrived', 'on_hold', 'await_pay', 'cancelled'] as const).map(progressOf)).toEqual([0, 1, 2, 3, -1]))
})
describe('bills', () => {
  const b = (id: string, room: string, from: number, more: Partial<Bill> = {}) => ({ id, room, period_from: from, due_day: from, due_fen: 1050, state: 'published', ...more }) as Bill
  test('what is owed, by room, the oldest first', () => {
    expect(isOpen(b('1', 'A', 1, { state: 'paid', due_fen: 0 }))).toBe(false)
    const many = Array.from({ length: 52 }, (_, i) => b(String(i), 'A', 20270101 - i))
    expect(beyond(many)).toEqual(['1', '0'])
    expect(beyond(many.slice(0, 50))).toEqual([])
    expect(byRoom([b('2', 'B', 20261101), b('1', 'A', 20261101), b('0', 'A', 20261001)]).map((r) => [r.room, r.fen, r.bills.map((x) => x.id)])).toEqual([['A', 2100, ['0', '1']], ['B', 1050, ['2']]])
  })
  test('how it came about', () => {
    lang.value = 'zh'
    expect(explain({ kind: 'area', area_e4: 1005000, price_e4: 28000, months_num: 1, months_den: 1 })).toEqual(['100.5 m² × 单价 2.8 元 × 1 个月'])
    expect(explain(null)).toEqual([])
  })
})
describe('check lists', () => {
  const item = (kind: Item['kind'], more: Partial<Item> = {}): Item => ({ kind, text: 'x', ...more })
  const a = (value: string, photo = '') => ({ value, note: '', photo })
  test('judged as the server does', () => {
    expect(fails(item('number', { min_e3: 1000, max_e3: 2000 }), a('0.999'))).toBe(true)
    expect(fails(item('number', { min_e3: -5000, max_e3: 2000 }), a('-5'))).toBe(false)
    expect(malformed(item('number'), a('1.2345'))).toBe(true)
    expect(fails(item('choice', { choices: ['好', '坏'], bad: ['坏'] }), a('坏'))).toBe(true)
    expect(fails(item('yes_no'), a('no'))).toBe(true)
    expect(fails(item('yes_no', { bad_yes: true }), a('yes'))).toBe(true)
    expect(fails(item('yes_no'), a(''))).toBe(false)
  })
  test('what is missing', () => {
    expect(answered(item('photo'), a('', 'x'))).toBe(true)
    expect(missing([item('photo'), item('text', { required: false }), item('yes_no')], [a(''), a(''), a('yes')])).toBe(1)
  })
  test('the token of a code', () => {
    expect(tokenOf('https://x.cn/#/facility/AbC-123_45')).toBe('AbC-123_45')
    expect(tokenOf('AbC-123_45 ')).toBe('AbC-123_45')
    expect(tokenOf('短')).toBe('')
  })
})
test('a browser\'s place in the coordinates of the maps', () => {
  const at = gcjOf({ lat: 39.90734, lng: 116.39089 }) // Tian'anmen
  expect(at.lat).toBeCloseTo(39.90873, 4)
  expect(at.lng).toBeCloseTo(116.39713, 4)
  expect(gcjOf({ lat: 48.8584, lng: 2.2945 })).toEqual({ lat: 48.8584, lng: 2.2945 })
})
test('tax numbers', () => {
  expect(goodTaxNo('91350100M000100Y43')).toBe(true)
  expect(goodTaxNo('91350100M000100Y44')).toBe(false)
  expect(goodTaxNo('91350100M000100Y4')).toBe(false)
})
test('categories: the name that the company gave, else a word of the language', () => {
  addEnglish(en)
  lang.value = 'en'
  expect(categoryText('environment', '环境卫生')).toBe(en['ccat.environment'])
  expect(categoryText('environment', '清洁绿化')).toBe('清洁绿化')
  lang.value = 'zh'
  expect(categoryText('pets', '宠物')).toBe('宠物')
  expect(categoryText('security', '安全秩序')).toBe('安全秩序')
})
test('where a message leads', () => {
  expect(targetOf('repair', '5', true)).toContain('pkg-tech/job')
  expect(targetOf('repair', '5', false)).toContain('pkg-owner/repair')
  expect(targetOf('bill_run', '5', false)).toBe('/pages/bills/index')
  expect(targetOf('handover', '5', false)).toBe('/pkg-owner/rooms/index')
  expect(targetOf('x', '5', false)).toBe('')
})
test('keys differ and look like UUIDs', () => {
  const all = new Set(Array.from({ length: 500 }, uuid))
  expect(all.size).toBe(500)
  for (const k of all) expect(k).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
