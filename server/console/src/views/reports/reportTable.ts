import { api } from '@/api/client'
import type { Op, Ops } from '@/api/gen'
import type { Series } from '@/components/ChartBox.vue'
import type { Column } from '@/lib/columns'
import { t, type Text } from '@/lib/i18n'
import { addDays, dayStamp } from '@/lib/time'

export interface Period { from: number; to: number }
export interface Report {
  key: string
  title: Text
  op: Op
  by: readonly string[]
  asOf?: boolean
  export?: Ops['startExport']['body']['kind']
  /* what a row is called, by the way it is grouped */
  label: (by: string) => Column
  series: () => Series[]
  more: () => Column[]
  sums?: string[]
  /* where a row leads, by the way it is grouped */
  to?: Partial<Record<string, (key: string) => string>>
  read: (by: string, p: Period) => Promise<object[]>
}
const span = (p: Period) => ({ from: dayStamp(p.from), to: dayStamp(addDays(p.to, 1)) })
const named = (): Column => ({ key: 'name', label: t('f.name') })
const worded = (words: string): Column => ({ key: 'key', label: t('f.name'), kind: 'enum', words })
/* Rows that say only the code of what they are grouped by, with the names of those codes. */
export const withNames = <T extends { key: string }>(rows: T[], names: Array<{ code: string; name: string }>) => rows.map((r) => ({ ...r, name: names.find((n) => n.code === r.key)?.name ?? r.key }))

/* Each report: where its numbers come from and how they are shown. The chart and the table show the same rows. */
export const reports: Report[] = [
  { key: 'receivable', title: 'report.receivable', op: 'reportReceivable', by: ['building', 'project', 'item', 'month', 'payer'], asOf: true, export: 'receivable', to: { building: (k) => `/owners?building_id=${k}&owing=yes` }, label: () => named(),
    read: async (by, p) => (await api('reportReceivable', { query: { by: by as 'building', as_of: p.to } })).items.map((r) => ({ ...r, ...Object.fromEntries(Object.entries(r.age_fen).map(([k, v]) => [`age_${k}`, v])) })),
    series: () => [{ name: t('f.received'), key: 'received_fen', kind: 'money', stack: 'a' }, { name: t('f.arrears'), key: 'arrears_fen', kind: 'money', stack: 'a' }, { name: t('f.rate'), key: 'rate_e4', kind: 'percent', type: 'line', right: true }],
    more: () => [{ key: 'receivable_fen', label: t('f.receivable'), kind: 'money' }, { key: 'received_fen', label: t('f.received'), kind: 'money' }, { key: 'arrears_fen', label: t('f.arrears'), kind: 'money' }, { key: 'late_fen', label: t('f.late'), kind: 'money' }, { key: 'rate_e4', label: t('f.rate'), kind: 'percent' }, ...(['not_due', 'd30', 'd90', 'd180', 'd365', 'older'] as const).map((a): Column => ({ key: `age_${a}`, label: t(`report.age_${a}`), kind: 'money', minor: true }))],
    sums: ['receivable_fen', 'received_fen', 'arrears_fen', 'late_fen'] },
  { key: 'takings', title: 'report.takings', op: 'reportTakings', by: ['day', 'method', 'cashier', 'item', 'project'], export: 'takings', label: () => named(),
    read: async (by, p) => (await api('reportTakings', { query: { by: by as 'day', ...p } })).items, series: () => [{ name: t('f.net'), key: 'net_fen', kind: 'money' }],
    more: () => [{ key: 'taken_n', label: t('f.method_n'), kind: 'count' }, { key: 'taken_fen', label: t('f.received'), kind: 'money' }, { key: 'void_fen', label: t('f.voided'), kind: 'money' }, { key: 'refund_fen', label: t('f.refunded'), kind: 'money' }, { key: 'net_fen', label: t('f.net'), kind: 'money' }], sums: ['taken_n', 'taken_fen', 'void_fen', 'refund_fen', 'net_fen'] },
  { key: 'sla', title: 'report.sla', op: 'reportTimeLimits', by: ['type', 'urgency', 'building', 'day'], export: 'repairs', label: () => named(),
    read: async (by, p) => (await api('reportTimeLimits', { query: { by: by as 'type', ...span(p) } })).items, series: () => [{ name: t('f.orders'), key: 'orders' }, { name: t('f.responded_ok'), key: 'respond_ok' }, { name: t('f.finished_ok'), key: 'finish_ok' }],
    more: () => [{ key: 'orders', label: t('f.orders'), kind: 'count' }, { key: 'respond_ok', label: t('f.responded_ok'), kind: 'count' }, { key: 'arrive_ok', label: t('f.arrived_ok'), kind: 'count' }, { key: 'finish_ok', label: t('f.finished_ok'), kind: 'count' }, { key: 'respond_min', label: t('f.respond_min'), kind: 'count' }, { key: 'arrive_min', label: t('f.arrive_min'), kind: 'count' }, { key: 'finish_min', label: t('f.finish_min'), kind: 'count' }], sums: ['orders', 'respond_ok', 'arrive_ok', 'finish_ok'] },
  { key: 'technicians', title: 'report.technicians', op: 'reportTechnicians', by: [], export: 'technicians', label: () => named(),
    read: async (_by, p) => (await api('reportTechnicians', { query: span(p) })).items, series: () => [{ name: t('f.finished'), key: 'finished' }, { name: t('f.in_time'), key: 'in_time' }],
    more: () => [{ key: 'score_e2', label: t('f.score'), kind: 'score' }, { key: 'taken', label: t('f.taken'), kind: 'count' }, { key: 'finished', label: t('f.finished'), kind: 'count' }, { key: 'in_time', label: t('f.in_time'), kind: 'count' }, { key: 'reopened', label: t('f.reopened'), kind: 'count' }, { key: 'arrive_min', label: t('f.arrive_min'), kind: 'count' }, { key: 'repair_min', label: t('f.finish_min'), kind: 'count' }, { key: 'charge_fen', label: t('f.amount'), kind: 'money' }], sums: ['taken', 'finished', 'in_time', 'reopened', 'charge_fen'] },
  { key: 'complaints', title: 'report.complaints', op: 'analyseComplaints', by: ['category', 'kind', 'handler', 'building', 'month'], export: 'complaints', label: (by) => (by === 'kind' ? worded('e.complaint_kind') : named()),
    read: async (by, p) => withNames((await api('analyseComplaints', { query: { by: by as 'category', ...span(p) } })).items, by === 'category' ? (await api('listComplaintCategories')).items : []), series: () => [{ name: t('nav.complaints'), key: 'complaints' }, { name: t('f.overdue'), key: 'overdue' }],
    more: () => [{ key: 'complaints', label: t('nav.complaints'), kind: 'count' }, { key: 'closed', label: t('f.closed'), kind: 'count' }, { key: 'overdue', label: t('f.overdue'), kind: 'count' }, { key: 'reopened', label: t('f.reopened'), kind: 'count' }, { key: 'escalated', label: t('f.escalated'), kind: 'count' }, { key: 'avg_answer_ms', label: t('f.answer_time'), kind: 'span' }, { key: 'avg_resolve_ms', label: t('f.resolve_time'), kind: 'span' }], sums: ['complaints', 'closed', 'overdue'] },
  { key: 'compliance', title: 'report.compliance', op: 'maintCompliance', by: ['plan', 'kind', 'category', 'person'], to: { plan: (k) => `/plans?plan=${k}` }, export: 'maint_tasks', label: (by) => (by === 'kind' ? worded('e.maint_kind') : named()),
    read: async (by, p) => {
      const { items } = await api('maintCompliance', { query: { by: by as 'plan', ...p } })
      return by === 'category' ? withNames(items, (await api('listFacilityCategories')).items) : items
    }, series: () => [{ name: t('f.due'), key: 'due' }, { name: t('f.in_time'), key: 'in_time' }, { name: t('f.compliance'), key: 'rate_e4', kind: 'percent', type: 'line', right: true }],
    more: () => [{ key: 'due', label: t('f.due'), kind: 'count' }, { key: 'done', label: t('f.done'), kind: 'count' }, { key: 'in_time', label: t('f.in_time'), kind: 'count' }, { key: 'late', label: t('f.overdue'), kind: 'count' }, { key: 'skipped', label: t('f.skipped'), kind: 'count' }, { key: 'rate_e4', label: t('f.compliance'), kind: 'percent' }], sums: ['due', 'done', 'in_time', 'late', 'skipped'] },
]
