import { ref } from 'vue'
import { defineStore } from 'pinia'
import { api, client } from '@/api/client'
import { Channel, type LiveEvent, type LiveState, type Sock } from '@/live/channel'

type Handler = (e: LiveEvent) => void

function socket(): Sock {
  const ws = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live/v1`, 'push')
  const s: Sock = { send: (x) => ws.readyState === WebSocket.OPEN && ws.send(x), close: () => ws.close(), onopen: null, onmessage: null, onclose: null }
  ws.onopen = () => s.onopen?.()
  ws.onmessage = (e) => s.onmessage?.(String(e.data))
  ws.onclose = (e) => s.onclose?.(e.code)
  return s
}

/* One connection for the whole console. Screens say what they listen to (useLive) and are told to read again after a gap. */
export const useLiveStore = defineStore('live', () => {
  const state = ref<LiveState>('off')
  const retryAt = ref(0)
  const since = ref(0)
  const handlers = new Map<string, Set<Handler>>()
  const stale = new Set<() => void>()
  const topics = new Map<string, number>()

  const channel = new Channel({
    ticket: async () => (await api('createLiveTicket')).ticket,
    open: socket,
    set: (fn, ms) => setTimeout(fn, ms),
    clear: (x) => clearTimeout(x as ReturnType<typeof setTimeout>),
    random: Math.random,
    onEvent: (e) => handlers.get(e.event)?.forEach((fn) => fn(e)),
    onGap: () => stale.forEach((fn) => fn()),
    onDenied: (topic) => topics.delete(topic),
    onState: (s, ms) => {
      state.value = s
      if (s === 'waiting') retryAt.value = Date.now() + ms
      if (s === 'live') since.value = Date.now()
    },
    onDead: () => client.onDead(),
  })

  function on(event: string, fn: Handler): () => void {
    if (!handlers.has(event)) handlers.set(event, new Set())
    handlers.get(event)!.add(fn)
    return () => handlers.get(event)?.delete(fn)
  }
  function onStale(fn: () => void): () => void {
    stale.add(fn)
    return () => stale.delete(fn)
  }
  function watch(topic: string): () => void {
    topics.set(topic, (topics.get(topic) ?? 0) + 1)
    channel.watch(topic)
    return () => {
      const n = (topics.get(topic) ?? 1) - 1
      if (n > 0) topics.set(topic, n)
      else {
        topics.delete(topic)
        channel.unwatch(topic)
      }
    }
  }
  return { state, retryAt, since, on, onStale, watch, start: () => channel.start(), stop: () => channel.stop(), again: () => channel.again() }
})
