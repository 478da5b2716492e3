/**
 * The live channel (schema/asyncapi.yaml): a ticket, hello with what was seen last of each topic, then events whose
 * numbers grow by one. Reconnects with growing pauses, resumes, drops what it has seen. No DOM, no uni: the platform
 * hands in the socket and the timers.
 */
export interface Sock {
  onOpen(f: () => void): void
  onMessage(f: (text: string) => void): void
  onClose(f: (code: number) => void): void
  send(text: string): void
  close(): void
}
export interface LiveEvent { topic: string; seq: number; event: string; at: string; data: Record<string, any> }
export type Conn = 'connecting' | 'live' | 'retry' | 'stopped'
export interface Timers { set(f: () => void, ms: number): unknown; clear(t: unknown): void; now(): number }
export interface LiveOptions {
  /** A one-time ticket; rejects with {dead: true} when asking again is of no use, anything else is tried again. */
  ticket(): Promise<string>
  open(): Sock
  onEvent(e: LiveEvent): void
  /** The topic must be read again by HTTP. */
  onGap(topic: string): void
  /**
   * A topic that was asked for without a number now stands: whatever happened between the reading by HTTP and this moment
   * has not been heard, so it is read once more.
   */
  onFresh?(topic: string): void
  onState(s: Conn, retryInMs: number): void
  /** The server says that the session of this line is over; start() again once there is another. */
  onDead(): void
  onDenied?(topic: string): void
  onClock?(serverNow: string): void
  timers?: Timers
  rnd?: () => number
  pingMs?: number
  deadMs?: number
}
/** 0.5 s doubled each time, 30 s at most, half of it by chance: a thousand phones do not come back in one second. */
export const backoff = (tries: number, rnd: number): number => Math.round(Math.min(30000, 500 * 2 ** Math.min(tries, 10)) * (0.5 + rnd / 2))

const STAY_AWAY = new Set([1000, 4403, 4409])

export function createLive(o: LiveOptions) {
  const T: Timers = o.timers ?? { set: (f, n) => setTimeout(f, n), clear: (t) => clearTimeout(t as number), now: () => Date.now() }
  const rnd = o.rnd ?? Math.random
  const seen = new Map<string, number | null>() // null: from now
  let round = 0, tries = 0, running = false, live = false, open = false, pausing = false
  let waiting: object[] = [] // said between hello and its answer: before that the server hears nothing else
  let sock: Sock | null = null, retry: unknown, ping: unknown, dead: unknown

  const quiet = () => { T.clear(retry); T.clear(ping); T.clear(dead) }
  function beat(r: number) {
    T.clear(ping)
    T.clear(dead)
    ping = T.set(() => {
      if (r !== round) return
      say({ op: 'ping' })
      dead = T.set(() => { if (r === round) lost(r, 0) }, o.deadMs ?? 10000)
    }, o.pingMs ?? 25000)
  }
  function say(m: object) {
    try { sock?.send(JSON.stringify(m)) } catch { /* the timer of the answer decides */ }
  }
  const tell = (m: object) => { if (live) say(m); else if (open) waiting.push(m) }
  const resume = (topics: Iterable<string>) => Object.fromEntries([...topics].map((t) => [t, seen.get(t) ?? null]))

  function lost(r: number, code: number) {
    if (r !== round || !running) return
    const old = sock
    round++
    live = open = false
    sock = null
    quiet()
    try { old?.close() } catch { /* it is gone */ }
    if (code === 4401) { running = false; o.onState('stopped', 0); o.onDead(); return }
    if (STAY_AWAY.has(code)) { running = false; o.onState('stopped', 0); return }
    const wait = code === 1012 ? Math.round(200 + 300 * rnd()) : backoff(tries++, rnd())
    o.onState('retry', wait)
    pausing = true
    retry = T.set(connect, wait)
  }
  async function connect() {
    const r = ++round
    pausing = false
    quiet()
    o.onState(tries ? 'retry' : 'connecting', 0)
    let ticket: string
    try {
      ticket = await o.ticket()
    } catch (e) {
      return lost(r, (e as { dead?: boolean })?.dead ? 4403 : 0)
    }
    if (r !== round || !running) return
    sock = o.open()
    sock.onOpen(() => {
      if (r !== round) return
      open = true
      waiting = []
      say({ op: 'hello', ticket, resume: resume(seen.keys()) })
      beat(r)
    })
    sock.onMessage((text) => { if (r === round) { beat(r); take(text) } })
    sock.onClose((code) => lost(r, code))
    dead = T.set(() => { if (r === round && !open) lost(r, 0) }, o.deadMs ?? 10000)
  }
  function take(text: string) {
    let m: any
    try { m = JSON.parse(text) } catch { return }
    if (m.server_now) o.onClock?.(m.server_now)
    if (m.type === 'event') {
      const last = seen.get(m.topic)
      if (typeof last === 'number' && m.seq <= last) return
      seen.set(m.topic, m.seq)
      o.onEvent(m)
    } else if (m.type === 'live') {
      const fresh: string[] = []
      for (const [topic, seq] of Object.entries(m.topics as Record<string, number>)) {
        if (typeof seen.get(topic) === 'number') continue
        fresh.push(topic)
        seen.set(topic, seq)
      }
      tries = 0
      live = true
      waiting.splice(0).forEach(say)
      o.onState('live', 0)
      fresh.forEach((topic) => o.onFresh?.(topic))
    } else if (m.type === 'gap') {
      seen.set(m.topic, null)
      o.onGap(m.topic)
    } else if (m.type === 'denied') {
      seen.delete(m.topic)
      o.onDenied?.(m.topic)
    }
  }
  return {
    start() { if (!running) { running = true; tries = 0; void connect() } },
    /** Now, not when the pause is over: the app came to the front, somebody pressed the button. */
    now() {
      if (!running) { running = true; tries = 0; void connect(); return }
      if (live) return say({ op: 'ping' })
      if (!pausing) return // it is just being tried
      tries = 0
      void connect()
    },
    stop() {
      running = live = open = false
      round++
      quiet()
      const old = sock
      sock = null
      try { old?.close() } catch { /* it is gone */ }
      o.onState('stopped', 0)
    },
    /** Watches a topic from now on, or from what has been seen of it. */
    watch(topic: string) {
      if (!seen.has(topic)) seen.set(topic, null)
      tell({ op: 'sub', topics: [topic], resume: resume([topic]) })
    },
    unwatch(topic: string) {
      seen.delete(topic)
      tell({ op: 'unsub', topics: [topic] })
    },
    /** Only on a standing line: what has not been said is said again when it stands. */
    offer(op: 'ack' | 'seen', offer: string) { if (live) say({ op, offer }) },
    forget() { seen.clear() },
    get live() { return live },
    get positions() { return Object.fromEntries(seen) },
  }
}
export type Live = ReturnType<typeof createLive>
