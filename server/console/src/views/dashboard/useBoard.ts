import { computed, shallowRef } from 'vue'
import { api } from '@/api/client'
import type { BoardCounters, Op } from '@/api/gen'
import { useLive } from '@/composables/useLive'
import { useLoad } from '@/composables/useLoad'
import type { Text } from '@/lib/i18n'
import { yuan } from '@/lib/money'
import { addDays, dayText, today } from '@/lib/time'

/* Where a tile of the repairs leads: what is no lane of the board is a condition of its table. */
const only: Record<string, string> = { on_hold: '?view=table&state=on_hold', await_pay: '?view=table&state=await_pay', to_confirm: '?view=table&state=await_confirm', overdue: '?view=table&late=1', emergency: '?view=table&urgency=emergency' }

export interface Tile { key: string; label: Text; value: string; alarm: boolean; zero: boolean; to: string; op: Op }

/* The live counters: read once, replaced by each event, read again after a gap. */
export function useBoard() {
  const { data, error, loading, reload } = useLoad(async () => (await api('getBoard')).counters)
  const counters = shallowRef<BoardCounters | null>(null)
  const now = computed(() => counters.value ?? data.value)
  useLive({
    'board.counters': (e) => {
      counters.value = e.data as unknown as BoardCounters
    },
  }, () => {
    counters.value = null
    void reload()
  }, 'board')

  const repairs = computed<Tile[]>(() => {
    const c = now.value?.repairs
    if (!c) return []
    const one = (key: keyof typeof c, alarm = false): Tile => ({ key: `repairs.${key}`, label: `dash.repairs_${key}` as Text, value: String(c[key]), alarm: alarm && c[key] > 0, zero: c[key] === 0, to: `/board${only[key] ?? ''}`, op: 'countRepairs' })
    return [one('waiting'), one('assigned'), one('working'), one('on_hold'), one('await_pay'), one('to_confirm'), one('overdue', true), one('emergency', true)]
  })
  const rest = computed<Array<{ title: Text; tiles: Tile[] }>>(() => {
    const c = now.value
    if (!c) return []
    const day = dayText(today()), taken = `/payments?from=${day}&to=${day}&state=taken`
    const n = (key: string, label: Text, value: number, to: string, op: Op, alarm = false): Tile => ({ key, label, value: String(value), alarm: alarm && value > 0, zero: value === 0, to, op })
    const m = (key: string, label: Text, fen: number, to: string, op: Op): Tile => ({ key, label, value: yuan(fen), alarm: false, zero: fen === 0, to, op })
    return [
      { title: 'dash.money', tiles: [
        m('takings.amount', 'dash.takings', c.takings.amount_fen, taken, 'listPayments'), n('takings.payments', 'dash.payments', c.takings.payments, taken, 'listPayments'),
        m('owing.amount', 'dash.owing', c.owing.amount_fen, '/bills?state=open', 'listBillRuns'), n('owing.overdue', 'dash.overdue_bills', c.owing.overdue_bills, '/bills?state=overdue', 'listBillRuns', true)] },
      { title: 'dash.waiting', tiles: [
        n('waiting.runs', 'dash.bill_runs', c.waiting.bill_runs, '/bill-runs', 'listBillRuns'), n('waiting.requests', 'dash.fee_requests', c.waiting.fee_requests, '/requests?state=requested', 'listFeeRequests'),
        n('waiting.refunds', 'dash.refunds', c.waiting.refunds, '/refunds?state=requested', 'listRefunds'), n('waiting.bindings', 'dash.bindings', c.waiting.bindings, '/bindings', 'listWaitingBindings'),
        n('waiting.reports', 'dash.facility_reports', c.waiting.facility_reports, '/facility-reports', 'listFacilityReports'), n('waiting.alarms', 'dash.finance_alarms', c.waiting.finance_alarms, '/recon', 'listFinanceAlarms', true)] },
      { title: 'dash.service', tiles: [
        n('complaints.open', 'dash.complaints_open', c.complaints.open, '/complaints?open=1', 'countComplaints'), n('complaints.unassigned', 'dash.complaints_unassigned', c.complaints.unassigned, '/complaints?open=1', 'countComplaints'),
        n('complaints.overdue', 'dash.complaints_overdue', c.complaints.overdue, '/complaints?overdue=1', 'countComplaints', true), n('complaints.escalated', 'dash.complaints_escalated', c.complaints.escalated, '/complaints?escalated=1', 'countComplaints', true)] },
      { title: 'dash.works', tiles: [
        n('maint.today', 'dash.maint_today', c.maintenance.due_today, '/tasks?open=1', 'listMaintTasks'), n('maint.overdue', 'dash.maint_overdue', c.maintenance.overdue, '/tasks?overdue=1', 'listMaintTasks', true),
        n('maint.accept', 'dash.maint_accept', c.maintenance.to_accept, '/tasks?state=await_accept', 'listMaintTasks'), n('fac.down', 'dash.facilities_down', c.facilities.down, '/facilities?down=1', 'listFacilities', true),
        n('insp.due', 'dash.inspections_due', c.inspections.due_in_30_days, `/facilities?inspect_before=${addDays(today(), 30)}`, 'listFacilities'), n('insp.overdue', 'dash.inspections_overdue', c.inspections.overdue, `/facilities?inspect_before=${today()}`, 'listFacilities', true)] },
    ]
  })
  return { now, repairs, rest, error, loading, reload }
}
