/** Jobs offered to the technician. The socket is a hint, GET /offers is the truth; the clock is the server's. */
import { computed, reactive, watch } from 'vue'
import { api, type Schemas } from '@/api/client'
import { platform } from '@/platform'
import { ms } from '@/shared/time'
import { conn, listen, live, serverNow } from './live'
import { isTechnician, me, whenEnded } from './session'

export type Offer = Schemas['Offer']
export const offers = reactive<{ items: Offer[]; tick: number; gone: '' | 'taken' | 'expired' }>({ items: [], tick: 0, gone: '' })
export const current = computed(() => offers.items.find((o) => ms(o.expires_at) > offers.tick) ?? null)
export const waiting = computed(() => offers.items.filter((o) => ms(o.expires_at) > offers.tick).length)

let timer: ReturnType<typeof setInterval> | undefined
const acked = new Set<string>(), over = new Set<string>() // offers that were on this phone; offers that are no more, whatever an older list says

export async function loadOffers() {
  const who = me.now?.accountId
  if (!who || !isTechnician.value) return
  try {
    const a = await api.get('/api/v1/offers')
    if (me.now?.accountId !== who) return
    conn.skew = ms(a.server_now) - Date.now()
    for (const o of offers.items) if (ms(o.expires_at) <= ms(a.server_now)) remove(o.offer_id, 'expired')
    offers.items = a.items.filter((o) => !over.has(o.offer_id))
    offers.tick = serverNow()
    for (const o of offers.items) if (!acked.has(o.offer_id)) { acked.add(o.offer_id); live.offer('ack', o.offer_id) }
  } catch { /* the next event, or the next look, brings it */ }
}
/** An offer is no more; why it went without this phone's doing is said, if it was on this phone. */
export function remove(id: string, why: typeof offers.gone = '') {
  if (!why) offers.gone = ''
  else if (acked.has(id) && !over.has(id)) offers.gone = why
  over.add(id)
  offers.items = offers.items.filter((o) => o.offer_id !== id)
}
listen((e) => {
  if (e.event === 'offer.new') void loadOffers()
  else if (e.event === 'offer.gone') remove(e.data.offer_id, e.data.state === 'accepted' || e.data.state === 'declined' ? '' : e.data.state === 'expired' ? 'expired' : 'taken')
}, () => void loadOffers())
watch(isTechnician, (is) => { if (is) void loadOffers() }) // whoever has just logged in; at the start it is the app
watch(() => conn.state, (s) => {
  if (s !== 'live') return
  for (const o of offers.items) live.offer('ack', o.offer_id) // what came while the line did not stand
  if (current.value) live.offer('seen', current.value.offer_id)
  void loadOffers()
})
watch(current, (now, old) => {
  if (now && now.offer_id !== old?.offer_id) {
    offers.gone = ''
    live.offer('seen', now.offer_id)
    platform.alert(true)
  }
  if (!now) platform.alert(false)
})
watch(() => offers.items.length > 0, (some) => {
  clearInterval(timer)
  if (some) timer = setInterval(() => { offers.tick = serverNow() }, 250)
})
whenEnded(() => {
  offers.items = []
  offers.gone = ''
  acked.clear()
  over.clear()
})
