/** Jobs offered to the technician. The socket is a hint, GET /offers is the truth; the clock is the server's. */
import { computed, reactive, watch } from 'vue'
import { api, type Schemas } from '@/api/client'
import { platform } from '@/platform'
import { ms } from '@/shared/time'
import { conn, listen, live, serverNow } from './live'
import { isTechnician, loggedIn, whenEnded } from './session'

export type Offer = Schemas['Offer']
export const offers = reactive<{ items: Offer[]; tick: number; gone: string }>({ items: [], tick: 0, gone: '' })
export const current = computed(() => offers.items.find((o) => ms(o.expires_at) > offers.tick) ?? null)
export const waiting = computed(() => offers.items.filter((o) => ms(o.expires_at) > offers.tick).length)

let timer: ReturnType<typeof setInterval> | undefined
const acked = new Set<string>()

export async function loadOffers() {
  if (!loggedIn.value || !isTechnician.value) return
  try {
    const a = await api.get('/api/v1/offers')
    conn.skew = ms(a.server_now) - Date.now()
    for (const o of offers.items) if (ms(o.expires_at) <= ms(a.server_now) && !a.items.some((x) => x.offer_id === o.offer_id)) remove(o.offer_id, 'expired')
    offers.items = a.items
    offers.tick = serverNow()
    for (const o of a.items) if (!acked.has(o.offer_id)) { acked.add(o.offer_id); live.offer('ack', o.offer_id) }
  } catch { /* the next event, or the next look, brings it */ }
}
export function remove(id: string, why: '' | 'taken' | 'expired' = '') {
  if (acked.delete(id) && why) offers.gone = why // it was on this phone, even if a list read meanwhile left it out
  offers.items = offers.items.filter((o) => o.offer_id !== id)
}
listen((e) => {
  if (e.event === 'offer.new') {
    live.offer('ack', e.data.offer_id)
    acked.add(e.data.offer_id)
    void loadOffers()
  } else if (e.event === 'offer.gone') {
    remove(e.data.offer_id, e.data.state === 'accepted' || e.data.state === 'declined' ? '' : e.data.state === 'expired' ? 'expired' : 'taken')
  }
}, () => void loadOffers())
watch(() => conn.state, (s) => { if (s === 'live') void loadOffers() })
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
whenEnded(() => { offers.items = []; acked.clear() })
