import { beforeEach, describe, expect, it } from 'vitest'
import { backoff, Channel, PING_MS, type LiveEvent, type LiveState, type Sock } from './channel'

class FakeSock implements Sock {
  sent: Array<Record<string, any>> = []
  closed = false
  onopen: (() => void) | null = null
  onmessage: ((t: string) => void) | null = null
  onclose: ((c: number) => void) | null = null
  send(t: string) { this.sent.push(JSON.parse(t)) }
  close() { this.closed = true }
  says(m: object) { this.onmessage!(JSON.stringify(m)) }
}
let socks: FakeSock[], timers: Array<{ fn: () => void; ms: number; on: boolean }>, events: LiveEvent[], states: LiveState[], gaps: string[], dead: number, ticket: () => Promise<string>, c: Channel
const settle = () => new Promise((ok) => setTimeout(ok, 0))
const fire = (ms: number) => timers.filter((x) => x.on && x.ms === ms).forEach((x) => { x.on = false; x.fn() })
const event = (topic: string, seq: number) => ({ type: 'event', topic, seq, event: 'repair.status', at: '', data: {} })
const up = async (topics: Record<string, number> = {}) => {
  c.start()
  await settle()
  socks.at(-1)!.onopen!()
  socks.at(-1)!.says({ type: 'live', server_now: '', topics })
}
beforeEach(() => {
  socks = []; timers = []; events = []; states = []; gaps = []; dead = 0; ticket = async () => 't'
  c = new Channel({
    ticket: () => ticket(), open: () => { const s = new FakeSock(); socks.push(s); return s }, set: (fn, ms) => { const x = { fn, ms, on: true }; timers.push(x); return x }, clear: (x) => { if (x) (x as { on: boolean }).on = false },
    random: () => 1, onEvent: (e) => events.push(e), onGap: (t) => gaps.push(t), onDenied: () => {}, onState: (s) => states.push(s), onDead: () => dead++,
  })
})

describe('the live channel', () => {
  it('says hello with its ticket and resumes from what it has seen', async () => {
    c.watch('a')
    await up({ a: 5 })
    expect(socks[0].sent[0]).toEqual({ op: 'hello', ticket: 't', resume: { a: null } })
    socks[0].says(event('a', 6))
    socks[0].onclose!(1006)
    expect(states.at(-1)).toBe('waiting')
    fire(500)
    await settle()
    socks[1].onopen!()
    expect(socks[1].sent[0].resume).toEqual({ a: 6 })
  })
  it('drops what comes twice, tells of gaps', async () => {
    c.watch('a')
    await up({ a: 0 })
    for (const n of [1, 2, 2, 1, 3]) socks[0].says(event('a', n))
    expect(events.map((e) => e.seq)).toEqual([1, 2, 3])
    socks[0].says({ type: 'gap', topic: 'a' })
    expect(gaps).toEqual(['a'])
  })
  it('subscribes and unsubscribes while it is live', async () => {
    await up()
    c.watch('b')
    c.unwatch('b')
    expect(socks[0].sent.slice(1)).toEqual([{ op: 'sub', topics: ['b'], resume: { b: null } }, { op: 'unsub', topics: ['b'] }])
  })
  it('takes a silent line for dead and comes back', async () => {
    await up()
    fire(PING_MS)
    expect(socks[0].sent.at(-1)).toEqual({ op: 'ping' })
    fire(10e3)
    expect(socks[0].closed).toBe(true)
    expect(states.at(-1)).toBe('waiting')
  })
  it('stops for a dead session, and when replaced', async () => {
    await up()
    socks[0].onclose!(4401)
    expect([dead, c.state]).toEqual([1, 'off'])
    await up()
    socks[1].onclose!(4409)
    expect(c.state).toBe('replaced')
    ticket = async () => { throw Object.assign(new Error(), { status: 401 }) }
    c.start()
    await settle()
    expect(dead).toBe(2)
  })
  it('waits longer each time, never longer than thirty seconds', () => {
    expect([0, 1, 2, 3].map((n) => backoff(n, 1))).toEqual([500, 1000, 2000, 4000])
    expect([backoff(20, 1), backoff(20, 0)]).toEqual([30000, 15000])
  })
})
