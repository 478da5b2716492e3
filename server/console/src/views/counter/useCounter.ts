import { computed, ref, shallowRef, watch } from 'vue'
import { all } from '@/api/all'
import { api, ApiError } from '@/api/client'
import type { Bill, Ops, Payment, Room } from '@/api/gen'
import { t } from '@/lib/i18n'
import { change, parseYuan } from '@/lib/money'
import { MOST, oldest, sumDue, type Method } from './due'

/* One customer at the counter. The key of the payment is made with the choice and kept until it is changed or paid, so that
 * pressing Enter again after a lost answer cannot take the money twice. */
export function useCounter() {
  const room = shallowRef<Room | null>(null)
  const bills = shallowRef<Bill[]>([])
  const chosen = ref(new Set<string>())
  const method = ref<Method>('cash')
  const tendered = ref(''), voucher = ref('')
  const busy = ref(false), error = ref('')
  const paid = shallowRef<Payment | null>(null)
  let key = crypto.randomUUID()

  const picked = computed(() => bills.value.filter((b) => chosen.value.has(b.id)))
  const due = computed(() => sumDue(picked.value))
  const given = computed(() => (tendered.value.trim() ? parseYuan(tendered.value) : due.value))
  const back = computed(() => (given.value === null ? null : change(given.value, due.value)))
  watch([picked, method, tendered, voucher], () => {
    key = crypto.randomUUID()
    error.value = ''
  })

  async function open(r: Room): Promise<void> {
    room.value = r
    paid.value = null
    bills.value = []
    tendered.value = voucher.value = error.value = ''
    const lists = await Promise.all((['published', 'partial'] as const).map((state) => all('listBills', { view: 'board', room_id: r.id, state })))
    bills.value = oldest(lists.flat())
    chosen.value = new Set(bills.value.slice(0, MOST).map((b) => b.id))
  }
  function toggle(id: string): void {
    const next = new Set(chosen.value)
    if (!next.delete(id)) next.add(id)
    chosen.value = next
  }
  function objection(): string {
    if (!picked.value.length) return t('counter.none_picked')
    if (picked.value.length > MOST) return t('counter.too_many', { n: MOST })
    if (method.value === 'cash' && given.value === null) return t('form.decimal', { n: 2 })
    if (method.value === 'cash' && back.value === null) return t('counter.too_little')
    if ((method.value === 'card' || method.value === 'transfer') && !voucher.value.trim()) return t('counter.voucher_needed')
    return ''
  }
  const ready = () => !busy.value && !(error.value = objection())
  async function take(): Promise<boolean> {
    if (!ready()) return false
    busy.value = true
    try {
      const body = { method: method.value, bills: picked.value.map((b) => b.id), ...(method.value === 'cash' ? { tendered_fen: given.value! } : {}), ...(method.value === 'prepaid' ? { prepaid_room_id: room.value!.id } : {}), ...(voucher.value.trim() ? { voucher: voucher.value.trim() } : {}) }
      paid.value = await api('takePayment', { body: body as Ops['takePayment']['body'], key })
      key = crypto.randomUUID()
      return true
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
      error.value = e.requestId ? `${e.message} (${t('common.request_id')} ${e.requestId})` : e.message
      return false
    } finally {
      busy.value = false
    }
  }
  function clear(): void {
    room.value = paid.value = null
    bills.value = []
    chosen.value = new Set()
    tendered.value = voucher.value = error.value = ''
    method.value = 'cash'
  }
  return { room, bills, chosen, method, tendered, voucher, busy, error, paid, picked, due, given, back, open, toggle, ready, take, clear }
}
