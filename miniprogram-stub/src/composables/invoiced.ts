/** Which payments have an invoice, or one on its way: they get no second one. */
import { computed } from 'vue'
import { onShow } from '@dcloudio/uni-app'
import { api } from '@/api/client'
import { readAll } from '@/api/pages'
import { useEvents } from '@/stores/live'
import { useResource } from './resource'

const GONE = ['rejected', 'canceled', 'reversed']
export function useInvoiced() {
  const all = useResource('invoiced', () => readAll((before) => api.get('/api/v1/invoices', { query: { view: 'mine', before, limit: 100 } })))
  const has = computed(() => new Set((all.data.value ?? []).filter((v) => !GONE.includes(v.state)).map((v) => v.payment_id)))
  onShow(() => void all.load())
  useEvents((e) => { if (e.event === 'invoice.changed') void all.load() }, () => void all.load())
  return { has, load: all.load }
}
