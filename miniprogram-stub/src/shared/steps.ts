/** What comes next in a repair, for the one large button. The server has the last word; this is for the time without it. */
import type { components } from './api'

export type Repair = components['schemas']['Repair']
export type RepairState = Repair['state']
export type Step = 'depart' | 'arrive' | 'start' | 'resume' | 'finish'

const NEXT: Partial<Record<RepairState, readonly Step[]>> = {
  assigned: ['depart', 'arrive'],
  en_route: ['arrive'],
  arrived: ['start'],
  in_repair: ['finish'],
  on_hold: ['resume'],
}
const AFTER: Record<string, RepairState> = { depart: 'en_route', arrive: 'arrived', start: 'in_repair', finish: 'done', hold: 'on_hold' }

export interface Pending { action: string; problem?: unknown }
export interface JobView { state: RepairState; next: Step | null; also: string[]; waiting: boolean; quoteOpen: boolean }

/**
 * The job as the technician should see it: the server's state with what still waits in the queue played on top. next is
 * the one step offered; also: what else is allowed now (only from the server's own list, and only with an empty queue).
 */
export function jobView(r: Repair, pending: readonly Pending[]): JobView {
  let state = r.state
  let beforeHold: RepairState = r.started_at ? 'in_repair' : 'arrived'
  for (const p of pending) {
    if (p.problem) break
    if (p.action === 'hold') beforeHold = state
    state = p.action === 'resume' ? beforeHold : AFTER[p.action] ?? state
  }
  const asked = pending.some((p) => p.action === 'quote') // the owner does not even know of it yet
  const quoteOpen = asked || r.quote_state === 'asked'
  const local = NEXT[state] ?? []
  const allowed = pending.length || !r.actions ? local : local.filter((s) => (r.actions as string[]).includes(s))
  const blocked = pending.some((p) => p.problem) || asked || (state === 'arrived' && (quoteOpen || r.quote_state === 'refused'))
  const also = pending.length ? [] : ((r.actions ?? []) as string[]).filter((a) => ALSO.has(a))
  return { state, next: blocked ? null : allowed[0] ?? null, also, waiting: pending.length > 0, quoteOpen }
}
/** What the server will refuse about a charge, found before it is sent: without a network nobody else would say it in time. */
export function chargeProblem(r: Pick<Repair, 'public_area' | 'quote_state' | 'quote_fen'>, chargeable: boolean, total: number): '' | 'free' | 'unasked' | 'above' {
  if (!total) return ''
  if (!chargeable || r.public_area) return 'free'
  if (r.quote_state !== 'accepted') return 'unasked'
  return total > r.quote_fen ? 'above' : ''
}
const ALSO = new Set(['arrive', 'quote', 'hold', 'transfer', 'return', 'comment'])

export const PROGRESS = ['waiting', 'arrived', 'working', 'done'] as const
export function progressOf(state: RepairState): number {
  if (state === 'cancelled' || state === 'rejected') return -1
  if (state === 'arrived') return 1
  if (state === 'in_repair' || state === 'on_hold') return 2
  return ['done', 'await_pay', 'await_confirm', 'await_visit', 'closed'].includes(state) ? 3 : 0
}
export const isOver = (state: RepairState): boolean => ['closed', 'cancelled', 'rejected'].includes(state)
