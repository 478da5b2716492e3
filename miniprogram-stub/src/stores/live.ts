/** One connection for the whole app; pages watch topics on it and hear events. */
import { onUnmounted, reactive } from 'vue'
import { api } from '@/api/client'
import { platform } from '@/platform'
import { createLive, type LiveEvent, type Conn } from '@/shared/live'
import { ms } from '@/shared/time'
import { loggedIn, whenEnded } from './session'

export const conn = reactive<{ state: Conn; retryAt: number; liveAt: number; since: number; skew: number }>({ state: 'stopped', retryAt: 0, liveAt: 0, since: 0, skew: 0 })
/** The server's clock as we know it: the phone's may be wrong by minutes. */
export const serverNow = () => Date.now() + conn.skew

type Hear = (e: LiveEvent) => void
const hearers = new Set<Hear>(), again = new Set<() => void>()
const watched = new Map<string, number>()
const readers = new Map<string, () => void>() // topic -> reads again what the page shows

/* What came between a page's own reading and the standing line is read a little later: the first picture comes first. */
let later: ReturnType<typeof setTimeout> | undefined
function readAgain() {
  clearTimeout(later)
  later = setTimeout(() => again.forEach((f) => f()), 1500)
}
export const live = createLive({
  async ticket() {
    try {
      return (await api.post('/api/v1/live/tickets', {})).ticket
    } catch (e) {
      const status = (e as { status?: number }).status
      throw { dead: status === 401 || status === 403 }
    }
  },
  open: () => platform.socket(),
  onEvent: (e) => hearers.forEach((f) => f(e)),
  onGap: () => again.forEach((f) => f()),
  onFresh: (topic) => (topic.startsWith('user:') ? readAgain() : readers.get(topic)?.()),
  onDenied: () => again.forEach((f) => f()),
  onDead: () => { void api.get('/api/v1/session').catch(() => undefined) }, // a dead session is found, and renewed or ended, by the next call
  onClock: (now) => { const t = ms(now); if (!Number.isNaN(t)) conn.skew = t - Date.now() },
  onState: (s, wait) => {
    if (s === 'live') conn.liveAt = Date.now()
    if (conn.state === 'live' && s !== 'live') conn.since = Date.now()
    conn.state = s
    conn.retryAt = wait ? Date.now() + wait : 0
  },
})
whenEnded(() => { clearTimeout(later); live.stop(); live.forget(); watched.clear() })

export const startLive = () => { if (loggedIn.value) live.start() }
export const wake = () => { if (loggedIn.value) live.now() }
platform.onOnline(() => wake())

/** Hears every event while the component lives; `lost` is called when a topic has to be read again. */
export function useEvents(hear: Hear, lost?: () => void) {
  hearers.add(hear)
  if (lost) again.add(lost)
  onUnmounted(() => {
    hearers.delete(hear)
    if (lost) again.delete(lost)
  })
}
export const listen = (hear: Hear, lost?: () => void) => {
  hearers.add(hear)
  if (lost) again.add(lost)
}
/** Watches a topic; `read` is called when it stands, and the page's own reading may have been too early. */
export function follow(topic: string, read: () => void) {
  readers.set(topic, read)
  live.watch(topic)
}
export function unfollow(topic: string) {
  readers.delete(topic)
  live.unwatch(topic)
}
/** Watches a topic while the component lives. Two pages may watch the same one. */
export function useTopic(topic: string, read: () => void) {
  readers.set(topic, read)
  watched.set(topic, (watched.get(topic) ?? 0) + 1)
  if (watched.get(topic) === 1) live.watch(topic)
  onUnmounted(() => {
    const n = (watched.get(topic) ?? 1) - 1
    if (n > 0) { watched.set(topic, n); return }
    watched.delete(topic)
    readers.delete(topic)
    live.unwatch(topic)
  })
}
