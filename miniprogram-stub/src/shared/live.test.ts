import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { backoff, createLive, type LiveEvent, type Sock } from './live'

interface Fake extends Sock { open(): void; say(m: object | string): void; lose(code: number): void; sent: any[]; closed: boolean }
let socks: Fake[], tickets: number, events: string[], states: string[], gaps: string[], dead: number
const fake = (): Fake => {
  let o = () => {}, m = (_: string) => {}, c = (_: number) => {}
  const s: Fake = {
    sent: [], closed: false,
    onOpen: (f) => { o = f }, onMessage: (f) => { m = f }, onClose: (f) => { c = f },
    send: (t) => { s.sent.push(JSON.parse(t)) }, close: () => { s.closed = true },
    open: () => o(), say: (x) => m(typeof x === 'string' ? x : JSON.stringify(x)), lose: (code) => c(code),
  }
  socks.push(s)
  return s
}
const event = (topic: string, seq: number) => ({ type: 'event', topic, seq, event: 'repair.status', at: '', data: {} })
let fresh: string[] = []
const make = (more: object = {}) => createLive({
  ticket: async () => `t${++tickets}`, open: fake, onEvent: (e: LiveEvent) => events.push(`${e.topic}/${e.seq}`), onGap: (t) => gaps.push(t), onFresh: (t) => fresh.push(t),
  onState: (s) => states.push(s), onDead: () => { dead++ }, rnd: () => 1, ...more,
})
const settle = () => vi.advanceTimersByTimeAsync(0)
beforeEach(() => { vi.useFakeTimers(); socks = []; events = []; states = []; gaps = []; fresh = []; tickets = 0; dead = 0 })
afterEach(() => { vi.useRealTimers() })

test('hello says what was seen; after a loss it resumes there and drops what comes again', async () => {
  const l = make()
  l.watch('repair:7')
  l.start()
  await settle()
  socks[0]!.open()
  expect(socks[0]!.sent[0]).toEqual({ op: 'hello', ticket: 't1', resume: { 'repair:7': null } })
  socks[0]!.say({ type: 'live', server_now: '', topics: { 'repair:7': 4, 'user:1': 9 } })
  expect(l.live).toBe(true)
  expect(fresh).toEqual(['repair:7', 'user:1']) // read again: it was asked for without a number
  socks[0]!.say(event('repair:7', 5))
  socks[0]!.say(event('repair:7', 5))
  socks[0]!.say('not json')
  socks[0]!.lose(1006)
  expect(states.at(-1)).toBe('retry')
  await vi.advanceTimersByTimeAsync(500)
  socks[1]!.open()
  expect(socks[1]!.sent[0]).toEqual({ op: 'hello', ticket: 't2', resume: { 'repair:7': 5, 'user:1': 9 } })
  socks[0]!.say(event('repair:7', 6)) // a voice from the old socket
  socks[1]!.say(event('repair:7', 5))
  socks[1]!.say(event('repair:7', 6))
  expect(events).toEqual(['repair:7/5', 'repair:7/6'])
  socks[1]!.say({ type: 'live', server_now: '', topics: { 'repair:7': 6, 'user:1': 9 } })
  expect(fresh).toHaveLength(2) // resumed by its number: nothing was missed
  l.stop()
})
test('a topic without an event resumes from where "live" said it stood', async () => {
  const l = make()
  l.watch('repair:1')
  l.start(); await settle()
  socks[0]!.open()
  socks[0]!.say({ type: 'live', server_now: '', topics: { 'repair:1': 0 } })
  expect(l.positions).toEqual({ 'repair:1': 0 })
  l.stop()
})
test('a gap is read again, and goes on from now', async () => {
  const l = make()
  l.watch('repair:1')
  l.start(); await settle()
  socks[0]!.open()
  socks[0]!.say(event('repair:1', 3))
  socks[0]!.say({ type: 'gap', topic: 'repair:1' })
  expect(gaps).toEqual(['repair:1'])
  expect(l.positions).toEqual({ 'repair:1': null })
  socks[0]!.say(event('repair:1', 90))
  expect(events).toEqual(['repair:1/3', 'repair:1/90'])
  l.stop()
})
test('a silent peer is given up after a ping without an answer', async () => {
  const l = make()
  l.start(); await settle()
  socks[0]!.open()
  await vi.advanceTimersByTimeAsync(25000)
  expect(socks[0]!.sent.at(-1)).toEqual({ op: 'ping' })
  await vi.advanceTimersByTimeAsync(10000)
  expect(socks[0]!.closed).toBe(true)
  await vi.advanceTimersByTimeAsync(500)
  expect(socks).toHaveLength(2)
  l.stop()
})
test('a socket that never opens is given up as well', async () => {
  const l = make()
  l.start(); await settle()
  await vi.advanceTimersByTimeAsync(10000)
  expect(states.at(-1)).toBe('retry')
  l.stop()
})
test('4401 and a dead ticket end it; 4409 stays away; 1012 comes back at once', async () => {
  const l = make()
  l.start(); await settle()
  socks[0]!.open(); socks[0]!.lose(1012)
  await vi.advanceTimersByTimeAsync(500)
  expect(socks).toHaveLength(2)
  socks[1]!.open(); socks[1]!.lose(4409)
  await vi.advanceTimersByTimeAsync(60000)
  expect([socks.length, states.at(-1)]).toEqual([2, 'stopped'])
  l.now(); await settle()
  socks[2]!.open(); socks[2]!.lose(4401)
  expect(dead).toBe(1)
  const m = make({ ticket: async () => { throw { dead: true } } })
  m.start(); await settle()
  expect([dead, states.at(-1)]).toEqual([1, 'stopped']) // whoever gave no ticket has already said what there is to say
})
test('4401, the session is renewed, and the line stands again and goes on where it was', async () => {
  let renewed = () => {}
  const l = make({ onDead: () => { renewed = () => l.start() } })
  l.watch('repair:7')
  l.start(); await settle()
  socks[0]!.open()
  socks[0]!.say({ type: 'live', server_now: '', topics: { 'repair:7': 4 } })
  socks[0]!.lose(4401)
  renewed(); await settle()
  socks[1]!.open()
  expect(socks[1]!.sent[0]).toEqual({ op: 'hello', ticket: 't2', resume: { 'repair:7': 4 } })
  l.stop()
})
test('now() does not wait for the pause', async () => {
  const l = make()
  l.start(); await settle()
  socks[0]!.open(); socks[0]!.lose(1006)
  l.now(); await settle()
  expect(socks).toHaveLength(2)
  l.now(); await settle()
  expect(socks).toHaveLength(2) // one attempt at a time
  l.stop()
})
test('topics come and go on an open line', async () => {
  const l = make()
  l.start(); await settle()
  socks[0]!.open()
  socks[0]!.say({ type: 'live', server_now: '', topics: {} })
  l.watch('repair:3')
  l.unwatch('repair:3')
  expect(socks[0]!.sent.slice(1)).toEqual([{ op: 'sub', topics: ['repair:3'], resume: { 'repair:3': null } }, { op: 'unsub', topics: ['repair:3'] }])
  l.stop()
})
test('between hello and its answer nothing is said: topics come behind it, an offer is left to who offers it again', async () => {
  const l = make()
  l.start(); await settle()
  l.offer('ack', '9')
  socks[0]!.open()
  l.watch('repair:3')
  l.offer('ack', '9')
  expect(socks[0]!.sent).toHaveLength(1)
  socks[0]!.say({ type: 'live', server_now: '', topics: { 'user:1': 2 } })
  expect(socks[0]!.sent.slice(1)).toEqual([{ op: 'sub', topics: ['repair:3'], resume: { 'repair:3': null } }])
  l.offer('seen', '9')
  expect(socks[0]!.sent.at(-1)).toEqual({ op: 'seen', offer: '9' })
  l.stop()
})
test('pauses grow and are bounded', () => {
  expect([0, 1, 2, 3].map((n) => backoff(n, 1))).toEqual([500, 1000, 2000, 4000])
  for (let i = 0; i < 60; i++) expect(backoff(i, 1)).toBeLessThanOrEqual(30000)
  expect(backoff(3, 0)).toBe(2000)
})
