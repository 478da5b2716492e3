import { computed, ref, shallowRef } from 'vue'
import { api } from '@/api/client'
import type { Repair, RepairState } from '@/api/gen'
import { useLive } from '@/composables/useLive'
import { useLoad } from '@/composables/useLoad'

export const lanes = ['waiting', 'assigned', 'working', 'checking'] as const
export type Lane = (typeof lanes)[number]
const laneOf: Partial<Record<RepairState, Lane>> = {
  new: 'waiting', queued: 'waiting', offered: 'waiting', assigned: 'assigned', en_route: 'assigned', arrived: 'working', in_repair: 'working', on_hold: 'working',
  done: 'checking', await_pay: 'checking', await_confirm: 'checking', await_visit: 'checking',
}
export const openStates = Object.keys(laneOf) as RepairState[]
export const laneFor = (s: RepairState) => laneOf[s]

/* Which clock of an order runs, and when it is up. */
export function dueOf(r: Repair): string | null {
  if (!r.accepted_at) return r.respond_due
  if (!r.arrived_at) return r.arrive_due
  return r.finished_at ? null : r.finish_due
}

/* All open orders of the project, kept by events. A row is read again by its id, so it has names and rights of the moment. */
export function useRepairs() {
  const rows = shallowRef(new Map<string, Repair>())
  const fresh = ref(new Set<string>())
  const { error, loading, reload } = useLoad(async () => {
    const all = new Map<string, Repair>()
    let before: string | null = null
    do {
      const page: { items: Repair[]; next_before: string | null } = await api('listRepairs', { query: { view: 'board', open: 1, limit: 100, before: before ?? undefined } })
      for (const r of page.items) all.set(r.id, r)
      before = page.next_before
    } while (before && all.size < 1000)
    rows.value = all
    return all
  })
  async function renew(id: string): Promise<void> {
    const { repair } = await api('getRepair', { path: { id } })
    const next = new Map(rows.value)
    if (laneOf[repair.state]) next.set(id, repair)
    else next.delete(id)
    rows.value = next
    fresh.value.add(id)
  }
  const waiting = new Map<string, Promise<void>>()
  function soon(id: string): void {
    const before = waiting.get(id) ?? Promise.resolve()
    const mine = before.then(() => renew(id)).catch(() => {}).finally(() => waiting.get(id) === mine && waiting.delete(id))
    waiting.set(id, mine)
  }
  const of = (data: Record<string, unknown>) => String((data.repair as { repair_id?: string } | undefined)?.repair_id ?? data.repair_id)
  useLive({
    'repair.status': (e) => soon(of(e.data)),
    'repair.escalated': (e) => soon(of(e.data)),
    'repair.waiting': (e) => soon(of(e.data)),
    'sla.warning': (e) => soon(of(e.data)),
    'sla.overdue': (e) => soon(of(e.data)),
  }, () => void reload(), 'board')
  const list = computed(() => [...rows.value.values()].sort((a, b) => (a.id < b.id ? 1 : -1)))
  return { list, fresh, error, loading, reload, renew }
}
