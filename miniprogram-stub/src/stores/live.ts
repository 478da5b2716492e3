/** One connection for the whole app; pages watch topics on it and hear events. */
import { onUnmounted, reactive, watch } from 'vue'
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
const readers = new Map<string, Set<() => void>>() // topic -> read again what the pages show; two may be about the same

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
  onFresh: (topic) => (topic.startsWith('user:') ? readAgain() : readers.get(topic)?.forEach((f) => f())),
  onDenied: () => again.forEach((f) => f()),
  // the line hangs on the session it was opened with: the next call finds it dead, and renews or ends it
  onDead: () => { void api.get('/api/v1/session').catch(() => undefined).then(startLive) },
  onClock: (now) => { const t = ms(now); if (!Number.isNaN(t)) conn.skew = t - Date.now() },
  onState: (s, wait) => {
    if (s === 'live') conn.liveAt = Date.now()
    if (conn.state === 'live' && s !== 'live') conn.since = Date.now()
    conn.state = s
    conn.retryAt = wait ? Date.now() + wait : 0
  },
})
whenEnded(() => { clearTimeout(later); live.stop(); live.forget(); readers.clear() })

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
/** Watches a topic while the component lives; '' is none. `read` is called when it stands: the page's own reading may have been too early. */
export function useTopic(topic: () => string, read: () => void) {
  let at = ''
  function leave() {
    const all = readers.get(at)
    if (!all?.delete(read) || all.size) return
    readers.delete(at)
    live.unwatch(at)
  }
  watch(topic, (now) => {
    leave()
    at = now
    const all = readers.get(at)
    if (all) all.add(read)
    else if (at) { readers.set(at, new Set([read])); live.watch(at) }
  }, { immediate: true })
  onUnmounted(leave)
}
