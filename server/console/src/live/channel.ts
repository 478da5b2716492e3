/* The live channel: ticket, hello with resume, back-off with jitter, heartbeat, repeats dropped. No Vue, no DOM: the
 * socket, the clock and the ticket come from outside, so that a test can drive it. */
export interface Sock {
  send(text: string): void
  close(): void
  onopen: (() => void) | null
  onmessage: ((text: string) => void) | null
  onclose: ((code: number) => void) | null
}
export interface LiveEvent {
  topic: string
  seq: number
  event: string
  at: string
  data: Record<string, unknown>
}
export type LiveState = 'off' | 'connecting' | 'live' | 'waiting' | 'replaced'
export interface Outside {
  ticket(): Promise<string>
  open(): Sock
  set(fn: () => void, ms: number): unknown
  clear(timer: unknown): void
  random(): number
  onEvent(e: LiveEvent): void
  onGap(topic: string): void
  onDenied(topic: string): void
  onState(s: LiveState, retryMs: number): void
  onDead(): void
}

export const PING_MS = 25e3
const DEAD_MS = 10e3
export const backoff = (tries: number, random: number) => Math.round(Math.min(30e3, 500 * 2 ** tries) * (0.5 + random / 2))

export class Channel {
  private last = new Map<string, number | null>()
  private sock: Sock | null = null
  private turn = 0
  private tries = 0
  private timers: Record<'ping' | 'dead' | 'again', unknown> = { ping: null, dead: null, again: null }
  state: LiveState = 'off'

  constructor(private out: Outside) {}

  start(): void {
    if (this.state === 'off' || this.state === 'replaced') void this.connect()
  }
  stop(): void {
    this.drop()
    this.last.clear()
    this.set('off')
  }
  /* Now, not after the pause. */
  again(): void {
    if (this.state === 'off') return
    this.drop()
    this.tries = 0
    void this.connect()
  }
  watch(topic: string): void {
    if (this.last.has(topic)) return
    this.last.set(topic, null)
    if (this.state === 'live') this.sock?.send(JSON.stringify({ op: 'sub', topics: [topic], resume: { [topic]: null } }))
  }
  unwatch(topic: string): void {
    if (!this.last.delete(topic)) return
    if (this.state === 'live') this.sock?.send(JSON.stringify({ op: 'unsub', topics: [topic] }))
  }

  private set(s: LiveState, retryMs = 0): void {
    this.state = s
    this.out.onState(s, retryMs)
  }
  private drop(): void {
    this.turn++
    for (const k of ['ping', 'dead', 'again'] as const) this.out.clear(this.timers[k])
    const s = this.sock
    this.sock = null
    s?.close()
  }
  private async connect(): Promise<void> {
    const turn = ++this.turn
    this.set('connecting')
    let ticket: string
    try {
      ticket = await this.out.ticket()
    } catch (e) {
      if (turn !== this.turn) return
      if ((e as { status?: number }).status === 401) return this.dead()
      return this.later()
    }
    if (turn !== this.turn) return
    const sock = (this.sock = this.out.open())
    sock.onopen = () => {
      if (turn === this.turn) sock.send(JSON.stringify({ op: 'hello', ticket, resume: Object.fromEntries(this.last) }))
    }
    sock.onmessage = (text) => {
      if (turn !== this.turn) return
      this.beat(turn)
      this.heard(JSON.parse(text))
    }
    sock.onclose = (code) => {
      if (turn !== this.turn) return
      this.drop()
      if (code === 4401) this.dead()
      else if (code === 4409 || code === 4403) this.set('replaced')
      else this.later(code === 1012)
    }
    this.beat(turn)
  }
  private heard(m: { type: string; topic: string; seq: number; topics: Record<string, number> } & LiveEvent): void {
    if (m.type === 'event') {
      const last = this.last.get(m.topic)
      if (typeof last === 'number' && m.seq <= last) return
      this.last.set(m.topic, m.seq)
      this.out.onEvent(m)
    } else if (m.type === 'live') {
      for (const [t, n] of Object.entries(m.topics)) if (typeof this.last.get(t) !== 'number') this.last.set(t, n)
      this.tries = 0
      if (this.state !== 'live') this.set('live')
    } else if (m.type === 'gap') {
      this.last.set(m.topic, null)
      this.out.onGap(m.topic)
    } else if (m.type === 'denied') {
      this.last.delete(m.topic)
      this.out.onDenied(m.topic)
    }
  }
  private beat(turn: number): void {
    this.out.clear(this.timers.ping)
    this.out.clear(this.timers.dead)
    this.timers.ping = this.out.set(() => {
      if (turn !== this.turn) return
      this.sock?.send('{"op":"ping"}')
      this.timers.dead = this.out.set(() => {
        if (turn !== this.turn) return
        this.drop()
        this.later()
      }, DEAD_MS)
    }, PING_MS)
  }
  private later(soon = false): void {
    const ms = soon ? Math.round(500 * this.out.random()) : backoff(this.tries++, this.out.random())
    this.set('waiting', ms)
    this.timers.again = this.out.set(() => void this.connect(), ms)
  }
  private dead(): void {
    this.set('off')
    this.out.onDead()
  }
}
