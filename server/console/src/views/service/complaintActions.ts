import { api } from '@/api/client'
import type { Ops } from '@/api/gen'
import type { Field, Option } from '@/lib/fields'
import { t } from '@/lib/i18n'
import { yuan } from '@/lib/money'
import { dayText } from '@/lib/time'
import { opts } from '@/views/facilities/facilityFields'

export type ComplaintAct = Ops['actOnComplaint']['path']['action']
export interface Choices { categories: Option[]; departments: Option[]; types: Option[]; id: string; roomId: string | null }
const note = (required: boolean, label = t('f.note')): Field => ({ key: 'note', label, kind: 'long', required, length: 1000 })

const complaints = (self: string) => async (search: string): Promise<Option[]> =>
  (await api('listComplaints', { query: { view: 'board', search: search || undefined, limit: 20 } })).items.filter((c) => c.id !== self && c.state !== 'merged').map((c) => ({ value: c.id, label: `${c.number} ${c.title}` }))
const repairs = async (search: string): Promise<Option[]> =>
  (await api('listRepairs', { query: { view: 'board', search: search || undefined, limit: 20 } })).items.map((r) => ({ value: r.id, label: `${r.number} ${r.type} ${r.room ?? r.place}` }))
/* Of the complaint's room first; else of the rooms whose name fits. */
const bills = (roomId: string | null) => async (search: string): Promise<Option[]> => {
  const rooms = search || !roomId ? (await api('listRooms', { query: { search: search || undefined, limit: 3 } })).items.map((r) => r.id) : [roomId]
  const found = await Promise.all(rooms.map((room_id) => api('listBills', { query: { view: 'board', room_id, limit: 12 } })))
  return found.flatMap((f) => f.items).map((b) => ({ value: b.id, label: `${b.room ?? ''} ${dayText(b.period_from)} ${yuan(b.amount_fen)}` }))
}

/* What each step of a complaint asks for; which steps there are, the complaint itself says. Those only an owner takes are absent. */
const asks: Partial<Record<ComplaintAct, (c: Choices) => Field[]>> = {
  classify: (c) => [
    { key: 'category', label: t('f.category'), kind: 'choice', required: true, options: c.categories }, { key: 'kind', label: t('f.kind'), kind: 'choice', options: opts('e.complaint_kind', ['complaint', 'suggestion', 'inquiry', 'praise']) },
    { key: 'urgency', label: t('f.urgency'), kind: 'choice', options: opts('e.urgency', ['low', 'normal', 'high', 'emergency']) }, { key: 'accused_id', label: t('complaint.accused'), kind: 'staff' }, { key: 'due_at', label: t('f.due_at'), kind: 'time' }, note(false),
  ],
  assign: (c) => [{ key: 'assignee_id', label: t('f.handler'), kind: 'staff', help: t('complaint.one_of') }, { key: 'department_id', label: t('f.department'), kind: 'choice', options: c.departments }, { key: 'due_at', label: t('f.due_at'), kind: 'time' }, note(false)],
  accept: () => [note(false)],
  return: () => [note(true)],
  reply: () => [note(true, t('complaint.reply_text'))],
  note: () => [note(true)],
  resolve: () => [note(true, t('complaint.result'))],
  reopen: () => [note(true)],
  merge: (c) => [{ key: 'target_id', label: t('complaint.target'), kind: 'find', required: true, find: complaints(c.id) }],
  link_repair: (c) => [{ key: 'type_id', label: t('complaint.new_repair'), kind: 'choice', options: c.types }, { key: 'repair_id', label: t('complaint.repair_id'), kind: 'find', find: repairs }],
  link_bill: (c) => [{ key: 'bill_id', label: t('complaint.bill_id'), kind: 'find', required: true, find: bills(c.roomId), help: t('rounds.bill_help') }],
}
export const complaintFields = (a: string, c: Choices): Field[] | null => asks[a as ComplaintAct]?.(c) ?? null
